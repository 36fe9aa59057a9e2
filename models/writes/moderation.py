"""Writing what hosts and moderators do: locks, pins, removals, bans, blocks. Each says whether it changed anything."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import ColumnElement, delete, insert, literal, select, update

from models.base import UtcDateTime, aliased
from models.branches import branch
from models.dialect import insert_or_ignore, upsert
from models.engine import WriteTx
from models.moderation import Ban, Moderator, PersonalBlock, Pin, Removal
from models.posts import Post
from models.writes import questions

# --- locks ---


async def lock(tx: WriteTx, post_id: int, at: datetime, *, by_author: bool = False) -> bool:
    """Close a thread, or what is below a comment; False where it is locked already.

    What its author locked, who leads the community can lock as well: then it is not the author's to open any more.
    """
    may_be = Post.locked_at.is_(None) if by_author else Post.locked_at.is_(None) | Post.locked_by_author
    values = {"locked_at": at, "locked_by_author": by_author, "is_closed": True}
    locked = await tx.execute(update(Post).where(Post.id == post_id, may_be).values(values))
    if not locked.rowcount:
        return False
    await tx.execute(update(Post).where(Post.id.in_(branch(post_id))).values(is_closed=True))
    return True


async def unlock(tx: WriteTx, post_id: int) -> bool:
    """Open it again, but for what is locked further down, or by something further up. False: it was not locked."""
    opened = await tx.execute(
        update(Post)
        .where(Post.id == post_id, Post.locked_at.is_not(None))
        .values(locked_at=None, locked_by_author=False)
    )
    if not opened.rowcount:
        return False
    parent = aliased(Post)
    is_below_another = await tx.scalar(
        select(parent.is_closed).join(Post, Post.parent_id == parent.id).where(Post.id == post_id)
    )
    if not is_below_another:
        freed = branch(post_id, through=lambda reply: reply.locked_at.is_(None))
        await tx.execute(update(Post).where(Post.id.in_(freed)).values(is_closed=False))
    return True


# --- pins ---


async def pin(tx: WriteTx, community_id: int, post_id: int, at: datetime) -> bool:
    """Put a thread on top of its community; False where it is there already."""
    done = await tx.execute(
        insert_or_ignore(tx, Pin), {"community_id": community_id, "post_id": post_id, "pinned_at": at}
    )
    return bool(done.rowcount > 0)


async def unpin(tx: WriteTx, community_id: int, post_id: int) -> bool:
    """Take it from there; False where it was not."""
    done = await tx.execute(delete(Pin).where(Pin.community_id == community_id, Pin.post_id == post_id))
    return done.rowcount > 0


# --- removals ---


async def take_out(
    tx: WriteTx, post_id: int, *, community_id: int, by_id: int | None, reason: str, at: datetime, with_replies: bool
) -> bool:
    """Hide a post, and what is below it if so said, with the text kept. False where it was hidden already."""
    posts = Post.id.in_(branch(post_id)) if with_replies else Post.id == post_id
    return await _hide(tx, posts, post_id, community_id=community_id, by_id=by_id, reason=reason, at=at)


async def take_out_all_of(
    tx: WriteTx, author_id: int, *, community_id: int, by_id: int | None, reason: str, at: datetime
) -> bool:
    """Hide all that somebody wrote in a community, because they were banned from it."""
    posts = (Post.author_id == author_id) & (Post.community_id == community_id) & Post.shared_post_id.is_(None)
    return await _hide(tx, posts, 0, community_id=community_id, by_id=by_id, reason=reason, at=at)


async def _hide(
    tx: WriteTx,
    posts: ColumnElement[bool],
    root_id: int,
    *,
    community_id: int,
    by_id: int | None,
    reason: str,
    at: datetime,
) -> bool:
    columns = ["post_id", "community_id", "by_id", "reason", "root_id", "with_ban", "accepted_at", "created_at"]
    question = aliased(Post)
    accepted_at = select(question.accepted_at).where(question.id == Post.thread_id, question.answer_id == Post.id)
    chosen = select(
        Post.id,
        literal(community_id, Removal.community_id.type),
        literal(by_id, Removal.by_id.type),
        literal(reason),
        literal(root_id, Removal.root_id.type) if root_id else Post.id,
        literal(not root_id),
        accepted_at.correlate(Post).scalar_subquery(),
        literal(at, UtcDateTime()),
    ).where(posts, Post.deleted_at.is_(None), Post.community_id == community_id)
    await tx.execute(insert(Removal).from_select(columns, chosen))
    hidden = select(Removal.post_id).where(Removal.community_id == community_id)
    # Not by the rows of the INSERT: it begins with WITH, and SQLite's driver counts those of none such.
    done = await tx.execute(
        update(Post)
        .where(Post.deleted_at.is_(None), Post.id.in_(hidden) | Post.shared_post_id.in_(hidden))
        .values(deleted_at=at)
    )
    await questions.forget_answers(tx, Post.id.in_(hidden))
    return done.rowcount > 0


async def put_back(tx: WriteTx, post_id: int) -> bool:
    """Show a post again that was taken out, with what went with it; False where nothing was."""
    return await _show(tx, (Removal.root_id == post_id) | (Removal.post_id == post_id))


async def put_back_all_of(tx: WriteTx, author_id: int, community_id: int) -> bool:
    """Show again what was hidden because its author was banned."""
    theirs = select(Post.id).where(Post.author_id == author_id)
    return await _show(tx, Removal.with_ban & (Removal.community_id == community_id) & Removal.post_id.in_(theirs))


async def _show(tx: WriteTx, which: ColumnElement[bool]) -> bool:
    ids = select(Removal.post_id).where(which)
    shown = await tx.execute(
        update(Post).where(Post.id.in_(ids) | Post.shared_post_id.in_(ids)).values(deleted_at=None)
    )
    await questions.remember_answers(tx, which)
    await tx.execute(delete(Removal).where(which))
    return shown.rowcount > 0


async def forget_removal(tx: WriteTx, post_id: int) -> None:
    """A post that was taken out is deleted by its author now: it does not come back."""
    await tx.execute(delete(Removal).where(Removal.post_id == post_id))


# --- bans, moderators, blocks ---


async def ban(
    tx: WriteTx,
    *,
    community_id: int,
    actor_uri: str,
    by_id: int | None,
    activity_uri: str,
    reason: str,
    ends_at: datetime | None,
    hides_data: bool,
    at: datetime,
) -> None:
    """Ban somebody; again: with the newest end and reason."""
    row = {
        "community_id": community_id,
        "actor_uri": actor_uri,
        "by_id": by_id,
        "activity_uri": activity_uri,
        "reason": reason,
        "ends_at": ends_at,
        "hides_data": hides_data,
        "created_at": at,
    }
    changed = ("by_id", "activity_uri", "reason", "ends_at", "hides_data", "created_at")
    await tx.execute(upsert(tx, Ban, ["community_id", "actor_uri"], changed), row)


async def unban(tx: WriteTx, community_id: int, actor_uri: str) -> bool:
    """Lift a ban; False where there was none."""
    done = await tx.execute(delete(Ban).where(Ban.community_id == community_id, Ban.actor_uri == actor_uri))
    return done.rowcount > 0


async def replace_moderators(tx: WriteTx, community_id: int, actor_uris: Iterable[str]) -> None:
    """What a partner's community lists now is the whole truth (spec/group-federation.md 10.1)."""
    await tx.execute(delete(Moderator).where(Moderator.community_id == community_id))
    rows = [{"community_id": community_id, "actor_uri": uri} for uri in dict.fromkeys(actor_uris)]
    if rows:
        await tx.execute(insert(Moderator), rows)


