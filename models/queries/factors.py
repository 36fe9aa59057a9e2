"""Reading what somebody proves besides a password."""

from datetime import datetime

import msgspec
from sqlalchemy import exists, func, or_, select

from models.engine import ReadTx
from models.factors import CodeGenerator, Passkey, RecoveryCode
from models.statements import lasting

MOST_PASSKEYS = 10


class PasskeyRow(msgspec.Struct, frozen=True):
    """One passkey, in the order of the columns."""

    credential_id: str
    actor_id: int
    credential: bytes
    uses: int
    name: str
    created_at: datetime


_PASSKEYS = lasting(
    lambda: select(
        Passkey.credential_id, Passkey.actor_id, Passkey.credential, Passkey.uses, Passkey.name, Passkey.created_at
    )
)


async def are_asked_of(tx: ReadTx, actor_id: int) -> bool:
    """Whether a password alone does not let this person in."""
    asked = or_(
        exists().where(CodeGenerator.actor_id == actor_id),
        exists().where(Passkey.actor_id == actor_id),
    )
    return bool(await tx.scalar(select(asked)))


async def is_any_passkey(tx: ReadTx) -> bool:
    """Whether anybody here has one: without, the sign-in page does not speak of them."""
    return bool(await tx.scalar(select(exists().where(Passkey.actor_id.is_not(None)))))


async def generator_of(tx: ReadTx, actor_id: int) -> tuple[bytes, datetime] | None:
    """The sealed secret of somebody's app, and since when."""
    statement = select(CodeGenerator.secret_sealed, CodeGenerator.created_at).where(CodeGenerator.actor_id == actor_id)
    row = (await tx.select(statement)).first()
    return (row[0], row[1]) if row else None


async def passkeys_of(tx: ReadTx, actor_id: int) -> list[PasskeyRow]:
    """Somebody's passkeys, the oldest first."""
    statement = _PASSKEYS().where(Passkey.actor_id == actor_id).order_by(Passkey.created_at, Passkey.credential_id)
    return [PasskeyRow(*row) for row in await tx.select(statement.limit(MOST_PASSKEYS))]


async def passkey(tx: ReadTx, credential_id: str) -> PasskeyRow | None:
    """Whose passkey this is."""
    row = (await tx.select(_PASSKEYS().where(Passkey.credential_id == credential_id))).first()
    return PasskeyRow(*row) if row else None


async def codes_left(tx: ReadTx, actor_id: int) -> int:
    """How many codes on paper are unused."""
    return int(await tx.scalar(select(func.count()).where(RecoveryCode.actor_id == actor_id)))
