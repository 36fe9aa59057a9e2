"""Forms that only our own pages can send (threats T117, T142).

A form carries a token derived from a secret that the browser holds in a cookie: its session's, or before the sign-in
one made for the purpose. Pages read the fields of a form by `read_form` only, which checks the token first.
"""

import base64
import hashlib
import hmac
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import parse_qsl

from aiohttp import web

from server.http.keys import RUNTIME
from server.http.languages import to_translate
from server.http.observing import require_within
from server.http.pages import PageError
from server.http.sessions import BrowserSession, cookie_name, current, set_cookie
from server.http.uploads import Upload, close_all, form_parts

FIELD: Final = "csrf"
MAX_FIELDS: Final = 100
_COOKIE: Final = "form"
_FORM_TYPE: Final = "application/x-www-form-urlencoded"
_FILES_TYPE: Final = "multipart/form-data"

Form = Mapping[str, str]
"""Fields of a form; of several with one name the last counts."""


def token_of_session(request: web.Request, session: BrowserSession) -> str:
    """The token for the forms of somebody who is signed in."""
    return _token(request, f"session:{session.secret}")


class Visitor:
    """A browser before the sign-in: its secret, and the token for the forms it is given."""

    def __init__(self, request: web.Request) -> None:
        given = request.cookies.get(cookie_name(request, _COOKIE))
        self._request = request
        self._is_new = not given
        self._secret = given or request.app[RUNTIME].tokens.secret()

    @property
    def token(self) -> str:
        """For the page's form."""
        return _token(self._request, f"visitor:{self._secret}")

    def remember(self, response: web.StreamResponse) -> None:
        """Give the browser its secret, if it had none."""
        if self._is_new:
            set_cookie(self._request, response, _COOKIE, self._secret)


async def signed_form(request: web.Request) -> tuple[BrowserSession, Form]:
    """The session and the fields of a form that somebody who is signed in sent. Raises `PageError` as `read_form`, and
    `NotAllowed` where it is not for observers.
    """
    session = await current(request)
    form = await read_form(request, session)
    if session is None:
        raise _expired()
    require_within(request, session.who.role)
    return session, form


async def sender(request: web.Request) -> BrowserSession:
    """Who sends a form, before it is read; nothing is proven by that yet. Raises `PageError` 415, 403 for a visitor."""
    if request.content_type not in (_FORM_TYPE, _FILES_TYPE):
        raise _no_form()
    session = await current(request)
    if session is None:
        raise _expired()
    require_within(request, session.who.role)
    return session


async def read_form(request: web.Request, session: BrowserSession | None) -> Form:
    """The fields of a form that one of our pages gave this browser; without a session, a visitor.

    Raises `PageError`: 403 without the right token, 400 or 415 if it is no form.
    """
    form = await _fields(request)
    _check(request, session, form)
    return form


@asynccontextmanager
async def signed_files(
    request: web.Request, max_file_bytes: int
) -> AsyncIterator[tuple[BrowserSession, Form, Mapping[str, Upload]]]:
    """As `signed_form`, of a form with files, which are there for the time of the block.

    Raises also `ApiError` for what is too large, or cannot be read. Find out before whether this person may send files.
    """
    session = await sender(request)
    if request.content_type != _FILES_TYPE:
        raise _no_form()
    parts = await form_parts(request, max_file_bytes)
    try:
        form = {name: part for name, part in parts if isinstance(part, str)}
        _check(request, session, form)
        yield session, form, {name: part for name, part in parts if isinstance(part, Upload)}
    finally:
        close_all(part for _, part in parts)


def _check(request: web.Request, session: BrowserSession | None, form: Form) -> None:
    expected = Visitor(request).token if session is None else token_of_session(request, session)
    if not hmac.compare_digest(form.get(FIELD, "").encode(), expected.encode()):
        raise _expired()


def _expired() -> PageError:
    return PageError(
        403,
        to_translate("This form has expired"),
        to_translate("Nothing was changed. Go back, load the page again, and send the form once more."),
    )


def _no_form() -> PageError:
    return PageError(
        415,
        to_translate("This is not a form"),
        to_translate("This address takes forms of this server's own pages."),
    )


async def _fields(request: web.Request) -> Form:
    if request.content_type != _FORM_TYPE:
        raise _no_form()
    body = await request.read()
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict"))
    except ValueError as error:
        raise PageError(
            400,
            to_translate("This form cannot be read"),
            to_translate("Nothing was changed. Go back, load the page again, and send the form once more."),
        ) from error


def _token(request: web.Request, secret: str) -> str:
    key = request.app[RUNTIME].vault.derive("csrf")
    return base64.urlsafe_b64encode(hmac.new(key, secret.encode(), hashlib.sha256).digest()).decode().rstrip("=")
