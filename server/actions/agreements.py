"""Agreements with partners, as administrators make and end them (product J2, J10).

Proposing and accepting ask the other server for its key, so they need the network; everything else is one transaction.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import msgspec

from federation.agreements import steps, terms
from federation.agreements.office import Office, document_of, own_office
from federation.agreements.office import server_uri as server_uri
from federation.agreements.received import receive as receive_letter
from federation.agreements.steps import Draft, OtherServer, OwnPart
from federation.agreements.terms import Terms, code_of_keys, spoken_code
from federation.errors import FederationError
from federation.outbox.publish import publish
from federation.runtime import Budget
from federation.signatures.key_formats import parse_public_multibase
from federation.vocab.decode import decode
from federation.vocab.types import Actor, Document
from models.communities import LABELS
from models.engine import ReadTx, WriteTx
from models.peers import ENDED, PROPOSED, SUSPENDED
from models.queries import actors
from models.queries import agreements as reading
from models.queries.actors import ActorRow
from models.queries.agreements import AgreementRow, StandingRow
from models.writes import agreements, state
from server.actions import sharing_notices
from server.actions.local_actors import Here
from server.actions.partner_hosts import partner_host
from server.actions.refusals import Refused
from server.http.languages import to_translate
from server.services import Services

DEFAULT_TERM = timedelta(days=365)
"""Until the review, where nobody says otherwise; the most is 24 months."""


_NOTHING_MORE: Final = OwnPart()


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What our side proposes; communities by their names here."""

    communities: Sequence[str] = ()
    opens: bool = False
    ceiling: str = "internal"
    rights: str = "take-part"
    history: bool = False
    review_days: int = DEFAULT_TERM.days
    retention_months: int = 24
    retraction_hours: int = 24
    data_requests: str = "each firm for its own people"
    admin: str = ""
    """Whom they write to about the exchange."""
    dpo: str = ""
    """Whom they write to about people's data."""
    instead_of: str | None = None
    """Hash of what they propose, where this is proposed instead."""


async def propose(services: Services, domain: str, wanted: Wanted, *, by: str, code: str | None = None) -> AgreementRow:
    """Sign and send a first version, or a new one of what is open or in force. Raises `Refused`.

    `code`: the digits that were compared before, which the other server's key has to give again.
    """
    here, host = services.runtime, partner_host(services.runtime, domain)
    at = here.clock.now()
    async with here.db.write() as tx:
        shared = await shareable(tx, wanted.communities, LABELS.index(wanted.ceiling))
        is_new = await _name(tx, here, host)
    try:
        other = await _other_server(services, host)
        await _require_code(services, other, code)
        draft = _draft(wanted, shared, at)
        async with here.db.write() as tx:
            row, outgoings = await steps.propose(tx, await office(tx, here), host, other, draft, at=at, by=by)
            await publish(tx, outgoings)
    except FederationError as error:
        if is_new:
            await unname(services, host)
        raise Refused(to_translate("Nothing was proposed to %(host)s: %(why)s"), host=host, why=error) from error
    return row


def _draft(wanted: Wanted, shared: Sequence[str], at: datetime) -> Draft:
    return Draft(
        communities=shared,
        opens=wanted.opens,
        ceiling=wanted.ceiling,
        rights=wanted.rights,
        retention_months=wanted.retention_months,
        retraction_hours=wanted.retraction_hours,
        history=wanted.history,
        data_requests=wanted.data_requests,
        review_date=(at + timedelta(days=min(wanted.review_days, 730))).date(),
        admin=wanted.admin,
        dpo=wanted.dpo,
    )


async def look_up(services: Services, domain: str) -> str:
    """Name a host and ask it for its key: the code that both firms compare by telephone. Raises `Refused`."""
    host = partner_host(services.runtime, domain)
    async with services.runtime.db.write() as tx:
        is_new = await _name(tx, services.runtime, host)
    try:
        return await _code(services, await _other_server(services, host))
    except (FederationError, Refused) as error:
        if is_new:
            await unname(services, host)
        if isinstance(error, Refused):
            raise
        raise Refused(
            to_translate("%(host)s cannot be asked for its key: %(why)s"), host=host, why=error.args[0]
        ) from error


