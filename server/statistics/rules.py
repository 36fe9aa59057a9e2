"""What of a count may be shown (product section 6): thresholds, bands, rounding, and what two weeks tell together.

Pure. Three rules keep groups of fewer than k people out of what can be read or worked out from the figures:

- *Threshold*: a count of people from 1 to k-1 is not shown, and a rate whose numerator or complement is one is a band.
- *Standing still*: a new value of a measure of people is shown only where each count behind it equals, or is at least k
  away from, the one behind every value that was shown before. Otherwise the nearest of those stands, with the week
  that it is from: whichever weeks are laid side by side, they never differ by fewer than k people. The edge of a band
  follows from how many people there are, and stands in the same way. What was shown while k was smaller, and would not
  be now, is not shown again.
- *The next smallest*: where exactly one community is too small to be shown, so is the next smallest, so that a total
  known from elsewhere does not give the hidden one away.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TypeVar

import msgspec

from models.measures import Figure, Ground

HIDDEN = Figure()

_Key = TypeVar("_Key")


def is_few(count: int, k: int) -> bool:
    """Somebody, and too few to be spoken of."""
    return 0 < count < k


def size(count: int, k: int, week: date, shown: Sequence[Ground], last: int | None) -> tuple[Figure, Ground | None]:
    """How many people, and the change against `last`, what the week before showed.

    Besides, the ground if the value is a new one.
    """
    if count < k:
        return HIDDEN, None
    standing = _standing((count,), k, shown)
    if standing is not None:
        if _is_of_few(standing, k):
            return HIDDEN, None
        return Figure(value=standing.value, is_change_small=True, since=standing.week), None
    change = None if last is None else count - last
    return Figure(value=count, change=change), _new(count, (count,), week, shown)


def rate_of_people(part: int, whole: int, k: int, week: date, shown: Sequence[Ground]) -> tuple[Figure, Ground | None]:
    """People of whom something is true, of all who count. Besides, the ground if the value is a new one."""
    if whole < k:
        return HIDDEN, None
    if is_few(part, k) or is_few(whole - part, k):
        return _band(part, whole, k, week, shown)
    counts = (part, whole - part, whole)
    standing = _standing(counts, k, [one for one in shown if len(one.counts) == len(counts)])
    if standing is not None:
        if _is_of_few(standing, k):
            return HIDDEN, None
        return Figure(value=standing.value, since=standing.week), None
    value = percent(part, whole)
    return Figure(value=value), _new(value, counts, week, shown)


def _standing(counts: tuple[int, ...], k: int, shown: Sequence[Ground]) -> Ground | None:
    """The value that has to stand, for the counts are too near to those behind it; None: they may be shown."""
    near = [one for one in shown if any(is_few(distance, k) for distance in _distances(counts, one))]
    return min(near, key=lambda one: (sum(_distances(counts, one)), -one.week.toordinal()), default=None)


def _distances(counts: tuple[int, ...], one: Ground) -> list[int]:
    return [abs(new - old) for new, old in zip(counts, one.counts, strict=True)]


def _is_of_few(ground: Ground, k: int) -> bool:
    return any(is_few(count, k) for count in ground.counts)


def _new(value: int, counts: tuple[int, ...], week: date, shown: Sequence[Ground]) -> Ground | None:
    return None if any(one.counts == counts for one in shown) else Ground(value, counts, week)


def _band(part: int, whole: int, k: int, week: date, shown: Sequence[Ground]) -> tuple[Figure, Ground | None]:
    """Says of the few only that they are fewer than k; nothing where both sides are few.

    Its edge tells how many there are in all, so that it is one of before where these were nearly as many. The ground of
    a band is that number alone.
    """
    if is_few(part, k) and is_few(whole - part, k):
        return HIDDEN, None
    standing = _standing((whole,), k, [Ground(one.value, one.counts[-1:], one.week) for one in shown])
    in_all, since = (whole, None) if standing is None else (standing.counts[0], standing.week)
    edge = min(95, max(5, math.ceil((k - 1) / in_all * 20) * 5))
    figure = Figure(least=0, most=edge) if is_few(part, k) else Figure(least=100 - edge, most=100)
    return msgspec.structs.replace(figure, since=since), None if standing else _new(edge, (whole,), week, shown)


def rate_of_things(part: int, whole: int, *, people: tuple[int, int] = (0, 0), k: int = 0) -> Figure:
    """Posts or questions of which something is true. `people`: who is behind them, and who behind all others.

    Where one side is the doing of fewer than k, only the half is shown in which the rate lies.
    """
    if any(is_few(count, k) for count in people):
        return Figure(least=0, most=50) if 2 * part < whole else Figure(least=50, most=100)
    return Figure(value=percent(part, whole))


def percent(part: int, whole: int) -> int:
    """Rounded to 5 points, halves up; 0 and 100 only where it is none and all."""
    rounded = math.floor(part / whole * 20 + 0.5) * 5
    return rounded if part in (0, whole) else min(95, max(5, rounded))


def half_days(hours: float, hours_of_a_day: float) -> int:
    """Working hours in half working days, to the nearest."""
    return math.floor(hours / hours_of_a_day * 2 + 0.5)


def half_marks(total: int, answers: int) -> int:
    """The mean of marks in halves, to the nearest; halves up."""
    return math.floor(2 * total / answers + 0.5)


def hidden_besides(sizes: Mapping[_Key, Figure]) -> _Key | None:
    """The community that is hidden because exactly one other is; None: there is no need."""
    shown = {key: figure.value for key, figure in sizes.items() if figure.value is not None}
    if len(sizes) - len(shown) != 1 or not shown:
        return None
    return min(shown, key=lambda key: shown[key])
