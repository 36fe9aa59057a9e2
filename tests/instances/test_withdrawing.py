"""J9, section 9: a partner's administrator withdraws own people from a community; whose word that is, and whose not."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select, update

from federation.outbox.publish import publish
from federation.vocab.compose import Composer
from models.audit import AuditEntry
from models.inbox import InboxActivity
from models.outbox import DeadDelivery, DeliveryQueue
from models.queries import actors, follows
from models.writes.audit import OPERATOR
from server.actions import accounts, withdrawing
from server.actions.refusals import NotThere, Refused
from tests.instances.conftest import ON_SQLITE
from tests.instances.journey import Journey, journey
from tests.instances.offices import Offices, offices, signed_in
from tests.instances.pair import HANDLE, Pair
from tests.instances.sharing import Firms, is_in
from tests.server.admin.desk import pressed
from tests.support.api import Api, Document
from tests.support.clock import NOON
from tests.support.fake_peer import FakePeer
from tests.support.instances import Databases, Instance
from tests.support.waiting import until

ALPHA, BETA, GAMMA = "alpha.test", "beta.test", "gamma.test"
PLANS = "@plans@alpha.test"
PLANS_ID = "http://alpha.test/communities/plans"
OWN = "/api/entrepairs/v1"


async def withdraw(firm: Instance, person: str, community: str = "plans", *, of: str = ALPHA) -> bool:
    async with firm.db.write() as tx:
        _, changed = await withdrawing.withdraw(tx, firm.services.runtime, of, person, community, by=OPERATOR)
    return changed


async def readmit(firm: Instance, person: str) -> bool:
    async with firm.db.write() as tx:
        _, changed = await withdrawing.readmit(tx, firm.services.runtime, ALPHA, person, PLANS, by=OPERATOR)
    return changed


async def trail(firm: Instance, action: str) -> list[tuple[str, str]]:
    rows = await firm.rows(select(AuditEntry.actor, AuditEntry.object).where(AuditEntry.action == action))
    return [tuple(row) for row in rows]


async def shared(firms: Firms) -> None:
    """alpha's private `plans`, where bob and ben of beta are members."""
    await firms.alpha.community("plans", host=firms.alice, visibility="private", scope="selected")
    await firms.agree("plans")
    for person in (firms.bob, firms.ben):
        await firms.bring_in(person, PLANS)


async def log_of_plans(alice: Api) -> list[Document]:
    community = await alice.find(PLANS)
    assert community is not None
    return list(await alice.get(f"{OWN}/communities/{community['id']}/log"))


async def test_who_is_withdrawn_is_out_on_both_sides_and_does_not_come_back(firms: Firms) -> None:
    """J9: hidden from him and not from his colleague; both trails and the community's own log say so."""
    await shared(firms)
    await firms.alice.say(f"{PLANS} The closing of the eastern site")
    thread = await firms.bob.awaited_thread("Plans", "eastern")
    community = await firms.bob.find(PLANS)
    assert community is not None
    said = await firms.bob.say("We went through that", answering=thread)
    await firms.rest()

    assert await withdraw(firms.beta, "bob")
    await firms.rest()
    await firms.alice.say(f"{PLANS} The price of the western site")
    await firms.rest()

    assert await firms.alice.members(PLANS) == {"alice", "ben@beta.test"}
    assert (await firms.bob.call("GET", f"/api/v1/statuses/{thread['id']}")).status == 404
    assert await firms.bob.thread("Plans", "western") is None
    assert await firms.bob.find(PLANS) is None
    seen = await firms.ben.awaited_thread("Plans", "eastern")
    assert ["went through" in one["content"] for one in await firms.ben.replies(seen)] == [True]
    await firms.ben.awaited_thread("Plans", "western")

    assert (await firms.bob.call("POST", f"/api/v1/accounts/{community['id']}/follow")).status in (403, 404)
    assert await trail(firms.beta, "partner.withdraw") == [(OPERATOR, "bob@beta.test")]
    assert await trail(firms.alpha, "community.withdraw-member") == [("http://beta.test/actor", "bob@beta.test")]
    (entry,) = await log_of_plans(firms.alice)
    assert (entry["act"], entry["role"], entry["account"]["acct"]) == ("member-removed", "partner", "bob@beta.test")
    assert not await withdraw(firms.beta, "bob")

    # What he wrote is still his to call back.
    await firms.bob.delete(f"/api/v1/statuses/{said['id']}")
    await firms.rest()
    assert await firms.alice.replies(await firms.alice.awaited_thread("Plans", "eastern")) == []


