"""What tests do with the server under test from inside: people, communities, posts, and what it has stored."""

from dataclasses import dataclass
from functools import cache

from sqlalchemy import func, select, update

from federation.signatures.key_formats import generate_ed25519
from models.actors import Actor
from models.communities import Community
from models.gate import Operation, Person
from models.inbox import InboxActivity
from models.outbox import Activity
from models.queries import actors, posts
from models.queries.actors import ActorRow
from models.queries.posts import PostRow
from models.writes import follows
from server.actions import partners
from server.actions import posts as post_actions
from server.actions.accounts import NewAccount, create_account, suspend
from server.actions.communities import NewCommunity, create_community
from server.actions.local_actors import Keys
from server.actions.posts import Draft
from server.services import Services
from tests.support.clock import FakeClock
from tests.support.fake_peer import Answer, Endpoint, FakeActor
from tests.support.signing import rsa_key

HOME = "http://home.test"
SHARED_INBOX = f"{HOME}/inbox"
OPERATOR = "operator"


@cache
def keys_of(name: str) -> Keys:
    """The same keys for the same name during one run."""
    return Keys(rsa_key(f"{name}@home.test"), generate_ed25519())


def seen(answer: Answer) -> tuple[int, bytes, list[tuple[str, str]]]:
    """What can be told apart of an answer; its request id and its date differ in any case."""
    named = [(name, value) for name, value in answer.headers.items() if name.lower() not in ("x-request-id", "date")]
    return answer.status, answer.body, named


@dataclass
class Home:
    """The server under test."""

    services: Services
    clock: FakeClock
    endpoint: Endpoint

    async def person(self, name: str) -> ActorRow:
        """A person with an account."""
        runtime = self.services.runtime
        new = NewAccount(username=name, email=f"{name}@mail.example", display_name=name.title())
        async with runtime.db.write() as tx:
            made = await create_account(tx, runtime, new, keys_of(name), by=OPERATOR)
        return await self._actor(made.id)

    async def community(
        self,
        name: str,
        *,
        host: ActorRow,
        visibility: str = "open",
        scope: str = "all",
        label: str = "internal",
    ) -> ActorRow:
        """A community; open and shared with every partner unless told otherwise."""
        runtime = self.services.runtime
        new = NewCommunity(
            name=name, title=name.title(), host=host.username, visibility=visibility, scope=scope, label=label
        )
        async with runtime.db.write() as tx:
            made = await create_community(tx, runtime, new, keys_of(name), by=OPERATOR)
        return await self._actor(made.id)

    async def post(self, author: ActorRow, text: str, *, is_direct: bool = False) -> PostRow:
        """A post; in a community if the text begins with its handle, else for followers or, direct, those named."""
        draft = Draft(text=text, is_direct=is_direct)
        post_id = await post_actions.create(self.services, Person(author.id), draft)
        async with self.services.runtime.db.read() as tx:
            found = await posts.post(tx, post_id, Operation())
        assert found is not None
        return found

    async def delete_post(self, author: ActorRow, post: PostRow) -> None:
        await post_actions.delete(self.services, Person(author.id), post.id)

    async def suspend(self, person: ActorRow) -> None:
        async with self.services.runtime.db.write() as tx:
            await suspend(tx, self.services.runtime, person.username, by=OPERATOR)

    async def suspend_partner(self, host: str) -> None:
        async with self.services.runtime.db.write() as tx:
            await partners.suspend(tx, self.services.runtime, host, by=OPERATOR)

    async def mark_deleted(self, actor: ActorRow) -> None:
        async with self.services.runtime.db.write() as tx:
            deleted = update(Actor).where(Actor.id == actor.id)
            await tx.execute(deleted.values(deleted_at=self.services.runtime.clock.now()))

    async def close_community(self, community: ActorRow) -> None:
        """Make an open community private."""
        async with self.services.runtime.db.write() as tx:
            changed = update(Community).where(Community.actor_id == community.id)
            await tx.execute(changed.values(visibility="private"))

    async def add_follower(self, target: ActorRow, follower: FakeActor) -> None:
        """An accepted follow by an actor of a peer, who is known here by having shown its key."""
        runtime = self.services.runtime
        async with runtime.db.write() as tx:
            known = await actors.by_uri(tx, follower.uri)
            assert known is not None, "let the follower ask for something signed first"
            number = runtime.tokens.next_id(runtime.clock.now())
            await follows.add(
                tx,
                follow_id=number,
                follower_id=known.id,
                follower_peer_id=known.peer_id,
                target_id=target.id,
                activity_uri=f"{follower.uri}/follows/{number}",
                at=runtime.clock.now(),
                is_accepted=True,
            )

    async def received(self) -> list[str]:
        """Ids of the activities that are stored."""
        async with self.services.runtime.db.read() as tx:
            rows = await tx.select(select(InboxActivity.activity_uri).order_by(InboxActivity.id))
            return [row[0] for row in rows]

    async def known_actors(self) -> int:
        """How many actors of other servers are stored."""
        async with self.services.runtime.db.read() as tx:
            statement = select(func.count()).select_from(Actor).where(Actor.peer_id.is_not(None))
            return int(await tx.scalar(statement))

    async def known_uris(self) -> set[str]:
        """Ids of the actors of other servers that are stored."""
        async with self.services.runtime.db.read() as tx:
            return {row[0] for row in await tx.select(select(Actor.uri).where(Actor.peer_id.is_not(None)))}

    async def activities_of(self, actor: ActorRow) -> list[tuple[str, bytes]]:
        """Id and bytes of what stands in an actor's outbox, newest first."""
        async with self.services.runtime.db.read() as tx:
            mine = select(Activity.uri, Activity.payload).where(Activity.actor_id == actor.id, Activity.in_outbox)
            return [(row[0], row[1]) for row in await tx.select(mine.order_by(Activity.id.desc()))]

    async def _actor(self, actor_id: int) -> ActorRow:
        async with self.services.runtime.db.read() as tx:
            found = await actors.by_id(tx, actor_id)
        assert found is not None
        return found
