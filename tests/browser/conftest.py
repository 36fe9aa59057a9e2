"""One browser and one firm for all tests of a module; the firm has something on every page."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from models.migrate import upgrade
from tests.browser import world
from tests.browser.chromium import axe_source, running_chromium
from tests.browser.world import World
from tests.support.clock import FakeClock
from tests.support.firm import running_firm


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    async with running_chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def axe() -> str:
    return axe_source()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def firm_world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    folder = tmp_path_factory.mktemp("world")
    url = f"sqlite+aiosqlite:///{folder}/entrepairs.db"
    await upgrade(url)
    async with running_firm(url, folder, FakeClock()) as firm:
        yield await world.filled(firm)
