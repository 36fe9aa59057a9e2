"""Every route at once: who is let in, what is not there, slashes, methods, and that no route is forgotten."""

import re

from server.mastodon.routes import ROUTES
from server.oauth.routes import ROUTES as OAUTH_ROUTES
from tests.support.contract import ANSWERS
from tests.support.firm import Answer, App, Document, Firm
from tests.support.statements import of_each_request

OPEN = {
    ("GET", "/api/v2/instance"),
    ("GET", "/api/v1/instance"),
    ("GET", "/api/v1/instance/rules"),
    ("GET", "/api/v1/custom_emojis"),
    ("GET", "/api/v1/instance/extended_description"),
    ("GET", "/api/v1/instance/languages"),
    ("GET", "/api/v1/instance/translation_languages"),
}
"""What every login begins with (client API 1.4)."""

CLOSED = sorted({(method, path) for method, path, _ in ROUTES} - OPEN)
SCOPED = [route for route in CLOSED if route not in (("GET", "/api/v1/instance/peers"), ("POST", "/api/v1/accounts"))]
"""Peers are asked for with whatever scope, and accounts are made before there is a person."""

ABSENT = 999_999_999_999_999_999


def with_id(path: str, value: object) -> str:
    """The path with a value in the place of the id that it ends in or contains."""
    return (
        re.sub(r"\{\w*id\}", str(value), path)
        .replace("{hashtag}", "rota")
        .replace("{name}", "rota")
        .replace("{group_key}", "ungrouped-999999")
    )


async def answers(app: App, routes: list[tuple[str, str]], value: object = ABSENT) -> dict[str, Answer]:
    """What each route answers; with no parameters but a text where something is changed."""
    return {
        f"{method} {path}": await app.call(
            method,
            with_id(path, value),
            json={"status": "Other words"} if method in ("PUT", "PATCH") else None,
            Origin="https://app.example",
        )
        for method, path in routes
    }


def statuses(found: dict[str, Answer]) -> set[int]:
    return {answer.status for answer in found.values()}


def test_every_route_has_a_schema_and_every_schema_a_route() -> None:
    named = {
        ("PATCH" if (method, path) not in ANSWERS and method == "PUT" else method, path) for method, path, _ in ROUTES
    }
    named = {("PUT" if (method, path) not in ANSWERS and method == "PATCH" else method, path) for method, path in named}
    served = {(method, path) for method, path, _ in OAUTH_ROUTES} | named

    assert named - ANSWERS.keys() == set()
    assert {key for key in ANSWERS if key[1].startswith("/api/")} - served == set()


def test_put_and_patch_are_the_same() -> None:
    handlers = {(method, path): handler for method, path, handler in ROUTES}
    other = {"PUT": "PATCH", "PATCH": "PUT"}

    assert {(method, path): handler for (method, path), handler in handlers.items() if method in other} == {
        (method, path): handlers.get((other[method], path)) for method, path in handlers if method in other
    }


async def test_without_a_token_nothing_is_read_but_what_logins_begin_with(firm: Firm) -> None:
    """Product rule 2."""
    closed = await answers(firm.nobody, CLOSED)

    assert {route: answer.status for route, answer in closed.items() if answer.status != 401} == {}
    assert {answer.error for answer in closed.values()} == {
        "The access token is invalid",
        "This API requires an authenticated user",
    }
    assert all("invalid_token" in answer.headers["WWW-Authenticate"] for answer in closed.values())
    assert statuses(await answers(firm.nobody, sorted(OPEN))) == {200}


async def test_a_token_that_is_no_good_is_refused_everywhere(firm: Firm) -> None:
    """Client API 1.4: also where nobody needs one."""
    stale = App(firm.session, firm.port, token="stale")

    found = await answers(stale, sorted({*CLOSED, *OPEN}))

    assert {route: answer.status for route, answer in found.items() if answer.status != 401} == {}


