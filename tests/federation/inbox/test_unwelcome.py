"""Authors at partners are told, in private, why a community of ours does not show what they sent (product J5); and
which answer who asked has accepted travels with the question."""

import json

import pytest
from sqlalchemy import update

from models.communities import Community
from models.outbox import Activity
from models.posts import Post
from tests.federation.inbox.cast import HOME, ON_SQLITE, SITES, Cast
from tests.support.fake_peer import PUBLIC, Document, FakePeer

pytestmark = ON_SQLITE


async def told(cast: Cast) -> list[tuple[str, str]]:
    """To whom the community wrote, and what it says in English."""
    rows = await cast.rows(Activity.payload, type="Create")
    found = [json.loads(row[0]) for row in rows]
    notes = [one["object"] for one in found if one["actor"] == SITES]
    return [(note["to"][0], note["content"].partition("because ")[2].partition(".")[0]) for note in notes]


async def test_a_stranger_in_an_open_community_is_told_to_join(cast: Cast, sub: FakePeer) -> None:
    carol = sub.actor("carol")
    note = cast.bob.create("post")["object"] | {
        "id": sub.url("/objects/first"),
        "attributedTo": carol.uri,
    }
    create = carol.activity("Create", object=note, to=note["to"], cc=note.get("cc", []))

    assert await cast.say(carol, create) == "rejected"

    assert await cast.post(note["id"]) is None
    assert await told(cast) == [(carol.uri, "you are not a member of this community")]


async def test_a_member_who_wrote_to_the_wrong_people_is_told(cast: Cast) -> None:
    create = cast.bob.create("post")
    note = create["object"] | {"to": [SITES], "cc": []}

    assert await cast.say(cast.bob.actor, create | {"object": note, "to": [SITES], "cc": []}) == "rejected"

    ((to, why),) = await told(cast)
    assert (to, why) == (cast.bob.actor.uri, "it is not addressed to everybody who reads this community")


@pytest.mark.parametrize("how", ["to", "cc", "audience", "mention"])
async def test_a_post_that_names_two_of_our_communities_is_told(cast: Cast, how: str) -> None:
    """Group federation 6.1: one thread, one community. One that its author cannot know of is as if it were not."""
    other = f"{HOME}/communities/lines"
    hidden = f"{HOME}/communities/plans"
    create, beside = cast.bob.create("two"), cast.bob.create("one")
    _name(create["object"], how, other)
    _name(beside["object"], how, hidden)
    await cast.home.community("lines", host=cast.alice)
    await cast.home.community("plans", host=cast.alice, visibility="private")

    assert await cast.say(cast.bob.actor, create) == "rejected"
    assert await cast.say(cast.bob.actor, beside) == "processed"

    assert await cast.post(cast.bob.post_uri("two")) is None
    assert await cast.post(cast.bob.post_uri("one")) is not None
    assert await told(cast) == [(cast.bob.actor.uri, "it names several communities of ours, and a post goes to one")]


async def test_a_post_that_belongs_to_another_community_is_not_ours_because_it_names_ours(
    cast: Cast, sub: FakePeer
) -> None:
    """Group federation 6.1: `audience` of a community that nobody here knows, and ours among the recipients."""
    elsewhere = sub.url("/communities/far")
    create = cast.bob.create("elsewhere")
    note = create["object"] | {"audience": elsewhere, "to": [elsewhere, SITES, PUBLIC]}
    to_nobody = cast.bob.create("here")
    to_nobody["object"] |= {"audience": [PUBLIC, f"{cast.bob.actor.uri}/followers", SITES]}

    assert await cast.say(cast.bob.actor, create | {"object": note, "audience": elsewhere}) == "rejected"
    assert await cast.say(cast.bob.actor, to_nobody) == "processed"

    assert await cast.post(note["id"]) is None
    assert await cast.post(cast.bob.post_uri("here")) is not None
    assert await told(cast) == [(cast.bob.actor.uri, "it says that it belongs to another one")]
    assert sub.asked == []


async def test_a_reply_is_its_threads_whatever_it_names(cast: Cast) -> None:
    """Group federation 6.1: the thread's community wins over everything, `audience` and a second one of ours too."""
    await cast.say(cast.bob.actor, cast.bob.create("thread"))
    thread = cast.bob.post_uri("thread")
    replies = {word: cast.bob.create(word, answering=thread) for word in ("claimed", "named")}
    replies["claimed"]["object"]["audience"] = cast.town.uri
    _name(replies["named"]["object"], "mention", f"{HOME}/communities/lines")
    await cast.home.community("lines", host=cast.alice)

    for word, create in replies.items():
        assert await cast.say(cast.bob.actor, create) == "processed"
        _, _, community_id = await cast.post(cast.bob.post_uri(word))
        assert community_id == (await cast.post(thread))[2]


def _name(note: Document, how: str, community: str) -> None:
    """Name a community in one of the ways in which posts do."""
    match how:
        case "mention":
            note["tag"] = [{"type": "Mention", "href": community, "name": "@it"}]
        case "audience":
            note["audience"] = [SITES, community]
        case _:
            note[how] = [*note.get(how, []), community]


async def test_where_hosts_alone_open_threads_members_answer(cast: Cast) -> None:
    """Group federation 6.1: `postingRestrictedToMods` is about threads; a reply passes."""
    open_thread = await cast.alice.say("@sites Open to all")
    async with cast.home.db.write() as tx:
        await tx.execute(update(Community).where(Community.is_local).values(hosts_only=True))

    assert await cast.say(cast.bob.actor, cast.bob.create("thread")) == "rejected"
    assert await cast.say(cast.bob.actor, cast.bob.create("reply", answering=open_thread["uri"])) == "processed"

    assert await cast.post(cast.bob.post_uri("thread")) is None
    assert await told(cast) == [(cast.bob.actor.uri, "only those who lead this community write there")]


async def test_what_is_shown_is_not_explained(cast: Cast) -> None:
    assert await cast.say(cast.bob.actor, cast.bob.create("post")) == "processed"
    assert await told(cast) == []


async def test_the_accepted_answer_comes_with_an_update_of_the_question_by_its_author(cast: Cast) -> None:
    asked = cast.bob.create("asked")
    asked["object"]["name"] = "Who does nights?"
    await cast.say(cast.bob.actor, asked)
    uri = cast.bob.post_uri("asked")
    answer = await cast.alice.say("We do", answering={"id": str((await cast.rows(Post.id, uri=uri))[0][0])})
    answer_id = int(answer["id"])
    update = cast.bob.actor.activity("Update", object=asked["object"] | {"acceptedAnswer": answer["uri"]})
    unknown = update | {"id": update["id"] + "-2", "object": asked["object"] | {"acceptedAnswer": SITES}}
    taken_back = update | {"id": update["id"] + "-3", "object": asked["object"] | {"acceptedAnswer": None}}
    columns = (Post.is_question, Post.answer_id, Post.edited_at)
    assert await cast.rows(*columns, uri=uri) == [(True, None, None)]

    await cast.say(cast.bob.actor, update)
    assert await cast.rows(*columns, uri=uri) == [(True, answer_id, None)]

    await cast.say(cast.bob.actor, unknown)
    await cast.say(cast.bob.actor, taken_back)
    assert await cast.rows(*columns, uri=uri) == [(True, None, None)]
