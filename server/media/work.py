"""The loop behind uploads: works on what waits, erases what is over, and counts what is there."""

from typing import Final

import structlog

from federation.runtime import Runtime
from models.writes.media import WAKES
from server.media import inventory
from server.media.store import StoreAway
from server.media.uploads import Uploads

EVERY_SECONDS: Final = 20.0

log = structlog.get_logger()


async def run(runtime: Runtime, uploads: Uploads) -> None:
    """Look whenever woken, and every twenty seconds, until cancelled."""
    while True:
        try:
            await tend(uploads)
        except StoreAway as error:
            log.warning("media.store_away", reason=error.reason)
        await runtime.events.wait(WAKES, EVERY_SECONDS)


async def tend(uploads: Uploads) -> None:
    """Everything that is due now; the daily count a part at a time, after whatever came in. Raises `StoreAway`."""
    more = True
    while more:
        while await uploads.work():
            pass
        while await uploads.sweep():
            pass
        more = await inventory.step(uploads.here, uploads.store)
