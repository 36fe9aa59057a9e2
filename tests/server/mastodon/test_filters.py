"""Filters: what matches, where it hides, and both versions of their methods (client API section 7)."""

import pytest

from tests.support.firm import App, Document, Firm
from tests.support.statements import counted


async def a_filter(app: App, *keywords: str, **given: object) -> Document:
    """A filter for home with these words."""
    fields = {"title": "Words", "context": ["home"], **given}
    words = [{"keyword": one} for one in keywords]
    made: Document = await app.post("/api/v2/filters", keywords_attributes=words, **fields)
    return made


async def matches(app: App, status: Document) -> list[tuple[str, list[str] | None, list[str] | None]]:
    """What of the app's filters a status matches."""
    shown = await app.get(f"/api/v1/statuses/{status['id']}")
    return [(one["filter"]["title"], one["keyword_matches"], one["status_matches"]) for one in shown["filtered"]]


# --- matching ---


@pytest.mark.parametrize(
    ("keyword", "whole_word", "text", "is_found"),
    [
        ("rota", True, "The ROTA is out", True),
        ("rota", True, "Rotation of crops", False),
        ("rota", False, "Rotation of crops", True),
        ("#rota", True, "Look: #rota", True),
        ("night  shift", True, "A night shift, again", True),
        ("équipe", True, "L'ÉQUIPE du soir", True),
        ("c++", True, "We write c++ here", True),
        ("strong", True, "Nothing in markup", False),
    ],
)
async def test_a_keyword_is_found_in_what_people_read(
    alice: App, bob: App, sites: Document, keyword: str, whole_word: bool, text: str, is_found: bool
) -> None:
    status = await alice.say(f"@sites A title\n\n{text}")
    words = [{"keyword": keyword, "whole_word": whole_word}]

    await bob.post("/api/v2/filters", title="Words", context=["home"], keywords_attributes=words)

    found = await matches(bob, status)
    assert found == ([("Words", [keyword], None)] if is_found else [])


async def test_all_that_stands_around_the_text_is_read_too(alice: App, bob: App, sites: Document) -> None:
    poll = {"options": ["Holidays", "Budget"], "expires_in": 3600}
    said = [
        await alice.say("@sites Budget\n\nSee inside"),
        await alice.say("@sites Plans\n\nSee inside", spoiler_text="budget"),
        await alice.say("@sites What first?", poll=poll),
    ]
    await a_filter(bob, "budget")

    assert [len(await matches(bob, one)) for one in said] == [1, 1, 1]


async def test_a_post_can_be_filtered_by_name(alice: App, bob: App, sites: Document) -> None:
    status = await alice.say("@sites Night shifts?")
    made = await a_filter(bob)

    named = await bob.post(f"/api/v2/filters/{made['id']}/statuses", status_id=status["id"])

    assert await matches(bob, status) == [("Words", None, [status["id"]])]
    assert await bob.get(f"/api/v2/filters/{made['id']}/statuses") == [named]
    assert await bob.get(f"/api/v2/filters/statuses/{named['id']}") == named
    again = await bob.call("POST", f"/api/v2/filters/{made['id']}/statuses", json={"status_id": status["id"]})
    assert (again.status, again.error) == (422, "Duplicate record")
    assert await bob.delete(f"/api/v2/filters/statuses/{named['id']}") == {}
    assert await matches(bob, status) == []


async def test_a_post_that_is_hidden_cannot_be_named(firm: Firm, alice: App, bob: App) -> None:
    """T148."""
    await firm.community("board", host=alice, visibility="private")
    secret = await alice.say("@board Figures")
    made = await a_filter(bob)

    refused = await bob.call("POST", f"/api/v2/filters/{made['id']}/statuses", json={"status_id": secret["id"]})

    assert refused.status == 404


async def test_a_filter_is_for_its_owner_and_not_for_what_they_wrote(alice: App, bob: App, sites: Document) -> None:
    theirs, own = await alice.say("@sites Budget"), await bob.say("@sites Budget of ours")
    await a_filter(bob, "budget")

    assert (len(await matches(bob, theirs)), await matches(bob, own), await matches(alice, own)) == (1, [], [])


async def test_what_hides_in_home_is_gone_from_home_and_marked_elsewhere(alice: App, bob: App, sites: Document) -> None:
    await alice.say("@sites Budget")
    kept = await alice.say("@sites Night shifts?")
    await a_filter(bob, "budget", filter_action="hide")

    home = await bob.get("/api/v1/timelines/home")
    firm_wide = await bob.get("/api/v1/timelines/public")

    assert [one["reblog"]["id"] for one in home] == [kept["id"]]
    assert [len(one["filtered"]) for one in firm_wide] == [0, 1]
    assert [len(one["reblog"]["filtered"]) for one in firm_wide] == [0, 1]


