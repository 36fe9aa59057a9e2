"""What of an announced activity may be believed (spec/group-federation.md 8). The one module that decides it.

A Group speaks for itself. What it says that others said counts only as far as it can be shown: by the author's proof,
by the same origin, on the word of a firm that we have an agreement with (`vouching.py`), or fetched from the author's
origin; likes are vouched for by the group, and count inside it only.

Cheapest first, and nothing is asked of anybody for a community that nobody here is a member of.
"""

from dataclasses import dataclass, replace
from typing import TypeGuard

from federation.errors import Denied, FederationError, Gone, Malformed, TryLater
from federation.inbox import origin, vouching
from federation.inbox.context import Received
from federation.inbox.handlers import bring_back
from federation.signatures.proofs import has_proof
from federation.transport.hosts import same_origin
from federation.vocab import types
from models.queries import follows, moderation
from models.queries.actors import ActorRow

ATTEMPTS_TO_LOOK = 4
"""Within the two minutes that the processor's first waits make."""

_POST_ACTIVITIES = (types.Create, types.Update)


@dataclass(frozen=True, slots=True)
class Believed:
    """One thing that a group passed on and that holds."""

    activity: types.Activity | None
    """None: the post itself was announced."""
    post: types.Post | None
    """Of a Create or an Update: as its origin has it."""
    author: ActorRow
    is_at_home: bool
    """The author is of the group's own server, which speaks for both; else only what their origin shows holds."""
    is_proven: bool = False
    """The author's own proof shows that the activity is theirs, to the letter; or a partner answers for them."""
    is_vouched: bool = False
    """The community's firm answers for the author, of whose own server nothing may be asked (`vouching.py`)."""


@dataclass(frozen=True, slots=True)
class OurOwn:
    """The group shows a post of ours: taken from our own table, never from the copy (spec 8, step 2)."""

    post_uri: str


async def believe(received: Received[types.Announce]) -> list[Believed | OurOwn]:
    """What holds of an Announce by a Group; what does not is left out.

    Raises `TryLater` where one could not look, the first times: all that the group says waits behind it, so that a
    third server that is away must not hold it up for long (threats T039).
    """
    believed: list[Believed | OurOwn] = []
    for announced in received.activity.objects:
        try:
            one = await _believe_one(received, _unwrapped(announced))
        except (Denied, Malformed, Gone):
            continue
        except TryLater:
            if received.attempts < ATTEMPTS_TO_LOOK - 1:
                raise
            continue
        if one is not None and not _is_by_blocked(one):
            believed.append(one)
    return believed


def _is_by_blocked(one: Believed | OurOwn) -> bool:
    """Done by somebody whom our administrators block, whoever passes it on; that they deleted it holds."""
    takes_away = isinstance(one, Believed) and isinstance(one.activity, types.Delete)
    return isinstance(one, Believed) and one.author.blocked_at is not None and not takes_away


def _unwrapped(announced: types.Announced) -> types.Announced:
    """An Announce inside an Announce says what it holds, once; what is deeper has no meaning (spec 8, step 3)."""
    inner = announced.object
    return inner.objects[0] if isinstance(inner, types.Announce) and len(inner.objects) == 1 else announced


async def _believe_one(received: Received[types.Announce], announced: types.Announced) -> Believed | OurOwn | None:
    own_origin = received.tools.runtime.config.base_url
    match announced.object:
        case types.Post() as post if same_origin(post.id, received.actor.uri):
            return await _post(received, post)
        case types.Post() | None:
            return await _by_id(received, announced.id) if announced.id else None
        case types.Create(object=types.Post() as post) as create:
            return await _written(received, create, post)
        case types.Update(object=types.Post() as post) as update if update.actor == post.attributed_to:
            return await _written(received, update, post)
        case types.Update(object=types.Post() | types.Actor()) as update:
            return await _said(received, update)
        case types.Create() | types.Update() | types.Announce():
            return None
        case activity if same_origin(activity.actor, own_origin):
            return None
        case activity:
            return await _said(received, activity)


async def _by_id(received: Received[types.Announce], uri: str) -> Believed | OurOwn | None:
    """Only an id was sent: what its origin serves there."""
    if same_origin(uri, received.tools.runtime.config.base_url):
        return OurOwn(uri)
    await _require_members(received)
    found = await origin.fetch_named(received.tools, uri, received.budget)
    if isinstance(found, types.Post):
        return await _post(received, found)
    if isinstance(found, _POST_ACTIVITIES) and isinstance(found.object, types.Post):
        return await _served(received, found, found.object)
    return None


async def _served(
    received: Received[types.Announce], activity: types.Create | types.Update, post: types.Post
) -> Believed | None:
    """What an activity says that was read at its own id: so much as its origin may say, of its own people's posts."""
    if not (activity.actor == post.attributed_to and same_origin(activity.id, post.id)):
        return None
    found = await _post(received, post)
    if found is None or not isinstance(activity, types.Update):
        return found
    return replace(found, activity=activity)


