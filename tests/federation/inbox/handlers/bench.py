"""What moderation is tried on: posts in `sites` and in `town`, a moderator of each, and who hears of what is done."""

from typing import Any

from sqlalchemy import update

from models.actors import Follow
from models.moderation import Ban, Pin, Removal
from models.posts import Post
from models.queries import actors
from tests.federation.inbox.cast import SITES, Cast
from tests.support.api import Document
from tests.support.fake_peer import PUBLIC, FakeActor, document
from tests.support.writers import Writer

TOWN_MODERATORS = "/users/town/moderators"
TOWN_FEATURED = "/users/town/featured"


async def with_role(cast: Cast, person: FakeActor, role: str, community: str = SITES) -> FakeActor:
    """The person is a member of our community, in this role."""
    await cast.say(person, person.activity("Follow", object=community, to=[community]))
    async with cast.home.db.write() as tx:
        known = await actors.of_uris(tx, [person.uri, community])
        membership = (Follow.follower_id == known[person.uri].id) & (Follow.target_id == known[community].id)
        await tx.execute(update(Follow).where(membership).values(role=role))
    return person


async def moderated_town(cast: Cast, *moderators: FakeActor) -> None:
    """The partner lists who moderates town, and home has read it: no answer, or the moderators named."""
    town = cast.partner.actor(
        "town",
        "Group",
        attributedTo=cast.partner.url(TOWN_MODERATORS),
        featured=cast.partner.url(TOWN_FEATURED),
    )
    list_moderators(cast, *moderators)
    cast.town.changes = town.changes
    await cast.say(cast.town, cast.town.activity("Update", object=cast.town.document))


def list_moderators(cast: Cast, *moderators: FakeActor) -> None:
    """What the partner serves as the list of town's moderators from now on."""
    address = cast.partner.url(TOWN_MODERATORS)
    items = [one.uri for one in moderators]
    collection = {"@context": "x", "id": address, "type": "OrderedCollection", "orderedItems": items}
    cast.partner.serve(TOWN_MODERATORS, document(collection))


def about(actor: FakeActor, kind: str, community: str, content: Any, **members: Any) -> Document:
    """An act of moderation as group-aware servers send it."""
    return actor.activity(kind, object=content, to=[PUBLIC], cc=[community], audience=community, **members)


def undone(actor: FakeActor, community: str, activity: Document, **members: Any) -> Document:
    """The same taken back, embedded."""
    return about(actor, "Undo", community, activity, **members)


async def posted(cast: Cast, writer: Writer, word: str, *, answering: str | None = None) -> str:
    """A post is here: sent to `sites` by its author, or shown by town; its id."""
    create = writer.create(word, answering=answering)
    state = await (cast.say(writer.actor, create) if writer.community == SITES else cast.announce(create))
    assert state == "processed"
    return writer.post_uri(word)


async def relayed(cast: Cast, kind: str) -> list[Document]:
    """The activities of this type that `sites` has passed on whole, in order."""
    announced = [one["object"] for one in await cast.home.composed("Announce")]
    return [one for one in announced if isinstance(one, dict) and one["type"] == kind]


async def pins(cast: Cast) -> list[str]:
    """The ids of what is pinned."""
    ids = {row[0] for row in await cast.rows(Pin.post_id)}
    return [uri for post_id, uri in await cast.rows(Post.id, Post.uri, shared_post_id=None) if post_id in ids]


async def is_closed(cast: Cast, uri: str) -> bool:
    """Nobody but who leads the community may answer the post."""
    ((closed,),) = await cast.rows(Post.is_closed, uri=uri)
    return bool(closed)


async def bans(cast: Cast) -> list[str]:
    """The ids of everybody who was banned from anywhere."""
    return [row[0] for row in await cast.rows(Ban.actor_uri)]


async def reasons(cast: Cast) -> list[str]:
    """Why posts were taken out."""
    return [row[0] for row in await cast.rows(Removal.reason)]
