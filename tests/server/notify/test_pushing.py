"""Pushes: a real push service takes them, and an app decrypts them by code of its own (client API section 6)."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from models.labels import DEFAULT, FACT, NOTHING, PLACE, Label, Labels
from models.writes import pushes as push_rows
from models.writes import sessions, state
from models.writes.rest import MOST_A_DAY
from server import housekeeping, polling
from server.actions import accounts, moderation
from server.notify.encryption import TTL
from server.notify.pushing import FIRST_WAIT, LEASE, LONGEST_WAIT, MOST_AT_ONCE, wait_after
from tests.support.clock import FakeClock
from tests.support.firm import OPERATOR, App, Document, Firm, alice, bob, running_firm, sites
from tests.support.push_service import PhoneApp, PushService, push_service, verified

__all__ = ["alice", "bob", "sites"]

PATH = "/api/v1/push/subscription"


@pytest.fixture
async def service() -> AsyncIterator[PushService]:
    """push.test, on loopback."""
    async with push_service() as running:
        yield running


@pytest.fixture
async def firm(database_url: str, tmp_path: Path, clock: FakeClock, service: PushService) -> AsyncIterator[Firm]:
    """The server, which reaches push.test and nothing else."""
    hosts = f"push.test=127.0.0.1:{service.port}"
    async with running_firm(database_url, tmp_path, clock, STATIC_HOSTS=hosts, LANGUAGE="en") as running:
        yield running


@pytest.fixture
def phone() -> PhoneApp:
    """Bob's phone."""
    return PhoneApp("http://push.test/send/1?for=bob")


async def told(firm: Firm, service: PushService, phone: PhoneApp) -> list[dict[str, Any]]:
    """What the phone shows of everything that is owed now, in the order in which it happened."""
    service.came.clear()
    await firm.pusher.tend()
    shown = [phone.read(message) for message in service.came]
    return sorted(shown, key=lambda one: int(one["notification_id"]))


@pytest.mark.parametrize("standard", [True, False])
async def test_a_mention_reaches_the_phone_encrypted_and_signed(
    firm: Firm, service: PushService, phone: PhoneApp, alice: App, bob: App, standard: bool
) -> None:
    """Both encodings: the standard one, and that of the draft which relays of some apps still need."""
    made = await bob.post(PATH, **phone.wish("mention", standard=standard))
    await alice.say("@bob How do *you* <plan> night shifts?")

    (shown,) = await told(firm, service, phone)
    (message,) = service.came
    (notification,) = await bob.get("/api/v1/notifications")

    assert message.path == "/send/1"
    assert message.headers["TTL"] == "172800"
    assert message.headers["Urgency"] == "high"
    assert b"night shifts" not in message.body
    claims = verified(message, made["server_key"])
    assert claims["aud"] == "http://push.test"
    assert timedelta() < timedelta(seconds=claims["exp"] - firm.clock.now().timestamp()) <= timedelta(hours=24)
    assert claims["sub"] == "mailto:postmaster@home.test"
    assert shown == {
        "access_token": bob.token,
        "preferred_locale": "en",
        "notification_id": notification["id"],
        "notification_type": "mention",
        "icon": notification["account"]["avatar"],
        "title": "Alice mentioned you",
        "body": "@bob How do *you* <plan> night shifts?",
    }
    assert await told(firm, service, phone) == []


async def test_only_what_was_asked_for_is_pushed(
    firm: Firm, service: PushService, phone: PhoneApp, alice: App, bob: App
) -> None:
    said = await bob.say("Mine")
    await alice.follow(bob)
    await bob.post(PATH, **phone.wish("favourite"))

    await alice.say("@bob Hello")
    await alice.post(f"/api/v1/statuses/{said['id']}/favourite")

    assert [one["title"] for one in await told(firm, service, phone)] == ["Alice likes your post"]


@pytest.mark.parametrize(
    ("policy", "heard"),
    [("all", {"Alice", "Carol", "Dora"}), ("followed", {"Carol"}), ("follower", {"Dora"}), ("none", set[str]())],
)
async def test_the_policy_says_whose_doing_is_pushed(
    firm: Firm, service: PushService, phone: PhoneApp, alice: App, bob: App, policy: str, heard: set[str]
) -> None:
    carol, dora = await firm.person("carol"), await firm.person("dora")
    await bob.follow(carol)
    await dora.follow(bob)
    await bob.post(PATH, **phone.wish("mention", policy=policy))

    for app in (alice, carol, dora):
        await app.say("@bob Hello")

    assert {one["title"].partition(" ")[0] for one in await told(firm, service, phone)} == heard


