"""Section 9, "own firm's, by withdrawal": administrators take back what their people wrote at a partner's."""

from dataclasses import dataclass

import pytest
from sqlalchemy import select

from models.audit import AuditEntry
from models.writes.audit import OPERATOR
from models.writes.retractions import WAKES
from server.actions import receipts, withdrawing_posts
from server.actions.receipts import Line
from server.actions.refusals import NotThere, Refused
from server.actions.withdrawing_posts import Extent
from tests.instances.conftest import ON_SQLITE
from tests.instances.offices import offices
from tests.instances.sharing import Firms
from tests.server.admin.desk import pressed
from tests.support.api import Document
from tests.support.instances import Instance
from tests.support.statements import counted
from tests.support.waiting import until

ALPHA = "alpha.test"
PLANS = "@plans@alpha.test"


@dataclass
class Written:
    """alpha's private `plans`, where bob of beta opened a thread and answered in alice's, as ben did."""

    firms: Firms
    thread: Document
    """alice's, as bob sees it."""
    own_thread: Document

    async def texts(self, of: Instance) -> str:
        return " ".join([one["content"] for one in await self._seen(of)])

    async def _seen(self, of: Instance) -> list[Document]:
        reader = self.firms.alice if of is self.firms.alpha else self.firms.ben
        threads = await reader.threads("Plans")
        return [*threads, *[reply for thread in threads for reply in await reader.replies(thread)]]

    async def settled(self) -> list[Line]:
        """What alpha was asked to delete, once all of it is confirmed and looked at."""

        async def is_settled() -> bool:
            self.firms.beta.services.runtime.events.wake(WAKES)
            return all(line.checked_at for line in await self._lines())

        await until(is_settled)
        return await self._lines()

    async def _lines(self) -> list[Line]:
        async with self.firms.beta.db.read() as tx:
            return await receipts.lines(tx, self.firms.beta.services.runtime, ALPHA, only_open=False, most=100)


@pytest.fixture
async def written(firms: Firms) -> Written:
    await firms.alpha.community("plans", host=firms.alice, visibility="private", scope="selected")
    await firms.agree("plans")
    for person in (firms.bob, firms.ben):
        await firms.bring_in(person, PLANS)
    await firms.alice.say(f"{PLANS} The closing of the eastern site")
    thread = await firms.bob.awaited_thread("Plans", "eastern")
    await firms.bob.say("We went through marigold", answering=thread)
    await firms.ben.say("And we through clover", answering=await firms.ben.awaited_thread("Plans", "eastern"))
    own = await firms.bob.say(f"{PLANS} The price of saffron")
    await firms.rest()
    return Written(firms, thread, own)


async def withdraw(firm: Instance, person: str = "bob", community: str = "") -> Extent:
    runtime = firm.services.runtime
    return await withdrawing_posts.withdraw(firm.db, runtime, ALPHA, person, community, by=OPERATOR)


async def preview(firm: Instance, person: str = "bob", community: str = "") -> list[tuple[str, int]]:
    async with firm.db.read() as tx:
        found = await withdrawing_posts.preview(tx, firm.services.runtime, ALPHA, person, community)
    return [(one.community, one.posts) for one in found.places]


async def trail(firm: Instance) -> list[tuple[str, str, str]]:
    columns = (AuditEntry.actor, AuditEntry.object, AuditEntry.details)
    rows = await firm.rows(select(*columns).where(AuditEntry.action == "partner.withdraw-posts"))
    return [tuple(row) for row in rows]


async def told(firms: Firms) -> list[str]:
    """What the server said to bob in private about it."""
    notes = [one["status"]["content"] for one in await firms.bob.get("/api/v1/notifications?types[]=mention")]
    return [note for note in notes if "deleted what you wrote" in note]


async def test_what_somebody_wrote_is_gone_on_both_sides_and_confirmed(written: Written) -> None:
    """Section 9, T241: every post with a receipt; others' stay; the author is told, and the trail says how many."""
    firms = written.firms
    assert await preview(firms.beta) == [("plans", 2)]

    done = await withdraw(firms.beta)
    lines = await written.settled()
    await firms.rest()

    assert done.posts == 2
    assert {(one.scope, one.reason, one.state, one.has_receipt) for one in lines} == {("post", "deleted", "done", True)}
    assert len(lines) == 2
    for firm in (firms.alpha, firms.beta):
        text = await written.texts(firm)
        assert ("eastern" in text, "clover" in text) == (True, True)
        assert "marigold" not in text
        assert "saffron" not in text
    assert (await firms.bob.call("GET", f"/api/v1/statuses/{written.own_thread['id']}")).status == 404
    assert len(await told(firms)) == 1
    assert "plans@alpha.test" in (await told(firms))[0]
    assert await trail(firms.beta) == [(OPERATOR, "bob@beta.test", '{"community":"plans@alpha.test","posts":2}')]

    assert await preview(firms.beta) == []
    assert (await withdraw(firms.beta)).posts == 0
    assert len(await told(firms)) == 1


