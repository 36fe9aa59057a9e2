"""Moving threads between communities, and making threads of answers: who reads before and after (product J8)."""

from dataclasses import dataclass

import pytest

from tests.support.firm import Answer, App, Document, Firm

ROOT = "/api/entrepairs/v1"


@dataclass
class Two:
    """alice hosts `sites`, open, and `nights`, on request; bob and carol are members of both, dan of the first."""

    firm: Firm
    alice: App
    bob: App
    carol: App
    dan: App
    sites: Document
    nights: Document

    async def join(self, person: App, community: Document) -> None:
        await person.follow(community)
        await self.alice.call("POST", f"{ROOT}/communities/{community['id']}/requests/{person.id}/accept")

    async def move(self, thread: Document, to: Document, *, by: App | None = None, reason: str = "Nights") -> Answer:
        wish = {"community_id": to["id"], "reason": reason}
        return await (by or self.alice).call("POST", f"{ROOT}/threads/{thread['id']}/move", json=wish)

    async def split(self, thread: Document, answer: Document, *, by: App | None = None) -> Answer:
        wish = {"status_id": answer["id"], "reason": "Another subject"}
        return await (by or self.alice).call("POST", f"{ROOT}/threads/{thread['id']}/split", json=wish)

    async def threads(self, reader: App, community: Document) -> list[str]:
        found = await reader.get(f"{ROOT}/communities/{community['id']}/threads")
        return [one["id"] for one in found]

    async def log(self, community: Document) -> list[tuple[str, str]]:
        entries = await self.alice.get(f"{ROOT}/communities/{community['id']}/log")
        return [(one["act"], one["reason"]) for one in entries]


async def may_read(reader: App, status: Document) -> bool:
    return (await reader.call("GET", f"/api/v1/statuses/{status['id']}")).status == 200


@pytest.fixture
async def two(firm: Firm) -> Two:
    alice, bob, carol, dan = [await firm.person(name) for name in ("alice", "bob", "carol", "dan")]
    sites = await firm.community("sites", host=alice)
    nights = await firm.community("nights", host=alice, visibility="on-request")
    made = Two(firm, alice, bob, carol, dan, sites, nights)
    for person in (bob, carol, dan):
        await person.follow(sites)
    for person in (bob, carol):
        await made.join(person, nights)
    return made


async def test_a_thread_goes_with_its_answers_to_a_community_that_fewer_read(two: Two) -> None:
    thread = await two.bob.say("@sites How do you run night shifts?")
    answer = await two.carol.answer(thread, "In pairs")

    moved = await two.move(thread, two.nights, reason="It is about nights")

    assert (moved.status, moved.document["id"]) == (200, thread["id"])
    assert await two.threads(two.carol, two.nights) == [thread["id"]]
    assert await two.threads(two.carol, two.sites) == []
    assert [await may_read(one, thread) for one in (two.bob, two.carol, two.dan)] == [True, True, False]
    assert [await may_read(one, answer) for one in (two.bob, two.carol, two.dan)] == [True, True, False]
    context = await two.carol.get(f"/api/v1/statuses/{thread['id']}/context")
    assert [one["id"] for one in context["descendants"]] == [answer["id"]]
    assert await two.log(two.sites) == [("moved-out", "It is about nights")]
    assert await two.log(two.nights) == [("moved-in", "It is about nights")]


async def test_whoever_is_a_member_when_it_comes_reads_it_and_who_joins_later_does_not(two: Two) -> None:
    """dan joins the new community after the thread was written, erin after it came."""
    thread = await two.bob.say("@sites How do you run night shifts?")
    two.firm.clock.advance(minutes=1)
    await two.join(two.dan, two.nights)
    two.firm.clock.advance(minutes=1)
    erin = await two.firm.person("erin")

    await two.move(thread, two.nights)
    two.firm.clock.advance(minutes=1)
    await two.join(erin, two.nights)

    assert [await may_read(one, thread) for one in (two.dan, erin)] == [True, False]


async def test_it_stands_in_timelines_and_lists_from_the_moment_it_comes(two: Two) -> None:
    thread = await two.bob.say("@sites How do you run night shifts?")
    newer = await two.bob.say("@nights Who is on call?")

    await two.move(thread, two.nights)

    home = await two.carol.get("/api/v1/timelines/home")
    assert [one["reblog"]["id"] for one in home] == [thread["id"], newer["id"]]
    assert {one["account"]["username"] for one in home} == {"nights"}
    assert [one["reblog"]["id"] for one in await two.dan.get("/api/v1/timelines/home")] == []
    found = await two.carol.get("/api/v2/search", q="night shifts", type="statuses")
    hidden = await two.dan.get("/api/v2/search", q="night shifts", type="statuses")
    assert ([one["id"] for one in found["statuses"]], hidden["statuses"]) == ([thread["id"]], [])


