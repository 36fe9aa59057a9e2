"""Questions that nobody answered: on the desk after eight working hours, asked of members after 24 (product J5)."""

import asyncio
import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from models.accounts import Account
from models.queries import helping as reading
from models.queries.rest import Choice
from models.writes import erasing, rest
from server.actions import archive, helping
from tests.support.firm import App, Document, Firm

MONDAY = datetime(2026, 2, 2, 7, tzinfo=UTC)
"""Eight o'clock in Paris: working hours begin."""
OVERDUE = datetime(2026, 2, 2, 15, tzinfo=UTC)
DUE = datetime(2026, 2, 4, 9, tzinfo=UTC)
"""Eleven hours of Monday, eleven of Tuesday, two of Wednesday."""
SHORTLY_BEFORE = datetime(2026, 2, 4, 8, 59, tzinfo=UTC)
API = "/api/entrepairs/v1"


def go_on_until(firm: Firm, moment: datetime) -> None:
    firm.clock.advance(seconds=(moment - firm.clock.now()).total_seconds())


async def told(app: App) -> list[str]:
    """The questions about which somebody was asked, the newest first."""
    found = await app.get("/api/v1/notifications", types="mention")
    return [number for one in found for number in re.findall(r"/t/([0-9]+)", one["status"]["content"])[:1]]


async def member(firm: Firm, name: str, community: Document, *topics: str) -> App:
    app = await firm.person(name)
    await app.follow(community)
    for topic in topics:
        await app.post("/api/v1/featured_tags", name=topic)
    return app


@pytest.fixture
async def dora(firm: Firm, sites: Document) -> App:
    """A member who declared a topic."""
    go_on_until(firm, MONDAY)
    return await member(firm, "dora", sites, "forklifts", "rota")


async def test_who_declared_the_topic_is_asked_after_24_working_hours_once(firm: Firm, bob: App, dora: App) -> None:
    asked = await bob.say("@sites How do you plan nights?\n\n#Rota")

    go_on_until(firm, SHORTLY_BEFORE)
    before = await helping.ask_members(firm.runtime)
    go_on_until(firm, DUE)
    made = await helping.ask_members(firm.runtime)
    again = await helping.ask_members(firm.runtime)

    assert (before, made, again) == (0, 1, 0)
    assert await told(dora) == [asked["id"]]
    (one,) = await dora.get("/api/v1/notifications", types="mention")
    assert "“rota”" in one["status"]["content"]
    assert "plan nights" not in one["status"]["content"]
    assert one["status"]["visibility"] == "direct"


async def test_a_word_of_the_title_is_a_topic_too(firm: Firm, bob: App, dora: App) -> None:
    asked = await bob.say("@sites Which forklifts, for narrow halls?")
    await bob.say("@sites Who has a spare desk?")
    go_on_until(firm, DUE)

    assert await helping.ask_members(firm.runtime) == 1
    assert await told(dora) == [asked["id"]]


async def test_where_nobody_declared_what_it_is_about_the_topics_of_the_community_count(
    firm: Firm, alice: App, bob: App, sites: Document, dora: App
) -> None:
    await alice.call("PATCH", f"{API}/communities/{sites['id']}", json={"topics": ["rota"]})
    asked = await bob.say("@sites Who has a spare desk?")
    go_on_until(firm, DUE)

    assert await helping.ask_members(firm.runtime) == 1
    assert await told(dora) == [asked["id"]]


async def test_what_is_answered_accepted_closed_or_no_question_is_left_alone(
    firm: Firm, alice: App, bob: App, dora: App
) -> None:
    await alice.answer(await bob.say("@sites Rota one?"), "By lot")
    closed, told_only = await bob.say("@sites Rota two?"), await bob.say("@sites Rota three")
    await alice.call("PATCH", f"{API}/threads/{closed['id']}", json={"is_closed": True})
    own = await bob.say("@sites Rota four?")
    await bob.answer(own, "Nobody?")
    go_on_until(firm, DUE)

    assert await helping.ask_members(firm.runtime) == 1
    assert await told(dora) == [own["id"]] != [told_only["id"]]


async def test_three_are_asked_those_first_who_were_asked_the_longest_ago(
    firm: Firm, bob: App, sites: Document, dora: App
) -> None:
    others = [await member(firm, name, sites, "rota") for name in ("eva", "fay", "gus")]
    await bob.post("/api/v1/featured_tags", name="rota")
    first = await bob.say("@sites Rota one?")
    go_on_until(firm, DUE)
    made = [await helping.ask_members(firm.runtime)]
    second = await bob.say("@sites Rota two?")
    firm.clock.advance(days=6)
    made += [await helping.ask_members(firm.runtime)]

    assert made == [3, 3]
    assert [await told(one) for one in (dora, *others)] == [
        [second["id"], first["id"]],
        [second["id"], first["id"]],
        [first["id"]],
        [second["id"]],
    ]
    assert await told(bob) == []


async def test_nobody_is_asked_about_more_than_three_questions_in_a_week(firm: Firm, bob: App, dora: App) -> None:
    questions = [(await bob.say(f"@sites Rota {number}?"))["id"] for number in range(4)]
    go_on_until(firm, DUE)

    assert await helping.ask_members(firm.runtime) == 3
    firm.clock.advance(days=6, hours=23)
    assert await helping.ask_members(firm.runtime) == 0
    firm.clock.advance(hours=1)
    assert await helping.ask_members(firm.runtime) == 1
    assert await told(dora) == questions[::-1]


