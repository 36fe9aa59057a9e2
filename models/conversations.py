"""Private talk: the posts for the people mentioned only, put together by thread and by who takes part.

Each local person has rows of their own, since each reads, hides and forgets for themselves. Nothing here gives a right
to read: the posts are loaded through the gate like any other.
"""

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint

from models.base import Base, Stored, column


class Conversation(Base):
    """What one person talks about with the same people in one thread."""

    __tablename__ = "conversations"

    id: Stored[int] = column(primary_key=True, autoincrement=False)
    actor_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"))
    thread_id: Stored[int]
    """As `posts.thread_id`; of a post whose thread is not known the post itself."""
    people: Stored[list[int]]
    """The others, in the order of their ids."""
    people_key: Stored[str] = column(String(64))
    """By which sets of people are told apart."""
    last_post_id: Stored[int] = column(ForeignKey("posts.id", ondelete="CASCADE"), index=True)
    is_unread: Stored[bool]

    __table_args__ = (
        UniqueConstraint("actor_id", "thread_id", "people_key"),
        Index("ix_conversations_actor", "actor_id", "last_post_id"),
    )


class ConversationPost(Base):
    """A post in somebody's conversation, so that the one before it is known when it goes."""

    __tablename__ = "conversation_posts"

    conversation_id: Stored[int] = column(
        ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    post_id: Stored[int] = column(
        ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
