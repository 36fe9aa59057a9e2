"""/admin/overview: what needs somebody, how far the set-up has come (product J1), what waits, what was done last."""

from datetime import datetime

import msgspec
from aiohttp import web

from models.accounts import ADMIN, AUDITOR
from models.audit import TECHNICAL
from models.engine import ReadTx
from models.peers import ACTIVE, SUSPENDED
from models.proposals import CLOSE_CASE, ENTRY, EXPORT_CASE, OPEN_CASE, RETENTION, UNSEAL
from models.queries import (
    agreements,
    audit,
    directory,
    identity,
    labels,
    peers,
    proposals,
    queues,
    quiet,
    reports,
    requests,
    roster,
    rules,
    statistics,
    trials,
)
from models.queries.audit import Sought
from server.actions import backed_up, set_up_steps
from server.admin.checklist import Facts, checklist
from server.admin.frame import BOTH, office_page
from server.doctor import look_at_clock
from server.http.keys import RUNTIME, SETTINGS
from server.http.languages import to_translate
from server.http.offices import require_office

_RECENT = 8


class Need(msgspec.Struct, frozen=True):
    """Something that waits for a decision."""

    text: str
    count: int
    address: str


async def show(request: web.Request) -> web.Response:
    """GET /admin/overview."""
    session = await require_office(request, *BOTH)
    runtime, settings = request.app[RUNTIME], request.app[SETTINGS]
    async with runtime.db.read() as tx:
        facts = await _facts(tx, session.who.actor_id, runtime.clock.now())
        areas = None if session.who.role == AUDITOR else TECHNICAL
        recent = await audit.sought(tx, Sought(areas=areas))
    steps = checklist(facts, settings)
    return office_page(
        request,
        "admin/overview.html",
        session,
        "overview",
        facts=facts,
        people=sum(facts.roles.values()),
        active=[peer for peer in facts.partners if peer.state == ACTIVE],
        most=max((peer.backlog for peer in facts.partners), default=0),
        needs=_needs(facts, session.who.role),
        steps=steps,
        met=sum(step.is_met for step in steps),
        recent=recent[:_RECENT],
        waiting_seconds=_age(facts.oldest_at, runtime.clock.now()),
        backup_seconds=_age(facts.backed_up_at, runtime.clock.now()),
    )


async def _facts(tx: ReadTx, person_id: int, now: datetime) -> Facts:
    communities = await roster.communities(tx)
    hosts = await roster.hosts_of(tx, [row.actor_id for row in communities])
    drafts = await agreements.drafts(tx)
    received, owed = await queues.inbox(tx), await queues.deliveries(tx)
    backup = await backed_up.last(tx)
    instants = [one.oldest_at for one in (received, owed) if one.oldest_at]
    return Facts(
        roles=await roster.numbers(tx),
        communities=len(communities),
        orphans=len(communities) - len(hosts),
        trials=len(await trials.waiting(tx)),
        reports=len(await reports.at_the_desk(tx)),
        partners=await peers.health(tx),
        to_approve=sum(draft.approved_at is None for draft in drafts),
        to_sign=sum(draft.approved_at is not None for draft in drafts),
        requests=len(await requests.waiting(tx)),
        proposed=await proposals.waiting_for(tx, person_id),
        received=received.rows,
        owed=owed.rows,
        oldest_at=min(instants, default=None),
        has_company_sign_in=any(one.is_enabled for one in await identity.providers(tx)),
        has_given_up_passwords=bool(await identity.passwords_of(tx)),
        held=len(await directory.held(tx)),
        has_directory=await directory.is_in_charge(tx),
        has_quiet_hours=await quiet.are_chosen(tx),
        has_threshold=await statistics.is_chosen(tx),
        has_terms=await rules.are_chosen(tx),
        has_labels=await labels.chosen(tx) is not None,
        has_handed_over_sheet=await set_up_steps.last(tx, set_up_steps.SHEET) is not None,
        mail_tested_at=await set_up_steps.last(tx, set_up_steps.MAIL),
        backed_up_at=backup.made_at if backup else None,
        has_backup=backed_up.is_good(backup, now),
        has_clock=(await look_at_clock(tx, now)).ok,
    )


def _needs(facts: Facts, role: str) -> list[Need]:
    failing = sum(peer.state == ACTIVE and peer.failing_since is not None for peer in facts.partners)
    proposed = sum(peer.state == "proposed" for peer in facts.partners)
    rests = sum(peer.state == SUSPENDED for peer in facts.partners)
    found = [
        Need(to_translate("Deliveries to a partner fail"), failing, "/admin/federation"),
        Need(to_translate("Exchanges with partners are suspended"), rests, "/admin/federation"),
        Need(to_translate("Accounts that the directory closed are held"), facts.held, "/admin/provisioning"),
        Need(to_translate("Reports wait for a decision"), facts.reports, "/admin/moderation"),
        Need(to_translate("Communities have no host"), facts.orphans, "/admin/communities"),
        Need(to_translate("Trials ask to become official"), facts.trials, "/admin/communities"),
        Need(to_translate("Agreements are proposed"), proposed, "/admin/agreements"),
    ]
    if role == AUDITOR:
        found += _needs_of_auditors(facts)
    if role == ADMIN:
        found.append(
            Need(to_translate("Approved agreements wait for your signature"), facts.to_sign, "/admin/agreements")
        )
    return [need for need in found if need.count]


def _needs_of_auditors(facts: Facts) -> list[Need]:
    """What nobody but an auditor decides, some of it by a date."""
    proposed = facts.proposed
    of_cases = sum(proposed.get(kind, 0) for kind in (OPEN_CASE, CLOSE_CASE, EXPORT_CASE))
    return [
        Need(to_translate("People ask for their data or their erasure"), facts.requests, "/admin/requests"),
        Need(to_translate("Drafts of agreements wait for your approval"), facts.to_approve, "/admin/agreements"),
        Need(to_translate("Legal cases wait for a second person"), of_cases, "/admin/holds"),
        Need(to_translate("Visible entries wait for approval"), proposed.get(ENTRY, 0), "/admin/moderation/entries"),
        Need(to_translate("Rules of retention are proposed"), proposed.get(RETENTION, 0), "/admin/retention"),
        Need(to_translate("Unsealings wait for a second person"), proposed.get(UNSEAL, 0), "/admin/unsealing"),
    ]


def _age(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())
