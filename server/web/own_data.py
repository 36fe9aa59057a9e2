"""/me/data: asking for one's own data or for their erasure, and fetching the archive (product J12, threats T181)."""

import asyncio
from tempfile import SpooledTemporaryFile
from typing import Final

from aiohttp import web

from models.queries import requests as reading
from server.actions import archive, data_requests
from server.http import sessions
from server.http.csrf import signed_form, token_of_session
from server.http.keys import RUNTIME, SETTINGS
from server.http.pages import page, see
from server.media.store import Store

_IN_MEMORY: Final = 2**20
"""Bytes of an archive that are not put on disk."""


async def show(request: web.Request) -> web.Response:
    """GET /me/data."""
    session = await sessions.require_session(request)
    runtime = request.app[RUNTIME]
    async with runtime.db.read() as tx:
        rows = await reading.of_person(tx, session.who.actor_id)
    now = runtime.clock.now()
    return page(
        request,
        "web/own_data.html",
        session=session,
        csrf=token_of_session(request, session),
        rows=rows,
        is_ready=any(one.state == "ready" and one.expires_at and now < one.expires_at for one in rows),
        done=request.query.get("done", ""),
    )


async def ask(request: web.Request) -> web.Response:
    """POST /me/data/ask."""
    session, form = await signed_form(request)
    runtime, who = request.app[RUNTIME], session.who
    kind, _, scope = form.get("kind", "").partition("-")
    async with runtime.db.write() as tx:
        await data_requests.ask(tx, runtime, who.actor_id, who.acct, kind, scope, by_id=who.actor_id, by=who.acct)
    return see("/me/data?done=asked")


async def fetch(request: web.Request) -> web.Response:
    """POST /me/data/fetch: the archive, in this session alone."""
    session, _ = await signed_form(request)
    runtime, who = request.app[RUNTIME], session.who
    async with runtime.db.write() as tx:
        gathered = await data_requests.fetch(tx, runtime, who.actor_id, who.username, who.acct)
    with SpooledTemporaryFile(_IN_MEMORY) as kept:
        await archive.pack(gathered, Store(request.app[SETTINGS].media_url), kept)
        kept.seek(0)
        made = await asyncio.to_thread(kept.read)
    return web.Response(
        body=made,
        content_type="application/zip",
        headers={"Content-Disposition": 'attachment; filename="my-data.zip"', "Cache-Control": "no-store"},
    )
