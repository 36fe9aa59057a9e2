"""Thousands of posts in communities, as if they had been received and relayed in the weeks before."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import insert

from models.engine import WriteTx
from models.inbox import LANES, PROCESSED, InboxActivity
from models.interactions import Like
from models.outbox import Activity
from models.posts import COMMUNITY
from models.writes import feeds, posts
from models.writes.posts import NewPost, Wrapped
from tests.load.letters import BASE_URL, PARAGRAPH, create, key_id
from tests.load.world import Somebody, World

_AT_ONCE = 500
PERIOD = timedelta(days=5)
"""Nothing is old enough to be forgotten: that would be work of another kind."""


@dataclass(frozen=True)
class Rare:
    """A word that only every so manieth title has."""

    word: str
    every: int


async def write_threads(
    world: World,
    count: int,
    *,
    communities: Sequence[int],
    authors: Sequence[Somebody],
    has_letters: bool,
    rare: Rare | None = None,
    period: timedelta = PERIOD,
) -> list[int]:
    """Opening posts in these communities by these authors in turn, evenly until now; the ids of the posts.

    Every third has a like, every fifth a reply; some have a `rare` word in their title. `has_letters`: also what their
    receiving and relaying left behind in the tables of inbox and outbox.
    """
    written: list[int] = []
    for start in range(0, count, _AT_ONCE):
        batch = _Batch(world, communities, authors, rare)
        for number in range(start, min(start + _AT_ONCE, count)):
            batch.add_thread(number, world.now - (count - number) * period / count)
        async with world.db.write() as tx:
            await batch.write(tx)
            if has_letters:
                await batch.write_letters(tx)
        written += [row.id for row, _ in batch.openings]
    return written


@dataclass
class _Batch:
    """Some hundred threads on their way into the tables."""

    world: World
    communities: Sequence[int]
    authors: Sequence[Somebody]
    rare: Rare | None = None
    openings: list[tuple[NewPost, Somebody]] = field(default_factory=list)
    rows: list[NewPost] = field(default_factory=list)
    placements: list[dict[str, object]] = field(default_factory=list)
    likes: list[dict[str, object]] = field(default_factory=list)

    def add_thread(self, number: int, at: datetime) -> None:
        community_id = self.communities[number % len(self.communities)]
        opening, author = self._post(number, at, community_id, None)
        self.openings.append((opening, author))
        wrapper_id = self.world.ids.next(at)
        wrapper = posts.wrapper(
            Wrapped(opening.id, COMMUNITY, 0, None),
            wrapper_id=wrapper_id,
            uri=f"{BASE_URL}/activities/{wrapper_id}",
            community_id=community_id,
            peer_id=None,
            at=at,
            received_at=at,
        )
        self.rows += [opening, wrapper]
        self.placements.append(
            feeds.placement(entry_id=wrapper_id, followers_of=community_id, language=None, tags=opening.tags)
        )
        if number % 5 == 0:
            self.rows.append(self._post(number + 1, at + timedelta(seconds=20), community_id, opening)[0])
        if number % 3 == 0:
            self.likes.append(self._like(number + 2, opening, at))

    def _post(self, number: int, at: datetime, community_id: int, parent: NewPost | None) -> tuple[NewPost, Somebody]:
        author = self.authors[number % len(self.authors)]
        post_id = self.world.ids.next(at)
        uri = f"{author.uri}/posts/{post_id}"
        post = NewPost(
            id=post_id,
            uri=uri,
            url=uri,
            author_id=author.id,
            peer_id=author.peer_id,
            audience=COMMUNITY,
            community_id=community_id,
            parent_id=parent.id if parent else None,
            parent_uri=parent.uri if parent else None,
            thread_id=parent.id if parent else post_id,
            kind="Note" if parent else "Page",
            title=None if parent else self._title(number),
            content_html=f"<p>{PARAGRAPH}</p><p>{PARAGRAPH}</p>",
            source=PARAGRAPH,
            language="en",
            tags=[] if parent else ["nightshift"],
            published_at=at,
            received_at=at,
        )
        return post, author

    def _title(self, number: int) -> str:
        word = self.rare.word if self.rare and number % self.rare.every == 0 else ""
        return f"How do you plan night shifts? ({number}) {word}".rstrip()

    def _like(self, number: int, post: NewPost, at: datetime) -> dict[str, object]:
        author = self.authors[number % len(self.authors)]
        like_id = self.world.ids.next(at)
        return {
            "id": like_id,
            "actor_id": author.id,
            "post_id": post.id,
            "activity_uri": f"{author.uri}/likes/{like_id}",
            "created_at": at,
        }

    async def write(self, tx: WriteTx) -> None:
        await posts.add(tx, self.rows)
        await feeds.place(tx, self.placements)
        if self.likes:
            await tx.execute(insert(Like), self.likes)

    async def write_letters(self, tx: WriteTx) -> None:
        bodies = [
            create(author.uri, f"old-{row.id}", f"{BASE_URL}/c", row.published_at) for row, author in self.openings
        ]
        received, relayed = [], []
        for (row, author), body in zip(self.openings, bodies, strict=True):
            number = self.world.ids.next(row.received_at)
            received.append(
                {
                    "activity_uri": f"{row.uri}/create",
                    "lane": row.id % LANES,
                    "peer_id": author.peer_id,
                    "actor_uri": author.uri,
                    "type": "Create",
                    "payload": body,
                    "key_uri": key_id(author.uri),
                    "received_at": row.received_at,
                    "state": PROCESSED,
                    "next_attempt_at": row.received_at,
                }
            )
            relayed.append(
                {
                    "id": number,
                    "uri": f"{BASE_URL}/activities/{number}",
                    "actor_id": row.community_id,
                    "type": "Announce",
                    "community_id": row.community_id,
                    "post_id": row.id,
                    "payload": body,
                    "digest": "",
                    "created_at": row.received_at,
                }
            )
        await tx.execute(insert(InboxActivity), received)
        await tx.execute(insert(Activity), relayed)
