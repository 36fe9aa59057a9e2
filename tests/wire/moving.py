"""People who move to another server."""

from tests.wire.payloads import Payload
from tests.wire.posts import followed
from tests.wire.stage import ALICE, Stage


async def moves(stage: Stage, payload: Payload) -> None:
    """alice follows whoever she followed to where they are now, once the new account says that it is theirs."""
    document = payload.document
    old = await followed(stage, document["actor"])
    new = stage.play(document["target"])

    await stage.hear(old, document | {"id": f"{old.uri}/moves/too-early"})
    assert await stage.follows(ALICE, new.uri) is None
    stage.serve(old.uri, old.document | {"movedTo": new.uri})
    new.given["alsoKnownAs"] = [old.uri]
    new.publish()
    stage.home.clock.advance(days=2)
    await stage.hear_all(old, payload)

    assert await stage.follows(ALICE, new.uri) is False
    assert [one["object"] for one in await stage.home.composed("Follow")] == [old.uri, new.uri]
