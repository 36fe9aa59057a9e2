"""Keeping versions of an agreement: storing one that was signed once, and one that both have signed."""

from datetime import UTC, datetime, time

from federation.agreements import terms
from federation.agreements.office import Office, stored
from federation.agreements.terms import Terms
from federation.errors import Denied
from federation.vocab.types import Document
from models.agreements import PROPOSED, REPLACED
from models.communities import LABELS
from models.engine import WriteTx
from models.queries import agreements as reading
from models.queries.agreements import AgreementRow, StandingRow
from models.queries.sharing_notices import shared
from models.retractions import NARROWED
from models.writes import agreements, retractions, sharing_notices


async def add_version(
    tx: WriteTx, office: Office, standing: StandingRow, text: Terms, document: Document, *, is_ours: bool, at: datetime
) -> AgreementRow:
    """Store a version that one side has signed; an open one before it is replaced."""
    terms.read(document)
    await agreements.close(tx, peer_id=standing.id, states=(PROPOSED,), to=REPLACED)
    ours = text.share_of(office.actor.uri)
    row: dict[str, object] = {
        "id": office.here.tokens.next_id(at),
        "peer_id": standing.id,
        "uri": text.id,
        "version": text.version,
        "hash": terms.hash_of(document),
        "state": PROPOSED,
        "is_ours": is_ours,
        "offered_in": standing.letters_sent + 1 if is_ours else None,
        "document": stored(document),
        "ceiling": LABELS.index(text.ceiling),
        "rights": text.rights,
        "opens_ours": ours.whatever_hosts_open,
        "opens_history": text.history,
        "retention_months": text.retention_months,
        "retraction_hours": text.retraction_hours,
        "review_at": datetime.combine(text.review_date, time(), UTC),
        "created_at": at,
    }
    await agreements.add(tx, row, ours.communities)
    added = await reading.proposed(tx, standing.id)
    assert added is not None, "the same transaction has just stored it"
    return added


async def settle(tx: WriteTx, row: AgreementRow, document: Document, *, at: datetime) -> None:
    """Both have signed: the version is in force, and what it lets pass no more is called back.

    Hosts are to be told what it shares that was not shared before.
    """
    before, was_shared = await retractions.reach(tx, peer_id=row.peer_id), await shared(tx, [row.peer_id])
    await agreements.put_in_force(tx, row.id, peer_id=row.peer_id, document=stored(document), at=at)
    after = await retractions.reach(tx, peer_id=row.peer_id)
    await retractions.of_what_was_lost(tx, before, after, NARROWED, at)
    await sharing_notices.owe(tx, await shared(tx, [row.peer_id]) - was_shared)


async def go_back(tx: WriteTx, row: AgreementRow, *, at: datetime) -> AgreementRow:
    """What is in force does not count: of what both had signed besides, that counts again which would have.

    What it lets pass no more is called back, and hosts are to be told what is shared again. Raises `Denied` where both
    had signed nothing else.
    """
    former = await reading.signed_besides(tx, row.peer_id)
    if former is None:
        raise Denied("nothing else was signed by both", reason="agreement_not_open", version=row.version)
    before, was_shared = await retractions.reach(tx, peer_id=row.peer_id), await shared(tx, [row.peer_id])
    await agreements.decline(tx, row.id)
    await agreements.reinstate(tx, former.id)
    after = await retractions.reach(tx, peer_id=row.peer_id)
    await retractions.of_what_was_lost(tx, before, after, NARROWED, at)
    await sharing_notices.owe(tx, await shared(tx, [row.peer_id]) - was_shared)
    return former
