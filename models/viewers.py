"""Who may be shown something, as the gate knows them. Nobody is not a viewer."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar


class ViewerKind(StrEnum):
    """The kinds of viewers, for statements that are built once for each."""

    PERSON = "person"
    COMMUNITY = "community"
    PEER = "peer"
    OPERATION = "operation"
    CASE = "case"
    VISITOR = "visitor"


@dataclass(frozen=True, slots=True)
class Person:
    """A local account that is signed in."""

    kind: ClassVar = ViewerKind.PERSON

    actor_id: int

    @property
    def person_id(self) -> int:
        """The human being who asks: files are theirs, and made for their eyes."""
        return self.actor_id


@dataclass(frozen=True, slots=True)
class ActingCommunity(Person):
    """A community of ours, in whose name one of those who lead it acts by a token of its own (client API 11.5).

    `actor_id` is the community's. It reads what was written in it and nothing else; what it may do is what `by_id`, the
    person behind it, may do there.
    """

    kind: ClassVar = ViewerKind.COMMUNITY

    by_id: int

    @property
    def person_id(self) -> int:
        """Whoever acts."""
        return self.by_id


@dataclass(frozen=True, slots=True)
class PeerServer:
    """A partner's server, or an actor there, that proved itself by a signature."""

    kind: ClassVar = ViewerKind.PEER

    peer_id: int


@dataclass(frozen=True, slots=True)
class Operation:
    """Work of the server itself that shows nothing to anybody: rendering what `recipients` then addresses, relaying."""

    kind: ClassVar = ViewerKind.OPERATION


@dataclass(frozen=True, slots=True)
class CaseReader:
    """An auditor at work in a legal case that two people opened: what it is about, and nothing else (product J13)."""

    kind: ClassVar = ViewerKind.CASE

    case_id: int


@dataclass(frozen=True, slots=True)
class Visitor:
    """An administrator in a community that is not open, by a visible entry that its members were told of (rule 8)."""

    kind: ClassVar = ViewerKind.VISITOR

    entry_id: int
    at: datetime
    """When they ask: the entry ends by the clock."""


Viewer = Person | PeerServer | Operation | CaseReader | Visitor
"""Who is asking. Nobody is not a viewer."""
