"""People who leave the firm, and come back, or do not (product J11).

Whoever leaves belongs to nothing from that moment on, here and at partners, who are told. What they wrote stays: under
their name for thirty days, then as a former colleague's, and after twelve months nothing says who that was.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from federation.outbox.publish import publish
from federation.runtime import Maker, Runtime
from federation.vocab import render
from federation.vocab.compose import Composer
from federation.vocab.moderating import Moderating
from federation.vocab.outgoing import Outgoing
from models.engine import ReadTx, WriteTx
from models.leaving import Stage
from models.queries import actors, own_keys
from models.queries import leaving as reading
from models.queries.actors import ActorRow
from models.queries.leaving import DepartureRow
from models.retention import ERASED
from models.writes import audit, feeds, follows, keeping
from models.writes import leaving as writing
from models.writes.audit import SERVER
from server.actions import local_actors, succession
from server.actions.refusals import Refused
from server.http.languages import to_translate

NAMED_FOR: Final = timedelta(days=30)
KNOWN_FOR: Final = timedelta(days=365)
"""From leaving on; then nothing but a number says who that was."""

_FORMER: Final = {"fr": "Ancien·ne collègue", "en": "Former colleague"}
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_AT_ONCE: Final = 20


class Here(local_actors.Here, Maker, Protocol):
    """What it takes to tell partners of somebody."""


async def depart(tx: WriteTx, here: Here, actor_id: int, at: datetime) -> None:
    """Somebody leaves: memberships, roles and follows end, here at once and at partners by what they are told.

    Communities whose only host they were look for another one. The caller has ended sessions and tokens.
    """
    person = await actors.by_id(tx, actor_id)
    if person is None:
        return
    told = await own_keys.concerned(tx, person)
    compose = Composer(here, at)
    undone = [compose.undo_follow(uri, person, other) for uri, other in await reading.ties_elsewhere(tx, actor_id)]
    for community in await reading.led_by(tx, actor_id):
        undone += Moderating(here, at).name_moderator(person, community, person, names=False)
    orphans = await reading.led_alone_by(tx, actor_id)
    await writing.put_aside(tx, actor_id, at=at, due_at=at + NAMED_FOR)
    for community_id in orphans:
        await succession.begin(tx, community_id, at)
    await succession.pass_on(tx, at)
    await publish(tx, [*undone, await _profile(tx, here, person, told, at)])


async def _profile(tx: WriteTx, here: Here, person: ActorRow, told: tuple[int, ...], at: datetime) -> Outgoing:
    document = render.actor(person, await actors.keys_of(tx, person.id), here.config.base_url)
    return replace(Composer(here, at).update_actor(person, document), to_actors=told)


async def require_return(tx: WriteTx, actor_id: int, at: datetime) -> None:
    """Raises `Refused` for who has left too long ago: they come as somebody new."""
    if await has_gone_for_good(tx, actor_id, at):
        raise Refused(to_translate("They left more than thirty days ago. Make a new account for them."))


async def has_gone_for_good(tx: ReadTx, actor_id: int, at: datetime) -> bool:
    """They have left, and the time is over in which they could return (product J11)."""
    gone = await reading.departure(tx, actor_id)
    return gone is not None and (gone.stage != Stage.NAMED or at >= gone.left_at + NAMED_FOR)


async def free_address(tx: WriteTx, email: str, at: datetime) -> None:
    """Who returns later is somebody new, with the address that they had: a former colleague does not keep it."""
    await writing.free_address(tx, email, left_before=at - NAMED_FOR)


async def come_back(tx: WriteTx, here: Here, actor_id: int, at: datetime) -> None:
    """Memberships and follows here are as they were; at partners they are asked for again, and partners are told."""
    person = await actors.by_id(tx, actor_id)
    if person is None or await reading.departure(tx, actor_id) is None:
        return
    elsewhere = await reading.former_ties_elsewhere(tx, actor_id)
    for community_id in await writing.give_back(tx, actor_id):
        await feeds.welcome(tx, actor_id, community_id)
    await writing.hosted_again(tx)
    asked: list[Outgoing] = []
    for other in elsewhere:
        wish = Composer(here, at).new_follow(person, other)
        await follows.add(
            tx,
            follow_id=wish.id,
            follower_id=person.id,
            follower_peer_id=None,
            target_id=other.id,
            activity_uri=wish.uri,
            at=at,
            is_accepted=False,
        )
        asked.append(wish)
    # First that they are there again: whoever heard that they had left would refuse what they ask for.
    told = await own_keys.concerned(tx, person)
    told = tuple(sorted({*told, *{other.peer_id: other.id for other in elsewhere}.values()}))
    await publish(tx, [await _profile(tx, here, person, told, at), *asked])


async def keep_schedule(runtime: Runtime, language: str) -> None:
    """Whoever left thirty days ago becomes a former colleague; twelve months after leaving the rest is forgotten."""
    now, more = runtime.clock.now(), True
    while more:
        async with runtime.db.write() as tx:
            due = await reading.due(tx, now, _AT_ONCE)
            for gone in due:
                await _next_stage(tx, runtime, gone, language, now)
        more = len(due) == _AT_ONCE


async def _next_stage(tx: WriteTx, here: Here, gone: DepartureRow, language: str, at: datetime) -> None:
    details: dict[str, object] = {"left": gone.left_at.isoformat()}
    await keeping.keep_person(tx, here.vault, gone.actor_id, at, why=ERASED)
    if gone.stage == Stage.NAMED:
        await pseudonymise(tx, here, gone.actor_id, language=language, at=at, due_at=gone.left_at + KNOWN_FOR)
        action = "user.pseudonym"
    else:
        await forget(tx, here, gone.actor_id, at)
        action = "user.forget"
    await audit.append(tx, at=at, actor=SERVER, action=action, object=technical_name(gone.actor_id), details=details)


async def pseudonymise(
    tx: WriteTx, here: Here, actor_id: int, *, language: str, at: datetime, due_at: datetime | None
) -> None:
    """Everybody sees a former colleague of the firm from now on, partners too; the old name is never given again."""
    person = await actors.by_id(tx, actor_id)
    if person is None:
        return
    told = tuple(sorted({*await own_keys.concerned(tx, person), *await reading.reached_by(tx, actor_id)}))
    name = technical_name(actor_id)
    await writing.rename(
        tx,
        actor_id=actor_id,
        old=person.username,
        new=name,
        shown=f"{_FORMER[language]} ({here.config.domain})",
        url=here.config.url(f"/@{name}"),
        at=at,
    )
    await writing.set_stage(tx, actor_id, Stage.PSEUDONYM, due_at)
    renamed = await actors.by_id(tx, actor_id)
    if renamed is not None:
        await publish(tx, [await _profile(tx, here, renamed, told, at)])


async def forget(tx: WriteTx, here: Here, actor_id: int, at: datetime) -> None:
    """Nothing here says any more who this was: address, password and settings are gone."""
    await writing.drop_account(tx, actor_id)
    await writing.show_as(tx, actor_id, "", at)
    await writing.set_stage(tx, actor_id, Stage.NUMBER, None)
    person = await actors.by_id(tx, actor_id)
    if person is not None:
        told = await reading.reached_by(tx, actor_id)
        await publish(tx, [await _profile(tx, here, person, told, at)])


def technical_name(actor_id: int) -> str:
    """What a former colleague is called, which says nothing about them."""
    digits = ""
    while actor_id:
        actor_id, digit = divmod(actor_id, 36)
        digits = _DIGITS[digit] + digits
    return f"former_{digits}"
