"""Letters that we receive about an agreement, in one transaction each: what they may change, and what we answer.

An Offer is the one thing taken from a host that nobody here named, and all it gets is to be listed as proposed.
"""

from datetime import datetime
from typing import Final

from federation.agreements import letters, retracting, succession, terms, trails
from federation.agreements.letters import Letter
from federation.agreements.office import Office, document_of, note, server_host, stored
from federation.agreements.records import add_version, go_back, settle
from federation.agreements.steps import go_on, names_our_key, part, rest, suspend
from federation.errors import Denied, Malformed
from federation.vocab.outgoing import Outgoing
from federation.vocab.types import Document
from models.agreements import DECLINED, IN_FORCE, PROPOSED, REPLACED
from models.engine import WriteTx
from models.peers import ENDED, SUSPENDED
from models.peers import PROPOSED as PEER_PROPOSED
from models.queries import actors
from models.queries import agreements as reading
from models.queries.agreements import AgreementRow, StandingRow
from models.writes import agreements

MAX_STRANGERS: Final = 20
"""Proposals of hosts that nobody here named, open at a time."""

_NOTED: Final = {letters.SUSPEND: "suspended", letters.RESUME: "resumed", letters.END: "ended"}

_TAKE_BACK: Final = (letters.END, letters.UNDO)
"""What a stranger may say besides, of what it proposed."""


async def receive(tx: WriteTx, office: Office, activity: Document, *, at: datetime) -> list[Outgoing]:
    """Take in one letter. Raises `Malformed`, `Unauthenticated` or `Denied`; a replay changes nothing."""
    sender = activity.get("actor")
    host = server_host(sender if isinstance(sender, str) else "")
    standing = await reading.standing_for_change(tx, host)
    bound = standing if standing and standing.server_key and standing.state != ENDED else None
    known_key = bound.server_key if bound else await _unbound_key(tx, office, activity, standing)
    letter = letters.read(activity, receiver=office.actor.uri, known_key=known_key, now=at)
    if letter.terms is not None and letter.terms.party_of(office.actor.uri) is not None:
        _check_our_key(office, letter)
    if letter.type == letters.OFFER:
        return await _take_offer(tx, office, letter, host, standing, at)
    if letter.type in letters.OUTLIVING and standing is not None and known_key is not None:
        if letter.type == letters.UPDATE:
            return await _take_succession(tx, office, letter, standing, known_key, at)
        return await _take_call(tx, office, letter, activity, standing, at)
    if bound is None and letter.type in _TAKE_BACK and standing is not None and known_key is not None:
        return await _take_notice(tx, office, letter, standing, at)
    if bound is None:
        raise Denied("no agreement with this server", reason="domain_not_allowed", peer=host)
    if not await _is_next(tx, letter, bound):
        return []
    match letter.type:
        case letters.ACCEPT:
            return await _take_acceptance(tx, office, letter, bound, at)
        case letters.REJECT:
            await _take_refusal(tx, letter, bound, at)
        case letters.ADD:
            await trails.keep(tx, office, letter, bound, at)
        case _:
            return await _take_notice(tx, office, letter, bound, at)
    return []


async def _unbound_key(tx: WriteTx, office: Office, activity: Document, standing: StandingRow | None) -> str | None:
    """Of a letter that outlives the agreement: the key of the last terms that both had signed, or what followed it.
    Of one that takes a proposal back: the key that the proposal carries.
    """
    kind = activity.get("type")
    if standing is None or kind not in (*_TAKE_BACK, *letters.OUTLIVING):
        return None
    if kind in _TAKE_BACK:
        may = standing.state == PEER_PROPOSED or (kind == letters.UNDO and standing.state != ENDED)
        offered = await reading.proposed(tx, standing.id) if may else None
        is_theirs = offered is not None and not offered.is_ours
        return terms.read(document_of(offered)).other_than(office.actor.uri).key if offered and is_theirs else None
    last = await reading.last_signed(tx, standing.id)
    if last is None:
        # What they signed of ours came when we had taken it back: then the key is that of our proposal.
        return standing.server_key
    key = terms.read(document_of(last)).other_than(office.actor.uri).key
    return succession.newest(key, await reading.successions(tx, standing.id))


