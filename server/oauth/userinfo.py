"""GET and POST /oauth/userinfo: who the person is, for apps that want no more (scope `profile`, or `read`)."""

import msgspec
from aiohttp import web

from models.details import pictures_of
from models.queries import actors
from models.queries.actors import ActorRow
from server.http.answers import json_answer
from server.http.auth import require_author
from server.http.errors import not_found
from server.http.keys import RUNTIME
from server.media.endpoint import MEDIA
from server.oauth.metadata import issuer


class UserInfo(msgspec.Struct, frozen=True):
    """Entity `OAuthUserInfo`, with the names of OpenID Connect."""

    iss: str
    sub: str
    name: str
    preferred_username: str
    profile: str
    picture: str


async def userinfo(request: web.Request) -> web.Response:
    """The person whose token this is."""
    viewer = await require_author(request, "profile")
    runtime = request.app[RUNTIME]
    async with runtime.db.read() as tx:
        actor = await actors.by_id(tx, viewer.actor_id)
    if actor is None:
        raise not_found()
    info = UserInfo(
        iss=issuer(runtime.config.base_url),
        sub=actor.uri,
        name=actor.display_name or actor.username,
        preferred_username=actor.username,
        profile=actor.url,
        picture=_picture(request, actor),
    )
    return json_answer(info)


def _picture(request: web.Request, actor: ActorRow) -> str:
    """As apps are shown it."""
    icon = pictures_of(actor.pictures).icon
    missing = request.app[RUNTIME].config.url("/static/avatars/original/missing.png")
    return request.app[MEDIA].of_picture(icon) if icon else missing