async def _code(services: Services, other: OtherServer) -> str:
    async with services.runtime.db.read() as tx:
        return code_of_keys([other.key, (await office(tx, services.runtime)).public_key])


async def _require_code(services: Services, other: OtherServer, code: str | None) -> None:
    if code is not None and await _code(services, other) != code:
        raise Refused(
            to_translate("%(host)s has another key than when the code was compared. Compare anew, by a new draft."),
            host=other.actor.host,
        )


async def accept(
    services: Services,
    domain: str,
    communities: Sequence[str],
    *,
    by: str,
    more: OwnPart = _NOTHING_MORE,
    digest: str | None = None,
) -> AgreementRow:
    """Sign what they propose; with communities of ours, or `more` of ours, as a counter-proposal that they sign at once
    if they may. Raises `Refused`.

    `digest`: the version that was read and approved; another one is not signed.
    """
    here, host = services.runtime, partner_host(services.runtime, domain)
    at = here.clock.now()
    async with here.db.write() as tx:
        standing, open_one = await _open_theirs(tx, host, digest)
        offered = terms.read(document_of(open_one))
        shared = await shareable(tx, communities, LABELS.index(offered.ceiling))
        part = replace(more, communities=tuple(shared))
        await agreements.set_standing(tx, standing.id, is_named=True)
        await state.bump_revision(tx, state.PEERS)
    try:
        other = await _other_server(services, host)
        async with here.db.write() as tx:
            desk = await office(tx, here)
            if part != _NOTHING_MORE:
                row, outgoings = await steps.counter(tx, desk, host, other, part, at=at, by=by)
            else:
                row, outgoings = await steps.accept(tx, desk, host, other, at=at, by=by)
            await publish(tx, outgoings)
            await sharing_notices.tell_next(tx, here, at)
    except FederationError as error:
        if not standing.is_named:
            await unname(services, host)
        raise Refused(to_translate("Nothing was signed with %(host)s: %(why)s"), host=host, why=error) from error
    return row


async def _open_theirs(tx: WriteTx, host: str, digest: str | None) -> tuple[StandingRow, AgreementRow]:
    standing = await reading.standing_for_change(tx, host)
    open_one = await reading.proposed(tx, standing.id) if standing else None
    if standing is None or open_one is None or open_one.is_ours:
        raise Refused(to_translate("%(host)s proposes nothing that waits for your signature."), host=host)
    if digest is not None and open_one.hash != digest:
        raise Refused(to_translate("%(host)s has proposed another version since. Read that one first."), host=host)
    return standing, open_one


async def shareable(tx: ReadTx, names: Sequence[str], ceiling: int) -> list[str]:
    """Addresses of communities of ours that may be shared. Raises `Refused` where one may not."""
    found = await reading.scopes_of(tx, [name.lower() for name in names])
    addresses: list[str] = []
    for name in names:
        if name.lower() not in found:
            raise Refused(to_translate("There is no community %(name)s here."), name=name)
        address, scope, label = found[name.lower()]
        if scope == "none":
            raise Refused(
                to_translate("%(name)s never leaves this server: its scope is none, which its hosts decide."), name=name
            )
        if label > ceiling:
            raise Refused(
                to_translate("The label of %(name)s is above the ceiling of these terms (%(ceiling)s)."),
                name=name,
                ceiling=LABELS[ceiling],
            )
        addresses.append(address)
    return addresses


async def _name(tx: WriteTx, here: Here, host: str) -> bool:
    """An administrator names the host: requests may go there from now on. True where it was no partner before."""
    standing = await reading.standing_for_change(tx, host)
    if standing is not None and standing.state == SUSPENDED and standing.server_key is None:
        raise Refused(to_translate("%(host)s is suspended. Resume it, or end with it first."), host=host)
    is_new = standing is None or standing.state == ENDED
    if is_new:
        await agreements.add_peer(tx, host, here.clock.now(), is_named=True)
    elif standing is not None:
        await agreements.set_standing(tx, standing.id, is_named=True)
    await state.bump_revision(tx, state.PEERS)
    return is_new


