"""Polls from and to peers, and in apps: asked, voted in once, counted where they were asked, told of when they end."""

from typing import Any

import pytest

from server import polling
from tests.federation.inbox.cast import INBOX, ON_SQLITE, SITES, Cast
from tests.support.api import Api, Document
from tests.support.fake_peer import PUBLIC, FakeActor
from tests.support.writers import Writer, announced

HOUR = 3600
DAYS = {"options": ["Monday", "Tuesday", "Friday"], "expires_in": HOUR}


async def ask(cast: Cast, text: str = "@sites Which day?", **poll: Any) -> Document:
    """A poll of alice's."""
    status: Document = await cast.alice.post("/api/v1/statuses", status=text, poll=DAYS | poll)
    return status


async def vote(person: Api, poll: Document, *choices: int) -> Document:
    answer: Document = await person.post(f"/api/v1/polls/{poll['id']}/votes", choices=list(choices))
    return answer


async def refusal(person: Api, poll: Document, *choices: Any) -> tuple[int, str]:
    answer = await person.call("POST", f"/api/v1/polls/{poll['id']}/votes", json={"choices": list(choices)})
    return answer.status, answer.document["error"]


async def read(person: Api, status: Document) -> Document:
    poll: Document = await person.get(f"/api/v1/polls/{status['poll']['id']}")
    return poll


def ballot(voter: FakeActor, poll: Document, *names: str) -> Document:
    """Votes as GoToSocial sends them: all in one Create."""
    notes = [
        {
            "id": voter.peer.url(f"/votes/{voter.name}-{name}"),
            "type": "Note",
            "attributedTo": voter.uri,
            "name": name,
            "inReplyTo": poll["uri"],
            "to": ["http://alpha.test/users/alice"],
        }
        for name in names
    ]
    return voter.activity("Create", object=notes if len(notes) > 1 else notes[0], to=["http://alpha.test/users/alice"])


def question(writer: Writer, counts: tuple[int, int], **changes: Any) -> Document:
    """A Question of a partner's person in the community."""
    options = [
        {"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": count}}
        for name, count in zip(("Yes", "No"), counts, strict=True)
    ]
    ends = writer.actor.peer.clock.now().replace(microsecond=0)
    post = writer.create("question")["object"] | {
        "type": "Question",
        "oneOf": options,
        "endTime": ends.replace(year=ends.year + 1).isoformat(),
        "votersCount": sum(counts),
        **changes,
    }
    return {name: value for name, value in post.items() if value is not None}


async def say_question(cast: Cast, kind: str, counts: tuple[int, int], **changes: Any) -> Document:
    """Bob asks in our community, or says how it stands; what alice sees then."""
    post = question(cast.bob, counts, **changes)
    activity = cast.bob.actor.activity(kind, object=post, to=[SITES, PUBLIC], audience=SITES)
    assert await cast.say(cast.bob.actor, activity) == "processed"
    return (await cast.alice.home())[0]


async def sent_questions(cast: Cast) -> list[Document]:
    """Alice's Updates of her polls, in order."""
    return [one["object"] for one in await cast.home.composed("Update") if one["object"]["type"] == "Question"]


async def tend(cast: Cast) -> None:
    await polling.tend(cast.home.services.runtime)


# --- asking ---


async def test_a_poll_is_asked_in_a_community_and_sent_as_a_question(cast: Cast) -> None:
    status = await ask(cast)

    poll = status["poll"]
    assert [(option["title"], option["votes_count"]) for option in poll["options"]] == [
        ("Monday", 0), ("Tuesday", 0), ("Friday", 0)
    ]  # fmt: skip
    assert (poll["expired"], poll["multiple"], poll["voted"], poll["own_votes"]) == (False, False, True, [])
    (create,) = await cast.home.composed("Create")
    sent = create["object"]
    assert (sent["type"], sent["name"], sent["votersCount"]) == ("Question", "Which day?", 0)
    assert [option["name"] for option in sent["oneOf"]] == DAYS["options"]
    assert "endTime" in sent
    assert "closed" not in sent
    assert (await cast.alice.home())[0]["poll"] == poll == await read(cast.alice, status)


@pytest.mark.parametrize(
    "poll",
    [
        {"options": ["One"]},
        {"options": ["1", "2", "3", "4", "5"]},
        {"options": ["x" * 51, "y"]},
        {"options": ["same", "same"]},
        {"expires_in": 299},
        {"expires_in": 2_629_747},
        {"expires_in": "soon"},
    ],
)
@ON_SQLITE
async def test_a_poll_beyond_its_bounds_is_refused(cast: Cast, poll: Document) -> None:
    answer = await cast.alice.call("POST", "/api/v1/statuses", json={"status": "@sites When?", "poll": DAYS | poll})

    assert answer.status == 422
    assert await cast.alice.home() == []


