"""Legal cases: two people open, export from and close them; what they hold stays, sealed (J13, threats T246)."""

import hashlib
import json
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from sqlalchemy import func, select

from models.posts import Post
from models.queries import audit
from models.queries import restoring as gone_since
from models.queries.audit import Sought
from models.retention import KeptCopy
from models.writes import restoring
from server.actions import erasing, retention
from server.actions.erasing import erase
from tests.server.admin.desk import press, pressed
from tests.support import files
from tests.support.firm import OPERATOR, App, Document, Firm
from tests.support.site import Answer, Browser

HOLDS = "/admin/holds"
NEW = {
    "title": "The pump",
    "reason": "A claim by a customer",
    "people": "bob",
    "communities": "",
    "begins": "",
    "ends": "",
}


@pytest.fixture
async def second(firm: Firm) -> Browser:
    """The browser of another auditor."""
    return await firm.browser(await firm.person("dan", role="auditor"))


async def opened(auditor: Browser, second: Browser, **fields: str) -> str:
    """A case that both opened; its number."""
    await pressed(auditor, HOLDS, f"{HOLDS}/propose", **{**NEW, **fields})
    page = await pressed(second, HOLDS, f"{HOLDS}/decide")
    assert "The case is open" in page.text
    return page.text.partition('href="/admin/cases/')[2].partition('"')[0]


async def test_what_waits_for_an_auditor_stands_on_the_overview(
    firm: Firm, admin: Browser, auditor: Browser, second: Browser, bob: App
) -> None:
    """J12, J13: a request has thirty days; who asked for a case is not who opens it, and has nothing to do."""
    overview, waits = "/admin/overview", "Legal cases wait for a second person"
    await pressed(await firm.browser(bob), "/me/data", "/me/data/ask", kind="access")
    await pressed(auditor, HOLDS, f"{HOLDS}/propose", **NEW)

    theirs, own, admins = await second.get(overview), await auditor.get(overview), await admin.get(overview)

    assert waits in theirs.text
    assert waits not in own.text
    for page in (theirs, own):
        assert "People ask for their data or their erasure" in page.text
    assert waits not in admins.text
    assert "People ask for their data" not in admins.text


async def look_up(auditor: Browser, number: str, text: str = "") -> Answer:
    return await press(auditor, f"/admin/cases/{number}", f"/admin/cases/{number}/search", text=text)


async def acts(firm: Firm) -> list[str]:
    """What the trail says of cases, the newest first."""
    async with firm.runtime.db.read() as tx:
        return [row.action for row in await audit.sought(tx, Sought(action="case-"))]


async def copies(firm: Firm) -> int:
    async with firm.runtime.db.read() as tx:
        return int(await tx.scalar(select(func.count()).select_from(KeptCopy)) or 0)


async def test_a_case_is_opened_by_two_people(
    firm: Firm, admin: Browser, auditor: Browser, second: Browser, alice: App, bob: App
) -> None:
    """T243 for cases: not by one alone, not twice, not by an administrator; who may only ask."""
    await pressed(auditor, HOLDS, f"{HOLDS}/propose", **NEW)
    mine = await auditor.get(HOLDS)
    others = await second.get(HOLDS)
    (form,) = [one for one in others.forms if one.fields.get("answer") == "yes"]
    token = (await auditor.get("/me")).forms[0].fields["csrf"]
    alone = await auditor.post(f"{HOLDS}/decide", {"csrf": token, "proposal": form.fields["proposal"], "answer": "yes"})
    theirs = (await admin.get("/me")).forms[0].fields["csrf"]
    by_admin = await admin.post(
        f"{HOLDS}/decide", {"csrf": theirs, "proposal": form.fields["proposal"], "answer": "yes"}
    )
    still_closed = await auditor.get("/admin/cases")
    done = await pressed(second, others, f"{HOLDS}/decide")
    again = await press(second, others, f"{HOLDS}/decide")

    assert [one for one in mine.forms if one.action == f"{HOLDS}/decide"] == []
    assert (alone.status, by_admin.status, again.status) == (403, 403, 422)
    assert "second person" in alone.text
    assert "No case is open" in still_closed.text
    assert "The case is open" in done.text
    assert await acts(firm) == ["case-open.approved", "case-open.propose"]


async def test_an_administrator_asks_and_sees_only_that(
    admin: Browser, auditor: Browser, second: Browser, alice: App, bob: App
) -> None:
    await opened(auditor, second)
    await pressed(admin, HOLDS, f"{HOLDS}/propose", **{**NEW, "title": "The other pump", "communities": "sites"})
    page = await admin.get(HOLDS)
    decided = await pressed(auditor, HOLDS, f"{HOLDS}/decide")

    assert "The other pump" in page.text
    assert ">The pump<" not in page.text
    assert "The case is open" in decided.text


