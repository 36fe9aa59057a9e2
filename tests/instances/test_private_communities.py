"""A private community across firms: who is invited, who gets it, who may ask for it, and nobody else (J3, J9)."""

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import insert, select

from federation.collections import digest_of
from federation.errors import FederationError
from federation.runtime import Budget
from models.actors import Actor, Follow
from models.posts import Post
from server.actions.refusals import Refused
from tests.instances.conftest import ON_SQLITE
from tests.instances.sharing import Firms
from tests.support.api import Document
from tests.support.fake_peer import FakePeer
from tests.support.instances import Instance
from tests.support.writers import announced

PLANS = "http://alpha.test/communities/plans"


@dataclass
class Within:
    """alpha's private `plans`, shared with beta by agreement; bob is in it, ben is not."""

    firms: Firms
    handle: str


@pytest.fixture
async def within(firms: Firms) -> Within:
    handle = await firms.alpha.community("plans", host=firms.alice, visibility="private", scope="selected")
    await firms.agree("plans")
    await firms.bring_in(firms.bob, handle)
    return Within(firms, handle)


async def answers(firm: Instance, url: str) -> int:
    """With what a signed request of a firm's server is answered."""
    await firm.services.peers.refresh(now=True)
    try:
        return (await firm.services.runtime.client.fetch_document(url, Budget())).status
    except FederationError as error:
        return int(str(error.context.get("status", 0)))


async def test_who_is_invited_joins_at_once_and_takes_part(within: Within) -> None:
    """J9: told by the community of the invitation and of being in, and accepted without anybody's click."""
    firms = within.firms
    told = await firms.bob.notified_of("follow")
    assert [one["account"]["acct"] for one in told] == ["plans@alpha.test"] * 2

    await firms.alice.say(f"{within.handle} The closing of the eastern site")
    thread = await firms.bob.awaited_thread("Plans", "eastern")
    await firms.bob.say("We went through that", answering=thread)
    await firms.rest()

    here = await firms.alice.awaited_thread("Plans", "eastern")
    assert ["went through" in one["content"] for one in await firms.alice.replies(here)] == [True]
    sent = await firms.told()
    assert "activitystreams#Public" not in sent.split("The closing", 1)[1]


async def test_who_was_not_invited_never_hears_of_it(within: Within) -> None:
    """T155, T236: at the same firm, by name, by address, by search, or by the member's word."""
    firms = within.firms
    said = await firms.alice.say(f"{within.handle} The closing of the eastern site")
    at_beta = await firms.bob.awaited_thread("Plans", "eastern")
    community = await firms.bob.find(within.handle)
    assert community is not None

    assert await firms.ben.find(within.handle) is None
    assert (await firms.ben.call("GET", f"/api/v1/accounts/{community['id']}")).status == 404
    assert (await firms.ben.call("GET", f"/api/v1/statuses/{at_beta['id']}")).status == 404
    for words in ("eastern", said["uri"], PLANS):
        found = await firms.ben.get("/api/v2/search", q=words, resolve="true")
        assert (found["accounts"], found["statuses"]) == ([], [])


async def test_a_firm_without_a_member_is_not_told_nor_answered(partner: FakePeer, within: Within) -> None:
    """T233, T236: neither the community nor its posts are there, for a partner that has nobody in it."""
    firms = within.firms
    said = await firms.alice.say(f"{within.handle} The closing of the eastern site")
    await firms.alpha.allow("partner.test")
    mallory = partner.actor("mallory")

    urls = (PLANS, f"{PLANS}/outbox", f"{PLANS}/followers", said["uri"])
    assert [(await mallory.get(url)).status for url in urls] == [404] * 4
    assert [await answers(firms.beta, url) for url in urls] == [200] * 4
    assert partner.asked_for("/inbox") == []


async def test_a_membership_by_mistake_is_sent_nothing(partner: FakePeer, within: Within) -> None:
    """T233: the row is forced; no request leaves for the firm, which might keep whatever it refuses."""
    firms = within.firms
    await firms.alpha.allow("partner.test")
    await partner.actor("mallory").get(PLANS)
    await force(firms.alpha, "mallory", "plans")

    await firms.alice.say(f"{within.handle} The closing of the western site")
    await firms.rest()

    assert "western" in await firms.told()
    assert partner.asked_for("/inbox") == []


async def test_an_invitation_needs_terms_that_share_the_community(firms: Firms) -> None:
    """T233: named by no agreement, and above the ceiling."""
    await firms.alpha.community("plans", host=firms.alice, visibility="private", scope="selected")
    await firms.alpha.community("board", host=firms.alice, visibility="private", scope="selected")
    await firms.agree("plans")

    with pytest.raises(Refused, match="No agreement in force"):
        await firms.invite(firms.bob, "board")
    await firms.rest()
    assert "board" not in await firms.told()


