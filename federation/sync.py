"""Follower digests (FEP-8fcf): two servers notice that they disagree about who follows whom (threats T208).

Deliveries to an actor's followers carry the digest of those at the receiving server. Here is what is said and heard;
what follows from a difference is done by `federation/reconciling.py`, off the request.
"""

import re
from collections import OrderedDict
from datetime import datetime, timedelta

import msgspec

from federation.collections import digest_of
from federation.runtime import Events, Runtime
from federation.signatures.message import SignedRequest, VerifiedSender
from models.communities import OPEN
from models.queries import actors, served

HEADER = "Collection-Synchronization"
WAKES = "digests"
"""The channel that the reconciler waits on."""

TELL_EVERY = timedelta(hours=20)
"""Of people and open communities; less than a day, so that a difference is gone within one. Of others always."""

_FIELD = HEADER.lower()
_REMEMBERED = 10_000
_WAITING = 1_000
_MAX_CHARACTERS = 4_096
_PARAMETER = re.compile(r'\s*([A-Za-z]+)="([^"]*)"\s*(?:,|$)')
_DIGEST = re.compile(r"[0-9a-f]{64}")


class FollowerDigests:
    """What a process tells its peers about their followers of our actors."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._told: OrderedDict[tuple[int, int], datetime] = OrderedDict()
        self._always: set[int] = set()
        """Communities that are not open."""

    async def headers(self, actor_id: int, peer_id: int) -> tuple[tuple[str, str], ...]:
        """The header for a delivery by this actor to its followers at this peer, where it is time to tell."""
        last = self._told.get((actor_id, peer_id))
        if last is not None and self._runtime.clock.now() - last < TELL_EVERY:
            return ()
        async with self._runtime.db.read() as tx:
            actor = await actors.by_id(tx, actor_id)
            if actor is None or actor.followers_url is None:
                return ()
            digest = digest_of(await served.followers_at(tx, actor_id, peer_id))
        if actor.is_community and actor.visibility != OPEN:
            self._always.add(actor_id)
        address = f"{actor.uri}/followers_synchronization"
        return ((HEADER, f'collectionId="{actor.followers_url}", url="{address}", digest="{digest}"'),)

    def told(self, actor_id: int, peer_id: int) -> None:
        """A delivery with the header has arrived."""
        if actor_id in self._always:
            return
        self._told[actor_id, peer_id] = self._runtime.clock.now()
        self._told.move_to_end((actor_id, peer_id))
        if len(self._told) > _REMEMBERED:
            self._told.popitem(last=False)


class Heard(msgspec.Struct, frozen=True):
    """What an actor of a peer says about its followers here."""

    actor_uri: str
    collection: str
    url: str
    digest: str


def heard_in(request: SignedRequest, sender: VerifiedSender) -> Heard | None:
    """What the header of a delivery says; None where there is none, or one that the signature does not cover."""
    if not any(name == _FIELD for name, _ in request.headers) or _FIELD not in sender.covered:
        return None
    value = request.fields()[_FIELD]
    if len(value) > _MAX_CHARACTERS:
        return None
    said = {name.lower(): text for name, text in _PARAMETER.findall(value)}
    collection, url, digest = (said.get(name, "") for name in ("collectionid", "url", "digest"))
    if not collection or not url or not _DIGEST.fullmatch(digest):
        return None
    return Heard(sender.owner_uri, collection, url, digest)


class Hearing:
    """Digests that nobody has looked at yet, the newest of each actor. Lost with the process: others will come."""

    def __init__(self, events: Events) -> None:
        self._events = events
        self._waiting: OrderedDict[str, Heard] = OrderedDict()

    def note(self, heard: Heard) -> None:
        """Keep what was heard until the reconciler takes it."""
        self._waiting[heard.actor_uri] = heard
        self._waiting.move_to_end(heard.actor_uri)
        if len(self._waiting) > _WAITING:
            self._waiting.popitem(last=False)
        self._events.wake(WAKES)

    def note_again(self, heard: Heard) -> None:
        """Keep what could not be looked into now, unless the actor has said something newer since."""
        self._waiting.setdefault(heard.actor_uri, heard)

    @property
    def is_empty(self) -> bool:
        """Everything was taken."""
        return not self._waiting

    def take(self) -> Heard | None:
        """The oldest of them, taken out."""
        return self._waiting.popitem(last=False)[1] if self._waiting else None
