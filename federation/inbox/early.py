"""What speaks of a post that is not here yet: it has no effect, and is applied again once the post is (threats T205).

Activities of one actor stay in order, those of several do not: a like may come before its post, or be applied before
it, because the post waits for its author's key. Waiting costs a mark on the row in which the activity is kept anyway,
and ends when its body is forgotten.
"""

from collections.abc import Collection

from federation.inbox.acts import Act
from federation.inbox.context import Kind, Tools
from federation.inbox.intake import WAKES
from federation.transport.hosts import same_origin
from models.engine import WriteTx
from models.queries import reception
from models.queries.reception import AWAITED
from models.writes import inbox
from models.writes.actors import INDEXED_CHARACTERS


async def wait_for(tx: WriteTx, tools: Tools, act: Act[Kind], post_uri: str) -> None:
    """Let an act that had no effect wait for this post, if nothing was ever heard of it. Ours are here or never."""
    if same_origin(post_uri, tools.runtime.config.base_url) or len(post_uri) > INDEXED_CHARACTERS:
        return
    known = await reception.known_posts(tx, [post_uri])
    if not any(row.uri == post_uri and row.buried_by != AWAITED for row in known):
        await inbox.note_early(tx, *act.receipt, post_uri)


async def recall(tx: WriteTx, tools: Tools, post_uris: Collection[str]) -> None:
    """These posts are new here: let what came before them have its turn."""
    if post_uris and await inbox.recall_early(tx, post_uris, tools.runtime.clock.now()):
        tx.wake(WAKES)
