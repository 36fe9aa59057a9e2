"""Writing the few facts of this installation."""

from sqlalchemy import delete, update

from models.actors import ServerState
from models.dialect import insert_or_ignore, upsert
from models.engine import WriteTx

PEERS, ACCOUNTS, KEYS = "peers", "accounts", "keys"
"""Revisions: which servers we exchange with and how; who may sign in and with what; whose keys are others now."""


async def record(tx: WriteTx, name: str, text: str) -> None:
    """Record a fact that never changes; nothing happens where it is recorded already."""
    await tx.execute(insert_or_ignore(tx, ServerState), {"name": name, "number": 0, "text": text})


async def put(tx: WriteTx, name: str, text: str) -> None:
    """Record a fact that changes."""
    await tx.execute(upsert(tx, ServerState, ["name"], ["text"]), {"name": name, "number": 0, "text": text})


async def forget(tx: WriteTx, name: str) -> None:
    """A fact is none any more."""
    await tx.execute(delete(ServerState).where(ServerState.name == name))


async def replace(tx: WriteTx, name: str, before: str, after: str) -> bool:
    """Change a fact that is still as it was read; False: somebody else was faster, and nothing is changed."""
    changed = update(ServerState).where(ServerState.name == name, ServerState.text == before)
    return (await tx.execute(changed.values(text=after))).rowcount > 0


async def claim(tx: WriteTx, name: str, *, now: str, until: str) -> bool:
    """Take a lease that is free or over; both instants as text of one form that sorts. False: another has it."""
    await record(tx, name, "")
    taken = update(ServerState).where(ServerState.name == name, ServerState.text <= now).values(text=until)
    return (await tx.execute(taken)).rowcount > 0


async def put_secret(tx: WriteTx, name: str, sealed: bytes | None) -> None:
    """Record a sealed secret in the place of the one before, or that there is none."""
    values = {"name": name, "number": 0, "text": "", "sealed": sealed}
    await tx.execute(upsert(tx, ServerState, ["name"], ["sealed"]), values)


async def bump_revision(tx: WriteTx, name: str) -> None:
    """Say that the thing of this name has changed, so that every process's cache of it looks again."""
    await record(tx, name, "")
    await tx.execute(update(ServerState).where(ServerState.name == name).values(number=ServerState.number + 1))


async def record_secret(tx: WriteTx, name: str, sealed: bytes) -> None:
    """Record a sealed secret that never changes; nothing happens where it is recorded already."""
    await tx.execute(insert_or_ignore(tx, ServerState), {"name": name, "number": 0, "text": "", "sealed": sealed})
