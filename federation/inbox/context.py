"""What a handler is given: the activity, who sent it, and what the protocol may use."""

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

import msgspec

from federation.actors import ActorDirectory
from federation.discovery import Discovery
from federation.inbox.proven import ProofReader
from federation.peers import PeerBook
from federation.runtime import Budget, Runtime
from federation.vocab.compose import Composer
from federation.vocab.types import Activity
from models.queries.actors import ActorRow

Kind = TypeVar("Kind", bound=Activity, covariant=True)


@dataclass(frozen=True, slots=True)
class Tools:
    """Shared by all activities of a process."""

    runtime: Runtime
    peers: PeerBook
    directory: ActorDirectory
    discovery: Discovery
    proofs: ProofReader


@dataclass(slots=True)
class Received(Generic[Kind]):
    """One verified activity on its way to being applied."""

    activity: Kind
    actor: ActorRow
    """Who sent it; known, and not deleted."""
    peer_id: int
    raw: msgspec.Raw
    """The bytes as received, to be passed on unchanged."""
    received_at: datetime
    tools: Tools
    budget: Budget
    attempts: int = 0
    """How often it was tried before."""

    @property
    def compose(self) -> Composer:
        """Makes answers, dated when this was received."""
        return Composer(self.tools.runtime, self.received_at)

    def new_id(self, at: datetime) -> int:
        """A fresh id for something dated like this, but never in the future."""
        return self.tools.runtime.tokens.next_id(min(at, self.tools.runtime.clock.now()))
