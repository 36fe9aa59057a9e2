"""From signals to what each listener is shown: read anew, through the gate, in a number of statements that depends
neither on how many listen nor on how much happened.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple, Self

import msgspec
from msgspec import structs

from models import signals as kinds
from models.discreet import open_author
from models.engine import ReadTx
from models.gate import ActingCommunity, Operation, Person
from models.posts import QUESTION
from models.queries import conversations, discreet, posts, rest, streams
from models.queries.conversations import Concerned
from models.queries.notifications import NotificationRow
from models.queries.posts import EntryRow
from models.queries.streams import Listed, Seen
from models.signals import Signal
from models.vault import Vault
from server.mastodon.entities import Conversation, FilterContext, Notification, Status
from server.mastodon.filtering import is_hidden
from server.mastodon.render import Renderer
from server.streaming import channels
from server.streaming.channels import Shown

NEWS_FOR: Final = timedelta(hours=6)
"""A post that is older when it comes, after an outage, is found in timelines, and no news."""

_CONTEXTS: Final[tuple[FilterContext, ...]] = ("home", "public")
"""Where filters hide what streams show."""

_BARE: Final = {kinds.FILTERS: (channels.FILTERS_CHANGED, None), kinds.MERGED: (channels.MERGED, "1")}
"""Events that say it all; apps want a payload in one of them, whatever it says."""

_encode: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class _Batch:
    """One turn."""

    renderer: Renderer
    vault: Vault
    tx: ReadTx
    viewers: Mapping[int, list[Person]]
    """By their ids; of a community that acts, all through whom it does."""

    def viewer(self, actor_id: int) -> Person:
        """One of them."""
        return self.viewers[actor_id][0]


class _Told(NamedTuple):
    """Who is told what."""

    viewer_id: int
    row: NotificationRow
    resting: frozenset[int]
    """Those who are not to be alerted now."""


class _Made(msgspec.Struct, frozen=True):
    """A status, made."""

    payload: str
    has_media: bool
    hidden_in: frozenset[str]

    @classmethod
    def of(cls, status: Status) -> Self:
        """With what the streams need to know of it."""
        hidden = frozenset(context for context in _CONTEXTS if is_hidden(status, context))
        return cls(_encode(status).decode(), bool((status.reblog or status).media_attachments), hidden)


async def shown_by(
    renderer: Renderer,
    vault: Vault,
    tx: ReadTx,
    signals: Sequence[Signal],
    viewers: Collection[Person],
    now: datetime,
    own_lists: Collection[int],
) -> list[Shown]:
    """What these changes show to each of the people, in order: what is said, who is told, what is gone.

    `own_lists`: those that people made and somebody listens to.
    """
    by_id: dict[int, list[Person]] = {}
    for viewer in viewers:
        by_id.setdefault(viewer.actor_id, []).append(viewer)
    batch = _Batch(renderer, vault, tx, by_id)
    placed = _ids(signals, kinds.PLACED)
    edited = _ids(signals, kinds.EDITED)
    told = await _told(batch, signals, now)
    about = {one.row.post_id for one in told if one.row.post_id is not None}
    talks = await conversations.ending_in(tx, _ids(signals, kinds.CONVERSED), viewers)
    said = {one.post_id for one in talks}
    lists = await _Lists.of(tx, signals, own_lists)
    seen = await streams.seen_by(tx, {*placed, *edited, *about, *said, *lists.written}, viewers, now)
    rows = await posts.of_ids(tx, sorted({one.entry_id for one in seen}), Operation())
    shown = await _said(batch, placed, edited, lists, now, seen, rows)
    shown += await _notifications(batch, told, seen, rows)
    shown += await _conversations(batch, talks, {(one.entry_id, one.person_id): one for one in seen}, rows)
    for gone in await streams.gone_for(tx, _ids(signals, kinds.REMOVED), viewers):
        deleted = Shown(gone.person_id, channels.DELETE, str(gone.entry_id), gone=gone)
        shown += [deleted, *lists.among([deleted], lists.by_entry)]
    shown += [Shown(one.id, *_BARE[one.what]) for one in signals if one.what in _BARE and one.id in by_id]
    return shown


async def _said(
    batch: _Batch,
    placed: Sequence[int],
    edited: Sequence[int],
    lists: "_Lists",
    now: datetime,
    seen: Sequence[Seen],
    rows: dict[int, EntryRow],
) -> list[Shown]:
    """What is new and what was edited, in timelines and in lists."""
    by_entry = streams.people_of([one for one in seen if one.entry_id in rows and one.is_wanted])

    def news(entries: Sequence[int]) -> list[Seen]:
        fresh = [one for one in entries if one in rows and now - rows[one].published_at < NEWS_FOR]
        return [one for entry in fresh for one in by_entry.get(entry, [])]

    shown = await _statuses(batch, channels.UPDATE, news(placed), rows)
    listed = [one for one in news(lists.written) if lists.takes(one)]
    shown += lists.among(await _statuses(batch, channels.UPDATE, listed, rows), lists.by_entry)
    again = [one for entry in edited for one in by_entry.get(entry, [])]
    changed = await _statuses(batch, channels.STATUS_UPDATE, again, rows)
    return [*shown, *changed, *lists.among(changed, lists.by_post)]


@dataclass(frozen=True, slots=True)
class _Lists:
    """What of these changes stands in lists that people made and listen to, by entry or post and by person."""

    written: list[int]
    by_entry: Mapping[tuple[int, int], frozenset[int]]
    by_post: Mapping[tuple[int, int], frozenset[int]]

    @classmethod
    async def of(cls, tx: ReadTx, signals: Sequence[Signal], own_lists: Collection[int]) -> Self:
        """No statement where nobody listens to such a list."""
        written = _ids(signals, kinds.WRITTEN)
        about = {*written, *_ids(signals, kinds.EDITED), *_ids(signals, kinds.REMOVED)}
        found = await streams.listed(tx, about, own_lists)
        entries = {one.entry_id for one in found}
        return cls(
            [one for one in written if one in entries],
            _lists_by([(one.entry_id, one) for one in found]),
            _lists_by([(one.post_id, one) for one in found]),
        )

    def takes(self, seen: Seen) -> bool:
        """It belongs in a list of the person's."""
        return (seen.entry_id, seen.person_id) in self.by_entry

    def among(self, shown: Sequence[Shown], lists: Mapping[tuple[int, int], frozenset[int]]) -> list[Shown]:
        """The same for the lists in which it stands."""
        return [
            structs.replace(one, own_lists=lists[one.entry_id, one.person_id])
            for one in shown
            if (one.entry_id, one.person_id) in lists
        ]


