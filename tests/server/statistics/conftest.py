"""A firm for the statistics of its communities."""

from tests.support.firm import alice, bob, clock, firm, sites

__all__ = ["alice", "bob", "clock", "firm", "sites"]
