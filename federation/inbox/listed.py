"""Answers that a post names itself, in a list inside of it, some embedded whole (PieFed; group federation 13, 14).

What is embedded is the word of whoever sent the post: only where to look. Each is asked for at its own origin, as what
a list of a thread names is (`federation/backfilling.py`), and believed as that shows it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from federation.transport.hosts import same_origin
from models.backfilling import MOST_LEVELS
from models.engine import WriteTx
from models.queries import reception
from models.writes import backfilling


class Listed(NamedTuple):
    """The answers that one post in a partner's community names."""

    community_id: int
    uris: tuple[str, ...]


async def look_for(tx: WriteTx, listed: Sequence[Listed], own_origin: str, at: datetime) -> None:
    """Ask for those that are not here, and not ours; nothing of theirs is followed upwards."""
    for community_id, uris in listed:
        here = {row.uri for row in await reception.known_posts(tx, sorted(set(uris)))}
        unknown = [uri for uri in dict.fromkeys(uris) if uri not in here and not same_origin(uri, own_origin)]
        await backfilling.want_listed(tx, community_id, unknown, MOST_LEVELS, at)