async def test_it_does_not_touch_what_he_wrote_elsewhere(written: Written) -> None:
    """Nor at home, nor in another of the partner's communities where one was named."""
    firms = written.firms
    await firms.alpha.community("town", host=firms.alice, scope="all")
    await firms.agree("plans", "town")
    await firms.bob.join("@town@alpha.test")
    await firms.rest()
    here = await firms.bob.say("To whoever follows me")
    there = await firms.bob.say("@town@alpha.test The square")
    await firms.rest()

    await withdraw(firms.beta, community="plans")
    await firms.rest()

    assert await preview(firms.beta) == [("town", 1)]
    for said in (here, there):
        assert (await firms.bob.call("GET", f"/api/v1/statuses/{said['id']}")).status == 200
    assert await firms.alice.thread("Town", "square") is not None


async def test_it_is_called_back_while_the_exchange_rests_and_after_he_was_withdrawn(written: Written) -> None:
    """J10: calling back passes a suspension."""
    firms = written.firms
    await firms.alpha.suspend("beta.test")
    await firms.settle()

    await withdraw(firms.beta)
    lines = await written.settled()

    assert {one.state for one in lines} == {"done"}
    text = await written.texts(firms.alpha)
    assert "marigold" not in text
    assert "saffron" not in text


@ON_SQLITE
async def test_only_own_people_while_there_is_an_exchange(written: Written) -> None:
    """T033: nobody else's posts, by whatever name."""
    firms = written.firms
    for person, community in (("alice@alpha.test", ""), ("http://alpha.test/users/alice", ""), ("bob", "board")):
        with pytest.raises(NotThere):
            await withdraw(firms.beta, person, community)

    await firms.beta.end(ALPHA)
    with pytest.raises(Refused, match="no exchange"):
        await withdraw(firms.beta)


async def test_more_than_a_batch_goes_whole_and_is_told_once(written: Written) -> None:
    firms = written.firms
    for number in range(30):
        await firms.bob.say(f"Number {number} of marigold", answering=written.thread)
    await firms.rest()

    assert (await withdraw(firms.beta)).posts == 32
    await firms.rest()

    assert len(await written.settled()) == 32
    assert "marigold" not in await written.texts(firms.alpha)
    assert [entry[2].rpartition(":")[2] for entry in await trail(firms.beta)] == ["25}", "7}"]
    assert len(await told(firms)) == 1


async def test_many_go_by_the_same_statements_on_either_side(written: Written) -> None:
    """Whoever waits for the locks of such a transaction on PostgreSQL gives up after five seconds."""
    firms = written.firms
    for number in range(12):
        await firms.bob.say(f"Number {number} of marigold", answering=written.thread)
    await firms.rest()

    with counted(firms.beta.db) as of_ours, counted(firms.alpha.db) as of_theirs:
        await withdraw(firms.beta)
        await firms.rest()
        await written.settled()

    # What comes in by other letters meanwhile says neither.
    assert len([one for one in of_ours.statements if one.startswith("DELETE FROM post_versions")]) == 1
    assert len([one for one in of_theirs.statements if one.startswith("DELETE FROM removals")]) == 1


@ON_SQLITE
async def test_an_administrator_sees_how_many_and_then_does_it(written: Written) -> None:
    """Section 9: an administrator; not an auditor, nor the members."""
    firms = written.firms
    desks = await offices(firms.beta, ALPHA)
    address = f"{desks.page}/posts"

    looked = await desks.admin.get(f"{address}?person=bob&community=")
    page = await pressed(desks.admin, looked, address)
    await firms.rest()

    assert "Delete 2 posts" in looked.text
    assert "called back there" in page.text
    assert "saffron" not in await written.texts(firms.alpha)
    assert [by for by, _, _ in await trail(firms.beta)] == ["olga@beta.test"]
    assert "no posts there" in (await desks.admin.get(f"{address}?person=bob")).text
    assert (await desks.auditor.get(f"{address}?person=ben")).status == 403
    csrf = (await desks.auditor.get("/me")).forms[0].fields["csrf"]
    assert (await desks.auditor.post(address, {"csrf": csrf, "person": "ben", "community": ""})).status == 403
    assert await preview(firms.beta, "ben") == [("plans", 1)]
