"""An activity to send and to whom, as plain data: what handlers and actions return, and the outbox stores."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from federation.runtime import Maker, Prover


class Form(StrEnum):
    """Which kind of software an activity is meant for (spec/group-federation.md 7)."""

    ALL = "all"
    GROUP_AWARE = "group-aware"
    """An activity inside an Announce (FEP-1b12)."""
    MICROBLOG = "microblog"
    """An Announce of a post's id."""
    ADDRESSED = "addressed"
    """What somebody of ours says in a community, for members who are named in it and whose software knows no groups."""


GROUP_AWARE_SOFTWARE = (
    "entrepairs", "lemmy", "piefed", "mbin", "kbin", "nodebb", "discourse", "friendica", "wordpress", "lotide",
    "hubzilla", "streams", "forte",
)  # fmt: skip
MICROBLOG_SOFTWARE = (
    "mastodon", "glitchcafe", "hometown", "gotosocial", "hollo", "takahe", "pleroma", "akkoma", "misskey", "sharkey",
    "iceshrimp", "firefish", "pixelfed",
)  # fmt: skip


class Showing(NamedTuple):
    """What shows a new thread in a community of ours: number and id of the Announce that holds it, and of the one of
    its id alone.
    """

    whole: tuple[int, str]
    by_id: tuple[int, str]

    @staticmethod
    def new(here: Maker, at: datetime) -> "Showing":
        """Under fresh ids."""
        return Showing.numbered(here, here.tokens.next_id(at), here.tokens.next_id(at))

    @staticmethod
    def numbered(here: Maker, whole: int, by_id: int) -> "Showing":
        """Under ids that were given before."""
        one, other = ((number, here.config.url(f"/activities/{number}")) for number in (whole, by_id))
        return Showing(one, other)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One activity of one of our actors."""

    id: int
    """Of its row; also in its address."""
    uri: str
    type: str
    actor_id: int
    """Who signs it."""
    document: dict[str, object]
    """May hold `msgspec.Raw` where something is passed on byte for byte."""
    at: datetime
    to_followers_of: int | None = None
    """Goes to the accepted followers of this actor at allowed peers."""
    to_actors: tuple[int, ...] = ()
    """Goes to these actors as well."""
    community_id: int | None = None
    """The community whose agreement, scope and label decide who may have it; also what order is kept for."""
    ordered_in: int | None = None
    """The community for which order is kept, although it decides nothing: who leaves it has said all before."""
    label: int = 0
    post_id: int | None = None
    form: Form = Form.ALL
    has_content: bool = False
    """Shows a post: dropped from the queue when the peer may no longer have it."""
    opens_history: bool = False
    """An answer to a new member: if theirs is the first of a peer, and the community's hosts opened its history, what
    it announced so far follows.
    """
    in_outbox: bool = False
    prover: Prover | None = None
    """Set: it gets an integrity proof of its actor when it is stored. Never of what is not for everybody."""
    is_formal: bool = False
    """About the exchange itself: to the actor's own inbox, and sent also while the peer is suspended."""
