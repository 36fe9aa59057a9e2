"""The facts from which the figures of a week are made, and the figures themselves, as plain data."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import msgspec

from models.rituals import Ritual

SIZE = "size"
PARTICIPATION = "participation"
BREADTH = "breadth"
ANSWERS = "answers"
ACCEPTANCE = "acceptance"
FIRST_ANSWER = "first-answer"
WELCOME = "welcome"
TRANSVERSALITY = "transversality"
CROSS_FIRM = "cross-firm"
OFF_HOURS = "off-hours"
RHYTHM = "rhythm"
PULSE = "pulse"

MEASURES = (
    SIZE,
    PARTICIPATION,
    BREADTH,
    ANSWERS,
    ACCEPTANCE,
    FIRST_ANSWER,
    WELCOME,
    TRANSVERSALITY,
    CROSS_FIRM,
    OFF_HOURS,
    RHYTHM,
    PULSE,
)
"""In the order of product section 6."""


class Member(msgspec.Struct, frozen=True):
    """Somebody who belonged to the community on the last day."""

    firm: int | None
    """Id of the partner; None: ours."""
    unit: str | None
    """What the directory calls their department; None: it is not known."""
    joined_at: datetime


class Written(msgspec.Struct, frozen=True):
    """A post of the community: who and when, never what."""

    id: int
    author_id: int
    firm: int | None
    parent_id: int | None
    thread_id: int | None
    at: datetime
    opens: bool
    is_question: bool
    has_answer: bool
    accepted_at: datetime | None


class Facts(msgspec.Struct, frozen=True):
    """What happened in a community in the eight weeks before `end`. Kept in memory for the time of the sum."""

    members: dict[int, Member]
    posts: list[Written]
    other_acts: list[tuple[int, datetime]]
    """Who reacted or voted, and when."""
    rituals: Sequence[Ritual] = ()
    """All of the community."""
    marks: Mapping[int, int] = msgspec.field(default_factory=dict)
    """How many gave each mark of the pulse in the last month that is over at the end."""


class Figure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One measure as it is shown. Nothing set: hidden, for too few people or things are behind it."""

    value: int | None = None
    """People, per cent, per hundred messages, half working days, weeks, or half marks."""
    least: int | None = None
    most: int | None = None
    """A band in per cent, where a figure would speak of fewer than k people."""
    change: int | None = None
    """Of a size: against the one that was shown before."""
    is_change_small: bool = False
    """Fewer than k came or went: the size of before is still shown."""
    since: date | None = None
    """The week from which the value stands, where a new one would tell of fewer than k people."""
    below: int | None = None
    """Of a size that is not shown, in pages: the threshold of then, where it was a greater one than now."""


class Ground(msgspec.Struct, frozen=True):
    """An exact value of a measure of people that was shown in some week."""

    value: int
    counts: tuple[int, ...]
    """Of people; each is 0 or at least k. Of a rate: one side, the other and both; of a band: both alone."""
    week: date


Grounds = dict[str, list[Ground]]
"""All that was shown exactly of each measure of people, the oldest first."""
