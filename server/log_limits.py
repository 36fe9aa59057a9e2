"""Refusals in the log within bounds: somebody who is refused a thousand times a second must not fill the disk (R8).

The first few of a kind, by host and reason, have a line each; of the others one line a minute says how many they were.
"""

from collections.abc import MutableMapping
from typing import Any, Final

import structlog

from federation.runtime import Clock

LINES: Final = 10
WINDOW_SECONDS: Final = 60.0

_LIMITED: Final = frozenset({"inbox.refused", "inbox.rejected", "read.refused", "request.malformed"})
_Kind = tuple[str, str, str]

log = structlog.get_logger()


class RefusalLimit:
    """A processor of structlog, which lets through `LINES` of each kind in a window and counts the others.

    Kinds are few: strangers share one host, reasons are codes.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since = clock.monotonic()
        self._counts: dict[_Kind, int] = {}

    def __call__(self, _: Any, __: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """The entry; raises `structlog.DropEvent` for one too many of its kind."""
        if entry["event"] not in _LIMITED:
            return entry
        kind = (entry["event"], str(entry.get("peer")), str(entry.get("reason")))
        count = self._counts[kind] = self._counts.get(kind, 0) + 1
        if count > LINES:
            raise structlog.DropEvent
        return entry

    def end_window(self) -> None:
        """Say how many lines were left out since the last window, and begin a new one."""
        now = self._clock.monotonic()
        counts, seconds = self._counts, round(now - self._since)
        self._counts, self._since = {}, now
        for (event, peer, reason), count in counts.items():
            if count > LINES:
                log.warning(f"{event}.more", peer=peer, reason=reason, left_out=count - LINES, seconds=seconds)

    async def run(self) -> None:
        """A window after the other, until cancelled."""
        try:
            while True:
                await self._clock.sleep(WINDOW_SECONDS)
                self.end_window()
        finally:
            self.end_window()
