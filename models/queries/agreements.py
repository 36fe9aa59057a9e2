"""Reading agreements and how it stands with the peers that have one."""

from collections.abc import Collection, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import exists, func, or_, select

from models.actors import Actor
from models.agreements import IN_FORCE, OVER, PROPOSED, REPLACED, Agreement, AgreementDraft, KeySuccession
from models.audit import PartnerCheckpoint
from models.communities import Community
from models.engine import ReadTx, WriteTx
from models.peers import ACTIVE, AGREEMENT, ENDED, Peer
from models.peers import PROPOSED as PEER_PROPOSED
from models.retractions import HeardRetraction, Receipt, Retraction


class AgreementRow(msgspec.Struct, frozen=True):
    """One version, in the order of the columns."""

    id: int
    peer_id: int
    uri: str
    version: int
    hash: str
    state: str
    is_ours: bool
    document: bytes
    review_at: datetime
    created_at: datetime
    signed_at: datetime | None


class StandingRow(msgspec.Struct, frozen=True):
    """How it stands with one peer, in the order of the columns."""

    id: int
    host: str
    kind: str
    state: str
    is_named: bool
    server_key: str | None
    awaits_us: bool
    awaits_them: bool
    letters_sent: int
    letters_seen: int
    suspended_at: datetime | None
    last_suspend: int


_COLUMNS = (
    Agreement.id,
    Agreement.peer_id,
    Agreement.uri,
    Agreement.version,
    Agreement.hash,
    Agreement.state,
    Agreement.is_ours,
    Agreement.document,
    Agreement.review_at,
    Agreement.created_at,
    Agreement.signed_at,
)
_STANDING = (
    Peer.id,
    Peer.host,
    Peer.kind,
    Peer.state,
    Peer.is_named,
    Peer.server_key,
    Peer.awaits_us,
    Peer.awaits_them,
    Peer.letters_sent,
    Peer.letters_seen,
    Peer.suspended_at,
    Peer.last_suspend,
)


_HAS_SIGNED = exists().where(Agreement.peer_id == Peer.id, Agreement.signed_at.is_not(None))


async def may_be_written_to(tx: ReadTx, standing: StandingRow) -> bool:
    """The partner knows our key: from terms, also of an exchange that is over, whatever is proposed since."""
    return standing.server_key is not None or await last_signed(tx, standing.id) is not None


async def corresponding_for_change(tx: WriteTx) -> list[StandingRow]:
    """Every partner that knows our server's key from terms, also where they are over: what is called back goes on.

    By id; nobody else changes them until this transaction is over.
    """
    knows_us = or_(Peer.server_key.is_not(None), _HAS_SIGNED)
    query = select(*_STANDING).where(knows_us).order_by(Peer.id)
    return [StandingRow(*row) for row in await tx.select(query.with_for_update(of=Peer, key_share=True))]


async def successions(tx: ReadTx, peer_id: int | None) -> dict[str, str]:
    """Which key of a partner's server, or (None) of ours, was followed by which, in multibase."""
    whose = KeySuccession.peer_id.is_(None) if peer_id is None else KeySuccession.peer_id == peer_id
    statement = select(KeySuccession.previous, KeySuccession.key).where(whose).order_by(KeySuccession.id)
    return {row[0]: row[1] for row in await tx.select(statement)}


async def succession_texts(tx: ReadTx, *, most: int) -> list[bytes]:
    """The newest texts by which one key of our server followed another, in their order."""
    ours = select(KeySuccession.document).where(KeySuccession.peer_id.is_(None))
    rows = (await tx.select(ours.order_by(KeySuccession.id.desc()).limit(most))).all()
    return [row[0] for row in reversed(rows)]


async def _latest(tx: ReadTx, peer_id: int, state: str) -> AgreementRow | None:
    query = select(*_COLUMNS).where(Agreement.peer_id == peer_id, Agreement.state == state)
    row = (await tx.select(query.order_by(Agreement.id.desc()).limit(1))).first()
    return AgreementRow(*row) if row else None


async def in_force(tx: ReadTx, peer_id: int) -> AgreementRow | None:
    """The version that applies; None: there is none."""
    return await _latest(tx, peer_id, IN_FORCE)


async def proposed(tx: ReadTx, peer_id: int) -> AgreementRow | None:
    """The version that waits for a signature; None: there is none."""
    return await _latest(tx, peer_id, PROPOSED)


async def newest_of_ours(tx: ReadTx, peer_id: int) -> AgreementRow | None:
    """The last version that we proposed and that is neither declined nor over; None: there is none."""
    query = select(*_COLUMNS).where(
        Agreement.peer_id == peer_id, Agreement.is_ours, Agreement.state.in_((PROPOSED, IN_FORCE, REPLACED))
    )
    row = (await tx.select(query.order_by(Agreement.id.desc()).limit(1))).first()
    return AgreementRow(*row) if row else None


