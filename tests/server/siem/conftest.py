"""A firm with an administrator and an auditor whose trail is streamed."""

from tests.server.admin.conftest import admin, auditor, dora, olga
from tests.support.firm import alice, bob, clock, firm, sites

__all__ = ["admin", "alice", "auditor", "bob", "clock", "dora", "firm", "olga", "sites"]
