"""Appeals against what was done in a community, and the bin that is opened for them and for reports (product J8, 8)."""

from datetime import timedelta

import msgspec
import pytest

from models.moderation import APPEAL_DAYS
from models.queries import audit
from models.queries.audit import Sought
from models.queries.rules import Rules
from models.writes import purging
from server.actions import archive
from tests.server.admin.desk import last_entry, press, pressed
from tests.support.firm import App, Document, Firm
from tests.support.site import Answer, Browser

ROOT = "/api/entrepairs/v1"
WORD = "qzheronq"


class Scene:
    """A private community with a member, a host, an administrator who hosts it too, and one who has no part in it."""

    def __init__(self, firm: Firm, people: dict[str, App], quiet: Document) -> None:
        self.firm, self.people, self.quiet = firm, people, quiet
        self.path = f"{ROOT}/communities/{quiet['id']}"

    async def take_out(self, by: str = "hanna") -> Document:
        """A post of bert's is there, and is taken out."""
        thread = await self.people["bert"].say(f"@quiet {WORD}\n\nAnd more")
        taken = await self.people[by].call("DELETE", f"/api/v1/statuses/{thread['id']}", json={"reason": "Off topic"})
        assert taken.status == 200
        return thread

    async def appeal(self, text: str = "It was on topic") -> str:
        """Bert appeals against what was done last; the number of the act."""
        acts = await self.people["bert"].get(f"{ROOT}/appeals")
        await self.people["bert"].post(f"{ROOT}/appeals", act_id=acts[0]["id"], text=text)
        return str(acts[0]["id"])

    async def desk(self, name: str) -> tuple[Browser, str]:
        """Somebody's browser, and the address of the appeal that waits."""
        browser = await self.firm.browser(self.people[name])
        listed = (await browser.get("/admin/moderation")).text
        number = listed.partition('href="/admin/moderation/appeals/')[2].partition('"')[0]
        return browser, f"/admin/moderation/appeals/{number}"

    async def settle(self, outcome: str, by: str = "otto") -> Answer:
        browser, address = await self.desk(by)
        return await press(browser, address, f"{address}/settle", outcome=outcome, answer="It was about the rota")

    async def told(self, name: str) -> str:
        """What the server last said to somebody in private."""
        (last, *_) = await self.people[name].get("/api/v1/notifications", **{"types[]": "mention"})
        return str(last["status"]["content"])

    async def is_there(self, thread: Document) -> bool:
        return (await self.people["bert"].call("GET", f"/api/v1/statuses/{thread['id']}")).status == 200


@pytest.fixture
async def scene(firm: Firm) -> Scene:
    roles = {"olga": "admin", "otto": "admin", "dora": "auditor"}
    people = {name: await firm.person(name, role=roles.get(name, "member")) for name in ("hanna", "bert", *roles)}
    quiet = await firm.community("quiet", host=people["hanna"], visibility="private")
    path = f"{ROOT}/communities/{quiet['id']}"
    for name in ("bert", "olga"):
        await people["hanna"].post(f"{path}/invitations", account_id=people[name].id)
        await people[name].post(f"{path}/join")
    await people["hanna"].call("PATCH", f"{path}/members/{people['olga'].id}", json={"role": "host"})
    return Scene(firm, people, quiet)


async def test_a_reversed_removal_puts_the_post_back_and_all_are_told(scene: Scene) -> None:
    thread = await scene.take_out()
    assert "/me/appeals" in await scene.told("bert")
    act_id = await scene.appeal()
    assert "/admin/moderation/appeals/" in await scene.told("otto")

    answer = await scene.settle("reversed")

    assert answer.status == 303
    assert await scene.is_there(thread)
    assert "what was done is reversed. The reason: It was about the rota" in await scene.told("bert")
    assert "An appeal in quiet@home.test" in await scene.told("hanna")
    (act,) = await scene.people["bert"].get(f"{ROOT}/appeals")
    assert (act["id"], act["appeal"]["outcome"], act["appeal"]["answer"]) == (
        act_id,
        "reversed",
        "It was about the rota",
    )
    log = await scene.people["hanna"].get(f"{scene.path}/log")
    assert [(one["act"], one["role"]) for one in log[:3]] == [
        ("restored", "administrator"),
        ("appeal-reversed", "administrator"),
        ("removed", "host"),
    ]
    again = await scene.people["bert"].call("POST", f"{ROOT}/appeals", json={"act_id": act_id, "text": "And again"})
    assert (again.status, again.error) == (409, "You have appealed against this already.")


