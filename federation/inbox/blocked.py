"""Actors at partners whom our administrators block: nothing that they do counts here (spec/group-federation.md 18).

At the door it is a 403. What was taken in before, and what a partner's community passes on, ends here. They may delete
what they wrote all the same: no answer is asked for twice, and what is shown again after the block must not bring back
what its author took back.
"""

from typing import Final

from federation.errors import Denied
from models.queries.actors import ActorRow

TAKES_AWAY: Final = "Delete"


def require_unblocked(actor: ActorRow, activity_type: str = "") -> None:
    """Raises `Denied` for what a blocked actor does, but deletions."""
    if actor.blocked_at is not None and activity_type != TAKES_AWAY:
        raise Denied("this actor is blocked here", reason="actor_blocked", actor=actor.uri)
