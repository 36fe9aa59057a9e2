"""Lines of refusals in the log are bounded, by host and reason, and the others are counted (threats R8, 1.3, T100)."""

import asyncio
from collections.abc import Iterator

import pytest
import structlog
from structlog.testing import LogCapture

from server.log_limits import LINES, WINDOW_SECONDS, RefusalLimit
from tests.support.held_clock import HeldClock
from tests.support.waiting import until


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def limit(clock: HeldClock) -> RefusalLimit:
    return RefusalLimit(clock)


@pytest.fixture
def lines(limit: RefusalLimit) -> Iterator[LogCapture]:
    """What passes the limit."""
    capture, before = LogCapture(), structlog.get_config()
    structlog.configure(processors=[limit, capture], cache_logger_on_first_use=False)
    yield capture
    structlog.configure(**before)


def refuse(
    times: int, *, event: str = "inbox.refused", peer: str = "partner.test", reason: str = "sig_invalid"
) -> None:
    log = structlog.get_logger()
    for _ in range(times):
        log.info(event, peer=peer, reason=reason)


def test_as_many_lines_as_the_limit_are_written_and_the_next_is_not(lines: LogCapture, limit: RefusalLimit) -> None:
    refuse(LINES)
    limit.end_window()
    assert len(lines.entries) == LINES

    refuse(LINES + 1)
    limit.end_window()

    assert len(lines.entries) == 2 * LINES + 1
    assert lines.entries[-1] == {
        "event": "inbox.refused.more",
        "peer": "partner.test",
        "reason": "sig_invalid",
        "left_out": 1,
        "seconds": 0,
        "log_level": "warning",
    }


def test_each_host_reason_and_event_has_lines_of_its_own(lines: LogCapture) -> None:
    refuse(LINES + 5)
    refuse(1, peer="sub.test")
    refuse(1, reason="sig_stale")
    refuse(1, event="read.refused")
    refuse(3, event="server.ready")

    assert len(lines.entries) == LINES + 3 + 3


async def test_a_window_ends_after_a_minute_and_when_the_server_stops(
    lines: LogCapture, limit: RefusalLimit, clock: HeldClock
) -> None:
    refuse(LINES + 7)

    windows = asyncio.ensure_future(limit.run())

    async def is_asleep() -> bool:
        return clock.wakes_somebody_within(WINDOW_SECONDS)

    async def was_summed_up() -> bool:
        return bool(lines.entries[-1]["event"] == "inbox.refused.more")

    await until(is_asleep)
    clock.advance(seconds=WINDOW_SECONDS)
    await until(was_summed_up)
    refuse(LINES + 2)
    windows.cancel()
    await asyncio.gather(windows, return_exceptions=True)

    assert [entry["left_out"] for entry in lines.entries if entry["event"] == "inbox.refused.more"] == [7, 2]
