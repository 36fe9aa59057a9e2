"""How it stands with one firm, as the page of its agreement shows it: versions side by side, the draft, who acts."""

from datetime import date, datetime

import msgspec

from federation.agreements.office import document_of
from federation.agreements.terms import Share, Terms, read, spoken_code
from federation.errors import FederationError
from models.agreements import IN_FORCE, PROPOSED
from models.engine import ReadTx
from models.queries import agreements, peers, roster
from models.queries.agreements import AgreementRow, DraftRow, StandingRow
from models.queries.peers import PeerRow
from server.actions import drafting
from server.actions.agreements import Wanted
from server.actions.local_actors import Here
from server.actions.partner_hosts import partner_host
from server.actions.refusals import NotThere
from server.http.languages import to_translate


class Side(msgspec.Struct, frozen=True):
    """What one firm shares, and whom to write to there."""

    communities: list[str]
    opens: bool
    admin: str
    dpo: str


class Text(msgspec.Struct, frozen=True):
    """One version in words."""

    version: int
    hash: str
    is_ours: bool
    signed_at: datetime | None
    ours: Side
    theirs: Side
    rights: str
    ceiling: str
    retention_months: int
    retraction_hours: int
    history: bool
    data_requests: str
    review_date: date
    code: str


class Standing(msgspec.Struct, frozen=True):
    """Everything about the agreement with one firm."""

    host: str
    peer: PeerRow | None
    current: AgreementRow | None
    """The version in force, else the open one, else the last that both had signed, or that there was."""
    in_force: Text | None
    proposed: Text | None
    draft: DraftRow | None
    wanted: Wanted | None
    """What the draft says."""
    names: dict[int, str]
    """Handles of who wrote and approved the draft."""
    versions: list[AgreementRow]
    awaits_us: bool
    awaits_them: bool


async def standing(tx: ReadTx, here: Here, domain: str) -> Standing:
    """What there is with this host. Raises `NotThere`."""
    host = partner_host(here, domain)
    peer, draft = await peers.by_host(tx, host), await agreements.draft(tx, host)
    versions = await agreements.versions(tx, peer.id) if peer else []
    if draft is None and not versions:
        raise NotThere(to_translate("With %(host)s nothing is agreed or proposed."), host=host)
    row: StandingRow | None = await agreements.standing(tx, host)
    in_force = next((one for one in versions if one.state == IN_FORCE), None)
    proposed = next((one for one in versions if one.state == PROPOSED), None)
    signed = next((one for one in versions if one.signed_at is not None), None)
    people = [number for number in (draft.made_by_id, draft.approved_by_id) if number] if draft else []
    own = here.config.url("/actor")
    return Standing(
        host=host,
        peer=peer,
        current=in_force or proposed or signed or (versions[0] if versions else None),
        in_force=_text(in_force, own),
        proposed=_text(proposed, own),
        draft=draft,
        wanted=drafting.wanted_of(draft) if draft else None,
        names=await roster.handles(tx, people),
        versions=versions,
        awaits_us=row.awaits_us if row else False,
        awaits_them=row.awaits_them if row else False,
    )


def as_form(it: Standing) -> dict[str, str]:
    """The form for new terms, filled with the draft, else with the newest terms; the review date is said anew."""
    fields = {"host": it.host}
    if it.wanted is not None and it.draft is not None and it.draft.answers is None:
        fields |= _fields(it.wanted) | {"review_days": str(it.wanted.review_days)}
        communities, opens, admin, dpo = it.wanted.communities, it.wanted.opens, it.wanted.admin, it.wanted.dpo
    elif text := it.proposed or it.in_force:
        fields |= _fields(text)
        communities, opens, admin, dpo = text.ours.communities, text.ours.opens, text.ours.admin, text.ours.dpo
    else:
        return fields
    ticked = {f"community:{name}": "on" for name in communities} | ({"opens": "on"} if opens else {})
    return fields | ticked | {"admin": admin, "dpo": dpo}


def _fields(terms: Text | Wanted) -> dict[str, str]:
    names = ("rights", "ceiling", "retention_months", "retraction_hours", "data_requests")
    return {name: str(getattr(terms, name)) for name in names} | ({"history": "on"} if terms.history else {})


def _text(row: AgreementRow | None, own: str) -> Text | None:
    if row is None:
        return None
    try:
        terms = read(document_of(row))
    except FederationError:
        return None
    return Text(
        version=row.version,
        hash=row.hash,
        is_ours=row.is_ours,
        signed_at=row.signed_at,
        ours=_side(terms, own),
        theirs=_side(terms, terms.other_than(own).server),
        rights=terms.rights,
        ceiling=terms.ceiling,
        retention_months=terms.retention_months,
        retraction_hours=terms.retraction_hours,
        history=terms.history,
        data_requests=terms.data_requests,
        review_date=terms.review_date,
        code=spoken_code(terms),
    )


def _side(terms: Terms, server: str) -> Side:
    party, share = terms.party_of(server), terms.share_of(server)
    return Side(_names(share), share.whatever_hosts_open, party.admin if party else "", party.dpo if party else "")


def _names(share: Share) -> list[str]:
    return [address.rpartition("/")[2] for address in share.communities]
