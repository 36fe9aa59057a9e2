"""Time-ordered ids: milliseconds since 1970, then 6 bits of process slot and 10 of counter.

Client apps turn dates into ids by this rule and order by them, so the id of a thing must agree with its date.
"""

from collections import OrderedDict
from datetime import datetime, timedelta

from models.base import EPOCH

_MILLISECOND = timedelta(milliseconds=1)
SLOT_BITS, COUNTER_BITS = 6, 10
SLOTS = 1 << SLOT_BITS


_PAST_KEPT = 4096
_HALF = 1 << (COUNTER_BITS - 1)


class IdSource:
    """Makes ids for one process. `slot` (0 to 63) is this process's alone while it runs.

    The lower half of the counter is for the present, the upper half for what is dated in the past.
    """

    def __init__(self, slot: int = 0) -> None:
        if not 0 <= slot < SLOTS:
            raise ValueError(f"slot {slot} is outside 0..{SLOTS - 1}")
        self._slot = slot << COUNTER_BITS
        self._newest = 0
        """The latest millisecond that was asked for."""
        self._issued = 0
        """The millisecond of the last id for the present: ahead of `_newest` while one was too full."""
        self._counter = 0
        self._past: OrderedDict[int, int] = OrderedDict()
        """How many ids were given for a past millisecond, of those asked for lately."""

    def next(self, at: datetime) -> int:
        """A fresh id for this instant.

        Ids asked for with growing instants grow; more than fit in a millisecond run on into the next. A late remote
        post gets an id of its own past instant.
        """
        millisecond = (at - EPOCH) // _MILLISECOND
        if millisecond < self._newest:
            return self._next_past(millisecond)
        self._newest = millisecond
        if millisecond > self._issued:
            self._issued, self._counter = millisecond, 0
        else:
            self._counter += 1
            if self._counter == _HALF:
                self._issued, self._counter = self._issued + 1, 0
        return self._composed(self._issued, self._counter)

    def _next_past(self, millisecond: int) -> int:
        given = self._past.pop(millisecond, 0)
        self._past[millisecond] = given + 1
        if len(self._past) > _PAST_KEPT:
            self._past.popitem(last=False)
        # A peer may date everything alike: what does not fit in its millisecond goes into the next ones.
        return self._composed(millisecond + given // _HALF, _HALF + given % _HALF)

    def _composed(self, millisecond: int, counter: int) -> int:
        return (millisecond << (SLOT_BITS + COUNTER_BITS)) | self._slot | counter


def first_id_at(at: datetime) -> int:
    """The smallest id of this millisecond: ids below it are older."""
    return ((at - EPOCH) // _MILLISECOND) << (SLOT_BITS + COUNTER_BITS)
