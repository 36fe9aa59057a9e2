"""Auditors: people of the firm who belong to no community, and read of one in a legal case alone (product section 9).

As with guests, the account says it, whatever memberships are stored: what they may read stands in `gate.py`, what they
may do in `authority.py`; here is only how each statement knows one.
"""

from sqlalchemy import ColumnElement, ScalarSelect, select
from sqlalchemy.sql.elements import SQLCoreOperations

from models.accounts import AUDITOR, Account
from models.conditions import another, some


def is_auditor(actor_id: SQLCoreOperations[int]) -> ColumnElement[bool]:
    """The actor is an auditor here: one look at the account by its primary key."""
    account = another(Account, "is_auditor_account")
    return some(account, account.actor_id == actor_id, account.role == AUDITOR)


def account_role(actor_id: SQLCoreOperations[int]) -> ScalarSelect[str]:
    """The role of the actor's account; null: they have none here."""
    account = another(Account, "account_role_account")
    return select(account.role).where(account.actor_id == actor_id).correlate_except(account).scalar_subquery()
