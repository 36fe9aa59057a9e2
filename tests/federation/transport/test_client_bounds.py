"""The bounds of a fetch: bytes, headers, requests, time (threats 2.2)."""

import asyncio
import gzip
import zlib

import pytest
from aiohttp import web

from federation.errors import Denied, Malformed, TryLater
from federation.runtime import Budget
from federation.transport.client import Limits
from tests.federation.transport.conftest import Loopback, bytes_once, document
from tests.support.waiting import PATIENCE_SECONDS

BOB = "http://partner.test/users/bob"


async def test_a_document_may_be_one_mebibyte_long_and_not_longer(loopback: Loopback, budget: Budget) -> None:
    async def answer(request: web.BaseRequest) -> web.Response:
        return web.Response(body=b" " * int(request.path[1:]), content_type="application/activity+json")

    await loopback.peer("partner.test", answer)
    client = loopback.client()

    reply = await client.fetch_document(f"http://partner.test/{1024 * 1024}", budget)
    with pytest.raises(Malformed) as refusal:
        await client.fetch_document(f"http://partner.test/{1024 * 1024 + 1}", budget)

    assert len(reply.body) == 1024 * 1024
    assert refusal.value.reason == "too_large"


async def test_a_body_without_end_is_cut_at_the_bound(loopback: Loopback, budget: Budget) -> None:
    """T082: chunks, no length announced."""
    sent = 0

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse(headers={"Content-Type": "application/activity+json"})
        await response.prepare(request)
        while True:
            await response.write(b" " * 65536)
            sent += 65536

    await loopback.peer("partner.test", answer)

    with pytest.raises(Malformed) as refusal:
        await loopback.client().fetch_document(BOB, budget)

    assert refusal.value.reason == "too_large"
    # What the sockets' buffers on both sides took in comes on top.
    assert sent < 32 * 1024 * 1024


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "GZIP", "identity, gzip"])
async def test_an_encoded_answer_is_refused_unread(encoding: str, loopback: Loopback, budget: Budget) -> None:
    """T082: what is never decompressed cannot be a bomb."""
    bomb = gzip.compress(b"\0" * 16 * 1024 * 1024) if "gzip" in encoding.lower() else zlib.compress(b"{}")
    await loopback.peer("partner.test", document(bomb, **{"Content-Encoding": encoding}))

    with pytest.raises(Denied) as refusal:
        await loopback.client().fetch_document(BOB, budget)

    assert refusal.value.reason == "fetch_type"


async def test_an_answer_marked_as_identity_is_taken(loopback: Loopback, budget: Budget) -> None:
    """T082."""
    await loopback.peer("partner.test", document(b"{}", **{"Content-Encoding": "identity"}))

    assert (await loopback.client().fetch_document(BOB, budget)).body == b"{}"


def with_headers(count: int, length: int = 1) -> bytes:
    lines = [b"HTTP/1.1 200 OK", b"Content-Type: application/activity+json", b"Content-Length: 2"]
    lines += [b"X-%d: " % n + b"y" * length for n in range(count - 2)]
    return b"\r\n".join([*lines, b"", b"{}"])


async def test_an_answer_may_have_64_headers_and_not_more(loopback: Loopback, budget: Budget) -> None:
    """T085."""
    await loopback.raw_peer("partner.test", bytes_once(with_headers(64)))
    await loopback.raw_peer("chatty.test", bytes_once(with_headers(65)))
    client = loopback.client()

    assert (await client.fetch_document(BOB, budget)).body == b"{}"
    with pytest.raises(TryLater):
        await client.fetch_document("http://chatty.test/", budget)


async def test_headers_without_end_are_cut(loopback: Loopback, budget: Budget) -> None:
    """T085."""

    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X-Y: " + b"z" * 8000 + b"\r\n")
            await writer.drain()

    await loopback.raw_peer("partner.test", endless)

    with pytest.raises(TryLater):
        await loopback.client().fetch_document(BOB, budget)


async def test_the_budget_is_spent_by_one_for_each_request(loopback: Loopback) -> None:
    partner = await loopback.peer("partner.test", document())
    client, budget = loopback.client(), Budget(2)

    await client.fetch_document(BOB, budget)
    await client.fetch_document(BOB, budget)
    with pytest.raises(Denied) as refusal:
        await client.fetch_document(BOB, budget)

    assert refusal.value.reason == "fetch_limit"
    assert len(partner.asked) == 2
    assert budget.left == 0


async def silence(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/activity+json\r\nContent-Length: 100000\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.01)


async def test_a_peer_that_never_answers_is_left_after_the_idle_time(loopback: Loopback, budget: Budget) -> None:
    """T085."""
    await loopback.raw_peer("partner.test", silence)

    with pytest.raises(TryLater) as failure:
        await loopback.client(limits=Limits(idle_seconds=0.05)).fetch_document(BOB, budget)

    assert failure.value.reason == "timeout"


async def test_dripping_peers_hold_up_nobody(loopback: Loopback) -> None:
    """T085: somebody else is answered while every one of them drips."""
    slow = [await loopback.raw_peer(f"slow{n}.test", dripping) for n in range(20)]
    await loopback.peer("partner.test", document())
    # As long as it takes: what the test waits for is the one answer.
    client = loopback.client(limits=Limits(idle_seconds=PATIENCE_SECONDS, total_seconds=PATIENCE_SECONDS))
    waiting = [asyncio.ensure_future(client.fetch_document(f"http://{peer.host}/", Budget())) for peer in slow]

    healthy = await client.fetch_document(BOB, Budget())
    still_waiting = [task for task in waiting if not task.done()]
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)

    assert healthy.status == 200
    assert len(still_waiting) == 20


async def test_a_peer_that_drips_ends_with_the_total_time(loopback: Loopback, budget: Budget) -> None:
    """T085: each byte is in time, the whole is not."""
    await loopback.raw_peer("partner.test", dripping)
    client = loopback.client(limits=Limits(idle_seconds=PATIENCE_SECONDS, total_seconds=0.5))

    with pytest.raises(TryLater) as failure:
        await client.fetch_document(BOB, budget)

    assert failure.value.reason == "timeout"


@pytest.mark.parametrize("is_announced", [True, False])
async def test_a_file_is_given_on_in_pieces_up_to_its_own_bound(
    is_announced: bool, loopback: Loopback, budget: Budget
) -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        body = b"x" * int(request.path[1:])
        response = web.StreamResponse(headers={"Content-Type": "image/png"})
        if is_announced:
            response.content_length = len(body)
        await response.prepare(request)
        await response.write(body)
        return response

    await loopback.peer("partner.test", answer)
    client = loopback.client(limits=Limits(file_bytes=2_000_000))
    whole, beyond = bytearray(), bytearray()

    reply = await client.fetch_file("http://partner.test/2000000", budget, whole.extend)
    with pytest.raises(Malformed) as refusal:
        await client.fetch_file("http://partner.test/2000001", budget, beyond.extend)

    assert (len(whole), reply.body) == (2_000_000, b"")
    assert refusal.value.reason == "too_large"
    assert len(beyond) <= (0 if is_announced else 2_000_000)
