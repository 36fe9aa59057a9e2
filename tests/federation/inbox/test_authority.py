"""Who may say what: each forgery beside the same thing said by whom it belongs to (threats T029 to T054)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from models.interactions import Like
from models.outbox import Activity, Delivery
from models.peers import Peer
from models.posts import Post
from tests.federation.inbox.cast import ALICE, HOME, INBOX, ON_SQLITE, SITES, Cast, mention, personal_note
from tests.support.api import Api
from tests.support.fake_peer import PUBLIC, FakePeer
from tests.support.writers import Writer

pytestmark = ON_SQLITE


@pytest.mark.parametrize("shape", ["string", "array", "reversed", "object", "missing"])
async def test_nobody_writes_for_somebody_else(cast: Cast, shape: str) -> None:
    """T029"""
    mallory, bob = cast.mallory.actor, cast.bob.actor
    authors = {
        "string": bob.uri,
        "array": [mallory.uri, bob.uri],
        "reversed": [bob.uri, mallory.uri],
        "object": {"id": bob.uri, "type": "Person"},
        "missing": None,
    }
    forged = cast.mallory.create("forged")
    forged["object"]["attributedTo"] = authors[shape]
    await cast.say(mallory, cast.mallory.follow())

    assert await cast.say(mallory, forged) == "rejected"
    assert await cast.post(cast.mallory.post_uri("forged")) is None
    assert await cast.say(mallory, cast.mallory.create("own")) == "processed"
    assert await cast.post(cast.mallory.post_uri("own")) is not None


async def test_an_embedded_post_of_another_origin_is_not_kept(cast: Cast, sub: FakePeer) -> None:
    """T030"""
    forged = cast.bob.create("x")
    forged["object"]["id"] = sub.url("/objects/1")

    assert await cast.say(cast.bob.actor, forged) == "rejected"
    assert await cast.post(sub.url("/objects/1")) is None
    assert sub.asked == []


async def test_only_the_author_edits(cast: Cast) -> None:
    """T031"""
    await cast.say(cast.bob.actor, cast.bob.create("post"))
    original = cast.bob.create("post")["object"] | {"updated": "2026-01-31T12:00:00Z"}
    edited = original | {"content": "<p>edited</p>"}
    mallory = cast.mallory.actor

    assert await cast.say(mallory, mallory.activity("Update", object=edited)) == "rejected"
    as_own = edited | {"attributedTo": mallory.uri}
    assert await cast.say(mallory, mallory.activity("Update", object=as_own)) == "rejected"
    assert "edited" not in (await cast.post(original["id"]))[0]
    assert await cast.say(cast.bob.actor, cast.bob.actor.activity("Update", object=edited)) == "processed"
    assert "edited" in (await cast.post(original["id"]))[0]


async def test_an_edit_moves_a_post_nowhere(cast: Cast) -> None:
    """Group federation 20, rule 4: its author may say something else, not who wrote it, where, or below what."""
    columns = (Post.author_id, Post.community_id, Post.parent_uri, Post.thread_id, Post.audience)
    await cast.say(cast.bob.actor, cast.bob.create("one"))
    await cast.say(cast.bob.actor, cast.bob.create("two"))
    await cast.say(cast.bob.actor, cast.bob.create("reply", answering=cast.bob.post_uri("one")))
    uri = cast.bob.post_uri("reply")
    before = await cast.rows(*columns, uri=uri)
    moved = cast.bob.create("reply", answering=cast.bob.post_uri("two"))["object"]
    moved |= {"audience": cast.town.uri, "to": [cast.town.uri, PUBLIC], "content": "<p>moved</p>"}
    update = cast.bob.actor.activity("Update", object=moved | {"updated": "2026-01-31T12:00:00Z"})

    assert await cast.say(cast.bob.actor, update) == "processed"

    assert "moved" in (await cast.post(uri))[0]
    assert await cast.rows(*columns, uri=uri) == before


async def test_nobody_edits_another_actor(cast: Cast) -> None:
    """T031: a person, and a community."""
    mallory = cast.mallory.actor
    for victim in (cast.bob.actor, cast.town):
        changed = victim.document | {"name": "Owned"}
        assert await cast.say(mallory, mallory.activity("Update", object=changed)) == "rejected"
    own = cast.bob.actor.document | {"name": "Robert"}
    assert await cast.say(cast.bob.actor, cast.bob.actor.activity("Update", object=own)) == "processed"
    assert (await cast.alice.find("@bob@partner.test") or {})["display_name"] == "Robert"


@pytest.mark.parametrize("shape", ["string", "tombstone", "whole"])
async def test_only_the_author_deletes(cast: Cast, shape: str) -> None:
    """T032: the same server is not enough."""
    create = cast.bob.create("post")
    uri = cast.bob.post_uri("post")
    await cast.say(cast.bob.actor, create)
    said = {"string": uri, "tombstone": {"id": uri, "type": "Tombstone"}, "whole": create["object"]}[shape]
    mallory = cast.mallory.actor

    assert await cast.say(mallory, mallory.activity("Delete", object=said)) == "rejected"
    assert await cast.post(uri) is not None
    assert await cast.say(cast.bob.actor, cast.bob.actor.activity("Delete", object=said)) == "processed"
    assert await cast.post(uri) is None


@pytest.mark.parametrize("victim", ["http://partner.test/users/bob", ALICE, SITES])
async def test_nobody_deletes_another_actor(cast: Cast, victim: str) -> None:
    """T032"""
    mallory = cast.mallory.actor

    assert await cast.say(mallory, mallory.activity("Delete", object=victim)) == "rejected"
    assert await cast.alice.find("@bob@partner.test") is not None
    assert await cast.alice.find("@sites@alpha.test") is not None


async def test_nobody_takes_back_what_another_did(cast: Cast) -> None:
    """T033: embedded, with a lie about its actor, and by its id alone."""
    bob, mallory = cast.bob.actor, cast.mallory.actor
    await cast.say(bob, cast.bob.create("post"))
    like, follow = cast.bob.like(cast.bob.post_uri("post")), cast.bob.follow()
    await cast.say(bob, like)
    await cast.say(bob, follow)

    attempts = [inner for done in (like, follow) for inner in (done, done | {"actor": mallory.uri}, done["id"])]
    states = [await cast.say(mallory, mallory.activity("Undo", object=inner)) for inner in attempts]

    assert states == ["rejected", "processed", "processed"] * 2
    assert len(await cast.rows(Like.id)) == 1
    assert await cast.follow(bob.uri, SITES) is True
    assert await cast.say(bob, bob.activity("Undo", object=like["id"])) == "processed"
    assert await cast.say(bob, bob.activity("Undo", object=follow)) == "processed"
    assert await cast.rows(Like.id) == []
    assert await cast.follow(bob.uri, SITES) is None


async def test_nobody_accepts_for_another(cast: Cast) -> None:
    """T034, T036: by id, embedded, by guess; only the one who was asked."""
    carol, mallory = cast.partner.actor("carol"), cast.mallory.actor
    await cast.alice.ask_to_join("@carol@partner.test")
    (wish,) = (one for one in await cast.home.composed("Follow") if one["object"] == carol.uri)

    for said in (wish["id"], wish, wish | {"object": mallory.uri}, wish | {"id": "http://alpha.test/activities/1"}):
        assert await cast.say(mallory, mallory.activity("Accept", object=said)) == "processed"
    assert await cast.follow(ALICE, carol.uri) is False
    assert await cast.follow(ALICE, mallory.uri) is None
    assert await cast.say(carol, carol.activity("Accept", object=wish["id"])) == "processed"
    assert await cast.follow(ALICE, carol.uri) is True


async def test_who_was_not_let_in_yet_finds_nothing_of_what_members_read(cast: Cast) -> None:
    """T036: ada is let in and reads it; alice has asked, and nobody has answered."""
    club = cast.partner.actor("club", "Group", manuallyApprovesFollowers=True)
    for person in (cast.ada, cast.alice):
        await person.ask_to_join("@club@partner.test")
    wish = {"type": "Follow", "actor": f"{HOME}/users/ada", "object": club.uri}
    await cast.say(club, club.activity("Accept", object=wish))
    carol = Writer(cast.partner.actor("carol"), club.uri)
    await cast.announce(carol.create("zanzibar"), club)
    (shown,) = await cast.ada.home()

    async def found_by(person: Api) -> list[int]:
        search = await person.get("/api/v2/search", q="zanzibar", type="statuses")
        by_id = await person.call("GET", f"/api/v1/statuses/{shown['id']}")
        found = (await person.home(), await person.threads("Club"), search["statuses"])
        return [*map(len, found), by_id.status]

    assert await cast.follow(ALICE, club.uri) is False
    assert await found_by(cast.ada) == [1, 1, 1, 200]
    assert await found_by(cast.alice) == [0, 0, 0, 404]


async def test_nobody_rejects_for_another(cast: Cast) -> None:
    """T035: neither alice's membership of town, nor bob's of sites."""
    mallory = cast.mallory.actor
    wishes = [
        {"type": "Follow", "actor": ALICE, "object": cast.town.uri},
        {"type": "Follow", "actor": cast.bob.actor.uri, "object": SITES},
    ]

    for wish in wishes:
        await cast.say(mallory, mallory.activity("Reject", object=wish))
    await cast.say(cast.town, cast.town.activity("Reject", object=wishes[1]))
    assert await cast.follow(ALICE, cast.town.uri) is True
    assert await cast.follow(cast.bob.actor.uri, SITES) is True
    await cast.say(cast.town, cast.town.activity("Reject", object=wishes[0]))
    assert await cast.follow(ALICE, cast.town.uri) is None


async def test_a_replay_has_no_second_effect(cast: Cast) -> None:
    """T010: also an Undo replayed after a new Like."""
    bob = cast.bob.actor
    await cast.say(bob, cast.bob.create("post"))
    like = cast.bob.like(cast.bob.post_uri("post"))
    undo = cast.bob.undo(like)
    again = cast.bob.like(cast.bob.post_uri("post"))
    for activity in (like, undo, again):
        await cast.say(bob, activity)

    for activity in (like, undo) * 5:
        assert (await bob.post(INBOX, activity)).status == 202
    await cast.home.apply()

    assert await cast.rows(Like.activity_uri) == [(again["id"],)]


async def test_an_id_is_taken_by_nobody_but_its_actor(cast: Cast) -> None:
    """T049: mallory uses the id of bob's next activity first."""
    bob, mallory = cast.bob.actor, cast.mallory.actor
    genuine = cast.bob.create("next")
    squatted = mallory.activity("Like", object=HOME) | {"id": genuine["id"]}

    assert await cast.say(mallory, squatted) == "processed"
    assert (await bob.post(INBOX, genuine)).status == 202
    await cast.home.apply()
    assert await cast.post(cast.bob.post_uri("next")) is not None


