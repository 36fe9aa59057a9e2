"""The table of status codes (spec/group-federation.md 2 and 18), line by line over HTTP."""

from datetime import timedelta
from typing import Any

import pytest

from models.queries.actors import ActorRow
from tests.server.activitypub.home import HOME, SHARED_INBOX, Home
from tests.support.fake_peer import Answer, FakeActor, FakePeer, document, encoded
from tests.support.signing import Signing, rsa_key


@pytest.fixture
def database_url(migrated_sqlite_url: str) -> str:
    return migrated_sqlite_url


@pytest.fixture
async def alice(home: Home) -> ActorRow:
    return await home.person("alice")


@pytest.fixture
def bob(partner: FakePeer) -> FakeActor:
    return partner.actor("bob")


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        (202, {}),
        (202, {"type": "Wave"}),
        (202, {"object": "http://partner.test/objects/unknown"}),
        (202, {"@context": None}),
        (400, {"id": None}),
        (400, {"type": None}),
        (400, {"actor": None}),
        (400, {"object": None}),
        (403, {"actor": "http://partner.test/users/carol"}),
        (403, {"actor": "http://sub.test/users/sue"}),
        (403, {"actor": "http://stranger.test/users/eve"}),
        (403, {"id": "http://sub.test/activities/1"}),
    ],
)
async def test_what_an_activity_says_decides_its_answer(
    home: Home, alice: ActorRow, bob: FakeActor, code: int, changes: dict[str, Any]
) -> None:
    activity = bob.activity("Like", object=f"{HOME}/objects/1") | changes
    said = {name: value for name, value in activity.items() if value is not None}

    assert (await bob.post(SHARED_INBOX, said)).status == code


@pytest.mark.parametrize("body", [b"no JSON", b"[]", b'"text"', b"{}"])
async def test_what_is_no_activity_is_malformed(home: Home, bob: FakeActor, body: bytes) -> None:
    assert (await bob.post(SHARED_INBOX, body)).status == 400


@pytest.mark.parametrize(
    "how",
    [
        Signing(key=rsa_key("another")),
        Signing(tampered={"Digest": "SHA-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="}),
        Signing(key_id="http://partner.test/users/bob#none"),
        Signing(key_id="http://partner.test/users/nobody#main-key"),
    ],
    ids=["bad signature", "digest mismatch", "no such key", "no such owner"],
)
async def test_who_does_not_show_itself_is_unauthenticated(home: Home, bob: FakeActor, how: Signing) -> None:
    answer = await bob.post(SHARED_INBOX, bob.note(), how)

    assert answer.status == 401
    assert answer.document["error"]
    assert "Accept-Signature" in answer.headers


async def test_a_stale_date_is_unauthenticated(home: Home, bob: FakeActor) -> None:
    how = Signing(at=home.clock.now() - timedelta(hours=1, seconds=1))

    assert (await bob.post(SHARED_INBOX, bob.note(), how)).status == 401


async def test_inboxes_that_are_gone_never_were_or_are_read(home: Home, alice: ActorRow, bob: FakeActor) -> None:
    await home.mark_deleted(alice)

    gone = await bob.post(f"{alice.uri}/inbox", bob.note())
    unknown = await bob.post(f"{HOME}/users/nobody/inbox", bob.note())
    read = await bob.get(SHARED_INBOX)

    assert (gone.status, unknown.status, read.status) == (410, 404, 405)


async def test_a_body_may_be_neither_too_large_nor_of_another_type(home: Home, bob: FakeActor) -> None:
    body = encoded(bob.note("x" * 1_048_576))
    headers = bob.headers("POST", SHARED_INBOX, body, Signing(headers={"Content-Type": "text/plain"}))

    too_large = await bob.post(SHARED_INBOX, body)
    other = await bob.peer.send("POST", SHARED_INBOX, headers, encoded(bob.note()))

    assert (too_large.status, other.status) == (413, 415)


async def test_a_key_that_cannot_be_looked_up_now_is_looked_up_later(
    home: Home, bob: FakeActor, partner: FakePeer
) -> None:
    partner.serve("/users/bob", document({}, status=503))

    answer = await bob.post(SHARED_INBOX, bob.note())

    assert answer.status == 503
    assert "Retry-After" in answer.headers


async def test_objects_are_there_or_gone_or_never_were(
    home: Home, alice: ActorRow, bob: FakeActor, stranger: FakePeer
) -> None:
    await home.community("town", host=alice)
    await home.community("plans", host=alice, visibility="private")
    here, deleted, hidden = [await home.post(alice, f"@{name} Hello") for name in ("town", "town", "plans")]
    await home.delete_post(alice, deleted)
    unknown = f"{HOME}/objects/7"
    uris = (here.uri, deleted.uri, hidden.uri, unknown)
    eve = stranger.actor("eve")

    def codes(answers: list[Answer]) -> list[int]:
        return [answer.status for answer in answers]

    assert codes([await bob.get(uri) for uri in uris]) == [200, 410, 404, 404]
    assert codes([await stranger.get_unsigned(uri) for uri in uris]) == [401] * 4
    assert codes([await eve.get(uri) for uri in uris]) == [403] * 4
    tombstone = (await bob.get(deleted.uri)).document
    assert (tombstone["type"], tombstone["formerType"], tombstone["id"]) == ("Tombstone", "Page", deleted.uri)
    assert "Hello" not in str(tombstone)