async def test_marks_and_notifications_stay_for_those_who_still_read(two: Two) -> None:
    thread = await two.bob.say("@sites How do you run night shifts?")
    for reader in (two.carol, two.dan):
        await reader.post(f"/api/v1/statuses/{thread['id']}/bookmark")
        await reader.post(f"/api/v1/statuses/{thread['id']}/favourite")

    await two.move(thread, two.nights)

    kept = [[one["id"] for one in await reader.get("/api/v1/bookmarks")] for reader in (two.carol, two.dan)]
    assert kept == [[thread["id"]], []]
    assert (await two.carol.get(f"/api/v1/statuses/{thread['id']}"))["favourites_count"] == 2
    assert {one["type"] for one in await two.bob.get("/api/v1/notifications")} >= {"favourite", "mention"}


async def test_its_author_is_told_why_and_where(two: Two) -> None:
    thread = await two.bob.say("@sites How do you run night shifts?")

    await two.move(thread, two.nights, reason="Nights have their own place")

    (told, *_) = await two.bob.get("/api/v1/notifications", **{"types[]": "mention"})
    assert "nights@home.test" in told["status"]["content"]
    assert "Nights have their own place" in told["status"]["content"]


async def test_it_comes_back_where_everybody_may_read_it_again(two: Two) -> None:
    """Back into what is more open it does not: what was said there since was said among few."""
    thread = await two.bob.say("@sites How do you run night shifts?")
    quiet = await two.firm.community("quiet", host=two.alice, visibility="on-request")
    for person in (two.bob, two.carol):
        await two.join(person, quiet)

    statuses = [(await two.move(thread, where)).status for where in (two.nights, quiet, two.nights, two.sites)]

    assert statuses == [200, 200, 200, 409]
    assert await two.threads(two.bob, two.nights) == [thread["id"]]


async def test_a_pin_stays_behind(two: Two) -> None:
    thread = await two.bob.say("@sites How do you run night shifts?")
    await two.alice.call("PATCH", f"{ROOT}/threads/{thread['id']}", json={"is_pinned": True})

    moved = await two.move(thread, two.nights)

    assert moved.document["is_pinned"] is False


async def test_a_higher_label_is_given_to_all_that_comes(two: Two) -> None:
    secret = await two.firm.community("secret", host=two.alice, visibility="on-request", label="restricted")
    await two.join(two.bob, secret)
    thread = await two.bob.say("@sites How do you run night shifts?")
    await two.bob.answer(thread, "In pairs")

    moved = await two.move(thread, secret)

    assert (moved.status, moved.document["label"]) == (200, "restricted")


# --- what is refused ---


@pytest.mark.parametrize("wish", [{"visibility": "open"}, {"scope": "all"}, {"label": "internal"}])
async def test_nothing_goes_where_more_is_open(two: Two, wish: dict[str, str]) -> None:
    """Product section 3: more people, more firms, a lower label. bob and alice read both."""
    closed = {"visibility": "on-request", "scope": "selected", "label": "restricted"}
    await two.firm.community("closed", host=two.alice, **closed)
    wider = await two.firm.community("wider", host=two.alice, **{**closed, **wish})
    same = await two.firm.community("same", host=two.alice, **closed)
    thread = await two.alice.say("@closed How do you run night shifts?")

    refused, moved = await two.move(thread, wider), await two.move(thread, same)

    assert (refused.status, moved.status) == (409, 200)
    assert "open to more people" in refused.error


async def test_nobody_reads_what_they_could_not_read(two: Two) -> None:
    """dan is no member where it was written; once he is, of that time on alone."""
    other = await two.firm.community("other", host=two.alice, visibility="on-request")
    await two.join(two.dan, other)
    thread = await two.alice.say("@nights How do you run night shifts?")
    two.firm.clock.advance(minutes=1)

    refused = await two.move(thread, other)
    await two.join(two.dan, two.nights)
    late = await two.move(thread, other)
    two.firm.clock.advance(minutes=1)
    moved = await two.move(await two.alice.say("@nights And at weekends?"), other)

    assert (refused.status, late.status, moved.status) == (409, 409, 200)
    assert "may read this thread now" in refused.error
    assert await may_read(two.dan, thread) is False


async def test_who_wrote_in_it_reads_on(two: Two) -> None:
    thread = await two.bob.say("@sites How do you run night shifts?")
    await two.dan.answer(thread, "In pairs")

    refused = await two.move(thread, two.nights)
    await two.join(two.dan, two.nights)
    moved = await two.move(thread, two.nights)

    assert (refused.status, moved.status) == (409, 200)
    assert "could not read on" in refused.error