async def test_an_app_alone_is_told_that_a_person_is_needed(firm: Firm) -> None:
    app = App(firm.session, firm.port, token=await firm.app_token())

    found = await answers(app, SCOPED)

    assert {(answer.status, answer.error) for answer in found.values()} == {
        (422, "This method requires an authenticated user")
    }


async def test_a_token_for_something_else_is_refused_as_such(firm: Firm, alice: App) -> None:
    """T138."""
    pushes = [route for route in SCOPED if "/push/" in route[1]]
    others = [route for route in SCOPED if route not in pushes]

    found = await answers(await firm.with_scopes(alice, "push"), others)
    found |= await answers(await firm.with_scopes(alice, "follow"), pushes)

    assert {route: (answer.status, answer.error) for route, answer in found.items() if answer.status != 403} == {}
    assert {answer.error for answer in found.values()} == {"This action is outside the authorized scopes"}


async def test_reading_and_writing_are_different_rights(firm: Firm, alice: App) -> None:
    """T138."""
    reads = [route for route in SCOPED if route[0] == "GET"]
    # Removing a suggestion has the scope of reading it (client API section 4).
    writes = [route for route in CLOSED if route[0] != "GET" and "suggestions" not in route[1]]

    reading = await answers(
        await firm.with_scopes(alice, "write follow"), [one for one in reads if "follow" not in one[1]]
    )
    writing = await answers(await firm.with_scopes(alice, "read"), writes)

    follow_covers = {"GET /api/v1/accounts/relationships", "GET /api/v1/blocks", "GET /api/v1/domain_blocks"}
    follow_covers |= {"GET /api/v1/mutes", "GET /api/v1/tags/{name}"}
    # One's own uploads are read with the right to upload.
    write_covers = {"GET /api/v1/media/{id}"}
    assert {route for route, answer in reading.items() if answer.status != 403} == follow_covers | write_covers
    assert {route: answer.status for route, answer in writing.items() if answer.status != 403} == {}


async def test_what_is_not_there_is_not_found(alice: App) -> None:
    # Administration has its own tests: to everybody else it is forbidden, whatever is there.
    routes = [(method, path) for method, path in CLOSED if re.search(r"\{\w*id\}", path) and "/admin/" not in path]

    found = await answers(alice, routes)
    rubbish = await answers(alice, routes, "first")
    beyond = await answers(alice, routes, 2**64)

    for given in (found, rubbish, beyond):
        assert {route: answer.status for route, answer in given.items() if answer.status != 404} == {}
        assert {answer.error for answer in given.values()} == {"Record not found"}


async def test_what_is_hidden_answers_as_what_is_missing(firm: Firm, alice: App) -> None:
    """T148, T128: over every route that takes an id, for somebody outside and for somebody who has left."""
    board = await firm.community("board", host=alice, visibility="private")
    plans = await firm.community("plans", host=alice, visibility="on-request")
    eve, rex = await firm.person("eve"), await firm.person("rex")
    await rex.follow(plans)
    await alice.post(f"/api/v1/follow_requests/{rex.id}/authorize")
    hidden = [await alice.say("@board Figures"), await alice.say("@plans Plans")]
    wrappers = await alice.get("/api/v1/timelines/home")
    lists = await alice.get("/api/v1/lists")
    await rex.answer(hidden[1], "Mine")
    (told,) = await alice.get("/api/v1/notifications", **{"types[]": "mention"})
    await rex.post(f"/api/v1/accounts/{plans['id']}/unfollow")
    ids = {one["id"] for one in (board, *hidden, *wrappers, *lists, told)}
    routes = [(method, path) for method, path in CLOSED if re.search(r"\{\w*id\}", path)]

    with of_each_request(firm.runtime.db) as asked:
        for viewer in (eve, rex):
            missing = await answers(viewer, routes)
            for one in ids:
                found = await answers(viewer, routes, one)
                assert outcomes(found) == outcomes(missing), (viewer.name, one)
                # T170: nor by the time that it takes.
                assert costs(found, asked) == costs(missing, asked), (viewer.name, one)


