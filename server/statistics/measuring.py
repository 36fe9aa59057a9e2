"""The measures of product section 6, from the facts of one community. Pure.

W is the four weeks before `end`, which is the midnight after a Sunday in the firm's time zone.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from statistics import median
from typing import Final

from models import measures
from models.measures import Facts, Figure, Grounds, Written
from models.quiet import WORK_BEGINS, WORK_ENDS, QuietHours
from models.rituals import moments
from server.statistics import rules
from server.statistics.rules import HIDDEN

WEEK: Final = timedelta(days=7)
DAY: Final = timedelta(days=1)
REACH: Final = 8 * WEEK
"""How far before the end facts are needed."""

_LEAST_MESSAGES, _LEAST_QUESTIONS, _LEAST_ASKERS, _LEAST_ANSWERED = 20, 5, 5, 5
_LEAST_REPLIES, _LEAST_UNITS, _LEAST_THREADS, _LEAST_OFF_HOURS = 20, 2, 10, 50
_WORKING_DAY_HOURS: Final = float(WORK_ENDS.hour - WORK_BEGINS.hour)


def measured(
    facts: Facts, end: datetime, week: date, *, hours: QuietHours, k: int, shown: Grounds, last_size: int | None
) -> tuple[dict[str, Figure], Grounds]:
    """Every figure of the week, and the grounds as they are now. `shown`, `last_size`: what the weeks before showed."""
    sums = _Sums(facts, end, hours, k)
    members = len(facts.members)
    of_people = {
        measures.SIZE: rules.size(members, k, week, shown.get(measures.SIZE, ()), last_size),
        measures.PARTICIPATION: rules.rate_of_people(
            sums.active, members, k, week, shown.get(measures.PARTICIPATION, ())
        ),
        measures.WELCOME: rules.rate_of_people(
            sums.welcomed, len(sums.joiners), k, week, shown.get(measures.WELCOME, ())
        ),
    }
    figures = {name: figure for name, (figure, _) in of_people.items()} | {
        measures.BREADTH: sums.breadth(),
        measures.ANSWERS: sums.answers(),
        measures.ACCEPTANCE: sums.acceptance(),
        measures.FIRST_ANSWER: sums.first_answer(),
        measures.TRANSVERSALITY: sums.transversality(),
        measures.CROSS_FIRM: sums.cross_firm(),
        measures.OFF_HOURS: sums.off_hours(),
        measures.RHYTHM: sums.rhythm(),
        measures.PULSE: sums.pulse(),
    }
    grounds = {
        name: [*shown.get(name, ()), *([] if ground is None else [ground])] for name, (_, ground) in of_people.items()
    }
    return figures, grounds


@dataclass(frozen=True)
class _Sums:
    """Counts over the facts; each is made once."""

    facts: Facts
    end: datetime
    hours: QuietHours
    k: int

    @property
    def began(self) -> datetime:
        return self.end - 4 * WEEK

    @cached_property
    def messages(self) -> list[Written]:
        """Posts and replies in W."""
        return [post for post in self.facts.posts if self.began <= post.at < self.end]

    @cached_property
    def by_id(self) -> dict[int, Written]:
        return {post.id: post for post in self.facts.posts}

    @cached_property
    def replies(self) -> dict[int, list[Written]]:
        """By thread, the oldest first, only those by another person than the opener."""
        found: dict[int, list[Written]] = defaultdict(list)
        for post in sorted(self.facts.posts, key=lambda one: one.at):
            opening = self.by_id.get(post.thread_id or 0)
            if opening is not None and not post.opens and post.author_id != opening.author_id:
                found[opening.id].append(post)
        return found

    @cached_property
    def acts(self) -> list[tuple[int, datetime]]:
        return [(post.author_id, post.at) for post in self.facts.posts] + self.facts.other_acts

    @cached_property
    def active(self) -> int:
        """Members who did something in W."""
        return len({who for who, at in self.acts if who in self.facts.members and self.began <= at < self.end})

    @cached_property
    def joiners(self) -> dict[int, datetime]:
        """Who joined two to six weeks before the end, and when."""
        since, until = self.end - 6 * WEEK, self.end - 2 * WEEK
        return {who: one.joined_at for who, one in self.facts.members.items() if since <= one.joined_at < until}

    @cached_property
    def welcomed(self) -> int:
        """Joiners who within fourteen days did something, or were answered."""
        parents = {post.id: post.author_id for post in self.facts.posts}
        answered = [
            (parents[post.parent_id], post.at)
            for post in self.facts.posts
            if post.parent_id in parents and parents[post.parent_id] != post.author_id
        ]
        happened = [*self.acts, *answered]
        return len({who for who, at in happened if who in self.joiners and self._is_soon(who, at)})

    def _is_soon(self, who: int, at: datetime) -> bool:
        return timedelta() <= at - self.joiners[who] <= 14 * DAY

    def breadth(self) -> Figure:
        authors = _authors(self.messages)
        if authors < self.k or len(self.messages) < _LEAST_MESSAGES:
            return HIDDEN
        return Figure(value=rules.percent(authors, len(self.messages)))

    @cached_property
    def questions(self) -> list[Written]:
        """Asked in the four weeks that end seven days before the end."""
        return self._asked(self.end - 5 * WEEK, self.end - WEEK)

    @cached_property
    def waits(self) -> list[float]:
        """Working hours until another person's first reply, of the questions that had one within seven days."""
        firsts = [(one.at, self.replies[one.id][0].at) for one in self.questions if self.replies.get(one.id)]
        return [self.hours.hours_worked(asked, first) for asked, first in firsts if first - asked <= 7 * DAY]

    def answers(self) -> Figure:
        if not _are_enough(self.questions):
            return HIDDEN
        return rules.rate_of_things(len(self.waits), len(self.questions))

    def acceptance(self) -> Figure:
        asked = self._asked(self.end - 7 * WEEK, self.end - 3 * WEEK)
        if not _are_enough(asked):
            return HIDDEN
        return rules.rate_of_things(sum(_is_accepted(one) for one in asked), len(asked))

    def first_answer(self) -> Figure:
        if len(self.waits) < _LEAST_ANSWERED:
            return HIDDEN
        return Figure(value=rules.half_days(median(self.waits), _WORKING_DAY_HOURS))

    def transversality(self) -> Figure:
        units = Counter(one.unit for one in self.facts.members.values() if one.unit is not None)
        known = [(post, pair) for post in self.messages if (pair := self._units(post)) is not None]
        if len(known) < _LEAST_REPLIES or sum(count >= self.k for count in units.values()) < _LEAST_UNITS:
            return HIDDEN
        across = [post for post, (ours, theirs) in known if ours != theirs]
        within = [post for post, (ours, theirs) in known if ours == theirs]
        return self._rate(across, within)

    def _units(self, reply: Written) -> tuple[str, str] | None:
        """Units of who replies and of who opened the thread, where both are known."""
        opening = self.by_id.get(reply.thread_id or 0)
        if reply.opens or opening is None:
            return None
        who, opener = self.facts.members.get(reply.author_id), self.facts.members.get(opening.author_id)
        if who is None or opener is None or who.unit is None or opener.unit is None:
            return None
        return who.unit, opener.unit

    def cross_firm(self) -> Figure:
        opened = {post.id for post in self.messages if post.opens}
        if len(opened) < _LEAST_THREADS:
            return HIDDEN
        firms: dict[int, set[int | None]] = {thread: set() for thread in opened}
        for post in self.facts.posts:
            if post.at < self.end and post.thread_id in firms:
                firms[post.thread_id].add(post.firm)
        sizes = Counter(one.firm for one in self.facts.members.values())
        present = set[int | None]().union(*firms.values())
        if len(present) < 2 or any(sizes[firm] < self.k for firm in present):
            return HIDDEN
        return rules.rate_of_things(sum(len(one) >= 2 for one in firms.values()), len(firms))

    def off_hours(self) -> Figure:
        if len(self.messages) < _LEAST_OFF_HOURS or _authors(self.messages) < self.k:
            return HIDDEN
        off = [post for post in self.messages if not self.hours.is_worked(post.at)]
        return self._rate(off, [post for post in self.messages if self.hours.is_worked(post.at)])

    def rhythm(self) -> Figure:
        """It speaks of what hosts planned, and of nobody who came: it is always shown."""
        # A day more: where summer time begins or ends in between, eight weeks are not as many hours.
        met = [at for one in self.facts.rituals for at in moments(one, self.hours, self.end - REACH - DAY, self.end)]
        first = self.hours.local(self.end).date() - REACH
        weeks = {(self.hours.local(at).date() - first).days // 7 for at in met}
        return Figure(value=len([week for week in weeks if week >= 0]))

    def pulse(self) -> Figure:
        """No answer is in two months, so that two means never differ by somebody's mark."""
        answers = sum(self.facts.marks.values())
        if answers < self.k:
            return HIDDEN
        return Figure(value=rules.half_marks(sum(mark * count for mark, count in self.facts.marks.items()), answers))

    def _rate(self, part: list[Written], others: list[Written]) -> Figure:
        people = (_authors(part), _authors(others))
        return rules.rate_of_things(len(part), len(part) + len(others), people=people, k=self.k)

    def _asked(self, since: datetime, until: datetime) -> list[Written]:
        return [post for post in self.facts.posts if post.opens and post.is_question and since <= post.at < until]


def _authors(posts: Iterable[Written]) -> int:
    return len({post.author_id for post in posts})


def _are_enough(questions: list[Written]) -> bool:
    return len(questions) >= _LEAST_QUESTIONS and _authors(questions) >= _LEAST_ASKERS


def _is_accepted(question: Written) -> bool:
    """Within twenty-one days; of those that were accepted before that was recorded, it is believed."""
    if not question.has_answer:
        return False
    return question.accepted_at is None or question.accepted_at - question.at <= 21 * DAY
