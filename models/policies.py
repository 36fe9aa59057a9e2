"""What becomes of notifications by whom they come from: let through, set aside until one has looked, or dropped."""

from sqlalchemy import ForeignKey, String

from models.base import Base, Stored, column

ACCEPT, FILTER, DROP = "accept", "filter", "drop"
TREATMENTS = (ACCEPT, FILTER, DROP)


class NotificationPolicy(Base):
    """What one person decided; who has no row lets everything through."""

    __tablename__ = "notification_policies"

    actor_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    for_not_following: Stored[str] = column(String(10), default=ACCEPT)
    """By those whom the person does not follow."""
    for_not_followers: Stored[str] = column(String(10), default=ACCEPT)
    for_new_accounts: Stored[str] = column(String(10), default=ACCEPT)
    for_private_mentions: Stored[str] = column(String(10), default=ACCEPT)
    """That answer nothing of the person's."""
    for_limited_accounts: Stored[str] = column(String(10), default=ACCEPT)
    """Kept for apps: nobody is limited here."""


class LetThrough(Base):
    """Somebody whose notifications a person lets through, whatever their policy says."""

    __tablename__ = "let_through"

    actor_id: Stored[int] = column(ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, autoincrement=False)
    sender_id: Stored[int] = column(
        ForeignKey("actors.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
