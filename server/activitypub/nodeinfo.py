"""NodeInfo: what this server runs, in the form that servers and apps look for (nodeinfo.diaspora.software).

Readable by anybody, so it says nothing about what people do here. How many accounts there are is known to every partner
anyway, and some software takes a server without any for broken; posts and activity are always 0, since even their
growth would show when a firm is busy, with private communities counted in (threats T056, T165).
"""

from importlib.metadata import PackageNotFoundError, version
from typing import Final

import msgspec
from aiohttp import web

from models.queries import actors
from server.activitypub.asking import reading
from server.http.answers import json_answer
from server.http.errors import not_found
from server.http.keys import RUNTIME

_SCHEMA: Final = "http://nodeinfo.diaspora.software/ns/schema/"
_VERSIONS: Final = ("2.0", "2.1")
_APPLICATION_REL: Final = "https://www.w3.org/ns/activitystreams#Application"
_KEPT: Final = {"Cache-Control": "public, max-age=3600"}
_NOTHING_TOLD: Final = 0


async def links(request: web.Request) -> web.Response:
    """GET /.well-known/nodeinfo, with the server's own actor beside the documents (FEP-2677)."""
    config = request.app[RUNTIME].config
    found = [{"rel": f"{_SCHEMA}{name}", "href": config.url(f"/nodeinfo/{name}")} for name in _VERSIONS]
    return json_answer({"links": [*found, {"rel": _APPLICATION_REL, "href": config.url("/actor")}]}, headers=_KEPT)


async def document(request: web.Request) -> web.Response:
    """GET /nodeinfo/2.0 and 2.1, which differ in their number only."""
    name = request.match_info["version"]
    if name not in _VERSIONS:
        raise not_found()
    async with reading(request) as tx:
        people = await actors.active_people(tx)
    told = {
        "version": name,
        "software": {"name": "entrepairs", "version": _version()},
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "openRegistrations": False,
        "usage": {
            "users": {"total": people, "activeMonth": _NOTHING_TOLD, "activeHalfyear": _NOTHING_TOLD},
            "localPosts": _NOTHING_TOLD,
            "localComments": _NOTHING_TOLD,
        },
        # The family of the client API, by which apps decide that they can speak to us.
        "metadata": {"upstream": {"name": "mastodon"}},
    }
    # Apps look for `application/json` first, servers for the profile.
    content_type = f'application/json; charset=utf-8; profile="{_SCHEMA}{name}#"'
    return web.Response(body=msgspec.json.encode(told), headers={"Content-Type": content_type, **_KEPT})


def _version() -> str:
    """Of the installed distribution; a source tree that was never installed has none."""
    try:
        return version("entrepairs")
    except PackageNotFoundError:
        return "0"
