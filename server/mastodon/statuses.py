"""Statuses: writing, reading, changing, deleting, and what people do with them (client API sections 4 and 7)."""

from dataclasses import replace

from aiohttp import web
from msgspec import UNSET

from federation.vocab.accepting import is_acceptance
from federation.vocab.shapes import language_code, plain_line
from models.gate import ActingCommunity, Person
from models.posts import DIRECT
from models.queries import interactions, posts, preferences, threads, versions
from models.queries.posts import EntryRow
from server.actions import answers, moderation, reactions, scheduling
from server.actions import posts as post_actions
from server.actions.discreet_rights import is_own as is_hidden_own
from server.actions.poll_drafts import PollDraft
from server.actions.posts import Draft
from server.http.answers import json_answer
from server.http.auth import ACCESS_TOKEN, require_author, require_reader, require_viewer
from server.http.errors import not_found, unprocessable
from server.http.keys import RUNTIME, SERVICES
from server.http.paging import parse_page
from server.http.params import Params, params, path_id
from server.mastodon import acting, quotes, scheduled
from server.mastodon.entities import (
    VISIBILITIES,
    Context,
    DeletedStatus,
    MediaAttachment,
    Status,
    StatusSource,
)
from server.mastodon.media import changes_of_files, unattached
from server.mastodon.tools import RENDERER, account_page, status_answer
from server.media.workshop import MOST_IMAGE_BYTES

MAX_IDS = 20
MAX_OPTION_CHARACTERS = 1000
"""Longer answers of a poll are cut before they are refused."""


async def create_status(request: web.Request) -> web.Response:
    """POST /api/v1/statuses, scope write:statuses. A post that mentions a community goes there; with `scheduled_at`
    it is kept until then. A reply `#accepted` is not published: what it answers is accepted, and is the answer.
    """
    viewer = await require_author(request, "write:statuses")
    given = await params(request)
    due_at = given.instant("scheduled_at")
    await quotes.refuse_quote(request, viewer, given)
    parent_id = given.id("in_reply_to_id")
    draft = replace(_draft(request, given, parent_id), is_direct=await _is_direct(request, viewer, given))
    if due_at is not None:
        row = await scheduling.schedule(request.app[SERVICES], viewer, draft, due_at)
        return await scheduled.answer(request, row.id, viewer)
    if parent_id is not None and is_acceptance(draft.text):
        accepted_id = await answers.accept(request.app[SERVICES], viewer, parent_id)
        return await status_answer(request, accepted_id, viewer)
    post_id = await post_actions.create(request.app[SERVICES], viewer, draft)
    return await status_answer(request, post_id, viewer)


async def _is_direct(request: web.Request, viewer: Person, given: Params) -> bool:
    """It is for those alone whom it names: as is said, else as the person likes to post. Raises `ApiError` 422."""
    # A misspelt "direct" would reach everybody who follows.
    visibility = given.one_of("visibility", VISIBILITIES, called="Visibility")
    if visibility or isinstance(viewer, ActingCommunity):
        return visibility == DIRECT
    async with request.app[RUNTIME].db.read() as tx:
        own = await preferences.of_person(tx, viewer.actor_id)
    return own is not None and own.default_visibility == DIRECT


def _draft(request: web.Request, given: Params, parent_id: int | None) -> Draft:
    token = request[ACCESS_TOKEN]
    text, spoiler = given.text("status"), given.text("spoiler_text")
    return Draft(
        text=text if text.strip() else spoiler,
        spoiler=spoiler if text.strip() else "",
        is_sensitive=given.boolean("sensitive"),
        label=given.text_or_none("label"),
        language=language_code(given.text("language")),
        parent_id=parent_id,
        poll=_poll(given.inner("poll")),
        file_ids=given.ids_or_none("media_ids"),
        idempotency_key=request.headers.get("Idempotency-Key", "")[:200] or None,
        app_name=token.app_name,
        app_website=token.app_website,
    )


def _poll(given: Params) -> PollDraft | None:
    options = given.strings("options")
    if not options:
        return None
    return PollDraft(
        options=tuple(plain_line(option, MAX_OPTION_CHARACTERS) for option in options),
        seconds=given.integer_or_none("expires_in") or 0,
        is_multiple=given.boolean("multiple"),
        hides_totals=given.boolean("hide_totals"),
    )


