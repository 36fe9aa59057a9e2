"""Checkpoints of the audit trail: one each day, told to active partners; and what they show about the trail.

Whoever changes the trail has to change its checkpoints as well, which takes the server's key, and those that partners
keep, which nobody here can (threats T129, T130, T247).
"""

from collections.abc import Collection
from datetime import datetime

import msgspec
import structlog

from federation.agreements import checkpoints, trails
from federation.agreements.checkpoints import Received
from federation.errors import FederationError
from federation.outbox.publish import publish
from federation.runtime import Runtime
from federation.vocab.decode import decode
from federation.vocab.types import Document
from models.audit import KEPT
from models.engine import ReadTx, WriteTx
from models.queries import actors, audit
from models.queries import agreements as agreed
from models.queries import checkpoints as reading
from models.queries.audit import ChainCheck, Start, Verification
from models.queries.checkpoints import CheckpointRow, HeldCheckpoint
from models.writes import audit as trail
from models.writes import checkpoints as writing
from server.actions import partners
from server.actions.agreements import office, server_uri
from server.actions.local_actors import Here
from server.actions.refusals import Refused
from server.http.languages import to_translate

log = structlog.get_logger()


class Verified(msgspec.Struct, frozen=True, kw_only=True):
    """What a walk along the trail and its checkpoints has found."""

    entries: int
    ok: bool
    first_bad: int | None
    """The first entry that is not what it was, or that is missing."""
    problem: str | None
    checkpoints: int
    """How many of ours the trail was held against."""
    gone: int = 0
    """So many of the first entries were kept for their three years, and went; a checkpoint stands for them."""


async def make(tx: WriteTx, here: Here, at: datetime) -> CheckpointRow:
    """Sign where the trail stands and tell every active partner. Raises `Refused` where the server has no key."""
    standings = await agreed.active_for_change(tx)
    desk = await office(tx, here)
    known = await actors.of_uris(tx, [server_uri(here, one.host) for one in standings])
    pairs = [(one, known[uri]) for one in standings if (uri := server_uri(here, one.host)) in known]
    row, letters = await trails.make(tx, desk, pairs, at)
    await publish(tx, letters)
    return row


async def daily(runtime: Runtime) -> None:
    """The checkpoint of the day, unless it was made: by this process, by another, or by hand."""
    at = runtime.clock.now()
    async with runtime.db.read() as tx:
        if await _is_made(tx, at):
            return
    try:
        async with runtime.db.write() as tx:
            # In the order of every act about an agreement: first the partner, then the trail.
            await agreed.active_for_change(tx)
            await trail.stand_still(tx)
            if not await _is_made(tx, at):
                await make(tx, runtime, at)
    except Refused as error:
        log.warning("audit.no_checkpoint", reason=str(error))


async def _is_made(tx: ReadTx, at: datetime) -> bool:
    last = await reading.newest(tx, 1)
    return bool(last) and last[0].at.date() >= at.date()


async def verify(tx: ReadTx, here: Here, *, kept_elsewhere: bytes | None = None) -> Verified:
    """Walk along the trail, then hold it against every checkpoint, and one that a partner or an auditor has kept.

    What was there before the trail's present beginning went by the rule of three years alone: the checkpoint that
    stands for it is signed, is as old as that, and its head is what the first entry names.

    Raises `Refused` for a file that is no checkpoint of this server.
    """
    start = await audit.start(tx)
    chain = ChainCheck(start)
    async for row in audit.entries(tx):
        chain.add(row)
    found = chain.result()
    desk = await office(tx, here)
    keys = (desk.public_key, *desk.former_keys)
    walk = _CheckpointWalk(start, found, keys, here.config.url("/actor"), here.clock.now())
    async for one, hash_now in reading.with_hashes(tx):
        walk.add(one, hash_now)
    if kept_elsewhere is not None:
        kept = walk.read(kept_elsewhere)
        if kept is None:
            raise Refused(to_translate("The file is no checkpoint that this server has signed."))
        walk.hold_kept(kept, await audit.hash_of(tx, kept.checkpoint.entries))
    return walk.result()


