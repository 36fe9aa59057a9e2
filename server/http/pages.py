"""HTML pages: templates in two languages, and the headers that every page carries (threats T113).

Templates stand beside the code of their page and are named by their path below `server/`. They work without scripts;
the policy allows none, but on pages that speak to devices, and where people ask, the one that they carry. Texts in them
are escaped; only `web/posts.html` prints markup, which was made safe before it was stored.
"""

import base64
import hashlib
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import parse_qsl, urlencode

from aiohttp import web
from babel.dates import format_datetime, format_timedelta
from babel.numbers import format_decimal
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from sqlalchemy.exc import DBAPIError

from models.alphabets import mixes_alphabets
from server.actions.refusals import NotAllowed, NotThere, Refused, Unavailable
from server.http.banner import BANNER
from server.http.clocks import firm_zone
from server.http.errors import ApiError
from server.http.keys import CLOCK
from server.http.label_names import label_names
from server.http.languages import (
    LANGUAGES,
    NAMES,
    REGIONS,
    accepted,
    known,
    long_day,
    long_moment,
    to_translate,
    translations,
)
from server.http.sessions import BrowserSession, current, is_secure

_SERVER: Final = Path(__file__).parent.parent
STATIC: Final = _SERVER / "web" / "static"

_POLICY: Final = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
_ASKING: Final = frozenset({"similar.js"})
"""Scripts that ask this server something."""
_YEAR_SECONDS: Final = 31_536_000


_EXPLAINED: Final = {
    400: (
        to_translate("This request cannot be read"),
        to_translate("Go back, load the page again, and try once more."),
    ),
    401: (
        to_translate("You are not signed in"),
        to_translate("Sign in, and come back to this address."),
    ),
    403: (
        to_translate("You may not do this"),
        to_translate("If you think that you should, ask a host of the community or your administrator."),
    ),
    404: (
        to_translate("There is nothing here"),
        to_translate("The address is wrong, or what it leads to is not meant for you, or no longer there."),
    ),
    413: (
        to_translate("That is too large"),
        to_translate("Send less at once."),
    ),
    429: (
        to_translate("Too many requests"),
        to_translate("Wait a few minutes, then try again."),
    ),
    500: (
        to_translate("Something went wrong here"),
        to_translate("It is not your fault. Try again in a moment; if it comes back, tell your administrator."),
    ),
    503: (
        to_translate("The server is busy"),
        to_translate("Wait a minute, then try again."),
    ),
}
"""Title and advice by status."""