async def test_he_is_back_only_when_the_administrator_lets_him(firms: Firms) -> None:
    """Neither by asking, where everybody may, nor by an invitation; afterwards by both."""
    await firms.alpha.community("plans", host=firms.alice, scope="selected")
    await firms.agree("plans")
    community = await firms.bob.join(PLANS)
    await withdraw(firms.beta, "@bob@beta.test", PLANS_ID)
    await firms.rest()

    refused = await firms.bob.call("POST", f"/api/v1/accounts/{community['id']}/follow")
    assert (refused.status, "withdrawn you" in refused.document["error"]) == (403, True)
    await firms.invite(firms.bob, "plans")
    await firms.rest()
    assert (await firms.bob.call("POST", f"/api/v1/accounts/{community['id']}/follow")).status == 403

    assert await readmit(firms.beta, "bob")
    assert not (await firms.bob.relationship(community))["following"]
    await firms.bob.join(PLANS)
    await firms.rest()
    assert await firms.alice.members(PLANS) == {"alice", "bob@beta.test"}
    assert not await readmit(firms.beta, "bob")


async def test_withdrawn_during_an_outage_and_replayed_for_ever(new_database: Databases, tmp_path: Path) -> None:
    """Threats T234: kills on the way; what a third party captured has no effect, not even when he is a member again."""
    async with journey(new_database, tmp_path, ALPHA, BETA) as way:
        alice, yves = await way[ALPHA].person("alice"), await way[BETA].person("yves")
        await way[ALPHA].community("plans", host=alice, scope="selected")
        await way.agree(ALPHA, BETA, "plans")
        await yves.join(PLANS)
        await way.step()
        with way.cut_off(ALPHA):
            await withdraw(way[BETA], "yves")
            await way.kill(BETA)
        await way.step()
        assert await alice.members(PLANS) == {"alice"}

        await readmit(way[BETA], "yves")
        await yves.join(PLANS)
        await way.kill(ALPHA)
        await way.step()
        assert await alice.members(PLANS) == {"alice", f"yves@{BETA}"}
        assert await said_once(way)


async def said_once(way: Journey) -> bool:
    return await trail(way[ALPHA], "community.withdraw-member") == [(f"http://{BETA}/actor", f"yves@{BETA}")]


async def test_a_wish_that_waits_is_withdrawn_as_well(firms: Firms) -> None:
    """Nobody grants it afterwards; the moderation log tells of members alone."""
    await firms.alpha.community("plans", host=firms.alice, visibility="on-request", scope="selected")
    await firms.agree("plans")
    await firms.bob.ask_to_join(PLANS)
    await firms.rest()

    await withdraw(firms.beta, "bob")
    await firms.rest()

    assert await firms.alice.get("/api/v1/follow_requests") == []
    assert await log_of_plans(firms.alice) == []
    assert len(await trail(firms.alpha, "community.withdraw-member")) == 1


async def test_who_left_the_firm_and_returns_is_not_brought_back_there(firms: Firms) -> None:
    """J11: a return restores what they belonged to, but not what they were withdrawn from."""
    await shared(firms)
    community = await firms.bob.find(PLANS)
    assert community is not None
    await withdraw(firms.beta, "bob")
    await firms.rest()

    async with firms.beta.db.write() as tx:
        await accounts.suspend(tx, firms.beta.services.runtime, "bob", by=OPERATOR)
    async with firms.beta.db.write() as tx:
        await accounts.resume(tx, firms.beta.services.runtime, "bob", by=OPERATOR)
    await firms.rest()

    assert await firms.alice.members(PLANS) == {"alice", "ben@beta.test"}


