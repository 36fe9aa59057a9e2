"""The digest by mail (product section 7): when it is written, what is in it and what never, and how it is stopped."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest
from sqlalchemy import func, select, update

from models.accounts import Account
from models.base import EPOCH
from models.digests import DAILY, NEVER, WEEKLY
from models.labels import CONTENT, DEFAULT, FACT, NOTHING, PLACE, Label, Labels
from models.mail import DIGEST, Mail
from models.queries import digests as reads
from models.quiet import FACT as QUIET
from models.quiet import QuietHours
from models.writes import digests as rows
from models.writes import state
from models.writes.mail import WAKE
from models.writes.rest import MOST_A_DAY
from server.notify.digest_letter import stop_path
from server.notify.digests import Digests, next_due
from server.notify.letter_box import LetterBox
from server.notify.letters import Letter
from server.notify.smtp import MailServer
from server.settings import load
from tests.support.clock import FakeClock
from tests.support.firm import HOME, App, Document, Firm, alice, bob, running_firm, sites
from tests.support.push_service import PhoneApp, push_service
from tests.support.site import Answer
from tests.support.statements import counted

__all__ = ["alice", "bob", "sites"]

SETTINGS = {"DOMAIN": "home.test", "BASE_URL": HOME, "SMTP_URL": "smtp://127.0.0.1:1", "LANGUAGE": "en"}
NINE = datetime(2026, 2, 3, 8, tzinfo=UTC)
"""Tuesday at nine in Paris, on the day after the clock begins."""
PARIS, NEW_YORK = ZoneInfo("Europe/Paris"), ZoneInfo("America/New_York")


@pytest.fixture
async def firm(database_url: str, tmp_path: Path, clock: FakeClock) -> AsyncIterator[Firm]:
    """A firm that sends mail."""
    async with running_firm(database_url, tmp_path, clock, **SETTINGS) as running:
        yield running


def box_of(firm: Firm) -> LetterBox:
    return LetterBox(load({f"ENTREPAIRS_{name}": value for name, value in SETTINGS.items()}), firm.runtime.vault)


def go_on_until(firm: Firm, moment: datetime) -> None:
    firm.clock.advance(seconds=(moment - firm.clock.now()).total_seconds())


async def turn(firm: Firm) -> None:
    """What the loop does at this moment."""
    while await Digests(firm.runtime, box_of(firm)).tend():
        pass


async def letters(firm: Firm, person: App) -> list[Letter]:
    """The digests that wait to be sent to somebody."""
    query = select(Mail.letter).where(Mail.actor_id == int(person.id), Mail.kind == DIGEST).order_by(Mail.id)
    async with firm.runtime.db.read() as tx:
        return [box_of(firm).opened(row[0]) for row in await tx.select(query)]


async def texts(firm: Firm, person: App) -> str:
    return "\n".join(letter.text for letter in await letters(firm, person))


async def due_at(firm: Firm, person: App) -> datetime | None:
    async with firm.runtime.db.read() as tx:
        query = select(Account.digest_due_at).where(Account.actor_id == int(person.id))
        due: datetime | None = await tx.scalar(query)
        return due


async def choose(firm: Firm, person: App, path: str, **fields: str) -> Answer:
    """Press the button of one form of the person's own page."""
    browser = await firm.browser(person)
    (given,) = [form.fields for form in (await browser.get("/me")).forms if form.action == path]
    return await browser.post(path, {**given, **fields})


async def asked(firm: Firm, alice: App, bob: App, sites: Document, text: str = "@sites Who does nights?") -> Document:
    """Bob is a member, his digest is due on Tuesday, and alice has asked something meanwhile."""
    await bob.follow(sites)
    await turn(firm)
    firm.clock.advance(minutes=1)
    return await alice.say(text)


