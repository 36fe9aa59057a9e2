"""Two servers wander at random through all that can happen to them, and end equal.

People of both join, leave, ask, answer, edit, delete, like and think better of it, in communities of both; meanwhile
the lines between the two break, lose, double and delay what passes, time goes on, and servers are killed. Then the
lines hold again: both servers have the same members, posts, edits, deletions and likes, and they are what was promised.

`make walk` goes further; `WALK_SEED` makes a walk again, `WALK_STEPS` says how long it is, `WALK_COUNT` how many.
"""

import asyncio
import os
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import select

from models.actors import Actor, Follow
from models.base import aliased
from models.interactions import Like
from models.posts import Post
from tests.instances.pair import discussions
from tests.instances.walkers import Ledger, Walker
from tests.support.held_clock import HeldClock
from tests.support.instances import Databases, Instance
from tests.support.line import Line, wired
from tests.support.lives import Life, mortal
from tests.support.progress import communities_read, posts_looked_for
from tests.support.waiting import until

SEED = int(os.environ.get("WALK_SEED", "20261"))
COUNT = int(os.environ.get("WALK_COUNT", "1"))
STEPS = int(os.environ.get("WALK_STEPS", "120"))

COMMUNITIES = {"@sites@alpha.test": "Sites", "@town@beta.test": "Town"}
PEOPLE = {"alpha.test": ("alice", "ada"), "beta.test": ("bob", "bea")}
STEADY = ("alice", "bob")
"""They host a community and never leave the other one, so that its posts keep coming."""


@dataclass
class World:
    """Two servers, the lines between them, their people, and what these were promised."""

    clock: HeldClock
    chance: random.Random
    servers: list[Instance]
    lines: list[Line]
    """In the order of the servers: the line to each."""
    ledger: Ledger = field(default_factory=Ledger)
    walkers: list[Walker] = field(default_factory=list)
    lives: list[Life] = field(default_factory=list)
    kills: int = 0

    async def start(self) -> None:
        """Start both, make them partners, and let the steady people into both communities."""
        for server in self.servers:
            self.lives.append(life := Life(server))
            await life.begin()
        alpha, beta = self.servers
        await alpha.allow(beta.host)
        await beta.allow(alpha.host)
        for server in self.servers:
            for name in PEOPLE[server.host]:
                app = await server.person(name)
                chance = random.Random(self.chance.random())
                self.walkers.append(Walker(app, self.ledger, chance, communities=COMMUNITIES))
        alice, bob = (next(one for one in self.walkers if one.app.name == name) for name in STEADY)
        await alpha.community("sites", host=alice.app)
        await beta.community("town", host=bob.app)
        for walker in self.walkers:
            for handle in COMMUNITIES:
                await walker.app.join(handle)
                self.ledger.members[walker.uri, handle] = True

    async def walk(self, steps: int) -> None:
        """Somebody does something; now and then the world does."""
        for line in self.lines:
            line.is_rough = True
        for _ in range(steps):
            walker = self.chance.choice(self.walkers)
            deed = asyncio.ensure_future(walker.step(may_leave=walker.app.name not in STEADY))
            if self.chance.random() < 0.04:
                await self._kill(self.chance.randrange(2))
            await deed
            await self._go_on()

    async def _go_on(self) -> None:
        """Time passes, and the lines change."""
        # Nobody edits twice in one instant.
        self.clock.advance(seconds=self.chance.choice((1, 2, 5, 70, 70, 400)))
        line = self.chance.choice(self.lines)
        if self.chance.random() < (0.4 if line.is_cut else 0.1):
            line.is_cut = not line.is_cut
        line.move_on()
        if self.chance.random() < 0.2:
            await line.deliver_late()
        self.chance.choice(self.servers).nudge()

    async def _kill(self, number: int) -> None:
        """Kill a server in the middle of whatever it is at, and start it again."""
        for _ in range(self.chance.randrange(40)):
            await asyncio.sleep(0)
        self.kills += 1
        await self.lives[number].kill()
        self.lives[number] = Life(self.servers[number])
        await self.lives[number].begin()

    async def heal(self) -> None:
        """The lines hold from now on; wait until nobody owes anybody anything."""
        for line in self.lines:
            line.is_cut = line.is_rough = False
            line.move_on()
            await line.deliver_late()
        await until(self._is_quiet, seconds=120)

    async def _is_quiet(self) -> bool:
        # Less than what a signature is good for: what is on its way must not grow old there.
        self.clock.advance(minutes=7)
        for server in self.servers:
            await server.services.peers.settle()
            server.services.runtime.events.wake("catching up")
            server.nudge()
        return all([await _is_done(server) for server in self.servers])


