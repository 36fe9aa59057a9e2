"""Notifications in groups (v2): those of one hour about one thing as one."""

import re
from collections.abc import Sequence
from typing import Final

from aiohttp import web

from models.engine import ReadTx
from models.gate import Person
from models.notifications import GROUPABLE, TYPES
from models.queries import actors, posts
from models.queries import notification_groups as groups
from models.queries.notification_groups import Group, GroupKey
from models.queries.notifications import NotificationRow
from models.writes import notifications as notification_writes
from server.http.answers import json_answer
from server.http.auth import require_author, require_viewer
from server.http.errors import not_found
from server.http.keys import CLOCK, RUNTIME
from server.http.paging import link_header, parse_page
from server.http.params import Params, params
from server.mastodon import hidden_answers
from server.mastodon.entities import GroupedNotificationsResults
from server.mastodon.hidden_answers import Wish, merged
from server.mastodon.tools import RENDERER

MAX_PEOPLE: Final = 200
"""People of one group that are listed."""

_KEY: Final = re.compile(r"(ungrouped)-(\d{1,18})|(favourite)-(\d{1,18})-(\d{1,9})|(follow)-(\d{1,9})", re.ASCII)


def types_of(given: Params) -> tuple[list[str], list[str]]:
    """Types that are asked for and types that are left out; unknown ones are ignored."""
    asked = given.strings("types")
    wanted = [one for one in asked if one in TYPES] or (["none"] if asked else [])
    return wanted, [one for one in given.strings("exclude_types") if one in TYPES]


def _grouped(given: Params) -> list[str]:
    asked = given.strings("grouped_types")
    return [one for one in GROUPABLE if not asked or one in asked]


def _key(request: web.Request) -> GroupKey:
    """The group in the address. Raises `ApiError` 404 for what is none."""
    match = _KEY.fullmatch(request.match_info["group_key"])
    if match is None:
        raise not_found()
    alone, notification_id, favourite, post_id, hour, _, follow_hour = match.groups()
    if alone:
        return GroupKey("", None, 0, int(notification_id))
    if favourite:
        return GroupKey(favourite, int(post_id), int(hour))
    return GroupKey("follow", None, int(follow_hour))


async def _built(
    request: web.Request, tx: ReadTx, found: Sequence[Group], viewer: Person
) -> GroupedNotificationsResults:
    ids = list(dict.fromkeys(group.newest.post_id for group in found if group.newest.post_id is not None))
    entries = await posts.of_ids(tx, ids, viewer)
    return await request.app[RENDERER].notification_groups(tx, found, entries, viewer)


async def list_groups(request: web.Request) -> web.Response:
    """GET /api/v2/notifications, scope read:notifications. Paged by the newest notification of each group."""
    viewer = await require_viewer(request, "read:notifications")
    given = await params(request)
    page = parse_page(given, 40, 80)
    types, excluded = types_of(given)
    async with request.app[RUNTIME].db.read() as tx:
        found = await groups.page_of(
            tx,
            viewer,
            page,
            request.app[CLOCK].now(),
            types=types,
            excluded=excluded,
            grouped=_grouped(given),
            from_actor=given.id("account_id"),
        )
        wish = Wish(types, excluded, given.id("account_id"))
        found += [_alone(row) for row in await hidden_answers.answers(request, tx, viewer, page, wish)]
        kept = merged(page, [one.newest.id for one in found])
        found = sorted((one for one in found if one.newest.id in kept), key=lambda one: -one.newest.id)
        results = await _built(request, tx, found, viewer)
    first, last = (found[0].newest.id, found[-1].newest.id) if found else (None, None)
    link = link_header(request, first, last, is_full=len(found) >= page.limit)
    return json_answer(results, headers=None if link is None else {"Link": link})


def _alone(row: NotificationRow) -> Group:
    return Group(row, groups.key_of(row, ()), 1, row.id, [row.actor_id])


async def _hidden(request: web.Request, tx: ReadTx, viewer: Person, key: GroupKey) -> Group | None:
    """What somebody is told of what they asked discreetly: each stands alone."""
    if not key.notification_id:
        return None
    row = await hidden_answers.answer(request, tx, viewer, key.notification_id)
    return None if row is None else _alone(row)


async def read_group(request: web.Request) -> web.Response:
    """GET /api/v2/notifications/:group_key, scope read:notifications."""
    viewer = await require_viewer(request, "read:notifications")
    async with request.app[RUNTIME].db.read() as tx:
        key = _key(request)
        group = await groups.one(tx, key, viewer, request.app[CLOCK].now()) or await _hidden(request, tx, viewer, key)
        results = await _built(request, tx, [group], viewer) if group is not None else None
    if results is None or not results.notification_groups:
        raise not_found()
    return json_answer(results)


async def dismiss_group(request: web.Request) -> web.Response:
    """POST /api/v2/notifications/:group_key/dismiss, scope write:notifications."""
    viewer = await require_author(request, "write:notifications")
    key = _key(request)
    async with request.app[RUNTIME].db.write() as tx:
        found = await groups.members(tx, key, viewer, request.app[CLOCK].now(), None)
        await notification_writes.dismiss_all(tx, viewer.actor_id, [row.id for row in found])
        is_gone = bool(found)
        if not is_gone and key.notification_id:
            is_gone = await hidden_answers.dismiss(request, tx, viewer, key.notification_id)
        if not is_gone:
            raise not_found()
    return json_answer({})


async def accounts_of_group(request: web.Request) -> web.Response:
    """GET /api/v2/notifications/:group_key/accounts, scope read:notifications. The newest first."""
    viewer = await require_viewer(request, "read:notifications")
    async with request.app[RUNTIME].db.read() as tx:
        key = _key(request)
        people = await groups.people_in(tx, key, viewer, request.app[CLOCK].now(), MAX_PEOPLE)
        if not people and (hidden := await _hidden(request, tx, viewer, key)) is not None:
            people = list((await actors.of_ids(tx, hidden.actor_ids)).values())
        if not people:
            raise not_found()
        return json_answer(await request.app[RENDERER].accounts(tx, people))


async def unread_count(request: web.Request) -> web.Response:
    """GET /api/v2/notifications/unread_count, scope read:notifications. Groups, up to `limit`, 100 of at most 1000."""
    viewer = await require_viewer(request, "read:notifications")
    given = await params(request)
    limit = given.integer("limit", 100, minimum=1, maximum=1000)
    types, excluded = types_of(given)
    async with request.app[RUNTIME].db.read() as tx:
        count = await groups.unread_count(
            tx, viewer, limit, request.app[CLOCK].now(), types=types, excluded=excluded, grouped=_grouped(given)
        )
        count += await hidden_answers.count_unread(request, tx, viewer, limit, Wish(types, excluded))
    return json_answer({"count": min(count, limit)})
