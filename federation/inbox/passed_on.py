"""A community elsewhere that announces what was said in a closed community of ours (threats T237).

It cannot be kept from doing so: nothing of it is shown here, and the administrators of both servers hear of it, ours by
a report on their desk, theirs by a `Flag` of our server. Once for each post and community, while that report is open.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from federation.inbox.context import Tools
from federation.vocab.outgoing import Outgoing
from federation.vocab.reporting import Reporting
from models.engine import WriteTx
from models.queries import actors
from models.queries import reports as reading
from models.queries.actors import ActorRow
from models.writes import reports
from models.writes.reports import NewReport

REASON = "Announced outside of the community that it was written in, for which alone it was shared."


@dataclass(frozen=True, slots=True)
class PassedOn:
    """Which post, and by whom."""

    post_id: int
    post_uri: str
    community_id: int
    by: ActorRow
    announce_uri: str
    at: datetime


async def report(tx: WriteTx, tools: Tools, found: Sequence[PassedOn]) -> list[Outgoing]:
    """Keep a report of each, and make what the other server is told."""
    told: list[Outgoing] = []
    # One by one: it is rare, and the same post may come twice in one batch.
    for one in found:
        server = await actors.server_actor(tx)
        if server is None or await reading.is_open(tx, target_id=one.by.id, post_id=one.post_id):
            continue
        row = NewReport(
            id=tools.runtime.tokens.next_id(one.at),
            activity_uri=one.announce_uri,
            reporter_id=server.id,
            target_id=one.by.id,
            post_id=one.post_id,
            community_id=one.community_id,
            reason=REASON,
            category="violation",
            is_forwarded=True,
            created_at=one.at,
            escalated_at=one.at,
        )
        await reports.add(tx, [row])
        told.append(Reporting(tools.runtime, one.at).anonymous(server, one.by, [one.post_uri], REASON))
    return told
