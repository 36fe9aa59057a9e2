"""Calling back what was sent, and confirming it: `Retract` and `Receipt`, letters like those about the agreement.

They pass a suspension and outlive the agreement. A receipt is bound to the request by its id and its object, to the
server by the key that proves the letter, and to the moment by its date (threats T241).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal, TypeVar

import msgspec
import structlog
from msgspec import Meta, Struct

from federation.agreements import letters
from federation.agreements.letters import CLOCKS_DIFFER, Letter
from federation.agreements.office import Here, Office, own_office, server_uri, stored
from federation.agreements.terms import Address
from federation.errors import Denied, Malformed
from federation.transport.hosts import same_origin
from federation.vocab import render, shapes
from federation.vocab.outgoing import Outgoing
from federation.vocab.types import Document
from models.engine import WriteTx
from models.queries import actors, agreements
from models.queries import retractions as reading
from models.queries.actors import ActorRow
from models.queries.agreements import StandingRow
from models.queries.retractions import HeardRow, RetractionRow
from models.retention import CALLED_BACK
from models.retractions import (
    ANSWERS_AFTER,
    COMMUNITY,
    DELETED,
    DONE,
    EVERYTHING,
    FAILED,
    HELD,
    NARROWED,
    PERSON,
    POST,
    TAKEN_BACK,
)
from models.vault import Vault
from models.writes import actors as actor_writes
from models.writes import audit, called_back, communities, departures, keeping, partings
from models.writes import retractions as writing

MOST: Final = 50
"""Requests in one letter: with ids of the usual length half of what a letter may have."""

SKEW: Final = timedelta(minutes=5)
"""More than this between two clocks is worth a word."""


class Request(Struct, frozen=True, kw_only=True, rename="camel"):
    """One thing called back."""

    request: Address
    """Its id; a repeated request has the same."""
    scope: Literal["post", "community", "person", "everything"]
    object: Address
    """Id of the post, of the community, of the person, or of the asking server's actor."""
    shown_by: Annotated[tuple[Address, ...], Meta(max_length=2)] = ()
    """Of a post: its author and its community, in whose name it may still be on its way."""
    known_as: Annotated[str, Meta(max_length=200, pattern=r"^[a-z0-9_]*$")] = ""
    """Of a person: the name that says nothing about them, and that they have from now on."""
    reason: Literal["deleted", "narrowed", "labelled", "left", "ended", "erased", "expired"]
    requested: str
    due: str


class Requests(Struct, frozen=True, kw_only=True):
    """What a `Retract` carries."""

    type: Literal["Retractions"]
    requests: Annotated[tuple[Request, ...], Meta(min_length=1, max_length=MOST)]


class Answer(Struct, frozen=True, kw_only=True):
    """What became of one request."""

    request: Address
    object: Address
    outcome: Literal["done", "held", "failed"]
    """`held`: for legal reasons; it is shown to nobody, and `done` follows when it is erased."""
    removed: Annotated[int, Meta(ge=0)]
    """How many posts that were."""
    detail: Annotated[str, Meta(max_length=500)] = ""
    at: str


class Answers(Struct, frozen=True, kw_only=True):
    """What a `Receipt` carries."""

    type: Literal["Receipts"]
    answers: Annotated[tuple[Answer, ...], Meta(min_length=1, max_length=MOST)]


log = structlog.get_logger()

Shape = TypeVar("Shape", Requests, Answers)


# --- asking ---


def request_uri(office: Office, row_id: int) -> str:
    """The id of a request of ours."""
    return office.here.config.url(f"/retractions/{row_id}")


