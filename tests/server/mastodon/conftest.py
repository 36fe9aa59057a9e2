"""home.test as a whole server, with people who use apps."""

from tests.support.firm import alice, bob, clock, firm, sites

__all__ = ["alice", "bob", "clock", "firm", "sites"]
