"""Mutes, blocked domains, muted threads, notes, endorsements, familiar followers: whom one does not care to meet."""

import pytest

from tests.support.firm import App, Document, Firm
from tests.support.strangers import known_stranger, letter_from, sent


@pytest.fixture
async def carol(firm: Firm, sites: Document) -> App:
    """Member of the community, whom bob would rather not hear."""
    carol = await firm.person("carol")
    await carol.follow(sites)
    return carol


def texts(statuses: list[Document]) -> list[str]:
    """What they say, without markup."""
    return [one["content"].replace("<p>", "").replace("</p>", "").replace("<strong>", "") for one in statuses]


async def shown_to(app: App, sites: Document) -> dict[str, int]:
    """How many posts each timeline shows."""
    (kept,) = await app.get("/api/v1/lists")
    paths = {
        "home": "/api/v1/timelines/home",
        "firm": "/api/v1/timelines/public",
        "tag": "/api/v1/timelines/tag/rota",
        "list": f"/api/v1/timelines/list/{kept['id']}",
        "community": f"/api/v1/accounts/{sites['id']}/statuses",
    }
    return {name: len(await app.get(path)) for name, path in paths.items()}


# --- mutes ---


async def test_a_muted_person_is_gone_from_every_timeline_until_unmuted(bob: App, carol: App, sites: Document) -> None:
    said = await carol.say("@sites Night shifts? #rota")
    before = await shown_to(bob, sites)

    relation = await bob.post(f"/api/v1/accounts/{carol.id}/mute")
    muted = await shown_to(bob, sites)
    after = await bob.post(f"/api/v1/accounts/{carol.id}/unmute")

    assert before == dict.fromkeys(before, 1)
    assert muted == dict.fromkeys(before, 0)
    assert (relation["muting"], relation["muting_notifications"], relation["muting_expires_at"]) == (True, True, None)
    assert (after["muting"], after["muting_notifications"]) == (False, False)
    assert await shown_to(bob, sites) == before
    assert (await bob.get(f"/api/v1/statuses/{said['id']}"))["id"] == said["id"]


async def test_what_a_muted_person_wrote_is_still_at_its_address_and_on_their_profile(
    bob: App, carol: App, sites: Document
) -> None:
    """A mute is a taste and takes nothing from the right to read."""
    said = await carol.say("@sites Night shifts?")
    await bob.post(f"/api/v1/statuses/{said['id']}/bookmark")
    await bob.post(f"/api/v1/accounts/{carol.id}/mute")

    assert (await bob.get(f"/api/v1/statuses/{said['id']}"))["id"] == said["id"]
    assert [one["id"] for one in await bob.get(f"/api/v1/accounts/{carol.id}/statuses")] == [said["id"]]
    assert [one["id"] for one in await bob.get("/api/v1/bookmarks")] == [said["id"]]


async def test_a_mute_runs_out_by_the_clock(firm: Firm, bob: App, carol: App, sites: Document) -> None:
    await carol.say("@sites Night shifts? #rota")
    relation = await bob.post(f"/api/v1/accounts/{carol.id}/mute", duration="60")

    firm.clock.advance(seconds=59)
    (still,) = await bob.get("/api/v1/mutes")
    hidden = await shown_to(bob, sites)
    firm.clock.advance(seconds=1)

    assert still["mute_expires_at"] == relation["muting_expires_at"] == "2026-01-31T12:01:00.000Z"
    assert hidden == dict.fromkeys(hidden, 0)
    assert await bob.get("/api/v1/mutes") == []
    assert await shown_to(bob, sites) == dict.fromkeys(hidden, 1)
    (after,) = await bob.get("/api/v1/accounts/relationships", id=carol.id)
    assert after["muting"] is False


async def test_a_community_may_be_muted_and_is_still_read_in_its_list(bob: App, carol: App, sites: Document) -> None:
    await carol.say("@sites Night shifts? #rota")

    await bob.post(f"/api/v1/accounts/{sites['id']}/mute")

    shown = await shown_to(bob, sites)
    assert (shown["home"], shown["firm"], shown["list"], shown["community"]) == (0, 0, 1, 1)