@ON_SQLITE
async def test_a_poll_at_its_bounds_is_taken(cast: Cast) -> None:
    longest = await ask(cast, options=["x" * 50, "2", "3", "4"], expires_in=2_629_746)
    shortest = await ask(cast, text="For those who follow me", options=["1", "2"], expires_in="300", multiple="true")

    assert len(longest["poll"]["options"]) == 4
    assert shortest["poll"]["multiple"] is True


# --- voting here ---


async def test_a_member_votes_once_and_sees_it(cast: Cast) -> None:
    await cast.ada.join("@sites@alpha.test")
    status = await ask(cast)

    poll = await vote(cast.ada, status["poll"], 1)

    assert (poll["voted"], poll["own_votes"]) == (True, [1])
    assert (poll["votes_count"], poll["voters_count"]) == (1, 1)
    assert await refusal(cast.ada, poll, 1) == (422, "Validation failed: You have already voted on this poll")
    assert (await read(cast.alice, status))["own_votes"] == []


@pytest.mark.parametrize("choices", [[], [3], [-1], ["x"], [0, 1], [10**30]])
@ON_SQLITE
async def test_a_choice_that_there_is_not_is_refused(cast: Cast, choices: list[Any]) -> None:
    await cast.ada.join("@sites@alpha.test")
    status = await ask(cast)

    assert (await refusal(cast.ada, status["poll"], *choices))[0] == 422
    assert (await read(cast.ada, status))["votes_count"] == 0


@ON_SQLITE
async def test_who_may_not_vote(cast: Cast) -> None:
    """R4: the author, who is no member, who may not see the poll, and everybody once it is over."""
    status = await ask(cast)
    await cast.home.community("board", host=cast.alice, visibility="private")
    hidden = await ask(cast, "@board Whom?")

    own = await refusal(cast.alice, status["poll"], 0)
    stranger = await refusal(cast.ada, status["poll"], 0)
    unseen = await refusal(cast.ada, hidden["poll"], 0)
    await cast.ada.join("@sites@alpha.test")
    cast.home.clock.advance(seconds=HOUR)
    late = await refusal(cast.ada, status["poll"], 0)

    assert own == (422, "Validation failed: You cannot vote in your own poll")
    assert stranger[0] == 403
    assert unseen == (404, "Record not found")
    assert (await cast.ada.call("GET", f"/api/v1/polls/{hidden['poll']['id']}")).status == 404
    assert late == (422, "Validation failed: The poll has already ended")


@ON_SQLITE
async def test_totals_may_be_hidden_until_the_end(cast: Cast) -> None:
    await cast.ada.join("@sites@alpha.test")
    status = await ask(cast, hide_totals=True, multiple=True)

    poll = await vote(cast.ada, status["poll"], 0, 2)
    cast.home.clock.advance(seconds=HOUR)
    after = await read(cast.ada, status)

    assert [option["votes_count"] for option in poll["options"]] == [None, None, None]
    assert poll["own_votes"] == [0, 2]
    assert [option["votes_count"] for option in after["options"]] == [1, 0, 1]


# --- votes from peers ---


async def test_a_vote_from_a_peer_counts_once(cast: Cast) -> None:
    """T041, R6: repeated, for another answer afterwards, and for one that there is not."""
    status = await ask(cast)

    for name in ("Tuesday", "Tuesday", "Monday", "Sunday"):
        await cast.say(cast.bob.actor, ballot(cast.bob.actor, status, name))

    poll = await read(cast.alice, status)
    assert [option["votes_count"] for option in poll["options"]] == [0, 1, 0]
    assert poll["voters_count"] == 1
    assert (await cast.alice.get(f"/api/v1/statuses/{status['id']}/context"))["descendants"] == []


async def test_several_votes_of_one_person_where_the_poll_allows_them(cast: Cast) -> None:
    """Together in one Create, or one after the other."""
    status = await ask(cast, multiple=True)

    await cast.say(cast.bob.actor, ballot(cast.bob.actor, status, "Monday", "Tuesday"))
    await cast.say(cast.bob.actor, ballot(cast.bob.actor, status, "Friday"))

    poll = await read(cast.alice, status)
    assert [option["votes_count"] for option in poll["options"]] == [1, 1, 1]
    assert poll["voters_count"] == 1


@ON_SQLITE
async def test_votes_that_do_not_count(cast: Cast) -> None:
    """T041, R3: of who is no member, in another's name, and after the end."""
    status = await ask(cast)
    mallory = cast.mallory.actor

    await cast.say(mallory, ballot(mallory, status, "Monday"))
    forged = ballot(cast.bob.actor, status, "Monday") | {"actor": mallory.uri, "id": mallory.peer.url("/forged")}
    await cast.say(mallory, forged)
    cast.home.clock.advance(seconds=HOUR)
    await cast.say(cast.bob.actor, ballot(cast.bob.actor, status, "Monday"))

    assert (await read(cast.alice, status))["votes_count"] == 0


