"""Whatever order activities about posts arrive in, they end in the same state as in order.

Each order is tried with every activity applied before the next one comes, and with all of them in one batch; sent by
their authors to a community of ours, and passed on by a partner's community to its members here.
"""

import os
import random
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import permutations, product

from sqlalchemy import update

from models.inbox import InboxActivity
from server import housekeeping
from tests.instances.conftest import ON_SQLITE
from tests.instances.scene import Scene
from tests.support.api import Document
from tests.support.writers import Writer

MINUTE = timedelta(minutes=1)
SEED = int(os.environ.get("TEST_SEED", "20261"))
THREAD_POSTS = int(os.environ.get("TEST_THREAD_POSTS", "40"))


def orders(count: int) -> Iterator[tuple[str, tuple[int, ...], bool]]:
    """Every order of so many activities, one by one and in one batch, each with a word of its own."""
    for number, (order, one_by_one) in enumerate(product(permutations(range(count)), (True, False))):
        yield f"question{number:02}", order, one_by_one


def picked(said: Sequence[Document], order: Sequence[int]) -> list[Document]:
    return [said[index] for index in order]


@ON_SQLITE
async def test_a_post_that_was_edited_and_deleted_is_gone(scene: Scene) -> None:
    """T204, T205."""
    bob = scene.bob
    for word, order, one_by_one in orders(3):
        said = [bob.create(word), bob.update(word, "edited", after=MINUTE), bob.delete(word)]

        await scene.arrive(picked(said, order), one_by_one=one_by_one)

        assert await scene.shown(word) is None, (order, one_by_one)


@ON_SQLITE
async def test_a_deletion_is_remembered_when_its_letter_is_forgotten(scene: Scene) -> None:
    """T204: letters that wait for their post are kept for two weeks, the word that it is gone for ninety days."""
    bob, home = scene.bob, scene.home
    await scene.arrive([bob.delete("question")])
    async with home.db.write() as tx:
        await tx.execute(update(InboxActivity).values(waits_for=None, payload=None))

    await scene.arrive([bob.create("question"), bob.create("another")])

    assert await scene.shown("question") is None
    assert await scene.shown("another") is not None


@ON_SQLITE
async def test_the_latest_of_several_edits_stands(scene: Scene) -> None:
    """T205, T207."""
    bob = scene.bob
    for word, order, one_by_one in orders(3):
        said = [
            bob.create(word),
            bob.update(word, "edited", after=MINUTE),
            bob.update(word, "edited again", after=2 * MINUTE),
        ]

        await scene.arrive(picked(said, order), one_by_one=one_by_one)

        assert await scene.shown(word) == {
            "content": f"<p><strong>{word}</strong></p><p>{word}: edited again</p>",
            "is_edited": True,
            "likes": 0,
        }, (order, one_by_one)


@ON_SQLITE
async def test_a_like_that_was_taken_back_does_not_count(scene: Scene) -> None:
    """T205."""
    bob, carol = scene.bob, scene.carol
    for word, order, one_by_one in orders(2):
        like = carol.like(bob.post_uri(word))

        await scene.arrive([bob.create(word)])
        await scene.arrive(picked([like, carol.undo(like)], order), one_by_one=one_by_one)

        shown = await scene.shown(word)
        assert shown is not None
        assert shown["likes"] == 0, (order, one_by_one)


@ON_SQLITE
async def test_a_like_that_comes_before_its_post_counts(scene: Scene) -> None:
    """T205."""
    bob, carol = scene.bob, scene.carol
    for word, order, one_by_one in orders(2):
        said = [bob.create(word), carol.like(bob.post_uri(word))]

        await scene.arrive(picked(said, order), one_by_one=one_by_one)

        shown = await scene.shown(word)
        assert shown is not None
        assert shown["likes"] == 1, (order, one_by_one)


@ON_SQLITE
async def test_a_like_and_its_withdrawal_before_the_post_come_to_nothing(scene: Scene) -> None:
    """T205."""
    bob, carol = scene.bob, scene.carol
    for word, order, one_by_one in orders(3):
        like = carol.like(bob.post_uri(word))
        said = [bob.create(word), like, carol.undo(like)]

        await scene.arrive(picked(said, order), one_by_one=one_by_one)

        shown = await scene.shown(word)
        assert shown is not None
        assert shown["likes"] == 0, (order, one_by_one)


@ON_SQLITE
async def test_a_like_counts_whose_post_came_while_another_worker_did_not_see_it(ours: Scene) -> None:
    """T214: the rows that two workers leave, one of which takes in the post while the other looks for it."""
    bob, home = ours.bob, ours.home
    await ours.arrive([ours.carol.like(bob.post_uri("question"))])
    async with home.db.write() as tx:
        await tx.execute(
            update(InboxActivity).where(InboxActivity.waits_for.is_not(None)).values(waits_for="seen late")
        )
    await ours.arrive([bob.create("question")])
    async with home.db.write() as tx:
        seen_late = InboxActivity.waits_for == "seen late"
        await tx.execute(update(InboxActivity).where(seen_late).values(waits_for=bob.post_uri("question")))

    await housekeeping.forget_once(home.services.runtime)
    await home.apply()

    shown = await ours.shown("question")
    assert shown is not None
    assert shown["likes"] == 1


async def test_replies_that_come_before_what_they_answer_take_their_place_in_the_thread(scene: Scene) -> None:
    """T206."""
    chance = random.Random(SEED)
    print(f"TEST_SEED={SEED} TEST_THREAD_POSTS={THREAD_POSTS}")
    for word, one_by_one in (("alone", True), ("together", False)):
        posts, parents = thread(chance, scene, word)
        chance.shuffle(posts)

        await scene.arrive(posts, one_by_one=one_by_one)

        assert await answers(scene, word) == parents, word


def thread(chance: random.Random, scene: Scene, word: str) -> tuple[list[Document], dict[str, str]]:
    """The activities of a thread that branches by chance, and what each of its posts but the first one answers."""
    by_word: dict[str, Writer] = {word: scene.bob}
    activities, parents = [scene.bob.create(word)], {}
    for number in range(1, THREAD_POSTS):
        reply, parent = f"{word}-{number:04}", chance.choice(list(by_word))
        writer = chance.choice((scene.bob, scene.carol))
        activities.append(writer.create(reply, answering=by_word[parent].post_uri(parent)))
        by_word[reply], parents[reply] = writer, parent
    return activities, parents


async def answers(scene: Scene, word: str) -> dict[str, str]:
    """What alice sees in a thread: each reply's word, and the word of the post that it answers."""
    opening = await scene.alice.thread(scene.title, word)
    assert opening is not None
    words = {opening["id"]: word}
    found = {}
    for reply in await scene.alice.replies(opening):
        words[reply["id"]] = reply["content"].removeprefix("<p>").partition(":")[0]
        found[words[reply["id"]]] = words[reply["in_reply_to_id"]]
    return found