async def test_a_thread_is_read_without_a_muted_person_and_with_those_who_answered_them(
    alice: App, bob: App, carol: App, sites: Document
) -> None:
    opening = await alice.say("@sites Night shifts?")
    between = await carol.answer(opening, "Never")
    below = await alice.answer(between, "Sometimes")

    await bob.post(f"/api/v1/accounts/{carol.id}/mute")

    down = await bob.get(f"/api/v1/statuses/{opening['id']}/context")
    up = await bob.get(f"/api/v1/statuses/{below['id']}/context")
    assert [one["id"] for one in down["descendants"]] == [below["id"]]
    assert [one["id"] for one in up["ancestors"]] == [opening["id"]]


async def test_a_muted_person_is_not_heard_in_notifications_unless_asked_for(
    bob: App, carol: App, sites: Document
) -> None:
    await carol.say("@sites @bob Night shifts?")
    (told,) = await bob.get("/api/v1/notifications")

    await bob.post(f"/api/v1/accounts/{carol.id}/mute")
    hidden = await bob.get("/api/v1/notifications")
    alone = await bob.call("GET", f"/api/v1/notifications/{told['id']}")
    count = await bob.get("/api/v1/notifications/unread_count")
    await bob.post(f"/api/v1/accounts/{carol.id}/mute", notifications=False)

    assert (hidden, alone.status, count) == ([], 404, {"count": 0})
    assert [one["id"] for one in await bob.get("/api/v1/notifications")] == [told["id"]]


@pytest.mark.parametrize("act", ["mute", "unmute", "endorse", "unendorse"])
async def test_nobody_does_it_to_themselves(bob: App, act: str) -> None:
    refused = await bob.call("POST", f"/api/v1/accounts/{bob.id}/{act}")

    assert (refused.status, refused.error) == (403, "This action is not allowed")


async def test_mutes_are_paged_by_the_mute(firm: Firm, bob: App) -> None:
    people = [await firm.person(name) for name in ("dan", "eve", "fay")]
    for person in people:
        await bob.post(f"/api/v1/accounts/{person.id}/mute")

    pages = await bob.walk("/api/v1/mutes?limit=2")
    back = await bob.walk_back(pages[-1])

    assert [[one["username"] for one in page.document] for page in pages] == [["fay", "eve"], ["dan"]]
    assert [one["username"] for one in back[1].document] == ["fay", "eve"]


# --- threads ---


async def test_a_muted_thread_sends_no_notifications_and_says_so(
    alice: App, bob: App, carol: App, sites: Document
) -> None:
    opening = await bob.say("@sites Night shifts?")
    other = await bob.say("@sites Day shifts?")

    muted = await bob.post(f"/api/v1/statuses/{opening['id']}/mute")
    answer = await carol.answer(opening, "Never")
    await carol.answer(other, "Always")

    assert muted["muted"] is True
    assert (await bob.get(f"/api/v1/statuses/{answer['id']}"))["muted"] is True
    assert [texts([one["status"]]) for one in await bob.get("/api/v1/notifications")] == [["Always"]]
    unmuted = await bob.post(f"/api/v1/statuses/{answer['id']}/unmute")
    assert unmuted["muted"] is False
    assert len(await bob.get("/api/v1/notifications")) == 2


async def test_a_muted_thread_is_muted_for_nobody_else(alice: App, bob: App, carol: App, sites: Document) -> None:
    opening = await bob.say("@sites Night shifts?")

    await carol.post(f"/api/v1/statuses/{opening['id']}/mute")

    assert (await bob.get(f"/api/v1/statuses/{opening['id']}"))["muted"] is False


# --- domains ---


async def test_a_blocked_domain_is_not_heard_of(firm: Firm, bob: App, sites: Document) -> None:
    stranger = await known_stranger(firm, "zoe")
    await letter_from(firm, stranger, sites, "<p>From afar</p>", mentions=bob)
    (told,) = await bob.get("/api/v1/notifications")
    before = await shown_to(bob, sites)

    assert await bob.post("/api/v1/domain_blocks", domain="Partner.test") == {}

    hidden = await shown_to(bob, sites)
    (relation,) = await bob.get("/api/v1/accounts/relationships", id=str(stranger))
    assert (told["account"]["acct"], before["home"]) == ("zoe@partner.test", 1)
    assert (hidden["home"], hidden["firm"], hidden["list"], hidden["community"]) == (0, 0, 0, 0)
    assert await bob.get("/api/v1/notifications") == []
    assert relation["domain_blocking"] is True
    assert await bob.get("/api/v1/domain_blocks") == ["partner.test"]
    assert (await bob.call("DELETE", "/api/v1/domain_blocks", json={"domain": "partner.test"})).document == {}
    assert await shown_to(bob, sites) == before


