"""A person's own page: language, password, apps; and the page where they arrive."""

import pytest
from sqlalchemy import func, select, update

from models.accounts import Account, SignInFailure
from models.oauth import Token
from models.writes import oauth as grants
from server.actions.secret_hash import secret_hash
from server.http.browsers import browser_name
from tests.support.site import ADA, ALICE, PASSWORD, Answer, Browser, Form, Site, add_community

NEW = "a new and longer password"


def form(page: Answer, action: str) -> Form:
    return next(each for each in page.forms if each.action.partition("#")[0] == action)


async def grant(site: Site, app_id: int | None, actor_id: int = ALICE, secret: str = "token") -> str:
    async with site.db.write() as tx:
        await grants.add_token(
            tx, token_hash=secret_hash(secret), app_id=app_id, actor_id=actor_id, scopes="read", now=site.clock.now()
        )
    return secret


async def test_somebody_sees_who_they_are(site: Site) -> None:
    page = await (await site.signed_in(ADA)).get("/me")

    assert page.status == 200
    for text in ("Ada Bernard", "@ada<wbr>@home.test", "Administrator"):
        assert text in page.text


async def test_the_chosen_language_goes_before_the_browsers_and_an_address_before_both(site: Site) -> None:
    browser = await site.signed_in()
    page = await browser.get("/me")
    chosen = form(page, "/me/language").fields | {"language": "fr"}

    await browser.post("/me/language", chosen)

    assert "Mon compte" in (await browser.get("/me?done=language")).text
    assert "My account" in (await browser.get("/me?lang=en")).text
    await browser.post("/me/language", chosen | {"language": ""})
    assert "My account" in (await browser.get("/me")).text


@pytest.mark.parametrize(
    ("accept", "language"), [("en", "en"), ("fr-FR", "fr"), ("de", "fr"), ("de, en;q=0.2, fr;q=0.1", "en")]
)
async def test_else_the_browser_decides_and_last_the_server(browser: Browser, accept: str, language: str) -> None:
    page = await browser.get("/sign-in", **{"Accept-Language": accept})

    assert f'<html lang="{language}">' in page.text
    assert page.headers["Content-Language"] == language


async def change(browser: Browser, **fields: str) -> Answer:
    page = await browser.get("/me")
    given = {"password": PASSWORD, "new_password": NEW, "new_password_again": NEW} | fields
    return await browser.post("/me/password", form(page, "/me/password").fields | given)


async def test_a_new_password_ends_all_other_sessions_tokens_and_addresses(site: Site) -> None:
    """T119, T143."""
    browser, elsewhere = await site.signed_in(), await site.signed_in()
    token, path = await grant(site, None), await site.one_time_address()
    before = browser.cookies["__Host-session"]

    answer = await change(browser)

    assert answer.location == "/me?done=password"
    assert "All other browsers and apps are signed out" in (await browser.follow(answer)).text
    assert browser.cookies["__Host-session"] != before
    assert (await elsewhere.get("/me")).status == 302
    assert (await site.api("GET", "/api/v1/probe/any", token=token))[0] == 401
    assert (await site.browser().get(path)).status == 404
    assert (await site.browser().sign_in("alice", NEW)).status == 303


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"password": "wrong"}, "The present one is not right"),
        ({"new_password": "short", "new_password_again": "short"}, "too short"),
        ({"new_password_again": NEW + "x"}, "not typed the same way"),
    ],
)
async def test_a_password_is_not_changed_by_whoever_finds_the_browser_open(
    site: Site, fields: dict[str, str], said: str
) -> None:
    browser = await site.signed_in()
    token = await grant(site, None)

    answer = await change(browser, **fields)

    assert answer.status == 422
    assert said in answer.text
    assert (await site.api("GET", "/api/v1/probe/any", token=token))[0] == 200


async def test_guessing_the_present_password_counts_as_trying_to_sign_in(site: Site) -> None:
    """T122."""
    browser = await site.signed_in()
    await site.fail_to_sign_in(9, "account:alice", f"account:#{ALICE}")

    tenth, eleventh = await change(browser, password="wrong"), await change(browser)

    assert [tenth.status, eleventh.status] == [422, 429]
    assert (await site.browser().sign_in()).status == 429


async def test_a_right_password_leaves_no_failure(site: Site) -> None:
    await change(await site.signed_in())

    assert await site.scalar(select(func.count()).select_from(SignInFailure)) == 0


async def test_who_has_no_password_yet_needs_none(site: Site) -> None:
    async with site.db.write() as tx:
        await tx.execute(update(Account).values(password_hash=None))
    browser = await site.signed_in()

    page = await browser.get("/me")
    answer = await change(browser, password="")

    assert "Present password" not in page.text
    assert answer.status == 303


