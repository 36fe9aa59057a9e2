"""Reading the audit trail, and holding its chain of hashes together."""

import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import msgspec
from sqlalchemy import ColumnElement, and_, func, or_, select

from models.audit import TRIMMED, AuditEntry
from models.engine import ReadTx
from models.queries import state

FIRST_PREVIOUS_HASH = "0" * 64
"""What the first entry names as the hash before it."""

_PAGE = 500


class AuditRow(msgspec.Struct, frozen=True):
    """One entry, in the order of the columns."""

    id: int
    at: datetime
    actor: str
    action: str
    object: str
    details: str
    """JSON, members sorted."""
    previous_hash: str
    hash: str


class Start(msgspec.Struct, frozen=True):
    """Where the part of the trail begins that is kept: behind the last entry of one of our checkpoints."""

    entries: int = 0
    """The number of that entry; 0: nothing has gone."""
    head: str = FIRST_PREVIOUS_HASH
    """Its hash, which the first entry that is kept names."""
    checkpoint: int = 0
    """The number of the checkpoint that stands for what went; 0: none does."""
    at: datetime | None = None
    """When entries went last."""


class Verification(msgspec.Struct, frozen=True):
    """What a walk along the chain has found."""

    entries: int
    ok: bool
    first_bad: int | None
    """Id of the first entry that was changed, or that follows one that was removed or put in."""
    problem: str | None = None
    """What is wrong with it."""


def entry_hash(row: AuditRow) -> str:
    """SHA-256, in hex, over the canonical JSON of everything in the entry but its hash."""
    fields = {
        "id": row.id,
        "at": row.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": row.actor,
        "action": row.action,
        "object": row.object,
        "details": row.details,
        "previous_hash": row.previous_hash,
    }
    canonical = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


async def start(tx: ReadTx) -> Start:
    """Where the kept part begins. One statement."""
    text = await state.text(tx, TRIMMED)
    return msgspec.json.decode(text, type=Start) if text else Start()


async def entries(tx: ReadTx) -> AsyncIterator[AuditRow]:
    """Everything of the trail that is kept, from its beginning, read a page at a time."""
    last_id = (await start(tx)).entries
    while page := await after(tx, last_id, _PAGE):
        for row in page:
            yield row
        last_id = page[-1].id


_COLUMNS = (
    AuditEntry.id,
    AuditEntry.at,
    AuditEntry.actor,
    AuditEntry.action,
    AuditEntry.object,
    AuditEntry.details,
    AuditEntry.previous_hash,
    AuditEntry.hash,
)


class ChainCheck:
    """Follows the chain entry by entry. Entries cut off at the end leave no trace here, but in checkpoints."""

    def __init__(self, start: Start) -> None:
        self._count = 0
        self._previous_id = start.entries
        self._previous_hash = start.head
        self._first_bad: int | None = None
        self._problem: str | None = None

    def add(self, row: AuditRow) -> None:
        """Look at the next entry."""
        self._count += 1
        if self._first_bad is None and (problem := self._look_at(row)) is not None:
            self._first_bad, self._problem = row.id, problem
        self._previous_id, self._previous_hash = row.id, row.hash

    def _look_at(self, row: AuditRow) -> str | None:
        if row.id != self._previous_id + 1:
            return f"entries {self._previous_id + 1} to {row.id - 1} were removed before it"
        if row.hash != entry_hash(row):
            return "it was changed, or put in another place"
        if row.previous_hash != self._previous_hash:
            return "it does not follow the entry before it: one of them was put in or replaced"
        return None

    def result(self) -> Verification:
        """What was found so far."""
        return Verification(self._count, self._first_bad is None, self._first_bad, self._problem)


async def verify(tx: ReadTx) -> Verification:
    """Walk the whole chain (threats T129)."""
    check = ChainCheck(await start(tx))
    async for row in entries(tx):
        check.add(row)
    return check.result()


async def after(tx: ReadTx, entry_id: int, most: int) -> list[AuditRow]:
    """The entries that follow this one, in their order."""
    statement = select(*_COLUMNS).where(AuditEntry.id > entry_id).order_by(AuditEntry.id).limit(most)
    return [AuditRow(*row) for row in await tx.select(statement)]


