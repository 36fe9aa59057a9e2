"""GET /actor/copies: whether this server still has what the asking partner called back (federation/agreements)."""

from typing import Final

from aiohttp import web
from sqlalchemy import ColumnElement

from federation.agreements.office import server_uri
from federation.vocab.context import ACTIVITY_STREAMS
from models.gate import PeerServer
from models.queries import peers
from models.writes import called_back
from server.activitypub.asking import reading, require_party
from server.activitypub.negotiation import activity_json
from server.activitypub.refusals import gone
from server.http.keys import RUNTIME

_MAX_CHARACTERS: Final = 2048


async def show(request: web.Request) -> web.Response:
    """GET /actor/copies?of=…, signed: 200 where there is something left, 410 where there is nothing.

    Of what is not the asker's to call back, nothing is ever there.
    """
    viewer = await require_party(request)
    uri = request.query.get("of", "")[:_MAX_CHARACTERS]
    async with reading(request) as tx:
        peer = await peers.by_id(tx, viewer.peer_id)
        server = server_uri(request.app[RUNTIME], peer.host) if peer else None
        which = _which(viewer, uri, is_server=uri == server)
        is_there = any([await called_back.is_there(tx, one) for one in which])
        is_there = is_there or await called_back.is_known(tx, called_back.person(viewer.peer_id, uri))
    if not is_there:
        raise gone()
    return activity_json({"@context": ACTIVITY_STREAMS, "type": "Object", "id": str(request.url), "url": uri})


def _which(viewer: PeerServer, uri: str, *, is_server: bool) -> list[ColumnElement[bool]]:
    if is_server:
        return [called_back.everything(viewer.peer_id)]
    return [called_back.posts(viewer.peer_id, [uri]), called_back.of_community(viewer.peer_id, uri)]
