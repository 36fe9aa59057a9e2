"""A firm whose own API is asked."""

from tests.support.firm import alice, bob, clock, firm, sites

__all__ = ["alice", "bob", "clock", "firm", "sites"]
