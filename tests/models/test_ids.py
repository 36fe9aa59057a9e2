"""Ids grow with time, agree with it, and are never given twice."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.base import EPOCH
from models.ids import SLOTS, IdSource, first_id_at

NOW = EPOCH + timedelta(days=20_000)
MILLISECOND = timedelta(milliseconds=1)


def test_an_id_is_of_its_millisecond() -> None:
    identifier = IdSource().next(NOW + timedelta(microseconds=1999))

    assert first_id_at(NOW + MILLISECOND) <= identifier < first_id_at(NOW + 2 * MILLISECOND)


def test_apps_find_the_date_by_shifting_sixteen_bits() -> None:
    assert IdSource().next(NOW) >> 16 == (NOW - EPOCH) // MILLISECOND


@given(st.lists(st.integers(min_value=0, max_value=5000), min_size=1, max_size=200))
def test_ids_of_growing_instants_grow(steps: list[int]) -> None:
    source, at, ids = IdSource(), NOW, []
    for step in steps:
        at += timedelta(microseconds=step)
        ids.append(source.next(at))

    assert ids == sorted(set(ids))


def test_more_ids_than_fit_in_a_millisecond_run_on_into_the_next() -> None:
    source = IdSource()
    ids = [source.next(NOW) for _ in range(3000)]

    assert ids == sorted(set(ids))


def test_late_things_of_one_past_instant_get_different_ids() -> None:
    source = IdSource()
    source.next(NOW)
    ids = [source.next(NOW - timedelta(days=1)) for _ in range(500)]

    assert len(set(ids)) == 500
    assert {identifier >> 16 for identifier in ids} == {(NOW - timedelta(days=1) - EPOCH) // MILLISECOND}


def test_late_things_of_one_past_instant_get_different_ids_however_much_comes_between() -> None:
    source, late = IdSource(), NOW - timedelta(days=1)
    ids = set()
    for second in range(300):
        source.next(NOW + timedelta(seconds=second))
        ids.add(source.next(late))

    assert len(ids) == 300


def test_a_late_thing_does_not_get_the_id_of_one_that_was_on_time() -> None:
    source = IdSource()
    on_time = {source.next(NOW) for _ in range(300)}
    source.next(NOW + timedelta(days=1))
    late = {source.next(NOW) for _ in range(300)}

    assert on_time.isdisjoint(late)


def test_two_processes_never_make_the_same_id() -> None:
    first, second = IdSource(0), IdSource(SLOTS - 1)

    assert {first.next(NOW) for _ in range(1000)}.isdisjoint({second.next(NOW) for _ in range(1000)})


@pytest.mark.parametrize("slot", [-1, SLOTS])
def test_a_slot_outside_the_bits_is_refused(slot: int) -> None:
    with pytest.raises(ValueError, match="slot"):
        IdSource(slot)


def test_ids_below_the_first_of_a_millisecond_are_older() -> None:
    source = IdSource()
    before, after = source.next(NOW - MILLISECOND), source.next(NOW)

    assert before < first_id_at(NOW) <= after
