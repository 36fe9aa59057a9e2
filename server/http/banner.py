"""What stands on every page of somebody who is signed in: a notice of the administrators, for maintenance to come."""

from datetime import datetime
from typing import Final

from aiohttp import web

from models.notices import NONE, Notice
from models.queries import notices
from server.http.refreshed import Refreshed


class Banner(Refreshed[Notice]):
    """The notice as this process knows it."""

    def __init__(self) -> None:
        super().__init__(NONE, notices.current)

    def text(self, now: datetime) -> str:
        """What to print; empty where there is nothing, or nothing any more."""
        return self.value.text if self.value.until is None or now < self.value.until else ""


BANNER: Final = web.AppKey("banner", Banner)
