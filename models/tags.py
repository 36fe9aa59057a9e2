"""Hashtags that people follow, and those they show on their profile. What carries one is in the posts and feeds."""

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint

from models.base import Base, Stored, column

MAX_CHARACTERS = 100


class FollowedTag(Base):
    """A person reads in their home what carries a hashtag, as far as they may see it."""

    __tablename__ = "followed_tags"

    id: Stored[int] = column(primary_key=True, autoincrement=False)
    actor_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"))
    name: Stored[str] = column(String(MAX_CHARACTERS))
    """Folded, without the sign."""
    feed_id: Stored[int] = column(index=True)
    """`tag_feed(name)`: who follows a tag is found from where a post is placed, in the statement that places it."""

    __table_args__ = (UniqueConstraint("actor_id", "name"), Index("ix_followed_tags_actor", "actor_id", "id"))


class FeaturedTag(Base):
    """A topic that a person, or a community, declares (product J4): a hashtag that they show on their profile."""

    __tablename__ = "featured_tags"

    id: Stored[int] = column(primary_key=True, autoincrement=False)
    actor_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"))
    name: Stored[str] = column(String(MAX_CHARACTERS))
    feed_id: Stored[int]

    __table_args__ = (
        UniqueConstraint("actor_id", "name"),
        Index("ix_featured_tags_actor", "actor_id", "id"),
        # Who declares a topic.
        Index("ix_featured_tags_name", "name", "actor_id"),
    )
