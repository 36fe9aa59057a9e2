"""Registering apps: every form of the request, and what is refused."""

from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select

from models.oauth import App
from server.http.scopes import SCOPES
from server.oauth.apps import MAX_NAME, MAX_REDIRECTS, MAX_REGISTRATIONS
from tests.server.oauth.flows import ELK, ICE_CUBES, IVORY, OUT_OF_BAND, WEB, token_for
from tests.support.schemas import validate
from tests.support.site import Site

GIVEN = {"client_name": "Elk", "redirect_uris": ELK, "scopes": "read write", "website": "https://elk.example"}


@pytest.mark.parametrize("form", ["form", "json", "query", "slash"])
async def test_an_app_registers_by_every_form_of_a_request(site: Site, form: str) -> None:
    match form:
        case "form":
            status, app, headers = await site.api("POST", "/api/v1/apps", form=GIVEN)
        case "json":
            status, app, headers = await site.api("POST", "/api/v1/apps", json=GIVEN)
        case "query":
            status, app, headers = await site.api("POST", f"/api/v1/apps?{urlencode(GIVEN)}")
        case _:
            status, app, headers = await site.api("POST", "/api/v1/apps/", form=GIVEN)

    assert status == 200
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert app["redirect_uris"] == [ELK]
    assert app["redirect_uri"] == ELK
    assert (app["name"], app["website"], app["scopes"]) == ("Elk", "https://elk.example", ["read", "write"])
    assert app["vapid_key"] == "BPublicKey"
    assert app["client_secret_expires_at"] == 0
    assert isinstance(app["id"], str)
    validate("CredentialApplication", app)


@pytest.mark.parametrize(
    "redirect_uris",
    [f"{OUT_OF_BAND}\n{ICE_CUBES}", f"{OUT_OF_BAND} {ICE_CUBES}", [OUT_OF_BAND, ICE_CUBES, OUT_OF_BAND]],
)
async def test_several_addresses_come_in_several_forms(site: Site, redirect_uris: object) -> None:
    _, app, _ = await site.api("POST", "/api/v1/apps", json=GIVEN | {"redirect_uris": redirect_uris})

    assert app["redirect_uris"] == [OUT_OF_BAND, ICE_CUBES]
    assert app["redirect_uri"] == f"{OUT_OF_BAND}\n{ICE_CUBES}"


async def test_what_is_left_out_has_a_meaning(site: Site) -> None:
    _, app, _ = await site.api("POST", "/api/v1/apps", json={"client_name": "x", "redirect_uris": IVORY})

    assert (app["scopes"], app["website"]) == (["read"], None)


async def test_every_scope_there_is_may_be_registered(site: Site) -> None:
    status, app, _ = await site.api("POST", "/api/v1/apps", json=GIVEN | {"scopes": " ".join(SCOPES)})

    assert (status, app["scopes"]) == (200, list(SCOPES))


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"client_name": ""}, "Validation failed: Name can't be blank"),
        ({"client_name": "\u202e\u0007 "}, "Validation failed: Name can't be blank"),
        ({"redirect_uris": ""}, "Validation failed: Redirect URI can't be blank"),
        ({"redirect_uris": "javascript:alert(1)"}, "Validation failed: Redirect URI must be an absolute URI."),
        ({"redirect_uris": f"{WEB} data:x"}, "Validation failed: Redirect URI must be an absolute URI."),
        ({"redirect_uris": f"{WEB}#x"}, "Validation failed: Redirect URI must be an absolute URI."),
        ({"redirect_uris": "nothing"}, "Validation failed: Redirect URI must be an absolute URI."),
        ({"scopes": "read nonsense"}, "Validation failed: Scopes doesn't match configured on the server."),
        ({"website": "elk.example"}, "Validation failed: Website is not a valid URL"),
        ({"website": "javascript:alert(1)"}, "Validation failed: Website is not a valid URL"),
        ({"website": "https://[bad"}, "Validation failed: Website is not a valid URL"),
    ],
)
async def test_what_cannot_be_registered_is_refused_in_words(site: Site, more: dict[str, str], error: str) -> None:
    """T134, T146."""
    status, body, _ = await site.api("POST", "/api/v1/apps", json=GIVEN | more)

    assert (status, body) == (422, {"error": error})


@pytest.mark.parametrize(
    ("most", "too_much"),
    [
        ({"client_name": "n" * MAX_NAME}, {"client_name": "n" * (MAX_NAME + 1)}),
        (
            {"redirect_uris": [f"{WEB}/{number}" for number in range(MAX_REDIRECTS)]},
            {"redirect_uris": [f"{WEB}/{number}" for number in range(MAX_REDIRECTS + 1)]},
        ),
        (
            {"redirect_uris": " ".join(f"{WEB}/{number}" for number in range(MAX_REDIRECTS))},
            {"redirect_uris": " ".join(f"{WEB}/{number}" for number in range(MAX_REDIRECTS + 1))},
        ),
        ({"website": "https://a.example/" + "x" * 1982}, {"website": "https://a.example/" + "x" * 1983}),
    ],
)
async def test_sizes_are_bounded(site: Site, most: dict[str, Any], too_much: dict[str, Any]) -> None:
    """T146: at the limit, and one above it."""
    assert (await site.api("POST", "/api/v1/apps", json=GIVEN | most))[0] == 200
    assert (await site.api("POST", "/api/v1/apps", json=GIVEN | too_much))[0] == 422


async def test_one_address_registers_so_many_apps_in_five_minutes(site: Site) -> None:
    """T146."""
    for _ in range(MAX_REGISTRATIONS):
        status, _, _ = await site.api("POST", "/api/v1/apps", json=GIVEN)
        assert status == 200

    status, body, headers = await site.api("POST", "/api/v1/apps", json=GIVEN)
    site.clock.advance(minutes=5)
    later, _, _ = await site.api("POST", "/api/v1/apps", json=GIVEN)

    assert (status, body) == (429, {"error": "Too many requests"})
    assert int(headers["Retry-After"]) == 300
    assert (headers["X-RateLimit-Limit"], headers["X-RateLimit-Remaining"]) == (str(MAX_REGISTRATIONS), "0")
    assert headers["X-RateLimit-Reset"].endswith("00.000000Z")
    assert later == 200
    assert await site.scalar(select(func.count()).select_from(App)) == MAX_REGISTRATIONS + 1


async def test_the_secret_is_stored_as_a_hash(site: Site) -> None:
    """T145."""
    app = await site.register(WEB)

    stored = await site.scalar(select(App.secret_hash))

    assert stored != app["client_secret"]
    assert len(stored) == 64


async def test_an_app_may_ask_what_is_known_of_it(site: Site) -> None:
    app = await site.register([WEB, IVORY])
    token = await token_for(site, app)

    status, body, _ = await site.api("GET", "/api/v1/apps/verify_credentials", token=token)
    unknown = await site.api("GET", "/api/v1/apps/verify_credentials", token="nothing")
    without = await site.api("GET", "/api/v1/apps/verify_credentials")

    assert status == 200
    assert body["redirect_uris"] == [WEB, IVORY]
    assert "client_secret" not in body
    assert "client_id" not in body
    validate("Application", body)
    assert [unknown[0], without[0]] == [401, 401]
