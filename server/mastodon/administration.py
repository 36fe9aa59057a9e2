"""Reports that administrators decide on, the servers that are spoken to, and figures that are nobody's (T127, T244)."""

import platform
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version

from aiohttp import web
from aiohttp.typedefs import Handler

from models.engine import ReadTx
from models.moderation import REPORT_OPEN, REPORT_RESOLVED
from models.peers import ACTIVE, SUSPENDED
from models.queries import administration, peers, reports
from models.queries.peers import PeerRow
from models.queries.reports import DeskReport
from models.writes import audit
from models.writes import reports as report_writes
from server.actions import partners, report_desk
from server.http.answers import instant, json_answer, json_page
from server.http.errors import not_found, unprocessable
from server.http.keys import RUNTIME
from server.http.paging import parse_page
from server.http.params import params, path_id
from server.mastodon.administrators import entities_of, require_administrator
from server.mastodon.entities import (
    AdminAccount,
    AdminDimension,
    AdminDimensionValue,
    AdminDomainAllow,
    AdminDomainBlock,
    AdminMeasure,
    AdminMeasureDay,
    AdminReport,
)

CATEGORIES = ("spam", "legal", "violation", "other")
ALL_BLOCKED = "Only servers that an administrator allowed are spoken to: there is nothing to block"


# --- reports ---


async def list_reports(request: web.Request) -> web.Response:
    """GET /api/v1/admin/reports, scope admin:read:reports. Those that hosts passed on, or that nobody else sees."""
    await require_administrator(request, "admin:read:reports")
    given = await params(request)
    page = parse_page(given, 100, 200)
    state = REPORT_RESOLVED if given.boolean("resolved") else REPORT_OPEN
    by_id, about_id = given.id("account_id"), given.id("target_account_id")
    async with request.app[RUNTIME].db.read() as tx:
        rows = await reports.desk_page(tx, page, state=state, reporter_id=by_id, target_id=about_id)
        shown = await _reports(request, tx, rows)
    first, last = (rows[0].id, rows[-1].id) if rows else (None, None)
    return json_page(request, shown, first, last, page)


async def _reports(request: web.Request, tx: ReadTx, rows: list[DeskReport]) -> list[AdminReport]:
    """Who, about whom, why; never the posts. Four statements whatever their number."""
    ids = {one for row in rows for one in (row.reporter_id, row.target_id, row.resolved_by_id) if one is not None}
    found = await administration.of_ids(tx, sorted(ids))
    people = dict(zip(found, await entities_of(request, tx, list(found.values())), strict=True))
    return [_report(row, people) for row in rows if row.reporter_id in people and row.target_id in people]


def _report(row: DeskReport, people: dict[int, AdminAccount]) -> AdminReport:
    return AdminReport(
        id=str(row.id),
        action_taken=row.resolved_at is not None,
        action_taken_at=instant(row.resolved_at) if row.resolved_at else None,
        category=row.category if row.category in CATEGORIES else "other",  # type: ignore[arg-type]  # one of these
        comment=row.reason,
        forwarded=row.is_forwarded,
        created_at=instant(row.created_at),
        updated_at=instant(row.resolved_at or row.escalated_at or row.created_at),
        account=people[row.reporter_id],
        target_account=people[row.target_id],
        assigned_account=None,
        action_taken_by_account=people.get(row.resolved_by_id or 0),
        statuses=[],
        rules=[],
    )


async def _one_report(request: web.Request, tx: ReadTx) -> AdminReport:
    row = await reports.desk_report(tx, path_id(request))
    shown = await _reports(request, tx, [row]) if row else []
    if not shown:
        raise not_found()
    return shown[0]


async def read_report(request: web.Request) -> web.Response:
    """GET /api/v1/admin/reports/:id, scope admin:read:reports."""
    await require_administrator(request, "admin:read:reports")
    async with request.app[RUNTIME].db.read() as tx:
        return json_answer(await _one_report(request, tx))


