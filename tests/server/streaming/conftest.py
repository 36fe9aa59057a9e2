"""A firm with a community, its people, and what listens to it."""

from tests.support.firm import alice, bob, firm, sites
from tests.support.firm import clock_at_work as clock

__all__ = ["alice", "bob", "clock", "firm", "sites"]
