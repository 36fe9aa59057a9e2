"""Mail to people: what is owed is handed over once, kept while it cannot be, and says nothing to others."""

import re
import ssl
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
import trustme
from sqlalchemy import select, update

from models.accounts import ADMIN, Account
from models.mail import REVIEW, Mail
from models.queries import mail
from models.writes.audit import OPERATOR
from server.actions import accounts
from server.notify.letter_box import LetterBox
from server.notify.letters import desk
from server.notify.mailer import WAITS, Mailer
from server.notify.smtp import MailServer, NotSent
from server.settings import load
from tests.support.clock import FakeClock
from tests.support.firm import Firm, running_firm
from tests.support.post_office import PostOffice, opened_post_office
from tests.support.site import PASSWORD, Browser, password_hash

LATER = "451 4.3.0 try again later"
NEVER = "550 5.1.1 no such mailbox"


@pytest.fixture
def office() -> Iterator[PostOffice]:
    """The firm's mail server."""
    with opened_post_office() as office:
        yield office


@pytest.fixture
async def writing(database_url: str, tmp_path: Path, clock: FakeClock, office: PostOffice) -> AsyncIterator[Firm]:
    """A firm that sends mail, with alice; its loop is turned by the test."""
    async with running_firm(database_url, tmp_path, clock, SMTP_URL=office.url, LANGUAGE="en") as firm:
        await firm.person("ada", role="admin")
        await firm.person("alice")
        yield firm


@pytest.fixture
def mailer(writing: Firm, office: PostOffice) -> Mailer:
    settings = load(
        {"ENTREPAIRS_DOMAIN": "home.test", "ENTREPAIRS_BASE_URL": "http://home.test", "ENTREPAIRS_SMTP_URL": office.url}
    )
    return Mailer(writing.runtime, LetterBox(settings, writing.runtime.vault))


async def forget(browser: Browser, email: str) -> str:
    """Ask for an address by mail; what the page says, without its token."""
    form = await browser.get("/sign-in/forgotten")
    answer = await browser.submit(form, email=email)
    assert answer.status == 200
    return answer.text


async def rows(firm: Firm) -> list[Any]:
    async with firm.runtime.db.read() as tx:
        return list((await tx.select(select(*Mail.__table__.columns).order_by(Mail.id))).all())


async def test_who_forgot_the_password_signs_in_by_a_letter(writing: Firm, mailer: Mailer, office: PostOffice) -> None:
    browser = await writing.browser()
    await forget(browser, " Alice@mail.example ")

    await mailer.hand_over()

    (letter,) = office.letters
    assert letter["To"] == "alice@mail.example"
    assert letter["From"] == "entrepairs@home.test"
    assert letter["Auto-Submitted"] == "auto-generated"
    (path,) = re.findall(r"http://home\.test(/sign-in/once/\S+)", letter.get_content())
    welcome = await browser.get(path)
    assert (await browser.submit(welcome)).location.startswith("/sign-in/password")


async def test_the_page_says_the_same_whether_or_not_somebody_has_the_address(
    writing: Firm, mailer: Mailer, office: PostOffice
) -> None:
    """T121."""
    known = await forget(await writing.browser(), "alice@mail.example")
    unknown = await forget(await writing.browser(), "nobody@mail.example")
    await mailer.hand_over()

    assert known == unknown
    assert len(office.letters) == 1


async def test_five_letters_in_half_an_hour_and_no_sixth(
    writing: Firm, mailer: Mailer, office: PostOffice, clock: FakeClock
) -> None:
    browser = await writing.browser()
    said = {await forget(browser, "alice@mail.example") for _ in range(6)}
    await mailer.hand_over()
    assert (len(said), len(office.letters)) == (1, 5)

    clock.advance(minutes=30)
    await forget(browser, "alice@mail.example")
    await mailer.hand_over()

    assert len(office.letters) == 6


async def test_nobody_is_asked_where_no_mail_is_set_up(firm: Firm) -> None:
    browser = await firm.browser()

    assert (await browser.get("/sign-in/forgotten")).status == 404
    assert "/sign-in/forgotten" not in (await browser.get("/sign-in")).text


