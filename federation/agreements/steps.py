"""The steps that our administrators take: propose, accept, decline, suspend, resume, end (product J2, J10).

In the caller's transaction; what is to be sent is returned. The caller has fetched the other server's actor where a key
has to be known.
"""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

import msgspec

from federation.agreements import letters, terms
from federation.agreements.office import Office, document_of, note
from federation.agreements.records import add_version, settle
from federation.agreements.terms import Party, Share, Terms
from federation.errors import Denied
from federation.vocab.outgoing import Outgoing
from models.agreements import DECLINED, PROPOSED
from models.engine import WriteTx
from models.peers import ACTIVE, ENDED, SUSPENDED
from models.queries import agreements as reading
from models.queries.actors import ActorRow
from models.queries.agreements import AgreementRow, StandingRow
from models.retractions import ENDED as ENDED_REASON
from models.writes import agreements, catching_up, outbox, peers, resending, retractions


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What our side wants to agree."""

    communities: Sequence[str] = ()
    """Addresses of communities of ours to share."""
    opens: bool = False
    """Besides those: whatever our hosts open to all partners."""
    rights: str = "take-part"
    ceiling: str = "internal"
    retention_months: int = 24
    retraction_hours: int = 24
    history: bool = False
    data_requests: str = "each firm for its own people"
    review_date: date
    admin: str = ""
    dpo: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPart:
    """What our side says of itself where it takes what they propose; what is empty stays as they wrote it."""

    communities: Sequence[str] = ()
    """Addresses of communities of ours to share."""
    opens: bool = False
    """Besides those: whatever our hosts open to all partners."""
    admin: str = ""
    dpo: str = ""


class Step(Protocol):
    """Suspending, resuming and ending: what a letter to the other side is all there is to."""

    def __call__(
        self, tx: WriteTx, office: Office, host: str, other: ActorRow, *, at: datetime, by: str
    ) -> Awaitable[list[Outgoing]]: ...


@dataclass(frozen=True, slots=True)
class OtherServer:
    """The other firm's server: its actor as fetched, and the key by which it signs."""

    actor: ActorRow
    key: str


async def propose(
    tx: WriteTx, office: Office, host: str, other: OtherServer, draft: Draft, *, at: datetime, by: str
) -> tuple[AgreementRow, list[Outgoing]]:
    """Sign a first version, or a new one of what is in force or open, and send it."""
    standing = await _standing(tx, host)
    before = await reading.proposed(tx, standing.id) or await reading.in_force(tx, standing.id)
    earlier = terms.read(document_of(before)) if before else None
    await _require_known_key(tx, standing, other)
    share = Share(by=office.actor.uri, communities=tuple(draft.communities), whatever_hosts_open=draft.opens)
    theirs = earlier.share_of(other.actor.uri) if earlier else Share(by=other.actor.uri)
    text = Terms(
        context=terms.CONTEXT,
        id=earlier.id if earlier else office.here.config.url(f"/agreements/{office.here.tokens.next_id(at)}"),
        type="Agreement",
        version=before.version + 1 if before else 1,
        supersedes=before.hash if before else None,
        parties=_parties(office, other, earlier, draft),
        shares=_in_order(earlier, office, share, theirs),
        rights="read" if draft.rights == "read" else "take-part",
        ceiling=draft.ceiling,  # type: ignore[arg-type]  # a word of the terms, checked when they are read below
        retention_months=draft.retention_months,
        retraction_hours=draft.retraction_hours,
        history=draft.history,
        data_requests=draft.data_requests,
        review_date=draft.review_date,
    )
    while same := await reading.by_hash(tx, standing.id, terms.hash_of(terms.write(text))):
        # Word by word what was declined or taken back: it follows that, or it would be taken for a replay.
        text = msgspec.structs.replace(text, version=same.version + 1, supersedes=same.hash)
    return await _send_version(tx, office, standing, other, text, at=at, by=by)


