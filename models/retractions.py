"""What was called back: what partners are to delete of ours, with their receipts, and what they asked us to delete.

A request names one post, all of a community, who a person was, or everything that came from its server; it is owed
until it is confirmed, whatever the state of the exchange (product section 3, threats T241).
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String, Text, text

from models.base import Base, Stored, Uri, column

POST, COMMUNITY, PERSON, EVERYTHING = "post", "community", "person", "everything"
"""What a request is about."""

DELETED, NARROWED, LABELLED, LEFT, ENDED, ERASED = "deleted", "narrowed", "labelled", "left", "ended", "erased"
EXPIRED, TAKEN_BACK = "expired", "taken-back"
"""Why it was called back; `expired`: it was kept for as long as things are kept; `taken-back`: the partner whose it is
called it back from us, so that no Delete of its author's tells the others, whose letters say `deleted`."""

OWED, DONE, HELD, FAILED, NO_RECEIPT, CONTRADICTED = "owed", "done", "held", "failed", "no-receipt", "contradicted"
"""`contradicted`: confirmed as done, and still there when we looked. `no-receipt`: software that gives none."""

OPEN = (OWED, FAILED, CONTRADICTED)
"""States in which the partner still has to do something."""

ANSWERS_AFTER: Mapping[str, tuple[str, ...]] = {**dict.fromkeys(OPEN, (DONE, HELD, FAILED)), HELD: (DONE,)}
"""State of a request to what may be answered then: what was held goes in the end, and nothing goes back (T246)."""


class Receipt(Base):
    """One letter of a partner that confirms requests, as it was signed."""

    __tablename__ = "receipts"

    id: Stored[int] = column(primary_key=True, autoincrement=False)
    peer_id: Stored[int] = column(ForeignKey("peers.id"), index=True)
    document: Stored[bytes] = column(LargeBinary)
    at: Stored[datetime]


class Retraction(Base):
    """One request of ours to one peer."""

    __tablename__ = "retractions"

    id: Stored[int] = column(primary_key=True, autoincrement=True)
    peer_id: Stored[int] = column(ForeignKey("peers.id"))
    scope: Stored[str] = column(String(20))
    object_uri: Stored[str] = column(Uri)
    """Id of the post, of the community, of the person, or of our server's actor."""
    post_id: Stored[int | None]
    community_id: Stored[int | None]
    reason: Stored[str] = column(String(20))
    state: Stored[str] = column(String(20), default=OWED)
    hours: Stored[int] = column(Integer)
    """The delay that was agreed."""
    requested_at: Stored[datetime]
    due_at: Stored[datetime | None]
    """Set with the first letter."""
    next_at: Stored[datetime | None]
    """When it is written again, or looked whether it was done; null: nothing more to do."""
    tries: Stored[int] = column(Integer, default=0)
    escalated_at: Stored[datetime | None]
    answered_at: Stored[datetime | None]
    checked_at: Stored[datetime | None]
    """When a look of ours agreed with the receipt."""
    removed: Stored[int | None] = column(Integer)
    detail: Stored[str] = column(Text, default="")
    receipt_id: Stored[int | None] = column(ForeignKey("receipts.id"))
    held_at: Stored[datetime | None]
    """Since when, as the partner says, it was held for legal reasons there; stays when "done" follows."""
    held_receipt_id: Stored[int | None] = column(ForeignKey("receipts.id"))
    """The letter that said so."""
    erasure_id: Stored[int | None]
    """The erasure of a person that it is part of; its certificate says what became of it."""

    __table_args__ = (
        Index(
            "ix_retractions_erasure",
            "erasure_id",
            sqlite_where=text("erasure_id IS NOT NULL"),
            postgresql_where=text("erasure_id IS NOT NULL"),
        ),
        Index("ix_retractions_peer", "peer_id", "id"),
        Index(
            "ix_retractions_due",
            "next_at",
            sqlite_where=text("next_at IS NOT NULL"),
            postgresql_where=text("next_at IS NOT NULL"),
        ),
    )


class FormerReader(Base):
    """A peer without terms whose last member left a community of ours: it keeps its copies, and is still told what is
    deleted of them.
    """

    __tablename__ = "former_readers"

    community_id: Stored[int] = column(
        ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    peer_id: Stored[int] = column(ForeignKey("peers.id"), primary_key=True, autoincrement=False)
    left_at: Stored[datetime]
    """What came there later it never got."""


class HeardRetraction(Base):
    """One request of a peer, and what we answered: a repeated one gets the same answer."""

    __tablename__ = "heard_retractions"

    peer_id: Stored[int] = column(ForeignKey("peers.id"), primary_key=True, autoincrement=False)
    request_uri: Stored[str] = column(Uri, primary_key=True)
    scope: Stored[str] = column(String(20))
    object_uri: Stored[str] = column(Uri)
    outcome: Stored[str] = column(String(20))
    removed: Stored[int] = column(Integer)
    detail: Stored[str] = column(Text, default="")
    at: Stored[datetime]

    __table_args__ = (
        Index(
            "ix_heard_retractions_held",
            "peer_id",
            sqlite_where=text("outcome = 'held'"),
            postgresql_where=text("outcome = 'held'"),
        ),
    )
