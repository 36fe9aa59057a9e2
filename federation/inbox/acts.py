"""Who may do what where: an activity about a community or its posts, with where it came from, and its sender's place.

What comes directly counts in our communities, and in a partner's if it comes from its own server; what a partner's
community passes on counts in that one alone (spec/group-federation.md 8, step 5). Everything else is not decided here,
and has no effect.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic

import msgspec

from federation.errors import Denied
from federation.inbox.context import Kind, Received, Tools
from federation.transport.hosts import same_origin
from federation.vocab.compose import Composer
from federation.vocab.outgoing import Outgoing
from models.communities import HOST_ROLE
from models.engine import ReadTx, WriteTx
from models.gate import Operation, Standing
from models.moderation import PARTNER
from models.queries import actors, moderation, posts
from models.queries.actors import ActorRow
from models.queries.posts import PostRow
from models.writes import moderation_log
from models.writes.moderation_log import About


@dataclass(frozen=True, slots=True)
class Act(Generic[Kind]):
    """An activity whose sender is authenticated, or vouched for by the community that passed it on (`via`)."""

    activity: Kind
    actor: ActorRow
    via: ActorRow | None
    raw: msgspec.Raw | None
    """As received, to be passed on by a community of ours; None: it came through a partner's."""
    at: datetime
    receipt: tuple[str, str]
    """The id of the activity that brought it and its sender's: the act itself, or what passed it on."""

    @staticmethod
    def of(received: Received[Kind]) -> "Act[Kind]":
        """What came directly from whoever did it."""
        receipt = received.activity.id, received.actor.uri
        return Act(received.activity, received.actor, None, received.raw, received.received_at, receipt)

    def decides(self, community: ActorRow | None) -> bool:
        """Whether this can have an effect in the community at all: in ours; in a partner's what it passes on, and what
        its own server's people say to us directly, since whoever is concerned may hear of it in no other way.
        """
        if community is None or not community.is_community:
            return False
        if self.via is not None:
            return community.id == self.via.id
        return community.is_local or same_origin(self.actor.uri, community.uri)

    def relayed(
        self, tools: Tools, community: ActorRow, post: PostRow | None = None, *, is_kept: bool = False
    ) -> list[Outgoing]:
        """What a community of ours makes of it for its members' servers; `is_kept`: for those that were away, too."""
        if not community.is_local or self.raw is None:
            return []
        return Composer(tools.runtime, self.at).relay(community, self.raw, post, by=self.actor, is_kept=is_kept)

    async def note(self, tx: WriteTx, act: str, community: ActorRow, role: str | None, about: About) -> None:
        """In the moderation log, if the community is ours; who has no role in it is a partner's server."""
        if community.is_local:
            await moderation_log.note(
                tx,
                act,
                about,
                community_id=community.id,
                at=self.at,
                role=role or PARTNER,
                by_id=self.actor.id,
            )

    def refused(self, why: str) -> Denied:
        """The error for what the sender has no right to."""
        return Denied(why, reason="not_authorized", activity=self.activity.id, actor=self.actor.uri)


@dataclass(frozen=True, slots=True)
class Place:
    """A post in a community, and the sender's standing there."""

    post: PostRow
    community: ActorRow
    standing: Standing


async def standing_in(tx: ReadTx, act: Act[Kind], community: ActorRow) -> Standing:
    """The sender's place in a community. Its own server's people count as leading a partner's community: it answers
    for them (FEP-1b12's administrators).
    """
    found = await moderation.standing(tx, act.actor.id, community.id, act.at)
    if act.actor.blocked_at is not None:
        return Standing(found.actor_id, is_active=False, role=None)
    if not community.is_local and same_origin(act.actor.uri, community.uri):
        return Standing(found.actor_id, is_active=True, role=HOST_ROLE, is_banned=found.is_banned)
    return found


async def place_of(tx: ReadTx, act: Act[Kind], post_uri: str) -> Place | None:
    """The post meant and the sender's standing; None where the act can have no effect on it."""
    post = await posts.by_uri(tx, post_uri, Operation())
    if post is None or post.community_id is None:
        return None
    community = await actors.by_id(tx, post.community_id)
    if community is None or not act.decides(community):
        return None
    return Place(post, community, await standing_in(tx, act, community))


async def community_named(tx: ReadTx, act: Act[Kind], uri: str) -> ActorRow | None:
    """The community with this id, where the act can have an effect in it."""
    community = await actors.by_uri(tx, uri)
    return community if community is not None and act.decides(community) else None
