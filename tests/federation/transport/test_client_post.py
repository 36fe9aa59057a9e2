"""Deliveries through the gate: cheap, on kept connections, and bounded."""

import asyncio
from collections.abc import Mapping

import pytest
from aiohttp import web

from federation.errors import Denied, FederationError, Malformed, TryLater
from federation.transport.client import Limits
from tests.federation.transport.conftest import OWN_HOST, Loopback, Script, bytes_once, status

INBOX = "http://partner.test/inbox"
SIGNED: Mapping[str, str] = {"Content-Type": "application/activity+json", "Signature": "s", "Host": "partner.test"}


async def test_a_delivery_arrives_as_it_was_signed(loopback: Loopback) -> None:
    partner = await loopback.peer("partner.test", status(202, b"ok", **{"X-Peer": "yes"}))

    reply = await loopback.client().post(f"{INBOX}?a=%2F", b'{"id": 1}', SIGNED)

    assert (reply.status, reply.body, reply.url, reply.headers["x-peer"]) == (202, b"ok", f"{INBOX}?a=%2F", "yes")
    [asked] = partner.asked
    assert (asked.method, asked.target, asked.body) == ("POST", "/inbox?a=%2F", b'{"id": 1}')
    assert {name: asked.headers[name] for name in SIGNED} == SIGNED
    assert asked.headers["Content-Length"] == "9"
    assert "Cookie" not in asked.headers


@pytest.mark.parametrize("code", [200, 204, 301, 400, 401, 403, 404, 410, 413, 429, 500, 503])
async def test_any_status_is_an_answer(code: int, loopback: Loopback) -> None:
    """T195, T196: what follows from it is the outbox's to say."""
    await loopback.peer("partner.test", status(code, b"", **{"Retry-After": "120"}))

    reply = await loopback.client().post(INBOX, b"{}", SIGNED)

    assert (reply.status, reply.headers["retry-after"]) == (code, "120")


async def test_nothing_is_delivered_to_a_stranger_or_to_ourselves(loopback: Loopback) -> None:
    """T020, T055."""
    stranger = await loopback.peer("stranger.test", status(202))
    ourselves = await loopback.peer(OWN_HOST, status(202))
    client = loopback.client(allowed={"partner.test", OWN_HOST})

    with pytest.raises(Denied) as not_allowed:
        await client.post("http://stranger.test/inbox", b"{}", SIGNED)
    with pytest.raises(Denied) as own:
        await client.post(f"http://{OWN_HOST}/inbox", b"{}", SIGNED)

    assert (not_allowed.value.reason, own.value.reason) == ("domain_not_allowed", "fetch_blocked_address")
    assert stranger.asked == ourselves.asked == []


async def test_deliveries_to_one_peer_share_a_connection(loopback: Loopback) -> None:
    partner = await loopback.peer("partner.test", status(202, b"x" * 64 * 1024))
    client = loopback.client()

    for _ in range(10):
        await client.post(INBOX, b"{}", SIGNED)

    assert len({asked.connection for asked in partner.asked}) == 1


async def test_a_host_gets_no_more_connections_than_allowed(loopback: Loopback) -> None:
    partner = await loopback.peer("partner.test", status(202))
    client = loopback.client(limits=Limits(connections_per_host=2))

    await asyncio.gather(*(client.post(INBOX, b"{}", SIGNED) for _ in range(20)))

    assert len(partner.asked) == 20
    assert len({asked.connection for asked in partner.asked}) <= 2


@pytest.mark.parametrize(("length", "kept"), [(64 * 1024, 64 * 1024), (64 * 1024 + 1, 64 * 1024)])
async def test_of_an_answer_so_much_is_kept(length: int, kept: int, loopback: Loopback) -> None:
    await loopback.peer("partner.test", status(202, b"x" * length))

    reply = await loopback.client().post(INBOX, b"{}", SIGNED)

    assert (reply.status, len(reply.body)) == (202, kept)


async def test_the_rest_of_a_long_answer_is_not_read(loopback: Loopback) -> None:
    partner = await loopback.peer("partner.test", status(202, b"x" * 8 * 1024 * 1024))
    client = loopback.client()

    replies = [await client.post(INBOX, b"{}", SIGNED) for _ in range(2)]

    assert {(reply.status, len(reply.body)) for reply in replies} == {(202, 64 * 1024)}
    assert len({asked.connection for asked in partner.asked}) == 2


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Title": "a\r\nX-Evil: 1"},
        {"X-Title": "a\nX-Evil: 1"},
        {"X-Title": "a\rX-Evil: 1"},
        {"X-Title": "a\x00"},
        {"X-Title\r\nX-Evil": "1"},
    ],
)
async def test_a_header_with_a_line_break_is_not_sent(headers: dict[str, str], loopback: Loopback) -> None:
    """T076."""
    partner = await loopback.peer("partner.test", status(202))
    client = loopback.client()

    with pytest.raises(Malformed) as refusal:
        await client.post(INBOX, b"{}", headers)
    after = await client.post(INBOX, b"{}", SIGNED)

    assert refusal.value.reason == "bad_header"
    assert after.status == 202
    assert len(partner.asked) == 1


