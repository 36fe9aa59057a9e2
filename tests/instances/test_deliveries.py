"""What alpha does with the answers of a partner to its deliveries: again on schedule, given up, held, in order."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

import pytest
from aiohttp import web

from server.doctor import look_at_peers
from server.supervisor import FIRST_WAIT_SECONDS
from tests.instances.conftest import ON_SQLITE
from tests.instances.scene import INBOX, SITES
from tests.support.api import Api
from tests.support.fake_peer import Asked, FakePeer, document
from tests.support.held_clock import HeldClock
from tests.support.instances import Instance
from tests.support.statements import counted
from tests.support.waiting import pause, until
from tests.support.writers import Writer

PARTNER = "partner.test"
REFUSALS = (400, 401, 403, 404, 405, 406, 413, 415, 422, 302)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@dataclass
class Sending:
    """alpha.test, where alice posts, and the partner that is sent it: bob there is a member."""

    home: Instance
    partner: FakePeer
    alice: Api
    bob: Writer

    async def ask(self, *words: str) -> None:
        """Post a question for each of the words."""
        for word in words:
            await self.alice.say(f"@sites {word}")

    def answer_with(self, status: int, **headers: str) -> None:
        """Answer deliveries so from now on."""
        self.partner.serve("/inbox", document(b"", status=status, **headers))

    def deliveries(self) -> list[Asked]:
        """Every delivery of a question so far, in order."""
        return [asked for asked in self.partner.asked_for("/inbox") if asked.document["type"] == "Announce"]

    def titles(self) -> list[str]:
        """What the deliveries were about."""
        return [asked.document["object"]["object"]["name"] for asked in self.deliveries()]

    def instants(self) -> list[datetime]:
        """When they were signed."""
        return [parsedate_to_datetime(asked.headers["Date"]) for asked in self.deliveries()]

    async def delivered(self, count: int) -> None:
        """Wait until there were so many deliveries."""

        async def are() -> bool:
            return len(self.deliveries()) >= count

        await until(are)

    async def waits(self) -> datetime:
        """Wait until the partner has to wait; until when."""

        async def is_put_off() -> datetime | None:
            at = (await self.home.health(PARTNER)).next_attempt_at
            return at if at is not None and at > self.home.clock.now() else None

        found = await until(is_put_off)
        assert found is not None
        return found

    def written(self, asked: str) -> str:
        """A `Retry-After` as it is written; `in ... hours` becomes a date."""
        if not asked.startswith("in "):
            return asked
        return format_datetime(self.home.clock.now() + timedelta(hours=int(asked.split()[1])), usegmt=True)

    def go_to(self, instant: datetime) -> None:
        """Let it be that time."""
        self.home.clock.advance(seconds=(instant - self.home.clock.now()).total_seconds())
        self.home.nudge()

    async def is_leased(self) -> bool:
        """Whether a sender has taken the partner on, by the clock as it is now."""
        until_when = await self.home.leased_until(PARTNER)
        return until_when is not None and until_when > self.home.clock.now()

    async def is_to_begin_anew(self) -> bool:
        """Whether a loop has failed and waits to be started again."""
        return self.home.clock.wakes_somebody_within(FIRST_WAIT_SECONDS)

    async def dead_letters(self, count: int) -> list[tuple[int | None, str]]:
        """The deliveries that were given up, once there are so many."""

        async def are() -> list[tuple[int | None, str]] | None:
            found = await self.home.dead_letters()
            return found if len(found) >= count else None

        return await until(are) or []


@pytest.fixture
async def sending(alpha: Instance, partner: FakePeer) -> AsyncIterator[Sending]:
    """The partner has joined, and takes everything at first."""
    async with sending_from(alpha, partner) as made:
        yield made


@asynccontextmanager
async def sending_from(alpha: Instance, partner: FakePeer) -> AsyncIterator[Sending]:
    async with alpha.running():
        await alpha.allow(PARTNER)
        alice = await alpha.person("alice")
        await alpha.community("sites", host=alice)
        # Knowing what the partner runs, alpha sends it one form of each activity.
        runs = {"software": {"name": "lemmy"}}
        links = {"rel": "http://nodeinfo.diaspora.software/ns/schema/2.1", "href": partner.url("/nodeinfo/2.1")}
        partner.serve("/.well-known/nodeinfo", document({"links": [links]}, content_type="application/json"))
        partner.serve("/nodeinfo/2.1", document(runs, content_type="application/json"))
        bob = Writer(partner.actor("bob"), SITES)
        await bob.actor.post(INBOX, bob.follow())
        await alpha.at_rest()
        yield Sending(alpha, partner, alice, bob)


async def test_a_partner_that_fails_is_tried_on_schedule_and_then_gets_all_in_order(sending: Sending) -> None:
    """T198 and threats 2.2: at once, after 1, 5 and 15 minutes, 1, 3 and 6 hours, then every 12 hours."""
    began = sending.home.clock.now()
    sending.answer_with(503)

    await sending.ask("first", "second", "third")
    for _ in range(8):
        due = await sending.waits()
        sending.go_to(due - timedelta(seconds=1))
        sending.go_to(due)
    due = await sending.waits()
    sending.answer_with(202)
    sending.go_to(due)
    await sending.home.at_rest()

    waits = [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, 12 * HOUR, 12 * HOUR]
    planned = [began + sum(waits[:count], timedelta()) for count in range(len(waits) + 1)]
    assert sending.instants() == [*planned, due, due]
    assert sending.titles() == ["first"] * 10 + ["second", "third"]
    assert await sending.home.dead_letters() == []


@ON_SQLITE
async def test_a_partner_that_says_when_to_come_again_is_left_alone_until_then(sending: Sending) -> None:
    """T195: in seconds or as a date, at most a day, never earlier than planned."""
    cases = [
        ("7200", 2 * HOUR),
        ("1", MINUTE),
        ("9999999999", 24 * HOUR),
        ("in 3 hours", 3 * HOUR),
        ("in 100 hours", 24 * HOUR),
        ("in -1 hours", MINUTE),
        ("soon", MINUTE),
    ]

    for number, (asked, kept) in enumerate(cases):
        sending.answer_with(429, **{"Retry-After": sending.written(asked)})
        await sending.ask(f"question{number}")
        due = await sending.waits()
        sending.answer_with(202)
        waited = due - sending.home.clock.now()
        sending.go_to(due)
        await sending.home.at_rest()

        assert waited == kept, asked


@ON_SQLITE
async def test_what_is_refused_becomes_a_dead_letter_and_the_next_goes_out(sending: Sending) -> None:
    """T196: 400 and 401 are tried once more in the other scheme."""
    for status in REFUSALS:
        sending.answer_with(status)
        await sending.ask(f"refused{status}")
        await sending.dead_letters(REFUSALS.index(status) + 1)
        sending.answer_with(202)
        await sending.ask(f"next{status}")
        await sending.home.at_rest()

    assert [(status, reason[:8]) for status, reason in await sending.home.dead_letters()] == [
        (status, f"HTTP {status}") for status in REFUSALS
    ]
    assert [title for title in sending.titles() if title.startswith("next")] == [f"next{one}" for one in REFUSALS]
    knocks = Counter(title for title in sending.titles() if title.startswith("refused"))
    assert knocks == {f"refused{status}": 2 if status in (400, 401) else 1 for status in REFUSALS}


@ON_SQLITE
@pytest.mark.parametrize(
    ("hours", "said"),
    [(0, "HTTP 401"), (26, "HTTP 401: its clock is 26 hours ahead of ours; keep both by NTP")],
)
async def test_who_refuses_a_signature_for_its_time_is_named_with_its_clock(
    sending: Sending, hours: int, said: str
) -> None:
    """J10: the operator reads why, in what partners, the queue and `doctor` show."""
    theirs = sending.home.clock.now() + timedelta(hours=hours)
    sending.answer_with(401, Date=format_datetime(theirs, usegmt=True))
    await sending.ask("refused")

    assert await sending.dead_letters(1) == [(401, said)]
    assert (await sending.home.health(PARTNER)).last_error == said
    async with sending.home.db.read() as tx:
        check = await look_at_peers(tx)
    assert (check.ok, said in check.hint) == (hours == 0, hours != 0)


async def test_five_refusals_in_a_row_pause_the_partner_and_keep_the_rest(sending: Sending) -> None:
    """T196: a broken proxy there does not empty our queue; after half an hour there is one probe."""
    began = sending.home.clock.now()
    sending.answer_with(403)

    await sending.ask(*(f"question{number}" for number in range(8)))
    assert await sending.waits() == began + 30 * MINUTE
    assert len(await sending.dead_letters(5)) == 5
    sending.go_to(await sending.waits())
    await sending.delivered(6)
    assert await sending.waits() == began + 60 * MINUTE
    sending.answer_with(202)
    sending.go_to(await sending.waits())
    await sending.home.at_rest()

    assert sending.titles() == [f"question{number}" for number in range(8)]
    assert len(await sending.home.dead_letters()) == 6


@ON_SQLITE
async def test_an_inbox_that_is_gone_is_owed_nothing_more(sending: Sending) -> None:
    """T196."""
    sending.answer_with(503)
    await sending.ask("first", "second", "third")
    due = await sending.waits()
    sending.answer_with(410)

    sending.go_to(due)
    await sending.home.at_rest()

    assert sending.titles() == ["first", "first"]
    assert await sending.home.dead_letters() == []


async def test_a_suspension_holds_the_queue_and_resuming_goes_on_in_order(sending: Sending) -> None:
    await sending.ask("before")
    await sending.home.at_rest()
    await sending.home.suspend(PARTNER)
    before = len(sending.partner.asked)

    words = [f"question{number}" for number in range(10)]
    await sending.ask(*words)
    sending.go_to(sending.home.clock.now() + timedelta(days=2))
    refused = await sending.bob.actor.post(INBOX, sending.bob.create("meanwhile"))
    held = (await sending.home.health(PARTNER)).backlog
    unasked = len(sending.partner.asked)
    await sending.home.resume(PARTNER)
    await sending.home.at_rest()

    assert refused.status == 403
    assert (held, unasked) == (10, before)
    assert sending.titles() == ["before", *words]
    assert await sending.home.dead_letters() == []


async def test_a_clock_that_jumps_ahead_sends_nothing_twice(sending: Sending, clock: HeldClock) -> None:
    """T213: what is under way outlives its lease, and nobody begins it a second time beside it."""
    may_answer = asyncio.Event()

    async def slow(_: web.BaseRequest) -> web.Response:
        await may_answer.wait()
        return web.Response(status=202)

    sending.partner.serve("/inbox", slow)
    await sending.ask("question0")
    await sending.delivered(1)

    for number in range(1, 4):
        clock.jump(minutes=10)
        await sending.ask(f"question{number}")
        await until(sending.is_leased)
    may_answer.set()
    await sending.home.at_rest()

    assert sending.titles() == [f"question{number}" for number in range(4)]


@ON_SQLITE
async def test_a_database_that_is_locked_while_an_answer_comes_holds_nothing_up_for_good(sending: Sending) -> None:
    """T209: what could not be written down is sent again, and the partner is not left leased for ever."""
    file = str(sending.home.db.engine.sync_engine.url.database)
    lock = sqlite3.connect(file, isolation_level=None)

    async def locking(_: web.BaseRequest) -> web.Response:
        lock.execute("BEGIN IMMEDIATE")
        return web.Response(status=202)

    sending.partner.serve("/inbox", locking)
    await sending.ask("question")
    await until(sending.is_to_begin_anew)
    lock.close()
    sending.answer_with(202)
    sending.go_to(sending.home.clock.now() + timedelta(seconds=2))
    await sending.home.at_rest()

    assert sending.titles() == ["question", "question"]


@ON_SQLITE
async def test_a_server_that_is_told_to_federate_no_more_does_not_try_over_and_over(
    alpha: Instance, partner: FakePeer
) -> None:
    async with sending_from(alpha, partner) as sending:
        sending.answer_with(503)
        await sending.ask("question")
        await sending.waits()

    alpha.clock.advance(hours=1)
    async with alpha.running(federation="off"):
        with counted(alpha.db) as found:
            await pause(0.5)

    assert len([one for one in found.statements if one.startswith("UPDATE delivery_queues")]) < 5
    assert sending.titles() == ["question"]
