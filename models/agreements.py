"""Agreements between our firm and another: each version as it was signed, and what it lets pass.

The columns say again what the signed document says, for statements; the document is what counts (product J2).
"""

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint, false, text

from models.base import Base, Host, Stored, Uri, column

PROPOSED, IN_FORCE, REPLACED, DECLINED, OVER = "proposed", "in-force", "replaced", "declined", "over"
TAKE_PART, READ = "take-part", "read"


class Agreement(Base):
    """One version of the terms between us and one peer."""

    __tablename__ = "agreements"

    id: Stored[int] = column(primary_key=True, autoincrement=False)
    peer_id: Stored[int] = column(ForeignKey("peers.id"))
    uri: Stored[str] = column(Uri)
    """The same for all versions."""
    version: Stored[int] = column(Integer)
    hash: Stored[str] = column(String(64))
    """SHA-256 of the canonical document without its signatures, in hexadecimal."""
    state: Stored[str] = column(String(20), default=PROPOSED)
    is_ours: Stored[bool]
    """We proposed this version."""
    offered_in: Stored[int | None] = column(BigInteger)
    """Serial number of the letter in which we did; null: theirs."""
    document: Stored[bytes] = column(LargeBinary)
    """With one signature while it is proposed, with both once it is in force."""
    ceiling: Stored[int] = column(Integer)
    """Index into `communities.LABELS`: nothing above it passes."""
    rights: Stored[str] = column(String(20))
    """`take-part` or `read`."""
    opens_ours: Stored[bool]
    """Besides the communities named: whatever our hosts open to this partner."""
    opens_history: Stored[bool] = column(default=False, server_default=false())
    """Where hosts open the history of a community, it is open to new members there as well."""
    retention_months: Stored[int] = column(Integer, default=24, server_default="24")
    """Copies are kept for at most so long."""
    retraction_hours: Stored[int] = column(Integer, default=24, server_default="24")
    """Within this time what was called back is gone, and confirmed."""
    review_at: Stored[datetime]
    """Past it, without a new version, the exchange is suspended."""
    created_at: Stored[datetime]
    signed_at: Stored[datetime | None]
    """When the second signature was there."""

    __table_args__ = (
        UniqueConstraint("peer_id", "uri", "version", "hash"),
        Index(
            "uq_agreements_in_force",
            "peer_id",
            unique=True,
            sqlite_where=text("state = 'in-force'"),
            postgresql_where=text("state = 'in-force'"),
        ),
    )


class SharedCommunity(Base):
    """A community of ours that a version of an agreement names."""

    __tablename__ = "shared_communities"

    agreement_id: Stored[int] = column(
        ForeignKey("agreements.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    community_id: Stored[int] = column(
        ForeignKey("communities.actor_id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )


class KeySuccession(Base):
    """A server has another key: the one before vouched for it, and both signed that. Ours have no peer."""

    __tablename__ = "key_successions"

    id: Stored[int] = column(primary_key=True, autoincrement=False)
    peer_id: Stored[int | None] = column(ForeignKey("peers.id"), index=True)
    previous: Stored[str] = column(String(100))
    """In multibase."""
    key: Stored[str] = column(String(100))
    document: Stored[bytes] = column(LargeBinary)
    """With both signatures."""
    at: Stored[datetime]


class AgreementDraft(Base):
    """Terms, or an answer to theirs, that nobody has signed: an auditor approves, then an administrator signs (J2)."""

    __tablename__ = "agreement_drafts"

    id: Stored[int] = column(primary_key=True, autoincrement=False)
    host: Stored[str] = column(Host, unique=True)
    wanted: Stored[str] = column(Text)
    """JSON: what our side proposes, or adds to what they propose."""
    answers: Stored[str | None] = column(String(64))
    """Hash of their version that would be signed; null: a proposal of ours."""
    code: Stored[str] = column(String(20))
    """Eight digits that follow from both servers' keys, as they were when it was written."""
    made_by_id: Stored[int | None] = column(ForeignKey("actors.id", ondelete="SET NULL"))
    made_at: Stored[datetime]
    approved_by_id: Stored[int | None] = column(ForeignKey("actors.id", ondelete="SET NULL"))
    approved_at: Stored[datetime | None]
