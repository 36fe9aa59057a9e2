"""What a partner's community may say of others, and what it may not (threats T039, T040, T046, T047, T049)."""

from datetime import timedelta

import pytest

from models.actors import Tombstone
from models.interactions import Like
from models.posts import Post
from tests.federation.inbox.cast import ALICE, HOME, INBOX, ON_SQLITE, SITES, Cast, mention, personal_note
from tests.support.fake_peer import PUBLIC, Document, FakePeer, Serve, document
from tests.support.writers import Writer

pytestmark = ON_SQLITE


@pytest.mark.parametrize("what", ["post", "follow"])
async def test_a_group_decides_nothing_about_what_others_will_say(cast: Cast, sub: FakePeer, what: str) -> None:
    """T049, T039: town says that sub.test's carol deleted, or undid, what she has yet to say."""
    carol = cast.resident(sub, "carol")
    post_uri, follow = carol.post_uri("next"), carol.actor.activity("Follow", object=SITES)
    await cast.announce(carol.actor.activity("Delete", object=post_uri))
    for said in (post_uri, follow["id"]):
        like = {"type": "Like", "id": said, "actor": carol.actor.uri, "object": f"{HOME}/objects/1"}
        await cast.announce(carol.actor.activity("Undo", object=like))

    assert await cast.rows(Tombstone.uri, actor_uri=carol.actor.uri) == []
    assert await cast.say(carol.actor, follow) == "processed"
    assert await cast.follow(carol.actor.uri, SITES) is True
    create = personal_note(carol.actor, "next", tag=mention("alice"))
    assert await cast.say(carol.actor, create) == "processed"
    assert await cast.post(post_uri) is not None


async def test_what_others_said_is_read_at_their_server(cast: Cast, sub: FakePeer) -> None:
    """T039: town's copy differs from the origin's; then there is no origin."""
    carol = cast.resident(sub, "carol")
    create = carol.create("post")
    cast.serves(create["object"])
    forged = create | {"object": create["object"] | {"content": "<p>forged</p>"}}

    assert await cast.announce(forged) == "processed"
    assert "forged" not in (await cast.post(carol.post_uri("post")))[0]
    await cast.announce(carol.create("nowhere"))
    assert await cast.post(carol.post_uri("nowhere")) is None


_TOMBSTONE = {"id": "http://sub.test/objects/carol-post", "type": "Tombstone"}


@pytest.mark.parametrize(
    ("answer", "is_gone"),
    [
        (document({"error": "never was"}, status=404), True),
        (document(_TOMBSTONE, status=410), True),
        (document(_TOMBSTONE), True),
        (document({"error": "who are you"}, status=401), False),
        (document({"error": "not you"}, status=403), False),
        (document({"error": "not so"}, status=400), False),
        (document({"error": "busy"}, status=503), False),
        (document(b"", status=302), False),
        (document({"error": "a page"}, content_type="text/html"), False),
    ],
    ids=["404", "410", "Tombstone", "401", "403", "400", "503", "redirect to nowhere", "page"],
)
async def test_a_deletion_is_confirmed_by_its_absence_at_the_origin_alone(
    cast: Cast, sub: FakePeer, answer: Serve, is_gone: bool
) -> None:
    """T039, group federation 2 and 8 step 4e: an origin that refuses to say has not said that it is gone."""
    carol = cast.resident(sub, "carol")
    create = carol.create("post")
    cast.serves(create["object"])
    await cast.announce(create)
    assert await cast.post(carol.post_uri("post")) is not None
    sub.serve("/objects/carol-post", answer)

    await cast.announce(carol.delete("post"))

    assert (await cast.post(carol.post_uri("post")) is None) is is_gone


async def test_a_group_shows_only_what_was_written_to_it(cast: Cast, sub: FakePeer) -> None:
    """T039, group federation 20.5: what the copy says about its audience counts for nothing."""
    carol = cast.resident(sub, "carol")
    create = carol.create("elsewhere")
    cast.serves(create["object"] | {"audience": None, "to": [PUBLIC]})

    await cast.announce(create)

    assert await cast.post(carol.post_uri("elsewhere")) is None


