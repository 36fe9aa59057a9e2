"""Whom to follow and what to join: the directory of this firm, and suggestions, communities first (client API 11.4)."""

from aiohttp import web

from models.gate import Person
from models.queries import suggestions
from server.http.answers import json_answer
from server.http.auth import require_reader, require_viewer
from server.http.keys import RUNTIME
from server.http.params import params
from server.mastodon.entities import Suggestion
from server.mastodon.tools import RENDERER


async def directory(request: web.Request) -> web.Response:
    """GET /api/v1/directory, scope read:accounts. This firm only, whatever `local` says."""
    viewer = await require_reader(request, "read:accounts")
    given = await params(request)
    async with request.app[RUNTIME].db.read() as tx:
        rows = await suggestions.directory(
            tx,
            viewer,
            by_newest=given.text("order") == "new",
            limit=given.integer("limit", 40, minimum=1, maximum=80),
            offset=given.integer("offset", 0, minimum=0, maximum=100_000),
        )
        return json_answer(await request.app[RENDERER].accounts(tx, rows))


async def list_suggestions(request: web.Request) -> web.Response:
    """GET /api/v2/suggestions, scope read."""
    return json_answer(await _suggested(request, await require_viewer(request, "read")))


async def list_suggested_accounts(request: web.Request) -> web.Response:
    """GET /api/v1/suggestions, scope read. The accounts alone."""
    return json_answer([one.account for one in await _suggested(request, await require_viewer(request, "read"))])


async def _suggested(request: web.Request, viewer: Person) -> list[Suggestion]:
    limit = (await params(request)).integer("limit", 40, minimum=1, maximum=80)
    runtime = request.app[RUNTIME]
    async with runtime.db.read() as tx:
        found = await suggestions.communities_for(tx, viewer, runtime.clock.now(), limit)
        joinable = [one.community.actor for one in found]
        people = await suggestions.fellow_members(tx, viewer, runtime.clock.now(), limit - len(joinable))
        accounts = await request.app[RENDERER].accounts(tx, [*joinable, *people])
    return [
        Suggestion(source="staff", sources=["featured"], account=account)
        if account.group
        else Suggestion(source="past_interactions", sources=["friends_of_friends"], account=account)
        for account in accounts
    ]
