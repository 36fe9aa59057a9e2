"""After an absence, theirs or ours: partners' communities are read from their outboxes, and applied as if delivered.

Pages are read newest first, down to what was known before the absence, and kept; once all are there they go into the
inbox, oldest first, and from there through the very rules of `inbox/announced.py`. A killed server goes on with the
page at which it was. Ten pages at a time, a hundred at most (spec/group-federation.md 14, threats T087, T194).
"""

from datetime import datetime, timedelta

import msgspec
import structlog

from federation.collections import read_page
from federation.errors import FederationError, TryLater
from federation.inbox.intake import ReadActivity, keep_read
from federation.peers import LONG_ABSENCE, PeerBook
from federation.runtime import Budget, Runtime, turn_by_turn
from federation.transport.hosts import same_origin
from federation.vocab import shapes
from federation.vocab.types import Collection, Document
from models.engine import WriteTx
from models.queries import actors, catching_up, follows, state
from models.queries.actors import ActorRow
from models.queries.catching_up import Progress
from models.writes import catching_up as progress_writes
from models.writes import state as state_writes

log = structlog.get_logger()

PAGES_AT_ONCE = 10
MOST_PAGES = 100
PAUSE = timedelta(minutes=1)
"""Between ten pages and the next ten."""

SLACK = timedelta(hours=1)
"""Clocks differ: what is a little older than the absence is looked at as well."""

WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720))
"""After failures to look; then what was read so far has to do."""

LAST_ALIVE = "last alive"
_POLL_SECONDS = 60.0
_encode = msgspec.json.Encoder().encode


class CatchingUp:
    """The loop that reads what is due, a page at a time."""

    def __init__(self, runtime: Runtime, peers: PeerBook) -> None:
        self._runtime = runtime
        self._peers = peers

    async def run(self) -> None:
        """Until cancelled: between two transactions, or while a page is on its way."""
        await turn_by_turn(self.step, self._runtime.events, progress_writes.WAKES, poll_seconds=_POLL_SECONDS)

    async def step(self) -> bool:
        """Read one page of a community that is due; whether there was any."""
        now = self._runtime.clock.now()
        async with self._runtime.db.write() as tx:
            community_id = await progress_writes.claim(tx, now)
            if community_id is None:
                return False
            progress = await catching_up.progress(tx, community_id)
            group = await actors.by_id(tx, community_id)
            if progress is None or group is None or not await follows.has_local_follower(tx, community_id):
                await progress_writes.finish(tx, community_id)
                return True
        await self._read(progress, group)
        return True

    async def _read(self, progress: Progress, group: ActorRow) -> None:
        address = progress.page_url or group.outbox_url
        try:
            page = await read_page(self._runtime, self._peers, address, Budget()) if address else None
        except TryLater as error:
            await self._postpone(progress, group, error)
            return
        except FederationError as error:
            log.info("catching_up.cut_short", group=group.uri, reason=error.reason)
            page = None
        entries = [] if page is None else _announcements(page, group)
        following = None if page is None else _following(page, address or "")
        pages = progress.pages + 1
        is_over = following is None or pages >= MOST_PAGES or _is_before(entries, progress.since)
        now = self._runtime.clock.now()
        async with self._runtime.db.write() as tx:
            found = [(str(entry["id"]), _encode(entry)) for entry in entries]
            await progress_writes.keep(tx, group.id, group.uri, found)
            if is_over:
                await self._apply(tx, group)
            else:
                due_at = now if pages % PAGES_AT_ONCE else now + PAUSE
                await progress_writes.go_on(tx, group.id, page_url=following, pages=pages, due_at=due_at)

    async def _apply(self, tx: WriteTx, group: ActorRow) -> None:
        found = await catching_up.found(tx, group.id)
        read = [ReadActivity(uri=uri, group=group, body=payload) for uri, payload in found]
        await keep_read(tx, read, self._runtime.clock.now())
        await progress_writes.finish(tx, group.id)
        log.info("catching_up.read", group=group.uri, activities=len(found))

    async def _postpone(self, progress: Progress, group: ActorRow, error: TryLater) -> None:
        """The same page later; after a day what was read so far has to do."""
        async with self._runtime.db.write() as tx:
            if progress.failures >= len(WAITS):
                log.warning("catching_up.given_up", group=group.uri, reason=error.reason)
                await self._apply(tx, group)
                return
            await progress_writes.go_on(
                tx,
                group.id,
                page_url=progress.page_url,
                pages=progress.pages,
                due_at=self._runtime.clock.now() + WAITS[progress.failures],
                failures=progress.failures + 1,
            )


def _announcements(page: Collection, group: ActorRow) -> list[Document]:
    """What the community itself announces there; anything else an outbox may hold is not for us to believe."""
    return [
        item.document
        for item in page.items
        if item.document is not None
        and item.kind == "Announce"
        and shapes.optional_id(item.document.get("actor")) == group.uri
        and same_origin(item.id, group.uri)
    ]


def _following(page: Collection, address: str) -> str | None:
    """The page below; of the root, the first. Never another origin's, nor the page itself."""
    following = page.next or (page.first_page.next if page.first_page else page.first)
    return following if following and following != address and same_origin(following, address) else None


def _is_before(entries: list[Document], since: datetime | None) -> bool:
    """The page reaches back to before the absence; one that says no dates does not."""
    dates = [date for entry in entries if (date := shapes.date(entry.get("published"))) is not None]
    return since is not None and bool(dates) and min(dates) < since - SLACK


async def note_absence(runtime: Runtime) -> None:
    """At start-up: after more than fourteen days nobody sends what we missed, so that we have to go and read it."""
    now = runtime.clock.now()
    async with runtime.db.write() as tx:
        if runtime.db.is_sqlite:
            await progress_writes.void_leases(tx, now)
        last = await state.text(tx, LAST_ALIVE)
        if last and now - datetime.fromisoformat(last) > LONG_ABSENCE:
            await progress_writes.request_of_peer(tx, None, since=datetime.fromisoformat(last), at=now)
        await state_writes.put(tx, LAST_ALIVE, now.isoformat())


async def note_alive(runtime: Runtime) -> None:
    """From time to time: we are here."""
    async with runtime.db.write() as tx:
        await state_writes.put(tx, LAST_ALIVE, runtime.clock.now().isoformat())
