"""Discreet questions (product J6): who may ask one, and that nothing tells who did (threats T242)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from models.base import Base
from models.discreet import DiscreetDraft, DiscreetQuestion, open_author
from models.outbox import Activity
from models.posts import Post
from models.writes import communities
from server.actions import erasing
from server.actions.discreet_posting import PSEUDONYM
from tests.server.admin.desk import last_entry, press, pressed
from tests.server.mastodon.test_acting import acting
from tests.support.discreet import ENOUGH, asked, crowd, newest, published, question_of, who_asks
from tests.support.firm import App, Document, Firm
from tests.support.site import Answer

TITLE = "How do I lead somebody who was my boss?"


@pytest.fixture
async def zelda(firm: Firm, alice: App, bob: App, sites: Document) -> App:
    return await who_asks(firm, sites)


@pytest.fixture
async def question(firm: Firm, zelda: App) -> Document:
    """One that zelda asked, as bob's app shows it."""
    return await question_of(firm, zelda, TITLE, text="He sits beside me.")


async def _count(firm: Firm, table: type[Base]) -> int:
    async with firm.runtime.db.read() as tx:
        return len((await tx.select(select(table.__table__))).all())


async def test_a_discreet_question_is_the_communitys_and_has_a_pseudonym(
    firm: Firm, bob: App, sites: Document, question: Document
) -> None:
    shown = await bob.get(f"/api/v1/statuses/{question['id']}")

    assert (shown["account"]["id"], shown.get("application"), shown["visibility"]) == (sites["id"], None, "private")
    assert PSEUDONYM in shown["content"]
    assert "He sits beside me." in shown["content"]
    assert TITLE in (await (await firm.browser(bob)).get("/c/sites")).text