@ON_SQLITE
async def test_only_own_people_and_only_from_the_partners_communities(firms: Firms) -> None:
    await shared(firms)
    await firms.beta.community("town", host=firms.ben)

    for person, community in (
        ("alice@alpha.test", PLANS),
        ("gil@gamma.test", PLANS),
        ("http://alpha.test/actor", PLANS),
        ("nobody", PLANS),
        ("bob", "@town@beta.test"),
        ("bob", "@alice@alpha.test"),
        ("bob", "board"),
    ):
        with pytest.raises(NotThere):
            await withdraw(firms.beta, person, community)
    with pytest.raises(NotThere):
        await withdraw(firms.beta, "bob", of=GAMMA)
    await firms.rest()
    assert await firms.alice.members(PLANS) == {"alice", "bob@beta.test", "ben@beta.test"}


@ON_SQLITE
async def test_while_the_exchange_rests_nobody_is_withdrawn_in_silence(firms: Firms) -> None:
    await shared(firms)
    await firms.beta.suspend(ALPHA)
    with pytest.raises(Refused, match="not active"):
        await withdraw(firms.beta, "bob")

    await firms.settle()
    for firm, other in ((firms.beta, ALPHA), (firms.alpha, BETA)):
        await firm.resume(other)
    await firms.settle()
    assert await withdraw(firms.beta, "bob")


@ON_SQLITE
async def test_a_withdrawal_that_meets_a_suspension_takes_effect_after_it(firms: Firms) -> None:
    """T235: refused at the door while alpha has stopped everything; it comes again, in order, once both go on."""
    await shared(firms)
    await firms.alpha.suspend(BETA)
    await withdraw(firms.beta, "bob")
    await firms.settle()
    async with firms.alpha.db.read() as tx:
        bob, plans = await actors.by_uri(tx, "http://beta.test/users/bob"), await actors.by_uri(tx, PLANS_ID)
        assert bob is not None
        assert plans is not None
        assert await follows.role_in(tx, bob.id, plans.id) == "member"

    for firm, other in ((firms.alpha, BETA), (firms.beta, ALPHA)):
        await firm.resume(other)
    await firms.settle()
    await firms.rest()
    assert await firms.alice.members(PLANS) == {"alice", "ben@beta.test"}


@ON_SQLITE
async def test_the_last_word_of_a_resumption_goes_before_what_was_refused(firms: Firms) -> None:
    """T235: beta's word still waits when alpha's comes, and with it what alpha refused; it would refuse that again."""
    await shared(firms)
    async with silent(firms.alpha):
        await firms.alpha.suspend(BETA)
        await withdraw(firms.beta, "bob")
        await until(lambda: firms.beta.rows(select(DeadDelivery.id)))
    await firms.settle()

    async with silent(firms.beta):
        await firms.beta.resume(ALPHA)
        await firms.alpha.resume(BETA)
        await until(partial(is_in, firms.beta, ALPHA, "active"))

    await firms.rest()
    assert await firms.alice.members(PLANS) == {"alice", "ben@beta.test"}


@asynccontextmanager
async def silent(firm: Instance) -> AsyncIterator[None]:
    """A sender of the firm has everything in hand, and hangs."""
    held = update(DeliveryQueue)
    async with firm.db.write() as tx:
        await tx.execute(held.values(lease_owner="one that hangs", leased_until=NOON + timedelta(hours=1)))
    yield
    async with firm.db.write() as tx:
        await tx.execute(held.values(lease_owner=None, leased_until=None))


# --- whose word it is ---


@pytest.mark.parametrize("case", ["a colleague says it", "of a host here", "of whom bob follows here"])
@ON_SQLITE
async def test_nobody_else_says_it_and_not_of_anybody(firms: Firms, case: str) -> None:
    """T033: only the server's own actor, only of its people, only in communities; beside it what it may say."""
    await shared(firms)
    alice_there = await firms.bob.find("@alice@alpha.test")
    assert alice_there is not None
    await firms.bob.post(f"/api/v1/accounts/{alice_there['id']}/follow")
    await firms.rest()
    async with firms.beta.db.write() as tx:
        ours, theirs = ("users/bob", "users/ben", "actor"), ("users/alice", "communities/plans")
        uris = [f"http://beta.test/{name}" for name in ours] + [f"http://alpha.test/{name}" for name in theirs]
        known = await actors.of_uris(tx, uris)
        bob, ben, server, alice, plans = [known[uri] for uri in uris]
        compose = Composer(firms.beta.services.runtime, firms.beta.clock.now())
        made_up = "http://beta.test/activities/1"
        said = {
            "a colleague says it": compose.undo_follow(made_up, bob, plans, by=ben),
            "of a host here": compose.undo_follow(made_up, alice, plans, by=server),
            "of whom bob follows here": compose.undo_follow(made_up, bob, alice, by=server),
        }[case]
        await publish(tx, [said])
    await firms.rest()

    outcome = await firms.alpha.rows(
        select(InboxActivity.state, InboxActivity.reason).where(InboxActivity.activity_uri == said.uri)
    )
    assert [(state, reason.partition(":")[0]) for state, reason in outcome] == [("rejected", "not_authorized")]
    assert await firms.alice.members(PLANS) == {"alice", "bob@beta.test", "ben@beta.test"}
    assert (await firms.bob.relationship(alice_there))["following"]
    assert await trail(firms.alpha, "community.withdraw-member") == []

    await withdraw(firms.beta, "bob")
    await firms.rest()
    assert await firms.alice.members(PLANS) == {"alice", "ben@beta.test"}