@pytest.mark.parametrize(
    ("domain", "status", "reason"),
    [
        ("", 400, "param is missing or the value is empty: domain"),
        ("no host", 422, "Validation failed: Domain is not a valid domain name"),
        ("home.test", 422, "Validation failed: Domain is this server's own"),
    ],
)
async def test_what_is_no_other_domain_is_refused(bob: App, domain: str, status: int, reason: str) -> None:
    refused = await bob.call("POST", "/api/v1/domain_blocks", form={"domain": domain})

    assert (refused.status, refused.error) == (status, reason)


async def test_blocked_domains_are_paged(bob: App) -> None:
    for name in ("a.test", "b.test", "c.test", "b.test"):
        await bob.post("/api/v1/domain_blocks", domain=name)

    pages = await bob.walk("/api/v1/domain_blocks?limit=2")

    assert [page.document for page in pages] == [["c.test", "b.test"], ["a.test"]]


# --- notes and endorsements ---


async def test_a_note_is_kept_for_its_author_alone_and_removed_when_empty(bob: App, carol: App, alice: App) -> None:
    kept = await bob.post(f"/api/v1/accounts/{carol.id}/note", comment="Runs plant 2")
    (seen,) = await alice.get("/api/v1/accounts/relationships", id=carol.id)
    removed = await bob.post(f"/api/v1/accounts/{carol.id}/note", comment="")

    assert (kept["note"], seen["note"], removed["note"]) == ("Runs plant 2", "", "")


async def test_a_note_may_have_two_thousand_characters(bob: App, carol: App) -> None:
    full = await bob.post(f"/api/v1/accounts/{carol.id}/note", comment="x" * 2000)
    refused = await bob.call("POST", f"/api/v1/accounts/{carol.id}/note", json={"comment": "x" * 2001})

    assert len(full["note"]) == 2000
    assert (refused.status, refused.error) == (
        422,
        "Validation failed: Comment is too long (maximum is 2000 characters)",
    )


async def test_only_who_is_followed_can_be_recommended(bob: App, carol: App, alice: App) -> None:
    refused = await bob.call("POST", f"/api/v1/accounts/{carol.id}/endorse")
    await bob.follow(carol)
    shown = await bob.post(f"/api/v1/accounts/{carol.id}/pin")

    assert (refused.status, shown["endorsed"]) == (422, True)
    assert [one["username"] for one in await bob.get("/api/v1/endorsements")] == ["carol"]
    assert [one["username"] for one in await alice.get(f"/api/v1/accounts/{bob.id}/endorsements")] == ["carol"]
    gone = await bob.post(f"/api/v1/accounts/{carol.id}/unpin")
    assert (gone["endorsed"], await bob.get("/api/v1/endorsements")) == (False, [])


async def test_a_recommended_private_community_is_not_told_to_others(
    firm: Firm, alice: App, bob: App, carol: App
) -> None:
    """T148."""
    board = await firm.community("board", host=bob, visibility="private")
    await bob.post(f"/api/v1/accounts/{board['id']}/endorse")

    assert len(await bob.get("/api/v1/endorsements")) == 1
    assert await carol.get(f"/api/v1/accounts/{bob.id}/endorsements") == []


# --- familiar followers ---


async def test_familiar_followers_are_people_one_follows(alice: App, bob: App, carol: App, sites: Document) -> None:
    await bob.follow(carol)

    answer = await bob.call(
        "GET", "/api/v1/accounts/familiar_followers", json={"id": [sites["id"], alice.id, "999999999999999999"]}
    )

    assert [(one["id"], [who["username"] for who in one["accounts"]]) for one in answer.document] == [
        (sites["id"], ["carol"]),
        (alice.id, []),
    ]


async def test_familiar_followers_do_not_tell_who_is_in_a_closed_community(firm: Firm, bob: App, carol: App) -> None:
    """T148."""
    plans = await firm.community("plans", host=carol, visibility="on-request")
    await bob.follow(carol)

    (one,) = await bob.get("/api/v1/accounts/familiar_followers", id=plans["id"])

    assert one["accounts"] == []


# --- blocks ---


