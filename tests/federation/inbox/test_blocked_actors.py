"""One actor at a partner whom administrators block: refused at the door, and hidden (group federation 8, 18)."""

import pytest

from models.interactions import Like
from models.outbox import Activity, Delivery
from models.writes.audit import OPERATOR
from server.actions import blocking
from server.actions.accounts import create_token
from server.actions.refusals import Refused
from tests.federation.inbox.cast import HOME, INBOX, ON_SQLITE, SITES, Cast, mention, personal_note
from tests.support.api import Api
from tests.support.fake_peer import FakePeer

BOB = "@bob@partner.test"


async def test_what_a_blocked_actor_does_is_refused_at_the_door(cast: Cast) -> None:
    """Section 18: 403, nothing is kept, in any inbox; who else is at that server is heard as before."""
    await cast.say(cast.mallory.actor, cast.mallory.follow())
    await cast.home.block(BOB)
    bob, before = cast.bob.actor, await cast.home.received()

    for activity in (cast.bob.create("x"), cast.bob.follow(), personal_note(bob, "y", tag=mention("alice"))):
        for inbox in (INBOX, f"{SITES}/inbox", f"{HOME}/users/alice/inbox"):
            answer = await bob.post(inbox, activity)
            assert (answer.status, b"bob" in answer.body) == (403, False)
    assert (await bob.get(SITES)).status == 403

    assert await cast.home.received() == before
    assert await cast.say(cast.mallory.actor, cast.mallory.create("heard")) == "processed"
    assert await cast.post(cast.mallory.post_uri("heard")) is not None
    assert (await cast.mallory.actor.get(SITES)).status == 200


async def test_no_community_brings_in_what_a_blocked_actor_does(cast: Cast) -> None:
    """Section 8: whoever passes it on, as an activity, as a post or by its id; what others do comes."""
    bob, carol = cast.in_town("bob"), cast.in_town("carol")
    await cast.announce(carol.create("hers"))
    await cast.home.block(BOB)
    create, answer = bob.create("his"), bob.create("answer", answering=carol.post_uri("hers"))
    cast.serves(create["object"])

    for passed in (create, create["object"], create["object"]["id"], answer, bob.like(carol.post_uri("hers"))):
        await cast.announce(passed)
    await cast.announce(carol.create("later"))

    assert await cast.post(bob.post_uri("his")) is None
    assert await cast.post(bob.post_uri("answer")) is None
    assert await cast.rows(Like.id) == []
    assert len(await cast.alice.threads("Town")) == 2
    assert await cast.alice.find(create["object"]["id"]) is None


async def test_a_blocked_actor_and_what_they_wrote_are_hidden_until_they_are_unblocked(cast: Cast) -> None:
    """From lists, threads, search and notifications, and under their name; what others answered stays."""
    opening = await cast.alice.say("@sites A question")
    await cast.say(cast.bob.actor, cast.bob.create("his"))
    answering = cast.bob.create("answer", answering=opening["uri"])
    await cast.say(cast.bob.actor, answering | {"object": answering["object"] | {"tag": mention("alice")}})
    await cast.say(cast.bob.actor, cast.bob.like(opening["uri"]))
    bob = await cast.alice.find(BOB)
    assert bob is not None
    before = await seen(cast, opening["id"], bob["id"])
    assert before == (2, 1, 1, 1, {"mention", "favourite"}, 200)

    await cast.home.block(BOB)
    assert await seen(cast, opening["id"], bob["id"]) == (1, 0, 0, 0, set(), 404)
    assert await cast.alice.find(BOB) is None
    owed = await cast.rows(Delivery.activity_id)
    message = await cast.alice.post("/api/v1/statuses", status=f"{BOB} psst", visibility="direct")
    assert (message["mentions"], await cast.rows(Delivery.activity_id)) == ([], owed)

    await cast.home.block(BOB, blocks=False)
    assert await seen(cast, opening["id"], bob["id"]) == before


async def seen(cast: Cast, opening_id: str, bob_id: str) -> tuple[int, int, int, int, set[str], int]:
    """Threads, answers, finds, who likes it, what alice is told of, and the status of bob's account."""
    found = await cast.alice.get("/api/v2/search", q="written", type="statuses")
    told = await cast.alice.get("/api/v1/notifications")
    return (
        len(await cast.alice.threads("Sites")),
        len((await cast.alice.get(f"/api/v1/statuses/{opening_id}/context"))["descendants"]),
        min(len(found["statuses"]), 1),
        len(await cast.alice.get(f"/api/v1/statuses/{opening_id}/favourited_by")),
        {one["type"] for one in told} & {"mention", "favourite"},
        (await cast.alice.call("GET", f"/api/v1/accounts/{bob_id}")).status,
    )


