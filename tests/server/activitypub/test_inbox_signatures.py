"""Deliveries that are signed wrongly: each is refused beside the right one, and leaves nothing behind.

Nothing here depends on the kind of database.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.server.activitypub.home import HOME, SHARED_INBOX, Home
from tests.support.ed25519 import ed25519_key, publishes_ed25519
from tests.support.fake_peer import FakeActor, FakePeer, encoded, send_raw
from tests.support.signing import Pairs, Signing, rsa_key

FAR = 4102444800
"""2100, in seconds."""


@pytest.fixture
def database_url(migrated_sqlite_url: str) -> str:
    return migrated_sqlite_url


@pytest.fixture
def bob(partner: FakePeer) -> FakeActor:
    return partner.actor("bob")


async def refusal(bob: FakeActor, how: Signing, url: str = SHARED_INBOX) -> int:
    return (await bob.post(url, bob.note(), how)).status


@pytest.mark.parametrize("scheme", ["cavage", "rfc9421"])
async def test_a_signed_delivery_is_stored(home: Home, bob: FakeActor, scheme: str) -> None:
    note = bob.note()

    answer = await bob.post(SHARED_INBOX, note, Signing(scheme="cavage" if scheme == "cavage" else "rfc9421"))

    assert answer.status == 202
    assert await home.received() == [note["id"]]


async def test_a_delivery_signed_by_ed25519_is_stored(home: Home, bob: FakeActor) -> None:
    """Signatures 1 and 4.1: by the key that the actor lists among its assertion methods."""
    how, note = publishes_ed25519(bob), bob.note()

    answer = await bob.post(SHARED_INBOX, note, how)

    assert answer.status == 202
    assert await home.received() == [note["id"]]


@pytest.mark.parametrize(
    "change",
    [
        {"key": ed25519_key("another")},
        {"algorithm": "rsa-v1_5-sha256"},
        {"algorithm": "hmac-sha256"},
        {"key_id": "http://partner.test/users/carol#ed25519-key"},
        {"covered": ("@method", "@target-uri")},
        {"covered": ("@method", "content-digest")},
    ],
    ids=["another key", "another algorithm", "no algorithm of ours", "another's key", "no digest", "no address"],
)
async def test_a_delivery_signed_wrongly_by_ed25519_is_refused(
    home: Home, bob: FakeActor, change: dict[str, Any]
) -> None:
    """T002, T004, T006, T012"""
    assert await refusal(bob, replace(publishes_ed25519(bob), **change)) == 401
    assert await home.received() == []


async def test_an_ed25519_key_of_which_the_actor_says_that_it_is_another_s_is_refused(
    home: Home, partner: FakePeer, bob: FakeActor
) -> None:
    """T015: the controller is somebody else."""
    how = publishes_ed25519(bob)
    (method,) = bob.changes["assertionMethod"]
    bob.changes = {**bob.changes, "assertionMethod": [{**method, "controller": partner.url("/users/carol")}]}
    bob.publish()

    assert await refusal(bob, how) == 401


async def test_an_unsigned_delivery_is_refused_without_asking_anybody(
    home: Home, partner: FakePeer, bob: FakeActor
) -> None:
    """T001"""
    answer = await partner.post_unsigned(SHARED_INBOX, bob.note())

    assert answer.status == 401
    assert answer.headers["Accept-Signature"].startswith('sig1=("@method" "@target-uri" "content-digest")')
    assert answer.document == {"error": "This request has to be signed"}
    assert partner.asked == []
    assert await home.received() == []
    assert await home.known_actors() == 0


@pytest.mark.parametrize("scheme", ["cavage", "rfc9421"])
async def test_a_signature_by_another_key_is_refused_with_one_look_at_the_actor(
    home: Home, partner: FakePeer, bob: FakeActor, scheme: str
) -> None:
    """T002"""
    wrong = Signing(scheme="cavage" if scheme == "cavage" else "rfc9421", key=rsa_key("another"))
    assert (await bob.post(SHARED_INBOX, bob.note())).status == 202
    before = len(partner.asked)

    answers = [await refusal(bob, wrong) for _ in range(50)]

    assert answers == [401] * 50
    assert len(partner.asked) - before <= 1
    assert len(await home.received()) == 1


@pytest.mark.parametrize(
    "how",
    [
        pytest.param(
            Signing(covered=("(request-target)", "host", "date"), headers={"digest": None}), id="cavage-absent"
        ),
        pytest.param(
            Signing(scheme="rfc9421", covered=("@method", "@target-uri"), headers={"content-digest": None}),
            id="rfc9421-absent",
        ),
        pytest.param(Signing(covered=("(request-target)", "host", "date")), id="cavage-unsigned"),
        pytest.param(Signing(scheme="rfc9421", covered=("@method", "@target-uri")), id="rfc9421-unsigned"),
        pytest.param(Signing(tampered={"digest": "SHA-256=" + "A" * 43 + "="}), id="cavage-changed-after-signing"),
        pytest.param(Signing(headers={"digest": "SHA-256=" + "A" * 43 + "="}), id="cavage-of-another-body"),
        pytest.param(
            Signing(scheme="rfc9421", headers={"content-digest": "sha-256=:" + "A" * 43 + "=:"}),
            id="rfc9421-of-another-body",
        ),
        pytest.param(Signing(headers={"digest": "MD5=1B2M2Y8AsgTpgAmY7PhCfg=="}), id="only-md5"),
    ],
)
async def test_the_body_has_to_be_signed_by_its_digest(home: Home, bob: FakeActor, how: Signing) -> None:
    """T003 absent, T004 not signed, T005 of another body."""
    assert await refusal(bob, how) == 401
    assert await home.received() == []


async def test_a_body_changed_on_the_way_is_refused(home: Home, partner: FakePeer, bob: FakeActor) -> None:
    """T005: the headers of a good request, with one byte of its body changed."""
    body = encoded(bob.note("I agree"))
    headers = bob.headers("POST", SHARED_INBOX, body)

    changed = await partner.send("POST", SHARED_INBOX, headers, body.replace(b"agree", b"agrei"))
    unchanged = await partner.send("POST", SHARED_INBOX, headers, body)

    assert (changed.status, unchanged.status) == (401, 202)


@pytest.mark.parametrize(
    "how",
    [
        pytest.param(Signing(covered=("host", "date", "digest")), id="request-target"),
        pytest.param(Signing(covered=("(request-target)", "date", "digest")), id="host"),
        pytest.param(Signing(scheme="rfc9421", covered=("@target-uri", "content-digest")), id="method"),
        pytest.param(Signing(scheme="rfc9421", covered=("@method", "content-digest")), id="target-uri"),
        pytest.param(Signing(scheme="rfc9421", covered=("@method", "@authority", "content-digest")), id="path"),
        pytest.param(Signing(covered=("(request-target)", "host", "digest")), id="time"),
        pytest.param(Signing(covered=("(request-target)", "host", "digest"), headers={"date": None}), id="no-date"),
        pytest.param(Signing(covered=("(request-target)", "host", "digest"), created=FAR), id="time-not-covered"),
    ],
)
async def test_method_address_and_time_have_to_be_signed(home: Home, bob: FakeActor, how: Signing) -> None:
    """T006, T007, T008"""
    assert await refusal(bob, how) == 401
    assert await home.received() == []


@pytest.mark.parametrize("scheme", ["cavage", "rfc9421"])
@pytest.mark.parametrize(("minutes", "status"), [(-61, 401), (-59, 202), (4, 202), (6, 401)])
async def test_a_signature_is_good_for_an_hour_and_a_little_ahead(
    home: Home, bob: FakeActor, scheme: str, minutes: int, status: int
) -> None:
    """T009"""
    at = bob.peer.clock.now() + timedelta(minutes=minutes)

    assert await refusal(bob, Signing(scheme="cavage" if scheme == "cavage" else "rfc9421", at=at)) == status


@pytest.mark.parametrize(
    "how",
    [
        pytest.param(Signing(headers={"date": "yesterday"}), id="unreadable-date"),
        pytest.param(Signing(scheme="rfc9421", expires=1), id="expired"),
        pytest.param(Signing(scheme="rfc9421", created=FAR, expires=1), id="created-after-expires"),
        pytest.param(
            Signing(
                covered=("(request-target)", "host", "date", "digest", "(created)", "(expires)"),
                algorithm="hs2019",
                created=1,
                expires=2,
            ),
            id="cavage-expired",
        ),
    ],
)
async def test_times_that_make_no_sense_are_refused(home: Home, bob: FakeActor, how: Signing) -> None:
    """T009"""
    assert await refusal(bob, how) == 401


@pytest.mark.parametrize("kind", ["Create", "Like", "Undo", "Follow"])
async def test_a_replay_is_answered_like_the_first_and_stored_once(
    home: Home, partner: FakePeer, bob: FakeActor, kind: str
) -> None:
    """T010"""
    body = encoded(bob.note() if kind == "Create" else bob.activity(kind, object=f"{HOME}/objects/1"))
    headers = bob.headers("POST", SHARED_INBOX, body)

    answers = [(await partner.send("POST", SHARED_INBOX, headers, body)).status for _ in range(10)]

    assert answers == [202] * 10
    assert len(await home.received()) == 1


async def test_a_request_for_one_inbox_is_refused_at_another(home: Home, bob: FakeActor) -> None:
    """T011"""
    alice = await home.person("alice")
    plans = await home.community("plans", host=alice, visibility="private")
    signed_for_alice = Signing(url=f"{alice.uri}/inbox")

    assert await refusal(bob, signed_for_alice, SHARED_INBOX) == 401
    assert await refusal(bob, signed_for_alice, f"{plans.uri}/inbox") == 401
    assert await refusal(bob, Signing(url=f"{SHARED_INBOX}?a=1"), SHARED_INBOX) == 401
    assert await refusal(bob, Signing(), f"{alice.uri}/inbox") == 202


async def test_the_query_of_a_post_has_to_be_signed(home: Home, bob: FakeActor) -> None:
    """T024: leaving it out is tolerated for a GET only."""
    assert await refusal(bob, Signing(url=SHARED_INBOX), f"{SHARED_INBOX}?a=1") == 401
    assert await refusal(bob, Signing(), f"{SHARED_INBOX}?a=1") == 202


async def test_a_request_made_for_another_server_is_refused(home: Home, bob: FakeActor) -> None:
    """The Host that was signed is another's, though the request came here."""
    assert await refusal(bob, Signing(headers={"host": "sub.test"}, url="http://sub.test/inbox")) == 401