async def test_a_block_hides_two_people_from_each_other_until_it_is_taken_back(
    bob: App, carol: App, sites: Document
) -> None:
    await carol.say("@sites @bob Night shifts? #rota")
    before = await shown_to(bob, sites)
    relation = await bob.post(f"/api/v1/accounts/{carol.id}/block")
    await bob.say("@sites @carol Day shifts? #rota")

    theirs = await carol.get("/api/v1/accounts/relationships", id=bob.id)
    assert (relation["blocking"], relation["blocked_by"]) == (True, False)
    assert (theirs[0]["blocking"], theirs[0]["blocked_by"]) == (False, True)
    assert await shown_to(bob, sites) == before
    assert await shown_to(carol, sites) == before
    assert (await bob.get("/api/v1/notifications"), await carol.get("/api/v1/notifications")) == ([], [])
    assert [one["username"] for one in await bob.get("/api/v1/blocks")] == ["carol"]
    after = await bob.post(f"/api/v1/accounts/{carol.id}/unblock")
    assert (after["blocking"], await bob.get("/api/v1/blocks")) == (False, [])
    assert (await shown_to(bob, sites))["home"] == 2


async def test_a_block_ends_follows_both_ways_and_bars_new_ones(bob: App, carol: App) -> None:
    await bob.follow(carol)
    await carol.follow(bob)
    await bob.post(f"/api/v1/accounts/{carol.id}/endorse")

    relation = await bob.post(f"/api/v1/accounts/{carol.id}/block")
    refused = [await one.call("POST", f"/api/v1/accounts/{two.id}/follow") for one, two in ((bob, carol), (carol, bob))]

    assert (relation["following"], relation["followed_by"], relation["endorsed"]) == (False, False, False)
    assert [(answer.status, answer.error) for answer in refused] == [(403, "This action is not allowed")] * 2


async def test_communities_are_left_and_not_blocked(bob: App, sites: Document) -> None:
    refused = await bob.call("POST", f"/api/v1/accounts/{sites['id']}/block")

    assert (refused.status, refused.error) == (422, "A community cannot be blocked: leave it, or mute it")


async def test_a_block_and_its_end_are_told_to_the_other_server(firm: Firm, bob: App, sites: Document) -> None:
    """Never passed on to anybody else (spec/group-federation.md 10.3)."""
    stranger = await known_stranger(firm, "zoe")

    for act in ("block", "block", "unblock", "unblock"):
        await bob.post(f"/api/v1/accounts/{stranger}/{act}")

    block, undo = await sent(firm, int(bob.id), "Block", "Undo")
    assert (block["actor"], block["object"], block["to"]) == (
        "http://home.test/users/bob",
        "http://partner.test/users/zoe",
        ["http://partner.test/users/zoe"],
    )
    assert "target" not in block
    assert undo["object"] == {name: block[name] for name in ("id", "type", "actor", "object")}


async def test_blocks_are_paged(firm: Firm, bob: App) -> None:
    for name in ("dan", "eve", "fay"):
        await bob.post(f"/api/v1/accounts/{(await firm.person(name)).id}/block")

    pages = await bob.walk("/api/v1/blocks?limit=2")

    assert [[one["username"] for one in page.document] for page in pages] == [["fay", "eve"], ["dan"]]


async def test_who_is_blocked_meets_the_blocker_in_no_list_and_no_notification(
    firm: Firm, bob: App, carol: App, sites: Document
) -> None:
    """T168: threads, search by words and by name, marks, notifications; both ways, and again once it is over."""
    mine = await bob.say("@sites Blocked rota by bob")
    theirs = await carol.answer(mine, "Blocked rota by carol")
    deeper = await bob.answer(theirs, "Blocked rota answered")
    both = ((bob, "by carol", carol), (carol, "by bob", bob))

    async def met(reader: App, words: str, other: App) -> list[str]:
        found = await reader.get("/api/v2/search", q="blocked rota")
        context = await reader.get(f"/api/v1/statuses/{mine['id']}/context")
        told = await reader.get("/api/v1/notifications")
        shown = {
            "search": [one["content"] for one in found["statuses"]],
            "thread": [one["content"] for one in context["descendants"]],
            "told": [one["account"]["username"] for one in told],
        }
        return sorted(
            name for name, texts in shown.items() if any(words in text or text == other.name for text in texts)
        )

    before = [await met(*one) for one in both]
    await bob.post(f"/api/v1/accounts/{carol.id}/block")
    await carol.post(f"/api/v1/statuses/{mine['id']}/favourite")
    await carol.answer(deeper, "Blocked rota by carol, once more")
    during = [await met(*one) for one in both]
    await bob.post(f"/api/v1/accounts/{carol.id}/unblock")
    after = [await met(*one) for one in both]

    assert before[0] == ["search", "thread", "told"]
    assert during == [[], []]
    assert "search" in after[0]