async def test_two_votes_at_one_moment_are_one(cast: Cast) -> None:
    """T041: on a poll with one choice; they come together, before either is counted."""
    status = await ask(cast)

    for name in ("Monday", "Friday"):
        answer = await cast.bob.actor.post(INBOX, ballot(cast.bob.actor, status, name))
        assert answer.status == 202
    await cast.home.apply()

    poll = await read(cast.alice, status)
    assert (poll["votes_count"], poll["voters_count"]) == (1, 1)


@ON_SQLITE
async def test_a_vote_in_a_poll_that_the_voter_cannot_see_does_not_count(cast: Cast) -> None:
    """T041: its id was guessed."""
    await cast.home.community("board", host=cast.alice, visibility="private", scope="none")
    hidden = await ask(cast, "@board Whom?")

    await cast.say(cast.bob.actor, ballot(cast.bob.actor, hidden, "Monday"))

    assert (await read(cast.alice, hidden))["votes_count"] == 0


@ON_SQLITE
async def test_nobody_else_says_what_a_poll_of_ours_came_to(cast: Cast) -> None:
    """T042: not by an Update of the Question, its own community's announcement included, nor by what is served."""
    status = await ask(cast)
    await cast.say(cast.bob.actor, ballot(cast.bob.actor, status, "Monday"))
    (create, *_) = await cast.home.composed("Create")
    options = [
        {"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": 99}}
        for name in ("Monday", "Tuesday", "Friday")
    ]
    forged = create["object"] | {"oneOf": options, "votersCount": 297}

    for writer in (cast.bob, cast.mallory):
        update = writer.actor.activity("Update", object=forged, to=[SITES, PUBLIC], audience=SITES)
        assert await cast.say(writer.actor, update) == "rejected"
        await cast.announce(update)

    poll = await read(cast.alice, status)
    assert [option["votes_count"] for option in poll["options"]] == [1, 0, 0]
    assert poll["voters_count"] == 1


@ON_SQLITE
async def test_of_a_partners_poll_only_its_author_says_what_it_came_to(cast: Cast) -> None:
    """T042"""
    await say_question(cast, "Create", (2, 1))
    forged = question(cast.bob, (99, 99))

    update = cast.mallory.actor.activity("Update", object=forged, to=[SITES, PUBLIC], audience=SITES)
    assert await cast.say(cast.mallory.actor, update) == "rejected"

    (shown,) = await cast.alice.home()
    assert [option["votes_count"] for option in shown["poll"]["options"]] == [2, 1]


# --- counts and the end ---


async def test_counts_are_sent_out_once_a_minute_at_most(cast: Cast) -> None:
    await cast.ada.join("@sites@alpha.test")
    status = await ask(cast)
    await tend(cast)
    assert await sent_questions(cast) == []

    await vote(cast.ada, status["poll"], 0)
    await tend(cast)
    await cast.say(cast.bob.actor, ballot(cast.bob.actor, status, "Friday"))
    await tend(cast)
    soon = await sent_questions(cast)
    cast.home.clock.advance(seconds=60)
    await tend(cast)
    await tend(cast)

    later = await sent_questions(cast)
    assert [[option["replies"]["totalItems"] for option in sent["oneOf"]] for sent in later] == [[1, 0, 0], [1, 0, 1]]
    assert soon == later[:1]
    assert "updated" not in later[0]
    assert (await read(cast.alice, status))["voters_count"] == 2


async def test_the_end_is_told_to_the_author_and_to_those_who_voted(cast: Cast) -> None:
    await cast.ada.join("@sites@alpha.test")
    status = await ask(cast)
    await vote(cast.ada, status["poll"], 0)
    cast.home.clock.advance(seconds=HOUR - 1)
    await tend(cast)
    assert await cast.ada.notified_of("poll") == []

    cast.home.clock.advance(seconds=1)
    await tend(cast)
    await tend(cast)

    for person in (cast.alice, cast.ada):
        (notice,) = await person.notified_of("poll")
        assert (notice["status"]["id"], notice["account"]["username"]) == (status["id"], "alice")
        assert notice["status"]["poll"]["expired"] is True
    assert "closed" in (await sent_questions(cast))[-1]


# --- polls of peers ---


