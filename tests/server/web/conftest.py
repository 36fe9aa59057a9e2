"""A site with nobody signed in; and a whole firm, for pages that show what people write."""

from collections.abc import AsyncIterator

import pytest

from tests.support.firm import alice, bob, clock, firm, sites
from tests.support.site import Browser, Site, running_site

__all__ = ["alice", "bob", "clock", "firm", "sites"]


@pytest.fixture
async def site(database_url: str) -> AsyncIterator[Site]:
    async with running_site(database_url) as running:
        yield running


@pytest.fixture
def browser(site: Site) -> Browser:
    return site.browser()
