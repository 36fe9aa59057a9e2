"""Whole logins, as each client makes them (client API 3.7 and 13)."""

import base64
from html.parser import HTMLParser

import pytest
from sqlalchemy import select

from models.oauth import AuthorizationCode, Token
from tests.server.oauth.flows import (
    CHALLENGE,
    ELK,
    ICE_CUBES,
    IVORY,
    OUT_OF_BAND,
    PKCE,
    SCOPES,
    VERIFIER,
    WEB,
    address,
    authorized,
    code_for,
    exchange,
)
from tests.support.schemas import validate
from tests.support.site import ADA, ALICE, Browser, Site


@pytest.mark.parametrize("redirect_uri", [ICE_CUBES, IVORY, ELK, WEB, "http://127.0.0.1/cb?from=here"])
async def test_a_client_logs_in_by_its_redirect_uri_as_it_stands(
    site: Site, browser: Browser, redirect_uri: str
) -> None:
    app = await site.register(redirect_uri)

    answer = await authorized(browser, address(app, redirect_uri, state="a b&c=é/%41"))

    assert answer.status == 302
    assert answer.location.startswith(f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}code=")
    assert answer.answer["state"] == "a b&c=é/%41"
    status, token, headers = await site.api(
        "POST", "/oauth/token", json=exchange(app, answer.answer["code"], redirect_uri)
    )
    assert status == 200
    assert headers["Cache-Control"] == "no-store"
    assert token == {
        "access_token": token["access_token"],
        "token_type": "Bearer",
        "scope": SCOPES,
        "created_at": int(site.clock.now().timestamp()),
    }
    validate("Token", token)
    assert (await site.api("GET", "/api/v1/probe/lists", token=token["access_token"]))[:2] == (200, ALICE)


async def test_an_app_on_loopback_may_listen_on_whatever_port_is_free(site: Site, browser: Browser) -> None:
    """T133."""
    app = await site.register("http://127.0.0.1/callback")

    answer = await authorized(browser, address(app, "http://127.0.0.1:53124/callback"))

    assert answer.location.startswith("http://127.0.0.1:53124/callback?code=")
    given = exchange(app, answer.answer["code"], "http://127.0.0.1:53124/callback")
    assert (await site.api("POST", "/oauth/token", form=given))[0] == 200


class _Codes(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.values: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "input":
            self.values.append(dict(attrs).get("value") or "")


async def test_out_of_band_the_code_is_the_one_thing_to_copy_on_a_page(site: Site, browser: Browser) -> None:
    app = await site.register(OUT_OF_BAND)

    answer = await authorized(browser, address(app, OUT_OF_BAND))

    code = answer.answer["code"]
    assert answer.status == 302
    assert answer.location == f"/oauth/authorize/native?code={code}"
    page = await browser.follow(answer)
    inputs = _Codes()
    inputs.feed(page.text)
    assert (page.status, inputs.values) == (200, [code])
    assert page.text.count(code) == 1
    assert (await site.api("POST", "/oauth/token", form=exchange(app, code, OUT_OF_BAND)))[0] == 200


async def test_the_page_for_copying_shows_no_code_that_was_not_given_to_this_person(
    site: Site, browser: Browser
) -> None:
    app = await site.register(OUT_OF_BAND)
    answer = await authorized(browser, address(app, OUT_OF_BAND))
    other = await site.signed_in(ADA)

    shown = await other.get(answer.location)

    assert shown.status == 404
    assert answer.answer["code"] not in shown.text
    assert (await other.get("/oauth/authorize/native?code=<script>")).status == 404
    assert (await site.browser().get(answer.location)).location.startswith("/sign-in?next=")


async def test_with_pkce_the_right_verifier_gets_the_token(site: Site) -> None:
    app = await site.register(WEB)
    code = await code_for(site, app, **PKCE)

    status, _, _ = await site.api("POST", "/oauth/token", json=exchange(app, code, code_verifier=VERIFIER))

    assert status == 200


@pytest.mark.parametrize(
    "more",
    [
        {"code_challenge": CHALLENGE, "code_challenge_method": "plain"},
        {"code_challenge": CHALLENGE},
        {"code_challenge_method": "S256"},
        {"code_challenge": CHALLENGE[:-1], "code_challenge_method": "S256"},
        {"code_challenge": CHALLENGE + "A", "code_challenge_method": "S256"},
    ],
)
async def test_a_challenge_by_another_method_is_refused(site: Site, browser: Browser, more: dict[str, str]) -> None:
    """T136, T137."""
    app = await site.register(WEB)

    answer = await browser.get(address(app, WEB, **more))

    assert (answer.status, answer.answer["error"]) == (302, "invalid_request")
    assert answer.location.startswith(f"{WEB}?")


@pytest.mark.parametrize("form", ["form", "json", "query", "basic"])
async def test_the_token_address_takes_every_form_of_a_request(site: Site, form: str) -> None:
    app = await site.register(WEB)
    given = exchange(app, await code_for(site, app))

    match form:
        case "form":
            status, _, _ = await site.api("POST", "/oauth/token", form=given)
        case "json":
            status, _, _ = await site.api("POST", "/oauth/token", json=given)
        case "query":
            path = "/oauth/token?" + "&".join(f"{name}={value}" for name, value in given.items())
            status, _, _ = await site.api("POST", path)
        case _:
            pair = f"{given.pop('client_id')}:{given.pop('client_secret')}"
            basic = {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
            status, _, _ = await site.api("POST", "/oauth/token", form=given, headers=basic)

    assert status == 200


async def test_no_secret_stands_in_the_database(site: Site) -> None:
    """T145."""
    app = await site.register(WEB)
    code = await code_for(site, app)
    _, token, _ = await site.api("POST", "/oauth/token", form=exchange(app, code))

    assert await site.scalar(select(AuthorizationCode.code_hash)) != code
    assert await site.scalar(select(Token.token_hash)) != token["access_token"]
    assert len(str(await site.scalar(select(Token.token_hash)))) == 64
