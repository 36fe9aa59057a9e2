"""What was meant for a private community stays there when its author has been removed from it (threats T152, T153)."""

from datetime import timedelta

import pytest

from server import scheduling
from tests.support.firm import App, Document, Firm

POSTS = "/api/v1/statuses"


@pytest.fixture
async def board(firm: Firm, alice: App, bob: App) -> Document:
    """A private community that bob is in, whom carol follows."""
    board = await firm.community("board", host=alice, visibility="private")
    await alice.call("POST", f"/api/entrepairs/v1/communities/{board['id']}/invitations", json={"account_id": bob.id})
    await bob.follow(board)
    return board


@pytest.fixture
async def carol(firm: Firm, bob: App) -> App:
    carol = await firm.person("carol")
    await carol.follow(bob)
    return carol


async def _remove(alice: App, board: Document, person: App) -> None:
    await alice.delete(f"/api/entrepairs/v1/communities/{board['id']}/members/{person.id}")


async def test_what_names_a_community_that_one_was_removed_from_goes_to_no_follower(
    alice: App, bob: App, carol: App, board: Document
) -> None:
    """As little as what names one that never was: in the same words, so that neither tells of the other."""
    said = await bob.say("@board Figures one")
    assert said["reblog"] is None
    await _remove(alice, board, bob)

    answers = {name: await bob.call("POST", POSTS, json={"status": f"@{name} Figures two"}) for name in ("board", "x9")}
    beside = await bob.call("POST", POSTS, json={"status": "Figures two, as agreed. @board"})

    assert {answer.status for answer in (*answers.values(), beside)} == {422}
    assert answers["board"].error.replace("@board", "@") == answers["x9"].error.replace("@x9", "@")
    assert "those who follow you would read this" in answers["board"].error
    assert [one for one in await carol.get("/api/v1/timelines/home") if "Figures" in str(one)] == []
    assert "Figures two" in str(await bob.say("Figures two, for those who follow me"))
    assert "Figures two" in str(await carol.get("/api/v1/timelines/home"))


async def test_what_was_written_for_later_is_not_published_anywhere(
    firm: Firm, alice: App, bob: App, carol: App, board: Document
) -> None:
    """Its author is told in private, with the text."""
    asked = await alice.say("@board What about the figures?")
    later = (firm.clock.now() + timedelta(minutes=10)).isoformat()
    await bob.post(POSTS, status="@board Figures of March", scheduled_at=later)
    await bob.post(POSTS, status="Figures of April", in_reply_to_id=asked["id"], scheduled_at=later)
    await _remove(alice, board, bob)
    firm.clock.advance(minutes=11)

    while await scheduling.tend(firm.services):
        pass

    assert "Figures of" not in str(await carol.get("/api/v1/timelines/home"))
    assert "Figures of" not in str(await alice.get("/api/v1/timelines/home"))
    assert (await alice.get(f"{POSTS}/{asked['id']}/context"))["descendants"] == []
    told = str(await bob.get("/api/v1/conversations"))
    assert ("Figures of March" in told, "Figures of April" in told) == (True, True)
    assert await bob.get("/api/v1/scheduled_statuses") == []


async def test_what_one_wrote_there_is_not_changed_any_more_and_can_be_deleted(
    alice: App, bob: App, board: Document
) -> None:
    thread = await bob.say("@board Figures one")
    asked = await alice.say("@board What about the figures?")
    reply = await bob.answer(asked, "Figures two")
    own = {one["id"]: text for one, text in ((thread, "@board Other figures"), (reply, "Other figures"))}
    for number, text in own.items():
        assert (await bob.call("PUT", f"{POSTS}/{number}", json={"status": text})).status == 200
    await _remove(alice, board, bob)

    for number, text in own.items():
        for changed in (f"{text}, once more", f"{text}, @board @x9", "Nothing else"):
            assert (await bob.call("PUT", f"{POSTS}/{number}", json={"status": changed})).status == 403
        assert "Other figures" in (await alice.get(f"{POSTS}/{number}"))["content"]
        await bob.delete(f"{POSTS}/{number}")
        assert (await alice.call("GET", f"{POSTS}/{number}")).status == 404


