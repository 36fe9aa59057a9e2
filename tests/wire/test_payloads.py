"""Every payload, delivered or fetched over HTTP, does what the index says that a correct server does with it."""

import pytest

from tests.wire.payloads import COLLECTED, OWN, Payload, listed, owned, payload
from tests.wire.rows import ROWS
from tests.wire.stage import Stage

PRESENT = [(source, name) for name in ROWS for source in (COLLECTED, OWN) if payload(source, name)]


@pytest.mark.parametrize("new_database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("payload", PRESENT, ids="-".join, indirect=True)
async def test_a_payload_does_what_its_line_says(payload: Payload, stage: Stage) -> None:
    await ROWS[payload.name](stage, payload)


@pytest.mark.skipif(not listed(), reason="collected payloads are not beside the repository")
def test_every_line_of_the_index_is_a_row() -> None:
    assert sorted(set(listed()) - set(ROWS)) == []


def test_every_row_has_a_payload_of_our_own() -> None:
    assert sorted(owned()) == sorted(ROWS)
