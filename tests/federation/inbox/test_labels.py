"""How a label is taken from what a partner sends: the highest of its parts, and never lowered later (threats T238)."""

from datetime import timedelta

from models.posts import Post
from models.queries import posts
from models.viewers import Operation
from models.writes import retractions
from tests.federation.inbox.cast import ON_SQLITE, Cast
from tests.support.api import Document

pytestmark = ON_SQLITE
LABEL = "entrepairs:label"


async def label_of(cast: Cast, word: str) -> int:
    ((label,),) = await cast.rows(Post.label, uri=cast.bob.post_uri(word))
    return int(label)


def labelled(activity: Document, label: str) -> Document:
    return activity | {"object": activity["object"] | {LABEL: label}}


async def raised(cast: Cast, word: str, label: int) -> None:
    """A host gives it a higher label."""
    async with cast.home.db.write() as tx:
        row = await posts.by_uri(tx, cast.bob.post_uri(word), Operation())
        assert row is not None
        assert await retractions.lift(tx, row.id, label, cast.home.clock.now())


async def test_an_answer_has_at_least_the_label_of_what_it_answers(cast: Cast) -> None:
    """T238: also where its author's server says nothing of it."""
    await cast.say(cast.bob.actor, cast.bob.create("thread"))
    await raised(cast, "thread", 1)

    await cast.say(cast.bob.actor, cast.bob.create("answer", answering=cast.bob.post_uri("thread")))

    assert await label_of(cast, "answer") == 1


async def test_an_edit_raises_a_label_and_never_lowers_it(cast: Cast) -> None:
    """T238: with the answers below it; what is not known counts as the highest."""
    await cast.say(cast.bob.actor, labelled(cast.bob.create("thread"), "internal"))
    await cast.say(cast.bob.actor, cast.bob.create("answer", answering=cast.bob.post_uri("thread")))
    labels = []
    for minutes, label in enumerate(("restricted", "internal", "secret beyond words", "restricted"), 1):
        edit = cast.bob.update("thread", f"edited {minutes}", after=timedelta(minutes=minutes))
        await cast.say(cast.bob.actor, labelled(edit, label))
        labels.append((await label_of(cast, "thread"), await label_of(cast, "answer")))

    assert labels == [(1, 1), (1, 1), (2, 2), (2, 2)]