async def change_report(request: web.Request) -> web.Response:
    """PUT /api/v1/admin/reports/:id, scope admin:write:reports. Its category."""
    by = await require_administrator(request, "admin:write:reports")
    category = (await params(request)).choice("category", CATEGORIES)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        shown = await _one_report(request, tx)
        if category is not None and category != shown.category:
            details = {"category": category}
            await audit.append(
                tx, at=runtime.clock.now(), actor=by.acct, action="report.category", object=shown.id, details=details
            )
            await report_writes.change_category(tx, path_id(request), category)
        return json_answer(await _one_report(request, tx))


async def report_as_it_is(request: web.Request) -> web.Response:
    """POST /api/v1/admin/reports/:id/assign_to_self and /unassign, scope admin:write:reports: as it is."""
    await require_administrator(request, "admin:write:reports")
    async with request.app[RUNTIME].db.read() as tx:
        return json_answer(await _one_report(request, tx))


async def resolve_report(request: web.Request) -> web.Response:
    """POST /api/v1/admin/reports/:id/resolve, scope admin:write:reports. Twice changes nothing."""
    by = await require_administrator(request, "admin:write:reports")
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        if not (await _one_report(request, tx)).action_taken:
            await report_desk.decide(tx, runtime, path_id(request), report_desk.CLOSED, by)
        return json_answer(await _one_report(request, tx))


async def reopen_report(request: web.Request) -> web.Response:
    """POST /api/v1/admin/reports/:id/reopen, scope admin:write:reports."""
    by = await require_administrator(request, "admin:write:reports")
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        shown = await _one_report(request, tx)
        if shown.action_taken:
            at = runtime.clock.now()
            await audit.append(tx, at=at, actor=by.acct, action="report.reopen", object=shown.id, details={})
            await report_writes.reopen(tx, path_id(request))
        return json_answer(await _one_report(request, tx))


# --- servers ---


def _allow(peer: PeerRow) -> AdminDomainAllow:
    return AdminDomainAllow(id=str(peer.id), domain=peer.host, created_at=instant(peer.created_at))


def _block(peer: PeerRow) -> AdminDomainBlock:
    return AdminDomainBlock(
        id=str(peer.id),
        domain=peer.host,
        digest=sha256(peer.host.encode()).hexdigest(),
        created_at=instant(peer.created_at),
        severity="suspend",
        reject_media=True,
        reject_reports=True,
        private_comment=None,
        public_comment=None,
        obfuscate=False,
    )


async def list_allows(request: web.Request) -> web.Response:
    """GET /api/v1/admin/domain_allows, scope admin:read:domain_allows."""
    await require_administrator(request, "admin:read:domain_allows")
    page = parse_page(await params(request), 100, 200)
    async with request.app[RUNTIME].db.read() as tx:
        rows = await administration.allowed(tx, page)
    first, last = (rows[0].id, rows[-1].id) if rows else (None, None)
    return json_page(request, [_allow(row) for row in rows], first, last, page)


async def list_blocks(request: web.Request) -> web.Response:
    """GET /api/v1/admin/domain_blocks, scope admin:read:domain_blocks. Partners that are suspended; all others are."""
    await require_administrator(request, "admin:read:domain_blocks")
    page = parse_page(await params(request), 100, 200)
    async with request.app[RUNTIME].db.read() as tx:
        rows = await administration.held(tx, page)
    first, last = (rows[0].id, rows[-1].id) if rows else (None, None)
    return json_page(request, [_block(row) for row in rows], first, last, page)


async def _peer(request: web.Request, tx: ReadTx, state: str) -> PeerRow:
    peer = await peers.by_id(tx, path_id(request))
    if peer is None or peer.state != state:
        raise not_found()
    return peer


async def read_allow(request: web.Request) -> web.Response:
    """GET /api/v1/admin/domain_allows/:id, scope admin:read:domain_allows."""
    await require_administrator(request, "admin:read:domain_allows")
    async with request.app[RUNTIME].db.read() as tx:
        return json_answer(_allow(await _peer(request, tx, ACTIVE)))


async def read_block(request: web.Request) -> web.Response:
    """GET /api/v1/admin/domain_blocks/:id, scope admin:read:domain_blocks."""
    await require_administrator(request, "admin:read:domain_blocks")
    async with request.app[RUNTIME].db.read() as tx:
        return json_answer(_block(await _peer(request, tx, SUSPENDED)))