@pytest.mark.parametrize(
    ("note_to", "create_to", "expected"),
    [
        ([PUBLIC], [PUBLIC], "followers"),
        ([PUBLIC], [], "followers"),
        ([PUBLIC], [ALICE], "direct"),
        ([ALICE], [PUBLIC], "direct"),
        ([ALICE], [ALICE], "direct"),
        (["bob's followers"], [PUBLIC], "followers"),
        (["http://sub.test/users/x/followers"], [PUBLIC], "direct"),
        (["as:Public"], ["Public"], "followers"),
        (["AS:public"], [PUBLIC], "direct"),
    ],
)
async def test_the_narrower_audience_counts(
    cast: Cast, note_to: list[str], create_to: list[str], expected: str
) -> None:
    """T045, T047, T048"""
    bob = cast.bob.actor
    to = [f"{bob.uri}/followers" if one == "bob's followers" else one for one in note_to]
    create = personal_note(bob, "post", to=to, tag=mention("alice")) | {"to": create_to}

    assert await cast.say(bob, create) == "processed"
    assert (await cast.post(create["object"]["id"]))[1] == expected


async def test_a_reply_by_a_stranger_to_the_community_is_refused(cast: Cast) -> None:
    """T050: mallory is no member; bob is."""
    asked = await cast.alice.say("@sites what now?")
    reply = cast.mallory.create("reply", answering=asked["uri"])

    assert await cast.say(cast.mallory.actor, reply) == "rejected"
    assert await cast.alice.replies(asked) == []
    assert await cast.alice.notified_of("mention") == []
    assert await cast.say(cast.bob.actor, cast.bob.create("reply", answering=asked["uri"])) == "processed"
    assert len(await cast.alice.replies(asked)) == 1
    assert len(await cast.alice.notified_of("mention")) == 1


