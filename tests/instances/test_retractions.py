"""What was called back goes at the partner's, and is confirmed; the queue outlives nothing (J10, T241)."""

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update
from structlog.testing import capture_logs

from federation.outbox.publish import publish
from federation.vocab.compose import Composer
from models.audit import AuditEntry
from models.outbox import Activity, Delivery
from models.posts import COMMUNITY, Post
from models.queries import actors, retractions
from models.retractions import CONTRADICTED, DONE, Retraction
from models.writes.audit import OPERATOR
from models.writes.retractions import WAKES
from server.actions import accounts, moderation, openness, partners, receipts
from server.actions.openness import Wanted
from server.actions.receipts import Line
from tests.instances.sharing import Firms, is_in, say
from tests.support.api import Document
from tests.support.instances import Instance
from tests.support.waiting import until


@dataclass
class Shared:
    """beta's bob is a member of alpha's `plans`, where alice said something about the eastern site."""

    firms: Firms
    handle: str
    said: Document

    async def operate(self, act: Any, **wanted: Any) -> None:
        """alpha's operator does something in `plans`."""
        await in_community(self.firms.alpha, act, **wanted)

    async def lines(self) -> list[Line]:
        """What beta was asked to delete, newest first."""
        async with self.firms.alpha.db.read() as tx:
            return await receipts.lines(tx, self.firms.alpha.services.runtime, "beta.test", only_open=False, most=100)

    async def is_asked(self) -> bool:
        """A letter was written."""
        return all(line.tries for line in await self.lines())

    async def is_escalated(self) -> bool:
        """It stands in the trail that nobody answered."""
        self.firms.alpha.services.runtime.events.wake(WAKES)
        async with self.firms.alpha.db.read() as tx:
            found = select(AuditEntry.id).where(AuditEntry.action == "retraction.overdue")
            return await tx.scalar(found) is not None

    async def settled(self) -> list[Line]:
        """The same, once all of it is confirmed and looked at."""

        async def is_settled() -> bool:
            self.firms.alpha.services.runtime.events.wake(WAKES)
            return all(line.checked_at for line in await self.lines())

        await until(is_settled)
        return await self.lines()

    async def copies(self) -> list[str]:
        """What of alice's is at beta."""
        return await texts(self.firms.beta, of_others=True)


async def in_community(firm: Instance, act: Any, **wanted: Any) -> None:
    runtime = firm.services.runtime
    async with firm.db.write() as tx:
        await act(tx, runtime, await moderation.operators_seat(tx, runtime, "plans"), **wanted)


async def texts(firm: Instance, *, of_others: bool) -> list[str]:
    """Texts that are kept of communities, of others' people or of all."""
    in_communities = (Post.audience == COMMUNITY, Post.content_html != "")
    statement = select(Post.content_html).where(*in_communities).order_by(Post.id)
    if of_others:
        statement = statement.where(Post.peer_id.is_not(None))
    async with firm.db.read() as tx:
        return [row[0] for row in await tx.select(statement)]


@pytest.fixture
async def shared(firms: Firms) -> Shared:
    return await shared_in(firms)


async def shared_between(alpha: Instance, beta: Instance) -> Shared:
    alice, bob, ben = await alpha.person("alice"), await beta.person("bob"), await beta.person("ben")
    return await shared_in(Firms(alpha, beta, alice, bob, ben))


async def shared_in(firms: Firms) -> Shared:
    handle = await firms.alpha.community("plans", host=firms.alice, visibility="on-request", scope="selected")
    await firms.agree("plans")
    await firms.let_in(firms.bob, handle)
    said = await firms.alice.say(f"{handle} Sites\n\nThe closing of the eastern site")
    await firms.bob.awaited_thread("Plans", "eastern")
    return Shared(firms, handle, said)


async def test_what_is_deleted_is_confirmed_by_a_signed_receipt_and_looked_at(shared: Shared) -> None:
    """T241: the request, its receipt, and a look of ours that agrees; the copy is gone."""
    await shared.firms.alice.delete(f"/api/v1/statuses/{shared.said['id']}")
    (line,) = await shared.settled()

    assert (line.scope, line.reason, line.state, line.object) == ("post", "deleted", "done", shared.said["uri"])
    assert line.has_receipt
    assert await shared.copies() == []
    async with shared.firms.alpha.db.read() as tx:
        letter = await receipts.letter(tx, shared.firms.alpha.services.runtime, "beta.test", line.id)
    assert letter["actor"] == "http://beta.test/actor"
    assert shared.said["uri"] in str(letter["object"])
    assert "proof" in letter


async def test_a_retraction_passes_a_suspension(shared: Shared) -> None:
    """J10: content rests, and what is called back goes all the same."""
    await say(shared.firms.alpha, partners.suspend, "beta.test")
    await shared.firms.settle()

    await shared.firms.alice.delete(f"/api/v1/statuses/{shared.said['id']}")
    (line,) = await shared.settled()

    assert line.state == "done"
    assert await shared.copies() == []
    assert await is_in(shared.firms.alpha, "beta.test", "suspended")


