"""What makes a Group actor a community: who may find it, join it, read it, and how far it travels."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, false

from models.base import Base, Stored, column

OPEN, ON_REQUEST, PRIVATE = "open", "on-request", "private"
VISIBILITIES = (OPEN, ON_REQUEST, PRIVATE)
NOWHERE, SELECTED, EVERYWHERE = "none", "selected", "all"
SCOPES = (NOWHERE, SELECTED, EVERYWHERE)
LABELS = ("internal", "restricted", "confidential")
"""Ordered: a later one is stricter."""

MEMBER_ROLE, MODERATOR_ROLE, HOST_ROLE, GUEST_ROLE = "member", "moderator", "host", "guest"


class Community(Base):
    """One community, ours or a partner's. The id is its actor's."""

    __tablename__ = "communities"

    actor_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    is_local: Stored[bool]
    visibility: Stored[str] = column(String(20))
    scope: Stored[str] = column(String(20))
    """Of a partner's community `NOWHERE` means that it was called back from this firm and has not told of itself since;
    how far it travels besides is not known.
    """
    label: Stored[int] = column(default=0)
    """Index into `LABELS`."""
    opens_history: Stored[bool] = column(default=False)
    """New members of a community that is not open may read what was written before they joined."""
    opened_at: Stored[datetime | None]
    """When it became open, if it was not so from the beginning: what was written before stays with those who could read
    it then (threats T166)."""
    hosts_only: Stored[bool] = column(default=False)
    """Only hosts and moderators may open threads (`postingRestrictedToMods`)."""
    allows_discreet: Stored[bool] = column(default=False, server_default=false())
    """Members may ask without their name being shown, as long as enough of them could have (product J6)."""
    shows_health: Stored[bool] = column(default=False, server_default=false())
    """Its members see its figures too, as its hosts do: a host agreed (product section 6)."""
    charter: Stored[str] = column(Text, default="", server_default="")
    """The few rules that its members gave themselves; plain text. Of partners' communities it is not known."""
    language: Stored[str | None] = column(String(20))
    """What is spoken there, as a BCP 47 tag: of posts of which nobody says another one. Null: several, or not said."""
    created_at: Stored[datetime]
    retention_days: Stored[int | None]
    """Threads are kept so long after their last reply, where that is shorter than on all of the server."""


class Invitation(Base):
    """Somebody may join a community that they could not find, or at once where others wait; gone when they have."""

    __tablename__ = "invitations"

    community_id: Stored[int] = column(
        ForeignKey("communities.actor_id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    actor_id: Stored[int] = column(
        ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
    by_id: Stored[int | None] = column(ForeignKey("actors.id", ondelete="CASCADE"))
    """The host who invited them; null: the operator, or a partner's community."""
    invited_at: Stored[datetime]
    """It stands for seven days, and as long as its host is one (threats T177)."""
