"""Reading actors and keys: the public side of people, communities and servers, local and remote."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import BigInteger, ColumnElement, and_, bindparam, case, func, literal, or_, select

from models.accounts import Account
from models.actors import GROUP, PERSON, Actor, ActorKey, Follow
from models.communities import NOWHERE, OPEN, PRIVATE, Community, Invitation
from models.conditions import said_openly
from models.engine import Columns, ReadTx
from models.gate import Person, ViewerKind
from models.guests import within_reach
from models.posts import Post
from models.statements import lasting


class ActorRow(msgspec.Struct, frozen=True):
    """One actor; the community's facts are null for everybody else."""

    id: int
    uri: str
    type: str
    username: str
    host: str
    peer_id: int | None
    display_name: str
    summary_html: str
    summary_source: str
    fields: list[Any]
    pictures: dict[str, Any]
    url: str
    inbox_url: str
    shared_inbox_url: str | None
    outbox_url: str | None
    followers_url: str | None
    is_locked: bool
    is_bot: bool
    is_discoverable: bool
    created_at: datetime
    updated_at: datetime | None
    fetched_at: datetime | None
    deleted_at: datetime | None
    suspended_at: datetime | None
    visibility: str | None
    scope: str | None
    label: int | None
    hosts_only: bool | None
    vouched_by: str | None = None
    language: str | None = None
    """Of a community: what is spoken there."""
    blocked_at: datetime | None = None

    @property
    def is_local(self) -> bool:
        """The actor is ours."""
        return self.peer_id is None

    @property
    def is_community(self) -> bool:
        """A Group."""
        return self.visibility is not None

    @property
    def is_findable(self) -> bool:
        """Its name may be known outside, by WebFinger: not a private community, nor one kept inside (interface 6.2)."""
        return not self.is_community or (self.visibility != PRIVATE and self.scope != NOWHERE)

    @property
    def answers_anybody(self) -> bool:
        """Its bare actor is read without a signature: a person, or an open community of the lowest label, not kept
        inside.
        """
        return not self.is_community or (self.visibility == OPEN and self.scope != NOWHERE and self.label == 0)

    @property
    def acct(self) -> str:
        """`name@host`."""
        return f"{self.username}@{self.host}"


_COLUMNS = (
    Actor.id,
    Actor.uri,
    Actor.type,
    Actor.username,
    Actor.host,
    Actor.peer_id,
    Actor.display_name,
    Actor.summary_html,
    Actor.summary_source,
    Actor.fields,
    Actor.pictures,
    Actor.url,
    Actor.inbox_url,
    Actor.shared_inbox_url,
    Actor.outbox_url,
    Actor.followers_url,
    Actor.is_locked,
    Actor.is_bot,
    Actor.is_discoverable,
    Actor.created_at,
    Actor.updated_at,
    Actor.fetched_at,
    Actor.deleted_at,
    Actor.suspended_at,
    Community.visibility,
    Community.scope,
    Community.label,
    Community.hosts_only,
    Actor.vouched_by,
    Community.language,
    Actor.blocked_at,
)
WIDTH = len(_COLUMNS)


_ACTORS: Columns = (
    select(*_COLUMNS).outerjoin(Community, Community.actor_id == Actor.id).where(Actor.deleted_at.is_(None))
)


def actors() -> Columns:
    """Every actor that is not deleted, with its community's facts; the caller adds conditions."""
    return _ACTORS


def actor_rows(rows: Sequence[Any]) -> list[ActorRow]:
    """Rows of `actors` as structs; further columns are passed over."""
    return [ActorRow(*row[:WIDTH]) for row in rows]


async def _one(tx: ReadTx, condition: ColumnElement[bool]) -> ActorRow | None:
    row = (await tx.select(actors().where(condition))).first()
    return ActorRow(*row) if row else None


_BY_ID = _ACTORS.where(Actor.id == bindparam("actor_id"))
_BY_URI = _ACTORS.where(Actor.uri == bindparam("actor_uri"))
_OF_IDS = _ACTORS.where(Actor.id.in_(bindparam("ids", expanding=True)))
_OF_URIS = _ACTORS.where(Actor.uri.in_(bindparam("uris", expanding=True)))


async def by_id(tx: ReadTx, actor_id: int) -> ActorRow | None:
    """One actor by the client API's id."""
    row = (await tx.select(_BY_ID, {"actor_id": actor_id})).first()
    return ActorRow(*row) if row else None


async def by_uri(tx: ReadTx, uri: str) -> ActorRow | None:
    """One actor by its ActivityPub id."""
    row = (await tx.select(_BY_URI, {"actor_uri": uri})).first()
    return ActorRow(*row) if row else None


async def by_uri_or_url(tx: ReadTx, address: str) -> ActorRow | None:
    """One actor by its id or by the address of its page."""
    return await _one(tx, or_(Actor.uri == address, Actor.url == address))


