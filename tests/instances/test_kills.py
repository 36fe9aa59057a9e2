"""Servers that are killed at any moment, and stopped at any moment, while people use them: no promise is broken.

`TEST_SEED` chooses the moments, `TEST_KILLS` how many there are.
"""

import asyncio
import os
import random
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession, ClientTimeout, DummyCookieJar
from sqlalchemy import func, select

from models.engine import Database
from models.inbox import PROCESSED, InboxActivity
from tests.instances.conftest import ON_SQLITE
from tests.support.api import Api
from tests.support.busy_people import TITLE, BusyPerson, Ledger, Promise, plain
from tests.support.processes import RunningFirm, laboratory
from tests.support.waiting import pause, until

pytestmark = pytest.mark.process

SEED = int(os.environ.get("TEST_SEED", "20261"))
KILLS = int(os.environ.get("TEST_KILLS", "6"))
LONGEST_PEACE_SECONDS = 2.0
SETTLED_SECONDS = 150.0
STOP_SECONDS = 10.0

PEOPLE = {"alpha.test": ("alice", "ada"), "beta.test": ("bob", "bea")}
HANDLE = "@sites@alpha.test"


@pytest.fixture
def firms(tmp_path: Path, new_database: Callable[[], str]) -> Iterator[list[RunningFirm]]:
    """alpha, where the community is, and beta, both running; on SQLite, and on PostgreSQL."""
    urls = {host: new_database() for host in PEOPLE}
    with laboratory(tmp_path, list(PEOPLE), urls) as (alpha, beta):
        alpha.ask("partner", "allow", "beta.test")
        beta.ask("partner", "allow", "alpha.test")
        for firm in (alpha, beta):
            firm.add_people(*PEOPLE[firm.host])
        alpha.ask("community", "create", "sites", "--title", TITLE, "--host", "alice", "--scope", "all")
        for firm in (alpha, beta):
            firm.launch()
        for firm in (alpha, beta):
            firm.wait_until_ready()
        yield [alpha, beta]


@pytest.fixture
async def apps(firms: list[RunningFirm]) -> AsyncIterator[list[Api]]:
    """What everybody uses; all are members."""
    async with ClientSession(cookie_jar=DummyCookieJar(), timeout=ClientTimeout(20)) as session:
        made = [firm.person(session, name) for firm in firms for name in PEOPLE[firm.host]]
        for app in made[1:]:
            await app.join(HANDLE)
        yield made


async def test_whatever_was_answered_survives_kills_once_and_in_order(
    firms: list[RunningFirm], apps: list[Api]
) -> None:
    """T188 to T192, T200."""
    chance = random.Random(SEED)
    print(f"TEST_SEED={SEED} TEST_KILLS={KILLS}")

    async with busy(apps, chance) as ledger:
        for _ in range(KILLS):
            await pause(chance.uniform(0, LONGEST_PEACE_SECONDS))
            await kill_and_start(chance.choice((firms[:1], firms[1:], firms)))
    await settle(firms)

    print(f"{len(ledger.posts)} posts, {ledger.cut} requests cut, {len(ledger.statuses)} refused")
    assert ledger.cut > 0
    for app in (apps[0], apps[2]):
        await assert_kept(ledger, app)
    assert await display(apps[0]) == await display(apps[2])
    for firm in firms:
        assert await unprocessed(firm) == 0


@ON_SQLITE
async def test_a_server_that_is_told_to_stop_finishes_what_it_has_in_hand_within_ten_seconds(
    firms: list[RunningFirm], apps: list[Api]
) -> None:
    """T215: under load; nobody gets an error but that of a server that is away."""
    async with busy(apps, random.Random(SEED)) as ledger:
        ends = []
        for firm in firms:
            await pause(1)
            ends.append(await asyncio.to_thread(firm.stop))
            await asyncio.to_thread(firm.start)
    await settle(firms)

    assert [status for status, _ in ends] == [0, 0]
    assert max(seconds for _, seconds in ends) < STOP_SECONDS
    assert set(ledger.statuses) <= {503}
    for app in (apps[0], apps[2]):
        await assert_kept(ledger, app)


async def kill_and_start(firms: list[RunningFirm]) -> None:
    for firm in firms:
        firm.kill()
    for firm in firms:
        firm.launch()
    for firm in firms:
        await asyncio.to_thread(firm.wait_until_ready)


@asynccontextmanager
async def busy(apps: list[Api], chance: random.Random) -> AsyncIterator[Ledger]:
    """Everybody works for the time of the block, and finishes what they are at when it ends."""
    ledger, is_over = Ledger(), asyncio.Event()
    async with asyncio.TaskGroup() as people:
        for app in apps:
            people.create_task(BusyPerson(app, ledger, random.Random(chance.random())).work(is_over))
        yield ledger
        is_over.set()


async def settle(firms: list[RunningFirm]) -> None:
    """Let the operators end every wait, and wait until nothing is owed and everything is applied."""
    alpha, beta = firms

    async def is_settled() -> bool:
        await asyncio.to_thread(alpha.ask, "partner", "resume", "beta.test")
        await asyncio.to_thread(beta.ask, "partner", "resume", "alpha.test")
        queues = [await asyncio.to_thread(firm.ask, "queue", "status") for firm in firms]
        return not any(queue["inbox_pending"] or queue["deliveries_pending"] for queue in queues)

    await until(is_settled, seconds=SETTLED_SECONDS)


Thread = tuple[str, int, list[str]]
"""What an opening post says, how many like it, and what is said below it."""


async def display(app: Api) -> list[Thread]:
    """Everything in the community as somebody sees it, oldest first."""
    threads = reversed(await app.threads(TITLE))
    return [
        (plain(thread), thread["favourites_count"], [plain(reply) for reply in await app.replies(thread)])
        for thread in threads
    ]


async def assert_kept(ledger: Ledger, app: Api) -> None:
    """Everything that was promised is shown, once, what one person said in the order in which they said it."""
    shown = await display(app)

    promised = [
        (thread.text, len(thread.likes), sorted(reply.text for reply in ledger.replies(thread.word)))
        for thread in ledger.threads()
    ]
    assert sorted((text, likes, sorted(replies)) for text, likes, replies in shown) == sorted(promised)
    assert by_author([text for text, _, _ in shown]) == by_author(texts(ledger.threads()))
    for text, _, replies in shown:
        assert by_author(replies) == by_author(texts(ledger.replies(text.partition(" ")[0])))


def texts(promises: list[Promise]) -> list[str]:
    return [promise.text for promise in promises]


def by_author(said: list[str]) -> dict[str, list[str]]:
    """What each person said, in this order."""
    found: dict[str, list[str]] = {}
    for text in said:
        found.setdefault(text.partition("-")[0], []).append(text)
    return found


async def unprocessed(firm: RunningFirm) -> int:
    """How many received activities were refused or set aside: the partners are honest, so there is no reason to."""
    db = Database(firm.firm.settings["DATABASE_URL"], pool_size=1)
    async with db.read() as tx:
        count = int(await tx.scalar(select(func.count()).where(InboxActivity.state != PROCESSED)))
    await db.close()
    return count
