"""Writing what a person does not care to meet, and what they note about others."""

from datetime import datetime

from sqlalchemy import and_, delete, or_

from models.dialect import insert_or_ignore, upsert
from models.engine import WriteTx
from models.tastes import AccountNote, DomainBlock, Endorsement, Mute, MutedThread


async def mute(
    tx: WriteTx,
    *,
    mute_id: int,
    actor_id: int,
    target_id: int,
    hides_notifications: bool,
    expires_at: datetime | None,
    at: datetime,
) -> None:
    """Mute somebody, or change how an earlier mute goes on."""
    row = {
        "id": mute_id,
        "actor_id": actor_id,
        "target_id": target_id,
        "hides_notifications": hides_notifications,
        "expires_at": expires_at,
        "created_at": at,
    }
    await tx.execute(upsert(tx, Mute, ["actor_id", "target_id"], ["hides_notifications", "expires_at"]), row)


async def unmute(tx: WriteTx, *, actor_id: int, target_id: int) -> None:
    """Hear of somebody again."""
    await tx.execute(delete(Mute).where(Mute.actor_id == actor_id, Mute.target_id == target_id))


async def block_domain(tx: WriteTx, *, block_id: int, actor_id: int, host: str, at: datetime) -> None:
    """Block a server, once."""
    await tx.execute(
        insert_or_ignore(tx, DomainBlock), {"id": block_id, "actor_id": actor_id, "host": host, "created_at": at}
    )


async def unblock_domain(tx: WriteTx, *, actor_id: int, host: str) -> None:
    """Hear of a server again."""
    await tx.execute(delete(DomainBlock).where(DomainBlock.actor_id == actor_id, DomainBlock.host == host))


async def mute_thread(tx: WriteTx, *, actor_id: int, thread_id: int) -> None:
    """Hear nothing more of a thread."""
    await tx.execute(insert_or_ignore(tx, MutedThread), {"actor_id": actor_id, "thread_id": thread_id})


async def unmute_thread(tx: WriteTx, *, actor_id: int, thread_id: int) -> None:
    """Hear of a thread again."""
    await tx.execute(delete(MutedThread).where(MutedThread.actor_id == actor_id, MutedThread.thread_id == thread_id))


async def note(tx: WriteTx, *, actor_id: int, target_id: int, comment: str) -> None:
    """Note something about somebody; an empty comment removes the note."""
    if comment:
        row = {"actor_id": actor_id, "target_id": target_id, "comment": comment}
        await tx.execute(upsert(tx, AccountNote, ["actor_id", "target_id"], ["comment"]), row)
    else:
        await tx.execute(
            delete(AccountNote).where(AccountNote.actor_id == actor_id, AccountNote.target_id == target_id)
        )


async def endorse(tx: WriteTx, *, endorsement_id: int, actor_id: int, target_id: int) -> None:
    """Show somebody on one's profile, once."""
    row = {"id": endorsement_id, "actor_id": actor_id, "target_id": target_id}
    await tx.execute(insert_or_ignore(tx, Endorsement), row)


async def unendorse(tx: WriteTx, *, actor_id: int, target_id: int) -> None:
    """Show somebody on one's profile no longer."""
    await tx.execute(delete(Endorsement).where(Endorsement.actor_id == actor_id, Endorsement.target_id == target_id))


async def part(tx: WriteTx, one_id: int, other_id: int) -> None:
    """Neither recommends the other any more."""
    await tx.execute(
        delete(Endorsement).where(
            or_(
                and_(Endorsement.actor_id == one_id, Endorsement.target_id == other_id),
                and_(Endorsement.actor_id == other_id, Endorsement.target_id == one_id),
            )
        )
    )
