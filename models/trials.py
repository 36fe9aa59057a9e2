"""Trial communities: thirty members, ninety days, in this firm only; whoever works here may open one (product J3).

A community without a row here is official. The clock alone ends a trial: from then on it is there to be read.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import BindParameter, ColumnElement, ForeignKey, Index, Text, func, select, text
from sqlalchemy.sql.elements import SQLCoreOperations

from models.actors import Follow
from models.base import Base, Stored, column
from models.conditions import another, some

MOST_MEMBERS: Final = 30
"""Hosts included (product section 2)."""
LASTS: Final = timedelta(days=90)
TOLD_BEFORE: Final = timedelta(days=14)
"""So long before its end its hosts are told."""
LEAST_HOSTS, LEAST_MEMBERS = 2, 8
"""What a community has that becomes official (product J3)."""
ANSWERED_WITHIN: Final = 5
"""Working days; then silence is a yes."""

TRIAL, OFFICIAL = "trial", "official"
KINDS = (TRIAL, OFFICIAL)


class Trial(Base):
    """One trial that is not official yet."""

    __tablename__ = "trials"

    community_id: Stored[int] = column(
        ForeignKey("communities.actor_id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    ends_at: Stored[datetime] = column(index=True)
    warned_at: Stored[datetime | None]
    """When its hosts were told that it is about to end."""
    closed_at: Stored[datetime | None]
    """When its hosts were told that it has ended; it had, whether they were told or not."""
    asked_at: Stored[datetime | None]
    """When a host asked that it become official; null: nobody waits for an answer."""
    asked_by_id: Stored[int | None] = column(ForeignKey("actors.id", ondelete="SET NULL"), index=True)
    due_at: Stored[datetime | None]
    """From then on silence is a yes."""
    refusal: Stored[str] = column(Text, default="", server_default="")
    """Why it was not made official when it was asked for last."""

    __table_args__ = (
        Index(
            "ix_trials_waiting",
            "due_at",
            sqlite_where=text("due_at IS NOT NULL"),
            postgresql_where=text("due_at IS NOT NULL"),
        ),
    )


class TrialDelegate(Base):
    """Somebody whom an administrator named to answer trials that ask to become official, and who may nothing else."""

    __tablename__ = "trial_delegates"

    actor_id: Stored[int] = column(
        ForeignKey("accounts.actor_id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    since: Stored[datetime]


def is_over(community_id: SQLCoreOperations[Any], at: BindParameter[datetime]) -> ColumnElement[bool]:
    """The condition that a community is a trial whose time is up."""
    trial = another(Trial, "is_over_trial")
    return some(trial, trial.community_id == community_id, trial.ends_at <= at)


def is_full(community_id: SQLCoreOperations[Any]) -> ColumnElement[bool]:
    """The condition that a community is a trial with as many members as one may have."""
    trial, member = another(Trial, "is_full_trial"), another(Follow, "is_full_member")
    members = select(func.count()).where(member.target_id == community_id, member.is_accepted)
    has_most = members.correlate_except(member).scalar_subquery() >= MOST_MEMBERS
    return some(trial, trial.community_id == community_id, has_most)
