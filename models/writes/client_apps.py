"""Writing what administrators say of client apps; and ending what an app of some name holds."""

from datetime import datetime

from sqlalchemy import delete, select, update

from models.dialect import upsert
from models.engine import WriteTx
from models.oauth import App, AuthorizationCode, ClientRule, Token
from models.writes.oauth import TOKENS


async def say(tx: WriteTx, name: str, *, is_allowed: bool, at: datetime) -> None:
    """Allow or block apps of this name, in the place of what was said before."""
    row = {"name": name, "is_allowed": is_allowed, "made_at": at}
    await tx.execute(upsert(tx, ClientRule, ["name"], ["is_allowed", "made_at"]), row)


async def end_all_of(tx: WriteTx, name: str, at: datetime) -> int:
    """End every token and code of the apps of this name; how many tokens."""
    named = select(App.id).where(App.name == name)
    ended = await tx.execute(
        update(Token).where(Token.app_id.in_(named), Token.revoked_at.is_(None)).values(revoked_at=at)
    )
    await tx.execute(delete(AuthorizationCode).where(AuthorizationCode.app_id.in_(named)))
    tx.wake(TOKENS)
    return ended.rowcount


async def end_token(tx: WriteTx, token_id: int, at: datetime) -> int | None:
    """End one token that was made at the command line; whose it was, or None where there is none."""
    ended = await tx.execute(
        update(Token)
        .where(Token.id == token_id, Token.app_id.is_(None), Token.revoked_at.is_(None))
        .values(revoked_at=at)
        .returning(Token.actor_id)
    )
    tx.wake(TOKENS)
    actor_id: int | None = ended.scalar()
    return actor_id