async def test_what_is_upheld_stays_as_it_is_and_is_decided_once(scene: Scene) -> None:
    thread = await scene.take_out()
    await scene.appeal()
    browser, address = await scene.desk("otto")
    page = await browser.get(address)

    await pressed(browser, page, f"{address}/settle", outcome="upheld", answer="It names a customer")
    second = await press(browser, page, f"{address}/settle", outcome="reversed", answer="Or not")

    assert second.status == 422
    assert not await scene.is_there(thread)
    assert "what was done stands. The reason: It names a customer" in await scene.told("bert")


async def test_neither_who_acted_nor_who_appeals_decides_or_opens_the_bin(scene: Scene) -> None:
    """Olga, an administrator who hosts the community, has acted; the auditor decides on nothing."""
    await scene.take_out(by="olga")
    await scene.appeal()
    browser, address = await scene.desk("olga")
    token = (await browser.get("/me")).forms[0].fields["csrf"]
    page = await browser.get(address)

    opened = await browser.post(f"{address}/open", {"csrf": token})
    decided = await browser.post(f"{address}/settle", {"csrf": token, "outcome": "upheld", "answer": "I was right"})

    assert "somebody else decides" in page.text
    assert (opened.status, decided.status) == (403, 403)
    assert WORD not in opened.text
    auditor, _ = await scene.desk("dora")
    assert [form for form in (await auditor.get(address)).forms if form.action.startswith(address)] == []
    assert (await scene.settle("upheld")).status == 303


async def test_the_bin_opens_for_the_appeal_alone_while_it_waits_and_the_trail_says_by_whom(scene: Scene) -> None:
    """Threats T244: no other page shows what was said, before or after."""
    await scene.take_out()
    await scene.appeal()
    browser, address = await scene.desk("otto")
    before = await browser.get(address)

    opened = await press(browser, before, f"{address}/open")

    entry = await last_entry(scene.firm)
    assert (entry.actor, entry.action) == ("otto@home.test", "bin.open")
    assert WORD in opened.text
    assert WORD not in before.text
    assert WORD not in (await browser.get(address)).text
    await scene.settle("upheld")
    after = await press(browser, before, f"{address}/open")
    assert (after.status, WORD in after.text) == (422, False)


async def test_what_the_bin_holds_no_more_is_neither_read_nor_put_back(scene: Scene) -> None:
    """At the end of the bin's time, to the second; also where the purge has not come by."""
    async with scene.firm.runtime.db.write() as tx:
        await purging.set_rules(tx, Rules(thread_days=730, bin_days=5))
    thread = await scene.take_out()
    await scene.appeal()
    browser, address = await scene.desk("otto")
    scene.firm.clock.advance(days=5, seconds=-1)
    page = await browser.get(address)
    still = await press(browser, page, f"{address}/open")
    scene.firm.clock.advance(seconds=1)

    over = await press(browser, page, f"{address}/open")
    await scene.settle("reversed")

    assert (WORD in still.text, over.status, WORD in over.text) == (True, 422, False)
    assert not await scene.is_there(thread)
    assert "Nothing is left to be undone" in await scene.told("bert")


async def test_a_reversed_ban_ends_and_a_newer_one_goes_on(scene: Scene) -> None:
    hanna, bert = scene.people["hanna"], scene.people["bert"]
    await hanna.post(f"{scene.path}/bans", account_id=bert.id, days=30, reason="Shouting")
    assert "The reason: Shouting" in await scene.told("bert")
    await scene.appeal()
    await scene.settle("reversed")
    assert (await bert.call("POST", "/api/v1/statuses", json={"status": "@quiet Back"})).status == 200

    await hanna.post(f"{scene.path}/bans", account_id=bert.id, days=2)
    await scene.appeal()
    await hanna.post(f"{scene.path}/bans", account_id=bert.id, days=30)
    await scene.settle("reversed")
    refused = await bert.call("POST", "/api/v1/statuses", json={"status": "@quiet Back again"})
    assert refused.error.startswith("You are banned")


async def test_who_was_removed_finds_the_way_back_on_a_reversed_appeal(scene: Scene) -> None:
    hanna, bert = scene.people["hanna"], scene.people["bert"]
    await hanna.delete(f"{scene.path}/members/{bert.id}")
    assert (await bert.call("GET", scene.path)).status == 404
    await scene.appeal()

    await scene.settle("reversed")

    assert (await bert.post(f"{scene.path}/join"))["membership"]["state"] == "joined"


