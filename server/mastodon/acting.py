"""What an app sees and does with the token of a community, where that differs from a person's (client API 11.5).

What else a community does goes the way of people: `require_author` stands in the handlers that let it.
"""

from aiohttp import web
from msgspec import structs

from models.details import fields_of
from models.gate import ActingCommunity
from models.queries import actors, feeds, follows, moderation, posts
from server.actions import acting, profiles
from server.http.answers import json_answer
from server.http.errors import not_found
from server.http.keys import RUNTIME, SERVICES
from server.http.paging import parse_page
from server.http.params import params
from server.mastodon.entities import AccountSource, CredentialAccount, Field, Preferences, Role
from server.mastodon.tools import RENDERER, account_page, status_answer, status_page

NOBODY = Role(id="-99", name="", color="", permissions="0", highlighted=False)

PREFERENCES = Preferences(
    posting_default_visibility="private",
    posting_default_sensitive=False,
    posting_default_language=None,
    posting_default_quote_policy="nobody",
    reading_expand_media="default",
    reading_expand_spoilers=False,
    reading_autoplay_gifs=False,
)
"""A community has none of its own; apps need some."""


async def credentials(request: web.Request, viewer: ActingCommunity) -> CredentialAccount:
    """The community, with what an app needs to change it, and how many wait to be let in."""
    async with request.app[RUNTIME].db.read() as tx:
        actor = await actors.by_id(tx, viewer.actor_id)
        if actor is None:
            raise not_found()
        waiting = await follows.waiting_count(tx, viewer.actor_id)
        (account,) = await request.app[RENDERER].accounts(tx, [actor])
    source = AccountSource(
        note=actor.summary_source,
        fields=[
            Field(name=row[0], value=row[2] if len(row) > 2 else row[1], verified_at=None)
            for row in fields_of(actor.fields)
        ],
        privacy="private",
        sensitive=False,
        language=None,
        follow_requests_count=waiting,
        hide_collections=None,
        discoverable=actor.is_discoverable,
        indexable=False,
        attribution_domains=[],
        quote_policy="nobody",
    )
    return CredentialAccount(**structs.asdict(account), source=source, role=NOBODY)


async def home(request: web.Request, viewer: ActingCommunity) -> web.Response:
    """Its home is what it shows."""
    page, runtime = parse_page(await params(request), 20, 40), request.app[RUNTIME]
    async with runtime.db.read() as tx:
        rows = await feeds.community_page(tx, viewer.actor_id, viewer, page, runtime.clock.now())
        return await status_page(request, tx, rows, viewer, page)


async def blocks(request: web.Request, viewer: ActingCommunity) -> web.Response:
    """Whom it banned."""
    page, runtime = parse_page(await params(request), 40, 80), request.app[RUNTIME]
    async with runtime.db.read() as tx:
        rows = await moderation.banned(tx, viewer.actor_id, runtime.clock.now(), page)
        return await account_page(request, tx, rows, page)


async def change_profile(request: web.Request, viewer: ActingCommunity, wanted: profiles.Change) -> web.Response:
    """Answers the community as it is then."""
    await acting.change_profile(request.app[SERVICES], viewer, wanted)
    return json_answer(await credentials(request, viewer))


async def put_back(request: web.Request, viewer: ActingCommunity, entry_id: int) -> web.Response:
    """Boost: what was taken out is shown again. Answers the wrapper."""
    await acting.put_back(request.app[SERVICES], viewer, entry_id)
    async with request.app[RUNTIME].db.read() as tx:
        post = await posts.post(tx, entry_id, viewer)
        wrappers = await posts.wrappers_of(tx, [post.id]) if post is not None else {}
    if post is None:
        raise not_found()
    return await status_answer(request, wrappers.get(post.id, post.id), viewer)


async def take_out(request: web.Request, viewer: ActingCommunity, entry_id: int) -> web.Response:
    """Unboost: answers the post as it was, since nobody sees it any more."""
    async with request.app[RUNTIME].db.read() as tx:
        entry = await posts.entry(tx, entry_id, viewer)
        if entry is None:
            raise not_found()
        shown = await request.app[RENDERER].status(tx, entry, viewer)
    await acting.take_out(request.app[SERVICES], viewer, entry_id)
    return json_answer(structs.replace(shown.reblog or shown, reblogged=False))
