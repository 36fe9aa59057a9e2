"""Signing in and out: who gets in, under which session, and what is said to those who do not."""

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select, update

from models.accounts import Account, Session
from server.actions.secret_hash import secret_hash
from server.web.sign_in import local_path
from tests.support.site import ALICE, PASSWORD, Browser, Site, running_site

SESSIONS = select(func.count()).select_from(Session)


@pytest.mark.parametrize(
    "username",
    ["alice", " Alice ", "@alice", "alice@mail.example", "ALICE@mail.example", "alice@home.test", "@alice@home.test"],
)
async def test_name_address_and_handle_lead_in(browser: Browser, username: str) -> None:
    answer = await browser.sign_in(username)

    assert (answer.status, answer.location) == (303, "/")
    assert (await browser.follow(answer)).status == 200


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("alice", "wrong"),
        ("alice", ""),
        ("alice", PASSWORD + "x"),
        ("nobody", PASSWORD),
        ("nobody@mail.example", PASSWORD),
        ("", ""),
        ("ali\0ce", PASSWORD + "\0"),
        ("alice' OR 1=1 --", PASSWORD),
        ("alice", "x" * 5000),
    ],
)
async def test_wrong_name_or_password_gets_the_form_again(
    site: Site, browser: Browser, username: str, password: str
) -> None:
    """T121, T126."""
    answer = await browser.sign_in(username, password)

    assert answer.status == 422
    assert 'role="alert"' in answer.text
    assert await site.scalar(SESSIONS) == 0


async def test_known_unknown_and_suspended_people_are_answered_alike(site: Site) -> None:
    """T121: the same status, headers and body, but for the name as typed and the form's token."""
    await site.suspend()
    answers = []
    for username, password in (("alice", PASSWORD), ("ada", "wrong"), ("nobody", "wrong")):
        browser = site.browser()
        answer = await browser.sign_in(username, password)
        token = answer.forms[0].fields["csrf"]
        answers.append((answer.status, answer.text.replace(username, "NAME").replace(token, "TOKEN")))

    assert answers[0] == answers[1] == answers[2]
    assert answers[0][0] == 422


async def test_somebody_without_a_password_cannot_sign_in_with_an_empty_one(site: Site, browser: Browser) -> None:
    async with site.db.write() as tx:
        await tx.execute(update(Account).values(password_hash=None))

    assert (await browser.sign_in("alice", "")).status == 422


async def test_a_new_session_begins_at_each_sign_in_and_the_old_one_ends(site: Site, browser: Browser) -> None:
    """T118."""
    browser.cookies["__Host-session"] = "planted"
    await browser.sign_in()
    first = browser.cookies["__Host-session"]
    await browser.sign_in()
    second = browser.cookies["__Host-session"]

    assert len({"planted", first, second}) == 3
    assert await site.scalar(SESSIONS) == 1
    assert await site.scalar(select(Session.token_hash)) == secret_hash(second)
    browser.cookies["__Host-session"] = first
    assert (await browser.get("/me")).status == 302


async def test_a_session_is_not_taken_from_an_address(site: Site, browser: Browser) -> None:
    """T118."""
    await browser.sign_in()
    secret = browser.cookies["__Host-session"]

    answer = await site.browser().get(f"/me?session={secret}&__Host-session={secret}")

    assert answer.status == 302


@pytest.mark.parametrize(("seconds", "status"), [(-1, 200), (0, 302)])
async def test_a_session_lasts_fourteen_days(site: Site, browser: Browser, seconds: int, status: int) -> None:
    await browser.sign_in()

    site.clock.advance(days=14, seconds=seconds)

    assert (await browser.get("/me")).status == status


async def test_the_cookie_is_out_of_reach_of_scripts_neighbours_and_other_sites(site: Site, browser: Browser) -> None:
    """T117."""
    answer = await browser.sign_in()

    cookie = answer.headers["Set-Cookie"]
    name, _, attributes = cookie.partition("=")
    assert name == "__Host-session"
    for attribute in ("HttpOnly", "Secure", "SameSite=Lax", "Path=/", "Max-Age=1209600"):
        assert attribute in attributes
    assert "Domain" not in attributes


