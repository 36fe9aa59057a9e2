"""How often passwords may be tried (threats T122)."""

import asyncio

import pytest
from sqlalchemy import func, select

from models.accounts import SignInFailure
from models.queries import audit
from models.writes import sessions as rows
from server.web.tries import ACCOUNT_FAILURES, ADDRESS_FAILURES, BURST
from tests.support.site import ALICE, PASSWORD, Answer, Browser, Site

FAILURES = select(func.count()).select_from(SignInFailure)


ALICES = ("account:alice", f"account:#{ALICE}")
"""Under what tries of alice's name are counted."""


@pytest.mark.parametrize("name", ["alice", "nobody"])
async def test_the_eleventh_try_for_one_name_is_refused_whether_or_not_it_exists(site: Site, name: str) -> None:
    """T121, T122."""
    browser = site.browser()
    statuses = [(await browser.sign_in(name, "wrong")).status for _ in range(ACCOUNT_FAILURES)]

    answer = await browser.sign_in(name, PASSWORD)

    assert statuses == [422] * ACCOUNT_FAILURES
    assert answer.status == 429
    assert answer.headers["Retry-After"] == "901"


async def test_the_owner_gets_in_again_after_a_quarter_of_an_hour(site: Site, browser: Browser) -> None:
    """T122: nobody is locked out for good."""
    await site.fail_to_sign_in(ACCOUNT_FAILURES, *ALICES)

    site.clock.advance(minutes=15, microseconds=-1)
    early = await browser.sign_in()
    site.clock.advance(microseconds=1)
    late = await browser.sign_in()

    assert [early.status, late.status] == [429, 303]


async def test_an_account_is_locked_under_all_its_names_without_telling_them(site: Site, browser: Browser) -> None:
    """T121, T122: a 429 for the address would tell whose it is."""
    await site.fail_to_sign_in(ACCOUNT_FAILURES, *ALICES)

    by_address = await browser.sign_in("alice@mail.example", PASSWORD)
    site.clock.advance(minutes=15)
    later = await browser.sign_in("alice@mail.example", PASSWORD)

    assert [by_address.status, later.status] == [422, 303]


async def bursts(site: Site) -> list[str]:
    """What the audit trail says of failures to sign in."""
    async with site.db.read() as tx:
        return [row.object async for row in audit.entries(tx) if row.action == BURST]


async def test_a_burst_of_failures_stands_in_the_audit_trail_once(site: Site, browser: Browser) -> None:
    """Product section 8: of a name that is nobody's too, by the address; never which address."""
    for _ in range(ACCOUNT_FAILURES - 1):
        await browser.sign_in("alice", "wrong")
    assert await bursts(site) == []

    await browser.sign_in("alice", "wrong")
    await browser.sign_in("alice@mail.example", "wrong")

    assert await bursts(site) == ["alice@home.test"]
    await site.fail_to_sign_in(ADDRESS_FAILURES - ACCOUNT_FAILURES - 2, "address:127.0.0.1")
    await browser.sign_in("somebody", "wrong")
    assert await bursts(site) == ["alice@home.test", "address"]


async def test_one_address_may_fail_twenty_five_times_in_five_minutes(site: Site, browser: Browser) -> None:
    """T122."""
    await site.fail_to_sign_in(ADDRESS_FAILURES - 1, "address:127.0.0.1")

    last = await browser.sign_in("somebody", "wrong")
    locked = await browser.sign_in()
    site.clock.advance(minutes=5)
    later = await browser.sign_in()

    assert [last.status, locked.status, later.status] == [422, 429, 303]


async def test_right_passwords_do_not_count(site: Site, browser: Browser) -> None:
    await site.fail_to_sign_in(ACCOUNT_FAILURES - 1, *ALICES)

    answers = [await browser.sign_in(), await browser.sign_in()]
    wrong = [await browser.sign_in("alice", "wrong"), await browser.sign_in()]

    assert [answer.status for answer in answers] == [303, 303]
    assert [answer.status for answer in wrong] == [422, 429]


async def test_tries_at_the_same_time_do_not_pass_the_limit_together(site: Site) -> None:
    """T122."""
    await site.fail_to_sign_in(ACCOUNT_FAILURES - 2, *ALICES)
    browsers = [site.browser() for _ in range(8)]

    async def wrong(browser: Browser) -> Answer:
        return await browser.sign_in("alice", "wrong")

    statuses = [answer.status for answer in await asyncio.gather(*map(wrong, browsers))]

    assert statuses.count(422) == 2
    assert statuses.count(429) == 6


async def test_somebody_sees_that_others_tried(site: Site, browser: Browser) -> None:
    """T122: notify."""
    await site.fail_to_sign_in(2, *ALICES)
    await browser.sign_in()

    page = await browser.get("/me")
    site.clock.advance(hours=1)
    later = await browser.get("/me")

    assert "2 attempts to sign in to your account failed" in page.text
    assert "attempts to sign in" not in later.text


async def test_tries_are_forgotten_after_an_hour(site: Site) -> None:
    await site.fail_to_sign_in(1, *ALICES)

    site.clock.advance(hours=1)
    async with site.db.write() as tx:
        await rows.drop_stale(tx, site.clock.now())

    assert await site.scalar(FAILURES) == 0
