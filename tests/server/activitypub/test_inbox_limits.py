"""The bounds of a delivery: bytes, kinds of content, framing, time; and what is answered while the database is away."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from functools import partial

import pytest
from aiohttp import web
from sqlalchemy import text

from federation.vocab.decode import MAX_BODY_BYTES
from server.activitypub.inbox import receive
from server.http.keys import BASE_URL, CLOCK, DOOR, RUNTIME, SERVICES, TOKENS
from server.http.middlewares import install
from tests.server.activitypub.home import HOME, SHARED_INBOX, Home
from tests.support.fake_peer import ACTIVITY_STREAMS, Document, FakeActor, FakePeer, Hosts, encoded, send_raw, stall
from tests.support.signing import Signing, rsa_key
from tests.support.waiting import until

NO_ACTIVITIES = [
    b"",
    b"{",
    b"[]",
    b'"text"',
    b"null",
    b"\xff\xfe",
    b'{"id":"http://partner.test/1","type":"Like","actor":"http://partner.test/users/bob"}',
    b'{"id":"http://partner.test/1","id":"http://partner.test/2"}',
    b'{"id":NaN}',
    b"[" * 100_000,
    b'{"a":' * 40 + b"1" + b"}" * 40,
    b'{"a":[' + b"1," * 30_000 + b"1]}",
]

AMBIGUOUS: dict[str, Document] = {
    "two actors": {"actor": ["http://partner.test/users/bob", "http://partner.test/users/mallory"]},
    "an actor without an id": {"actor": {"type": "Person"}},
    "two types": {"type": ["Create", "Delete"]},
    "no type": {"type": []},
    "two objects": {"type": "Like", "object": ["http://home.test/objects/1", "http://home.test/objects/2"]},
    "ten thousand objects": {"type": "Like", "object": ["http://home.test/objects/1"] * 10_000},
    "two ids": {"id": ["http://partner.test/1", "http://partner.test/2"]},
    "another actor by JSON-LD": {"@context": [ACTIVITY_STREAMS, {"actor": "http://partner.test/ns#of"}]},
    "another type by JSON-LD": {"@type": "Delete"},
    "another id by JSON-LD": {"@id": "http://partner.test/2"},
}

UNAMBIGUOUS: dict[str, Document] = {
    "the actor whole": {"actor": {"id": "http://partner.test/users/bob", "type": "Person"}},
    "a list of one actor": {"actor": ["http://partner.test/users/bob"]},
    "a list of one type": {"type": ["Create"]},
}

CONTENT_TYPES: dict[str | None, int] = {
    "application/activity+json": 202,
    "application/activity+json; charset=utf-8": 202,
    'application/ld+json; profile="https://www.w3.org/ns/activitystreams"': 202,
    "application/ld+json": 202,
    "Application/Activity+JSON": 202,
    "application/json": 415,
    "text/plain": 415,
    "application/x-www-form-urlencoded": 415,
    "application/activity+json-seq": 415,
    "": 415,
    None: 415,
}


@pytest.fixture
def database_url(migrated_sqlite_url: str) -> str:
    return migrated_sqlite_url


@pytest.fixture
def bob(partner: FakePeer) -> FakeActor:
    return partner.actor("bob")


@pytest.fixture
async def hasty(home: Home, hosts: Hosts) -> AsyncIterator[Home]:
    """The same server with another bound: an inbox takes a second."""
    app = web.Application()
    app[BASE_URL], app[SERVICES], app[RUNTIME] = HOME, home.services, home.services.runtime
    app[DOOR], app[CLOCK], app[TOKENS] = home.services.door, home.clock, home.services.runtime.tokens
    install(app)
    app.router.add_post("/inbox", partial(receive, most_seconds=1.0))
    runner = web.AppRunner(app, auto_decompress=False, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    hosts["home.test"] = runner.addresses[0][:2]
    yield Home(home.services, home.clock, hosts["home.test"])
    await runner.cleanup()


def padded(bob: FakeActor, size: int) -> bytes:
    """A delivery of exactly this many bytes."""
    note = bob.note(parts=["x" * 200_000] * (size // 200_100), rest="")
    note["object"]["rest"] = "x" * (size - len(json.dumps(note)))
    return encoded(note)


@pytest.mark.parametrize(
    ("members", "status"),
    [*((members, 400) for members in AMBIGUOUS.values()), *((members, 202) for members in UNAMBIGUOUS.values())],
    ids=[*AMBIGUOUS, *UNAMBIGUOUS],
)
async def test_what_could_mean_two_things_is_refused_at_the_door(
    home: Home, partner: FakePeer, bob: FakeActor, members: Document, status: int
) -> None:
    """T052: well signed; nothing is kept, and nothing asked of anybody."""
    answer = await bob.post(SHARED_INBOX, bob.note() | members)

    assert answer.status == status
    assert len(await home.received()) == (status == 202)
    assert len(partner.asked) == (status == 202)


@pytest.mark.parametrize(("more", "status"), [(0, 202), (1, 413)])
async def test_a_body_has_at_most_one_mebibyte(home: Home, bob: FakeActor, more: int, status: int) -> None:
    """T080"""
    body = padded(bob, MAX_BODY_BYTES + more)

    assert len(body) == 1024 * 1024 + more
    assert (await bob.post(SHARED_INBOX, body)).status == status


async def test_a_big_body_is_refused_by_its_length_before_it_comes(home: Home, bob: FakeActor) -> None:
    """T080"""
    head = "POST /inbox HTTP/1.1\r\nHost: home.test\r\nContent-Type: application/activity+json\r\n"

    answer = await send_raw(home.endpoint, f"{head}Content-Length: {2**31}\r\n\r\n".encode())

    assert answer.status == 413
    assert answer.headers["Connection"] == "close"


@pytest.mark.parametrize(("more", "status"), [(0, 401), (1, 413)])
async def test_a_big_body_in_chunks_is_refused_before_it_ends(home: Home, more: int, status: int) -> None:
    """T080: one more byte than a mebibyte is enough; the end of the body is never sent then."""
    head = b"POST /inbox HTTP/1.1\r\nHost: home.test\r\nContent-Type: application/activity+json\r\n"
    size = MAX_BODY_BYTES + more
    end = b"" if more else b"\r\n0\r\n\r\n"
    note = encoded({"id": "http://p.test/1", "type": "Like", "actor": "http://p.test/a", "object": "http://p.test/o"})
    chunk = b"%x\r\n%s" % (size, note.ljust(size))

    answer = await send_raw(home.endpoint, head + b"Transfer-Encoding: chunked\r\n\r\n" + chunk + end)

    assert answer.status == status


async def test_an_encoded_body_is_refused(home: Home, bob: FakeActor) -> None:
    """T081: it is not even unpacked."""
    body = gzip.compress(encoded(bob.note()) + b" " * 10_000_000)
    encodings = ["gzip", "br", "deflate", "zstd", "GZIP", "identity, gzip", "x"]

    answers = {
        encoding: (await bob.post(SHARED_INBOX, body, Signing(headers={"content-encoding": encoding}))).status
        for encoding in encodings
    }

    assert answers == dict.fromkeys(encodings, 415)
    assert await home.received() == []


async def test_a_body_that_is_called_not_encoded_is_taken(home: Home, bob: FakeActor) -> None:
    """T081"""
    assert (await bob.post(SHARED_INBOX, bob.note(), Signing(headers={"content-encoding": "identity"}))).status == 202


async def test_only_activities_are_taken(home: Home, bob: FakeActor) -> None:
    covered = ("(request-target)", "host", "date", "digest")

    answers = {
        content_type: (
            await bob.post(SHARED_INBOX, bob.note(), Signing(covered=covered, headers={"content-type": content_type}))
        ).status
        for content_type in CONTENT_TYPES
    }

    assert answers == CONTENT_TYPES


async def test_what_is_no_activity_is_malformed(home: Home, bob: FakeActor) -> None:
    answers = [await bob.post(SHARED_INBOX, body) for body in NO_ACTIVITIES]

    assert [answer.status for answer in answers] == [400] * len(NO_ACTIVITIES)
    assert max(len(answer.body) for answer in answers) < 100
    assert await home.received() == []


@pytest.mark.parametrize("path", ["/inbox", "/actor/inbox", "/users/alice/inbox", "/communities/nothing/inbox"])
async def test_an_inbox_is_not_for_reading(home: Home, stranger: FakePeer, path: str) -> None:
    await home.person("alice")

    answer = await stranger.get_unsigned(f"{HOME}{path}")

    assert (answer.status, answer.headers["Allow"]) == (405, "POST")


async def test_a_body_that_is_not_framed_as_it_says_is_malformed(home: Home) -> None:
    head = b"POST /inbox HTTP/1.1\r\nHost: home.test\r\nContent-Type: application/activity+json\r\n"

    answer = await send_raw(home.endpoint, head + b"Transfer-Encoding: chunked\r\n\r\nno number\r\n")

    assert answer.status == 400


async def test_a_length_that_is_too_small_leaves_no_second_request(home: Home, bob: FakeActor) -> None:
    """T080: what is left over is not taken for a request that was signed."""
    body = encoded(bob.note())
    headers = bob.headers("POST", SHARED_INBOX, body)
    lines = ["POST /inbox HTTP/1.1", *(f"{name}: {value}" for name, value in headers), "Content-Length: 10", "", ""]

    answer = await send_raw(home.endpoint, "\r\n".join(lines).encode() + body)

    assert answer.status in (400, 401)
    assert await home.received() == []


async def test_a_body_that_never_comes_is_given_up(hasty: Home) -> None:
    """T080: a length that is too great. The wall time of an inbox is bounded (threats 2.2)."""
    head = b"POST /inbox HTTP/1.1\r\nHost: home.test\r\nContent-Type: application/activity+json\r\n"

    answer = await send_raw(hasty.endpoint, head + b"Content-Length: 1000\r\n\r\n{")

    assert answer.status == 503
    assert answer.headers["Retry-After"] == "60"


async def test_a_key_that_never_comes_is_given_up_and_holds_up_nobody(
    hasty: Home, partner: FakePeer, bob: FakeActor
) -> None:
    """T022"""
    mallory = partner.actor("mallory")
    assert (await bob.post(SHARED_INBOX, bob.note())).status == 202
    partner.serve("/users/mallory", stall)
    waiting = asyncio.create_task(mallory.post(SHARED_INBOX, mallory.note()))

    answers = [(await bob.post(SHARED_INBOX, bob.note())).status for _ in range(3)]

    assert answers == [202] * 3
    answer = await waiting
    assert (answer.status, answer.headers["Retry-After"]) == (503, "60")


async def test_a_changed_key_that_may_not_be_looked_for_yet_is_no_wrong_signature(
    hasty: Home, partner: FakePeer, bob: FakeActor
) -> None:
    """T022: two keys of one host are looked for at once. Whoever comes third comes again, and is believed then."""
    assert (await bob.post(SHARED_INBOX, bob.note())).status == 202
    others = [partner.actor(name) for name in ("mallory", "molly")]
    for one in others:
        partner.serve(f"/users/{one.name}", stall)
    waiting = [asyncio.create_task(one.post(SHARED_INBOX, one.note())) for one in others]

    async def both_are_looked_for() -> bool:
        return all(partner.asked_for(f"/users/{one.name}") for one in others)

    await until(both_are_looked_for)
    bob.rotate(rsa_key("bob's second"))

    early = await bob.post(SHARED_INBOX, bob.note())
    await asyncio.gather(*waiting)
    again = await bob.post(SHARED_INBOX, bob.note())

    assert (early.status, again.status) == (503, 202)


async def test_what_cannot_be_stored_is_not_accepted(home: Home, bob: FakeActor) -> None:
    """R9: the sender comes again."""
    assert (await bob.post(SHARED_INBOX, bob.note())).status == 202
    async with home.services.runtime.db.write() as tx:
        await tx.execute(text("DROP TABLE inbox_activities"))

    answer = await bob.post(SHARED_INBOX, bob.note())

    assert (answer.status, answer.headers["Retry-After"]) == (503, "60")


async def test_nothing_is_answered_with_500_while_the_database_is_away(
    home: Home, bob: FakeActor, stranger: FakePeer
) -> None:
    async with home.services.runtime.db.write() as tx:
        await tx.execute(text("ALTER TABLE actors RENAME TO elsewhere"))

    answers = [
        await bob.post(SHARED_INBOX, bob.note()),
        await bob.post(f"{HOME}/users/alice/inbox", bob.note()),
        await bob.get(f"{HOME}/users/alice"),
        await stranger.get_unsigned(f"{HOME}/users/alice"),
        await stranger.get_unsigned(f"{HOME}/actor"),
        await stranger.get_unsigned(f"{HOME}/.well-known/webfinger?resource=acct:alice@home.test"),
    ]

    assert [answer.status for answer in answers] == [503] * 6
    assert {answer.headers["Retry-After"] for answer in answers} == {"60"}
