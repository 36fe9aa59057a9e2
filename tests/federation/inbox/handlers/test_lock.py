"""Locking threads and comments, in our communities and in a partner's (group federation 8 step 5, 10.4)."""

from datetime import timedelta

from models.writes import moderation_log
from tests.federation.inbox.cast import ON_SQLITE, SITES, Cast
from tests.federation.inbox.handlers.bench import about, is_closed, moderated_town, posted, relayed, undone, with_role
from tests.support.writers import Writer

pytestmark = ON_SQLITE


async def test_in_a_locked_thread_of_ours_only_moderators_answer(cast: Cast) -> None:
    bob = cast.bob
    thread = await posted(cast, bob, "thread")
    moderator = Writer(await with_role(cast, cast.partner.actor("meg"), "moderator"), SITES)
    lock = about(moderator.actor, "Lock", SITES, thread, summary="Settled")

    assert await cast.say(bob.actor, bob.create("before", answering=thread)) == "processed"
    assert await cast.say(moderator.actor, lock) == "processed"
    assert await cast.say(bob.actor, bob.create("after", answering=thread)) == "rejected"
    assert await cast.say(bob.actor, bob.create("below", answering=bob.post_uri("before"))) == "rejected"
    assert await cast.say(moderator.actor, moderator.create("word", answering=thread)) == "processed"
    assert await cast.say(bob.actor, bob.like(thread)) == "processed"
    assert [one["id"] for one in await relayed(cast, "Lock")] == [lock["id"]]

    assert await cast.say(moderator.actor, undone(moderator.actor, SITES, lock)) == "processed"
    assert await cast.say(bob.actor, bob.create("again", answering=thread)) == "processed"
    assert len(await relayed(cast, "Undo")) == 1


async def test_a_locked_comment_closes_what_is_below_it_alone(cast: Cast) -> None:
    bob = cast.bob
    thread = await posted(cast, bob, "thread")
    comment = await posted(cast, bob, "comment", answering=thread)
    below = await posted(cast, bob, "below", answering=comment)
    meg = await with_role(cast, cast.partner.actor("meg"), "moderator")
    on_comment, on_thread, once_more = (about(meg, "Lock", SITES, uri) for uri in (comment, thread, thread))

    await cast.say(meg, on_comment)
    assert [await is_closed(cast, uri) for uri in (thread, comment, below)] == [False, True, True]
    await cast.say(meg, on_thread)
    await cast.say(meg, undone(meg, SITES, on_thread))
    assert [await is_closed(cast, uri) for uri in (thread, comment, below)] == [False, True, True]
    await cast.say(meg, once_more)
    await cast.say(meg, undone(meg, SITES, on_comment))
    assert [await is_closed(cast, uri) for uri in (thread, comment, below)] == [True, True, True]
    await cast.say(meg, undone(meg, SITES, once_more))
    assert [await is_closed(cast, uri) for uri in (thread, comment, below)] == [False, False, False]


async def test_members_lock_their_own_threads_and_nobody_elses(cast: Cast) -> None:
    """T037's rule for locks; what a moderator locked its author does not open."""
    thread = await posted(cast, cast.bob, "thread")
    carol = await with_role(cast, cast.partner.actor("carol"), "member")
    lock = about(cast.bob.actor, "Lock", SITES, thread)

    for stranger in (carol, cast.mallory.actor):
        assert await cast.say(stranger, about(stranger, "Lock", SITES, thread)) == "rejected"
    assert not await is_closed(cast, thread)
    assert await cast.say(cast.bob.actor, lock) == "processed"
    assert await cast.say(carol, undone(carol, SITES, lock)) == "rejected"
    assert await is_closed(cast, thread)
    assert await cast.say(cast.bob.actor, undone(cast.bob.actor, SITES, lock)) == "processed"
    assert not await is_closed(cast, thread)


async def test_what_a_moderator_locked_its_author_does_not_open_by_speaking_of_a_lock_of_their_own(cast: Cast) -> None:
    """T033, T037: the Lock inside the Undo names the author, who never locked anything, or did so before."""
    thread = await posted(cast, cast.bob, "thread")
    bob, meg = cast.bob.actor, await with_role(cast, cast.partner.actor("meg"), "moderator")
    own, hers = about(bob, "Lock", SITES, thread), about(meg, "Lock", SITES, thread)
    await cast.say(bob, own)
    await cast.say(bob, undone(bob, SITES, own))
    await cast.say(meg, hers)

    for claimed in (own, about(bob, "Lock", SITES, thread), hers | {"actor": bob.uri}):
        assert await cast.say(bob, undone(bob, SITES, claimed)) == "rejected"
    assert await is_closed(cast, thread)

    assert await cast.say(meg, undone(meg, SITES, hers)) == "processed"
    await cast.say(bob, about(bob, "Lock", SITES, thread))
    assert await cast.say(bob, undone(bob, SITES, own)) == "processed"
    assert not await is_closed(cast, thread)