async def test_above_the_lowest_label_a_push_says_where_and_of_a_private_community_not_even_that(
    firm: Firm, service: PushService, phone: PhoneApp, alice: App, bob: App
) -> None:
    """T160, T238; product section 3."""
    await firm.community("plans", host=alice, label="restricted")
    await firm.community("board", host=alice, visibility="private", label="confidential")
    await firm.community("quiet", host=alice, visibility="private")
    plans = await bob.get("/api/v1/accounts/lookup", acct="plans")
    await bob.follow(plans)
    for name in ("board", "quiet"):
        await invite(firm, name, "bob")
        await bob.follow(await bob.get("/api/v1/accounts/lookup", acct=name))
    await bob.post(PATH, **phone.wish("mention"))

    await alice.say("@plans Who leaves @bob")
    await alice.say("@board Who stays @bob")
    await alice.say("@quiet Who sings @bob")
    shown = await told(firm, service, phone)

    assert [(one["title"], one["body"]) for one in shown] == [
        ("New activity in Plans", ""),
        ("New activity", ""),
        ("Alice mentioned you", "Who sings @bob"),
    ]
    assert "missing.png" in shown[0]["icon"]
    assert all(word not in str(shown[:2]) for word in ("leaves", "stays", "Alice", "Board"))


async def test_a_push_says_no_more_than_the_firm_chose_for_the_label(
    firm: Firm, service: PushService, phone: PhoneApp, alice: App, bob: App
) -> None:
    """T160; product section 3: stricter than the product's own rule."""
    await firm.community("plans", host=alice, label="restricted")
    await firm.community("cooking", host=alice)
    for name in ("plans", "cooking"):
        await bob.follow(await bob.get("/api/v1/accounts/lookup", acct=name))
    await bob.post(PATH, **phone.wish("mention"))
    names = DEFAULT.levels[0].names
    strict = Labels((Label(names, PLACE), Label(names, NOTHING), Label(names, NOTHING)))
    async with firm.runtime.db.write() as tx:
        await state.put(tx, FACT, msgspec.json.encode(strict).decode())

    await alice.say("@cooking Leeks @bob")
    await alice.say("@plans Who leaves @bob")
    await alice.say("@bob Only you")
    shown = await told(firm, service, phone)

    assert [(one["title"], one["body"]) for one in shown] == [
        ("New activity in Cooking", ""),
        ("New activity", ""),
        ("New activity", ""),
    ]
    assert all(word not in str(shown) for word in ("Leeks", "leaves", "Plans", "Alice", "Only"))


async def test_an_invitation_to_a_labelled_private_community_does_not_name_it(
    firm: Firm, service: PushService, phone: PhoneApp, alice: App, bob: App
) -> None:
    """T160, T152: nor is there a word of it once the invitation is taken back."""
    await firm.community("board", host=alice, visibility="private", label="confidential")
    await firm.community("quiet", host=alice, visibility="private")
    await bob.post(PATH, **phone.wish("follow"))

    await invite(firm, "board", "bob")
    await invite(firm, "quiet", "bob")
    shown = await told(firm, service, phone)

    assert [one["title"] for one in shown] == ["New activity", "New activity"]


async def test_what_the_server_tells_of_a_community_is_on_no_push(
    firm: Firm, service: PushService, phone: PhoneApp, alice: App, bob: App
) -> None:
    """T160, T238; product section 3: that a post was taken out there, which names the community and quotes the post."""
    await firm.community("board", host=alice, visibility="private", label="confidential")
    await invite(firm, "board", "bob")
    await bob.follow(await bob.get("/api/v1/accounts/lookup", acct="board"))
    said = await bob.say("@board Who stays in the eastern site")
    await bob.post(PATH, **phone.wish("mention"))

    await alice.call("DELETE", f"/api/v1/statuses/{said['id']}", json={"reason": "Not before the works council knows"})
    shown = await told(firm, service, phone)

    assert [(one["title"], one["body"]) for one in shown] == [("New activity", "")]
    assert all(word not in str(shown).lower() for word in ("board", "eastern", "council"))
    (note, *_) = await bob.get("/api/v1/notifications")
    assert "eastern" in note["status"]["content"]


async def invite(firm: Firm, community: str, name: str) -> None:
    async with firm.runtime.db.write() as tx:
        place = await moderation.operators_seat(tx, firm.runtime, community)
        await moderation.invite(tx, firm.runtime, place, await moderation.person_named(tx, firm.runtime, name))


