"""What a server holds on to does not grow with what it has done (threats T216). Days are for operators to watch; this
is the bound behind them: after some hundreds of requests of every kind, as many again leave no more behind.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import ClientSession, ClientTimeout, DummyCookieJar

from tests.support.everyday import memory_kib, one_of_each, open_files
from tests.support.processes import RunningFirm, laboratory

pytestmark = pytest.mark.process

ROUNDS = 30
MOST_GROWTH_KIB = 24 * 1024
"""Of a server of a hundred MiB; what leaks a few dozen KiB with each request goes beyond it."""


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[RunningFirm]:
    """A server that runs, with the community `sites` of alice."""
    with laboratory(tmp_path, ["alpha.test"]) as (running,):
        running.add_people("alice")
        running.ask("community", "create", "sites", "--title", "Sites", "--host", "alice")
        running.start()
        yield running


async def test_files_and_memory_do_not_grow_with_what_was_done(firm: RunningFirm) -> None:
    """T216."""
    async with ClientSession(cookie_jar=DummyCookieJar(), timeout=ClientTimeout(60)) as session:
        alice = firm.person(session, "alice")
        for number in range(2 * ROUNDS):
            await one_of_each(firm, alice, number)
        before = open_files(firm), memory_kib(firm)

        for number in range(2 * ROUNDS, 4 * ROUNDS):
            await one_of_each(firm, alice, number)

        after = open_files(firm), memory_kib(firm)
    assert after[0] <= before[0] + 2, (before, after)
    assert after[1] - before[1] < MOST_GROWTH_KIB, (before, after)
