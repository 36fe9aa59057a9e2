"""Discreet questions: asking one, and answering in its thread (product J6, threats T242).

What somebody wants to say is kept sealed and published some minutes later, in the community's name, at a moment that
chance chooses: neither the number of the post nor its time leads to the request by which it came. It has no files, no
mentions but of whom it answers, and the language and label of its community; nothing of its author.
"""

import re
from datetime import timedelta
from typing import Final

import msgspec

from federation.runtime import Runtime
from models.discreet import MOST_A_WEEK, WEEK, mark_of, marks_of, open_draft, seal_draft
from models.engine import ReadTx, WriteTx
from models.gate import ActingCommunity, Person, Verb, may
from models.queries import actors, discreet, posts, preferences, statistics
from models.queries import moderation as moderated
from models.queries.actors import ActorRow
from models.queries.discreet import Draft
from models.queries.posts import PostRow
from models.writes import discreet as rows
from server.actions import writing
from server.actions.barred import may_not_write
from server.actions.discreet_rights import NOT_THEIRS
from server.actions.local_actors import Here
from server.actions.refusals import Invalid, NotAllowed, NotThere
from server.http.languages import to_translate

SOONEST, LATEST = timedelta(minutes=1), timedelta(minutes=10)
"""After it was asked for, something is published."""

PREVIEW_KEPT: Final = timedelta(hours=24)
PUBLISHED_WITHIN: Final = timedelta(days=2)

ELSEWHERE: Final = to_translate(
    "A discreet question is asked at the firm of its community alone: on the way there, %(firm)s would learn who asks."
)
OFF: Final = to_translate("The hosts of this community have not allowed discreet questions.")
TOO_FEW: Final = to_translate(
    "Too few people of this firm are members here: whoever asked could be guessed. From %(least)s on it is possible."
)
ON_ITS_PAGE: Final = to_translate(
    "Ask discreetly on the page of the community, %(page)s: what an app sends has your name on it."
)
STOPPED: Final = to_translate(
    "A host has stopped your discreet questions in this community until %(day)s. They were not told who you are."
)
ENOUGH: Final = to_translate("At most %(most)s discreet questions in seven days.")
NAMES_YOU: Final = to_translate("Your text has your own name in it.")


_WORD: Final = re.compile(r"(?<![\w&/#])#discree?t\b", re.IGNORECASE)


class Words(msgspec.Struct, frozen=True):
    """What is kept, sealed, of something that is to be said discreetly."""

    person_id: int
    community_id: int
    text: str
    parent_id: int | None = None


def refuse_with_name(text: str, community: ActorRow, base_url: str) -> None:
    """Who writes `#discreet` to a community does not want their name there, and an app would send it. Raises `Invalid`.

    Whatever the visibility: with another one than the private one the question would be published as theirs.
    """
    if _WORD.search(text) is None:
        return
    if not community.is_local:
        raise Invalid(ELSEWHERE, firm=community.host)
    raise Invalid(ON_ITS_PAGE, page=f"{base_url}/c/{community.username}")


async def is_offered(tx: ReadTx, community: ActorRow) -> bool:
    """Whether one may ask discreetly in a community, as far as it goes for everybody there."""
    if not community.is_local or community.hosts_only:
        return False
    place = await discreet.place(tx, community.id)
    return place.is_allowed and place.people >= 2 * await statistics.threshold(tx)


async def ask(here: Runtime, viewer: Person, community_id: int, text: str) -> None:
    """Ask a question; it is published within minutes. Raises `Refused` with a sentence for its author."""
    async with here.db.write() as tx:
        words = Words(viewer.actor_id, community_id, text.strip())
        await rows.queue_up(tx)
        await require_question(tx, here, viewer, words)
        await _keep(tx, here, words)


async def answer(here: Runtime, viewer: Person, parent_id: int, text: str) -> None:
    """Say something in one's own discreet thread, under its pseudonym. Raises `Refused`."""
    async with here.db.write() as tx:
        words = Words(viewer.actor_id, 0, text.strip(), parent_id)
        parent, _ = await require_answer(tx, here, viewer, words)
        await _keep(tx, here, msgspec.structs.replace(words, community_id=parent.community_id or 0))


