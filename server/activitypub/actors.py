"""Actor documents: the server's own for anybody, people and communities bare or whole (spec/group-federation.md 4).

Without a signature one gets what is needed to check signatures and to deliver, of people and of communities that are
shared openly. What is not for the asker looks like what never was, byte for byte.
"""

from collections.abc import Sequence
from typing import Final

from aiohttp import web

from federation.agreements import lineage
from federation.errors import Unauthenticated
from federation.vocab import render
from federation.vocab.context import ACTOR_CONTEXT
from federation.vocab.decode import decode
from federation.vocab.types import Document
from models.actors import ED25519
from models.engine import ReadTx
from models.gate import PeerServer
from models.queries import agreements, own_keys, served
from models.queries.actors import ActorRow, KeyRow
from server.activitypub.addresses import actor_uri
from server.activitypub.asking import is_signed, reading, require_peer
from server.activitypub.negotiation import activity_json, see_page, wants_page
from server.activitypub.refusals import answer_to, not_found, note_read
from server.http.keys import BASE_URL, SERVICES

_FOR_ANYBODY: Final = {"Vary": "Accept", "Cache-Control": "public, max-age=300"}


async def show_server(request: web.Request) -> web.Response:
    """GET /actor: whole, for anybody, or two servers that want signatures could never read each other's keys."""
    base_url = request.app[BASE_URL]
    async with reading(request) as tx:
        found = await served.actor_with_keys(tx, f"{base_url}/actor")
        successions = await agreements.succession_texts(tx, most=lineage.MOST_SUCCESSIONS)
    if found is None:
        raise not_found()
    document = render.actor(*found, base_url) | await _statement(request, *found, successions)
    return activity_json(document, headers=_FOR_ANYBODY)


async def _statement(
    request: web.Request, actor: ActorRow, keys: Sequence[KeyRow], successions: Sequence[bytes]
) -> Document:
    """By which keys the actor has spoken: what its document says in addition once they were changed."""
    if not successions:
        return {}
    key, changed_at = await request.app[SERVICES].key_ring.of(actor.id, ED25519), max(one.fetched_at for one in keys)
    published = {one.key_uri: one.public_text for one in keys}
    stated = lineage.stated(actor.uri, published, [decode(one) for one in successions], key, created=changed_at)
    return {"@context": [*ACTOR_CONTEXT, lineage.TERMS], lineage.MEMBER: stated}


async def show(request: web.Request) -> web.Response:
    """GET /users/{name} and /communities/{name}. Browsers are sent to the page of that name."""
    uri = actor_uri(request)
    if uri is not None and wants_page(request):
        return see_page(f"/@{uri.rpartition('/')[2]}")
    if not is_signed(request):
        return await _bare(request, uri)
    viewer = await require_peer(request)
    async with reading(request) as tx:
        found = None if uri is None else await served.known_with_keys(tx, uri, viewer)
        if found is None:
            raise not_found()
        successions = await own_keys.succession_texts(tx, found[0].id, most=lineage.MOST_SUCCESSIONS)
    actor, keys = found
    if actor.deleted_at is not None:
        return activity_json(render.tombstone(actor.uri, actor.type, actor.deleted_at), status=410)
    document = render.actor(actor, keys, request.app[BASE_URL])
    return activity_json(document | await _statement(request, actor, keys, successions))


async def _bare(request: web.Request, uri: str | None) -> web.Response:
    async with reading(request) as tx:
        found = None if uri is None else await served.actor_with_keys(tx, uri)
    if found is None or not _answers_anybody(found[0]):
        refusal = Unauthenticated("request is not signed", reason="sig_missing")
        note_read(request, refusal.reason, 401)
        raise answer_to(refusal, request.method)
    return activity_json(render.bare_actor(*found, request.app[BASE_URL]))


def _answers_anybody(actor: ActorRow) -> bool:
    return actor.deleted_at is None and actor.suspended_at is None and actor.answers_anybody


async def require_visible(request: web.Request, tx: ReadTx, viewer: PeerServer) -> ActorRow:
    """The actor below whose address the path is, for a peer that has shown itself. Raises `ApiError` 404.

    A deleted actor has no collections; only its own address says that it was.
    """
    uri = actor_uri(request)
    actor = None if uri is None else await served.known_actor(tx, uri, viewer)
    if actor is None or actor.deleted_at is not None:
        raise not_found()
    return actor
