"""Writing likes, bookmarks, and pins on profiles."""

from datetime import datetime

from sqlalchemy import delete, select

from models.dialect import insert_or_ignore
from models.engine import WriteTx
from models.interactions import Bookmark, Like, ProfilePin


async def add_like(tx: WriteTx, *, like_id: int, actor_id: int, post_id: int, activity_uri: str, at: datetime) -> bool:
    """Like once; False where the actor likes the post already."""
    result = await tx.execute(
        insert_or_ignore(tx, Like),
        {"id": like_id, "actor_id": actor_id, "post_id": post_id, "activity_uri": activity_uri, "created_at": at},
    )
    return bool(result.rowcount > 0)


async def remove_like(tx: WriteTx, *, actor_id: int, post_id: int) -> str | None:
    """Take a like back; the id of the activity that made it, or None where there was none."""
    mine = (Like.actor_id == actor_id, Like.post_id == post_id)
    activity_uri: str | None = await tx.scalar(select(Like.activity_uri).where(*mine))
    if activity_uri is not None:
        await tx.execute(delete(Like).where(*mine))
    return activity_uri


async def add_bookmark(tx: WriteTx, *, bookmark_id: int, actor_id: int, post_id: int, at: datetime) -> None:
    """Keep a post, once."""
    await tx.execute(
        insert_or_ignore(tx, Bookmark),
        {"id": bookmark_id, "actor_id": actor_id, "post_id": post_id, "created_at": at},
    )


async def remove_bookmark(tx: WriteTx, *, actor_id: int, post_id: int) -> None:
    """Keep a post no longer."""
    await tx.execute(delete(Bookmark).where(Bookmark.actor_id == actor_id, Bookmark.post_id == post_id))


async def pin(tx: WriteTx, *, actor_id: int, post_id: int, at: datetime) -> None:
    """Show a post on top of its author's profile, once."""
    await tx.execute(insert_or_ignore(tx, ProfilePin), {"actor_id": actor_id, "post_id": post_id, "pinned_at": at})


async def unpin(tx: WriteTx, *, actor_id: int, post_id: int) -> None:
    """Show it there no longer."""
    await tx.execute(delete(ProfilePin).where(ProfilePin.actor_id == actor_id, ProfilePin.post_id == post_id))
