"""Erasing a person, or a person with all that they wrote (product J12): what it would do, doing it, the certificate.

Content goes first, in batches, each its own transaction: an erasure that was interrupted goes on by the same command,
since the name goes last. What partners were asked to delete for it bears its number, so that the certificate, which can
be had again at any time, says what they have confirmed.
"""

from datetime import datetime
from typing import Final

import msgspec

from federation.agreements.terms import CONTEXT
from federation.signatures.proofs import with_proof
from federation.vocab import render
from federation.vocab.types import Document
from models.engine import Database, ReadTx, WriteTx
from models.leaving import Stage
from models.queries import actors, archive, own_keys
from models.queries import erasures as reading
from models.queries import leaving as gone
from models.queries.archive import Counted
from models.queries.erasures import ErasureRow
from models.retention import ERASED as GONE_BY_REQUEST
from models.retractions import OPEN
from models.writes import appeals, audit, discreet, erasing, keeping, media, moderation_log, retractions
from models.writes import erasures as writing_erasures
from models.writes import leaving as writing
from server.actions import accounts, leaving
from server.actions.about_posts import take_away
from server.actions.agreements import office
from server.actions.leaving import technical_name
from server.actions.refusals import Refused
from server.http.languages import to_translate

_AT_ONCE: Final = 25


class Preview(msgspec.Struct, frozen=True):
    """What an erasure would do."""

    person: str
    scope: str
    erased: Counted
    """What there is of the person; of posts and reactions only where content is erased as well."""
    stays: list[str]
    partners: list[str]
    """Who is told."""
    communities_without_host: list[str]


class Facts(msgspec.Struct, frozen=True):
    """What is kept of an erasure, and stands in its certificate: nothing that names anybody."""

    scope: str
    erased: Counted
    stays: list[str]
    partners: list[str]


async def preview(tx: ReadTx, username: str, *, with_content: bool) -> Preview:
    """What erasing this person would do; nothing is changed. Raises `Refused`."""
    person = await accounts.find(tx, username)
    stays = [
        "the audit trail: entries about the person, for three years",
        # Ids of ActivityPub never change: by it partners know what to forget, and what is no more.
        "the id by which other servers know the person, which has the user name in it",
    ]
    if not with_content:
        stays.append("posts and reactions, as a former colleague's")
    orphans = await actors.of_ids(tx, await gone.led_alone_by(tx, person.actor_id))
    return Preview(
        person=f"{person.username}@{person.host}",
        scope=_scope(with_content),
        erased=await archive.counted(tx, person.actor_id),
        stays=stays,
        partners=await _told(tx, person.actor_id),
        communities_without_host=sorted(one.username for one in orphans.values()),
    )


def _scope(with_content: bool) -> str:
    return "identity and content" if with_content else "identity"


async def _told(tx: ReadTx, actor_id: int) -> list[str]:
    person = await actors.by_id(tx, actor_id)
    concerned = await own_keys.concerned(tx, person) if person else ()
    return await archive.hosts_of(tx, (*concerned, *await gone.reached_by(tx, actor_id)))


async def erase(
    db: Database, here: leaving.Here, username: str, *, with_content: bool, language: str, by: str
) -> Document:
    """Erase a person; the certificate, signed by the server. Raises `Refused` for the last administrator."""
    async with db.write() as tx:
        what = await preview(tx, username, with_content=with_content)
        # Whoever is erased is out first: what follows must not meet them at work.
        person = await accounts.suspend(tx, here, username, by=by)
        erasure = await _begun(tx, here, person.actor_id, what)
    while with_content and await _erase_some(db, here, person.actor_id):
        pass
    async with db.write() as tx:
        return await _erase_identity(tx, here, erasure, what, language=language, by=by)


async def _begun(tx: WriteTx, here: leaving.Here, actor_id: int, what: Preview) -> ErasureRow:
    """The erasure, with what partners are asked to delete; the one that was interrupted, where there is one."""
    at, known = here.clock.now(), await reading.of_person(tx, actor_id)
    facts = Facts(scope=what.scope, erased=what.erased, stays=what.stays, partners=what.partners)
    stored = msgspec.json.encode(facts).decode()
    if known is not None and msgspec.json.decode(known.facts, type=Facts).scope in (what.scope, _scope(True)):
        # Nothing is written by somebody who is out: what partners were asked then is all there is.
        return known
    number = known.id if known else here.tokens.next_id(at)
    if known is None:
        await writing_erasures.begin(tx, number, person_id=actor_id, facts=stored, at=at)
    else:
        await writing_erasures.restate(tx, number, stored)
    if what.scope == _scope(True):
        await retractions.of_erasure(tx, number, actor_id, at)
    return ErasureRow(number, actor_id, stored, at, None)