async def test_a_text_is_cut_to_what_a_phone_shows(
    firm: Firm, service: PushService, phone: PhoneApp, alice: App, bob: App
) -> None:
    await bob.post(PATH, **phone.wish("mention"))

    await alice.say("@bob " + "word " * 100)
    await alice.say("@bob What is behind", spoiler_text="A warning")
    shown = await told(firm, service, phone)

    assert [len(one["body"]) for one in shown] == [140, len("A warning")]
    assert shown[0]["body"].endswith("…")


async def test_people_are_told_in_their_language(
    firm: Firm, service: PushService, phone: PhoneApp, alice: App, bob: App
) -> None:
    async with firm.runtime.db.write() as tx:
        await sessions.choose_language(tx, actor_id=int(bob.id), language="fr")
    await bob.post(PATH, **phone.wish("follow"))

    await alice.follow(bob)
    (shown,) = await told(firm, service, phone)

    assert (shown["preferred_locale"], shown["title"], shown["body"]) == ("fr", "Alice vous suit désormais", "")


async def test_nothing_is_pushed_once_the_token_has_ended(
    firm: Firm, service: PushService, phone: PhoneApp, alice: App, bob: App
) -> None:
    """T143, T119, T120: also not what was owed before, and not after the account is opened again."""
    other = PhoneApp("http://push.test/other")
    second = await firm.with_scopes(bob, "push")
    for app, device in ((bob, phone), (second, other)):
        await app.post(PATH, **device.wish("mention"))
    await alice.say("@bob Before")

    async with firm.runtime.db.write() as tx:
        await accounts.suspend(tx, firm.runtime, "bob", by=OPERATOR)
        await accounts.resume(tx, firm.runtime, "bob", by=OPERATOR)
    await alice.say("@bob After")

    assert await told(firm, service, phone) == []
    again = await firm.with_scopes(bob, "push")
    assert (await again.call("GET", PATH)).status == 404


async def test_who_left_a_community_is_not_told_what_was_said_there(
    firm: Firm, service: PushService, phone: PhoneApp, alice: App, bob: App
) -> None:
    """T153, T160: owed before, judged when it is sent."""
    plans = await firm.community("plans", host=alice, visibility="on-request")
    await bob.follow(plans)
    await alice.post(f"/api/v1/follow_requests/{bob.id}/authorize")
    await bob.post(PATH, **phone.wish("mention"))
    await alice.say("@plans @bob Between members")

    await bob.post(f"/api/v1/accounts/{plans['id']}/unfollow")

    assert await told(firm, service, phone) == []


async def test_what_was_deleted_muted_or_dismissed_is_not_pushed(
    firm: Firm, service: PushService, phone: PhoneApp, alice: App, bob: App
) -> None:
    carol = await firm.person("carol")
    await bob.post(PATH, **phone.wish("mention", "follow"))
    deleted = await alice.say("@bob Gone")
    await carol.say("@bob Muted")
    await alice.follow(bob)

    await alice.delete(f"/api/v1/statuses/{deleted['id']}")
    await bob.post(f"/api/v1/accounts/{carol.id}/mute")
    await bob.post("/api/v1/notifications/clear")

    assert await told(firm, service, phone) == []


@pytest.mark.parametrize("status", [404, 410, 400, 413])
async def test_a_subscription_that_the_push_service_does_not_know_is_forgotten(
    firm: Firm, service: PushService, phone: PhoneApp, alice: App, bob: App, status: int
) -> None:
    await bob.post(PATH, **phone.wish("mention"))
    service.status = status
    await alice.say("@bob Hello")

    await firm.pusher.tend()

    assert (await bob.call("GET", PATH)).status == 404
    assert await firm.pusher.tend() is False


@pytest.mark.parametrize("status", [429, 408, 500, 503])
async def test_what_is_not_taken_now_is_sent_again_later(
    firm: Firm, service: PushService, phone: PhoneApp, alice: App, bob: App, status: int
) -> None:
    await bob.post(PATH, **phone.wish("mention"))
    service.status = status
    await alice.say("@bob Hello")
    first = await told(firm, service, phone)
    await alice.say("@bob Are you there?")
    at_once = await told(firm, service, phone)

    firm.clock.advance(seconds=FIRST_WAIT.total_seconds())
    second = await told(firm, service, phone)
    service.status = 201
    firm.clock.advance(seconds=2 * FIRST_WAIT.total_seconds())
    third = await told(firm, service, phone)

    assert [len(one) for one in (first, at_once, second, third)] == [1, 0, 2, 2]
    assert await told(firm, service, phone) == []


async def test_the_push_service_says_how_long_to_wait(
    firm: Firm, service: PushService, phone: PhoneApp, alice: App, bob: App
) -> None:
    await bob.post(PATH, **phone.wish("mention"))
    service.status, service.headers = 503, {"Retry-After": "3600"}
    await alice.say("@bob Hello")
    await told(firm, service, phone)

    firm.clock.advance(seconds=3599)
    early = await told(firm, service, phone)
    firm.clock.advance(seconds=1)

    assert early == []
    assert len(await told(firm, service, phone)) == 1