@pytest.mark.parametrize("visibility", ["private", "open"])
@pytest.mark.parametrize("kind", ["ChatMessage", "by a group"])
async def test_a_private_message_is_no_part_of_a_communitys_thread(cast: Cast, visibility: str, kind: str) -> None:
    """T050: it reaches whom it is written to, as any other; in the thread nobody can tell that there is one."""
    await cast.home.community("plans", host=cast.alice, visibility=visibility)
    secret = await cast.alice.say("@plans among us")
    sender = cast.mallory.actor if kind == "ChatMessage" else cast.partner.actor("rival", "Group")
    note = personal_note(sender, "psst", to=[ALICE], tag=mention("alice"), inReplyTo=secret["uri"])
    note["object"]["type"] = "ChatMessage" if kind == "ChatMessage" else "Note"

    assert await cast.say(sender, note) == "processed"

    (told,) = await cast.alice.notified_of("mention")
    assert (told["status"]["in_reply_to_id"], await cast.alice.replies(secret)) == (None, [])
    assert (await cast.alice.get(f"/api/v1/statuses/{secret['id']}"))["replies_count"] == 0


async def test_a_private_message_that_came_before_is_no_part_of_a_communitys_thread(cast: Cast) -> None:
    """T050: what it answers is shown by the community only afterwards."""
    carol, mallory = cast.in_town("carol"), cast.mallory.actor
    note = personal_note(mallory, "psst", to=[ALICE], tag=mention("alice"), inReplyTo=carol.post_uri("thread"))

    assert await cast.say(mallory, note) == "processed"
    assert await cast.announce(carol.create("thread")) == "processed"

    shown = await cast.alice.awaited_thread("Town", "thread")
    assert (shown["replies_count"], await cast.alice.replies(shown)) == (0, [])