async def test_a_laboratory_without_https_has_plain_cookies(database_url: str) -> None:
    async with running_site(database_url, base_url="http://home.test") as site:
        browser = site.browser()

        answer = await browser.sign_in()

        # Its own name: browsers keep one jar for all ports of a host, and a laboratory has several servers on one.
        assert answer.headers["Set-Cookie"].startswith("session-home.test=")
        assert "Secure" not in answer.headers["Set-Cookie"]
        assert (await browser.follow(answer)).status == 200


async def test_signing_out_ends_the_session_and_takes_the_cookie_away(site: Site, browser: Browser) -> None:
    """T119."""
    await browser.sign_in()
    secret = browser.cookies["__Host-session"]
    page = await browser.get("/me")

    answer = await browser.submit(page, 0)

    assert page.forms[0].action == "/sign-out"
    assert (answer.status, answer.location) == (303, "/sign-in")
    assert "__Host-session" not in browser.cookies
    browser.cookies["__Host-session"] = secret
    assert (await browser.get("/me")).status == 302
    assert await site.scalar(SESSIONS) == 0


async def test_a_suspended_account_is_out_of_every_browser_at_once(site: Site, browser: Browser) -> None:
    """T120."""
    await browser.sign_in()
    async with site.db.write() as tx:
        await tx.execute(update(Account).where(Account.actor_id == ALICE).values(suspended_at=site.clock.now()))

    assert (await browser.get("/me")).status == 302


async def test_the_way_goes_on_to_where_somebody_wanted_to_be(browser: Browser) -> None:
    asked = await browser.get("/me?x=%2F&y=1")
    page = await browser.follow(asked)

    answer = await browser.submit(page, username="alice", password=PASSWORD)

    assert asked.location == "/sign-in?next=%2Fme%3Fx%3D%252F%26y%3D1"
    assert answer.location == "/me?x=%2F&y=1"


async def test_a_failed_try_keeps_the_way_and_the_name(browser: Browser) -> None:
    page = await browser.get("/sign-in?next=/me&lang=fr")

    again = await browser.submit(page, username="alice", password="wrong")
    answer = await browser.submit(again, password=PASSWORD)

    assert 'lang="fr"' in again.text
    assert answer.location == "/me"


@pytest.mark.parametrize(
    "text",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "/\t/evil.example",
        "/ /evil.example",
        "javascript:alert(1)",
        "evil.example",
        "/me\r\nSet-Cookie: x=y",
        "/sign-in?next=/sign-in",
        "/sign-out",
        "/é",
        "",
    ],
)
async def test_a_link_to_the_sign_in_leads_to_no_other_site(text: str) -> None:
    assert local_path(text) == "/"


def test_a_local_path_stays_as_it_is() -> None:
    assert local_path("/oauth/authorize?x=https%3A%2F%2Felk.example") == "/oauth/authorize?x=https%3A%2F%2Felk.example"


async def test_a_form_from_another_site_signs_nobody_in(site: Site) -> None:
    """T117: not even into the attacker's account."""
    own, other = site.browser(), site.browser()
    page = await own.get("/sign-in")
    token = page.forms[0].fields["csrf"]
    given = {"username": "alice", "password": PASSWORD, "next": "/"}

    without = await own.post("/sign-in", given)
    foreign = await other.post("/sign-in", given | {"csrf": token})
    right = await own.post("/sign-in", given | {"csrf": token})

    assert [without.status, foreign.status, right.status] == [403, 403, 303]


async def test_passwords_are_kept_as_argon2id_and_brought_up_to_date(site: Site, browser: Browser) -> None:
    """T123."""
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    async with site.db.write() as tx:
        await tx.execute(update(Account).where(Account.actor_id == ALICE).values(password_hash=weak))

    await browser.sign_in()

    stored = await site.scalar(select(Account.password_hash).where(Account.actor_id == ALICE))
    assert stored != weak
    assert stored.startswith("$argon2id$")
    assert (await browser.sign_in()).status == 303


async def test_every_character_of_a_password_counts(site: Site, browser: Browser) -> None:
    """T123: two passwords sharing 72 bytes differ."""
    long = "x" * 72
    async with site.db.write() as tx:
        await tx.execute(
            update(Account).where(Account.actor_id == ALICE).values(password_hash=PasswordHasher().hash(long + "a"))
        )

    assert (await browser.sign_in("alice", long + "b")).status == 422
    assert (await browser.sign_in("alice", long + "a")).status == 303