async def _erase_some(db: Database, here: leaving.Here, author_id: int) -> bool:
    at = here.clock.now()
    async with db.write() as tx:
        ids = await archive.next_posts(tx, author_id, _AT_ONCE)
        await keeping.keep_posts(tx, here.vault, ids, at, why=GONE_BY_REQUEST)
        await take_away(tx, here, ids, at)
    return len(ids) == _AT_ONCE


async def _erase_identity(
    tx: WriteTx, here: leaving.Here, erasure: ErasureRow, what: Preview, *, language: str, by: str
) -> Document:
    at, actor_id = here.clock.now(), erasure.person_id
    partners = msgspec.json.decode(erasure.facts, type=Facts).partners
    await retractions.of_identity(tx, erasure.id, actor_id, partners, at)
    await writing_erasures.finish(tx, erasure.id, at)
    certificate = await _certificate(tx, here, erasure, at)
    # The trail keeps a pseudonym and no more of it.
    details: dict[str, object] = {"scope": what.scope, "partners": what.partners, "proof": certificate["proof"]}
    await audit.append(tx, at=at, actor=by, action="user.erase", object=technical_name(actor_id), details=details)
    if what.scope == _scope(False):
        await keeping.keep_person(tx, here.vault, actor_id, at, why=GONE_BY_REQUEST)
    else:
        await keeping.keep_all_of(tx, here.vault, actor_id, at, why=GONE_BY_REQUEST)
        await keeping.empty_bin_of(tx, actor_id)
        await erasing.content(tx, actor_id, at)
    await erasing.private_things(tx, actor_id, at)
    await discreet.forget_person(tx, here.vault, actor_id, at)
    await moderation_log.forget_person(tx, actor_id)
    await appeals.forget_person(tx, actor_id)
    before = await actors.by_id(tx, actor_id)
    await leaving.pseudonymise(tx, here, actor_id, language=language, at=at, due_at=None)
    await writing.drop_account(tx, actor_id)
    await writing.set_stage(tx, actor_id, Stage.NUMBER, None)
    if before is not None:
        names = [url.rpartition("/")[2] for url in before.pictures.values() if isinstance(url, str) and "/" in url]
        await media.drop(tx, names, at)
    return certificate


class Issued(msgspec.Struct, frozen=True):
    """An erasure that was done, for the list of them."""

    number: int
    person: str
    erased_at: datetime
    pending: int
    """Requests that partners have not confirmed."""


async def issued(tx: ReadTx) -> list[Issued]:
    """The newest erasures, with what is not confirmed of each."""
    found = []
    # One by one: people are erased by the dozen, not by the thousand, and the list is bounded.
    for row in await reading.done(tx):
        pending = sum(one.requests for one in await reading.answers(tx, row.id) if one.state in OPEN)
        found.append(Issued(row.id, technical_name(row.person_id), row.finished_at or row.begun_at, pending))
    return found


async def certificate(tx: ReadTx, here: leaving.Here, number: int) -> Document:
    """The certificate of an erasure as it stands now, signed anew. Raises `Refused`."""
    erasure = await reading.one(tx, number)
    if erasure is None:
        raise Refused(to_translate("There was no erasure with the number %(number)s."), number=number)
    return await _certificate(tx, here, erasure, here.clock.now())


async def _certificate(tx: ReadTx, here: leaving.Here, erasure: ErasureRow, at: datetime) -> Document:
    desk, facts = await office(tx, here), msgspec.json.decode(erasure.facts, type=Facts)
    answers = await reading.answers(tx, erasure.id)
    pending = sum(one.requests for one in answers if one.state in OPEN)
    plain: Document = {
        "@context": CONTEXT,
        "type": "ErasureCertificate",
        "number": str(erasure.id),
        "server": desk.actor.uri,
        "person": technical_name(erasure.person_id),
        **msgspec.to_builtins(facts),
        "receipts": [
            {
                "partner": one.host,
                "outcome": one.state,
                "requests": one.requests,
                "last": render.instant(one.last_at) if one.last_at else None,
            }
            for one in answers
        ],
        "pending": pending,
        "begun": render.instant(erasure.begun_at),
        "published": render.instant(at),
    }
    return with_proof(plain, desk.key, created=at)
