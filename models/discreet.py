"""Discreet questions: asked by somebody whom nobody is shown, published by their community (product J6, threats T242).

Who asked is sealed by a key of that question alone, which is itself sealed by the vault's. No column leads from people
to questions: what is looked for by a person is looked for by marks, which the vault's key makes of the person and the
month, so that a database alone tells neither who asked nor, beyond a month, what else they asked. When the key and the
mark are gone, nothing and nobody finds out any more.
"""

import hmac
import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text

from models.base import Base, Sealed, Stored, column
from models.vault import KEY_BYTES, Vault

KEY_KEPT: Final = timedelta(days=365)
"""How long who asked can be found out (product section 8: 12 months)."""

MOST_A_WEEK: Final = 3
WEEK: Final = timedelta(days=7)
STOPPED_FOR: Final = timedelta(days=30)

_MONTHS: Final = 14
"""Marks that lead to whatever is younger than `KEY_KEPT`: of this month and of the thirteen before it."""

_KEY, _AUTHOR, _MARK, _DRAFT = "discreet key", "discreet author", "discreet mark", "discreet draft"
_PERSON_BYTES: Final = 8
NOBODY: Final = 0
"""Stands in the seal in place of somebody who was erased."""


class DiscreetQuestion(Base):
    """One discreet question, by the opening post of its thread."""

    __tablename__ = "discreet_questions"

    thread_id: Stored[int] = column(ForeignKey("posts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    community_id: Stored[int] = column(ForeignKey("communities.actor_id", ondelete="CASCADE"))
    mark: Stored[bytes | None] = column(LargeBinary)
    """By which whoever asked finds it; null, as the next two, when its time is over."""
    author: Stored[bytes | None] = column(LargeBinary)
    """Who asked, sealed by the question's key."""
    key: Stored[bytes | None] = column(Sealed)
    asked_at: Stored[datetime]
    stopped_until: Stored[datetime | None]
    """A host stopped whoever asked this from asking discreetly in its community."""
    opened_at: Stored[datetime | None]
    """The seal was opened, by two people."""
    opened_why: Stored[str | None] = column(String(20))
    is_told: Stored[bool] = column(default=True)
    """Whoever asked is told of that; false: the order that it was opened by forbids it."""

    __table_args__ = (
        Index("ix_discreet_questions_mark", "mark", "thread_id"),
        Index("ix_discreet_questions_community_id", "community_id"),
        Index("ix_discreet_questions_asked_at", "asked_at"),
    )


class DiscreetDraft(Base):
    """What somebody wants to say discreetly, until it is published: at a moment that is not the one of asking."""

    __tablename__ = "discreet_drafts"

    id: Stored[int] = column(primary_key=True, autoincrement=True)
    mark: Stored[bytes] = column(LargeBinary)
    sealed: Stored[bytes] = column(Sealed)
    """Who, where and what (`server/actions/discreet.py`)."""
    is_question: Stored[bool]
    due_at: Stored[datetime | None]
    """When it is published; null: it waits for its author's word, or was refused."""
    expires_at: Stored[datetime]
    refused: Stored[str | None] = column(Text)
    """Why it was not published after all, for its author: JSON, a sentence and the values in it."""

    __table_args__ = (
        Index("ix_discreet_drafts_mark", "mark"),
        Index("ix_discreet_drafts_due_at", "due_at"),
    )


def mark_of(vault: Vault, person_id: int, at: datetime) -> bytes:
    """What marks whatever this person asks in the month of this instant."""
    return hmac.digest(vault.derive(_MARK), f"{person_id} {at:%Y-%m}".encode(), "sha256")


def marks_of(vault: Vault, person_id: int, now: datetime) -> Sequence[bytes]:
    """All marks of what this person asked and can still be found."""
    months = (now.year * 12 + now.month - 1 - back for back in range(_MONTHS))
    return [mark_of(vault, person_id, now.replace(year=one // 12, month=one % 12 + 1, day=1)) for one in months]


def no_mark() -> bytes:
    """A mark that leads from nobody."""
    return os.urandom(32)


def seal_author(vault: Vault, person_id: int) -> tuple[bytes, bytes]:
    """Who asked, sealed by a new key; and that key, sealed by the vault's."""
    key = os.urandom(KEY_BYTES)
    return Vault(key).seal(person_id.to_bytes(_PERSON_BYTES), _AUTHOR), vault.seal(key, _KEY)


def open_author(vault: Vault, author: bytes, key: bytes) -> int:
    """Who asked; `NOBODY` where they were erased since. Raises `models.vault.WrongKey`."""
    return int.from_bytes(Vault(vault.open(key, _KEY)).open(author, _AUTHOR))


def seal_draft(vault: Vault, plain: bytes) -> bytes:
    """What is not published yet, as it is stored."""
    return vault.seal(plain, _DRAFT)


def open_draft(vault: Vault, sealed: bytes) -> bytes:
    """The other way. Raises `models.vault.WrongKey`."""
    return vault.open(sealed, _DRAFT)
