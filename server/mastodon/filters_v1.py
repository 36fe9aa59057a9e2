"""Filters as apps know them that have one word in each: a view of the same filters, one for each keyword."""

from typing import cast

from aiohttp import web

from models.filters import HIDE, WARN
from models.gate import Person
from models.queries.filters import FilterRow, KeywordRow
from server.actions import filters as actions
from server.actions.filters import Change, KeywordChange
from server.http.answers import instant, json_answer
from server.http.auth import require_viewer
from server.http.keys import SERVICES
from server.http.params import Params, params, path_id
from server.mastodon.entities import FilterContext, V1Filter
from server.mastodon.filters import end_of, known


def _filter(row: FilterRow, word: KeywordRow) -> V1Filter:
    return V1Filter(
        id=str(word.id),
        phrase=word.keyword,
        context=cast("list[FilterContext]", row.contexts),
        whole_word=word.whole_word,
        expires_at=instant(row.expires_at) if row.expires_at else None,
        irreversible=row.action == HIDE,
    )


async def _shown(request: web.Request, viewer: Person, keyword_id: int) -> web.Response:
    return json_answer(_filter(*actions.with_keyword(await known(request, viewer), keyword_id)))


def _change(given: Params, *, title: str | None, keyword: KeywordChange | None = None) -> Change:
    irreversible = given.boolean_or_none("irreversible")
    expires, seconds = end_of(given)
    return Change(
        title=title,
        contexts=given.strings_or_none("context"),
        action=None if irreversible is None else HIDE if irreversible else WARN,
        expires=expires,
        seconds=seconds,
        keywords=[keyword] if keyword else [],
    )


async def list_filters(request: web.Request) -> web.Response:
    """GET /api/v1/filters, scope read:filters. One for each keyword."""
    viewer = await require_viewer(request, "read:filters")
    return json_answer([_filter(row, word) for row in await known(request, viewer) for word in row.keywords])


async def create_filter(request: web.Request) -> web.Response:
    """POST /api/v1/filters, scope write:filters. The phrase is title and keyword."""
    viewer = await require_viewer(request, "write:filters")
    given = await params(request)
    phrase = given.required("phrase")
    word = KeywordChange(keyword=phrase, whole_word=given.boolean("whole_word"))
    filter_id = await actions.create(request.app[SERVICES], viewer, _change(given, title=phrase, keyword=word))
    made = actions.own(await known(request, viewer), filter_id)
    return json_answer(_filter(made, made.keywords[0]))


async def read_filter(request: web.Request) -> web.Response:
    """GET /api/v1/filters/:id, scope read:filters."""
    viewer = await require_viewer(request, "read:filters")
    return await _shown(request, viewer, path_id(request))


async def change_filter(request: web.Request) -> web.Response:
    """PUT /api/v1/filters/:id, scope write:filters. What concerns other keywords too is refused."""
    viewer = await require_viewer(request, "write:filters")
    given = await params(request)
    word = KeywordChange(keyword=given.text_or_none("phrase"), whole_word=given.boolean_or_none("whole_word"))
    await actions.edit_alone(request.app[SERVICES], viewer, path_id(request), _change(given, title=None), word)
    return await _shown(request, viewer, path_id(request))


async def delete_filter(request: web.Request) -> web.Response:
    """DELETE /api/v1/filters/:id, scope write:filters. With its filter, where it was the last keyword."""
    viewer = await require_viewer(request, "write:filters")
    await actions.remove_keyword(request.app[SERVICES], viewer, path_id(request), alone=True)
    return json_answer({})