@pytest.mark.parametrize(
    ("wanted", "reason"), [(Wanted(scope="none"), "narrowed"), (Wanted(label="confidential"), "narrowed")]
)
async def test_narrowing_a_community_calls_back_what_passes_no_more(
    shared: Shared, wanted: Wanted, reason: str
) -> None:
    """Product section 3, T238: and widening again sends nothing old."""
    await shared.operate(openness.change, wanted=wanted)
    (line,) = await shared.settled()

    assert (line.scope, line.reason, line.state, line.removed) == ("community", reason, "done", 1)
    assert await shared.copies() == []
    if wanted.scope is not None:
        await shared.operate(openness.change, wanted=Wanted(scope="selected"))
        await shared.firms.rest()
        assert await shared.copies() == []


async def test_terms_that_let_less_pass_call_back_the_rest(shared: Shared) -> None:
    """J2, T238: what is above the new ceiling goes, what is below it stays."""
    secret = await shared.firms.alice.say(f"{shared.handle} Sites\n\nThe price of the western site")
    await shared.firms.bob.awaited_thread("Plans", "western")
    async with shared.firms.alpha.db.write() as tx:
        runtime = shared.firms.alpha.services.runtime
        place = await moderation.operators_seat(tx, runtime, "plans")
        row = await moderation.post_named(tx, place, secret["uri"])
        await openness.raise_label(tx, runtime, place, row, "restricted")
    await shared.firms.rest()
    assert len(await shared.copies()) == 2

    await shared.firms.agree("plans", ceiling="internal")
    (line,) = await shared.settled()

    assert (line.scope, line.reason, line.object, line.removed) == ("post", "narrowed", secret["uri"], 1)
    assert ["eastern" in text for text in await shared.copies()] == [True]


async def test_a_label_raised_above_the_ceiling_calls_the_post_back(shared: Shared) -> None:
    """T238"""
    await shared.firms.bob.say("Since when?", answering=await shared.firms.bob.awaited_thread("Plans", "eastern"))
    await shared.firms.rest()
    async with shared.firms.alpha.db.write() as tx:
        runtime = shared.firms.alpha.services.runtime
        place = await moderation.operators_seat(tx, runtime, "plans")
        row = await moderation.post_named(tx, place, shared.said["uri"])
        await openness.raise_label(tx, runtime, place, row, "confidential")
    (line,) = await shared.settled()

    assert (line.scope, line.reason, line.state) == ("post", "labelled", "done")
    assert await shared.copies() == []
    assert len(await texts(shared.firms.beta, of_others=False)) == 1


async def test_the_last_member_takes_the_copies_along(shared: Shared) -> None:
    """T154: not the first of two."""
    await shared.firms.let_in(shared.firms.ben, shared.handle)
    plans = await shared.firms.bob.find(shared.handle)
    assert plans is not None
    await shared.firms.bob.leave(plans)
    await shared.firms.rest()
    assert await shared.lines() == []

    await shared.firms.ben.leave(plans)
    await until(shared.lines)
    (line,) = await shared.settled()

    assert (line.scope, line.reason, line.removed) == ("community", "left", 1)
    assert await shared.copies() == []


@pytest.mark.parametrize("what_is_said", ["they have left", "they are deleted"])
async def test_a_last_member_who_has_left_their_firm_takes_the_copies_along(shared: Shared, what_is_said: str) -> None:
    """T154, T239: whatever else their server says of their memberships, which is lost here."""
    beta = shared.firms.beta
    async with beta.db.write() as tx:
        if what_is_said == "they have left":
            await accounts.suspend(tx, beta.services.runtime, "bob", by=OPERATOR)
        else:
            bob = await actors.local_by_name(tx, "bob")
            assert bob is not None
            alice = await actors.by_uri(tx, "http://alpha.test/users/alice")
            assert alice is not None
            await publish(tx, [Composer(beta.services.runtime, beta.clock.now()).delete_for(bob.uri, bob, alice)])
        undone = select(Activity.id).where(Activity.type == "Undo")
        await tx.execute(delete(Delivery).where(Delivery.activity_id.in_(undone)))
    await shared.firms.rest()

    await until(shared.lines)
    (line,) = await shared.settled()

    assert (line.scope, line.reason, line.removed) == ("community", "left", 1)
    assert await shared.copies() == []


async def test_the_end_retracts_on_both_sides_and_is_reported(shared: Shared) -> None:
    """J10: what each sent goes at the other's; what its own people wrote stays. The report is closed."""
    await shared.firms.bob.say("Since when?", answering=await shared.firms.bob.awaited_thread("Plans", "eastern"))
    await shared.firms.rest()

    await say(shared.firms.beta, partners.end, "alpha.test")
    await until(shared.lines)

    async def is_answered() -> bool:
        return all(line.state == "done" for line in await shared.lines())

    async def is_clean() -> bool:
        return not await texts(shared.firms.alpha, of_others=True)

    await until(is_answered)
    await until(is_clean)
    assert await shared.copies() == []
    assert len(await texts(shared.firms.alpha, of_others=False)) == 1
    async with shared.firms.alpha.db.read() as tx:
        told = await receipts.report(tx, shared.firms.alpha.services.runtime, "beta.test")
    assert (told.state, told.is_closed, told.counters.done, told.exceptions) == ("ended", True, 1, [])


