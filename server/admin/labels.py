"""/admin/labels: what the firm calls its three labels, and what mail and push may say under each (product 3)."""

from typing import Any, Final

from aiohttp import web

from models.accounts import ADMIN
from models.communities import LABELS
from models.labels import CONTENT, SAYS, Label, Labels
from models.queries import labels
from server.actions.labels import LONGEST_NAME, choose
from server.actions.refusals import Refused
from server.admin.forms import line, shown_again
from server.admin.frame import BOTH, office_page
from server.http.csrf import Form
from server.http.keys import RUNTIME
from server.http.label_names import LABEL_NAMES
from server.http.languages import LANGUAGES, NAMES
from server.http.offices import office_form, require_office
from server.http.pages import see

_TEMPLATE: Final = "admin/labels.html"
_LEVELS: Final = [(word, [one for one in SAYS if number == 0 or one != CONTENT]) for number, word in enumerate(LABELS)]
"""Each level, and what may be said under it at most."""
_SHOWN: Final[dict[str, Any]] = {
    "levels": _LEVELS,
    "in_languages": [(language, NAMES[language]) for language in LANGUAGES],
    "longest": LONGEST_NAME,
}


async def show(request: web.Request) -> web.Response:
    """GET /admin/labels."""
    session = await require_office(request, *BOTH)
    async with request.app[RUNTIME].db.read() as tx:
        chosen = await labels.labels(tx)
    return office_page(request, _TEMPLATE, session, "labels", given=_as_typed(chosen), problem=None, **_SHOWN)


async def save(request: web.Request) -> web.Response:
    """POST /admin/labels: what counts from now on."""
    by, form = await office_form(request, ADMIN)
    runtime = request.app[RUNTIME]
    wanted = _labels(form)
    try:
        async with runtime.db.write() as tx:
            await choose(tx, runtime, wanted, by)
    except Refused as refused:
        return await shown_again(request, _TEMPLATE, "labels", _as_typed(wanted), refused, **_SHOWN)
    request.app[LABEL_NAMES].show(wanted)
    return see("/admin/labels?done=saved")


def _labels(form: Form) -> Labels:
    first, second, third = (
        Label({language: line(form, f"{word}_{language}") for language in LANGUAGES}, line(form, f"{word}_says"))
        for word in LABELS
    )
    return Labels((first, second, third))


def _as_typed(chosen: Labels) -> dict[str, str]:
    given: dict[str, str] = {}
    for word, level in zip(LABELS, chosen.levels, strict=True):
        given |= {f"{word}_{language}": level.names[language] for language in LANGUAGES} | {f"{word}_says": level.says}
    return given