def _lists_by(found: Sequence[tuple[int, Listed]]) -> dict[tuple[int, int], frozenset[int]]:
    lists: dict[tuple[int, int], frozenset[int]] = {}
    for number, one in found:
        key = number, one.person_id
        lists[key] = lists.get(key, frozenset()) | {one.list_id}
    return lists


def _ids(signals: Iterable[Signal], what: str) -> list[int]:
    return list(dict.fromkeys(one.id for one in signals if one.what == what))


async def _told(batch: _Batch, signals: Sequence[Signal], at: datetime) -> list[_Told]:
    instants = {one.at for one in signals if one.at is not None}
    told = await streams.told(
        batch.tx,
        [people[0] for people in batch.viewers.values()],
        posts=_ids(signals, kinds.TOLD_OF),
        people=_ids(signals, kinds.TOLD),
        at=at,
        instants=instants,
    )
    told += await _answered_discreetly(batch, _ids(signals, kinds.TOLD_OF), at)
    if not told:
        return []
    # Nobody is alerted in their quiet hours, in whatever app; they find it there afterwards (product section 7).
    told_to = {viewer.person_id for one, _ in told for viewer in batch.viewers[one]}
    rests = await rest.of_people(batch.tx, told_to)
    resting = frozenset(one for one in told_to if rests.over_at(one, at) is not None)
    return [
        _Told(one, row, resting)
        for one, row in told
        if any(each.person_id not in resting for each in batch.viewers[one])
    ]


async def _answered_discreetly(
    batch: _Batch, post_ids: Sequence[int], at: datetime
) -> list[tuple[int, NotificationRow]]:
    """Answers for those who listen and asked discreetly: the seals of the threads that were written in are opened, so
    that no row has to name them (product J6, threats T242).
    """
    found: list[tuple[int, NotificationRow]] = []
    for asked in await discreet.asked_around(batch.tx, post_ids):
        person_id = open_author(batch.vault, asked.author or b"", asked.key or b"")
        viewers = [one for one in batch.viewers.get(person_id, ()) if not isinstance(one, ActingCommunity)]
        if viewers:
            rows = await discreet.said_now(batch.tx, viewers[0], asked.thread_id, post_ids, at)
            found += [(person_id, row) for row in rows]
    return found


