"""More threads come or go at once than one transaction tells members whose software knows no groups."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from models.communities import EVERYWHERE, NOWHERE, Community
from models.peers import Peer
from models.posts import Post
from models.queries.boosts import MOST
from models.writes.boosts import WAKES
from server.actions import moderation
from tests.support.api import Api, Document
from tests.support.fake_peer import FakePeer, Hosts
from tests.support.held_clock import HeldClock
from tests.support.instances import Instance
from tests.support.waiting import until
from tests.support.writers import Writer

GAMMA = "gamma.test"
SITES = "http://alpha.test/communities/sites"


@pytest.fixture
async def gamma(hosts: Hosts, clock: HeldClock) -> AsyncIterator[FakePeer]:
    """A fake Mastodon: it takes what it is sent."""
    async with FakePeer.running(GAMMA, hosts, clock) as peer:
        yield peer


@dataclass
class Scene:
    """ada wrote threads in alice's community, in which gil of gamma is."""

    alpha: Instance
    gamma: FakePeer
    ada: Api

    async def ban(self) -> None:
        """ada is banned with all that she wrote."""
        await self._act(moderation.ban, lasts=None, reason="Spam", hides_posts=True)

    async def unban(self) -> None:
        """She may write again, and so she did."""
        await self._act(moderation.unban)

    async def _act(self, act: Callable[..., Awaitable[Any]], **named: Any) -> None:
        here = self.alpha.services.runtime
        async with self.alpha.db.write() as tx:
            place = await moderation.operators_seat(tx, here, "sites")
            await act(tx, here, place, await moderation.person_named(tx, here, "@ada@alpha.test"), **named)

    async def said(self, kind: str) -> int:
        """How many Announces of an id, or Undos of such, were made."""
        made = await self.alpha.composed(kind)
        return len([one for one in made if kind == "Undo" or isinstance(one["object"], str)])

    def heard(self, kind: str) -> list[str]:
        """The threads of which gamma was told so, in order."""
        posted: list[Document] = [one.document for one in self.gamma.asked if one.method == "POST"]
        told = [one for one in posted if (one["type"], one["actor"]) == (kind, SITES)]
        return [(one["object"] if kind == "Undo" else one)["object"] for one in told]

    async def all_heard(self, kind: str, times: int) -> list[str]:
        """The same, as soon as there are so many."""

        async def enough() -> bool:
            return len(self.heard(kind)) >= times

        await until(enough, seconds=120)
        await self.alpha.at_rest()
        return self.heard(kind)


@pytest.fixture
async def scene(alpha: Instance, gamma: FakePeer) -> Scene:
    """It comes to rest with one thread; the server is not running."""
    async with alpha.running():
        await alpha.allow(GAMMA)
        async with alpha.db.write() as tx:
            await tx.execute(update(Peer).where(Peer.host == GAMMA).values(software="mastodon"))
        alice, ada = await alpha.person("alice"), await alpha.person("ada")
        await alpha.community("sites", host=alice)
        gil = Writer(gamma.actor("gil"), SITES)
        await gil.actor.post("http://alpha.test/inbox", gil.follow())
        await until(alpha.has_applied)
        await ada.join("@sites@alpha.test")
        await ada.say("@sites Buy my watches")
        await alpha.at_rest()
    return Scene(alpha, gamma, ada)


async def written(scene: Scene, count: int) -> set[str]:
    """So many threads as the one that is there, with it: their ids."""
    columns, here = Post.__table__.columns, scene.alpha.services.runtime
    async with scene.alpha.db.write() as tx:
        one = select(*columns).where(Post.community_id.is_not(None))
        thread = (await tx.select(one.where(Post.shared_post_id.is_(None)))).one()._mapping
        wrapper = (await tx.select(one.where(Post.shared_post_id.is_not(None)))).one()._mapping
        threads, wrappers = [], []
        for _ in range(count - 1):
            of_thread, of_wrapper, boost = (here.tokens.next_id(here.clock.now()) for _ in range(3))
            uri, shown = f"http://alpha.test/objects/{of_thread}", f"http://alpha.test/activities/{of_wrapper}"
            threads.append({**thread, "id": of_thread, "uri": uri, "url": uri, "thread_id": of_thread})
            wrappers.append(
                {
                    **wrapper,
                    "id": of_wrapper,
                    "uri": shown,
                    "url": shown,
                    "shared_post_id": of_thread,
                    "boost_id": boost,
                }
            )
        for rows in (threads, wrappers):
            await tx.execute(insert(Post), rows)
    return {str(thread["uri"]), *(str(row["uri"]) for row in threads)}


@pytest.mark.parametrize("more", [0, 1])
async def test_an_act_tells_of_as_many_threads_as_one_transaction_holds_and_the_next_start_of_the_rest(
    scene: Scene, more: int
) -> None:
    """Group federation 7, 11; R8: at the limit and one above. Killed in between, it goes on where it was."""
    async with scene.alpha.running("web"):
        threads = await written(scene, MOST + more)
        await scene.ban()
        assert await scene.said("Undo") == MOST

    async with scene.alpha.running():
        undone = await scene.all_heard("Undo", MOST + more)
        assert (len(undone), set(undone)) == (MOST + more, threads)


async def test_a_running_server_tells_of_the_rest_by_itself_and_of_what_comes_back(scene: Scene) -> None:
    """Each thread once, however many turns it takes."""
    async with scene.alpha.running():
        threads = await written(scene, MOST + 1)

        await scene.ban()
        undone = await scene.all_heard("Undo", MOST + 1)
        await scene.unban()
        again = await scene.all_heard("Announce", 1 + MOST + 1)

    assert (len(undone), set(undone)) == (MOST + 1, threads)
    assert (len(again), set(again)) == (1 + MOST + 1, threads)


async def test_what_comes_back_where_nobody_elsewhere_reads_is_shown_once_they_do(scene: Scene) -> None:
    """Until then there is nothing to do, in no turn."""
    async with scene.alpha.running():
        alpha = scene.alpha
        await scene.ban()
        await scene.all_heard("Undo", 1)
        await opened(scene, NOWHERE)
        await scene.unban()
        await alpha.at_rest()
        assert (await scene.said("Announce"), len(scene.heard("Announce"))) == (1, 1)

        await opened(scene, EVERYWHERE)
        alpha.services.runtime.events.wake(WAKES)
        assert len(await scene.all_heard("Announce", 2)) == 2


async def opened(scene: Scene, scope: str) -> None:
    """The community is shared with so many."""
    async with scene.alpha.db.write() as tx:
        await tx.execute(update(Community).values(scope=scope))
