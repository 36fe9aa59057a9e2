"""What every test may ask for, what a run says at its end, and what keeps thousands of tests from slowing down."""

import gc
from collections.abc import Iterator

import pytest
from aiohttp import web_app
from hypothesis import HealthCheck, settings

from tests.support import haste

_UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
"""However busy the machine is: how long things take is measured elsewhere."""

settings.register_profile("repeatable", _UNHURRIED, derandomize=True)
settings.register_profile("exploring", _UNHURRIED)
# The same examples in every run, so that one that fails fails again; `make walk` looks for others.
settings.load_profile("repeatable")

pytest_plugins = ["tests.support.databases", "tests.support.peers", "tests.wire.table"]


def pytest_configure() -> None:
    """Before anything is connected."""
    haste.begin()


def pytest_collectstart() -> None:
    """Nothing of what is imported and collected is garbage: looking for it takes a fifth of the time."""
    gc.disable()


def pytest_collection_finish() -> None:
    """What was collected stays to the end: looking through it for garbage again and again costs half of all time.

    Besides, it is looked for as seldom as in a server that serves (`server/app.py`).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)
    gc.enable()


@pytest.fixture(autouse=True)
def _servers_are_let_go() -> Iterator[None]:
    """aiohttp remembers the middlewares of a thousand handlers, and with them whole servers of earlier tests."""
    yield
    web_app._cached_build_middleware.cache_clear()
