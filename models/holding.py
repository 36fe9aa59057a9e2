"""Which posts and people an open case holds, as conditions for every statement that would make something go (J13)."""

from typing import Any

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.sql.elements import SQLCoreOperations

from models.cases import OPEN, Case, CaseCommunity, CasePerson
from models.conditions import another, some
from models.moderation import Removal
from models.posts import Post


def in_case(
    case: type[Case],
    author_id: SQLCoreOperations[int],
    community_id: SQLCoreOperations[Any],
    published_at: SQLCoreOperations[Any],
) -> ColumnElement[bool]:
    """Whether something of this author, community and time is what a case is about; whatever the case's state."""
    person, place = another(CasePerson, "in_case_person"), another(CaseCommunity, "in_case_community")
    return and_(
        or_(case.names_people, case.names_communities),
        or_(
            case.names_people.is_(False),
            some(person, person.case_id == case.id, person.person_id == author_id),
        ),
        or_(
            case.names_communities.is_(False),
            some(place, place.case_id == case.id, place.community_id == community_id),
        ),
        or_(case.begins_at.is_(None), case.begins_at <= published_at),
        or_(case.ends_at.is_(None), case.ends_at > published_at),
    )


def is_held(
    author_id: SQLCoreOperations[int], community_id: SQLCoreOperations[Any], published_at: SQLCoreOperations[Any]
) -> ColumnElement[bool]:
    """Whether any open case holds it."""
    case = another(Case, "is_held_case")
    return some(case, case.state == OPEN, in_case(case, author_id, community_id, published_at))


def is_person_held(person_id: SQLCoreOperations[int]) -> ColumnElement[bool]:
    """Whether any open case names somebody, so that who they are must not be forgotten."""
    case, person = another(Case, "is_person_held_case"), another(CasePerson, "is_person_held_person")
    return some(case, case.state == OPEN, some(person, person.case_id == case.id, person.person_id == person_id))


def visible_in_case(case_id: ColumnElement[int]) -> ColumnElement[bool]:
    """The gate for who works in a case: the posts that it is about while it is open, also what hosts took out.

    What is gone lies in sealed copies.
    """
    case, removal = another(Case, "visible_in_case"), another(Removal, "visible_in_case_removal")
    return and_(
        or_(Post.deleted_at.is_(None), some(removal, removal.post_id == Post.id)),
        some(
            case,
            case.id == case_id,
            case.state == OPEN,
            in_case(case, Post.author_id, Post.community_id, Post.published_at),
        ),
    )
