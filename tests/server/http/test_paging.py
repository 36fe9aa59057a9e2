"""Pages: the window asked for, the statement, and the Link header by which clients go on."""

import re

import pytest
from aiohttp import web
from sqlalchemy import Column, Connection, Integer, MetaData, Table, create_engine, insert, select

from models.queries.paging import Page
from server.http.answers import json_page
from server.http.paging import link_header, parse_page
from server.http.params import Params, params
from server.http.tree import Node
from tests.server.http.conftest import PUBLIC_URL, Client, Serve

LINK = re.compile(r'<([^<>,;]+)>; rel="(next|prev)"')
TOOT = re.compile(r'^<([^>]+)>; rel="next"')

ENTRIES = Table("entries", MetaData(), Column("id", Integer, primary_key=True))
ALL_IDS = list(range(10, 101, 10))


@pytest.fixture
def entries() -> Connection:
    connection = create_engine("sqlite://").connect()
    ENTRIES.metadata.create_all(connection)
    connection.execute(insert(ENTRIES), [{"id": number} for number in ALL_IDS])
    return connection


def ids_of(entries: Connection, page: Page) -> list[int]:
    rows = entries.execute(page.bound(select(ENTRIES.c.id), ENTRIES.c.id)).scalars().all()
    return page.ordered(rows)


def a_page(max_id: int | None = None, since_id: int | None = None, min_id: int | None = None, limit: int = 3) -> Page:
    return Page(max_id, since_id, min_id, limit)


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (a_page(), [100, 90, 80]),
        (a_page(max_id=80), [70, 60, 50]),
        (a_page(max_id=75), [70, 60, 50]),
        (a_page(since_id=50), [100, 90, 80]),
        (a_page(since_id=90), [100]),
        (a_page(min_id=50), [80, 70, 60]),
        (a_page(min_id=55), [80, 70, 60]),
        (a_page(min_id=80), [100, 90]),
        (a_page(min_id=100), []),
        (a_page(max_id=10), []),
        (a_page(max_id=80, since_id=50), [70, 60]),
        (a_page(max_id=80, min_id=10), [40, 30, 20]),
        (a_page(min_id=20, since_id=80), [50, 40, 30]),
        (a_page(max_id=2**63 - 1, since_id=0, limit=1), [100]),
    ],
)
def test_windows(entries: Connection, page: Page, expected: list[int]) -> None:
    assert ids_of(entries, page) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, Page(None, None, None, 20)),
        ({"max_id": "5", "since_id": 3, "min_id": "4", "limit": "7"}, Page(5, 3, 4, 7)),
        ({"limit": "0"}, Page(None, None, None, 1)),
        ({"limit": "41"}, Page(None, None, None, 40)),
        ({"max_id": "", "min_id": "abc", "since_id": "-1"}, Page(None, None, None, 20)),
        ({"max_id": "9" * 30}, Page(2**63 - 1, None, None, 20)),
        ({"max_id": ["1", "2"], "min_id": {"a": "b"}}, Page(2, None, None, 20)),
    ],
)
def test_the_window_a_request_asks_for(given: dict[str, Node], expected: Page) -> None:
    """T103 for the limit."""
    assert parse_page(Params(given), default=20, maximum=40) == expected


@pytest.fixture
async def client(serve: Serve, entries: Connection) -> Client:
    async def show(request: web.Request) -> web.Response:
        page = parse_page(await params(request), default=3, maximum=5)
        ids = ids_of(entries, page)
        return json_page(request, ids, ids[0] if ids else None, ids[-1] if ids else None, page)

    return await serve(web.get("/api/v1/timelines/{name}", show))


def links(header: str) -> dict[str, str]:
    return {relation: url for url, relation in LINK.findall(header)}


async def test_the_header_is_exactly_as_clients_parse_it(client: Client) -> None:
    response = await client.get("/api/v1/timelines/home?limit=3&max_id=90")

    assert response.headers["Link"] == (
        f'<{PUBLIC_URL}/api/v1/timelines/home?limit=3&max_id=60>; rel="next", '
        f'<{PUBLIC_URL}/api/v1/timelines/home?limit=3&min_id=80>; rel="prev"'
    )
    assert TOOT.match(response.headers["Link"])


