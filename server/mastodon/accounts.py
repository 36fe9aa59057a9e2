"""Accounts: one's own, other people and communities, following them and what binds one to them."""

from collections.abc import Sequence

from aiohttp import web
from msgspec import structs

from federation.vocab.shapes import language_code
from models.communities import OPEN
from models.details import fields_of
from models.engine import ReadTx
from models.gate import ActingCommunity, Person
from models.queries import actors, feeds, follows, interactions, moderation, moves, preferences, tastes
from models.queries.actors import ActorRow
from models.queries.follows import FollowRow
from models.queries.tastes import Taste
from server.actions import acting as acts
from server.actions import follows as follow_actions
from server.actions import profiles, remote
from server.actions.profiles import NO_PICTURE, Picture
from server.http.answers import instant, json_answer
from server.http.auth import require_author, require_reader, require_viewer
from server.http.errors import not_found
from server.http.keys import RUNTIME, SERVICES
from server.http.paging import parse_page
from server.http.params import Params, params, path_id
from server.http.uploads import Upload
from server.mastodon import acting
from server.mastodon.entities import (
    VISIBILITIES,
    Account,
    AccountSource,
    CredentialAccount,
    Field,
    Relationship,
    Role,
)
from server.mastodon.search import resolve
from server.mastodon.tools import RENDERER, account_page, status_page
from server.media.endpoint import UPLOADS
from server.media.uploads import AVATAR, HEADER
from server.media.workshop import MOST_IMAGE_BYTES, Wish

MAX_IDS = 80
EVERYBODY = Role(id="-99", name="", color="", permissions="0", highlighted=False)
ADMINISTRATOR = Role(id="1", name="Admin", color="", permissions="1", highlighted=True)


async def verify_credentials(request: web.Request) -> web.Response:
    """GET /api/v1/accounts/verify_credentials, scope profile or read:accounts."""
    viewer = await require_viewer(request, "profile", "read:accounts")
    return json_answer(await _credentials(request, viewer))


async def _credentials(request: web.Request, viewer: Person) -> CredentialAccount:
    if isinstance(viewer, ActingCommunity):
        return await acting.credentials(request, viewer)
    async with request.app[RUNTIME].db.read() as tx:
        actor = await actors.by_id(tx, viewer.actor_id)
        own = await preferences.of_person(tx, viewer.actor_id)
        if actor is None or own is None:
            raise not_found()
        waiting = await follows.waiting_count(tx, viewer.actor_id)
        (account,) = await request.app[RENDERER].accounts(tx, [actor])
    source = AccountSource(
        note=actor.summary_source,
        fields=[Field(name=row[0], value=row[-1], verified_at=None) for row in fields_of(actor.fields)],
        privacy="direct" if own.default_visibility == "direct" else "private",
        sensitive=own.default_sensitive,
        language=own.default_language or None,
        follow_requests_count=waiting,
        hide_collections=None,
        discoverable=actor.is_discoverable,
        indexable=False,
        attribution_domains=[],
        quote_policy="nobody",
    )
    role = ADMINISTRATOR if own.role == "admin" else EVERYBODY
    return CredentialAccount(**structs.asdict(account), source=source, role=role)


async def update_credentials(request: web.Request) -> web.Response:
    """PATCH /api/v1/accounts/update_credentials, scope write:accounts. Only what is sent changes."""
    viewer = await require_author(request, "write:accounts")
    given = await params(request, max_file_bytes=2 * MOST_IMAGE_BYTES)
    rows = given.objects("fields_attributes") if given.has("fields_attributes") else None
    source = given.inner("source")
    change = profiles.Change(
        display_name=given.text_or_none("display_name"),
        note=given.text_or_none("note"),
        fields=None
        if rows is None
        else [(row.text("name"), row.text("value")) for row in rows if row.text("name") or row.text("value")],
        is_locked=given.boolean_or_none("locked"),
        is_bot=given.boolean_or_none("bot"),
        is_discoverable=given.boolean_or_none("discoverable"),
        avatar=await _picture(request, viewer, given.file("avatar"), AVATAR),
        header=await _picture(request, viewer, given.file("header"), HEADER),
        default_visibility=source.one_of("privacy", VISIBILITIES, called="Default privacy"),
        default_sensitive=source.boolean_or_none("sensitive"),
        default_language=_language(source),
    )
    return await _changed(request, viewer, change)


