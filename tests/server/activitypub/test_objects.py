"""Single posts and activities: for partners that may see them, and for nobody else."""

from tests.server.activitypub.home import HOME, Home, seen
from tests.support.fake_peer import PUBLIC, FakePeer

NOTHING = f"{HOME}/objects/115000000000000000"


async def test_a_partner_reads_a_post_of_an_openly_shared_community(home: Home, partner: FakePeer) -> None:
    alice = await home.person("alice")
    town = await home.community("town", host=alice)
    post = await home.post(alice, "@town Night shifts\n\nHow do you run them?")

    answer = await partner.actor("bob").get(post.uri)

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/activity+json; charset=utf-8"
    assert answer.headers["Cache-Control"] == "private, no-store"
    document = answer.document
    assert document["@context"][0] == "https://www.w3.org/ns/activitystreams"
    assert (document["id"], document["type"], document["name"]) == (post.uri, "Page", "Night shifts")
    assert document["attributedTo"] == alice.uri
    assert document["audience"] == town.uri
    assert document["to"] == [town.uri, f"{town.uri}/followers"]
    assert document["cc"] == [PUBLIC]


async def test_posts_of_hidden_communities_look_like_unknown_ones(
    home: Home, partner: FakePeer, stranger: FakePeer
) -> None:
    """T023, T165, T170"""
    alice = await home.person("alice")
    await home.community("plans", host=alice, visibility="private")
    await home.community("board", host=alice, scope="none")
    hidden = [(await home.post(alice, f"@{name} Secret\n\nNobody else may know")).uri for name in ("plans", "board")]
    bob, eve = partner.actor("bob"), stranger.actor("eve")

    unsigned = [seen(await stranger.get_unsigned(uri)) for uri in (NOTHING, *hidden)]
    strange = [seen(await eve.get(uri)) for uri in (NOTHING, *hidden)]
    allowed = [seen(await bob.get(uri)) for uri in (NOTHING, *hidden)]

    assert [unsigned[0][0], strange[0][0], allowed[0][0]] == [401, 403, 404]
    for answers in (unsigned, strange, allowed):
        assert answers == [answers[0]] * 3
    assert stranger.asked == []


async def test_open_posts_need_a_partners_signature_as_well(home: Home, stranger: FakePeer) -> None:
    """T056"""
    alice = await home.person("alice")
    await home.community("town", host=alice)
    post = await home.post(alice, "@town Hello")

    assert seen(await stranger.get_unsigned(post.uri)) == seen(await stranger.get_unsigned(NOTHING))
    assert (await stranger.actor("eve").get(post.uri)).status == 403


async def test_a_post_for_followers_is_for_the_followers_server_alone(
    home: Home, partner: FakePeer, sub: FakePeer
) -> None:
    alice = await home.person("alice")
    bob, sue = partner.actor("bob"), sub.actor("sue")
    await bob.get(alice.uri)
    await home.add_follower(alice, bob)

    post = await home.post(alice, "For those who follow me")

    assert (await bob.get(post.uri)).document["to"] == [f"{alice.uri}/followers"]
    assert seen(await sue.get(post.uri)) == seen(await sue.get(NOTHING))


async def test_a_deleted_post_of_a_shared_community_leaves_a_tombstone_for_partners(
    home: Home, partner: FakePeer, stranger: FakePeer
) -> None:
    alice = await home.person("alice")
    await home.community("town", host=alice)
    post = await home.post(alice, "@town Soon gone")
    await home.delete_post(alice, post)

    allowed = await partner.actor("bob").get(post.uri)
    unsigned = await stranger.get_unsigned(post.uri)

    assert allowed.status == 410
    assert allowed.document["type"] == "Tombstone"
    assert allowed.document["id"] == post.uri
    assert "content" not in allowed.document
    assert seen(unsigned) == seen(await stranger.get_unsigned(NOTHING))
    assert (await stranger.actor("eve").get(post.uri)).status == 403


async def test_deleted_posts_that_a_partner_could_not_see_never_were(home: Home, partner: FakePeer) -> None:
    """T170"""
    alice = await home.person("alice")
    await home.community("plans", host=alice, visibility="private")
    bob = partner.actor("bob")
    gone = [await home.post(alice, "@plans Secret"), await home.post(alice, "For those who follow me")]
    for post in gone:
        await home.delete_post(alice, post)

    answers = [seen(await bob.get(post.uri)) for post in gone]

    assert answers == [seen(await bob.get(NOTHING))] * 2


async def test_a_post_of_a_community_that_was_closed_is_no_longer_served(home: Home, partner: FakePeer) -> None:
    alice = await home.person("alice")
    town = await home.community("town", host=alice)
    post = await home.post(alice, "@town Hello")
    deleted = await home.post(alice, "@town Gone")
    await home.delete_post(alice, deleted)
    bob = partner.actor("bob")

    await home.close_community(town)

    unknown = seen(await bob.get(NOTHING))
    assert seen(await bob.get(post.uri)) == unknown
    assert seen(await bob.get(deleted.uri)) == unknown


async def test_a_browser_is_sent_to_the_thread_whether_there_is_one_or_not(home: Home, stranger: FakePeer) -> None:
    answer = await stranger.get_unsigned(NOTHING, Accept="text/html")

    assert (answer.status, answer.headers["Location"]) == (303, "/t/115000000000000000")


async def test_what_is_no_number_is_unknown(home: Home, partner: FakePeer) -> None:
    bob = partner.actor("bob")
    odd = ["%00", "-1", "1e3", "9" * 30, "%D9%A1", "None"]

    answers = [(await bob.get(f"{HOME}/{kind}/{text}")).status for kind in ("objects", "activities") for text in odd]

    assert answers == [404] * 12


async def test_an_activity_is_given_out_byte_for_byte(home: Home, partner: FakePeer) -> None:
    alice = await home.person("alice")
    await home.community("town", host=alice)
    await home.post(alice, "@town Hello")
    bob = partner.actor("bob")

    [(uri, payload)] = await home.activities_of(alice)

    answer = await bob.get(uri)
    assert answer.status == 200
    assert answer.body == payload
    assert answer.document["type"] == "Create"


async def test_an_activity_follows_its_post(home: Home, partner: FakePeer, stranger: FakePeer) -> None:
    """An activity shows what its post says: who may not see the post finds no activity (threats R4)."""
    alice = await home.person("alice")
    await home.community("town", host=alice)
    await home.community("plans", host=alice, visibility="private")
    bob = partner.actor("bob")
    gone = await home.post(alice, "@town Soon gone")
    await home.post(alice, "@plans Secret")
    await home.delete_post(alice, gone)
    unknown = seen(await bob.get(f"{HOME}/activities/1"))

    answers = [seen(await bob.get(uri)) for uri, _ in await home.activities_of(alice)]

    assert answers == [unknown] * 2
    assert unknown[0] == 404
    assert (await stranger.get_unsigned(f"{HOME}/activities/1")).status == 401
