"""Accounts as they stand beside posts, kept for a moment."""

from collections.abc import Callable, Collection
from typing import Final

from federation.runtime import Clock
from models.engine import ReadTx
from models.queries import actors
from models.queries.actors import ActorRow, Counts
from server.mastodon.entities import Account

COUNTS_KEPT_SECONDS: Final = 60.0
PROFILES_KEPT_SECONDS: Final = 5.0
PEOPLE_KEPT: Final = 10_000

NO_COUNTS: Final = Counts(posts=0, followers=0, following=0, last_post_at=None)

Shown = tuple[ActorRow, Account]
"""An actor and how the client API shows it."""


class People:
    """Accounts as they stand beside posts. Loading them costs more than the page, so they are kept for a moment.

    What a profile says is at most five seconds old, its counts a minute. An account that is asked for by itself is
    loaded at once, and who may see what is never kept at all.
    """

    def __init__(self, shown: Callable[[ActorRow, Counts], Account], clock: Clock) -> None:
        self._shown = shown
        self._clock = clock
        self._profiles: dict[int, tuple[float, Shown]] = {}
        self._counts: dict[int, tuple[float, Counts]] = {}

    async def of(self, tx: ReadTx, ids: Collection[int], *, anew: Collection[int] = ()) -> dict[int, Shown]:
        """Those of the actors that are there, by id; `anew`: those of them that are asked for by themselves."""
        now = self._clock.monotonic()
        missing = [one for one in ids if one in anew or one not in self._profiles or self._profiles[one][0] < now]
        if missing:
            await self._load(tx, missing, now)
        return {one: self._profiles[one][1] for one in ids if one in self._profiles and self._profiles[one][0] >= now}

    async def _load(self, tx: ReadTx, ids: list[int], now: float) -> None:
        if len(self._profiles) > PEOPLE_KEPT:
            self._profiles.clear()
            self._counts.clear()
        uncounted = {one for one in ids if one not in self._counts or self._counts[one][0] < now}
        for one, (actor, counted) in (await actors.with_counts(tx, ids, uncounted)).items():
            if counted is not None:
                self._counts[one] = now + COUNTS_KEPT_SECONDS, counted
            counts = self._counts[one][1] if one in self._counts else NO_COUNTS
            self._profiles[one] = now + PROFILES_KEPT_SECONDS, (actor, self._shown(actor, counts))
