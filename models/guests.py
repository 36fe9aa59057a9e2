"""Guests: people of no firm who take part in named communities for a time (product sections 1, 3 and 9).

What they may read stands in `gate.py`, what they may do in `authority.py`, whom they know in `queries/actors.py`; here
is only how each statement knows one, and whom they meet.
"""

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, not_, or_
from sqlalchemy.sql.elements import SQLCoreOperations

from models.accounts import GUEST, OBSERVER, Account
from models.actors import Actor, Follow
from models.conditions import another, some

GUEST_TERM: Final = timedelta(days=183)
"""Six months (product section 9), from when the account was made or a host renewed it."""


def is_guest(actor_id: SQLCoreOperations[int]) -> ColumnElement[bool]:
    """The actor is a guest here: one look at the account by its primary key.

    Observers are as guests who were added nowhere: they see statistics only, and no name (product sections 1 and 9).
    """
    account = another(Account, "is_guest_account")
    return some(account, account.actor_id == actor_id, account.role.in_((GUEST, OBSERVER)))


def within_reach(actor_id: SQLCoreOperations[int], joined: Select[Any], invited: Select[Any]) -> ColumnElement[bool]:
    """The condition over `actors`: a guest knows themselves, communities that they are in or invited to, and people
    there, of whom nobody is kept from anybody else.
    """
    own = (Actor.id == actor_id, Actor.id.in_(joined), Actor.id.in_(invited))
    return or_(not_(is_guest(actor_id)), *own, meet(actor_id, Actor.id))


def meet(actor_id: SQLCoreOperations[int], other_id: SQLCoreOperations[int]) -> ColumnElement[bool]:
    """Two actors are members of one community. Of guests, who follow nothing else: uses the unique index over who
    follows whom.
    """
    mine, theirs = another(Follow, "meet_mine"), another(Follow, "meet_theirs")
    shared = some(theirs, theirs.follower_id == other_id, theirs.target_id == mine.target_id, theirs.is_accepted)
    return some(mine, mine.follower_id == actor_id, mine.is_accepted, shared)