async def _take_succession(
    tx: WriteTx, office: Office, letter: Letter, standing: StandingRow, known_key: str, at: datetime
) -> list[Outgoing]:
    if await _is_next(tx, letter, standing):
        await succession.take(tx, office, letter, standing, known_key, at)
    return []


async def _take_call(
    tx: WriteTx, office: Office, letter: Letter, activity: Document, standing: StandingRow, at: datetime
) -> list[Outgoing]:
    """Something is called back, or that was done: also while the exchange rests, and when it is over."""
    if not await _is_next(tx, letter, standing):
        return []
    if letter.type == letters.RETRACT:
        return await retracting.take_requests(tx, office, letter, standing, at)
    await retracting.take_receipt(tx, office, letter, activity, standing, at)
    return []


async def _is_next(tx: WriteTx, letter: Letter, bound: StandingRow) -> bool:
    """Not one that was seen, nor one from before: what is sent again, by them or by somebody else, changes nothing."""
    if letter.serial <= bound.letters_seen:
        return False
    await agreements.set_standing(tx, bound.id, letters_seen=letter.serial)
    return True


def _check_our_key(office: Office, letter: Letter) -> None:
    """A former one of ours may stand in what was on its way when it changed; nothing new is signed by it."""
    party = letter.terms.party_of(office.actor.uri) if letter.terms else None
    if party is None or not office.is_ours(party.key):
        raise Denied("the terms name another key than ours", reason="agreement_key", sender=letter.sender)


# --- proposals ---


async def _take_offer(
    tx: WriteTx, office: Office, letter: Letter, host: str, standing: StandingRow | None, at: datetime
) -> list[Outgoing]:
    text, document = letter.terms, letter.document
    assert text is not None
    assert document is not None
    if letter.sender not in terms.signers(document, text, now=at):
        raise Denied("a proposal is signed by who makes it", reason="proof_missing", sender=letter.sender)
    if standing is not None and await reading.is_known(tx, standing.id, letter.hash):
        return []
    if standing is None or standing.state == ENDED:
        standing = await _new_stranger(tx, host, at)
    if text.review_date > (at + terms.LONGEST_TERM + letters.CLOCKS_DIFFER).date():
        raise Denied("the review date is more than 24 months ahead", reason="agreement_malformed", peer=host)
    is_bound = standing.server_key is not None
    if is_bound and not await _is_next(tx, letter, standing):
        return []
    open_one, current = await reading.proposed(tx, standing.id), await reading.in_force(tx, standing.id)
    before = await reading.by_hash(tx, standing.id, text.supersedes) if text.supersedes else None
    _check_their_key(text, letter.sender, standing.server_key, before)
    # Anybody may write in the name of a host before its key is known: the next one then begins anew. Who was offered
    # something and says nothing may offer something else.
    may_begin = current is None and (not is_bound or open_one is None or open_one.is_ours)
    if not (may_begin and before is None and text.version == 1):
        _check_number(text, before, current)
    row = await add_version(tx, office, standing, text, document, is_ours=False, at=at)
    await note(tx, at=at, by=letter.sender, action="proposed", host=host, row=row)
    if open_one is not None and open_one.is_ours:
        offered = terms.read(document_of(open_one))
        asks_no_more = terms.differ_only_in_part_of(offered, text, letter.sender)
        if asks_no_more and names_our_key(office, text) and row.review_at > at:
            return await _sign_at_once(tx, office, standing, row, letter, at)
    return []


async def _new_stranger(tx: WriteTx, host: str, at: datetime) -> StandingRow:
    if await reading.strangers(tx) >= MAX_STRANGERS:
        raise Denied("too many proposals are open", reason="agreement_limit", peer=host)
    await agreements.add_peer(tx, host, at, is_named=False)
    standing = await reading.standing_for_change(tx, host)
    assert standing is not None, "the same transaction has just added it"
    return standing