@pytest.mark.parametrize(
    "wrong",
    [
        {"people": "", "communities": ""},
        {"people": "nobody"},
        {"people": "sites"},
        {"communities": "bob"},
        {"title": " "},
        {"title": "x" * 201},
        {"reason": " "},
        {"reason": "x" * 2001},
        {"begins": "31.1.2026"},
        {"begins": "2026-02-01", "ends": "2026-01-31"},
        {"people": " ".join(f"p{number}" for number in range(101))},
    ],
)
async def test_what_is_no_case_is_refused(auditor: Browser, bob: App, wrong: dict[str, str]) -> None:
    answer = await press(auditor, HOLDS, f"{HOLDS}/propose", **{**NEW, **wrong})
    at_the_limit = await press(auditor, HOLDS, f"{HOLDS}/propose", **{**NEW, "title": "x" * 200, "reason": "x" * 2000})

    assert (answer.status, at_the_limit.status) == (422, 303)


async def test_what_is_held_seems_deleted_and_stays_sealed_until_the_case_is_closed(
    firm: Firm, auditor: Browser, second: Browser, alice: App, bob: App
) -> None:
    """T246, and J13: member deletions appear to work, purges skip, releasing runs what was delayed."""
    post = await bob.say("@sites The heron knows about the pump")
    number = await opened(auditor, second)
    await bob.delete(f"/api/v1/statuses/{post['id']}")
    firm.clock.advance(days=13)
    seen = (await alice.call("GET", f"/api/v1/statuses/{post['id']}")).status
    found = await look_up(auditor, number, "heron PUMP")
    elsewhere = await look_up(auditor, number, "kingfisher")
    await retention.purge(firm.runtime)

    await pressed(second, HOLDS, f"{HOLDS}/{number}/end", reason="It is settled")
    closed = await pressed(auditor, HOLDS, f"{HOLDS}/decide")
    firm.clock.advance(days=18)
    await retention.purge(firm.runtime)

    assert seen == 404
    assert "The heron knows" in found.text
    assert "Gone since" in found.text
    assert "Nothing in the case has these words" in elsewhere.text
    assert "The case is closed" in closed.text
    assert await copies(firm) == 0


async def test_the_bin_does_not_empty_what_is_held(
    firm: Firm, dora: App, auditor: Browser, second: Browser, alice: App, bob: App
) -> None:
    post, other = await bob.say("@sites Held"), await alice.say("@sites Not held")
    number = await opened(auditor, second)
    for app, one in ((bob, post), (alice, other)):
        await app.delete(f"/api/v1/statuses/{one['id']}")
    firm.clock.advance(days=800)

    await retention.purge(firm.runtime)

    assert await copies(firm) == 1
    assert "Held" in (await look_up(await firm.browser(dora), number)).text


async def test_a_purge_skips_what_a_case_holds_by_person_place_and_time(
    firm: Firm, auditor: Browser, second: Browser, alice: App, bob: App
) -> None:
    """Within the days, at both ends of them, and a day past each; another's words, another place."""
    await firm.community("plans", host=alice)
    await bob.follow(await bob.get("/api/v1/accounts/lookup", acct="plans"))
    said: dict[str, Document] = {}
    for day in (0, 1, 2, 3):
        said[f"bob {day}"] = await bob.say(f"@sites Day {day}")
        firm.clock.advance(days=1)
    said["alice"] = await alice.say("@sites Mine")
    said["plans"] = await bob.say("@plans There")
    # The first day of the clock is 31 January.
    await opened(auditor, second, communities="sites", begins="2026-02-01", ends="2026-02-02")
    firm.clock.advance(days=800)

    await retention.purge(firm.runtime)

    there = {
        name for name, post in said.items() if (await alice.call("GET", f"/api/v1/statuses/{post['id']}")).status == 200
    }
    assert there == {"bob 1", "bob 2"}


async def test_an_erasure_keeps_what_is_held_and_tells_the_person_nothing(
    firm: Firm, auditor: Browser, second: Browser, alice: App, bob: App
) -> None:
    post = await bob.say("@sites The heron again")
    number = await opened(auditor, second)

    certificate = await erase(firm.runtime.db, firm.runtime, "bob", with_content=True, language="en", by=OPERATOR)

    async with firm.runtime.db.read() as tx:
        row = (await tx.select(select(Post.source, Post.deleted_at).where(Post.id == int(post["id"])))).one()
    found = await look_up(auditor, number)
    assert (row.source, row.deleted_at is None) == ("", False)
    assert "held" not in json.dumps(certificate)
    assert "The heron again" in found.text
    assert "bob@mail.example" in found.text
    assert erasing.Preview.__struct_fields__[0] == "person"


