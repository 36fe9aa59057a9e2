"""A server inside the test that can be killed: from one moment to the next nothing of it goes on.

Its tasks are cut off where they are, and whatever they still try, no statement reaches the database any more: what was
not committed is lost, as after SIGKILL. Then it can be started again on what the database has.
"""

import asyncio
import weakref
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from contextvars import Context, ContextVar
from typing import Any

from sqlalchemy import event

from models.engine import Database
from tests.support.instances import Instance

_LIFE: ContextVar["Life | None"] = ContextVar("life", default=None)


class Dead(Exception):
    """A statement of a server that was killed."""


class Life:
    """One run of a server, from its start until it is killed or told to stop."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._is_up, self._stops = asyncio.Event(), asyncio.Event()
        self.tasks: weakref.WeakSet[asyncio.Task[Any]] = weakref.WeakSet()
        _LIFE.set(self)
        # In a context of its own, which every task inherits that the server starts.
        self._task = asyncio.ensure_future(self._run())
        _LIFE.set(None)

    async def _run(self) -> None:
        async with self._instance.running():
            self._is_up.set()
            await self._stops.wait()

    async def begin(self) -> None:
        """Wait until the server answers. Raises what kept it from starting."""
        up = asyncio.ensure_future(self._is_up.wait())
        await asyncio.wait([up, self._task], return_when=asyncio.FIRST_COMPLETED)
        up.cancel()
        if self._task.done():
            self._task.result()

    async def stop(self) -> None:
        """End it as an operator does."""
        self._stops.set()
        await self._task

    async def kill(self) -> None:
        """End it at once."""
        db = self._instance.db
        _silence(db)
        for task in list(self.tasks):
            task.cancel()
        # What is given back to its pool after that was closed would stay connected until it is collected.
        while going := [task for task in self.tasks if not task.done()]:
            await asyncio.wait(going)
        with suppress(Dead, asyncio.CancelledError):
            self._task.result()
        await db.close()


def _silence(db: Database) -> None:
    """No statement gets through any more."""

    def refuse(*_: object) -> None:
        raise Dead

    for engine in db.engines:
        event.listen(engine.sync_engine, "before_cursor_execute", refuse)


@asynccontextmanager
async def mortal() -> AsyncIterator[None]:
    """For the time of the block, the running loop knows which task belongs to which life."""
    loop = asyncio.get_running_loop()
    before = loop.get_task_factory()
    loop.set_task_factory(_registering)
    try:
        yield
    finally:
        loop.set_task_factory(before)


def _registering(
    loop: asyncio.AbstractEventLoop, work: Any, context: Context | None = None, **options: Any
) -> "asyncio.Task[Any]":
    make: Callable[..., asyncio.Task[Any]] = asyncio.Task
    task = make(work, loop=loop, context=context, **options)
    life = context.get(_LIFE) if context is not None else _LIFE.get()
    if life is not None:
        life.tasks.add(task)
    return task
