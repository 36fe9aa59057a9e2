"""A firm, for the tests of mail."""

from tests.support.firm import clock_at_work as clock
from tests.support.firm import firm

__all__ = ["clock", "firm"]