def requests(office: Office, rows: Sequence[RetractionRow], at: datetime) -> Document:
    """What a letter about these rows carries."""
    each = tuple(
        Request(
            request=request_uri(office, row.id),
            scope=row.scope,  # type: ignore[arg-type]  # one of the words that are stored
            object=row.object_uri,
            shown_by=tuple(uri for uri in (row.author_uri, row.community_uri) if uri) if row.scope == POST else (),
            known_as=row.person_name or "",
            reason=DELETED if row.reason == TAKEN_BACK else row.reason,  # type: ignore[arg-type]  # likewise
            requested=render.instant(row.requested_at),
            due=render.instant(row.due_at or at + timedelta(hours=row.hours)),
        )
        for row in rows
    )
    document: Document = msgspec.to_builtins(Requests(type="Retractions", requests=each))
    return document


# --- being asked ---


async def take_requests(
    tx: WriteTx, office: Office, letter: Letter, standing: StandingRow, at: datetime
) -> list[Outgoing]:
    """Delete what a partner calls back, and confirm it. A request that was answered gets the same answer again, unless
    it is here nevertheless: then it is done anew.
    """
    asked = _read(letter.about, Requests)
    before = await reading.heard(tx, standing.id, [one.request for one in asked.requests])
    known = {
        one.request: heard
        for one in asked.requests
        if (heard := before.get(one.request)) is not None
        and not (heard.outcome == DONE and await _is_here_again(tx, standing.id, one))
    }
    fresh = [one for one in asked.requests if one.request not in known]
    known |= await _take_all(tx, office.here.vault, letter, standing, fresh, at)
    answers = [_again(known[one.request]) for one in asked.requests]
    removed = sum(one.removed for one in answers if one.request not in before)
    details = {"requests": len(answers), "removed": removed}
    await audit.append(
        tx, at=at, actor=letter.sender, action="retraction.received", object=standing.host, details=details
    )
    other = await actors.by_uri(tx, letter.sender)
    if other is None:
        return []
    return [await _receipt(tx, office, other, standing, answers, at)]


async def _receipt(
    tx: WriteTx, office: Office, to: ActorRow, standing: StandingRow, answers: Sequence[Answer], at: datetime
) -> Outgoing:
    about: Document = msgspec.to_builtins(Answers(type="Receipts", answers=tuple(answers)))
    return await office.write(tx, letters.RECEIPT, to=to, standing=standing, about=about, at=at)


def _again(known: HeardRow) -> Answer:
    return Answer(
        request=known.request_uri,
        object=known.object_uri,
        outcome=known.outcome,  # type: ignore[arg-type]  # one of the words that were answered
        removed=known.removed,
        detail=known.detail,
        at=render.instant(known.at),
    )


async def _take_all(
    tx: WriteTx, vault: Vault, letter: Letter, standing: StandingRow, asked: Sequence[Request], at: datetime
) -> dict[str, HeardRow]:
    """What became of each of these requests, by its id."""
    for one in asked:
        if not same_origin(one.request, letter.sender):
            raise Malformed("request with an id of another origin", reason="origin_mismatch", request=one.request)
    theirs = [one for one in asked if _is_theirs(one, letter.sender)]
    gone = await _remove_posts(tx, vault, standing.id, [one for one in theirs if one.scope == POST], at)
    # One by one: each may wipe a community.
    for one in theirs:
        if one.scope != POST:
            gone[one.request] = await _remove(tx, vault, standing.id, one, at)
    heard = {one.request: _heard(one, gone.get(one.request), at) for one in asked}
    scopes = {one.request: one.scope for one in asked}
    rows = [
        {"peer_id": standing.id, "scope": scopes[row.request_uri], **msgspec.structs.asdict(row)}
        for row in heard.values()
    ]
    await called_back.note(tx, rows)
    return heard


def _heard(one: Request, gone: tuple[int, int] | None, at: datetime) -> HeardRow:
    if gone is None:
        return HeardRow(one.request, one.object, FAILED, 0, "it is not the asking server's to call back", at)
    held, removed = gone
    return HeardRow(one.request, one.object, HELD if held else DONE, removed, "", at)