@pytest.mark.parametrize("algorithm", ["none", "hmac-sha256", "rsa-sha1", "ed25519", "unheard-of"])
async def test_the_algorithm_is_not_the_senders_to_choose(home: Home, bob: FakeActor, algorithm: str) -> None:
    """T012"""
    assert await refusal(bob, Signing(algorithm=algorithm)) == 401
    assert await refusal(bob, Signing(scheme="rfc9421", algorithm=algorithm)) == 401


@pytest.mark.parametrize("doubled", ["host", "date", "digest", "signature"])
@pytest.mark.parametrize("second", ["the same", "another"])
async def test_a_doubled_header_is_refused(home: Home, bob: FakeActor, doubled: str, second: str) -> None:
    """T014, over a raw socket."""
    body = encoded(bob.note())
    headers = bob.headers("POST", SHARED_INBOX, body)
    original = dict(headers)[doubled]
    other = original if second == "the same" else original.replace("0", "1").replace("home", "hame")

    answer = await send_raw(home.endpoint, _request([*headers, (doubled, other)], body))

    assert answer.status in (400, 401)
    assert await home.received() == []


async def test_a_doubled_key_id_is_refused(home: Home, partner: FakePeer, bob: FakeActor) -> None:
    """T014"""
    mallory = partner.actor("mallory")
    body = encoded(bob.note())
    headers = dict(mallory.headers("POST", SHARED_INBOX, body))
    headers["signature"] += f',keyId="{bob.key_id}"'

    assert (await partner.send("POST", SHARED_INBOX, list(headers.items()), body)).status in (400, 401)
    assert await home.received() == []


