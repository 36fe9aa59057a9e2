"""Lists that people make themselves, of those whom they follow. The one kept for each community is its membership."""

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint

from models.base import Base, Stored, column

FOLLOWED, LIST, NONE = "followed", "list", "none"
REPLIES_POLICIES = (FOLLOWED, LIST, NONE)
"""Which answers a list shows: to people followed, to people in it, none."""


class OwnList(Base):
    """One list of one person."""

    __tablename__ = "own_lists"

    id: Stored[int] = column(primary_key=True, autoincrement=False)
    actor_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    title: Stored[str] = column(String(200))
    replies_policy: Stored[str] = column(String(10))
    is_exclusive: Stored[bool]
    """Who is in it is left out of home."""


class OwnListMember(Base):
    """Somebody in a list, as long as they are followed."""

    __tablename__ = "own_list_members"

    id: Stored[int] = column(primary_key=True, autoincrement=False)
    list_id: Stored[int] = column(ForeignKey("own_lists.id", ondelete="CASCADE"))
    account_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    follow_id: Stored[int | None] = column(ForeignKey("follows.id", ondelete="CASCADE"), index=True)
    """Null for oneself."""

    __table_args__ = (UniqueConstraint("list_id", "account_id"), Index("ix_own_list_members_list", "list_id", "id"))
