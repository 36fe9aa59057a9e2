"""Questions that nobody answered for 24 working hours: members who declared the topic are asked (product J5).

By the server, in private and only when they are not at rest; each about a question once, and about few in a week. A job
that is stopped goes on with what is left: what was asked is written in the same transaction as the message.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from federation.inbox import notice
from federation.runtime import Runtime
from models.communities import PRIVATE
from models.engine import WriteTx
from models.helping import ASKED_AFTER, HOST_QUEUE_AFTER, MOST_PEOPLE
from models.queries import helping, quiet, rest, tags
from models.queries.helping import Waiting
from models.quiet import QuietHours
from models.writes import helping as rows

_BATCH: Final = 100
_LOOKED_AT: Final = 200
"""Members of whom some may be at rest."""
_WORD: Final = re.compile(r"\w+")
_MOST_WORDS: Final = 40


def is_overdue(asked_at: datetime, now: datetime, hours: QuietHours) -> bool:
    """A question without an answer is for the hosts to see to."""
    return hours.hours_worked(asked_at, now) >= HOST_QUEUE_AFTER


def topics_of(question: Waiting) -> list[str]:
    """What a question is about: its hashtags, and the words of its title."""
    return list(dict.fromkeys([*question.tags, *_WORD.findall((question.title or "").lower())[:_MOST_WORDS]]))


async def ask_members(runtime: Runtime) -> int:
    """Ask whoever is to be asked now; how many were. In small batches; safe to call any time, by several workers."""
    done, after, now = 0, 0, runtime.clock.now()
    while True:
        async with runtime.db.read() as tx:
            hours = await quiet.firm_hours(tx)
            # No day has more working hours than hours.
            before = now - timedelta(hours=ASKED_AFTER)
            found = await helping.waiting(tx, now, before=before, after=after, most=_BATCH)
        for one in found:
            if hours.hours_worked(one.published_at, now) >= ASKED_AFTER:
                async with runtime.db.write() as tx:
                    done += await _ask_about(tx, runtime, one.id, now)
        if len(found) < _BATCH:
            return done
        after = found[-1].id


async def _ask_about(tx: WriteTx, runtime: Runtime, question_id: int, now: datetime) -> int:
    question = await helping.held(tx, question_id, now)
    if question is None:
        return 0
    chosen = await _available(tx, question, topics_of(question), now)
    if not chosen and not question.asked:
        # Nobody declared what it is about: then what its community is about.
        of_community = [row.name for row in await tags.featured(tx, question.community_id)]
        chosen = await _available(tx, question, of_community, now)
    for person_id, topic in chosen:
        if await rows.ask(tx, question.id, person_id, now):
            await notice.tell(tx, runtime, person_id, _said(runtime, question, topic), at=now, label=question.label)
    return len(chosen)


async def _available(tx: WriteTx, question: Waiting, topics: Sequence[str], now: datetime) -> list[tuple[int, str]]:
    """Those whom it disturbs neither in quiet hours nor in an absence, as many as may still be asked."""
    found = await helping.helpers(tx, question, topics, now, _LOOKED_AT) if topics else []
    rests = await rest.of_people(tx, [person_id for person_id, _ in found])
    awake = [one for one in found if rests.over_at(one[0], now) is None]
    return awake[: MOST_PEOPLE - question.asked]


def _said(runtime: Runtime, question: Waiting, topic: str) -> str:
    """What a push may show: no title, and no name of a private community (product section 3)."""
    is_private = question.visibility == PRIVATE
    where, ou = (
        ("one of your communities", "une de vos communautés")
        if is_private
        else (question.community_acct, question.community_acct)
    )
    address = runtime.config.url(f"/t/{question.id}")
    english = f"A question in {where} has waited for an answer for more than two days. You declared the topic"
    english = f"{english} “{topic}”: perhaps you can help. Nobody is told that you were asked. {address}"
    french = f"Une question dans {ou} attend une réponse depuis plus de deux jours. Vous avez déclaré le thème"
    french = f"{french} « {topic} » : vous pouvez peut-être aider. Personne ne sait que la question vous a été posée."
    return f"{english}\n\n{french} {address}"