async def counter(
    tx: WriteTx, office: Office, host: str, other: OtherServer, part: OwnPart, *, at: datetime, by: str
) -> tuple[AgreementRow, list[Outgoing]]:
    """Accept what they propose, and say our own part of it: their server signs at once if it may.

    Where that is what they wrote, it is accepted as it stands. Raises `Denied`.
    """
    standing, open_one = await _open_theirs(tx, host)
    await _require_known_key(tx, standing, other)
    offered = terms.read(document_of(open_one))
    text = _with_own_part(offered, office, other, part)
    if text == offered:
        return await accept(tx, office, host, other, at=at, by=by)
    text = msgspec.structs.replace(text, version=offered.version + 1, supersedes=open_one.hash)
    return await _send_version(tx, office, standing, other, text, at=at, by=by)


def _with_own_part(offered: Terms, office: Office, other: OtherServer, part: OwnPart) -> Terms:
    ours = office.actor.uri

    def party(one: Party) -> Party:
        if one.server != ours:
            return msgspec.structs.replace(one, key=other.key)
        return Party(server=ours, key=office.public_key, admin=part.admin or one.admin, dpo=part.dpo or one.dpo)

    def share(one: Share) -> Share:
        if one.by != ours:
            return one
        communities = tuple(part.communities) or one.communities
        return Share(by=ours, communities=communities, whatever_hosts_open=part.opens or one.whatever_hosts_open)

    (first, second), (mine, yours) = offered.parties, offered.shares
    return msgspec.structs.replace(offered, parties=(party(first), party(second)), shares=(share(mine), share(yours)))


async def _require_known_key(tx: WriteTx, standing: StandingRow, other: OtherServer) -> None:
    """Raises `Denied` where their server publishes another key than it has told us of under the terms in force."""
    if standing.server_key != other.key and await reading.in_force(tx, standing.id) is not None:
        raise Denied("their server publishes another key than is agreed", reason="agreement_key", peer=standing.host)


def names_our_key(office: Office, text: Terms) -> bool:
    """The terms name the key that we sign by now; a former one of ours may stand in what was written before."""
    party = text.party_of(office.actor.uri)
    return party is not None and party.key == office.public_key


def _parties(office: Office, other: OtherServer, earlier: Terms | None, draft: Draft) -> tuple[Party, Party]:
    ours = Party(server=office.actor.uri, key=office.public_key, admin=draft.admin, dpo=draft.dpo)
    if earlier is None:
        return ours, Party(server=other.actor.uri, key=other.key)
    theirs = msgspec.structs.replace(earlier.other_than(office.actor.uri), key=other.key)
    return (ours, theirs) if earlier.parties[0].server == office.actor.uri else (theirs, ours)


def _in_order(earlier: Terms | None, office: Office, ours: Share, theirs: Share) -> tuple[Share, Share]:
    is_first = earlier is None or earlier.parties[0].server == office.actor.uri
    return (ours, theirs) if is_first else (theirs, ours)


async def _send_version(
    tx: WriteTx, office: Office, standing: StandingRow, other: OtherServer, text: Terms, *, at: datetime, by: str
) -> tuple[AgreementRow, list[Outgoing]]:
    document = terms.signed(terms.write(text), office.key, at=at)
    row = await add_version(tx, office, standing, text, document, is_ours=True, at=at)
    await agreements.set_standing(tx, standing.id, is_named=True, server_key=other.key)
    await note(tx, at=at, by=by, action="propose", host=standing.host, row=row)
    letter = await office.write(tx, letters.OFFER, to=other.actor, standing=standing, about=document, at=at)
    return row, [letter]