class _CheckpointWalk:
    """Holds the trail against one checkpoint after the other; keeps the first thing that is wrong."""

    def __init__(self, start: Start, chain: Verification, keys: Collection[str], server: str, now: datetime) -> None:
        self._start, self._chain, self._keys, self._server, self._now = start, chain, keys, server, now
        self._hashes: dict[int, str] = {}
        self._is_stood_for = start.entries == 0
        self._before: CheckpointRow | None = None
        self._count = 0
        self._bad: tuple[int | None, str] | None = None

    def add(self, row: CheckpointRow, hash_now: str | None) -> None:
        """The next of ours, with the hash that its last entry has now."""
        self._count += 1
        signed, before = self.read(row.document), self._before
        stated = (row.number, row.entries, row.head, row.hash)
        if signed is None or stated != _stated(signed):
            self._note(None, f"checkpoint {row.number} was changed: it does not bear this server's signature")
        elif row.number != self._count or signed.checkpoint.previous != (before.hash if before else None):
            self._note(None, f"checkpoint {row.number} does not follow the one before it")
        else:
            self._is_stood_for = self._is_stood_for or self._stands_for_what_went(signed)
            self.hold_against(signed, hash_now)
        self._hashes[row.number], self._before = row.hash, row

    def _stands_for_what_went(self, signed: Received) -> bool:
        one, start = signed.checkpoint, self._start
        is_named = (one.number, one.entries, one.head) == (start.checkpoint, start.entries, start.head)
        return is_named and datetime.fromisoformat(one.published) + KEPT <= self._now

    def hold_kept(self, signed: Received, hash_now: str | None) -> None:
        """The same with one that somebody kept elsewhere; of what went our own of that number has to be the same."""
        stated = signed.checkpoint
        if 0 < stated.entries <= self._start.entries and self._hashes.get(stated.number) != signed.hash:
            self._note(None, f"checkpoint {stated.number} is another one than what was kept elsewhere")
        self.hold_against(signed, hash_now)

    def hold_against(self, signed: Received, hash_now: str | None) -> None:
        """Whether the entries up to there are those that were signed."""
        stated = signed.checkpoint
        if stated.entries <= self._start.entries:
            return
        if hash_now is None:
            first = min(self._start.entries + self._chain.entries + 1, stated.entries)
            self._note(first, f"entries up to {stated.entries} were there at checkpoint {stated.number}: cut off since")
        elif hash_now != stated.head:
            since = self._before.entries + 1 if self._before and self._before.entries < stated.entries else 1
            since = max(since, self._start.entries + 1)
            why = f"entries {since} to {stated.entries} are not those of checkpoint {stated.number}: rewritten since"
            self._note(since, why)

    def read(self, document: bytes) -> Received | None:
        """A checkpoint of this server, from its bytes; None: it is none, or does not bear our signature."""
        try:
            return checkpoints.read(decode(document), server=self._server, keys=self._keys, now=self._now)
        except FederationError:
            return None

    def _note(self, entry: int | None, problem: str) -> None:
        self._bad = self._bad or (entry, problem)

    def result(self) -> Verified:
        """What was found: first of all what the chain itself shows."""
        first_bad, problem = self._bad or (None, None)
        if not self._is_stood_for:
            first_bad, problem = (
                None,
                f"entries up to {self._start.entries} are gone, and no old checkpoint stands for them",
            )
        if not self._chain.ok:
            first_bad, problem = self._chain.first_bad, self._chain.problem
        return Verified(
            entries=self._chain.entries,
            ok=problem is None,
            first_bad=first_bad,
            problem=problem,
            checkpoints=self._count,
            gone=self._start.entries,
        )


def _stated(signed: Received) -> tuple[int, int, str, str]:
    one = signed.checkpoint
    return one.number, one.entries, one.head, signed.hash


async def held_of(tx: ReadTx, here: Here, domain: str) -> HeldCheckpoint:
    """The last that a partner told us of its trail. Raises `Refused`."""
    peer = await partners.find(tx, here, domain)
    held = await reading.newest_of(tx, peer.id)
    if held is None:
        raise Refused(to_translate("%(host)s has told nothing of its trail."), host=peer.host)
    return held


def document_of(row: CheckpointRow | HeldCheckpoint) -> Document:
    """The signed text, to give to somebody."""
    return decode(row.document)


async def accept(tx: WriteTx, here: Here, domain: str, *, by: str) -> HeldCheckpoint:
    """Go on from what a partner told last, although it did not fit: somebody there has said why. Raises `Refused`."""
    held = await held_of(tx, here, domain)
    if held.problem is None:
        raise Refused(
            to_translate("What %(domain)s told last fits what it told before: there is nothing to accept."),
            domain=domain,
        )
    details: dict[str, object] = {"problem": held.problem, "hash": held.hash}
    await trail.append(
        tx, at=here.clock.now(), actor=by, action="audit.accept-head", object=domain.lower(), details=details
    )
    await writing.accept(tx, held.id)
    return msgspec.structs.replace(held, problem=None)
