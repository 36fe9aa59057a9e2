"""What the gate's rules need to know of a post and of who asks, for judging without a database (`gate.may_see`)."""

from dataclasses import dataclass
from datetime import datetime

from models.sharing import CommunityFacts, TermsFacts


@dataclass(frozen=True, slots=True)
class PostFacts:
    """What the rules need to know of a post."""

    author_id: int
    author_peer_id: int | None
    author_peer_is_active: bool
    audience: str
    community_id: int | None
    community: CommunityFacts | None
    label: int
    mentioned: tuple[int, ...]
    is_confirmed: bool
    is_deleted: bool
    came_at: datetime
    is_taken_out: bool = False
    """Deleted because hosts or moderators took it out, with its text kept."""
    author_is_blocked: bool = False
    """Somebody at a partner whom our administrators block."""


@dataclass(frozen=True, slots=True)
class Bonds:
    """What binds a viewer to a post: membership, following its author; of a peer, that of its people."""

    role: str | None = None
    member_since: datetime | None = None
    follows_author: bool = False
    is_guest: bool = False
    """Of a person: they are no more than a guest here."""
    is_auditor: bool = False
    """Of a person: they are in no community, whatever memberships are stored."""
    mentioned_people: frozenset[int] = frozenset()
    """Of a peer: its people who are mentioned."""
    peer_is_active: bool = True
    terms: TermsFacts | None = None
    """Of a peer: what its agreement says of the community; None: it has none in force."""
    joined_at: datetime | None = None
    """Of a peer: when the first of its people who are members joined the community."""
    is_in_case: bool = False
    """Of somebody at work in a case: it is open, and about this."""
    has_entered: bool = False
    """Of an administrator: their visible entry is into this community, and goes on."""
