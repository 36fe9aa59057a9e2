"""What observers open: the statistics, what this server says of itself, and their own account (product section 9).

They are never to meet a name (section 1), so that everything else is closed to them: what is not named here is refused,
and apps have no access in their name. The gate keeps what is written from them besides, as from guests who were added
nowhere (`models/guests.py`).
"""

from typing import Final

from aiohttp import web

from models.accounts import OBSERVER
from server.actions.refusals import NotAllowed
from server.http.languages import to_translate

STATISTICS: Final = "/admin/statistics"

_OPEN: Final = frozenset(
    {
        STATISTICS,
        "/admin/statistics/{community}",
        "/help/transparency",
        "/me",
        "/me/language",
        "/me/password",
        "/me/sessions/end",
        "/me/apps/revoke",
        "/me/data",
        "/me/data/ask",
        "/me/data/fetch",
        "/sign-in/password",
        "/sign-in/company/{id}/link",
        "/sign-out",
    }
)
_FACTORS: Final = "/me/factors"
_HOME: Final = frozenset({"/", "/admin", "/admin/overview"})


def require_within(request: web.Request, role: str) -> None:
    """What is asked for is open to somebody of this role. Raises `NotAllowed`; from a home page leads to theirs."""
    resource = request.match_info.route.resource
    place = resource.canonical if resource is not None else ""
    if role != OBSERVER or place in _OPEN or place.startswith(_FACTORS):
        return
    if place in _HOME:
        raise web.HTTPFound(STATISTICS)
    raise NotAllowed(to_translate("Observers see the statistics of communities, and nothing else."))
