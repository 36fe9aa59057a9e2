"""Mutated payloads, delivered to the inbox of a running server and applied: it answers each of them, within bounds, and
keeps nothing that their sender had no right to (threats 1.2, T029, T049, T083).

Some hundreds in every run; `make fuzz` plays thousands. A seed makes the same ones again.
"""

import json
import os
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select

from models.actors import Actor
from models.inbox import FAILED, PENDING, InboxActivity
from models.peers import Peer
from models.posts import Post
from tests.support.instances import Databases
from tests.support.statements import counted
from tests.wire.mutations import mutated
from tests.wire.payloads import COLLECTED, OWN, Document, payload
from tests.wire.players import Player
from tests.wire.reading import id_of
from tests.wire.rows import ROWS
from tests.wire.stage import ALICE, INBOX, SITES, Stage, staged

ROUNDS = int(os.environ.get("FUZZ_ROUNDS", "3"))
SEED = int(os.environ.get("FUZZ_SEED", "20260131"))
PER_ROUND = 100
MOST_STATEMENTS = 80
"""Of one delivery, its application, and what follows from it."""
MOST_REQUESTS = 20
"""The fetches that one activity may cause (threats 2.2)."""
_SENDERS = ("http://first.test/users/ann", "http://second.test/users/ben", "http://third.test/users/cid")


@pytest.fixture
async def stage(new_database: Databases, tmp_path: Path) -> AsyncIterator[Stage]:
    """Three hosts with somebody on each, and a community of ours that one of them is in."""
    hosts = [urlsplit(address).netloc for address in _SENDERS]
    async with staged(hosts, new_database, tmp_path) as made:
        people = [made.play(address) for address in _SENDERS]
        await made.our_community(people[0], people[1])
        await made.post_in_ours(people[1], "http://second.test/objects/1")
        yield made


def activities() -> list[Document]:
    """All payloads that are activities."""
    found = [one for name in ROWS for source in (OWN, COLLECTED) if (one := payload(source, name))]
    documents = [one.document for one in found]
    return [one for one in documents if isinstance(one, dict) and "actor" in one and "object" in one]


@pytest.mark.parametrize("new_database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("round_number", range(ROUNDS))
async def test_whatever_comes_is_answered_within_bounds_and_keeps_to_its_rights(
    stage: Stage, round_number: int, capsys: pytest.CaptureFixture[str]
) -> None:
    dice = random.Random(SEED + round_number)
    known = activities()
    people = [stage.play(address) for address in _SENDERS]
    addresses = [*_SENDERS, ALICE, SITES, "http://second.test/objects/1", "http://stranger.test/users/eve", INBOX]

    for number in range(PER_ROUND):
        sender = dice.choice(people)
        document = mutated(_adopted(dice.choice(known), sender, number, dice), dice, addresses)
        asked = sum(len(peer.asked) for peer in stage.peers.values())
        with counted(stage.home.db) as statements:
            answer = await sender.post(INBOX, json.dumps(document).encode())
            await stage.home.apply()

        assert answer.status // 100 in (2, 4) or answer.status == 503, (answer.status, document)
        assert len(statements.statements) <= MOST_STATEMENTS, document
        assert sum(len(peer.asked) for peer in stage.peers.values()) - asked <= MOST_REQUESTS, document
    logged = capsys.readouterr().out
    assert ("[error" in logged, "Traceback" in logged) == (False, False)
    # Most must get past the door, or the test would show little.
    states = await stage.rows(InboxActivity.state)
    assert len(states) > PER_ROUND / 4
    await _check_rights(stage)


def _adopted(document: Document, sender: Player, number: int, dice: random.Random) -> Document:
    """The payload as the sender's own: what its actor's host said is said by the sender's, mostly in our community."""
    actor = id_of(document["actor"])
    old, new = actor.split("/")[2], sender.peer.host
    text = json.dumps(document | {"id": f"{sender.uri}/said/{number}"}).replace(actor, sender.uri).replace(old, new)
    adopted: Document = json.loads(text)
    if dice.random() < 0.5:
        adopted["audience"] = SITES
        if isinstance(adopted["object"], dict):
            adopted["object"] |= {"audience": SITES}
    return adopted


async def _check_rights(stage: Stage) -> None:
    """Every stored thing lies on the origin of who said it; nothing failed, and the server still works."""
    author: Any = select(Actor.uri).where(Actor.id == Post.author_id).scalar_subquery()
    async with stage.home.db.read() as tx:
        posts = (await tx.select(select(Post.uri, author))).all()
        actors = (await tx.select(select(Actor.uri, Peer.host).join(Peer, Peer.id == Actor.peer_id))).all()
        received = (await tx.select(select(InboxActivity.activity_uri, InboxActivity.actor_uri))).all()
        failed = await tx.scalar(select(func.count()).select_from(InboxActivity).where(InboxActivity.state == FAILED))
    assert [pair for pair in (*posts, *received) if _host(pair[0]) != _host(pair[1])] == []
    assert [pair for pair in actors if _host(pair[0]) != pair[1]] == []
    assert failed == 0
    errors = await stage.rows(InboxActivity.reason, state=PENDING)
    assert [row for row in errors if row[0] and row[0].endswith("Error")] == []
    # Whoever said all this may have deleted themselves.
    somebody = stage.play("http://first.test/users/somebody-new")
    await stage.join(somebody)
    await stage.post_in_ours(somebody, "http://first.test/objects/still-here")
    await stage.seen("http://first.test/objects/still-here")


def _host(address: str) -> str:
    return urlsplit(address).netloc