async def test_what_was_not_shown_cannot_be_liked(cast: Cast) -> None:
    """R4: alice's note to ada, by its number; then one to bob."""
    hidden = await cast.alice.post("/api/v1/statuses", status="@ada psst", visibility="direct")
    shown = await cast.alice.post("/api/v1/statuses", status="@bob@partner.test psst", visibility="direct")

    for post in (hidden, shown):
        await cast.say(cast.bob.actor, cast.bob.like(post["uri"]))

    assert [one["status"]["id"] for one in await cast.alice.notified_of("favourite")] == [shown["id"]]


async def test_who_follows_somebody_reads_what_they_say(cast: Cast) -> None:
    """Beside T045: bob's public note reaches alice, who follows him, and not ada, who does not."""
    bob = cast.bob.actor
    await cast.alice.ask_to_join("@bob@partner.test")
    await cast.say(bob, bob.activity("Accept", object={"type": "Follow", "actor": ALICE, "object": bob.uri}))

    await cast.say(bob, personal_note(bob, "hello"))

    assert [one["content"] for one in await cast.alice.home()] == ["<p>hello</p>"]
    assert await cast.ada.home() == []


@pytest.mark.parametrize("visibility", ["on-request", "private"])
async def test_closed_communities_do_not_exist_for_a_basic_partner(cast: Cast, visibility: str) -> None:
    """T050, product section 3: no join, no answer, no post, no reply, no like."""
    await cast.home.community("plans", host=cast.alice, visibility=visibility)
    plans, bob = f"{HOME}/communities/plans", cast.bob.actor
    asked = await cast.alice.say("@plans for us")
    answers = await cast.home.composed("Accept"), await cast.home.composed("Reject")

    await cast.say(bob, bob.activity("Follow", object=plans))
    await cast.say(bob, bob.activity("Like", object=asked["uri"]))
    note = personal_note(bob, "into", to=[plans, PUBLIC], audience=plans)
    reply = personal_note(bob, "below", inReplyTo=asked["uri"])

    assert [await cast.say(bob, note), await cast.say(bob, reply)] == ["rejected", "rejected"]
    assert (await cast.home.composed("Accept"), await cast.home.composed("Reject")) == answers
    assert await cast.follow(bob.uri, plans) is None
    assert (await bob.post(f"{plans}/inbox", note)).status == 404
    assert (await cast.alice.read(asked))["favourites_count"] == 0
    assert await cast.alice.replies(asked) == []
    assert await owed_to(cast, "partner.test") == []