@pytest.mark.parametrize(
    ("pace", "local", "due"),
    [
        (WEEKLY, datetime(2026, 2, 2, 13, tzinfo=PARIS), NINE),
        (WEEKLY, datetime(2026, 2, 3, 8, 59, 59, tzinfo=PARIS), NINE),
        (WEEKLY, datetime(2026, 2, 3, 9, tzinfo=PARIS), NINE + timedelta(days=7)),
        (WEEKLY, datetime(2026, 2, 2, 13, tzinfo=NEW_YORK), datetime(2026, 2, 3, 14, tzinfo=UTC)),
        # The clocks go forward on 29 March, and back on 25 October.
        (WEEKLY, datetime(2026, 3, 24, 9, tzinfo=PARIS), datetime(2026, 3, 31, 7, tzinfo=UTC)),
        (WEEKLY, datetime(2026, 10, 20, 9, tzinfo=PARIS), datetime(2026, 10, 27, 8, tzinfo=UTC)),
        (DAILY, datetime(2026, 3, 28, 9, tzinfo=PARIS), datetime(2026, 3, 29, 7, tzinfo=UTC)),
        (DAILY, datetime(2026, 10, 25, 8, 59, tzinfo=PARIS), datetime(2026, 10, 25, 8, tzinfo=UTC)),
        (DAILY, datetime(2026, 2, 3, 9, tzinfo=PARIS), NINE + timedelta(days=1)),
    ],
)
def test_it_is_due_at_nine_by_the_clocks_of_its_reader(pace: str, local: datetime, due: datetime) -> None:
    assert next_due(pace, local) == due