async def accept(
    tx: WriteTx, office: Office, host: str, other: OtherServer, *, at: datetime, by: str
) -> tuple[AgreementRow, list[Outgoing]]:
    """Sign the version that they propose: it is in force from now on. Raises `Denied`."""
    standing, row = await _open_theirs(tx, host)
    document = document_of(row)
    text = terms.read(document)
    if text.other_than(office.actor.uri).key != other.key:
        raise Denied("the terms name another key than their server publishes", reason="agreement_key", peer=host)
    if not names_our_key(office, text):
        raise Denied("the terms name a former key of ours: propose them anew", reason="agreement_key", peer=host)
    if row.review_at <= at:
        raise Denied("the review date of these terms is past", reason="agreement_expired", version=row.version)
    both = terms.signed(document, office.key, at=at)
    await agreements.set_standing(tx, standing.id, is_named=True, server_key=other.key)
    await settle(tx, row, both, at=at)
    await note(tx, at=at, by=by, action="accept", host=host, row=row)
    return row, [await office.write(tx, letters.ACCEPT, to=other.actor, standing=standing, about=both, at=at)]


async def decline(
    tx: WriteTx, office: Office, host: str, other: ActorRow | None, *, at: datetime, by: str
) -> list[Outgoing]:
    """Say no to what they propose. They are told where an administrator here had named them."""
    standing, row = await _open_theirs(tx, host)
    await agreements.close(tx, peer_id=standing.id, states=(PROPOSED,), to=DECLINED)
    if standing.state == PROPOSED:
        await agreements.set_standing(tx, standing.id, state=ENDED)
    await note(tx, at=at, by=by, action="decline", host=host, row=row)
    if other is None or not standing.is_named:
        return []
    about = letters.reference(terms.read(document_of(row)), row.hash, standing.letters_seen)
    return [await office.write(tx, letters.REJECT, to=other, standing=standing, about=about, at=at)]


async def take_back(
    tx: WriteTx, office: Office, host: str, other: ActorRow, *, at: datetime, by: str
) -> list[Outgoing]:
    """What we have proposed and they have not signed, as far as we know, is over; what is in force stays.

    One letter for each version that they may sign. Raises `Denied` where there is none.
    """
    standing = await _standing(tx, host)
    offered = await reading.offered_by_us(tx, standing.id)
    if not offered:
        raise Denied("we propose nothing that waits for them", reason="agreement_not_open", peer=host)
    written = []
    for row in offered:
        await agreements.decline(tx, row.id)
        await note(tx, at=at, by=by, action="take-back", host=host, row=row)
        written.append(await _about(tx, office, letters.UNDO, other, standing, row, at, ""))
        standing = msgspec.structs.replace(standing, letters_sent=standing.letters_sent + 1)
    return written


async def withdraw(
    tx: WriteTx, office: Office, host: str, other: ActorRow | None, *, at: datetime, by: str
) -> list[Outgoing]:
    """Nothing comes of it, before anything was agreed: what either side has proposed is over. They are told where we
    had proposed something: they may have signed it.
    """
    standing = await _standing(tx, host)
    ours = await reading.newest_of_ours(tx, standing.id)
    if ours is None:
        return await decline(tx, office, host, other, at=at, by=by)
    await agreements.end(tx, standing.id)
    await note(tx, at=at, by=by, action="withdraw", host=host, row=ours)
    return [] if other is None else [await _about(tx, office, letters.END, other, standing, ours, at, "")]


async def suspend(
    tx: WriteTx, office: Office, host: str, other: ActorRow, *, at: datetime, by: str, reason: str = ""
) -> list[Outgoing]:
    """Content stops both ways with this commit; letters still go. Doing it twice changes nothing."""
    standing, row = await _in_force(tx, host)
    if standing.state == SUSPENDED and standing.awaits_us:
        return []
    await rest(tx, standing, at)
    await agreements.set_standing(tx, standing.id, last_suspend=standing.letters_sent + 1)
    await note(tx, at=at, by=by, action="suspend", host=host, row=row, reason=reason)
    return [await _about(tx, office, letters.SUSPEND, other, standing, row, at, reason)]


