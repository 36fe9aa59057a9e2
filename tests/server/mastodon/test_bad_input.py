"""Every method with every parameter that its code reads, given what it cannot be: a refusal with the documented body,
or the value counts as not given; never a 500 (client API 1.3 and 1.7, T103).

The table is made from the code: a new method, and a new parameter, are in it by themselves. And over the same table: a
full page of any list in at most eight statements.
"""

import ast
import asyncio
import inspect
import re
import sys
from functools import cache
from types import FunctionType, ModuleType
from typing import Any

import pytest

from server.mastodon.routes import ROUTES
from tests.server.mastodon.test_routes import with_id
from tests.support.contract import ANSWERS
from tests.support.firm import App, Document, Firm
from tests.support.statements import counted

READERS = frozenset(
    {
        "text",
        "text_or_none",
        "required",
        "choice",
        "one_of",
        "boolean",
        "boolean_or_none",
        "integer",
        "integer_or_none",
        "bound",
        "id",
        "ids",
        "ids_or_none",
        "strings",
        "strings_or_none",
        "inner",
        "objects",
        "instant",
        "file",
    }
)
"""What `Params` is asked by."""

PAGE = ("limit", "max_id", "since_id", "min_id")
WRONG: dict[str, Any] = {
    "null": None,
    "empty": "",
    "text": "first",
    "nul": "a\0b",
    "surrogate": "\ud800",
    "long": "x" * 5000,
    "negative": -1,
    "zero": 0,
    "huge": 10**30,
    "fraction": 1.5,
    "boolean": True,
    "list": ["a", 1, None, [], {}],
    "nested": [[["a"]], {"a": [{"b": None}]}],
    "object": {"a": 1, "0": {"id": "x"}, "": ""},
    "date": "00001345T999999Z",
    "far": "99991231T235959-2359",
    "wild": "%_\\'\";--<script>",
}
"""One of each kind of thing that something is not."""

AT_MOST = 8
ELSEWHERE = {"/api/v1/media", "/api/v2/media"}
"""Uploads have bounds and bodies of their own, and tests for them."""


@cache
def _functions(module: ModuleType) -> dict[str, ast.AST]:
    tree = ast.parse(inspect.getsource(module))
    return {node.name: node for node in tree.body if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef)}


def parameters(handler: Any) -> list[str]:
    """The names that a handler asks for, itself or through other functions of its module."""
    function = inspect.unwrap(handler)
    if not isinstance(function, FunctionType):
        return []
    known, seen, waiting = _functions(sys.modules[function.__module__]), set[str](), [function.__name__]
    names: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in seen or name not in known:
            continue
        seen.add(name)
        for node in ast.walk(known[name]):
            if isinstance(node, ast.Name):
                waiting.append(node.id)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "parse_page":
                names.update(PAGE)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in READERS:
                names.update(str(one.value) for one in node.args[:1] if isinstance(one, ast.Constant) and one.value)
    return sorted(names)


CASES = [
    (method, path, name)
    for method, path, handler in ROUTES
    if path not in ELSEWHERE and method != "PUT"
    for name in parameters(handler)
]


def test_the_table_has_every_parameter_that_is_known_to_be_there() -> None:
    known = {
        ("GET", "/api/v1/timelines/home", "max_id"),
        ("POST", "/api/v1/statuses", "in_reply_to_id"),
        ("POST", "/api/v1/statuses", "poll"),
        ("POST", "/api/v1/statuses", "visibility"),
        ("GET", "/api/v2/search", "account_id"),
        ("POST", "/api/v1/reports", "status_ids"),
        ("PATCH", "/api/v1/accounts/update_credentials", "source"),
        ("POST", "/api/v1/markers", "home"),
    }

    assert known - {*CASES} <= {("POST", "/api/v1/markers", "home")}
    assert len(CASES) > 200


