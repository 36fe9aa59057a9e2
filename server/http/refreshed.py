"""A fact of the installation that pages show: kept in the process, and looked up again after some seconds."""

from collections.abc import Awaitable, Callable
from typing import Final, Generic, TypeVar

from models.engine import ReadTx

EVERY_SECONDS: Final = 20.0

T = TypeVar("T")


class Refreshed(Generic[T]):
    """The fact as this process knows it."""

    def __init__(self, start: T, look: Callable[[ReadTx], Awaitable[T]]) -> None:
        """`start` holds until `look` has been called for the first time."""
        self.value = start
        self._look = look
        self._looked_at: float | None = None

    def show(self, value: T) -> None:
        """From now on, here."""
        self.value = value

    async def refresh(self, tx: ReadTx, monotonic: float) -> None:
        """Look again if it is long enough ago: another process may have been told."""
        if self._looked_at is None or monotonic - self._looked_at >= EVERY_SECONDS:
            self._looked_at = monotonic
            self.value = await self._look(tx)
