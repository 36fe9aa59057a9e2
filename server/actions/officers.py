"""Who runs the server: administrators and auditors; no step that needs two is taken by one (product section 9).

One person has one role, so that nobody is both. Commands act as the operator, who is not an officer.
"""

import msgspec

from models.accounts import ADMIN, AUDITOR
from server.actions.refusals import NotAllowed
from server.http.languages import to_translate


class Officer(msgspec.Struct, frozen=True):
    """A person with a role for the whole server, as they are signed in."""

    actor_id: int
    acct: str
    """How they stand in the audit trail."""
    role: str

    def require(self, *roles: str) -> None:
        """Raises `NotAllowed` for all other roles."""
        if self.role in roles:
            return
        if roles == (AUDITOR,):
            raise NotAllowed(to_translate("Only an auditor may do this, and an administrator is never one."))
        if roles == (ADMIN,):
            raise NotAllowed(to_translate("Only an administrator may do this, and an auditor is never one."))
        raise NotAllowed(to_translate("Only those who run the server may do this."))

    def require_other_than(self, actor_id: int | None) -> None:
        """The second of two steps is somebody else's than the first. Raises `NotAllowed`."""
        if actor_id == self.actor_id:
            raise NotAllowed(to_translate("This step needs a second person: you have taken the one before it."))
