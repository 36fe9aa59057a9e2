"""Who acts in a community of ours, as what, and how it is written down: in the audit trail and in its own log."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from federation.runtime import Maker
from models.communities import GUEST_ROLE, HOST_ROLE, MODERATOR_ROLE
from models.engine import WriteTx
from models.gate import Standing, Verb, may
from models.moderation import ADMINISTRATOR
from models.queries.actors import ActorRow
from models.queries.follows import FollowRow
from models.writes import audit, moderation_log
from models.writes.moderation_log import About
from server.actions import local_actors
from server.actions.barred import OVER
from server.actions.refusals import Invalid, NotAllowed
from server.http.languages import to_translate

HOSTS_IT: Final = to_translate("%(person)s hosts %(community)s: somebody else has to host it first.")


class Here(local_actors.Here, Maker, Protocol):
    """What moderating needs to know of this server."""


@dataclass(frozen=True, slots=True)
class Seat:
    """Who acts in which community of ours, and how it stands in the trail."""

    community: ActorRow
    actor: ActorRow
    standing: Standing
    by: str
    at: datetime
    is_servers: bool = False
    """Who runs the server acts, and is not `actor`."""

    @property
    def acts_as(self) -> str:
        """How whoever acts is named in the community's own log: by role."""
        role = self.standing.role
        return ADMINISTRATOR if self.is_servers or role not in (HOST_ROLE, MODERATOR_ROLE) else role

    def require(self, verb: Verb, *, lasts: timedelta | None = None) -> None:
        """Raises `NotAllowed` for what only others may do there."""
        if may(self.standing, verb, lasts=lasts):
            return
        if self.standing.is_over and may(replace(self.standing, is_over=False), verb, lasts=lasts):
            raise NotAllowed(OVER)
        raise NotAllowed(to_translate("Only those who lead %(community)s may do this"), community=self.community.acct)


def require_no_guest(membership: FollowRow, person: ActorRow) -> None:
    """A guest leads nothing, and stays one (product section 9). Raises `Invalid`."""
    if membership.role == GUEST_ROLE:
        raise Invalid(to_translate("%(name)s is a guest: guests read, answer and react."), name=person.acct)


async def log_act(tx: WriteTx, place: Seat, action: str, about: str, **details: object) -> None:
    """In the audit trail, without anything that somebody wrote."""
    details["community"] = place.community.acct
    await audit.append(tx, at=place.at, actor=place.by, action=f"community.{action}", object=about, details=details)


async def note(tx: WriteTx, place: Seat, act: str, about: About) -> None:
    """In the community's own moderation log, once it is done, with the reason."""
    await moderation_log.note(
        tx,
        act,
        about,
        community_id=place.community.id,
        at=place.at,
        role=place.acts_as,
        by_id=None if place.is_servers else place.actor.id,
    )