async def _changed(request: web.Request, viewer: Person, wanted: profiles.Change) -> web.Response:
    if isinstance(viewer, ActingCommunity):
        return await acting.change_profile(request, viewer, wanted)
    await profiles.change(request.app[SERVICES], viewer, wanted)
    return json_answer(await _credentials(request, viewer))


async def _picture(request: web.Request, viewer: Person, given: Upload | None, wish: Wish) -> Picture | None:
    return None if given is None else await request.app[UPLOADS].keep_picture(given, wish, viewer.person_id)


async def delete_avatar(request: web.Request) -> web.Response:
    """DELETE /api/v1/profile/avatar, scope write:accounts."""
    viewer = await require_author(request, "write:accounts")
    return await _changed(request, viewer, profiles.Change(avatar=NO_PICTURE))


async def delete_header(request: web.Request) -> web.Response:
    """DELETE /api/v1/profile/header, scope write:accounts."""
    viewer = await require_author(request, "write:accounts")
    return await _changed(request, viewer, profiles.Change(header=NO_PICTURE))


def _language(source: Params) -> str | None:
    """The code of a language; empty for none in particular; None where it is not given or not known as one."""
    given = source.text_or_none("language")
    return language_code(given) if given else given


async def read_account(request: web.Request) -> web.Response:
    """GET /api/v1/accounts/:id, scope read:accounts."""
    viewer = await require_reader(request, "read:accounts")
    async with request.app[RUNTIME].db.read() as tx:
        actor = await actors.known_by_id(tx, path_id(request), viewer)
        if actor is None:
            raise not_found()
        return json_answer(await _with_new_home(request, tx, actor, viewer))


async def _with_new_home(request: web.Request, tx: ReadTx, actor: ActorRow, viewer: Person) -> Account:
    """One account; of somebody who has moved also that of where they are now; of a closed community, whether the
    viewer may know who its members are.
    """
    (account,) = await request.app[RENDERER].accounts(tx, [actor])
    if not await _shows_members(tx, actor, viewer):
        account = structs.replace(account, hide_collections=True)
    new = None if actor.is_local else await moves.new_home(tx, actor.id, viewer)
    if new is None:
        return account
    return structs.replace(account, moved=(await request.app[RENDERER].accounts(tx, [new]))[0])


async def read_accounts(request: web.Request) -> web.Response:
    """GET /api/v1/accounts?id[]=, scope read:accounts. Unknown ids are left out."""
    viewer = await require_reader(request, "read:accounts")
    ids = (await params(request)).ids("id", 40)
    async with request.app[RUNTIME].db.read() as tx:
        found = await actors.known_of_ids(tx, ids, viewer)
        return json_answer(await request.app[RENDERER].accounts(tx, [found[one] for one in ids if one in found]))


async def lookup_account(request: web.Request) -> web.Response:
    """GET /api/v1/accounts/lookup?acct=, scope read:accounts. Known ones only; nobody is asked."""
    viewer = await require_reader(request, "read:accounts")
    name, _, host = (await params(request)).text("acct").strip().lstrip("@!").partition("@")
    runtime = request.app[RUNTIME]
    async with runtime.db.read() as tx:
        actor = await actors.known_by_handle(tx, name, (host or runtime.config.domain).lower(), viewer)
        if actor is None:
            raise not_found()
        return json_answer(await _with_new_home(request, tx, actor, viewer))


async def account_statuses(request: web.Request) -> web.Response:
    """GET /api/v1/accounts/:id/statuses, scope read:statuses. Of a community: its wrappers, whatever is excluded."""
    viewer = await require_reader(request, "read:statuses")
    given = await params(request)
    page = parse_page(given, 20, 40)
    async with request.app[RUNTIME].db.read() as tx:
        actor = await actors.known_by_id(tx, path_id(request), viewer)
        if actor is None:
            raise not_found()
        if given.boolean("pinned"):
            rows = await (moderation if actor.is_community else interactions).pinned(tx, actor.id, viewer)
            return json_answer(await request.app[RENDERER].statuses(tx, rows, viewer))
        with_files, now = given.boolean("only_media"), request.app[RUNTIME].clock.now()
        tagged = given.text("tagged").lstrip("#").lower() or None
        if actor.is_community:
            rows = await feeds.community_page(tx, actor.id, viewer, page, now, with_files=with_files, tagged=tagged)
        else:
            rows = await feeds.by_author(
                tx,
                actor.id,
                viewer,
                page,
                without_replies=given.boolean("exclude_replies"),
                with_files=with_files,
                tagged=tagged,
            )
        return await status_page(request, tx, rows, viewer, page)


