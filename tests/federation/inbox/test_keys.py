"""Keys of partners' people: whose they are, when they stop working, and what many new ones at once mean."""

import pytest
from sqlalchemy import select

from models.actors import Actor, ActorKey
from models.audit import AuditEntry
from models.peers import Peer
from server.actions import partners
from tests.federation.inbox.cast import INBOX, ON_SQLITE, SITES, Cast
from tests.support.api import Document
from tests.support.fake_peer import FakeActor, document
from tests.support.signing import Signing, pem_of, rsa_key
from tests.support.statements import counted

pytestmark = ON_SQLITE


def listing(actor: FakeActor, *keys: tuple[str, str]) -> Document:
    """The actor's document with these keys, each an id and a name for its material."""
    listed = [{"id": uri, "owner": actor.uri, "publicKeyPem": pem_of(rsa_key(name))} for uri, name in keys]
    return actor.document | {"publicKey": listed}


async def test_a_key_dropped_by_an_update_stops_working_at_once(cast: Cast) -> None:
    """T017: not after the minute for which keys are kept in memory."""
    bob, old = cast.bob.actor, cast.bob.actor.key
    assert (await bob.post(INBOX, bob.note())).status == 202
    renewed = listing(bob, (bob.key_id, "bob's second"))
    assert await cast.say(bob, bob.activity("Update", object=renewed)) == "processed"
    cast.partner.serve("/users/bob", document(renewed))

    with_old = await bob.post(INBOX, bob.note(), Signing(key=old))
    with_new = await bob.post(INBOX, bob.note(), Signing(key=rsa_key("bob's second")))

    assert (with_old.status, with_new.status) == (401, 202)


async def test_a_key_of_somebody_who_is_gone_stops_working_at_once(cast: Cast) -> None:
    """T017, T180"""
    bob = cast.bob.actor
    assert (await bob.post(INBOX, bob.note())).status == 202
    await cast.say(bob, bob.activity("Delete", object=bob.uri))
    cast.partner.serve("/users/bob", document({"type": "Tombstone", "id": bob.uri}, status=410))

    assert (await bob.post(INBOX, bob.note())).status == 401


async def kept_people(cast: Cast) -> int:
    """How many of bob there are: his row, while he is not deleted."""
    return len(await cast.rows(Actor.id, uri=cast.bob.actor.uri, deleted_at=None))


@pytest.mark.parametrize("status", [410, 200], ids=["410", "Tombstone"])
async def test_who_deletes_themselves_is_gone_here_though_the_key_is_gone_too(cast: Cast, status: int) -> None:
    """Signatures 4.4: the key that we had is too old to be believed, and its owner's address says 410."""
    bob = cast.bob.actor
    gone = document({"type": "Tombstone", "id": bob.uri}, status=status)
    cast.home.clock.advance(hours=25)
    cast.partner.serve("/users/bob", gone)

    assert await cast.say(bob, bob.activity("Like", object=SITES)) == "401"
    assert await cast.say(bob, bob.activity("Delete", object=bob.uri)) == "processed"
    assert await kept_people(cast) == 0


@pytest.mark.parametrize(("status", "refused"), [(404, "401"), (503, "503")])
async def test_who_cannot_be_looked_at_is_not_deleted(cast: Cast, status: int, refused: str) -> None:
    """Signatures 4.4, T021: neither a 404 nor a server that is away is a proof."""
    bob = cast.bob.actor
    cast.home.clock.advance(hours=25)
    cast.partner.serve("/users/bob", document({"error": "no"}, status=status))

    assert await cast.say(bob, bob.activity("Delete", object=bob.uri)) == refused
    assert await kept_people(cast) == 1


async def test_nobody_deletes_somebody_else_whose_key_is_gone(cast: Cast) -> None:
    """T021, T032: mallory's key is read, and it is not the deleted actor's."""
    bob, mallory = cast.bob.actor, cast.mallory.actor
    cast.partner.serve("/users/bob", document({"type": "Tombstone", "id": bob.uri}, status=410))
    farewell = bob.activity("Delete", object=bob.uri)

    assert (await mallory.post(INBOX, farewell)).status == 403
    assert await kept_people(cast) == 1


@pytest.mark.parametrize(("served", "outcome"), [(410, 202), (200, 403), (404, 403), (503, 503)])
async def test_a_server_says_that_one_of_its_people_is_gone_and_their_address_agrees(
    cast: Cast, served: int, outcome: int
) -> None:
    """Signatures 4.4: signed by the instance actor of the same origin."""
    bob, server = cast.bob.actor, cast.partner.actor("server", "Application")
    content = bob.document if served == 200 else {"type": "Tombstone", "id": bob.uri}
    cast.partner.serve("/users/bob", document(content, status=served))

    answer = await server.post(INBOX, bob.activity("Delete", object=bob.uri))
    await cast.home.apply()

    assert answer.status == outcome
    assert await kept_people(cast) == (0 if outcome == 202 else 1)