async def test_an_appeal_is_for_the_person_concerned_within_thirty_days_and_says_something(scene: Scene) -> None:
    await scene.take_out()
    bert, hanna = scene.people["bert"], scene.people["hanna"]
    (act,) = await bert.get(f"{ROOT}/appeals")
    assert await hanna.get(f"{ROOT}/appeals") == []

    async def tried(by: App, text: str = "Look again") -> int:
        return (await by.call("POST", f"{ROOT}/appeals", json={"act_id": act["id"], "text": text})).status

    assert [await tried(hanna), await tried(bert, " "), await tried(bert, "x" * 5001)] == [404, 422, 422]
    scene.firm.clock.advance(seconds=timedelta(days=APPEAL_DAYS).total_seconds() + 1)
    assert await tried(bert) == 409
    browser = await scene.firm.browser(bert)
    assert "Nothing to appeal against." in (await browser.get("/me/appeals")).text
    token = (await browser.get("/me")).forms[0].fields["csrf"]
    by_page = [await browser.post("/me/appeals", {"csrf": token, "act": one, "text": "x"}) for one in ("zz", "", "7")]
    assert [one.status for one in by_page] == [404, 404, 404]


async def test_by_page_an_appeal_is_filed_once_on_the_last_day(scene: Scene) -> None:
    await scene.take_out()
    scene.firm.clock.advance(days=APPEAL_DAYS)
    browser = await scene.firm.browser(scene.people["bert"])

    filed = await pressed(browser, "/me/appeals", "/me/appeals", text="x" * 5000)

    assert "Your appeal waits for an answer" in filed.text
    assert [form for form in filed.forms if form.action == "/me/appeals"] == []


async def test_the_bin_opens_for_a_report_about_a_post_that_its_author_deleted(scene: Scene) -> None:
    """Passed on by the host; before its author deletes the post there is nothing to open, and once closed neither."""
    bert, hanna = scene.people["bert"], scene.people["hanna"]
    thread = await bert.say(f"@quiet {WORD}\n\nAnd more")
    await hanna.post("/api/v1/reports", account_id=bert.id, status_ids=[thread["id"]], comment="Look")
    await pressed(await scene.firm.browser(hanna), "/c/quiet/desk", "/c/quiet/reports/resolve", decision="pass-on")
    otto = await scene.firm.browser(scene.people["otto"])
    number = (await otto.get("/admin/moderation")).text.partition('href="/admin/moderation/')[2].partition('"')[0]
    address = f"/admin/moderation/{number}"
    token = (await otto.get("/me")).forms[0].fields["csrf"]
    shut = await otto.post(f"{address}/open", {"csrf": token})
    await bert.delete(f"/api/v1/statuses/{thread['id']}")

    opened = await press(otto, address, f"{address}/open")

    assert (shut.status, WORD in shut.text, WORD in opened.text) == (422, False, True)
    assert WORD not in (await otto.get(address)).text
    await pressed(otto, address, f"{address}/decide", decision="closed")
    closed = await otto.post(f"{address}/open", {"csrf": token})
    assert (closed.status, WORD in closed.text) == (422, False)
    async with scene.firm.runtime.db.read() as tx:
        openings = await audit.sought(tx, Sought(action="bin."))
    assert [(one.actor, one.object) for one in openings] == [("otto@home.test", number)]


async def test_ones_own_archive_holds_what_one_appealed_and_what_was_answered(scene: Scene) -> None:
    """Product J12: the words are the person's, the answer is for them; others' names are masked."""
    await scene.take_out()
    await scene.appeal("Ask @hanna, it was on topic")
    firm = scene.firm

    async def exported(name: str) -> list[dict[str, object]]:
        async with firm.runtime.db.write() as tx:
            gathered = await archive.export(tx, firm.runtime, name, by="operator")
        return [msgspec.structs.asdict(one) for one in gathered.data["appeals"]]

    (waiting,) = await exported("bert")
    await scene.settle("upheld")
    (settled,) = await exported("bert")

    assert (waiting["community"], waiting["against"], waiting["text"]) == (
        "quiet",
        "removed",
        "Ask @•••, it was on topic",
    )
    assert (waiting["outcome"], waiting["answer"], waiting["decided"]) == (None, "", None)
    assert (settled["outcome"], settled["answer"]) == ("upheld", "It was about the rota")
    assert await exported("hanna") == [], "who acted has not appealed"


@pytest.mark.parametrize("outcome", ["reversed", "upheld"])
async def test_who_was_removed_and_is_an_auditor_by_now_gets_an_answer(scene: Scene, outcome: str) -> None:
    """Auditors belong to no community: there is no way back to give, and the appeal is decided all the same."""
    hanna, bert = scene.people["hanna"], scene.people["bert"]
    await hanna.delete(f"{scene.path}/members/{bert.id}")
    await scene.appeal()
    admin = await scene.firm.browser(scene.people["otto"])
    await pressed(admin, "/admin/people/bert", "/admin/people/bert/role", role="auditor")

    settled = await scene.settle(outcome)

    assert settled.status == 303
    assert ("Nothing is left to be undone" in await scene.told("bert")) == (outcome == "reversed")
