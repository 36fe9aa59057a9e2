"""Two firms whose letters about the agreement are carried by hand, so that words of both cross as a test wants it."""

import json
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from federation.agreements import letters
from federation.agreements.office import document_of
from federation.agreements.terms import Terms
from federation.agreements.terms import read as terms_of
from models.communities import LABELS
from models.outbox import Activity, Delivery
from models.peers import ACTIVE, SUSPENDED
from models.queries import agreements as reading
from models.writes import agreements as writing
from models.writes.audit import OPERATOR
from server.actions import agreements, partners
from server.actions.agreements import Wanted
from server.actions.refusals import Refused
from tests.support.api import Document
from tests.support.held_clock import HeldClock
from tests.support.instances import Instance


@dataclass(frozen=True)
class Seen:
    """How one side sees the exchange."""

    state: str
    in_force: str | None
    """Hash."""
    awaits_us: bool
    awaits_them: bool


@dataclass
class Crossing:
    """alpha and beta: neither sends anything by itself."""

    alpha: Instance
    beta: Instance
    clock: HeldClock
    carried: Counter[str] = field(default_factory=Counter)
    letters: list[tuple[Instance, Document]] = field(default_factory=list)
    """Every letter that was carried, and to whom."""

    def other(self, firm: Instance) -> Instance:
        return self.beta if firm is self.alpha else self.alpha

    async def propose(self, firm: Instance, **wanted: Any) -> None:
        await agreements.propose(firm.services, self.other(firm).host, Wanted(**wanted), by=OPERATOR)

    async def accept(self, firm: Instance, *communities: str) -> None:
        await agreements.accept(firm.services, self.other(firm).host, communities, by=OPERATOR)

    async def suspend(self, firm: Instance) -> None:
        await self._say(firm, partners.suspend)

    async def resume(self, firm: Instance) -> None:
        await self._say(firm, partners.resume)

    async def end(self, firm: Instance) -> None:
        await self._say(firm, partners.end)

    async def _say(self, firm: Instance, word: Any) -> None:
        async with firm.db.write() as tx:
            await word(tx, firm.services.runtime, self.other(firm).host, by=OPERATOR)
        await firm.services.peers.refresh(now=True)

    async def decline(self, firm: Instance) -> None:
        await self._say(firm, partners.decline)

    async def take_back(self, firm: Instance) -> None:
        await self._say(firm, partners.take_back)

    async def agree(self, **wanted: Any) -> None:
        """alpha proposes, beta signs, and both know it."""
        await self.propose(self.alpha, **wanted)
        await self.carry_all()
        await self.accept(self.beta)
        await self.carry_all()

    # --- the post ---

    async def written(self, firm: Instance) -> list[Document]:
        """Its letters that nobody has carried yet, in their order."""
        owed = select(Activity.payload).where(Activity.id.in_(select(Delivery.activity_id).where(Delivery.is_formal)))
        found = [json.loads(row[0]) for row in await firm.rows(owed)]
        return sorted(
            (one for one in found if one["serial"] > self.carried[firm.host]), key=lambda letter: int(letter["serial"])
        )

    async def carry(self, firm: Instance, most: int | None = None) -> list[int]:
        """Bring its letters, or the first ones, to the other side; what that answers."""
        answers = []
        for letter in (await self.written(firm))[:most]:
            self.carried[firm.host] = letter["serial"]
            self.letters.append((self.other(firm), letter))
            answers.append(await deliver(self.other(firm), letter))
        return answers

    async def carry_all(self) -> list[int]:
        """Until nobody has anything to say."""
        answers: list[int] = []
        while new := [*await self.carry(self.alpha), *await self.carry(self.beta)]:
            answers += new
        return answers

    async def carry_again(self) -> list[int]:
        """Whoever caught them brings all letters once more."""
        return [await deliver(firm, letter) for firm, letter in self.letters]

    # --- how it stands ---

    async def seen(self, firm: Instance) -> Seen:
        async with firm.db.read() as tx:
            standing = await reading.standing(tx, self.other(firm).host)
            assert standing is not None
            row = await reading.in_force(tx, standing.id)
        return Seen(standing.state, row.hash if row else None, standing.awaits_us, standing.awaits_them)

    async def both(self) -> tuple[Seen, Seen]:
        return await self.seen(self.alpha), await self.seen(self.beta)

    async def states(self) -> tuple[str, str]:
        ours, theirs = await self.both()
        return ours.state, theirs.state

    async def is_equal(self) -> bool:
        """Both sides see the same: the state, the terms in force, and who has to say `resume`."""
        ours, theirs = await self.both()
        mirrored = Seen(theirs.state, theirs.in_force, theirs.awaits_them, theirs.awaits_us)
        return ours == mirrored

    async def in_force(self, firm: Instance) -> Terms:
        async with firm.db.read() as tx:
            standing = await reading.standing(tx, self.other(firm).host)
            row = await reading.in_force(tx, standing.id) if standing else None
        assert row is not None
        return terms_of(document_of(row))

    async def rests(self, firm: Instance) -> Seen:
        """It rests under the terms in force, and both have to say `resume`."""
        return Seen("suspended", (await self.seen(firm)).in_force, awaits_us=True, awaits_them=True)

    async def is_agreed(self) -> bool:
        """At least one of them thinks so."""
        standings = []
        for firm in (self.alpha, self.beta):
            async with firm.db.read() as tx:
                standings.append(await reading.standing(tx, self.other(firm).host))
        return any(one is not None and one.state in (ACTIVE, SUSPENDED) for one in standings)

    # --- somebody who does as he likes ---

    async def say_anew(self, firm: Instance, letter: Document) -> int:
        """The firm itself signs an old letter once more, under the next number; what the other answers."""
        async with firm.db.write() as tx:
            standing = await reading.standing(tx, self.other(firm).host)
            office = await agreements.office(tx, firm.services.runtime)
            assert standing is not None
            await writing.set_standing(tx, standing.id, letters_sent=standing.letters_sent + 1)
        self.carried[firm.host] = standing.letters_sent + 1
        again = letters.write(
            letter["type"],
            identity=f"http://{firm.host}/activities/{standing.letters_sent}-anew",
            sender=letter["actor"],
            receiver=letter["to"][0],
            about=letter["object"],
            serial=standing.letters_sent + 1,
            reason="",
            key=office.key,
            at=self.clock.now(),
        )
        return await deliver(self.other(firm), again)

    async def something(self, firm: Instance, chance: random.Random) -> str:
        """One side says something, or its next letter arrives; what, for who looks at a failure."""
        word = chance.choice(_WORDS)
        try:
            match word:
                case "carry":
                    return f"{firm.host} carry {await self.carry(firm, 1)}"
                case "propose":
                    await self.propose(firm, ceiling=chance.choice(LABELS))
                case _:
                    await getattr(self, word)(firm)
        except Refused as error:
            return f"{firm.host} {word}: {error}"
        return f"{firm.host} {word}"


_WORDS = (
    *("propose", "propose", "accept", "accept", "decline", "take_back", "end", "suspend", "resume"),
    *("carry", "carry", "carry", "carry"),
)


async def deliver(firm: Instance, document: Document) -> int:
    """Post a letter to the server's inbox, as anybody can; the answer's status."""
    host, port = firm.hosts[firm.host]
    headers = {"Host": firm.host, "Content-Type": "application/activity+json"}
    async with firm.session.post(f"http://{host}:{port}/actor/inbox", json=document, headers=headers) as answer:
        return answer.status


@asynccontextmanager
async def crossing(alpha: Instance, beta: Instance, clock: HeldClock) -> AsyncIterator[Crossing]:
    """Two servers that run, and are nothing to each other yet."""
    async with alpha.running("web"), beta.running("web"):
        yield Crossing(alpha, beta, clock)