async def test_weekly_it_says_what_waits_what_was_accepted_and_what_is_open(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    waiting = await asked(firm, alice, bob, sites)
    answered = await alice.say("@sites Which pump is it?")
    reply = await bob.answer(answered, "The left one")
    await alice.answer(reply, "#accepted")
    own = await bob.say("@sites Who has the keys?")
    go_on_until(firm, NINE - timedelta(seconds=1))
    await turn(firm)
    assert await letters(firm, bob) == []

    firm.clock.advance(seconds=1)
    await turn(firm)

    (letter,) = await letters(firm, bob)
    assert letter.subject == "Your digest of home.test"
    assert [line for line in letter.text.splitlines() if line.startswith("- ")] == [
        "- Who does nights? (Sites)",
        "- Which pump is it? (Sites)",
        "- Who has the keys? (Sites)",
    ]
    addresses = [line.strip() for line in letter.text.splitlines() if line.startswith(f"  {HOME}")]
    assert addresses == [f"{HOME}/t/{one['id']}" for one in (waiting, answered, own)]
    page = await (await firm.browser(bob)).get(f"/t/{waiting['id']}")
    assert (page.status, page.location) == (303, f"/@alice/{waiting['id']}")
    assert "not pushed" not in letter.text
    assert await due_at(firm, bob) == NINE + timedelta(days=7)


async def test_in_french_for_whoever_chose_it(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    await choose(firm, bob, "/me/language", language="fr")
    await asked(firm, alice, bob, sites)
    go_on_until(firm, NINE)

    await turn(firm)

    (letter,) = await letters(firm, bob)
    assert letter.subject == "Votre récapitulatif de home.test"
    assert "Questions qui attendent une réponse\n- Who does nights? (Sites)" in letter.text


async def test_without_news_there_is_no_mail(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    """Also where questions of an earlier digest still wait, and where one's own are open."""
    await asked(firm, alice, bob, sites)
    await bob.say("@sites Who has the keys?")
    for week in range(2):
        go_on_until(firm, NINE + timedelta(days=7 * week))
        await turn(firm)
        assert len(await letters(firm, bob)) == 1

    firm.clock.advance(hours=1)
    await alice.say("@sites And who does mornings?")
    go_on_until(firm, NINE + timedelta(days=14))
    await turn(firm)

    assert len(await letters(firm, bob)) == 2
    assert "nights" in (await letters(firm, bob))[1].text


async def test_what_is_not_subscribed_answered_closed_or_muted_is_not_in_it(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    await firm.community("plans", host=alice)
    status = await asked(firm, alice, bob, sites, "@sites Kumquat?")
    await bob.answer(status, "I know")
    await alice.say("@plans Rhubarb?")
    muted = await firm.person("carl")
    await muted.follow(sites)
    await muted.say("@sites Quince?")
    await bob.post(f"/api/v1/accounts/{muted.id}/mute")
    await alice.say("@sites No question at all")
    go_on_until(firm, NINE)

    await turn(firm)

    assert await letters(firm, bob) == []


async def test_daily_and_never_as_somebody_chooses(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    await asked(firm, alice, bob, sites)
    await choose(firm, bob, "/me/digest", pace=DAILY)
    await choose(firm, bob, "/me/digest", pace="hourly")
    await turn(firm)
    go_on_until(firm, NINE)
    await turn(firm)
    await alice.say("@sites And who does mornings?")
    firm.clock.advance(days=1)
    await turn(firm)
    assert len(await letters(firm, bob)) == 2

    page = await choose(firm, bob, "/me/digest", pace=NEVER)
    assert page.location == "/me?done=digest#digest"
    await alice.say("@sites And evenings?")
    firm.clock.advance(days=30)
    await turn(firm)
    assert (await letters(firm, bob), await due_at(firm, bob)) == ([], None)

    await choose(firm, bob, "/me/digest", pace=WEEKLY)
    await turn(firm)
    firm.clock.advance(days=8)
    await turn(firm)
    assert await letters(firm, bob) == []


async def test_who_is_elsewhere_gets_it_at_nine_there(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    await asked(firm, alice, bob, sites)
    assert await due_at(firm, bob) == NINE

    await choose(firm, bob, "/me/quiet", keeps="none", zone="America/New_York")
    await turn(firm)

    assert await due_at(firm, bob) == datetime(2026, 2, 3, 14, tzinfo=UTC)
    assert await due_at(firm, alice) == NINE


async def test_it_waits_for_the_end_of_a_holiday_and_of_an_absence(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    """Product section 7: and is one letter then, of all that time."""
    async with firm.runtime.db.write() as tx:
        holidays = QuietHours(holidays=(date(2026, 2, 3),))
        await state.put(tx, QUIET, msgspec.json.encode(holidays).decode())
    await asked(firm, alice, bob, sites)
    carl = await firm.person("carl")
    await carl.follow(sites)
    await choose(firm, carl, "/me/quiet", keeps="firm", back="2026-02-19")
    await turn(firm)
    go_on_until(firm, NINE)
    await turn(firm)
    assert [await due_at(firm, one) for one in (bob, carl)] == [
        datetime(2026, 2, 4, 8, tzinfo=UTC),
        datetime(2026, 2, 19, 8, tzinfo=UTC),
    ]

    firm.clock.advance(days=1)
    await turn(firm)
    await alice.say("@sites And who does mornings?")
    assert [len(await letters(firm, one)) for one in (bob, carl)] == [1, 0]
    go_on_until(firm, datetime(2026, 2, 19, 8, tzinfo=UTC))
    await turn(firm)

    (letter,) = await letters(firm, carl)
    assert ("nights" in letter.text, "mornings" in letter.text) == (True, True)
    assert await due_at(firm, carl) == datetime(2026, 2, 24, 8, tzinfo=UTC)


async def test_what_mail_may_not_show_is_nowhere_in_it(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    """Product section 3: of a private community nothing, of a higher label the place and no title."""
    hidden = await firm.community("kestrel", host=alice, visibility="private")
    raised = await firm.community("plans", host=alice, label="restricted")
    for place in (hidden, raised):
        await alice.post(f"/api/entrepairs/v1/communities/{place['id']}/invitations", account_id=bob.id)
        await bob.follow(place)
    await asked(firm, alice, bob, sites, "@kestrel Magpie?")
    await alice.say("@plans Cormorant?")
    await bob.say("@kestrel Heron?")
    go_on_until(firm, NINE)

    await turn(firm)

    (letter,) = await letters(firm, bob)
    assert re.search("kestrel|magpie|heron|cormorant", f"{letter.subject} {letter.text}", re.IGNORECASE) is None
    assert [line for line in letter.text.splitlines() if line.startswith("- ")] == [
        "- In Plans: open it to see which.",
        "- In a place that mail does not name: open your communities to see which.",
        "- In a place that mail does not name: open your communities to see which.",
    ]
    assert "/t/" not in letter.text


@pytest.mark.parametrize(
    ("says", "line"),
    [
        (CONTENT, "- Who does nights? (Sites)"),
        (PLACE, "- In Sites: open it to see which."),
        (NOTHING, "- In a place that mail does not name: open your communities to see which."),
    ],
)
async def test_the_firm_chooses_what_mail_says_under_a_label(
    firm: Firm, alice: App, bob: App, sites: Document, says: str, line: str
) -> None:
    lowest = Label(DEFAULT.levels[0].names, says)
    async with firm.runtime.db.write() as tx:
        chosen = Labels((lowest, *DEFAULT.levels[1:]))
        await state.put(tx, FACT, msgspec.json.encode(chosen).decode())
    await asked(firm, alice, bob, sites)
    go_on_until(firm, NINE)

    await turn(firm)

    (letter,) = await letters(firm, bob)
    assert [one for one in letter.text.splitlines() if one.startswith("- ")] == [line]


RITUALS = "/api/entrepairs/v1/communities/{}/rituals"


async def plan(host: App, place: Document, title: str, day: str, time: str = "09:00", every: int = 1) -> None:
    given = {"title": title, "day": day, "time": time, "every_weeks": every}
    await host.post(RITUALS.format(place["id"]), **given)


async def test_it_tells_of_rituals_until_the_day_after_the_next_one(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    """Product section 7. By the clocks of the reader; they alone are news enough; other communities' are not in it."""
    await bob.follow(sites)
    await choose(firm, bob, "/me/quiet", zone="America/New_York")
    await turn(firm)
    other = await firm.community("other", host=alice)
    await plan(alice, sites, "Coffee", "2026-02-10", "15:30", every=2)
    await plan(alice, sites, "Cases", "2026-02-05", every=0)
    await plan(alice, sites, "Too late", "2026-02-12")
    await plan(alice, sites, "Too early", "2026-02-03", every=0)
    await plan(alice, other, "Elsewhere", "2026-02-05")
    go_on_until(firm, NINE + timedelta(hours=6))

    await turn(firm)

    (letter,) = await letters(firm, bob)
    found = letter.text.partition("When your communities meet\n")[2].partition("\n\n")[0].splitlines()
    assert found == [
        "- Thursday 5 February, 03:00: Cases (Sites)",
        f"  {HOME}/c/sites/rituals",
        "- Tuesday 10 February, 09:30: Coffee (Sites)",
        f"  {HOME}/c/sites/rituals",
    ]
    assert (await (await firm.browser(bob)).get("/c/sites/rituals")).status == 200


async def test_rituals_are_named_as_far_as_mail_may(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    """Product section 3: of a private community nothing, of a higher label the place and no title."""
    hidden = await firm.community("kestrel", host=alice, visibility="private")
    raised = await firm.community("plans", host=alice, label="restricted")
    for place in (hidden, raised):
        await alice.post(f"/api/entrepairs/v1/communities/{place['id']}/invitations", account_id=bob.id)
        await bob.follow(place)
        await plan(alice, place, "Magpie", "2026-02-05")
    await turn(firm)
    go_on_until(firm, NINE)

    await turn(firm)

    (letter,) = await letters(firm, bob)
    assert re.search("kestrel|magpie", f"{letter.subject} {letter.text}", re.IGNORECASE) is None
    assert [line for line in letter.text.splitlines() if line.startswith("- ")] == [
        "- In Plans: open it to see which.",
        "- In a place that mail does not name: open your communities to see which.",
    ]


async def test_titles_and_names_cannot_write_paragraphs(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    """Threat T115; and nothing in them is taken for a place of ours in a text."""
    await asked(firm, alice, bob, sites, "@sites 100 %(domain)s \u2028 http://evil.test?")
    go_on_until(firm, NINE)

    await turn(firm)

    assert "\n- 100 %(domain)s http://evil.test? (Sites)\n" in await texts(firm, bob)


async def test_one_press_stops_it_without_a_session(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    """RFC 8058: opening changes nothing; the mail program's request has no cookie; twice is once. Threat T117."""
    await asked(firm, alice, bob, sites)
    go_on_until(firm, NINE)
    await turn(firm)
    (letter,) = await letters(firm, bob)
    sent = MailServer(box_of(firm).settings).message("1.1", "bob@mail.example", letter, firm.clock.now())
    assert sent["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = sent["List-Unsubscribe"].strip("<>").removeprefix(HOME)
    assert letter.text.count(address) == 1

    mail_program = await firm.browser()
    shown = await mail_program.get(address)
    assert (shown.status, shown.headers["Referrer-Policy"]) == (200, "no-referrer")
    assert len(await letters(firm, bob)) == 1
    answers = [await mail_program.post(address, {"List-Unsubscribe": "One-Click"}) for _ in range(2)]

    assert [(one.status, "You get no digest any more." in one.text) for one in answers] == [(200, True)] * 2
    assert (await letters(firm, bob), await due_at(firm, bob)) == ([], None)
    assert await due_at(firm, alice) is not None


async def test_nobody_stops_the_digest_of_others(firm: Firm, bob: App) -> None:
    await turn(firm)
    token = stop_path(firm.runtime.vault, int(bob.id)).rpartition("/")[2]
    sealed = firm.runtime.vault.seal(bob.id.encode(), "mail")
    browser = await firm.browser()

    for forged in (token[:-2], token[:-3] + "AAA", "A" * len(token), "x", "%C3%A9", "A" * 400, sealed.hex()):
        for answer in (await browser.get(f"/digest/stop/{forged}"), await browser.post(f"/digest/stop/{forged}", {})):
            assert answer.status == 404, forged

    assert await due_at(firm, bob) == NINE


async def test_killed_or_two_at_work_everybody_gets_one(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    people = [bob, *[await firm.person(f"p{number}") for number in range(5)]]
    for one in people[1:]:
        await one.follow(sites)
    await asked(firm, alice, bob, sites)
    go_on_until(firm, NINE)

    woken = asyncio.ensure_future(firm.runtime.events.wait(WAKE, 10.0))
    first = asyncio.ensure_future(turn(firm))
    await woken
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert 0 < await written(firm) < len(people)
    await asyncio.gather(turn(firm), turn(firm))

    assert [len(await letters(firm, one)) for one in people] == [1] * len(people)


async def written(firm: Firm) -> int:
    async with firm.runtime.db.read() as tx:
        count: int = await tx.scalar(select(func.count()).select_from(Mail))
        return count


async def test_a_letter_that_cannot_be_put_in_the_queue_leaves_the_digest_due(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    """One transaction: what stops between the two leaves neither."""
    await asked(firm, alice, bob, sites)
    go_on_until(firm, NINE)
    async with firm.runtime.db.read() as tx:
        (one,) = [due for due in await reads.due(tx, NINE, 50) if due.actor_id == int(bob.id)]
    with pytest.raises(ConnectionError):
        await move_and_break(firm, one)

    await turn(firm)

    assert len(await letters(firm, bob)) == 1


async def move_and_break(firm: Firm, one: reads.Due) -> None:
    async with firm.runtime.db.write() as tx:
        assert await rows.move(tx, one, NINE + timedelta(days=7), since=NINE)
        raise ConnectionError


async def test_who_was_suspended_gets_none(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    """Threat T119."""
    await asked(firm, alice, bob, sites)
    async with firm.runtime.db.write() as tx:
        await tx.execute(update(Account).where(Account.actor_id == int(bob.id)).values(suspended_at=EPOCH))
    go_on_until(firm, NINE)

    await turn(firm)

    assert await letters(firm, bob) == []


async def test_a_digest_costs_the_same_whatever_is_in_it(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    await asked(firm, alice, bob, sites)
    go_on_until(firm, NINE)
    costs = []
    for week in range(1, 3):
        with counted(firm.runtime.db) as found:
            await turn(firm)
        costs.append(len(found.statements))
        for number in range(4):
            place = await firm.community(f"place{week}{number}", host=alice)
            await bob.follow(place)
            await alice.say(f"@place{week}{number} Who knows {number}?")
        go_on_until(firm, NINE + timedelta(days=7 * week))

    # For the turn: new ones, due ones, hours, the firm's, labels; for each of the two eight at most.
    assert costs[0] == costs[1] <= 5 + 2 * 8 + 2
    assert len(await letters(firm, bob)) == 2


async def test_what_was_too_much_to_push_is_counted_once(database_url: str, tmp_path: Path, clock: FakeClock) -> None:
    """Product section 7: five a day; the sixth and the seventh are in the digest, to however many phones they went."""
    async with push_service() as service:
        hosts = f"push.test=127.0.0.1:{service.port}"
        async with running_firm(database_url, tmp_path, clock, **SETTINGS, STATIC_HOSTS=hosts) as firm:
            alice, bob = await firm.person("alice"), await firm.person("bob")
            for number, app in enumerate((bob, await firm.with_scopes(bob, "push read"))):
                phone = PhoneApp(f"http://push.test/send/{number}?for=bob")
                await app.post("/api/v1/push/subscription", **phone.wish("mention"))
            await turn(firm)
            for number in range(MOST_A_DAY + 2):
                await alice.say(f"@bob Number {number}")
            while await firm.pusher.tend():
                pass
            assert len(service.came) == 2 * MOST_A_DAY
            for day in (NINE, NINE + timedelta(days=7)):
                go_on_until(firm, day)
                await turn(firm)

            (letter,) = await letters(firm, bob)
            assert "because five a day are the most: 2." in letter.text
            assert "Number" not in letter.text
