"""Making a restored copy forget again what was forgotten since it was made (threats T220, T221)."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, select, update

from models.accounts import Account, Session
from models.actors import Actor, Follow, Tombstone
from models.dialect import insert_or_ignore
from models.engine import WriteTx
from models.leaving import Departure, RetiredName, Stage
from models.oauth import Token
from models.peers import ACTIVE, Peer
from models.posts import Post
from models.queries.restoring import Gone, Leaver
from models.retractions import DELETED, LEFT
from models.vault import Vault
from models.writes import departures, discreet, erasing, keeping, moderation
from models.writes import leaving as writing

_AT_ONCE: Final = 400


async def forget_again(tx: WriteTx, vault: Vault, gone: Gone, at: datetime) -> None:
    """Posts that were deleted or taken out, removed members, people who have left, revoked access, partners that rest
    or have ended.

    What an open case of the copy holds is sealed first, as when it went for the first time (threats T246).
    """
    for ids in _pieces(gone.deleted_posts):
        await keeping.keep_posts(tx, vault, ids, at, why=DELETED)
        await departures.wipe_posts(tx, Post.id.in_(ids), at)
    for post_id, community_id, since in gone.taken_out:
        await moderation.take_out(
            tx, post_id, community_id=community_id, by_id=None, reason="", at=since, with_replies=False
        )
    await _keep_only(tx, Follow, Follow.id, gone.follows)
    await _keep_only(tx, Session, Session.token_hash, gone.sessions)
    await _revoke_all_but(tx, gone.tokens, at)
    for rows in _pieces([{"digest": digest} for digest in gone.retired_names]):
        await tx.execute(insert_or_ignore(tx, RetiredName), rows)
    for rows in _pieces([{"uri": uri, "actor_uri": actor, "at": said} for uri, actor, said in gone.tombstones]):
        await tx.execute(insert_or_ignore(tx, Tombstone), rows)
    # One by one, as each is another case; people leave by the dozen, not by the thousand.
    for leaver in gone.leavers:
        await _leave_again(tx, vault, leaver, at)
    for peer in gone.peers:
        values: dict[str, object] = {"letters_seen": peer.letters_seen}
        if peer.state != ACTIVE:
            values["state"] = peer.state
        await tx.execute(update(Peer).where(Peer.host == peer.host).values(**values))


async def _keep_only(tx: WriteTx, table: Any, key: Any, kept: Sequence[Any]) -> None:
    known = set(kept)
    extra = [row[0] for row in await tx.select(select(key)) if row[0] not in known]
    for keys in _pieces(extra):
        await tx.execute(delete(table).where(key.in_(keys)))


async def _revoke_all_but(tx: WriteTx, kept: Sequence[str], at: datetime) -> None:
    known = set(kept)
    counting = select(Token.token_hash).where(Token.revoked_at.is_(None))
    extra = [row[0] for row in await tx.select(counting) if row[0] not in known]
    for hashes in _pieces(extra):
        await tx.execute(update(Token).where(Token.token_hash.in_(hashes)).values(revoked_at=at))


async def _leave_again(tx: WriteTx, vault: Vault, leaver: Leaver, at: datetime) -> None:
    row = (await tx.select(select(Actor.username, Actor.deleted_at).where(Actor.id == leaver.actor_id))).first()
    if row is None:
        return
    closed = {"suspended_at": leaver.left_at}
    await tx.execute(update(Account).where(Account.actor_id == leaver.actor_id).values(**closed))
    await tx.execute(update(Actor).where(Actor.id == leaver.actor_id).values(**closed))
    known = select(Departure.actor_id).where(Departure.actor_id == leaver.actor_id)
    if await tx.scalar(known) is None:
        await writing.put_aside(tx, leaver.actor_id, at=leaver.left_at, due_at=leaver.due_at or at)
    if leaver.stage == Stage.NAMED:
        return
    if row.username != leaver.username:
        names = {"old": row.username, "new": leaver.username, "shown": leaver.display_name, "url": leaver.url}
        await writing.rename(tx, actor_id=leaver.actor_id, at=at, **names)
    await writing.set_stage(tx, leaver.actor_id, Stage(leaver.stage), leaver.due_at)
    if leaver.stage == Stage.NUMBER:
        await keeping.keep_person(tx, vault, leaver.actor_id, at, why=LEFT)
        await erasing.private_things(tx, leaver.actor_id, at)
        await discreet.forget_person(tx, vault, leaver.actor_id, at)
        await writing.drop_account(tx, leaver.actor_id)


async def revoke_everything(tx: WriteTx, at: datetime) -> None:
    """Nobody is signed in any more, no app has access: what was revoked since the copy cannot be known."""
    await tx.execute(delete(Session))
    await tx.execute(update(Token).where(Token.revoked_at.is_(None)).values(revoked_at=at))


async def begin_anew(tx: WriteTx, at: datetime) -> None:
    """Numbers that partners have seen since are not used again: letters to them count on from the present."""
    seconds = int(at.timestamp())
    await tx.execute(update(Peer).where(Peer.letters_sent < seconds).values(letters_sent=seconds))


def _pieces(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]
