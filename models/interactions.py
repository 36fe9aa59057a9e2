"""What people do with a post besides answering it: like it, bookmark it, pin their own to their profile."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint

from models.base import Base, Stored, Uri, column


class Like(Base):
    """One actor likes one post, once."""

    __tablename__ = "likes"

    id: Stored[int] = column(primary_key=True, autoincrement=False)
    actor_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"))
    post_id: Stored[int] = column(ForeignKey("posts.id", ondelete="CASCADE"))
    activity_uri: Stored[str] = column(Uri, index=True)
    created_at: Stored[datetime]

    __table_args__ = (UniqueConstraint("post_id", "actor_id"), Index("ix_likes_actor", "actor_id", "id"))


class Bookmark(Base):
    """A post that somebody keeps for themselves; never leaves the server."""

    __tablename__ = "bookmarks"

    id: Stored[int] = column(primary_key=True, autoincrement=False)
    actor_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"))
    post_id: Stored[int] = column(ForeignKey("posts.id", ondelete="CASCADE"))
    created_at: Stored[datetime]

    __table_args__ = (UniqueConstraint("post_id", "actor_id"), Index("ix_bookmarks_actor", "actor_id", "id"))


class ProfilePin(Base):
    """A post of one's own that stands on top of one's profile. What communities pin is in `moderation.py`."""

    __tablename__ = "profile_pins"

    actor_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    post_id: Stored[int] = column(
        ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
    pinned_at: Stored[datetime]
