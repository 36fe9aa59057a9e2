"""Reading the few facts of this installation: its domain, fingerprints of its secrets, revisions that caches watch."""

from sqlalchemy import select

from models.actors import ServerState
from models.engine import ReadTx


async def text(tx: ReadTx, name: str) -> str | None:
    """A fact, or None where it was never recorded."""
    found: str | None = await tx.scalar(select(ServerState.text).where(ServerState.name == name))
    return found


async def secret(tx: ReadTx, name: str) -> bytes | None:
    """A sealed secret, or None where it was never recorded."""
    found: bytes | None = await tx.scalar(select(ServerState.sealed).where(ServerState.name == name))
    return found


async def revision(tx: ReadTx, name: str) -> int:
    """How often the thing of this name has changed; 0 where it never has. A cache asks once a second."""
    return int(await tx.scalar(select(ServerState.number).where(ServerState.name == name)) or 0)
