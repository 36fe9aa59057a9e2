"""Receiving what is no new thread: one row for each kind of activity, on one server, sixteen in flight, until applied.

As in `inbound`: the community's deliveries are written down and not sent. There is one floor, measured with letters of
all kinds, which it treats alike: so the ratios can be compared. What each kind must have brought about is counted.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import uvloop

from models.engine import Database
from tests.load.floors import Parts, file_or_address, floor_of
from tests.load.http_load import Answers, send_all
from tests.load.inbound import COMMUNITY, HOST, IN_FLIGHT, SECONDS, SENDERS, installed
from tests.load.letters import (
    DOMAIN,
    PUBLIC_PEM,
    Document,
    activity,
    activity_id,
    deliveries,
    instant,
    opening_post,
    written,
)
from tests.load.options import Options
from tests.load.report import Row
from tests.load.server_process import ServerUnderLoad
from tests.load.threads import write_threads
from tests.load.world import World

_STORED = 2_000
_WARMING_UP = 30
_TOWN = f"http://{HOST}/users/town"


@dataclass(frozen=True)
class _Known:
    """Who and what is there."""

    senders: Sequence[str]
    """Members at the partner."""
    posts: Sequence[str]
    """Their threads, each by the sender of the same number, over and over."""

    def sender(self, number: int) -> str:
        return self.senders[number % len(self.senders)]


Letter = Callable[[_Known, int], tuple[str, Document]]
"""Who sends what, by number."""


def _reply(known: _Known, number: int) -> tuple[str, Document]:
    sender, name = known.sender(number + 1), f"reply-{number}"
    post = opening_post(sender, name, COMMUNITY, _now())
    del post["name"]
    answer = post | {"type": "Note", "inReplyTo": known.posts[number]}
    return sender, activity(sender, name, "Create", answer, COMMUNITY)


def _update(known: _Known, number: int) -> tuple[str, Document]:
    author, uri = known.sender(number), known.posts[number]
    edited = {"id": uri, "url": uri, "content": "<p>Somebody has answered already.</p>", "updated": instant(_now())}
    post = opening_post(author, f"edited-{number}", COMMUNITY, _now() - timedelta(days=5))
    return author, activity(author, f"update-{number}", "Update", post | edited, COMMUNITY)


def _like(known: _Known, number: int) -> tuple[str, Document]:
    sender = known.sender(number + 7)
    return sender, activity(sender, f"like-{number}", "Like", known.posts[number], COMMUNITY)


def _undo(known: _Known, number: int) -> tuple[str, Document]:
    sender = known.sender(number + 7)
    like = {
        "id": activity_id(sender, f"like-{number}"),
        "type": "Like",
        "actor": sender,
        "object": known.posts[number],
    }
    return sender, activity(sender, f"undo-{number}", "Undo", like, COMMUNITY)


def _flag(known: _Known, number: int) -> tuple[str, Document]:
    sender = known.sender(number + 3)
    flag = activity(sender, f"flag-{number}", "Flag", known.posts[number], COMMUNITY)
    return sender, flag | {"summary": "An advertisement", "cc": []}


def _delete(known: _Known, number: int) -> tuple[str, Document]:
    author = known.sender(number)
    tombstone = {"id": known.posts[number], "type": "Tombstone"}
    return author, activity(author, f"delete-{number}", "Delete", tombstone, COMMUNITY)


def _announce(known: _Known, number: int) -> tuple[str, Document]:
    sender, name = known.sender(number), f"town-{number}"
    create = activity(sender, name, "Create", opening_post(sender, name, _TOWN, _now()), _TOWN)
    return _TOWN, activity(_TOWN, f"announce-{number}", "Announce", create, _TOWN)


def _follow(_: _Known, number: int) -> tuple[str, Document]:
    somebody = _newcomer(number)
    return somebody, activity(somebody, f"follow-{number}", "Follow", COMMUNITY, COMMUNITY)


_KINDS: dict[str, tuple[Letter, str]] = {
    "Create of a reply": (_reply, "posts WHERE kind = 'Note' AND parent_id IS NOT NULL"),
    "Update": (_update, "posts WHERE edited_at IS NOT NULL"),
    "Like": (_like, "likes"),
    "Undo": (_undo, "likes"),
    "Flag": (_flag, "reports"),
    "Delete": (_delete, "posts WHERE deleted_at IS NOT NULL AND shared_post_id IS NULL"),
    "Announce": (_announce, "posts WHERE kind = 'Page'"),
    "Follow": (_follow, "follows"),
}
"""In this order: what is liked is unliked next, and deleted in the end. With each, where it leaves a mark: one row."""


def measure(options: Options) -> list[Row]:
    """CPU for each activity of each kind, from its arrival until it is applied."""
    with installed(options) as server:
        return uvloop.run(_measure(server, _WARMING_UP + options.count(150, 1_500)))


async def _measure(server: ServerUnderLoad, count: int) -> list[Row]:
    known = await _prepare(server, count)
    await server.start()
    await server.hold_peers()
    measured = [await _measure_one(server, known, kind, count) for kind in _KINDS]
    await server.stop()
    parts = Parts(key=PUBLIC_PEM, database=file_or_address(server.database_url, server.folder))
    some = [letter for _, letters in measured for letter in letters[: len(letters) // 2]]
    floor = await floor_of(parts, some, IN_FLIGHT, expected=202, database_url=server.database_url)
    return [replace(row, floor=floor) for row, _ in measured]


async def _measure_one(server: ServerUnderLoad, known: _Known, kind: str, count: int) -> tuple[Row, list[bytes]]:
    letter, marks = _KINDS[kind]
    said = [letter(known, number) for number in range(count)]
    letters = deliveries(DOMAIN, [(sender, written(document)) for sender, document in said])
    before = await server.store.number(f"SELECT count(*) FROM {marks}")
    await _send(server, letters[:_WARMING_UP])
    with server.measured(f"inbound {kind}") as spent:
        answers = await _send(server, letters[_WARMING_UP:])
    left = abs(await server.store.number(f"SELECT count(*) FROM {marks}") - before)
    if left != count:
        raise RuntimeError(f"{left} of {count} activities of the kind {kind} had an effect")
    row = Row.of(f"inbound {kind}", spent, count - _WARMING_UP)
    return replace(row, p50=answers.milliseconds(0.5), p99=answers.milliseconds(0.99)), letters


async def _send(server: ServerUnderLoad, letters: list[bytes]) -> Answers:
    answers = await send_all(server.port, letters, IN_FLIGHT, expected=202)
    await server.store.until_none("inbox_activities WHERE state = 'pending'", SECONDS)
    return answers


async def _prepare(server: ServerUnderLoad, newcomers: int) -> _Known:
    """Members here and there, their threads, people who will join, and a community of the partner that we are in."""
    uris = [f"http://{HOST}/users/u{number}" for number in range(SENDERS)]
    db = Database(server.database_url)
    world = World(db)
    community_id = await world.actor_id("/communities/sites")
    senders = await world.people(uris)
    await world.people([_newcomer(number) for number in range(newcomers)])
    reader = await world.person("reader1")
    await world.join(community_id, [reader, *senders])
    await world.join((await world.partners_community(_TOWN)).id, [reader])
    ids = await write_threads(world, _STORED, communities=[community_id], authors=senders, has_letters=True)
    await world.settle()
    await db.close()
    return _Known(uris, [f"{uris[number % SENDERS]}/posts/{post_id}" for number, post_id in enumerate(ids)])


def _newcomer(number: int) -> str:
    return f"http://{HOST}/users/new{number}"


def _now() -> datetime:
    return datetime.now(UTC)
