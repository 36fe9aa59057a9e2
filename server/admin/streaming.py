"""What belongs to the trail besides its entries: the stream to the firm's SIEM, and checkpoints to keep or to take."""

import msgspec
from aiohttp import web

from models.accounts import ADMIN, AUDITOR
from models.engine import ReadTx
from models.queries import audit, state
from models.queries import checkpoints as checkpoint_rows
from server.actions import audit_stream, checkpoints
from server.admin.forms import line
from server.admin.frame import BOTH
from server.http.answers import json_answer
from server.http.keys import RUNTIME, SETTINGS
from server.http.offices import office_form, require_office
from server.http.pages import see
from server.siem.destination import FACT, POSITION, Destination, is_usable


class Standing(msgspec.Struct, frozen=True):
    """How it stands with the stream."""

    to: Destination | None
    position: int
    last: int
    """Number of the newest entry."""

    @property
    def waiting(self) -> int:
        """How many entries were not looked at yet."""
        return max(0, self.last - self.position)


async def standing(tx: ReadTx) -> Standing:
    """The setting, and how far it has come."""
    setting, position = await state.text(tx, FACT), await state.text(tx, POSITION)
    newest = await audit.last(tx)
    to = msgspec.json.decode(setting, type=Destination) if setting else None
    return Standing(to, int(position or 0), newest.id if newest else 0)


async def choose(request: web.Request) -> web.Response:
    """POST /admin/audit/stream."""
    by, form = await office_form(request, ADMIN)
    runtime, settings = request.app[RUNTIME], request.app[SETTINGS]
    address = line(form, "address")
    usable = is_usable(address, static=frozenset(settings.static_addresses), allow_http=not settings.has_https)
    async with runtime.db.write() as tx:
        await audit_stream.choose(
            tx,
            runtime,
            address,
            token=form.get("token", "").strip(),
            from_beginning=form.get("from_beginning") == "on",
            is_usable=usable,
            by=by,
        )
    return see("/admin/audit?done=stream")


async def stop(request: web.Request) -> web.Response:
    """POST /admin/audit/stream-stop."""
    by, _ = await office_form(request, ADMIN)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        await audit_stream.stop(tx, runtime, by)
    return see("/admin/audit?done=stopped")


async def widen(request: web.Request) -> web.Response:
    """POST /admin/audit/stream-scope: the whole trail, or its technical part."""
    by, form = await office_form(request, AUDITOR)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        await audit_stream.widen(tx, runtime, is_whole=form.get("whole") == "yes", by=by)
    return see("/admin/audit?done=widened")


async def accept_head(request: web.Request) -> web.Response:
    """POST /admin/audit/accept-head: go on from what a partner told of its trail, although it did not fit."""
    by, form = await office_form(request, ADMIN)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        await checkpoints.accept(tx, runtime, line(form, "host"), by=by.acct)
    return see("/admin/audit?done=head")


async def newest_checkpoint(request: web.Request) -> web.Response:
    """GET /admin/audit/checkpoint/document: the signed text, which `entrepairs audit verify` takes later."""
    await require_office(request, *BOTH)
    async with request.app[RUNTIME].db.read() as tx:
        found = await checkpoint_rows.newest(tx, 1)
    if not found:
        raise web.HTTPNotFound
    name = f"checkpoint-{found[0].number}.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return json_answer(checkpoints.document_of(found[0]), headers=headers)
