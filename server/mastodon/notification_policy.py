"""The policy of notifications, and the requests of those whose notifications it sets aside. A request is named by its
sender, of whom there is one at most.

Who has decided nothing lets everything through: among colleagues that is right (client API section 7).
"""

from collections.abc import Sequence
from typing import Final

from aiohttp import web
from msgspec import structs

from models.engine import ReadTx
from models.gate import Person
from models.policies import ACCEPT, TREATMENTS
from models.queries import notification_requests as requests
from models.queries import policies, posts
from models.queries.notification_requests import RequestRow
from models.queries.policies import PolicyRow
from server.actions import policies as policy_actions
from server.http.answers import instant, json_answer, json_page
from server.http.auth import require_viewer
from server.http.errors import not_found
from server.http.keys import RUNTIME, SERVICES
from server.http.paging import parse_page
from server.http.params import params, path_id
from server.mastodon.entities import NotificationPolicy, NotificationRequest, PolicySummary, V1NotificationPolicy
from server.mastodon.tools import RENDERER

MAX_IDS: Final = 100


async def _decided(request: web.Request, viewer: Person) -> tuple[PolicyRow, PolicySummary]:
    runtime = request.app[RUNTIME]
    async with runtime.db.read() as tx:
        row = await policies.policy_of(tx, viewer.actor_id)
        senders, waiting = await requests.waiting_counts(tx, viewer, runtime.clock.now())
    return row, PolicySummary(pending_requests_count=senders, pending_notifications_count=waiting)


async def read_policy(request: web.Request) -> web.Response:
    """GET /api/v2/notifications/policy, scope read:notifications."""
    return await _policy(request, await require_viewer(request, "read:notifications"))


async def _policy(request: web.Request, viewer: Person) -> web.Response:
    row, summary = await _decided(request, viewer)
    return json_answer(NotificationPolicy(**structs.asdict(row), summary=summary))


async def change_policy(request: web.Request) -> web.Response:
    """PATCH /api/v2/notifications/policy, scope write:notifications. Unknown keys and words are ignored."""
    viewer = await require_viewer(request, "write:notifications")
    given = await params(request)
    chosen = {name: word for name in PolicyRow.__struct_fields__ if (word := given.choice(name, TREATMENTS))}
    await policy_actions.change(request.app[SERVICES], viewer, chosen)
    return await _policy(request, viewer)


async def read_policy_v1(request: web.Request) -> web.Response:
    """GET /api/v1/notifications/policy, scope read:notifications."""
    row, summary = await _decided(request, await require_viewer(request, "read:notifications"))
    return json_answer(
        V1NotificationPolicy(
            filter_not_following=row.for_not_following != ACCEPT,
            filter_not_followers=row.for_not_followers != ACCEPT,
            filter_new_accounts=row.for_new_accounts != ACCEPT,
            filter_private_mentions=row.for_private_mentions != ACCEPT,
            summary=summary,
        )
    )


async def list_requests(request: web.Request) -> web.Response:
    """GET /api/v1/notifications/requests, scope read:notifications. Paged by the newest notification of each."""
    viewer = await require_viewer(request, "read:notifications")
    page = parse_page(await params(request), 40, 80)
    runtime = request.app[RUNTIME]
    async with runtime.db.read() as tx:
        rows = await requests.page_of(tx, viewer, page, runtime.clock.now())
        built = await _built(request, tx, rows, viewer)
    first, last = (rows[0].newest_id, rows[-1].newest_id) if rows else (None, None)
    return json_page(request, built, first, last, page, examined=len(rows))


async def _built(
    request: web.Request, tx: ReadTx, rows: Sequence[RequestRow], viewer: Person
) -> list[NotificationRequest]:
    renderer = request.app[RENDERER]
    entries = await posts.of_ids(tx, [row.last_post_id for row in rows if row.last_post_id is not None], viewer)
    statuses = {one.id: one for one in await renderer.statuses(tx, list(entries.values()), viewer)}
    people = await renderer.shown(tx, [row.sender_id for row in rows])
    return [
        NotificationRequest(
            id=str(row.sender_id),
            created_at=instant(row.since),
            updated_at=instant(row.newest_at),
            account=people[row.sender_id],
            notifications_count=str(row.count),
            last_status=statuses.get(str(row.last_post_id)),
        )
        for row in rows
        if row.sender_id in people
    ]


async def read_request(request: web.Request) -> web.Response:
    """GET /api/v1/notifications/requests/:id, scope read:notifications. Raises `ApiError` 404."""
    viewer = await require_viewer(request, "read:notifications")
    sender_id = path_id(request)
    async with request.app[RUNTIME].db.read() as tx:
        row = await requests.one(tx, sender_id, viewer, request.app[RUNTIME].clock.now())
        built = await _built(request, tx, [row] if row else [], viewer)
    if not built:
        raise not_found()
    return json_answer(built[0])


async def accept_request(request: web.Request) -> web.Response:
    """POST /api/v1/notifications/requests/:id/accept, scope write:notifications. Raises `ApiError` 404."""
    return await _answer_one(request, accepts=True)


async def dismiss_request(request: web.Request) -> web.Response:
    """POST /api/v1/notifications/requests/:id/dismiss, scope write:notifications. Raises `ApiError` 404."""
    return await _answer_one(request, accepts=False)


async def _answer_one(request: web.Request, *, accepts: bool) -> web.Response:
    viewer = await require_viewer(request, "write:notifications")
    await policy_actions.answer_one(request.app[SERVICES], viewer, path_id(request), accepts=accepts)
    return json_answer({})


async def accept_requests(request: web.Request) -> web.Response:
    """POST /api/v1/notifications/requests/accept, scope write:notifications: those of `id[]` that are there."""
    return await _answer_some(request, accepts=True)


async def dismiss_requests(request: web.Request) -> web.Response:
    """POST /api/v1/notifications/requests/dismiss, scope write:notifications: those of `id[]` that are there."""
    return await _answer_some(request, accepts=False)


async def _answer_some(request: web.Request, *, accepts: bool) -> web.Response:
    viewer = await require_viewer(request, "write:notifications")
    ids = (await params(request)).ids("id", MAX_IDS)
    await policy_actions.answer(request.app[SERVICES], viewer, ids, accepts=accepts)
    return json_answer({})


async def are_merged(request: web.Request) -> web.Response:
    """GET /api/v1/notifications/requests/merged, scope read:notifications: what is let through is there at once."""
    await require_viewer(request, "read:notifications")
    return json_answer({"merged": True})
