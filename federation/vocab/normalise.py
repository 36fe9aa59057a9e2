"""Every shape of activity that peers send to one shape: the envelope for the door, then the whole for its handler.

Whatever the JSON, only `Malformed` comes out: for what lacks id, type, actor or object, and for what could mean two
things (T052). Types we do not know are `Unknown`, not an error. Posts and actors have modules of their own.
"""

import contextlib
from collections.abc import Callable
from datetime import datetime
from typing import TypedDict

from federation.errors import Malformed
from federation.vocab import shapes
from federation.vocab.normalise_actors import actor, is_actor, vouched
from federation.vocab.normalise_posts import MAX_POLL_OPTIONS, POST_TYPES, post
from federation.vocab.types import (
    Accept,
    Activity,
    Actor,
    Add,
    Announce,
    Announced,
    Block,
    Collection,
    Create,
    Delete,
    Dislike,
    Document,
    Embedded,
    Envelope,
    Flag,
    Follow,
    Invite,
    Item,
    Like,
    Lock,
    Move,
    Opaque,
    Reject,
    Remove,
    Tombstone,
    Undo,
    Unknown,
    Update,
)

MAX_COLLECTION_ITEMS = 500
MAX_REASON_CHARACTERS = 5_000
MAX_EMOJI_CHARACTERS = 100
# Announce{Announce{Undo{Delete}}}; a group's Announce is unwrapped once, so nothing deeper has a meaning.
MAX_ACTIVITY_LEVELS = 4
MAX_SEVERAL_OBJECTS = {"Announce": 100, "Create": MAX_POLL_OPTIONS, "Flag": 100}
"""Types whose `object` may be a list: PieFed's batches, GoToSocial's votes, reports of several posts."""

_COLLECTION_TYPES = frozenset({"Collection", "OrderedCollection", "CollectionPage", "OrderedCollectionPage"})


class _Common(TypedDict):
    id: str
    actor: str
    object_id: str
    object_kind: str
    to: tuple[str, ...]
    cc: tuple[str, ...]
    audience: tuple[str, ...]
    published: datetime | None
    raw: Document


def envelope(document: Document) -> Envelope:
    """The cheap part, needed at the door. Raises `Malformed` for what lacks id, type, actor or object, or is ambiguous
    in one (T052).

    Looks neither at the recipients nor into the object, beyond its id and type.
    """
    door = _envelope(document)
    if not door.id:
        raise Malformed("activity has no id", reason="malformed", type=door.type)
    return door


def activity(document: Document) -> Activity:
    """The activity a document is, with the objects embedded in it; a type we do not act upon gives `Unknown`.

    Raises `Malformed` as `envelope` does, and when an embedded post, actor or activity that matters is itself
    malformed.
    """
    return _activity(document, envelope(document), MAX_ACTIVITY_LEVELS)


def any_object(document: Document) -> Activity | Embedded:
    """Whatever a fetched or embedded document is; a type we do not read gives `Opaque`. Raises `Malformed` like the
    reader of its type.
    """
    kind = shapes.type_of(document)
    return activity(document) if kind in _READERS else _object(document, kind)


def collection(document: Document) -> Collection:
    """A collection or page. Entries without an http or https id are left out; the first 500 are looked at, no further
    (T087).

    Raises `Malformed` for another type or an unusable id; an anonymous page is no error.
    """
    kind = shapes.type_of(document)
    if kind not in _COLLECTION_TYPES:
        raise Malformed("document is not a collection", reason="malformed", type=kind)
    first = document.get("first")
    embedded = first if shapes.is_one_of(first, _COLLECTION_TYPES) and "first" not in first else None
    entries = document.get("orderedItems") or document.get("items")
    return Collection(
        id=shapes.own_id(document),
        kind=kind,
        items=_items(entries[:MAX_COLLECTION_ITEMS] if isinstance(entries, list) else [entries]),
        first=shapes.optional_id(first),
        first_page=collection(embedded) if embedded is not None else None,
        next=shapes.optional_id(document.get("next")),
        total=shapes.count(document.get("totalItems")),
        attributed_to=shapes.optional_id(document.get("attributedTo")),
    )


def _items(entries: list[object]) -> tuple[Item, ...]:
    items = []
    for entry in entries:
        uri = shapes.optional_id(entry)
        if not uri or not shapes.is_web_address(uri):
            continue
        if isinstance(entry, dict):
            kind = entry.get("type")
            items.append(Item(uri, kind if isinstance(kind, str) else "", entry))
        else:
            items.append(Item(uri))
    return tuple(items)