async def test_what_a_letter_says_is_sealed_and_gone_once_it_was_sent(writing: Firm, mailer: Mailer) -> None:
    """T184: it holds an address by which one signs in."""
    await forget(await writing.browser(), "alice@mail.example")
    (owed,) = await rows(writing)
    assert owed.letter is not None
    assert b"sign-in/once" not in owed.letter

    await mailer.hand_over()

    (sent,) = await rows(writing)
    assert (sent.letter, sent.next_attempt_at, sent.sent_at) == (None, None, writing.clock.now())


async def test_a_letter_waits_while_the_mail_server_cannot(
    writing: Firm, mailer: Mailer, office: PostOffice, clock: FakeClock
) -> None:
    office.refusals = [LATER, LATER]
    await forget(await writing.browser(), "alice@mail.example")

    await mailer.hand_over()
    assert not await mailer.hand_over()
    assert (await rows(writing))[0].reason == "refused with 451 4.3.0 try again later"
    clock.advance(seconds=WAITS[0].total_seconds())
    await mailer.hand_over()
    clock.advance(seconds=WAITS[1].total_seconds() - 1)
    await mailer.hand_over()
    assert office.letters == []
    clock.advance(seconds=1)
    await mailer.hand_over()

    assert len(office.letters) == 1


async def test_a_letter_is_given_up_after_three_days(
    writing: Firm, mailer: Mailer, office: PostOffice, clock: FakeClock
) -> None:
    office.refusals = [LATER] * (len(WAITS) + 1)
    await forget(await writing.browser(), "alice@mail.example")

    for wait in (*WAITS, timedelta()):
        await mailer.hand_over()
        clock.advance(seconds=wait.total_seconds())

    (row,) = await rows(writing)
    assert (row.attempts, row.next_attempt_at, row.letter) == (len(WAITS) + 1, None, None)
    assert sum(WAITS, timedelta()) > timedelta(days=2, hours=12)


async def test_a_letter_that_is_refused_for_good_is_given_up_and_the_next_one_goes(
    writing: Firm, mailer: Mailer, office: PostOffice
) -> None:
    office.refusals = [NEVER]
    browser = await writing.browser()
    await forget(browser, "alice@mail.example")
    await forget(browser, "alice@mail.example")

    await mailer.hand_over()

    assert [row.next_attempt_at for row in await rows(writing)] == [None, None]
    assert len(office.letters) == 1


async def test_a_mail_server_that_is_away_is_asked_again(writing: Firm, clock: FakeClock, office: PostOffice) -> None:
    away = load({"ENTREPAIRS_SMTP_URL": "smtp://127.0.0.1:1"})
    await forget(await writing.browser(), "alice@mail.example")

    await Mailer(writing.runtime, LetterBox(away, writing.runtime.vault)).hand_over()

    (row,) = await rows(writing)
    assert row.next_attempt_at == clock.now() + WAITS[0]


async def test_ten_wrong_passwords_are_told_to_whose_account_it_is_once(
    writing: Firm, mailer: Mailer, office: PostOffice
) -> None:
    """T122."""
    browser = await writing.browser()
    for _ in range(12):
        await browser.sign_in("alice", "wrong")

    await mailer.hand_over()

    assert [letter["Subject"] for letter in office.letters] == ["Somebody tries to sign in as you"]


async def test_a_second_proof_that_is_added_or_removed_is_told_to_whose_account_it_is(
    writing: Firm, mailer: Mailer, office: PostOffice, clock: FakeClock
) -> None:
    """T124: also in quiet hours; removing what is not there, and new codes on paper, are told to nobody."""
    browser = await writing.browser(await writing.person("dan"))
    async with writing.runtime.db.write() as tx:
        await tx.execute(update(Account).values(password_hash=password_hash()))
    page = await browser.follow(await browser.submit(await browser.get("/me/factors"), password=PASSWORD))
    fields = next(form.fields for form in page.forms if form.action == "/me/factors/app")
    secret = page.text.partition("Key <code>")[2].partition("<")[0]

    added = await browser.post("/me/factors/app", {**fields, "code": pyotp.TOTP(secret).at(clock.now())})
    await mailer.hand_over()
    first = [letter["Subject"] for letter in office.letters]
    for _ in range(2):
        await browser.post("/me/factors/app/remove", fields)
    await mailer.hand_over()

    assert added.status == 200
    assert first == ["Your account has a new second proof"]
    assert [letter["Subject"] for letter in office.letters[1:]] == ["A second proof of your account was removed"]
    assert office.letters[0]["To"] == "dan@mail.example"


