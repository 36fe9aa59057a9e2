"""Each measure of product section 6 from made-up facts: at its threshold, one below, and what counts as what."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from models import measures
from models.measures import Facts, Figure, Member, Written
from models.quiet import QuietHours
from server.statistics.measuring import measured
from server.statistics.weekly import end_of, last_sunday

HOURS = QuietHours()
SUNDAY = last_sunday(datetime(2026, 6, 10, 12, tzinfo=UTC), HOURS)
END = end_of(SUNDAY, HOURS)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LONG_AGO = END - 400 * DAY


@dataclass
class Community:
    """Facts in the making. People are numbers; posts are dated by days before the end."""

    members: dict[int, Member] = field(default_factory=dict)
    posts: list[Written] = field(default_factory=list)
    other_acts: list[tuple[int, datetime]] = field(default_factory=list)
    marks: dict[int, int] = field(default_factory=dict)

    def people(self, count: int, *, first: int = 1, firm: int | None = None, unit: str | None = None) -> None:
        self.members |= {first + n: Member(firm, unit, LONG_AGO) for n in range(count)}

    def joiner(self, who: int, days_before: float) -> None:
        self.members[who] = Member(None, None, END - days_before * DAY)

    def post(
        self,
        who: int,
        at: datetime,
        *,
        to: Written | None = None,
        accepted_at: datetime | None = None,
        asks: bool = False,
        firm: int | None = None,
    ) -> Written:
        number = 1000 + len(self.posts)
        made = Written(
            id=number,
            author_id=who,
            firm=firm,
            parent_id=to.id if to else None,
            thread_id=(to.thread_id if to else number),
            at=at,
            opens=to is None,
            is_question=asks,
            has_answer=accepted_at is not None,
            accepted_at=accepted_at,
        )
        self.posts.append(made)
        return made

    def figures(self, k: int = 8) -> dict[str, Figure]:
        facts = Facts(self.members, self.posts, self.other_acts, marks=self.marks)
        return measured(facts, END, SUNDAY, hours=HOURS, k=k, shown={}, last_size=None)[0]


def before(days: float) -> datetime:
    return END - days * DAY


def test_the_last_whole_week_ends_on_a_sunday_at_the_firms_midnight() -> None:
    assert SUNDAY.isoformat() == "2026-06-07"
    assert datetime(2026, 6, 7, 22, tzinfo=UTC) == END
    assert last_sunday(END - timedelta(seconds=1), HOURS) == SUNDAY - timedelta(days=7)
    assert last_sunday(END, HOURS) == SUNDAY


def test_participation_counts_members_with_any_act_in_the_four_weeks() -> None:
    place = Community()
    place.people(20)
    for who in range(1, 9):
        place.post(who, before(1))
    place.other_acts += [(9, before(2)), (10, before(27.9)), (11, before(28.1)), (12, END)]
    place.post(99, before(1))

    assert place.figures()[measures.PARTICIPATION] == Figure(value=50)


def test_breadth_needs_k_authors_and_twenty_messages() -> None:
    place = Community()
    for number in range(19):
        place.post(1 + number % 8, before(3))
    almost = place.figures()[measures.BREADTH]
    place.post(1, before(3))

    assert almost == Figure()
    assert place.figures()[measures.BREADTH] == Figure(value=40)
    assert place.figures(k=9)[measures.BREADTH] == Figure()


def test_answers_are_other_peoples_replies_within_seven_days() -> None:
    place = Community()
    asked = [place.post(who, before(20), asks=True) for who in range(1, 6)]
    place.post(9, before(20) + 7 * DAY, to=asked[0])
    place.post(9, before(20) + 7 * DAY + HOUR, to=asked[1])
    place.post(3, before(19), to=asked[2])
    place.post(9, before(19), to=asked[3])
    # Outside of the four weeks that end seven days before.
    place.post(1, before(6.9), asks=True)
    place.post(1, before(35.1), asks=True)

    assert place.figures()[measures.ANSWERS] == Figure(value=40)


def test_answers_need_five_questions_by_five_people() -> None:
    place = Community()
    for who in (1, 2, 3, 4, 4):
        place.post(who, before(20), asks=True)
    by_four = place.figures()[measures.ANSWERS]
    place.post(5, before(20), asks=True)

    assert by_four == Figure()
    assert place.figures()[measures.ANSWERS] == Figure(value=0)


def test_acceptance_is_within_twenty_one_days() -> None:
    place = Community()
    at = before(30)
    for who, days in enumerate((1, 21, 21.1, None, None)):
        accepted = None if days is None else at + days * DAY
        place.post(who + 1, at, asks=True, accepted_at=accepted)
    place.post(6, before(20.9), asks=True)

    assert place.figures()[measures.ACCEPTANCE] == Figure(value=40)


def test_the_time_to_the_first_answer_is_the_median_in_half_working_days() -> None:
    place = Community()
    monday_nine = datetime(2026, 5, 18, 7, tzinfo=UTC)
    for who, hours in enumerate((1, 2, 6, 9, 9)):
        question = place.post(who + 1, monday_nine, asks=True)
        place.post(9, monday_nine + hours * HOUR, to=question)
    enough = place.figures()[measures.FIRST_ANSWER]
    place.posts.pop()

    assert enough == Figure(value=1)
    assert place.figures()[measures.FIRST_ANSWER] == Figure()


def test_newcomers_are_welcomed_by_acting_or_by_being_answered() -> None:
    place = Community()
    for who in range(1, 21):
        place.joiner(who, 30)
    place.joiner(50, 42.1)
    place.joiner(51, 13.9)
    for who in range(1, 6):
        place.post(who, before(29))
    place.other_acts += [(6, before(28)), (7, before(17)), (8, before(15.9))]
    # Written before they joined, as a guest; answered afterwards.
    early = place.post(9, before(40))
    place.post(99, before(29), to=early)

    # Seven welcomed by themselves, and one by an answer; the eighth act came after fourteen days.
    assert place.figures()[measures.WELCOME] == Figure(value=40)


def test_transversality_is_of_replies_whose_two_units_are_known() -> None:
    place = Community()
    place.people(8, unit="plants")
    place.people(8, first=21, unit="sales")
    place.people(1, first=41)
    opening = place.post(1, before(5))
    for number in range(10):
        place.post(21 + number % 8, before(4), to=opening)
        place.post(2 + number % 7, before(4), to=opening)
    place.post(41, before(4), to=opening)

    # Seven people of the same unit replied: fewer than k, so that only the half is told.
    assert place.figures()[measures.TRANSVERSALITY] == Figure(least=50, most=100)
    assert place.figures(k=7)[measures.TRANSVERSALITY] == Figure(value=50)
    del place.members[28]
    assert place.figures()[measures.TRANSVERSALITY] == Figure()


def test_cross_firm_needs_ten_threads_and_k_members_of_each_firm() -> None:
    place = Community()
    place.people(8)
    place.people(8, first=21, firm=5)
    for number in range(10):
        opening = place.post(1, before(5))
        if number < 3:
            place.post(21, before(4), to=opening, firm=5)
    enough = place.figures()[measures.CROSS_FIRM]
    del place.members[28]

    assert enough == Figure(value=30)
    assert place.figures()[measures.CROSS_FIRM] == Figure()


@pytest.mark.parametrize(("messages", "figure"), [(49, Figure()), (50, Figure(value=20))])
def test_off_hours_need_fifty_messages(messages: int, figure: Figure) -> None:
    place = Community()
    tuesday_noon, tuesday_night = datetime(2026, 5, 19, 10, tzinfo=UTC), datetime(2026, 5, 19, 20, tzinfo=UTC)
    for number in range(messages):
        place.post(1 + number % 10, tuesday_night if number < 10 else tuesday_noon)

    assert place.figures()[measures.OFF_HOURS] == figure


def test_what_happens_at_the_midnight_after_the_last_sunday_belongs_to_the_next_week() -> None:
    place = Community()
    place.people(8)
    for who in range(1, 9):
        place.other_acts.append((who, END))

    assert place.figures()[measures.PARTICIPATION] == Figure(value=0)


def test_the_mean_needs_k_answers_and_is_rounded_to_halves() -> None:
    place = Community()
    for marks, figure in (
        ({5: 7}, Figure()),
        ({5: 8}, Figure(value=10)),
        ({1: 8}, Figure(value=2)),
        ({3: 6, 4: 2}, Figure(value=7)),
        ({3: 7, 4: 1}, Figure(value=6)),
    ):
        place.marks = marks
        assert place.figures()[measures.PULSE] == figure