async def by_handle(tx: ReadTx, username: str, host: str) -> ActorRow | None:
    """One actor by name and host, without regard to case of the name."""
    return await _one(tx, and_(Actor.username == username.lower(), Actor.host == host))


async def local_by_name(tx: ReadTx, username: str) -> ActorRow | None:
    """One of our own people or communities."""
    is_called = and_(Actor.username == username.lower(), Actor.peer_id.is_(None))
    return await _one(tx, and_(is_called, Actor.type.in_((PERSON, GROUP))))


async def of_ids(tx: ReadTx, ids: Sequence[int]) -> dict[int, ActorRow]:
    """Actors by id; deleted ones are left out."""
    if not ids:
        return {}
    return {row[0]: ActorRow(*row) for row in await tx.select(_OF_IDS, {"ids": list(ids)})}


async def of_uris(tx: ReadTx, uris: Sequence[str]) -> dict[str, ActorRow]:
    """Actors by ActivityPub id."""
    if not uris:
        return {}
    return {row[1]: ActorRow(*row) for row in await tx.select(_OF_URIS, {"uris": list(uris)})}


async def of_handles(tx: ReadTx, handles: Sequence[tuple[str, str]]) -> dict[tuple[str, str], ActorRow]:
    """Actors by (name, host), both folded."""
    if not handles:
        return {}
    condition = or_(*(and_(Actor.username == name, Actor.host == host) for name, host in handles))
    rows = actor_rows((await tx.select(actors().where(condition))).all())
    return {(row.username, row.host): row for row in rows}


def known_to(viewer: Person) -> ColumnElement[bool]:
    """Whether a local person may know that an actor exists; a community that acts knows itself as a member does.

    Not private communities that they neither belong to nor are invited to, people of no partners whom they never met in
    a community, and whom administrators block; to a guest all are strangers but those in their communities.
    """
    own_id = literal(viewer.actor_id, BigInteger())
    follows = select(Follow.target_id).where(Follow.follower_id == viewer.actor_id, Follow.is_accepted)
    joined = select(own_id) if viewer.kind is ViewerKind.COMMUNITY else follows
    invited = select(Invitation.community_id).where(Invitation.actor_id == viewer.actor_id)
    met = select(Post.author_id).where(Post.author_id == Actor.id, Post.community_id.in_(joined))
    return and_(
        or_(
            Community.actor_id.is_(None),
            Community.visibility != PRIVATE,
            Actor.id.in_(joined),
            Actor.id.in_(invited),
        ),
        or_(Actor.vouched_by.is_(None), met.exists()),
        Actor.blocked_at.is_(None),
        within_reach(own_id, joined, invited),
    )


async def known_by_id(tx: ReadTx, actor_id: int, viewer: Person) -> ActorRow | None:
    """One person or community that the viewer may know of."""
    return await _one(tx, and_(Actor.id == actor_id, Actor.type != "Application", known_to(viewer)))


async def known_of_ids(tx: ReadTx, ids: Sequence[int], viewer: Person) -> dict[int, ActorRow]:
    """Those of the actors that the viewer may know of."""
    if not ids:
        return {}
    statement = actors().where(Actor.id.in_(ids), Actor.type != "Application", known_to(viewer))
    return {row.id: row for row in actor_rows((await tx.select(statement)).all())}


async def known_by_handle(tx: ReadTx, username: str, host: str, viewer: Person) -> ActorRow | None:
    """One person or community by handle, if the viewer may know of it."""
    is_called = and_(Actor.username == username.lower(), Actor.host == host)
    return await _one(tx, and_(is_called, Actor.type != "Application", known_to(viewer)))


async def search(
    tx: ReadTx, text: str, viewer: Person, *, limit: int, offset: int = 0, only_followed: bool = False, host: str = ""
) -> list[ActorRow]:
    """People and communities whose name or handle begins with the text; exact names, then joined communities first.

    `host`: only of servers whose name begins so, the one that is called so first.
    """
    prefix = _as_pattern(text.lower())
    followed = select(Follow.target_id).where(Follow.follower_id == viewer.actor_id, Follow.is_accepted)
    is_exact = Actor.username == text.lower()
    rank = case(
        (and_(is_exact, Actor.peer_id.is_(None)), 0),
        (is_exact, 1),
        (and_(Actor.type == GROUP, Actor.id.in_(followed)), 2),
        else_=3,
    )
    statement = (
        actors()
        .where(
            Actor.type != "Application",
            known_to(viewer),
            or_(
                Actor.username.like(prefix + "%", escape="\\"),
                func.lower(Actor.display_name).like(prefix + "%", escape="\\"),
                func.lower(Actor.display_name).like("% " + prefix + "%", escape="\\"),
            ),
        )
        .limit(limit)
        .offset(offset)
    )
    if only_followed:
        statement = statement.where(Actor.id.in_(followed))
    order: list[ColumnElement[Any]] = [rank, Actor.username, Actor.id]
    if host:
        statement = statement.where(Actor.host.like(_as_pattern(host) + "%", escape="\\"))
        order.insert(1, Actor.host != host)
    return actor_rows((await tx.select(statement.order_by(*order))).all())


