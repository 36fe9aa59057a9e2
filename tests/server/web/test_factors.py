"""Codes of an app and codes on paper beside a password (threats T118, T122, T124)."""

import re
from datetime import datetime, timedelta

import pyotp
import pytest
from sqlalchemy import func, select

from models.accounts import SignInFailure
from models.factors import CodeGenerator, RecoveryCode
from server.web.tries import ACCOUNT_FAILURES
from tests.support.site import ADA, ALICE, PASSWORD, Answer, Browser, Site

SECRETS = select(CodeGenerator.secret_sealed).where(CodeGenerator.actor_id == ALICE)
PAPER = select(func.count()).select_from(RecoveryCode)


def code_of(secret: str, now: datetime, *, later: int = 0) -> str:
    return pyotp.TOTP(secret).at(now + later * timedelta(seconds=30))


async def permitted(browser: Browser, password: str = PASSWORD) -> Answer:
    """The page of one's own proofs after the password was given."""
    answer = await browser.submit(await browser.get("/me/factors"), password=password)
    return await browser.follow(answer) if answer.status == 303 else answer


def form_number(page: Answer, action: str) -> int:
    return [form.action for form in page.forms].index(action)


async def with_app(site: Site, browser: Browser) -> tuple[str, list[str], Answer]:
    """The browser's owner has an app from now on: its secret, the codes on paper, and the page that says so."""
    page = await permitted(browser)
    secret = page.text.partition("Key <code>")[2].partition("<")[0]
    code = code_of(secret, site.clock.now())
    done = await browser.submit(page, form_number(page, "/me/factors/app"), code=code)
    site.clock.advance(seconds=60)
    return secret, re.findall(r"<li><code>([a-z2-7-]+)</code>", done.text), done


async def half_way(site: Site, **given: str) -> tuple[Browser, Answer]:
    """A new browser after the right password, at the page that asks for more."""
    browser = site.browser()
    return browser, await browser.follow(await browser.sign_in(**given))


async def test_a_password_alone_lets_nobody_in_who_has_an_app(site: Site) -> None:
    """T124, T118: no session before the second proof, and a new id after it."""
    secret, paper, done = await with_app(site, await site.signed_in())
    browser, page = await half_way(site)
    before = dict(browser.cookies)
    refused = await browser.get("/me")
    arrived = await browser.submit(page, code=code_of(secret, site.clock.now()))

    assert (done.status, len(paper)) == (200, 10)
    assert "One more proof" in page.text
    assert "__Host-session" not in before
    assert refused.status == 302
    assert (arrived.status, arrived.location) == (303, "/")
    assert (await browser.get("/me")).status == 200
    assert "__Host-half" not in browser.cookies


async def test_an_app_that_asks_for_access_comes_after_both_halves(site: Site) -> None:
    secret, _, _ = await with_app(site, await site.signed_in())
    app = await site.register("https://p.example/back")
    asked = f"/oauth/authorize?response_type=code&client_id={app['client_id']}&redirect_uri=https://p.example/back"
    asked += f"&state={'x' * 1500}"
    browser = site.browser()
    page = await browser.follow(await browser.sign_in(path=(await browser.get(asked)).location))
    arrived = await browser.submit(page, code=code_of(secret, site.clock.now()))

    assert arrived.location.startswith("/oauth/authorize?")
    assert (await browser.follow(arrived)).status == 200


async def test_a_code_is_taken_once(site: Site) -> None:
    """T124: also not an older one after a newer."""
    secret, _, _ = await with_app(site, await site.signed_in())
    code, older = code_of(secret, site.clock.now()), code_of(secret, site.clock.now(), later=-1)
    browser, page = await half_way(site)
    first = await browser.submit(page, code=code)
    again, page = await half_way(site)
    second = await again.submit(page, code=code)
    third = await again.submit(page, code=older)

    assert [first.status, second.status, third.status] == [303, 422, 422]


@pytest.mark.parametrize(("steps", "status"), [(-2, 422), (-1, 303), (0, 303), (1, 303), (2, 422)])
async def test_the_clock_of_a_phone_may_be_wrong_by_one_step(site: Site, steps: int, status: int) -> None:
    secret, _, _ = await with_app(site, await site.signed_in())
    site.clock.advance(minutes=5)
    browser, page = await half_way(site)

    assert (await browser.submit(page, code=code_of(secret, site.clock.now(), later=steps))).status == status


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "' OR 1=1", "x" * 5000])
async def test_what_is_no_code_lets_nobody_in(site: Site, code: str) -> None:
    await with_app(site, await site.signed_in())
    browser, page = await half_way(site)

    assert (await browser.submit(page, code=code)).status == 422
    assert (await browser.get("/me")).status == 302