async def test_a_document_that_says_the_same_again_costs_two_statements_for_its_keys(cast: Cast) -> None:
    bob = cast.bob.actor
    await cast.say(bob, bob.activity("Update", object=bob.document))
    (before,) = await cast.rows(ActorKey.id, key_uri=bob.key_id)

    with counted(cast.home.db) as cost:
        await cast.say(bob, bob.activity("Update", object=bob.document))

    assert len([one for one in cost.statements if "actor_keys" in one and not one.startswith("SELECT actor_k")]) == 1
    assert await cast.rows(ActorKey.id, key_uri=bob.key_id) == [before]


@pytest.mark.parametrize("where", ["/keys/carol", "/users/carol/main-key"])
async def test_a_key_at_an_address_of_its_own_is_nobody_elses(cast: Cast, where: str) -> None:
    """T174, T015: mallory's document lists carol's key, which lies at an address of its own, as hers."""
    carol, mallory = cast.partner.actor("carol"), cast.mallory.actor
    key_id = cast.partner.url(where)
    cast.partner.serve("/users/carol", document(listing(carol, (key_id, "carol's"))))
    key = {"id": key_id, "owner": carol.uri, "publicKeyPem": pem_of(rsa_key("carol's"))}
    cast.partner.serve(where, document(key))
    by_carol = Signing(key=rsa_key("carol's"), key_id=key_id)
    assert (await carol.post(INBOX, carol.note(), by_carol)).status == 202

    claimed = listing(mallory, (mallory.key_id, "mallory@partner.test"), (key_id, "mallory's other"))
    await cast.say(mallory, mallory.activity("Update", object=claimed))
    cast.partner.serve("/users/mallory", document(claimed))
    forged = await mallory.post(INBOX, mallory.note(), Signing(key=rsa_key("mallory's other"), key_id=key_id))
    cast.home.clock.advance(minutes=6)

    assert forged.status in (401, 403)
    assert (await carol.post(INBOX, carol.note(), by_carol)).status == 202
    assert (await mallory.post(INBOX, mallory.note())).status == 202


async def test_a_key_elsewhere_is_its_owners_once_its_document_says_so(cast: Cast) -> None:
    """T174, the permission: claimed first by somebody else, it goes to whom its own document names."""
    carol, mallory = cast.partner.actor("carol"), cast.mallory.actor
    key_id = cast.partner.url("/keys/carol")
    claimed = listing(mallory, (mallory.key_id, "mallory@partner.test"), (key_id, "mallory's other"))
    await cast.say(mallory, mallory.activity("Update", object=claimed))
    cast.partner.serve("/users/carol", document(listing(carol, (key_id, "carol's"))))
    key = {"id": key_id, "owner": carol.uri, "publicKeyPem": pem_of(rsa_key("carol's"))}
    cast.partner.serve("/keys/carol", document(key))

    answer = await carol.post(INBOX, carol.note(), Signing(key=rsa_key("carol's"), key_id=key_id))
    renewed = listing(carol, (key_id, "carol's second"))
    await carol.post(INBOX, carol.activity("Update", object=renewed), Signing(key=rsa_key("carol's"), key_id=key_id))
    await cast.home.apply()

    assert answer.status == 202
    second = Signing(key=rsa_key("carol's second"), key_id=key_id)
    assert (await carol.post(INBOX, carol.note(), second)).status == 202


# --- many new keys at once ---


async def state_of_partner(cast: Cast) -> str:
    ((state,),) = await cast.rows(Peer.state, host="partner.test")
    return str(state)


async def changed(cast: Cast, *actors: FakeActor) -> list[int]:
    """Actors come back with other keys, which nothing that they signed before announced."""
    answers = []
    for actor in actors:
        actor.rotate(rsa_key(f"{actor.name}, another at {cast.home.clock.now()}"))
        answers.append((await actor.post(INBOX, actor.note())).status)
    cast.home.clock.advance(seconds=2)
    return answers


async def three_known(cast: Cast) -> list[FakeActor]:
    known = cast.partner.actors
    actors = [known.get(name) or cast.partner.actor(name) for name in ("carol", "dan", "eve")]
    for actor in actors:
        assert (await actor.post(INBOX, actor.note())).status == 202
    return actors