def _as_pattern(text: str) -> str:
    """What LIKE takes for this text and no other."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


MOST_COUNTED = 1000
"""Posts of one actor: a profile that says a thousand has at least so many. It costs the same in the largest firm."""


class Counts(msgspec.Struct, frozen=True):
    """What a profile says in numbers, the same to everybody."""

    posts: int
    followers: int
    following: int
    last_post_at: datetime | None


def _counts() -> Columns:
    mine = (Post.author_id == Actor.id, said_openly())
    closed = select(Community.actor_id).where(Community.visibility != OPEN)
    followers = select(func.count()).select_from(Follow).where(Follow.target_id == Actor.id, Follow.is_accepted)
    following = (
        select(func.count())
        .select_from(Follow)
        .where(Follow.follower_id == Actor.id, Follow.is_accepted, Follow.target_id.not_in(closed))
    )
    # The newest in the order of ix_posts_author, and no more than are counted: whoever wrote much costs no more.
    counted = select(Post.id).where(*mine).order_by(Post.id.desc()).limit(MOST_COUNTED).correlate(Actor).subquery()
    return select(
        Actor.id,
        select(func.count()).select_from(counted).scalar_subquery(),
        followers.scalar_subquery(),
        following.scalar_subquery(),
        select(Post.published_at).where(*mine).order_by(Post.id.desc()).limit(1).scalar_subquery(),
    ).where(Actor.id.in_(bindparam("ids", expanding=True)))


_COUNTS = lasting(_counts)


def _with_counts() -> Columns:
    is_counted = Actor.id.in_(bindparam("counted", expanding=True))
    numbers = list(_COUNTS().selected_columns)[1:]
    return _OF_IDS.add_columns(*(case((is_counted, number)) for number in numbers))


_WITH_COUNTS = lasting(_with_counts)


async def with_counts(
    tx: ReadTx, ids: Sequence[int], counted: Collection[int]
) -> dict[int, tuple[ActorRow, Counts | None]]:
    """Actors by id, those that are not deleted, and the counts of those who are to be counted; one statement."""
    if not ids:
        return {}
    rows = await tx.select(_WITH_COUNTS(), {"ids": list(ids), "counted": list(counted)})
    return {row[0]: (ActorRow(*row[:WIDTH]), Counts(*row[WIDTH:]) if row[0] in counted else None) for row in rows}


async def counts(tx: ReadTx, ids: Sequence[int]) -> dict[int, Counts]:
    """Counts of several actors. A community's posts are its opening posts."""
    if not ids:
        return {}
    return {row[0]: Counts(*row[1:]) for row in await tx.select(_COUNTS(), {"ids": list(ids)})}


class KeyRow(msgspec.Struct, frozen=True):
    """A key with its owner."""

    key_uri: str
    kind: str
    public_text: str
    private_sealed: bytes | None
    fetched_at: datetime
    actor_id: int
    actor_uri: str
    peer_id: int | None


_KEY_COLUMNS = (
    ActorKey.key_uri,
    ActorKey.kind,
    ActorKey.public_text,
    ActorKey.private_sealed,
    ActorKey.fetched_at,
    Actor.id,
    Actor.uri,
    Actor.peer_id,
)
_KEYS = lasting(lambda: select(*_KEY_COLUMNS).join(Actor, Actor.id == ActorKey.actor_id))
_KEY_BY_URI = lasting(lambda: _KEYS().where(ActorKey.key_uri == bindparam("of_key"), Actor.deleted_at.is_(None)))


async def key_by_uri(tx: ReadTx, key_uri: str) -> KeyRow | None:
    """A key by its id, of an actor that is not deleted."""
    row = (await tx.select(_KEY_BY_URI(), {"of_key": key_uri})).first()
    return KeyRow(*row) if row else None


async def keys_of(tx: ReadTx, actor_id: int) -> list[KeyRow]:
    """All keys of one actor, RSA first."""
    rows = await tx.select(_KEYS().where(ActorKey.actor_id == actor_id).order_by(ActorKey.kind.desc()))
    return [KeyRow(*row) for row in rows]


async def server_actor(tx: ReadTx) -> ActorRow | None:
    """This server's own Application."""
    return await _one(tx, and_(Actor.type == "Application", Actor.peer_id.is_(None)))


async def somebody_at(tx: ReadTx, peer_id: int) -> ActorRow | None:
    """An actor of a peer, to reach its server by: whoever is known here the longest."""
    statement = actors().where(Actor.peer_id == peer_id).order_by(Actor.id).limit(1)
    row = (await tx.select(statement)).first()
    return ActorRow(*row) if row else None


async def active_people(tx: ReadTx) -> int:
    """How many accounts may sign in."""
    return int(await tx.scalar(select(func.count()).select_from(Account).where(Account.suspended_at.is_(None))) or 0)