def _envelope(document: Document) -> Envelope:
    """As `envelope`, but the id may be missing: an activity embedded in an Undo often has none."""
    shapes.refuse_other_meanings(document)
    kind = shapes.type_of(document)
    sender = shapes.one_id(document.get("actor"), "actor")
    if not sender:
        raise Malformed("activity has no actor", reason="malformed", type=kind)
    object_id, object_type = _named_object(document.get("object"), kind)
    return Envelope(
        id=shapes.own_id(document),
        type=kind,
        actor=sender,
        object_id=object_id,
        object_type=object_type,
        target=shapes.optional_id(document.get("target")),
    )


def _named_object(value: object, kind: str) -> tuple[str, str]:
    """Id and embedded type of an activity's object; both empty where several are allowed and sent."""
    if isinstance(value, list):
        if len(value) > MAX_SEVERAL_OBJECTS.get(kind, 1):
            raise Malformed("activity has too many objects", reason="malformed", type=kind, objects=len(value))
        if len(value) > 1:
            return "", ""
        value = value[0] if value else None
    uri = shapes.one_id(value, "object")
    object_type = shapes.type_of(value) if isinstance(value, dict) and value.get("type") is not None else ""
    if not uri and not object_type:
        raise Malformed("activity has no object", reason="malformed", type=kind)
    return uri, object_type


def _activity(document: Document, door: Envelope, levels: int) -> Activity:
    to, cc, audience = shapes.recipients(document)
    common = _Common(
        id=door.id,
        actor=door.actor,
        object_id=door.object_id,
        object_kind=door.object_type,
        to=to,
        cc=cc,
        audience=audience,
        published=shapes.date(document.get("published")),
        raw=document,
    )
    reader = _READERS.get(door.type)
    return reader(common, document, levels) if reader else Unknown(kind=door.type, target=door.target, **common)


# --- what is embedded ---


def _single(document: Document) -> Document | None:
    """The embedded object with a type, of an activity that has one object; None if only an id was sent, or several
    objects.
    """
    value = document.get("object")
    if isinstance(value, list):
        value = value[0] if len(value) == 1 else None
    if not isinstance(value, dict) or value.get("type") is None:
        return None
    if "@context" not in value and shapes.context_language(document):
        # What is embedded speaks the language of what it is embedded in.
        return {**value, "@context": document["@context"]}
    return value


def _inner_activity(value: Document | None, levels: int) -> Activity | None:
    """The activity embedded; None if there is none, or only its id and type: then it is to be found by its id."""
    if value is None or levels <= 1 or shapes.type_of(value) not in _READERS:
        return None
    if not value.get("actor") or not value.get("object"):
        return None
    return _activity(value, _envelope(value), levels - 1)


def _inner_object(value: Document | None) -> Embedded | None:
    if value is None:
        return None
    kind = shapes.type_of(value)
    return None if kind in _READERS else _object(value, kind)


def _object(document: Document, kind: str) -> Embedded:
    if kind in POST_TYPES:
        return post(document)
    if kind in _COLLECTION_TYPES:
        return collection(document)
    if kind == "Tombstone":
        former = document.get("formerType")
        return Tombstone(
            id=shapes.own_id(document),
            former_type=former if isinstance(former, str) and len(former) <= shapes.MAX_TYPE_CHARACTERS else None,
            deleted=shapes.date(document.get("deleted")),
        )
    return actor(document) if is_actor(document, kind) else Opaque(shapes.own_id(document), kind)


# --- one reader for each type ---


def _accept(common: _Common, document: Document, levels: int) -> Activity:
    return Accept(object=_inner_activity(_single(document), levels), **common)


def _reject(common: _Common, document: Document, levels: int) -> Activity:
    return Reject(object=_inner_activity(_single(document), levels), **common)


def _undo(common: _Common, document: Document, levels: int) -> Activity:
    inner = _inner_activity(_single(document), levels)
    return Undo(object=inner, restore_data=document.get("restoreData") is True, **common)


def _create(common: _Common, document: Document, levels: int) -> Activity:
    value = document.get("object")
    if not isinstance(value, list) or len(value) == 1:
        return Create(object=_inner_object(_single(document)), **common)
    votes = tuple(post(entry) for entry in value if isinstance(entry, dict))
    if len(votes) != len(value) or not all(vote.is_vote for vote in votes):
        raise Malformed("several objects that are not votes", reason="malformed", objects=len(value))
    return Create(object=votes[0], further_votes=votes[1:], **common)


def _update(common: _Common, document: Document, levels: int) -> Activity:
    return Update(object=_inner_object(_single(document)), **common)