def _as_seen(row: EntryRow, seen: Seen) -> EntryRow:
    """The entry with the person's own marks."""
    if not (seen.is_liked or seen.is_bookmarked or seen.is_pinned or seen.is_muted or seen.has_filters):
        return row
    return structs.replace(
        row,
        is_liked=seen.is_liked,
        is_bookmarked=seen.is_bookmarked,
        is_pinned=seen.is_pinned,
        is_muted=seen.is_muted,
        has_filters=seen.has_filters,
    )


async def _statuses(batch: _Batch, event: str, seen: Sequence[Seen], rows: dict[int, EntryRow]) -> list[Shown]:
    """A post as each of these people sees it; made once for all who see it alike."""
    found: list[Shown] = []
    distinct: dict[tuple[int, bool, bool, bool, int], _Made | None] = {}
    keyed = [
        ((one.entry_id, one.is_liked, one.is_bookmarked, one.is_muted, _in_particular(batch, one, rows)), one)
        for one in seen
    ]
    of_each = {key: (_as_seen(rows[one.entry_id], one), batch.viewer(one.person_id)) for key, one in keyed}
    built = await batch.renderer.status_of_each(batch.tx, list(of_each.values()))
    for key, status in zip(of_each, built, strict=True):
        distinct[key] = None if status is None else _Made.of(status)
    for key, one in keyed:
        if (made := distinct[key]) is not None:
            shown = Shown(
                one.person_id,
                event,
                made.payload,
                rows[one.entry_id],
                one,
                has_media=made.has_media,
                hidden_in=made.hidden_in,
            )
            found.append(shown)
    return found


def _in_particular(batch: _Batch, seen: Seen, rows: dict[int, EntryRow]) -> int:
    """Who reads, where that makes a difference: the author, who has filters, who may have voted, who acts; else 0."""
    post = rows[seen.entry_id].post
    is_particular = post.author_id == seen.person_id or seen.has_filters or post.kind == QUESTION
    return seen.person_id if is_particular or isinstance(batch.viewer(seen.person_id), ActingCommunity) else 0


async def _notifications(
    batch: _Batch,
    told: Sequence[_Told],
    seen: Sequence[Seen],
    rows: dict[int, EntryRow],
) -> list[Shown]:
    """Notifications whose post, where they have one, their recipient may see."""
    marks = {(one.entry_id, one.person_id): one for one in seen}
    wanted: list[tuple[NotificationRow, EntryRow | None, Person]] = []
    resting: list[frozenset[int]] = []
    for viewer_id, row, at_rest in told:
        mark = marks.get((row.post_id, viewer_id)) if row.post_id is not None else None
        if row.post_id is None or (mark is not None and row.post_id in rows):
            entry = _as_seen(rows[row.post_id], mark) if row.post_id is not None and mark is not None else None
            wanted.append((row, entry, batch.viewer(viewer_id)))
            resting.append(at_rest)
    built: list[Notification | None] = await batch.renderer.notification_of_each(batch.tx, wanted)
    return [
        Shown(
            viewer.actor_id,
            channels.NOTIFICATION,
            _encode(made).decode(),
            notification=(row.id, row.created_at),
            resting=at_rest,
        )
        for (row, _, viewer), at_rest, made in zip(wanted, resting, built, strict=True)
        if made is not None
    ]


async def _conversations(
    batch: _Batch, talks: Sequence[Concerned], marks: dict[tuple[int, int], Seen], rows: dict[int, EntryRow]
) -> list[Shown]:
    """Conversations in which something was said that their owner may see and cares to meet."""
    wanted = [
        one
        for one in talks
        if one.post_id in rows and (mark := marks.get((one.post_id, one.person_id))) is not None and mark.is_wanted
    ]
    people = await batch.renderer.shown(batch.tx, {each for one in wanted for each in (one.person_id, *one.people)})
    seen = [
        (_as_seen(rows[one.post_id], marks[one.post_id, one.person_id]), batch.viewer(one.person_id)) for one in wanted
    ]
    built = await batch.renderer.status_of_each(batch.tx, seen)
    found: list[Shown] = []
    for one, status in zip(wanted, built, strict=True):
        if status is None:
            continue
        accounts = [people[each] for each in one.people or [one.person_id] if each in people]
        made = Conversation(id=str(one.id), unread=one.is_unread, accounts=accounts, last_status=status)
        found.append(Shown(one.person_id, channels.CONVERSATION, _encode(made).decode()))
    return found