async def _is_here_again(tx: WriteTx, peer_id: int, one: Request) -> bool:
    """Whether it was deleted and is there. What came since by right stays: where one of our people is a member of that
    community again, or terms are in force with the other firm again.
    """
    if one.scope == POST:
        return await called_back.is_there(tx, called_back.posts(peer_id, [one.object]))
    if one.scope == PERSON:
        return await called_back.is_known(tx, called_back.person(peer_id, one.object))
    if one.scope == COMMUNITY:
        return await called_back.is_there(tx, called_back.of_community_without_us(peer_id, one.object))
    is_agreed = await agreements.in_force(tx, peer_id) is not None
    return not is_agreed and await called_back.is_there(tx, called_back.everything(peer_id))


def _is_theirs(one: Request, sender: str) -> bool:
    """By its id; of a post by that of the community that showed it, too."""
    if one.scope == EVERYTHING:
        return one.object == sender
    shown_by_them = one.scope == POST and any(same_origin(uri, sender) for uri in one.shown_by)
    return same_origin(one.object, sender) or shown_by_them


async def _remove_posts(
    tx: WriteTx, vault: Vault, peer_id: int, asked: Sequence[Request], at: datetime
) -> dict[str, tuple[int, int]]:
    """As `_remove`, by the id of the request. All of them together: one by one, a letter of fifty would hold the locks
    of its transaction for seconds on a busy machine.
    """
    if not asked:
        return {}
    shown = {(one.object, uri) for one in asked for uri in one.shown_by if same_origin(uri, one.request)}
    await actor_writes.bury_all(tx, shown, at)
    which = called_back.posts(peer_id, [one.object for one in asked])
    await keeping.keep(tx, vault, which, at, why=CALLED_BACK)
    await writing.of_called_back(tx, peer_id, which, at)
    held, there = await keeping.held_of_each(tx, which), await called_back.there(tx, which)
    await called_back.remove(tx, which, at)
    return {one.request: (held.get(one.object, 0), int(one.object in there)) for one in asked}


async def _remove(tx: WriteTx, vault: Vault, peer_id: int, one: Request, at: datetime) -> tuple[int, int]:
    """How much of it a case holds, sealed and shown to nobody (threats T246), and how much is gone from all view."""
    if one.scope == PERSON:
        return await _forget_person(tx, vault, peer_id, one, at), 0
    which = called_back.everything(peer_id)
    if one.scope == COMMUNITY:
        which = called_back.of_community(peer_id, one.object)
        if one.reason == NARROWED:
            await communities.withhold(tx, peer_id, one.object)
    await called_back.refuse_waiting(tx, peer_id=peer_id, actor_uri=one.object if one.scope == COMMUNITY else None)
    await keeping.keep(tx, vault, which, at, why=CALLED_BACK)
    await writing.of_called_back(tx, peer_id, which, at)
    held = await keeping.held_among(tx, which)
    removed = await called_back.remove(tx, which, at)
    await called_back.forget(tx, which)
    return held, removed


async def _forget_person(tx: WriteTx, vault: Vault, peer_id: int, one: Request, at: datetime) -> int:
    """Who somebody was; what they wrote stays, as a former colleague's (product J12)."""
    if not one.known_as:
        raise Malformed("a person without the name to be known by", reason="agreement_malformed", request=one.request)
    known = await actors.by_uri(tx, one.object)
    if known is None or known.peer_id != peer_id or known.is_community:
        return 0
    is_held = await keeping.keep_person(tx, vault, known.id, at, why=CALLED_BACK)
    await departures.forget_identity(tx, known, one.known_as, at)
    await partings.end_all_of(tx, known.id, at)
    return int(is_held)