async def test_what_is_judged_stays_until_it_is(two: Two) -> None:
    """Reported, or taken out by those who lead the community: not for others to find."""
    thread = await two.bob.say("@sites How do you run night shifts?")
    answer = await two.carol.answer(thread, "Ask Zoe, she is ill")
    await two.bob.post("/api/v1/reports", account_id=two.carol.id, status_ids=[answer["id"]])
    reported = await two.move(thread, two.nights)
    (report,) = await two.alice.get(f"{ROOT}/communities/{two.sites['id']}/reports")
    await two.alice.post(f"{ROOT}/communities/{two.sites['id']}/reports/{report['id']}/resolve")
    await two.alice.call("DELETE", f"/api/v1/statuses/{answer['id']}", json={"reason": "Names"})
    removed = await two.move(thread, two.nights)

    assert (reported.status, removed.status) == (409, 409)
    assert "was reported" in reported.error
    assert "was taken out" in removed.error


async def test_only_who_leads_both_moves_it(two: Two) -> None:
    """Product section 9: in their community, and what comes into one comes past those who answer for it."""
    thread = await two.bob.say("@sites How do you run night shifts?")
    other = await two.firm.community("other", host=two.bob, visibility="on-request")
    hidden = await two.firm.community("hidden", host=two.bob, visibility="private")
    await two.alice.follow(other)
    await two.bob.call("POST", f"{ROOT}/communities/{other['id']}/requests/{two.alice.id}/accept")

    statuses = [
        (await two.move(thread, two.nights, by=two.bob)).status,
        (await two.move(thread, other)).status,
        (await two.move(thread, hidden)).status,
        (await two.move(thread, {"id": "1"})).status,
        (await two.move(thread, two.sites)).status,
        (await two.move(thread, two.nights, reason=" ")).status,
    ]
    await two.bob.call("PATCH", f"{ROOT}/communities/{other['id']}/members/{two.alice.id}", json={"role": "moderator"})

    assert statuses == [403, 403, 404, 404, 409, 422]
    assert (await two.move(thread, other)).status == 200


async def test_an_answer_does_not_move_by_itself(two: Two) -> None:
    thread = await two.bob.say("@sites How do you run night shifts?")
    answer = await two.carol.answer(thread, "In pairs")

    assert (await two.move(answer, two.nights)).status == 404


# --- splitting ---


async def test_an_answer_becomes_a_thread_with_what_is_below_it(two: Two) -> None:
    thread = await two.bob.say("@sites How do you run night shifts?")
    answer = await two.carol.answer(thread, "In pairs. And who pays the taxi?")
    below = await two.dan.answer(answer, "We do")
    beside = await two.dan.answer(thread, "Alone")

    made = await two.split(thread, answer)

    assert (made.status, made.document["id"]) == (200, answer["id"])
    assert await two.threads(two.dan, two.sites) == [answer["id"], thread["id"]]
    old = await two.dan.get(f"/api/v1/statuses/{thread['id']}/context")
    new = await two.dan.get(f"/api/v1/statuses/{answer['id']}/context")
    assert [one["id"] for one in old["descendants"]] == [beside["id"]]
    assert ([one["id"] for one in new["descendants"]], new["ancestors"]) == ([below["id"]], [])
    assert (await two.dan.get(f"/api/v1/statuses/{answer['id']}"))["in_reply_to_id"] is None
    assert (await two.dan.get("/api/v1/timelines/home"))[0]["reblog"]["id"] == answer["id"]
    assert await two.log(two.sites) == [("split", "Another subject")]
    again = await two.split(thread, answer)
    assert again.status == 404


async def test_a_question_loses_an_answer_that_became_a_thread_and_keeps_one_that_moved_along(two: Two) -> None:
    thread = await two.bob.say("@sites How do you run night shifts?")
    answer = await two.carol.answer(thread, "In pairs")
    await two.bob.call("PUT", f"{ROOT}/threads/{thread['id']}/answer", json={"status_id": answer["id"]})

    moved = await two.move(thread, two.nights)
    await two.split(thread, answer)

    assert moved.document["accepted_answer_id"] == answer["id"]
    assert (await two.bob.get(f"{ROOT}/threads/{thread['id']}"))["accepted_answer_id"] is None


async def test_what_was_closed_stays_closed_and_can_be_opened(two: Two) -> None:
    thread = await two.bob.say("@sites How do you run night shifts?")
    answer = await two.carol.answer(thread, "In pairs")
    await two.alice.call("PATCH", f"{ROOT}/threads/{thread['id']}", json={"is_closed": True})

    made = await two.split(thread, answer)
    opened = await two.alice.call("PATCH", f"{ROOT}/threads/{answer['id']}", json={"is_closed": False})

    assert (made.document["is_closed"], opened.document["is_closed"]) == (True, False)


async def test_only_those_who_lead_the_community_split(two: Two) -> None:
    thread = await two.bob.say("@sites How do you run night shifts?")
    answer = await two.carol.answer(thread, "In pairs")
    other = await two.bob.say("@sites What else?")

    statuses = [
        (await two.split(thread, answer, by=two.carol)).status,
        (await two.split(other, answer)).status,
        (await two.split(thread, thread)).status,
        (await two.split(thread, {"id": "1"})).status,
    ]

    assert statuses == [403, 404, 404, 404]
