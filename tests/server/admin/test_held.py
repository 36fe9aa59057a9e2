"""What a legal case holds stays whatever its author does with it: edits, files, erasures (J13, threats T246)."""

import json
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest

from models.queries import restoring as gone_since
from models.writes import moderation, restoring
from server.actions import retention
from server.actions.erasing import erase
from tests.server.admin.desk import press, pressed
from tests.server.admin.test_cases import HOLDS, copies, look_up, opened
from tests.support import files
from tests.support.firm import OPERATOR, App, Document, Firm
from tests.support.site import Browser


@pytest.fixture
async def second(firm: Firm) -> Browser:
    """The browser of another auditor."""
    return await firm.browser(await firm.person("dan", role="auditor"))


async def exported(firm: Firm, dora: App, dan: App, number: str) -> tuple[list[Any], dict[str, bytes]]:
    """What stands in an export: the lines of its index, and each file."""
    auditor, second = await firm.browser(dora), await firm.browser(dan)
    address = f"/admin/cases/{number}"
    await pressed(auditor, HOLDS, f"{HOLDS}/{number}/ask-export", reason="For the court")
    await pressed(second, "/admin/cases", "/admin/cases/allow")
    taken = await press(auditor, address, f"{address}/export")
    with ZipFile(BytesIO(taken.body)) as bundle:
        lines = [json.loads(line) for line in bundle.read("index.jsonl").splitlines()]
        return lines, {name: bundle.read(name) for name in bundle.namelist()}


async def test_what_was_said_before_an_edit_is_found_and_exported(
    firm: Firm, dora: App, sites: Document, alice: App, bob: App
) -> None:
    """J13: whoever edits what is held hides nothing of it, whether it is there still or gone."""
    dan = await firm.person("dan", role="auditor")
    auditor = await firm.browser(dora)
    there, gone = await bob.say("@sites The heron knows"), await bob.say("@sites The heron slept")
    number = await opened(auditor, await firm.browser(dan))
    firm.clock.advance(minutes=5)
    for post in (there, gone):
        await bob.put(f"/api/v1/statuses/{post['id']}", status="@sites Nothing happened")
    await bob.delete(f"/api/v1/statuses/{gone['id']}")

    found = await look_up(auditor, number, "heron")
    _, whole = await exported(firm, dora, dan, number)

    assert "The heron knows" in found.text
    assert "The heron slept" in found.text
    assert b"The heron knows" in whole["items/000001.json"]
    assert b"The heron slept" in whole["items/000002.json"]


async def test_files_of_what_is_held_stay_when_an_app_deletes_it_to_write_it_anew(
    firm: Firm, dora: App, sites: Document, bob: App
) -> None:
    """An app that deletes keeps the files for a new post: those of a held one are sealed with it instead."""
    dan = await firm.person("dan", role="auditor")
    post = await bob.say("@sites A heron", media_ids=[(await bob.attached(files.picture(size=(30, 20))))["id"]])
    number = await opened(await firm.browser(dora), await firm.browser(dan))
    await bob.delete(f"/api/v1/statuses/{post['id']}")
    firm.clock.advance(days=3)
    await firm.tend_files()

    lines, whole = await exported(firm, dora, dan, number)

    assert [files.opened(whole[one["file"]]).size for one in lines if "of" in one] == [(30, 20)]


async def test_an_erasure_with_content_empties_the_bin_of_what_no_case_holds(
    firm: Firm, auditor: Browser, second: Browser, sites: Document, alice: App, bob: App
) -> None:
    """J12: what its author deleted shortly before does not wait for its thirty days; T246: what is held does."""
    first, later = await bob.say("@sites The crow"), await alice.say("@sites Hers")
    for app, post in ((bob, first), (alice, later)):
        await app.delete(f"/api/v1/statuses/{post['id']}")
    firm.clock.advance(days=1)
    held = await bob.say("@sites The heron")
    await opened(auditor, second, begins=f"{firm.clock.now():%Y-%m-%d}")
    await bob.delete(f"/api/v1/statuses/{held['id']}")

    await erase(firm.runtime.db, firm.runtime, "bob", with_content=True, language="en", by=OPERATOR)
    await retention.purge(firm.runtime)

    # Of alice's what is in the bin, of bob's what is held, and who he was.
    assert await copies(firm) == 3


