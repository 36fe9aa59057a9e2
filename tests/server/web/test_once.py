"""One-time sign-in addresses, and choosing a password after one."""

import asyncio

import pytest
from sqlalchemy import func, select

from models.accounts import Session, SignInLink
from tests.support.site import ADA, LINK_LIFE, Browser, Site

NEW = "a new and longer password"


async def test_opening_the_address_changes_nothing(site: Site, browser: Browser) -> None:
    """T117: mail scanners open addresses too."""
    path = await site.one_time_address()

    pages = [await browser.get(path), await browser.get(path)]

    assert [page.status for page in pages] == [200, 200]
    assert "Alice Martin" in pages[0].text
    assert pages[0].headers["Referrer-Policy"] == "no-referrer"
    assert await site.scalar(select(func.count()).select_from(SignInLink)) == 1
    assert await site.scalar(select(func.count()).select_from(Session)) == 0


async def test_the_button_signs_in_once(site: Site, browser: Browser) -> None:
    path = await site.one_time_address()
    page = await browser.get(path)

    answer = await browser.submit(page)
    again = await browser.submit(page)

    assert answer.status == 303
    assert answer.location.startswith("/sign-in/password?permit=")
    assert (await browser.get("/me")).status == 200
    assert again.status == 404
    assert (await site.browser().get(path)).status == 404


async def test_of_two_at_the_same_time_one_gets_in(site: Site) -> None:
    path = await site.one_time_address()
    browsers = [site.browser(), site.browser()]
    pages = [await browser.get(path) for browser in browsers]

    answers = await asyncio.gather(*(browser.submit(page) for browser, page in zip(browsers, pages, strict=True)))

    assert sorted(answer.status for answer in answers) == [303, 404]


async def test_without_the_forms_token_the_address_stays_good(site: Site, browser: Browser) -> None:
    """T117."""
    path = await site.one_time_address()

    forged = await browser.post(path, {})

    assert forged.status == 403
    assert (await browser.get(path)).status == 200


@pytest.mark.parametrize(("seconds", "status"), [(-1, 200), (0, 404)])
async def test_an_address_is_good_until_its_time_is_over(
    site: Site, browser: Browser, seconds: int, status: int
) -> None:
    path = await site.one_time_address()

    site.clock.advance(seconds=LINK_LIFE.total_seconds() + seconds)

    assert (await browser.get(path)).status == status


async def test_the_address_of_a_suspended_account_is_no_good(site: Site, browser: Browser) -> None:
    """T120."""
    path = await site.one_time_address()
    await site.suspend()

    assert (await browser.get(path)).status == 404


async def test_who_begins_to_run_the_server_is_led_to_what_is_to_be_done(site: Site, browser: Browser) -> None:
    """J1."""
    page = await browser.follow(await browser.submit(await browser.get(await site.one_time_address(ADA))))

    answer = await browser.submit(page, new_password=NEW, new_password_again=NEW)

    assert (answer.status, answer.location) == (303, "/admin/overview")


async def test_then_a_password_is_chosen_without_knowing_an_old_one(site: Site, browser: Browser) -> None:
    """T119: what the old one led to ends."""
    elsewhere = await site.signed_in()
    page = await browser.follow(await browser.submit(await browser.get(await site.one_time_address())))
    before = browser.cookies["__Host-session"]

    answer = await browser.submit(page, new_password=NEW, new_password_again=NEW)

    assert (answer.status, answer.location) == (303, "/")
    assert (await browser.follow(answer)).status == 200
    assert browser.cookies["__Host-session"] != before
    assert (await elsewhere.get("/me")).status == 302
    assert (await site.browser().sign_in("alice", NEW)).status == 303
    assert (await site.browser().sign_in("alice")).status == 422


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("elevenchars", "elevenchars", "too short"),
        ("twelve chars", "twelve charz", "not typed the same way"),
        ("x" * 1025, "x" * 1025, "too long"),
    ],
)
async def test_what_is_no_password_is_said(site: Site, browser: Browser, first: str, second: str, said: str) -> None:
    page = await browser.follow(await browser.submit(await browser.get(await site.one_time_address())))

    refused = await browser.submit(page, new_password=first, new_password_again=second)
    taken = await browser.submit(refused, new_password="twelve chars", new_password_again="twelve chars")

    assert refused.status == 422
    assert said in refused.text
    assert taken.status == 303


async def test_the_right_to_choose_belongs_to_one_session_for_one_hour(site: Site, browser: Browser) -> None:
    answer = await browser.submit(await browser.get(await site.one_time_address()))
    ada = await site.signed_in(ADA)

    theirs = await ada.get(answer.location)
    unsigned = await browser.get("/sign-in/password?permit=99999999999.00")
    without = await browser.get("/sign-in/password")
    early = await browser.get(answer.location)
    site.clock.advance(hours=1)
    late = await browser.get(answer.location)

    assert [theirs.status, unsigned.status, without.status, early.status, late.status] == [403, 403, 403, 200, 403]
