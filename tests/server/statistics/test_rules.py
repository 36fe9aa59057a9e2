"""Nothing about fewer than k people can be read from the figures, nor worked out from two of them (product 6)."""

from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.measures import Figure, Ground
from server.statistics import rules

WEEK = date(2026, 5, 3)
THRESHOLDS = st.integers(5, 12)


def weeks() -> st.SearchStrategy[list[int]]:
    """How many people there were, week after week, with small steps, as communities have them."""
    return st.lists(st.integers(0, 60), min_size=2, max_size=30)


@pytest.mark.parametrize(("count", "shown"), [(0, None), (1, None), (7, None), (8, 8), (9, 9)])
def test_a_size_is_shown_from_k_on(count: int, shown: int | None) -> None:
    figure, _ = rules.size(count, 8, WEEK, [], None)

    assert figure.value == shown


@pytest.mark.parametrize(
    ("part", "whole", "figure"),
    [
        (3, 7, Figure()),
        (8, 16, Figure(value=50)),
        (0, 8, Figure(value=0)),
        (8, 8, Figure(value=100)),
        # Both sides are few: not even a band.
        (4, 8, Figure()),
        (7, 14, Figure()),
        (7, 20, Figure(least=0, most=35)),
        (8, 20, Figure(value=40)),
        (13, 20, Figure(least=65, most=100)),
        (12, 20, Figure(value=60)),
        (1, 400, Figure(least=0, most=5)),
        (399, 400, Figure(least=95, most=100)),
    ],
)
def test_a_rate_of_which_one_side_is_few_people_is_a_band(part: int, whole: int, figure: Figure) -> None:
    assert rate(part, whole, 8) == figure


def rate(part: int, whole: int, k: int) -> Figure:
    """In a first week."""
    return rules.rate_of_people(part, whole, k, WEEK, [])[0]


@given(THRESHOLDS, st.integers(0, 300), st.data())
def test_a_band_does_not_say_how_few(k: int, whole: int, data: st.DataObject) -> None:
    """Every count from 1 to k-1 gives the same figure."""
    few = data.draw(st.integers(1, k - 1))
    other = data.draw(st.integers(1, k - 1))
    total = max(whole, 2 * k)

    assert rate(few, total, k) == rate(other, total, k)
    assert rate(total - few, total, k) == rate(total - other, total, k)


@given(THRESHOLDS, weeks())
def test_sizes_of_any_two_weeks_never_differ_by_fewer_than_k(k: int, counts: list[int]) -> None:
    """T245: differencing week to week, and between weeks far apart: nobody's coming or going can be seen."""
    shown: list[Ground] = []
    values: list[int] = []
    for number, count in enumerate(counts):
        last = values[-1] if values else None
        figure, ground = rules.size(count, k, WEEK + timedelta(weeks=number), shown, last)
        shown += [ground] if ground else []
        if figure.value is not None:
            values.append(figure.value)
            # What the page says of the change is what two pages say together.
            assert figure.is_change_small or figure.change in (None, figure.value - (last or 0))

    assert not [pair for pair in combinations(values, 2) if rules.is_few(abs(pair[0] - pair[1]), k)]
    assert not [value for value in values if value < k]


@given(THRESHOLDS, weeks(), st.data())
def test_rates_of_any_two_weeks_never_tell_of_fewer_than_k_people(
    k: int, wholes: list[int], data: st.DataObject
) -> None:
    """T245: an attacker who knows every size and undoes the rounding learns of no group below k."""
    shown: list[Ground] = []
    told: list[tuple[int, ...]] = []
    for number, whole in enumerate(wholes):
        part = data.draw(st.integers(0, whole))
        figure, ground = rules.rate_of_people(part, whole, k, WEEK + timedelta(weeks=number), shown)
        shown += [ground] if ground else []
        if figure.value is not None and figure.since is None:
            told.append((part, whole - part, whole))

    for counts in told:
        assert not [count for count in counts if rules.is_few(count, k)]
    for one, other in combinations(told, 2):
        assert not [1 for a, b in zip(one, other, strict=True) if rules.is_few(abs(a - b), k)]


