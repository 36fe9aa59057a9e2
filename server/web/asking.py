"""Before a question is published: answered ones like it (product J5), as a step of the form and while it is typed."""

import re
from collections.abc import Mapping
from typing import Final

import msgspec
from aiohttp import web

from models import questions
from models.engine import ReadTx
from models.gate import Person
from models.queries import actors, similar
from models.queries.communities import CommunityRow
from server.http.answers import json_answer
from server.http.csrf import signed_form
from server.http.keys import RUNTIME
from server.http.languages import to_translate, translations
from server.http.pages import language_of
from server.web.places import place_of

MOST_CHARACTERS: Final = 120
"""Of a first line: longer ones are refused."""
_TAG: Final = re.compile(r"(?<!\w)#(\w+)")


class Alike(msgspec.Struct, frozen=True):
    """An answered question as a list shows it."""

    title: str
    href: str
    community: str


async def look(request: web.Request) -> web.Response:
    """POST /c/{name}/similar with `title`: for the script of the page; a list of `Alike`. Nothing of it is kept, nor
    does what somebody types stand in an address, which proxies and browsers remember.
    """
    session, form = await signed_form(request)
    viewer = session.who.person
    title = " ".join(form.get("title", "").split())[:MOST_CHARACTERS]
    async with request.app[RUNTIME].db.read() as tx:
        row = await place_of(tx, request, viewer)
        found = await alike(tx, request, row, viewer, title)
    untitled = translations(language_of(request, session)).ugettext(to_translate("Question"))
    return json_answer([msgspec.structs.replace(one, title=one.title or untitled) for one in found])


def asks(given: Mapping[str, str]) -> bool:
    """What a form says is a question."""
    said = f"{given.get('title', '')}\n{given.get('text', '')}".lower()
    return questions.asks(given.get("title"), _TAG.findall(said))


async def alike(tx: ReadTx, request: web.Request, row: CommunityRow, viewer: Person, title: str) -> list[Alike]:
    """Those that the viewer may read, the closest of this community first; a title may be empty."""
    rows = await similar.answered(tx, title, viewer, row.actor.id, request.app[RUNTIME].clock.now())
    places = await actors.known_of_ids(tx, sorted({one.post.community_id or 0 for one in rows}), viewer)
    return [
        Alike(one.post.title or one.post.spoiler, f"/t/{one.post.id}", place.display_name or place.username)
        for one in rows
        if (place := places.get(one.post.community_id or 0)) is not None
    ]