async def copied(firm: Instance) -> list[dict[str, Any]]:
    """What there is of others', row by row, as a backup has it."""
    async with firm.db.read() as tx:
        return [dict(row._mapping) for row in await tx.select(select(Post.__table__).where(Post.peer_id.is_not(None)))]


async def bob_leaves(shared: Shared) -> None:
    plans = await shared.firms.bob.find(shared.handle)
    assert plans is not None
    await shared.firms.bob.leave(plans)


async def asked_once_more(shared: Shared, state: str) -> None:
    """alpha's requests are due, as if nobody had looked yet, or in vain."""
    async with shared.firms.alpha.db.write() as tx:
        due = {"state": state, "checked_at": None, "next_at": shared.firms.alpha.clock.now()}
        await tx.execute(update(Retraction).values(due))


@pytest.mark.parametrize("how", ["left", "ended"])
async def test_what_is_there_again_without_right_goes_when_it_is_asked_for_again(shared: Shared, how: str) -> None:
    """T241: a whole community, or everything, from a backup that the partner put back."""
    kept = await copied(shared.firms.beta)
    if how == "left":
        await bob_leaves(shared)
    else:
        await say(shared.firms.alpha, partners.end, "beta.test")
    await until(shared.lines)
    await shared.settled()
    async with shared.firms.beta.db.write() as tx:
        await tx.execute(insert(Post), kept)
    assert len(await shared.copies()) == 1

    await asked_once_more(shared, CONTRADICTED)
    lines = await shared.settled()

    assert {(line.scope, line.state) for line in lines} == {("community" if how == "left" else "everything", "done")}
    assert await shared.copies() == []


async def test_the_log_says_that_a_receipt_was_untrue_and_not_of_which_community(shared: Shared) -> None:
    """Product section 3, T241: a private community is not named there; the list of receipts has it."""
    kept = await copied(shared.firms.beta)
    await bob_leaves(shared)
    await until(shared.lines)
    await shared.settled()
    async with shared.firms.beta.db.write() as tx:
        await tx.execute(insert(Post), kept)

    async def is_contradicted() -> bool:
        shared.firms.alpha.services.runtime.events.wake(WAKES)
        return [line.state for line in await shared.lines()] == [CONTRADICTED]

    with capture_logs() as logs:
        await asked_once_more(shared, DONE)
        await until(is_contradicted)
        await shared.firms.rest()

    (entry,) = [one for one in logs if one["event"] == "retraction.contradicted"]
    assert (entry["peer"], entry["scope"]) == ("beta.test", "community")
    assert "plans" not in str(entry)


async def test_what_came_by_right_since_does_not_contradict_a_receipt(shared: Shared) -> None:
    """T241: nobody could look before bob was a member again; what he may read stays, and nothing is listed for ever."""
    await bob_leaves(shared)
    await until(shared.lines)
    await shared.settled()
    await shared.firms.let_in(shared.firms.bob, shared.handle)
    await shared.firms.alice.say(f"{shared.handle} Sites\n\nThe opening of the western site")
    await shared.firms.bob.awaited_thread("Plans", "western")

    for state in (DONE, CONTRADICTED):
        await asked_once_more(shared, state)
        (line,) = await shared.settled()
        assert (line.scope, line.state) == ("community", "done")
        assert ["western" in text for text in await shared.copies()] == [True]


async def test_overdue_receipts_are_listed_and_asked_for_again(alpha: Instance, beta: Instance) -> None:
    """T241: within the agreed delay, and past it; once the partner is back it answers, and all is well."""
    async with alpha.running():
        async with beta.running():
            shared = await shared_between(alpha, beta)
        await shared.firms.alice.delete(f"/api/v1/statuses/{shared.said['id']}")
        await until(shared.lines)
        await until(shared.is_asked)
        await alpha.fails_at("beta.test")
        alpha.clock.advance(hours=23)
        assert [line.is_overdue for line in await shared.lines()] == [False]
        alpha.clock.advance(hours=2)
        assert [line.is_overdue for line in await shared.lines()] == [True]
        async with alpha.db.read() as tx:
            assert await retractions.overdue_hosts(tx, alpha.clock.now()) == [("beta.test", 1)]
        await until(shared.is_escalated)
        await alpha.fails_at("beta.test")

        async with beta.running():
            alpha.clock.advance(days=1)
            alpha.nudge()
            (line,) = await shared.settled()
            assert (line.state, line.is_overdue) == ("done", False)
            assert await shared.copies() == []
