"""Who may deliver what: strangers, impostors, keys that lie, cannot be had, or change.

Nothing here depends on the kind of database.
"""

import pytest
from aiohttp import web

from tests.server.activitypub.home import HOME, SHARED_INBOX, Home
from tests.support.fake_peer import FakeActor, FakePeer, document, redirect
from tests.support.signing import Signing, pem_of, rsa_key


@pytest.fixture
def database_url(migrated_sqlite_url: str) -> str:
    return migrated_sqlite_url


@pytest.fixture
def bob(partner: FakePeer) -> FakeActor:
    return partner.actor("bob")


@pytest.fixture
def mallory(partner: FakePeer) -> FakeActor:
    return partner.actor("mallory")


async def test_a_stranger_is_refused_before_anything_is_fetched(home: Home, stranger: FakePeer) -> None:
    """T054"""
    eve = stranger.actor("eve")

    answer = await eve.post(SHARED_INBOX, eve.note())

    assert answer.status == 403
    assert answer.document == {"error": "This server exchanges with named partners only"}
    assert stranger.asked == []
    assert await home.received() == []
    assert await home.known_actors() == 0


async def test_a_stranger_is_refused_at_every_inbox_alike(home: Home, stranger: FakePeer) -> None:
    """T054, T170"""
    alice = await home.person("alice")
    plans = await home.community("plans", host=alice, visibility="private")
    eve = stranger.actor("eve")
    inboxes = [f"{alice.uri}/inbox", f"{plans.uri}/inbox", f"{HOME}/users/nobody/inbox", f"{HOME}/actor/inbox"]

    answers = [await eve.post(inbox, eve.note()) for inbox in inboxes]

    assert [answer.status for answer in answers] == [403] * 4
    assert len({answer.body for answer in answers}) == 1
    assert stranger.asked == []


async def test_a_partners_activity_signed_by_a_stranger_is_refused(
    home: Home, partner: FakePeer, stranger: FakePeer, bob: FakeActor
) -> None:
    """T054: the name in the body is no pass."""
    eve = stranger.actor("eve")

    assert (await eve.post(SHARED_INBOX, bob.note())).status == 403
    assert (await bob.post(SHARED_INBOX, eve.note())).status == 403
    assert partner.asked == stranger.asked == []


@pytest.mark.parametrize("inbox", ["/inbox", "/users/alice/inbox"])
@pytest.mark.parametrize("kind", ["Create", "Delete", "Follow", "Accept", "Like", "Announce"])
async def test_only_the_actor_itself_speaks(
    home: Home, bob: FakeActor, mallory: FakeActor, inbox: str, kind: str
) -> None:
    """T016: signed well by mallory, said to be bob's."""
    await home.person("alice")
    forged = bob.note() if kind == "Create" else bob.activity(kind, object=f"{HOME}/users/alice")

    answer = await mallory.post(f"{HOME}{inbox}", forged)

    assert answer.status == 403
    assert await home.received() == []
    assert (await bob.post(f"{HOME}{inbox}", forged)).status == 202


async def test_an_activity_id_has_to_be_of_the_actors_server(home: Home, bob: FakeActor, sub: FakePeer) -> None:
    """T049, R2"""
    squatted = bob.activity("Like", object=f"{HOME}/objects/1") | {"id": sub.url("/activities/next")}

    assert (await bob.post(SHARED_INBOX, squatted)).status == 403
    assert await home.received() == []


async def test_a_key_has_to_be_listed_by_the_actor_that_it_names(home: Home, partner: FakePeer, bob: FakeActor) -> None:
    """T015: the key's document says that it is carol's; carol lists another key."""
    carol = partner.actor("carol")
    key = rsa_key("mallory")
    claimed = {"id": partner.url("/keys/1"), "owner": carol.uri, "publicKeyPem": pem_of(key)}
    partner.serve("/keys/1", document(claimed))

    answer = await carol.post(SHARED_INBOX, carol.note(), Signing(key=key, key_id=partner.url("/keys/1")))

    assert answer.status == 401
    assert await home.received() == []
    assert (await carol.post(SHARED_INBOX, carol.note())).status == 202