async def test_a_group_speaks_of_nothing_outside_it(cast: Cast, sub: FakePeer) -> None:
    """T040: town announces about a post in sites."""
    await cast.say(cast.bob.actor, cast.bob.create("post"))
    uri, bob = cast.bob.post_uri("post"), cast.bob.actor
    edited = cast.bob.create("post")["object"] | {"content": "<p>edited</p>", "updated": "2026-01-31T12:00:00Z"}

    for activity in (
        bob.activity("Delete", object=uri),
        bob.activity("Update", object=edited),
        bob.activity("Like", object=uri),
        cast.town.activity("Delete", object=uri),
        uri,
    ):
        await cast.announce(activity)

    assert "edited" not in (await cast.post(uri))[0]
    assert await cast.rows(Like.id) == []
    assert await cast.alice.threads("Town") == []


async def test_announcements_by_a_person_pass_nothing_on(cast: Cast) -> None:
    """Group federation 8, step 1: only a Group is a group."""
    carol = cast.in_town("carol")

    assert await cast.announce(carol.create("post"), cast.mallory.actor) == "processed"
    assert await cast.post(carol.post_uri("post")) is None
    assert await cast.announce(carol.create("post")) == "processed"
    assert await cast.post(carol.post_uri("post")) is not None


async def test_a_group_invents_nothing_of_ours(cast: Cast) -> None:
    """Group federation 8, step 2: a post of alice's that she never wrote, and a like."""
    forged = {
        "id": f"{HOME}/objects/99", "type": "Note", "attributedTo": ALICE, "content": "<p>x</p>",
        "to": [PUBLIC, cast.town.uri], "audience": cast.town.uri,
    }  # fmt: skip
    carol = cast.in_town("carol")
    await cast.announce(carol.create("post"))

    await cast.announce({"id": f"{HOME}/activities/1", "type": "Create", "actor": ALICE, "object": forged})
    await cast.announce(forged)
    await cast.announce(
        {"id": f"{HOME}/activities/2", "type": "Like", "actor": ALICE, "object": carol.post_uri("post")}
    )

    assert await cast.post(f"{HOME}/objects/99") is None
    assert await cast.rows(Like.id) == []


async def test_a_partner_cannot_act_in_another_partners_community(cast: Cast, sub: FakePeer) -> None:
    """Group federation 20, rule 12: sub.test's group shows a post in town."""
    carol, rival = cast.in_town("carol"), sub.actor("rival", "Group")
    create = carol.create("post")
    cast.serves(create["object"])

    await cast.announce(create, rival)
    assert await cast.post(carol.post_uri("post")) is None
    await cast.announce(create)
    assert await cast.post(carol.post_uri("post")) is not None


async def test_a_post_that_is_not_public_is_not_shown_in_an_open_community(cast: Cast) -> None:
    """T047, group federation 8, step 5"""
    carol = cast.in_town("carol")
    create = carol.create("whisper")
    create["object"]["to"] = create["to"] = [cast.town.uri]

    assert await cast.announce(create) == "rejected"
    assert await cast.post(carol.post_uri("whisper")) is None


async def test_a_known_post_is_not_widened(cast: Cast) -> None:
    """T046: said again by another, by its author, or announced."""
    bob, carol = cast.bob.actor, cast.in_town("carol")
    secret = personal_note(carol.actor, "secret", to=[ALICE], tag=mention("alice"))
    uri = secret["object"]["id"]
    await cast.say(carol.actor, secret)
    wider: Document = secret["object"] | {"to": [PUBLIC, cast.town.uri], "audience": cast.town.uri}

    for kind in ("Create", "Update"):
        await cast.say(bob, bob.activity(kind, object=wider, to=[PUBLIC]))
        await cast.say(carol.actor, carol.actor.activity(kind, object=wider, to=[PUBLIC]))
    await cast.announce(wider)
    await cast.announce(carol.actor.activity("Create", object=wider, to=[PUBLIC]))

    assert (await cast.post(uri))[1:] == ("direct", None)
    assert await cast.rows(Post.shared_post_id) == [(None,)]
    assert await cast.ada.home() == []