async def test_quiet_hours_and_an_absence_are_respected_and_others_asked_meanwhile(
    firm: Firm, bob: App, sites: Document, dora: App
) -> None:
    away, early = [await member(firm, name, sites, "rota") for name in ("eva", "fay")]
    asked = await bob.say("@sites Rota one?")
    async with firm.runtime.db.write() as tx:
        await rest.choose(tx, int(away.id), Choice(away_until=datetime(2026, 2, 6, 7, tzinfo=UTC)))
        await rest.choose(tx, int(early.id), Choice("own", None, "09:30", "05:00", [0, 1, 2, 3, 4]))
    go_on_until(firm, DUE)

    assert await helping.ask_members(firm.runtime) == 1
    assert [await told(one) for one in (dora, away, early)] == [[asked["id"]], [], []]
    go_on_until(firm, datetime(2026, 2, 5, 7, tzinfo=UTC))
    assert await helping.ask_members(firm.runtime) == 1
    assert await told(early) == [asked["id"]]
    go_on_until(firm, datetime(2026, 2, 6, 7, 30, tzinfo=UTC))
    assert await helping.ask_members(firm.runtime) == 1
    assert await told(away) == [asked["id"]]


async def test_nobody_is_asked_who_muted_may_not_take_part_has_left_or_is_no_member(
    firm: Firm, alice: App, bob: App, sites: Document, dora: App
) -> None:
    names = ("mutes", "blocks", "thread", "place", "banned", "gone", "left")
    people = {name: await member(firm, name, sites, "rota") for name in names}
    stranger = await firm.person("stranger")
    await stranger.post("/api/v1/featured_tags", name="rota")
    asked = await bob.say("@sites Rota one?")
    await people["mutes"].post(f"/api/v1/accounts/{bob.id}/mute")
    await people["blocks"].post(f"/api/v1/accounts/{bob.id}/block")
    await people["thread"].post(f"/api/v1/statuses/{asked['id']}/mute")
    await people["place"].post(f"/api/v1/accounts/{sites['id']}/mute")
    await alice.post(f"{API}/communities/{sites['id']}/bans", account_id=people["banned"].id)
    await people["left"].post(f"/api/v1/accounts/{sites['id']}/unfollow")
    async with firm.runtime.db.write() as tx:
        suspended = update(Account).where(Account.actor_id == int(people["gone"].id))
        await tx.execute(suspended.values(suspended_at=firm.clock.now()))
    go_on_until(firm, DUE)

    assert await helping.ask_members(firm.runtime) == 1
    assert await told(dora) == [asked["id"]]


async def test_who_may_not_read_the_question_is_not_asked_and_a_private_community_is_not_named(
    firm: Firm, alice: App, bob: App, dora: App
) -> None:
    """T149: who joined afterwards does not read what was said before."""
    board = await firm.community("board", host=alice, visibility="private", label="confidential")
    eva = await firm.person("eva")
    await eva.post("/api/v1/featured_tags", name="rota")
    for app in (dora, eva):
        await alice.post(f"{API}/communities/{board['id']}/invitations", account_id=app.id)
    await dora.follow(board)
    asked = await alice.say("@board Rota one?")
    firm.clock.advance(minutes=1)
    await eva.follow(board)
    go_on_until(firm, DUE)
    firm.clock.advance(hours=1)

    assert await helping.ask_members(firm.runtime) == 1
    assert (await told(dora), await told(eva)) == ([asked["id"]], [])
    (one,) = await dora.get("/api/v1/notifications", types="mention")
    assert "board" not in one["status"]["content"].lower()


async def test_two_workers_at_once_ask_nobody_twice_and_no_more_than_three(
    firm: Firm, bob: App, sites: Document, dora: App
) -> None:
    others = [await member(firm, name, sites, "rota") for name in ("eva", "fay", "gus")]
    asked = await bob.say("@sites Rota one?")
    go_on_until(firm, DUE)

    made = await asyncio.gather(*(helping.ask_members(firm.runtime) for _ in range(3)))

    assert sum(made) == 3
    assert sorted([await told(one) for one in (dora, *others)]) == [[], *([[asked["id"]]] * 3)]


async def test_what_was_asked_three_weeks_ago_is_looked_at_no_more(firm: Firm, bob: App, dora: App) -> None:
    await bob.say("@sites Rota one?")
    firm.clock.advance(days=21, hours=1)

    assert await helping.ask_members(firm.runtime) == 0


async def test_the_desk_marks_what_waits_for_more_than_eight_working_hours(
    firm: Firm, alice: App, bob: App, dora: App
) -> None:
    await bob.say("@sites Rota one?")
    browser = await firm.browser(alice)
    go_on_until(firm, OVERDUE)
    marked = (await browser.get("/c/sites/desk")).text
    await bob.say("@sites Rota two?")
    both = (await browser.get("/c/sites/desk")).text

    assert marked.count("Over eight working hours") == both.count("Over eight working hours") == 1
    assert both.count("Rota ") == 2


async def test_what_somebody_was_asked_about_is_in_their_archive_and_goes_with_them(
    firm: Firm, bob: App, dora: App
) -> None:
    """J12."""
    asked = await bob.say("@sites Rota one?")
    go_on_until(firm, DUE)
    await helping.ask_members(firm.runtime)

    async with firm.runtime.db.write() as tx:
        gathered = await archive.export(tx, firm.runtime, "dora", by="operator")
        await erasing.private_things(tx, int(dora.id), DUE)
        left = await reading.asked_of(tx, int(dora.id))

    assert [(one.question, one.at) for one in gathered.data["asked_to_help"]] == [(int(asked["id"]), DUE)]
    assert left == []