async def _is_done(server: Instance) -> bool:
    async with server.db.read() as tx:
        if await communities_read(tx) or await posts_looked_for(tx):
            return False
    return await server.is_at_rest()


@asynccontextmanager
async def two_servers(new_database: Databases, folder: Path, seed: int) -> AsyncIterator[World]:
    """alpha and beta, each of which sees the other at the end of a line."""
    clock, chance = HeldClock(), random.Random(seed)
    async with mortal(), wired(PEOPLE, clock, chance, new_database, folder) as made:
        lines = [line for _, line in made]
        world = World(clock, chance, [server for server, _ in made], lines)
        await world.start()
        try:
            yield world
        finally:
            for line in lines:
                line.move_on()
            for life in world.lives:
                await life.stop()


# --- what is compared ---


async def members(server: Instance, of: Instance) -> set[tuple[str, str]]:
    """Who is in the communities of a firm, as a server has it: actor ids and handles. No wish may be left open."""
    person, community = aliased(Actor), aliased(Actor)
    statement = (
        select(person.uri, community.username, Follow.is_accepted)
        .select_from(Follow)
        .join(person, person.id == Follow.follower_id)
        .join(community, community.id == Follow.target_id)
        .where(community.host == of.host)
    )
    rows = await server.rows(statement)
    assert all(row[2] for row in rows), rows
    return {(row[0], f"@{row[1]}@{of.host}") for row in rows}


def _host(handle: str) -> str:
    return handle.rpartition("@")[2]


async def likes(server: Instance) -> set[tuple[str, str]]:
    """Who likes which post that is there, as a server has it."""
    statement = (
        select(Actor.uri, Post.uri)
        .select_from(Like)
        .join(Actor, Actor.id == Like.actor_id)
        .join(Post, Post.id == Like.post_id)
        .where(Post.deleted_at.is_(None))
    )
    return {tuple(row) for row in await server.rows(statement)}


async def contents(server: Instance) -> dict[str, str]:
    """What each post says that its community has shown, as a server has it."""
    statement = select(Post.uri, Post.title, Post.content_html).where(
        Post.shared_post_id.is_(None), Post.deleted_at.is_(None), Post.is_confirmed
    )
    return {row[0]: row[1] or row[2] for row in await server.rows(statement)}


async def check(world: World) -> None:
    """Both servers are equal, and as their people were promised."""
    alpha, beta = world.servers
    ledger = world.ledger
    for server, other in ((alpha, beta), (beta, alpha)):
        joined = {pair for pair, is_in in ledger.members.items() if is_in and _host(pair[1]) == server.host}
        assert await members(server, server) == joined
        assert await members(other, server) == {pair for pair in joined if pair[0].split("/")[2] == other.host}
    expected = {post.uri: post.text for post in ledger.standing()}
    for server in world.servers:
        said = await contents(server)
        assert said.keys() == expected.keys(), server.host
        assert [uri for uri, text in expected.items() if text not in said[uri]] == [], server.host
        assert await likes(server) == {(who, post.uri) for post in ledger.standing() for who in post.likes}
    alice, bob = (next(one.app for one in world.walkers if one.app.name == name) for name in STEADY)
    for title in COMMUNITIES.values():
        assert await discussions(alice, title) == await discussions(bob, title)


@pytest.mark.parametrize("number", range(COUNT))
async def test_a_random_walk_of_two_servers_ends_with_both_equal(
    new_database: Databases, tmp_path: Path, number: int
) -> None:
    """T188, T189, T190, T191, T192, T203 to T206: what is counted equals what is there, whatever was cut off."""
    seed = SEED + number
    print(f"WALK_SEED={seed} WALK_STEPS={STEPS}")
    async with two_servers(new_database, tmp_path, seed) as world:
        await world.walk(STEPS)
        await world.heal()

        print(world.ledger.done, [line.happened for line in world.lines], f"{world.kills} kills")
        await check(world)
