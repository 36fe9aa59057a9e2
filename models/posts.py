"""Posts and their earlier versions.

A community's wrapper around an opening post (an Announce outside, a reblog in the client API) is a row of its own with
`shared_post_id` set, its author the community.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, false, text
from sqlalchemy.types import JSON

from models.base import Base, Searched, Stored, Uri, column

COMMUNITY, FOLLOWERS, DIRECT = "community", "followers", "direct"
"""Audiences: the community's, the author's followers, only the people mentioned."""

QUESTION = "Question"
"""The kind of a post with a poll."""

REPEAT_WINDOW = timedelta(hours=1)
"""How long an Idempotency-Key is remembered, that of a deleted post too."""


class Post(Base):
    """One post, or one wrapper around a post."""

    __tablename__ = "posts"

    id: Stored[int] = column(primary_key=True, autoincrement=False)
    uri: Stored[str] = column(Uri, unique=True)
    url: Stored[str] = column(Uri)
    author_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"))
    peer_id: Stored[int | None] = column(ForeignKey("peers.id"))
    """The author's server; null for local authors."""
    audience: Stored[str] = column(String(20))
    community_id: Stored[int | None] = column(ForeignKey("communities.actor_id", ondelete="CASCADE"))
    parent_id: Stored[int | None] = column(ForeignKey("posts.id", ondelete="SET NULL"))
    parent_uri: Stored[str | None] = column(Uri)
    """Known also while the parent has not arrived yet; then `parent_id` is null."""
    thread_id: Stored[int | None] = column(index=True)
    """The opening post; of an opening post its own id. Null while it is not known."""
    context_uri: Stored[str | None] = column(Uri)
    """The collection of the whole thread, as the post's server named it; null where it is ours to name."""
    shared_post_id: Stored[int | None] = column(ForeignKey("posts.id", ondelete="CASCADE"), index=True)
    kind: Stored[str] = column(String(20), default="Note")
    """`Note`, `Page`, ... as outside; `Announce` for a wrapper."""
    title: Stored[str | None] = column(String(400))
    content_html: Stored[str] = column(Text, default="")
    source: Stored[str] = column(Text, default="")
    """As typed; only of local posts and of peers that send Markdown."""
    spoiler: Stored[str] = column(Text, default="")
    is_sensitive: Stored[bool] = column(default=False)
    language: Stored[str | None] = column(String(20))
    label: Stored[int] = column(default=0)
    mentioned: Stored[list[int]] = column(default=list)
    """Ids of the actors mentioned, in order."""
    tags: Stored[list[str]] = column(default=list)
    """Hashtags, folded, without the sign."""
    details: Stored[dict[str, Any]] = column(JSON, default=dict)
    """What is shown with the post and never searched: files, link, emojis (`models/details.py`)."""
    is_confirmed: Stored[bool] = column(default=True)
    """False: sent to a partner's community, whose own announcement has not come back yet. Only the author sees it."""
    boost_id: Stored[int | None]
    """Of a wrapper of ours: the number of the Announce that shows the thread by its id alone, to members whose software
    knows no groups. Null: none does.
    """
    boost_undone_at: Stored[datetime | None]
    """When that was taken back, since the thread was taken out or deleted."""
    is_question: Stored[bool] = column(default=False, server_default=false())
    """An opening post that waits for an answer to be accepted, or has one (`models/questions.py`)."""
    answer_id: Stored[int | None]
    """Of a question: the accepted answer, a post of the same thread."""
    accepted_at: Stored[datetime | None]
    """When it was accepted, as far as that was recorded."""
    locked_at: Stored[datetime | None]
    """Somebody closed the thread, or what is below a comment, right here."""
    locked_by_author: Stored[bool] = column(default=False, server_default=false())
    """Its author did, and nobody who leads the community since: then the author may open it again."""
    is_closed: Stored[bool] = column(default=False)
    """This post or one above it is locked: only who leads the community answers. Replies take it over from above."""
    idempotency_key: Stored[str | None] = column(String(200))
    app_name: Stored[str | None] = column(String(200))
    app_website: Stored[str | None] = column(String(2000))
    published_at: Stored[datetime]
    placed_at: Stored[datetime | None]
    """When it came into its community from another one; null: it was written there (`came_at` in `conditions.py`)."""
    edited_at: Stored[datetime | None]
    received_at: Stored[datetime]
    deleted_at: Stored[datetime | None]
    words: Stored[str | None] = column(Searched)
    """What search looks through (`models/words.py`); null: it was not made yet. Empty for wrappers and what is gone.

    The index over it is kept by the database itself: triggers feed `post_search` on SQLite, PostgreSQL has a GIN index.
    """

    __table_args__ = (
        Index("ix_posts_author", "author_id", "id"),
        Index("ix_posts_community", "community_id", "id"),
        # Replies only: a plain index would be used to find every post that has no parent.
        Index(
            "ix_posts_parent_uri",
            "parent_uri",
            sqlite_where=text("parent_uri IS NOT NULL"),
            postgresql_where=text("parent_uri IS NOT NULL"),
        ),
        Index(
            "ix_posts_parent_id",
            "parent_id",
            sqlite_where=text("parent_id IS NOT NULL"),
            postgresql_where=text("parent_id IS NOT NULL"),
        ),
        # Threads by the name that their servers gave them.
        Index(
            "ix_posts_context",
            "context_uri",
            sqlite_where=text("context_uri IS NOT NULL"),
            postgresql_where=text("context_uri IS NOT NULL"),
        ),
        # Posts of before there was search, until their words are made.
        Index(
            "ix_posts_without_words",
            "id",
            sqlite_where=text("words IS NULL"),
            postgresql_where=text("words IS NULL"),
        ),
        Index(
            "ix_posts_open_questions",
            "community_id",
            "id",
            sqlite_where=text("is_question AND answer_id IS NULL"),
            postgresql_where=text("is_question AND answer_id IS NULL"),
        ),
        # The same by who asked.
        Index(
            "ix_posts_own_open_questions",
            "author_id",
            "id",
            sqlite_where=text("is_question AND answer_id IS NULL"),
            postgresql_where=text("is_question AND answer_id IS NULL"),
        ),
        # Boosts that are to be taken back, or to be made again.
        Index(
            "ix_posts_boosts_to_settle",
            "author_id",
            "id",
            sqlite_where=text("boost_id IS NOT NULL AND (deleted_at IS NOT NULL) != (boost_undone_at IS NOT NULL)"),
            postgresql_where=text("boost_id IS NOT NULL AND (deleted_at IS NOT NULL) != (boost_undone_at IS NOT NULL)"),
        ),
        Index(
            "ix_posts_accepted_at",
            "community_id",
            "accepted_at",
            sqlite_where=text("accepted_at IS NOT NULL"),
            postgresql_where=text("accepted_at IS NOT NULL"),
        ),
        Index("uq_posts_wrapper", "author_id", "shared_post_id", unique=True),
        Index(
            "uq_posts_idempotency",
            "author_id",
            "idempotency_key",
            unique=True,
            sqlite_where=text("idempotency_key IS NOT NULL"),
            postgresql_where=text("idempotency_key IS NOT NULL"),
        ),
    )


class PostVersion(Base):
    """What a post said before an edit."""

    __tablename__ = "post_versions"

    id: Stored[int] = column(primary_key=True, autoincrement=True)
    post_id: Stored[int] = column(ForeignKey("posts.id", ondelete="CASCADE"), index=True)
    title: Stored[str | None] = column(String(400))
    content_html: Stored[str] = column(Text)
    spoiler: Stored[str] = column(Text)
    is_sensitive: Stored[bool]
    details: Stored[dict[str, Any]] = column(JSON, default=dict, server_default=text("'{}'"))
    written_at: Stored[datetime]
    """When this version was written, not when it was replaced."""