def _check_their_key(text: terms.Terms, server: str, bound_key: str | None, before: AgreementRow | None) -> None:
    """The one that we know them by, or that what they proposed before names (threats T234)."""
    known = bound_key
    if known is None and before is not None and (party := terms.read(document_of(before)).party_of(server)):
        known = party.key
    named = text.party_of(server)
    if known is not None and (named is None or named.key != known):
        raise Denied("a party's key is another than before", reason="agreement_key", version=text.version)


def _check_number(text: terms.Terms, before: AgreementRow | None, current: AgreementRow | None) -> None:
    """Each version follows one that is known, and the one in force (threats T234).

    Not the newest that is known: proposals of both sides may cross each other, and what answers them.
    """
    if before is None or (text.id, text.version) != (before.uri, before.version + 1):
        raise Denied("version does not follow the one before", reason="agreement_version", version=text.version)
    if current is not None and text.version <= current.version:
        raise Denied("a later version is in force", reason="agreement_version", version=text.version)


async def _sign_at_once(
    tx: WriteTx, office: Office, standing: StandingRow, row: AgreementRow, letter: Letter, at: datetime
) -> list[Outgoing]:
    """They took our terms and share more themselves: that asks nothing new of us, and is what we signed before."""
    other = await actors.by_uri(tx, letter.sender)
    if other is None:
        return []
    both = terms.signed(document_of(row), office.key, at=at)
    await settle(tx, row, both, at=at)
    await note(tx, at=at, by=office.actor.uri, action="accept", host=standing.host, row=row)
    return [await office.write(tx, letters.ACCEPT, to=other, standing=standing, about=both, at=at)]


# --- answers ---


async def _take_acceptance(
    tx: WriteTx, office: Office, letter: Letter, standing: StandingRow, at: datetime
) -> list[Outgoing]:
    text, document, row = letter.terms, letter.document, await reading.by_hash(tx, standing.id, letter.hash)
    if text is None or document is None:
        raise Malformed("an acceptance carries what is accepted", reason="agreement_malformed", sender=letter.sender)
    if row is None or not row.is_ours or row.signed_at is not None or row.state not in (PROPOSED, REPLACED):
        raise Denied("we propose nothing of this hash", reason="agreement_not_open", peer=standing.host)
    if terms.signers(document, text, now=at) != {party.server for party in text.parties}:
        raise Denied("not signed by both parties", reason="proof_missing", peer=standing.host)
    counts = _counts_before(row, await reading.in_force(tx, standing.id))
    if counts:
        await settle(tx, row, document, at=at)
    else:
        # It would if what is in force were taken back.
        await agreements.keep_signed(tx, row.id, document=stored(document), at=at)
    await note(tx, at=at, by=letter.sender, action="accepted", host=standing.host, row=row)
    if not counts or row.review_at > at:
        return []
    # Signed in time and heard of too late: it is in force on both sides, and rests until there is a new version.
    return await _hold(tx, office, letter, standing, at, "the review date of these terms is past")


async def _hold(
    tx: WriteTx, office: Office, letter: Letter, standing: StandingRow, at: datetime, reason: str
) -> list[Outgoing]:
    """The exchange rests, by our server's own word."""
    other = await actors.by_uri(tx, letter.sender)
    if other is None:
        return []
    return await suspend(tx, office, standing.host, other, at=at, by=office.actor.uri, reason=reason)


def _counts_before(row: AgreementRow, current: AgreementRow | None) -> bool:
    """What we signed binds us, whatever we proposed since.

    Where both sides proposed, and signed the other's, the later version counts on both, or of two the lower hash.
    """
    return current is None or (-row.version, row.hash) < (-current.version, current.hash)


