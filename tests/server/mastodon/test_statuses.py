"""Statuses: writing, reading, changing, deleting, threads, and what people do with them."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from server.actions.writing import MAX_CHARACTERS
from tests.support import files
from tests.support.firm import App, Document, Firm

AUDIENCES = ("public", "unlisted", "private", "direct")


def texts(statuses: list[Document]) -> list[str]:
    return [status["content"] for status in statuses]


async def test_a_post_in_a_community_is_shown_by_it_and_never_public(alice: App, bob: App, sites: Document) -> None:
    status = await bob.say("@sites Night shifts?\n\nWe lose people every month.", visibility="public")

    (shown,) = await alice.get("/api/v1/timelines/home")

    assert (status["visibility"], status["content"]) == (
        "private",
        "<p><strong>Night shifts?</strong></p><p>We lose people every month.</p>",
    )
    assert (shown["account"]["acct"], shown["reblog"]["id"], shown["visibility"]) == ("sites", status["id"], "private")
    assert shown["id"] != status["id"]
    assert [mention["acct"] for mention in status["mentions"]] == ["sites"]


async def test_a_stranger_to_the_community_is_refused_before_anything_is_stored(firm: Firm, sites: Document) -> None:
    """Product section 9."""
    eve = await firm.person("eve")

    refused = await eve.call("POST", "/api/v1/statuses", json={"status": "@sites Hello"})

    why, _, who = refused.error.partition(". Who would read it: ")
    assert (refused.status, why) == (403, "You are not a member of this community")
    assert who.startswith("Everybody at home.test who is signed in can read this.")
    assert await eve.get(f"/api/v1/accounts/{eve.id}/statuses") == []


async def test_what_says_nothing_or_too_much_is_refused(alice: App, sites: Document) -> None:
    blank = "Validation failed: Text can't be blank"
    too_long = f"Validation failed: Text character limit of {MAX_CHARACTERS} exceeded"
    reasons = {"": blank, "  \n ": blank, "@sites": blank, "x" * (MAX_CHARACTERS + 1): too_long}

    refused = {text: await alice.call("POST", "/api/v1/statuses", json={"status": text}) for text in reasons}

    assert {text: (answer.status, answer.error) for text, answer in refused.items()} == {
        text: (422, reason) for text, reason in reasons.items()
    }


async def test_an_audience_that_there_is_not_is_refused_and_nothing_is_published(alice: App) -> None:
    """Client API 9: there are four. A word for "direct" that is misspelt must not reach everybody who follows."""
    words: list[Any] = ["drect", "Direct", "followers", ["a"], 3, {}, []]
    wrong: list[Document] = [{"status": "Hm", "visibility": word} for word in words]

    refused = [await alice.call("POST", "/api/v1/statuses", json=given) for given in wrong]
    later = await alice.call("POST", "/api/v1/statuses", json={**wrong[0], "scheduled_at": "2031-01-01T00:00:00Z"})

    assert {(answer.status, answer.error) for answer in (*refused, later)} == {
        (422, "Validation failed: Visibility is not included in the list")
    }
    assert await alice.get(f"/api/v1/accounts/{alice.id}/statuses") == []


async def test_a_date_or_a_parent_that_is_none_is_refused_and_nothing_is_published(alice: App) -> None:
    """Client API 1.3: what is not given would publish it at once, or not as an answer."""
    wrong: list[Document] = [{"scheduled_at": {}}, {"scheduled_at": []}, {"in_reply_to_id": {"id": "1"}}]

    refused = [await alice.call("POST", "/api/v1/statuses", json={"status": "Hm", **given}) for given in wrong]

    assert [answer.status for answer in refused] == [422, 422, 404]
    assert await alice.get(f"/api/v1/accounts/{alice.id}/statuses") == []


async def test_each_audience_is_taken_and_none_is_as_one_likes_to_post(alice: App) -> None:
    """Client API 1.3 and 7: an empty word is none."""
    given: list[Document] = [{}, *({"visibility": word} for word in ("", None, *AUDIENCES))]

    shown = [(await alice.say("Hm", **fields))["visibility"] for fields in given]

    assert shown == ["private"] * 6 + ["direct"]


async def test_of_many_edits_at_once_text_and_poll_are_those_of_the_same_one(alice: App) -> None:
    asked = await alice.say("Which?", poll={"options": ["a", "b"], "expires_in": 600})

    def wanted(number: int) -> Document:
        return {"status": f"Which {number}?", "poll": {"options": [f"a {number}", "b"], "expires_in": 600}}

    answers = await asyncio.gather(
        *(alice.call("PUT", f"/api/v1/statuses/{asked['id']}", json=wanted(number)) for number in range(8))
    )

    now = await alice.get(f"/api/v1/statuses/{asked['id']}")
    assert {answer.status for answer in answers} == {200}
    assert now["content"].removeprefix("<p>Which ")[0] == now["poll"]["options"][0]["title"][-1]
    assert len(await alice.get(f"/api/v1/statuses/{asked['id']}/history")) == 9


async def test_a_text_at_the_limit_is_taken(alice: App) -> None:
    status = await alice.say("x" * MAX_CHARACTERS)

    assert len(status["content"]) == MAX_CHARACTERS + len("<p></p>")


async def test_a_reply_to_what_one_cannot_see_is_refused_as_if_it_were_not(firm: Firm, alice: App) -> None:
    eve, mine = await firm.person("eve"), await alice.say("For those who follow me")

    refused = await eve.call("POST", "/api/v1/statuses", json={"status": "Hm", "in_reply_to_id": mine["id"]})
    unknown = await eve.call("POST", "/api/v1/statuses", json={"status": "Hm", "in_reply_to_id": "12"})

    assert (refused.status, refused.error) == (unknown.status, unknown.error) == (404, "Record not found")


async def test_two_posts_with_one_key_at_the_same_time_are_one_post(alice: App, bob: App, sites: Document) -> None:
    """Client API 1.9."""
    calls = [
        bob.call("POST", "/api/v1/statuses", json={"status": "@sites Once"}, Idempotency_Key="k-1") for _ in range(8)
    ]

    answers = await asyncio.gather(*calls)

    assert {answer.status for answer in answers} == {200}
    assert len({answer.document["id"] for answer in answers}) == 1
    assert len(await alice.get("/api/v1/timelines/home")) == 1


async def test_a_key_is_its_owners_and_lasts_an_hour(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    async def post(app: App) -> str:
        answer = await app.call("POST", "/api/v1/statuses", json={"status": "@sites Once"}, Idempotency_Key="k-1")
        assert answer.status == 200
        return str(answer.document["id"])

    first, others = await post(bob), await post(alice)
    firm.clock.advance(minutes=60)
    repeated = await post(bob)
    firm.clock.advance(seconds=1)
    later = await post(bob)

    assert first == repeated
    assert len({first, others, later}) == 3


async def test_a_repeat_is_the_first_post_though_its_picture_is_part_of_that_one(alice: App) -> None:
    """Client API 1.9: an app asks again after an answer that got lost."""
    picture = (await alice.send_file(files.picture("PNG"))).document
    wanted = {"status": "", "media_ids": [picture["id"]]}

    first, *others = await asyncio.gather(
        *(alice.call("POST", "/api/v1/statuses", json=wanted, Idempotency_Key="k-3") for _ in range(3))
    )
    later = await alice.call("POST", "/api/v1/statuses", json=wanted, Idempotency_Key="k-3")

    assert [answer.status for answer in (first, *others, later)] == [200] * 4
    assert {answer.document["id"] for answer in (*others, later)} == {first.document["id"]}
    assert len(later.document["media_attachments"]) == 1


async def test_a_repeat_is_the_first_post_though_its_author_has_left(bob: App, sites: Document) -> None:
    wanted = {"status": "@sites Once"}
    first = await bob.call("POST", "/api/v1/statuses", json=wanted, Idempotency_Key="k-4")
    await bob.post(f"/api/v1/accounts/{sites['id']}/unfollow")

    repeated = await bob.call("POST", "/api/v1/statuses", json=wanted, Idempotency_Key="k-4")
    other = await bob.call("POST", "/api/v1/statuses", json=wanted, Idempotency_Key="k-5")

    assert (repeated.status, repeated.document["id"]) == (200, first.document["id"])
    assert other.status == 403


async def test_a_repeat_does_not_publish_anew_what_was_deleted_meanwhile(firm: Firm, alice: App) -> None:
    """Client API 1.9: a repeat answers as the post is now, and creates nothing within the hour."""
    first = await alice.call("POST", "/api/v1/statuses", json={"status": "Once"}, Idempotency_Key="k-6")
    await alice.delete(f"/api/v1/statuses/{first.document['id']}")

    repeated = await alice.call("POST", "/api/v1/statuses", json={"status": "Once"}, Idempotency_Key="k-6")
    firm.clock.advance(minutes=60, seconds=1)
    later = await alice.call("POST", "/api/v1/statuses", json={"status": "Once"}, Idempotency_Key="k-6")

    assert (repeated.status, repeated.error) == (404, "Record not found")
    assert (later.status, len(await alice.get(f"/api/v1/accounts/{alice.id}/statuses"))) == (200, 1)


async def test_a_refused_post_does_not_use_up_its_key(alice: App) -> None:
    await alice.call("POST", "/api/v1/statuses", json={"status": ""}, Idempotency_Key="k-2")

    again = await alice.call("POST", "/api/v1/statuses", json={"status": "Now"}, Idempotency_Key="k-2")

    assert (again.status, again.document["content"]) == (200, "<p>Now</p>")


async def test_ids_and_dates_say_the_same(firm: Firm, alice: App) -> None:
    first = await alice.say("First")
    firm.clock.advance(milliseconds=1)
    second = await alice.say("Second")

    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(first["id"]) >> 16)

    assert first["created_at"] == moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert (len(first["id"]), first["id"]) < (len(second["id"]), second["id"])


async def test_a_thread_is_read_from_any_of_its_posts(alice: App, bob: App, sites: Document) -> None:
    opening = await bob.say("@sites Night shifts?")
    one = await alice.answer(opening, "Let them draw the rota")
    two = await alice.answer(opening, "Or pay better")
    deep = await bob.answer(one, "And that works?")

    whole = await bob.get(f"/api/v1/statuses/{opening['id']}/context")
    around = await bob.get(f"/api/v1/statuses/{deep['id']}/context")
    middle = await bob.get(f"/api/v1/statuses/{one['id']}/context")

    assert [status["id"] for status in whole["descendants"]] == [one["id"], deep["id"], two["id"]]
    assert [status["id"] for status in around["ancestors"]] == [opening["id"], one["id"]]
    assert [status["id"] for status in middle["descendants"]] == [deep["id"]]
    assert (deep["in_reply_to_id"], deep["in_reply_to_account_id"]) == (one["id"], alice.id)


async def test_replies_are_in_the_thread_and_not_in_timelines(alice: App, bob: App, sites: Document) -> None:
    opening = await bob.say("@sites Night shifts?")
    await alice.answer(opening, "Let them draw the rota")

    (shown,) = await bob.get("/api/v1/timelines/home")

    assert (shown["reblog"]["id"], shown["reblog"]["replies_count"]) == (opening["id"], 1)


async def test_the_context_of_a_wrapper_is_that_of_its_post(alice: App, bob: App, sites: Document) -> None:
    opening = await bob.say("@sites Night shifts?")
    reply = await alice.answer(opening, "Let them draw the rota")
    (shown,) = await bob.get("/api/v1/timelines/home")

    context = await bob.get(f"/api/v1/statuses/{shown['id']}/context")

    assert [status["id"] for status in context["descendants"]] == [reply["id"]]


async def test_an_edit_is_seen_and_its_history_kept(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    status = await bob.say("@sites Night shifts?\n\nWe lose people.")
    firm.clock.advance(minutes=5)

    edited = await bob.put(f"/api/v1/statuses/{status['id']}", status="@sites Night shifts\n\nWe lost people.")

    history = await alice.get(f"/api/v1/statuses/{status['id']}/history")
    assert (edited["id"], edited["edited_at"]) == (status["id"], "2026-01-31T12:05:00.000Z")
    assert [(one["content"], one["created_at"]) for one in history] == [
        (status["content"], status["created_at"]),
        ("<p><strong>Night shifts</strong></p><p>We lost people.</p>", "2026-01-31T12:05:00.000Z"),
    ]


async def test_a_post_that_was_never_edited_has_one_version(alice: App) -> None:
    status = await alice.say("Once and for all")

    history = await alice.get(f"/api/v1/statuses/{status['id']}/history")

    assert [(one["content"], one["created_at"]) for one in history] == [(status["content"], status["created_at"])]


async def test_edits_in_one_instant_or_after_a_step_of_the_clock_all_count(firm: Firm, alice: App) -> None:
    """Client API 7: each edit that changes anything adds a version. Partners tell edits apart by their milliseconds."""
    status = await alice.say("One")
    path = f"/api/v1/statuses/{status['id']}"
    firm.clock.advance(seconds=1)

    edited = [await alice.put(path, status=text) for text in ("Two", "Three")]
    firm.clock.advance(seconds=-1)
    edited.append(await alice.put(path, status="Four"))

    assert [one["content"] for one in edited] == ["<p>Two</p>", "<p>Three</p>", "<p>Four</p>"]
    assert [one["edited_at"][17:] for one in edited] == ["01.000Z", "01.001Z", "01.002Z"]
    assert len(await alice.get(f"{path}/history")) == 4


async def test_an_edit_that_changes_nothing_leaves_no_trace(firm: Firm, alice: App) -> None:
    status = await alice.say("The same")
    firm.clock.advance(minutes=5)

    edited = await alice.put(f"/api/v1/statuses/{status['id']}", status="The same")

    assert edited["edited_at"] is None
    assert len(await alice.get(f"/api/v1/statuses/{status['id']}/history")) == 1


async def test_the_source_is_what_was_typed_and_its_authors_alone(alice: App, bob: App, sites: Document) -> None:
    status = await bob.say("@sites Night shifts?\n\nAsk @alice", spoiler_text="Long")

    source = await bob.get(f"/api/v1/statuses/{status['id']}/source")
    refused = await alice.call("GET", f"/api/v1/statuses/{status['id']}/source")

    assert source == {"id": status["id"], "text": "@sites Night shifts?\n\nAsk @alice", "spoiler_text": "Long"}
    assert refused.status == 404


async def test_a_host_takes_out_what_others_wrote_without_learning_its_source(
    alice: App, bob: App, sites: Document
) -> None:
    """T032, product section 9"""
    status = await bob.say("@sites Mine")

    removed = await alice.delete(f"/api/v1/statuses/{status['id']}")

    assert (removed["id"], removed["text"]) == (status["id"], "")
    assert (await bob.call("GET", f"/api/v1/statuses/{status['id']}")).status == 404


async def test_only_the_author_changes_or_deletes(alice: App, bob: App, sites: Document) -> None:
    status = await alice.say("@sites Mine")

    edit = await bob.call("PUT", f"/api/v1/statuses/{status['id']}", json={"status": "Yours"})
    delete = await bob.call("DELETE", f"/api/v1/statuses/{status['id']}")

    assert (edit.status, delete.status) == (404, 404)
    assert (await bob.get(f"/api/v1/statuses/{status['id']}"))["content"] == status["content"]


async def test_a_deleted_post_is_gone_everywhere_and_gives_back_its_text(alice: App, bob: App, sites: Document) -> None:
    status = await bob.say("@sites Night shifts?\n\nWe lose people.")
    await alice.post(f"/api/v1/statuses/{status['id']}/bookmark")

    deleted = await bob.delete(f"/api/v1/statuses/{status['id']}")

    assert deleted["text"] == "@sites Night shifts?\n\nWe lose people."
    assert (await alice.call("GET", f"/api/v1/statuses/{status['id']}")).status == 404
    assert await alice.get("/api/v1/timelines/home") == []
    assert await alice.get("/api/v1/bookmarks") == []
    assert (await bob.call("DELETE", f"/api/v1/statuses/{status['id']}")).status == 404


async def test_a_deleted_post_gives_back_its_poll(alice: App) -> None:
    """7: so that a client can redraft."""
    poll = {"options": ["Early", "Late"], "expires_in": 3600, "multiple": True, "hide_totals": True}
    asked = await alice.say("Which?", poll=poll)

    deleted = await alice.delete(f"/api/v1/statuses/{asked['id']}")

    assert (deleted["text"], deleted["poll"]) == ("Which?", asked["poll"])
    assert [(one["title"], one["votes_count"]) for one in deleted["poll"]["options"]] == [
        ("Early", None),
        ("Late", None),
    ]


async def test_a_favourite_counts_once_and_can_be_taken_back(alice: App, bob: App, sites: Document) -> None:
    status = await bob.say("@sites Night shifts?")
    (shown,) = await alice.get("/api/v1/timelines/home")

    liked = await alice.post(f"/api/v1/statuses/{shown['id']}/favourite")
    again = await alice.post(f"/api/v1/statuses/{status['id']}/favourite")
    likers = await bob.get(f"/api/v1/statuses/{status['id']}/favourited_by")
    taken = await alice.post(f"/api/v1/statuses/{status['id']}/unfavourite")

    assert (liked["id"], liked["favourited"], liked["favourites_count"]) == (status["id"], True, 1)
    assert again["favourites_count"] == 1
    assert [account["acct"] for account in likers] == ["alice"]
    assert (taken["favourited"], taken["favourites_count"]) == (False, 0)


async def test_bookmarks_are_ones_own(alice: App, bob: App, sites: Document) -> None:
    status = await bob.say("@sites Night shifts?")

    kept = await alice.post(f"/api/v1/statuses/{status['id']}/bookmark")
    listed = await alice.get("/api/v1/bookmarks")
    seen_by_bob = await bob.get(f"/api/v1/statuses/{status['id']}")
    dropped = await alice.post(f"/api/v1/statuses/{status['id']}/unbookmark")

    assert (kept["bookmarked"], seen_by_bob["bookmarked"], dropped["bookmarked"]) == (True, False, False)
    assert [one["id"] for one in listed] == [status["id"]]
    assert await alice.get("/api/v1/bookmarks") == []


async def test_nobody_boosts(alice: App, bob: App, sites: Document) -> None:
    """T157: the audience of a post is not for its readers to change."""
    status = await bob.say("@sites Night shifts?")

    refused = await alice.call("POST", f"/api/v1/statuses/{status['id']}/reblog")
    undone = await alice.post(f"/api/v1/statuses/{status['id']}/unreblog")

    assert (refused.status, refused.error) == (422, "Validation failed: This action is not allowed")
    assert (undone["id"], undone["reblogged"]) == (status["id"], False)
    assert await alice.get(f"/api/v1/statuses/{status['id']}/reblogged_by") == []


async def test_several_statuses_at_once_come_as_asked_without_the_unknown(alice: App) -> None:
    one, two = await alice.say("One"), await alice.say("Two")

    found = await alice.call("GET", "/api/v1/statuses", query=[("id[]", two["id"]), ("id[]", "7"), ("id[]", one["id"])])

    assert [status["id"] for status in found.document] == [two["id"], one["id"]]


async def test_a_direct_post_is_for_those_it_names(firm: Firm, alice: App) -> None:
    bea, eve = await firm.person("bea"), await firm.person("eve")

    status = await alice.say("@bea Between us", visibility="direct")

    assert (await bea.get(f"/api/v1/statuses/{status['id']}"))["visibility"] == "direct"
    assert (await eve.call("GET", f"/api/v1/statuses/{status['id']}")).status == 404


@pytest.mark.parametrize(
    ("text", "visibility", "reason"),
    [
        ("@sites Between us", "direct", "To ask the community, choose another visibility"),
        ("@sites @plans Both", "private", "A post goes to one community, and this one names @sites, @plans"),
    ],
)
async def test_a_post_that_could_go_astray_is_refused_with_the_reason(
    firm: Firm, alice: App, sites: Document, text: str, visibility: str, reason: str
) -> None:
    """Product J5."""
    await firm.community("plans", host=alice)

    refused = await alice.call("POST", "/api/v1/statuses", json={"status": text, "visibility": visibility})

    assert refused.status == 422
    assert refused.error.startswith(reason)
    assert await alice.get(f"/api/v1/accounts/{alice.id}/statuses") == []


async def test_a_refusal_says_who_would_read_it_to_those_who_may_know(firm: Firm, alice: App) -> None:
    """Product section 3: in words, for audience and label; T155: of a private community, nothing to outsiders."""
    eve = await firm.person("eve")
    await firm.community("circle", host=alice, visibility="private", label="restricted")
    await firm.community("board", host=alice, visibility="on-request")

    async def refusal(app: App, text: str, **further: str) -> tuple[int, str]:
        answer = await app.call("POST", "/api/v1/statuses", json={"status": text, **further})
        return answer.status, answer.error or ""

    members = "Who would read it: Its members can read this, and nobody else."
    direct = "To ask the community, choose another visibility"
    lowered = "What is written here is at least restricted: a label can be raised and not lowered"
    assert await refusal(alice, "@circle Psst", visibility="direct") == (422, f"{direct}. {members}")
    assert await refusal(alice, "@circle Hello", label="internal") == (422, f"{lowered}. {members}")
    assert await refusal(eve, "@board Hello") == (403, "You are not a member of this community")
    # To outsiders it is a name like any other that nobody has.
    outside, unknown = [await eve.say(f"@{name} Hello", visibility="direct") for name in ("circle", "nobody")]
    assert [one["mentions"] for one in (outside, unknown)] == [[], []]


async def test_a_language_is_a_code_or_none(alice: App) -> None:
    """T172: some clients lose a whole page by one word that they do not expect."""
    given = {"fr": "fr", "zh-Hant": "zh-Hant", "": None, "French": None, "zz" * 50: None, "FR": "fr", "fr-x": None}

    statuses = {one: await alice.say("Bonjour", language=one) for one in given}

    assert {one: status["language"] for one, status in statuses.items()} == given


async def test_what_is_done_to_a_wrapper_is_done_to_its_post(alice: App, sites: Document) -> None:
    """Client API section 7: on a boost's id, the original is meant and answered."""
    status = await alice.say("@sites Night shifts?")
    (shown,) = await alice.get("/api/v1/timelines/home")
    path = f"/api/v1/statuses/{shown['id']}"

    edited = await alice.put(path, status="@sites Night shifts!")
    source = await alice.get(f"{path}/source")
    history = await alice.get(f"{path}/history")
    deleted = await alice.delete(path)

    assert edited["id"] == source["id"] == deleted["id"] == status["id"]
    assert deleted["account"]["acct"] == "alice"
    assert len(history) == 2
    assert await alice.get("/api/v1/timelines/home") == []