async def test_nine_wrong_passwords_are_not(writing: Firm, mailer: Mailer, office: PostOffice) -> None:
    browser = await writing.browser()
    for _ in range(9):
        await browser.sign_in("alice", "wrong")

    await mailer.hand_over()

    assert office.letters == []


async def test_nothing_is_written_to_who_was_suspended_meanwhile(
    writing: Firm, mailer: Mailer, office: PostOffice
) -> None:
    """T119."""
    await forget(await writing.browser(), "alice@mail.example")
    async with writing.runtime.db.write() as tx:
        await accounts.suspend(tx, writing.runtime, "alice", by=OPERATOR)

    await mailer.hand_over()

    assert office.letters == []
    assert await rows(writing) == []


async def test_in_quiet_hours_a_letter_waits_unless_it_is_about_the_security_of_the_account(
    writing: Firm, mailer: Mailer, clock: FakeClock, office: PostOffice
) -> None:
    """Product section 7: no mail, with one exception."""
    clock.advance(hours=7)
    async with writing.runtime.db.write() as tx:
        (admin,) = await mail.with_role(tx, ADMIN)
        letter = mailer.box.desk(admin).review_soon("partner.example", clock.now())
        await mailer.box.put(tx, admin, letter, kind=REVIEW, at=clock.now())
    await forget(await writing.browser(), "alice@mail.example")

    await mailer.hand_over()
    clock.advance(hours=11, minutes=59)
    await mailer.hand_over()

    assert [letter["To"] for letter in office.letters] == ["alice@mail.example"]
    clock.advance(minutes=1)
    await mailer.hand_over()
    assert [letter["To"] for letter in office.letters] == ["alice@mail.example", "ada@mail.example"]
    assert [row.attempts for row in await rows(writing)] == [1, 1]


async def test_names_cannot_write_headers_or_paragraphs(office: PostOffice) -> None:
    """T115."""
    hostile = "Eve\r\nBcc: all@home.test\r\n\r\nPay here: http://evil.test\u2028now"
    mail_server = MailServer(load({"ENTREPAIRS_SMTP_URL": office.url}))
    letter = desk("home.test", "en", hostile).test()

    await mail_server.send(mail_server.message("1.1", "alice@mail.example", letter, FakeClock().now()))

    (got,) = office.letters
    assert got["Bcc"] is None
    assert got.get_content().splitlines()[0] == "Hello Eve Bcc: all@home.test Pay here: http://evil.test now,"


ELSEWHERE = "127.1"
"""Leads to this machine without being one of its names, so that it counts as another one."""


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


async def test_a_mail_server_elsewhere_is_spoken_to_under_tls_and_by_name(
    authority: trustme.CA, tmp_path: Path
) -> None:
    ca_file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(ELSEWHERE).configure_cert(context)
    with opened_post_office(tls=context, asks_who=True) as office:
        url = f"smtp://entrepairs:p%2Fss@{ELSEWHERE}:{office.port}"
        mail_server = MailServer(load({"ENTREPAIRS_SMTP_URL": url, "ENTREPAIRS_CA_FILE": str(ca_file)}))

        await mail_server.send(
            mail_server.message("1.1", "alice@mail.example", desk("home.test", "fr", "Alice").test(), FakeClock().now())
        )

        assert office.signed_in_as == [("entrepairs", "p/ss")]
        assert office.letters[0]["Subject"] == "Le courriel de home.test fonctionne"


async def test_a_mail_server_elsewhere_without_tls_gets_nothing() -> None:
    with opened_post_office() as office:
        mail_server = MailServer(load({"ENTREPAIRS_SMTP_URL": f"smtp://{ELSEWHERE}:{office.port}"}))

        with pytest.raises(NotSent):
            await mail_server.greet()

        assert office.letters == []


async def test_a_wrong_password_of_ours_does_not_cost_the_letter(office: PostOffice) -> None:
    with opened_post_office(asks_who=True) as strict:
        url = f"smtp://entrepairs:wrong@127.0.0.1:{strict.port}"

        with pytest.raises(NotSent) as refused:
            await MailServer(load({"ENTREPAIRS_SMTP_URL": url})).send(
                MailServer(load({})).message(
                    "1.1", "a@home.test", desk("home.test", "en", "A").test(), FakeClock().now()
                )
            )

    assert not refused.value.is_final