async def test_an_author_does_not_open_what_a_moderator_locked_when_the_log_has_forgotten_it(cast: Cast) -> None:
    """T037: the log is kept for three years, the lock for as long as the thread."""
    thread = await posted(cast, cast.bob, "thread")
    bob, meg = cast.bob.actor, await with_role(cast, cast.partner.actor("meg"), "moderator")
    hers = about(meg, "Lock", SITES, thread)
    await cast.say(meg, hers)
    async with cast.home.db.write() as tx:
        later = cast.home.services.runtime.clock.now() + timedelta(days=1)
        assert await moderation_log.forget(tx, before=later, most=10) > 0

    assert await cast.say(bob, undone(bob, SITES, about(bob, "Lock", SITES, thread))) == "rejected"
    assert await is_closed(cast, thread)
    assert await cast.say(meg, undone(meg, SITES, hers)) == "processed"
    assert not await is_closed(cast, thread)


async def test_a_moderator_locks_what_its_author_locked_before(cast: Cast) -> None:
    """T037: from then on it is not the author's to open."""
    thread = await posted(cast, cast.bob, "thread")
    bob, meg = cast.bob.actor, await with_role(cast, cast.partner.actor("meg"), "moderator")
    own, hers = about(bob, "Lock", SITES, thread), about(meg, "Lock", SITES, thread)
    await cast.say(bob, own)

    assert await cast.say(meg, hers) == "processed"
    assert await cast.say(bob, about(bob, "Lock", SITES, thread)) == "processed"
    assert [one["id"] for one in await relayed(cast, "Lock")] == [own["id"], hers["id"]]
    assert await cast.say(bob, undone(bob, SITES, own)) == "rejected"
    assert await is_closed(cast, thread)


async def test_a_partners_community_says_what_is_locked_in_it(cast: Cast) -> None:
    """T040: town speaks for its own posts; a person of another server does not speak for town."""
    carol, rival = cast.in_town("carol"), cast.sub.actor("rival")
    thread, ours = await posted(cast, carol, "thread"), await posted(cast, cast.bob, "ours")
    admin = cast.partner.actor("admin")

    await cast.announce(about(rival, "Lock", cast.town.uri, thread))
    await cast.announce(about(admin, "Lock", SITES, ours))
    await cast.say(rival, about(rival, "Lock", cast.town.uri, thread))
    assert not await is_closed(cast, thread)
    assert not await is_closed(cast, ours)
    await cast.announce(about(admin, "Lock", cast.town.uri, thread))
    assert await is_closed(cast, thread)
    answer = await cast.alice.call(
        "POST",
        "/api/v1/statuses",
        json={"status": "Late", "in_reply_to_id": (await cast.alice.threads("Town"))[0]["id"]},
    )
    assert (answer.status, answer.document["error"]) == (403, "This thread is locked: only moderators answer")


async def test_a_listed_moderator_of_another_server_locks_in_a_partners_community(cast: Cast) -> None:
    carol, rival = cast.in_town("carol"), cast.sub.actor("rival")
    thread = await posted(cast, carol, "thread")
    lock = about(rival, "Lock", cast.town.uri, thread)

    await moderated_town(cast, rival)
    await cast.announce(lock)
    assert await is_closed(cast, thread)
    await moderated_town(cast)
    await cast.announce(undone(rival, cast.town.uri, lock))
    assert await is_closed(cast, thread)


async def test_a_lock_is_taken_back_by_its_id_alone(cast: Cast) -> None:
    """Group federation 9; T033: by whoever locked, and by nobody else."""
    thread, bob = await posted(cast, cast.bob, "thread"), cast.bob.actor
    lock = about(bob, "Lock", SITES, thread)
    await cast.say(bob, lock)

    await cast.say(cast.mallory.actor, about(cast.mallory.actor, "Undo", SITES, lock["id"]))
    assert await is_closed(cast, thread)
    assert await cast.say(bob, about(bob, "Undo", SITES, lock["id"])) == "processed"
    assert not await is_closed(cast, thread)
