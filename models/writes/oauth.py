"""Writing apps, authorization codes and tokens. Callers give hashes of the secrets, never the secrets (T145)."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, exists, insert, select, update

from models.engine import WriteTx
from models.oauth import App, AuthorizationCode, Token
from models.writes import pushes

TOKENS = "tokens"
"""Channel woken when tokens end, so that whoever keeps a stream open for one looks again (T143)."""

CODE_LIFE = timedelta(minutes=10)
UNUSED_APP_LIFE = timedelta(days=7)
# A used code is kept this long, so that a second use is known for what it is and ends the first's token (T135).
_USED_CODE_LIFE = timedelta(days=7)


async def add_app(
    tx: WriteTx,
    *,
    client_id: str,
    secret_hash: str,
    name: str,
    website: str | None,
    redirect_uris: list[str],
    scopes: str,
    now: datetime,
) -> int:
    """Register an app; its id."""
    statement = (
        insert(App)
        .values(
            client_id=client_id,
            secret_hash=secret_hash,
            name=name,
            website=website,
            redirect_uris=redirect_uris,
            scopes=scopes,
            created_at=now,
        )
        .returning(App.id)
    )
    identifier: int = (await tx.execute(statement)).scalar_one()
    return identifier


async def add_code(
    tx: WriteTx,
    *,
    code_hash: str,
    app_id: int,
    actor_id: int,
    redirect_uri: str,
    scopes: str,
    challenge: str | None,
    now: datetime,
    community_id: int | None = None,
) -> None:
    """Keep a code for ten minutes, bound to everything it was given for."""
    await tx.execute(
        insert(AuthorizationCode).values(
            code_hash=code_hash,
            app_id=app_id,
            actor_id=actor_id,
            community_id=community_id,
            redirect_uri=redirect_uri,
            scopes=scopes,
            challenge=challenge,
            expires_at=now + CODE_LIFE,
        )
    )


async def use_code(tx: WriteTx, code_hash: str, now: datetime) -> bool:
    """Mark the code as used; False if somebody was quicker. Of concurrent callers exactly one gets True."""
    statement = (
        update(AuthorizationCode)
        .where(AuthorizationCode.code_hash == code_hash, AuthorizationCode.used_at.is_(None))
        .values(used_at=now)
    )
    return (await tx.execute(statement)).rowcount == 1


async def add_token(
    tx: WriteTx,
    *,
    token_hash: str,
    app_id: int | None,
    actor_id: int | None,
    scopes: str,
    now: datetime,
    code_hash: str | None = None,
    community_id: int | None = None,
) -> None:
    """Keep a token. Without an actor it is the app's own; without an app it was made at the command line; with a
    community that community acts by it, as long as the actor leads it.
    """
    await tx.execute(
        insert(Token).values(
            token_hash=token_hash,
            app_id=app_id,
            actor_id=actor_id,
            community_id=community_id,
            scopes=scopes,
            code_hash=code_hash,
            created_at=now,
        )
    )


async def revoke_token(tx: WriteTx, token_hash: str, now: datetime) -> None:
    """End one token; nothing if it has ended."""
    await _revoke(tx, Token.token_hash == token_hash, now)


async def revoke_by_code(tx: WriteTx, code_hash: str, now: datetime) -> None:
    """End what a code was exchanged for (T135). Uses ix_oauth_tokens_code_hash."""
    await _revoke(tx, Token.code_hash == code_hash, now)


async def revoke_app(tx: WriteTx, *, actor_id: int, app_id: int | None, now: datetime) -> int:
    """End every token that the person gave the app (None: those of the command line), and its codes; how many ended."""
    is_app = Token.app_id.is_(None) if app_id is None else Token.app_id == app_id
    ended = await _revoke(tx, and_(Token.actor_id == actor_id, is_app), now)
    if app_id is not None:
        await tx.execute(
            delete(AuthorizationCode).where(AuthorizationCode.actor_id == actor_id, AuthorizationCode.app_id == app_id)
        )
    return ended


async def revoke_all(tx: WriteTx, actor_id: int, now: datetime) -> None:
    """End everything that acts in the person's name: tokens, and codes that could still become some (T119)."""
    await _revoke(tx, Token.actor_id == actor_id, now)
    await tx.execute(delete(AuthorizationCode).where(AuthorizationCode.actor_id == actor_id))


async def _revoke(tx: WriteTx, which: ColumnElement[bool], now: datetime) -> int:
    """End tokens with what hangs on them: open streams, and the subscriptions of their apps (T143). How many ended."""
    ended = await tx.execute(update(Token).where(which, Token.revoked_at.is_(None)).values(revoked_at=now))
    await pushes.end_with_tokens(tx, which)
    tx.wake(TOKENS)
    return ended.rowcount


async def drop_stale(tx: WriteTx, now: datetime) -> None:
    """Forget old codes, and apps that nobody used within a week (T146). For the housekeeping of the server.

    An app that somebody signed in with stays for ever, since clients keep their `client_id` for ever.
    """
    await tx.execute(delete(AuthorizationCode).where(AuthorizationCode.expires_at < now - _USED_CODE_LIFE))
    used = exists(select(Token.id).where(Token.app_id == App.id))
    waiting = exists(select(AuthorizationCode.code_hash).where(AuthorizationCode.app_id == App.id))
    await tx.execute(delete(App).where(App.created_at < now - UNUSED_APP_LIFE, ~used, ~waiting))
