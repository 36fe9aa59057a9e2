"""Filling in threads by the running server: a kill in the middle costs nothing, and nobody waits for it."""

from tests.instances.scene import in_a_partners_community
from tests.support.fake_peer import FakePeer, document, stall
from tests.support.held_clock import HeldClock
from tests.support.instances import Instance
from tests.support.progress import posts_looked_for
from tests.support.waiting import until


async def test_a_kill_in_the_middle_of_a_thread_goes_on_where_it_was(
    alpha: Instance, partner: FakePeer, clock: HeldClock
) -> None:
    """T188: no post is asked for twice but the one that was on its way."""
    async with alpha.running("web"):
        await alpha.allow("partner.test")
        town = await in_a_partners_community(alpha, partner)
        notes = [town.bob.create("top")["object"]]
        for word in ("middle", "low"):
            notes.append(town.bob.create(word, answering=notes[-1]["id"])["object"])
        paths = [str(note["id"]).removeprefix("http://partner.test") for note in notes]
        for path, note in zip(paths, notes, strict=True):
            partner.serve(path, document(note))
        partner.serve(paths[0], stall)
        await town.arrive([town.carol.create("reply", answering=notes[-1]["id"])])

    async def is_on_its_way() -> bool:
        return bool(partner.asked_for(paths[0]))

    async def is_done() -> bool:
        async with alpha.db.read() as tx:
            return await posts_looked_for(tx) == 0

    async with alpha.running():
        await until(is_on_its_way)
    partner.serve(paths[0], document(notes[0]))
    clock.advance(minutes=5)
    async with alpha.running():
        await until(is_done)
        status = await town.alice.awaited_thread("Town", "top")
        below = await town.alice.replies(status)

    expected = [notes[1]["id"], notes[2]["id"], town.carol.post_uri("reply")]
    assert [status["uri"] for status in below] == expected
    assert [len(partner.asked_for(path)) for path in paths] == [2, 1, 1]
