"""What every answer has in common: JSON and CORS below the API, no redirects for slashes, nothing leaked."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientError, web

from federation.errors import Denied, Gone, Malformed, TryLater, Unauthenticated
from server.actions.refusals import Invalid, NotAllowed, NotThere
from server.http.answers import json_answer
from server.http.errors import ApiError, FieldError, forbidden, invalid, oauth_error, unauthorized
from server.http.keys import ERROR_PAGE, REQUEST_ID
from server.http.params import params
from tests.server.http.conftest import Client, Serve
from tests.support.schemas import validate

CORS_PATHS = [
    "/api/v1/instance",
    "/api/v2/instance",
    "/api/v1/statuses",
    "/api/v1/nothing/of/the/kind",
    "/oauth/token",
    "/oauth/revoke",
    "/oauth/userinfo",
    "/.well-known/oauth-authorization-server",
    "/nodeinfo/2.0",
    "/media/original/17.png",
]

ERRORS: dict[str, Exception] = {
    "api": forbidden(),
    "oauth": oauth_error("invalid_grant", "The grant is over."),
    "unauthorized": unauthorized(),
    "details": invalid("Username is taken", {"username": [FieldError("ERR_TAKEN", "has already been taken")]}),
    "not_found": web.HTTPNotFound(),
    "method": web.HTTPMethodNotAllowed("GET", ["POST"]),
    "too_large": web.HTTPRequestEntityTooLarge(10, 11),
    "teapot": web.HTTPException(),
    "malformed": Malformed("not an activity", reason="poison", secret="hunter2"),
    "unauthenticated": Unauthenticated("digest does not match the body", reason="digest_mismatch", secret="hunter2"),
    "denied": Denied("hunter2 is private", reason="not_authorized"),
    "gone": Gone("hunter2 is gone", reason="gone"),
    "later": TryLater("hunter2 away", reason="network"),
    "not_allowed": NotAllowed("Ask a host to let you in"),
    "not_there": NotThere("hunter2"),
    "invalid": Invalid("The title is too long"),
    "unforeseen": ValueError("hunter2"),
    "too_deep": RecursionError("hunter2"),
}


async def fail(request: web.Request) -> web.StreamResponse:
    raise ERRORS[request.match_info["kind"]]


async def echo(request: web.Request) -> web.Response:
    given = await params(request)
    return json_answer({"method": request.method, "id": request.match_info.get("id"), "text": given.text("text")})


async def a_page(request: web.Request) -> web.Response:
    return web.Response(text="<p>here</p>", content_type="text/html")


@pytest.fixture
async def client(serve: Serve) -> Client:
    return await serve(
        web.get("/api/v1/fail/{kind}", fail),
        web.get("/inbox/fail/{kind}", fail),
        web.get("/api/v1/echo", echo),
        web.post("/api/v1/echo", echo),
        web.put("/api/v1/things/{id}", echo),
        web.patch("/api/v1/things/{id}", echo),
        web.post("/oauth/token", echo),
        web.get("/oauth/authorize", a_page),
        web.get("/nodeinfo/2.0", echo),
        web.get("/page", a_page),
    )


@pytest.mark.parametrize("path", CORS_PATHS)
async def test_preflights_need_no_token_and_allow_authorization(client: Client, path: str) -> None:
    asked = {
        "Origin": "https://elk.example",
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
    }

    response = await client.options(path, headers=asked)

    assert response.status in (200, 204)
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "authorization" in response.headers["Access-Control-Allow-Headers"].lower()
    assert "PATCH" in response.headers["Access-Control-Allow-Methods"]
    assert response.headers["Access-Control-Max-Age"] == "86400"
    assert "Access-Control-Allow-Credentials" not in response.headers


async def test_a_preflight_that_names_no_headers_allows_the_usual_ones(client: Client) -> None:
    response = await client.options("/api/v1/echo")

    assert response.headers["Access-Control-Allow-Headers"] == "Authorization, Content-Type, Idempotency-Key"


EXPOSED = {
    *("Link", "Date", "Deprecation", "Mastodon-Async-Refresh", "X-Request-Id"),
    *("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"),
}
"""What pages of other sites may read (client API 1.6)."""


@pytest.mark.parametrize("path", CORS_PATHS)
async def test_every_answer_of_the_api_has_cors_headers(client: Client, path: str) -> None:
    response = await client.get(path)

    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert set(response.headers["Access-Control-Expose-Headers"].split(", ")) == EXPOSED


@pytest.mark.parametrize("path", ["/oauth/authorize", "/page", "/inbox/fail/api"])
async def test_pages_and_federation_have_no_cors_headers(client: Client, path: str) -> None:
    response = await client.get(path)

    assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/nothing/", "/api/v1/fail", "/api/v1/echo/more"])
async def test_an_unknown_path_of_the_api_is_404_in_json(client: Client, method: str, path: str) -> None:
    response = await client.request(method, path)

    assert response.status == 404
    assert response.headers["Content-Type"] == "application/json; charset=utf-8"
    assert await response.json() == {"error": "Not found"}


@pytest.mark.parametrize("method", ["DELETE", "PUT", "PATCH"])
async def test_an_unknown_method_of_the_api_is_404_and_never_405(client: Client, method: str) -> None:
    response = await client.request(method, "/api/v1/echo")

    assert response.status == 404
    assert await response.json() == {"error": "Not found"}


@pytest.mark.parametrize(
    ("kind", "status", "error"),
    [
        ("api", 403, "This action is not allowed"),
        ("oauth", 400, "invalid_grant"),
        ("unauthorized", 401, "The access token is invalid"),
        ("details", 422, "Validation failed: Username is taken"),
        ("not_found", 404, "Not found"),
        ("method", 404, "Not found"),
        ("too_large", 413, "File is too big"),
        ("malformed", 503, "Remote data could not be fetched"),
        ("unauthenticated", 503, "Remote data could not be fetched"),
        ("denied", 403, "This action is not allowed"),
        ("gone", 404, "Record not found"),
        ("later", 503, "Remote data could not be fetched"),
        ("not_allowed", 403, "Ask a host to let you in"),
        ("not_there", 404, "Record not found"),
        ("invalid", 422, "The title is too long"),
        ("unforeseen", 500, "Internal server error"),
        ("too_deep", 500, "Internal server error"),
    ],
)
async def test_errors_of_the_api_are_json_and_leak_nothing(client: Client, kind: str, status: int, error: str) -> None:
    """T113 in part, and section 1.2 of the threats: no input and no inner text in a body."""
    response = await client.get(f"/api/v1/fail/{kind}")

    body = await response.json()

    assert (response.status, body["error"]) == (status, error)
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["X-Request-Id"]
    assert "hunter2" not in await response.text() + str(response.headers)
    validate("Error", body)


@pytest.mark.parametrize(
    ("kind", "status", "error"),
    [
        ("malformed", 400, "not an activity"),
        ("unauthenticated", 401, "digest does not match the body"),
        ("denied", 403, "This action is not allowed"),
        ("gone", 401, "The sender is gone"),
        ("later", 503, "Service Unavailable"),
        ("method", 405, "Method Not Allowed"),
        ("not_found", 404, "Not found"),
        ("unforeseen", 500, "Internal server error"),
    ],
)
async def test_errors_towards_peers_are_a_status_and_a_sentence(
    client: Client, kind: str, status: int, error: str
) -> None:
    response = await client.get(f"/inbox/fail/{kind}")

    assert response.status == status
    assert await response.json() == {"error": error}
    assert "hunter2" not in str(response.headers)


@pytest.mark.parametrize("path", ["/api/v1/fail/later", "/inbox/fail/later"])
async def test_overload_says_when_to_come_again(client: Client, path: str) -> None:
    response = await client.get(path)

    assert int(response.headers["Retry-After"]) > 0


async def test_a_refused_token_says_how_to_authenticate(client: Client) -> None:
    response = await client.get("/api/v1/fail/unauthorized")

    assert response.headers["WWW-Authenticate"].startswith("Bearer ")
    assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]


async def test_a_validation_names_the_fields(client: Client) -> None:
    response = await client.get("/api/v1/fail/details")

    assert (await response.json())["details"] == {
        "username": [{"error": "ERR_TAKEN", "description": "has already been taken"}]
    }


async def test_the_page_of_an_error_is_asked_for_outside_the_api_only(serve: Serve) -> None:
    async def page(request: web.Request, error: Exception) -> web.Response | None:
        status = error.status if isinstance(error, ApiError) else None
        return web.Response(text="<p>sorry</p>", status=status, content_type="text/html") if status else None

    client = await serve(
        web.get("/page/{kind}", fail),
        web.get("/api/v1/page/{kind}", fail),
        prepare=lambda app: app.__setitem__(ERROR_PAGE, page),
    )

    known = await client.get("/page/api")
    unforeseen = await client.get("/page/unforeseen")
    left_alone = await client.get("/page/not_found")
    of_the_api = await client.get("/api/v1/page/api")

    assert (known.status, known.content_type) == (403, "text/html")
    assert (unforeseen.status, unforeseen.content_type) == (500, "text/html")
    assert (left_alone.status, left_alone.content_type) == (404, "application/json")
    assert of_the_api.content_type == "application/json"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/echo"),
        ("POST", "/api/v1/echo"),
        ("PUT", "/api/v1/things/7"),
        ("PATCH", "/api/v1/things/caf%C3%A9"),
        ("POST", "/oauth/token"),
        ("GET", "/nodeinfo/2.0"),
        ("GET", "/oauth/authorize"),
        ("GET", "/api/v1/nothing"),
    ],
)
async def test_a_trailing_slash_changes_nothing(client: Client, method: str, path: str) -> None:
    without = await client.request(method, f"{path}?text=a%2Fb", allow_redirects=False)
    with_slash = await client.request(method, f"{path}/?text=a%2Fb", allow_redirects=False)

    assert with_slash.status == without.status
    assert await with_slash.text() == await without.text()


async def test_a_form_sent_to_a_path_with_a_slash_arrives(client: Client) -> None:
    response = await client.post("/api/v1/echo/", data={"text": "hello"}, allow_redirects=False)

    assert await response.json() == {"method": "POST", "id": None, "text": "hello"}


@pytest.mark.parametrize("path", ["/api/v1/echo//", "/api//v1/echo", "/page/"])
async def test_other_slashes_are_other_paths(client: Client, path: str) -> None:
    response = await client.get(path, allow_redirects=False)

    assert response.status == 404


async def test_put_and_patch_reach_the_same_handler(client: Client) -> None:
    for method in ("PUT", "PATCH"):
        response = await client.request(method, "/api/v1/things/7", json={"text": "x"})

        assert await response.json() == {"method": method, "id": "7", "text": "x"}


async def test_head_answers_like_get_without_a_body(client: Client) -> None:
    got = await client.get("/api/v1/echo")
    headed = await client.head("/api/v1/echo")
    missing = await client.head("/api/v1/nothing")

    assert headed.status == 200
    assert headed.headers["Content-Type"] == got.headers["Content-Type"]
    assert "Date" in headed.headers
    assert await headed.read() == b""
    assert missing.status == 404


@pytest.mark.parametrize("path", ["/api/v1/echo", "/api/v1/nothing", "/page", "/nothing", "/oauth/authorize"])
async def test_no_answer_may_be_kept_by_a_shared_cache(client: Client, path: str) -> None:
    """T114."""
    response = await client.get(path)

    assert response.headers["Cache-Control"] == "private, no-store"
    assert "Authorization" in response.headers["Vary"].split(", ")


async def test_a_handler_may_allow_caching(serve: Serve) -> None:
    async def cached(request: web.Request) -> web.Response:
        return json_answer({}, headers={"Cache-Control": "public, max-age=60"})

    client = await serve(web.get("/api/v1/custom_emojis", cached))

    response = await client.get("/api/v1/custom_emojis")

    assert response.headers["Cache-Control"] == "public, max-age=60"


async def test_pages_carry_the_headers_that_protect_them(client: Client) -> None:
    """T113."""
    response = await client.get("/page")

    policy = response.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "*" not in policy
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["Strict-Transport-Security"].startswith("max-age=")


async def test_each_request_has_an_id_of_its_own(serve: Serve) -> None:
    async def name(request: web.Request) -> web.Response:
        return json_answer({"id": request[REQUEST_ID]})

    client = await serve(web.get("/api/v1/name", name))

    first = await client.get("/api/v1/name", headers={"X-Request-Id": "chosen"})
    second = await client.get("/api/v1/name")

    assert (await first.json())["id"] == first.headers["X-Request-Id"] != "chosen"
    assert second.headers["X-Request-Id"] != first.headers["X-Request-Id"]


async def test_redirects_pass(serve: Serve) -> None:
    async def away(request: web.Request) -> web.Response:
        raise web.HTTPFound("https://elk.example/?code=1")

    client = await serve(web.get("/oauth/authorize", away))

    response = await client.get("/oauth/authorize", allow_redirects=False)

    assert response.status == 302
    assert response.headers["Location"] == "https://elk.example/?code=1"


async def test_a_stream_that_fails_half_way_is_cut_and_not_answered_twice(serve: Serve) -> None:
    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b":)\n")
        raise ValueError("hunter2")

    client = await serve(web.get("/api/v1/streaming", stream))

    response = await client.get("/api/v1/streaming")

    assert response.headers["Access-Control-Allow-Origin"] == "*"
    with pytest.raises(ClientError):
        await response.read()


async def test_a_websocket_gets_the_headers_too(serve: Serve) -> None:
    async def stream(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str("hello")
        await socket.close()
        return socket

    client = await serve(web.get("/api/v1/streaming", stream), rate=5)

    async with client.ws_connect("/api/v1/streaming?access_token=x") as socket:
        assert await socket.receive_str() == "hello"


async def test_a_body_that_is_never_read_does_no_harm(client: Client) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"a" * 100_000

    response = await client.post("/api/v1/nothing", data=body())

    assert response.status == 404
