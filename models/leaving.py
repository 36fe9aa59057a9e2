"""People who have left: since when, what they belonged to, and communities whose last host was one of them (J11).

What is kept here is what a return within thirty days restores; after that it is forgotten.
"""

from datetime import datetime
from enum import IntEnum

from sqlalchemy import ForeignKey, Integer, String

from models.actors import MAX_LANGUAGES
from models.base import Base, Stored, Uri, column


class Stage(IntEnum):
    """What is still known of somebody who has left."""

    NAMED = 0
    """Everything, for thirty days."""
    PSEUDONYM = 1
    """Everybody sees a former colleague; who that was stands in the account, for twelve months."""
    NUMBER = 2
    """Nothing but a technical id."""


class Departure(Base):
    """Somebody of this firm who has left."""

    __tablename__ = "departures"

    actor_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    left_at: Stored[datetime]
    stage: Stored[int] = column(Integer, default=0)
    due_at: Stored[datetime | None] = column(index=True)
    """When the next stage comes; null: there is none."""


class FormerFollow(Base):
    """Whom somebody who has left followed, and where they were a member; the columns are those of `follows`."""

    __tablename__ = "former_follows"

    id: Stored[int] = column(primary_key=True, autoincrement=False)
    follower_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"), index=True)
    target_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"))
    activity_uri: Stored[str] = column(Uri)
    is_accepted: Stored[bool]
    role: Stored[str] = column(String(20))
    requested_at: Stored[datetime]
    accepted_at: Stored[datetime | None]
    shows_reblogs: Stored[bool]
    notifies: Stored[bool]
    languages: Stored[str | None] = column(String(MAX_LANGUAGES * 4 + 1))
    list_title: Stored[str | None] = column(String(200))
    list_hidden: Stored[bool]


class RetiredName(Base):
    """A name that was somebody's and is never given again (threats T173): its SHA-256, for the name is forgotten."""

    __tablename__ = "retired_names"

    digest: Stored[str] = column(String(64), primary_key=True)


class Succession(Base):
    """A community of ours that has no host, and the moderator who is asked to host it."""

    __tablename__ = "successions"

    community_id: Stored[int] = column(
        ForeignKey("communities.actor_id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    since: Stored[datetime]
    asked_id: Stored[int | None] = column(ForeignKey("actors.id", ondelete="SET NULL"), index=True)
    """Null: nobody is left to be asked, or seven days have passed; administrators name a host."""
    declined: Stored[list[int]] = column(default=list)
