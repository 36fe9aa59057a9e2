"""The server under test, and everybody that a payload speaks of: its hosts are fake peers, all of them partners."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import func, select

from models.actors import Actor, Follow
from models.inbox import InboxActivity
from models.outbox import Delivery
from models.posts import Post
from tests.support.api import Api, opened
from tests.support.fake_peer import PUBLIC, FakePeer, Hosts, encoded
from tests.support.held_clock import HeldClock
from tests.support.instances import Databases, Instance
from tests.wire.payloads import Document, Payload
from tests.wire.players import Player, player, serve

HOME = "http://alpha.test"
INBOX = f"{HOME}/inbox"
SITES = f"{HOME}/communities/sites"
"""The community of ours, once `our_community` was called."""
ALICE = f"{HOME}/users/alice"
USUAL_HOST = "partner.test"


@dataclass
class Stage:
    """Where one payload is played. alice is at home; what arrives is applied before a step returns."""

    home: Instance
    peers: dict[str, FakePeer]
    alice: Api
    _players: dict[str, Player] = field(default_factory=dict)

    # --- who is there ---

    def play(self, address: str, kind: str = "Person", given: Document | None = None) -> Player:
        """Whoever has this address; made on first call, and anew with another document."""
        if address not in self._players or given:
            self._players[address] = player(self._peer_of(address), address, kind, given)
        return self._players[address]

    def play_given(self, payload: Payload) -> Player:
        """The actor whose document the payload is."""
        given = payload.document
        return self.play(given["id"], given["type"], given)

    def serve(self, address: str, content: object) -> None:
        """Let an address of a peer answer with a document."""
        serve(self._peer_of(address), address, content)

    @staticmethod
    def at(address: str, path: str) -> str:
        """Another place on the host of an address."""
        return f"http://{urlsplit(address).netloc}{path}"

    def _peer_of(self, address: str) -> FakePeer:
        return self.peers[urlsplit(address).netloc]

    async def our_community(self, *members: Player) -> str:
        """An open community of alice's, joined by these; its id."""
        await self.home.community("sites", host=self.alice)
        for member in members:
            await self.join(member)
        return SITES

    async def join(self, member: Player) -> None:
        """A player becomes a member of our community."""
        assert await self.hear(member, member.activity("Follow", object=SITES)) == "processed"

    async def their_community(self, address: str, given: Document | None = None) -> Player:
        """A partner's community that alice is a member of."""
        group = self.play(address, "Group", given)
        await self.alice.ask_to_join(f"@{group.name}@{group.peer.host}")
        wish = {"type": "Follow", "actor": ALICE, "object": group.uri}
        assert await self.hear(group, group.activity("Accept", object=wish)) == "processed"
        return group

    # --- what they do ---

    async def hear(self, sender: Player, activity: Payload | Document) -> str:
        """Deliver an activity and apply it: its state then, or the status with which it was refused."""
        body = activity.body if isinstance(activity, Payload) else encoded(activity)
        answer = await sender.post(INBOX, body)
        if answer.status != 202:
            return str(answer.status)
        await self.home.apply()
        uri = activity.document["id"] if isinstance(activity, Payload) else activity["id"]
        return (await self.home.received()).get(uri, "not kept")

    async def hear_all(self, sender: Player, *activities: Payload | Document) -> None:
        """The same, where all must be applied."""
        for activity in activities:
            state = await self.hear(sender, activity)
            assert state == "processed", (state, await self.rows(InboxActivity.reason))

    async def announce(self, group: Player, said: object) -> None:
        """A partner's community passes something on."""
        await self.hear_all(group, group.activity("Announce", object=said, to=[PUBLIC], cc=[f"{group.uri}/followers"]))

    async def post_in_ours(self, author: Player, address: str, **members: Any) -> None:
        """A member's opening post, or answer, in our community, with this id."""
        await self.hear_all(author, created(author, SITES, address, **members))

    async def post_in_theirs(self, group: Player, author: Player, address: str, **members: Any) -> None:
        """The same in a partner's community."""
        create = created(author, group.uri, address, **members)
        self.serve(address, create["object"])
        await self.announce(group, create)

    # --- what is there then ---

    async def status(self, address: str, viewer: Api | None = None) -> Document | None:
        """What somebody (alice) sees of the post with this id; None: there is none for them."""
        ((found,),) = await self.rows(Post.id, uri=address, deleted_at=None) or [(None,)]
        if found is None:
            return None
        answer = await (viewer or self.alice).call("GET", f"/api/v1/statuses/{found}")
        return dict(answer.document) if answer.status == 200 else None

    async def seen(self, address: str) -> Document:
        """The same, where it must be there."""
        found = await self.status(address)
        assert found is not None, (
            address,
            await self.rows(InboxActivity.type, InboxActivity.state, InboxActivity.reason),
        )
        return found

    async def titles(self, community: str = "Sites") -> list[Document]:
        """The opening posts in a community's list, wrappers opened."""
        return [opened(status) for status in await self.alice.threads(community)]

    async def account(self, actor: Player) -> Document:
        """What alice's app shows of an actor."""
        ((number,),) = await self.rows(Actor.id, uri=actor.uri)
        return dict(await self.alice.get(f"/api/v1/accounts/{number}"))

    async def follows(self, follower: str, target: str) -> bool | None:
        """Whether a follow is accepted; None: there is none."""
        ids = [select(Actor.id).where(Actor.uri == uri).scalar_subquery() for uri in (follower, target)]
        found = select(Follow.is_accepted).where(Follow.follower_id == ids[0], Follow.target_id == ids[1])
        async with self.home.db.read() as tx:
            accepted = await tx.scalar(found)
        return None if accepted is None else bool(accepted)

    async def rows(self, *columns: Any, **where: Any) -> list[tuple[Any, ...]]:
        """Columns of one table, of the rows where these columns have these values."""
        table = columns[0].table.c
        found = select(*columns).where(*(getattr(table, name) == value for name, value in where.items()))
        async with self.home.db.read() as tx:
            return [tuple(row) for row in await tx.select(found)]

    async def passed_on(self, address: str) -> Document | None:
        """What our community announced of an activity with this id, as it will be sent."""
        announced = [one["object"] for one in await self.home.composed("Announce")]
        return next((one for one in announced if isinstance(one, dict) and one.get("id") == address), None)

    async def inboxes_owed(self) -> list[str]:
        """Where something is to be delivered."""
        return [row[0] for row in await self.rows(Delivery.inbox_url)]

    async def count(self, table: Any) -> int:
        """How many rows a table has."""
        async with self.home.db.read() as tx:
            return int(await tx.scalar(select(func.count()).select_from(table)))


def created(author: Player, community: str, address: str, **members: Any) -> Document:
    """A Create of a post in a community, with this id."""
    note = {
        "id": address,
        "type": "Note" if "inReplyTo" in members else "Page",
        "attributedTo": author.uri,
        "content": f"<p>what stands at {address}</p>",
        "to": [community, PUBLIC],
        "audience": community,
        **({} if "inReplyTo" in members else {"name": "As it was"}),
        **members,
    }
    return author.activity("Create", object=note, to=note["to"], audience=community)


@asynccontextmanager
async def staged(payload_hosts: Sequence[str], new_database: Databases, folder: Path) -> AsyncIterator[Stage]:
    """A stage with these hosts, and one that is always there."""
    hosts: Hosts = {}
    clock = HeldClock()
    async with AsyncExitStack() as stack:
        peers = {}
        for host in {**dict.fromkeys(payload_hosts), USUAL_HOST: None}:
            peers[host] = await stack.enter_async_context(FakePeer.running(host, hosts, clock))
        home = await stack.enter_async_context(Instance.made("alpha.test", hosts, clock, new_database(), folder))
        await stack.enter_async_context(home.running("web"))
        await home.allow(*peers)
        yield Stage(home, peers, await home.person("alice"))
