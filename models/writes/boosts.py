"""Writing what members whose software knows no groups were told of threads in communities of ours."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import bindparam, update

from models.engine import WriteTx
from models.posts import Post
from models.statements import lasting

WAKES = "boosts"
"""The channel of those who tell what is too much for one transaction."""

_AGAIN = lasting(
    lambda: (
        update(Post).where(Post.id == bindparam("wrapper")).values(boost_id=bindparam("boost"), boost_undone_at=None)
    )
)


async def undone(tx: WriteTx, wrapper_ids: Collection[int], at: datetime) -> None:
    """These threads are not shown there any more."""
    if wrapper_ids:
        await tx.execute(update(Post).where(Post.id.in_(wrapper_ids)).values(boost_undone_at=at))


async def made(tx: WriteTx, boosts: Mapping[int, int]) -> None:
    """Threads, by their wrappers, are shown there again, each by an Announce with this number."""
    if boosts:
        await tx.execute(_AGAIN(), [{"wrapper": wrapper, "boost": boost} for wrapper, boost in boosts.items()])
