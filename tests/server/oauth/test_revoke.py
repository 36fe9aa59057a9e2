"""Giving tokens back, and what is told about a person and about this server."""

import pytest

from server.http.scopes import SCOPES
from tests.server.oauth.flows import WEB, App, code_for, exchange, token_for
from tests.support.schemas import validate
from tests.support.site import DOMAIN, Site


def giving_back(app: App, token: str, **more: str) -> dict[str, str]:
    return {"client_id": app["client_id"], "client_secret": app["client_secret"], "token": token} | more


async def test_a_token_that_is_given_back_is_dead_at_once(site: Site) -> None:
    """T143."""
    app = await site.register(WEB)
    token = await token_for(site, app)
    before, _, _ = await site.api("GET", "/api/v1/probe/lists", token=token)

    first = await site.api("POST", "/oauth/revoke", form=giving_back(app, token))
    second = await site.api("POST", "/oauth/revoke", json=giving_back(app, token))

    assert (first[:2], second[:2]) == ((200, {}), (200, {}))
    status, body, headers = await site.api("GET", "/api/v1/probe/lists", token=token)
    assert (before, status, body) == (200, 401, {"error": "The access token was revoked"})
    assert 'error="invalid_token"' in headers["WWW-Authenticate"]


async def test_an_unknown_token_is_as_good_as_given_back(site: Site) -> None:
    app = await site.register(WEB)

    assert (await site.api("POST", "/oauth/revoke", form=giving_back(app, "nothing")))[:2] == (200, {})


@pytest.mark.parametrize("more", [{}, {"client_secret": "wrong"}])
async def test_nobody_ends_another_apps_token(site: Site, more: dict[str, str]) -> None:
    app, other = await site.register(WEB), await site.register(WEB)
    token = await token_for(site, app)

    status, body, _ = await site.api("POST", "/oauth/revoke", form=giving_back(app if more else other, token, **more))

    assert (status, body["error"]) == (403, "unauthorized_client")
    assert body["error_description"] == "You are not authorized to revoke this token"
    assert (await site.api("GET", "/api/v1/probe/lists", token=token))[0] == 200


async def test_there_must_be_a_token_to_give_back(site: Site) -> None:
    app = await site.register(WEB)

    status, body, _ = await site.api("POST", "/oauth/revoke", form=giving_back(app, ""))

    assert (status, body["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("scope", ["read", "profile"])
async def test_an_app_learns_who_somebody_is(site: Site, method: str, scope: str) -> None:
    app = await site.register(WEB, "read profile")
    token = await token_for(site, app, scope=scope)

    status, body, _ = await site.api(method, "/oauth/userinfo", token=token)

    assert status == 200
    assert body["iss"] == f"https://{DOMAIN}/"
    assert body["sub"] == f"https://{DOMAIN}/users/alice"
    assert (body["name"], body["preferred_username"]) == ("Alice Martin", "alice")
    validate("OAuthUserInfo", body)


async def test_who_somebody_is_needs_its_scope(site: Site) -> None:
    """T138."""
    app = await site.register(WEB, "write")
    token = await token_for(site, app, scope="write")

    assert (await site.api("GET", "/oauth/userinfo", token=token))[0] == 403


async def test_the_metadata_say_what_there_is(site: Site) -> None:
    status, body, headers = await site.api("GET", "/.well-known/oauth-authorization-server")

    assert status == 200
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert body["issuer"] == f"https://{DOMAIN}/"
    assert body["token_endpoint"] == f"https://{DOMAIN}/oauth/token"
    assert body["code_challenge_methods_supported"] == ["S256"]
    assert body["scopes_supported"] == list(SCOPES)
    validate("OAuthServerMetadata", body)


async def test_a_suspended_account_has_no_use_of_its_codes(site: Site) -> None:
    """T120."""
    app = await site.register(WEB)
    code = await code_for(site, app)
    await site.suspend()

    status, body, _ = await site.api("POST", "/oauth/token", form=exchange(app, code))

    assert (status, body["error"]) == (400, "invalid_grant")
