"""What a kill between two steps leaves behind: nothing is half done, nothing is done twice."""

from sqlalchemy import delete, func, select, text

from models.outbox import Activity, Delivery
from models.posts import Post
from tests.instances.conftest import ON_SQLITE
from tests.instances.pair import HANDLE
from tests.support.fake_peer import FakePeer
from tests.support.instances import Instance
from tests.support.writers import Writer


async def test_what_was_sent_and_not_written_down_is_sent_again_and_has_one_effect(
    alpha: Instance, beta: Instance
) -> None:
    """T190: the rows that a sender leaves when it is killed after sending."""
    async with alpha.running(), beta.running():
        await alpha.allow("beta.test")
        await beta.allow("alpha.test")
        alice, bob = await alpha.person("alice"), await beta.person("bob")
        await alpha.community("sites", host=alice)
        await bob.join(HANDLE)
        await alice.like(await alice.say(f"{HANDLE} Once"))
        await alpha.at_rest()
        await beta.at_rest()
        before = await beta.received()

        async with alpha.db.write() as tx:
            sent = select(Activity.id).where(Activity.uri.in_(list(before)))
            rows = (await tx.select(sent.order_by(Activity.id))).all()
            for row in rows:
                await tx.execute(
                    text(
                        "INSERT INTO deliveries (peer_id, order_key, activity_id, inbox_url, created_at) "
                        "SELECT 1, actor_id, id, 'http://beta.test/inbox', created_at FROM activities WHERE id = :id"
                    ),
                    {"id": row[0]},
                )
        alpha.nudge()
        await alpha.at_rest()
        await beta.at_rest()

        [thread] = await bob.threads("Sites")
        assert (len(rows), thread["favourites_count"]) == (len(before), 1)
        assert await beta.received() == before


@ON_SQLITE
async def test_there_is_no_post_without_its_deliveries(alpha: Instance, partner: FakePeer) -> None:
    """T191: both are in one transaction; here the second half fails."""
    async with alpha.running("web"):
        await alpha.allow("partner.test")
        alice = await alpha.person("alice")
        await alpha.community("sites", host=alice)
        bob = Writer(partner.actor("bob"), "http://alpha.test/communities/sites")
        await bob.actor.post("http://alpha.test/inbox", bob.follow())
        await alpha.apply()
        async with alpha.db.write() as tx:
            await tx.execute(delete(Delivery))
            await tx.execute(
                text("CREATE TRIGGER broken BEFORE INSERT ON deliveries BEGIN SELECT RAISE(ABORT, 'killed'); END")
            )

        answer = await alice.call("POST", "/api/v1/statuses", json={"status": f"{HANDLE} Lost"})

        async with alpha.db.read() as tx:
            posts = await tx.scalar(select(func.count()).select_from(Post))
            activities = await tx.scalar(select(func.count()).select_from(Activity).where(Activity.type == "Create"))
        assert answer.status >= 500
        assert (posts, activities) == (0, 0)