async def test_a_page_of_home_that_is_hidden_does_not_end_it(alice: App, bob: App, sites: Document) -> None:
    kept = await alice.say("@sites Night shifts?")
    for number in range(3):
        await alice.say(f"@sites Budget {number}")
    await a_filter(bob, "budget", filter_action="hide")

    pages = await bob.walk("/api/v1/timelines/home?limit=2")

    shown = [one["reblog"]["id"] for page in pages for one in page.document]
    assert shown == [kept["id"]]


async def test_what_hides_elsewhere_stays_in_home(alice: App, bob: App, sites: Document) -> None:
    await alice.say("@sites Budget")
    await a_filter(bob, "budget", filter_action="hide", context=["thread", "public"])

    assert len(await bob.get("/api/v1/timelines/home")) == 1


async def test_a_filter_ends_by_the_clock_and_is_still_listed(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    status = await alice.say("@sites Budget")
    made = await a_filter(bob, "budget", expires_in=60)

    firm.clock.advance(seconds=59)
    before = await matches(bob, status)
    firm.clock.advance(seconds=1)

    assert made["expires_at"] == "2026-01-31T12:01:00.000Z"
    assert (len(before), await matches(bob, status)) == (1, [])
    assert [one["id"] for one in await bob.get("/api/v2/filters")] == [made["id"]]
    lasting = await bob.put(f"/api/v2/filters/{made['id']}", expires_in="")
    assert (lasting["expires_at"], len(await matches(bob, status))) == (None, 1)


async def test_a_keyword_is_plain_text_and_never_an_expression(alice: App, bob: App, sites: Document) -> None:
    """T101."""
    quoted = await alice.say("@sites A title\n\nTry (a+)+$ once")
    plain = await alice.say(f"@sites Another\n\n{'a' * 4000}!")

    await a_filter(bob, "(a+)+$", "[", "*")

    assert [words for _, words, _ in await matches(bob, quoted)] == [["(a+)+$"]]
    assert await matches(bob, plain) == []


@pytest.mark.parametrize("timeline", ["home", "list"])
async def test_home_and_lists_with_filters_cost_five_statements(
    firm: Firm, alice: App, bob: App, sites: Document, timeline: str
) -> None:
    (kept,) = await bob.get("/api/v1/lists")
    for number in range(20):
        await alice.say(f"@sites Budget {number}")
    for number in range(5):
        await a_filter(bob, f"word{number}", "budget")

    firm.clock.advance(minutes=5)
    with counted(firm.runtime.db) as found:
        page = await bob.get(f"/api/v1/timelines/{timeline}{'/' + kept['id'] if timeline == 'list' else ''}")

    assert len(page) == 20
    assert len(found.statements) <= 5


# --- v2 ---


async def test_a_filter_is_made_changed_and_removed(bob: App) -> None:
    made = await a_filter(bob, "budget", "figures", context=["public", "home"])
    first, second = made["keywords"]

    changed = await bob.put(
        f"/api/v2/filters/{made['id']}",
        title="Money",
        filter_action="hide",
        keywords_attributes=[
            {"id": first["id"], "keyword": "accounts", "whole_word": False},
            {"id": second["id"], "_destroy": True},
            {"keyword": "costs"},
        ],
    )

    assert (made["filter_action"], made["expires_at"], made["context"]) == ("warn", None, ["home", "public"])
    assert (changed["title"], changed["filter_action"], changed["context"]) == ("Money", "hide", ["home", "public"])
    assert [(one["keyword"], one["whole_word"]) for one in changed["keywords"]] == [
        ("accounts", False),
        ("costs", True),
    ]
    assert await bob.get(f"/api/v2/filters/{made['id']}") == changed
    assert await bob.delete(f"/api/v2/filters/{made['id']}") == {}
    assert await bob.get("/api/v2/filters") == []


async def test_an_end_is_taken_away_by_null_or_by_nothing_and_stays_where_it_is_not_named(bob: App) -> None:
    """7: `expires_in` empty or null = never."""
    made = [await a_filter(bob, word, expires_in=3600) for word in ("budget", "figures", "costs")]
    paths = [f"/api/v2/filters/{one['id']}" for one in made]

    by_null = await bob.call("PUT", paths[0], json={"expires_in": None})
    by_nothing = await bob.call("PUT", paths[1], form={"expires_in": ""})
    unnamed = await bob.put(paths[2], title="Costs")

    assert {one["expires_at"] for one in made} == {"2026-01-31T13:00:00.000Z"}
    assert (by_null.document["expires_at"], by_nothing.document["expires_at"]) == (None, None)
    assert unnamed["expires_at"] == "2026-01-31T13:00:00.000Z"


async def test_a_form_makes_the_same_filter_as_json(bob: App) -> None:
    form = [("title", "Words"), ("context[]", "home"), ("keywords_attributes[][keyword]", "budget")]
    form += [("keywords_attributes[][whole_word]", "false"), ("keywords_attributes[][keyword]", "figures")]

    made = (await bob.call("POST", "/api/v2/filters", form=form)).document

    assert [(one["keyword"], one["whole_word"]) for one in made["keywords"]] == [("budget", False), ("figures", True)]


async def test_keywords_are_added_changed_and_removed_one_by_one(bob: App) -> None:
    made = await a_filter(bob, "budget")

    added = await bob.post(f"/api/v2/filters/{made['id']}/keywords", keyword="costs", whole_word="0")
    changed = await bob.put(f"/api/v2/filters/keywords/{added['id']}", keyword="Costs of it")

    assert (added["keyword"], added["whole_word"]) == ("costs", False)
    assert (changed["keyword"], changed["whole_word"]) == ("Costs of it", False)
    assert await bob.get(f"/api/v2/filters/keywords/{added['id']}") == changed
    assert await bob.get(f"/api/v2/filters/{made['id']}/keywords") == [*made["keywords"], changed]
    assert await bob.delete(f"/api/v2/filters/keywords/{added['id']}") == {}
    assert await bob.get(f"/api/v2/filters/{made['id']}/keywords") == made["keywords"]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"title": " "}, "Validation failed: Title can't be blank"),
        ({"context": []}, "Validation failed: Context None or invalid context supplied"),
        ({"context": ["kitchen"]}, "Validation failed: Context None or invalid context supplied"),
        ({"filter_action": "burn"}, "'burn' is not a valid filter_action"),
        ({"keywords_attributes": [{"keyword": " "}]}, "Validation failed: Keyword can't be blank"),
        (
            {"keywords_attributes": [{"keyword": "x" * 513}]},
            "Validation failed: Keyword is too long (maximum is 512 characters)",
        ),
    ],
)
async def test_a_filter_that_makes_no_sense_is_refused(bob: App, given: Document, reason: str) -> None:
    refused = await bob.call("POST", "/api/v2/filters", json={"title": "Words", "context": ["home"], **given})

    assert (refused.status, refused.error) == (422, reason)
    assert await bob.get("/api/v2/filters") == []


