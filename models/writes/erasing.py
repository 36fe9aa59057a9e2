"""Erasing what is somebody's alone: marks, settings, lists, notes, notifications; and the text of what they wrote."""

from datetime import datetime
from typing import Final

from sqlalchemy import delete, update

from models.base import Base
from models.engine import WriteTx
from models.interactions import Like
from models.media import Upload
from models.notifications import Notification
from models.policies import LetThrough
from models.polls import PollVote
from models.posts import Post
from models.tastes import AccountNote, Endorsement
from models.writes import departures

KEPT: Final = frozenset({"accounts", "activities", "actor_keys", "communities", "departures", "likes", "poll_votes"})
"""Tables with a column `actor_id` whose rows are not somebody's alone, or go otherwise. Of every other one, also of one
that is new, the rows of whoever is erased are deleted.
"""


async def private_things(tx: WriteTx, actor_id: int, at: datetime) -> None:
    """Whatever was somebody's alone is gone, with files that they never showed, and what others noted of them."""
    for table in Base.metadata.tables.values():
        column = table.columns.get("actor_id")
        if column is None or table.name in KEPT or table is Notification.__table__:
            continue
        if any(key.target_fullname == "actors.id" for key in column.foreign_keys):
            await tx.execute(delete(table).where(column == actor_id))
    about = (Notification.recipient_id == actor_id) | (Notification.actor_id == actor_id)
    await tx.execute(delete(Notification).where(about))
    await tx.execute(delete(AccountNote).where(AccountNote.target_id == actor_id))
    await tx.execute(delete(Endorsement).where(Endorsement.target_id == actor_id))
    await tx.execute(delete(LetThrough).where(LetThrough.sender_id == actor_id))
    unshown = (Upload.owner_id == actor_id, Upload.post_id.is_(None))
    await tx.execute(update(Upload).where(*unshown).values(owner_id=None, due_at=None, expires_at=at))


async def content(tx: WriteTx, actor_id: int, at: datetime) -> None:
    """The text, marks and earlier versions of everything that somebody wrote; their reactions and votes."""
    await departures.wipe_posts(tx, Post.author_id == actor_id, at)
    await tx.execute(delete(Like).where(Like.actor_id == actor_id))
    await tx.execute(delete(PollVote).where(PollVote.actor_id == actor_id))
