"""What is kept of things that are gone: sealed copies, for the bin of thirty days and for legal cases (product 8).

A copy opens only with the key that lies outside the database, and only for a case, a report or an appeal.
"""

from datetime import datetime

from sqlalchemy import Index, String, text

from models.base import Base, Sealed, Stored, Uri, column

OF_POST, OF_PERSON = "post", "person"
"""What a copy is of."""

BY_AUTHOR, BY_HOSTS, ERASED, CALLED_BACK = "author", "hosts", "erased", "called-back"
"""Who or what made it go."""


class KeptCopy(Base):
    """One post, or one person's identity, as it was when it went. Goes for good when nothing asks for it any more."""

    __tablename__ = "kept_copies"

    id: Stored[int] = column(primary_key=True, autoincrement=True)
    kind: Stored[str] = column(String(10))
    post_id: Stored[int | None] = column(index=True)
    uri: Stored[str] = column(Uri)
    author_id: Stored[int]
    """Whose it was; of a person they themselves."""
    community_id: Stored[int | None]
    published_at: Stored[datetime]
    """Of a person: since when they were here."""
    removed_at: Stored[datetime]
    why: Stored[str] = column(String(20))
    bin_until: Stored[datetime | None]
    """Until then it stays in the bin; null: it was never in it, a case alone holds it."""
    sealed: Stored[bytes] = column(Sealed)
    digest: Stored[str] = column(String(64))
    """SHA-256 of what is sealed, in hexadecimal."""
    upload_ids: Stored[list[int]] = column(default=list)
    """Its files, which nobody can reach any more and which go with it."""

    __table_args__ = (
        Index(
            "ix_kept_copies_bin",
            "bin_until",
            sqlite_where=text("bin_until IS NOT NULL"),
            postgresql_where=text("bin_until IS NOT NULL"),
        ),
        Index("ix_kept_copies_author", "author_id", "id"),
        Index("ix_kept_copies_uri", "uri"),
    )