async def test_a_key_that_its_owner_lists_at_an_address_of_its_own_is_taken(home: Home, partner: FakePeer) -> None:
    """T015, the permission: GoToSocial keeps keys apart from actors."""
    key_id = partner.url("/users/carol/main-key")
    carol = partner.actor("carol", key=rsa_key("carol"))
    listed = {"id": key_id, "owner": carol.uri, "publicKeyPem": pem_of(carol.key)}
    partner.serve("/users/carol", document(carol.document | {"publicKey": listed}))
    partner.serve("/users/carol/main-key", document({"id": carol.uri, "publicKey": listed}))

    assert (await carol.post(SHARED_INBOX, carol.note(), Signing(key_id=key_id))).status == 202


async def test_a_rotated_key_is_learnt_and_the_old_one_forgotten(home: Home, partner: FakePeer, bob: FakeActor) -> None:
    """T017"""
    old = bob.key
    assert (await bob.post(SHARED_INBOX, bob.note())).status == 202
    bob.rotate(rsa_key("bob's second"))

    with_new = await bob.post(SHARED_INBOX, bob.note())
    with_old = await bob.post(SHARED_INBOX, bob.note(), Signing(key=old))

    assert (with_new.status, with_old.status) == (202, 401)


@pytest.mark.parametrize("target", ["http://stranger.test/users/bob", "http://home.test/users/alice"])
async def test_a_key_is_not_fetched_from_another_host(
    home: Home, partner: FakePeer, stranger: FakePeer, bob: FakeActor, target: str
) -> None:
    """T018: the partner's address leads to a stranger, or to ourselves."""
    partner.serve("/users/bob", redirect(target))

    answer = await bob.post(SHARED_INBOX, bob.note())

    assert answer.status == 401
    assert stranger.asked == []
    assert await home.known_actors() == 0


async def test_a_key_is_not_fetched_from_another_partner(
    home: Home, partner: FakePeer, sub: FakePeer, bob: FakeActor
) -> None:
    """T018: what sub.test says about bob counts for nothing, even if it is allowed."""
    sub.serve("/users/bob", document(bob.document))
    partner.serve("/users/bob", redirect(sub.url("/users/bob")))

    assert (await bob.post(SHARED_INBOX, bob.note())).status == 401
    assert await home.known_actors() == 0


async def test_a_document_with_another_id_than_its_address_is_not_kept(
    home: Home, partner: FakePeer, bob: FakeActor, mallory: FakeActor
) -> None:
    """T019: asked for at its own address it is mallory's, and bob has no key by it."""
    partner.serve("/users/bob", document(mallory.document))

    assert (await bob.post(SHARED_INBOX, bob.note())).status == 401
    assert await home.known_uris() == {mallory.uri}
    assert len(partner.asked_for("/users/mallory")) == 1


@pytest.mark.parametrize("content_type", ["text/html", "application/json", "text/plain", "application/ld+json"])
async def test_a_file_that_somebody_uploaded_is_no_actor(
    home: Home, partner: FakePeer, bob: FakeActor, content_type: str
) -> None:
    partner.serve("/users/bob", document(bob.document, content_type=content_type))

    assert (await bob.post(SHARED_INBOX, bob.note())).status == 401
    assert await home.known_actors() == 0


@pytest.mark.parametrize(("others", "status"), [(9, 202), (10, 401)])
async def test_of_an_actor_with_many_keys_the_first_ten_count(
    home: Home, partner: FakePeer, bob: FakeActor, others: int, status: int
) -> None:
    """T013: at the limit and one above."""
    own = bob.document["publicKey"]
    more = [own | {"id": f"{bob.uri}#key-{number}"} for number in range(others)]
    partner.serve("/users/bob", document(bob.document | {"publicKey": [*more, own]}))

    assert (await bob.post(SHARED_INBOX, bob.note())).status == status


async def test_nobody_outside_is_us(home: Home, partner: FakePeer, bob: FakeActor) -> None:
    """T020: a key id, or an actor, on this server: refused, and nothing is asked of ourselves."""
    alice = await home.person("alice")
    as_alice = bob.note() | {"actor": alice.uri}

    by_key = await bob.post(SHARED_INBOX, bob.note(), Signing(key_id=f"{alice.uri}#main-key"))
    by_both = await bob.post(SHARED_INBOX, as_alice, Signing(key_id=f"{alice.uri}#main-key"))
    by_actor = await bob.post(SHARED_INBOX, as_alice)

    assert [answer.status for answer in (by_key, by_both, by_actor)] == [403] * 3
    assert await home.received() == []


