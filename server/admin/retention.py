"""/admin/retention: how long things are kept, in all and in each community; what went by it (product section 8).

Auditors say so; administrators propose, and an auditor decides on it.
"""

from datetime import timedelta
from typing import Final

import msgspec
from aiohttp import web

from models.accounts import ADMIN, AUDITOR
from models.proposals import RETENTION
from models.queries import audit, expiring, proposals
from models.queries.audit import Sought
from models.queries.rules import Rules, rules
from server.actions import leaving, retention
from server.admin.frame import BOTH, office_page
from server.housekeeping import BODIES_KEPT, DEAD_LETTERS_KEPT, IDS_KEPT, LETTERS_KEPT
from server.http.csrf import Form
from server.http.keys import RUNTIME
from server.http.offices import office_form, officer, require_office, whole_number
from server.http.pages import see

_RUNS_SHOWN: Final = 20


class Asked(msgspec.Struct, frozen=True):
    """A proposal as the page shows it."""

    id: int
    by_name: str | None
    is_own: bool
    at: object
    reason: str
    wanted: Rules
    count: int
    """How many posts would go by it."""


async def show(request: web.Request) -> web.Response:
    """GET /admin/retention?threads=&bin=: with numbers, what they would make go is counted before anything is set."""
    session = await require_office(request, *BOTH)
    runtime, me = request.app[RUNTIME], officer(session)
    now = runtime.clock.now()
    async with runtime.db.read() as tx:
        held_to = await rules(tx)
        tried = _rules(request.query, held_to) if "threads" in request.query else None
        waiting = [
            Asked(row.id, row.by_name, row.by_id == me.actor_id, row.at, row.reason, wanted, count)
            for row in await proposals.of_kind(tx, RETENTION, waiting=True)
            for wanted in (msgspec.json.decode(row.wanted, type=Rules),)
            for count in (await retention.count_due(tx, wanted, now),)
        ]
        places = await expiring.places(tx)
        runs = await audit.sought(tx, Sought(action="retention.purge"))
        would_go = None if tried is None else await retention.count_due(tx, tried, now)
    return office_page(
        request,
        "admin/retention.html",
        session,
        "retention",
        rules=held_to,
        tried=tried,
        would_go=would_go,
        waiting=waiting,
        places=places,
        runs=[(row, msgspec.json.decode(row.details)) for row in runs[:_RUNS_SHOWN]],
        most_days=retention.MOST_DAYS,
        most_bin_days=retention.MOST_BIN_DAYS,
        fixed=_fixed(),
    )


def _fixed() -> dict[str, timedelta]:
    return {
        "named": leaving.NAMED_FOR,
        "known": leaving.KNOWN_FOR,
        "bodies": BODIES_KEPT,
        "ids": IDS_KEPT,
        "dead": DEAD_LETTERS_KEPT,
        "letters": LETTERS_KEPT,
    }


def _rules(given: Form, held_to: Rules) -> Rules:
    return retention.checked(
        whole_number(given.get("threads", ""), held_to.thread_days),
        whole_number(given.get("bin", ""), held_to.bin_days),
    )


async def set_rules(request: web.Request) -> web.Response:
    """POST /admin/retention/set."""
    by, form = await office_form(request, AUDITOR)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        await retention.set_rules(tx, runtime, by, _rules(form, await rules(tx)))
    return see("/admin/retention?done=set")


async def propose(request: web.Request) -> web.Response:
    """POST /admin/retention/propose."""
    by, form = await office_form(request, ADMIN)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        await retention.propose_rules(tx, runtime, by, _rules(form, await rules(tx)), form.get("reason", ""))
    return see("/admin/retention?done=proposed")


async def decide(request: web.Request) -> web.Response:
    """POST /admin/retention/decide."""
    by, form = await office_form(request, AUDITOR)
    runtime, approves = request.app[RUNTIME], form.get("answer") == "yes"
    async with runtime.db.write() as tx:
        await retention.decide(tx, runtime, by, whole_number(form.get("proposal", ""), 0), approves=approves)
    return see(f"/admin/retention?done={'set' if approves else 'declined'}")


async def set_for_community(request: web.Request) -> web.Response:
    """POST /admin/retention/community."""
    by, form = await office_form(request, AUDITOR)
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        days = whole_number(form.get("days", ""), 0)
        await retention.set_for_community(tx, runtime, by, form.get("community", ""), days)
    return see("/admin/retention?done=community")
