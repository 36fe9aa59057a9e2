"""Activities that we sent or owe, one thin row for each inbox they are owed to, one queue row for each peer.

A publishing transaction only inserts; it updates no row that another publication may touch (architecture section 7).
"""

from datetime import datetime
from types import MappingProxyType

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String, Text, false, text

from models.base import Base, Stored, Uri, column

CLOCKS_DIFFER = "its clock is"
"""In the reason of what was refused for the time that it was signed at."""
GIVEN_UP = "given up after 14 days"
"""The reason of dead letters that nobody refused: they are sent once the peer is back."""


class Activity(Base):
    """One activity of ours, as bytes."""

    __tablename__ = "activities"

    id: Stored[int] = column(primary_key=True, autoincrement=False)
    uri: Stored[str] = column(Uri, unique=True)
    actor_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"))
    type: Stored[str] = column(String(40))
    community_id: Stored[int | None]
    post_id: Stored[int | None] = column(index=True)
    """The post that it is about, for serving it only to those who may see that."""
    has_content: Stored[bool] = column(default=False)
    """Shows a post: taken out of the queue when the peer may no longer have it, which a Delete or an Undo never is."""
    to_followers: Stored[bool] = column(default=False, server_default=false())
    """Addressed to the followers of its actor: its deliveries may tell who these are (FEP-8fcf)."""
    in_outbox: Stored[bool] = column(default=False)
    """Listed in the actor's outbox and readable at its own address."""
    payload: Stored[bytes] = column(LargeBinary)
    digest: Stored[str] = column(String(44))
    """Base64 of the SHA-256 of the payload: made once, signed for every inbox."""
    created_at: Stored[datetime]

    __table_args__ = (
        Index("ix_activities_outbox", "actor_id", "id"),
        # For forgetting: what stands in no outbox goes once it is old and delivered.
        Index(
            "ix_activities_passing",
            "created_at",
            sqlite_where=text("in_outbox = 0"),
            postgresql_where=text("NOT in_outbox"),
        ),
    )


class Delivery(Base):
    """One activity owed to one inbox. Deleted when delivered."""

    __tablename__ = "deliveries"

    # A sequence of the database, taken inside the publishing transaction: causal order for each peer follows from it.
    id: Stored[int] = column(primary_key=True, autoincrement=True)
    peer_id: Stored[int] = column(ForeignKey("peers.id"))
    order_key: Stored[int]
    """The community, or else the actor: of one key and peer only one delivery is under way at a time."""
    activity_id: Stored[int] = column(ForeignKey("activities.id", ondelete="CASCADE"), index=True)
    inbox_url: Stored[str] = column(Uri)
    is_formal: Stored[bool] = column(default=False)
    """About the exchange itself (an agreement, a retraction): goes also while the peer is suspended."""
    created_at: Stored[datetime]

    __table_args__ = (
        Index("ix_deliveries_peer", "peer_id", "id"),
        Index(
            "ix_deliveries_formal",
            "peer_id",
            sqlite_where=text("is_formal = 1"),
            postgresql_where=text("is_formal"),
        ),
    )
    __table_options__ = MappingProxyType({"sqlite_autoincrement": True})


class DeliveryQueue(Base):
    """How it goes with one peer: lease, back-off, breaker."""

    __tablename__ = "delivery_queues"

    peer_id: Stored[int] = column(ForeignKey("peers.id"), primary_key=True, autoincrement=False)
    next_attempt_at: Stored[datetime | None]
    leased_until: Stored[datetime | None]
    lease_owner: Stored[str | None] = column(String(64))
    attempt: Stored[int] = column(Integer, default=0)
    """Failures in a row."""
    refusals: Stored[int] = column(Integer, default=0)
    """Different activities refused in a row; five pause the peer."""
    failing_since: Stored[datetime | None]
    last_success_at: Stored[datetime | None]
    last_error: Stored[str | None] = column(Text)
    has_gap: Stored[bool] = column(default=False)
    """Something was given up after 14 days: the peer has to be brought up to date when it returns."""
    clock_ahead: Stored[int | None] = column(Integer)
    """Seconds by which its clock was ahead of ours at its last answer; less than none: behind; null: never said."""


class DeadDelivery(Base):
    """A delivery that was refused for good; kept 30 days, shown to administrators, can be queued again."""

    __tablename__ = "dead_deliveries"

    id: Stored[int] = column(primary_key=True, autoincrement=True)
    peer_id: Stored[int] = column(ForeignKey("peers.id"), index=True)
    activity_id: Stored[int] = column(ForeignKey("activities.id", ondelete="CASCADE"), index=True)
    inbox_url: Stored[str] = column(Uri)
    status: Stored[int | None] = column(Integer)
    reason: Stored[str] = column(Text)
    at: Stored[datetime] = column(index=True)
