"""Writing what the company's directory says."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, or_, update

from models.accounts import Account
from models.directory import Deactivation, DirectoryEntry, DirectoryError, DirectoryMember, DirectoryToken
from models.engine import WriteTx

_DEACTIVATIONS_KEPT = timedelta(days=1)
ERRORS_KEPT = timedelta(days=30)
_ERRORS_MOST = 1000


async def add(tx: WriteTx, row: dict[str, object]) -> None:
    """Keep a new resource; the fields are the columns."""
    await tx.execute(insert(DirectoryEntry), [row])


async def change(tx: WriteTx, entry_id: int, *, version: int, at: datetime, **values: object) -> bool:
    """Change a resource that is at this version, to the next; False where somebody was quicker."""
    statement = update(DirectoryEntry).where(DirectoryEntry.id == entry_id, DirectoryEntry.version == version)
    return (await tx.execute(statement.values(version=version + 1, changed_at=at, **values))).rowcount == 1


async def hold(tx: WriteTx, entry_id: int, at: datetime | None) -> None:
    """The end of this account waits for an administrator, or (None) no longer."""
    await tx.execute(update(DirectoryEntry).where(DirectoryEntry.id == entry_id).values(held_at=at))


async def set_aside(tx: WriteTx, entry_id: int, at: datetime) -> None:
    """Gone to the directory, and held here; its name is free again."""
    values = {"removed_at": at, "held_at": at, "name": f"#{entry_id}", "external_id": None}
    await tx.execute(update(DirectoryEntry).where(DirectoryEntry.id == entry_id).values(**values))


async def drop_set_aside(tx: WriteTx) -> None:
    """An administrator has decided on those that were set aside."""
    await tx.execute(delete(DirectoryEntry).where(DirectoryEntry.removed_at.is_not(None)))


async def remove(tx: WriteTx, entry_id: int) -> None:
    """The directory does not speak of it any more."""
    await tx.execute(delete(DirectoryEntry).where(DirectoryEntry.id == entry_id))


async def set_members(tx: WriteTx, group_id: int, user_ids: Sequence[int]) -> None:
    """Who is in a group, in the place of who was."""
    await tx.execute(delete(DirectoryMember).where(DirectoryMember.group_id == group_id))
    if user_ids:
        rows = [{"group_id": group_id, "user_id": user} for user in dict.fromkeys(user_ids)]
        await tx.execute(insert(DirectoryMember), rows)


async def note_deactivation(tx: WriteTx, at: datetime) -> None:
    """The directory closes an account; what is older than a day is forgotten."""
    await tx.execute(delete(Deactivation).where(Deactivation.at < at - _DEACTIVATIONS_KEPT))
    await tx.execute(insert(Deactivation), [{"at": at}])


async def change_email(tx: WriteTx, actor_id: int, email: str) -> None:
    """Where mail to somebody goes; the caller has looked that the folded address is free."""
    await tx.execute(update(Account).where(Account.actor_id == actor_id).values(email=email))


async def add_token(tx: WriteTx, *, name: str, token_hash: str, at: datetime) -> None:
    """A token for provisioning."""
    await tx.execute(insert(DirectoryToken), [{"name": name, "token_hash": token_hash, "created_at": at}])


async def revoke_token(tx: WriteTx, token_id: int, at: datetime) -> bool:
    """End a token; False where it has ended."""
    statement = update(DirectoryToken).where(DirectoryToken.id == token_id, DirectoryToken.revoked_at.is_(None))
    return (await tx.execute(statement.values(revoked_at=at))).rowcount == 1


async def connect(tx: WriteTx, entry_id: int, actor_id: int) -> bool:
    """From now on this person of the directory has that account; False where they have one."""
    statement = update(DirectoryEntry).where(DirectoryEntry.id == entry_id, DirectoryEntry.actor_id.is_(None))
    return (await tx.execute(statement.values(actor_id=actor_id))).rowcount == 1


async def set_role(tx: WriteTx, group_id: int, role: str | None) -> None:
    """For which office people of a group are proposed; None: for none."""
    await tx.execute(update(DirectoryEntry).where(DirectoryEntry.id == group_id).values(role=role))


async def drop_everything(tx: WriteTx) -> None:
    """Forget all people and groups that have no account: what was tried out."""
    await tx.execute(delete(DirectoryEntry).where(DirectoryEntry.actor_id.is_(None)))


async def note_use(tx: WriteTx, token_id: int, at: datetime) -> None:
    """The directory has written by this token."""
    await tx.execute(update(DirectoryToken).where(DirectoryToken.id == token_id).values(used_at=at))


async def note_error(tx: WriteTx, *, by: str, request: str, status: int, detail: str, at: datetime) -> None:
    """The directory was refused something; what is older than thirty days is forgotten, and so are all but the last
    thousand.
    """
    row = {"speaker": by[:120], "request": request[:200], "status": status, "detail": detail[:500], "at": at}
    made = (await tx.execute(insert(DirectoryError).values(**row).returning(DirectoryError.id))).scalar_one()
    too_old = or_(DirectoryError.at < at - ERRORS_KEPT, DirectoryError.id <= made - _ERRORS_MOST)
    await tx.execute(delete(DirectoryError).where(too_old))
