"""A post on its way in, however it came: from its author, or shown by a partner's community."""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from federation.vocab import types
from models.queries.actors import ActorRow


@dataclass(frozen=True, slots=True)
class Share:
    """How a partner's community showed a post: its Announce."""

    by: ActorRow
    uri: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Incoming:
    """One post to take in; its author is authenticated (spec/group-federation.md 8, step 4)."""

    post: types.Post
    author: ActorRow
    activity: types.Activity | None
    """The Create, where there is one."""
    raw: msgspec.Raw | None
    """Its bytes, to be passed on by a community of ours."""
    share: Share | None
    received_at: datetime
    is_looked_up: bool = False
    """Found while its thread was filled in: what it answers was looked for already."""
    is_vouched: bool = False
    """The community that shows it answers for its author, whose own server is no partner here."""

    @property
    def peer_id(self) -> int | None:
        """The partner on whose word the post is here: with it, the post rests and ends."""
        return self.share.by.peer_id if self.is_vouched and self.share is not None else self.author.peer_id


@dataclass(frozen=True, slots=True)
class Echo:
    """A partner's community shows a post that one of our people sent there."""

    post_uri: str
    share: Share
    received_at: datetime