@given(THRESHOLDS, weeks(), st.data())
def test_bands_of_any_two_weeks_never_tell_of_fewer_than_k_people(
    k: int, wholes: list[int], data: st.DataObject
) -> None:
    """T245: the edge of a band follows from how many people there are. An attacker who undoes that learns of two wholes
    only where they are the same, or at least k apart.
    """
    shown: list[Ground] = []
    told: set[int] = set()
    for number, count in enumerate(wholes):
        whole = max(count, 2 * k)
        few = data.draw(st.integers(1, k - 1))
        part = data.draw(st.sampled_from((few, whole - few)))
        figure, ground = rules.rate_of_people(part, whole, k, WEEK + timedelta(weeks=number), shown)
        shown += [ground] if ground else []
        if figure.since is None:
            told.add(whole)

    assert not [pair for pair in combinations(told, 2) if rules.is_few(abs(pair[0] - pair[1]), k)]


def test_a_band_does_not_move_by_one_who_leaves() -> None:
    """T245: of 28 people at most 25 % are fewer than eight, of 27 at most 30 %: that would tell of the one."""
    first, ground = rules.rate_of_people(3, 28, 8, WEEK, [])
    assert ground is not None
    second, none = rules.rate_of_people(3, 27, 8, WEEK + timedelta(weeks=1), [ground])

    assert first == Figure(least=0, most=25)
    assert (second, none) == (Figure(least=0, most=25, since=WEEK), None)


def test_a_value_from_when_smaller_groups_were_spoken_of_does_not_stand() -> None:
    """k was 5 and is 8: six people, shown then, are not shown again for eight who are near to them."""
    of_then = [Ground(6, (6,), WEEK)]
    rate = [Ground(50, (6, 6, 12), WEEK)]

    assert rules.size(8, 8, WEEK + timedelta(weeks=1), of_then, 6) == (Figure(), None)
    assert rules.rate_of_people(8, 16, 8, WEEK + timedelta(weeks=1), rate) == (Figure(), None)


def test_a_value_that_would_tell_too_much_stands_with_its_week() -> None:
    first, ground = rules.size(20, 8, WEEK, [], None)
    assert ground is not None
    second, new = rules.size(21, 8, WEEK + timedelta(weeks=1), [ground], first.value)
    third, newer = rules.size(28, 8, WEEK + timedelta(weeks=2), [ground], second.value)

    assert (second, new) == (Figure(value=20, is_change_small=True, since=WEEK), None)
    assert third == Figure(value=28, change=8)
    assert newer is not None


def test_what_has_grown_and_shrunk_again_is_not_told_apart_from_what_was() -> None:
    """20, 30, 21: the third week beside the first would tell of one person."""
    shown: list[Ground] = []
    figures: list[Figure] = []
    for number, count in enumerate((20, 30, 21)):
        last = figures[-1].value if figures else None
        figure, ground = rules.size(count, 8, WEEK + timedelta(weeks=number), shown, last)
        shown += [ground] if ground else []
        figures.append(figure)

    assert [figure.value for figure in figures] == [20, 30, 20]


def test_where_one_community_is_hidden_so_is_the_next_smallest() -> None:
    """A total known from elsewhere does not give the hidden one away."""
    sizes = {1: Figure(value=40), 2: Figure(), 3: Figure(value=12), 4: Figure(value=13)}

    assert rules.hidden_besides(sizes) == 3
    assert rules.hidden_besides(sizes | {4: Figure()}) is None
    assert rules.hidden_besides({1: Figure(value=40), 3: Figure(value=12)}) is None
    assert rules.hidden_besides({2: Figure()}) is None


@pytest.mark.parametrize(
    ("part", "whole", "value"),
    [(0, 9, 0), (9, 9, 100), (1, 200, 5), (199, 200, 95), (1, 3, 35), (1, 8, 15), (9, 40, 25)],
)
def test_rates_are_rounded_to_five_points(part: int, whole: int, value: int) -> None:
    assert rules.percent(part, whole) == value


@pytest.mark.parametrize(("hours", "halves"), [(0.5, 0), (2.74, 0), (2.75, 1), (8.2, 1), (8.25, 2), (33.0, 6)])
def test_waits_are_rounded_to_half_a_working_day(hours: float, halves: int) -> None:
    assert rules.half_days(hours, 11.0) == halves


def test_what_few_people_do_at_night_is_told_by_the_half_only() -> None:
    assert rules.rate_of_things(6, 60, people=(1, 12), k=8) == Figure(least=0, most=50)
    assert rules.rate_of_things(54, 60, people=(12, 7), k=8) == Figure(least=50, most=100)
    assert rules.rate_of_things(30, 60, people=(8, 8), k=8) == Figure(value=50)