STORED = ("nul", "surrogate", "huge", "negative", "nested", "far")
"""What PostgreSQL takes otherwise than SQLite."""


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("kind", list(WRONG))
async def test_nothing_that_is_sent_is_an_error_of_the_server(firm: Firm, alice: App, kind: str) -> None:
    """T103. In JSON with every method, in the query of those that read; each body is held against its schema."""
    await _send_to_all(firm, alice, kind)


@pytest.mark.parametrize("database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
@pytest.mark.parametrize("kind", STORED)
async def test_nothing_that_is_sent_is_an_error_of_the_other_database(firm: Firm, alice: App, kind: str) -> None:
    """As above."""
    await _send_to_all(firm, alice, kind)


async def _send_to_all(firm: Firm, alice: App, kind: str) -> None:
    boss = await firm.person("boss", "read write follow push admin:read admin:write", role="admin")
    broken: list[tuple[str, ...]] = []

    async def attempt(method: str, path: str, name: str) -> None:
        app = boss if "/admin/" in path else alice
        where = with_id(path, alice.id)
        answers = [await app.call(method, where, json={name: WRONG[kind]})]
        if method == "GET" and isinstance(WRONG[kind], str) and "\ud800" not in WRONG[kind]:
            answers.append(await app.call(method, where, query={name: WRONG[kind]}))
        broken.extend((method, path, name, answer.body.decode()) for answer in answers if answer.status >= 500)

    if kind == "surrogate":
        # No JSON of a library has one: it comes as bytes of an address that are no UTF-8.
        for method, path, name in CASES:
            if method == "GET":
                answer = await alice.call(method, f"{with_id(path, alice.id)}?{name}=%ED%A0%80")
                broken += [(method, path, name)] if answer.status >= 500 else []
    else:
        for start in range(0, len(CASES), 16):
            await asyncio.gather(*(attempt(*case) for case in CASES[start : start + 16]))

    assert broken == []


LISTS = [path for (method, path), shape in ANSWERS.items() if method == "GET" and isinstance(shape, list)]


async def filled(firm: Firm, alice: App, bob: App, sites: Document) -> dict[str, str]:
    """More than a small page of everything; ids by the words for them in paths."""
    status = await bob.say("@sites @alice Who knows? #rota", poll={"options": ["Yes", "No"], "expires_in": 600})
    for number in range(8):
        person = await firm.person(f"p{number}")
        await person.follow(sites)
        await person.follow(alice)
        await alice.follow(person)
        said = await person.say(f"@sites @alice Night {number} #rota #tag{number}")
        await alice.post(f"/api/v1/statuses/{said['id']}/favourite")
        await alice.post(f"/api/v1/statuses/{said['id']}/bookmark")
        await person.post(f"/api/v1/statuses/{status['id']}/favourite")
        await person.say(f"@alice Hello {number}", visibility="direct")
        await alice.post(f"/api/v1/tags/tag{number}/follow")
        await alice.post(
            "/api/v2/filters", title=f"f{number}", context=["home"], keywords_attributes=[{"keyword": "x"}]
        )
    lists = await alice.get("/api/v1/lists")
    return {"{id}": status["id"], "{list_id}": lists[0]["id"]}


async def test_a_page_of_any_list_costs_at_most_eight_statements(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    """Issue: no list asks once for each entry, whoever adds it."""
    ids = await filled(firm, alice, bob, sites)
    boss = await firm.person("boss", "read write follow push admin:read admin:write", role="admin")
    costs: dict[str, list[str]] = {}
    for path in LISTS:
        app = boss if "/admin/" in path else alice
        where = path.replace("{list_id}", ids["{list_id}"])
        number = ids["{id}"] if "statuses" in path else alice.id
        where = with_id(re.sub(r"\{id\}", number, where), alice.id)
        # Nothing is kept from an earlier request.
        firm.clock.advance(hours=1)
        with counted(firm.runtime.db) as cost:
            await app.call("GET", where, query={"limit": "5", "id[]": alice.id, "q": "n"})
        costs[path] = cost.statements

    assert {path: len(made) for path, made in costs.items() if len(made) > AT_MOST} == {}
