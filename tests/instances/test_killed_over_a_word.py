"""A server is killed over each word about the exchange: written and not sent, then sent and the answer not heard.

Either way the other side takes it in once, and both end at the same (product J2, J10, threats R7, T190).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import func, select

from federation.agreements.office import own_office
from models.audit import AuditEntry
from models.outbox import Delivery
from models.peers import Peer
from models.retractions import DONE, Retraction
from server.actions import keys
from tests.instances.conftest import ON_SQLITE
from tests.instances.crossing import Crossing
from tests.instances.journey import Journey, journey
from tests.support.api import Api, Document
from tests.support.instances import OPERATOR, Databases, Instance
from tests.support.line import LOST, UNANSWERED
from tests.support.waiting import until

ALPHA, BETA = "alpha.test", "beta.test"
PLANS = f"@plans@{ALPHA}"


@dataclass
class Scene:
    """alice hosts `plans` at alpha, bob hosts `ideas` at beta."""

    way: Journey
    two: Crossing
    alice: Api
    bob: Api
    said: Document | None = None

    @property
    def alpha(self) -> Instance:
        return self.way[ALPHA]

    @property
    def beta(self) -> Instance:
        return self.way[BETA]


Step = Callable[[Scene], Awaitable[None]]


@dataclass(frozen=True)
class Word:
    """What is said, by whom, after what; and what the other side's trail has when it was heard."""

    prepare: Step
    say: Step
    by: str
    heard: str
    states: tuple[str, str] = ("active", "active")
    """Of both, afterwards."""


async def nothing(scene: Scene) -> None:
    pass


async def offer(scene: Scene) -> None:
    await scene.two.propose(scene.alpha, communities=["plans"])
    await scene.way.rest()


async def agree(scene: Scene) -> None:
    await offer(scene)
    await scene.two.accept(scene.beta)
    await scene.way.rest()


async def offer_a_change(scene: Scene) -> None:
    await agree(scene)
    await amend(scene)
    await scene.way.rest()


async def hold(scene: Scene) -> None:
    await agree(scene)
    await scene.two.suspend(scene.beta)
    await scene.way.rest()
    await scene.two.resume(scene.beta)
    await scene.way.rest()


async def talk(scene: Scene) -> None:
    await agree(scene)
    await scene.bob.join(PLANS)
    await scene.way.rest()
    scene.said = await scene.alice.say(f"{PLANS} The closing of the eastern site")
    await scene.bob.awaited_thread("Plans", "eastern")
    await scene.way.rest()


async def propose(scene: Scene) -> None:
    await scene.two.propose(scene.alpha, communities=["plans"])


async def amend(scene: Scene) -> None:
    await scene.two.propose(scene.alpha, communities=["plans"], ceiling="restricted")


async def counter(scene: Scene) -> None:
    await scene.two.accept(scene.beta, "ideas")


async def accept(scene: Scene) -> None:
    await scene.two.accept(scene.beta)


async def decline(scene: Scene) -> None:
    await scene.two.decline(scene.beta)


async def take_back(scene: Scene) -> None:
    await scene.two.take_back(scene.alpha)


async def suspend(scene: Scene) -> None:
    await scene.two.suspend(scene.alpha)


async def resume(scene: Scene) -> None:
    await scene.two.resume(scene.alpha)


async def end(scene: Scene) -> None:
    await scene.two.end(scene.alpha)


async def change_keys(scene: Scene) -> None:
    server = await keys.server_actor(scene.alpha.db)
    await keys.rotate(scene.alpha.db, scene.alpha.services.runtime, server, by=OPERATOR)


async def call_back(scene: Scene) -> None:
    assert scene.said is not None
    await scene.alice.delete(f"/api/v1/statuses/{scene.said['id']}")


