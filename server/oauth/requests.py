"""What an app asks a person for at /oauth/authorize: read from the parameters, checked, and answered.

A wrong client or redirect URI never leads anywhere: the person sees a page. Every other error goes back to the app.
"""

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

import msgspec
from aiohttp import web

from models.engine import ReadTx
from models.queries import client_apps
from models.queries.oauth import AppRow
from server.http.languages import known, to_translate
from server.http.pages import PageError, page, see
from server.http.scopes import DEFAULT, are_within, parse
from server.http.sessions import BrowserSession
from server.oauth.clients import known_app
from server.oauth.redirects import FORM_POST, MODES, OUT_OF_BAND, QUERY, host_of, matching, with_answer

PATH: Final = "/oauth/authorize"
NATIVE_PATH: Final = "/oauth/authorize/native"

_FALSE: Final = frozenset({"", "false", "0", "f", "off", "no", "none", "null"})
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")


class Destination(msgspec.Struct, frozen=True):
    """Where the answer goes and how."""

    redirect_uri: str
    mode: str
    state: str | None
    language: str
    """What the app asked the pages to be in; empty for nothing."""

    @property
    def is_out_of_band(self) -> bool:
        """The person carries the code over by hand."""
        return self.redirect_uri == OUT_OF_BAND


class Refusal(Exception):
    """An error that the app is told by redirect (RFC 6749, 4.1.2.1)."""

    def __init__(self, destination: Destination, code: str, description: str) -> None:
        super().__init__(description)
        self.destination = destination
        self.answer = {"error": code, "error_description": description}


class AuthorizationRequest(msgspec.Struct, frozen=True):
    """A request that may be shown to the person."""

    app: AppRow
    destination: Destination
    scopes: tuple[str, ...]
    challenge: str | None
    forces_login: bool
    forces_consent: bool
    is_silent: bool
    """The person is to see nothing (`prompt=none`)."""

    def fields(self) -> dict[str, str]:
        """The parameters that say the same once more, for the consent form."""
        given = {
            "response_type": "code",
            "client_id": self.app.client_id,
            "redirect_uri": self.destination.redirect_uri,
            "scope": " ".join(self.scopes),
            "response_mode": self.destination.mode,
            "state": self.destination.state or "",
            "code_challenge": self.challenge or "",
            "code_challenge_method": "S256" if self.challenge else "",
            "lang": self.destination.language,
        }
        return {name: value for name, value in given.items() if value}

    def address(self) -> str:
        """Where to go on after a sign-in. It was asked for if it was forced; the person is asked for consent anyway."""
        given = self.fields()
        if self.forces_login or self.forces_consent:
            given["prompt"] = "consent"
        return f"{PATH}?{urlencode(given)}"


async def authorization_request(tx: ReadTx, given: Mapping[str, str]) -> AuthorizationRequest:
    """Read the parameters of section 3.3. Raises `PageError` for client or redirect URI, `Refusal` for the rest."""
    app = await known_app(tx, given.get("client_id", ""))
    if app is None:
        raise PageError(
            401,
            to_translate("This app is not known here"),
            to_translate("Remove this server's account from the app and add it again: the app then registers anew."),
        )
    mode = given.get("response_mode", "")
    if not await client_apps.is_allowed(tx, app.name):
        raise PageError(
            403,
            to_translate("This app may not be used here"),
            to_translate("Your administrator decides which apps people sign in with. Nothing was given to it."),
        )
    destination = Destination(
        redirect_uri=_redirect_uri(app, given),
        mode=mode if mode in MODES else QUERY,
        state=given.get("state") or None,
        language=known(given.get("lang")) or "",
    )
    prompts = given.get("prompt", "").split()
    return AuthorizationRequest(
        app=app,
        destination=destination,
        scopes=_scopes(app, destination, given),
        challenge=_challenge(destination, given),
        forces_login=given.get("force_login", "").strip().lower() not in _FALSE
        or not {"login", "select_account"}.isdisjoint(prompts),
        forces_consent="consent" in prompts,
        is_silent="none" in prompts,
    )


def _redirect_uri(app: AppRow, given: Mapping[str, str]) -> str:
    uri = given.get("redirect_uri", "")
    if not uri and len(app.redirect_uris) == 1:
        return app.redirect_uris[0]
    if not uri or not matching(app.redirect_uris, uri):
        raise PageError(
            400,
            to_translate("This app wants its answer at an address that it did not register"),
            to_translate("Nothing was given to it. Start again from the app; if this comes back, tell its makers."),
        )
    return uri


def _scopes(app: AppRow, destination: Destination, given: Mapping[str, str]) -> tuple[str, ...]:
    if given.get("response_type") != "code":
        code = "unsupported_response_type" if given.get("response_type") else "invalid_request"
        raise Refusal(destination, code, "The response_type must be code.")
    scopes = parse(given.get("scope", "")) or (DEFAULT,)
    if not are_within(scopes, parse(app.scopes)):
        raise Refusal(destination, "invalid_scope", "A scope is unknown, or not registered by the app.")
    return scopes


def _challenge(destination: Destination, given: Mapping[str, str]) -> str | None:
    challenge, method = given.get("code_challenge", ""), given.get("code_challenge_method", "")
    if not challenge and not method:
        return None
    if method != "S256" or not _CHALLENGE.fullmatch(challenge):
        raise Refusal(destination, "invalid_request", "A code_challenge needs the code_challenge_method S256.")
    return challenge


def answer_app(
    request: web.Request, destination: Destination, answer: Mapping[str, str], session: BrowserSession | None
) -> web.Response:
    """Send the browser to the app with its answer, or show it where the person carries it over."""
    if destination.is_out_of_band:
        shown = {name: answer[name] for name in ("code", "error") if name in answer}
        if destination.language:
            shown["lang"] = destination.language
        return see(with_answer(NATIVE_PATH, shown, QUERY), status=302)
    whole = dict(answer)
    if destination.state is not None:
        whole["state"] = destination.state
    if destination.mode == FORM_POST and host_of(destination.redirect_uri) is not None:
        return page(
            request,
            "oauth/continue.html",
            session=session,
            forms_leave=True,
            redirect_uri=destination.redirect_uri,
            host=host_of(destination.redirect_uri),
            answer=whole,
        )
    return see(with_answer(destination.redirect_uri, whole, destination.mode), status=302)
