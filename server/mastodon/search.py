"""Search: people, communities and hashtags by prefix, posts by their words; a handle or an address is looked up at
allowed partners.
"""

import asyncio

from aiohttp import web
from msgspec import structs

from federation.errors import FederationError, TryLater
from federation.runtime import Budget
from models.engine import ReadTx
from models.gate import Person
from models.queries import guests, search
from models.queries.posts import EntryRow
from models.queries.search import Places, Sought
from models.words import AUTHOR, mark
from server.actions import remote, searching
from server.actions.searching import MAX_PREFIX, Window, is_address
from server.http.answers import json_answer
from server.http.auth import require_reader
from server.http.errors import remote_unavailable
from server.http.keys import RUNTIME, SERVICES
from server.http.params import Params, params
from server.mastodon.entities import Search, Tag
from server.mastodon.tags import searched_tag
from server.mastodon.tools import RENDERER

LOOKUP_SECONDS = 5.0
KINDS = ("accounts", "statuses", "hashtags")


async def find(request: web.Request) -> web.Response:
    """GET /api/v2/search, scope read:search. With `resolve` an unknown handle or address is asked for."""
    viewer = await require_reader(request, "read:search")
    given = await params(request)
    text, kind = remote.canonical(given.text("q").strip()), given.text("type")
    kinds = [kind] if kind else KINDS
    window = given.integer("limit", 20, minimum=1, maximum=40), given.integer("offset", 0, minimum=0, maximum=10_000)
    if text and given.boolean("resolve") and not window[1]:
        await resolve(request, viewer, text, kind)
    async with request.app[RUNTIME].db.read() as tx:
        people = (
            await searching.people(tx, text, viewer, window, only_followed=given.boolean("following"))
            if text and "accounts" in kinds
            else []
        )
        known = (
            await search.places(tx, viewer)
            if {"statuses", "hashtags"} & {*kinds}
            else Places((), frozenset(), frozenset())
        )
        found = await _posts(request, tx, given, text, viewer, known, window) if "statuses" in kinds else []
        names = await _tags(request, tx, text, viewer, known, window) if "hashtags" in kinds else []
        accounts, statuses = await request.app[RENDERER].found(tx, people, found, viewer)
    return json_answer(Search(accounts=accounts, statuses=statuses, hashtags=names))


async def _posts(
    request: web.Request, tx: ReadTx, given: Params, text: str, viewer: Person, known: Places, window: Window
) -> list[EntryRow]:
    """The one at this address; else those with these words, by this account, between these ids."""
    if is_address(text):
        return await searching.post_at(tx, text, viewer, window)
    sought = _narrowed(await searching.sought(tx, text, viewer, request.app[RUNTIME].config.domain), given)
    limit, offset = window
    at = request.app[RUNTIME].clock.now()
    return await search.posts_page(tx, sought, viewer, known, at, limit=limit, offset=offset)


def _narrowed(sought: Sought, given: Params) -> Sought:
    """By what the parameters say besides the text."""
    account_id, lower, upper = given.id("account_id"), given.bound("min_id"), given.bound("max_id")
    return structs.replace(
        sought,
        marks=[*sought.marks, *([] if account_id is None else [mark(AUTHOR, account_id)])],
        after_id=max(sought.after_id, lower or given.bound("since_id") or 0),
        before_id=sought.before_id if upper is None else min(sought.before_id, upper),
        is_upwards=lower is not None,
    )


async def _tags(
    request: web.Request, tx: ReadTx, text: str, viewer: Person, known: Places, window: Window
) -> list[Tag]:
    prefix = text.lstrip("#").lower()
    if not prefix or len(prefix) > MAX_PREFIX or not prefix.replace("_", "a").isalnum():
        return []
    limit, offset = window
    at = request.app[RUNTIME].clock.now()
    uses = await search.tags_by_prefix(tx, prefix, viewer, known, at, limit=limit, offset=offset)
    return [searched_tag(request, name, at, by, known) for name, by in uses.items()]


async def resolve(request: web.Request, viewer: Person, text: str, kind: str) -> None:
    """Ask an allowed partner; what is not there, or not to be asked, is simply not found. For guests nobody is asked.

    Raises `ApiError` 503 where it does not answer within five seconds (client API section 7).
    """
    services = request.app[SERVICES]
    async with services.runtime.db.read() as tx:
        if await guests.is_one(tx, viewer.actor_id):
            return
    try:
        async with asyncio.timeout(LOOKUP_SECONDS):
            if is_address(text):
                await remote.look_up_address(services, text, Budget())
            elif kind in ("", "accounts"):
                await remote.look_up_handle(services, text, Budget())
    except (TryLater, TimeoutError) as error:
        raise remote_unavailable() from error
    except FederationError:
        return
