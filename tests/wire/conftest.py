"""One payload, and the stage on which it is played."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.instances import Databases
from tests.wire.payloads import Payload
from tests.wire.payloads import payload as payload_of
from tests.wire.stage import Stage, staged


@pytest.fixture
def payload(request: pytest.FixtureRequest) -> Payload:
    """The payload that the test is about, by source and name."""
    found = payload_of(*request.param)
    assert found is not None
    return found


@pytest.fixture
async def stage(payload: Payload, new_database: Databases, tmp_path: Path) -> AsyncIterator[Stage]:
    """The server, and the hosts of the payload."""
    async with staged(payload.hosts, new_database, tmp_path) as made:
        yield made
