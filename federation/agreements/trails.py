"""Telling partners where our audit trail stands, and keeping what they tell of theirs (product section 8)."""

from collections.abc import Sequence
from datetime import datetime

import structlog

from federation.agreements import checkpoints, letters
from federation.agreements.checkpoints import Known, Received
from federation.agreements.letters import Letter
from federation.agreements.office import Office, stored
from federation.errors import Denied
from federation.vocab import render
from federation.vocab.decode import decode
from federation.vocab.outgoing import Outgoing
from models.engine import WriteTx
from models.peers import ACTIVE, SUSPENDED
from models.queries import agreements
from models.queries import audit as trail
from models.queries import checkpoints as reading
from models.queries.actors import ActorRow
from models.queries.agreements import StandingRow
from models.queries.audit import FIRST_PREVIOUS_HASH
from models.queries.checkpoints import CheckpointRow, HeldCheckpoint
from models.writes import audit
from models.writes import checkpoints as writing

log = structlog.get_logger()


async def make(
    tx: WriteTx, office: Office, partners: Sequence[tuple[StandingRow, ActorRow]], at: datetime
) -> tuple[CheckpointRow, list[Outgoing]]:
    """Sign where our trail stands, and tell each of the partners, with the last few before it."""
    await audit.stand_still(tx)
    earlier = await reading.newest(tx, checkpoints.MOST_IN_A_LETTER - 1)
    last, newest = (earlier[-1] if earlier else None), await trail.last(tx)
    head = newest.hash if newest else FIRST_PREVIOUS_HASH
    checkpoint = checkpoints.new(
        office,
        number=last.number + 1 if last else 1,
        previous=last.hash if last else None,
        entries=newest.id if newest else 0,
        head=head,
        published=render.instant(at),
    )
    document = checkpoints.signed(checkpoint, office, at)
    row = CheckpointRow(
        checkpoint.number, at, checkpoint.entries, head, checkpoints.hash_of(document), stored(document)
    )
    await writing.add(tx, row)
    about = checkpoints.about([*(decode(one.document) for one in earlier), document])
    # One by one: each letter has a serial number of its own.
    return row, [
        await office.write(tx, letters.ADD, to=other, standing=standing, about=about, at=at)
        for standing, other in partners
    ]


async def keep(tx: WriteTx, office: Office, letter: Letter, standing: StandingRow, at: datetime) -> None:
    """Keep what a partner tells of its trail; what does not extend what it told before raises an alarm (threats T247).

    Raises `Denied` where no exchange was agreed, `Malformed` and `Unauthenticated` for what is no checkpoint of it.
    """
    if standing.state not in (ACTIVE, SUSPENDED) or standing.server_key is None:
        raise Denied("nothing is agreed with this server", reason="agreement_not_open", peer=standing.host)
    # The letter is proven by the present key; older checkpoints in it were signed by those that it followed.
    keys = (standing.server_key, *await agreements.successions(tx, standing.id))
    told = checkpoints.in_letter(letter.about, server=letter.sender, keys=keys, now=at)
    last = await reading.last_of(tx, standing.id)
    problem = checkpoints.flaw(Known(last.number, last.entries, last.head, last.hash) if last else None, told)
    if problem is not None:
        details: dict[str, object] = {"problem": problem, "hash": told[-1].hash}
        await audit.append(tx, at=at, actor=letter.sender, action="audit.alarm", object=standing.host, details=details)
        log.error("audit.alarm", peer=standing.host, problem=problem, hash=told[-1].hash)
        await writing.add_theirs(tx, [_row(office, standing, told[-1], at, problem)])
        return
    fresh = [one for one in told if last is None or one.checkpoint.number > last.number]
    if fresh:
        await writing.add_theirs(tx, [_row(office, standing, one, at, None) for one in fresh])


def _row(office: Office, standing: StandingRow, one: Received, at: datetime, problem: str | None) -> HeldCheckpoint:
    return HeldCheckpoint(
        id=office.here.tokens.next_id(at),
        peer_id=standing.id,
        number=one.checkpoint.number,
        entries=one.checkpoint.entries,
        head=one.checkpoint.head,
        hash=one.hash,
        document=stored(one.document),
        received_at=at,
        problem=problem,
    )
