"""What the server itself says to one person in private, where no app has a place for it."""

from typing import Final

from federation.inbox import notice
from federation.runtime import Runtime
from models.engine import WriteTx
from models.gate import Person

_MOST_CHARACTERS: Final = 4_000


async def not_published(tx: WriteTx, runtime: Runtime, viewer: Person, reason: str, text: str) -> None:
    """A post that was written for later could not be published: why, and the text, so that nothing is lost."""
    await say(tx, runtime, viewer, f"Your scheduled post was not published. {reason}\n\n{text[:_MOST_CHARACTERS]}")


async def say(tx: WriteTx, runtime: Runtime, viewer: Person, text: str) -> None:
    """Say something to one person, in the name of the server; it never leaves the server."""
    await notice.tell(tx, runtime, viewer.actor_id, text, at=runtime.clock.now())
