"""Single posts and activities of ours, for partners that may see them.

A post is rendered from its row as it is now; an activity is given out byte for byte as it was sent.
"""

from aiohttp import web

from federation.vocab import render
from federation.vocab.context import POST_CONTEXT
from federation.vocab.types import Document
from models.engine import ReadTx
from models.posts import QUESTION
from models.queries import actors, polls, posts, served
from models.queries.posts import PostRow
from server.activitypub.addresses import number_of
from server.activitypub.asking import reading, require_peer
from server.activitypub.negotiation import activity_json, see_page, wants_page
from server.activitypub.refusals import not_found
from server.http.keys import BASE_URL, CLOCK


async def show_post(request: web.Request) -> web.Response:
    """GET /objects/{id}. Browsers are sent to the thread's page.

    410 with a Tombstone only where the peer would see the post had it stayed (`served.removed_post`).
    """
    number = number_of(request)
    if number is not None and wants_page(request):
        return see_page(f"/t/{number}")
    viewer = await require_peer(request)
    uri = f"{request.app[BASE_URL]}/objects/{number}"
    async with reading(request) as tx:
        post = await posts.by_uri(tx, uri, viewer)
        if post is not None:
            return activity_json({"@context": POST_CONTEXT, **await rendered(request, tx, post)})
        removed = await served.removed_post(tx, uri, viewer)
    if removed is None:
        raise not_found()
    return activity_json(render.tombstone(removed.uri, removed.kind, removed.deleted_at), status=410)


async def rendered(request: web.Request, tx: ReadTx, post: PostRow) -> Document:
    """A post of ours as a document, as it is now. Raises `ApiError` 404 where its author is gone."""
    ids = [post.author_id, *post.mentioned, *([post.community_id] if post.community_id else [])]
    known = await actors.of_ids(tx, ids)
    author = known.get(post.author_id)
    if author is None:
        raise not_found()
    return render.post(
        post,
        author=author,
        community=known.get(post.community_id) if post.community_id else None,
        mentioned=[known[actor_id] for actor_id in post.mentioned if actor_id in known],
        base_url=request.app[BASE_URL],
        poll=await polls.for_sending(tx, post.id) if post.kind == QUESTION else None,
        at=request.app[CLOCK].now(),
    )


async def show_activity(request: web.Request) -> web.Response:
    """GET /activities/{id}: what stands in an outbox, if the peer may see the post that it is about."""
    viewer = await require_peer(request)
    async with reading(request) as tx:
        payload = await served.activity(tx, f"{request.app[BASE_URL]}/activities/{number_of(request)}", viewer)
    if payload is None:
        raise not_found()
    return activity_json(payload)
