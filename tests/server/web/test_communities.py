"""The pages on which people find communities, join, write and answer, and what is on the desk of who leads one."""

import pytest

from tests.server.admin.desk import press, pressed
from tests.support.firm import App, Document, Firm

ASKED = {"title": "How do you run night shifts?", "text": "We are two short every week."}


async def test_somebody_finds_a_community_joins_asks_and_is_answered(firm: Firm, alice: App, sites: Document) -> None:
    bob, host = await firm.browser(await firm.person("bob")), await firm.browser(alice)

    joined = await pressed(bob, "/communities", "/c/sites/join")
    posted = await pressed(bob, "/c/sites/ask", "/c/sites/post", **ASKED)
    thread = posted.text.partition('href="/@bob/')[2].partition('"')[0]
    answered = await press(host, f"/@bob/{thread}", f"/t/{thread}/reply", text="We draw lots.")
    read = await bob.follow(await bob.follow(answered))

    assert "You have joined." in joined.text
    assert "Everybody at home.test who is signed in can read this." in joined.text
    assert "How do you run night shifts?" in posted.text
    assert "We draw lots." in read.text
    left = await press(bob, "/c/sites", "/c/sites/leave")
    assert left.status == 303


async def test_a_charter_is_accepted_before_one_is_in(firm: Firm, alice: App, sites: Document) -> None:
    """J4."""
    host, dan = await firm.browser(alice), await firm.browser(await firm.person("dan"))
    await pressed(host, "/c/sites/settings", "/c/sites/settings", charter="Be kind.")

    asked = await pressed(dan, "/communities", "/c/sites/join")
    joined = await pressed(dan, "/c/sites", "/c/sites/join", charter="accepted")

    assert "read the charter below" in asked.text
    assert "I accept the charter" in asked.text
    assert "You have joined." not in asked.text
    assert "You have joined." in joined.text
    assert "I accept the charter" not in joined.text


async def test_a_thread_without_a_first_line_is_refused_and_nothing_typed_is_lost(firm: Firm, bob: App) -> None:
    browser = await firm.browser(bob)
    refused = await press(browser, "/c/sites/post", "/c/sites/post", title=" ", text="Much to say")

    assert refused.status == 422
    assert "The first line needs" in refused.text
    assert "Much to say" in refused.text


async def test_who_asks_to_join_waits_for_a_host(firm: Firm, alice: App) -> None:
    await firm.community("plans", host=alice, visibility="on-request")
    bob, host = await firm.browser(await firm.person("bob")), await firm.browser(alice)

    asked = await pressed(bob, "/c/plans", "/c/plans/join")
    desk = await host.get("/c/plans/desk")
    let_in = await pressed(host, "/c/plans/requests", "/c/plans/requests/answer", answer="accept")
    page = await bob.get("/c/plans")

    assert "Your request is with the hosts." in asked.text
    assert "/c/plans/ask" not in asked.text
    assert "1 person waits." in desk.text
    assert "They are in." in let_in.text
    assert "/c/plans/ask" in page.text


async def test_who_is_refused_is_not_in(firm: Firm, alice: App) -> None:
    await firm.community("plans", host=alice, visibility="on-request")
    bob, host = await firm.browser(await firm.person("bob")), await firm.browser(alice)
    await press(bob, "/c/plans", "/c/plans/join")
    page = await host.get("/c/plans/requests")
    number = next(form.fields["person"] for form in page.forms if form.fields.get("answer") == "refuse")
    await pressed(host, page.path, "/c/plans/requests/answer", answer="refuse", person=number)

    assert "Ask to join" in (await bob.get("/c/plans")).text


