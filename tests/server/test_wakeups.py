"""Wake-ups between processes that share a PostgreSQL database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from sqlalchemy import make_url

from server.wakeups import SharedEvents
from tests.support.waiting import PATIENCE_SECONDS as PATIENCE


@asynccontextmanager
async def listening(url: str, *channels: str) -> AsyncIterator[SharedEvents]:
    """Wake-ups of one process; ready when it listens."""
    events = SharedEvents(url, channels)
    running = asyncio.ensure_future(events.run())
    try:
        await asyncio.wait_for(events.listening.wait(), PATIENCE)
        yield events
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_what_one_process_commits_wakes_another(migrated_postgres_url: str) -> None:
    url = migrated_postgres_url
    async with listening(url, "inbox", "outbox") as one, listening(url, "inbox", "outbox") as other:
        one.wake("outbox")

        assert await other.wait("outbox", PATIENCE)
        assert not await other.wait("inbox", 0)


async def test_a_channel_may_have_a_name_of_two_words(migrated_postgres_url: str) -> None:
    url = migrated_postgres_url
    async with listening(url, "calling back") as one, listening(url, "calling back") as other:
        one.wake("calling back")

        assert await other.wait("calling back", PATIENCE)


async def test_a_process_does_not_wake_itself_twice(migrated_postgres_url: str) -> None:
    async with listening(migrated_postgres_url, "inbox") as one, listening(migrated_postgres_url, "inbox") as other:
        one.wake("inbox")

        assert await one.wait("inbox", 0)
        assert await other.wait("inbox", PATIENCE)
        # What the other says now comes after the echo of what was said before.
        other.wake("inbox")
        assert await one.wait("inbox", PATIENCE)
        assert not await one.wait("inbox", 0)


async def test_many_wake_ups_at_once_are_told_once(migrated_postgres_url: str) -> None:
    heard: list[str] = []
    told = asyncio.Event()
    plain = make_url(migrated_postgres_url).set(drivername="postgresql").render_as_string(hide_password=False)
    ear = await asyncpg.connect(plain)
    await ear.add_listener("entrepairs_inbox", lambda *_: heard.append("inbox"))
    await ear.add_listener("entrepairs_outbox", lambda *_: told.set())
    async with listening(migrated_postgres_url, "inbox", "outbox") as one:
        for _ in range(100):
            one.wake("inbox")
        one.wake("outbox")

        await asyncio.wait_for(told.wait(), PATIENCE)
    await ear.close()

    assert heard == ["inbox"]


async def test_a_lost_connection_is_an_error_for_the_supervisor_to_begin_again(migrated_postgres_url: str) -> None:
    events = SharedEvents(migrated_postgres_url, ["inbox"])
    running = asyncio.ensure_future(events.run())
    await asyncio.wait_for(events.listening.wait(), PATIENCE)
    plain = make_url(migrated_postgres_url).set(drivername="postgresql").render_as_string(hide_password=False)
    operator = await asyncpg.connect(plain)
    await operator.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await operator.close()

    with pytest.raises((OSError, asyncpg.PostgresError, asyncpg.InterfaceError)):
        await asyncio.wait_for(running, PATIENCE)
    assert not events.listening.is_set()
