"""What a request finds in the application (`request.app[BASE_URL]`), and what is kept on the request itself.

The composition root fills in the application's keys before the first request.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from federation.inbox.receive import Door
from federation.runtime import Clock, Runtime, Tokens
from server.actions.passwords import Passwords
from server.http.limits import ApiLimits
from server.identity.provider import Identities
from server.notify.letter_box import LetterBox
from server.services import Services
from server.settings import Settings

BASE_URL: Final = web.AppKey("base_url", str)
"""Scheme and host by which the server is reached from outside, without a slash at the end."""

CLOCK: Final[web.AppKey[Clock]] = web.AppKey("clock")
"""Time."""

TOKENS: Final[web.AppKey[Tokens]] = web.AppKey("tokens")
"""Chance and identity."""

RUNTIME: Final = web.AppKey("runtime", Runtime)
"""Database, clock, tokens, network and wake-ups together, as protocol code has them."""

LIMITS: Final = web.AppKey("limits", ApiLimits)
"""The rate limits of the client API."""

ErrorPage = Callable[[web.Request, Exception], Awaitable[web.Response | None]]

ERROR_PAGE: Final[web.AppKey[ErrorPage]] = web.AppKey("error_page")
"""Makes the page for an error outside the API; None where the request wants no page or the error is not known to it.

Errors of no known kind come twice: as they are, and then, logged, as the `ApiError` 500 that stands for them.
"""

REQUEST_ID: Final = web.RequestKey("request_id", str)
"""Names this request in the log, in the answer and in reports of people."""

PASSWORDS: Final = web.AppKey("passwords", Passwords)
"""Hashes and checks passwords, in its own threads."""

VAPID_KEY: Final = web.AppKey("vapid_key", str)
"""The public key by which apps know our web push, URL-safe base64 in one form everywhere: apps compare it as text."""

DOOR: Final = web.AppKey("door", Door)
"""What decides whose request an inbox takes, and who asks for a document."""

SERVICES: Final = web.AppKey("services", Services)
"""The long-lived parts of the server."""

LETTER_BOX: Final = web.AppKey("letter_box", LetterBox)
"""Where mail for people is put."""

SETTINGS: Final = web.AppKey("settings", Settings)
"""The settings that the server was started with."""

IDENTITIES: Final = web.AppKey("identities", Identities)
"""Asks the identity providers that administrators named."""