async def test_an_app_is_listed_and_loses_its_tokens_when_withdrawn(site: Site) -> None:
    """T143."""
    app = await site.register("tuba://a")
    of_app, of_command = await grant(site, int(app["id"])), await grant(site, None, secret="other")
    browser = await site.signed_in()
    page = await browser.get("/me")
    rows = [each for each in page.forms if each.action == "/me/apps/revoke"]

    answer = await browser.post("/me/apps/revoke", next(each.fields for each in rows if each.fields["app"]))

    assert len(rows) == 2
    assert "Ice Cubes" in page.text
    assert "31 January 2026" in page.text
    assert answer.location == "/me?done=app#apps"
    assert (await site.api("GET", "/api/v1/probe/any", token=of_app))[0] == 401
    assert (await site.api("GET", "/api/v1/probe/any", token=of_command))[0] == 200
    await browser.post("/me/apps/revoke", next(each.fields for each in rows if not each.fields["app"]))
    assert (await site.api("GET", "/api/v1/probe/any", token=of_command))[0] == 401


async def test_nobody_withdraws_anothers_app(site: Site) -> None:
    """T128."""
    app = await site.register("tuba://a")
    hers = await grant(site, int(app["id"]), ADA)
    await grant(site, int(app["id"]), ALICE, "other")
    browser = await site.signed_in()
    page = await browser.get("/me")

    for number in (app["id"], "rubbish", "-1", "9" * 30):
        await browser.post("/me/apps/revoke", form(page, "/me/apps/revoke").fields | {"app": number})

    assert (await site.api("GET", "/api/v1/probe/any", token=hers))[0] == 200
    assert await site.scalar(select(func.count()).where(Token.revoked_at.is_not(None))) == 1


async def test_home_shows_my_communities_and_nobody_elses(site: Site) -> None:
    await add_community(site, 2001, "plans", "Plans <b>& budgets</b>", member=ALICE, role="host")
    await add_community(site, 2002, "others", "Others", member=ADA)

    page = await (await site.signed_in()).get("/")

    assert page.status == 200
    for text in ("Plans &lt;b&gt;&amp; budgets", "@plans<wbr>@home.test", "Host", "Hello, Alice Martin"):
        assert text in page.text
    assert "Others" not in page.text


async def test_home_sends_visitors_to_the_sign_in(browser: Browser) -> None:
    answer = await browser.get("/")

    assert (answer.status, answer.location) == (302, "/sign-in")


def shown_sessions(page: Answer) -> list[str]:
    """What the forms that sign other browsers out name."""
    return [one.fields["session"] for one in page.forms if one.action == "/me/sessions/end" and one.fields["session"]]


async def test_somebody_sees_where_they_are_signed_in_and_signs_one_browser_out(site: Site) -> None:
    """T119."""
    phone, desk = site.browser(), await site.signed_in()
    await phone.submit(await phone.get("/sign-in"), 0, username="alice", password=PASSWORD)
    page = await desk.get("/me")
    (other,) = shown_sessions(page)
    csrf = page.forms[0].fields["csrf"]
    ended = await desk.post("/me/sessions/end", {"csrf": csrf, "session": other})

    assert "This one" in page.text
    assert ended.location == "/me?done=session#sessions"
    assert (await phone.get("/me")).status == 302
    assert (await desk.get("/me")).status == 200


async def test_somebody_signs_out_everywhere_else(site: Site) -> None:
    """T119."""
    desk, others = await site.signed_in(), [await site.signed_in(), await site.signed_in()]
    csrf = (await desk.get("/me")).forms[0].fields["csrf"]
    await desk.post("/me/sessions/end", {"csrf": csrf, "session": ""})

    assert [(await one.get("/me")).status for one in (desk, *others)] == [200, 302, 302]


async def test_nobody_ends_anothers_session_nor_their_own_by_mistake(site: Site) -> None:
    """T128."""
    alice, ada = await site.signed_in(), await site.signed_in(ADA)
    csrf = (await ada.get("/me")).forms[0].fields["csrf"]
    answers = [
        await ada.post("/me/sessions/end", {"csrf": csrf, "session": secret_hash(browser.cookies["__Host-session"])})
        for browser in (alice, ada)
    ]

    assert [one.status for one in answers] == [404, 404]
    assert [(await one.get("/me")).status for one in (alice, ada)] == [200, 200]


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0", "Firefox, Linux"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 20_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
            " Version/20.0 Mobile/15E148 Safari/604.1",
            "Safari, iPhone",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/150.0 Safari/537.36 Edg/150.0", "Edge, Windows"),
        ("curl/8 <script>", ""),
    ],
)
def test_a_browser_is_named_in_two_words(header: str, name: str) -> None:
    assert browser_name(header) == name
