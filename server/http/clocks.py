"""By which clocks pages tell the time: those of the firm's time zone, chosen with its working time."""

from datetime import tzinfo
from typing import Final

from aiohttp import web

from models.queries import quiet
from models.quiet import QuietHours, zone_of
from server.http.refreshed import Refreshed


class Clocks(Refreshed[QuietHours]):
    """The firm's hours as this process knows them."""

    def __init__(self) -> None:
        super().__init__(QuietHours(), quiet.firm_hours)


CLOCKS: Final = web.AppKey("clocks", Clocks)


def firm_zone(request: web.Request) -> tzinfo:
    """The time zone of pages of this application."""
    return zone_of((request.app[CLOCKS].value if CLOCKS in request.app else QuietHours()).zone)
