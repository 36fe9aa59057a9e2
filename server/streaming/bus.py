"""What committed transactions changed, on its way to the hub of this process: ids only (`models/signals.py`)."""

from collections.abc import Callable, Sequence

from models.signals import Signal

Take = Callable[[Sequence[Signal]], None]
"""Gets signals; returns at once."""


class MemoryBus:
    """Hands signals to the hub of this process."""

    def __init__(self) -> None:
        self._take: Take | None = None

    def deliver_to(self, take: Take) -> None:
        """Whoever shows what is told; a process without listeners has nobody."""
        self._take = take

    def publish(self, signals: Sequence[Signal]) -> None:
        """Tell what a transaction changed, after its commit."""
        if self._take is not None:
            self._take(signals)