async def test_three_actors_with_other_keys_within_a_day_put_their_server_on_hold(cast: Cast) -> None:
    """T066: until somebody has looked, nothing more is taken from it or sent to it."""
    carol, dan, eve = await three_known(cast)
    await changed(cast, carol, dan)
    assert await state_of_partner(cast) == "active"

    await changed(cast, eve)

    assert await state_of_partner(cast) == "suspended"
    assert (await cast.bob.actor.post(INBOX, cast.bob.actor.note())).status == 403
    async with cast.home.db.read() as tx:
        entry = select(AuditEntry.actor, AuditEntry.object).where(AuditEntry.action == "partner.suspend")
        assert [tuple(row) for row in await tx.select(entry)] == [("server", "partner.test")]


async def test_three_changes_that_are_more_than_a_day_apart_are_nothing(cast: Cast) -> None:
    """T066, the bound."""
    carol, dan, eve = await three_known(cast)
    await changed(cast, carol)
    cast.home.clock.advance(hours=23)
    await changed(cast, dan)
    cast.home.clock.advance(hours=2)

    await changed(cast, eve)

    assert await state_of_partner(cast) == "active"


async def test_another_key_of_the_servers_own_actor_is_enough(cast: Cast) -> None:
    """T066"""
    application = cast.partner.actor("partner.test", "Application")
    assert (await application.post(INBOX, application.note())).status == 202

    await changed(cast, application)

    assert await state_of_partner(cast) == "suspended"


async def test_an_actor_that_was_deleted_does_not_come_back_with_other_keys(cast: Cast) -> None:
    """T066, T180: who has the domain says that its own actor is gone, and serves it again."""
    application = cast.partner.actor("partner.test", "Application")
    assert (await application.post(INBOX, application.note())).status == 202
    path = application.uri.removeprefix(cast.partner.url(""))
    cast.partner.serve(path, document({"type": "Tombstone", "id": application.uri}, status=410))
    cast.home.clock.advance(hours=25)
    assert await cast.say(application, application.activity("Delete", object=application.uri)) == "processed"
    assert await state_of_partner(cast) == "active"

    cast.home.clock.advance(minutes=11)
    assert await changed(cast, application) == [401]


async def test_new_keys_that_the_old_ones_announce_are_nothing(cast: Cast) -> None:
    """T066, the permission: an administrator over there changes all keys in the proper order."""
    actors = [*await three_known(cast), cast.partner.actor("partner.test", "Application")]
    for actor in actors:
        renewed = listing(actor, (actor.key_id, f"{actor.name}, announced"))
        await cast.say(actor, actor.activity("Update", object=renewed))
        actor.rotate(rsa_key(f"{actor.name}, announced"))

    for actor in actors:
        assert (await actor.post(INBOX, actor.note())).status == 202
    assert await state_of_partner(cast) == "active"


async def test_new_keys_that_the_old_ones_announce_are_nothing_before_that_is_read(cast: Cast) -> None:
    """T066, the permission: what is signed by a new key comes while the Update that announces it waits for its turn."""
    actors = [*await three_known(cast), cast.partner.actor("partner.test", "Application")]
    assert (await actors[-1].post(INBOX, actors[-1].note())).status == 202
    for actor in actors:
        renewed = listing(actor, (actor.key_id, f"{actor.name}, announced"))
        assert (await actor.post(INBOX, actor.activity("Update", object=renewed))).status == 202
        actor.rotate(rsa_key(f"{actor.name}, announced"))

    for actor in actors:
        assert (await actor.post(INBOX, actor.note())).status == 202
    await cast.home.apply()
    assert await state_of_partner(cast) == "active"


async def test_other_keys_than_those_that_are_announced_are_looked_at_twice(cast: Cast) -> None:
    """T066: an Update that waits for its turn says nothing for a third key."""
    actors = await three_known(cast)
    for actor in actors:
        renewed = listing(actor, (actor.key_id, f"{actor.name}, announced"))
        assert (await actor.post(INBOX, actor.activity("Update", object=renewed))).status == 202

    await changed(cast, *actors)

    assert await state_of_partner(cast) == "suspended"


async def test_whoever_resumes_the_partner_confirms_its_keys(cast: Cast) -> None:
    """T066: the rest of its people come back with other keys too, and that is as it should be; a third time is not."""
    carol, dan, eve = await three_known(cast)
    mallory = cast.mallory.actor
    assert (await mallory.post(INBOX, mallory.note())).status == 202
    await changed(cast, carol, dan, eve)

    async with cast.home.db.write() as tx:
        await partners.resume(tx, cast.home.services.runtime, "partner.test", by="operator")
    cast.home.clock.advance(seconds=2)

    assert await changed(cast, cast.bob.actor, mallory) == [202, 202]
    assert await state_of_partner(cast) == "active"
    cast.home.clock.advance(hours=25)
    await three_known(cast)
    await changed(cast, carol, dan, eve)
    assert await state_of_partner(cast) == "suspended"
