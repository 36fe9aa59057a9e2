"""/admin/federation: how the exchange with each partner goes: backlog, failures, keys, clock; holding it, going on."""

from email.utils import parsedate_to_datetime
from typing import Final

from aiohttp import web

from federation.errors import FederationError
from federation.runtime import Budget
from models.accounts import ADMIN
from models.actors import ED25519
from models.peers import ACTIVE, BASIC, SUSPENDED
from models.queries import actors as actor_rows
from models.queries import agreements, own_keys, peers, queues
from server.actions import keys, partners
from server.actions import queues as acts
from server.actions.refusals import Refused
from server.admin.frame import BOTH, office_page
from server.http.csrf import Form
from server.http.keys import RUNTIME, SERVICES
from server.http.languages import to_translate
from server.http.offices import office_form, require_office
from server.http.pages import see

_ROWS: Final = 20
_REQUEUED: Final = 1000
_MAX_REASON: Final = 500


async def show(request: web.Request) -> web.Response:
    """GET /admin/federation."""
    session = await require_office(request, *BOTH)
    runtime = request.app[RUNTIME]
    async with runtime.db.read() as tx:
        rows = await peers.health(tx)
        server = await actor_rows.server_actor(tx)
        key = await own_keys.of_actor(tx, server.id, ED25519) if server else None
    return office_page(
        request,
        "admin/federation.html",
        session,
        "federation",
        rows=rows,
        most=max((row.backlog for row in rows), default=0),
        key=key,
        federates=runtime.config.federates,
        is_any_active=any(row.state == "active" for row in rows),
    )


async def show_one(request: web.Request) -> web.Response:
    """GET /admin/federation/{host}."""
    return await _page_of_one(request, None)


async def look_at_clock(request: web.Request) -> web.Response:
    """POST /admin/federation/{host}/clock: ask the partner what time it is."""
    await office_form(request, *BOTH)
    runtime, host = request.app[RUNTIME], request.match_info["host"]
    scheme = runtime.config.base_url.partition("://")[0]
    await request.app[SERVICES].peers.refresh(now=True)
    try:
        reply = await runtime.client.fetch_json(f"{scheme}://{host}/.well-known/nodeinfo", Budget(2))
        theirs = parsedate_to_datetime(reply.headers.get("date", ""))
    except (FederationError, ValueError) as error:
        raise Refused(to_translate("%(host)s did not say what time it is: %(why)s"), host=host, why=error) from error
    return await _page_of_one(request, round((theirs - runtime.clock.now()).total_seconds()))


async def allow(request: web.Request) -> web.Response:
    """POST /admin/federation/allow: a basic partner, after the warning was read."""
    by, form = await office_form(request, ADMIN)
    if form.get("understood") != "on":
        raise Refused(to_translate("Say that you have read what a basic partner may do."))
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        made = await partners.allow(tx, runtime, [form.get("host", "").strip()], by=by.acct)
    return see(f"/admin/federation/{made[0].host}?done=allowed")


async def suspend_all(request: web.Request) -> web.Response:
    """POST /admin/federation/suspend-all: the kill switch (product J10)."""
    by, form = await office_form(request, *BOTH)
    runtime = request.app[RUNTIME]
    if form.get("confirm", "").strip().lower() != runtime.config.domain:
        raise Refused(to_translate("To suspend every partner, type the name of this server."))
    async with runtime.db.write() as tx:
        await partners.suspend_all(tx, runtime, by=by.acct, reason=_reason(form))
    return see("/admin/federation?done=all")


async def rotate_keys(request: web.Request) -> web.Response:
    """POST /admin/federation/rotate: new keys of the server's own actor; partners are told."""
    by, _ = await office_form(request, ADMIN)
    runtime = request.app[RUNTIME]
    await keys.rotate(runtime.db, runtime, await keys.server_actor(runtime.db), by=by.acct)
    return see("/admin/federation?done=rotated")


async def suspend(request: web.Request) -> web.Response:
    """POST /admin/federation/{host}/suspend: either office."""
    by, form = await office_form(request, *BOTH)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        await partners.suspend(tx, runtime, request.match_info["host"], by=by.acct, reason=_reason(form))
    return _back(request, "suspended")


async def resume(request: web.Request) -> web.Response:
    """POST /admin/federation/{host}/resume."""
    by, _ = await office_form(request, ADMIN)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        await partners.resume(tx, runtime, request.match_info["host"], by=by.acct)
    return _back(request, "resumed")


async def end(request: web.Request) -> web.Response:
    """POST /admin/federation/{host}/end: either office, for good, so the name has to be typed (threats T232).

    What ends with a firm that has an agreement stands on the page of that.
    """
    by, form = await office_form(request, *BOTH)
    runtime, host = request.app[RUNTIME], request.match_info["host"]
    if form.get("confirm", "").strip().lower() != host.lower():
        raise Refused(to_translate("To end it, type the partner’s host name as it stands there."))
    async with runtime.db.write() as tx:
        peer = await partners.find(tx, runtime, host)
        if peer.kind != BASIC:
            raise Refused(
                to_translate("With %(host)s there are terms: end it on the page of the agreement."), host=host
            )
        await partners.end(tx, runtime, host, by=by.acct)
    return _back(request, "ended")


async def retry(request: web.Request) -> web.Response:
    """POST /admin/federation/{host}/retry: now, and what it had refused for good once more."""
    by, _ = await office_form(request, ADMIN)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        await acts.retry(tx, runtime, request.match_info["host"], most=_REQUEUED, by=by.acct)
    return _back(request, "retried")


async def drop_dead(request: web.Request) -> web.Response:
    """POST /admin/federation/{host}/drop-dead: what it had refused for good is forgotten."""
    by, _ = await office_form(request, ADMIN)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        await acts.drop(tx, runtime, request.match_info["host"], activity=None, dead=True, most=_REQUEUED, by=by.acct)
    return _back(request, "dropped")


async def _page_of_one(request: web.Request, skew_seconds: int | None) -> web.Response:
    session = await require_office(request, *BOTH)
    runtime = request.app[RUNTIME]
    async with runtime.db.read() as tx:
        peer = await partners.find(tx, runtime, request.match_info["host"])
        health = await peers.health_of(tx, peer.host)
        return office_page(
            request,
            "admin/partner.html",
            session,
            "federation",
            peer=peer,
            health=health,
            standing=await agreements.standing(tx, peer.host),
            owed=await queues.owed(tx, peer.id, _ROWS),
            dead=await queues.dead(tx, peer.id, _ROWS),
            troubled=await queues.troubled(tx, peer.id, _ROWS),
            skew_seconds=skew_seconds,
            ends_here=peer.kind == BASIC and peer.state in (ACTIVE, SUSPENDED),
        )


def _reason(form: Form) -> str:
    return " ".join(form.get("reason", "").split())[:_MAX_REASON]


def _back(request: web.Request, done: str) -> web.Response:
    return see(f"/admin/federation/{request.match_info['host'].lower()}?done={done}")
