"""Actions are tested on an installation, with keys made once: making them is slow and they may be the same."""

import pytest

from server.actions.local_actors import Keys, new_keys
from tests.support.databases import run
from tests.support.installations import clock, installation

__all__ = ["clock", "installation"]


@pytest.fixture(scope="session")
def keys() -> Keys:
    """The private keys of whoever is made."""
    return run(new_keys())