async def test_a_tick_is_offered_where_enough_people_of_the_firm_are_members(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    """T242: at the limit and one below it; where the hosts do not allow it; where leaders alone begin threads."""
    tick, community_id = 'name="discreet"', int(sites["id"])
    page = await firm.browser(bob)

    await crowd(firm, sites, people=ENOUGH - 1)
    assert tick not in (await page.get("/c/sites/ask")).text
    few = await press(page, "/c/sites/ask", "/c/sites/post", title=TITLE, discreet="on")
    assert (few.status, "Too few people of this firm" in few.text) == (422, True)

    await crowd(firm, sites, people=ENOUGH)
    offered = (await page.get("/c/sites/ask")).text
    # What is typed is sent in no address then, where logs would keep it.
    assert (tick in offered, 'data-similar="' in offered) == (True, False)
    assert tick not in (await page.get("/c/sites/post")).text

    for values in ({"allows_discreet": False}, {"allows_discreet": True, "hosts_only": True}):
        async with firm.runtime.db.write() as tx:
            await communities.change(tx, community_id, values)
        assert tick not in (await (await firm.browser(alice)).get("/c/sites/ask")).text
        off = await press(await firm.browser(alice), "/c/sites/ask", "/c/sites/post", title=TITLE, discreet="on")
        assert (off.status, "have not allowed discreet questions" in off.text) == (422, True)
    assert await _count(firm, DiscreetDraft) == 0


async def test_hosts_allow_it_on_the_page_of_settings_and_by_the_api(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    path = f"/api/entrepairs/v1/communities/{sites['id']}"
    assert (await bob.get(path))["allows_discreet"] is False
    refused = await bob.call("PATCH", path, json={"allows_discreet": True})
    assert refused.status == 403

    await pressed(await firm.browser(alice), "/c/sites/settings", "/c/sites/settings", discreet="on")
    assert (await bob.get(path))["allows_discreet"] is True
    changed = await alice.call("PATCH", path, json={"allows_discreet": False})

    assert changed.document["allows_discreet"] is False


async def test_it_is_published_later_than_it_was_asked_for_and_once(firm: Firm, zelda: App) -> None:
    """T242: neither time nor number leads to the request."""
    before, asked_at = await _count(firm, Post), firm.clock.now()
    await asked(firm, zelda, TITLE)
    waiting = await (await firm.browser(zelda)).get("/me/discreet")
    assert (await _count(firm, Post), TITLE in waiting.text) == (before, True)

    await published(firm)
    await published(firm)

    async with firm.runtime.db.read() as tx:
        (row,) = (await tx.select(select(DiscreetQuestion.asked_at))).all()
    assert row[0] - asked_at >= timedelta(minutes=1)
    assert await _count(firm, DiscreetDraft) == 0


async def test_three_in_seven_days_and_no_more(firm: Firm, zelda: App, bob: App) -> None:
    for number in range(3):
        assert (await asked(firm, zelda, f"Question {number}?")).status == 303

    fourth = await asked(firm, zelda, "One more?")
    assert (fourth.status, "At most 3 discreet questions" in fourth.text) == (422, True)
    assert (await asked(firm, bob, "Mine?")).status == 303
    await published(firm)
    assert (await asked(firm, zelda, "One more?")).status == 422
    firm.clock.advance(days=7)
    assert (await asked(firm, zelda, "One more?")).status == 303


async def test_who_is_no_member_and_who_says_their_own_name_do_not_ask(firm: Firm, zelda: App) -> None:
    named = await asked(firm, zelda, TITLE, text="Yours, Zelda")
    assert (named.status, "your own name" in named.text) == (422, True)
    await asked(firm, zelda, TITLE)
    await zelda.call(
        "POST", f"/api/v1/accounts/{(await zelda.get('/api/v1/accounts/lookup', acct='sites'))['id']}/unfollow"
    )

    await published(firm)

    page = await (await firm.browser(zelda)).get("/me/discreet")
    assert "Refused:" in page.text
    assert await _count(firm, DiscreetQuestion) == 0


async def test_answers_reach_who_asked_and_nobody_else(
    firm: Firm, alice: App, bob: App, zelda: App, question: Document
) -> None:
    """T242: among the notifications of their app, in both forms of them, once each."""
    answer = await bob.answer(question, "Talk to him first.")
    await alice.answer(answer, "I would too.")

    for path in ("/api/v1/notifications", "/api/v1/notifications?types[]=mention"):
        heard = await zelda.get(path)
        assert [one["status"]["id"] for one in heard] == [answer["id"]]
    grouped = await zelda.get("/api/v2/notifications")
    assert [one["status_id"] for one in grouped["notification_groups"]] == [answer["id"]]
    alone = await zelda.get(f"/api/v1/notifications/{heard[0]['id']}")
    assert alone["account"]["username"] == "bob"
    assert await zelda.get("/api/v1/notifications?types[]=follow") == []
    for other in (alice, await firm.person("carl")):
        assert answer["id"] not in [(one["status"] or {}).get("id") for one in await other.get("/api/v1/notifications")]
        assert (await other.call("GET", f"/api/v1/notifications/{heard[0]['id']}")).status == 404


async def test_who_asked_replies_under_the_pseudonym_accepts_and_deletes_and_nobody_else_does(
    firm: Firm, alice: App, bob: App, zelda: App, question: Document
) -> None:
    """T242: edit and delete rights are shown to nobody else, hosts who act as the community included."""
    number = question["id"]
    answer = await bob.answer(question, "Talk to him first.")
    theirs, hosts = await firm.browser(zelda), await firm.browser(alice)
    address = f"/@sites/{number}"

    for other in (await firm.browser(bob), hosts):
        page = await other.get(address)
        assert [one.action for one in page.forms if one.action.endswith("/accept")] == []
        assert 'name="discreet"' not in page.text
        assert "delete" not in {one.fields.get("act") for one in page.forms}
        token = page.forms[0].fields["csrf"]
        said = await other.post(f"/t/{answer['id']}/reply", {"csrf": token, "text": "It is me", "discreet": "on"})
        took = await other.post(f"/t/{answer['id']}/accept", {"csrf": token})
        gone = await other.post(f"/t/{number}/tend", {"csrf": token, "act": "delete"})
        assert (said.status, took.status, gone.status) == (403, 403, 404)

    await press(theirs, address, f"/t/{answer['id']}/accept")
    page = await theirs.get(f"/@bob/{answer['id']}")
    reply = await press(theirs, page, f"/t/{answer['id']}/reply", text="I did, thank you.")
    assert reply.status == 303
    await published(firm)

    thread = await bob.get(f"/api/v1/statuses/{number}/context")
    last = thread["descendants"][-1]
    assert (last["account"]["username"], PSEUDONYM in last["content"]) == ("sites", True)
    heard = await bob.get("/api/v1/notifications")
    assert {(one["type"], one["account"]["username"]) for one in heard} >= {
        ("mention", "sites"),
        ("favourite", "sites"),
    }
    assert (await bob.get(f"/api/entrepairs/v1/threads/{number}"))["accepted_answer_id"] == answer["id"]

    deleted = await press(theirs, address, f"/t/{number}/tend", act="delete")
    assert deleted.status == 303
    assert (await bob.call("GET", f"/api/v1/statuses/{number}")).status == 404


async def test_nothing_tells_who_asked(
    firm: Firm,
    alice: App,
    bob: App,
    zelda: App,
    sites: Document,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """T242: every byte that bob, a host and partners get, every new row of every table, and the log."""
    theirs = await firm.browser(zelda)
    await theirs.get("/c/sites")
    needles = [zelda.id, "zelda", zelda.token or "", theirs.cookies["session-home.test"]]
    known = await _rows(firm)

    await press(theirs, "/c/sites/ask", "/c/sites/post", title=TITLE, text="He sits beside me.", discreet="on")
    waiting = await _rows(firm)
    await published(firm)
    question = await newest(firm)
    await bob.answer(question, "Talk to him first.")
    await press(theirs, f"/@sites/{question['id']}", f"/t/{question['id']}/reply", text="I did.")
    await published(firm)

    said = capsys.readouterr()
    texts = {"log": said.out + said.err + caplog.text, **await _seen(firm, [alice, bob], question["id"])}
    for rows in (waiting, await _rows(firm)):
        texts |= {name: "\n".join(found - known.get(name, set())) for name, found in rows.items()}
    told = {(name, needle) for name, text in texts.items() for needle in needles if needle and needle in text}
    assert told == set()


_OF_EACH_MEMBER = {"feed_entries"}
"""Every member has the same rows: what stands in their timelines."""


async def _rows(firm: Firm) -> dict[str, set[str]]:
    found = {}
    async with firm.runtime.db.read() as tx:
        for name, table in Base.metadata.tables.items():
            if name not in _OF_EACH_MEMBER:
                found[f"table {name}"] = {repr(tuple(row)) for row in (await tx.select(select(table))).all()}
    return found


async def _seen(firm: Firm, people: list[App], number: str) -> dict[str, str]:
    """What others get of it, by address; their own notifications too."""
    found = {}
    paths = [
        f"/api/v1/statuses/{number}",
        f"/api/v1/statuses/{number}/context",
        f"/api/v1/statuses/{number}/source",
        f"/api/v1/statuses/{number}/history",
        "/api/v1/timelines/home",
        "/api/v1/notifications",
        "/api/v2/search?q=boss",
        f"/api/entrepairs/v1/threads/{number}",
    ]
    for person in people:
        for path in paths:
            found[f"{person.name} {path}"] = (await person.call("GET", path)).body.decode()
        browser = await firm.browser(person)
        for path in (f"/@sites/{number}", "/c/sites", "/", f"/objects/{number}"):
            page: Answer = await browser.get(path)
            found[f"{person.name} {path}"] = page.text
    async with firm.runtime.db.read() as tx:
        for row in (
            await tx.select(select(Activity.uri, Activity.payload).where(Activity.post_id == int(number)))
        ).all():
            found[row[0]] = row[1].decode()
            assert '"actor":"http://home.test/communities/sites"' in row[1].decode().replace(" ", "")
    return found


async def test_an_erasure_leaves_the_question_and_nobody_in_its_seal(
    firm: Firm, bob: App, zelda: App, question: Document
) -> None:
    """T242: what somebody asked does not vanish with them, and the row is as those of others."""
    async with firm.runtime.db.read() as tx:
        before = (await tx.select(select(DiscreetQuestion.__table__))).one()
    assert open_author(firm.runtime.vault, before.author, before.key) == int(zelda.id)

    await erasing.erase(firm.runtime.db, firm.runtime, "zelda", with_content=True, language="en", by="operator")

    async with firm.runtime.db.read() as tx:
        after = (await tx.select(select(DiscreetQuestion.__table__))).one()
    assert open_author(firm.runtime.vault, after.author, after.key) == 0
    assert [len(one) for one in (after.author, after.key, after.mark)] == [
        len(one) for one in (before.author, before.key, before.mark)
    ]
    assert (await bob.get(f"/api/v1/statuses/{question['id']}"))["content"]


async def test_a_community_that_acts_does_not_speak_in_the_place_of_who_asked(
    firm: Firm, alice: App, bob: App, question: Document, sites: Document
) -> None:
    """T242: those who lead it hold its token, and the post bears its name; what it announced itself is its own."""
    desk = await acting(firm, alice, sites)
    number, answer = question["id"], await bob.answer(question, "Talk to him first.")
    own = await desk.say("Our rules?")

    for method, path, fields in (
        ("POST", "/api/v1/statuses", {"status": "It is me", "in_reply_to_id": number}),
        ("POST", "/api/v1/statuses", {"status": "#accepted", "in_reply_to_id": answer["id"]}),
        ("PUT", f"/api/v1/statuses/{number}", {"status": "Something else"}),
        ("DELETE", f"/api/v1/statuses/{number}", {}),
    ):
        refused = await desk.call(method, path, json=fields)
        assert (refused.status, "only who asked" in refused.error) == (403, True), (method, path)
    assert (await desk.answer(own, "Here."))["account"]["username"] == "sites"
    assert (await desk.call("PUT", f"/api/v1/statuses/{own['id']}", json={"status": "New rules?"})).status == 200
    assert TITLE in (await bob.get(f"/api/entrepairs/v1/threads/{number}"))["title"]


async def test_a_host_stops_whoever_asked_for_thirty_days_and_learns_nothing(
    firm: Firm, alice: App, bob: App, zelda: App, question: Document
) -> None:
    """Product J6: in this community alone; a moderator and a member do not, nor is it offered for other threads."""
    address, act = f"/@sites/{question['id']}", f"/t/{question['id']}/tend"
    plain = await bob.say("@sites Who has the keys?")
    host, member = await firm.browser(alice), await firm.browser(bob)
    for browser, path in ((member, address), (host, f"/@bob/{plain['id']}")):
        assert "stop-discreet" not in (await browser.get(path)).text
    token = (await member.get(address)).forms[0].fields["csrf"]
    assert (await member.post(act, {"csrf": token, "act": "stop-discreet"})).status == 403
    token = (await host.get(address)).forms[0].fields["csrf"]
    assert (await host.post(f"/t/{plain['id']}/tend", {"csrf": token, "act": "stop-discreet"})).status == 422
    assert (await asked(firm, zelda, "Another?")).status == 303

    done = await host.post(act, {"csrf": token, "act": "stop-discreet"})

    assert done.status == 303
    entry = await last_entry(firm)
    assert (entry.actor, entry.action) == ("alice@home.test", "community.discreet.stop")
    assert "zelda" not in repr(entry)
    stopped = await asked(firm, zelda, "One more?")
    assert (stopped.status, "A host has stopped your discreet questions" in stopped.text) == (422, True)
    await published(firm)
    assert "Refused:" in (await (await firm.browser(zelda)).get("/me/discreet")).text
    assert (await asked(firm, bob, "Mine?")).status == 303
    firm.clock.advance(days=30)
    assert (await asked(firm, await _again(firm, zelda), "One more?")).status == 303


async def _again(firm: Firm, app: App) -> App:
    """Somebody whose browser is signed in anew."""
    return App(firm.session, firm.port, app.token, app.name, app.id)


async def test_the_word_for_it_in_an_app_publishes_nothing_with_a_name(firm: Firm, zelda: App) -> None:
    """Product J6: private or not, its author is told where one asks discreetly."""
    before = await _count(firm, Post)

    for visibility in ("direct", "private", "public"):
        for word in ("#discreet", "#Discret"):
            given = {"status": f"@sites {TITLE} {word}", "visibility": visibility}
            refused = await zelda.call("POST", "/api/v1/statuses", json=given)
            assert (refused.status, "http://home.test/c/sites" in refused.error) == (422, True)
    plain = await zelda.call("POST", "/api/v1/statuses", json={"status": f"@sites {TITLE}", "visibility": "direct"})

    assert (plain.status, "choose another visibility" in plain.error) == (422, True)
    assert await _count(firm, Post) == before
    assert (await zelda.say(f"@sites {TITLE} #discretion"))["id"]