def _of_app(name: str) -> ColumnElement[bool]:
    """`details` are JSON without blanks, in which the name stands as a text of its own."""
    acts = func.lower(AuditEntry.details).contains(
        f'"app":{json.dumps(name, ensure_ascii=False)[:-1]}', autoescape=True
    )
    decided = and_(AuditEntry.action.startswith("app."), func.lower(AuditEntry.object).contains(name, autoescape=True))
    return or_(acts, decided)


async def last(tx: ReadTx) -> AuditRow | None:
    """The newest entry."""
    row = (await tx.select(select(*_COLUMNS).order_by(AuditEntry.id.desc()).limit(1))).first()
    return AuditRow(*row) if row else None


async def about(tx: ReadTx, acct: str, actor_id: int) -> list[AuditRow]:
    """The entries that somebody made, or that are about them: by handle or number, or as the host of a community."""
    hosts = [json.dumps({"host": name}, separators=(",", ":"))[1:-1] for name in (acct, acct.partition("@")[0])]
    named = or_(*(AuditEntry.details.contains(one, autoescape=True) for one in hosts))
    whose = or_(
        AuditEntry.object.in_((acct, str(actor_id))),
        AuditEntry.actor == acct,
        and_(AuditEntry.action.startswith("community."), named),
    )
    return [AuditRow(*row) for row in await tx.select(select(*_COLUMNS).where(whose).order_by(AuditEntry.id))]


async def last_actor(tx: ReadTx, action: str, about: str) -> str | None:
    """Who did this to it last; None: nobody."""
    whose = (AuditEntry.action == action, AuditEntry.object == about)
    statement = select(AuditEntry.actor).where(*whose).order_by(AuditEntry.id.desc()).limit(1)
    found: str | None = await tx.scalar(statement)
    return found


async def count_since(tx: ReadTx, action: str, since: datetime) -> int:
    """How often this was done since then."""
    statement = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == action, AuditEntry.at >= since)
    return int(await tx.scalar(statement) or 0)


async def is_noted(tx: ReadTx, action: str, about: str, since: datetime) -> bool:
    """This was done to it since then."""
    whose = (AuditEntry.action == action, AuditEntry.object == about, AuditEntry.at > since)
    return await tx.scalar(select(AuditEntry.id).where(*whose).limit(1)) is not None


async def hash_of(tx: ReadTx, entry_id: int) -> str | None:
    """The hash that an entry has now; None: it is not there."""
    found: str | None = await tx.scalar(select(AuditEntry.hash).where(AuditEntry.id == entry_id))
    return found


MOST_SHOWN = 50
"""Entries on one page of the trail."""


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """Which entries of the trail are wanted; empty texts ask for all."""

    actor: str = ""
    action: str = ""
    """An action, or the beginning of some, like `user.`."""
    about: str = ""
    """A part of the object."""
    app: str = ""
    """The beginning of the name of an app that acts, or a part of that of one that something was decided about."""
    areas: Sequence[str] | None = None
    """Beginnings of the actions that may be shown at all; None: every one."""
    before: int | None = None
    """Only entries with a lower number."""


async def sought(tx: ReadTx, wanted: Sought) -> list[AuditRow]:
    """The newest entries that fit."""
    statement = select(*_COLUMNS).order_by(AuditEntry.id.desc()).limit(MOST_SHOWN)
    if wanted.actor:
        statement = statement.where(func.lower(AuditEntry.actor).contains(wanted.actor.lower(), autoescape=True))
    if wanted.action:
        statement = statement.where(AuditEntry.action.startswith(wanted.action, autoescape=True))
    if wanted.about:
        statement = statement.where(func.lower(AuditEntry.object).contains(wanted.about.lower(), autoescape=True))
    if wanted.app:
        statement = statement.where(_of_app(wanted.app.lower()))
    if wanted.areas is not None:
        statement = statement.where(or_(*(AuditEntry.action.startswith(area) for area in wanted.areas)))
    if wanted.before is not None:
        statement = statement.where(AuditEntry.id < wanted.before)
    return [AuditRow(*row) for row in await tx.select(statement)]