async def test_a_spoiler_alone_is_the_text(alice: App) -> None:
    status = await alice.say("", spoiler_text="Only this")

    assert (status["content"], status["spoiler_text"], status["sensitive"]) == ("<p>Only this</p>", "", False)


async def test_a_spoiler_beside_blanks_is_the_text(alice: App) -> None:
    status = await alice.say(" \n ", spoiler_text="Only this")

    assert (status["content"], status["spoiler_text"]) == ("<p>Only this</p>", "")


async def test_who_reads_a_post_is_as_its_author_likes_it_unless_the_app_says(alice: App, bob: App) -> None:
    """7: `visibility` default = the user's preference."""
    as_told = await alice.say("@bob One")
    await alice.call("PATCH", "/api/v1/accounts/update_credentials", form={"source[privacy]": "direct"})

    as_liked, otherwise = await alice.say("@bob Two"), await alice.say("@bob Three", visibility="private")

    assert [one["visibility"] for one in (as_told, as_liked, otherwise)] == ["private", "direct", "private"]


async def test_a_spoiler_makes_a_post_sensitive(alice: App) -> None:
    status = await alice.say("The end", spoiler_text="A film")

    assert (status["spoiler_text"], status["sensitive"]) == ("A film", True)


async def test_a_mention_links_to_the_profile_that_the_api_names(firm: Firm, alice: App) -> None:
    bea = await firm.person("bea")

    status = await alice.say("Hello @bea and @nobody", visibility="direct")

    (mention,) = status["mentions"]
    assert (mention["id"], mention["url"]) == (bea.id, "http://home.test/@bea")
    assert f'<a href="{mention["url"]}" class="u-url mention">@<span>bea</span></a>' in status["content"]