async def test_guessing_ends_after_ten_codes_and_a_right_password_takes_none_back(site: Site) -> None:
    """T122, T124."""
    secret, _, _ = await with_app(site, await site.signed_in())
    for _ in range(ACCOUNT_FAILURES // 2):
        browser, page = await half_way(site)
        for _ in range(2):
            await browser.submit(page, code="000000")

    assert await site.scalar(select(func.count()).where(SignInFailure.subject == f"account:#{ALICE}")) == 10
    locked = await browser.submit(page, code=code_of(secret, site.clock.now()))
    site.clock.advance(minutes=15)
    browser, page = await half_way(site)
    later = await browser.submit(page, code=code_of(secret, site.clock.now()))
    assert [locked.status, later.status] == [429, 303]


async def test_a_code_on_paper_is_good_for_one_sign_in(site: Site) -> None:
    """T124."""
    _, paper, _ = await with_app(site, await site.signed_in())
    browser, page = await half_way(site)
    first = await browser.submit(page, code=paper[3].upper().replace("-", " "))
    again, page = await half_way(site)
    second = await again.submit(page, code=paper[3])
    other = await again.submit(page, code=paper[4])

    assert [first.status, second.status, other.status] == [303, 422, 303]
    assert await site.scalar(PAPER) == 8


async def test_a_one_time_address_asks_for_the_second_proof_as_well(site: Site) -> None:
    """T124: no way around it by mail."""
    secret, _, _ = await with_app(site, await site.signed_in())
    browser = site.browser()
    address = await site.one_time_address()
    half = await browser.submit(await browser.get(address))
    page = await browser.follow(half)
    refused = await browser.get("/me")
    arrived = await browser.submit(page, code=code_of(secret, site.clock.now()))
    choice = await browser.follow(arrived)

    assert half.location == "/sign-in/second"
    assert refused.status == 302
    assert "Choose a password" in choice.text


async def test_no_grant_of_the_api_takes_a_password(site: Site) -> None:
    """T124: nothing old that asks for less."""
    app = await site.register("https://p.example/back")
    secrets = {name: app[name] for name in ("client_id", "client_secret")}
    status, refused, _ = await site.api(
        "POST", "/oauth/token", form={"grant_type": "password", "username": "alice", "password": PASSWORD, **secrets}
    )

    assert (status, refused["error"]) == (400, "unsupported_grant_type")


async def test_a_half_belongs_to_one_browser_for_ten_minutes(site: Site) -> None:
    """T118: it ends with the password, too."""
    owner = await site.signed_in()
    secret, _, _ = await with_app(site, owner)
    browser, page = await half_way(site)
    stranger = site.browser()
    elsewhere = await stranger.get("/sign-in/second")
    site.clock.advance(minutes=10)
    late = await browser.submit(page, code=code_of(secret, site.clock.now()))
    browser, page = await half_way(site)
    await site.suspend()
    closed = await browser.submit(page, code=code_of(secret, site.clock.now()))

    assert [elsewhere.status, late.status, closed.status] == [403, 403, 403]


async def test_nothing_changes_without_the_password_given_within_ten_minutes(site: Site) -> None:
    """T118: a browser that was left open is not enough, and a permit is its session's."""
    owner, other = await site.signed_in(), await site.signed_in()
    wrong = await permitted(owner, "wrong")
    page = await permitted(owner)
    fields = page.forms[form_number(page, "/me/factors/app")].fields
    csrf = (await other.get("/me")).forms[0].fields["csrf"]
    stolen = await other.post("/me/factors/app", fields | {"csrf": csrf, "code": "000000"})
    site.clock.advance(minutes=10)
    late = await owner.post("/me/factors/app", fields | {"code": "000000"})

    assert wrong.status == 422
    assert "The password is not right" in wrong.text
    assert [stolen.status, late.status] == [403, 403]


async def test_an_app_is_confirmed_by_the_code_of_the_secret_that_was_shown(site: Site) -> None:
    """A secret from elsewhere is refused: nobody can be made to take one that somebody else knows."""
    browser = await site.signed_in()
    page = await permitted(browser)
    number = form_number(page, "/me/factors/app")
    secret = page.text.partition("Key <code>")[2].partition("<")[0]
    wrong = await browser.submit(page, number, code="000000")
    ada = await permitted(await site.signed_in(ADA))
    foreign = ada.forms[form_number(ada, "/me/factors/app")].fields["secret"]
    forged = await browser.submit(page, number, secret=foreign, code=code_of(secret, site.clock.now()))

    assert wrong.status == 422
    assert secret in wrong.text
    assert forged.status == 400
    assert await site.scalar(SECRETS) is None


async def test_the_secret_is_sealed_and_the_paper_hashed_where_they_are_stored(site: Site) -> None:
    """T184, T145."""
    secret, paper, _ = await with_app(site, await site.signed_in())
    stored = await site.scalar(SECRETS)

    assert secret.encode() not in stored
    assert paper[0].replace("-", "") not in await site.scalar(select(func.min(RecoveryCode.code_hash)))


async def test_what_was_added_is_removed_and_the_paper_with_the_last(site: Site) -> None:
    browser = await site.signed_in()
    _, paper, _ = await with_app(site, browser)
    page = await permitted(browser)
    renewed = await browser.submit(page, form_number(page, "/me/factors/paper"))
    gone = await browser.submit(page, form_number(page, "/me/factors/app/remove"))

    assert paper[0] not in renewed.text
    assert len(re.findall(r"<li><code>", renewed.text)) == 10
    assert "Removed" in (await browser.follow(gone)).text
    assert await site.scalar(PAPER) == 0
    assert (await site.browser().sign_in()).location == "/"


@pytest.mark.parametrize("answer", ["", "{}", "[1]", '{"rawId": 1}', "x" * 20_000])
async def test_what_is_no_answer_of_a_passkey_is_refused(site: Site, answer: str) -> None:
    browser = await site.signed_in()
    page = await permitted(browser)
    made = await browser.submit(page, form_number(page, "/me/factors/passkey"), name="Phone", answer=answer)
    stranger = site.browser()
    shown = await stranger.submit(await stranger.get("/sign-in/passkey"), answer=answer)

    assert [made.status, shown.status] == [422, 422]


async def test_the_pages_for_devices_allow_the_script_that_they_carry_and_no_other(site: Site) -> None:
    """T113."""
    page = await site.browser().get("/sign-in/passkey")
    policy = page.headers["Content-Security-Policy"]

    assert "script-src 'sha256-" in policy
    assert "unsafe" not in policy
    assert page.text.count("<script>") == 1
    assert "script-src" not in (await site.browser().get("/sign-in")).headers["Content-Security-Policy"]
