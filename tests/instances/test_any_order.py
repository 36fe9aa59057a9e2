"""Any set of activities, in any order and with any repetition, ends in the same rows.

Sets and orders are made up: people at a partner write, answer, edit, delete, like and think better of it, and join.
Each set is played twice, about posts of different names: as it happened, and shuffled with repetitions, in batches of
any size. What is stored afterwards is the same but for the names.

What one person says of the same thing again (a like after its withdrawal) is not in it: that keeps its order, since
activities of one actor are applied as they came.
"""

import os
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import and_, select

from models.actors import Actor, Follow
from models.base import aliased
from models.interactions import Like
from models.notifications import Notification
from models.posts import Post
from tests.instances.conftest import ON_SQLITE
from tests.instances.scene import Scene
from tests.support.api import Document
from tests.support.writers import Writer

MINUTE = timedelta(minutes=1)
EXAMPLES = int(os.environ.get("ANY_ORDER_EXAMPLES", "20"))
_NAMES = count()


@dataclass(frozen=True)
class Story:
    """What happens to the posts of one thread, by number; who of the two does it, by 0 and 1."""

    authors: tuple[int, ...]
    """Who wrote the posts; the first one opens the thread."""
    parents: tuple[int, ...]
    """What each but the first answers: the number of an earlier one."""
    edits: tuple[tuple[int, int], ...] = ()
    """(post, how many minutes later), each pair once."""
    deleted: frozenset[int] = frozenset()
    liked: frozenset[tuple[int, int]] = frozenset()
    """(who, post)"""
    unliked: frozenset[tuple[int, int]] = frozenset()
    newcomers: tuple[bool, ...] = ()
    """People who join; whether they leave again."""


@st.composite
def stories(draw: st.DrawFn) -> Story:
    """Threads of up to five posts."""
    size = draw(st.integers(1, 5))
    numbers, people = st.integers(0, size - 1), st.integers(0, 1)
    liked = draw(st.frozensets(st.tuples(people, numbers), max_size=4))
    return Story(
        authors=tuple(draw(st.lists(people, min_size=size, max_size=size))),
        parents=tuple(draw(st.integers(0, number - 1)) for number in range(1, size)),
        edits=tuple(draw(st.lists(st.tuples(numbers, st.integers(1, 3)), max_size=4, unique=True))),
        deleted=draw(st.frozensets(numbers, max_size=2)),
        liked=liked,
        unliked=draw(st.frozensets(st.sampled_from(sorted(liked)))) if liked else frozenset(),
        newcomers=tuple(draw(st.lists(st.booleans(), max_size=2))),
    )


@dataclass
class Telling:
    """A story told under a name of its own: no other telling has its posts and newcomers."""

    scene: Scene
    story: Story
    name: str = field(default_factory=lambda: f"tale{next(_NAMES)}")

    def word(self, number: int) -> str:
        return f"{self.name}x{number}"

    def author(self, number: int) -> Writer:
        return self._person(self.story.authors[number])

    def uri(self, number: int) -> str:
        return self.author(number).post_uri(self.word(number))

    def _person(self, number: int) -> Writer:
        return (self.scene.bob, self.scene.carol)[number]

    def activities(self) -> list[Document]:
        """As they happened."""
        story = self.story
        parents = [None, *(self.uri(parent) for parent in story.parents)]
        said = [
            self.author(number).create(self.word(number), answering=parent) for number, parent in enumerate(parents)
        ]
        said += [
            self.author(number).update(
                self.word(number), f"edit {minutes}", after=minutes * MINUTE, answering=parents[number]
            )
            for number, minutes in sorted(story.edits, key=lambda edit: edit[1])
        ]
        likes = {(who, number): self._person(who).like(self.uri(number)) for who, number in sorted(story.liked)}
        said += likes.values()
        said += [self._person(who).undo(likes[who, number]) for who, number in sorted(story.unliked)]
        said += [self.author(number).delete(self.word(number)) for number in sorted(story.deleted)]
        return said + self._joining()

    def _joining(self) -> list[Document]:
        """Wishes to join, which nobody passes on: only in a community of ours."""
        said: list[Document] = []
        for number, leaves in enumerate(self.story.newcomers if self.scene.group is None else ()):
            somebody = self.newcomer(number)
            follow = somebody.follow()
            said += [follow, somebody.undo(follow)] if leaves else [follow]
        return said

    def newcomer(self, number: int) -> Writer:
        peer = self.scene.bob.actor.peer
        name = f"{self.name}n{number}"
        return Writer(peer.actors.get(name) or peer.actor(name), self.scene.bob.community)

    async def rows(self) -> dict[str, list[Any]]:
        """What is stored of it, without its name."""
        return {
            "posts": await self._named(_POSTS.where(Post.uri.contains(f"{self.name}x"))),
            "likes": await self._named(_LIKES.where(Post.uri.contains(f"{self.name}x"))),
            "members": await self._named(_MEMBERS.where(Actor.uri.contains(f"{self.name}n"))),
            "notices": await self._named(_NOTICES.where(Post.uri.contains(f"{self.name}x"))),
        }

    async def _named(self, statement: Any) -> list[Any]:
        async with self.scene.home.db.read() as tx:
            rows = (await tx.select(statement)).all()
        return sorted(repr(tuple(row)).replace(self.name, "tale") for row in rows)