@pytest.mark.parametrize(
    ("failures", "asked", "wait"),
    [
        (0, None, FIRST_WAIT),
        (3, None, 8 * FIRST_WAIT),
        (50, None, LONGEST_WAIT),
        (0, "5", FIRST_WAIT),
        (0, "99999999", FIRST_WAIT),
        (0, "9999999", LONGEST_WAIT),
        (0, "Wed, 21 Oct 2026 07:28:00 GMT", FIRST_WAIT),
    ],
)
def test_waits_grow_and_end(failures: int, asked: str | None, wait: timedelta) -> None:
    assert wait_after(failures, asked) == wait


async def test_what_is_two_days_old_is_no_news(
    firm: Firm, service: PushService, phone: PhoneApp, alice: App, bob: App
) -> None:
    await bob.post(PATH, **phone.wish("mention"))
    await alice.say("@bob Hello")
    firm.clock.advance(seconds=TTL.total_seconds())

    assert await told(firm, service, phone) == []

    service.status = 503
    await alice.say("@bob Again")
    await firm.pusher.tend()
    firm.clock.advance(seconds=TTL.total_seconds() + 1)
    await housekeeping.forget_once(firm.runtime)
    service.status = 201
    assert await firm.pusher.tend() is False


async def test_a_killed_worker_s_messages_are_sent_by_the_next_when_its_lease_is_over(
    firm: Firm, service: PushService, phone: PhoneApp, alice: App, bob: App
) -> None:
    await bob.post(PATH, **phone.wish("mention"))
    await alice.say("@bob Hello")
    now = firm.clock.now()
    async with firm.runtime.db.write() as tx:
        await push_rows.spread(tx, 10)
        assert len(await push_rows.claim(tx, now=now, until=now + LEASE, most=10)) == 1

    at_once = await told(firm, service, phone)
    firm.clock.advance(seconds=LEASE.total_seconds())

    assert at_once == []
    assert len(await told(firm, service, phone)) == 1


async def test_one_turn_sends_so_many_and_says_that_there_is_more(
    firm: Firm, service: PushService, alice: App, bob: App
) -> None:
    """Nobody is told of more than five things a day: here on as many phones as make more than one turn of them."""
    phones = MOST_AT_ONCE // MOST_A_DAY + 1
    for number in range(phones):
        app = await firm.with_scopes(bob, "push read")
        await app.post(PATH, **PhoneApp(f"http://push.test/send/{number}?for=bob").wish("mention"))
    for number in range(MOST_A_DAY):
        await alice.say(f"@bob Number {number}")

    turns = [await firm.pusher.tend() for _ in range(3)]

    assert turns == [True, False, False]
    assert Counter(one.path for one in service.came) == {f"/send/{n}": MOST_A_DAY for n in range(phones)}


async def test_an_address_within_the_firm_is_never_reached(
    firm: Firm, service: PushService, alice: App, bob: App
) -> None:
    """T074: a name that leads to a private address is refused when it is asked, and the subscription ends."""
    inside = PhoneApp("http://localhost/admin")
    await bob.post(PATH, **inside.wish("mention"))
    await alice.say("@bob Hello")

    await firm.pusher.tend()

    assert service.came == []
    assert (await bob.call("GET", PATH)).status == 404


async def test_what_a_worker_does_not_do_a_whole_server_does(
    firm: Firm, service: PushService, phone: PhoneApp, alice: App, bob: App, sites: Document
) -> None:
    """New posts of a community, edits, polls: whatever makes a notification owes the push with it."""
    await bob.post(f"/api/v1/accounts/{sites['id']}/follow", notify=True)
    await bob.post(PATH, **phone.wish("status", "update", "poll", "follow_request"))
    thread = await alice.say("@sites Early or late?", poll={"options": ["Early", "Late"], "expires_in": 300})
    await bob.post(f"/api/v1/statuses/{thread['id']}/favourite")
    await bob.post(f"/api/v1/polls/{thread['id']}/votes", choices=[0])
    await alice.put(
        f"/api/v1/statuses/{thread['id']}",
        status="@sites Earlier or later?",
        poll={"options": ["Early", "Late"], "expires_in": 300},
    )
    firm.clock.advance(seconds=301)
    await polling.tend(firm.runtime)

    shown = await told(firm, service, phone)

    assert [one["notification_type"] for one in shown] == ["status", "update", "poll"]
    assert shown[0]["title"] == "New in Sites"