async def test_a_basic_partners_server_says_nothing_for_its_people(home: Instance, partner: FakePeer) -> None:
    """T033: there are no terms in which its firm would be a party; each leaves by their own word."""
    alice = await home.person("alice")
    await home.community("plans", host=alice, scope="all")
    carol, server = partner.actor("carol"), partner.actor("actor", "Application")
    follow = {"id": f"{carol.uri}#f", "type": "Follow", "actor": carol.uri, "object": PLANS_ID}
    await carol.post(f"{PLANS_ID}/inbox", follow)
    await home.apply()
    assert len(await alice.members(PLANS)) == 2

    for said_by, left in ((server, 2), (carol, 1)):
        undo = {"id": f"{said_by.uri}#u", "type": "Undo", "actor": said_by.uri, "object": follow, "to": [PLANS_ID]}
        await said_by.post(f"{PLANS_ID}/inbox", undo)
        await home.apply()
        assert len(await alice.members(PLANS)) == left


@ON_SQLITE
async def test_at_a_basic_partner_the_person_is_made_to_leave(pair: Pair) -> None:
    """Other software believes nobody else, so that bob says it himself."""
    async with pair.beta_back():
        await withdraw(pair.beta, "bob", "sites")
        pair.beta.nudge()
        await pair.beta.at_rest()
        await until(pair.alpha.has_applied)
        assert await pair.alice.members(HANDLE) == {"alice", "ada"}
        (undo,) = await pair.beta.composed("Undo")
    assert undo["actor"] == "http://beta.test/users/bob"


# --- on the pages, and at the shell ---


@pytest.fixture
async def desks(firms: Firms) -> Offices:
    await shared(firms)
    return await offices(firms.beta, ALPHA)


@ON_SQLITE
async def test_an_administrator_does_it_on_the_page_of_the_agreement(firms: Firms, desks: Offices) -> None:
    """Section 9: an administrator; not an auditor, nor the members."""
    page = await pressed(desks.admin, desks.page, f"{desks.page}/withdraw", person="bob", community="plans")
    await firms.rest()

    assert "Withdrawn" in page.text
    assert await firms.alice.members(PLANS) == {"alice", "ben@beta.test"}
    assert [by for by, _ in await trail(firms.beta, "partner.withdraw")] == ["olga@beta.test"]

    seen = await desks.auditor.get(desks.page)
    assert f"{desks.page}/withdraw" not in [form.action for form in seen.forms]
    csrf = (await desks.auditor.get("/me")).forms[0].fields["csrf"]
    fields = {"csrf": csrf, "person": "ben", "community": "plans"}
    assert (await desks.auditor.post(f"{desks.page}/withdraw", fields)).status == 403
    assert (await desks.auditor.post(f"{desks.page}/readmit", fields | {"person": "bob"})).status == 403
    ben = await signed_in(firms.beta, "ben")
    csrf = (await ben.get("/me")).forms[0].fields["csrf"]
    assert (await ben.post(f"{desks.page}/withdraw", fields | {"csrf": csrf})).status in (403, 404)

    again = await pressed(desks.admin, page, f"{desks.page}/readmit")
    assert "ask to join again" in again.text
    assert await firms.alice.members(PLANS) == {"alice", "ben@beta.test"}