async def resume(tx: WriteTx, office: Office, host: str, other: ActorRow, *, at: datetime, by: str) -> list[Outgoing]:
    """Our side says: go on. Content goes again once both sides have said so. Doing it twice changes nothing."""
    standing, row = await _in_force(tx, host)
    if standing.state != SUSPENDED or (standing.awaits_them and not standing.awaits_us):
        return []
    await agreements.set_standing(tx, standing.id, awaits_us=False)
    if not standing.awaits_them:
        await go_on(tx, standing, at)
    await note(tx, at=at, by=by, action="resume", host=host, row=row)
    return [await _about(tx, office, letters.RESUME, other, standing, row, at, "")]


async def rest(tx: WriteTx, standing: StandingRow, at: datetime) -> None:
    """Content stops, until both sides say `resume`. Since when it rests, the first word of it says."""
    since = {} if standing.state == SUSPENDED else peers.standing_as(SUSPENDED, at)
    await agreements.set_standing(tx, standing.id, awaits_us=True, awaits_them=True, **since)


async def go_on(tx: WriteTx, standing: StandingRow, at: datetime) -> None:
    """Both sides have said `resume`: what was held goes out, in order, before it what came too early or too late.

    Between one side's word and the other's hearing of it, something may have been refused: it is sent again. What we
    refused of their communities is read there.
    """
    await agreements.set_standing(tx, standing.id, **peers.standing_as(ACTIVE, at))
    await outbox.reopen(tx, standing.id)
    since = (standing.suspended_at or at) - HEARD_WITHIN
    await resending.resend_refused(tx, standing.id, since, at)
    await catching_up.request_of_peer(tx, standing.id, since=since, at=at + HEARD_BY_BOTH)
    tx.wake("outbox")


HEARD_BY_BOTH = timedelta(minutes=1)
"""Until the other side has heard our word and answers again."""

HEARD_WITHIN = timedelta(days=1)
"""A server hears of a suspension about as late as it could send something that was refused for it."""


async def part(tx: WriteTx, peer_id: int, at: datetime) -> None:
    """What we sent is called back; nothing else is owed, and nobody belongs to anything of the other side."""
    await retractions.of_everything(tx, peer_id, ENDED_REASON, at)
    await agreements.end(tx, peer_id)
    await peers.part(tx, peer_id)


async def end(
    tx: WriteTx, office: Office, host: str, other: ActorRow, *, at: datetime, by: str, reason: str = ""
) -> list[Outgoing]:
    """The exchange is over for both: nothing is owed any more but letters, and memberships across end."""
    standing, row = await _in_force(tx, host)
    await part(tx, standing.id, at)
    await note(tx, at=at, by=by, action="end", host=host, row=row, reason=reason)
    return [await _about(tx, office, letters.END, other, standing, row, at, reason)]


async def _about(
    tx: WriteTx,
    office: Office,
    kind: str,
    other: ActorRow,
    standing: StandingRow,
    row: AgreementRow,
    at: datetime,
    reason: str,
) -> Outgoing:
    about = letters.reference(terms.read(document_of(row)), row.hash, standing.letters_seen)
    return await office.write(tx, kind, to=other, standing=standing, about=about, at=at, reason=reason)


async def _standing(tx: WriteTx, host: str) -> StandingRow:
    standing = await reading.standing_for_change(tx, host)
    if standing is None:
        raise Denied("no such partner", reason="domain_not_allowed", peer=host)
    return standing


async def _open_theirs(tx: WriteTx, host: str) -> tuple[StandingRow, AgreementRow]:
    standing = await _standing(tx, host)
    row = await reading.proposed(tx, standing.id)
    if row is None or row.is_ours:
        raise Denied("they propose nothing that waits for us", reason="agreement_not_open", peer=host)
    return standing, row


async def _in_force(tx: WriteTx, host: str) -> tuple[StandingRow, AgreementRow]:
    standing = await _standing(tx, host)
    row = await reading.in_force(tx, standing.id)
    if row is None:
        raise Denied("no agreement is in force", reason="agreement_not_open", peer=host)
    return standing, row
