"""What a partner called back goes: its post, all of a community of its, who one of its people was, or everything that
came from it.

What our own people wrote stays theirs. A post keeps its row as a tombstone, so that it cannot come again; of more than
one nothing is kept.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update

from models.actors import APPLICATION, GROUP, Actor, Follow
from models.conditions import some
from models.dialect import upsert
from models.engine import ReadTx, WriteTx
from models.inbox import PENDING, REJECTED, InboxActivity
from models.posts import Post
from models.retractions import DONE, HELD, HeardRetraction
from models.signals import REMOVED
from models.writes import departures

MOST_SIGNALS = 200
"""Of what open streams are told of at once; the rest they see when they look again."""


def posts(peer_id: int, uris: Sequence[str]) -> ColumnElement[bool]:
    """The posts with these ids that are the peer's to call back: written there, or shown by a community there."""
    return and_(Post.uri.in_(uris), Post.shared_post_id.is_(None), _from(peer_id))


def of_community(peer_id: int, uri: str) -> ColumnElement[bool]:
    """What others wrote in a community of the peer."""
    home = some(Actor, Actor.id == Post.community_id, Actor.uri == uri, Actor.peer_id == peer_id)
    return and_(home, Post.peer_id.is_not(None))


def of_community_without_us(peer_id: int, uri: str) -> ColumnElement[bool]:
    """The same, where none of our people is a member: nothing of it is here by right."""
    ours = (Follow.target_id == Post.community_id, Follow.follower_peer_id.is_(None), Follow.is_accepted)
    return and_(of_community(peer_id, uri), ~some(Follow, *ours))


def everything(peer_id: int) -> ColumnElement[bool]:
    """All that came from the peer."""
    return _from(peer_id)


def _from(peer_id: int) -> ColumnElement[bool]:
    home = some(Actor, Actor.id == Post.community_id, Actor.peer_id == peer_id)
    return or_(Post.peer_id == peer_id, and_(home, Post.peer_id.is_not(None)))


def person(peer_id: int, uri: str) -> ColumnElement[bool]:
    """The person with this id, if the peer speaks for them."""
    return and_(Actor.uri == uri, Actor.peer_id == peer_id, Actor.type.not_in((GROUP, APPLICATION)))


async def is_known(tx: ReadTx, who: ColumnElement[bool]) -> bool:
    """Whether something of who a person was is still here: they are shown as somebody who is there, or described."""
    statement = select(Actor.suspended_at, Actor.summary_html, Actor.fields, Actor.pictures)
    row = (await tx.select(statement.where(who, Actor.deleted_at.is_(None)))).first()
    return row is not None and (row[0] is None or any(row[1:]))


async def is_there(tx: ReadTx, which: ColumnElement[bool]) -> bool:
    """Whether anything of it is still here and not deleted."""
    statement = select(Post.id).where(which, Post.deleted_at.is_(None)).limit(1)
    return await tx.scalar(statement) is not None


async def there(tx: ReadTx, which: ColumnElement[bool]) -> set[str]:
    """The ids of those that are still here and not deleted."""
    return {row[0] for row in await tx.select(select(Post.uri).where(which, Post.deleted_at.is_(None)))}


async def remove(tx: WriteTx, which: ColumnElement[bool], at: datetime) -> int:
    """Delete these posts, with the wrappers around them; how many posts that were."""
    mine = (which, Post.deleted_at.is_(None))
    count = int(await tx.scalar(select(func.count()).select_from(Post).where(*mine, Post.shared_post_id.is_(None))))
    told = await tx.select(select(Post.id).where(*mine).order_by(Post.id.desc()).limit(MOST_SIGNALS))
    for row in told:
        tx.signal(REMOVED, row[0])
    await departures.wipe_posts(tx, which, at)
    return count


async def forget(tx: WriteTx, which: ColumnElement[bool]) -> None:
    """Keep not even the tombstones: what is shared again later may come again."""
    ids = select(Post.id).where(which)
    await tx.execute(delete(Post).where(Post.shared_post_id.in_(ids)))
    await tx.execute(delete(Post).where(which))


async def refuse_waiting(tx: WriteTx, *, peer_id: int, actor_uri: str | None) -> None:
    """What they sent before, and nobody has applied yet, is not applied any more: of one actor, or all of it."""
    waiting = [InboxActivity.peer_id == peer_id, InboxActivity.state == PENDING]
    if actor_uri is not None:
        waiting.append(InboxActivity.actor_uri == actor_uri)
    await tx.execute(update(InboxActivity).where(*waiting).values(state=REJECTED, reason="called back meanwhile"))


async def note(tx: WriteTx, rows: Sequence[Mapping[str, object]]) -> None:
    """Remember what was answered to requests; again: what is answered now."""
    changed = ("outcome", "removed", "detail", "at")
    if rows:
        await tx.execute(upsert(tx, HeardRetraction, ["peer_id", "request_uri"], changed), [dict(row) for row in rows])


async def answer_done(tx: WriteTx, peer_id: int, request_uris: Sequence[str], at: datetime) -> None:
    """What was answered with "held" is done from now on."""
    mine = (HeardRetraction.peer_id == peer_id, HeardRetraction.request_uri.in_(request_uris))
    await tx.execute(update(HeardRetraction).where(*mine, HeardRetraction.outcome == HELD).values(outcome=DONE, at=at))
