"""The composition root: builds every long-lived part, wires them, runs them until told to stop. The only such place."""

import asyncio
import gc
import signal
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Final

import structlog
import uvloop
from aiohttp import web

from federation.backfilling import Backfilling
from federation.calling_back import CallingBack
from federation.catching_up import CatchingUp, note_absence
from federation.inbox.context import Tools
from federation.inbox.intake import WAKES as RECEIVED
from federation.outbox.publish import WAKES as OWED
from federation.processor import Processor
from federation.reconciling import Reconciler
from federation.runtime import Clock, Runtime, Tokens
from federation.sender import Sender
from federation.settling import Settling
from models.engine import Database
from models.writes import backfilling, inbox, mail, media, outbox, pushes, scheduled
from models.writes.boosts import WAKES as BOOSTS
from models.writes.local_keys import OWN_KEYS
from models.writes.media import WAKES as UPLOADED
from models.writes.oauth import TOKENS as ENDED
from models.writes.remote_keys import KEYS
from models.writes.retractions import WAKES as CALLED_BACK
from models.writes.sharing_notices import WAKES as HOSTS_TO_TELL
from server import (
    discreet_clock,
    gone_journal,
    housekeeping,
    introducing,
    monitoring,
    polling,
    push_key,
    routing,
    scheduling,
    slots,
    visiting,
)
from server.actions import first_sync, sharing_notices
from server.actions.passwords import Passwords
from server.actions.provisioning import WAKE as DIRECTORY
from server.assembly import assemble
from server.http import middlewares
from server.http.banner import BANNER, Banner
from server.http.clocks import CLOCKS, Clocks
from server.http.keys import (
    BASE_URL,
    CLOCK,
    DOOR,
    ERROR_PAGE,
    IDENTITIES,
    LETTER_BOX,
    LIMITS,
    PASSWORDS,
    RUNTIME,
    SERVICES,
    SETTINGS,
    TOKENS,
    VAPID_KEY,
)
from server.http.label_names import LABEL_NAMES, LabelNames
from server.http.limits import ApiLimits
from server.http.pages import PAGES, Pages, error_page
from server.http.patience import IDLE_CONNECTION_SECONDS
from server.identity.provider import Identities
from server.installation import checked_vault
from server.libraries import libraries
from server.log_limits import RefusalLimit
from server.logs import configure
from server.loop_lag import LoopLag
from server.mastodon.media import UPLOAD_LIMIT, upload_limit
from server.mastodon.render import Renderer
from server.mastodon.titles import Titles
from server.mastodon.tools import RENDERER
from server.media import work as media_work
from server.media.addresses import MediaAddresses
from server.media.cache import FileCache
from server.media.endpoint import MEDIA, REMOTE_FILES, UPLOADS
from server.media.remote import RemoteFiles
from server.media.store import Store
from server.media.uploads import Uploads
from server.media.workshop import Workshop
from server.notify.digests import Digests
from server.notify.encryption import ServerKey
from server.notify.letter_box import LetterBox
from server.notify.mailer import Mailer
from server.notify.pushing import PUSHER, Pusher
from server.oauth.apps import REGISTRATIONS, registration_limit
from server.services import Services
from server.settings import Settings
from server.siem.stream import AuditStream
from server.streaming.bus import MemoryBus
from server.streaming.endpoint import HUB
from server.streaming.hub import Hub
from server.streaming.redis_bus import RedisBus
from server.supervisor import Supervisor
from server.system import SystemClock, SystemTokens
from server.wakeups import LocalEvents, SharedEvents

log = structlog.get_logger()

STOP_SECONDS: Final = 8.0
"""What is in hand gets this long; the whole stop takes less than ten (interface section 4)."""

SLOT: Final = web.AppKey("slot", slots.Slot)
"""What tells ids of this process from those of others; kept by whoever runs the server."""

_HEADER_BYTES: Final = 8190

_COLLECTED_AFTER: Final = (10_000, 20, 50)
"""Objects made beyond those freed, then generations: a request makes thousands, nearly all of which go by themselves.
"""


def run(settings: Settings, role: str, *, reaches_phones: bool = True) -> None:
    """Serve until SIGTERM or SIGINT. `role`: `all`, `web` (no background work) or `worker` (no listening).

    `reaches_phones`: pushes are sent.
    """
    limit = RefusalLimit(SystemClock())
    configure(settings, limit)
    _collect_seldom()
    uvloop.run(_serve(settings, role, limit, reaches_phones=reaches_phones))


