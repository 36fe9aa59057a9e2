"""Who takes part in the attacks, and what they do (threats 1.1). Everything is applied before a step returns."""

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from models.actors import Follow
from models.posts import Post
from models.queries import actors
from tests.support.api import Api, Document
from tests.support.fake_peer import PUBLIC, FakeActor, FakePeer, document
from tests.support.instances import Instance
from tests.support.writers import Writer, announced

HOME = "http://alpha.test"
INBOX = f"{HOME}/inbox"
SITES = f"{HOME}/communities/sites"
ALICE = f"{HOME}/users/alice"

ON_SQLITE = pytest.mark.parametrize("new_database", ["sqlite"], indirect=True)
"""For rules that hang on no database."""


@dataclass
class Cast:
    """alice hosts the open community `sites` and is a member of partner.test's `town`. mallory is in neither."""

    home: Instance
    partner: FakePeer
    sub: FakePeer
    stranger: FakePeer
    alice: Api
    ada: Api
    bob: Writer
    """A member of `sites`."""
    mallory: Writer
    """At bob's server, and hostile."""
    town: FakeActor
    """A community of the partner."""

    @staticmethod
    async def met(home: Instance, partner: FakePeer, sub: FakePeer, stranger: FakePeer) -> "Cast":
        """Everybody at their places."""
        alice, ada = await home.person("alice"), await home.person("ada")
        await home.community("sites", host=alice)
        bob, mallory = (Writer(partner.actor(name), SITES) for name in ("bob", "mallory"))
        town = partner.actor("town", "Group")
        cast = Cast(home, partner, sub, stranger, alice, ada, bob, mallory, town)
        await cast.say(bob.actor, bob.follow())
        await cast.join_town(alice)
        return cast

    async def join_town(self, person: Api) -> None:
        """Somebody at home becomes a member of `town`."""
        await person.ask_to_join("@town@partner.test")
        wish = {"type": "Follow", "actor": f"{HOME}/users/{person.name}", "object": self.town.uri}
        await self.say(self.town, self.town.activity("Accept", object=wish))

    async def say(self, actor: FakeActor, activity: Document, *, to: str = INBOX) -> str:
        """Deliver an activity and apply it; its state then, or the status with which it was refused."""
        answer = await actor.post(to, activity)
        if answer.status != 202:
            return str(answer.status)
        await self.home.apply()
        return (await self.home.received()).get(activity["id"], "not kept")

    async def announce(self, activity: object, group: FakeActor | None = None) -> str:
        """A community (`town`) passes something on: an activity, or an id."""
        group = group or self.town
        passed: Document = announced(group, {}) | {"object": activity}
        return await self.say(group, passed)

    async def rows(self, *columns: Any, **where: Any) -> list[tuple[Any, ...]]:
        """Columns of one table, of the rows where these columns have these values."""
        table = columns[0].table.c
        found = select(*columns).where(*(getattr(table, name) == value for name, value in where.items()))
        async with self.home.db.read() as tx:
            return [tuple(row) for row in await tx.select(found)]

    async def post(self, uri: str) -> Any:
        """A stored post that is not deleted: its text, audience and community; None: there is none."""
        rows = await self.rows(
            Post.content_html, Post.audience, Post.community_id, uri=uri, deleted_at=None, shared_post_id=None
        )
        return rows[0] if rows else None

    async def follow(self, follower: str, target: str) -> bool | None:
        """Whether a follow is accepted; None: there is none."""
        async with self.home.db.read() as tx:
            known = await actors.of_uris(tx, [follower, target])
        if len(known) < 2:
            return None
        rows = await self.rows(Follow.is_accepted, follower_id=known[follower].id, target_id=known[target].id)
        return bool(rows[0][0]) if rows else None

    def resident(self, peer: FakePeer, name: str) -> Writer:
        """Somebody at another peer, who writes in `town`."""
        return Writer(peer.actor(name), self.town.uri)

    def in_town(self, name: str) -> Writer:
        """Somebody at the partner, who writes in `town`."""
        return self.resident(self.partner, name)

    def serves(self, post: Document) -> None:
        """The origin of a post serves it at its own address."""
        peer = next(one for one in (self.partner, self.sub) if post["id"].startswith(one.url("/")))
        peer.serve(post["id"].removeprefix(peer.url("")), document({"@context": "x", **post}))


def personal_note(actor: FakeActor, word: str, **members: Any) -> Document:
    """A Create of a note outside of communities, to everybody unless told otherwise."""
    note = {
        "id": actor.peer.url(f"/objects/{actor.name}-{word}"),
        "type": "Note",
        "attributedTo": actor.uri,
        "content": f"<p>{word}</p>",
        "to": [PUBLIC],
        **members,
    }
    return actor.activity("Create", object=note, to=note["to"], cc=note.get("cc", []))


def mention(name: str) -> list[Document]:
    """The tag by which somebody at home is named."""
    return [{"type": "Mention", "href": f"{HOME}/users/{name}", "name": f"@{name}@alpha.test"}]
