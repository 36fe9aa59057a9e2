"""Signals between processes, through a Redis that is really there."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisLost

from models.signals import EDITED, PLACED, TOLD, Signal
from server.streaming.redis_bus import MAX_UNSENT, RedisBus
from tests.support.clock import NOON
from tests.support.waiting import PATIENCE_SECONDS, until

STEPS_TO_LISTEN: Final = 150
"""Turns of the event loop, more than it takes until Redis has answered."""


class Heard:
    """What came in."""

    def __init__(self) -> None:
        self.signals: list[Signal] = []

    def take(self, signals: Sequence[Signal]) -> None:
        self.signals += signals


@asynccontextmanager
async def process(url: str, channel: str, name: str) -> AsyncIterator[tuple[RedisBus, Heard]]:
    """A process of an installation that listens."""
    bus, heard = RedisBus(url, channel, name), Heard()
    bus.deliver_to(heard.take)
    running = asyncio.ensure_future(bus.run())
    try:
        await asyncio.wait_for(bus.listening.wait(), PATIENCE_SECONDS)
        yield bus, heard
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
def channel() -> str:
    """An installation of its own."""
    return f"entrepairs test {uuid.uuid4().hex}"


async def test_what_one_process_says_all_hear_once(redis_url: str, channel: str) -> None:
    said = [Signal(PLACED, 2**60), Signal(TOLD, 7, NOON)]
    async with process(redis_url, channel, "one") as (one, here), process(redis_url, channel, "two") as (two, there):
        one.publish(said)
        assert here.signals == said

        two.publish([Signal(EDITED, 3)])
        await until(lambda: count(there, 3))
        await until(lambda: count(here, 3))

    assert set(here.signals) == set(there.signals) == {*said, Signal(EDITED, 3)}


async def count(heard: Heard, number: int) -> bool:
    return len(heard.signals) == number


async def test_installations_on_one_redis_do_not_hear_each_other(redis_url: str, channel: str) -> None:
    async with (
        process(redis_url, channel, "one") as (one, _),
        process(redis_url, channel, "two") as (_, there),
        process(redis_url, f"{channel} other", "one") as (other, elsewhere),
    ):
        other.publish([Signal(PLACED, 1)])
        one.publish([Signal(PLACED, 2)])
        await until(lambda: count(there, 1))

        assert there.signals == [Signal(PLACED, 2)]
        assert elsewhere.signals == [Signal(PLACED, 1)]


async def test_what_cannot_be_read_is_passed_over(redis_url: str, channel: str) -> None:
    async with process(redis_url, channel, "one") as (_, heard), Redis.from_url(redis_url) as redis:
        for text in (b"no JSON", b"[1]", b'["two", [["placed", "x"]]]', b'["two", [["placed", 5]]]'):
            await redis.publish(channel, text)
        await until(lambda: count(heard, 1))

    assert heard.signals == [Signal(PLACED, 5)]


async def test_without_redis_this_process_still_hears_itself(channel: str) -> None:
    bus, heard = RedisBus("redis://127.0.0.1:1/0", channel, "one"), Heard()
    bus.deliver_to(heard.take)
    with pytest.raises(RedisLost):
        await bus.run()

    bus.publish([Signal(PLACED, 1)] * (MAX_UNSENT + 1))

    assert len(heard.signals) == MAX_UNSENT + 1


async def test_a_process_ends_wherever_it_is_on_its_way_to_redis(redis_url: str, channel: str) -> None:
    """A cancellation is lost where the driver waits for what has just come; a server that stops then must not hang."""
    for steps in range(STEPS_TO_LISTEN):
        running = asyncio.ensure_future(RedisBus(redis_url, channel, "one").run())
        for _ in range(steps):
            await asyncio.sleep(0)

        running.cancel()
        done, _ = await asyncio.wait([running], timeout=PATIENCE_SECONDS)

        assert done, f"cancelled after {steps} steps it still runs"
