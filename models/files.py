"""Which files may be attached to posts, as the firm chose; and a count of what is in the store.

Both are facts of the installation, kept as JSON.
"""

from datetime import datetime
from typing import Final

import msgspec

RULES: Final = "file rules"
COUNTED, COUNTING = "files counted", "files counting"
"""The last whole count, and the one that is under way."""

MOST_NAMED: Final = 20
"""Of the missing files a count names so many."""


class FileRules(msgspec.Struct, frozen=True, kw_only=True):
    """What nobody chose is None: whatever this server can take."""

    types: tuple[str, ...] | None = None
    """Media types, as the first bytes of a file say them."""
    picture_mib: int | None = None
    recording_mib: int | None = None
    """Of a film or a sound."""


class Tally(msgspec.Struct, frozen=True):
    """How many files, and how many bytes with their previews."""

    files: int = 0
    bytes: int = 0


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """What the store holds of what the database knows, looked at file by file."""

    begun_at: datetime
    ended_at: datetime | None = None
    last_id: int = 0
    """How far it has come."""
    held: dict[str, Tally] = {}
    """By kind: `image`, `video`, `audio`."""
    missing: int = 0
    missing_names: list[str] = []
    """The first few that should be in the store and are not."""
