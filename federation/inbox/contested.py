"""Two actors of one server say that they wrote the post with this id: their server decides (threats T049).

Whoever comes first is believed, since an id on the actor's own origin is all that can be checked without asking. When
the second comes, the origin is asked; without that anybody could silence a neighbour whose next id can be guessed.
"""

from federation.errors import Denied, Gone, Malformed
from federation.inbox import origin
from federation.inbox.context import Tools
from federation.runtime import Budget
from federation.vocab import types
from models.queries import actors
from models.writes import posts


class Contested(Denied):
    """Somebody else has this id here already."""

    def __init__(self, uri: str, holder_id: int) -> None:
        super().__init__("post id is another author's", reason="origin_mismatch", uri=uri)
        self.uri = uri
        self.holder_id = holder_id


async def settle(tools: Tools, contested: Contested, budget: Budget) -> bool:
    """Ask the origin whose it is, and drop what is here if it is somebody else's; whether that was so.

    No transaction may be open. Raises `TryLater` where one could not look.
    """
    try:
        found = await origin.fetch(tools, contested.uri, budget)
    except (Denied, Gone, Malformed):
        return False
    match found:
        case types.Post():
            author = found.attributed_to
        case types.Activity():
            author = found.actor
        case _:
            return False
    async with tools.runtime.db.write() as tx:
        holder = await actors.by_id(tx, contested.holder_id)
        if holder is not None and holder.uri == author:
            return False
        await posts.evict(tx, contested.uri, contested.holder_id, tools.runtime.clock.now())
    return True