class PageError(Exception):
    """A page cannot be shown, or a form not be taken: what happened, and what to do. Both texts are translated."""

    def __init__(
        self,
        status: int,
        title: str,
        advice: str,
        *,
        values: Mapping[str, object] | None = None,
        back: str = "/",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """`values` fill the placeholders of `advice`; `back` is where the page leads."""
        super().__init__(title)
        self.status = status
        self.title = title
        self.advice = advice
        self.values = values or {}
        self.back = back
        self.headers = headers or {}


class Pages:
    """Templates and texts of both languages, loaded once by the composition root."""

    def __init__(self, *, domain: str, language: str) -> None:
        """`domain` is this server's; `language` is for people and browsers that ask for none of ours."""
        self.language = language
        self._environments = {name: _environment(name, domain) for name in LANGUAGES}

    def render(self, template: str, language: str, values: Mapping[str, object]) -> str:
        """The page in this language."""
        return self._environments[language].get_template(template).render(values)


PAGES: Final = web.AppKey("pages", Pages)


def language_of(request: web.Request, session: BrowserSession | None) -> str:
    """What the address asks for, else the person's choice, else the browser's, else the server's."""
    return (
        known(request.query.get("lang"))
        or known(session.who.language if session else None)
        or accepted(request.headers.get("Accept-Language", ""))
        or request.app[PAGES].language
    )


def page(
    request: web.Request,
    template: str,
    *,
    session: BrowserSession | None,
    status: int = 200,
    forms_leave: bool = False,
    script: str | None = None,
    **values: object,
) -> web.Response:
    """A page for this browser.

    `forms_leave`: what follows its form may be another site or an app. Browsers apply `form-action` to the redirects
    after a form as well, so such a page must carry none (client API 3.3). `script`: a file of `web/static` that stands
    in the page; the policy allows that text and no other, and questions to this server only to a script that has any.
    """
    language = language_of(request, session)
    values |= {
        "banner": request.app[BANNER].text(request.app[CLOCK].now()) if session and BANNER in request.app else "",
        "label_names": label_names(request).names(language),
        "language": language,
        "languages": [(name, NAMES[name], _in_language(request, name)) for name in LANGUAGES],
        "session": session,
        "zone": firm_zone(request),
        "script": None if script is None else _script(script),
    }
    text = request.app[PAGES].render(template, language, values)
    headers = _headers(request, forms_leave=forms_leave) | {"Content-Language": language}
    if script is not None:
        asking = "; connect-src 'self'" if script in _ASKING else ""
        headers["Content-Security-Policy"] += f"; script-src {_script_hash(script)}{asking}"
    return web.Response(text=text, status=status, content_type="text/html", charset="utf-8", headers=headers)


async def error_page(request: web.Request, error: Exception) -> web.Response | None:
    """What the composition root puts at `ERROR_PAGE`: the page for an error outside the API, or None for none.

    A `PageError` always has its page; other errors only where a browser asks, so that programs get their JSON.
    """
    shown = error if isinstance(error, PageError) else _page_error(request, error)
    if shown is None:
        return None
    try:
        session = await current(request)
    except DBAPIError:
        session = None
    response = page(
        request,
        "http/error.html",
        session=session,
        status=shown.status,
        title=shown.title,
        advice=shown.advice,
        advice_values=shown.values,
        back=shown.back,
    )
    response.headers.update(shown.headers)
    return response


def _page_error(request: web.Request, error: Exception) -> PageError | None:
    if "text/html" not in request.headers.get("Accept", ""):
        return None
    match error:
        case web.HTTPException() | ApiError():
            title, advice = _EXPLAINED.get(error.status, _EXPLAINED[500 if error.status >= 500 else 400])
            headers = {name: error.headers[name] for name in ("Allow", "Retry-After") if name in error.headers}
            return PageError(error.status, title, advice, headers=headers)
        case Refused():
            return _refusal_page(request, error)
    return None


def _refusal_page(request: web.Request, error: Refused) -> PageError:
    """What an action refused, with the way back to the page whose form it was: its address is one step up."""
    kinds = ((NotAllowed, 403), (NotThere, 404), (Unavailable, 503))
    status = next((status for kind, status in kinds if isinstance(error, kind)), 422)
    back = request.rel_url.raw_path.rpartition("/")[0] or "/"
    return PageError(status, to_translate("Nothing was changed"), error.message, values=error.values, back=back)


def see(location: str, *, status: int = 303) -> web.Response:
    """Send the browser on to exactly this address: nothing in it is decoded or put into another form."""
    return web.Response(
        status=status, headers={"Location": location, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    )


def _headers(request: web.Request, *, forms_leave: bool) -> dict[str, str]:
    headers = {
        "Content-Security-Policy": _POLICY if forms_leave else f"{_POLICY}; form-action 'self'",
        "Referrer-Policy": "no-referrer" if forms_leave else "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cache-Control": "no-store",
    }
    if is_secure(request):
        headers["Strict-Transport-Security"] = f"max-age={_YEAR_SECONDS}"
    return headers


def _in_language(request: web.Request, language: str) -> str:
    """The address of this page in another language."""
    rest = [(name, value) for name, value in parse_qsl(request.query_string, keep_blank_values=True) if name != "lang"]
    return f"{request.rel_url.raw_path}?{urlencode([*rest, ('lang', language)])}"


@cache
def _script(name: str) -> str:
    return (STATIC / name).read_text()


@cache
def _script_hash(name: str) -> str:
    """What the policy calls a script that stands in the page (CSP level 3, 2.3.1)."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(_script(name).encode()).digest()).decode()}'"


def _style_address(name: str) -> str:
    """Carries a hash of the content, so that browsers may keep it for ever."""
    return f"/static/{name}?v={hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:16]}"


@cache
def _environment(language: str, domain: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_SERVER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    texts = translations(language)
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # added by the extension
        texts.ugettext, texts.ungettext, newstyle=True
    )
    environment.globals |= {
        "domain": domain,
        "style_address": _style_address("style.css"),
        "office_style_address": _style_address("office.css"),
    }

    def said(message: str, values: Mapping[str, object]) -> str:
        """What an action refused, in the page's language where its text is in the catalogues."""
        text = texts.ugettext(message)
        return str(text % values if values else text)

    environment.globals["said"], environment.tests["mixing"] = said, mixes_alphabets
    environment.filters |= _filters(language)
    return environment


def _filters(language: str) -> dict[str, Callable[..., str]]:
    """Days, moments, spans and numbers as the language writes them; days and moments by the clocks of the page."""
    region = REGIONS[language]

    @pass_context
    def day(context: Context, at: date) -> str:
        return long_day(at.astimezone(context["zone"]) if isinstance(at, datetime) else at, language)

    @pass_context
    def moment(context: Context, at: datetime) -> str:
        return format_datetime(at.astimezone(context["zone"]), "d MMM y, HH:mm", locale=region)

    @pass_context
    def weekday(context: Context, at: datetime) -> str:
        return long_moment(at.astimezone(context["zone"]), language)

    def amount(number: float) -> str:
        return format_decimal(number, locale=region)

    def span(seconds: float) -> str:
        return format_timedelta(timedelta(seconds=seconds), locale=region)

    return {"day": day, "moment": moment, "weekday": weekday, "span": span, "amount": amount}
