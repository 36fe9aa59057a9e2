"""What the pages of the administration read from a form, and the shape of their answers.

A form that was taken leads on to a page (303) whose address says what was done; a form that was not is shown again with
what was typed, and with the reason (422).
"""

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from server.actions.refusals import Invalid, NotAllowed, Refused
from server.admin.frame import office_page
from server.http.csrf import Form
from server.http.languages import to_translate
from server.http.sessions import require_session

MAX_LINE: Final = 500
"""Letters of one line that are looked at."""


def line(form: Form, field: str) -> str:
    """One line: every run of blanks is one, and what is too long is cut off."""
    return " ".join(form.get(field, "").split())[:MAX_LINE]


def lines(form: Form, field: str) -> list[str]:
    """Lines of a larger field, each once, empty ones left out."""
    return list(dict.fromkeys(one.strip() for one in form.get(field, "").splitlines() if one.strip()))


def whole_number(form: Form, field: str, least: int, most: int) -> int:
    """A whole number within bounds. Raises `Invalid`."""
    text = form.get(field, "").strip()
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else least - 1
    if not least <= number <= most:
        raise Invalid(
            to_translate("“%(text)s” is no number from %(least)s to %(most)s."), text=text[:20], least=least, most=most
        )
    return number


def row_id(form: Form, field: str) -> int:
    """The id of a row, 0 for what is none: nothing has it."""
    text = form.get(field, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def number_in_address(request: web.Request) -> int:
    """The number of a row in the address. Raises 404 for what can be none."""
    text = request.match_info["id"]
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise web.HTTPNotFound
    return int(text)


async def shown_again(
    request: web.Request, template: str, here: str, given: Mapping[str, str], problem: Refused, **values: object
) -> web.Response:
    """The form once more, with what was typed and why it was not taken. Who may not act gets a page of its own."""
    if isinstance(problem, NotAllowed):
        raise problem
    session = await require_session(request)
    return office_page(request, template, session, here, status=422, given=given, problem=problem, **values)
