"""Agreements by two persons: an administrator writes, an auditor approves, an administrator signs (product J2, 9).

What is approved is what is signed: another text, another version of theirs or another key of theirs needs a new
approval. Commands act without all this: there the operator alone meets the rule.
"""

import msgspec

from federation.agreements.steps import OwnPart
from models.accounts import ADMIN, AUDITOR
from models.communities import LABELS
from models.engine import ReadTx, WriteTx
from models.queries import agreements as reading
from models.queries.agreements import AgreementRow, DraftRow
from models.writes import agreements, audit
from server.actions.agreements import Wanted, accept, look_up, propose, shareable, terms_of, unname
from server.actions.officers import Officer
from server.actions.partner_hosts import partner_host
from server.actions.refusals import NotThere, Refused
from server.http.languages import to_translate
from server.services import Services


def wanted_of(draft: DraftRow) -> Wanted:
    """What a draft says."""
    return msgspec.json.decode(draft.wanted, type=Wanted)


async def write(services: Services, domain: str, wanted: Wanted, by: Officer) -> str:
    """Keep terms that are to be proposed, in the place of an earlier draft; the host. Raises `Refused`.

    Where they have proposed something, these are a counter-proposal.
    """
    by.require(ADMIN)
    here, host = services.runtime, partner_host(services.runtime, domain)
    async with here.db.read() as reader:
        await shareable(reader, wanted.communities, LABELS.index(wanted.ceiling))
        waiting = await _offered_by_them(reader, host)
    code = await look_up(services, host)
    wanted = msgspec.structs.replace(wanted, instead_of=waiting.hash if waiting else None)
    async with here.db.write() as tx:
        await _keep(tx, services, host, wanted, None, code, by)
    return host


async def _offered_by_them(tx: ReadTx, host: str) -> AgreementRow | None:
    standing = await reading.standing(tx, host)
    waiting = await reading.proposed(tx, standing.id) if standing else None
    return None if waiting is None or waiting.is_ours else waiting


async def answer(services: Services, domain: str, ours: Wanted, by: Officer) -> None:
    """Keep an answer to what they propose: to sign it, and perhaps to say what we share and whom they write to here
    (the other terms of `ours` count for nothing). Raises `Refused`.
    """
    by.require(ADMIN)
    here, host = services.runtime, partner_host(services.runtime, domain)
    code = await look_up(services, host)
    async with here.db.write() as tx:
        waiting = await _offered_by_them(tx, host)
        if waiting is None:
            raise Refused(to_translate("%(host)s proposes nothing that waits for your signature."), host=host)
        await shareable(tx, ours.communities, LABELS.index(terms_of(waiting).ceiling))
        await _keep(tx, services, host, ours, waiting.hash, code, by)


async def _keep(
    tx: WriteTx, services: Services, host: str, wanted: Wanted, answers: str | None, code: str, by: Officer
) -> None:
    at = services.runtime.clock.now()
    await audit.append(tx, at=at, actor=by.acct, action="agreement.draft", object=host, details={"answers": answers})
    await agreements.put_draft(
        tx,
        draft_id=services.runtime.tokens.next_id(at),
        host=host,
        wanted=msgspec.json.encode(wanted).decode(),
        answers=answers,
        code=code,
        by_id=by.actor_id,
        at=at,
    )


async def approve(services: Services, domain: str, draft_id: int, by: Officer) -> None:
    """The auditor has read it and agrees. Raises `NotAllowed`, and `Refused` where it was rewritten meanwhile."""
    by.require(AUDITOR)
    here, host = services.runtime, partner_host(services.runtime, domain)
    async with here.db.write() as tx:
        at = here.clock.now()
        await audit.append(tx, at=at, actor=by.acct, action="agreement.approve", object=host, details={})
        draft = await _same(tx, host, draft_id)
        by.require_other_than(draft.made_by_id)
        if not await agreements.approve_draft(tx, draft.id, by_id=by.actor_id, at=at):
            raise Refused(to_translate("This draft is approved already."))


async def drop(services: Services, domain: str, draft_id: int, by: Officer) -> None:
    """Give a draft up; both offices may."""
    by.require(ADMIN, AUDITOR)
    here, host = services.runtime, partner_host(services.runtime, domain)
    async with here.db.write() as tx:
        at = here.clock.now()
        await audit.append(tx, at=at, actor=by.acct, action="agreement.drop-draft", object=host, details={})
        await agreements.drop_draft(tx, (await _same(tx, host, draft_id)).id)
    await unname(services, host)


async def sign(services: Services, domain: str, draft_id: int, by: Officer) -> None:
    """Sign what was approved, and send it. Raises `NotAllowed`, `Refused`."""
    by.require(ADMIN)
    host = partner_host(services.runtime, domain)
    async with services.runtime.db.read() as reader:
        draft = await _same(reader, host, draft_id)
        waiting = await _offered_by_them(reader, host)
    if draft.approved_at is None:
        raise Refused(to_translate("An auditor has to approve this draft before it is signed."))
    by.require_other_than(draft.approved_by_id)
    wanted = wanted_of(draft)
    if draft.answers is not None:
        more = OwnPart(opens=wanted.opens, admin=wanted.admin, dpo=wanted.dpo)
        await accept(services, host, wanted.communities, by=by.acct, more=more, digest=draft.answers)
    elif waiting is None or waiting.hash == wanted.instead_of:
        await propose(services, host, wanted, by=by.acct, code=draft.code)
    else:
        raise Refused(to_translate("%(host)s has proposed another version since. Read that one first."), host=host)
    async with services.runtime.db.write() as tx:
        await agreements.drop_draft(tx, draft.id)


async def _same(tx: ReadTx, host: str, draft_id: int) -> DraftRow:
    draft = await reading.draft(tx, host)
    if draft is None:
        raise NotThere(to_translate("There is no draft for %(host)s."), host=host)
    if draft.id != draft_id:
        raise Refused(to_translate("The draft was rewritten meanwhile. Read the new one first."))
    return draft
