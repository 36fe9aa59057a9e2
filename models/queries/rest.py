"""Reading when people are left in peace."""

from collections.abc import Collection
from datetime import datetime, time

import msgspec
from sqlalchemy import select

from models.engine import ReadTx
from models.queries import quiet
from models.quiet import QuietHours
from models.rest import FIRMS, NONE, OWN, Rest


class Choice(msgspec.Struct, frozen=True):
    """What one person chose, in the order of the columns."""

    keeps: str = FIRMS
    zone: str | None = None
    begins: str | None = None
    ends: str | None = None
    working_days: list[int] = []
    away_until: datetime | None = None


_COLUMNS = tuple(getattr(Rest, name) for name in Choice.__struct_fields__)


class Rests(msgspec.Struct, frozen=True):
    """The firm's hours, which are those of the product until it chose others, and what people chose."""

    firm: QuietHours
    choices: dict[int, Choice]

    def over_at(self, person_id: int, at: datetime) -> datetime | None:
        """When a person may be told something again; None: now."""
        choice = self.choices.get(person_id, Choice())
        hours = self._hours(choice)
        start = max(at, choice.away_until) if choice.away_until is not None else at
        over = hours.over_at(start, zone=choice.zone) if hours is not None else start
        return over if over > at else None

    def day_of(self, person_id: int, at: datetime) -> str:
        """The date where a person is."""
        return self.local(person_id, at).date().isoformat()

    def local(self, person_id: int, at: datetime) -> datetime:
        """The same moment by the clocks where a person is."""
        return self.firm.local(at, zone=self.choices.get(person_id, Choice()).zone)

    def _hours(self, choice: Choice) -> QuietHours | None:
        if choice.keeps == NONE:
            return None
        if choice.keeps == OWN and choice.begins and choice.ends and choice.working_days:
            return msgspec.structs.replace(
                self.firm,
                begins=time.fromisoformat(choice.begins),
                ends=time.fromisoformat(choice.ends),
                working_days=tuple(choice.working_days),
            )
        return self.firm


async def of_people(tx: ReadTx, person_ids: Collection[int]) -> Rests:
    """The hours of these people: two statements."""
    statement = select(Rest.actor_id, *_COLUMNS).where(Rest.actor_id.in_(person_ids))
    choices = {row[0]: Choice(*row[1:]) for row in await tx.select(statement)}
    return Rests(await quiet.firm_hours(tx), choices)
