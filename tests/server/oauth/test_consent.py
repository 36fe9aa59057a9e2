"""What stands between an app and an account: sign-in, the consent page, and where the answer goes."""

from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from sqlalchemy import func, select

from models.oauth import AuthorizationCode
from tests.server.oauth.flows import (
    ELK,
    ICE_CUBES,
    OUT_OF_BAND,
    PKCE,
    WEB,
    address,
    authorized,
    consent_page,
    token_for,
)
from tests.support.site import ADA, PASSWORD, Browser, Site


@pytest.fixture
async def browser(site: Site) -> Browser:
    """Alice's, signed in."""
    return await site.signed_in()


CODES = select(func.count()).select_from(AuthorizationCode)


async def test_who_is_not_signed_in_comes_back_with_all_parameters(site: Site) -> None:
    app = await site.register(ELK)
    path = address(app, ELK, state="x/y z", lang="fr", **PKCE)

    answer = await site.browser().get(path)

    assert answer.status == 302
    given = parse_qs(urlsplit(answer.location).query)
    then = urlsplit(given["next"][0])
    assert then.path == "/oauth/authorize"
    assert dict(parse_qsl(urlsplit(path).query)).items() <= dict(parse_qsl(then.query)).items()
    assert given["lang"] == ["fr"]


async def test_the_consent_page_names_app_website_scopes_and_account(site: Site, browser: Browser) -> None:
    _, app, _ = await site.api(
        "POST",
        "/api/v1/apps",
        json={"client_name": "Ice Cubes", "redirect_uris": ICE_CUBES, "website": "https://ice.example/x"},
    )

    page = await consent_page(browser, address(app, ICE_CUBES, scope="read"))

    assert page.status == 200
    for text in ("Ice Cubes", "ice.example", "Alice Martin", "@alice<wbr>@home.test", "Read everything"):
        assert text in page.text
    assert "Write in your name" not in page.text


async def test_authorize_is_the_first_form_and_deny_the_second(site: Site, browser: Browser) -> None:
    """Interface, section 4."""
    app = await site.register(WEB)
    page = await consent_page(browser, address(app, WEB, state="s"))

    denied = await browser.submit(page, 1)
    granted = await browser.submit(page, 0)

    assert len(page.forms) == 2
    assert granted.answer.keys() == {"code", "state"}
    assert denied.status == 302
    assert (denied.answer["error"], denied.answer["state"]) == ("access_denied", "s")
    assert "error_description" in denied.answer
    assert await site.scalar(CODES) == 1


async def test_delete_denies_as_well(site: Site, browser: Browser) -> None:
    app = await site.register(WEB)
    page = await consent_page(browser, address(app, WEB))

    denied = await browser.delete("/oauth/authorize", page.forms[0].fields)

    assert (denied.status, denied.answer["error"]) == (302, "access_denied")
    assert await site.scalar(CODES) == 0


async def test_the_consent_page_has_no_form_action_and_cannot_be_framed(site: Site, browser: Browser) -> None:
    """T142; browsers apply form-action to the redirect after the form (client API 3.3)."""
    app = await site.register(ICE_CUBES)
    visitor = site.browser()
    sign_in = await visitor.follow(await visitor.get(address(app, ICE_CUBES)))

    page = await consent_page(browser, address(app, ICE_CUBES))

    for each in (sign_in, page):
        policy = each.headers["Content-Security-Policy"]
        assert "form-action" not in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert each.headers["Referrer-Policy"] == "no-referrer"
        assert each.headers["X-Frame-Options"] == "DENY"
        assert "no-store" in each.headers["Cache-Control"]
        assert "Cross-Origin-Opener-Policy" not in each.headers


