"""Writing which hashtags people follow, and which they show."""

from collections.abc import Collection

from sqlalchemy import delete

from models.dialect import insert_or_ignore
from models.engine import WriteTx
from models.feeds import tag_feed
from models.tags import FeaturedTag, FollowedTag


async def add(tx: WriteTx, table: type[FollowedTag | FeaturedTag], *, number: int, actor_id: int, name: str) -> bool:
    """Follow or show a hashtag; False: it was so already."""
    row = {"id": number, "actor_id": actor_id, "name": name, "feed_id": tag_feed(name)}
    return bool((await tx.execute(insert_or_ignore(tx, table), row)).rowcount > 0)


async def remove(tx: WriteTx, table: type[FollowedTag | FeaturedTag], *, actor_id: int, name: str) -> None:
    """Follow or show a hashtag no longer."""
    await tx.execute(delete(table).where(table.actor_id == actor_id, table.name == name))


async def keep_featured(tx: WriteTx, *, actor_id: int, names: Collection[str]) -> None:
    """Show none but these."""
    await tx.execute(delete(FeaturedTag).where(FeaturedTag.actor_id == actor_id, FeaturedTag.name.not_in(names)))


async def remove_featured(tx: WriteTx, *, actor_id: int, number: int) -> bool:
    """Show a hashtag no longer, by the id of showing it; False: no such of theirs."""
    statement = delete(FeaturedTag).where(FeaturedTag.actor_id == actor_id, FeaturedTag.id == number)
    return (await tx.execute(statement)).rowcount > 0
