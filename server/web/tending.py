"""/t/{id}/tend: what its author, and those who lead its community, do with a post on its page (product J8, section 9).

Who may is decided by the actions; what the page offers is only what they would allow.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import msgspec
from aiohttp import web

from federation.runtime import Runtime
from models.communities import LABELS
from models.engine import ReadTx, WriteTx
from models.gate import Person, Verb, may
from models.queries import actors, moderation
from models.queries import posts as reading
from models.queries.actors import ActorRow
from models.queries.posts import PostRow
from server.actions import hosting, openness, posts, relocating
from server.actions import moderation as acts
from server.actions.discreet_rights import asked_discreetly, stop_author
from server.actions.discreet_rights import is_own as is_hidden_own
from server.actions.refusals import Invalid
from server.actions.seats import Seat
from server.http.csrf import Form, signed_form
from server.http.keys import RUNTIME, SERVICES
from server.http.languages import to_translate
from server.http.pages import see
from server.web.places import number_of


class Offered(msgspec.Struct, frozen=True):
    """What a reader can do with the post that a page is about."""

    acts: tuple[str, ...] = ()
    """Names of acts that need no more than a button."""
    labels: tuple[int, ...] = ()
    """Higher ones to which it can be raised."""
    deletes: bool = False
    """They wrote it."""
    removes: bool = False
    """Take it out, with a reason."""
    splits: bool = False
    """Make a thread of it, which it is not."""
    targets: tuple[ActorRow, ...] = ()
    """Communities to which the thread can be moved, as far as their own place there says."""

    def __bool__(self) -> bool:
        return bool(self.acts or self.labels or self.deletes or self.removes or self.splits or self.targets)


async def offered(tx: ReadTx, runtime: Runtime, viewer: Person, post: PostRow) -> Offered:
    """What the page of a post offers to a reader."""
    is_own = post.author_id == viewer.actor_id or await is_hidden_own(tx, runtime, viewer, post)
    community = await actors.by_id(tx, post.community_id) if post.community_id else None
    if community is None or not community.is_local:
        return Offered(deletes=is_own)
    place = await acts.seat(tx, runtime, viewer, community.id)
    moves = may(place.standing, Verb.MOVE)
    raises = may(place.standing, Verb.RAISE_LABEL, author_id=post.author_id)
    return Offered(
        acts=await _buttons(tx, place, post) if post.parent_uri is None else (),
        labels=tuple(range(post.label + 1, len(LABELS))) if raises else (),
        deletes=is_own,
        removes=not is_own and may(place.standing, Verb.REMOVE),
        splits=moves and post.parent_uri is not None,
        targets=tuple(await relocating.targets(tx, viewer, post)) if moves else (),
    )


async def _buttons(tx: ReadTx, place: Seat, post: PostRow) -> tuple[str, ...]:
    """Of a thread: each act or its opposite, as it stands now."""
    found: list[str] = []
    if may(place.standing, Verb.CLOSE):
        found.append("unlock" if post.is_closed else "lock")
    if may(place.standing, Verb.PIN):
        pinned = await moderation.pinned_ids(tx, place.community.id)
        found.append("unpin" if post.id in pinned else "pin")
    if may(place.standing, Verb.CONFIGURE) and post.author_id == post.community_id and await asked_discreetly(tx, post):
        found.append("stop-discreet")
    if may(place.standing, Verb.MARK_QUESTION) and not post.answer_id:
        found.append("no-question" if post.is_question else "question")
    return tuple(found)


async def tend(request: web.Request) -> web.Response:
    """POST /t/{id}/tend: `act`, one of `ACTS`, `move` to a `community`, `delete`, or `remove`; these
    and `split` with a `reason`. Raises `Refused`, 404."""
    session, form = await signed_form(request)
    services, viewer, post_id = request.app[SERVICES], session.who.person, number_of(request)
    act = form.get("act", "")
    await services.key_ring.refresh()
    async with services.runtime.db.read() as tx:
        post = await reading.post(tx, post_id, viewer)
        home = await actors.known_by_id(tx, post.community_id, viewer) if post and post.community_id else None
    if post is None:
        raise web.HTTPNotFound
    if act == "delete":
        await posts.delete(services, viewer, post_id)
    elif act == "remove":
        await acts.take_out(services, viewer, post, _reason(form))
    else:
        await _change(request, viewer, post, act, form)
        return see(f"/t/{post_id}?done={act}")
    if post.parent_id is not None:
        return see(f"/t/{post.thread_id}?done={act}")
    return see(f"/c/{home.username if home.is_local else home.acct}?done={act}" if home else "/")


async def _move(tx: WriteTx, here: Runtime, viewer: Person, post: PostRow, form: Form) -> None:
    given = form.get("community", "")
    if not (given.isascii() and given.isdecimal() and len(given) < 20):
        raise Invalid(to_translate("Choose a community."))
    await relocating.move(tx, here, viewer, post, int(given), _reason(form))


async def _change(request: web.Request, viewer: Person, post: PostRow, act: str, form: Form) -> None:
    runtime = request.app[RUNTIME]
    if act not in (*ACTS, "move") or post.community_id is None:
        raise web.HTTPNotFound
    async with runtime.db.write() as tx:
        place = await acts.seat(tx, runtime, viewer, post.community_id)
        current = await reading.post(tx, post.id, viewer)
        if current is None:
            raise web.HTTPNotFound
        if act == "move":
            await _move(tx, runtime, viewer, current, form)
        else:
            await ACTS[act](tx, runtime, place, current, form)


def _reason(form: Form) -> str:
    reason = form.get("reason", "").replace("\0", "").strip()
    if not reason:
        raise Invalid(to_translate("Say why: the author reads it."))
    return reason


# --- each act ---

_Act = Callable[[WriteTx, Runtime, Seat, PostRow, Form], Awaitable[object]]


async def _lock(tx: WriteTx, here: Runtime, place: Seat, post: PostRow, form: Form) -> None:
    await acts.lock(tx, here, place, post, form.get("reason", "").replace("\0", "").strip())


async def _unlock(tx: WriteTx, here: Runtime, place: Seat, post: PostRow, _form: Form) -> None:
    await acts.unlock(tx, here, place, post)


async def _pin(tx: WriteTx, here: Runtime, place: Seat, post: PostRow, _form: Form) -> None:
    await acts.pin(tx, here, place, post)


async def _unpin(tx: WriteTx, here: Runtime, place: Seat, post: PostRow, _form: Form) -> None:
    await acts.pin(tx, here, place, post, pins=False)


async def _stop_discreet(tx: WriteTx, _here: Runtime, place: Seat, post: PostRow, _form: Form) -> None:
    await stop_author(tx, place, post)


async def _question(tx: WriteTx, _here: Runtime, place: Seat, post: PostRow, _form: Form) -> None:
    await hosting.mark_question(tx, place, post, is_question=True)


async def _no_question(tx: WriteTx, _here: Runtime, place: Seat, post: PostRow, _form: Form) -> None:
    await hosting.mark_question(tx, place, post, is_question=False)


async def _label(tx: WriteTx, here: Runtime, place: Seat, post: PostRow, form: Form) -> None:
    number = form.get("label", "")
    if number not in {str(one) for one in range(len(LABELS))}:
        raise Invalid(to_translate("Choose a label."))
    await openness.raise_label(tx, here, place, post, LABELS[int(number)])


async def _split(tx: WriteTx, here: Runtime, place: Seat, post: PostRow, form: Form) -> None:
    await relocating.split(tx, here, place, post, _reason(form))


ACTS: Final[Mapping[str, _Act]] = {
    "lock": _lock,
    "unlock": _unlock,
    "pin": _pin,
    "unpin": _unpin,
    "question": _question,
    "no-question": _no_question,
    "label": _label,
    "stop-discreet": _stop_discreet,
    "split": _split,
}
"""Acts that change the state of a post, by the names that forms have for them."""
