"""Writing sessions, sign-in links, failed sign-ins, and the password they all lead to."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, update

from models.accounts import Account, Session, SignInFailure, SignInLink
from models.dialect import lock_sign_in_tries
from models.engine import WriteTx
from models.writes import oauth

SESSION_LIFE = timedelta(days=14)
FAILURES_KEPT = timedelta(hours=1)


async def add_session(tx: WriteTx, *, token_hash: str, actor_id: int, now: datetime, browser: str = "") -> None:
    """Sign a browser in for 14 days; what it calls itself is for its owner to know it by."""
    row = {"token_hash": token_hash, "actor_id": actor_id, "browser": browser, "created_at": now}
    await tx.execute(insert(Session).values(**row, expires_at=now + SESSION_LIFE))


async def end_session(tx: WriteTx, token_hash: str) -> None:
    """Sign one browser out; nothing if it is out."""
    await tx.execute(delete(Session).where(Session.token_hash == token_hash))


async def end_access(tx: WriteTx, actor_id: int, now: datetime) -> None:
    """End every session, sign-in link, token and code of a person.

    After a change of password, a suspension, a departure, whoever does it (T119, T120, T143).
    """
    await tx.execute(delete(Session).where(Session.actor_id == actor_id))
    await tx.execute(delete(SignInLink).where(SignInLink.actor_id == actor_id))
    await oauth.revoke_all(tx, actor_id, now)


async def end_browsers(tx: WriteTx, actor_id: int) -> None:
    """Sign a person out of every browser; apps stay."""
    await tx.execute(delete(Session).where(Session.actor_id == actor_id))


async def end_own(tx: WriteTx, actor_id: int, token_hash: str) -> bool:
    """End one of somebody's own sessions; False where it is none of theirs (threats T128)."""
    statement = delete(Session).where(Session.actor_id == actor_id, Session.token_hash == token_hash)
    return (await tx.execute(statement)).rowcount == 1


async def end_others(tx: WriteTx, actor_id: int, *, but: str) -> None:
    """Sign somebody out of every browser but the one whose hash is given."""
    await tx.execute(delete(Session).where(Session.actor_id == actor_id, Session.token_hash != but))


async def change_password(tx: WriteTx, *, actor_id: int, password_hash: str, now: datetime) -> None:
    """Give a person a password and end all that was reached by the old one. The caller signs its browser in again."""
    await tx.execute(update(Account).where(Account.actor_id == actor_id).values(password_hash=password_hash))
    await end_access(tx, actor_id, now)


async def upgrade_hash(tx: WriteTx, *, actor_id: int, old_hash: str, new_hash: str) -> None:
    """Store the same password under newer parameters (T123), unless it was changed meanwhile."""
    await tx.execute(
        update(Account)
        .where(Account.actor_id == actor_id, Account.password_hash == old_hash)
        .values(password_hash=new_hash)
    )


async def choose_language(tx: WriteTx, *, actor_id: int, language: str | None) -> None:
    """`fr`, `en`, or None for whatever the browser asks for."""
    await tx.execute(update(Account).where(Account.actor_id == actor_id).values(language=language))


async def take_link(tx: WriteTx, token_hash: str, now: datetime) -> int | None:
    """Use up a one-time address: whom it signs in, or None. Of concurrent callers exactly one gets the person."""
    statement = (
        delete(SignInLink)
        .where(SignInLink.token_hash == token_hash, SignInLink.expires_at > now)
        .returning(SignInLink.actor_id)
    )
    actor_id: int | None = (await tx.execute(statement)).scalar()
    return actor_id


async def lock_tries(tx: WriteTx) -> None:
    """From here to the end of the transaction nobody else counts tries."""
    lock = lock_sign_in_tries(tx)
    if lock is not None:
        await tx.execute(lock)


async def add_failures(tx: WriteTx, subjects: Sequence[str], now: datetime) -> list[int]:
    """Count a try as failed, before it is judged, so that tries at the same time cannot pass the limit together (T122).

    The ids are for `forget_failures`, if it turns out right.
    """
    statement = insert(SignInFailure).returning(SignInFailure.id)
    rows = [{"subject": subject, "at": now} for subject in subjects]
    return [identifier for (identifier,) in await tx.execute(statement, rows)]


async def forget_failures(tx: WriteTx, identifiers: Sequence[int]) -> None:
    """The try was right after all."""
    await tx.execute(delete(SignInFailure).where(SignInFailure.id.in_(identifiers)))


async def drop_stale(tx: WriteTx, now: datetime) -> None:
    """Forget what has run out. For the housekeeping of the server."""
    await tx.execute(delete(Session).where(Session.expires_at <= now))
    await tx.execute(delete(SignInLink).where(SignInLink.expires_at <= now))
    await tx.execute(delete(SignInFailure).where(SignInFailure.at <= now - FAILURES_KEPT))
