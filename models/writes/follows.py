"""Writing follows: asking, accepting, leaving, and the list kept for each membership."""

from datetime import datetime

from sqlalchemy import delete, insert, update

from models.actors import Follow
from models.engine import WriteTx


async def add(
    tx: WriteTx,
    *,
    follow_id: int,
    follower_id: int,
    follower_peer_id: int | None,
    target_id: int,
    activity_uri: str,
    at: datetime,
    is_accepted: bool,
    role: str = "member",
) -> None:
    """Insert a follow; the caller has looked that there is none yet."""
    await tx.execute(
        insert(Follow),
        {
            "id": follow_id,
            "follower_id": follower_id,
            "follower_peer_id": follower_peer_id,
            "target_id": target_id,
            "activity_uri": activity_uri,
            "is_accepted": is_accepted,
            "role": role,
            "requested_at": at,
            "accepted_at": at if is_accepted else None,
        },
    )


async def accept(tx: WriteTx, follow_id: int, at: datetime) -> bool:
    """A request is granted; False where it was already."""
    result = await tx.execute(
        update(Follow)
        .where(Follow.id == follow_id, Follow.is_accepted.is_(False))
        .values(is_accepted=True, accepted_at=at)
    )
    return result.rowcount > 0


async def renew(tx: WriteTx, follow_id: int, activity_uri: str) -> None:
    """A peer repeated its Follow under another id: answers must quote the newest (threats T202)."""
    await tx.execute(update(Follow).where(Follow.id == follow_id).values(activity_uri=activity_uri))


async def claim_repeat(tx: WriteTx, follow_id: int, repeats: int) -> bool:
    """True for the one caller who is to send a request again that waits still and was repeated so often until now."""
    result = await tx.execute(
        update(Follow)
        .where(Follow.id == follow_id, Follow.is_accepted.is_(False), Follow.repeats == repeats)
        .values(repeats=repeats + 1)
    )
    return result.rowcount > 0


async def remove(tx: WriteTx, follow_id: int) -> None:
    """End a follow, accepted or not; the list kept for it goes with it."""
    await tx.execute(delete(Follow).where(Follow.id == follow_id))


async def end_all_of(tx: WriteTx, follower_id: int) -> None:
    """Somebody follows nobody any more and is a member nowhere."""
    await tx.execute(delete(Follow).where(Follow.follower_id == follower_id))


async def change(tx: WriteTx, follow_id: int, **values: object) -> None:
    """Change what the follower set: `shows_reblogs`, `notifies`, `languages`, `list_title`, `list_hidden`."""
    await tx.execute(update(Follow).where(Follow.id == follow_id).values(**values))