async def tell_let_go(tx: WriteTx, here: Here, host: str, at: datetime) -> list[Outgoing]:
    """A partner that heard "held" hears "done" of what no case holds any more, fifty requests at most (threats T246).

    What cannot be written now is answered so when it is asked for again.
    """
    standing = await agreements.standing_for_change(tx, host)
    rows = await reading.let_go(tx, standing.id, MOST) if standing else []
    if standing is None or not rows:
        return []
    await called_back.answer_done(tx, standing.id, [row.request_uri for row in rows], at)
    details = {"requests": len(rows)}
    await audit.append(tx, at=at, actor=audit.SERVER, action="retraction.let-go", object=host, details=details)
    office, other = await own_office(tx, here), await actors.by_uri(tx, server_uri(here, host))
    if office is None or other is None:
        return []
    answers = [_again(msgspec.structs.replace(row, outcome=DONE, at=at)) for row in rows]
    return [await _receipt(tx, office, other, standing, answers, at)]


# --- hearing what became of it ---


async def take_receipt(
    tx: WriteTx, office: Office, letter: Letter, whole: Document, standing: StandingRow, at: datetime
) -> None:
    """Note what a partner confirms, and keep the letter. Raises `Denied` where it fits nothing that we asked."""
    answers = {one.request: one for one in _read(letter.about, Answers).answers}
    prefix = request_uri(office, 0)[:-1]
    numbers = {int(tail): uri for uri in answers if (tail := uri.removeprefix(prefix)).isdecimal() and len(tail) < 19}
    rows = await reading.of_ids(tx, standing.id, list(numbers))
    fitting = [
        (row, answers[numbers[row.id]]) for row in rows.values() if _fits(row, answers[numbers[row.id]], office, at)
    ]
    if not fitting:
        raise Denied("confirms nothing that was asked", reason="receipt_unfit", peer=standing.host)
    receipt_id = office.here.tokens.next_id(at)
    await writing.add_receipt(tx, receipt_id, peer_id=standing.id, document=stored(whole), at=at)
    for row, answer in fitting:
        _compare_clocks(row, answer, standing.host)
        await writing.change(
            tx,
            [row.id],
            state=answer.outcome,
            answered_at=at,
            removed=answer.removed,
            detail=answer.detail,
            receipt_id=receipt_id,
            # Whether it is so is looked at; what failed is asked for again.
            next_at={DONE: at, HELD: None}.get(answer.outcome, at + timedelta(hours=row.hours)),
            **({"held_at": shapes.date(answer.at), "held_receipt_id": receipt_id} if answer.outcome == HELD else {}),
        )
    outcomes = [answer.outcome for _, answer in fitting]
    details: dict[str, object] = {word: outcomes.count(word) for word in sorted(set(outcomes))}
    await audit.append(
        tx, at=at, actor=letter.sender, action="retraction.receipt", object=standing.host, details=details
    )
    tx.wake(writing.WAKES)


def _compare_clocks(row: RetractionRow, answer: Answer, host: str) -> None:
    """Nobody answers before they are asked: say that the clocks differ, and by how much at least."""
    said = shapes.date(answer.at)
    if said is not None and said < row.requested_at - SKEW:
        seconds = int((row.requested_at - said).total_seconds())
        log.warning("agreement.clock_behind", peer=host, seconds=seconds, mend="compare the clocks of both servers")


def _fits(row: RetractionRow, answer: Answer, office: Office, at: datetime) -> bool:
    """The same request, of the same object, answered after it was asked and not in the future; open until now, or held
    and over. What ends a hold is dated after it, both by their clock: a letter may have waited for days.

    What was contradicted is asked for again, and a repeated request gets the answer of the first time, with the time of
    then: it fits, since the letter is a new one, and then it is looked again.
    """
    said = shapes.date(answer.at)
    since = row.requested_at - CLOCKS_DIFFER
    if row.state == HELD and row.held_at is not None:
        since = row.held_at
    return (
        answer.request == request_uri(office, row.id)
        and answer.object == row.object_uri
        and answer.outcome in ANSWERS_AFTER.get(row.state, ())
        and said is not None
        and since <= said <= at + CLOCKS_DIFFER
    )


def _read(about: Document, kind: type[Shape]) -> Shape:
    try:
        return msgspec.convert(about, kind)
    except msgspec.ValidationError as error:
        raise Malformed(f"no such letter: {error}", reason="agreement_malformed") from error