async def test_a_consent_sent_from_another_site_gives_nothing(site: Site, browser: Browser) -> None:
    """T142."""
    app = await site.register(WEB)
    page = await consent_page(browser, address(app, WEB))
    fields = page.forms[0].fields
    other = await site.signed_in(ADA)
    theirs = await other.get(address(app, WEB))

    without = await browser.post("/oauth/authorize", {name: fields[name] for name in fields if name != "csrf"})
    foreign = await browser.post("/oauth/authorize", fields | {"csrf": theirs.forms[0].fields["csrf"]})
    signed_out = await site.browser().post("/oauth/authorize", fields)
    right = await browser.post("/oauth/authorize", fields)

    assert [answer.status for answer in (without, foreign, signed_out, right)] == [403, 403, 403, 302]
    assert await site.scalar(CODES) == 1


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"client_id": "unknown"}, 401),
        ({"client_id": ""}, 401),
        ({"client_id": "\0"}, 401),
        ({"redirect_uri": "https://app.example/callback/"}, 400),
        ({"redirect_uri": "https://evil.example/callback"}, 400),
        ({"redirect_uri": "//app.example/callback"}, 400),
    ],
)
async def test_a_wrong_client_or_address_shows_a_page_and_leads_nowhere(
    site: Site, browser: Browser, more: dict[str, str], status: int
) -> None:
    """T133."""
    app = await site.register(WEB)

    answer = await browser.get(address(app, WEB, **more))

    assert answer.status == status
    assert "Location" not in answer.headers
    assert answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize(
    ("more", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": ""}, "invalid_request"),
        ({"scope": "read write admin:read"}, "invalid_scope"),
        ({"scope": "read admin:write:accounts"}, "invalid_scope"),
        ({"scope": "read nonsense"}, "invalid_scope"),
        ({"scope": "push"}, "invalid_scope"),
        ({"scope": "write"}, "invalid_scope"),
    ],
)
async def test_other_errors_go_back_to_the_app(site: Site, browser: Browser, more: dict[str, str], error: str) -> None:
    """T138; administration is granted by administrators alone (T127)."""
    app = await site.register(WEB, "read write:statuses admin:read admin:write")

    answer = await browser.get(address(app, WEB, state="s", **more))

    assert answer.status == 302
    assert answer.location.startswith(f"{WEB}?")
    assert (answer.answer["error"], answer.answer["state"]) == (error, "s")


async def test_scopes_may_be_separated_by_plus_and_be_narrower_than_registered(site: Site, browser: Browser) -> None:
    app = await site.register(WEB, "read write")

    page = await consent_page(browser, address(app, WEB, scope="read:statuses+write:media"))

    assert page.forms[0].fields["scope"] == "read:statuses write:media"


async def test_the_only_redirect_uri_may_be_left_out_but_not_one_of_two(site: Site, browser: Browser) -> None:
    one, two = await site.register(WEB), await site.register([WEB, ICE_CUBES])

    alone = await browser.get(f"/oauth/authorize?response_type=code&client_id={one['client_id']}")
    ambiguous = await browser.get(f"/oauth/authorize?response_type=code&client_id={two['client_id']}")

    assert alone.forms[0].fields["redirect_uri"] == WEB
    assert alone.forms[0].fields["scope"] == "read"
    assert ambiguous.status == 400


async def test_what_mastodon_py_puts_for_nothing_is_taken_as_it_is_meant(site: Site, browser: Browser) -> None:
    app = await site.register(OUT_OF_BAND)
    web = await site.register(WEB)
    literals = {"state": "None", "lang": "None", "force_login": "False"}

    page = await browser.get(address(app, OUT_OF_BAND, **literals))
    answer = await browser.submit(await browser.get(address(web, WEB, **literals)))

    assert page.status == 200
    assert 'lang="en"' in page.text
    assert answer.answer["state"] == "None"


async def test_an_address_with_a_trailing_slash_is_the_same(site: Site, browser: Browser) -> None:
    app = await site.register(OUT_OF_BAND)

    page = await browser.get(address(app, OUT_OF_BAND).replace("/authorize?", "/authorize/?"))

    assert page.status == 200
    assert len(page.forms) == 2


async def test_the_app_may_ask_for_the_language_of_the_pages(site: Site, browser: Browser) -> None:
    app = await site.register(OUT_OF_BAND)

    page = await consent_page(browser, address(app, OUT_OF_BAND, lang="fr"))
    code = await browser.follow(await browser.submit(page))

    assert "Autoriser Ice Cubes" in page.text
    assert "Copiez ce code" in code.text


async def test_a_name_with_markup_is_text(site: Site, browser: Browser) -> None:
    """T146."""
    _, app, _ = await site.api(
        "POST",
        "/api/v1/apps",
        json={"client_name": "<b onclick=x>Elk\u202e</b>\u0000", "redirect_uris": WEB},
    )

    page = await consent_page(browser, address(app, WEB, scope="read"))

    assert app["name"] == "<b onclick=x>Elk</b>"
    assert "<b " not in page.text
    assert "&lt;b onclick=x&gt;Elk&lt;/b&gt;" in page.text


# --- asking again (T141) -------------------------------------------------------------------------------------------


async def test_consent_is_asked_for_each_time_where_others_could_take_the_answer(site: Site, browser: Browser) -> None:
    """T141: any app can claim a private scheme."""
    app = await site.register(ICE_CUBES)
    await token_for(site, app, ICE_CUBES)

    again = await browser.get(address(app, ICE_CUBES))

    assert (again.status, len(again.forms)) == (200, 2)