async def offered_by_us(tx: ReadTx, peer_id: int) -> list[AgreementRow]:
    """What we proposed and they may still sign, the oldest first: what follows the one in force, if there is one."""
    current = select(func.max(Agreement.version)).where(Agreement.peer_id == peer_id, Agreement.state == IN_FORCE)
    query = select(*_COLUMNS).where(
        Agreement.peer_id == peer_id,
        Agreement.is_ours,
        Agreement.signed_at.is_(None),
        Agreement.state.in_((PROPOSED, REPLACED)),
        Agreement.version > func.coalesce(current.scalar_subquery(), 0),
    )
    return [AgreementRow(*row) for row in await tx.select(query.order_by(Agreement.id).limit(MOST_VERSIONS))]


async def signed_besides(tx: ReadTx, peer_id: int) -> AgreementRow | None:
    """Of what both have signed and something else has replaced, what counts: the latest number, then the low hash."""
    query = select(*_COLUMNS).where(
        Agreement.peer_id == peer_id, Agreement.state == REPLACED, Agreement.signed_at.is_not(None)
    )
    row = (await tx.select(query.order_by(Agreement.version.desc(), Agreement.hash).limit(1))).first()
    return AgreementRow(*row) if row else None


async def latest(tx: ReadTx, peer_id: int) -> AgreementRow | None:
    """The last version there was, whatever became of it."""
    query = select(*_COLUMNS).where(Agreement.peer_id == peer_id).order_by(Agreement.id.desc()).limit(1)
    row = (await tx.select(query)).first()
    return AgreementRow(*row) if row else None


async def last_signed(tx: ReadTx, peer_id: int) -> AgreementRow | None:
    """The last version that both had signed, in force or not."""
    query = select(*_COLUMNS).where(Agreement.peer_id == peer_id, Agreement.signed_at.is_not(None))
    row = (await tx.select(query.order_by(Agreement.signed_at.desc(), Agreement.id.desc()).limit(1))).first()
    return AgreementRow(*row) if row else None


async def by_hash(tx: ReadTx, peer_id: int, digest: str) -> AgreementRow | None:
    """The version of this hash, whatever became of it, unless the exchange that it was of is over."""
    query = select(*_COLUMNS).where(Agreement.peer_id == peer_id, Agreement.hash == digest, Agreement.state != OVER)
    row = (await tx.select(query.order_by(Agreement.id.desc()).limit(1))).first()
    return AgreementRow(*row) if row else None


async def is_known(tx: ReadTx, peer_id: int, digest: str) -> bool:
    """Whether a version of this hash was ever received from, or sent to, the peer."""
    query = select(Agreement.id).where(Agreement.peer_id == peer_id, Agreement.hash == digest).limit(1)
    return await tx.scalar(query) is not None


async def standing(tx: ReadTx, host: str) -> StandingRow | None:
    """How it stands with the peer at this canonical host."""
    row = (await tx.select(select(*_STANDING).where(Peer.host == host))).first()
    return StandingRow(*row) if row else None


async def standing_for_change(tx: WriteTx, host: str) -> StandingRow | None:
    """The same, which nobody else changes until this transaction is over: both sides may act at one moment."""
    query = select(*_STANDING).where(Peer.host == host).with_for_update(of=Peer, key_share=True)
    row = (await tx.select(query)).first()
    return StandingRow(*row) if row else None


async def active_for_change(tx: WriteTx) -> list[StandingRow]:
    """Every active partner with an agreement, by id; nobody else changes them until this transaction is over."""
    query = select(*_STANDING).where(Peer.kind == AGREEMENT, Peer.state == ACTIVE).order_by(Peer.id)
    return [StandingRow(*row) for row in await tx.select(query.with_for_update(of=Peer, key_share=True))]


async def hold(tx: WriteTx, hosts: Collection[str]) -> None:
    """Nobody else changes these partners until this transaction is over; call it before the trail is written.

    One order for everybody, or two wait for each other for ever: partners by id, then the audit trail. A letter holds
    its sender's row when it comes to the trail.
    """
    query = select(Peer.id).where(Peer.host.in_(hosts)).order_by(Peer.id)
    await tx.select(query.with_for_update(of=Peer, key_share=True))


async def strangers(tx: ReadTx) -> int:
    """How many hosts that nobody here named have a proposal open."""
    query = select(func.count()).select_from(Peer).where(Peer.state == PEER_PROPOSED, Peer.is_named.is_(False))
    return int(await tx.scalar(query))


