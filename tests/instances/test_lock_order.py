"""Two acts at one moment about partners do not wait for each other for ever: one order of locks (PostgreSQL)."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import column, func, select, table

from federation.runtime import Runtime
from models.engine import WriteTx
from models.queries import agreements as reading
from models.writes import audit
from models.writes.audit import OPERATOR
from server.actions import partners
from tests.support.instances import Instance
from tests.support.waiting import until

pytestmark = pytest.mark.parametrize("new_database", ["postgresql"], indirect=True)

HOSTS = ("below.partner.test", "other.test", "partner.test")


async def suspend(tx: WriteTx, here: Runtime) -> None:
    await partners.suspend(tx, here, "partner.test", by=OPERATOR)


async def suspend_all(tx: WriteTx, here: Runtime) -> None:
    await partners.suspend_all(tx, here, by=OPERATOR)


async def allow_anew(tx: WriteTx, here: Runtime) -> None:
    await partners.allow(tx, here, ["new.test", *HOSTS], by=OPERATOR)


@pytest.mark.parametrize("act", [suspend, suspend_all, allow_anew])
@pytest.mark.parametrize("host", HOSTS)
async def test_an_act_and_a_letter_of_a_partner_follow_each_other(
    alpha: Instance, host: str, act: Callable[[WriteTx, Runtime], Awaitable[None]]
) -> None:
    """T235: a letter holds its partner's row when the act begins, and comes to the trail while the act waits."""
    async with alpha.running("web"):
        await alpha.allow(*HOSTS)
        if act is allow_anew:
            await alpha.end(host)
        db, runtime = alpha.db, alpha.services.runtime

        async def operate() -> None:
            async with db.write() as tx:
                await act(tx, runtime)

        async def waits() -> bool:
            async with db.read() as tx:
                sessions = table("pg_stat_activity", column("datname"), column("wait_event_type"))
                waiting = select(func.count()).select_from(sessions)
                waiting = waiting.where(sessions.c.datname == func.current_database())
                waiting = waiting.where(sessions.c.wait_event_type == "Lock")
                return bool(await tx.scalar(waiting)) or acting.done()

        async with db.write() as letter:
            assert await reading.standing_for_change(letter, host) is not None
            acting = asyncio.ensure_future(operate())
            await until(waits)
            await audit.append(
                letter, at=runtime.clock.now(), actor=audit.SERVER, action="letter", object=host, details={}
            )
        await acting
