"""Collections of our people and communities: outbox, followers, moderators, featured (spec/group-federation.md 14).

For partners only, and each partner gets its own: items and totals count what it may see, nothing else (threats T155).
"""

from typing import Final

import msgspec
from aiohttp import web

from federation.errors import Malformed
from federation.transport.hosts import host_of
from federation.vocab.context import ACTIVITY_STREAMS
from federation.vocab.types import Document
from models.communities import OPEN
from models.engine import ReadTx
from models.gate import PeerServer
from models.queries import follows, moderation, posts, served
from models.queries.actors import ActorRow
from models.queries.moderation import PinnedThread
from models.queries.paging import Page
from server.activitypub.actors import require_visible
from server.activitypub.asking import reading, require_peer
from server.activitypub.negotiation import activity_json
from server.activitypub.objects import rendered
from server.activitypub.refusals import bad_request, not_found
from server.http.keys import BASE_URL, SERVICES

PAGE_ITEMS: Final = 20

_MAX_DIGITS: Final = 19

Activities = list[tuple[int, bytes]]


async def show_outbox(request: web.Request) -> web.Response:
    """GET …/outbox. The root holds the newest page as well, the only part that some peers read."""
    viewer = await require_peer(request)
    page = _page(request)
    async with reading(request) as tx:
        actor = await require_visible(request, tx, viewer)
        activities = await served.outbox(tx, actor.id, viewer, page)
        total = None if "page" in request.query else await served.outbox_size(tx, actor.id, viewer)
    address = f"{actor.uri}/outbox"
    if total is None:
        return activity_json(_outbox_page(address, page, activities))
    root = _ordered(address, _items(activities), total)
    return activity_json(root | {"first": f"{address}?page=true", "last": f"{address}?page=true&min_id=0"})


async def show_empty(request: web.Request) -> web.Response:
    """GET /actor/outbox: the server itself says nothing that is kept."""
    await require_peer(request)
    return activity_json(_ordered(f"{request.app[BASE_URL]}/actor/outbox", [], 0))


async def show_followers(request: web.Request) -> web.Response:
    """GET …/followers: how many, never who."""
    viewer = await require_peer(request)
    async with reading(request) as tx:
        actor = await require_visible(request, tx, viewer)
        if "is_follower" in request.query:
            return await _answer_about(request, tx, actor, viewer)
        total = await served.follower_count(tx, actor.id)
    document: Document = {
        "@context": ACTIVITY_STREAMS,
        "id": f"{actor.uri}/followers",
        "type": "Collection",
        "totalItems": total,
        "items": [],
    }
    return activity_json(document)


async def _answer_about(request: web.Request, tx: ReadTx, actor: ActorRow, viewer: PeerServer) -> web.Response:
    """Whether an actor's server has a member in a community that is not open, for servers that have one themselves:
    they ask before they show what their people wrote there (spec/group-federation.md 11).
    """
    if not actor.is_community or actor.visibility == OPEN:
        raise bad_request("Only communities that are not open are asked for their members")
    peers = request.app[SERVICES].peers
    try:
        asked = peers.at(host_of(request.query["is_follower"]))
    except Malformed:
        asked = None
    if asked is None or not asked.is_active or not await follows.members_at(tx, actor.id, viewer.peer_id):
        raise not_found()
    if not await follows.members_at(tx, actor.id, asked.id):
        raise not_found()
    return activity_json({"@context": ACTIVITY_STREAMS, "id": f"{actor.uri}/followers", "type": "Collection"})


async def show_followers_of_asker(request: web.Request) -> web.Response:
    """GET …/followers_synchronization: the followers at the server that asks, for it alone (FEP-8fcf)."""
    viewer = await require_peer(request)
    async with reading(request) as tx:
        actor = await require_visible(request, tx, viewer)
        uris: list[object] = [*await served.followers_at(tx, actor.id, viewer.peer_id)]
    return activity_json(_ordered(f"{actor.uri}/followers_synchronization", uris, len(uris)))


async def show_moderators(request: web.Request) -> web.Response:
    """GET /communities/{name}/moderators: hosts, then moderators, all of them."""
    viewer = await require_peer(request)
    async with reading(request) as tx:
        community = await require_visible(request, tx, viewer)
        leaders: list[object] = [actor.uri for actor in await follows.leaders(tx, community.id)]
    return activity_json(_ordered(f"{community.uri}/moderators", leaders, len(leaders)))


async def show_featured(request: web.Request) -> web.Response:
    """GET /communities/{name}/featured: the threads that hosts have pinned, all of them, embedded.

    Of one that was written elsewhere only where it is: a copy of another firm's post is served to nobody (T236).
    """
    viewer = await require_peer(request)
    async with reading(request) as tx:
        community = await require_visible(request, tx, viewer)
        items: list[object] = []
        for pinned in await moderation.pinned_threads(tx, community.id, viewer):
            post = await posts.by_uri(tx, pinned.uri, viewer)
            items.append(await rendered(request, tx, post) if post is not None else _elsewhere(pinned, community))
    return activity_json(_ordered(f"{community.uri}/featured", items, len(items)))


def _elsewhere(pinned: PinnedThread, community: ActorRow) -> Document:
    """As little as readers need that drop a collection in which something is no object (Lemmy)."""
    return {
        "id": pinned.uri,
        "type": pinned.kind,
        "attributedTo": pinned.author_uri,
        "to": [community.uri],
        "audience": community.uri,
    }


def _page(request: web.Request) -> Page:
    """The window asked for; the root has that of the first page."""
    if "page" not in request.query:
        return Page(None, None, None, PAGE_ITEMS)
    return Page(_bound(request, "max_id"), None, _bound(request, "min_id"), PAGE_ITEMS)


def _bound(request: web.Request, name: str) -> int | None:
    text = request.query.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < _MAX_DIGITS else None


def _outbox_page(address: str, page: Page, activities: Activities) -> Document:
    first = f"{address}?page=true"
    bounds = [f"&{name}={at}" for name, at in (("max_id", page.max_id), ("min_id", page.min_id)) if at is not None]
    document = _ordered(f"{first}{''.join(bounds)}", _items(activities)) | {
        "type": "OrderedCollectionPage",
        "partOf": address,
    }
    if activities:
        document["prev"] = f"{first}&min_id={activities[0][0]}"
    # What was read upwards from a bound has older ones below it, except from the very bottom.
    if activities and (page.min_id or (page.min_id is None and len(activities) == page.limit)):
        document["next"] = f"{first}&max_id={activities[-1][0]}"
    return document


def _items(activities: Activities) -> list[object]:
    """The activities byte for byte, so that proofs inside still verify."""
    return [msgspec.Raw(payload) for _, payload in activities]


def _ordered(address: str, items: list[object], total: int | None = None) -> Document:
    document: Document = {"@context": ACTIVITY_STREAMS, "id": address, "type": "OrderedCollection"}
    if total is not None:
        document["totalItems"] = total
    return document | {"orderedItems": items}
