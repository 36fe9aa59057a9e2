"""From the path of a request to the id of the thing of ours that it names (interface 4)."""

import re
from typing import Final

from aiohttp import web

from server.actions import names
from server.actions.refusals import Refused
from server.http.keys import BASE_URL

PEOPLE, COMMUNITIES = "users", "communities"

_NUMBER: Final = re.compile(r"[0-9]{1,19}")


def actor_uri(request: web.Request) -> str | None:
    """The id of the person or community whose address, or below whose address, the path is; None for no name.

    Names are folded: ids are in lower case, and whoever asks in another spelling finds the same actor.
    """
    kind = PEOPLE if request.path.startswith(f"/{PEOPLE}/") else COMMUNITIES
    return uri_of(request.app[BASE_URL], kind, request.match_info["name"])


def uri_of(base_url: str, kind: str, name: str) -> str | None:
    """The id that a person or community of this name has; None for what cannot be a name."""
    try:
        return f"{base_url}/{kind}/{names.folded(name)}"
    except Refused:
        return None


def number_of(request: web.Request) -> str | None:
    """The number of a post or an activity at the end of the path; None where it is none."""
    number = request.match_info["id"]
    return number if _NUMBER.fullmatch(number) else None
