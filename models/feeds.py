"""Feeds: which entries stand in which home timeline or under which hashtag, written when a post is published.

Reading a feed still goes through the gate: an entry says where a post was placed, not who may see it.
"""

import hashlib

from sqlalchemy import ForeignKey

from models.base import Base, Stored, column


class FeedEntry(Base):
    """One post, or a community's wrapper around it, in one feed."""

    __tablename__ = "feed_entries"

    feed_id: Stored[int] = column(primary_key=True, autoincrement=False)
    """An actor's id for their home; `tag_feed(name)` for a hashtag."""
    entry_id: Stored[int] = column(
        ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )


def tag_feed(name: str) -> int:
    """The feed of a hashtag, a negative number: ids of actors are positive."""
    return -1 - (int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") >> 2)
