"""What a person does not care to meet: blocks, mutes, domains; what they note about others, and recommend."""

from collections.abc import Awaitable, Callable

from aiohttp import web
from msgspec import structs

from models.gate import ActingCommunity, Person
from models.queries import actors, tastes
from server.actions import acting, blocks
from server.actions import tastes as taste_actions
from server.http.answers import instant, json_answer, json_page
from server.http.auth import require_author, require_reader, require_viewer
from server.http.errors import not_found
from server.http.keys import RUNTIME, SERVICES
from server.http.paging import parse_page
from server.http.params import params, path_id
from server.mastodon import acting as acting_views
from server.mastodon.accounts import relation_answer
from server.mastodon.entities import FamiliarFollowers
from server.mastodon.tools import RENDERER, account_page, status_answer
from server.services import Services

MAX_FAMILIAR = 10
MAX_IDS = 40


async def mute_account(request: web.Request) -> web.Response:
    """POST /api/v1/accounts/:id/mute, scope write:mutes. For `duration` seconds, 0 for good."""
    viewer = await require_viewer(request, "write:mutes")
    given = await params(request)
    target_id = path_id(request)
    await taste_actions.mute(
        request.app[SERVICES],
        viewer,
        target_id,
        hides_notifications=given.boolean("notifications", default=True),
        seconds=given.integer_or_none("duration") or 0,
    )
    return await relation_answer(request, viewer, target_id)


async def unmute_account(request: web.Request) -> web.Response:
    """POST /api/v1/accounts/:id/unmute, scope write:mutes."""
    return await _towards(request, "write:mutes", taste_actions.unmute)


async def note_account(request: web.Request) -> web.Response:
    """POST /api/v1/accounts/:id/note, scope write:accounts. An empty `comment` removes the note."""
    viewer = await require_viewer(request, "write:accounts")
    comment, target_id = (await params(request)).text("comment").strip(), path_id(request)
    await taste_actions.note(request.app[SERVICES], viewer, target_id, comment)
    return await relation_answer(request, viewer, target_id)


async def endorse_account(request: web.Request) -> web.Response:
    """POST /api/v1/accounts/:id/endorse, and its older name pin, scope write:accounts."""
    return await _towards(request, "write:accounts", taste_actions.endorse)


async def unendorse_account(request: web.Request) -> web.Response:
    """POST /api/v1/accounts/:id/unendorse, and its older name unpin, scope write:accounts."""
    return await _towards(request, "write:accounts", taste_actions.unendorse)


async def _towards(
    request: web.Request, scope: str, act: Callable[[Services, Person, int], Awaitable[None]]
) -> web.Response:
    viewer = await require_viewer(request, scope)
    target_id = path_id(request)
    await act(request.app[SERVICES], viewer, target_id)
    return await relation_answer(request, viewer, target_id)


async def mute_status(request: web.Request) -> web.Response:
    """POST /api/v1/statuses/:id/mute, scope write:mutes. No more notifications from its thread."""
    viewer = await require_viewer(request, "write:mutes")
    post_id = await taste_actions.mute_thread(request.app[SERVICES], viewer, path_id(request), is_muted=True)
    return await status_answer(request, post_id, viewer)


async def unmute_status(request: web.Request) -> web.Response:
    """POST /api/v1/statuses/:id/unmute, scope write:mutes."""
    viewer = await require_viewer(request, "write:mutes")
    post_id = await taste_actions.mute_thread(request.app[SERVICES], viewer, path_id(request), is_muted=False)
    return await status_answer(request, post_id, viewer)


async def block_account(request: web.Request) -> web.Response:
    """POST /api/v1/accounts/:id/block, scope write:blocks. Ends follows both ways; a community bans."""
    return await _barred(request, acting.ban, blocks.block)


async def unblock_account(request: web.Request) -> web.Response:
    """POST /api/v1/accounts/:id/unblock, scope write:blocks."""
    return await _barred(request, acting.unban, blocks.unblock)


async def _barred(
    request: web.Request,
    by_community: Callable[[Services, ActingCommunity, int], Awaitable[None]],
    by_person: Callable[[Services, Person, int], Awaitable[None]],
) -> web.Response:
    viewer, target_id = await require_author(request, "write:blocks"), path_id(request)
    if isinstance(viewer, ActingCommunity):
        await by_community(request.app[SERVICES], viewer, target_id)
    else:
        await by_person(request.app[SERVICES], viewer, target_id)
    return await relation_answer(request, viewer, target_id)


