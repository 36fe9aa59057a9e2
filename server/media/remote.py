"""Partners' files, fetched through the gate when somebody first asks for them, then from disk.

However many ask at once, a file is fetched once; one that cannot be had is not asked for again for a while.
"""

import asyncio
from pathlib import Path
from typing import Final

import structlog

from federation.errors import Denied, FederationError, Malformed, TryLater
from federation.peers import PeerBook
from federation.runtime import Budget, Runtime
from federation.transport.hosts import host_of
from server.media.cache import FileCache, Unfinished

log = structlog.get_logger()

MOST_AT_ONCE: Final = 8
REQUESTS_EACH: Final = 6
"""Redirects and second attempts with a signature included."""
LATER_SECONDS: Final = 60.0
"""How long a file is taken for out of reach after its server could not be asked."""
REFUSED_SECONDS: Final = 600.0
"""And after it was refused, or was nothing that is shown."""
FAILURES_KEPT: Final = 10_000


class RemoteFiles:
    """One for the process."""

    def __init__(self, runtime: Runtime, peers: PeerBook, cache: FileCache) -> None:
        self._runtime = runtime
        self._peers = peers
        self._cache = cache
        self._fetching: dict[str, asyncio.Task[Path]] = {}
        self._failures: dict[str, tuple[float, FederationError]] = {}
        self._slots = asyncio.Semaphore(MOST_AT_ONCE)
        self._begun = 0

    async def get(self, url: str) -> Path:
        """Where the copy of a file lies.

        Raises `Denied`, also for what is here, once its server is no partner any more (threats T235); `Malformed` and
        `Gone` where there is nothing to show; `TryLater` where one could not look.
        """
        if await self._peers.decide(host_of(url)) is None:
            raise Denied("host is not on the allow list", reason="domain_not_allowed", host=host_of(url))
        kept = self._cache.find(url, self._runtime.clock.now())
        if kept is not None:
            return kept
        self._raise_failure(url)
        task = self._fetching.get(url)
        if task is None:
            task = self._fetching[url] = asyncio.create_task(self._fetch(url))
            task.add_done_callback(lambda done: self._done(url, done))
        # Whoever asked first may hang up: the others still want it.
        return await asyncio.shield(task)

    async def trim(self) -> None:
        """Keep the copies within their bound."""
        await asyncio.to_thread(self._cache.trim, self._runtime.clock.now())

    async def close(self) -> None:
        """Stop fetching."""
        tasks = list(self._fetching.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _fetch(self, url: str) -> Path:
        async with self._slots:
            self._begun += 1
            copy = self._begin(url)
            try:
                await self._runtime.client.fetch_file(url, Budget(REQUESTS_EACH), copy.file.write)
                path = await asyncio.to_thread(self._cache.finish, copy, self._runtime.clock.now())
                if not path.exists():
                    raise Malformed("larger than all copies together may be", reason="too_large", host=host_of(url))
                return path
            except OSError as error:
                raise TryLater("a copy cannot be written", reason="disk", error=type(error).__name__) from error
            finally:
                copy.drop()

    def _begin(self, url: str) -> Unfinished:
        try:
            return self._cache.begin(url, self._begun)
        except OSError as error:
            raise TryLater("a copy cannot be written", reason="disk", error=type(error).__name__) from error

    def _done(self, url: str, task: "asyncio.Task[Path]") -> None:
        del self._fetching[url]
        if task.cancelled():
            return
        error = task.exception()
        if isinstance(error, FederationError):
            log.info("media.not_fetched", host=host_of(url), reason=error.reason)
            seconds = LATER_SECONDS if isinstance(error, TryLater) else REFUSED_SECONDS
            if len(self._failures) >= FAILURES_KEPT:
                self._failures.clear()
            self._failures[url] = self._runtime.clock.monotonic() + seconds, error

    def _raise_failure(self, url: str) -> None:
        until, error = self._failures.get(url, (0.0, None))
        if error is None:
            return
        if self._runtime.clock.monotonic() < until:
            raise error.with_traceback(None)
        del self._failures[url]
