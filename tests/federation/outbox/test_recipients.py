"""Who is owed what: members' servers only, in the form that their software understands, and each inbox once."""

import pytest
from sqlalchemy import delete, select, update

from models.actors import Actor
from models.communities import Community
from models.outbox import Activity, Delivery
from models.peers import Peer
from server.actions import partners
from tests.support.api import Api
from tests.support.fake_peer import FakeActor, FakePeer
from tests.support.instances import OPERATOR, Instance

INBOX = "http://alpha.test/inbox"
SITES = "http://alpha.test/communities/sites"


async def _join(home: Instance, *members: FakeActor, target: str = SITES) -> None:
    for member in members:
        assert (await member.post(INBOX, member.activity("Follow", object=target))).status == 202
    await home.apply()
    await _forget(home)


async def _forget(home: Instance) -> None:
    """Nothing is owed any more."""
    async with home.db.write() as tx:
        await tx.execute(delete(Delivery))


async def _owed(home: Instance) -> list[tuple[str, str]]:
    """Inbox and type of all that is owed, in order."""
    statement = select(Delivery.inbox_url, Activity.type).join(Activity, Activity.id == Delivery.activity_id)
    async with home.db.read() as tx:
        return [(row[0], row[1]) for row in await tx.select(statement.order_by(Delivery.id))]


async def _runs(home: Instance, host: str, software: str | None) -> None:
    async with home.db.write() as tx:
        await tx.execute(update(Peer).where(Peer.host == host).values(software=software))


async def _narrow(home: Instance, **values: object) -> None:
    ours = select(Actor.id).where(Actor.uri == SITES)
    async with home.db.write() as tx:
        await tx.execute(update(Community).where(Community.actor_id.in_(ours)).values(**values))


async def test_a_post_goes_to_the_servers_of_members_once(
    home: Instance, alice: Api, partner: FakePeer, sub: FakePeer
) -> None:
    """T155: two members at one server share an inbox; where nobody is a member nothing goes."""
    await _join(home, partner.actor("bob"), partner.actor("carol"))
    await _runs(home, "partner.test", "lemmy")

    await alice.say("@sites hello")

    assert await _owed(home) == [(partner.url("/inbox"), "Announce")]


async def test_members_without_a_shared_inbox_get_it_each(home: Instance, alice: Api, partner: FakePeer) -> None:
    members = [partner.actor(name, endpoints=None) for name in ("bob", "carol")]
    await _join(home, *members)
    await _runs(home, "partner.test", "lemmy")

    await alice.say("@sites hello")

    assert sorted(await _owed(home)) == [(f"{member.uri}/inbox", "Announce") for member in members]


@pytest.mark.parametrize(
    ("software", "forms"),
    [("lemmy", ["whole"]), ("mastodon", ["id"]), (None, ["whole", "id"]), ("something new", ["whole", "id"])],
)
async def test_each_software_gets_its_form(
    home: Instance, alice: Api, partner: FakePeer, software: str | None, forms: list[str]
) -> None:
    """Group federation 7: an activity for those who know groups, a boost for the others, both in this order."""
    await _join(home, partner.actor("bob"))
    await _runs(home, "partner.test", software)

    await alice.say("@sites hello")

    composed = await home.composed("Announce")
    kinds = {one["id"]: "id" if isinstance(one["object"], str) else "whole" for one in composed}
    statement = select(Activity.uri).join(Delivery, Delivery.activity_id == Activity.id).order_by(Delivery.id)
    async with home.db.read() as tx:
        assert [kinds[row[0]] for row in await tx.select(statement)] == forms


@pytest.mark.parametrize(
    ("software", "announced"), [("mastodon", []), ("piefed", ["Create", "Like", "Update", "Undo"])]
)
async def test_only_a_new_thread_is_shown_to_who_knows_no_groups(
    home: Instance, alice: Api, partner: FakePeer, software: str, announced: list[str]
) -> None:
    """Group federation 7: of anything else in an Announce Mastodon would fetch the id, and drop what it finds."""
    thread = await alice.say("@sites hello")
    await _join(home, partner.actor("bob"))
    await _runs(home, "partner.test", software)

    reply = await alice.post("/api/v1/statuses", status="answer", in_reply_to_id=thread["id"])
    await alice.post(f"/api/v1/statuses/{reply['id']}/favourite")
    await alice.call("PUT", f"/api/v1/statuses/{reply['id']}", json={"status": "another answer"})
    await alice.post(f"/api/v1/statuses/{reply['id']}/unfavourite")

    owed = [uri for uri, kind in await _owed_activities(home) if kind == "Announce"]
    composed = {one["id"]: one["object"] for one in await home.composed("Announce")}
    assert [composed[uri]["type"] for uri in owed] == announced


async def _owed_activities(home: Instance) -> list[tuple[str, str]]:
    """Id and type of all that is owed, in order."""
    statement = select(Activity.uri, Activity.type).join(Delivery, Delivery.activity_id == Activity.id)
    async with home.db.read() as tx:
        return [(row[0], row[1]) for row in await tx.select(statement.order_by(Delivery.id))]


