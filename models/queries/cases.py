"""Reading legal cases: what each is about, what it holds, and, for who works in one, what stands there (product J13).

Content is read as a `CaseReader`, by the gate's own condition; sealed copies come sealed.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import ColumnElement, and_, func, or_, select

from models.actors import Actor
from models.base import aliased
from models.cases import OPEN, Case, CaseCommunity, CaseExport, CasePerson
from models.engine import ReadTx
from models.gate import CaseReader, visible_to
from models.holding import in_case
from models.posts import Post, PostVersion
from models.retention import OF_PERSON, OF_POST, KeptCopy

MOST_SHOWN = 100


class CaseRow(msgspec.Struct, frozen=True):
    """One case, in the order of the columns."""

    id: int
    title: str
    reason: str
    begins_at: datetime | None
    ends_at: datetime | None
    state: str
    proposed_at: datetime
    opened_at: datetime | None
    closed_at: datetime | None


_COLUMNS = tuple(getattr(Case, name) for name in CaseRow.__struct_fields__)


async def all_of_them(tx: ReadTx) -> list[CaseRow]:
    """Every case, the newest first."""
    statement = select(*_COLUMNS).order_by(Case.id.desc()).limit(MOST_SHOWN)
    return [CaseRow(*row) for row in await tx.select(statement)]


async def one(tx: ReadTx, case_id: int) -> CaseRow | None:
    """One of them."""
    row = (await tx.select(select(*_COLUMNS).where(Case.id == case_id))).first()
    return CaseRow(*row) if row else None


async def people(tx: ReadTx, case_id: int) -> list[str]:
    """Handles of those whose words it is about; none: everybody's."""
    statement = select(Actor.username, Actor.host).join(CasePerson, CasePerson.person_id == Actor.id)
    rows = await tx.select(statement.where(CasePerson.case_id == case_id).order_by(Actor.username))
    return [f"{name}@{host}" for name, host in rows]


async def communities(tx: ReadTx, case_id: int) -> list[str]:
    """Handles of the communities that it is about; none: all, and what stands in none."""
    statement = select(Actor.username, Actor.host).join(CaseCommunity, CaseCommunity.community_id == Actor.id)
    rows = await tx.select(statement.where(CaseCommunity.case_id == case_id).order_by(Actor.username))
    return [f"{name}@{host}" for name, host in rows]


async def open_ones(tx: ReadTx) -> int:
    """How many cases are open now."""
    return int(await tx.scalar(select(func.count()).select_from(Case).where(Case.state == OPEN)) or 0)


class Held(msgspec.Struct, frozen=True):
    """How much a case holds."""

    posts: int
    copies: int


def _copies_of(case_id: int) -> ColumnElement[bool]:
    """Joined with the case: sealed copies of what it is about."""
    named = aliased(CasePerson)
    mine = select(named.person_id).where(named.case_id == case_id)
    of_person = and_(KeptCopy.kind == OF_PERSON, KeptCopy.author_id.in_(mine))
    of_post = and_(
        KeptCopy.kind == OF_POST, in_case(Case, KeptCopy.author_id, KeptCopy.community_id, KeptCopy.published_at)
    )
    return and_(Case.id == case_id, Case.state == OPEN, or_(of_person, of_post))


async def held_by(tx: ReadTx, viewer: CaseReader) -> Held:
    """How many posts that are there, and how many sealed copies of what is gone."""
    there = select(func.count()).select_from(Post).where(visible_to(viewer), Post.shared_post_id.is_(None))
    gone = select(func.count()).select_from(KeptCopy).join(Case, _copies_of(viewer.case_id))
    return Held(int(await tx.scalar(there) or 0), int(await tx.scalar(gone) or 0))


class Item(msgspec.Struct, frozen=True):
    """One post of a case as it stands, in the order of the columns."""

    id: int
    uri: str
    author: str
    author_host: str
    community: str | None
    published_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    title: str | None
    spoiler: str
    source: str
    html: str
    details: dict[str, object]


class Earlier(msgspec.Struct, frozen=True):
    """What a post said before an edit, in the order of the columns."""

    written: datetime
    title: str | None
    spoiler: str
    html: str
    details: dict[str, object]


async def earlier(tx: ReadTx, viewer: CaseReader, post_ids: Sequence[int]) -> dict[int, list[Earlier]]:
    """What these posts of the case said before each of their edits, the oldest first."""
    said = (PostVersion.written_at, PostVersion.title, PostVersion.spoiler, PostVersion.content_html)
    statement = (
        select(PostVersion.post_id, *said, PostVersion.details)
        .join(Post, Post.id == PostVersion.post_id)
        .where(visible_to(viewer), Post.id.in_(post_ids))
        .order_by(PostVersion.id)
    )
    found: dict[int, list[Earlier]] = {}
    for post_id, *version in await tx.select(statement):
        found.setdefault(post_id, []).append(Earlier(*version))
    return found


async def items(tx: ReadTx, viewer: CaseReader, after_id: int, most: int) -> list[Item]:
    """Posts of the case from an id on, the oldest first. None where the case is not open."""
    place = aliased(Actor)
    statement = (
        select(
            Post.id, Post.uri, Actor.username, Actor.host, place.username, Post.published_at, Post.edited_at,
            Post.deleted_at, Post.title, Post.spoiler, Post.source, Post.content_html, Post.details,
        )
        .join(Actor, Actor.id == Post.author_id)
        .outerjoin(place, place.id == Post.community_id)
        .where(visible_to(viewer), Post.shared_post_id.is_(None), Post.id > after_id)
        .order_by(Post.id)
        .limit(most)
    )  # fmt: skip
    return [Item(*row) for row in await tx.select(statement)]


class SealedItem(msgspec.Struct, frozen=True):
    """One sealed copy of a case, in the order of the columns."""

    id: int
    kind: str
    uri: str
    author: str | None
    author_host: str | None
    community: str | None
    published_at: datetime
    removed_at: datetime
    why: str
    sealed: bytes
    digest: str


async def sealed_items(tx: ReadTx, viewer: CaseReader, after_id: int, most: int) -> list[SealedItem]:
    """Sealed copies of the case from a number on; whoever opens them has the key. None where the case is not open."""
    place = aliased(Actor)
    statement = (
        select(
            KeptCopy.id, KeptCopy.kind, KeptCopy.uri, Actor.username, Actor.host, place.username,
            KeptCopy.published_at, KeptCopy.removed_at, KeptCopy.why, KeptCopy.sealed, KeptCopy.digest,
        )
        .select_from(KeptCopy)
        .join(Case, _copies_of(viewer.case_id))
        .outerjoin(Actor, Actor.id == KeptCopy.author_id)
        .outerjoin(place, place.id == KeptCopy.community_id)
        .where(KeptCopy.id > after_id)
        .order_by(KeptCopy.id)
        .limit(most)
    )  # fmt: skip
    return [SealedItem(*row) for row in await tx.select(statement)]


class ExportRow(msgspec.Struct, frozen=True):
    """One export, in the order of the columns."""

    id: int
    at: datetime
    items: int
    hash: str


async def exports(tx: ReadTx, case_id: int) -> list[ExportRow]:
    """What was taken out of a case, the newest first."""
    statement = select(CaseExport.id, CaseExport.at, CaseExport.items, CaseExport.hash)
    statement = statement.where(CaseExport.case_id == case_id).order_by(CaseExport.id.desc()).limit(MOST_SHOWN)
    return [ExportRow(*row) for row in await tx.select(statement)]
