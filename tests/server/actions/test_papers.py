"""Agreements and receipts go five years after the exchange has ended, and not before (product section 8)."""

from datetime import datetime

import pytest
from sqlalchemy import Table, func, insert, select, update

from models.agreements import OVER, Agreement
from models.audit import PartnerCheckpoint
from models.cases import OPEN, Case
from models.peers import ACTIVE, ENDED, Peer
from models.queries import audit
from models.retractions import DONE, HeardRetraction, Receipt, Retraction
from models.writes.audit import SERVER
from server.actions import expiry
from tests.support.firm import Firm, clock, firm

__all__ = ["clock", "firm"]

PAPERS = (Agreement, Receipt, Retraction, HeardRetraction, PartnerCheckpoint)


async def exchange(firm: Firm, number: int, state: str) -> None:
    """A partner with papers of every kind: two requests under one receipt."""
    at, uri = firm.clock.now(), f"http://p{number}.test/actor"
    digest = {"hash": "0" * 64, "document": b"{}"}
    terms = {"ceiling": 0, "rights": "read", "opens_ours": False, "review_at": at, "created_at": at, "is_ours": True}
    request = {"scope": "everything", "object_uri": uri}
    request_row = {**request, "peer_id": number, "reason": "ended", "state": DONE, "hours": 24, "requested_at": at}
    rows: list[tuple[type, list[dict[str, object]]]] = [
        (Peer, [{"id": number, "host": f"p{number}.test", "state": state, "created_at": at}]),
        (Agreement, [{"id": number, "peer_id": number, "uri": uri, "version": 1, "state": OVER, **terms, **digest}]),
        (Receipt, [{"id": number, "peer_id": number, "document": b"{}", "at": at}]),
        (Retraction, [{**request_row, "receipt_id": number} for _ in range(2)]),
        (
            HeardRetraction,
            [{**request, "peer_id": number, "request_uri": uri, "outcome": DONE, "removed": 1, "at": at}],
        ),
        (PartnerCheckpoint, [checkpoint(number, at) | digest]),
    ]
    async with firm.runtime.db.write() as tx:
        for table, values in rows:
            await tx.execute(insert(table), values)


def checkpoint(number: int, at: datetime) -> dict[str, object]:
    return {"id": number, "peer_id": number, "number": 1, "entries": 0, "head": "0" * 64, "received_at": at}


async def kept(firm: Firm, number: int) -> int:
    """How many papers there are of a partner."""
    async with firm.runtime.db.read() as tx:
        tables: list[Table] = [one.__table__ for one in PAPERS]
        counts = [
            await tx.scalar(select(func.count()).select_from(one).where(one.c.peer_id == number)) for one in tables
        ]
    return sum(int(count or 0) for count in counts)


async def keep_terms(firm: Firm) -> None:
    await expiry.keep_terms(firm.runtime)


async def test_papers_go_five_years_after_the_end_and_not_a_moment_before(
    firm: Firm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expiry, "_AT_ONCE", 1)
    await exchange(firm, 101, ENDED)
    await exchange(firm, 102, ACTIVE)
    await exchange(firm, 103, ENDED)
    await keep_terms(firm)
    async with firm.runtime.db.write() as tx:
        # It begins anew.
        await tx.execute(update(Peer).where(Peer.id == 103).values(state=ACTIVE))
    await keep_terms(firm)

    firm.clock.advance(days=1827, seconds=-1)
    await keep_terms(firm)
    before = await kept(firm, 101)
    firm.clock.advance(seconds=1)
    await keep_terms(firm)

    async with firm.runtime.db.read() as tx:
        entry = await audit.last(tx)
        assert await tx.scalar(select(Peer.host).where(Peer.id == 101)) == "p101.test"
    assert [before, await kept(firm, 101), await kept(firm, 102), await kept(firm, 103)] == [6, 0, 6, 6]
    assert entry is not None
    assert (entry.action, entry.actor, entry.object) == ("agreement.forget", SERVER, "p101.test")


async def test_while_a_case_is_open_no_paper_goes(firm: Firm) -> None:
    """Product section 8: under legal hold, until release, whatever the term."""
    await exchange(firm, 101, ENDED)
    await keep_terms(firm)
    firm.clock.advance(days=1827)
    case = {"title": "x", "reason": "x", "names_people": False, "names_communities": False, "state": OPEN}
    async with firm.runtime.db.write() as tx:
        await tx.execute(insert(Case), {"id": 1, "proposed_at": firm.clock.now(), **case})

    await keep_terms(firm)

    assert await kept(firm, 101) == 6