async def test_a_server_that_is_away_keeps_a_community_waiting_for_minutes_only(cast: Cast, sub: FakePeer) -> None:
    """T039, T199: what town shows of an origin that answers with errors is left out in the end, the rest is shown."""
    sub.serve("/objects/lost", document({}, status=503))
    carol = cast.in_town("carol")
    await cast.town.post(INBOX, cast.town.activity("Announce", object=sub.url("/objects/lost")))
    await cast.town.post(INBOX, cast.town.activity("Announce", object=carol.create("post")))

    for _ in range(3):
        await cast.home.apply()
        cast.home.clock.advance(minutes=4)
    await cast.home.apply()

    assert await cast.post(carol.post_uri("post")) is not None


async def test_a_group_that_speaks_in_itself_is_heard(cast: Cast) -> None:
    """Client API 11.5, product rule 8: what a partner's community announces; its members read, answer and lose it."""
    said = Writer(cast.town, cast.town.uri)

    await cast.announce(said.create("rules"))
    (thread,) = await cast.alice.threads("Town")
    reply = await cast.alice.say("Gladly", answering=thread)
    await cast.announce(said.update("rules", "as now agreed", after=timedelta(minutes=1)))
    (edited,) = await cast.alice.threads("Town")
    await cast.announce(said.delete("rules"))

    assert (thread["account"]["acct"], thread["account"]["group"]) == ("town@partner.test", True)
    assert reply["in_reply_to_id"] == thread["id"]
    assert "as now agreed" in edited["content"]
    assert await cast.alice.threads("Town") == []


async def test_a_group_is_not_heard_in_another(cast: Cast) -> None:
    """T039, T040: town says what the village says in itself, and in town."""
    village = cast.partner.actor("village", "Group")

    await cast.announce(Writer(village, village.uri).create("rules"))

    assert await cast.alice.threads("Town") == []


async def test_what_a_group_says_to_somebody_alone_is_not_announced(cast: Cast) -> None:
    """T051: addressed to neither itself, its followers nor everybody."""
    said = personal_note(cast.town, "secret", to=[ALICE], tag=mention("alice"))

    await cast.announce(said)

    assert await cast.alice.threads("Town") == []


async def test_what_was_said_while_a_community_was_closed_is_not_anybodys_when_its_firm_opens_it(
    cast: Cast, sub: FakePeer
) -> None:
    """T166, T046: our people wrote it for those who were in there; what they write afterwards is for all partners."""
    club, dave = cast.partner.actor("club", "Group", manuallyApprovesFollowers=True), sub.actor("dave")
    await cast.alice.ask_to_join("@club@partner.test")
    wish = {"type": "Follow", "actor": ALICE, "object": club.uri}
    await cast.say(club, club.activity("Accept", object=wish))
    before = await cast.alice.say("@club@partner.test among us")
    cast.home.clock.advance(minutes=1)

    club.changes = {"manuallyApprovesFollowers": False}
    club.publish()
    assert await cast.say(club, club.activity("Update", object=club.document)) == "processed"
    after = await cast.alice.say("@club@partner.test to everybody")

    assert [(await actor.get(before["uri"])).status for actor in (dave, cast.bob.actor)] == [404, 200]
    assert [(await actor.get(after["uri"])).status for actor in (dave, cast.bob.actor)] == [200, 200]
    await cast.alice.delete(f"/api/v1/statuses/{before['id']}")
    assert [(await actor.get(before["uri"])).status for actor in (dave, cast.bob.actor)] == [404, 410]