async def test_the_parameters_are_repeated_but_for_cursors_and_tokens(client: Client) -> None:
    query = "local=true&types[]=a&types[]=b&q=x,y<z>;%22%C3%A9&min_id=20&since_id=1&access_token=secret&empty="

    response = await client.get(f"/api/v1/timelines/home?{query}")

    assert links(response.headers["Link"])["next"] == (
        f"{PUBLIC_URL}/api/v1/timelines/home?local=true&types[]=a&types[]=b&q=x%2Cy%3Cz%3E%3B%22%C3%A9&empty=&max_id=30"
    )
    assert "secret" not in response.headers["Link"]


async def test_the_parameters_of_a_body_are_repeated_as_a_query(client: Client) -> None:
    """1.3: a body counts on GET too."""
    sent = {"types": ["a", "b"], "local": True, "none": None, "min_id": "20", "of": {"n": 2}, "access_token": "secret"}

    response = await client.request("GET", "/api/v1/timelines/home?limit=2&local=false", json=sent)

    assert links(response.headers["Link"])["next"] == (
        f"{PUBLIC_URL}/api/v1/timelines/home?limit=2&local=true&types[]=a&types[]=b&of[n]=2&max_id=30"
    )


@pytest.mark.parametrize("path", ["a,b", "a%2Cb", "a%3Cb%3E"])
async def test_the_path_breaks_no_parser_either(client: Client, path: str) -> None:
    response = await client.get(f"/api/v1/timelines/{path}")

    assert set(links(response.headers["Link"])) == {"next", "prev"}


async def test_a_path_with_a_slash_gives_the_same_links(client: Client) -> None:
    with_slash = await client.get("/api/v1/timelines/home/?limit=2")
    without = await client.get("/api/v1/timelines/home?limit=2")

    assert with_slash.headers["Link"] == without.headers["Link"]


async def test_an_empty_page_has_no_links(client: Client) -> None:
    response = await client.get("/api/v1/timelines/home?max_id=10")

    assert await response.json() == []
    assert "Link" not in response.headers


async def test_a_page_that_is_not_full_has_no_next(client: Client) -> None:
    response = await client.get("/api/v1/timelines/home?max_id=30")

    assert set(links(response.headers["Link"])) == {"prev"}


async def test_entries_left_out_do_not_end_a_list(serve: Serve) -> None:
    async def show(request: web.Request) -> web.Response:
        return json_page(request, ["70"], 90, 70, a_page(), examined=3)

    client = await serve(web.get("/api/v1/filtered", show))

    response = await client.get("/api/v1/filtered")

    assert links(response.headers["Link"])["next"].endswith("?max_id=70")


async def test_forward_to_the_end_and_back_to_the_start_visits_each_entry_once(client: Client) -> None:
    async def walk(url: str | None, relation: str) -> list[int]:
        seen: list[int] = []
        while url is not None:
            response = await client.get(url.removeprefix(PUBLIC_URL))
            ids = await response.json()
            seen = seen + ids if relation == "next" else ids + seen
            url = links(response.headers.get("Link", "")).get(relation)
        return seen

    forward = await walk("/api/v1/timelines/home?limit=3", "next")
    back = await walk("/api/v1/timelines/home?limit=3&min_id=10", "prev")

    assert forward == ALL_IDS[::-1]
    assert back == ALL_IDS[:0:-1]


@pytest.mark.parametrize("cursors", [(None, None), (5, None), (None, 5)])
async def test_no_cursor_is_no_header(serve: Serve, cursors: tuple[int | None, int | None]) -> None:
    found: list[str | None] = []

    async def show(request: web.Request) -> web.Response:
        found.append(link_header(request, *cursors, is_full=True))
        return web.json_response({})

    client = await serve(web.get("/api/v1/empty", show))

    await client.get("/api/v1/empty")

    assert found == [None]