def _delete(common: _Common, document: Document, levels: int) -> Activity:
    return Delete(
        summary=shapes.markup_of(document, "summary", MAX_REASON_CHARACTERS),
        remove_data=document.get("removeData") is True,
        with_replies=document.get("withReplies") is True,
        **common,
    )


def _announce(common: _Common, document: Document, levels: int) -> Activity:
    value = document.get("object")
    single = _single(document)
    if shapes.is_one_of(single, _COLLECTION_TYPES) and isinstance(single.get("orderedItems"), list):
        value = single["orderedItems"]
    if not isinstance(value, list) or len(value) == 1:
        announced = [_announced(value[0] if isinstance(value, list) else value, levels)]
        return Announce(objects=tuple(announced), vouched=vouched(document.get("vouched")), **common)
    if len(value) > MAX_SEVERAL_OBJECTS["Announce"]:
        raise Malformed("too many things announced at once", reason="malformed", objects=len(value))
    announced = []
    for entry in value:
        # Each stands for itself: one that is malformed takes nothing from the others (R9).
        with contextlib.suppress(Malformed):
            announced.append(_announced(entry, levels))
    return Announce(objects=tuple(announced), **common)


def _announced(value: object, levels: int) -> Announced:
    uri, kind = _named_object(value, "Announce")
    if not isinstance(value, dict) or not kind:
        return Announced(id=uri, kind="", object=None)
    inner = post(value) if kind in POST_TYPES else _inner_activity(value, levels)
    return Announced(id=uri, kind=kind, object=inner)


def _like(common: _Common, document: Document, levels: int) -> Activity:
    emoji = shapes.line_of(document, "content", MAX_EMOJI_CHARACTERS)
    return Like(emoji=emoji or shapes.line_of(document, "_misskey_reaction", MAX_EMOJI_CHARACTERS), **common)


def _follow(common: _Common, document: Document, levels: int) -> Activity:
    return Follow(**common)


def _dislike(common: _Common, document: Document, levels: int) -> Activity:
    return Dislike(**common)


def _add(common: _Common, document: Document, levels: int) -> Activity:
    return Add(target=shapes.optional_id(document.get("target")), **common)


def _remove(common: _Common, document: Document, levels: int) -> Activity:
    return Remove(target=shapes.optional_id(document.get("target")), **common)


def _block(common: _Common, document: Document, levels: int) -> Activity:
    return Block(
        target=shapes.optional_id(document.get("target")),
        # Lemmy says `endTime`, Mbin `expires`.
        ends_at=shapes.date(document.get("endTime")) or shapes.date(document.get("expires")),
        remove_data=document.get("removeData") is True,
        summary=shapes.markup_of(document, "summary", MAX_REASON_CHARACTERS),
        **common,
    )


def _lock(common: _Common, document: Document, levels: int) -> Activity:
    return Lock(summary=shapes.markup_of(document, "summary", MAX_REASON_CHARACTERS), **common)


def _flag(common: _Common, document: Document, levels: int) -> Activity:
    # Lemmy says `summary`, Mastodon `content`, Mbin both.
    reason = shapes.markup_of(document, "summary", MAX_REASON_CHARACTERS)
    reason = reason or shapes.markup_of(document, "content", MAX_REASON_CHARACTERS) or ""
    return Flag(object_ids=shapes.ids(document.get("object"), MAX_SEVERAL_OBJECTS["Flag"]), reason=reason, **common)


def _move(common: _Common, document: Document, levels: int) -> Activity:
    target, origin = document.get("target"), document.get("origin")
    return Move(
        target=shapes.optional_id(target),
        origin=shapes.optional_id(origin),
        context=shapes.optional_id(document.get("context")),
        summary=shapes.markup_of(document, "summary", MAX_REASON_CHARACTERS),
        **common,
    )


def _invite(common: _Common, document: Document, levels: int) -> Activity:
    embedded = _inner_object(_single(document))
    return Invite(
        object=embedded if isinstance(embedded, Actor) else None,
        target=shapes.optional_id(document.get("target")),
        **common,
    )


_READERS: dict[str, Callable[[_Common, Document, int], Activity]] = {
    "Accept": _accept,
    "Add": _add,
    "Announce": _announce,
    "Block": _block,
    "Create": _create,
    "Delete": _delete,
    "Dislike": _dislike,
    "EmojiReact": _like,
    "Flag": _flag,
    "Follow": _follow,
    "Invite": _invite,
    "Like": _like,
    "Lock": _lock,
    "Move": _move,
    "Reject": _reject,
    "Remove": _remove,
    "Undo": _undo,
    "Update": _update,
}