async def test_a_membership_by_mistake_lets_nothing_out(firms: Firms) -> None:
    """T233: the row is forced; refused at delivery and at read all the same."""
    await firms.alpha.community("plans", host=firms.alice, visibility="private", scope="selected")
    board = await firms.alpha.community("board", host=firms.alice, visibility="private", scope="selected")
    await firms.agree("plans")
    await firms.invite(firms.bob, "plans")
    await firms.rest()
    await force(firms.alpha, "bob", "board")

    said = await firms.alice.say(f"{board} The price of the western site")
    await firms.rest()

    assert "western" not in await firms.told()
    urls = (said["uri"], "http://alpha.test/communities/board", "http://alpha.test/communities/board/outbox")
    assert [await answers(firms.beta, url) for url in urls] == [404] * 3


async def force(firm: Instance, person: str, community: str) -> None:
    """A membership that nobody granted."""
    async with firm.db.write() as tx:
        rows = await tx.select(select(Actor.username, Actor.id, Actor.peer_id))
        found = {row[0]: row for row in rows}
        row: dict[str, Any] = {
            "id": 1,
            "follower_id": found[person][1],
            "target_id": found[community][1],
            "follower_peer_id": found[person][2],
            "activity_uri": "http://beta.test/activities/1",
            "is_accepted": True,
            "requested_at": firm.clock.now(),
            "accepted_at": firm.clock.now(),
        }
        await tx.execute(insert(Follow), [row])


async def test_both_sides_compare_who_is_in_it(within: Within) -> None:
    """FEP-8fcf: every delivery of the community carries the digest of its members over there."""
    firms = within.firms
    async with firms.beta.db.write() as tx:
        await tx.execute(Follow.__table__.delete().where(Follow.follower_peer_id.is_(None)))

    await firms.alice.say(f"{within.handle} The closing of the eastern site")
    await firms.rest()

    async def is_gone() -> bool:
        async with firms.alpha.db.read() as tx:
            theirs = select(Follow.id).where(Follow.follower_peer_id.is_not(None), Follow.is_accepted)
            return await tx.scalar(theirs) is None

    assert digest_of(["http://beta.test/users/bob"]) != digest_of([])
    await until_gone(firms, is_gone)


async def until_gone(firms: Firms, is_gone: Any) -> None:
    for _ in range(20):
        await firms.rest()
        if await is_gone():
            return
    raise AssertionError("alpha still takes bob for a member")


@ON_SQLITE
async def test_an_invitation_by_somebody_else_is_nothing(home: Instance, partner: FakePeer) -> None:
    """Of a person, in another community's name, or for somebody who is not here: 202, and no effect."""
    alice = await home.person("alice")
    town, mallory = partner.actor("town", "Group"), partner.actor("mallory")
    target = "http://alpha.test/users/alice"
    wrong = [
        (mallory, mallory.activity("Invite", object=mallory.uri, target=target)),
        (mallory, mallory.activity("Invite", object=town.uri, target=target)),
        (town, town.activity("Invite", object="http://other.test/communities/x", target=target)),
        (town, town.activity("Invite", object=town.uri, target="http://alpha.test/users/nobody")),
    ]

    statuses = [(await actor.post("http://alpha.test/inbox", activity)).status for actor, activity in wrong]
    await home.apply()

    assert statuses == [202] * 4
    assert await alice.notified_of("follow") == []


@ON_SQLITE
async def test_a_third_firms_announcement_of_our_private_post_shows_nothing(home: Instance, partner: FakePeer) -> None:
    """T237: alice is in the partner's community; it announces what was said in ours."""
    alice = await home.person("alice")
    handle = await home.community("plans", host=alice, visibility="private", scope="selected")
    said = await alice.say(f"{handle} The closing of the eastern site")
    town = partner.actor("town", "Group")
    await alice.ask_to_join("@town@partner.test")
    wish = {"type": "Follow", "actor": "http://alpha.test/users/alice", "object": town.uri}
    await town.post("http://alpha.test/inbox", town.activity("Accept", object=wish))
    await home.apply()

    passed: Document = announced(town, {}) | {"object": said["uri"]}
    assert (await town.post("http://alpha.test/inbox", passed)).status == 202
    await home.apply()

    async with home.db.read() as tx:
        wrappers = await tx.select(select(Post.id).where(Post.uri == passed["id"]))
        assert wrappers.all() == []
    assert await alice.threads("Town") == []
