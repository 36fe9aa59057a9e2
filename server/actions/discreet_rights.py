"""Whose a discreet post is: its hidden author's and nobody else's, whoever acts as its community (T242)."""

from federation.runtime import Runtime
from models.discreet import STOPPED_FOR, marks_of
from models.engine import ReadTx, WriteTx
from models.gate import ActingCommunity, Person, Verb
from models.queries import discreet
from models.queries.posts import PostRow
from models.writes import discreet as rows
from server.actions.refusals import Invalid, NotAllowed
from server.actions.seats import Seat, log_act
from server.http.languages import to_translate

NOT_THEIRS = to_translate("This was asked discreetly: only who asked can do this.")


async def is_own(tx: ReadTx, here: Runtime, viewer: Person, post: PostRow) -> bool:
    """Whether this person wrote it without being shown. One statement, and none for what no community wrote."""
    if post.community_id is None or post.author_id != post.community_id or isinstance(viewer, ActingCommunity):
        return False
    marks = marks_of(here.vault, viewer.actor_id, here.clock.now())
    return await discreet.is_by(tx, post.thread_id or post.id, marks)


async def require_no_secret(tx: ReadTx, viewer: Person, post: PostRow) -> None:
    """Who acts as a community does not speak, change or choose in the place of who asked in its name.

    Raises `NotAllowed`.
    """
    if isinstance(viewer, ActingCommunity) and await discreet.of_thread(tx, post.thread_id or post.id) is not None:
        raise NotAllowed(NOT_THEIRS)


async def asked_discreetly(tx: ReadTx, post: PostRow) -> bool:
    """Whether a post opened a thread discreetly, and it can still be found out by whom."""
    asked = await discreet.of_thread(tx, post.id)
    return asked is not None and asked.key is not None


async def stop_author(tx: WriteTx, place: Seat, post: PostRow) -> None:
    """Whoever asked this may not ask discreetly in this community for thirty days; nobody learns who it is.

    Raises `NotAllowed` for who is no host, `Invalid` where this was not asked discreetly, or too long ago.
    """
    place.require(Verb.CONFIGURE)
    await log_act(tx, place, "discreet.stop", post.uri, days=STOPPED_FOR.days)
    if post.community_id != place.community.id or not await rows.stop(tx, post.id, place.at + STOPPED_FOR):
        raise Invalid(to_translate("This was not asked discreetly, or too long ago."))
