"""From a handle to an actor (RFC 7033), and the file by which old software finds that (RFC 6415).

Readable by anybody. It knows people and the communities that are shared openly; every other name is unknown, whether or
not something here has it (interface 6.2). The headers for browsers come from `server/http/middlewares.py`.
"""

import re
from typing import Final
from xml.sax.saxutils import quoteattr

import msgspec
from aiohttp import web

from federation.runtime import Config
from models.actors import APPLICATION
from models.engine import ReadTx
from models.queries import served
from models.queries.actors import ActorRow
from server.activitypub.addresses import COMMUNITIES, PEOPLE, uri_of
from server.activitypub.asking import reading
from server.http.errors import ApiError, bad_request, not_found
from server.http.keys import RUNTIME

# As long as one may be without the news that somebody has left, or that a community has closed.
_KEPT: Final = {"Cache-Control": "public, max-age=3600"}
_TYPE_PROPERTY: Final = "https://www.w3.org/ns/activitystreams#type"
_SERVER_REL: Final = "https://www.w3.org/ns/activitystreams#Service"
_ACCT: Final = re.compile(r"(?:acct:)?[!~@]?([^@/?#]{1,300})@([^@/?#]{1,300})", re.IGNORECASE)
_LOCAL_PATH: Final = re.compile(r"/(?:(users|communities)/|@)([A-Za-z0-9_]{1,30})")


async def webfinger(request: web.Request) -> web.Response:
    """GET /.well-known/webfinger?resource=: 400 without a resource, 404 unknown, 410 for somebody who was here."""
    resource = request.query.get("resource", "")
    if not resource:
        raise bad_request("The parameter resource is missing")
    config = request.app[RUNTIME].config
    async with reading(request) as tx:
        actor = await _found(tx, _candidates(resource, config))
    if actor is None or actor.suspended_at is not None:
        raise not_found()
    if actor.deleted_at is not None:
        raise ApiError(410, "Gone")
    body = msgspec.json.encode(_descriptor(actor))
    return web.Response(body=body, headers={"Content-Type": "application/jrd+json; charset=utf-8", **_KEPT})


async def host_meta(request: web.Request) -> web.Response:
    """GET /.well-known/host-meta: where WebFinger is."""
    template = quoteattr(request.app[RUNTIME].config.url("/.well-known/webfinger?resource={uri}"))
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<XRD xmlns="http://docs.oasis-open.org/ns/xri/xrd-1.0">\n'
        f'  <Link rel="lrdd" type="application/jrd+json" template={template}/>\n'
        "</XRD>\n"
    )
    return web.Response(body=text.encode(), headers={"Content-Type": "application/xrd+xml; charset=utf-8", **_KEPT})


def _candidates(resource: str, config: Config) -> list[str]:
    """Ids of ours that the resource may mean: by handle, by id, or by the address of a page."""
    path = _path(resource, config)
    if path in ("", "/", "/actor"):
        return [config.url("/actor")]
    if path is not None:
        match = _LOCAL_PATH.fullmatch(path)
        return _ids(config, match[2], match[1]) if match else []
    match = _ACCT.fullmatch(resource)
    if match is None or match[2].lower() not in _own_hosts(config):
        return []
    if match[1].lower() == config.domain:
        return [config.url("/actor")]
    return _ids(config, match[1])


def _path(resource: str, config: Config) -> str | None:
    """The path of an address here; None for everything else."""
    if not resource.startswith(config.base_url):
        return None
    path = resource[len(config.base_url) :]
    return path if not path or path[0] == "/" else None


def _own_hosts(config: Config) -> tuple[str, str]:
    return config.domain, config.base_url.partition("://")[2]


def _ids(config: Config, name: str, kind: str | None = None) -> list[str]:
    kinds = (kind,) if kind else (PEOPLE, COMMUNITIES)
    return [uri for each in kinds if (uri := uri_of(config.base_url, each, name)) is not None]


async def _found(tx: ReadTx, uris: list[str]) -> ActorRow | None:
    """The one of the ids that exists; a name is used once, by a person or by a community."""
    actor = await served.one_of(tx, uris)
    return actor if actor is not None and actor.is_findable else None


def _descriptor(actor: ActorRow) -> dict[str, object]:
    self_link = {
        "rel": "self",
        "type": "application/activity+json",
        "href": actor.uri,
        "properties": {_TYPE_PROPERTY: actor.type},
    }
    if actor.type == APPLICATION:
        server_link = {"rel": _SERVER_REL, "type": "application/activity+json", "href": actor.uri}
        return {"subject": f"acct:{actor.acct}", "aliases": [actor.uri], "links": [self_link, server_link]}
    page = {"rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": actor.url}
    return {"subject": f"acct:{actor.acct}", "aliases": [actor.url, actor.uri], "links": [page, self_link]}