async def _keep(tx: WriteTx, here: Runtime, words: Words) -> None:
    now = here.clock.now()
    await rows.keep_draft(
        tx,
        mark=mark_of(here.vault, words.person_id, now),
        sealed=seal_draft(here.vault, msgspec.json.encode(words)),
        is_question=words.parent_id is None,
        due_at=now + SOONEST + here.tokens.fraction() * (LATEST - SOONEST),
        expires_at=now + PUBLISHED_WITHIN,
    )


async def require_question(tx: ReadTx, here: Runtime, viewer: Person, words: Words) -> ActorRow:
    """The community in which this person may ask this now. Raises `Refused`."""
    now = here.clock.now()
    community = await actors.known_by_id(tx, words.community_id, viewer)
    if community is None or not community.is_community or isinstance(viewer, ActingCommunity):
        raise NotThere()
    if not community.is_local:
        raise NotAllowed(ELSEWHERE, firm=community.host)
    place, k = await discreet.place(tx, community.id), await statistics.threshold(tx)
    # Where leaders alone open threads, whoever asks is one of a handful.
    if not place.is_allowed or community.hosts_only:
        raise NotAllowed(OFF)
    if place.people < 2 * k:
        raise NotAllowed(TOO_FEW, least=2 * k)
    await _require_right(tx, here, viewer, community, Verb.POST, is_closed=False)
    marks = marks_of(here.vault, viewer.actor_id, now)
    until = await discreet.stopped_until(tx, community.id, marks, now)
    if until is not None:
        raise NotAllowed(STOPPED, day=f"{until:%Y-%m-%d}")
    if await discreet.count_since(tx, marks, now - WEEK) >= MOST_A_WEEK:
        raise NotAllowed(ENOUGH, most=MOST_A_WEEK)
    await _check(tx, viewer, words.text)
    return community


async def require_answer(tx: ReadTx, here: Runtime, viewer: Person, words: Words) -> tuple[PostRow, ActorRow]:
    """What is answered, and its community, in a thread that this person opened discreetly. Raises `Refused`."""
    parent = await posts.post(tx, words.parent_id or 0, viewer)
    community = await actors.by_id(tx, parent.community_id) if parent and parent.community_id else None
    if parent is None or community is None:
        raise NotThere()
    marks = marks_of(here.vault, viewer.actor_id, here.clock.now())
    if not await discreet.is_by(tx, parent.thread_id or parent.id, marks):
        raise NotAllowed(NOT_THEIRS)
    await _require_right(tx, here, viewer, community, Verb.REPLY, is_closed=parent.is_closed)
    await _check(tx, viewer, words.text)
    return parent, community


async def _require_right(
    tx: ReadTx, here: Runtime, viewer: Person, community: ActorRow, verb: Verb, *, is_closed: bool
) -> None:
    standing = await moderated.standing(tx, viewer.actor_id, community.id, here.clock.now())
    if not may(standing, verb, hosts_only=bool(community.hosts_only), is_closed=is_closed):
        raise may_not_write(standing, community, is_reply=verb is Verb.REPLY)


async def _check(tx: ReadTx, viewer: Person, text: str) -> None:
    if not text:
        raise Invalid(writing.BLANK)
    if len(text) > writing.MAX_CHARACTERS:
        raise Invalid(writing.TOO_LONG, most=writing.MAX_CHARACTERS)
    person = await actors.by_id(tx, viewer.actor_id)
    folded = " ".join(text.casefold().split())
    if person is not None and any(len(one) > 2 and one in folded for one in _names_of(person)):
        raise Invalid(NAMES_YOU)


def _names_of(person: ActorRow) -> list[str]:
    return [f"@{person.username}".casefold(), " ".join((person.display_name or "").casefold().split())]


# --- what is due ---


async def words_of(tx: ReadTx, here: Runtime, draft: Draft) -> tuple[Words, PostRow | None, ActorRow]:
    """A draft that may be published now: its words, what it answers, its community. Raises `Refused`."""
    words = open_words(here, draft)
    viewer = Person(words.person_id)
    own = await preferences.of_person(tx, words.person_id)
    if own is None or own.is_suspended:
        raise NotAllowed(NOT_THEIRS)
    if words.parent_id is None:
        return words, None, await require_question(tx, here, viewer, words)
    parent, community = await require_answer(tx, here, viewer, words)
    return words, parent, community


def open_words(here: Here, draft: Draft) -> Words:
    """What was sealed."""
    return msgspec.json.decode(open_draft(here.vault, draft.sealed), type=Words)
