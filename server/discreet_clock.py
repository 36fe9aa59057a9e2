"""The clock of discreet questions: each is published once, at the moment that chance chose for it."""

from typing import Final

from server.actions.discreet_posting import publish_due
from server.services import Services

EVERY_SECONDS: Final = 10.0


async def run(services: Services) -> None:
    """Look every ten seconds, until cancelled."""
    while True:
        while await publish_due(services):
            pass
        await services.runtime.clock.sleep(EVERY_SECONDS)