async def test_a_private_community_is_for_strangers_one_that_never_was(firm: Firm, alice: App) -> None:
    """Threats T148."""
    await firm.community("secretplans", host=alice, visibility="private")
    browser = await firm.browser(await firm.person("bob"))
    token = (await browser.get("/me")).forms[0].fields["csrf"]

    for end in ("", "/desk", "/requests", "/settings"):
        hidden, never = await browser.get(f"/c/secretplans{end}"), await browser.get(f"/c/nothing{end}")
        assert (hidden.status, never.status) == (404, 404)
        assert hidden.text.replace("secretplans", "nothing") == never.text
    for end in ("/join", "/leave", "/post", "/requests/answer", "/reports/resolve"):
        assert (await browser.post(f"/c/secretplans{end}", {"csrf": token, **ASKED})).status == 404
    assert "Secretplans" not in (await browser.get("/communities")).text


async def test_the_desk_is_for_who_leads_the_community(firm: Firm, alice: App, bob: App) -> None:
    """Threats T125: to a member it is not there, and its forms do nothing."""
    member = await firm.browser(bob)
    token = (await member.get("/me")).forms[0].fields["csrf"]

    for path in ("/c/sites/desk", "/c/sites/requests"):
        assert (await member.get(path)).status == 404
    for path in ("/c/sites/requests/answer", "/c/sites/reports/resolve"):
        assert (await member.post(path, {"csrf": token, "person": "1", "report": "1"})).status == 404


async def test_a_report_is_seen_to_or_passed_on(firm: Firm, alice: App, bob: App) -> None:
    host, admin = await firm.browser(alice), await firm.browser(await firm.person("olga", role="admin"))
    post = await alice.say("@sites something")
    for reason in ("first", "second"):
        report = {"account_id": alice.id, "status_ids": [post["id"]], "comment": reason}
        await bob.post("/api/v1/reports", **report)
    desk = await host.get("/c/sites/desk")
    numbers = [form.fields["report"] for form in desk.forms if form.fields.get("decision") == "resolve"]

    act = "/c/sites/reports/resolve"
    await pressed(host, desk.path, act, report=numbers[0], decision="resolve")
    passed_on = await pressed(host, desk.path, act, report=numbers[1], decision="pass-on")

    assert "administrators have the report" in passed_on.text
    assert "Nothing is reported." in passed_on.text
    assert "second" in (await admin.get(f"/admin/moderation/{numbers[1]}")).text
    assert (await admin.get(f"/admin/moderation/{numbers[0]}")).status == 404


@pytest.mark.parametrize("end", ["join", "leave", "post", "requests/answer", "reports/resolve"])
async def test_no_form_is_taken_without_its_token(firm: Firm, alice: App, sites: Document, end: str) -> None:
    """Threats T117."""
    assert (await (await firm.browser(alice)).post(f"/c/sites/{end}", ASKED)).status == 403


async def test_a_question_without_an_answer_is_on_the_desk(firm: Firm, alice: App, bob: App) -> None:
    await bob.say("@sites Who has a spare forklift?")
    host = await firm.browser(alice)
    before = await host.get("/c/sites/desk")

    assert "Who has a spare forklift?" in before.text


async def test_what_may_not_be_answered_is_refused_in_words(firm: Firm, alice: App, bob: App) -> None:
    post = await alice.say("@sites something")
    stranger = await firm.browser(await firm.person("carl"))
    refused = await press(stranger, f"/@alice/{post['id']}", f"/t/{post['id']}/reply", text="Me too")

    assert refused.status in (403, 422)
    assert "Nothing was changed" in refused.text


async def test_hosts_see_that_a_name_mixes_alphabets(firm: Firm, alice: App, bob: App) -> None:
    """T063: beside the request, in words; a name in one alphabet has none."""
    plans = await firm.community("plans", host=alice, visibility="on-request")
    await bob.follow(plans)
    await bob.call("PATCH", "/api/v1/accounts/update_credentials", json={"display_name": "Боб"})
    browser = await firm.browser(alice)
    plain = (await browser.get("/c/plans/requests")).text

    await bob.call("PATCH", "/api/v1/accounts/update_credentials", json={"display_name": "B\u043eb"})
    mixed = (await browser.get("/c/plans/requests")).text

    warning = "Letters of several alphabets: compare the address."
    assert (warning in plain, warning in mixed) == (False, True)