async def test_actors_that_nobody_knew_may_delete_themselves_without_a_fetch(home: Home, partner: FakePeer) -> None:
    """T021"""
    for number in range(100):
        gone = partner.actor(f"gone{number}", key=rsa_key("gone"))
        partner.serve(f"/users/gone{number}", document({}, status=410))
        assert (await gone.post(SHARED_INBOX, gone.activity("Delete", object=gone.uri))).status == 202

    assert partner.asked == []
    assert await home.received() == []


async def test_a_known_actor_whose_key_is_gone_may_delete_itself(home: Home, partner: FakePeer, bob: FakeActor) -> None:
    """T021, beside it: the key that we have still says who speaks."""
    assert (await bob.post(SHARED_INBOX, bob.note())).status == 202
    partner.serve("/users/bob", document({}, status=410))
    farewell = bob.activity("Delete", object=bob.uri)

    assert (await bob.post(SHARED_INBOX, farewell)).status == 202
    assert farewell["id"] in await home.received()


@pytest.mark.parametrize("status", [500, 502, 503, 429])
async def test_a_key_that_cannot_be_had_now_means_come_again(
    home: Home, partner: FakePeer, bob: FakeActor, status: int
) -> None:
    """T022"""
    partner.serve("/users/bob", document({}, status=status))

    answer = await bob.post(SHARED_INBOX, bob.note())

    assert answer.status == 503
    assert answer.headers["Retry-After"] == "60"
    partner.serve("/users/bob", document(bob.document))
    assert (await bob.post(SHARED_INBOX, bob.note())).status == 202


async def test_a_key_that_is_known_needs_no_fetch_while_its_server_is_down(
    home: Home, partner: FakePeer, bob: FakeActor
) -> None:
    """T022: for a day since it was read, also where the process does not remember it."""
    assert (await bob.post(SHARED_INBOX, bob.note())).status == 202
    partner.serve("/users/bob", document({}, status=503))

    answers = []
    for hours in (0, 23, 2):
        home.clock.advance(hours=hours)
        answers.append((await bob.post(SHARED_INBOX, bob.note())).status)

    assert answers == [202, 202, 503]


@pytest.mark.parametrize("status", [401, 403, 404])
async def test_a_key_that_is_not_given_is_asked_for_once_in_ten_minutes(
    home: Home, partner: FakePeer, bob: FakeActor, status: int
) -> None:
    """T021, T022: no storm of fetches; 401 may cost one more, in the other scheme of signing."""
    partner.serve("/users/bob", document({}, status=status))

    answers = [(await bob.post(SHARED_INBOX, bob.note())).status for _ in range(10)]

    assert answers == [401] * 10
    assert len(partner.asked_for("/users/bob")) <= 2


async def test_contexts_are_never_fetched(home: Home, partner: FakePeer, bob: FakeActor) -> None:
    """T090: in activities and in actors alike; unknown words are passed over."""
    contexts = [partner.url("/context"), {"@import": partner.url("/context"), "x": partner.url("/ns#x")}]
    partner.serve("/users/bob", document(bob.document | {"@context": contexts, "x": 1}))
    note = bob.note() | {"@context": contexts, "x": {"y": 2}}

    assert (await bob.post(SHARED_INBOX, note)).status == 202
    assert [asked.path for asked in partner.asked] == ["/users/bob"]


async def test_the_fetch_of_a_key_is_signed_by_the_servers_own_actor(
    home: Home, partner: FakePeer, bob: FakeActor
) -> None:
    await bob.post(SHARED_INBOX, bob.note())

    [asked] = partner.asked
    assert f'keyId="{HOME}/actor#main-key"' in asked.headers["Signature"]


async def test_a_peer_that_wants_signatures_reads_our_key_while_we_read_its(home: Home, partner: FakePeer) -> None:
    """Two servers that both want every fetch signed do not wait for each other (spec/group-federation.md 4)."""
    bob = partner.actor("bob")

    async def only_after_reading_our_key(request: web.BaseRequest) -> web.StreamResponse:
        ours = await partner.get_unsigned(f"{HOME}/actor")
        assert f"{ours.document['publicKey']['id']}" in request.headers["Signature"]
        return await document(bob.document)(request)

    partner.serve("/users/bob", only_after_reading_our_key)

    assert (await bob.post(SHARED_INBOX, bob.note())).status == 202
