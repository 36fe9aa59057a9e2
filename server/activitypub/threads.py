"""Threads as collections of ids: `context` in a community of ours, `replies` of a post (group-federation.md 13 and 14).

For partners only, and each gets its own: of what it may not know there is neither an id nor a count.
"""

from typing import Final

from aiohttp import web

from federation.collections import digest_of
from federation.vocab.context import ACTIVITY_STREAMS
from federation.vocab.render import thread_address
from federation.vocab.types import Document
from models.queries import posts, served
from server.activitypub.actors import require_visible
from server.activitypub.addresses import number_of
from server.activitypub.asking import reading, require_peer
from server.activitypub.negotiation import BY_SIGNATURE, activity_json
from server.activitypub.refusals import not_found
from server.http.keys import BASE_URL

CONTEXT_ITEMS: Final = 100
REPLY_ITEMS: Final = 40

_MAX_DIGITS: Final = 19


async def show_context(request: web.Request) -> web.Response:
    """GET /communities/{name}/t/{id}/context: everything in a thread, the opening post first.

    The root holds the first hundred ids as well; the tag of the answer is the XOR of the SHA-256 of all ids, so that
    who has them all gets a 304.
    """
    viewer = await require_peer(request)
    number = int(number_of(request) or 0)
    async with reading(request) as tx:
        community = await require_visible(request, tx, viewer)
        uris = await served.thread_uris(tx, community.id, number, viewer)
        moved_to = None if uris else await served.community_of_thread(tx, number, viewer)
    if moved_to is not None:
        # A host put it into another community since the address was given.
        return web.Response(status=301, headers={**BY_SIGNATURE, "Location": thread_address(moved_to, number)})
    if not uris:
        raise not_found()
    tag = f'"{digest_of(uris)}"'
    headers = {**BY_SIGNATURE, "ETag": tag}
    if tag in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    address = thread_address(community.uri, number)
    page = _number(request, "page")
    document = _context_root(address, uris) if page == 0 else _context_page(address, uris, page)
    return activity_json(document | {"attributedTo": community.uri}, headers=headers)


def _context_root(address: str, uris: list[str]) -> Document:
    document: Document = {
        "@context": ACTIVITY_STREAMS,
        "id": address,
        "type": "OrderedCollection",
        "totalItems": len(uris),
        "orderedItems": uris[:CONTEXT_ITEMS],
    }
    if len(uris) > CONTEXT_ITEMS:
        document |= {"first": f"{address}?page=1", "last": f"{address}?page={_pages(uris)}"}
    return document


def _context_page(address: str, uris: list[str], page: int) -> Document:
    document: Document = {
        "@context": ACTIVITY_STREAMS,
        "id": f"{address}?page={page}",
        "type": "OrderedCollectionPage",
        "partOf": address,
        "totalItems": len(uris),
        "orderedItems": uris[(page - 1) * CONTEXT_ITEMS : page * CONTEXT_ITEMS],
    }
    if page > 1:
        document["prev"] = f"{address}?page={min(page - 1, _pages(uris))}"
    if page < _pages(uris):
        document["next"] = f"{address}?page={page + 1}"
    return document


def _pages(uris: list[str]) -> int:
    return -(-len(uris) // CONTEXT_ITEMS)


async def show_replies(request: web.Request) -> web.Response:
    """GET /objects/{id}/replies: ids of the direct answers to a post of ours, as written."""
    viewer = await require_peer(request)
    uri = f"{request.app[BASE_URL]}/objects/{number_of(request)}"
    after = _number(request, "min_id")
    async with reading(request) as tx:
        post = await posts.by_uri(tx, uri, viewer)
        if post is None:
            raise not_found()
        replies = await served.reply_uris(tx, post.id, viewer, after=after, most=REPLY_ITEMS)
        total = await served.reply_count(tx, post.id, viewer)
    page = _reply_page(f"{uri}/replies", replies, after)
    if "page" in request.query:
        return activity_json({"@context": ACTIVITY_STREAMS, **page})
    root = {"@context": ACTIVITY_STREAMS, "id": f"{uri}/replies", "type": "Collection", "totalItems": total}
    return activity_json(root | {"first": page})


def _reply_page(address: str, replies: list[tuple[int, str]], after: int) -> Document:
    document: Document = {
        "id": f"{address}?page=true&min_id={after}" if after else f"{address}?page=true",
        "type": "CollectionPage",
        "partOf": address,
        "items": [uri for _, uri in replies],
    }
    if len(replies) == REPLY_ITEMS:
        document["next"] = f"{address}?page=true&min_id={replies[-1][0]}"
    return document


def _number(request: web.Request, name: str) -> int:
    """A number in the query; 0 for none, and for what is none."""
    text = request.query.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < _MAX_DIGITS else 0