async def test_a_poll_of_a_peer_is_shown_with_its_counts_and_follows_them(cast: Cast) -> None:
    status = await say_question(cast, "Create", (2, 1))
    updated = await say_question(cast, "Update", (2, 5))

    assert [option["votes_count"] for option in status["poll"]["options"]] == [2, 1]
    assert [option["votes_count"] for option in updated["poll"]["options"]] == [2, 5]
    assert updated["poll"]["voters_count"] == 7
    assert updated["edited_at"] is None


async def test_a_vote_goes_to_the_author_and_is_seen_at_once(cast: Cast) -> None:
    status = await say_question(cast, "Create", (2, 1))
    (announcement, *_) = await cast.home.composed("Announce")
    assert announcement["object"]["object"]["type"] == "Question"

    poll = await vote(cast.alice, status["poll"], 1)

    assert [option["votes_count"] for option in poll["options"]] == [2, 2]
    (create,) = await cast.home.composed("Create")
    sent = create["object"]
    assert (sent["type"], sent["name"], sent["inReplyTo"]) == ("Note", "No", status["uri"])
    assert (create["to"], sent["to"], "content" in sent) == ([cast.bob.actor.uri], [cast.bob.actor.uri], False)
    assert (await read(cast.alice, status))["own_votes"] == [1]


async def test_other_answers_begin_without_votes(cast: Cast) -> None:
    """Spec/group-federation.md 9."""
    status = await say_question(cast, "Create", (2, 1))
    await vote(cast.alice, status["poll"], 0)
    options = [{"type": "Note", "name": name, "replies": {"totalItems": 0}} for name in ("Yes", "No", "Later")]

    changed = await say_question(
        cast, "Update", (0, 0), oneOf=options, updated=cast.home.clock.now().isoformat(), votersCount=0
    )

    assert [option["title"] for option in changed["poll"]["options"]] == ["Yes", "No", "Later"]
    assert (changed["poll"]["own_votes"], changed["poll"]["voted"]) == ([], False)
    assert changed["edited_at"] is not None
    first, second = await cast.alice.get(f"/api/v1/statuses/{changed['id']}/history")
    assert [option["title"] for option in first["poll"]["options"]] == ["Yes", "No"]
    assert len(second["poll"]["options"]) == 3


@pytest.mark.parametrize("closing", [{"closed": True, "endTime": None}, {"closed": "2026-01-01T00:00:00Z"}])
@ON_SQLITE
async def test_a_poll_that_its_author_closed_is_over(cast: Cast, closing: Document) -> None:
    status = await say_question(cast, "Create", (1, 0), **closing)

    assert status["poll"]["expired"] is True
    assert (await refusal(cast.alice, status["poll"], 0))[0] == 422


async def test_a_poll_in_a_partners_community_is_followed_by_its_announcements(cast: Cast) -> None:
    writer = cast.in_town("cleo")
    created = writer.actor.activity("Create", object=question(writer, (0, 0)), to=[cast.town.uri, PUBLIC])
    counted = writer.actor.activity("Update", object=question(writer, (3, 4)), to=[cast.town.uri, PUBLIC])

    for activity in (created, counted):
        assert await cast.say(cast.town, announced(cast.town, activity)) == "processed"

    (status,) = await cast.alice.home()
    assert [option["votes_count"] for option in status["poll"]["options"]] == [3, 4]
    await vote(cast.alice, status["poll"], 0)
    (create,) = await cast.home.composed("Create")
    assert create["to"] == [writer.actor.uri]


# --- editing ---


async def test_an_edit_that_asks_something_else_begins_without_votes(cast: Cast) -> None:
    await cast.ada.join("@sites@alpha.test")
    status = await ask(cast)
    await vote(cast.ada, status["poll"], 0)
    path = f"/api/v1/statuses/{status['id']}"

    drafts: list[Document] = [{"poll": DAYS}, {"poll": DAYS | {"options": ["Today", "Never"]}}, {}]
    edited = []
    for draft in drafts:
        cast.home.clock.advance(seconds=1)
        edited.append(await cast.alice.put(path, status="@sites Which day, then?", **draft))

    same, other, none = edited
    assert same["poll"]["votes_count"] == 1
    assert ([option["title"] for option in other["poll"]["options"]], other["poll"]["votes_count"]) == (
        ["Today", "Never"], 0
    )  # fmt: skip
    assert none["poll"] is None
    kinds = [one["object"]["type"] for one in await cast.home.composed("Update")]
    assert kinds == ["Question", "Question", "Page"]


async def test_a_poll_goes_with_its_post(cast: Cast) -> None:
    """T169."""
    status = await ask(cast)

    deleted = await cast.alice.delete(f"/api/v1/statuses/{status['id']}")

    assert len(deleted["poll"]["options"]) == 3
    assert (await cast.alice.call("GET", f"/api/v1/polls/{status['poll']['id']}")).status == 404
