"""Wake-ups (`federation.runtime.Events`): within one process, and between the processes of one PostgreSQL database.

Losing one costs seconds, never data: who waits looks anew every two seconds.
"""

import asyncio
from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final

from sqlalchemy import make_url

SECONDS_BETWEEN_NOTICES: Final = 0.1
"""Other processes are told at most ten times a second for each channel (architecture section 11)."""

_PREFIX: Final = "entrepairs_"


class LocalEvents:
    """One flag for each channel; each channel has one waiter."""

    def __init__(self) -> None:
        self._flags: dict[str, asyncio.Event] = {}

    def wake(self, channel: str) -> None:
        """Tell whoever waits on the channel."""
        self._flag(channel).set()

    async def wait(self, channel: str, timeout: float) -> bool:
        """True when the channel was woken since the last wait; False after `timeout` seconds."""
        flag = self._flag(channel)
        if not flag.is_set() and timeout > 0:
            try:
                async with asyncio.timeout(timeout):
                    await flag.wait()
            except TimeoutError:
                return False
        was_woken = flag.is_set()
        flag.clear()
        return was_woken

    def _flag(self, channel: str) -> asyncio.Event:
        return self._flags.setdefault(channel, asyncio.Event())


class SharedEvents(LocalEvents):
    """Wakes the waiters of other processes too, by notices on a connection of its own.

    After the commit and apart from it: a notice inside a transaction would make commits wait for each other.
    """

    def __init__(self, database_url: str, channels: Sequence[str]) -> None:
        super().__init__()
        self._url = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._channels = channels
        self._untold: set[str] = set()
        self._something_to_tell = asyncio.Event()
        self.listening = asyncio.Event()
        """Set while what other processes say is heard."""

    def wake(self, channel: str) -> None:
        """Tell whoever waits on the channel, here at once, elsewhere within a tenth of a second."""
        super().wake(channel)
        self._untold.add(channel)
        self._something_to_tell.set()

    async def run(self) -> None:
        """Listen and tell until cancelled. Raises `OSError`, or what the driver raises, when the connection is lost."""
        # Not at the top of the file: it takes five megabytes of every process that serves from SQLite.
        connection = await import_module("asyncpg").connect(self._url)
        connection.add_termination_listener(lambda _: self._something_to_tell.set())
        try:
            for channel in self._channels:
                await connection.add_listener(_PREFIX + channel, self._heard)
            self.listening.set()
            while not connection.is_closed():
                await self._tell(connection)
        finally:
            self.listening.clear()
            await connection.close(timeout=1)
        raise ConnectionResetError("the database closed the connection on which processes wake each other")

    async def _tell(self, connection: Any) -> None:
        await self._something_to_tell.wait()
        self._something_to_tell.clear()
        untold, self._untold = self._untold, set()
        if connection.is_closed():
            return
        for channel in sorted(untold.intersection(self._channels)):
            # Not by NOTIFY, which wants a channel's name quoted as `add_listener` does by itself.
            await connection.execute("SELECT pg_notify($1, '')", _PREFIX + channel)
        rested = asyncio.Event()
        asyncio.get_running_loop().call_later(SECONDS_BETWEEN_NOTICES, rested.set)
        await rested.wait()

    def _heard(self, connection: Any, pid: int, channel: str, _: object) -> None:
        if pid != connection.get_server_pid():
            LocalEvents.wake(self, channel.removeprefix(_PREFIX))
