"""/c/{handle}/settings: what hosts say of a community, who may find and read it, who leads it (product section 5)."""

from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from models.communities import HOST_ROLE, LABELS, MEMBER_ROLE, MODERATOR_ROLE, SCOPES, VISIBILITIES
from models.details import pictures_of
from models.engine import ReadTx, WriteTx
from models.gate import Person
from models.queries import actors, communities, follows, tags
from models.queries.actors import ActorRow
from models.queries.communities import CommunityRow
from models.queries.paging import Page
from server.actions import handing_over, hosting, moderation, openness, readers, topics
from server.actions.communities import MAX_TITLE
from server.actions.hosting import MAX_TEXT, Settings
from server.actions.openness import Wanted
from server.actions.profiles import NO_PICTURE, Picture
from server.actions.refusals import Invalid
from server.actions.seats import Seat
from server.http import sessions
from server.http.csrf import Form, sender, signed_files, signed_form, token_of_session
from server.http.keys import RUNTIME, SERVICES
from server.http.languages import to_translate
from server.http.pages import page, see
from server.http.sessions import BrowserSession
from server.http.uploads import Upload
from server.media.endpoint import MEDIA, UPLOADS
from server.media.uploads import AVATAR, HEADER
from server.media.workshop import MOST_IMAGE_BYTES, Wish
from server.web.places import address_of, hosted_by

_Act = Callable[[WriteTx, CommunityRow, Seat], Awaitable[str | None]]

_LEADERS: Final = Page(max_id=None, since_id=None, min_id=None, limit=80)
_ROLES: Final = (MEMBER_ROLE, MODERATOR_ROLE, HOST_ROLE)
_MOST_HANDLE: Final = 500
_FORM_BYTES: Final = MOST_IMAGE_BYTES + 1024 * 1024
"""A picture that is a little too big is refused as such, and not as a request."""


async def show(request: web.Request) -> web.Response:
    """GET /c/{name}/settings."""
    return await _page(request, await sessions.require_session(request))


async def describe(request: web.Request) -> web.Response:
    """POST /c/{name}/settings: `title`, `purpose`, `charter`, `language`, `hosts_only`, `discreet`."""
    session, form = await signed_form(request)

    async def act(tx: WriteTx, row: CommunityRow, place: Seat) -> None:
        await hosting.configure(tx, request.app[RUNTIME], place, _described(row, form))

    return await _done(request, session, "described", form, act)


async def choose_picture(request: web.Request) -> web.Response:
    """POST /c/{name}/settings/picture: `which`, and a `file`, or `remove` for none."""
    session = await sender(request)
    async with request.app[RUNTIME].db.read() as tx:
        # Before the file is read: nobody else may send one.
        row = await hosted_by(tx, request, session.who.person)
    async with signed_files(request, _FORM_BYTES) as (_, form, files):
        which = "header" if form.get("which") == "header" else "avatar"
        try:
            wish = HEADER if which == "header" else AVATAR
            is_none = "remove" in form
            picture = NO_PICTURE if is_none else await _kept(request, row.actor.id, wish, files.get("file"))
        except Invalid as refused:
            return await _page(request, session, "pictures", form, refused)
    wanted = Settings(header=picture) if which == "header" else Settings(avatar=picture)

    async def act(tx: WriteTx, _: CommunityRow, place: Seat) -> None:
        await hosting.configure(tx, request.app[RUNTIME], place, wanted)

    return await _done(request, session, "pictures", form, act)


async def declare_topics(request: web.Request) -> web.Response:
    """POST /c/{name}/settings/topics: `topics`, at most ten words."""
    session, form = await signed_form(request)

    async def act(tx: WriteTx, _: CommunityRow, place: Seat) -> None:
        await topics.declare_of_community(tx, request.app[RUNTIME], place, topics.parse(_typed(form, "topics")))

    return await _done(request, session, "topics", form, act)


async def open_up(request: web.Request) -> web.Response:
    """POST /c/{name}/settings/openness: `visibility`, `scope`, `label`, `history`."""
    session, form = await signed_form(request)

    async def act(tx: WriteTx, row: CommunityRow, place: Seat) -> None:
        wanted = _opened(row, form)
        if wanted != Wanted():
            await openness.change(tx, request.app[RUNTIME], place, wanted)

    return await _done(request, session, "openness", form, act)


async def name_leader(request: web.Request) -> web.Response:
    """POST /c/{name}/settings/role: `person`, a member by name, and what they are from now on, `role`."""
    session, form = await signed_form(request)
    role = form.get("role", "")

    async def act(tx: WriteTx, row: CommunityRow, place: Seat) -> str | None:
        if role not in _ROLES:
            raise Invalid(to_translate("Choose what they are from now on."))
        person = await _member(tx, request, session.who.person, row, form)
        await hosting.set_role(tx, request.app[RUNTIME], place, person, role)
        # Who hosts no more has no settings to come back to.
        return address_of(row) if person.id == session.who.actor_id and role != HOST_ROLE else None

    return await _done(request, session, "leaders", form, act)


async def hand_over(request: web.Request) -> web.Response:
    """POST /c/{name}/settings/successor: `person`, a member by name, hosts it from now on; `note` is for them."""
    session, form = await signed_form(request)

    async def act(tx: WriteTx, row: CommunityRow, place: Seat) -> str:
        person = await _member(tx, request, session.who.person, row, form)
        await handing_over.hand_over(tx, request.app[RUNTIME], place, person, _typed(form, "note"))
        return f"{address_of(row)}?done=handed-over"

    return await _done(request, session, "successor", form, act)


