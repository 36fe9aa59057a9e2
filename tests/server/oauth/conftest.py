"""A site with nobody signed in."""

from collections.abc import AsyncIterator

import pytest

from tests.support.site import Browser, Site, running_site


@pytest.fixture
async def site(database_url: str) -> AsyncIterator[Site]:
    async with running_site(database_url) as running:
        yield running


@pytest.fixture
def browser(site: Site) -> Browser:
    return site.browser()
