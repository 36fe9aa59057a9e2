"""The tables of methods (client API section 4) held against the routes: method, path, scope, priority."""

import re
from typing import NamedTuple

import pytest

from server.http.scopes import SCOPES
from server.mastodon.routes import ROUTES
from server.oauth.routes import ROUTES as OAUTH_ROUTES
from tests.server.mastodon.test_routes import ABSENT
from tests.support.firm import App, Firm
from tests.support.specification import FOLDER

DOCUMENT = FOLDER / "mastodon-api.md"
_ROW = re.compile(
    r"^\| (GET|POST|PUT|PATCH|DELETE|HEAD) \| `([^`]+)` \| [^|]* \| ([^|]*) \| [^|]* \| (MUST|SHOULD|STUB|OMIT) \|",
    re.M,
)
_OUTSIDE = "This action is outside the authorized scopes"


class Row(NamedTuple):
    """One line of the tables."""

    method: str
    path: str
    scope: str
    priority: str


ELSEWHERE = ("/api/v1/streaming", "/.well-known/", "/nodeinfo/", "/health", "/")
"""Served by other packages, which have tests of their own; `/` stands for itself alone."""


def rows() -> list[Row]:
    """Every line of the tables."""
    found = [Row(*one) for one in _ROW.findall(DOCUMENT.read_text(encoding="utf-8"))]
    assert len(found) > 250
    return found


def plain(path: str) -> str:
    """A path with the same word for every placeholder."""
    return re.sub(r"\{\w+\}|:\w+", ":x", path)


def served() -> set[tuple[str, str]]:
    """What is answered."""
    return {(method, plain(path)) for method, path, _ in (*ROUTES, *OAUTH_ROUTES)}


def is_elsewhere(path: str) -> bool:
    return path == "/" or any(path.startswith(beginning) for beginning in ELSEWHERE if beginning != "/")


needs_document = pytest.mark.skipif(not DOCUMENT.is_file(), reason="specification is not beside the repository")


@needs_document
def test_every_method_that_clients_need_is_there_and_those_to_leave_out_are_not() -> None:
    missing, surplus = [], []
    for row in rows():
        is_there = (row.method, plain(row.path)) in served()
        if row.priority == "OMIT" and is_there:
            surplus.append((row.method, row.path))
        if row.priority != "OMIT" and not is_there and not is_elsewhere(row.path):
            missing.append((row.method, row.path))

    assert sorted(set(missing) - ABSENT_BY_CHOICE.keys()) == []
    assert surplus == []


@needs_document
def test_what_is_absent_by_choice_is_absent() -> None:
    absent = {(row.method, row.path) for row in rows() if (row.method, plain(row.path)) not in served()}

    assert ABSENT_BY_CHOICE.keys() - absent == set()


@needs_document
async def test_every_method_takes_the_scope_of_the_tables_and_no_other(firm: Firm, alice: App) -> None:
    """T138."""
    wrong: list[tuple[str, str, str]] = []
    for row in rows():
        scopes = [one for one in re.findall(r"[a-z]+(?::[a-z_]+)?", row.scope) if one in SCOPES]
        if (row.method, plain(row.path)) not in served() or not scopes or not row.path.startswith("/api/"):
            continue
        for scope in scopes:
            right = await firm.with_scopes(alice, scope)
            if await is_outside(right, row):
                wrong.append((row.method, row.path, f"refuses {scope}"))
        if "read" not in scopes and not await is_outside(await firm.with_scopes(alice, others(scopes)), row):
            wrong.append((row.method, row.path, "takes others"))

    assert [one for one in wrong if (one[0], one[1]) not in OTHER_SCOPES] == []


@needs_document
async def test_what_open_servers_show_says_that_this_one_is_closed(firm: Firm) -> None:
    """Client API 1.4: reads that the tables leave open have an error text of their own."""
    wrong: list[tuple[str, str]] = []
    for row in rows():
        is_open = row.scope.strip().startswith("–") and row.path.startswith("/api/")
        if row.method != "GET" or not is_open or (row.method, plain(row.path)) not in served():
            continue
        answer = await firm.nobody.call("GET", re.sub(r":\w+", str(ABSENT), row.path))
        if answer.status != 200 and answer.error != "This API requires an authenticated user":
            wrong.append((row.path, answer.error))

    assert wrong == []


def others(scopes: list[str]) -> str:
    """Every fine scope but these."""
    return " ".join(one for one in SCOPES if ":" in one and not one.startswith("admin") and one not in scopes)


async def is_outside(app: App, row: Row) -> bool:
    """The request is refused for its scope."""
    path = re.sub(r":(?:name|hashtag)", "rota", row.path)
    answer = await app.call(row.method, re.sub(r":\w+", str(ABSENT), path))
    return answer.status == 403 and answer.error == _OUTSIDE


ABSENT_BY_CHOICE: dict[tuple[str, str], str] = {
    ("GET", "/api/v1/instance/terms_of_service"): "there are none: the table's answer is the generic 404",
    ("GET", "/api/v1/instance/terms_of_service/:date"): "as above",
    (
        "GET",
        "/api/v1/instance/privacy_policy",
    ): "the firm's policy is the firm's own, and nobody has told it to the server",
    ("GET", "/api/v1/instance/activity"): "kept private: how much a firm writes is nobody else's business",
    ("GET", "/api/v1/instance/domain_blocks"): "kept private: 404",
    ("GET", "/api/v1_alpha/async_refreshes/:id"): "no refresh is ever announced: the table's answer is 404",
}
"""What clients are meant to find missing, and why."""

OTHER_SCOPES: dict[tuple[str, str], str] = {}
"""Where a scope differs from the table, and why."""