async def test_hashtags_are_listed_and_linked_alike(alice: App, sites: Document) -> None:
    status = await alice.say("@sites About #Rota and #rota")

    (tag,) = status["tags"]
    (found,) = await alice.get("/api/v1/timelines/tag/ROTA")

    assert tag == {"name": "rota", "url": "http://home.test/tags/rota"}
    assert found["reblog"]["id"] == status["id"]


async def test_a_post_of_a_closed_community_is_not_there_for_others(firm: Firm, alice: App, bob: App) -> None:
    """T148, T150."""
    await firm.community("board", host=alice, visibility="private")
    status = await alice.say("@board Figures")

    reads = ["", "/context", "/history", "/favourited_by", "/reblogged_by"]
    found = [await bob.call("GET", f"/api/v1/statuses/{status['id']}{rest}") for rest in reads]
    acts = [
        await bob.call("POST", f"/api/v1/statuses/{status['id']}/{act}")
        for act in ("favourite", "bookmark", "reblog", "unreblog")
    ]

    assert {(answer.status, answer.error) for answer in (*found, *acts)} == {(404, "Record not found")}
    assert await bob.get("/api/v1/timelines/public") == []


async def test_who_leaves_a_closed_community_keeps_nothing_of_it(firm: Firm, alice: App, bob: App) -> None:
    """T152, T153."""
    plans = await firm.community("plans", host=alice, visibility="on-request")
    await bob.follow(plans)
    await alice.post(f"/api/v1/follow_requests/{bob.id}/authorize")
    mine = await bob.say("@plans A question of mine")
    status = await alice.say("@plans Figures with #secret")
    await alice.answer(mine, "An answer with words")
    await bob.post(f"/api/v1/statuses/{status['id']}/bookmark")
    await bob.post(f"/api/v1/statuses/{status['id']}/favourite")

    await bob.post(f"/api/v1/accounts/{plans['id']}/unfollow")

    lists = ["bookmarks", "favourites", "timelines/home", "timelines/public", "timelines/tag/secret", "notifications"]
    assert {one: await bob.get(f"/api/v1/{one}") for one in lists} == {one: [] for one in lists}
    assert (await bob.get("/api/v1/notifications/unread_count"))["count"] == 0
    assert (await bob.get("/api/v2/search", q="#secret"))["hashtags"] == []
    assert (await bob.get(f"/api/v1/statuses/{mine['id']}/context"))["descendants"] == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("@alice @sites On the hook", "@<span>alice</span></a></span> On the hook"),
        ("@sites @alice On the hook", "@<span>alice</span></a></span> On the hook"),
        ("@alice !sites: On the hook", "@<span>alice</span></a></span> On the hook"),
        ("On the hook, says @sites of @alice", "@<span>sites</span></a></span> of "),
    ],
)
async def test_the_community_that_an_app_names_before_a_reply_only_addresses_it(
    alice: App, bob: App, sites: Document, text: str, shown: str
) -> None:
    """Client API 11.3: apps put everybody of `mentions` there; the community is named in the thread already."""
    reply = await bob.answer(await alice.say("@sites Where is the key?"), text)

    assert shown in reply["content"]
    assert ("sites" in reply["content"]) == ("says" in text)
    assert {one["acct"] for one in reply["mentions"]} == {"sites", "alice"}
