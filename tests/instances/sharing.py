"""Two firms that agree to share communities: what each side does, as its people and its operator would."""

from dataclasses import dataclass
from typing import Any

from federation.runtime import Budget
from models.writes.audit import OPERATOR
from server.actions import agreements, moderation, partners
from server.actions.agreements import Wanted
from tests.support.api import Api
from tests.support.instances import Instance
from tests.support.waiting import until


@dataclass
class Firms:
    """alpha, where alice hosts what is shared, and beta, where bob and ben are."""

    alpha: Instance
    beta: Instance
    alice: Api
    bob: Api
    ben: Api

    async def agree(self, *names: str, ceiling: str = "restricted", **wishes: Any) -> None:
        wanted = Wanted(communities=names, ceiling=ceiling, **wishes)
        await agreements.propose(self.alpha.services, "beta.test", wanted, by=OPERATOR)
        await self.rest()
        await agreements.accept(self.beta.services, "alpha.test", [], by=OPERATOR)
        await self.rest()

    async def rest(self) -> None:
        for _ in range(3):
            for firm in (self.alpha, self.beta):
                await firm.services.peers.refresh(now=True)
                firm.nudge()
                await firm.at_rest()

    async def settle(self) -> None:
        """Letters have arrived; content may rest."""
        for _ in range(3):
            for firm in (self.alpha, self.beta):
                await firm.services.peers.refresh(now=True)
                firm.nudge()
                await until(firm.has_sent_letters)

    async def let_in(self, person: Api, handle: str) -> None:
        """The person asks to join an on-request community, and alice lets them in."""
        community = await person.ask_to_join(handle)
        asked = await person.relationship(community)
        assert (asked["requested"], asked["following"]) == (True, False)
        await self.rest()
        (waiting,) = await self.alice.get("/api/v1/follow_requests")
        await self.alice.post(f"/api/v1/follow_requests/{waiting['id']}/authorize")
        await self.rest()

    async def invite(self, person: Api, name: str) -> None:
        """alpha's operator invites somebody of beta."""
        services = self.alpha.services
        await services.discovery.by_handle(person.name, "beta.test", Budget())
        async with self.alpha.db.write() as tx:
            guest = await moderation.person_named(tx, services.runtime, f"{person.name}@beta.test")
            place = await moderation.operators_seat(tx, services.runtime, name)
            await moderation.invite(tx, services.runtime, place, guest)

    async def bring_in(self, person: Api, handle: str) -> None:
        """Somebody of beta is invited to a private community, is told, and joins."""
        await self.invite(person, handle[1:].partition("@")[0])
        await self.rest()
        await person.join(handle)
        await self.rest()

    async def told(self) -> str:
        """Everything that beta was sent, as text."""
        return str(await self.beta.heard())


async def say(firm: Instance, word: Any, domain: str) -> None:
    async with firm.db.write() as tx:
        await word(tx, firm.services.runtime, domain, by=OPERATOR)
    await firm.services.peers.refresh(now=True)
    firm.nudge()


async def is_in(firm: Instance, domain: str, state: str) -> bool:
    async with firm.db.read() as tx:
        return (await partners.find(tx, firm.services.runtime, domain)).state == state
