"""Small conditions that many statements are made of."""

from datetime import datetime
from functools import cache
from typing import Any, TypeVar, cast

from sqlalchemy import ColumnElement, and_, func, literal, literal_column, or_, select
from sqlalchemy.sql.elements import SQLCoreOperations

from models.base import Base, aliased
from models.communities import OPEN, Community
from models.posts import COMMUNITY, Post

Entity = TypeVar("Entity", bound=Base)


@cache
def another(entity: type[Entity], name: str) -> type[Entity]:
    """One more of a table, for a condition that is part of many statements: made once for each name.

    Each takes as much memory as all columns of its table, which conditions made anew every time add up to megabytes.
    """
    return aliased(entity, name=name)


def some(entity: Any, *conditions: SQLCoreOperations[bool]) -> ColumnElement[bool]:
    """There is a row of the entity that meets the conditions; everything else they name is of the statement around.

    SQLAlchemy by itself looks only at the nearest statement around, and would silently compare with any row at all.
    """
    return select(literal(1)).select_from(entity).where(*conditions).correlate_except(entity).exists()


def marked(flag: Any) -> ColumnElement[bool]:
    """The flag, a column, is set: written as in partial indexes over it. SQLAlchemy compares with 1 on SQLite, which
    then finds no such index and reads the whole table.
    """
    return literal_column(f"{flag.table.name}.{flag.name}")


came_at = cast("ColumnElement[datetime]", func.coalesce(Post.placed_at, Post.published_at))
"""Since when a post is where it is: what was moved is for those who are members of its new community then."""


def said_openly() -> ColumnElement[bool]:
    """The condition over `posts`: what counts towards a profile. In closed communities, to followers and to single
    people somebody is as active as nobody knows (threats T155); a community counts what it shows to its own.
    """
    closed = select(Community.actor_id).where(Community.visibility != OPEN)
    openly = and_(Post.audience == COMMUNITY, Post.community_id.not_in(closed))
    return and_(Post.deleted_at.is_(None), Post.is_confirmed, or_(openly, Post.community_id == Post.author_id))
