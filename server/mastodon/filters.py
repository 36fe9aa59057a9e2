"""Filters (v2): words and posts that a person wants to be warned of, or not to see."""

from collections.abc import Sequence
from typing import cast

from aiohttp import web

from models.gate import Person
from models.queries import filters
from models.queries.filters import FilterRow
from server.actions import filters as actions
from server.actions.filters import Change, KeywordChange
from server.http.answers import instant, json_answer
from server.http.auth import require_viewer
from server.http.errors import missing
from server.http.keys import RUNTIME, SERVICES
from server.http.params import Params, params, path_id
from server.mastodon.entities import Filter, FilterAction, FilterContext, FilterKeyword, FilterStatus


def _filter(row: FilterRow) -> Filter:
    return Filter(
        id=str(row.id),
        title=row.title,
        context=cast("list[FilterContext]", row.contexts),
        expires_at=instant(row.expires_at) if row.expires_at else None,
        filter_action=cast("FilterAction", row.action),
        keywords=_keywords(row),
        statuses=_named(row),
    )


def _keywords(row: FilterRow) -> list[FilterKeyword]:
    return [FilterKeyword(id=str(one.id), keyword=one.keyword, whole_word=one.whole_word) for one in row.keywords]


def _named(row: FilterRow) -> list[FilterStatus]:
    return [FilterStatus(id=str(one.id), status_id=str(one.post_id)) for one in row.posts]


async def known(request: web.Request, viewer: Person) -> Sequence[FilterRow]:
    """All filters of the viewer."""
    async with request.app[RUNTIME].db.read() as tx:
        return await filters.of_person(tx, viewer.actor_id)


def end_of(given: Params) -> tuple[bool, int | None]:
    """Whether `expires_in` was given, and in how many seconds the filter ends; None for null and the empty text: never.

    Elsewhere null is as good as not given; here apps have no other word for it (client API section 7).
    """
    return "expires_in" in given.names, given.integer_or_none("expires_in")


def _change(given: Params) -> Change:
    expires, seconds = end_of(given)
    return Change(
        title=given.text_or_none("title"),
        contexts=given.strings_or_none("context"),
        action=given.text_or_none("filter_action") or None,
        expires=expires,
        seconds=seconds,
        keywords=[
            KeywordChange(
                id=one.id("id"),
                keyword=one.text_or_none("keyword"),
                whole_word=one.boolean_or_none("whole_word"),
                is_removed=one.boolean("_destroy"),
            )
            for one in given.objects("keywords_attributes")
        ],
    )


async def _shown(request: web.Request, viewer: Person, filter_id: int) -> web.Response:
    return json_answer(_filter(actions.own(await known(request, viewer), filter_id)))


async def list_filters(request: web.Request) -> web.Response:
    """GET /api/v2/filters, scope read:filters. All of them."""
    viewer = await require_viewer(request, "read:filters")
    return json_answer([_filter(row) for row in await known(request, viewer)])


async def create_filter(request: web.Request) -> web.Response:
    """POST /api/v2/filters, scope write:filters."""
    viewer = await require_viewer(request, "write:filters")
    filter_id = await actions.create(request.app[SERVICES], viewer, _change(await params(request)))
    return await _shown(request, viewer, filter_id)


async def read_filter(request: web.Request) -> web.Response:
    """GET /api/v2/filters/:id, scope read:filters."""
    viewer = await require_viewer(request, "read:filters")
    return await _shown(request, viewer, path_id(request))


async def change_filter(request: web.Request) -> web.Response:
    """PUT /api/v2/filters/:id, scope write:filters. Only what is sent changes; words are added, changed, removed."""
    viewer = await require_viewer(request, "write:filters")
    await actions.edit(request.app[SERVICES], viewer, path_id(request), _change(await params(request)))
    return await _shown(request, viewer, path_id(request))


async def delete_filter(request: web.Request) -> web.Response:
    """DELETE /api/v2/filters/:id, scope write:filters."""
    viewer = await require_viewer(request, "write:filters")
    await actions.remove(request.app[SERVICES], viewer, path_id(request))
    return json_answer({})


# --- words ---


async def _word(request: web.Request, viewer: Person, keyword_id: int) -> web.Response:
    _, word = actions.with_keyword(await known(request, viewer), keyword_id)
    return json_answer(FilterKeyword(id=str(word.id), keyword=word.keyword, whole_word=word.whole_word))


async def list_keywords(request: web.Request) -> web.Response:
    """GET /api/v2/filters/:filter_id/keywords, scope read:filters."""
    viewer = await require_viewer(request, "read:filters")
    return json_answer(_keywords(actions.own(await known(request, viewer), path_id(request, "filter_id"))))


async def add_keyword(request: web.Request) -> web.Response:
    """POST /api/v2/filters/:filter_id/keywords, scope write:filters."""
    viewer = await require_viewer(request, "write:filters")
    given = await params(request)
    change = KeywordChange(keyword=given.text("keyword"), whole_word=given.boolean_or_none("whole_word"))
    number = await actions.add_keyword(request.app[SERVICES], viewer, path_id(request, "filter_id"), change)
    return await _word(request, viewer, number)


async def read_keyword(request: web.Request) -> web.Response:
    """GET /api/v2/filters/keywords/:id, scope read:filters."""
    viewer = await require_viewer(request, "read:filters")
    return await _word(request, viewer, path_id(request))


async def change_keyword(request: web.Request) -> web.Response:
    """PUT /api/v2/filters/keywords/:id, scope write:filters."""
    viewer = await require_viewer(request, "write:filters")
    given = await params(request)
    change = KeywordChange(keyword=given.text_or_none("keyword"), whole_word=given.boolean_or_none("whole_word"))
    await actions.edit_keyword(request.app[SERVICES], viewer, path_id(request), change)
    return await _word(request, viewer, path_id(request))


async def delete_keyword(request: web.Request) -> web.Response:
    """DELETE /api/v2/filters/keywords/:id, scope write:filters."""
    viewer = await require_viewer(request, "write:filters")
    await actions.remove_keyword(request.app[SERVICES], viewer, path_id(request))
    return json_answer({})


# --- posts ---


async def _naming(request: web.Request, viewer: Person, number: int) -> web.Response:
    row = actions.naming(await known(request, viewer), number)
    return json_answer(next(one for one in _named(row) if one.id == str(number)))


async def list_named(request: web.Request) -> web.Response:
    """GET /api/v2/filters/:filter_id/statuses, scope read:filters."""
    viewer = await require_viewer(request, "read:filters")
    return json_answer(_named(actions.own(await known(request, viewer), path_id(request, "filter_id"))))


async def name_status(request: web.Request) -> web.Response:
    """POST /api/v2/filters/:filter_id/statuses, scope write:filters. One that the viewer may see."""
    viewer = await require_viewer(request, "write:filters")
    filter_id, status_id = path_id(request, "filter_id"), (await params(request)).id("status_id")
    actions.own(await known(request, viewer), filter_id)
    if status_id is None:
        raise missing("status_id")
    number = await actions.name_post(request.app[SERVICES], viewer, filter_id, status_id)
    return await _naming(request, viewer, number)


async def read_named(request: web.Request) -> web.Response:
    """GET /api/v2/filters/statuses/:id, scope read:filters."""
    viewer = await require_viewer(request, "read:filters")
    return await _naming(request, viewer, path_id(request))


async def delete_named(request: web.Request) -> web.Response:
    """DELETE /api/v2/filters/statuses/:id, scope write:filters."""
    viewer = await require_viewer(request, "write:filters")
    await actions.unname_post(request.app[SERVICES], viewer, path_id(request))
    return json_answer({})
