"""What the company's directory has said of people and groups (SCIM 2.0), and the tokens by which it speaks."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String

from models.base import Base, Stored, column

USER, GROUP = "User", "Group"


class DirectoryEntry(Base):
    """One resource as the directory last wrote it."""

    __tablename__ = "directory_entries"

    id: Stored[int] = column(primary_key=True, autoincrement=False)
    kind: Stored[str] = column(String(10))
    name: Stored[str] = column(String(400))
    """`userName` or `displayName`, folded to lower case."""
    external_id: Stored[str | None] = column(String(400), index=True)
    document: Stored[dict[str, object]]
    """Without `id`, `meta`, members and password."""
    actor_id: Stored[int | None] = column(ForeignKey("actors.id", ondelete="SET NULL"), index=True)
    """Of a person: their account here."""
    role: Stored[str | None] = column(String(20))
    """Of a group: the office for which its people are proposed (threats T240)."""
    is_active: Stored[bool] = column(default=True)
    held_at: Stored[datetime | None]
    """The directory said "inactive" among too many others: it waits for an administrator (threats T240)."""
    removed_at: Stored[datetime | None]
    """The directory has forgotten them, among too many others: gone to it, and held here."""
    version: Stored[int] = column(default=1)
    created_at: Stored[datetime]
    changed_at: Stored[datetime]

    __table_args__ = (Index("uq_directory_entries_name", "kind", "name", unique=True),)


class DirectoryMember(Base):
    """A person in a group."""

    __tablename__ = "directory_members"

    group_id: Stored[int] = column(
        ForeignKey("directory_entries.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    user_id: Stored[int] = column(
        ForeignKey("directory_entries.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )


class Deactivation(Base):
    """When the directory closed an account, to see a flood of them. Kept for a day."""

    __tablename__ = "deactivations"

    id: Stored[int] = column(primary_key=True, autoincrement=True)
    at: Stored[datetime]


class DirectoryToken(Base):
    """A token that is good for provisioning and for nothing else; stored as SHA-256 of random text."""

    __tablename__ = "directory_tokens"

    id: Stored[int] = column(primary_key=True, autoincrement=True)
    name: Stored[str] = column(String(100))
    token_hash: Stored[str] = column(String(64), unique=True)
    created_at: Stored[datetime]
    used_at: Stored[datetime | None]
    """When the directory last wrote by it, to the minute."""
    revoked_at: Stored[datetime | None]


class DirectoryError(Base):
    """What the directory was refused, for an administrator to mend. Kept for thirty days."""

    __tablename__ = "directory_errors"

    id: Stored[int] = column(primary_key=True, autoincrement=True)
    at: Stored[datetime] = column(index=True)
    speaker: Stored[str] = column(String(120))
    request: Stored[str] = column(String(200))
    """Method and path."""
    status: Stored[int]
    detail: Stored[str] = column(String(500))
