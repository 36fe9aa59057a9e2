"""Writing what somebody proves besides a password. What is used up is used up once, whoever comes at the same time."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, insert, update

from models.base import EPOCH
from models.engine import WriteTx
from models.factors import CodeGenerator, Passkey, RecoveryCode


async def set_generator(tx: WriteTx, actor_id: int, *, secret_sealed: bytes, step: int, at: datetime) -> None:
    """The app that makes somebody's codes, in the place of an earlier one; the code of `step` has been shown."""
    await tx.execute(delete(CodeGenerator).where(CodeGenerator.actor_id == actor_id))
    row = {"actor_id": actor_id, "secret_sealed": secret_sealed, "last_step": step, "created_at": at}
    await tx.execute(insert(CodeGenerator), [row])


async def take_step(tx: WriteTx, actor_id: int, *, step: int) -> bool:
    """Use up the code of a step; False where it, or a later one, was used (threats T124)."""
    statement = update(CodeGenerator).where(CodeGenerator.actor_id == actor_id, CodeGenerator.last_step < step)
    return (await tx.execute(statement.values(last_step=step))).rowcount == 1


async def drop_generator(tx: WriteTx, actor_id: int) -> bool:
    """No codes any more; False where there were none."""
    return (await tx.execute(delete(CodeGenerator).where(CodeGenerator.actor_id == actor_id))).rowcount == 1


async def add_passkey(
    tx: WriteTx, actor_id: int, *, credential_id: str, credential: bytes, uses: int, name: str, at: datetime
) -> None:
    """A passkey; the caller has looked that its id is new."""
    row = {"actor_id": actor_id, "credential_id": credential_id, "credential": credential, "uses": uses, "name": name}
    await tx.execute(insert(Passkey), [row | {"asked_at": EPOCH, "created_at": at}])


async def use_passkey(tx: WriteTx, credential_id: str, *, uses: int, asked_at: datetime) -> bool:
    """It has answered a question of that instant; False for an answer that was given before, or by a copy of the key.

    A counter that does not grow means a copy (WebAuthn 7.2, step 22); one that stays 0 says nothing.
    """
    counted = Passkey.uses < uses if uses else Passkey.uses == 0
    statement = update(Passkey).where(Passkey.credential_id == credential_id, Passkey.asked_at < asked_at, counted)
    return (await tx.execute(statement.values(uses=uses, asked_at=asked_at))).rowcount == 1


async def drop_passkey(tx: WriteTx, actor_id: int, credential_id: str) -> bool:
    """One of somebody's own; False where it is not."""
    statement = delete(Passkey).where(Passkey.actor_id == actor_id, Passkey.credential_id == credential_id)
    return (await tx.execute(statement)).rowcount == 1


async def set_codes(tx: WriteTx, actor_id: int, code_hashes: Sequence[str]) -> None:
    """Codes on paper, in the place of all earlier ones."""
    await tx.execute(delete(RecoveryCode).where(RecoveryCode.actor_id == actor_id))
    if code_hashes:
        await tx.execute(insert(RecoveryCode), [{"code_hash": one, "actor_id": actor_id} for one in code_hashes])


async def take_code(tx: WriteTx, actor_id: int, code_hash: str) -> bool:
    """Use up a code on paper; False where it is none of theirs, or was used (threats T124)."""
    statement = delete(RecoveryCode).where(RecoveryCode.actor_id == actor_id, RecoveryCode.code_hash == code_hash)
    return (await tx.execute(statement)).rowcount == 1


async def forget(tx: WriteTx, actor_id: int) -> None:
    """A password alone lets this person in again."""
    await drop_generator(tx, actor_id)
    await tx.execute(delete(Passkey).where(Passkey.actor_id == actor_id))
    await set_codes(tx, actor_id, ())
