"""What hosts and moderators do: bans, removals, pins, reports, and the log of it; who moderates at a partner, and whom
our administrators withdrew there; whom people block.

A lock is a column of the post itself (`posts.py`), since every reply has to know of it.
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text

from models.base import Base, Stored, Uri, column

REPORT_OPEN, REPORT_RESOLVED = "open", "resolved"

REMOVED, RESTORED, BANNED, UNBANNED, MEMBER_REMOVED = "removed", "restored", "banned", "unbanned", "member-removed"
LOCKED, UNLOCKED, LABELLED, ROLE_GIVEN = "locked", "unlocked", "labelled", "role-given"
MOVED_OUT, MOVED_IN, SPLIT = "moved-out", "moved-in", "split"
REPORT_CLOSED, REPORT_PASSED_ON = "report-closed", "report-passed-on"
APPEAL_UPHELD, APPEAL_REVERSED = "appeal-upheld", "appeal-reversed"
ENTRY_BEGUN, ENTRY_ENDED = "entry-begun", "entry-ended"
"""What a community's moderation log tells of."""

APPEALABLE = (REMOVED, BANNED, MEMBER_REMOVED)
"""What the person concerned may appeal against, once."""

APPEAL_DAYS = 30
"""How long after the act: as long as the bin keeps a post, unless auditors have set that otherwise."""

UPHELD, REVERSED = "upheld", "reversed"
"""What became of an appeal."""

ADMINISTRATOR, PARTNER = "administrator", "partner"
"""Who acted, where it was neither a host nor a moderator: those who run this server, or a partner's server."""