async def _done(request: web.Request, session: BrowserSession, part: str, form: Form, act: _Act) -> web.Response:
    """What a host wants, done in one transaction; then back to the same form, or where `act` says. 404 for others."""
    runtime, viewer = request.app[RUNTIME], session.who.person
    await request.app[SERVICES].key_ring.refresh()
    try:
        async with runtime.db.write() as tx:
            row = await hosted_by(tx, request, viewer)
            then = await act(tx, row, await moderation.seat(tx, runtime, viewer, row.actor.id))
    except Invalid as refused:
        return await _page(request, session, part, form, refused)
    return see(then or f"{address_of(row)}/settings?done={part}#{part}")


# --- what the forms say ---


def _typed(form: Form, name: str) -> str:
    """What was typed: lines that end as everywhere else but in browsers, and nothing that PostgreSQL cannot store."""
    return form.get(name, "").replace("\r\n", "\n").replace("\0", "").strip()


def _described(row: CommunityRow, form: Form) -> Settings:
    """What is other than it was: partners are told of nothing else."""
    title, language = " ".join(_typed(form, "title").split()), _typed(form, "language")
    purpose, charter, hosts_only = _typed(form, "purpose"), _typed(form, "charter"), "hosts_only" in form
    discreet = "discreet" in form
    return Settings(
        title=title if title != row.actor.display_name else None,
        purpose=purpose if purpose != row.actor.summary_source else None,
        charter=charter if charter != row.charter else None,
        language=language if language != (row.actor.language or "") else None,
        hosts_only=hosts_only if hosts_only != bool(row.actor.hosts_only) else None,
        allows_discreet=discreet if discreet != row.allows_discreet else None,
    )


def _opened(row: CommunityRow, form: Form) -> Wanted:
    """As `_described`; what a form does not name stays."""
    label, history = LABELS[row.actor.label or 0], "history" in form
    now = {"visibility": row.actor.visibility, "scope": row.actor.scope, "label": label}
    changed = {name: form[name] for name, known in now.items() if name in form and form[name] != known}
    return Wanted(**changed, opens_history=history if history != row.opens_history else None)


async def _member(tx: ReadTx, request: web.Request, viewer: Person, row: CommunityRow, form: Form) -> ActorRow:
    """The member whose name was typed. Raises `Invalid`."""
    name, _, host = _typed(form, "person").removeprefix("@").lower().partition("@")
    found = await actors.known_by_handle(tx, name[:200], host[:300] or request.app[RUNTIME].config.domain, viewer)
    if found is None or found.is_community or await follows.role_in(tx, found.id, row.actor.id) is None:
        raise Invalid(
            to_translate("No member is called %(name)s."), name=f"@{name[:200]}{'@' if host else ''}{host[:300]}"
        )
    return found


async def _kept(request: web.Request, community_id: int, wish: Wish, given: Upload | None) -> Picture:
    """The picture that was sent, kept. Raises `Invalid`, `Unavailable`."""
    if given is None or not given.size:
        # Browsers send an empty file for none.
        raise Invalid(to_translate("Choose a file first."))
    try:
        # The community's own: it goes with the community, not with who chose it.
        return await request.app[UPLOADS].keep_picture(given, wish, community_id)
    except Invalid as error:
        most = to_translate("This is no picture that can be shown: send a JPEG, PNG, GIF or WebP of at most 16 MiB.")
        raise Invalid(most) from error


async def _page(
    request: web.Request,
    session: BrowserSession,
    part: str = "",
    given: Form | None = None,
    problem: Invalid | None = None,
) -> web.Response:
    """`part`: whose form was refused; what was typed there is in `given`, and still stands in it."""
    viewer = session.who.person
    async with request.app[RUNTIME].db.read() as tx:
        row = await hosted_by(tx, request, viewer)
        hosts = await communities.members(tx, row.actor.id, _LEADERS, role=HOST_ROLE)
        moderators = await communities.members(tx, row.actor.id, _LEADERS, role=MODERATOR_ROLE)
        _, who_reads = await readers.of_community(tx, row)
        declared = await tags.featured(tx, row.actor.id)
    return page(
        request,
        "web/settings.html",
        session=session,
        status=200 if problem is None else 422,
        csrf=token_of_session(request, session),
        row=row,
        address=address_of(row),
        who_reads=who_reads,
        topics=[one.name for one in declared],
        pictures=_pictures(request, row),
        leading=[one.actor for one in hosts],
        moderating=[one.actor for one in moderators],
        visibilities=VISIBILITIES,
        scopes=SCOPES,
        labels=LABELS[row.actor.label or 0 :],
        all_labels=LABELS,
        roles=_ROLES,
        limits={"title": MAX_TITLE, "text": MAX_TEXT, "note": handing_over.MAX_NOTE},
        given=given or {},
        part=part,
        problem=problem,
        done=request.query.get("done", ""),
    )


def _pictures(request: web.Request, row: CommunityRow) -> dict[str, str | None]:
    """Where they are on this server."""
    shown, media = pictures_of(row.actor.pictures), request.app[MEDIA]
    urls = {"avatar": shown.icon, "header": shown.image}
    return {name: media.of_picture(url).removeprefix(media.base_url) if url else None for name, url in urls.items()}
