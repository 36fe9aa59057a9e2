"""What hangs below a post in its thread, as a part of statements. Uses ix_posts_parent_id."""

from collections.abc import Callable
from typing import Final

from sqlalchemy import ColumnElement, Select, literal, select

from models.base import aliased
from models.posts import Post

_DEEPEST: Final = 1000
"""Levels of answers: more are nobody's, and parents can go round in a circle (threats T088)."""


def branch(post_id: int, *, through: Callable[[type[Post]], ColumnElement[bool]] | None = None) -> Select[tuple[int]]:
    """Ids of a post and of all that is below it; `through` ends a branch below it where it does not hold."""
    first, reply = aliased(Post), aliased(Post)
    start = select(first.id, literal(0).label("depth")).where(first.id == post_id).cte("branch", recursive=True)
    step = select(reply.id, start.c.depth + 1).where(reply.parent_id == start.c.id, start.c.depth < _DEEPEST)
    if through is not None:
        step = step.where(through(reply))
    return select(start.union_all(step).c.id)