def _collect_seldom() -> None:
    """What was imported stays, and is not looked through for garbage."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECTED_AFTER)


async def _serve(settings: Settings, role: str, limit: RefusalLimit, *, reaches_phones: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    windows = asyncio.ensure_future(limit.run())
    with LoopLag():
        async with server(settings, role, reaches_phones=reaches_phones, may_split_streams=False) as app:
            log.info("server.ready", domain=settings.domain, role=role)
            log.info("server.libraries", **{one.name: one.installed for one in libraries()})
            keeping = asyncio.ensure_future(app[SLOT].keep(app[RUNTIME].clock))
            stopping = asyncio.ensure_future(stop.wait())
            await asyncio.wait((keeping, stopping), return_when=asyncio.FIRST_COMPLETED)
            log.info("server.stopping")
            # Before the slot is given back, or it would be taken again.
            keeping.cancel()
    for task in (windows, stopping):
        task.cancel()
    await asyncio.gather(windows, stopping, return_exceptions=True)
    with suppress(asyncio.CancelledError):
        await keeping


@asynccontextmanager
async def server(
    settings: Settings,
    role: str = "all",
    *,
    clock: Clock | None = None,
    tokens: Tokens | None = None,
    reaches_phones: bool = True,
    may_split_streams: bool = True,
) -> AsyncIterator[web.Application]:
    """A whole running server for the time of the block; tests bring their own clock, and may split streams (slots)."""
    events, bus = _events(settings), _bus(settings)
    db, passwords = Database(settings.database_url, on_commit=events.wake, on_signals=bus.publish), Passwords()
    async with slots.taken(db, has_redis=None if may_split_streams else settings.redis_url is not None) as slot:
        vault = await checked_vault(settings, db)
        tokens = tokens or SystemTokens(slot.number)
        services, client = assemble(settings, db, vault, clock or SystemClock(), tokens, events)
        cache = FileCache(settings.data_folder / "cache" / "files", settings.media_cache_mb * 2**20)
        files = RemoteFiles(services.runtime, services.peers, cache)
        app = _application(settings, services, passwords, files, await push_key.server_key(db, vault, settings.domain))
        app[SLOT] = slot
        bus.deliver_to(app[HUB].take)
        supervisor, workers = Supervisor(services.runtime.clock), _workers(services, f"slot-{slot.number}")
        runners: list[web.AppRunner] = []
        _listen_to_others(supervisor, events, bus)
        try:
            if role in ("all", "worker"):
                await _begin_work(services, supervisor, workers, app, reaches_phones=reaches_phones)
            if role in ("all", "web"):
                runners += await _begin_to_answer(services, supervisor, settings, app)
            yield app
        finally:
            await asyncio.gather(*(runner.cleanup() for runner in runners))
            for worker in workers:
                worker.stop()
            await supervisor.finish(STOP_SECONDS)
            await files.close()
            await services.peers.settle()
            await client.close()
            passwords.close()
    await db.close()


def _listen_to_others(supervisor: Supervisor, *buses: LocalEvents | MemoryBus | RedisBus) -> None:
    for bus in buses:
        if isinstance(bus, SharedEvents | RedisBus):
            supervisor.start_endless("signals" if isinstance(bus, RedisBus) else "wake-ups", bus.run)


async def _begin_to_answer(
    services: Services, supervisor: Supervisor, settings: Settings, app: web.Application
) -> list[web.AppRunner]:
    reconciler = Reconciler(services.runtime, services.peers, services.hearing)
    supervisor.start_endless("reconciler", reconciler.run)
    app[HUB].begin(supervisor)
    return await _listen(settings, app)


def _events(settings: Settings) -> LocalEvents:
    if settings.database_url.startswith("sqlite"):
        return LocalEvents()
    channels = (
        RECEIVED,
        OWED,
        KEYS,
        OWN_KEYS,
        ENDED,
        UPLOADED,
        CALLED_BACK,
        BOOSTS,
        HOSTS_TO_TELL,
        mail.WAKE,
        pushes.PUSHES,
        DIRECTORY,
    )
    return SharedEvents(settings.database_url, channels)


def _bus(settings: Settings) -> MemoryBus:
    if settings.redis_url is None:
        return MemoryBus()
    return RedisBus(settings.redis_url, f"entrepairs {settings.domain}", SystemTokens(0).secret())


def _tools(services: Services) -> Tools:
    return Tools(services.runtime, services.peers, services.directory, services.discovery, services.proofs)


def _workers(services: Services, owner: str) -> tuple[Processor, Sender]:
    return (
        Processor(services.runtime, _tools(services), owner),
        Sender(services.runtime, services.peers, services.key_ring, owner),
    )


_LOOPS: Final[dict[str, Callable[[Runtime], Awaitable[None]]]] = {
    "calling back": lambda runtime: CallingBack(runtime).run(),
    "boosts": lambda runtime: Settling(runtime).run(),
    "first sync": first_sync.run,
    "hosts to tell": sharing_notices.run,
    "polls": polling.run,
}
_CLOCKS: Final = {
    "scheduled posts": scheduling,
    "visible entries": visiting,
    "discreet questions": discreet_clock,
    "introductions": introducing,
}


async def _begin_work(
    services: Services,
    supervisor: Supervisor,
    workers: tuple[Processor, Sender],
    app: web.Application,
    *,
    reaches_phones: bool,
) -> None:
    runtime = services.runtime
    await services.peers.refresh()
    if reaches_phones:
        supervisor.start_endless("pushes", app[PUSHER].run)
    if runtime.db.is_sqlite:
        # One process works on the file: leases of the one before it mean nothing, and work goes on at once.
        async with runtime.db.write() as tx:
            await inbox.void_leases(tx)
            await outbox.void_leases(tx)
            await backfilling.void_leases(tx, runtime.clock.now())
            await scheduled.void_leases(tx)
            await media.release_all(tx, runtime.clock.now())
            await mail.void_leases(tx)
            await pushes.void_leases(tx)
    for worker in workers:
        supervisor.start(type(worker).__name__.lower(), worker.run)
    await note_absence(runtime)
    supervisor.start_endless("catching up", CatchingUp(runtime, services.peers).run)
    supervisor.start_endless("backfilling", Backfilling(_tools(services)).run)
    for name, loop in _LOOPS.items():
        supervisor.start_endless(name, partial(loop, runtime))
    for name, clock in _CLOCKS.items():
        supervisor.start_endless(name, partial(clock.run, services))
    if app[LETTER_BOX].is_open:
        supervisor.start_endless("mail", Mailer(runtime, app[LETTER_BOX]).run)
        supervisor.start_endless("digests", Digests(runtime, app[LETTER_BOX]).run)
    supervisor.start_endless("housekeeping", lambda: housekeeping.run(runtime, app[REMOTE_FILES], app[LETTER_BOX]))
    supervisor.start_endless("what is gone", lambda: gone_journal.run(runtime, app[SETTINGS].data_folder))
    supervisor.start_endless("leavers", lambda: housekeeping.keep_departures(runtime, app[SETTINGS].language))
    supervisor.start_endless("files", lambda: media_work.run(runtime, app[UPLOADS]))
    supervisor.start_endless("audit stream", AuditStream(runtime, app[SETTINGS]).run)


def _application(
    settings: Settings, services: Services, passwords: Passwords, files: RemoteFiles, key: ServerKey
) -> web.Application:
    app = web.Application()
    runtime = services.runtime
    app[BASE_URL] = settings.base_url
    app[CLOCK] = runtime.clock
    app[TOKENS] = runtime.tokens
    app[RUNTIME] = runtime
    app[SERVICES] = services
    app[SETTINGS] = settings
    app[DOOR] = services.door
    app[PASSWORDS] = passwords
    app[LETTER_BOX] = LetterBox(settings, runtime.vault)
    app[LIMITS] = ApiLimits(settings.api_rate, runtime.clock, settings.proxy_networks)
    app[PAGES] = Pages(domain=settings.domain, language=settings.language)
    app[ERROR_PAGE] = error_page
    app[BANNER] = Banner()
    app[CLOCKS] = Clocks()
    app[LABEL_NAMES] = LabelNames()
    app[MEDIA] = MediaAddresses(settings.base_url, runtime.vault.derive("addresses of files"), runtime.clock)
    app[REMOTE_FILES] = files
    app[UPLOADS] = Uploads(runtime, Store(settings.media_url), Workshop())
    app[UPLOAD_LIMIT] = upload_limit(runtime.clock)
    titles = Titles(settings.base_url, settings.domain)
    app[RENDERER] = Renderer(titles, settings.base_url, runtime.clock, app[MEDIA], language=settings.language)
    app[HUB] = Hub(runtime, app[RENDERER])
    app[IDENTITIES] = Identities(settings, runtime.config, runtime.clock)
    app.on_shutdown.append(_end_streams)
    app[VAPID_KEY] = key.public
    app[PUSHER] = Pusher(runtime, app[RENDERER], key, settings.language)
    app[REGISTRATIONS] = registration_limit(runtime.clock)
    middlewares.install(app)
    routing.add_all(app)
    return app


async def _end_streams(app: web.Application) -> None:
    app[HUB].end_all()
    await app[IDENTITIES].close()


async def _listen(settings: Settings, app: web.Application) -> list[web.AppRunner]:
    """Start answering on the settings' addresses."""
    host, port = settings.bind_address
    runners = [await listening(app, host, port, _tls(settings))]
    if settings.metrics_address is not None:
        metrics = web.Application()
        metrics[RUNTIME] = app[RUNTIME]
        metrics.router.add_get("/metrics", monitoring.show)
        runners.append(await listening(metrics, *settings.metrics_address, None))
    return runners


async def listening(
    app: web.Application,
    host: str,
    port: int,
    tls: ssl.SSLContext | None,
    *,
    idle_seconds: float = IDLE_CONNECTION_SECONDS,
) -> web.AppRunner:
    """An application that answers at an address; whoever does not send the headers of a request in time is cut off."""
    runner = web.AppRunner(
        app,
        access_log=None,
        auto_decompress=False,
        keepalive_timeout=idle_seconds,
        max_line_size=_HEADER_BYTES,
        max_field_size=_HEADER_BYTES,
        shutdown_timeout=STOP_SECONDS / 2,
    )
    await runner.setup()
    await web.TCPSite(runner, host, port, ssl_context=tls, backlog=1024, reuse_address=True).start()
    return runner


def _tls(settings: Settings) -> ssl.SSLContext | None:
    if settings.tls_cert is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(settings.tls_cert, settings.tls_key)
    return context
