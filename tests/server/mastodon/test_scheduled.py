"""Posts that are written for later: kept, moved, cancelled, published once, or refused in private (client API 7)."""

import asyncio
import json
from datetime import datetime, timedelta

from sqlalchemy import update

from models.communities import MEMBER_ROLE, MODERATOR_ROLE
from models.queries import media
from models.scheduled import ScheduledPost
from models.writes import scheduled
from server import scheduling
from server.actions import accounts
from server.actions.scheduling import MOST_WAITING
from server.http.answers import instant
from server.notify.letter_box import LetterBox
from server.settings import load
from tests.server.mastodon.test_acting import acting, give_role, trail
from tests.support.files import picture
from tests.support.firm import OPERATOR, Answer, App, Document, Firm

PATH = "/api/v1/scheduled_statuses"
HOUR = timedelta(hours=1)


async def later(firm: Firm, app: App, text: str, after: timedelta = HOUR, **fields: object) -> Answer:
    due = instant(firm.clock.now() + after)
    return await app.call("POST", "/api/v1/statuses", json={"status": text, "scheduled_at": due, **fields})


async def texts(app: App, reader: App) -> list[str]:
    return [one["content"] for one in await reader.get(f"/api/v1/accounts/{app.id}/statuses")]


async def test_a_post_for_later_is_shown_to_its_author_alone_and_published_when_its_time_has_come(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    kept = (await later(firm, alice, "@sites How do you plan?")).document

    too_early = await scheduling.tend(firm.services), await bob.get("/api/v1/timelines/home")
    firm.clock.advance(hours=1)
    await scheduling.tend(firm.services)
    (home, *_) = await bob.get("/api/v1/timelines/home")

    assert (kept["params"]["text"], kept["params"]["visibility"]) == ("@sites How do you plan?", "private")
    assert too_early == (False, [])
    assert home["reblog"]["content"] == "<p><strong>How do you plan?</strong></p>"
    assert home["account"]["username"] == "sites"
    assert await alice.get(PATH) == []


async def test_a_community_announces_later_too(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    """11.5: whoever leads it moves and cancels it; the trail says who did; nobody finds it among their own."""
    await give_role(firm, alice, sites, bob, MODERATOR_ROLE)
    desk, other = await acting(firm, alice, sites), await acting(firm, bob, sites)
    file = await desk.attached(picture())
    kept = (await later(firm, desk, "Rules of the house", media_ids=[file["id"]])).document
    dropped = (await later(firm, desk, "Not these")).document

    listed = [one["id"] for one in await other.get(PATH)]
    await other.put(f"{PATH}/{kept['id']}", scheduled_at=instant(firm.clock.now() + 2 * HOUR))
    await other.delete(f"{PATH}/{dropped['id']}")
    of_people = [await one.get(PATH) for one in (alice, bob)]
    firm.clock.advance(hours=2)
    await scheduling.tend(firm.services)
    (home, *others) = await bob.get("/api/v1/timelines/home")

    assert (listed, of_people, others) == ([dropped["id"], kept["id"]], [[], []], [])
    assert (home["account"]["id"], home["reblog"]["account"]["id"]) == (sites["id"], sites["id"])
    assert len(home["reblog"]["media_attachments"]) == 1
    assert (await trail(firm))[-5:] == [
        ("alice@home.test", "community.schedule"),
        ("alice@home.test", "community.schedule"),
        ("bob@home.test", "community.reschedule"),
        ("bob@home.test", "community.unschedule"),
        ("alice@home.test", "community.announce"),
    ]


async def test_a_file_waits_for_its_post_as_long_as_that_waits(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    """Of a person and of a community, whoever of its hosts moves it: longer than a file waits otherwise."""
    await give_role(firm, alice, sites, bob, MODERATOR_ROLE)
    desk, other = await acting(firm, alice, sites), await acting(firm, bob, sites)
    for app in (alice, desk):
        file = await app.attached(picture())
        await later(firm, app, "Next week", HOUR * 24 * 3, media_ids=[file["id"]])
    (kept,) = await desk.get(PATH)
    firm.clock.advance(days=2)

    async with firm.runtime.db.read() as tx:
        assert await media.expired(tx, firm.clock.now(), 10) == []
    await other.put(f"{PATH}/{kept['id']}", scheduled_at=instant(firm.clock.now() + 3 * 24 * HOUR))
    firm.clock.advance(days=2, hours=1)
    async with firm.runtime.db.read() as tx:
        # That of the person's post, which nobody has published here.
        assert len(await media.expired(tx, firm.clock.now(), 10)) == 1


async def test_one_file_named_twice_is_attached_once(firm: Firm, alice: App) -> None:
    """Now and later."""
    now, then = await alice.attached(picture()), await alice.attached(picture())
    made = await alice.post("/api/v1/statuses", status="Now", media_ids=[now["id"], now["id"]])
    await later(firm, alice, "Later", media_ids=[then["id"], then["id"]])
    firm.clock.advance(hours=1)
    await scheduling.tend(firm.services)

    (published, _) = await alice.get(f"/api/v1/accounts/{alice.id}/statuses")
    assert [one["id"] for one in made["media_attachments"]] == [now["id"]]
    assert [one["id"] for one in published["media_attachments"]] == [then["id"]]


async def test_without_its_file_nothing_is_published_and_its_author_hears_why(firm: Firm, alice: App) -> None:
    """One that was deleted meanwhile, and one that another post has taken; nobody else reads half of it."""
    deleted, taken = await alice.attached(picture()), await alice.attached(picture())
    await later(firm, alice, "See the plan", media_ids=[deleted["id"]])
    for hours in (1, 2):
        await later(firm, alice, f"See the list, {hours}", HOUR * hours, media_ids=[taken["id"]])
    await alice.delete(f"/api/v1/media/{deleted['id']}")

    for _ in range(2):
        firm.clock.advance(hours=1)
        await scheduling.tend(firm.services)

    published = await texts(alice, alice)
    told = [one["status"]["content"] for one in await alice.get("/api/v1/notifications")]
    assert published == ["<p>See the list, 1</p>"]
    assert ["See the plan" in one for one in told] == [False, True]
    assert all("A file of it was deleted" in one for one in told)


async def test_what_was_written_in_its_name_is_not_published_when_the_role_is_gone(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    """R3, product J11: a member who led it is told why in private; of who has left the firm nothing is kept."""
    carl = await firm.person("carl")
    await carl.follow(sites)
    for one in (bob, carl):
        await give_role(firm, alice, sites, one, MODERATOR_ROLE)
        await later(firm, await acting(firm, one, sites), f"From {one.name}")
    await give_role(firm, alice, sites, bob, MEMBER_ROLE)
    async with firm.runtime.db.write() as tx:
        await accounts.suspend(tx, firm.runtime, "carl", by=OPERATOR)
    left = await (await acting(firm, alice, sites)).get(PATH)

    firm.clock.advance(hours=1)
    await scheduling.tend(firm.services)
    (told,) = await bob.get("/api/v1/conversations")

    assert [one["params"]["text"] for one in left] == ["From bob"]
    assert await alice.get(f"/api/v1/accounts/{sites['id']}/statuses") == []
    assert "Only those who lead a community act in its name" in told["last_status"]["content"]
    assert "From bob" in told["last_status"]["content"]
    assert await alice.get("/api/v1/conversations") == []


async def test_a_post_for_later_keeps_all_that_it_was_written_with(firm: Firm, alice: App) -> None:
    poll = {"options": ["Early", "Late"], "expires_in": 3600, "multiple": True, "hide_totals": True}
    kept = (
        await later(firm, alice, "Shifts?", spoiler_text="Work", language="de", poll=poll, visibility="direct")
    ).document

    firm.clock.advance(hours=1)
    await scheduling.tend(firm.services)
    (made,) = await alice.get(f"/api/v1/accounts/{alice.id}/statuses")

    assert kept["params"]["poll"] == poll
    assert (made["spoiler_text"], made["language"], made["visibility"]) == ("Work", "de", "direct")
    assert [option["title"] for option in made["poll"]["options"]] == ["Early", "Late"]
    assert made["poll"]["expires_at"] == instant(firm.clock.now() + HOUR)


async def test_what_could_not_be_published_now_is_not_kept_for_later(firm: Firm, alice: App, bob: App) -> None:
    eve = await firm.person("eve")
    refused = [
        await later(firm, eve, "@sites May I?"),
        await later(firm, alice, ""),
        await later(firm, alice, "Soon", timedelta(minutes=4, seconds=59)),
        await later(firm, alice, "Long after", timedelta(days=367)),
        await alice.call("POST", "/api/v1/statuses", json={"status": "When?", "scheduled_at": "tomorrow"}),
    ]

    assert [one.status for one in refused] == [403, 422, 422, 422, 422]
    assert refused[2].error == "Validation failed: Scheduled at The scheduled date must be in the future"
    assert await eve.get(PATH) == await alice.get(PATH) == []
    assert (await later(firm, alice, "Just right", timedelta(minutes=5))).status == 200


async def test_only_so_many_posts_wait(firm: Firm, alice: App) -> None:
    """T128: the bound is each person's own."""
    for number in range(MOST_WAITING):
        assert (await later(firm, alice, f"Number {number}")).status == 200

    refused = await later(firm, alice, "One more")

    assert (refused.status, refused.error) == (
        422,
        f"Validation failed: You have {MOST_WAITING} scheduled posts already",
    )


async def test_a_post_for_later_is_moved_and_cancelled_by_its_author_alone(firm: Firm, alice: App, bob: App) -> None:
    """T128."""
    kept = (await later(firm, alice, "Later")).document
    path, moved_to = f"{PATH}/{kept['id']}", instant(firm.clock.now() + 2 * HOUR)

    tries = [await bob.call("GET", path), await bob.call("PUT", path, json={"scheduled_at": moved_to})]
    tries.append(await bob.call("DELETE", path))
    too_soon = await alice.call("PUT", path, json={"scheduled_at": instant(firm.clock.now())})
    moved = await alice.put(path, scheduled_at=moved_to)
    read = await alice.get(path)
    gone = await alice.delete(path)

    assert {(one.status, one.error) for one in tries} == {(404, "Record not found")}
    assert too_soon.status == 422
    assert moved == read == kept | {"scheduled_at": moved_to}
    assert gone == {}
    firm.clock.advance(hours=3)
    assert await scheduling.tend(firm.services) is False
    assert await texts(alice, alice) == []


async def test_one_key_keeps_one_post_for_later_even_when_both_come_at_once(firm: Firm, alice: App) -> None:
    due = instant(firm.clock.now() + HOUR)
    wanted = {"status": "Once", "scheduled_at": due}

    answers = await asyncio.gather(
        *(alice.call("POST", "/api/v1/statuses", json=wanted, Idempotency_Key="k") for _ in range(2))
    )

    assert answers[0].document == answers[1].document
    assert len(await alice.get(PATH)) == 1


async def test_a_repeat_is_the_one_kept_for_later_though_its_author_has_left(
    firm: Firm, bob: App, sites: Document
) -> None:
    wanted = {"status": "@sites Once", "scheduled_at": instant(firm.clock.now() + HOUR)}
    first = await bob.call("POST", "/api/v1/statuses", json=wanted, Idempotency_Key="k")
    await bob.post(f"/api/v1/accounts/{sites['id']}/unfollow")

    repeated = await bob.call("POST", "/api/v1/statuses", json=wanted, Idempotency_Key="k")

    assert (repeated.status, repeated.document["id"]) == (200, first.document["id"])


async def test_it_is_published_once_however_many_are_at_it(firm: Firm, alice: App) -> None:
    await later(firm, alice, "Once")
    firm.clock.advance(hours=1)

    await asyncio.gather(*(scheduling.tend(firm.services) for _ in range(4)))

    assert await texts(alice, alice) == ["<p>Once</p>"]


async def test_more_than_fit_in_one_turn_are_published_in_several(firm: Firm, alice: App) -> None:
    for number in range(scheduling.MOST_AT_ONCE + 1):
        await later(firm, alice, f"Number {number}")
    firm.clock.advance(hours=1)

    turns = [await scheduling.tend(firm.services) for _ in range(3)]

    assert turns == [True, False, False]
    assert await alice.get(PATH) == []


async def test_a_killed_worker_s_post_is_published_by_the_next_when_its_lease_is_over(firm: Firm, alice: App) -> None:
    await later(firm, alice, "Once")
    firm.clock.advance(hours=1)
    now = firm.clock.now()
    await _claimed_and_left(firm, now)

    at_once = await scheduling.tend(firm.services), await texts(alice, alice)
    firm.clock.advance(seconds=scheduling.LEASE.total_seconds())
    await scheduling.tend(firm.services)

    assert at_once == (False, [])
    assert await texts(alice, alice) == ["<p>Once</p>"]


async def _claimed_and_left(firm: Firm, now: datetime) -> None:
    async with firm.runtime.db.write() as tx:
        claimed = await scheduled.claim(tx, now=now, until=now + scheduling.LEASE, most=10)
    assert len(claimed) == 1


async def test_who_may_not_publish_it_any_more_is_told_so_in_private_with_the_text(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    await later(firm, bob, "@sites A long text")
    await bob.post(f"/api/v1/accounts/{sites['id']}/unfollow")
    firm.clock.advance(hours=1)

    await scheduling.tend(firm.services)

    (told,) = await bob.get("/api/v1/notifications")
    assert (told["type"], told["account"]["username"]) == ("mention", "home.test")
    assert "You are not a member of this community" in told["status"]["content"]
    assert "A long text" in told["status"]["content"]
    assert [one["last_status"]["id"] for one in await bob.get("/api/v1/conversations")] == [told["status"]["id"]]
    assert await bob.get(PATH) == await alice.get("/api/v1/timelines/home") == []


async def test_nothing_of_somebody_who_left_is_published(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    """Product J11."""
    await later(firm, bob, "@sites After I left")
    async with firm.runtime.db.write() as tx:
        await accounts.suspend(tx, firm.runtime, "bob", by=OPERATOR)
        await accounts.resume(tx, firm.runtime, "bob", by=OPERATOR)
    firm.clock.advance(hours=1)

    await scheduling.tend(firm.services)

    assert await alice.get("/api/v1/timelines/home") == []


async def test_what_another_version_kept_for_later_is_published_by_this_one(firm: Firm, alice: App) -> None:
    """Threats T227: a field of tomorrow is passed over, one that yesterday did not know has its default."""
    await later(firm, alice, "Shifts?", spoiler_text="Work")
    async with firm.runtime.db.write() as tx:
        draft = {"text": "Shifts?", "of_tomorrow": {"colour": ["blue"]}}
        await tx.execute(update(ScheduledPost).values(draft=draft))

    firm.clock.advance(hours=1)
    await scheduling.tend(firm.services)
    (made,) = await alice.get(f"/api/v1/accounts/{alice.id}/statuses")

    assert (made["content"], made["spoiler_text"]) == ("<p>Shifts?</p>", "")
    assert await alice.get(PATH) == []


async def test_a_letter_of_another_version_can_be_opened(firm: Firm) -> None:
    """Threats T227: what waits for the mail server across an upgrade goes out."""
    box = LetterBox(load({}), firm.runtime.vault)
    sealed = firm.runtime.vault.seal(json.dumps({"subject": "S", "text": "T", "of_tomorrow": 1}).encode(), "mail")

    assert box.opened(sealed).subject == "S"