async def block(
    tx: WriteTx, *, actor_id: int, target_id: int, activity_uri: str, at: datetime, number: int | None = None
) -> bool:
    """Somebody does not want to meet somebody, from now on; False: it was so already.

    `number`, of a block by one of our people, is the id that its activity's address ends in.
    """
    row = {
        "actor_id": actor_id,
        "target_id": target_id,
        "activity_uri": activity_uri,
        "created_at": at,
        "number": number,
    }
    return bool((await tx.execute(insert_or_ignore(tx, PersonalBlock), row)).rowcount > 0)


async def unblock(tx: WriteTx, actor_id: int, target_id: int) -> str | None:
    """They do not mind any more; the id of the activity that made the block, None where there was none."""
    mine = (PersonalBlock.actor_id == actor_id, PersonalBlock.target_id == target_id)
    activity_uri: str | None = await tx.scalar(select(PersonalBlock.activity_uri).where(*mine))
    if activity_uri is not None:
        await tx.execute(delete(PersonalBlock).where(*mine))
    return activity_uri


async def unblock_by_activity(tx: WriteTx, actor_id: int, activity_uri: str) -> bool:
    """As `unblock`, by the id of the Block that it took back; False: there was none of theirs."""
    done = await tx.execute(
        delete(PersonalBlock).where(PersonalBlock.actor_id == actor_id, PersonalBlock.activity_uri == activity_uri)
    )
    return done.rowcount > 0