async def _written(
    received: Received[types.Announce], activity: types.Create | types.Update, post: types.Post
) -> Believed | OurOwn | None:
    if same_origin(post.id, received.tools.runtime.config.base_url):
        return OurOwn(post.id)
    if activity.actor != post.attributed_to or not same_origin(activity.actor, post.id):
        return None
    if same_origin(activity.actor, received.actor.uri) and same_origin(activity.id, activity.actor):
        author = await received.tools.directory.resolve(activity.actor, received.budget)
        return Believed(activity, post, author, is_at_home=True)
    if await _is_proven(received, activity):
        author = await received.tools.directory.resolve(activity.actor, received.budget)
        return Believed(activity, post, author, is_at_home=False, is_proven=True)
    if (vouched := await vouching.author(received, activity)) is not None:
        return Believed(activity, post, vouched, is_at_home=False, is_proven=True, is_vouched=True)
    try:
        fetched = await _fetch(received, post.id)
    except Malformed as error:
        if error.reason != "fetch_status" or not await vouching.stands_for(received, activity):
            raise
        # Their own server shows it to the community's alone.
        author = await received.tools.directory.resolve(activity.actor, received.budget)
        return Believed(activity, post, author, is_at_home=False, is_proven=True)
    if not isinstance(fetched, types.Post) or fetched.attributed_to != activity.actor:
        return None
    author = await received.tools.directory.resolve(activity.actor, received.budget)
    return Believed(activity, fetched, author, is_at_home=False)


async def _post(received: Received[types.Announce], post: types.Post) -> Believed | None:
    if not same_origin(post.attributed_to, post.id):
        return None
    author = await received.tools.directory.resolve(post.attributed_to, received.budget)
    return Believed(None, post, author, is_at_home=same_origin(post.id, received.actor.uri))


async def _said(received: Received[types.Announce], activity: types.Activity) -> Believed | None:
    """A like, a deletion and the like: their actor must be known; what they may do the handler decides."""
    is_home = same_origin(activity.actor, received.actor.uri) and same_origin(activity.id, activity.actor)
    if same_origin(activity.actor, received.tools.runtime.config.base_url):
        return None
    if isinstance(activity, types.Flag):
        # The community asks: who asked it is not ours to look up.
        return Believed(activity, None, received.actor, is_at_home=is_home)
    is_proven = not is_home and await _is_proven(received, activity)
    vouched = await vouching.author(received, activity) if not (is_home or is_proven) else None
    found = await bring_back.found_again(received.tools, activity, received.budget) if _is_undo(activity) else None
    if not await _holds(received, activity, is_home=is_home, is_shown=bool(is_proven or vouched or found)):
        return None
    if vouched is not None:
        return Believed(activity, None, vouched, is_at_home=False, is_proven=True, is_vouched=True)
    try:
        author = await received.tools.directory.resolve(activity.actor, received.budget)
    except FederationError as error:
        if isinstance(error, Denied | Gone | Malformed):
            return None
        raise
    return Believed(activity, found, author, is_at_home=is_home, is_proven=is_proven)


async def _holds(
    received: Received[types.Announce], activity: types.Activity, *, is_home: bool, is_shown: bool
) -> bool:
    """`is_shown`: by the author's own proof, on a firm's word, or because their server serves again what was gone."""
    match activity:
        case types.Like() | types.Dislike():
            return True
        case types.Undo(object=types.Like() | types.Dislike() as taken_back):
            return taken_back.actor == activity.actor
        case types.Delete():
            is_known = is_home or is_shown or await _moderates(received, activity)
            return is_known or await _is_gone(received, activity)
        case types.Lock() | types.Undo() if is_shown:
            return True
        case types.Update() | types.Add() | types.Remove() | types.Block() | types.Lock() | types.Undo():
            return is_home or await _moderates(received, activity)
        case _:
            return False


def _is_undo(activity: types.Activity) -> TypeGuard[types.Undo]:
    return isinstance(activity, types.Undo)


async def _moderates(received: Received[types.Announce], activity: types.Activity) -> bool:
    """The group's own list names whoever it says did this; what they do counts inside it only (spec 8, step 4g)."""
    async with received.tools.runtime.db.read() as tx:
        return activity.actor in await moderation.moderators(tx, received.actor.id)


async def _is_proven(received: Received[types.Announce], activity: types.Activity) -> bool:
    """The activity brings its author's own proof (spec 8, step 4a). Free where it brings none."""
    if not has_proof(activity.raw) or not same_origin(activity.id, activity.actor):
        return False
    await _require_members(received)
    return await received.tools.proofs.author(activity.raw, activity.actor, received.budget) is not None


async def _is_gone(received: Received[types.Announce], activity: types.Activity) -> bool:
    await _require_members(received)
    return await origin.is_gone(received.tools, activity.object_id, received.budget)


async def _fetch(received: Received[types.Announce], uri: str) -> types.Activity | types.Embedded:
    await _require_members(received)
    return await origin.fetch(received.tools, uri, received.budget)


async def _require_members(received: Received[types.Announce]) -> None:
    """Nothing is looked up for a community that is nobody's here (spec 8, step 1). Raises `Denied`."""
    async with received.tools.runtime.db.read() as tx:
        if not await follows.has_local_follower(tx, received.actor.id):
            raise Denied("nobody here is in that community", reason="not_authorized", group=received.actor.uri)