async def test_consent_behind_https_lasts_ninety_days_and_for_these_scopes_only(site: Site) -> None:
    """T141."""
    app = await site.register(WEB)
    await token_for(site, app, scope="read write")
    site.clock.advance(days=90)
    browser = await site.signed_in()

    same = await browser.get(address(app, WEB, scope="read:statuses write", state="s"))
    wider = await browser.get(address(app, WEB, scope="read write push"))
    asked = await browser.get(address(app, WEB, scope="read write", prompt="consent"))
    site.clock.advance(microseconds=1)
    late = await browser.get(address(app, WEB, scope="read write"))

    assert (same.status, set(same.answer)) == (302, {"code", "state"})
    assert [wider.status, asked.status, late.status] == [200, 200, 200]


async def test_consent_is_asked_for_after_the_app_was_revoked_and_by_another_person(site: Site) -> None:
    """T141."""
    app = await site.register(WEB)
    token = await token_for(site, app)
    ada, alice = await site.signed_in(ADA), await site.signed_in()

    theirs = await ada.get(address(app, WEB))
    given = {"client_id": app["client_id"], "client_secret": app["client_secret"], "token": token}
    await site.api("POST", "/oauth/revoke", form=given)
    after = await alice.get(address(app, WEB))

    assert [theirs.status, after.status] == [200, 200]


async def test_a_forced_login_asks_for_the_password_and_for_consent(site: Site, browser: Browser) -> None:
    app = await site.register(WEB)
    await token_for(site, app)

    for more in ({"force_login": "true"}, {"prompt": "login"}, {"prompt": "select_account"}):
        answer = await browser.get(address(app, WEB, state="s", **more))
        sign_in = await browser.follow(answer)
        after = await browser.follow(await browser.submit(sign_in, username="ada", password=PASSWORD))

        assert answer.location.startswith("/sign-in?next=")
        assert (after.status, len(after.forms)) == (200, 2)
        assert "Ada Bernard" in after.text
        assert after.forms[0].fields["state"] == "s"


async def test_an_app_that_wants_no_page_is_told_what_is_missing(site: Site, browser: Browser) -> None:
    """T142: prompt."""
    app = await site.register(WEB)

    unknown = await site.browser().get(address(app, WEB, prompt="none"))
    unasked = await browser.get(address(app, WEB, prompt="none"))
    await token_for(site, app)
    granted = await browser.get(address(app, WEB, prompt="none"))

    assert unknown.answer["error"] == "login_required"
    assert unasked.answer["error"] == "consent_required"
    assert "code" in granted.answer


# --- where the answer goes -----------------------------------------------------------------------------------------


async def test_the_answer_may_be_asked_for_in_the_fragment(site: Site, browser: Browser) -> None:
    app = await site.register(WEB)

    answer = await authorized(browser, address(app, WEB, response_mode="fragment", state="s"))

    assert answer.location.startswith(f"{WEB}#code=")
    assert answer.location.endswith("&state=s")


async def test_the_answer_may_be_asked_for_as_a_form(site: Site, browser: Browser) -> None:
    app = await site.register(WEB)

    page = await authorized(browser, address(app, WEB, response_mode="form_post", state="s"))

    assert page.status == 200
    assert page.forms[0].action == WEB
    assert page.forms[0].fields.keys() == {"code", "state"}
    assert "form-action" not in page.headers["Content-Security-Policy"]


async def test_denying_out_of_band_ends_on_a_page(site: Site, browser: Browser) -> None:
    app = await site.register(OUT_OF_BAND)
    page = await consent_page(browser, address(app, OUT_OF_BAND))

    shown = await browser.follow(await browser.submit(page, 1))

    assert shown.status == 200
    assert "Nothing was given" in shown.text


async def test_getting_the_page_twice_changes_nothing(site: Site, browser: Browser) -> None:
    """T117."""
    app = await site.register(WEB)

    await browser.get(address(app, WEB))
    await browser.get(address(app, WEB))

    assert await site.scalar(CODES) == 0


async def test_the_list_of_apps_is_on_the_persons_own_page(site: Site, browser: Browser) -> None:

    answer = await browser.get("/oauth/authorized_applications")

    assert answer.location == "/me#apps"


async def test_administration_is_granted_by_administrators_alone_in_red_and_each_time(site: Site) -> None:
    """T127."""
    app = await site.register(WEB, "read admin:read admin:write")
    browser = await site.signed_in(ADA)
    path = address(app, WEB, scope="read admin:write")

    page = await consent_page(browser, path)
    await authorized(browser, path)
    again = await consent_page(browser, path)

    for one in (page, again):
        assert '<li class="grave">Administer the server: suspend accounts' in one.text
        assert "It gets that for eight hours." in one.text
    assert '<li class="grave">Read' not in page.text
