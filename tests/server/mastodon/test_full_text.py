"""Posts by their words, on both databases alike: what the viewer may read and nothing else, however it is asked."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from models.posts import Post
from server import housekeeping
from tests.support.firm import App, Document, Firm
from tests.support.statements import counted

SEARCH = "/api/v2/search"
AT_MOST = 8
"""Statements of a whole request."""


async def found(app: App, text: str, **further: str) -> list[str]:
    """The ids of the posts that are found."""
    answer = await app.get(SEARCH, q=text, type="statuses", **further)
    assert (answer["accounts"], answer["hashtags"]) == ([], [])
    return [one["id"] for one in answer["statuses"]]


async def test_words_are_found_whatever_their_case_accents_and_plural(alice: App, bob: App, sites: Document) -> None:
    status = await bob.say("@sites Équipes de nuit ?\n\nL'absentéisme monte <b>beaucoup</b>, surtout aux chantiers.")

    for text in ("equipe", "ÉQUIPES", "nuit absenteisme", "l'absentéisme", "chantier", '"equipes de nuit"', "beaucoup"):
        assert await found(alice, text) == [status["id"]], text
    for text in ("equipement", '"nuit de equipe"', "nuit -absentéisme", "strong", "class", "p"):
        assert await found(alice, text) == [], text


async def test_the_newest_come_first_and_pages_do_not_overlap(alice: App, sites: Document) -> None:
    said = [(await alice.say(f"@sites Rota number {number}"))["id"] for number in range(7)]

    pages = [await found(alice, "rota", limit="3", offset=str(offset)) for offset in (0, 3, 6, 9)]

    assert pages == [said[:-4:-1], said[-4:-7:-1], said[:1], []]
    assert await found(alice, "rota", max_id=said[2]) == said[1::-1]
    assert await found(alice, "rota", min_id=said[2], limit="2") == [said[4], said[3]]


async def test_the_answers_of_a_poll_are_found_as_it_stands(alice: App, bob: App, sites: Document) -> None:
    poll = {"options": ["Magnolia", "Chestnut"], "expires_in": 600}
    asked = await bob.say("@sites Which tree?", poll=poll)
    assert await found(alice, "magnolia") == [asked["id"]]

    await bob.put(f"/api/v1/statuses/{asked['id']}", status="@sites Which tree now?", poll=poll)
    assert await found(alice, "magnolia now") == [asked["id"]]
    await bob.put(f"/api/v1/statuses/{asked['id']}", status="@sites Which tree now?",
                  poll={**poll, "options": ["Linden", "Chestnut"]})  # fmt: skip
    assert (await found(alice, "magnolia"), await found(alice, "linden")) == ([], [asked["id"]])
    await bob.put(f"/api/v1/statuses/{asked['id']}", status="@sites Which tree now?")
    assert (await found(alice, "linden"), await found(alice, "tree")) == ([], [asked["id"]])


async def test_nobody_finds_what_they_may_not_read(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    """T149. Through whichever kind, operator or window."""
    board = await firm.community("board", host=alice, visibility="private")
    plans = await firm.community("plans", host=alice, visibility="on-request")
    secrets = [await alice.say("@board Xylophone #xylotag"), await alice.say("@plans Xylophone #xylotag")]
    secrets.append(await alice.say("Xylophone for my followers"))
    secrets.append(await alice.say("Xylophone for @alice herself", visibility="direct"))

    for text in ("xylophone", "from:@alice xylophone", "xylo", "#xylotag", "from:alice", "in:library xylophone"):
        answer = await bob.get(SEARCH, q=text)
        assert (answer["statuses"], answer["hashtags"]) == ([], []), text
    assert await found(bob, "xylophone", account_id=alice.id, min_id="0") == []
    assert await bob.get("/api/v1/trends/tags") == []
    assert await found(alice, "xylophone") == [one["id"] for one in reversed(secrets)]
    assert {board["id"], plans["id"]}


async def test_members_find_what_was_said_since_they_joined(firm: Firm, alice: App, bob: App) -> None:
    plans = await firm.community("plans", host=alice, visibility="on-request")
    await alice.say("@plans Budget of last year")
    firm.clock.advance(minutes=1)
    await bob.follow(plans)
    await alice.post(f"/api/v1/follow_requests/{bob.id}/authorize")
    firm.clock.advance(minutes=1)
    later = await alice.say("@plans Budget of this year")

    assert await found(bob, "budget") == [later["id"]]
    await bob.post(f"/api/v1/accounts/{plans['id']}/unfollow")
    assert await found(bob, "budget") == []


async def test_edits_and_deletions_are_searched_at_once(alice: App, bob: App, sites: Document) -> None:
    status = await alice.say("@sites About forklifts")
    await alice.put(f"/api/v1/statuses/{status['id']}", status="@sites About pallets")

    assert (await found(bob, "forklift"), await found(bob, "pallet")) == ([], [status["id"]])
    await alice.delete(f"/api/v1/statuses/{status['id']}")
    assert await found(bob, "pallet") == []


async def test_operators_narrow(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    asked = await bob.say("@sites Who does nights?", language="en")
    answer = await alice.answer(asked, "We do nights #rota")
    poll = await alice.say("@sites Nights?", poll={"options": ["Yes", "No"], "expires_in": 600})
    firm.clock.advance(days=2)
    later = await alice.say("@sites Nights again")
    day = firm.clock.now().date()
    expected = {
        "from:me": [later, poll, answer],
        "from:@bob": [asked],
        "from:@bob@home.test night": [asked],
        "-from:bob night": [later, poll, answer],
        "night is:reply": [answer],
        "night -is:reply": [later, poll, asked],
        "night has:poll": [poll],
        "night language:en": [asked],
        f"night before:{day}": [poll, answer, asked],
        f"night after:{day - timedelta(days=1)}": [later],
        f"night during:{day}": [later],
        "night in:library": [later, poll, answer],
        "night in:all": [later, poll, answer, asked],
        "from:@bob from:me": [],
        "from:@stranger night": [],
    }

    assert {text: await found(alice, text) for text in expected} == {
        text: [one["id"] for one in statuses] for text, statuses in expected.items()
    }
    assert await found(alice, "night", account_id=bob.id) == [asked["id"]]


STRANGE = [
    '"',
    '""',
    '"a',
    "NEAR(a b)",
    "a AND",
    "OR",
    "NOT",
    "words:x",
    "post_search",
    "{words}: a",
    "* a",
    "a*",
    "a & | ! ( )",
    "a:*",
    "'; DROP TABLE posts --",
    "<->",
    "\\",
    "%' OR '1'='1",
    "has:",
    "from:",
    "before:yesterday",
    "before:0001-01-01",
    "after:9999-12-31",
    "-x",
    "a\u0301\u200d",
    "漢字 पढ़ 😀",
    "zqa1 zqc2",
    "x " * 400,
    "9" * 400,
    "1e999 -1 0x10 3eme 12:30 a@b.c /etc/passwd",
]


@pytest.mark.parametrize("text", STRANGE)
async def test_no_question_is_an_error(alice: App, text: str) -> None:
    """T103: nothing that is typed reaches the database as anything but words."""
    answer = await alice.call("GET", SEARCH, query={"q": text, "limit": "1000000000", "offset": "5"})

    assert (answer.status, answer.document["statuses"]) == (200, [])


async def test_limits_are_clamped_and_deep_offsets_are_empty(alice: App, sites: Document) -> None:
    """T103."""
    for number in range(42):
        await alice.say(f"@sites Rota {number}")

    assert len(await found(alice, "rota", limit="40")) == 40
    assert len(await found(alice, "rota", limit="41")) == 40
    assert len(await found(alice, "rota", limit="1000000000")) == 40
    assert len(await found(alice, "rota", limit="0")) == 1
    assert await found(alice, "rota", offset="1000000000") == []
    assert await found(alice, "%") == await found(alice, "_") == []
    wild = await alice.get(SEARCH, q="%", type="accounts")
    assert wild["accounts"] == []


async def test_nobody_can_write_a_mark(alice: App, bob: App, sites: Document) -> None:
    """Marks say who wrote what; a text that looks like one is a word like any other."""
    await bob.say(f"@sites zqa{alice.id} zqhpoll zqzqa{alice.id}")

    assert await found(bob, "from:@alice") == []
    assert await found(bob, "has:poll") == []


async def test_people_that_one_muted_or_blocked_are_not_found(alice: App, bob: App, sites: Document) -> None:
    status = await bob.say("@sites About turbines")
    assert await found(alice, "turbine") == [status["id"]]

    await alice.post(f"/api/v1/accounts/{bob.id}/block")

    assert await found(alice, "turbine") == []


async def test_a_full_answer_of_all_kinds_costs_a_fixed_number_of_statements(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    poll = {"options": ["Yes", "No"], "expires_in": 600}
    for number in range(25):
        await bob.say(f"@sites Night {number} @alice #night{number}", **({"poll": poll} if number % 2 else {}))
    await firm.person("nightingale")
    await alice.post("/api/v2/filters", title="x", context=["home"], keywords_attributes=[{"keyword": "never"}])
    firm.clock.advance(hours=1)

    with counted(firm.runtime.db) as cost:
        answer = await alice.get(SEARCH, q="night", limit="20")

    assert [len(answer[kind]) for kind in ("accounts", "statuses", "hashtags")] == [1, 20, 20]
    assert len(cost.statements) <= AT_MOST, cost.statements


async def test_hashtags_come_with_their_use_and_whether_they_are_followed(
    alice: App, bob: App, sites: Document
) -> None:
    await alice.say("@sites One #rota")
    await bob.say("@sites Two #rota #rotas")
    await alice.post("/api/v1/tags/rota/follow")

    answer = await alice.get(SEARCH, q="#rot", type="hashtags")

    assert [(one["name"], one["following"]) for one in answer["hashtags"]] == [("rota", True), ("rotas", False)]
    assert (answer["hashtags"][0]["history"][0]["uses"], answer["hashtags"][0]["history"][0]["accounts"]) == ("2", "2")


async def test_trends_are_what_several_people_talk_about(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    await alice.say("@sites Old #past")
    await bob.say("@sites Old #past")
    firm.clock.advance(days=8)
    quiet = await alice.say("@sites Mine #rota #alone")
    lively = await alice.say("@sites Ours #rota")
    await bob.say("@sites Theirs #rota")
    await bob.answer(lively, "Yes")
    await bob.post(f"/api/v1/statuses/{lively['id']}/favourite")
    await bob.post(f"/api/v1/statuses/{quiet['id']}/favourite")

    tags = await bob.get("/api/v1/trends/tags")
    statuses = await bob.get("/api/v1/trends/statuses")

    assert [one["name"] for one in tags] == ["rota"]
    assert [one["id"] for one in statuses] == [lively["id"]]
    assert await bob.get("/api/v1/trends") == tags
    assert await bob.get("/api/v1/trends/links") == []


async def test_posts_of_before_there_was_search_get_their_words(firm: Firm, alice: App, sites: Document) -> None:
    said = [(await alice.say(f"@sites Ancient {number}"))["id"] for number in range(3)]
    async with firm.runtime.db.write() as tx:
        await tx.execute(update(Post).where(Post.shared_post_id.is_(None)).values(words=None))
    assert await found(alice, "ancient") == []

    await housekeeping.make_words(firm.runtime)

    assert await found(alice, "ancient") == said[::-1]
