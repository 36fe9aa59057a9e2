"""How long things are kept: the rules, who says so, the job that keeps to them, the bin (product section 8)."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from models.engine import Database
from models.migrate import upgrade
from models.posts import Post
from models.queries.rules import rules
from models.retention import KeptCopy
from models.writes import audit as trail
from server.actions import retention
from tests.server.admin.desk import last_entry, press, pressed
from tests.support import files
from tests.support.firm import App, Document, Firm
from tests.support.site import Browser


async def told(app: App, post: Document) -> int:
    """The status that a post has for somebody."""
    return (await app.call("GET", f"/api/v1/statuses/{post['id']}")).status


def files_of_store(folder: Path) -> list[Path]:
    """What lies in the store of the firm."""
    return [path for path in (folder / "data" / "media").rglob("*") if path.is_file()]


async def copies(firm: Firm) -> int:
    async with firm.runtime.db.read() as tx:
        return int(await tx.scalar(select(func.count()).select_from(KeptCopy)) or 0)


async def text_of(firm: Firm, post: Document) -> str:
    """What still stands in the row."""
    async with firm.runtime.db.read() as tx:
        row = (await tx.select(select(Post.content_html, Post.source).where(Post.id == int(post["id"])))).one()
    return f"{row[0]}{row[1]}"


async def set_rules(admin: Browser, threads: str, days_in_bin: str = "30") -> None:
    """An auditor sets the rules as the page has it."""
    page = await admin.get(f"/admin/retention?threads={threads}&bin={days_in_bin}")
    done = await pressed(admin, page, "/admin/retention/set")
    assert "The rule is set" in done.text


async def test_a_thread_goes_when_its_last_reply_is_old_enough(
    firm: Firm, auditor: Browser, alice: App, bob: App
) -> None:
    """At the limit it is there, a day past it it is gone, with its replies; another thread stays."""
    await set_rules(auditor, "30")
    old = await alice.say("@sites An old question")
    firm.clock.advance(days=20)
    reply = await bob.answer(old, "@sites @alice An answer")
    firm.clock.advance(days=30)
    fresh = await alice.say("@sites A fresh one")
    await retention.purge(firm.runtime)
    at_the_limit = (await told(alice, old), await told(alice, reply))

    firm.clock.advance(days=1)
    await retention.purge(firm.runtime)

    assert at_the_limit == (200, 200)
    assert [await told(alice, one) for one in (old, reply, fresh)] == [404, 404, 200]
    assert (await text_of(firm, old), await text_of(firm, reply)) == ("", "")
    entry = await last_entry(firm)
    assert (entry.action, entry.object, entry.actor) == ("retention.purge", "threads", "server")
    assert '"posts":2' in entry.details


async def test_the_stricter_of_server_and_community_wins(
    firm: Firm, auditor: Browser, alice: App, sites: Document
) -> None:
    await firm.community("plans", host=alice)
    here, there = await alice.say("@sites Here"), await alice.say("@plans There")
    page = await auditor.get("/admin/retention")
    forms = [number for number, form in enumerate(page.forms) if form.fields.get("community") == "plans"]
    assert (await auditor.submit(page, forms[0], days="10")).status == 303
    too_long = await auditor.submit(page, forms[0], days="731")
    longest = await auditor.submit(page, forms[0], days="730")
    assert (too_long.status, longest.status) == (422, 303)
    await auditor.submit(page, forms[0], days="10")

    firm.clock.advance(days=11)
    await retention.purge(firm.runtime)

    assert (await told(alice, here), await told(alice, there)) == (200, 404)


async def test_hosts_shorten_and_members_do_not(firm: Firm, alice: App, bob: App) -> None:
    """Product section 9. Also at the bound, and one past it."""
    host, member = await firm.browser(alice), await firm.browser(bob)
    token = (await member.get("/me")).forms[0].fields["csrf"]
    refused = await member.post("/c/sites/retention", {"csrf": token, "days": "5"})
    too_long = await press(host, "/c/sites/desk", "/c/sites/retention", days="731")
    longest = await press(host, "/c/sites/desk", "/c/sites/retention", days="730")
    short = await pressed(host, "/c/sites/desk", "/c/sites/retention", days="5")

    assert [one.status for one in (refused, too_long, longest, short)] == [404, 422, 303, 200]
    assert "5 days after the last reply" in short.text
    assert (await last_entry(firm)).action == "community.retention"


async def test_nought_keeps_for_ever(firm: Firm, auditor: Browser, alice: App, sites: Document) -> None:
    post = await alice.say("@sites For the archives")
    await set_rules(auditor, "0")

    firm.clock.advance(days=3000)
    await retention.purge(firm.runtime)

    assert await told(alice, post) == 200


@pytest.mark.parametrize(
    ("threads", "bin_days"), [("3651", "30"), ("30", "0"), ("30", "366"), ("x", "30"), ("30", "-1")]
)
async def test_what_cannot_be_a_rule_is_refused(auditor: Browser, threads: str, bin_days: str) -> None:
    refused = await auditor.get(f"/admin/retention?threads={threads}&bin={bin_days}")
    taken = await auditor.get("/admin/retention?threads=3650&bin=365")

    assert (refused.status, taken.status) == (422, 200)


async def test_an_administrator_proposes_and_an_auditor_decides(
    firm: Firm, olga: App, dora: App, alice: App, sites: Document
) -> None:
    post = await alice.say("@sites Soon gone")
    firm.clock.advance(days=50)
    admin, auditor = await firm.browser(olga), await firm.browser(dora)
    tried = await admin.get("/admin/retention?threads=40&bin=20")
    await pressed(admin, tried, "/admin/retention/propose", reason="The works council asks for it")
    asked = await auditor.get("/admin/retention")
    decided = await pressed(auditor, asked, "/admin/retention/decide")

    assert "1 post would go at once" in tried.text
    assert "The works council asks for it" in asked.text
    assert "The rule is set" in decided.text
    assert "40 days" in decided.text
    again = await press(auditor, asked, "/admin/retention/decide")
    assert again.status == 422
    await retention.purge(firm.runtime)
    assert await told(alice, post) == 404


async def test_what_an_author_deletes_lies_sealed_in_the_bin_for_thirty_days(
    firm: Firm, alice: App, sites: Document, tmp_path: Path
) -> None:
    """T169: at once out of reach and out of the row; then gone with its files."""
    file = await alice.attached(files.picture())
    post = await alice.say("@sites The heron stands in the water", media_ids=[file["id"]])
    await alice.delete(f"/api/v1/statuses/{post['id']}")
    async with firm.runtime.db.read() as tx:
        sealed = await tx.scalar(select(KeptCopy.sealed))
    gone = (
        await told(alice, post),
        await text_of(firm, post),
        (await firm.load(post["media_attachments"][0]["url"])).status,
    )

    firm.clock.advance(days=30, seconds=-1)
    await retention.purge(firm.runtime)
    still = await copies(firm)
    firm.clock.advance(seconds=1)
    await retention.purge(firm.runtime)
    await firm.tend_files()

    assert gone == (404, "", 404)
    assert b"heron" not in sealed
    assert (still, await copies(firm)) == (1, 0)
    assert files_of_store(tmp_path) == []
    assert (await last_entry(firm)).object == "bin"


async def test_what_hosts_take_out_is_purged_after_the_bin(firm: Firm, alice: App, bob: App) -> None:
    post = await bob.say("@sites Off topic")
    await alice.call("DELETE", f"/api/v1/statuses/{post['id']}", json={"reason": "Off topic"})
    firm.clock.advance(days=30)
    await retention.purge(firm.runtime)
    before = await text_of(firm, post)

    firm.clock.advance(seconds=1)
    await retention.purge(firm.runtime)

    assert "Off topic" in before
    assert await text_of(firm, post) == ""


async def test_a_purge_that_was_interrupted_goes_on(
    firm: Firm, auditor: Browser, alice: App, sites: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each batch is whole or not at all, and stands in the trail; nothing is counted twice."""
    posts = [await alice.say(f"@sites Number {number}") for number in range(5)]
    await set_rules(auditor, "30")
    firm.clock.advance(days=40)
    monkeypatch.setattr(retention, "_AT_ONCE", 2)
    append, calls = trail.append, 0

    async def breaks(*args: object, **fields: object) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise OSError("the lights go out")
        await append(*args, **fields)  # type: ignore[arg-type]

    monkeypatch.setattr(trail, "append", breaks)
    with pytest.raises(OSError, match="lights"):
        await retention.purge(firm.runtime)
    half = [await told(alice, one) for one in posts]
    await retention.purge(firm.runtime)

    assert half == [404, 404, 200, 200, 200]
    assert [await told(alice, one) for one in posts] == [404] * 5


async def test_once_a_day_is_enough_until_a_rule_changes(
    firm: Firm, auditor: Browser, alice: App, sites: Document
) -> None:
    await set_rules(auditor, "30")
    post = await alice.say("@sites On the edge")
    firm.clock.advance(days=30)
    await retention.purge(firm.runtime)
    firm.clock.advance(hours=1)
    await retention.purge(firm.runtime)
    not_yet = await told(alice, post)

    firm.clock.advance(hours=23)
    await retention.purge(firm.runtime)

    assert (not_yet, await told(alice, post)) == (200, 404)
    assert timedelta(days=1) == retention.EVERY


async def test_the_schema_takes_both_databases(empty_database_url: str) -> None:
    """A firm that is upgraded keeps what the product says until somebody sets something else."""
    await upgrade(empty_database_url)
    database = Database(empty_database_url)
    async with database.read() as tx:
        held_to = await rules(tx)
    await database.close()

    assert (held_to.thread_days, held_to.bin_days) == (730, 30)


async def test_where_nothing_would_go_nobody_is_warned(firm: Firm, auditor: Browser) -> None:
    page = await auditor.get("/admin/retention?threads=700&bin=30")

    assert "Nothing would go at once." in page.text
    assert "cannot be undone" not in page.text
