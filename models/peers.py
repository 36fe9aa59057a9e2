"""Peers: the other servers we exchange with, and only those an administrator named."""

from datetime import datetime

from sqlalchemy import String, text

from models.base import Base, Host, Stored, column

PROPOSED, ACTIVE, SUSPENDED, ENDED = "proposed", "active", "suspended", "ended"
BASIC, AGREEMENT = "basic", "agreement"


class Peer(Base):
    """One partner's server. Without a row, or with one that has ended, a host is a stranger."""

    __tablename__ = "peers"

    id: Stored[int] = column(primary_key=True, autoincrement=True)
    host: Stored[str] = column(Host, unique=True)
    kind: Stored[str] = column(String(20), default=BASIC)
    state: Stored[str] = column(String(20), default=ACTIVE)
    software: Stored[str | None] = column(String(100))
    """Name from its NodeInfo, lower case; null: not asked yet or no answer."""
    software_checked_at: Stored[datetime | None]
    signature_scheme: Stored[str | None] = column(String(20))
    """`cavage` or `rfc9421`, once one of them has worked."""
    signature_algorithm: Stored[str | None] = column(String(20))
    """`ed25519`, once it announced or showed that it takes such signatures under RFC 9421; null: RSA."""
    keys_confirmed_at: Stored[datetime | None]
    """When an administrator last resumed it: keys known before may be other ones now (threats T066)."""
    created_at: Stored[datetime]
    seen_at: Stored[datetime | None]
    """The last verified request from it."""
    is_named: Stored[bool] = column(default=True)
    """An administrator here named it. False: it proposed an agreement, and until one acts nothing is asked of it."""
    server_key: Stored[str | None] = column(String(100))
    """Multibase of the key that proves its letters about the agreement; from the terms, and changed by them alone."""
    suspended_at: Stored[datetime | None]
    """Since when nothing passes; null while it is not suspended."""
    ended_at: Stored[datetime | None]
    """Since when the exchange is over, to the hour; null while it is not."""
    awaits_us: Stored[bool] = column(default=False)
    """Suspended under an agreement: our side has not said `resume` since."""
    awaits_them: Stored[bool] = column(default=False)
    """The same of the other side."""
    letters_sent: Stored[int] = column(default=0)
    """Serial number of our last letter about the agreement."""
    letters_seen: Stored[int] = column(default=0)
    """Serial number of their last letter; an earlier one is a replay."""
    last_suspend: Stored[int] = column(default=0, server_default=text("0"))
    """Serial number of our last `Suspend`: a `Resume` whose writer had not seen it does not count (threats T235)."""