def answering_then_closing(answered: list[bytes]) -> Script:
    """Promises to keep the connection, and closes it at the next request, as a server does whose idle time is over."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answered.append(await reader.readuntil(b"\r\n\r\n{}"))
        writer.write(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        await reader.readuntil(b"\r\n\r\n{}")

    return script


async def test_a_kept_connection_that_the_peer_has_closed_costs_no_delivery(loopback: Loopback) -> None:
    answered: list[bytes] = []
    partner = await loopback.raw_peer("partner.test", answering_then_closing(answered))
    client = loopback.client()

    replies = [await client.post(INBOX, b"{}", SIGNED) for _ in range(3)]

    assert [reply.status for reply in replies] == [202, 202, 202]
    assert (len(answered), partner.connections) == (3, 3)


async def test_a_peer_that_always_hangs_up_is_asked_twice_and_then_later(loopback: Loopback) -> None:
    """T197, T198."""
    partner = await loopback.raw_peer("partner.test", bytes_once(b""))

    with pytest.raises(TryLater) as failure:
        await loopback.client().post(INBOX, b"{}", SIGNED)

    assert failure.value.reason == "network"
    assert partner.connections == 2


async def test_a_refused_connection_is_tried_later(loopback: Loopback) -> None:
    """T198."""
    partner = await loopback.peer("partner.test", status(202))
    client = loopback.client(static={"partner.test": (partner.endpoint[0], 1)})

    with pytest.raises(TryLater) as failure:
        await client.post(INBOX, b"{}", SIGNED)

    assert failure.value.reason == "network"
    assert failure.value.context["host"] == "partner.test"


@pytest.mark.parametrize(
    "answer", [b"", b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 abc\r\n\r\n", b"HTTP/1.1 202 Accepted\r\nContent-Le"]
)
async def test_what_is_no_http_is_tried_later(answer: bytes, loopback: Loopback) -> None:
    """T197."""
    await loopback.raw_peer("partner.test", bytes_once(answer))

    with pytest.raises(TryLater) as failure:
        await loopback.client().post(INBOX, b"{}", SIGNED)

    assert failure.value.reason == "network"


async def test_the_status_stands_even_if_the_text_is_cut_off(loopback: Loopback) -> None:
    """T197: sending again what was taken would only repeat it for ever."""
    await loopback.raw_peer("partner.test", bytes_once(b"HTTP/1.1 202 Accepted\r\nContent-Length: 10\r\n\r\nabc"))

    reply = await loopback.client().post(INBOX, b"{}", SIGNED)

    assert (reply.status, reply.body) == (202, b"")


async def test_a_text_that_never_ends_is_left_after_the_idle_time(loopback: Loopback) -> None:
    """T085."""

    async def stalling(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(status=202)
        await response.prepare(request)
        await response.write(b"a")
        await asyncio.Event().wait()
        return response

    await loopback.peer("partner.test", stalling)

    # Long enough for the status to come on a busy machine.
    reply = await loopback.client(limits=Limits(idle_seconds=0.5)).post(INBOX, b"{}", SIGNED)

    assert (reply.status, reply.body) == (202, b"")


@pytest.mark.parametrize("limits", [Limits(idle_seconds=0.5), Limits(total_seconds=0.5)])
async def test_a_peer_that_never_answers_is_tried_later(limits: Limits, loopback: Loopback) -> None:
    """T085."""

    async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    partner = await loopback.raw_peer("partner.test", silent)

    with pytest.raises(TryLater) as failure:
        await loopback.client(limits=limits).post(INBOX, b"{}", SIGNED)

    assert failure.value.reason == "timeout"
    assert partner.connections == 1


async def test_errors_tell_a_stranger_what_happened_without_quoting_the_peer(loopback: Loopback) -> None:
    await loopback.raw_peer("partner.test", bytes_once(b"HTTP/1.1 secret secret\r\n\r\n"))

    with pytest.raises(FederationError) as failure:
        await loopback.client().post(INBOX, b"{}", SIGNED)

    assert "host=partner.test" in str(failure.value)
    assert "secret" not in str(failure.value)