@pytest.mark.parametrize(
    ("software", "heard"), [("mastodon", ["Create", "Update", "Delete"]), ("lemmy", []), (None, [])]
)
async def test_a_member_who_is_answered_hears_of_it_where_nobody_knows_groups(
    home: Instance, alice: Api, partner: FakePeer, software: str | None, heard: list[str]
) -> None:
    """Group federation 6.4, T159: of the reply itself; a person who is named and is no member hears nothing."""
    bob, carol = partner.actor("bob"), partner.actor("carol", endpoints=None)
    await _join(home, bob)
    await carol.get(SITES)
    await _runs(home, "partner.test", software)
    thread = await alice.say("@sites hello")

    reply = await alice.post(
        "/api/v1/statuses", status="@bob@partner.test @carol@partner.test answer", in_reply_to_id=thread["id"]
    )
    await alice.call("PUT", f"/api/v1/statuses/{reply['id']}", json={"status": "@bob@partner.test another"})
    assert await _kinds_of(home, "http://alpha.test/users/alice") == heard[:2]
    assert {inbox for inbox, _ in await _owed(home)} == {partner.url("/inbox")}

    await alice.call("DELETE", f"/api/v1/statuses/{reply['id']}")

    # What was not sent yet is not sent any more.
    assert await _kinds_of(home, "http://alpha.test/users/alice") == heard[2:]
    assert {inbox for inbox, _ in await _owed(home)} == {partner.url("/inbox")}


@pytest.mark.parametrize(
    ("software", "heard"), [("mastodon", ["Update", "Delete"]), ("lemmy", []), (None, ["Update", "Delete"])]
)
async def test_what_becomes_of_a_thread_is_told_by_its_author_where_nobody_knows_groups(
    home: Instance, alice: Api, partner: FakePeer, software: str | None, heard: list[str]
) -> None:
    """Group federation 7: Mastodon shows what it fetched for good, unless its author's server says otherwise."""
    await _join(home, partner.actor("bob"))
    await _runs(home, "partner.test", software)
    thread = await alice.say("@sites hello")
    await _forget(home)

    await alice.call("PUT", f"/api/v1/statuses/{thread['id']}", json={"status": "@sites goodbye"})
    updated = await _kinds_of(home, "http://alpha.test/users/alice")
    await _forget(home)
    await alice.call("DELETE", f"/api/v1/statuses/{thread['id']}")

    assert [*updated, *await _kinds_of(home, "http://alpha.test/users/alice")] == heard


async def _kinds_of(home: Instance, actor: str) -> list[str]:
    """Types of what an actor of ours says and somebody is owed, in order."""
    statement = (
        select(Activity.type)
        .join(Delivery, Delivery.activity_id == Activity.id)
        .join(Actor, Actor.id == Activity.actor_id)
        .where(Actor.uri == actor)
        .order_by(Delivery.id)
    )
    async with home.db.read() as tx:
        return [str(row[0]) for row in await tx.select(statement)]


@pytest.mark.parametrize(
    "narrowed",
    [{"visibility": "on-request"}, {"visibility": "private"}, {"scope": "none"}, {"scope": "selected"}, {"label": 1}],
)
async def test_nothing_goes_out_of_a_narrowed_community(
    home: Instance, alice: Api, partner: FakePeer, narrowed: dict[str, object]
) -> None:
    """Product section 3: a basic partner gets open communities whose scope is all, at the lowest label."""
    await _join(home, partner.actor("bob"))
    await _narrow(home, **narrowed)

    await alice.say("@sites hello")

    assert await _owed(home) == []


async def test_a_suspended_partner_is_owed_and_an_ended_one_is_not(
    home: Instance, alice: Api, partner: FakePeer, sub: FakePeer
) -> None:
    """T061, T062"""
    await _join(home, partner.actor("bob"), sub.actor("dave"))
    await _runs(home, "partner.test", "lemmy")
    await home.suspend("partner.test")
    async with home.db.write() as tx:
        await partners.end(tx, home.services.runtime, "sub.test", by=OPERATOR)

    await alice.say("@sites hello")

    assert await _owed(home) == [(partner.url("/inbox"), "Announce")]


async def test_a_direct_note_goes_to_those_named_only(
    home: Instance, alice: Api, partner: FakePeer, sub: FakePeer
) -> None:
    """T155: not to followers, not to other servers."""
    await _join(home, sub.actor("dave"), target="http://alpha.test/users/alice")
    partner.actor("bob")

    await alice.post("/api/v1/statuses", status="@bob@partner.test psst", visibility="direct")

    assert await _owed(home) == [(partner.url("/inbox"), "Create")]


async def test_who_left_gets_nothing_more(home: Instance, alice: Api, partner: FakePeer, sub: FakePeer) -> None:
    """Architecture 7: what is pending is dropped when the last member at a server leaves."""
    bob, dave = partner.actor("bob"), sub.actor("dave")
    await _join(home, bob, dave)
    for host in ("partner.test", "sub.test"):
        await _runs(home, host, "lemmy")
    await alice.say("@sites before")
    left = bob.activity("Undo", object={"type": "Follow", "actor": bob.uri, "object": SITES})
    assert (await bob.post(INBOX, left)).status == 202
    await home.apply()

    await alice.say("@sites after")

    assert await _owed(home) == [(sub.url("/inbox"), "Announce")] * 2
