"""Making things go whose time is over: threads, and what lay in the bin. The caller leaves out what a case holds."""

from collections.abc import Sequence
from datetime import datetime

from models.actors import ServerState
from models.dialect import upsert
from models.engine import WriteTx
from models.posts import Post
from models.queries.rules import BIN, THREADS, Rules
from models.signals import REMOVED
from models.writes import communities, departures


async def purge(tx: WriteTx, ids: Sequence[int], at: datetime) -> None:
    """These posts are gone, with their files, earlier versions, marks and reports; tombstones without a word stay, so
    that a copy that comes back late is not taken for something new.
    """
    for post_id in ids:
        tx.signal(REMOVED, post_id)
    await departures.wipe_posts(tx, Post.id.in_(ids), at)


async def set_rules(tx: WriteTx, wanted: Rules) -> None:
    """What holds for all of the server from now on."""
    for name, days in ((THREADS, wanted.thread_days), (BIN, wanted.bin_days)):
        await tx.execute(upsert(tx, ServerState, ["name"], ["number"]), {"name": name, "number": days, "text": ""})


async def set_for_community(tx: WriteTx, community_id: int, days: int | None) -> None:
    """A community's own rule; None: as on all of the server."""
    await communities.change(tx, community_id, {"retention_days": days})
