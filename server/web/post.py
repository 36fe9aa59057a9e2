"""/@{name}/{id} and /t/{id}: a post with what it answers and what answers it, as far as the reader may see."""

from collections.abc import Sequence
from typing import Final

from aiohttp import web

from federation.vocab.markup import plain_text
from models.engine import ReadTx
from models.gate import Person
from models.queries import actors, communities, posts, threads
from models.queries.communities import CommunityRow
from models.queries.posts import EntryRow, PostRow
from server.actions import readers
from server.actions.discreet_rights import is_own
from server.actions.readers import Sentence
from server.http import sessions
from server.http.csrf import token_of_session
from server.http.keys import RUNTIME
from server.http.pages import page, see
from server.media.endpoint import MEDIA
from server.web.places import number_of
from server.web.profile import handle_of
from server.web.shown import page_of, shown, wants_document
from server.web.tending import offered

_SUMMARY_CHARACTERS: Final = 60


async def show(request: web.Request) -> web.Response:
    """GET /@{name}/{id}: the page of one post, at the address of its author alone."""
    name, host = handle_of(request)
    post_id = number_of(request)
    if wants_document(request):
        return _see_object(request, host, post_id)
    session = await sessions.require_session(request)
    viewer = session.who.person
    async with request.app[RUNTIME].db.read() as tx:
        entry = await posts.entry(tx, post_id, viewer)
        if entry is None or entry.is_wrapper:
            raise web.HTTPNotFound
        around = await threads.around(tx, entry.post, viewer, request.app[RUNTIME].clock.now())
        rows = [*around.ancestors, entry, *around.descendants]
        cards = await shown(tx, rows, viewer, request.app[MEDIA], root_id=post_id)
        place, who_reads = await _place(tx, entry.post, viewer)
        is_discreet = await _asked_discreetly(tx, request, viewer, rows)
        offers = await offered(tx, request.app[RUNTIME], viewer, entry.post)
    card = next((one for one in cards if one.id == post_id), None)
    if card is None or (card.author.username, card.author.host) != (name, host):
        raise web.HTTPNotFound
    before = {row.post.id for row in around.ancestors}
    question = next((row.post for row in rows if row.post.is_question), None)
    return page(
        request,
        "web/post.html",
        session=session,
        csrf=token_of_session(request, session),
        post=card,
        who_reads=who_reads,
        summary=card.title or plain_text(card.html)[:_SUMMARY_CHARACTERS],
        ancestors=[one for one in cards if one.id in before],
        replies=[one for one in cards if one.id not in before and one.id != post_id],
        answer=next((one for one in cards if one.id == card.answer_id), None),
        offers=offers,
        may_live=card.is_question and place is not None and place.is_member and not _is_by(viewer, entry.post),
        done=request.query.get("done", ""),
        asks=question if question and (is_discreet or _is_by(viewer, question)) else None,
        is_discreet=is_discreet,
    )


async def _asked_discreetly(tx: ReadTx, request: web.Request, viewer: Person, rows: Sequence[EntryRow]) -> bool:
    """Whether the reader asked the thread discreetly: whatever in it is the community's they wrote."""
    of_community = next((row.post for row in rows if row.post.author_id == row.post.community_id), None)
    return of_community is not None and await is_own(tx, request.app[RUNTIME], viewer, of_community)


async def _place(tx: ReadTx, post: PostRow, viewer: Person) -> tuple[CommunityRow | None, list[Sentence]]:
    """The community, and who will read an answer; none outside of communities, where the page says it by itself."""
    row = await communities.one(tx, post.community_id, viewer) if post.community_id else None
    return row, (await readers.of_community(tx, row, post.label))[1] if row else []


def _is_by(viewer: Person, post: PostRow) -> bool:
    return post.author_id == viewer.actor_id


async def show_thread(request: web.Request) -> web.Response:
    """GET /t/{id}: to the page of the post, where browsers come that opened its ActivityPub id."""
    session = await sessions.require_session(request)
    viewer = session.who.person
    async with request.app[RUNTIME].db.read() as tx:
        post = await posts.post(tx, number_of(request), viewer)
        author = None if post is None else await actors.known_by_id(tx, post.author_id, viewer)
    if post is None or author is None:
        raise web.HTTPNotFound
    return see(f"{page_of(author)}/{post.id}{'?' if request.query_string else ''}{request.query_string}")


def _see_object(request: web.Request, host: str, post_id: int) -> web.Response:
    """To the object of that number, whether it is there or not; of other firms there are none here."""
    if host != request.app[RUNTIME].config.domain:
        raise web.HTTPNotFound
    response = see(f"/objects/{post_id}", status=302)
    response.headers["Vary"] = "Accept"
    return response