async def test_a_filter_has_at_most_two_hundred_keywords(bob: App) -> None:
    made = await a_filter(bob, *(f"word{number}" for number in range(200)))
    refused = await bob.call("POST", f"/api/v2/filters/{made['id']}/keywords", json={"keyword": "one more"})

    assert (len(made["keywords"]), refused.status) == (200, 422)


async def test_filters_of_others_are_not_there(alice: App, bob: App, sites: Document) -> None:
    """T128."""
    made = await a_filter(bob, "budget")
    (word,) = made["keywords"]
    paths = [f"/api/v2/filters/{made['id']}", f"/api/v2/filters/keywords/{word['id']}", f"/api/v1/filters/{word['id']}"]

    for path in paths:
        answers = [await alice.call(method, path, json={"title": "Mine"}) for method in ("GET", "PUT", "DELETE")]
        assert [answer.status for answer in answers] == [404, 404, 404]


# --- v1 ---


async def test_old_apps_see_one_filter_for_each_keyword(bob: App) -> None:
    both = await a_filter(bob, "budget", "figures", filter_action="hide")

    listed = await bob.get("/api/v1/filters")

    assert [(one["phrase"], one["irreversible"]) for one in listed] == [("budget", True), ("figures", True)]
    assert [one["id"] for one in listed] == [one["id"] for one in both["keywords"]]


async def test_old_apps_make_change_and_remove_a_filter(bob: App) -> None:
    made = await bob.post("/api/v1/filters", phrase="budget", context=["home"], expires_in="60")

    changed = await bob.put(f"/api/v1/filters/{made['id']}", phrase="costs", context=["public"], irreversible=True)

    assert (made["whole_word"], made["irreversible"], made["expires_at"]) == (False, False, "2026-01-31T12:01:00.000Z")
    assert (changed["phrase"], changed["context"], changed["irreversible"]) == ("costs", ["public"], True)
    assert await bob.get(f"/api/v1/filters/{made['id']}") == changed
    assert await bob.delete(f"/api/v1/filters/{made['id']}") == {}
    assert await bob.get("/api/v2/filters") == []


async def test_old_apps_do_not_change_what_concerns_other_keywords(bob: App) -> None:
    both = await a_filter(bob, "budget", "figures")
    first = both["keywords"][0]["id"]

    refused = await bob.call("PUT", f"/api/v1/filters/{first}", json={"irreversible": True})
    renamed = await bob.put(f"/api/v1/filters/{first}", phrase="costs", context=["home"])
    await bob.delete(f"/api/v1/filters/{first}")

    assert (refused.status, renamed["phrase"]) == (422, "costs")
    assert [one["phrase"] for one in await bob.get("/api/v1/filters")] == ["figures"]
