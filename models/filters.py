"""Filters: what a person does not want to read, or only behind a warning. Nobody else is told of it."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint

from models.base import Base, Stored, column

CONTEXTS = ("home", "notifications", "public", "thread", "account")
WARN, HIDE, BLUR = "warn", "hide", "blur"
ACTIONS = (WARN, HIDE, BLUR)


class Filter(Base):
    """Words and posts that one person wants to be warned of, or not to see, until the clock says otherwise."""

    __tablename__ = "filters"

    id: Stored[int] = column(primary_key=True, autoincrement=False)
    actor_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"))
    title: Stored[str] = column(String(256))
    contexts: Stored[list[str]]
    """Some of `CONTEXTS`: where apps apply it."""
    action: Stored[str] = column(String(10))
    expires_at: Stored[datetime | None]
    """Null: for good."""

    __table_args__ = (Index("ix_filters_actor", "actor_id", "id"),)


class FilterKeyword(Base):
    """One word or phrase of a filter."""

    __tablename__ = "filter_keywords"

    id: Stored[int] = column(primary_key=True, autoincrement=False)
    filter_id: Stored[int] = column(ForeignKey("filters.id", ondelete="CASCADE"), index=True)
    keyword: Stored[str] = column(String(512))
    whole_word: Stored[bool]


class FilterPost(Base):
    """One post that a filter names."""

    __tablename__ = "filter_posts"

    id: Stored[int] = column(primary_key=True, autoincrement=False)
    filter_id: Stored[int] = column(ForeignKey("filters.id", ondelete="CASCADE"))
    post_id: Stored[int] = column(ForeignKey("posts.id", ondelete="CASCADE"), index=True)

    __table_args__ = (UniqueConstraint("filter_id", "post_id"),)
