"""A firm with an administrator, a second one, and an auditor."""

import pytest

from tests.support.firm import App, Firm, alice, bob, clock, firm, sites
from tests.support.site import Browser

__all__ = ["alice", "bob", "clock", "firm", "sites"]


@pytest.fixture
async def olga(firm: Firm) -> App:
    """An administrator."""
    return await firm.person("olga", role="admin")


@pytest.fixture
async def otto(firm: Firm) -> App:
    """The other administrator."""
    return await firm.person("otto", role="admin")


@pytest.fixture
async def dora(firm: Firm) -> App:
    """The auditor."""
    return await firm.person("dora", role="auditor")


@pytest.fixture
async def admin(firm: Firm, olga: App) -> Browser:
    """olga's browser."""
    return await firm.browser(olga)


@pytest.fixture
async def auditor(firm: Firm, dora: App) -> Browser:
    """dora's browser."""
    return await firm.browser(dora)
