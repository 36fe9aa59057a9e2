"""Reading who likes what, and what people show on top of their profiles."""

from sqlalchemy import BigInteger, bindparam, select

from models.actors import Actor
from models.engine import Columns, ReadTx
from models.gate import Viewer, ViewerKind, viewer_values, visible_to
from models.interactions import Like, ProfilePin
from models.posts import Post
from models.queries.actors import WIDTH, ActorRow, actor_rows, actors
from models.queries.paging import Page
from models.queries.posts import Entry, EntryRow, entries, entry_rows
from models.statements import lasting_forms


async def likers(tx: ReadTx, post_id: int, viewer: Viewer, page: Page) -> list[tuple[int, ActorRow]]:
    """Who likes a post that the viewer may see, with the like's id as cursor."""
    statement = (
        actors()
        .join(Like, Like.actor_id == Actor.id)
        .join(Post, Post.id == Like.post_id)
        .where(Like.post_id == post_id, visible_to(viewer), Actor.blocked_at.is_(None))
        .add_columns(Like.id)
    )
    rows = (await tx.select(page.bound(statement, Like.id))).all()
    return page.ordered([(row[WIDTH], actor) for row, actor in zip(rows, actor_rows(rows), strict=True)])


async def liked_post_uri(tx: ReadTx, activity_uri: str, actor_id: int) -> str | None:
    """The id of the post that an actor's Like was about; no content, so no viewer."""
    statement = (
        select(Post.uri)
        .join(Like, Like.post_id == Post.id)
        .where(Like.activity_uri == activity_uri, Like.actor_id == actor_id)
    )
    uri: str | None = await tx.scalar(statement)
    return uri


async def pinned_ids(tx: ReadTx, actor_id: int) -> list[int]:
    """The posts on top of somebody's profile; no content, so no viewer."""
    return [row[0] for row in await tx.select(select(ProfilePin.post_id).where(ProfilePin.actor_id == actor_id))]


@lasting_forms
def _pinned(kind: ViewerKind) -> Columns:
    return (
        entries(kind)
        .join(ProfilePin, ProfilePin.post_id == Entry.id)
        .where(ProfilePin.actor_id == bindparam("of_actor", type_=BigInteger()))
        .order_by(ProfilePin.pinned_at.desc(), ProfilePin.post_id.desc())
        .limit(40)
    )


async def pinned(tx: ReadTx, actor_id: int, viewer: Viewer) -> list[EntryRow]:
    """What somebody shows on top of their profile, as far as the viewer may see it; what was pinned last first."""
    values = {"of_actor": actor_id, **viewer_values(viewer)}
    return entry_rows((await tx.select(_pinned(viewer.kind), values)).all())
