"""People at partner.test as they stand in the database of home.test, and what they wrote: no server of theirs runs."""

import json
from typing import Any

from sqlalchemy import select

from models.outbox import Activity
from models.queries import peers
from models.writes import actors, feeds, notifications
from models.writes import posts as post_writes
from models.writes.posts import NewPost
from tests.support.firm import App, Document, Firm

THEIRS = "http://partner.test"


async def known_stranger(firm: Firm, name: str) -> int:
    """A person of the partner whom this server has heard of; the id."""
    at, number = firm.clock.now(), firm.runtime.tokens.next_id(firm.clock.now())
    address = f"{THEIRS}/users/{name}"
    async with firm.runtime.db.write() as tx:
        peer = (await peers.of_hosts(tx, ["partner.test"]))["partner.test"]
        return await actors.save(
            tx,
            {
                "id": number,
                "uri": address,
                "type": "Person",
                "username": name,
                "host": "partner.test",
                "peer_id": peer.id,
                "display_name": name.title(),
                "url": address,
                "inbox_url": f"{address}/inbox",
                "shared_inbox_url": f"{THEIRS}/inbox",
                "created_at": at,
                "fetched_at": at,
            },
        )


async def letter_from(firm: Firm, author_id: int, community: Document, html: str, *, mentions: App) -> int:
    """An opening post by a stranger in a community of ours, shown to its members, that names one of them; its id."""
    at, community_id = firm.clock.now(), int(community["id"])
    post_id, wrapper_id = firm.runtime.tokens.next_id(at), firm.runtime.tokens.next_id(at)
    shared: dict[str, Any] = {
        "audience": "community",
        "community_id": community_id,
        "published_at": at,
        "received_at": at,
    }
    async with firm.runtime.db.write() as tx:
        peer = (await peers.of_hosts(tx, ["partner.test"]))["partner.test"]
        post = NewPost(
            id=post_id,
            uri=f"{THEIRS}/objects/{post_id}",
            url=f"{THEIRS}/objects/{post_id}",
            author_id=author_id,
            peer_id=peer.id,
            thread_id=post_id,
            kind="Note",
            content_html=html,
            mentioned=[int(mentions.id)],
            **shared,
        )
        wrapper = NewPost(
            id=wrapper_id,
            uri=firm.runtime.config.url(f"/activities/{wrapper_id}"),
            url=post.url,
            author_id=community_id,
            shared_post_id=post_id,
            kind=post_writes.WRAPPER,
            **shared,
        )
        await post_writes.add(tx, [post, wrapper])
        await feeds.place(tx, [feeds.placement(entry_id=wrapper_id, followers_of=community_id, language=None)])
        telling = notifications.telling(at=at, author_id=author_id, post_id=post_id, named=[int(mentions.id)])
        await notifications.tell(tx, [telling])
    return post_id


async def sent(firm: Firm, actor_id: int, *types: str) -> list[Document]:
    """Activities of these types that an actor of ours has sent, in order."""
    statement = select(Activity.payload).where(Activity.actor_id == actor_id, Activity.type.in_(types))
    async with firm.runtime.db.read() as tx:
        return [json.loads(row[0]) for row in await tx.select(statement.order_by(Activity.id))]