async def unname(services: Services, host: str) -> None:
    """It came to nothing: the host is what it was, unless more than that has been agreed with it."""
    async with services.runtime.db.write() as tx:
        standing = await reading.standing_for_change(tx, host)
        if standing is not None and standing.state == PROPOSED:
            open_one = await reading.proposed(tx, standing.id)
            after: dict[str, object] = {"is_named": False} if open_one else {"state": ENDED}
            if await reading.latest(tx, standing.id) is None:
                # A name that was mistyped, perhaps: nothing was ever agreed there, so nobody lists it.
                after["is_named"] = False
            await agreements.set_standing(tx, standing.id, **after)
            await state.bump_revision(tx, state.PEERS)


async def _other_server(services: Services, host: str) -> OtherServer:
    """Their server's actor, fetched now, with the key that it publishes. Raises `FederationError`, `Refused`."""
    await services.peers.refresh(now=True)
    peer = services.peers.at(host)
    if peer is None:
        raise Refused(to_translate("%(host)s is not a partner."), host=host)
    document = await services.directory.fetch_document(server_uri(services.runtime, host), Budget())
    key = _published_key(document)
    if key is None:
        raise Refused(
            to_translate("The server of %(host)s publishes no Ed25519 key: it cannot sign agreements."), host=host
        )
    async with services.runtime.db.write() as tx:
        actor = await services.directory.store(tx, document, peer)
    return OtherServer(actor, key)


def _published_key(document: Actor) -> str | None:
    for method in document.assertion_methods:
        if method.controller != document.id or method.id.partition("#")[0] != document.id:
            continue
        try:
            parse_public_multibase(method.multibase)
        except FederationError:
            continue
        return method.multibase
    return None


async def office(tx: ReadTx, here: Here) -> Office:
    """Our server as a party to agreements. Raises `Refused` where its key is missing."""
    desk = await own_office(tx, here)
    if desk is not None:
        return desk
    raise Refused(to_translate("This server has no key to sign agreements with: see `entrepairs doctor`."))


async def other_actor(tx: ReadTx, here: Here, host: str) -> ActorRow | None:
    """Their server's actor as it is known here."""
    return await actors.by_uri(tx, server_uri(here, host))


async def receive(services: Services, activity: Document) -> None:
    """Take in a letter about an agreement; what follows is sent. Raises `FederationError`, and stores nothing then."""
    at = services.runtime.clock.now()
    async with services.runtime.db.write() as tx:
        outgoings = await receive_letter(tx, await office(tx, services.runtime), activity, at=at)
        await publish(tx, outgoings)
        await sharing_notices.tell_next(tx, services.runtime, at)
    await services.peers.refresh(now=True)


class Verified(msgspec.Struct, frozen=True):
    """What the signatures of a printed agreement show."""

    version: int
    hash: str
    parties: list[str]
    signed_by: list[str]
    is_complete: bool
    """Both parties have signed this text."""
    code: str


def verified(printed: bytes, now: datetime) -> Verified:
    """Check a printed agreement by itself: the keys are in its text. Raises `Refused`."""
    try:
        document = decode(printed)
        text = terms.read(document)
        signers = terms.signers(document, text, now=now)
    except FederationError as error:
        raise Refused(to_translate("This is no agreement that holds: %(error)s"), error=error) from error
    parties = [party.server for party in text.parties]
    return Verified(
        text.version, terms.hash_of(document), parties, sorted(signers), set(parties) == signers, spoken_code(text)
    )


async def current(tx: ReadTx, peer_id: int) -> AgreementRow | None:
    """The version in force, else the one that is open, else the last that both had signed, or that there was."""
    return (
        await reading.in_force(tx, peer_id)
        or await reading.proposed(tx, peer_id)
        or await reading.last_signed(tx, peer_id)
        or await reading.latest(tx, peer_id)
    )


def terms_of(row: AgreementRow) -> Terms:
    """What a version says."""
    return terms.read(document_of(row))
