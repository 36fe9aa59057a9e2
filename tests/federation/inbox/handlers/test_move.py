"""People and communities that are to be found elsewhere from now on (group federation 12, threats T043)."""

import pytest

from models.writes.audit import OPERATOR
from server.actions import withdrawing
from tests.federation.inbox.cast import ALICE, ON_SQLITE, SITES, Cast
from tests.support.fake_peer import FakeActor

pytestmark = ON_SQLITE


async def followed(cast: Cast, actor: FakeActor) -> FakeActor:
    """alice follows them."""
    await cast.alice.ask_to_join(f"@{actor.name}@{actor.peer.host}")
    wish = {"type": "Follow", "actor": ALICE, "object": actor.uri}
    await cast.say(actor, actor.activity("Accept", object=wish))
    return actor


def change(actor: FakeActor, **changes: object) -> None:
    actor.changes = {**actor.changes, **changes}
    actor.publish()


async def ready(cast: Cast, kind: str = "Person") -> tuple[FakeActor, FakeActor]:
    """Somebody at the partner whom alice follows, and who they are at sub.test; both say so."""
    old = await followed(cast, cast.partner.actor("carol", kind))
    new = cast.sub.actor("carol", kind, alsoKnownAs=[old.uri])
    change(old, movedTo=new.uri)
    return old, new


async def test_who_follows_somebody_follows_them_where_they_are_now(cast: Cast) -> None:
    """As if they had asked themselves; a membership of ours does not go along (T178)."""
    old, new = await ready(cast)
    await cast.say(old, old.activity("Follow", object=SITES))

    assert await cast.say(old, old.activity("Move", object=old.uri, target=new.uri)) == "processed"
    assert await cast.follow(ALICE, old.uri) is None
    assert await cast.follow(ALICE, new.uri) is False
    wishes = [one["object"] for one in await cast.home.composed("Follow")]
    assert wishes[-1] == new.uri
    assert [one["object"]["object"] for one in await cast.home.composed("Undo")] == [old.uri]
    assert await cast.follow(old.uri, SITES) is True
    assert await cast.follow(new.uri, SITES) is None


@pytest.mark.parametrize(
    "fault", ["by-another", "no-backlink", "no-forward", "moved-on", "group", "stranger", "itself"]
)
async def test_a_move_that_one_end_does_not_agree_to_moves_nobody(cast: Cast, fault: str) -> None:
    """T043: signed by another, without alsoKnownAs, without movedTo, onward in a chain, to another kind or host."""
    old, new = await ready(cast)
    sender, target = old, new.uri
    if fault == "by-another":
        sender = cast.mallory.actor
    if fault == "no-backlink":
        change(new, alsoKnownAs=[cast.mallory.actor.uri])
    if fault == "no-forward":
        change(old, movedTo=None)
    if fault == "moved-on":
        change(new, movedTo=old.uri)
    if fault == "group":
        change(old, movedTo=cast.sub.actor("club", "Group", alsoKnownAs=[old.uri]).uri)
        target = cast.sub.url("/users/club")
    if fault == "stranger":
        change(old, movedTo=cast.stranger.actor("carol", alsoKnownAs=[old.uri]).uri)
        target = cast.stranger.url("/users/carol")
    if fault == "itself":
        change(old, movedTo=old.uri, alsoKnownAs=[old.uri])
        target = old.uri

    assert await cast.say(sender, sender.activity("Move", object=old.uri, target=target)) == "rejected"
    assert await cast.follow(ALICE, old.uri) is True
    assert await cast.follow(ALICE, new.uri) is None


async def test_followers_are_taken_along_once_a_month(cast: Cast) -> None:
    """T043: what is one second short of it is too soon."""
    old, new = await ready(cast)
    await cast.say(old, old.activity("Move", object=old.uri, target=new.uri))
    await followed(cast, old)
    other = cast.sub.actor("carla", alsoKnownAs=[old.uri])
    change(old, movedTo=other.uri)

    cast.home.clock.advance(days=30, seconds=-3600)
    assert await cast.say(old, old.activity("Move", object=old.uri, target=other.uri)) == "rejected"
    cast.home.clock.advance(hours=1)
    assert await cast.say(old, old.activity("Move", object=old.uri, target=other.uri)) == "processed"
    assert await cast.follow(ALICE, other.uri) is False


@pytest.mark.parametrize("is_open", [True, False])
async def test_of_a_community_an_open_one_is_followed_and_the_old_one_kept(cast: Cast, is_open: bool) -> None:
    """T043: who is let into a community that asks nobody decides by moving."""
    old = cast.town
    new = cast.sub.actor("town", "Group", alsoKnownAs=[old.uri], manuallyApprovesFollowers=not is_open)
    change(old, movedTo=new.uri)

    assert await cast.say(old, old.activity("Move", object=old.uri, target=new.uri)) == "processed"
    assert await cast.follow(ALICE, old.uri) is True
    assert await cast.follow(ALICE, new.uri) is (False if is_open else None)


@pytest.mark.parametrize("is_open", [True, False])
async def test_who_was_withdrawn_from_a_community_does_not_join_it_where_it_is_now(cast: Cast, is_open: bool) -> None:
    """J9, T033: the word of our administrators goes along, and is taken back for each place."""
    old, runtime = cast.town, cast.home.services.runtime
    new = cast.sub.actor("town", "Group", alsoKnownAs=[old.uri], manuallyApprovesFollowers=not is_open)
    change(old, movedTo=new.uri)
    async with cast.home.db.write() as tx:
        await withdrawing.withdraw(tx, runtime, "partner.test", "alice", "town", by=OPERATOR)

    assert await cast.say(old, old.activity("Move", object=old.uri, target=new.uri)) == "processed"
    there = await cast.alice.find(f"@town@{new.peer.host}")
    assert there is not None
    assert (await cast.alice.call("POST", f"/api/v1/accounts/{there['id']}/follow")).status == 403

    async with cast.home.db.write() as tx:
        await withdrawing.readmit(tx, runtime, "sub.test", "alice", "town", by=OPERATOR)
    assert (await cast.alice.call("POST", f"/api/v1/accounts/{there['id']}/follow")).status == 200


async def test_a_move_that_a_community_passes_on_moves_nobody(cast: Cast) -> None:
    """Group federation 8, step 5"""
    old, new = await ready(cast)

    await cast.announce(old.activity("Move", object=old.uri, target=new.uri))

    assert await cast.follow(ALICE, old.uri) is True


async def moved(cast: Cast, actor: FakeActor) -> str | None:
    """Where alice's app says that somebody is now."""
    found = await cast.alice.find(f"@{actor.name}@{actor.peer.host}")
    assert found is not None
    account = await cast.alice.get(f"/api/v1/accounts/{found['id']}")
    return str(account["moved"]["acct"]) if account.get("moved") else None


async def test_apps_say_where_somebody_has_moved(cast: Cast) -> None:
    old, new = await ready(cast)
    await cast.say(old, old.activity("Move", object=old.uri, target=new.uri))

    assert await moved(cast, old) == "carol@sub.test"
    assert await moved(cast, new) is None


async def test_who_only_says_so_has_not_moved(cast: Cast) -> None:
    """T043: a name borrowed from somebody who does not know of it."""
    old, new = await ready(cast)
    change(new, alsoKnownAs=[])
    for actor in (old, new):
        await cast.say(actor, actor.activity("Update", object=actor.document))

    assert await moved(cast, old) is None