async def test_an_export_needs_a_second_person_each_time_and_names_every_file(
    firm: Firm, auditor: Browser, second: Browser, alice: App, bob: App
) -> None:
    there, gone = [
        await bob.say(text, media_ids=[(await bob.attached(files.picture(size=size)))["id"]])
        for text, size in (("@sites Still there", (64, 48)), ("@sites Soon gone", (30, 20)))
    ]
    await alice.say("@sites Not of the case")
    number = await opened(auditor, second)
    await bob.delete(f"/api/v1/statuses/{gone['id']}")
    await firm.tend_files()
    address = f"/admin/cases/{number}"
    token = (await auditor.get("/me")).forms[0].fields["csrf"]
    too_early = await auditor.post(f"{address}/export", {"csrf": token})
    await pressed(auditor, HOLDS, f"{HOLDS}/{number}/ask-export", reason="For the court")
    theirs = await auditor.get("/admin/cases")
    allowed = await pressed(second, "/admin/cases", "/admin/cases/allow")
    taken = await press(auditor, address, f"{address}/export")
    again = await auditor.post(f"{address}/export", {"csrf": token})

    assert (too_early.status, taken.status, again.status) == (422, 200, 422)
    assert [one for one in theirs.forms if one.action == "/admin/cases/allow"] == []
    assert "allowed, once" in allowed.text
    with ZipFile(BytesIO(taken.body)) as bundle:
        manifest, index = json.loads(bundle.read("manifest.json")), bundle.read("index.jsonl")
        lines = [json.loads(line) for line in index.splitlines()]
        whole = {one["file"]: bundle.read(one["file"]) for one in lines}
        hash_ = hashlib.sha256(bundle.read("manifest.json")).hexdigest()
        names = bundle.namelist()
    items = [one for one in lines if one["file"].startswith("items/")]
    assert sorted(names) == sorted([*whole, "index.jsonl", "manifest.json"])
    assert manifest["index_sha256"] == hashlib.sha256(index).hexdigest()
    assert [(one["bytes"], one["sha256"]) for one in lines] == [
        (len(whole[one["file"]]), hashlib.sha256(whole[one["file"]]).hexdigest()) for one in lines
    ]
    assert {one["uri"] for one in items} == {there["uri"], gone["uri"]}
    assert manifest["items"] == 2
    assert b"Soon gone" in whole["items/000002.json"]
    kept = {one["of"]: files.opened(whole[one["file"]]).size for one in lines if "of" in one}
    assert kept == {"items/000001.json": (64, 48), "items/000002.json": (30, 20)}
    assert (manifest["asked_for_by"], manifest["allowed_by"]) == ("dora", "dan")
    assert hash_ in (await auditor.get(address)).text
    assert (await acts(firm))[:3] == ["case-export.done", "case-export.take", "case-export.approved"]


async def test_an_export_says_which_files_are_missing_and_one_that_broke_off_may_be_tried_again(
    firm: Firm, auditor: Browser, second: Browser, sites: Document, bob: App, tmp_path: Path
) -> None:
    """T212: while the store is away nothing is used up."""
    await bob.say("@sites A picture", media_ids=[(await bob.attached(files.picture()))["id"]])
    number = await opened(auditor, second)
    address = f"/admin/cases/{number}"
    await pressed(auditor, HOLDS, f"{HOLDS}/{number}/ask-export", reason="For the court")
    await pressed(second, "/admin/cases", "/admin/cases/allow")
    store = tmp_path / "data" / "media"

    store.rename(tmp_path / "away")
    away = await press(auditor, address, f"{address}/export")
    (tmp_path / "away").rename(store)
    for path in store.rglob("original"):
        path.unlink()
    taken = await press(auditor, address, f"{address}/export")

    assert (away.status, taken.status) == (503, 200)
    with ZipFile(BytesIO(taken.body)) as bundle:
        lines = [json.loads(line) for line in bundle.read("index.jsonl").splitlines()]
    assert [(one["file"], "missing" in one) for one in lines] == [("items/000001.json", False), (None, True)]
    assert (await acts(firm))[:3] == ["case-export.done", "case-export.take", "case-export.take"]


async def test_a_case_that_is_not_open_shows_nothing(
    firm: Firm, auditor: Browser, second: Browser, alice: App, bob: App
) -> None:
    """T244: before its opening, after its end, and to an administrator."""
    await bob.say("@sites The heron in the quiet")
    number = await opened(auditor, second)
    page = await auditor.get(f"/admin/cases/{number}")
    await pressed(second, HOLDS, f"{HOLDS}/{number}/end", reason="It is settled")
    await pressed(auditor, HOLDS, f"{HOLDS}/decide")

    refused = await press(auditor, page, f"/admin/cases/{number}/search")
    shown = await auditor.get(f"/admin/cases/{number}")

    assert refused.status == 422
    assert "heron" not in page.text + refused.text + shown.text


async def test_what_a_case_holds_is_sealed_when_a_restored_copy_deletes_it_again(
    firm: Firm, auditor: Browser, second: Browser, sites: Document, alice: App, bob: App
) -> None:
    """T246, T221: the post was deleted after the copy was made; of one that no case holds nothing stays."""
    held, other = await bob.say("@sites The heron"), await alice.say("@sites The crow")
    number = await opened(auditor, second)
    async with firm.runtime.db.read() as tx:
        present = await gone_since.gone(tx)
    present.deleted_posts = [int(held["id"]), int(other["id"])]

    async with firm.runtime.db.write() as tx:
        await restoring.forget_again(tx, firm.runtime.vault, present, firm.clock.now())
    found = await look_up(auditor, number)

    assert (await bob.call("GET", f"/api/v1/statuses/{held['id']}")).status == 404
    assert "The heron" in found.text
    assert await copies(firm) == 1
