"""An activity that cannot be applied, for whatever reason of ours: tried again, then set aside, and in nobody's way.

The reason is a trigger in the database that refuses one post.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from structlog.testing import capture_logs
from structlog.typing import EventDict

from models.inbox import FAILED, InboxActivity
from tests.instances.conftest import ON_SQLITE
from tests.instances.scene import Scene
from tests.support.writers import Writer

ATTEMPTS = 8
_REFUSE = "CREATE TRIGGER refuse BEFORE INSERT ON posts WHEN NEW.title = 'poison' BEGIN SELECT RAISE(ABORT, 'no'); END"


async def refuse_poison(scene: Scene) -> None:
    async with scene.home.db.write() as tx:
        await tx.execute(text(_REFUSE))


async def allow_poison(scene: Scene) -> None:
    async with scene.home.db.write() as tx:
        await tx.execute(text("DROP TRIGGER refuse"))


async def pass_waits(scene: Scene, count: int) -> None:
    """Let the first so many waits pass, each twice as long as the one before it, beginning with a minute."""
    for turn in range(count):
        scene.home.clock.advance(seconds=timedelta(minutes=2**turn).total_seconds())
        await scene.home.apply()


async def set_aside(scene: Scene) -> list[tuple[str, int, str]]:
    """Ids of the activities that were given up, how often they had been tried before, and why."""
    statement = select(InboxActivity.activity_uri, InboxActivity.attempts, InboxActivity.reason)
    async with scene.home.db.read() as tx:
        return [tuple(row) for row in await tx.select(statement.where(InboxActivity.state == FAILED))]


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[EventDict]]:
    """What is logged, kept instead of printed with the whole of every failure."""
    with capture_logs() as entries:
        yield entries


@ON_SQLITE
async def test_a_poisonous_activity_is_set_aside_after_eight_tries_and_blocks_nobody_else(
    ours: Scene, logs: list[EventDict]
) -> None:
    """T199: what its author said later waits behind it, in order; everybody else goes on at once."""
    await refuse_poison(ours)
    poison, after = ours.bob.create("poison"), ours.bob.create("after")

    await ours.arrive([poison, after, ours.carol.create("aside")], one_by_one=False)
    at_once = [word for word in ("poison", "after", "aside") if await ours.shown(word)]
    await pass_waits(ours, ATTEMPTS - 2)
    almost = (await set_aside(ours), await ours.shown("after"))
    await pass_waits(ours, ATTEMPTS - 1)

    assert at_once == ["aside"]
    assert almost == ([], None)
    assert await set_aside(ours) == [(poison["id"], ATTEMPTS - 1, "IntegrityError")]
    assert await ours.shown("after") is not None
    assert await ours.shown("poison") is None
    alarms = [entry for entry in logs if entry["event"] == "inbox.set_aside"]
    assert [(alarm["log_level"], alarm["activity"]) for alarm in alarms] == [("error", poison["id"])]


@ON_SQLITE
async def test_an_activity_that_failed_once_has_its_effect_later_though_its_sender_was_told_that_it_came(
    ours: Scene,
) -> None:
    """T200: being received and having an effect are two things; sending it again changes neither."""
    bob: Writer = ours.bob
    await refuse_poison(ours)
    poison = bob.create("poison")
    await ours.arrive([poison])
    await allow_poison(ours)

    await ours.arrive([poison])
    again = await ours.shown("poison")
    await pass_waits(ours, 1)

    assert again is None
    assert await ours.shown("poison") is not None
    assert await set_aside(ours) == []