async def account_followers(request: web.Request) -> web.Response:
    """GET /api/v1/accounts/:id/followers, scope read:accounts. Members, where it is a community that is open."""
    viewer = await require_reader(request, "read:accounts")
    page = parse_page(await params(request), 40, 80)
    async with request.app[RUNTIME].db.read() as tx:
        actor = await actors.known_by_id(tx, path_id(request), viewer)
        if actor is None:
            raise not_found()
        if not await _shows_members(tx, actor, viewer):
            return json_answer([])
        return await account_page(request, tx, await follows.followers(tx, actor.id, viewer, page), page)


async def _shows_members(tx: ReadTx, actor: ActorRow, viewer: Person) -> bool:
    """Who belongs to a community that is not open only its members are told (client API 11.4)."""
    if not actor.is_community or actor.visibility == OPEN or actor.id == viewer.actor_id:
        return True
    return await follows.role_in(tx, viewer.actor_id, actor.id) is not None


async def account_following(request: web.Request) -> web.Response:
    """GET /api/v1/accounts/:id/following, scope read:accounts. Without communities that the viewer may not know of."""
    viewer = await require_reader(request, "read:accounts")
    page = parse_page(await params(request), 40, 80)
    async with request.app[RUNTIME].db.read() as tx:
        actor = await actors.known_by_id(tx, path_id(request), viewer)
        if actor is None:
            raise not_found()
        rows = await follows.following(tx, actor.id, viewer, page)
        return await account_page(request, tx, rows, page)


async def search_accounts(request: web.Request) -> web.Response:
    """GET /api/v1/accounts/search, scope read:accounts. By prefix of the name; joined communities first. Of `name@host`
    the host counts too, as far as it is typed; with `resolve` somebody unknown there is asked for.
    """
    viewer = await require_viewer(request, "read:accounts")
    given = await params(request)
    text = remote.canonical(given.text("q").strip()).lstrip("@!")
    name, _, host = text.partition("@")
    if not name:
        return json_answer([])
    if host and given.boolean("resolve"):
        await resolve(request, viewer, text, "accounts")
    async with request.app[RUNTIME].db.read() as tx:
        rows = await actors.search(
            tx,
            name,
            viewer,
            limit=given.integer("limit", 40, minimum=1, maximum=80),
            offset=given.integer("offset", 0, minimum=0, maximum=10_000),
            only_followed=given.boolean("following"),
            host=host.lower(),
        )
        return json_answer(await request.app[RENDERER].accounts(tx, rows))


# --- bonds ---


async def relationships(request: web.Request) -> web.Response:
    """GET /api/v1/accounts/relationships?id[]=, scope read:follows. In the order asked; unknown ids are left out."""
    viewer = await require_viewer(request, "read:follows")
    ids = list(dict.fromkeys((await params(request)).ids("id", MAX_IDS)))
    return json_answer(await _relationships(request, viewer, ids))


async def _relationships(request: web.Request, viewer: Person, ids: Sequence[int]) -> list[Relationship]:
    async with request.app[RUNTIME].db.read() as tx:
        known = await actors.known_of_ids(tx, ids, viewer)
        mine, theirs = await follows.between(tx, viewer.actor_id, list(known))
        now = request.app[RUNTIME].clock.now()
        thought = await tastes.towards(tx, viewer.actor_id, list(known), now)
        if isinstance(viewer, ActingCommunity):
            barred = await moderation.banned_among(tx, viewer.actor_id, list(known), now)
            thought = {one: structs.replace(found, is_blocked=one in barred) for one, found in thought.items()}
        blockers = await moderation.blockers_of(tx, viewer.actor_id, list(known))
    return [
        _relationship(thought[one], mine.get(one), theirs.get(one), is_blocked=one in blockers)
        for one in ids
        if one in known
    ]


