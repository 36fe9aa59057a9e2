"""Quiet hours, for tests that are not about them and run on real time."""

from datetime import time
from pathlib import Path

import msgspec

from models.engine import Database
from models.quiet import FACT, QuietHours
from models.writes import state
from tests.support.databases import run

_NEVER_QUIET = QuietHours(begins=time.max, ends=time.min, working_days=tuple(range(7)))


def never_quiet(sqlite_file: Path) -> None:
    """Let a firm alert its people now, whatever the clock of this machine says."""

    async def choose() -> None:
        db = Database(f"sqlite+aiosqlite:///{sqlite_file}")
        async with db.write() as tx:
            await state.put(tx, FACT, msgspec.json.encode(_NEVER_QUIET).decode())
        await db.close()

    run(choose())
