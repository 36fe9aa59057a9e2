"""Pages for those who run the server: who may open them, and how their forms are taken (product section 9)."""

from aiohttp import web

from server.actions.officers import Officer
from server.http.csrf import Form, signed_form
from server.http.languages import to_translate
from server.http.pages import PageError
from server.http.sessions import BrowserSession, require_session


async def require_office(request: web.Request, *roles: str) -> BrowserSession:
    """The session of somebody with one of these roles; a visitor is sent to sign in. Raises `PageError` 403."""
    session = await require_session(request)
    _require_role(session, roles)
    return session


async def office_form(request: web.Request, *roles: str) -> tuple[Officer, Form]:
    """Who acts, and the fields of the form that one of our pages gave them. Raises `PageError` 403."""
    session, form = await signed_form(request)
    _require_role(session, roles)
    return officer(session), form


def whole_number(text: str, otherwise: int) -> int:
    """A number that was typed, or that a form carries; `otherwise` where it was left out, and -1 where it is none."""
    text = text.strip()
    if not text:
        return otherwise
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else -1


def officer(session: BrowserSession) -> Officer:
    """The person of a session as somebody who runs the server."""
    return Officer(session.who.actor_id, session.who.acct, session.who.role)


def _require_role(session: BrowserSession, roles: tuple[str, ...]) -> None:
    if session.who.role not in roles:
        raise PageError(
            403,
            to_translate("This is not for you to do"),
            to_translate("These pages are for those who run the server, each office for its own part."),
        )
