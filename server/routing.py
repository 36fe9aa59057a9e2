"""Every address of the server, from the tables of the packages that answer there.

Added to an application whole, as resources that know nothing of it: building a thousand of them takes longer than all
else that an application consists of.
"""

from collections.abc import Iterable
from functools import cache

from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp.web_urldispatcher import AbstractResource

from server import copies, health, monitoring
from server.activitypub.routes import ROUTES as ACTIVITYPUB_ROUTES
from server.admin.routes import ROUTES as ADMIN_ROUTES
from server.api.routes import ROUTES as API_ROUTES
from server.mastodon.routes import ROUTES as MASTODON_ROUTES
from server.media.routes import ROUTES as MEDIA_ROUTES
from server.oauth.routes import ROUTES as OAUTH_ROUTES
from server.scim.routes import ROUTES as SCIM_ROUTES
from server.streaming.routes import ROUTES as STREAMING_ROUTES
from server.web.routes import ROUTES as WEB_ROUTES


def add_all(app: web.Application) -> None:
    """Let the application answer at every address there is."""
    for resource in _resources():
        app.router.register_resource(resource)


@cache
def _resources() -> tuple[AbstractResource, ...]:
    router = web.UrlDispatcher()
    for routes in (
        API_ROUTES,
        MASTODON_ROUTES,
        STREAMING_ROUTES,
        OAUTH_ROUTES,
        ACTIVITYPUB_ROUTES,
        WEB_ROUTES,
        MEDIA_ROUTES,
        ADMIN_ROUTES,
        SCIM_ROUTES,
        health.ROUTES,
        copies.ROUTES,
        monitoring.ROUTES,
    ):
        _add(router, routes)
    return tuple(router.resources())


def _add(router: web.UrlDispatcher, routes: Iterable[tuple[str, str, Handler]]) -> None:
    for method, path, handler in routes:
        # A GET answers HEAD as well.
        (router.add_get(path, handler) if method == "GET" else router.add_route(method, path, handler))
