"""The clock of visible entries: what is over is told in its community within a minute; the gate shut at the instant."""

from typing import Final

from server.actions import visible_entries
from server.services import Services

EVERY_SECONDS: Final = 60.0


async def run(services: Services) -> None:
    """Look every minute, until cancelled."""
    while True:
        await visible_entries.keep_terms(services)
        await services.runtime.clock.sleep(EVERY_SECONDS)