WORDS = {
    "propose": Word(nothing, propose, ALPHA, "agreement.proposed", ("proposed", "proposed")),
    "counter": Word(offer, counter, BETA, "agreement.proposed"),
    "accept": Word(offer, accept, BETA, "agreement.accepted"),
    "amend": Word(agree, amend, ALPHA, "agreement.proposed"),
    "decline": Word(offer_a_change, decline, BETA, "agreement.declined"),
    "take back": Word(offer_a_change, take_back, ALPHA, "agreement.taken-back"),
    "suspend": Word(agree, suspend, ALPHA, "agreement.suspended", ("suspended", "suspended")),
    "resume": Word(hold, resume, ALPHA, "agreement.resumed"),
    "end": Word(agree, end, ALPHA, "agreement.ended", ("ended", "ended")),
    "key succession": Word(agree, change_keys, ALPHA, "agreement.key-succession"),
    "request": Word(talk, call_back, ALPHA, "retraction.received"),
    "receipt": Word(talk, call_back, BETA, "retraction.receipt"),
}


@pytest.mark.parametrize("name", WORDS)
@ON_SQLITE
async def test_a_word_over_which_a_server_is_killed_arrives_once(
    name: str, new_database: Databases, tmp_path: Path
) -> None:
    word = WORDS[name]
    async with journey(new_database, tmp_path, ALPHA, BETA) as way:
        scene = await begun(way)
        await word.prepare(scene)
        writer, reader = way[word.by], way[BETA if word.by == ALPHA else ALPHA]
        before = await noted(reader, word.heard)

        way.lines[reader.host].fate = LOST
        await word.say(scene)
        await until(lambda: owes_a_letter(writer))
        assert await noted(reader, word.heard) == before
        await way.kill(writer.host)
        assert await owes_a_letter(writer)

        way.lines[reader.host].fate = UNANSWERED
        await until(lambda: hears(way, writer, reader, word.heard, before + 1))
        assert await owes_a_letter(writer)
        await way.kill(writer.host)
        await way.kill(reader.host)

        way.lines[reader.host].fate = None
        await until(lambda: goes(way, writer))
        await way.rest()
        assert await noted(reader, word.heard) == before + 1
        assert await scene.two.states() == word.states
        assert await scene.two.is_equal()
        assert await agree_on_keys_and_letters(scene)
        assert await open_requests(scene.alpha) == 0


async def begun(way: Journey) -> Scene:
    alice, bob = await way[ALPHA].person("alice"), await way[BETA].person("bob")
    await way[ALPHA].community("plans", host=alice, scope="selected")
    await way[BETA].community("ideas", host=bob, scope="selected")
    return Scene(way, Crossing(way[ALPHA], way[BETA], way.clock), alice, bob)


async def noted(firm: Instance, action: str) -> int:
    """How often the trail says so."""
    ((count,),) = await firm.rows(select(func.count()).select_from(AuditEntry).where(AuditEntry.action == action))
    return int(count)


async def owes_a_letter(firm: Instance) -> bool:
    return bool(await firm.rows(select(Delivery.id).where(Delivery.is_formal).limit(1)))


async def hears(way: Journey, writer: Instance, reader: Instance, action: str, times: int) -> bool:
    """The writer tries again as time passes; what arrives is not answered."""
    if await noted(reader, action) >= times:
        return True
    way.clock.advance(minutes=10)
    writer.nudge()
    return False


async def goes(way: Journey, writer: Instance) -> bool:
    way.clock.advance(minutes=10)
    writer.nudge()
    return not await owes_a_letter(writer)


async def agree_on_keys_and_letters(scene: Scene) -> bool:
    """Each has taken in the other's last letter, and knows the key that it signs by now."""
    found = []
    for firm, other in ((scene.alpha, scene.beta), (scene.beta, scene.alpha)):
        (mine,) = await firm.rows(select(Peer.letters_sent, Peer.server_key).where(Peer.host == other.host))
        (theirs,) = await other.rows(select(Peer.letters_seen, Peer.server_key).where(Peer.host == firm.host))
        async with firm.db.read() as tx:
            office = await own_office(tx, firm.services.runtime)
        assert office is not None
        # Who was proposed something and says nothing yet has bound itself to no key.
        found.append((mine[0], theirs[1] or office.public_key) == (theirs[0] or mine[0], office.public_key))
    return all(found)


async def open_requests(firm: Instance) -> int:
    """What was called back and is not confirmed."""
    ((count,),) = await firm.rows(select(func.count()).select_from(Retraction).where(Retraction.state != DONE))
    return int(count)
