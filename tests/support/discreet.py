"""Discreet questions in tests: a community that allows them, asking by the page, and the clock moved until then."""

from datetime import timedelta

from sqlalchemy import select

from models.actors import Follow
from models.discreet import DiscreetQuestion
from models.statistics import FACT
from models.writes import communities, state
from server.actions.discreet import LATEST
from server.actions.discreet_posting import publish_due
from tests.server.admin.desk import press
from tests.support.firm import App, Document, Firm
from tests.support.site import Answer

K = 5
ENOUGH = 2 * K


async def crowd(firm: Firm, community: Document, *, people: int) -> None:
    """Let the community allow discreet questions, with so many members of the firm, of whom some are there already."""
    community_id = int(community["id"])
    async with firm.runtime.db.write() as tx:
        await state.put(tx, FACT, str(K))
        await communities.change(tx, community_id, {"allows_discreet": True})
        known = len((await tx.select(select(Follow.id).where(Follow.target_id == community_id))).all())
    for number in range(known, people):
        extra = await firm.person(f"extra{number}")
        await extra.follow(community)


async def asked(firm: Firm, app: App, title: str, *, name: str = "sites", **fields: str) -> Answer:
    """Press the button of the composer with "discreet" ticked."""
    return await press(
        await firm.browser(app), f"/c/{name}/ask", f"/c/{name}/post", title=title, discreet="on", **fields
    )


async def published(firm: Firm) -> None:
    """What waits is published."""
    firm.clock.advance(seconds=(LATEST + timedelta(seconds=1)).total_seconds())
    while await publish_due(firm.services):
        pass


async def who_asks(firm: Firm, community: Document) -> App:
    """Zelda, a member among enough others of a community that allows discreet questions."""
    zelda = await firm.person("zelda")
    await zelda.follow(community)
    await crowd(firm, community, people=ENOUGH)
    return zelda


async def question_of(firm: Firm, app: App, title: str, **fields: str) -> Document:
    """What somebody asked, published: its id, as apps have it."""
    answer = await asked(firm, app, title, **fields)
    assert answer.status == 303, answer.text
    await published(firm)
    return await newest(firm)


async def newest(firm: Firm) -> Document:
    """The newest discreet question."""
    async with firm.runtime.db.read() as tx:
        number = await tx.scalar(select(DiscreetQuestion.thread_id).order_by(DiscreetQuestion.thread_id.desc()))
    return {"id": str(number)}