async def test_the_same_bytes_on_a_raw_socket_are_taken_when_nothing_is_doubled(home: Home, bob: FakeActor) -> None:
    """T014, the permission beside the refusals."""
    body = encoded(bob.note())

    answer = await send_raw(home.endpoint, _request(bob.headers("POST", SHARED_INBOX, body), body))

    assert answer.status == 202


async def test_an_address_in_absolute_form_is_refused(home: Home, bob: FakeActor) -> None:
    """Nobody signs that form; what cannot be compared exactly is not guessed at."""
    body = encoded(bob.note())
    request = _request(bob.headers("POST", SHARED_INBOX, body), body)

    answer = await send_raw(home.endpoint, request.replace(b"POST /inbox", b"POST http://home.test/inbox", 1))

    assert answer.status in (400, 401)
    assert await home.received() == []


@pytest.mark.parametrize("garbage", ["", "=", "sig1=", 'keyId="', "\u00e9", "a" * 5000, 'keyId="x",keyId="y"'])
async def test_garbage_for_a_signature_is_refused(home: Home, partner: FakePeer, garbage: str) -> None:
    for name in ("Signature", "Signature-Input", "Authorization"):
        value = f"Signature {garbage}" if name == "Authorization" else garbage
        answer = await partner.post_unsigned(SHARED_INBOX, {"id": "x"}, **{name: value})
        assert answer.status in (400, 401)


def _request(headers: Pairs, body: bytes) -> bytes:
    lines = [
        "POST /inbox HTTP/1.1",
        *(f"{name}: {value}" for name, value in headers),
        f"Content-Length: {len(body)}",
        "",
        "",
    ]
    return "\r\n".join(lines).encode() + body
