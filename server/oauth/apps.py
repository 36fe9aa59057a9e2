"""Registering client apps, open to all: every login begins with it (client API 3.1, threats T134, T146)."""

import unicodedata
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

import msgspec
from aiohttp import web

from federation.runtime import Clock
from models.queries import oauth
from models.queries.oauth import AppRow
from models.writes import oauth as rows
from server.actions.secret_hash import secret_hash
from server.http.answers import json_answer
from server.http.auth import require_app_or_user
from server.http.errors import invalid, not_found
from server.http.keys import LIMITS, RUNTIME, VAPID_KEY
from server.http.limits import FixedWindows, spend
from server.http.params import Params, params
from server.http.scopes import DEFAULT, are_known, parse
from server.oauth.redirects import MAX_CHARACTERS, may_be_registered

MAX_NAME: Final = 60
MAX_REDIRECTS: Final = 20
MAX_REGISTRATIONS: Final = 60
"""From one address within five minutes; a firm's people may share one address."""

REGISTRATIONS: Final = web.AppKey("app_registrations", FixedWindows)
"""Counts registrations by address."""


def registration_limit(clock: Clock) -> FixedWindows:
    """What the composition root puts at `REGISTRATIONS`."""
    return FixedWindows(MAX_REGISTRATIONS, 300, clock)


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """Entity `Application`: an app to itself."""

    id: str
    name: str
    website: str | None
    scopes: Sequence[str]
    redirect_uris: Sequence[str]
    redirect_uri: str
    """All of them joined by newlines; one client still needs it."""
    vapid_key: str


class CredentialApplication(Application, frozen=True, kw_only=True):
    """Entity `CredentialApplication`: what registration answers, once."""

    client_id: str
    client_secret: str
    client_secret_expires_at: int = 0
    """Never."""


class Registration(msgspec.Struct, frozen=True):
    """What an app says of itself, checked."""

    name: str
    website: str | None
    redirect_uris: list[str]
    scopes: tuple[str, ...]


async def register(request: web.Request) -> web.Response:
    """POST /api/v1/apps, no token. Refuses what section 3.1 and T134 refuse; 429 over 60 in five minutes."""
    spend(request, request.app[REGISTRATIONS], request.app[LIMITS].caller(request))
    asked = registration(await params(request))
    runtime = request.app[RUNTIME]
    client_id, client_secret = runtime.tokens.secret(), runtime.tokens.secret()
    async with runtime.db.write() as tx:
        app_id = await rows.add_app(
            tx,
            client_id=client_id,
            secret_hash=secret_hash(client_secret),
            name=asked.name,
            website=asked.website,
            redirect_uris=asked.redirect_uris,
            scopes=" ".join(asked.scopes),
            now=runtime.clock.now(),
        )
    entity = CredentialApplication(
        id=str(app_id),
        name=asked.name,
        website=asked.website,
        scopes=asked.scopes,
        redirect_uris=asked.redirect_uris,
        redirect_uri="\n".join(asked.redirect_uris),
        vapid_key=request.app[VAPID_KEY],
        client_id=client_id,
        client_secret=client_secret,
    )
    return json_answer(entity)


async def verify_credentials(request: web.Request) -> web.Response:
    """GET /api/v1/apps/verify_credentials, any token. 404 for a token made at the command line, which has no app."""
    token = await require_app_or_user(request)
    if token.app_id is None:
        raise not_found()
    async with request.app[RUNTIME].db.read() as tx:
        app = await oauth.app_by_id(tx, token.app_id)
    if app is None:
        raise not_found()
    return json_answer(_application(app, request.app[VAPID_KEY]))


def _application(app: AppRow, vapid_key: str) -> Application:
    return Application(
        id=str(app.id),
        name=app.name,
        website=app.website,
        scopes=parse(app.scopes),
        redirect_uris=app.redirect_uris,
        redirect_uri="\n".join(app.redirect_uris),
        vapid_key=vapid_key,
    )


def registration(given: Params) -> Registration:
    """The parameters of a registration. Raises `ApiError` 422 with the texts that clients know."""
    return Registration(_name(given), _website(given), _redirect_uris(given), _scopes(given))


def _name(given: Params) -> str:
    """Without control characters and without those that turn the direction of text: it stands on the consent page."""
    name = " ".join(given.text("client_name").split())
    name = "".join(character for character in name if unicodedata.category(character) not in ("Cc", "Cf", "Co", "Cn"))
    if not name:
        raise invalid("Name can't be blank")
    if len(name) > MAX_NAME:
        raise invalid(f"Name is too long (maximum is {MAX_NAME} characters)")
    return name


def _website(given: Params) -> str | None:
    website = given.text("website").strip()
    if not website:
        return None
    if len(website) > MAX_CHARACTERS:
        raise invalid(f"Website is too long (maximum is {MAX_CHARACTERS} characters)")
    try:
        parts = urlsplit(website)
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_web = False
    if not is_web or not website.isascii() or any(character.isspace() for character in website):
        raise invalid("Website is not a valid URL")
    return website


def _redirect_uris(given: Params) -> list[str]:
    texts = given.strings("redirect_uris", MAX_REDIRECTS + 1)
    uris = list(dict.fromkeys(uri for text in texts for uri in text.split()))
    if not uris:
        raise invalid("Redirect URI can't be blank")
    if len(uris) > MAX_REDIRECTS:
        raise invalid(f"Redirect URI is too long (maximum is {MAX_REDIRECTS} addresses)")
    if not all(map(may_be_registered, uris)):
        raise invalid("Redirect URI must be an absolute URI.")
    return uris


def _scopes(given: Params) -> tuple[str, ...]:
    scopes = parse(" ".join(given.strings("scopes"))) or (DEFAULT,)
    if not are_known(scopes):
        raise invalid("Scopes doesn't match configured on the server.")
    return scopes
