"""What a transaction changed that open streams may show: ids only, never content.

Collected in the `WriteTx` and handed on after the commit. Whoever shows it reads it anew, through the gate, for each
of those who look; so a signal may be lost, doubled or seen by anybody without harm.
"""

from datetime import datetime
from typing import Final

import msgspec

PLACED: Final = "placed"
"""An entry stands in timelines now; `id` of the entry (`feeds.place`)."""

WRITTEN: Final = "written"
"""A post or a wrapper is there, or others see it only now, be it in timelines or not; `id` of the entry.

Lists that people make are asked for it.
"""

EDITED: Final = "edited"
"""A post says something else; `id` of the post."""

REMOVED: Final = "removed"
"""A post is gone, with its wrappers; `id` of the post, whose row stays as a tombstone."""

TOLD_OF: Final = "told_of"
"""People were notified of a post; `id` of what the notifications name, `at` their time."""

TOLD: Final = "told"
"""One person was notified; `id` of the person, `at` the time of the notifications."""

CONVERSED: Final = "conversed"
"""A private post stands in conversations now; `id` of the post."""

FILTERS: Final = "filters"
"""A person changed their filters; `id` of the person."""

MERGED: Final = "merged"
"""Notifications of somebody who waited were let through; `id` of the person."""


class Signal(msgspec.Struct, frozen=True, array_like=True):
    """One change."""

    what: str
    id: int
    at: datetime | None = None
