"""The frame of every page for those who run the server: the list of pages beside it, and what its forms need."""

from typing import Final

import msgspec
from aiohttp import web

from models.accounts import ADMIN, AUDITOR, OBSERVER
from server.http.csrf import token_of_session
from server.http.languages import to_translate
from server.http.pages import page
from server.http.sessions import BrowserSession

BOTH: Final = (ADMIN, AUDITOR)
"""Who may open most pages: administrators act, auditors look, but where it is the other way round."""


class Entry(msgspec.Struct, frozen=True):
    """One page in the list."""

    key: str
    label: str
    is_auditors: bool = False
    """Only auditors open it, so that nobody else is shown the way."""

    @property
    def address(self) -> str:
        """Where it is."""
        return f"/admin/{self.key}"


class Group(msgspec.Struct, frozen=True):
    """Pages that belong together, under a heading."""

    label: str
    entries: tuple[Entry, ...]


LISTED: Final = (
    Group("", (Entry("overview", to_translate("Overview")),)),
    Group(
        to_translate("People and apps"),
        (
            Entry("people", to_translate("People")),
            Entry("identity", to_translate("Company sign-in")),
            Entry("provisioning", to_translate("Provisioning")),
            Entry("apps", to_translate("Apps")),
        ),
    ),
    Group(
        to_translate("Community life"),
        (
            Entry("communities", to_translate("Communities")),
            Entry("labels", to_translate("Labels")),
            Entry("files", to_translate("Files")),
            Entry("moderation", to_translate("Moderation")),
            Entry("statistics", to_translate("Statistics")),
        ),
    ),
    Group(
        to_translate("Other firms"),
        (
            Entry("agreements", to_translate("Agreements")),
            Entry("federation", to_translate("Exchange")),
        ),
    ),
    Group(
        to_translate("Data protection"),
        (
            Entry("retention", to_translate("Retention")),
            Entry("holds", to_translate("Legal holds")),
            Entry("cases", to_translate("Cases"), is_auditors=True),
            Entry("requests", to_translate("Data requests"), is_auditors=True),
            Entry("unsealing", to_translate("Unsealing"), is_auditors=True),
        ),
    ),
    Group(
        to_translate("This server"),
        (
            Entry("audit", to_translate("Audit trail")),
            Entry("sheet", to_translate("Works-council sheet")),
            Entry("quiet", to_translate("Quiet hours")),
            Entry("mail", to_translate("Mail")),
            Entry("backups", to_translate("Backups")),
            Entry("server", to_translate("Server")),
        ),
    ),
)

_OF_OBSERVERS: Final = (Group("", (Entry("statistics", to_translate("Statistics")),)),)


def office_page(
    request: web.Request, template: str, session: BrowserSession, here: str, *, status: int = 200, **values: object
) -> web.Response:
    """A page in the frame; `here` is its key in the list."""
    framed: dict[str, object] = {
        "csrf": token_of_session(request, session),
        "groups": _OF_OBSERVERS if session.who.role == OBSERVER else LISTED,
        "section": here,
        "is_admin": session.who.role == ADMIN,
        "is_auditor": session.who.role == AUDITOR,
        "is_observer": session.who.role == OBSERVER,
        "done": request.query.get("done", ""),
    }
    return page(request, template, session=session, status=status, forms_leave=False, script=None, **framed, **values)