def costs(found: dict[str, Answer], asked: dict[str, list[str]]) -> dict[str, int]:
    """How many statements each answer took."""
    return {route: len(asked.get(answer.headers["X-Request-Id"], ())) for route, answer in found.items()}


def outcomes(found: dict[str, Answer]) -> dict[str, tuple[int, bytes]]:
    return {route: (answer.status, answer.body) for route, answer in found.items()}


async def test_a_trailing_slash_changes_nothing(firm: Firm, alice: App, sites: Document) -> None:
    await alice.say("@sites Night shifts?")
    reads = [(method, path) for method, path, _ in ROUTES if method == "GET"]

    plain = {route: (await alice.call(*route_of(route, sites))) for route in reads}
    slash = {route: (await alice.call(route[0], route_of(route, sites)[1] + "/")) for route in reads}

    assert {route: answer.status for route, answer in plain.items()} == {
        route: answer.status for route, answer in slash.items()
    }
    assert {route: answer.body for route, answer in plain.items()} == {
        route: answer.body for route, answer in slash.items()
    }
    assert (await alice.call("POST", "/api/v1/statuses/", form={"status": "Later"})).status == 200
    # What changes something, by somebody for whom it changes nothing.
    writes = [(method, path) for method, path, _ in ROUTES if method != "GET"]
    unslashed = outcomes(await answers(firm.nobody, writes)).values()
    assert list(outcomes(await answers(firm.nobody, [(m, f"{p}/") for m, p in writes])).values()) == list(unslashed)


def route_of(route: tuple[str, str], account: Document) -> tuple[str, str]:
    return route[0], with_id(route[1], account["id"])


async def test_every_answer_may_be_read_by_pages_of_other_sites(firm: Firm, alice: App) -> None:
    found = await answers(alice, CLOSED) | await answers(firm.nobody, sorted({(m, p) for m, p, _ in ROUTES}))

    assert {answer.headers.get("Access-Control-Allow-Origin") for answer in found.values()} == {"*"}
    assert all("Link" in answer.headers["Access-Control-Expose-Headers"] for answer in found.values())
    assert {answer.headers["Content-Type"] for answer in found.values()} == {"application/json; charset=utf-8"}
    assert all("Access-Control-Allow-Credentials" not in answer.headers for answer in found.values())


async def test_unknown_paths_and_methods_are_not_found_in_json(alice: App) -> None:
    unknown = [
        ("GET", "/api/v1/nothing"),
        ("POST", "/api/v9/statuses"),
        ("GET", "/api/v2_alpha/notifications"),
        ("GET", "/api/v1/pleroma/accounts"),
        ("DELETE", "/api/v1/timelines/home"),
        ("PUT", "/api/v1/statuses"),
        ("GET", "/api/"),
    ]

    found = await answers(alice, unknown)

    assert {(answer.status, answer.error) for answer in found.values()} == {(404, "Not found")}
    assert {answer.headers["Access-Control-Allow-Origin"] for answer in found.values()} == {"*"}


async def test_a_preflight_is_answered_without_a_token(firm: Firm) -> None:
    paths = [*sorted({path for _, path, _ in ROUTES})[:20], "/api/v1/nothing", "/oauth/token", "/api/v1/apps"]

    for path in paths:
        answer = await firm.nobody.call(
            "OPTIONS",
            with_id(path, 1),
            Origin="https://app.example",
            Access_Control_Request_Method="POST",
            Access_Control_Request_Headers="authorization,content-type,idempotency-key",
        )

        assert answer.status in (200, 204), path
        assert "authorization" in answer.headers["Access-Control-Allow-Headers"].lower()
        assert "PATCH" in answer.headers["Access-Control-Allow-Methods"]


async def test_head_answers_like_get_without_a_body(alice: App) -> None:
    got = await alice.call("GET", "/api/v1/timelines/home")
    head = await alice.call("HEAD", "/api/v1/timelines/home")

    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Type"] == got.headers["Content-Type"]
    assert (await alice.call("HEAD", "/")).headers["Date"]
