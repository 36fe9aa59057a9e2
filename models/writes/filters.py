"""Writing filters."""

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, insert, update

from models.dialect import insert_or_ignore
from models.engine import WriteTx
from models.filters import Filter, FilterKeyword, FilterPost


async def add(tx: WriteTx, values: Mapping[str, object]) -> None:
    """Insert a filter."""
    await tx.execute(insert(Filter), dict(values))


async def change(tx: WriteTx, filter_id: int, values: Mapping[str, object]) -> None:
    """Change columns of a filter."""
    if values:
        await tx.execute(update(Filter).where(Filter.id == filter_id).values(**values))


async def remove(tx: WriteTx, filter_id: int) -> None:
    """Remove a filter with its words and the posts that it names."""
    await tx.execute(delete(Filter).where(Filter.id == filter_id))


async def add_keywords(tx: WriteTx, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert words."""
    if rows:
        await tx.execute(insert(FilterKeyword), [dict(row) for row in rows])


async def change_keyword(tx: WriteTx, keyword_id: int, values: Mapping[str, object]) -> None:
    """Change a word, or how it is looked for."""
    if values:
        await tx.execute(update(FilterKeyword).where(FilterKeyword.id == keyword_id).values(**values))


async def remove_keyword(tx: WriteTx, keyword_id: int) -> None:
    """Remove a word."""
    await tx.execute(delete(FilterKeyword).where(FilterKeyword.id == keyword_id))


async def name_post(tx: WriteTx, *, number: int, filter_id: int, post_id: int) -> bool:
    """Let a filter name a post; False: it does already."""
    row = {"id": number, "filter_id": filter_id, "post_id": post_id}
    return bool((await tx.execute(insert_or_ignore(tx, FilterPost), row)).rowcount > 0)


async def unname_post(tx: WriteTx, number: int) -> None:
    """Let a filter name a post no longer."""
    await tx.execute(delete(FilterPost).where(FilterPost.id == number))