async def _take_refusal(tx: WriteTx, letter: Letter, standing: StandingRow, at: datetime) -> None:
    row = await reading.by_hash(tx, standing.id, letter.hash)
    if row is None or not row.is_ours or row.signed_at is not None:
        raise Denied("we propose nothing of this hash", reason="agreement_not_open", peer=standing.host)
    if row.state == DECLINED:
        # It crosses with our word that we take it back.
        return
    await _drop(tx, row, standing)
    await note(tx, at=at, by=letter.sender, action="declined", host=standing.host, row=row)


async def _drop(tx: WriteTx, row: AgreementRow, standing: StandingRow) -> None:
    """One side does not want what was proposed; where there was nothing else, it is over."""
    await agreements.decline(tx, row.id)
    if standing.state == PEER_PROPOSED and await reading.proposed(tx, standing.id) is None:
        await agreements.set_standing(tx, standing.id, state=ENDED)


async def _take_undo(
    tx: WriteTx, office: Office, letter: Letter, standing: StandingRow, row: AgreementRow, at: datetime
) -> list[Outgoing]:
    """They want no more what they proposed. Where we have signed it, and they have not heard of that, what counted
    before it does so again; and since that may let more pass than what both had signed, it rests.
    """
    if row.is_ours:
        raise Denied("what is not theirs is not taken back", reason="agreement_not_open", peer=standing.host)
    if row.state == DECLINED:
        return []
    if row.state == IN_FORCE:
        await go_back(tx, row, at=at)
    else:
        await _drop(tx, row, standing)
    await note(tx, at=at, by=letter.sender, action="taken-back", host=standing.host, row=row)
    if row.state != IN_FORCE:
        return []
    reason = f"version {row.version} was taken back when it was signed here already"
    return await _hold(tx, office, letter, standing, at, reason)


# --- it rests, goes on, is over ---


async def _take_notice(
    tx: WriteTx, office: Office, letter: Letter, standing: StandingRow, at: datetime
) -> list[Outgoing]:
    # The version that was in force over there: it may cross with the signature under another one.
    row, current = await reading.by_hash(tx, standing.id, letter.hash), await reading.in_force(tx, standing.id)
    if row is None or (current is None and letter.type not in _TAKE_BACK):
        raise Denied("no agreement of this hash is in force", reason="agreement_not_open", peer=standing.host)
    match letter.type:
        case letters.UNDO:
            return await _take_undo(tx, office, letter, standing, row, at)
        case letters.SUSPEND:
            await rest(tx, standing, at)
        case letters.RESUME:
            if letter.seen is not None and letter.seen < standing.last_suspend:
                # It crosses with our word that the exchange rests: they have to say it again, as they will learn.
                return []
            await agreements.set_standing(tx, standing.id, awaits_them=False)
            if standing.state == SUSPENDED and not standing.awaits_us:
                await go_on(tx, standing, at)
        case letters.END if current is None:
            await _take_back(tx, letter, standing, row)
        case letters.END:
            await part(tx, standing.id, at)
        case _:
            raise Malformed("no letter that we know", reason="agreement_malformed", sender=letter.sender)
    await note(
        tx, at=at, by=letter.sender, action=_NOTED[letter.type], host=standing.host, row=row, reason=letter.reason
    )
    return []


async def _take_back(tx: WriteTx, letter: Letter, standing: StandingRow, row: AgreementRow) -> None:
    """They want nothing of what was proposed. What we proposed and they had not seen then waits for them still, unless
    it answers what they have taken back.
    """
    seen = None if await _answers_ours(tx, row) else letter.seen
    await agreements.take_back(tx, standing.id, seen=seen)
    if await reading.proposed(tx, standing.id) is None:
        await agreements.set_standing(tx, standing.id, state=ENDED)


async def _answers_ours(tx: WriteTx, row: AgreementRow) -> bool:
    """It follows something that we proposed, which its writer has seen then: a stranger's letter is not counted."""
    while (before := terms.read(document_of(row)).supersedes) is not None:
        found = await reading.by_hash(tx, row.peer_id, before)
        if found is None or found.is_ours:
            return found is not None
        row = found
    return False
