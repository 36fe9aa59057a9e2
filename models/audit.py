"""The audit trail: append-only, each entry carries the hash of the one before it (product section 8).

Checkpoints say where a trail stood: ours, and those that partners told us.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text

from models.base import Base, Stored, column

TECHNICAL = (
    "agreement.",
    "app.",
    "audit.",
    "community.create",
    "community.delegate",
    "community.host",
    "community.official",
    "community.trial-over",
    "identity.",
    "inbox.",
    "key.",
    "partner.",
    "queue.",
    "report.",
    "scim.",
    "server.",
    "token.",
    "user.",
)
"""Beginnings of the acts that administrators read of: not what hosts and moderators do (product section 9)."""

VISIBLE_ENTRY, UNSEALING = "community.visible-entry", "discreet.unseal"
"""The two exceptional acts that everybody may see the number of (product section 5, `/help/transparency`)."""


KEPT: Final = timedelta(days=1096)
"""Three years (product section 8): what is older goes, up to a checkpoint that stands for it."""

TRIMMED: Final = "audit trimmed"
"""The fact of the installation that says up to where entries have gone: `queries/audit.py: Start` as JSON."""


class AuditEntry(Base):
    """One privileged act. Never who read what."""

    __tablename__ = "audit_entries"

    id: Stored[int] = column(primary_key=True, autoincrement=False)
    at: Stored[datetime]
    actor: Stored[str] = column(String(400))
    """Who acted: a handle, or `operator` for the command line."""
    action: Stored[str] = column(String(80))
    object: Stored[str] = column(Text)
    details: Stored[str] = column(Text)
    """JSON, members sorted."""
    previous_hash: Stored[str] = column(String(64))
    hash: Stored[str] = column(String(64))


class AuditCheckpoint(Base):
    """Where our trail stood at a moment, signed by the server's key; active partners keep a copy (threats T247)."""

    __tablename__ = "audit_checkpoints"

    number: Stored[int] = column(primary_key=True, autoincrement=False)
    """Counts up from 1."""
    at: Stored[datetime]
    entries: Stored[int]
    """How many entries the trail had."""
    head: Stored[str] = column(String(64))
    """Hash of the last of them."""
    hash: Stored[str] = column(String(64))
    """Of this checkpoint; the next one names it."""
    document: Stored[bytes] = column(LargeBinary)
    """As it was signed."""


class PartnerCheckpoint(Base):
    """Where a partner's trail stood, as it told us; also what does not extend what it told us before."""

    __tablename__ = "partner_checkpoints"

    id: Stored[int] = column(primary_key=True, autoincrement=False)
    peer_id: Stored[int] = column(ForeignKey("peers.id", ondelete="CASCADE"))
    number: Stored[int]
    entries: Stored[int]
    head: Stored[str] = column(String(64))
    hash: Stored[str] = column(String(64))
    document: Stored[bytes] = column(LargeBinary)
    received_at: Stored[datetime]
    problem: Stored[str | None] = column(String(400))
    """Why it does not extend the last one; null: it does, or an administrator has accepted it."""

    __table_args__ = (
        # For the newest of a partner, and for those with a problem.
        Index("ix_partner_checkpoints_peer", "peer_id", "id"),
    )
