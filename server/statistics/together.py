"""Private communities as one total, for observers, to whom none of them is named (product section 6). Pure.

The total is made of nothing but what stands on the pages of the communities themselves, so that it tells no more than
these may: communities that are too small to be shown are not in it, and no exact count of people enters it. Of fewer
than two there is none, since it would be the page of that one.
"""

import math
from collections.abc import Mapping, Sequence

from models.measures import FIRST_ANSWER, MEASURES, PULSE, RHYTHM, SIZE, Figure
from server.statistics.rules import HIDDEN

_LEAST = 2
_NOT_ROUNDED = frozenset({FIRST_ANSWER, RHYTHM, PULSE})
"""Half days, weeks and half marks; everything else is in steps of five."""


def together(communities: Sequence[Mapping[str, Figure]]) -> dict[str, Figure]:
    """The figures of one week: sizes added up, each other measure as the mean where a community counts by its size."""
    sized = [(size, one) for one in communities if (size := one.get(SIZE, HIDDEN).value) is not None]
    return {name: _of(name, sized) for name in MEASURES}


def _of(name: str, sized: Sequence[tuple[int, Mapping[str, Figure]]]) -> Figure:
    known = [(size, value) for size, one in sized if (value := one.get(name, HIDDEN).value) is not None]
    if len(known) < _LEAST:
        return HIDDEN
    people = sum(size for size, _ in known)
    if name == SIZE:
        return Figure(value=people)
    mean = sum(size * value for size, value in known) / people
    step = 1 if name in _NOT_ROUNDED else 5
    return Figure(value=math.floor(mean / step + 0.5) * step)