_Parent = aliased(Post)
_Wrapper = aliased(Post)
_POSTS = (
    select(
        Post.uri,
        Post.title,
        Post.content_html,
        Post.edited_at,
        _Parent.uri,
        _Wrapper.deleted_at.is_(None),
    )
    # What is gone may have left a row, or its id alone.
    .outerjoin(_Parent, and_(_Parent.id == Post.parent_id, _Parent.deleted_at.is_(None)))
    .outerjoin(_Wrapper, _Wrapper.shared_post_id == Post.id)
    .where(Post.deleted_at.is_(None), Post.shared_post_id.is_(None))
)
_LIKES = (
    select(Actor.uri, Post.uri)
    .join(Like, Like.actor_id == Actor.id)
    .join(Post, Post.id == Like.post_id)
    .where(Post.deleted_at.is_(None))
)
_MEMBERS = select(Actor.uri, Follow.is_accepted).join(Follow, Follow.follower_id == Actor.id)
_NOTICES = (
    select(Notification.type, Post.uri).join(Post, Post.id == Notification.post_id).where(Post.deleted_at.is_(None))
)


async def play(scene: Scene, activities: Sequence[Document], batches: Sequence[int], *, newcomers: Telling) -> None:
    """Let activities arrive, so many before each time that what came is applied."""
    sizes = iter(batches)
    left = next(sizes, 1)
    for activity in activities:
        await _receive(scene, activity, newcomers)
        left -= 1
        if left == 0:
            await scene.home.apply()
            left = next(sizes, 1)
    await scene.home.apply()


async def _receive(scene: Scene, activity: Document, telling: Telling) -> None:
    """From its author, or from the community that passes it on."""
    for number in range(len(telling.story.newcomers)):
        newcomer = telling.newcomer(number)
        if newcomer.actor.uri == activity["actor"]:
            assert (await newcomer.actor.post("http://alpha.test/inbox", activity)).status == 202
            return
    await scene.receive(activity)


@ON_SQLITE
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=stories(), seed=st.integers(0, 2**32), batches=st.lists(st.integers(1, 6), max_size=12))
async def test_any_order_and_any_repetition_of_a_set_of_activities_ends_in_the_same_rows(
    scene: Scene, story: Story, seed: int, batches: list[int]
) -> None:
    """T203 to T207."""
    dice = random.Random(seed)
    in_order, shuffled = Telling(scene, story), Telling(scene, story)
    await play(scene, in_order.activities(), [], newcomers=in_order)
    activities = shuffled.activities()
    mixed = activities + dice.choices(activities, k=dice.randrange(len(activities) + 1))
    dice.shuffle(mixed)

    await play(scene, mixed, batches, newcomers=shuffled)

    assert await shuffled.rows() == await in_order.rows()
