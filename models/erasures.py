"""Erasures of people: what was erased, and what partners were asked to delete for it (product J12)."""

from datetime import datetime

from sqlalchemy import Text

from models.base import Base, Stored, column


class Erasure(Base):
    """One erasure, from its beginning on: one that was interrupted goes on as the same. Names nobody."""

    __tablename__ = "erasures"

    id: Stored[int] = column(primary_key=True, autoincrement=False)
    person_id: Stored[int] = column(unique=True)
    """The number that the person's actor had, and that partners may still know; no more of them is kept."""
    facts: Stored[str] = column(Text)
    """JSON: how much of what was erased, what stays, who was told; as the certificate says it."""
    begun_at: Stored[datetime]
    finished_at: Stored[datetime | None]
