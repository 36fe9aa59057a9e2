"""Writing when somebody's digest is due. Each change of a due one is conditional on what was read."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import BigInteger, String, bindparam, func, select, update

from models.accounts import Account
from models.base import UtcDateTime
from models.conditions import marked
from models.digests import NEVER
from models.engine import WriteTx
from models.mail import DIGEST
from models.notifications import Notification
from models.queries.digests import Due
from models.statements import lasting
from models.writes import mail


async def choose(tx: WriteTx, actor_id: int, pace: str) -> bool:
    """How often somebody gets a digest from now on; False where it was so already. When it is due is said anew.

    Never: what waits to be sent is not sent either, and whoever wants digests again gets nothing of the time between.
    """
    before = await tx.scalar(select(Account.digest_pace).where(Account.actor_id == actor_id))
    if before is None or before == pace:
        return False
    values: dict[str, object] = {"digest_pace": pace, "digest_due_at": None}
    if pace == NEVER:
        values["digest_since"] = None
        await mail.cancel(tx, actor_id, DIGEST)
    elif before == NEVER:
        await take_held_back(tx, actor_id)
    await tx.execute(update(Account).where(Account.actor_id == actor_id).values(**values))
    return True


async def look_again(tx: WriteTx, actor_id: int) -> None:
    """Somebody is elsewhere now, by whose clocks it is said anew when their digest is due."""
    await tx.execute(update(Account).where(Account.actor_id == actor_id).values(digest_due_at=None))


async def schedule(tx: WriteTx, wanted: Mapping[Due, datetime], now: datetime) -> None:
    """Theirs are due then; of who never got one, with what happens from now on."""
    person, pace = bindparam("person_id", type_=BigInteger()), bindparam("pace_read", type_=String())
    unchanged = (Account.actor_id == person, Account.digest_pace == pace, Account.digest_due_at.is_(None))
    due_at, begin = bindparam("then", type_=UtcDateTime()), bindparam("begin", type_=UtcDateTime())
    statement = update(Account).where(*unchanged)
    statement = statement.values(digest_due_at=due_at, digest_since=func.coalesce(Account.digest_since, begin))
    rows = [{"person_id": one.actor_id, "pace_read": one.pace, "then": wanted[one], "begin": now} for one in wanted]
    await tx.execute(statement, rows)


async def move(tx: WriteTx, one: Due, due_at: datetime, *, since: datetime | None = None) -> bool:
    """The next one is due then; `since`: this one is written, with what happened before. False where somebody else was
    first.
    """
    values: dict[str, object] = {"digest_due_at": due_at}
    if since is not None:
        values["digest_since"] = since
    unchanged = (
        Account.actor_id == one.actor_id,
        Account.digest_due_at == one.due_at,
        Account.digest_pace == one.pace,
        Account.suspended_at.is_(None),
    )
    return (await tx.execute(update(Account).where(*unchanged).values(**values))).rowcount > 0


async def hold_back(tx: WriteTx, notification_ids: Sequence[int]) -> None:
    """They are not pushed, being too many for their day: the next digest says how many they were."""
    if notification_ids:
        which = Notification.id.in_(notification_ids)
        await tx.execute(update(Notification).where(which).values(is_held_back=True))


async def take_held_back(tx: WriteTx, actor_id: int) -> int:
    """How many were held back since the last digest, which counts each once. Uses ix_notifications_held_back."""
    held = update(Notification).where(Notification.id.in_(HELD_BACK())).values(is_held_back=False)
    return (await tx.execute(held, {"of_person": actor_id})).rowcount


HELD_BACK = lasting(
    lambda: select(Notification.id).where(
        Notification.recipient_id == bindparam("of_person", type_=BigInteger()), marked(Notification.is_held_back)
    )
)