async def overdue(tx: ReadTx, now: datetime) -> list[str]:
    """Hosts of active peers whose agreement is past its review date."""
    query = (
        select(Peer.host)
        .join(Agreement, Agreement.peer_id == Peer.id)
        .where(Peer.kind == AGREEMENT, Peer.state == ACTIVE, Agreement.state == IN_FORCE, Agreement.review_at <= now)
    )
    return [row[0] for row in await tx.select(query)]


async def in_force_everywhere(tx: ReadTx) -> list[AgreementRow]:
    """The version in force with each active partner. There are as many as an administrator made."""
    query = select(*_COLUMNS).join(Peer, Peer.id == Agreement.peer_id)
    query = query.where(Peer.kind == AGREEMENT, Peer.state == ACTIVE, Agreement.state == IN_FORCE)
    return [AgreementRow(*row) for row in await tx.select(query.order_by(Agreement.id))]


class Review(msgspec.Struct, frozen=True):
    """An agreement whose review date comes near, in the order of the columns."""

    host: str
    version: int
    review_at: datetime


async def long_over(tx: ReadTx, before: datetime) -> list[tuple[int, str]]:
    """Peers with which the exchange has been over since then, and of which papers are still kept."""
    papers = or_(
        *(
            exists().where(table.peer_id == Peer.id)
            for table in (Agreement, Receipt, Retraction, HeardRetraction, PartnerCheckpoint)
        )
    )
    over = select(Peer.id, Peer.host).where(Peer.state == ENDED, Peer.ended_at <= before, papers).order_by(Peer.id)
    return [(row[0], row[1]) for row in await tx.select(over)]


async def to_review(tx: ReadTx, until: datetime) -> list[Review]:
    """Agreements of active partners that have to be renewed before this moment."""
    query = (
        select(Peer.host, Agreement.version, Agreement.review_at)
        .join(Agreement, Agreement.peer_id == Peer.id)
        .where(Peer.kind == AGREEMENT, Peer.state == ACTIVE, Agreement.state == IN_FORCE, Agreement.review_at <= until)
    )
    return [Review(*row) for row in await tx.select(query)]


async def scopes_of(tx: ReadTx, names: Sequence[str]) -> dict[str, tuple[str, str, int]]:
    """Of our communities with these names: address, scope, label."""
    query = (
        select(Actor.username, Actor.uri, Community.scope, Community.label)
        .join(Community, Community.actor_id == Actor.id)
        .where(Actor.username.in_(names), Community.is_local, Actor.deleted_at.is_(None))
    )
    return {row[0]: (row[1], row[2], row[3]) for row in await tx.select(query)}


MOST_VERSIONS = 50
"""Versions of one agreement that are shown."""


async def versions(tx: ReadTx, peer_id: int) -> list[AgreementRow]:
    """Every version there was with one peer, the newest first."""
    query = select(*_COLUMNS).where(Agreement.peer_id == peer_id).order_by(Agreement.id.desc()).limit(MOST_VERSIONS)
    return [AgreementRow(*row) for row in await tx.select(query)]


async def newest_of_each(tx: ReadTx) -> dict[int, AgreementRow]:
    """Of each peer the version in force, else the newest. There are as many as an administrator made."""
    query = select(*_COLUMNS).order_by((Agreement.state == IN_FORCE), Agreement.id)
    rows = [AgreementRow(*row) for row in await tx.select(query)]
    return {row.peer_id: row for row in rows}


class DraftRow(msgspec.Struct, frozen=True):
    """Terms that nobody has signed, in the order of the columns."""

    id: int
    host: str
    wanted: str
    answers: str | None
    code: str
    made_by_id: int | None
    made_at: datetime
    approved_by_id: int | None
    approved_at: datetime | None


_DRAFT = (
    AgreementDraft.id,
    AgreementDraft.host,
    AgreementDraft.wanted,
    AgreementDraft.answers,
    AgreementDraft.code,
    AgreementDraft.made_by_id,
    AgreementDraft.made_at,
    AgreementDraft.approved_by_id,
    AgreementDraft.approved_at,
)


async def draft(tx: ReadTx, host: str) -> DraftRow | None:
    """What is written for this canonical host and not signed."""
    row = (await tx.select(select(*_DRAFT).where(AgreementDraft.host == host))).first()
    return DraftRow(*row) if row else None


async def drafts(tx: ReadTx) -> list[DraftRow]:
    """All that is written and not signed, by host: one for each host."""
    return [DraftRow(*row) for row in await tx.select(select(*_DRAFT).order_by(AgreementDraft.host))]