async def list_blocks(request: web.Request) -> web.Response:
    """GET /api/v1/blocks, scope read:blocks."""
    viewer = await require_viewer(request, "read:blocks")
    if isinstance(viewer, ActingCommunity):
        return await acting_views.blocks(request, viewer)
    page = parse_page(await params(request), 40, 80)
    async with request.app[RUNTIME].db.read() as tx:
        return await account_page(request, tx, await tastes.blocks(tx, viewer.actor_id, page), page)


async def list_mutes(request: web.Request) -> web.Response:
    """GET /api/v1/mutes, scope read:mutes. With the moment at which each ends."""
    viewer = await require_viewer(request, "read:mutes")
    page = parse_page(await params(request), 40, 80)
    runtime = request.app[RUNTIME]
    async with runtime.db.read() as tx:
        rows = await tastes.mutes(tx, viewer, page, runtime.clock.now())
        accounts = await request.app[RENDERER].accounts(tx, [actor for _, actor, _ in rows])
    muted = [
        structs.replace(account, mute_expires_at=instant(until) if until else None)
        for account, (_, _, until) in zip(accounts, rows, strict=True)
    ]
    first, last = (rows[0][0], rows[-1][0]) if rows else (None, None)
    return json_page(request, muted, first, last, page)


async def list_domain_blocks(request: web.Request) -> web.Response:
    """GET /api/v1/domain_blocks, scope read:blocks."""
    viewer = await require_viewer(request, "read:blocks")
    page = parse_page(await params(request), 100, 200)
    async with request.app[RUNTIME].db.read() as tx:
        rows = await tastes.blocked_domains(tx, viewer.actor_id, page)
    first, last = (rows[0][0], rows[-1][0]) if rows else (None, None)
    return json_page(request, [host for _, host in rows], first, last, page)


async def block_domain(request: web.Request) -> web.Response:
    """POST /api/v1/domain_blocks, scope write:blocks."""
    viewer = await require_viewer(request, "write:blocks")
    await taste_actions.block_domain(request.app[SERVICES], viewer, (await params(request)).required("domain"))
    return json_answer({})


async def unblock_domain(request: web.Request) -> web.Response:
    """DELETE /api/v1/domain_blocks, scope write:blocks."""
    viewer = await require_viewer(request, "write:blocks")
    await taste_actions.unblock_domain(request.app[SERVICES], viewer, (await params(request)).required("domain"))
    return json_answer({})


async def own_endorsements(request: web.Request) -> web.Response:
    """GET /api/v1/endorsements, scope read:accounts."""
    viewer = await require_viewer(request, "read:accounts")
    return await _endorsements(request, viewer, viewer.actor_id)


async def account_endorsements(request: web.Request) -> web.Response:
    """GET /api/v1/accounts/:id/endorsements, scope read:accounts. As far as the viewer may know of them."""
    return await _endorsements(request, await require_reader(request, "read:accounts"), path_id(request))


async def _endorsements(request: web.Request, viewer: Person, person_id: int) -> web.Response:
    page = parse_page(await params(request), 40, 80)
    async with request.app[RUNTIME].db.read() as tx:
        if await actors.known_by_id(tx, person_id, viewer) is None:
            raise not_found()
        return await account_page(request, tx, await tastes.endorsed(tx, person_id, viewer, page), page)


async def familiar_followers(request: web.Request) -> web.Response:
    """GET /api/v1/accounts/familiar_followers?id[]=, scope read:follows. One object for each account that is known."""
    viewer = await require_viewer(request, "read:follows")
    ids = (await params(request)).ids("id", MAX_IDS)
    async with request.app[RUNTIME].db.read() as tx:
        known = await actors.known_of_ids(tx, ids, viewer)
        found = await tastes.familiar_followers(tx, viewer, list(known), MAX_FAMILIAR)
        people = {actor.id: actor for row in found.values() for actor in row}
        accounts = await request.app[RENDERER].accounts(tx, list(people.values()))
    shown = dict(zip(people, accounts, strict=True))
    return json_answer(
        [
            FamiliarFollowers(id=str(one), accounts=[shown[actor.id] for actor in found.get(one, [])])
            for one in ids
            if one in known
        ]
    )