async def allow_domain(request: web.Request) -> web.Response:
    """POST /api/v1/admin/domain_allows, scope admin:write:domain_allows. A basic partner; the existing one if any."""
    by = await require_administrator(request, "admin:write:domain_allows")
    domain = (await params(request)).required("domain")
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        (peer,) = await partners.allow(tx, runtime, [domain], by=by.acct)
    return json_answer(_allow(peer))


async def disallow_domain(request: web.Request) -> web.Response:
    """DELETE /api/v1/admin/domain_allows/:id, scope admin:write:domain_allows. The exchange ends."""
    by = await require_administrator(request, "admin:write:domain_allows")
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        peer = await _peer(request, tx, ACTIVE)
        await partners.end(tx, runtime, peer.host, by=by.acct)
    return json_answer({})


async def block_domain(request: web.Request) -> web.Response:
    """POST /api/v1/admin/domain_blocks, scope admin:write:domain_blocks. A partner is suspended."""
    by = await require_administrator(request, "admin:write:domain_blocks")
    domain = (await params(request)).required("domain")
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        peer = await peers.by_host(tx, domain.strip().lower())
        if peer is None or peer.state not in (ACTIVE, SUSPENDED):
            raise unprocessable(ALL_BLOCKED)
        return json_answer(_block(await partners.suspend(tx, runtime, peer.host, by=by.acct)))


async def change_block(request: web.Request) -> web.Response:
    """PUT /api/v1/admin/domain_blocks/:id, scope admin:write:domain_blocks: a suspension has no degrees."""
    await require_administrator(request, "admin:write:domain_blocks")
    async with request.app[RUNTIME].db.read() as tx:
        return json_answer(_block(await _peer(request, tx, SUSPENDED)))


async def unblock_domain(request: web.Request) -> web.Response:
    """DELETE /api/v1/admin/domain_blocks/:id, scope admin:write:domain_blocks. The exchange goes on."""
    by = await require_administrator(request, "admin:write:domain_blocks")
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        peer = await _peer(request, tx, SUSPENDED)
        await partners.resume(tx, runtime, peer.host, by=by.acct)
    return json_answer({})


# --- what there is nothing of, and figures ---


def _none_of(scope: str) -> Handler:
    """Answers that there are none, to administrators whose app has this scope."""

    async def none(request: web.Request) -> web.Response:
        await require_administrator(request, scope)
        return json_answer([])

    return none


# Accounts are made by the firm, and nobody is counted over time: there is nothing to list.
no_mail_blocks = _none_of("admin:read:email_domain_blocks")
no_address_blocks = _none_of("admin:read:ip_blocks")
no_canonical_blocks = _none_of("admin:read:canonical_email_blocks")
nothing_to_read = _none_of("admin:read")


async def measures(request: web.Request) -> web.Response:
    """POST /api/v1/admin/measures, scope admin:read. Work that waits; nothing about people (product rule 7)."""
    await require_administrator(request, "admin:read")
    given = await params(request)
    now = request.app[RUNTIME].clock.now()
    begin, end = given.instant("start_at") or now, given.instant("end_at") or now
    async with request.app[RUNTIME].db.read() as tx:
        counts = await reports.counts(tx, begin, end)
    known = {"opened_reports": counts[0], "resolved_reports": counts[1]}
    return json_answer([_measure(key, known[key], end) for key in given.strings("keys") if key in known])


def _measure(key: str, total: int, end: datetime) -> AdminMeasure:
    day = AdminMeasureDay(date=instant(end.astimezone(UTC)), value=str(total))
    return AdminMeasure(key=key, unit=None, total=str(total), data=[day])


async def dimensions(request: web.Request) -> web.Response:
    """POST /api/v1/admin/dimensions, scope admin:read. Versions; nothing about people."""
    await require_administrator(request, "admin:read")
    values = [
        AdminDimensionValue(key="entrepairs", human_key="Entrepairs", value=version("entrepairs")),
        AdminDimensionValue(key="python", human_key="Python", value=platform.python_version()),
    ]
    known = {"software_versions": AdminDimension(key="software_versions", data=values)}
    return json_answer([known[key] for key in (await params(request)).strings("keys") if key in known])
