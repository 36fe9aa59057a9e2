"""Writing subscriptions to pushes, and what is owed to them."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, insert, or_, select, update
from sqlalchemy.sql.elements import SQLCoreOperations

from models.conditions import marked, some
from models.dialect import insert_or_ignore
from models.engine import WriteTx
from models.notifications import Notification
from models.oauth import Token
from models.pushes import PushMessage, PushSubscription
from models.queries.pushes import SubscriptionRow

PUSHES = "pushes"
"""Channel woken when there is something to push."""

# --- subscriptions ---


async def subscribe(tx: WriteTx, row: SubscriptionRow, at: datetime) -> None:
    """Put a subscription in the place of the token's earlier one, with what was owed to that."""
    # Two at once would both find none to replace.
    await tx.execute(select(Token.id).where(Token.id == row.token_id).with_for_update(key_share=True))
    await unsubscribe(tx, row.token_id)
    values = {name: getattr(row, name) for name in SubscriptionRow.__struct_fields__ if name != "id"}
    await tx.execute(insert(PushSubscription).values(**values, created_at=at))


async def choose(tx: WriteTx, token_id: int, *, alerts: Sequence[str], policy: str) -> None:
    """What the token's app is told from now on."""
    chosen = update(PushSubscription).where(PushSubscription.token_id == token_id)
    await tx.execute(chosen.values(alerts=list(alerts), policy=policy))


async def unsubscribe(tx: WriteTx, token_id: int) -> None:
    """Nothing is told to the token's app any more."""
    await tx.execute(delete(PushSubscription).where(PushSubscription.token_id == token_id))


async def end_with_tokens(tx: WriteTx, which: ColumnElement[bool]) -> None:
    """The subscriptions of tokens that have ended (T143); `which` is a condition over tokens."""
    ended = select(Token.id).where(which)
    await tx.execute(delete(PushSubscription).where(PushSubscription.token_id.in_(ended)))


# --- what is owed ---


def has_subscription(person_id: SQLCoreOperations[int]) -> ColumnElement[bool]:
    """The person's apps are to be told: the column `owes_push` of a notification that is being made for them."""
    return some(PushSubscription, PushSubscription.actor_id == person_id)


async def spread(tx: WriteTx, most: int) -> int:
    """Owe notifications that were made lately to each subscription of their recipients; how many they were."""
    made = select(Notification.id).where(marked(Notification.owes_push)).order_by(Notification.id).limit(most)
    taken = (
        update(Notification)
        .where(Notification.id.in_(made.with_for_update(skip_locked=True)))
        .values(owes_push=False)
        .returning(Notification.id)
    )
    ids = [row[0] for row in await tx.execute(taken)]
    owed = (
        select(PushSubscription.id, Notification.id, Notification.created_at)
        .join(Notification, Notification.recipient_id == PushSubscription.actor_id)
        .where(Notification.id.in_(ids))
    )
    columns = ["subscription_id", "notification_id", "created_at"]
    if ids:
        await tx.execute(insert_or_ignore(tx, PushMessage).from_select(columns, owed))
    return len(ids)


async def claim(tx: WriteTx, *, now: datetime, until: datetime, most: int) -> list[int]:
    """Take what is owed and whose subscription does not wait, the oldest first; nobody else has it until then."""
    ready = (
        select(PushMessage.id)
        .join(PushSubscription, PushSubscription.id == PushMessage.subscription_id)
        .where(
            or_(PushMessage.leased_until.is_(None), PushMessage.leased_until <= now),
            or_(PushSubscription.retry_at.is_(None), PushSubscription.retry_at <= now),
        )
        .order_by(PushMessage.created_at)
        .limit(most)
        .with_for_update(skip_locked=True, of=PushMessage)
    )
    statement = (
        update(PushMessage).where(PushMessage.id.in_(ready)).values(leased_until=until).returning(PushMessage.id)
    )
    return [row[0] for row in await tx.execute(statement)]


async def settle(tx: WriteTx, message_ids: Sequence[int], leased_until: datetime) -> None:
    """They were sent, or are not to be sent any more."""
    mine = (PushMessage.id.in_(message_ids), PushMessage.leased_until == leased_until)
    if message_ids:
        await tx.execute(delete(PushMessage).where(*mine))


async def put_back(tx: WriteTx, message_ids: Sequence[int], leased_until: datetime) -> None:
    """They could not be sent now."""
    mine = (PushMessage.id.in_(message_ids), PushMessage.leased_until == leased_until)
    if message_ids:
        await tx.execute(update(PushMessage).where(*mine).values(leased_until=None))


async def hold(tx: WriteTx, subscription_id: int, until: datetime) -> None:
    """Its person is not to be disturbed before."""
    held = update(PushSubscription).where(PushSubscription.id == subscription_id, PushSubscription.failures == 0)
    await tx.execute(held.values(retry_at=until))


async def note_success(tx: WriteTx, subscription_ids: Collection[int]) -> None:
    """The push service takes messages for them."""
    failed = (PushSubscription.id.in_(subscription_ids), PushSubscription.failures > 0)
    if subscription_ids:
        await tx.execute(update(PushSubscription).where(*failed).values(failures=0, retry_at=None))


async def note_failure(tx: WriteTx, subscription_id: int, *, retry_at: datetime) -> None:
    """The push service took nothing: everything for this subscription waits."""
    failed = update(PushSubscription).where(PushSubscription.id == subscription_id)
    await tx.execute(failed.values(failures=PushSubscription.failures + 1, retry_at=retry_at))


async def expire(tx: WriteTx, subscription_ids: Collection[int]) -> None:
    """The push service knows them no longer."""
    if subscription_ids:
        await tx.execute(delete(PushSubscription).where(PushSubscription.id.in_(subscription_ids)))


async def void_leases(tx: WriteTx) -> None:
    """The workers that had them are no more."""
    leased = PushMessage.leased_until.is_not(None)
    await tx.execute(update(PushMessage).where(leased).values(leased_until=None))


async def forget(tx: WriteTx, *, before: datetime, most: int) -> int:
    """Drop what has been owed for too long to be news, but for what waits until its reader may be disturbed; how much
    it was.
    """
    waits = some(
        PushSubscription,
        PushSubscription.id == PushMessage.subscription_id,
        PushSubscription.failures == 0,
        PushSubscription.retry_at > before,
    )
    old = select(PushMessage.id).where(PushMessage.created_at < before, ~waits).limit(most)
    return (await tx.execute(delete(PushMessage).where(PushMessage.id.in_(old)))).rowcount
