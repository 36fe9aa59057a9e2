"""Reading how mail stands: numbers and reasons, never a letter."""

from datetime import datetime

import msgspec
from sqlalchemy import func, select

from models.accounts import Account
from models.actors import Actor
from models.engine import ReadTx
from models.mail import Mail
from models.statements import lasting


class Addressee(msgspec.Struct, frozen=True):
    """Somebody with an account, as letters need it, in the order of the columns."""

    actor_id: int
    email: str
    username: str
    display_name: str
    language: str | None

    @property
    def name(self) -> str:
        """How a letter calls them."""
        return self.display_name or self.username


class MailState(msgspec.Struct, frozen=True):
    """How mail stands. `last_reason`: of the newest letter that failed and is not sent yet, or was given up."""

    waiting: int
    given_up: int
    oldest: datetime | None
    last_reason: str | None


_ADDRESSEES = lasting(
    lambda: (
        select(Account.actor_id, Account.email, Actor.username, Actor.display_name, Account.language)
        .join(Actor, Actor.id == Account.actor_id)
        .where(Account.suspended_at.is_(None))
    )
)


async def addressee(tx: ReadTx, actor_id: int) -> Addressee | None:
    """Somebody with an open account; None for anybody else."""
    row = (await tx.select(_ADDRESSEES().where(Account.actor_id == actor_id))).fetchone()
    return None if row is None else Addressee(*row)


async def addressee_by_email(tx: ReadTx, email: str) -> Addressee | None:
    """Whose open account has this e-mail address, in lower case."""
    row = (await tx.select(_ADDRESSEES().where(Account.email == email))).fetchone()
    return None if row is None else Addressee(*row)


async def with_role(tx: ReadTx, role: str) -> list[Addressee]:
    """Everybody with this role, at most a hundred."""
    statement = _ADDRESSEES().where(Account.role == role).order_by(Account.actor_id).limit(100)
    return [Addressee(*row) for row in await tx.select(statement)]


async def any_due(tx: ReadTx, now: datetime) -> bool:
    """Whether a letter's time has come. Uses ix_mails_next_attempt_at."""
    return await tx.scalar(select(Mail.id).where(Mail.next_attempt_at <= now).limit(1)) is not None


async def state(tx: ReadTx) -> MailState:
    """How mail stands."""
    waiting, oldest = (
        await tx.select(select(func.count(), func.min(Mail.created_at)).where(Mail.next_attempt_at.is_not(None)))
    ).one()
    is_given_up = (Mail.next_attempt_at.is_(None), Mail.sent_at.is_(None))
    given_up = await tx.scalar(select(func.count()).select_from(Mail).where(*is_given_up))
    failed = select(Mail.reason).where(Mail.sent_at.is_(None), Mail.reason.is_not(None))
    return MailState(waiting, given_up, oldest, await tx.scalar(failed.order_by(Mail.id.desc()).limit(1)))
