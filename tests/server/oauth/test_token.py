"""POST /oauth/token: what a code is bound to, that it counts once, and what is refused how."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select

from models.oauth import Token
from server.oauth.token import INVALID_CLIENT, INVALID_GRANT
from tests.server.oauth.flows import ICE_CUBES, PKCE, VERIFIER, WEB, App, code_for, exchange, token_for
from tests.support.site import Site


async def send(site: Site, given: dict[str, str]) -> tuple[int, Any]:
    status, body, _ = await site.api("POST", "/oauth/token", form=given)
    return status, body


async def test_a_code_counts_once_and_its_second_use_ends_the_first_token(site: Site) -> None:
    """T135."""
    app = await site.register(WEB)
    code = await code_for(site, app)
    _, first = await send(site, exchange(app, code))
    before, _, _ = await site.api("GET", "/api/v1/probe/lists", token=first["access_token"])

    second = await send(site, exchange(app, code))

    assert second == (400, {"error": "invalid_grant", "error_description": INVALID_GRANT})
    after, body, _ = await site.api("GET", "/api/v1/probe/lists", token=first["access_token"])
    assert (before, after) == (200, 401)
    assert body == {"error": "The access token was revoked"}


async def test_of_concurrent_exchanges_exactly_one_succeeds(site: Site) -> None:
    """T135."""
    app = await site.register(WEB)
    code = await code_for(site, app)

    answers = await asyncio.gather(*(send(site, exchange(app, code)) for _ in range(8)))

    assert sorted(status for status, _ in answers) == [200] + [400] * 7
    assert await site.scalar(select(func.count()).select_from(Token)) == 1
    assert await site.scalar(select(func.count()).where(Token.revoked_at.is_(None))) == 0


async def test_a_stolen_code_is_known_as_used_for_another_client_too(site: Site) -> None:
    """T135, T136."""
    app, thief = await site.register(WEB), await site.register(WEB)
    code = await code_for(site, app)
    _, first = await send(site, exchange(app, code))

    status, _ = await send(site, exchange(thief, code))

    assert status == 400
    assert (await site.api("GET", "/api/v1/probe/any", token=first["access_token"]))[0] == 401


@pytest.mark.parametrize(
    "more",
    [
        {"redirect_uri": ICE_CUBES},
        {"redirect_uri": "https://app.example/callback/"},
        {"redirect_uri": ""},
        {"code_verifier": VERIFIER[:-1]},
        {"code_verifier": ""},
        {"code": "unknown"},
        {"code": ""},
    ],
)
async def test_a_code_is_bound_to_redirect_and_verifier(site: Site, more: dict[str, str]) -> None:
    """T136, T137: a challenge cannot be taken away afterwards."""
    app = await site.register([WEB, ICE_CUBES])
    code = await code_for(site, app, **PKCE)

    wrong = await send(site, exchange(app, code, code_verifier=VERIFIER) | more)
    right = await send(site, exchange(app, code, code_verifier=VERIFIER))

    assert wrong == (400, {"error": "invalid_grant", "error_description": INVALID_GRANT})
    assert right[0] == 200


async def test_a_code_is_bound_to_its_client(site: Site) -> None:
    """T136."""
    app, other = await site.register(WEB), await site.register(WEB)
    code = await code_for(site, app)

    assert (await send(site, exchange(other, code)))[0] == 400
    assert (await send(site, exchange(app, code)))[0] == 200


async def test_a_verifier_without_a_challenge_is_refused(site: Site) -> None:
    """T137: the challenge may have been taken away on the way here."""
    app = await site.register(WEB)
    code = await code_for(site, app)

    assert (await send(site, exchange(app, code, code_verifier=VERIFIER)))[0] == 400


@pytest.mark.parametrize(("seconds", "status"), [(599, 200), (600, 400)])
async def test_a_code_is_good_for_ten_minutes(site: Site, seconds: int, status: int) -> None:
    app = await site.register(WEB)
    code = await code_for(site, app)

    site.clock.advance(seconds=seconds)

    assert (await send(site, exchange(app, code)))[0] == status


@pytest.mark.parametrize("more", [{"client_secret": "wrong"}, {"client_secret": ""}, {"client_id": "unknown"}])
@pytest.mark.parametrize("grant", ["authorization_code", "client_credentials"])
async def test_an_unknown_client_is_told_so_in_the_words_that_clients_look_for(
    site: Site, more: dict[str, str], grant: str
) -> None:
    app = await site.register(WEB)
    code = await code_for(site, app)

    status, body, headers = await site.api(
        "POST", "/oauth/token", form=exchange(app, code) | {"grant_type": grant} | more
    )

    assert status == 401
    assert body == {"error": "invalid_client", "error_description": INVALID_CLIENT}
    assert "WWW-Authenticate" in headers
    assert (await send(site, exchange(app, code)))[0] == 200


@pytest.mark.parametrize(
    ("grant", "error"),
    [
        ("", "invalid_request"),
        ("password", "unsupported_grant_type"),
        ("refresh_token", "unsupported_grant_type"),
        ("urn:ietf:params:oauth:grant-type:device_code", "unsupported_grant_type"),
    ],
)
async def test_other_grants_are_refused(site: Site, grant: str, error: str) -> None:
    app = await site.register(WEB)

    status, body = await send(site, exchange(app, "x") | {"grant_type": grant, "username": "alice", "password": "x"})

    assert (status, body["error"]) == (400, error)


async def test_the_scope_at_the_exchange_is_ignored(site: Site) -> None:
    """T138: nothing wider than consented."""
    app = await site.register(WEB)
    code = await code_for(site, app, scope="read")

    _, body = await send(site, exchange(app, code, scope="read write follow push"))

    assert body["scope"] == "read"


def credentials(app: App, **more: str) -> dict[str, str]:
    return {
        "grant_type": "client_credentials",
        "client_id": app["client_id"],
        "client_secret": app["client_secret"],
    } | more


async def test_an_apps_own_token_reaches_no_persons_things(site: Site) -> None:
    """T139."""
    app = await site.register(WEB)

    status, token = await send(site, credentials(app, scope="read write"))

    assert (status, token["scope"]) == (200, "read write")
    secret = token["access_token"]
    assert (await site.api("GET", "/api/v1/apps/verify_credentials", token=secret))[0] == 200
    assert (await site.api("GET", "/api/v1/probe/open", token=secret))[:2] == (200, None)
    for path in ("/api/v1/probe/lists", "/api/v1/probe/reader", "/oauth/userinfo"):
        status, body, _ = await site.api("GET", path, token=secret)
        assert (status, body) == (422, {"error": "This method requires an authenticated user"})


@pytest.mark.parametrize("scope", ["push", "admin:read", "nonsense", "read admin:write"])
async def test_an_app_gets_no_scope_that_it_did_not_register(site: Site, scope: str) -> None:
    """T138."""
    app = await site.register(WEB, "read write admin:read admin:write")

    status, body = await send(site, credentials(app, scope=scope))

    assert (status, body["error"]) == (400, "invalid_scope")


async def test_an_apps_token_reads_unless_it_says_otherwise(site: Site) -> None:
    app = await site.register(WEB)

    assert (await send(site, credentials(app)))[1]["scope"] == "read"


async def test_token_info_says_what_a_token_is_good_for(site: Site) -> None:
    app = await site.register(WEB)
    token = await token_for(site, app)

    status, body, _ = await site.api("GET", "/oauth/token/info", token=token)

    assert status == 200
    assert body == {
        "resource_owner_id": "1001",
        "scope": ["read", "write", "follow", "push"],
        "expires_in": None,
        "application": {"uid": app["client_id"]},
        "created_at": int(site.clock.now().timestamp()),
    }