async def test_the_exceptions_of_an_erasure_count_what_is_gone_already_and_held(
    firm: Firm, auditor: Browser, second: Browser, sites: Document, alice: App, bob: App
) -> None:
    """J12: told to auditors alone: a post that is there, one that its author deleted, one that hosts took out."""
    posts = [await bob.say(f"@sites Number {number}") for number in range(3)]
    await opened(auditor, second)
    await bob.delete(f"/api/v1/statuses/{posts[0]['id']}")
    await alice.call("DELETE", f"/api/v1/statuses/{posts[1]['id']}", json={"reason": "Off topic"})
    await pressed(await firm.browser(bob), "/me/data", "/me/data/ask", kind="erasure-content")
    listed = await auditor.get("/admin/requests")
    address = "/admin/requests/" + listed.text.partition('href="/admin/requests/')[2].partition('"')[0]

    page = (await auditor.get(address)).text
    assert '<th scope="row">Held back by a legal case</th><td>3</td>' in page


async def test_a_file_that_an_edit_took_out_of_what_is_held_stays_sealed_until_the_case_is_closed(
    firm: Firm, dora: App, sites: Document, bob: App
) -> None:
    dan = await firm.person("dan", role="auditor")
    media = [(await bob.attached(files.picture(size=size)))["id"] for size in ((30, 20), (64, 48))]
    post = await bob.say("@sites Two herons", media_ids=media)
    auditor, second = await firm.browser(dora), await firm.browser(dan)
    number = await opened(auditor, second)
    firm.clock.advance(minutes=5)
    await bob.put(f"/api/v1/statuses/{post['id']}", status="@sites One heron", media_ids=media[1:])
    firm.clock.advance(days=3)
    await firm.tend_files()
    lines, whole = await exported(firm, dora, dan, number)
    again = await bob.put(f"/api/v1/statuses/{post['id']}", status="@sites One", media_ids=media)

    await pressed(second, HOLDS, f"{HOLDS}/{number}/end", reason="It is settled")
    await pressed(auditor, HOLDS, f"{HOLDS}/decide")
    await retention.purge(firm.runtime)

    kept = [files.opened(whole[one["file"]]).size for one in lines if one.get("of") == "items/000002.json"]
    assert kept == [(30, 20), (64, 48)]
    assert [one["id"] for one in again["media_attachments"]] == media[1:]
    assert await copies(firm) == 0


async def test_a_restored_copy_keeps_what_hosts_took_out_in_the_bin(
    firm: Firm, sites: Document, alice: App, bob: App
) -> None:
    """T221: out again, whether it was taken out before the copy was made or after; and it can still be put back."""
    before, since = await bob.say("@sites The heron"), await bob.say("@sites The crow")
    for post in (before, since):
        await alice.call("DELETE", f"/api/v1/statuses/{post['id']}", json={"reason": "Off topic"})
    async with firm.runtime.db.read() as tx:
        present = await gone_since.gone(tx)

    async with firm.runtime.db.write() as tx:
        await moderation.put_back(tx, int(since["id"]))
        await restoring.forget_again(tx, firm.runtime.vault, present, firm.clock.now())
    hidden = [(await bob.call("GET", f"/api/v1/statuses/{post['id']}")).status for post in (before, since)]
    async with firm.runtime.db.write() as tx:
        for post in (before, since):
            await moderation.put_back(tx, int(post["id"]))

    assert hidden == [404, 404]
    for post, word in ((before, "heron"), (since, "crow")):
        assert word in (await bob.get(f"/api/v1/statuses/{post['id']}"))["content"]


async def test_what_only_a_case_holds_is_in_the_bin_no_more(
    firm: Firm, olga: App, auditor: Browser, second: Browser, sites: Document, alice: App, bob: App
) -> None:
    """Product section 8: thirty days for a report or an appeal; after them a case alone opens it."""
    post = await bob.say("@sites The heron")
    await opened(auditor, second)
    await alice.post("/api/v1/reports", account_id=bob.id, status_ids=[post["id"]], comment="no")
    await pressed(await firm.browser(alice), "/c/sites/desk", "/c/sites/reports/resolve", decision="pass-on")
    await bob.delete(f"/api/v1/statuses/{post['id']}")
    admin = await firm.browser(olga)
    listed = await admin.get("/admin/moderation")
    address = "/admin/moderation/" + listed.text.partition('href="/admin/moderation/')[2].partition('"')[0]
    page = await admin.get(address)
    firm.clock.advance(days=13)
    within = await press(admin, page, f"{address}/open")
    firm.clock.advance(days=17)
    again = await firm.browser(olga)
    token = (await again.get("/me")).forms[0].fields["csrf"]

    refused = await again.post(f"{address}/open", {"csrf": token})
    await retention.purge(firm.runtime)

    assert (within.status, refused.status, await copies(firm)) == (200, 422, 1)