async def test_who_was_removed_finds_no_word_of_the_community_among_what_they_were_told(
    firm: Firm, alice: App, bob: App, board: Document
) -> None:
    """T152: that they were invited, one by one, in groups and in counts; whose invitation is taken back neither."""
    all_, groups, carl = "/api/v1/notifications", "/api/v2/notifications", await firm.person("carl")
    invitations = f"/api/entrepairs/v1/communities/{board['id']}/invitations"
    await alice.call("POST", invitations, json={"account_id": carl.id})
    told = [(person, await person.get(all_)) for person in (bob, carl)]
    assert [[one["account"]["id"] for one in found] for _, found in told] == [[board["id"]]] * 2

    await _remove(alice, board, bob)
    await alice.delete(f"{invitations}/{carl.id}")

    for person, found in told:
        (one,) = found
        # Whoever was removed is told so by the server itself.
        still = [other["account"]["id"] for other in await person.get(all_)]
        assert board["id"] not in still
        assert len((await person.get(groups))["notification_groups"]) == len(still)
        assert (await person.call("GET", f"{all_}/{one['id']}")).status == 404
        assert (await person.call("GET", f"{groups}/ungrouped-{one['id']}")).status == 404
        assert [await person.get(f"{path}/unread_count") for path in (all_, groups)] == [{"count": len(still)}] * 2


async def test_how_much_is_said_around_ones_own_post_is_not_told_any_more(
    firm: Firm, alice: App, bob: App, carol: App, board: Document
) -> None:
    """T152: counters too; of a personal post, and of one in a community that all may read, they stay."""
    thread, own = await bob.say("@board Figures one"), await bob.say("For those who follow me")
    town = await firm.community("town", host=alice)
    await bob.follow(town)
    open_one = await bob.say("@town Anybody?")
    for said, reader in ((thread, alice), (open_one, alice), (own, carol)):
        await reader.answer(said, "Indeed")
        await reader.post(f"{POSTS}/{said['id']}/favourite")
    assert await _counts(bob, thread) == (1, 1)
    await bob.post(f"/api/v1/accounts/{town['id']}/unfollow")
    await _remove(alice, board, bob)

    await alice.answer(thread, "More of it")

    assert await _counts(bob, thread) == (0, 0)
    assert await _counts(alice, thread) == (2, 1)
    assert [await _counts(bob, one) for one in (own, open_one)] == [(1, 1), (1, 1)]


async def test_how_many_voted_in_ones_own_poll_is_not_told_any_more(
    firm: Firm, alice: App, bob: App, board: Document
) -> None:
    """T152: counters too, also those that come from the stream and from the poll itself."""
    poll = {"options": ["one", "two"], "expires_in": 3600}
    thread = await bob.post(POSTS, status="@board Which figures?", poll=poll)
    await alice.post(f"/api/v1/polls/{thread['poll']['id']}/votes", choices=[1])
    assert await _votes(bob, thread) == [(1, 1, [0, 1])] * 2
    await _remove(alice, board, bob)

    carl = await firm.person("carl")
    await alice.call("POST", f"/api/entrepairs/v1/communities/{board['id']}/invitations", json={"account_id": carl.id})
    await carl.follow(board)
    await carl.post(f"/api/v1/polls/{thread['poll']['id']}/votes", choices=[0])

    assert await _votes(bob, thread) == [(0, 0, [0, 0])] * 2
    assert await _votes(alice, thread) == [(2, 2, [1, 1])] * 2


async def _votes(app: App, said: Document) -> list[tuple[int, int, list[int]]]:
    shown = (await app.get(f"{POSTS}/{said['id']}"))["poll"], await app.get(f"/api/v1/polls/{said['poll']['id']}")
    return [
        (one["votes_count"], one["voters_count"], [option["votes_count"] for option in one["options"]]) for one in shown
    ]


async def _counts(app: App, said: Document) -> tuple[int, int]:
    shown = await app.get(f"{POSTS}/{said['id']}")
    return shown["replies_count"], shown["favourites_count"]