async def read_status(request: web.Request) -> web.Response:
    """GET /api/v1/statuses/:id, scope read:statuses."""
    viewer = await require_reader(request, "read:statuses")
    return await status_answer(request, path_id(request), viewer)


async def read_statuses(request: web.Request) -> web.Response:
    """GET /api/v1/statuses?id[]=, scope read:statuses. Unknown ones are left out; the order is the caller's."""
    viewer = await require_reader(request, "read:statuses")
    ids = (await params(request)).ids("id", MAX_IDS)
    async with request.app[RUNTIME].db.read() as tx:
        found = await posts.of_ids(tx, ids, viewer)
        rows = [found[one] for one in ids if one in found]
        return json_answer(await request.app[RENDERER].statuses(tx, rows, viewer))


async def edit_status(request: web.Request) -> web.Response:
    """PUT /api/v1/statuses/:id, scope write:statuses. Own statuses only; the audience stays, and so do files where
    `media_ids` is not given: few apps know of those that they did not attach themselves.
    """
    viewer = await require_author(request, "write:statuses")
    given = await params(request, max_file_bytes=MOST_IMAGE_BYTES)
    draft = replace(_draft(request, given, None), file_changes=await changes_of_files(request, given, viewer))
    post_id = await post_actions.edit(request.app[SERVICES], viewer, path_id(request), draft)
    return await status_answer(request, post_id, viewer)


async def delete_status(request: web.Request) -> web.Response:
    """DELETE /api/v1/statuses/:id, scope write:statuses. The answer has the source, to write it anew, and the files,
    which may be attached again within a day unless `delete_media` is said.

    Who leads its community takes somebody else's post out, with the `reason` given; its source is not theirs to have.
    """
    viewer = await require_author(request, "write:statuses")
    async with request.app[RUNTIME].db.read() as tx:
        entry = await posts.entry(tx, path_id(request), viewer)
        if entry is None:
            raise not_found()
        shown = await request.app[RENDERER].status(tx, entry, viewer)
        is_own = entry.post.author_id == viewer.actor_id or await is_hidden_own(
            tx, request.app[RUNTIME], viewer, entry.post
        )
    given, files = await params(request), list[MediaAttachment]()
    if is_own:
        keeps = not given.boolean("delete_media")
        await post_actions.delete(request.app[SERVICES], viewer, entry.post.id, keeps_files=keeps)
        files = await unattached(request, viewer, entry.post) if keeps else []
    else:
        await moderation.take_out(request.app[SERVICES], viewer, entry.post, given.text("reason"))
    return json_answer(_deleted(shown.reblog or shown, entry.post.source if is_own else "", files))


def _deleted(status: Status, source: str, files: list[MediaAttachment]) -> DeletedStatus:
    fields = {name: getattr(status, name) for name in Status.__struct_fields__ if name != "content"}
    fields["media_attachments"] = files
    return DeletedStatus(**{name: value for name, value in fields.items() if value is not UNSET}, text=source)


async def status_context(request: web.Request) -> web.Response:
    """GET /api/v1/statuses/:id/context, scope read:statuses. Everything of the thread that the viewer may see."""
    viewer = await require_reader(request, "read:statuses")
    async with request.app[RUNTIME].db.read() as tx:
        entry = await posts.entry(tx, path_id(request), viewer)
        if entry is None:
            raise not_found()
        around = await threads.around(tx, entry.post, viewer, request.app[RUNTIME].clock.now())
        render = request.app[RENDERER]
        statuses = await render.statuses(tx, [*around.ancestors, *around.descendants], viewer)
    before = {str(row.id) for row in around.ancestors}
    return json_answer(
        Context(
            ancestors=[status for status in statuses if status.id in before],
            descendants=[status for status in statuses if status.id not in before],
        )
    )


async def status_source(request: web.Request) -> web.Response:
    """GET /api/v1/statuses/:id/source, scope read:statuses. Own statuses only."""
    viewer = await require_viewer(request, "read:statuses")
    async with request.app[RUNTIME].db.read() as tx:
        post = await posts.post(tx, path_id(request), viewer)
    if post is None or post.author_id != viewer.actor_id:
        raise not_found()
    return json_answer(StatusSource(id=str(post.id), text=post.source, spoiler_text=post.spoiler))