async def test_a_block_ends_what_bound_them_to_people_and_communities_here(cast: Cast) -> None:
    """Their server is told of each end; unblocked, they are bound to nobody until they ask anew."""
    bob, alice = cast.bob.actor, f"{HOME}/users/alice"
    await cast.say(bob, bob.activity("Follow", object=alice))
    await cast.alice.ask_to_join(BOB)
    assert (await cast.follow(bob.uri, SITES), await cast.follow(bob.uri, alice)) == (True, True)

    await cast.home.block(BOB)

    for follower, target in ((bob.uri, SITES), (bob.uri, alice), (alice, bob.uri)):
        assert await cast.follow(follower, target) is None
    told = [row[0] for row in await cast.rows(Activity.type)]
    assert (told.count("Reject"), told.count("Undo")) == (2, 1)
    await cast.home.block(BOB, blocks=False)
    assert await cast.say(bob, cast.bob.create("too soon")) != "processed"
    assert await cast.say(bob, cast.bob.follow()) == "processed"
    assert await cast.follow(bob.uri, SITES) is True


async def test_what_was_taken_in_before_the_block_has_no_effect(cast: Cast) -> None:
    create = cast.bob.create("post")
    assert (await cast.bob.actor.post(INBOX, create)).status == 202

    await cast.home.block(BOB)
    await cast.home.apply()

    assert (await cast.home.received())[create["id"]] == "rejected"
    assert await cast.post(cast.bob.post_uri("post")) is None


async def test_a_blocked_actor_may_still_delete_what_they_wrote(cast: Cast) -> None:
    """It would come back with the unblocking, although its author took it back; nobody asks twice after a 403."""
    await cast.say(cast.bob.actor, cast.bob.create("own"))
    await cast.say(cast.mallory.actor, cast.mallory.follow())
    await cast.say(cast.mallory.actor, cast.mallory.create("hers"))
    await cast.home.block(BOB)

    assert await cast.say(cast.bob.actor, cast.bob.delete("own")) == "processed"
    hers = cast.bob.actor.activity("Delete", object=cast.mallory.post_uri("hers"))
    assert await cast.say(cast.bob.actor, hers) == "rejected"

    assert await cast.post(cast.bob.post_uri("own")) is None
    assert await cast.post(cast.mallory.post_uri("hers")) is not None


async def test_a_blocked_community_is_heard_no_more(cast: Cast) -> None:
    """Section 8, step 1: G is blocked."""
    carol = cast.in_town("carol")
    await cast.announce(carol.create("before"))
    assert len(await cast.alice.threads("Town")) == 1

    await cast.home.block("@town@partner.test")

    assert await cast.announce(carol.create("later")) == "403"
    assert await cast.alice.threads("Town") == []
    assert (await cast.alice.call("GET", "/api/v1/timelines/home")).document == []
    assert await cast.follow(f"{HOME}/users/alice", cast.town.uri) is None


@ON_SQLITE
async def test_administrators_block_by_the_client_api(cast: Cast) -> None:
    """`accounts/:id/action` and `unsuspend`: a partner's account is suspended here; our word closes none there."""
    boss = await administrator(cast)
    bob = await cast.alice.find(BOB)
    assert bob is not None
    account = f"/api/v1/admin/accounts/{bob['id']}"

    assert (await boss.call("POST", f"{account}/action", json={"type": "disable"})).status == 422
    for _ in range(2):
        assert (await boss.call("POST", f"{account}/action", json={"type": "suspend", "text": "Spam"})).status == 200
    await cast.home.services.peers.refresh(now=True)
    assert (await cast.bob.actor.post(INBOX, cast.bob.create("x"))).status == 403
    assert (await boss.get(account))["suspended"] is True
    listed = await boss.get("/api/v1/admin/accounts", suspended="true")
    assert [one["username"] for one in listed] == ["bob"]

    for _ in range(2):
        assert (await boss.post(f"{account}/unsuspend"))["suspended"] is False
    await cast.home.services.peers.refresh(now=True)
    assert (await cast.bob.actor.post(INBOX, cast.bob.create("x"))).status == 202
    assert (await cast.alice.call("POST", f"{account}/action", json={"type": "suspend"})).status == 403


async def administrator(cast: Cast) -> Api:
    """With an app that may all that administrators may."""
    await cast.home.person("boss", role="admin")
    async with cast.home.db.write() as tx:
        scopes = "read write follow push admin:read admin:write"
        token = await create_token(tx, cast.home.services.runtime, "boss", scopes, by=OPERATOR)
    return Api(cast.home.session, cast.alice.place, token, "boss")


@ON_SQLITE
async def test_our_own_people_and_whole_servers_are_not_blocked_so(cast: Cast, partner: FakePeer) -> None:
    partner.actor("partner.test", "Application")
    async with cast.home.db.write() as tx:
        alice = await blocking.named(tx, cast.home.services.runtime, "alice")
        with pytest.raises(Refused, match="of this firm"):
            await blocking.block(tx, cast.home.services.runtime, alice, by=OPERATOR)
        with pytest.raises(Refused, match="Nobody known"):
            await blocking.named(tx, cast.home.services.runtime, "@nobody@partner.test")
