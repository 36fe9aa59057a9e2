"""The clock by which communities that a partner shares by name get known here, before anybody asks for one (J2, J9).

Both firms have signed their addresses. So whoever works here finds them in the directory and on `/partners`, without
having been told a handle. They are asked for by this server, which tells the partner nothing about any person.
"""

from datetime import datetime, timedelta
from typing import Final

import structlog

from federation.agreements.office import document_of
from federation.agreements.terms import read
from federation.errors import FederationError
from federation.runtime import Budget, Runtime
from federation.transport.hosts import same_origin
from models.queries import actors, agreements
from models.queries.agreements import AgreementRow
from server.services import Services

log = structlog.get_logger()

EVERY_SECONDS: Final = 12.0
MOST_AT_ONCE: Final = 20
"""Requests in one turn, so that a long list takes some turns and no server is rushed at."""

SOON: Final = timedelta(seconds=30)
"""The other side may not have our signature yet, or is away for a moment; then four times as long, each time."""

LATEST: Final = timedelta(hours=12)
_MOST_STEPS: Final = 6


class Introductions:
    """What is still to be asked for. Kept in memory alone: after a restart it is looked at anew."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._done: set[int] = set()
        """Versions of which everything that is named was found."""
        self._tries: dict[str, tuple[int, datetime]] = {}
        """Of addresses that could not be read: how often, and when they are asked again."""

    async def look(self) -> int:
        """Ask for what is named and not known, twenty at most; how many were found."""
        runtime = self._services.runtime
        async with runtime.db.read() as tx:
            rows = [row for row in await agreements.in_force_everywhere(tx) if row.id not in self._done]
            wanted: list[str] = []
            for row in rows:
                unknown = [uri for uri in named(row, runtime) if await actors.by_uri(tx, uri) is None]
                wanted += unknown
                if not unknown:
                    self._done.add(row.id)
        now = runtime.clock.now()
        due = [uri for uri in wanted if uri not in self._tries or self._tries[uri][1] <= now]
        return sum([await self._ask(uri, now) for uri in due[:MOST_AT_ONCE]])

    async def _ask(self, uri: str, now: datetime) -> bool:
        try:
            await self._services.directory.resolve(uri, Budget())
        except FederationError as error:
            times = self._tries.get(uri, (0, now))[0]
            self._tries[uri] = times + 1, now + _pause(times)
            log.info("introducing.not_yet", uri=uri, reason=error.reason, times=times + 1)
            return False
        self._tries.pop(uri, None)
        return True


def _pause(times: int) -> timedelta:
    # The bound comes first: a partner may be away for so long that the power is more than a duration holds.
    return LATEST if times > _MOST_STEPS else min(SOON * 4**times, LATEST)


def named(row: AgreementRow, here: Runtime) -> list[str]:
    """Addresses of the communities that the other firm shares by this version."""
    try:
        terms = read(document_of(row))
    except FederationError:
        return []
    server = terms.other_than(here.config.url("/actor")).server
    return [uri for uri in terms.share_of(server).communities if same_origin(uri, server)]


async def run(services: Services) -> None:
    """Look every few seconds, until cancelled."""
    introductions = Introductions(services)
    while True:
        await introductions.look()
        await services.runtime.clock.sleep(EVERY_SECONDS)
