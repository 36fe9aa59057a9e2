"""The streams that are open in this process: told of changes by the bus, it shows each listener what is theirs to see.

Nothing here decides who may see what: `showing.py` asks the gate anew for every change. Streams end within two seconds
of their token, account or membership (threats T120, T143, T153).
"""

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import chain
from typing import Final

import structlog

from federation.runtime import Runtime
from models.gate import Person
from models.queries import streams
from models.signals import Signal
from models.writes.oauth import TOKENS
from server.http.errors import too_many, unavailable
from server.mastodon.render import Renderer
from server.metrics import STREAM_EVENTS, STREAMS_CUT, STREAMS_OPEN
from server.streaming import channels
from server.streaming.channels import Shown, takes
from server.streaming.connection import PING_SECONDS, THUMP_SECONDS, Connection, End, Frame
from server.streaming.showing import shown_by
from server.supervisor import Supervisor

log = structlog.get_logger(__name__)

MAX_PER_PERSON: Final = 8
"""Open streams of one account in one process (threats 2.2)."""

MAX_OPEN: Final = 10_000
"""Open streams of one process."""

LOOK_SECONDS: Final = 2.0
"""How often tokens, memberships and signs of life are looked at when nobody wakes the hub."""

MAX_UNSHOWN: Final = 20_000
"""Changes that wait to be shown, some four for each thread that begins; after more the oldest are lost."""

WEBSOCKET, EVENTS = "websocket", "events"
"""Kinds of connections."""

_SIGNALS_AT_ONCE: Final = 100
_REMEMBERED: Final = 5000
_PEOPLE_AT_ONCE: Final = 1000


class Hub:
    """All open streams of one process."""

    def __init__(self, runtime: Runtime, renderer: Renderer) -> None:
        self._runtime = runtime
        self._renderer = renderer
        self._by_person: dict[int, list[Connection]] = {}
        self._unshown: deque[Signal] = deque(maxlen=MAX_UNSHOWN)
        self._something_to_show = asyncio.Event()
        self._kinds: dict[Connection, str] = {}
        self._notified: dict[tuple[int, datetime], None] = {}
        """Notifications shown of late, the oldest first."""

    @property
    def connections(self) -> list[Connection]:
        """Every open stream."""
        return list(chain.from_iterable(self._by_person.values()))

    @contextmanager
    def opened(self, person: Person, token_id: int, covered: frozenset[str], kind: str) -> Iterator[Connection]:
        """A stream for the time of the block. Raises `ApiError`: 429 the account's ninth, 503 too many in all."""
        own = [one for one in self._by_person.get(person.actor_id, ()) if one.person == person]
        if len(own) >= MAX_PER_PERSON:
            raise too_many(60)
        if len(self._kinds) >= MAX_OPEN:
            raise unavailable()
        seconds = PING_SECONDS if kind == WEBSOCKET else THUMP_SECONDS
        now = self._runtime.clock.monotonic()
        connection = Connection(person, token_id, covered, beat_seconds=seconds, now=now)
        self._by_person.setdefault(person.actor_id, []).append(connection)
        self._kinds[connection] = kind
        STREAMS_OPEN.labels(kind).inc()
        try:
            yield connection
        finally:
            STREAMS_OPEN.labels(kind).dec()
            del self._kinds[connection]
            self._by_person[person.actor_id].remove(connection)
            if not self._by_person[person.actor_id]:
                del self._by_person[person.actor_id]
            if connection.is_cut:
                STREAMS_CUT.labels(kind).inc()

    def take(self, signals: Sequence[Signal]) -> None:
        """Changes to show; with nobody listening they are nobody's news."""
        if self._by_person:
            self._unshown.extend(signals)
            self._something_to_show.set()

    def end_all(self) -> None:
        """Tell every listener that the server stops."""
        for connection in self.connections:
            connection.end(End.GOING_AWAY)

    def begin(self, supervisor: Supervisor) -> None:
        """Show what happens, and look after the streams, until the server stops."""
        supervisor.start_endless("streams", self.show_forever)
        supervisor.start_endless("streams' watch", self.watch_forever)

    async def show_forever(self) -> None:
        """Show what the bus tells, until cancelled."""
        while True:
            await self._something_to_show.wait()
            self._something_to_show.clear()
            while self._unshown:
                count = min(len(self._unshown), _SIGNALS_AT_ONCE)
                await self._show([self._unshown.popleft() for _ in range(count)])

    async def watch_forever(self) -> None:
        """End the streams whose time is over, and see that the others live, until cancelled."""
        while True:
            await self._runtime.events.wait(TOKENS, LOOK_SECONDS)
            await self.look()

    async def look(self) -> None:
        """End what has no right any more; send signs of life that are due. Two statements, whatever their number."""
        if not self._by_person:
            return
        kept = self.connections
        lists = {int(one.detail) for each in kept for one in each.channels.values() if one.name == channels.LIST}
        async with self._runtime.db.read() as tx:
            good = await streams.good_tokens(tx, {each.token_id for each in kept})
            there = await streams.present_lists(tx, lists)
        now = self._runtime.clock.monotonic()
        for each in kept:
            self._look_at(each, good, there, now)

    def _look_at(self, each: Connection, good: set[int], lists: set[int], now: float) -> None:
        gone = [key for key in each.channels if key[0] == channels.LIST and int(key[1]) not in lists]
        for key in gone:
            each.drop(*key)
        # A stream of server-sent events is one channel: with it all is over. A WebSocket may listen to others.
        is_over = gone and not each.channels and self._kinds.get(each) == EVENTS
        if each.token_id not in good or is_over:
            each.channels.clear()
            each.end(End.NO_RIGHT)
        elif each.is_lost():
            each.end(End.GOING_AWAY)
        else:
            each.beat(now, is_answered=self._kinds.get(each) == WEBSOCKET)

    async def _show(self, signals: Sequence[Signal]) -> None:
        now = self._runtime.clock.now()
        people = list(self._by_person)
        channels_open = chain.from_iterable(each.channels.values() for each in self.connections)
        own_lists = {int(one.detail) for one in channels_open if one.is_own_list}
        for start in range(0, len(people), _PEOPLE_AT_ONCE):
            open_here = chain.from_iterable(self._by_person[one] for one in people[start : start + _PEOPLE_AT_ONCE])
            viewers = list(dict.fromkeys(one.person for one in open_here))
            async with self._runtime.db.read() as tx:
                shown = await shown_by(self._renderer, self._runtime.vault, tx, signals, viewers, now, own_lists)
            self._send(shown)

    def _send(self, shown: Sequence[Shown]) -> None:
        """Every event on each stream that it belongs to; a frame is made once for all who get the same."""
        frames: dict[tuple[str, str, str, str | None], Frame] = {}
        for one in shown:
            if one.notification is not None and not self._is_news(one.notification):
                continue
            for connection in self._by_person.get(one.person_id, ()):
                if connection.person.person_id in one.resting:
                    continue
                for channel in connection.channels.values():
                    if not takes(channel, one):
                        continue
                    key = (channel.name, channel.detail, one.event, one.payload)
                    if key not in frames:
                        frames[key] = Frame(channel.address, one.event, one.payload)
                    if not connection.send(frames[key]):
                        break
                    STREAM_EVENTS.inc()

    def _is_news(self, notification: tuple[int, datetime]) -> bool:
        """A signal names an instant: of two notifications made in one, each signal finds both."""
        if notification in self._notified:
            return False
        self._notified[notification] = None
        if len(self._notified) > _REMEMBERED:
            del self._notified[next(iter(self._notified))]
        return True
