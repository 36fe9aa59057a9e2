"""Who leaves is out everywhere, and back within thirty days; then a former colleague; communities find a host (J11)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from models.accounts import Account
from models.gate import Person
from models.queries import actors, follows
from models.queries import leaving as reading
from models.writes import follows as follow_writes
from models.writes.audit import OPERATOR
from server import gone_journal
from server.actions import accounts, leaving, moderation, succession
from server.actions.accounts import NewAccount
from server.actions.refusals import NotThere, Refused
from tests.instances.leak_walk import Listener
from tests.support.api import Api
from tests.support.held_clock import HeldClock
from tests.support.instances import Instance, keys_of
from tests.support.waiting import until

SITES = "@sites@alpha.test"


@dataclass
class Firms:
    """alpha, where alice hosts a community, and beta, where bob and ben belong to it."""

    alpha: Instance
    beta: Instance
    clock: HeldClock
    alice: Api
    ada: Api
    bob: Api

    async def rest(self) -> None:
        for _ in range(3):
            for firm in (self.alpha, self.beta):
                await firm.services.peers.refresh(now=True)
                firm.nudge()
                await firm.at_rest()

    async def pass_days(self, days: float) -> None:
        """Go on, and do what is due then."""
        self.clock.advance(days=days)
        for firm in (self.alpha, self.beta):
            await leaving.keep_schedule(firm.services.runtime, "fr")
        await self.rest()


@pytest.fixture
async def firms(alpha: Instance, beta: Instance, clock: HeldClock) -> AsyncIterator[Firms]:
    async with alpha.running(), beta.running():
        await alpha.allow("beta.test")
        await beta.allow("alpha.test")
        alice, ada, bob = await alpha.person("alice"), await alpha.person("ada"), await beta.person("bob")
        await alpha.community("sites", host=alice)
        await ada.join(SITES)
        await bob.join(SITES)
        made = Firms(alpha, beta, clock, alice, ada, bob)
        await made.rest()
        yield made


async def suspend(firm: Instance, name: str) -> None:
    async with firm.db.write() as tx:
        await accounts.suspend(tx, firm.services.runtime, name, by=OPERATOR)


async def resume(firm: Instance, name: str) -> None:
    async with firm.db.write() as tx:
        await accounts.resume(tx, firm.services.runtime, name, by=OPERATOR)


async def status(person: Api) -> int:
    return (await person.call("GET", "/api/v1/accounts/verify_credentials")).status


async def role_of(firm: Instance, name: str) -> str | None:
    async with firm.db.read() as tx:
        person, community = await actors.local_by_name(tx, name), await actors.local_by_name(tx, "sites")
        assert person is not None
        assert community is not None
        return await follows.role_in(tx, person.id, community.id)


async def asked(firm: Instance) -> str | None:
    """Who is asked to host the community; None: nobody."""
    async with firm.db.read() as tx:
        community = await actors.local_by_name(tx, "sites")
        open_one = await reading.succession(tx, community.id) if community else None
        person = await actors.by_id(tx, open_one.asked_id) if open_one and open_one.asked_id else None
    return person.username if person else None


async def make_moderator(firm: Instance, name: str, *, adds: bool = True) -> None:
    async with firm.db.write() as tx:
        place = await moderation.operators_seat(tx, firm.services.runtime, "sites")
        person = await moderation.person_named(tx, firm.services.runtime, f"{name}@alpha.test")
        await moderation.name_moderator(tx, firm.services.runtime, place, person, adds=adds)


async def answer(firm: Instance, person: Api, *, accepts: bool) -> None:
    async with firm.db.read() as tx:
        community, who = await actors.local_by_name(tx, "sites"), await actors.local_by_name(tx, person.name)
    assert community is not None
    assert who is not None
    await succession.answer(firm.services.runtime, Person(who.id), community.id, accepts=accepts)


async def test_who_becomes_an_auditor_is_out_at_partners_too(firms: Firms) -> None:
    """Product section 9: of communities alone; nothing comes any more, and the account stays open."""
    ben = await firms.beta.person("ben")
    await ben.join(SITES)
    await firms.alice.say(f"{SITES} Before")
    await firms.rest()
    assert await firms.bob.thread("Sites", "Before")

    async with firms.beta.db.write() as tx:
        await accounts.change_role(tx, firms.beta.services.runtime, "bob", "auditor", by=OPERATOR)
    await firms.rest()
    await firms.alice.say(f"{SITES} After")
    await firms.rest()

    sites = await firms.alice.find(SITES)
    assert sites is not None
    members = await firms.alice.get(f"/api/entrepairs/v1/communities/{sites['id']}/members")
    assert sorted(one["account"]["acct"] for one in members) == ["ada", "alice", "ben@beta.test"]
    assert await ben.thread("Sites", "After")
    assert await firms.bob.home() == []
    assert await status(firms.bob) == 200
    there = await firms.bob.find(SITES)
    assert there is not None
    assert (await firms.bob.call("POST", f"/api/v1/accounts/{there['id']}/follow")).status == 403


async def test_who_leaves_is_out_here_and_at_partners(firms: Firms) -> None:
    """T239, T119, T120: tokens, streams, what was to be published later, memberships; nothing more comes."""
    await firms.bob.post("/api/v1/statuses", status=f"{SITES} Later", scheduled_at="2026-02-10T08:00:00.000Z")
    listener = Listener("bob")
    await listener.listen(firms.beta.session, firms.beta.hosts["beta.test"][1], firms.bob.token, [{"stream": "user"}])

    await suspend(firms.beta, "bob")
    firms.clock.advance(seconds=60)
    await firms.rest()

    assert await status(firms.bob) == 403
    await until(lambda: _is_over(listener))
    assert "bob@beta.test" not in await firms.ada.members(SITES)
    await firms.alice.say(f"{SITES} After bob")
    await firms.rest()
    assert "After bob" not in str(await firms.beta.heard())
    await firms.pass_days(12)
    assert await firms.alice.thread("Sites", "Later") is None


async def _is_over(listener: Listener) -> bool:
    return listener.is_over


async def test_the_file_of_who_is_gone_is_as_new_as_the_trail(firms: Firms) -> None:
    """T221: five minutes after somebody was switched off, a copy of before would not bring them back."""
    alpha, begun = firms.alpha, firms.clock.now()
    await suspend(alpha, "ada")

    async def is_noted() -> bool:
        found = gone_journal.read(alpha.folder, "alpha.test", since=begun)
        return found is not None and len(found.leavers) == 1

    async def both_rest() -> bool:
        return firms.clock.sleepers(gone_journal.EVERY_SECONDS) == 2

    await until(both_rest)
    firms.clock.advance(minutes=5)
    await until(is_noted)
    assert gone_journal.read(alpha.folder, "beta.test", since=begun) is None


async def test_a_return_within_thirty_days_gives_back_what_one_belonged_to_and_no_token(firms: Firms) -> None:
    """T239."""
    (kept,) = await firms.ada.get("/api/v1/lists")
    for firm, name in ((firms.alpha, "ada"), (firms.beta, "bob")):
        await suspend(firm, name)
    await firms.rest()
    assert await role_of(firms.alpha, "ada") is None
    firms.clock.advance(days=29)

    for firm, name in ((firms.alpha, "ada"), (firms.beta, "bob")):
        await resume(firm, name)
    await firms.rest()

    assert (await status(firms.ada), await status(firms.bob)) == (401, 401)
    async with firms.alpha.db.write() as tx:
        token = await accounts.create_token(tx, firms.alpha.services.runtime, "ada", "read write follow", by=OPERATOR)
    again = Api(firms.ada.session, firms.ada.place, token, "ada")
    assert [one["id"] for one in await again.get("/api/v1/lists")] == [kept["id"]]
    assert "bob@beta.test" in await again.members(SITES)


async def test_a_return_while_the_exchange_rests_gives_back_what_one_belonged_to_when_it_goes_on(firms: Firms) -> None:
    """J10 and J11: what is written meanwhile waits; it is not lost."""
    await suspend(firms.beta, "bob")
    await firms.rest()
    assert "bob@beta.test" not in await firms.ada.members(SITES)
    await firms.beta.suspend("alpha.test")
    await resume(firms.beta, "bob")

    await firms.beta.resume("alpha.test")
    await firms.rest()

    assert "bob@beta.test" in await firms.ada.members(SITES)


async def test_after_thirty_days_everybody_sees_a_former_colleague_and_the_name_is_never_given_again(
    firms: Firms,
) -> None:
    """J11, T173."""
    asked_by_bob = await firms.bob.say(f"{SITES} How do you run night shifts?")
    await firms.rest()
    await suspend(firms.beta, "bob")
    await firms.rest()
    await firms.pass_days(29)
    thread = await firms.alice.awaited_thread("Sites", "night shifts")
    assert thread["account"]["acct"] == "bob@beta.test"

    await firms.pass_days(2)

    thread = await firms.alice.awaited_thread("Sites", "night shifts")
    assert thread["account"]["display_name"] == "Ancien·ne collègue (beta.test)"
    assert thread["account"]["acct"].startswith("former_")
    assert thread["uri"] == asked_by_bob["uri"]
    with pytest.raises(Refused, match="thirty days"):
        await resume(firms.beta, thread["account"]["acct"].partition("@")[0])
    async with firms.beta.db.write() as tx:
        new = NewAccount(username="bob", email="other@mail.example")
        with pytest.raises(Refused, match="no name is given twice"):
            await accounts.create_account(tx, firms.beta.services.runtime, new, keys_of("bob2@beta.test"), by=OPERATOR)

    await firms.pass_days(335)

    async with firms.beta.db.read() as tx:
        assert (await tx.select(select(Account.actor_id))).all() == []
    thread = await firms.alice.awaited_thread("Sites", "night shifts")
    assert thread["account"]["display_name"].startswith("former_")


async def test_the_longest_serving_moderator_who_accepts_hosts_what_has_lost_its_last_host(firms: Firms) -> None:
    """J8: carl was made a moderator first, and joined last."""
    carl = await firms.alpha.person("carl")
    await carl.join(SITES)
    for name in ("carl", "ada"):
        await make_moderator(firms.alpha, name)

    await suspend(firms.alpha, "alice")
    assert await asked(firms.alpha) == "ada"
    with pytest.raises(NotThere):
        await answer(firms.alpha, carl, accepts=True)
    await answer(firms.alpha, firms.ada, accepts=False)
    assert await asked(firms.alpha) == "carl"

    await answer(firms.alpha, carl, accepts=True)

    assert await role_of(firms.alpha, "carl") == "host"
    assert await asked(firms.alpha) is None
    with pytest.raises(NotThere):
        await answer(firms.alpha, carl, accepts=True)


async def test_whoever_was_asked_to_host_and_leaves_is_not_waited_for(firms: Firms) -> None:
    """J11: the next in line is asked at once."""
    carl = await firms.alpha.person("carl")
    await carl.join(SITES)
    for name in ("carl", "ada"):
        await make_moderator(firms.alpha, name)
    await suspend(firms.alpha, "alice")
    assert await asked(firms.alpha) == "ada"

    await suspend(firms.alpha, "ada")
    assert await asked(firms.alpha) == "carl"
    await answer(firms.alpha, carl, accepts=True)

    assert await role_of(firms.alpha, "carl") == "host"


async def test_whoever_was_asked_to_host_and_leaves_the_community_alone_is_not_waited_for(firms: Firms) -> None:
    """J8, J11: their account stays open; leaving, and losing the role, pass the question on to the next in line."""
    carl, dan = await firms.alpha.person("carl"), await firms.alpha.person("dan")
    for person in (carl, dan):
        await person.join(SITES)
    for name in ("carl", "ada", "dan"):
        await make_moderator(firms.alpha, name)
    await suspend(firms.alpha, "alice")
    assert await asked(firms.alpha) == "ada"
    sites = await firms.ada.find(SITES)
    assert sites is not None
    await firms.ada.leave(sites)
    assert await asked(firms.alpha) == "carl"
    await make_moderator(firms.alpha, "carl", adds=False)
    assert await asked(firms.alpha) == "dan"
    with pytest.raises(NotThere):
        await answer(firms.alpha, firms.ada, accepts=True)

    await answer(firms.alpha, dan, accepts=True)

    assert await role_of(firms.alpha, "dan") == "host"


async def test_somebody_who_is_asked_and_belongs_to_it_no_more_is_not_shown_what_it_is_called(firms: Firms) -> None:
    """T155: by whatever way their part in it has ended; the hourly look asks the next."""
    carl = await firms.alpha.person("carl")
    await carl.join(SITES)
    for name in ("carl", "ada"):
        await make_moderator(firms.alpha, name)
    await suspend(firms.alpha, "alice")
    async with firms.alpha.db.write() as tx:
        ada, community = await actors.local_by_name(tx, "ada"), await actors.local_by_name(tx, "sites")
        assert ada is not None
        assert community is not None
        await follow_writes.end_all_of(tx, ada.id)

    async with firms.alpha.db.read() as tx:
        shown = await reading.asked_of(tx, ada.id)
    with pytest.raises(NotThere):
        await answer(firms.alpha, firms.ada, accepts=True)
    await succession.keep_terms(firms.alpha.services.runtime)

    assert shown == []
    assert await asked(firms.alpha) == "carl"


async def test_a_co_host_goes_on_and_nobody_is_asked(firms: Firms) -> None:
    async with firms.alpha.db.write() as tx:
        person = await actors.local_by_name(tx, "ada")
        community = await actors.local_by_name(tx, "sites")
        assert person is not None
        assert community is not None
        membership = await follows.find(tx, person.id, community.id)
        assert membership is not None
        await follow_writes.change(tx, membership.id, role="host")

    await suspend(firms.alpha, "alice")

    assert await asked(firms.alpha) is None
    assert await role_of(firms.alpha, "ada") == "host"


async def test_whoever_does_not_answer_within_seven_days_is_not_waited_for(firms: Firms) -> None:
    """At the limit and one past it; then an administrator names a host, or the old one comes back."""
    await make_moderator(firms.alpha, "ada")
    await suspend(firms.alpha, "alice")
    firms.clock.advance(days=6, hours=23)
    await succession.keep_terms(firms.alpha.services.runtime)
    assert await asked(firms.alpha) == "ada"

    firms.clock.advance(hours=1)
    await succession.keep_terms(firms.alpha.services.runtime)

    assert await asked(firms.alpha) is None
    async with firms.alpha.db.read() as tx:
        assert len(await reading.successions(tx)) == 1
    await resume(firms.alpha, "alice")
    async with firms.alpha.db.read() as tx:
        assert await reading.successions(tx) == []
    assert await role_of(firms.alpha, "alice") == "host"
