"""What protocol code may use of the outside world, as small protocols: database, clock, chance, network, wake-ups.

Everything here is passed in by the composition root (`server/app.py`) or by a test; nothing is global.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from federation.deadlines import Deadline
from models.engine import Database, ReadTx
from models.vault import Vault


class Clock(Protocol):
    """Time. The only source of it, so that tests can move it (threats R12)."""

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back; only differences mean anything."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait, at least this long by this clock."""
        ...


class Tokens(Protocol):
    """Chance and identity."""

    def secret(self, length: int = 32) -> str:
        """URL-safe text made of `length` random bytes."""
        ...

    def fraction(self) -> float:
        """A random number in 0..1, for jitter."""
        ...

    def next_id(self, at: datetime) -> int:
        """A fresh time-ordered id for this instant (`models/ids.py`)."""
        ...


class Events(Protocol):
    """Wake-ups between the parts of a server; losing one costs seconds, never data."""

    def wake(self, channel: str) -> None:
        """Tell whoever waits on the channel that there is something to do. Call after the commit."""
        ...

    async def wait(self, channel: str, timeout: float) -> bool:
        """Return when the channel was woken since the last wait, or after `timeout` seconds (then False)."""
        ...


async def turn_by_turn(
    step: Callable[[], Awaitable[bool]], events: Events, channel: str, *, poll_seconds: float
) -> None:
    """A loop: `step` as long as there is anything to do, and again when the channel is woken, or after so long.

    Until cancelled; what may be cancelled in a step, and what it goes on with, the step knows.
    """
    while True:
        while await step():
            pass
        await events.wait(channel, poll_seconds)


@dataclass(frozen=True, slots=True)
class Reply:
    """A fetched answer, read whole within the bounds."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    url: str
    """Where the answer came from, after redirects."""


class Budget:
    """Requests that one cause (an incoming activity, a search) may still spend (threats 2.2: 20), and until when."""

    __slots__ = ("deadline", "left")

    def __init__(self, left: int = 20, deadline: Deadline | None = None) -> None:
        self.left = left
        self.deadline = deadline or Deadline()


class Client(Protocol):
    """The fetch gate (threats R1): every request that leaves goes through here."""

    async def fetch_document(self, url: str, budget: Budget) -> Reply:
        """GET an ActivityPub document, signed by the server's actor, redirects followed within the allowed hosts.

        Raises `Denied` (address or host not allowed, wrong content type), `Gone` (410), `Malformed` (404 and other
        answers that are final: reason `fetch_status`), `TryLater` (network, time-out, 5xx, 429; the
        budget's time is over).
        """
        ...

    async def fetch_json(self, url: str, budget: Budget) -> Reply:
        """GET plain JSON (WebFinger, NodeInfo), unsigned; same bounds and errors."""
        ...

    async def fetch_file(self, url: str, budget: Budget, keep: Callable[[bytes], object]) -> Reply:
        """GET a picture, film, sound or document, given to `keep` piece by piece; the reply's body is empty.

        Unsigned first, since most peers show files to everybody, and signed where that is refused. Never web pages,
        scripts, SVG or ActivityPub documents, whatever they claim to be called. Raises as `fetch_document`; `keep` may
        have been given a beginning then.
        """
        ...

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """POST one delivery, already signed. No redirects. Raises `Denied` or `TryLater`; any status is an answer."""
        ...

    async def push(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """POST one message to a push service that an app named: any public host, as nobody allows those one by one.

        Everything else as of `post` (threats T074).
        """
        ...


class Prover(Protocol):
    """Makes integrity proofs by the keys of our own actors (FEP-8b32)."""

    async def prove(self, tx: ReadTx, actor_id: int, document: dict[str, object], at: datetime) -> dict[str, object]:
        """The document with a proof of the actor; as it is, where none can be made."""
        ...


class Tally(Protocol):
    """Counts of what was refused, for operators. `host` is a partner's, `reason` a code of a fixed set."""

    def not_applied(self, host: str, reason: str) -> None:
        """A received activity was rejected, or has failed for good."""
        ...

    def not_delivered(self, host: str, reason: str) -> None:
        """An attempt at a delivery was refused, or nobody answered."""
        ...


class NoTally:
    """Where nobody counts."""

    def not_applied(self, host: str, reason: str) -> None:
        """See `Tally`."""

    def not_delivered(self, host: str, reason: str) -> None:
        """See `Tally`."""


NO_TALLY: Final = NoTally()


@dataclass(frozen=True, slots=True)
class Config:
    """The few facts of this server that the protocol needs."""

    domain: str
    """The part after the @ in handles."""
    base_url: str
    """Scheme and host, without a slash at the end."""
    federates: bool = True

    def url(self, path: str) -> str:
        """Absolute address of a path here."""
        return f"{self.base_url}{path}"


class Maker(Protocol):
    """What making an activity takes; a `Runtime` has it, and so has whatever runs a single command."""

    @property
    def config(self) -> Config: ...

    @property
    def tokens(self) -> Tokens: ...

    @property
    def prover(self) -> Prover | None: ...


@dataclass(frozen=True, slots=True)
class Runtime:
    """Handed to protocol code; see the module docstring."""

    db: Database
    clock: Clock
    tokens: Tokens
    client: Client
    events: Events
    config: Config
    vault: Vault
    prover: Prover
    tally: Tally = NO_TALLY
