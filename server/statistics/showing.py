"""What a page shows of the health of communities: settled weeks only, and of the hidden one nothing."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import msgspec

from models import measures
from models.engine import ReadTx
from models.measures import SIZE, Figure
from models.queries import statistics as reading
from models.queries.statistics import WeekRow
from server.http.languages import to_translate
from server.statistics.measuring import WEEK
from server.statistics.rules import HIDDEN
from server.statistics.together import together

WEEKS_SHOWN: Final = 26

PEOPLE, PERCENT, PER_HUNDRED, HALF_DAYS = "people", "percent", "per hundred", "half days"
WEEKS, MARK = "weeks", "half marks"
PEOPLE_IN_ALL: Final = "people in all"
"""Of several communities: where there is no sum, nothing is said of how large it is."""


class Measure(msgspec.Struct, frozen=True):
    """How a measure is called and explained."""

    key: str
    title: str
    meaning: str
    unit: str


MEASURES: Final = (
    Measure(
        measures.SIZE,
        to_translate("Size"),
        to_translate("Members on the last day of the four weeks."),
        PEOPLE,
    ),
    Measure(
        measures.PARTICIPATION,
        to_translate("Participation"),
        to_translate("Members who wrote, reacted or voted at least once in the four weeks."),
        PERCENT,
    ),
    Measure(
        measures.BREADTH,
        to_translate("Breadth"),
        to_translate("Different authors for each hundred posts and replies."),
        PER_HUNDRED,
    ),
    Measure(
        measures.ANSWERS,
        to_translate("Questions answered"),
        to_translate("Questions that another person answered within seven days."),
        PERCENT,
    ),
    Measure(
        measures.ACCEPTANCE,
        to_translate("Answers accepted"),
        to_translate("Questions whose author accepted an answer within twenty-one days."),
        PERCENT,
    ),
    Measure(
        measures.FIRST_ANSWER,
        to_translate("Time to the first answer"),
        to_translate("Half of the answered questions waited less, in working time."),
        HALF_DAYS,
    ),
    Measure(
        measures.WELCOME,
        to_translate("Welcome of newcomers"),
        to_translate("Newcomers who took part, or were answered, within fourteen days."),
        PERCENT,
    ),
    Measure(
        measures.TRANSVERSALITY,
        to_translate("Across units"),
        to_translate("Replies to somebody of another unit, where both units are known."),
        PERCENT,
    ),
    Measure(
        measures.CROSS_FIRM,
        to_translate("Across firms"),
        to_translate("Threads in which people of at least two firms wrote."),
        PERCENT,
    ),
    Measure(
        measures.OFF_HOURS,
        to_translate("Outside of working hours"),
        to_translate("Posts and replies written in the evening, at night, on weekends and holidays."),
        PERCENT,
    ),
    Measure(
        measures.RHYTHM,
        to_translate("Rhythm"),
        to_translate("Of the last eight weeks, those in which the community met."),
        WEEKS,
    ),
    Measure(
        measures.PULSE,
        to_translate("Pulse"),
        to_translate("How much the community helped its members in the last whole month: the mean of their marks."),
        MARK,
    ),
)


SUMMED: Final = tuple(msgspec.structs.replace(one, unit=PEOPLE_IN_ALL) if one.key == SIZE else one for one in MEASURES)
"""The same, of several communities as one total."""


class Line(msgspec.Struct, frozen=True):
    """One measure of a community: now, and in the weeks before, the oldest first."""

    measure: Measure
    now: Figure
    weeks: list[tuple[date, Figure]]

    @property
    def top(self) -> int:
        """The upper end of a chart."""
        if self.measure.unit == PERCENT:
            return 100
        return max([figure.value or 0 for _, figure in self.weeks] + [10])

    @property
    def is_ever_shown(self) -> bool:
        """There is something to draw."""
        return any(figure.value is not None or figure.most is not None for _, figure in self.weeks)


async def lines(tx: ReadTx, community_id: int, *, is_size_only: bool = False) -> tuple[date, list[Line]] | None:
    """The last settled Sunday and every measure of a community; None before its first."""
    day = await reading.settled(tx)
    rows = await reading.weeks_of(tx, community_id, WEEKS_SHOWN, until=day) if day else []
    if day is None or not rows:
        return None
    k = await reading.threshold(tx)
    shown = [(row.last_day, figures_of(row, k)) for row in reversed(rows)]
    return rows[0].last_day, [_line(one, shown) for one in MEASURES if one.key == SIZE or not is_size_only]


async def lines_together(tx: ReadTx) -> tuple[date, list[Line]] | None:
    """As `lines`, of all private communities as one total; None where there are no figures of any."""
    day, k = await reading.settled(tx), await reading.threshold(tx)
    rows = await reading.weeks_of_private(tx, day - WEEKS_SHOWN * WEEK, day) if day else []
    if day is None or not rows:
        return None
    weeks: dict[date, list[dict[str, Figure]]] = {}
    for row in rows:
        weeks.setdefault(row.last_day, []).append(figures_of(row, k))
    shown = [(one, together(figures)) for one, figures in sorted(weeks.items())]
    return shown[-1][0], [_line(one, shown) for one in SUMMED]


def _line(measure: Measure, shown: Sequence[tuple[date, dict[str, Figure]]]) -> Line:
    weeks = [(day, figures.get(measure.key, HIDDEN)) for day, figures in shown]
    return Line(measure, weeks[-1][1], weeks)


async def of_everyone(tx: ReadTx) -> tuple[date | None, dict[int, dict[str, Figure]]]:
    """The last settled Sunday, and the figures of that week by community."""
    day = await reading.settled(tx)
    rows = await reading.week(tx, day) if day else []
    k = await reading.threshold(tx)
    return day, {row.community_id: figures_of(row, k) for row in rows}


def figures_of(row: WeekRow, k: int) -> dict[str, Figure]:
    """What of a row may be shown: nothing of a week in which groups were spoken of that are too small by now."""
    if row.is_hidden or row.k < k:
        return {}
    if row.k > k and row.figures.get(SIZE) == HIDDEN:
        return row.figures | {SIZE: Figure(below=row.k)}
    return row.figures
