"""Lists: those kept by the server, one for each joined community (client API 11.4), and those people make themselves.

The first are renamed and removed, never refilled by hand; the others are of people, and communities, whom one follows.
"""

from typing import cast

from aiohttp import web

from models.gate import Person
from models.lists import REPLIES_POLICIES
from models.queries import actors, follows, lists
from models.queries.actors import ActorRow
from models.queries.follows import FollowRow
from models.queries.lists import ListRow
from models.queries.paging import Page
from models.writes import follows as follow_writes
from models.writes import lists as list_writes
from server.actions import lists as list_actions
from server.http.answers import json_answer
from server.http.auth import require_viewer
from server.http.errors import forbidden, invalid, not_found, unprocessable
from server.http.keys import RUNTIME, SERVICES
from server.http.paging import parse_page
from server.http.params import Params, params, path_id
from server.mastodon.entities import List, RepliesPolicy
from server.mastodon.tools import RENDERER, account_page

MAX_TITLE = 200

Kept = tuple[FollowRow, ActorRow]
"""The list that is kept for a membership."""


def _list(found: Kept | ListRow) -> List:
    if isinstance(found, ListRow):
        policy = cast("RepliesPolicy", found.replies_policy)
        return List(id=str(found.id), title=found.title, replies_policy=policy, exclusive=found.is_exclusive)
    follow, community = found
    return List(
        id=str(follow.id),
        title=follow.list_title or community.display_name or community.username,
        replies_policy="list",
        exclusive=not follow.shows_reblogs,
    )


async def list_lists(request: web.Request) -> web.Response:
    """GET /api/v1/lists, scope read:lists. Those of communities first."""
    viewer = await require_viewer(request, "read:lists")
    async with request.app[RUNTIME].db.read() as tx:
        kept = await follows.memberships(tx, viewer.actor_id)
        own = await lists.of_person(tx, viewer.actor_id)
    shown: list[Kept | ListRow] = [*(one for one in kept if not one[0].list_hidden), *own]
    return json_answer([_list(one) for one in shown])


async def lists_with_account(request: web.Request) -> web.Response:
    """GET /api/v1/accounts/:id/lists, scope read:lists."""
    viewer = await require_viewer(request, "read:lists")
    account_id = path_id(request)
    async with request.app[RUNTIME].db.read() as tx:
        if await actors.known_by_id(tx, account_id, viewer) is None:
            raise not_found()
        kept = await follows.memberships(tx, viewer.actor_id)
        own = await lists.containing(tx, account_id, viewer.actor_id)
    found: list[Kept | ListRow] = [one for one in kept if one[1].id == account_id and not one[0].list_hidden]
    return json_answer([_list(one) for one in [*found, *own]])


async def _own(request: web.Request, viewer: Person) -> Kept | ListRow:
    """A list of the viewer's, of either kind. Raises `ApiError` 404."""
    async with request.app[RUNTIME].db.read() as tx:
        kept = await follows.membership(tx, path_id(request), viewer.actor_id)
        found = kept or await lists.own(tx, path_id(request), viewer.actor_id)
    if found is None or (kept is not None and kept[0].list_hidden):
        raise not_found()
    return found


async def read_list(request: web.Request) -> web.Response:
    """GET /api/v1/lists/:id, scope read:lists."""
    viewer = await require_viewer(request, "read:lists")
    return json_answer(_list(await _own(request, viewer)))


async def create_list(request: web.Request) -> web.Response:
    """POST /api/v1/lists, scope write:lists."""
    viewer = await require_viewer(request, "write:lists")
    values = _values(await params(request))
    if "title" not in values:
        raise invalid("Title can't be blank")
    values = {"replies_policy": "list", "is_exclusive": False, **values}
    number = await list_actions.create(request.app[SERVICES], viewer, values)
    async with request.app[RUNTIME].db.read() as tx:
        made = await lists.own(tx, number, viewer.actor_id)
    if made is None:
        raise not_found()
    return json_answer(_list(made))


def _values(given: Params) -> dict[str, object]:
    """The columns of a list that a request names. Raises `ApiError` 422."""
    values: dict[str, object] = {}
    title = given.text_or_none("title")
    if title is not None:
        if not title.strip():
            raise invalid("Title can't be blank")
        values["title"] = title.strip()[:MAX_TITLE]
    policy = given.text("replies_policy")
    if policy:
        if policy not in REPLIES_POLICIES:
            raise unprocessable(f"'{policy[:40]}' is not a valid replies_policy")
        values["replies_policy"] = policy
    exclusive = given.boolean_or_none("exclusive")
    if exclusive is not None:
        values["is_exclusive"] = exclusive
    return values


async def change_list(request: web.Request) -> web.Response:
    """PUT /api/v1/lists/:id, scope write:lists. Its title, whether it is left out of home, which answers it shows."""
    viewer = await require_viewer(request, "write:lists")
    found = await _own(request, viewer)
    values = _values(await params(request))
    async with request.app[RUNTIME].db.write() as tx:
        if isinstance(found, ListRow):
            await list_writes.change(tx, found.id, values)
        elif changes := _kept_values(values):
            await follow_writes.change(tx, found[0].id, **changes)
    return json_answer(_list(await _own(request, viewer)))


def _kept_values(values: dict[str, object]) -> dict[str, object]:
    changes: dict[str, object] = {}
    if "title" in values:
        changes["list_title"] = values["title"]
    if "is_exclusive" in values:
        changes["shows_reblogs"] = not values["is_exclusive"]
    return changes


async def delete_list(request: web.Request) -> web.Response:
    """DELETE /api/v1/lists/:id, scope write:lists. Of a community: remembered; the membership stands."""
    viewer = await require_viewer(request, "write:lists")
    found = await _own(request, viewer)
    async with request.app[RUNTIME].db.write() as tx:
        if isinstance(found, ListRow):
            await list_writes.remove(tx, found.id)
        else:
            await follow_writes.change(tx, found[0].id, list_hidden=True)
    return json_answer({})


async def list_accounts(request: web.Request) -> web.Response:
    """GET /api/v1/lists/:id/accounts, scope read:lists. `limit=0`: all of them."""
    viewer = await require_viewer(request, "read:lists")
    found = await _own(request, viewer)
    given = await params(request)
    page = parse_page(given, 40, 80)
    if given.integer_or_none("limit") == 0:
        page = Page(None, None, None, list_actions.MAX_MEMBERS)
    async with request.app[RUNTIME].db.read() as tx:
        if isinstance(found, ListRow):
            return await account_page(request, tx, await lists.members(tx, found.id, page), page)
        return json_answer(await request.app[RENDERER].accounts(tx, [found[1]]))


async def add_list_accounts(request: web.Request) -> web.Response:
    """POST /api/v1/lists/:id/accounts, scope write:lists. Only whom one follows, or oneself."""
    viewer = await require_viewer(request, "write:lists")
    found = await _own(request, viewer)
    account_ids = (await params(request)).ids("account_ids")
    if not isinstance(found, ListRow):
        raise forbidden()
    await list_actions.put_in(request.app[SERVICES], viewer, found.id, account_ids)
    return json_answer({})


async def remove_list_accounts(request: web.Request) -> web.Response:
    """DELETE /api/v1/lists/:id/accounts, scope write:lists."""
    viewer = await require_viewer(request, "write:lists")
    found = await _own(request, viewer)
    account_ids = (await params(request)).ids("account_ids")
    if not isinstance(found, ListRow):
        raise forbidden()
    async with request.app[RUNTIME].db.write() as tx:
        await list_writes.remove_members(tx, found.id, account_ids)
    return json_answer({})
