"""Files: what our own people upload, custom emojis, and which pictures of elsewhere may be fetched for people here.

Files of posts stand in `posts.details` and are asked for through their post. The pictures of actors and custom emojis
belong to nobody's post; the proxy serves only those that stand here (threats T077).
"""

from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.types import JSON

from models.base import Base, Stored, Uri, column

WAITING, READY, FAILED = "waiting", "ready", "failed"
"""States of an upload: to be worked on, good for use, of no use."""

FOR_POST, FOR_PROFILE, FOR_EMOJI = "post", "profile", "emoji"
"""What an upload is for."""

NAME_CHARACTERS: Final = 64


class Upload(Base):
    """A file of one of our own people in the store. The row stays as long as the file does, and names when it goes."""

    __tablename__ = "uploads"

    id: Stored[int] = column(primary_key=True, autoincrement=False)
    owner_id: Stored[int | None] = column(ForeignKey("actors.id", ondelete="SET NULL"))
    """Null once it is nobody's any more, and only waits to be erased; and for custom emojis."""
    post_id: Stored[int | None] = column(ForeignKey("posts.id", ondelete="SET NULL"))
    """The post that it is attached to."""
    name: Stored[str] = column(String(NAME_CHARACTERS), unique=True)
    """What it is called in the store and in addresses: random, never what its owner called it (threats T112)."""
    purpose: Stored[str] = column(String(10))
    state: Stored[str] = column(String(10))
    details: Stored[dict[str, Any]] = column(JSON, default=dict)
    """What is known of it: `models.details.File`."""
    created_at: Stored[datetime]
    due_at: Stored[datetime | None]
    """When it is to be worked on; while somebody works on it, when somebody else may."""
    attempts: Stored[int] = column(default=0)
    expires_at: Stored[datetime | None]
    """When it is erased; null while it is in use."""

    __table_args__ = (
        Index("ix_uploads_owner_id", "owner_id", "id"),
        Index(
            "ix_uploads_post_id",
            "post_id",
            sqlite_where=text("post_id IS NOT NULL"),
            postgresql_where=text("post_id IS NOT NULL"),
        ),
        Index(
            "ix_uploads_due_at",
            "due_at",
            sqlite_where=text("due_at IS NOT NULL"),
            postgresql_where=text("due_at IS NOT NULL"),
        ),
        Index(
            "ix_uploads_expires_at",
            "expires_at",
            sqlite_where=text("expires_at IS NOT NULL"),
            postgresql_where=text("expires_at IS NOT NULL"),
        ),
    )


class CustomEmoji(Base):
    """A picture of this firm for `:shortcode:` in texts."""

    __tablename__ = "custom_emojis"

    shortcode: Stored[str] = column(String(100), primary_key=True)
    url: Stored[str] = column(Uri)
    """Where everybody gets it, partners too."""
    media_type: Stored[str] = column(String(100))
    category: Stored[str | None] = column(String(100))
    is_offered: Stored[bool] = column(default=True)
    """False: taken back. What was written with it still shows it."""
    updated_at: Stored[datetime]


class RemotePicture(Base):
    """A small picture on another server: an avatar, a header, a custom emoji."""

    __tablename__ = "remote_pictures"

    digest: Stored[str] = column(String(64), primary_key=True)
    """`picture_digest` of the address."""
    url: Stored[str] = column(Uri)
    first_seen_at: Stored[datetime]


def picture_digest(url: str) -> str:
    """SHA-256 of an address, in hexadecimal."""
    return sha256(url.encode()).hexdigest()
