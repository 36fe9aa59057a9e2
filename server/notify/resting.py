"""What of that which is owed is pushed now, what waits until somebody may be disturbed, and what comes as one notice.

Pure: whose hours are which was read before (product section 7).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from models.queries.pushes import Ready
from models.queries.rest import Rests


@dataclass(frozen=True, slots=True)
class Notice:
    """One push: of one message, or in the place of several that waited."""

    message: Ready
    """The newest of them."""
    ids: tuple[int, ...]

    @property
    def person_id(self) -> int:
        """Whose it is."""
        return self.message.subscription.actor_id


@dataclass(slots=True)
class Turn:
    """What becomes of some messages."""

    notices: list[Notice] = field(default_factory=list)
    held: list[int] = field(default_factory=list)
    """Messages that wait."""
    until: dict[int, datetime] = field(default_factory=dict)
    """By subscription, until when."""


def parted(messages: Sequence[Ready], rests: Rests, now: datetime) -> Turn:
    """Nothing reaches somebody in their quiet hours; what waited comes as one notice afterwards."""
    turn = Turn()
    waited: dict[int, list[Ready]] = {}
    for message in messages:
        over = rests.over_at(message.subscription.actor_id, now)
        if over is not None:
            turn.held.append(message.id)
            turn.until[message.subscription.id] = over
        elif message.has_waited:
            waited.setdefault(message.subscription.id, []).append(message)
        else:
            turn.notices.append(Notice(message, (message.id,)))
    for together in waited.values():
        newest = max(together, key=lambda one: one.notification_id)
        turn.notices.append(Notice(newest, tuple(one.id for one in together)))
    return turn


def allowed(notices: Sequence[Notice], taken: dict[int, set[int]]) -> list[Notice]:
    """Those within the bound of a day; `taken` by person."""
    return [one for one in notices if one.message.notification_id in taken[one.person_id]]