class Ban(Base):
    """Somebody may not take part in a community, until the clock says so. The membership stays as it is.

    Kept by the person's id outside, so that a ban may come before the person has ever been heard of.
    """

    __tablename__ = "bans"

    community_id: Stored[int] = column(
        ForeignKey("communities.actor_id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    actor_uri: Stored[str] = column(Uri, primary_key=True)
    by_id: Stored[int | None] = column(ForeignKey("actors.id", ondelete="SET NULL"))
    activity_uri: Stored[str] = column(Uri)
    """Of the Block, by which it can be taken back."""
    reason: Stored[str] = column(Text, default="")
    ends_at: Stored[datetime | None]
    """Null: for good. Nobody says when it is over; the clock does."""
    hides_data: Stored[bool] = column(default=False)
    created_at: Stored[datetime]


class Withdrawal(Base):
    """Our administrators withdrew somebody of ours from a partner's community, and nobody there can undo that: they do
    not ask to join again until the row is gone (product J9).
    """

    __tablename__ = "withdrawals"

    community_id: Stored[int] = column(
        ForeignKey("communities.actor_id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    actor_id: Stored[int] = column(
        ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
    at: Stored[datetime]


class Removal(Base):
    """A post that a moderator took out: hidden (`posts.deleted_at`) with its text kept, so that it can come back."""

    __tablename__ = "removals"

    post_id: Stored[int] = column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    community_id: Stored[int] = column(ForeignKey("communities.actor_id", ondelete="CASCADE"))
    by_id: Stored[int | None] = column(ForeignKey("actors.id", ondelete="SET NULL"))
    reason: Stored[str] = column(Text, default="")
    root_id: Stored[int]
    """The post whose removal took this one along; its own id where it was meant itself."""
    with_ban: Stored[bool] = column(default=False)
    """Hidden because its author was banned."""
    accepted_at: Stored[datetime | None]
    """Since when it was the accepted answer of its thread; null: it was not. It is again when it comes back."""
    created_at: Stored[datetime]

    __table_args__ = (Index("ix_removals_root", "root_id"), Index("ix_removals_community", "community_id", "post_id"))


class Pin(Base):
    """A thread that stands on top of its community."""

    __tablename__ = "pins"

    community_id: Stored[int] = column(
        ForeignKey("communities.actor_id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    post_id: Stored[int] = column(
        ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
    pinned_at: Stored[datetime]


class Moderator(Base):
    """Who moderates a partner's community, as its own server says. In ours the role of the membership says so."""

    __tablename__ = "moderators"

    community_id: Stored[int] = column(
        ForeignKey("communities.actor_id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    actor_uri: Stored[str] = column(Uri, primary_key=True)


class PersonalBlock(Base):
    """Somebody does not want to meet somebody else: a person of ours anybody, or somebody at a partner one of ours."""

    __tablename__ = "personal_blocks"

    actor_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    target_id: Stored[int] = column(
        ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
    activity_uri: Stored[str] = column(Uri)
    created_at: Stored[datetime]
    number: Stored[int | None]
    """Of a block by a person of ours: what their list is paged by."""

    __table_args__ = (Index("ix_personal_blocks_actor", "actor_id", "number"),)


class Report(Base):
    """Somebody asks moderators to look at a post, or at a person; one row for each post. Never shown outside."""

    __tablename__ = "reports"

    id: Stored[int] = column(primary_key=True, autoincrement=False)
    activity_uri: Stored[str] = column(Uri)
    reporter_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"))
    """A person, or the server that reports for one of its people."""
    target_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"))
    """Whose doing it is."""
    post_id: Stored[int | None] = column(ForeignKey("posts.id", ondelete="CASCADE"), index=True)
    community_id: Stored[int | None] = column(ForeignKey("communities.actor_id", ondelete="CASCADE"))
    reason: Stored[str] = column(Text, default="")
    category: Stored[str] = column(String(20), default="other")
    """`spam`, `legal`, `violation` or `other`."""
    is_forwarded: Stored[bool] = column(default=False)
    state: Stored[str] = column(String(20), default=REPORT_OPEN)
    created_at: Stored[datetime]
    escalated_at: Stored[datetime | None]
    """When those who lead the community passed it on to the server's administrators."""
    resolved_at: Stored[datetime | None]
    resolved_by_id: Stored[int | None] = column(ForeignKey("actors.id", ondelete="SET NULL"))

    __table_args__ = (
        Index("ix_reports_community", "community_id", "id"),
        Index("uq_reports_once", "activity_uri", "post_id", unique=True),
    )


class LoggedAct(Base):
    """An entry in the moderation log of a community of ours: what was done, as what, and why (product J8).

    Never a word of what was taken out. The audit trail has the same acts without the reasons, for good.
    """

    __tablename__ = "moderation_log"

    id: Stored[int] = column(primary_key=True, autoincrement=True)
    community_id: Stored[int] = column(ForeignKey("communities.actor_id", ondelete="CASCADE"))
    act: Stored[str] = column(String(20))
    at: Stored[datetime]
    role: Stored[str] = column(String(20))
    """As what somebody acted: `host`, `moderator`, `administrator` or `partner`."""
    by_id: Stored[int | None] = column(ForeignKey("actors.id", ondelete="SET NULL"))
    """Who acted; not shown: members are told by role."""
    person_id: Stored[int | None] = column(ForeignKey("actors.id", ondelete="SET NULL"))
    """Whom it is about: the author, or who was banned, removed or named."""
    post_id: Stored[int | None] = column(ForeignKey("posts.id", ondelete="SET NULL"), index=True)
    reason: Stored[str] = column(Text, default="")
    ends_at: Stored[datetime | None]
    """Of a ban; null: for good."""
    detail: Stored[str] = column(String(20), default="")
    """The role that was given, or the label."""

    __table_args__ = (
        Index("ix_moderation_log_community", "community_id", "id"),
        Index("ix_moderation_log_person", "person_id", "id"),
    )


class Appeal(Base):
    """Somebody asks the server's administrators to look again at what was done to them or to a post of theirs."""

    __tablename__ = "appeals"

    id: Stored[int] = column(primary_key=True, autoincrement=False)
    act_id: Stored[int] = column(ForeignKey("moderation_log.id", ondelete="CASCADE"), unique=True)
    """What it is about; once for each act."""
    person_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    text: Stored[str] = column(Text)
    at: Stored[datetime]
    outcome: Stored[str | None] = column(String(20))
    """Null: it waits."""
    decided_at: Stored[datetime | None]
    decided_by_id: Stored[int | None] = column(ForeignKey("actors.id", ondelete="SET NULL"))
    answer: Stored[str] = column(Text, default="")
    """Why it was decided so, as the person and the hosts are told."""
