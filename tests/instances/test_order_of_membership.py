"""Joining and leaving a partner's community are sent in order with what is said there: only members may say it."""

from sqlalchemy import select

from models.outbox import Activity, Delivery
from tests.instances.conftest import ON_SQLITE
from tests.instances.scene import in_a_partners_community
from tests.support.fake_peer import FakePeer
from tests.support.instances import Instance


@ON_SQLITE
async def test_no_word_of_leaving_overtakes_what_was_said_before(home: Instance, partner: FakePeer) -> None:
    """Two deliveries may be under way at a time, and never two of one order."""
    scene = await in_a_partners_community(home, partner)
    await scene.alice.say("@town@partner.test My last question")
    community = await scene.alice.find("@town@partner.test")
    assert community is not None
    await scene.alice.leave(community)
    await scene.alice.ask_to_join("@town@partner.test")

    statement = (
        select(Activity.type, Delivery.order_key)
        .join(Delivery, Delivery.activity_id == Activity.id)
        .order_by(Delivery.id)
    )
    async with home.db.read() as tx:
        owed = [tuple(row) for row in await tx.select(statement)]

    assert [kind for kind, _ in owed] == ["Follow", "Create", "Undo", "Follow"]
    assert len({key for _, key in owed}) == 1
