"""The table of streaming addresses: method, path, handler."""

from typing import Final

from server.streaming import channels
from server.streaming.endpoint import Handler, events, health, websocket

_EVENTS: Final = (
    ("user", channels.USER),
    ("user/notification", channels.NOTIFICATIONS),
    ("public", channels.PUBLIC),
    ("public/local", channels.PUBLIC_LOCAL),
    ("public/remote", channels.PUBLIC_REMOTE),
    ("hashtag", channels.HASHTAG),
    ("hashtag/local", channels.HASHTAG_LOCAL),
    ("list", channels.LIST),
    ("direct", channels.DIRECT),
)

ROUTES: Final[tuple[tuple[str, str, Handler], ...]] = (
    ("GET", "/api/v1/streaming", websocket),
    ("GET", "/api/v1/streaming/health", health),
    *(("GET", f"/api/v1/streaming/{path}", events(name)) for path, name in _EVENTS),
)
