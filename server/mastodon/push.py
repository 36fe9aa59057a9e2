"""Subscriptions to pushes: one for each token (client API section 6)."""

from typing import Final

from aiohttp import web

from models.pushes import POLICIES
from models.queries import pushes
from models.queries.pushes import SubscriptionRow
from server.actions import pushes as push_actions
from server.http.answers import json_answer
from server.http.auth import ACCESS_TOKEN, require_viewer, token_of
from server.http.errors import not_found
from server.http.keys import RUNTIME, SERVICES, VAPID_KEY
from server.http.params import Params, params
from server.mastodon.entities import PushAlerts, WebPushSubscription

ALERTS: Final = (
    "follow",
    "favourite",
    "reblog",
    "mention",
    "poll",
    "status",
    "follow_request",
    "update",
    "quote",
    "quoted_update",
    "admin.sign_up",
    "admin.report",
)


def _answer(request: web.Request, row: SubscriptionRow) -> web.Response:
    return json_answer(
        WebPushSubscription(
            id=row.id,
            endpoint=row.endpoint,
            standard=row.is_standard,
            alerts=PushAlerts(**{name.replace(".", "_"): name in row.alerts for name in ALERTS}),
            policy=row.policy,
            server_key=request.app[VAPID_KEY],
        )
    )


def _alerts(data: Params) -> list[str]:
    given = data.inner("alerts")
    return [name for name in ALERTS if given.boolean(name)]


async def subscribe(request: web.Request) -> web.Response:
    """POST /api/v1/push/subscription, scope push. In the place of the token's earlier one."""
    viewer = await require_viewer(request, "push")
    given = await params(request)
    subscription, data = given.inner("subscription"), given.inner("data")
    keys = subscription.inner("keys")
    wanted = push_actions.Wanted(
        endpoint=subscription.text("endpoint"),
        public_key=keys.text("p256dh"),
        auth_secret=keys.text("auth"),
        is_standard=subscription.boolean("standard"),
        alerts=_alerts(data),
        policy=data.choice("policy", POLICIES),
    )
    row = await push_actions.subscribe(
        request.app[SERVICES],
        token_id=request[ACCESS_TOKEN].id,
        actor_id=viewer.actor_id,
        secret=await token_of(request) or "",
        wanted=wanted,
    )
    return _answer(request, row)


async def read_subscription(request: web.Request) -> web.Response:
    """GET /api/v1/push/subscription, scope push. 404 where there is none."""
    await require_viewer(request, "push")
    async with request.app[RUNTIME].db.read() as tx:
        row = await pushes.of_token(tx, request[ACCESS_TOKEN].id)
    if row is None:
        raise not_found()
    return _answer(request, row)


async def change_subscription(request: web.Request) -> web.Response:
    """PUT /api/v1/push/subscription, scope push. What of `data` is given; alerts that are not named are off."""
    await require_viewer(request, "push")
    data = (await params(request)).inner("data")
    row = await push_actions.choose(
        request.app[SERVICES],
        token_id=request[ACCESS_TOKEN].id,
        alerts=_alerts(data) if data.has("alerts") else None,
        policy=data.choice("policy", POLICIES),
    )
    return _answer(request, row)


async def unsubscribe(request: web.Request) -> web.Response:
    """DELETE /api/v1/push/subscription, scope push. Also where there is none."""
    await require_viewer(request, "push")
    await push_actions.unsubscribe(request.app[SERVICES], request[ACCESS_TOKEN].id)
    return json_answer({})
