"""What a post carries besides its text, as it lies in `posts.details`: files, a link, custom emojis.

It is read with the post itself, so a page of posts with files costs no further statement. A file that one of our own
people uploads has a row of its own until it is attached; attaching copies here what a page shows of it, with `id` set.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

MOST_FILES = 16
"""Of one post (threats 2.2); the number of a file in its post has four bits (`file_id`)."""


class File(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A picture, film, sound or other file."""

    kind: str
    """`image`, `video`, `audio`, or `unknown` for anything else."""
    url: str
    """Where its author's server has it."""
    media_type: str | None = None
    """As claimed there; what is served goes by the file's first bytes."""
    description: str | None = None
    blurhash: str | None = None
    width: int | None = None
    height: int | None = None
    focus: tuple[float, float] | None = None
    """Where to look at first: -1 to 1, to the right and upwards."""
    id: int | None = None
    """Of our own people's files: that of the upload."""
    name: str | None = None
    """Of our own people's files: what they are called in the store (`models/media.py`)."""
    small: tuple[int, int] | None = None
    """Width and height of the preview; None: there is none of its own."""
    small_type: str | None = None
    duration: float | None = None
    """Seconds."""
    bit_rate: int | None = None


class Link(msgspec.Struct, frozen=True, omit_defaults=True):
    """The web page that a post is about."""

    url: str
    title: str = ""


class Emoji(msgspec.Struct, frozen=True, array_like=True):
    """A picture for `:shortcode:` in a text."""

    shortcode: str
    url: str
    media_type: str | None = None


class Details(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All of it."""

    files: tuple[File, ...] = ()
    link: Link | None = None
    emojis: tuple[Emoji, ...] = ()
    title_from_text: bool = False
    """The title repeats the first line, so it is not to be shown above it."""
    poll: tuple[str, ...] = ()
    """Of an earlier version only: the answers that could be chosen."""


class Pictures(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The pictures of an actor, as they lie in `actors.pictures`."""

    icon: str | None = None
    icon_type: str | None = None
    image: str | None = None
    image_type: str | None = None
    emojis: tuple[Emoji, ...] = ()


NONE = Details()


def file_of(stored: dict[str, Any]) -> File:
    """What is known of an upload, as it was stored."""
    return msgspec.convert(stored, File)


def details_of(stored: dict[str, Any]) -> Details:
    """What was stored; nothing where it cannot be read: one bad row must not lose a page (threats T172)."""
    if not stored:
        return NONE
    try:
        return msgspec.convert(stored, Details)
    except msgspec.ValidationError:
        return NONE


def pictures_of(stored: dict[str, Any]) -> Pictures:
    """As `details_of`, for an actor."""
    if not stored:
        return Pictures()
    try:
        return msgspec.convert(stored, Pictures)
    except msgspec.ValidationError:
        return Pictures()


def fields_of(stored: Sequence[Any]) -> list[tuple[str, ...]]:
    """The lines of an actor's profile, name first; those that cannot be read are left out (threats T172)."""
    return [tuple(row) for row in stored if isinstance(row, list) and 2 <= len(row) <= 3 and _is_text(row)]


def _is_text(row: Sequence[Any]) -> bool:
    return all(isinstance(part, str) for part in row)


def as_stored(value: Details | Pictures | File) -> dict[str, Any]:
    """The column's value; empty where there is nothing."""
    stored: dict[str, Any] = msgspec.to_builtins(value)
    return stored


def file_id(post_id: int, number: int) -> int:
    """The client API's id of a file that came with a post of elsewhere: never that of an uploaded one for centuries."""
    return post_id * MOST_FILES + number
