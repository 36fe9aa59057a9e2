"""/admin/audit: the trail of privileged acts: looking things up, checking its chain, taking it along (section 8).

Auditors read all of it; administrators its technical part, not what hosts and moderators do in communities.
"""

import csv
import io
from collections.abc import AsyncIterator
from typing import Final

import msgspec
from aiohttp import web

from models.accounts import AUDITOR
from models.audit import TECHNICAL
from models.engine import ReadTx
from models.queries import audit
from models.queries import checkpoints as checkpoint_rows
from models.queries.audit import AuditRow, Sought
from models.writes import audit as trail
from server.actions import checkpoints
from server.actions.refusals import Refused
from server.admin import streaming
from server.admin.frame import BOTH, office_page
from server.http.keys import RUNTIME
from server.http.languages import to_translate
from server.http.offices import office_form, require_office

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_CHECKPOINTS: Final = 7
_COLUMNS: Final = ("id", "at", "actor", "action", "object", "details", "previous_hash", "hash")


class Shown(msgspec.Struct, frozen=True):
    """One entry as the page prints it: control characters as what they are (threats T130)."""

    id: int
    at: object
    actor: str
    action: str
    object: str
    details: list[tuple[str, str]]
    hash: str


async def show(request: web.Request) -> web.Response:
    """GET /admin/audit?actor=&action=&about=&app=&before=; with `verify` the chain is walked as well."""
    session = await require_office(request, *BOTH)
    asked = {name: request.query.get(name, "").strip()[:200] for name in ("actor", "action", "about", "app")}
    before = request.query.get("before", "")
    wanted = Sought(
        **asked,
        areas=None if session.who.role == AUDITOR else TECHNICAL,
        before=int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None,
    )
    async with request.app[RUNTIME].db.read() as tx:
        rows = await audit.sought(tx, wanted)
        walks = "verify" in request.query and session.who.role == AUDITOR
        verified = await checkpoints.verify(tx, request.app[RUNTIME]) if walks else None
        stream = await streaming.standing(tx)
        signed = await checkpoint_rows.newest(tx, _CHECKPOINTS)
        heads = await checkpoint_rows.heads(tx)
    return office_page(
        request,
        "admin/audit.html",
        session,
        "audit",
        entries=[_shown(row) for row in rows],
        asked=asked,
        before=rows[-1].id if len(rows) == audit.MOST_SHOWN else None,
        verified=verified,
        stream=stream,
        signed=signed[::-1],
        heads=heads,
    )


async def export(request: web.Request) -> web.StreamResponse:
    """POST /admin/audit/export: the whole trail as lines of JSON or as CSV. Itself an entry in the trail."""
    by, form = await office_form(request, AUDITOR)
    kind = form.get("format", "")
    if kind not in ("jsonl", "csv"):
        raise Refused(to_translate("“%(kind)s” is neither jsonl nor csv."), kind=kind)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        at = runtime.clock.now()
        await trail.append(tx, at=at, actor=by.acct, action="audit.export", object=kind, details={})
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/csv; charset=utf-8" if kind == "csv" else "application/x-ndjson",
            "Content-Disposition": f'attachment; filename="audit-{runtime.config.domain.replace(":", "-")}.{kind}"',
            "Cache-Control": "no-store",
        }
    )
    await response.prepare(request)
    async with runtime.db.read() as reading:
        async for line in _lines(reading, kind):
            await response.write(line)
    await response.write_eof()
    return response


async def _lines(tx: ReadTx, kind: str) -> AsyncIterator[bytes]:
    if kind == "csv":
        yield _csv_line(_COLUMNS)
    async for row in audit.entries(tx):
        if kind == "csv":
            plain = msgspec.to_builtins(row)
            yield _csv_line(tuple(str(plain[name]) for name in _COLUMNS))
        else:
            yield msgspec.json.encode(row) + b"\n"


def _csv_line(values: tuple[str, ...]) -> bytes:
    """Nothing that a spreadsheet would take for a formula (threats T116)."""
    text = io.StringIO()
    csv.writer(text).writerow([f"'{value}" if value.startswith(_FORMULA) else value for value in values])
    return text.getvalue().encode()


def _shown(row: AuditRow) -> Shown:
    details: dict[str, object] = msgspec.json.decode(row.details)
    said = {name: ", ".join(map(str, one)) if isinstance(one, list) else one for name, one in details.items()}
    pairs = [(_printable(name), _printable(str(value))) for name, value in said.items() if value not in (None, "")]
    return Shown(row.id, row.at, _printable(row.actor), row.action, _printable(row.object), pairs, row.hash)


def _printable(text: str) -> str:
    return "".join(one if one.isprintable() else f"\\x{ord(one):02x}" for one in text)
