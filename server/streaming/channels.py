"""The streams of client API section 5: their names, what token they need, and what belongs in which."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

import msgspec

from models.queries.posts import EntryRow
from models.queries.streams import Gone, Seen

USER, NOTIFICATIONS, LIST, DIRECT = "user", "user:notification", "list", "direct"
PUBLIC, PUBLIC_LOCAL, PUBLIC_REMOTE = "public", "public:local", "public:remote"
HASHTAG, HASHTAG_LOCAL = "hashtag", "hashtag:local"

UPDATE, STATUS_UPDATE, DELETE = "update", "status.update", "delete"
NOTIFICATION, MERGED, FILTERS_CHANGED = "notification", "notifications_merged", "filters_changed"
CONVERSATION: Final = "conversation"

_STATUSES: Final = frozenset({"read:statuses"})
_NOTIFICATIONS: Final = frozenset({"read:notifications"})
_MEDIA: Final = ":media"
_TIMELINES: Final = frozenset({UPDATE, STATUS_UPDATE, DELETE})

NEEDED: Final[Mapping[str, frozenset[str]]] = {
    USER: _STATUSES | _NOTIFICATIONS,
    NOTIFICATIONS: _NOTIFICATIONS,
    **dict.fromkeys((PUBLIC, PUBLIC_LOCAL, PUBLIC_REMOTE), _STATUSES),
    **dict.fromkeys((PUBLIC + _MEDIA, PUBLIC_LOCAL + _MEDIA, PUBLIC_REMOTE + _MEDIA), _STATUSES),
    **dict.fromkeys((HASHTAG, HASHTAG_LOCAL), _STATUSES),
    LIST: frozenset({"read:lists"}),
    DIRECT: _STATUSES,
}
"""Every stream with the scopes that it needs, all of them."""

ANY_STREAM: Final = _STATUSES | _NOTIFICATIONS | {"read:lists"}
"""One of these opens at least one stream."""

MAX_TAG: Final = 100


class Channel(msgspec.Struct, frozen=True):
    """One stream that somebody listens to."""

    name: str
    detail: str = ""
    """The hashtag, folded, or the list's id."""
    community_id: int = 0
    """Whose posts a kept list shows; 0 for lists that people make."""

    @property
    def address(self) -> list[str]:
        """As it stands in a frame."""
        return [self.name, self.detail] if self.detail else [self.name]

    @property
    def is_own_list(self) -> bool:
        """A list that its listener made."""
        return self.name == LIST and not self.community_id


class Shown(msgspec.Struct, frozen=True):
    """Something that happened, as one person, or a community that acts, may see it."""

    person_id: int
    event: str
    payload: str | None
    """JSON, or a bare id; None where the event says it all."""
    row: EntryRow | None = None
    """The entry, of an update."""
    seen: Seen | None = None
    gone: Gone | None = None
    """What is no longer there, of a deletion."""
    has_media: bool = False
    hidden_in: frozenset[str] = frozenset()
    """Kinds of timelines, `home` and `public`, where a filter of the person hides it."""
    own_lists: frozenset[int] = frozenset()
    """It is for those who listen to one of these lists, which they made themselves, and for no other stream."""
    notification: tuple[int, datetime] | None = None
    """Id and time of a notification: it is shown once, even where two were made in one instant.

    The id alone does not name it: SQLite gives that of a deleted one again.
    """
    resting: frozenset[int] = frozenset()
    """Of what a community is told: those who act as it and are in their quiet hours, who are not alerted."""

    @property
    def entry_id(self) -> int:
        """Of the status that it is about, there or gone; 0 for none."""
        about = self.seen or self.gone
        return about.entry_id if about else 0


def takes(channel: Channel, shown: Shown) -> bool:
    """Whether it belongs in the stream. Who may see it at all is decided already."""
    if shown.own_lists:
        return channel.is_own_list and int(channel.detail) in shown.own_lists and "home" not in shown.hidden_in
    if channel.name == USER:
        if shown.seen is not None:
            return shown.seen.is_at_home and "home" not in shown.hidden_in
        return shown.event != CONVERSATION
    if channel.name == NOTIFICATIONS:
        return shown.event in (NOTIFICATION, MERGED)
    if channel.name == DIRECT:
        return shown.event == CONVERSATION
    if shown.event not in _TIMELINES:
        return False
    if shown.gone is not None:
        return _was_in_timeline(channel, shown.gone)
    return shown.row is not None and shown.seen is not None and _is_in_timeline(channel, shown, shown.row, shown.seen)


def _was_in_timeline(channel: Channel, gone: Gone) -> bool:
    if channel.name == LIST:
        return gone.community_id == channel.community_id
    # It has no tags any more: everybody who could see it and listens to a tag hears that it is gone.
    return channel.name in (HASHTAG, HASHTAG_LOCAL) or gone.is_in_open_community


def _is_in_timeline(channel: Channel, shown: Shown, row: EntryRow, seen: Seen) -> bool:
    if ("home" if channel.name == LIST else "public") in shown.hidden_in:
        return False
    is_local = row.post.peer_id is None
    opens_thread = row.post.parent_uri is None and row.post.community_id is not None
    if channel.name == LIST:
        return opens_thread and row.post.community_id == channel.community_id
    if channel.name in (HASHTAG, HASHTAG_LOCAL):
        return channel.detail in row.post.tags and (is_local or channel.name == HASHTAG)
    place = channel.name.removesuffix(_MEDIA)
    return (
        opens_thread
        and seen.is_in_open_community
        and (place == PUBLIC or is_local == (place == PUBLIC_LOCAL))
        and (shown.has_media or not channel.name.endswith(_MEDIA))
    )