async def owed_to(cast: Cast, host: str) -> list[str]:
    """Types of what is to be sent to a partner and shows a post."""
    statement = (
        select(Activity.type)
        .join(Delivery, Delivery.activity_id == Activity.id)
        .join(Peer, Peer.id == Delivery.peer_id)
        .where(Peer.host == host, Activity.type.in_(("Announce", "Create")))
    )
    async with cast.home.db.read() as tx:
        return [row[0] for row in await tx.select(statement)]


async def test_a_suspended_partners_activities_wait(cast: Cast) -> None:
    """T061, T062: what was taken in before is not applied before it is resumed."""
    create = cast.bob.create("post")
    assert (await cast.bob.actor.post(INBOX, create)).status == 202
    await cast.home.suspend("partner.test")

    await cast.home.apply()
    assert await cast.post(cast.bob.post_uri("post")) is None
    assert (await cast.bob.actor.post(INBOX, cast.bob.create("later"))).status == 403
    await cast.home.resume("partner.test")
    await cast.home.apply()
    assert await cast.post(cast.bob.post_uri("post")) is not None


async def test_what_a_suspended_partner_wrote_before_is_not_shown_on_anybodys_word(cast: Cast) -> None:
    """T061: its old posts are hidden, and a third party that announces one does not bring it back (CVE-2026-23961)."""
    club = cast.sub.actor("club", "Group")
    await cast.alice.ask_to_join("@club@sub.test")
    wish = {"type": "Follow", "actor": f"{HOME}/users/alice", "object": club.uri}
    await cast.say(club, club.activity("Accept", object=wish))
    bob = Writer(cast.partner.actor("bob"), club.uri)
    create = bob.create("post")
    cast.serves(create["object"])
    await cast.announce(create, group=club)
    assert await cast.alice.threads("Club") != []

    await cast.home.suspend("partner.test")
    assert await cast.alice.threads("Club") == []
    for passed in (create, create["object"]["id"], bob.update("post", "again", after=timedelta(minutes=5))):
        await cast.announce(passed, group=club)

    assert await cast.alice.threads("Club") == []
    assert await cast.alice.home() == []


async def test_strangers_are_never_asked(cast: Cast, stranger: FakePeer) -> None:
    """T054, T055: whatever a partner names."""
    eve = stranger.actor("eve")
    note = personal_note(
        cast.bob.actor, "x",
        tag=[*mention("alice"), {"type": "Mention", "href": eve.uri}],
        inReplyTo=stranger.url("/objects/1"), attachment=[{"type": "Document", "url": stranger.url("/a.png")}],
    )  # fmt: skip
    assert await cast.say(cast.bob.actor, note) == "processed"
    for passed in (stranger.url("/objects/1"), eve.activity("Like", object=HOME), eve.note()):
        assert await cast.announce(passed) == "processed"
    assert await cast.say(cast.bob.actor, cast.bob.actor.activity("Follow", object=eve.uri)) == "processed"
    assert (await eve.post(INBOX, eve.note())).status == 403

    assert stranger.asked == []