def _relationship(
    thought: Taste, mine: FollowRow | None, theirs: FollowRow | None, *, is_blocked: bool
) -> Relationship:
    return Relationship(
        id=str(thought.target_id),
        following=mine is not None and mine.is_accepted,
        requested=mine is not None and not mine.is_accepted,
        showing_reblogs=mine is not None and mine.shows_reblogs,
        notifying=mine is not None and mine.notifies,
        languages=mine.languages.split() if mine is not None and mine.languages else None,
        followed_by=theirs is not None and theirs.is_accepted,
        requested_by=theirs is not None and not theirs.is_accepted,
        blocking=thought.is_blocked,
        blocked_by=is_blocked,
        muting=thought.is_muted,
        muting_notifications=thought.mutes_notifications,
        muting_expires_at=instant(thought.muted_until) if thought.muted_until else None,
        domain_blocking=thought.is_domain_blocked,
        endorsed=thought.is_endorsed,
        note=thought.note,
    )


async def follow_account(request: web.Request) -> web.Response:
    """POST /api/v1/accounts/:id/follow, scope write:follows. Of a community: join."""
    viewer = await require_viewer(request, "write:follows")
    given = await params(request)
    target_id = path_id(request)
    await follow_actions.follow(
        request.app[SERVICES],
        viewer,
        target_id,
        shows_reblogs=given.boolean_or_none("reblogs"),
        notifies=given.boolean_or_none("notify"),
        languages=given.strings_or_none("languages"),
    )
    return json_answer((await _relationships(request, viewer, [target_id]))[0])


async def unfollow_account(request: web.Request) -> web.Response:
    """POST /api/v1/accounts/:id/unfollow, scope write:follows. Of a community: leave."""
    viewer = await require_viewer(request, "write:follows")
    target_id = path_id(request)
    await follow_actions.unfollow(request.app[SERVICES], viewer, target_id)
    # Whoever has left a private community may not know of it any more: there is nothing between the two.
    nothing = _relationship(Taste(target_id), None, None, is_blocked=False)
    found = await _relationships(request, viewer, [target_id])
    return json_answer(found[0] if found else nothing)


async def relation_answer(request: web.Request, viewer: Person, target_id: int) -> web.Response:
    """What binds the viewer and an account now; 404 for one that the viewer may not know of."""
    found = await _relationships(request, viewer, [target_id])
    if not found:
        raise not_found()
    return json_answer(found[0])


async def remove_from_followers(request: web.Request) -> web.Response:
    """POST /api/v1/accounts/:id/remove_from_followers, scope write:follows."""
    viewer = await require_author(request, "write:follows")
    account_id = path_id(request)
    if isinstance(viewer, ActingCommunity):
        await acts.remove_member(request.app[SERVICES], viewer, account_id)
    else:
        await follow_actions.remove_follower(request.app[SERVICES], viewer, account_id)
    return await relation_answer(request, viewer, account_id)


async def follow_requests(request: web.Request) -> web.Response:
    """GET /api/v1/follow_requests, scope read:follows. Also to join communities that the viewer leads."""
    viewer = await require_viewer(request, "read:follows")
    page = parse_page(await params(request), 40, 80)
    async with request.app[RUNTIME].db.read() as tx:
        return await account_page(request, tx, await follows.requests(tx, viewer.actor_id, page), page)


async def authorize_request(request: web.Request) -> web.Response:
    """POST /api/v1/follow_requests/:account_id/authorize, scope write:follows."""
    return await _answer_request(request, accepts=True)


async def reject_request(request: web.Request) -> web.Response:
    """POST /api/v1/follow_requests/:account_id/reject, scope write:follows."""
    return await _answer_request(request, accepts=False)


async def _answer_request(request: web.Request, *, accepts: bool) -> web.Response:
    viewer = await require_author(request, "write:follows")
    account_id = path_id(request, "account_id")
    await follow_actions.answer(request.app[SERVICES], viewer, account_id, accepts=accepts)
    return await relation_answer(request, viewer, account_id)