async def status_history(request: web.Request) -> web.Response:
    """GET /api/v1/statuses/:id/history, scope read:statuses. Oldest first, the present version last."""
    viewer = await require_reader(request, "read:statuses")
    async with request.app[RUNTIME].db.read() as tx:
        entry = await posts.entry(tx, path_id(request), viewer)
        if entry is None:
            raise not_found()
        earlier = await versions.of_post(tx, entry.post.id, viewer)
        status = await request.app[RENDERER].status(tx, entry, viewer)
    return json_answer(request.app[RENDERER].history(status.reblog or status, entry.post, earlier))


async def favourited_by(request: web.Request) -> web.Response:
    """GET /api/v1/statuses/:id/favourited_by, scope read:statuses. Paged by the like's id."""
    viewer = await require_reader(request, "read:statuses")
    page = parse_page(await params(request), 40, 80)
    async with request.app[RUNTIME].db.read() as tx:
        post = await posts.post(tx, path_id(request), viewer)
        if post is None:
            raise not_found()
        return await account_page(request, tx, await interactions.likers(tx, post.id, viewer, page), page)


async def reblogged_by(request: web.Request) -> web.Response:
    """GET /api/v1/statuses/:id/reblogged_by, scope read:statuses. Only communities show posts, so nobody is listed."""
    viewer = await require_reader(request, "read:statuses")
    async with request.app[RUNTIME].db.read() as tx:
        if await posts.post(tx, path_id(request), viewer) is None:
            raise not_found()
    return json_answer([])


async def favourite(request: web.Request) -> web.Response:
    """POST /api/v1/statuses/:id/favourite, scope write:favourites."""
    viewer = await require_viewer(request, "write:favourites")
    post_id = await reactions.like(request.app[SERVICES], viewer, path_id(request))
    return await status_answer(request, post_id, viewer)


async def unfavourite(request: web.Request) -> web.Response:
    """POST /api/v1/statuses/:id/unfavourite, scope write:favourites."""
    viewer = await require_viewer(request, "write:favourites")
    post_id = await reactions.unlike(request.app[SERVICES], viewer, path_id(request))
    return await status_answer(request, post_id, viewer)


async def bookmark(request: web.Request) -> web.Response:
    """POST /api/v1/statuses/:id/bookmark, scope write:bookmarks."""
    viewer = await require_viewer(request, "write:bookmarks")
    post_id = await reactions.bookmark(request.app[SERVICES], viewer, path_id(request))
    return await status_answer(request, post_id, viewer)


async def unbookmark(request: web.Request) -> web.Response:
    """POST /api/v1/statuses/:id/unbookmark, scope write:bookmarks."""
    viewer = await require_viewer(request, "write:bookmarks")
    post_id = await reactions.unbookmark(request.app[SERVICES], viewer, path_id(request))
    return await status_answer(request, post_id, viewer)


async def reblog(request: web.Request) -> web.Response:
    """POST /api/v1/statuses/:id/reblog: refused, the audience of a post is not for its readers to change; but a
    community shows again what it took out.
    """
    viewer = await require_author(request, "write:statuses")
    if isinstance(viewer, ActingCommunity):
        return await acting.put_back(request, viewer, path_id(request))
    await _visible(request, viewer)
    raise unprocessable("Validation failed: This action is not allowed")


async def unreblog(request: web.Request) -> web.Response:
    """POST /api/v1/statuses/:id/unreblog, scope write:statuses. Nothing was boosted, so nothing changes; a community
    takes the post out.
    """
    viewer = await require_author(request, "write:statuses")
    if isinstance(viewer, ActingCommunity):
        return await acting.take_out(request, viewer, path_id(request))
    return await status_answer(request, (await _visible(request, viewer)).post.id, viewer)


async def _visible(request: web.Request, viewer: Person) -> EntryRow:
    async with request.app[RUNTIME].db.read() as tx:
        entry = await posts.entry(tx, path_id(request), viewer)
    if entry is None:
        raise not_found()
    return entry
