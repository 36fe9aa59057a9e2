"""From audience to inboxes: the one INSERT ... SELECT, with agreement, scope and label in its conditions.

One row for each activity and inbox (shared, where the peer has one). Suspended peers are owed what is published
meanwhile; ended ones and strangers nothing. Nothing is sent that the gate would not let the peer read.
"""

import json
from collections.abc import Sequence

from sqlalchemy import (
    CTE,
    BigInteger,
    Boolean,
    ColumnElement,
    Select,
    String,
    Subquery,
    and_,
    bindparam,
    case,
    func,
    insert,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.sql.dml import Insert

from federation.vocab.outgoing import GROUP_AWARE_SOFTWARE, MICROBLOG_SOFTWARE, Form, Outgoing
from models.actors import Actor, Follow
from models.communities import Community
from models.conditions import some
from models.dialect import as_number, numbers
from models.engine import WriteTx
from models.outbox import Delivery
from models.peers import ACTIVE, SUSPENDED, Peer
from models.posts import Post
from models.sharing import shared_with_peer
from models.statements import lasting_by_dialect, unplanned


async def add_deliveries(tx: WriteTx, outgoings: Sequence[Outgoing]) -> None:
    """Insert what is owed for activities stored in the same transaction: one statement, whatever the audience."""
    rows = [_parameters(together) for together in _together(outgoings)]
    if rows:
        await tx.execute(_statement(tx), rows)


def _together(outgoings: Sequence[Outgoing]) -> list[list[Outgoing]]:
    """Those that follow each other and are for the same inboxes, so that these are looked for once.

    What one post brings is announced to the same members in two forms.
    """
    batches: list[list[Outgoing]] = []
    for outgoing in outgoings:
        if not (outgoing.to_followers_of or outgoing.to_actors):
            continue
        last = batches[-1][-1] if batches else None
        # In a batch ids tell the order.
        if last is not None and _audience(last) == _audience(outgoing) and last.id < outgoing.id:
            batches[-1].append(outgoing)
        else:
            batches.append([outgoing])
    return batches


def _audience(outgoing: Outgoing) -> tuple[object, ...]:
    return (
        outgoing.to_followers_of,
        outgoing.to_actors,
        outgoing.community_id,
        outgoing.ordered_in,
        outgoing.actor_id,
        outgoing.label,
        outgoing.is_formal,
        outgoing.form is Form.ADDRESSED,
        outgoing.at,
    )


def _parameters(together: Sequence[Outgoing]) -> dict[str, object]:
    first = together[0]
    return {
        "keyed_by": first.community_id or first.ordered_in or first.actor_id,
        "followed": first.to_followers_of or 0,
        "named": json.dumps(first.to_actors),
        "in_community": first.community_id or 0,
        "labelled": first.label,
        "formal": first.is_formal,
        "joined": first.community_id if first.form is Form.ADDRESSED else 0,
        "at": first.at,
    } | {form.name.lower(): json.dumps([one.id for one in together if one.form == form]) for form in Form}


@lasting_by_dialect
def _statement(tx: WriteTx) -> Insert:
    number = BigInteger()
    formal = unplanned(bindparam("formal", type_=Boolean()))
    inboxes, activities = _inboxes(tx, formal), _activities(tx)
    in_community = unplanned(bindparam("in_community", type_=number))
    may_have = or_(
        in_community == 0,
        some(
            Community,
            Community.actor_id == in_community,
            shared_with_peer(Community, Peer.id, unplanned(bindparam("labelled", type_=number))),
        ),
    )
    owed = (
        select(
            inboxes.c.peer_id,
            bindparam("keyed_by", type_=number),
            activities.c.id,
            inboxes.c.url,
            formal,
            bindparam("at", type_=Delivery.created_at.type),
        )
        .select_from(inboxes)
        .join(Peer, Peer.id == inboxes.c.peer_id)
        .join(activities, _understands(activities.c.form))
        .where(or_(formal, Peer.state.in_(_literals((ACTIVE, SUSPENDED)))), may_have)
        .order_by(activities.c.id)
    )
    columns = ["peer_id", "order_key", "activity_id", "inbox_url", "is_formal", "created_at"]
    return insert(Delivery).from_select(columns, owed)


def _inboxes(tx: WriteTx, formal: ColumnElement[bool]) -> Subquery:
    """Each inbox of those that an activity is for, once: a peer of a thousand members is asked about a single time."""
    receivers = _receivers(tx)
    url = case((formal, Actor.inbox_url), else_=func.coalesce(Actor.shared_inbox_url, Actor.inbox_url))
    return (
        select(Actor.peer_id, url.label("url"))
        .join(receivers, receivers.c.id == Actor.id)
        .where(Actor.deleted_at.is_(None))
        .distinct()
        .subquery()
    )


def _receivers(tx: WriteTx) -> Subquery:
    """Ids of the actors that an activity is for: accepted followers elsewhere, and those named, or (`joined`) those of
    them who are members (threats T159). Of another firm's community it is known of those alone who have written there.
    """
    named = numbers(tx, bindparam("named", type_=String()))
    joined = unplanned(bindparam("joined", type_=BigInteger()))
    followers = select(Follow.follower_id.label("id")).where(
        Follow.target_id == unplanned(bindparam("followed", type_=BigInteger())),
        Follow.is_accepted,
        Follow.follower_peer_id.is_not(None),
    )
    person = as_number(tx, named.c.value)
    is_member = some(Follow, Follow.target_id == joined, Follow.follower_id == person, Follow.is_accepted)
    theirs = some(Actor, Actor.id == joined, Actor.peer_id.is_not(None))
    has_written = and_(theirs, some(Post, Post.author_id == person, Post.community_id == joined))
    people = select(person.label("id")).select_from(named).where(or_(joined == 0, is_member, has_written))
    return union_all(followers, people).subquery()


def _activities(tx: WriteTx) -> CTE:
    """Ids of the activities, each with its form. Apart, or SQLite looks for the inboxes once for each form."""
    return union_all(*(_in_form(tx, form) for form in Form)).cte("activities_owed").prefix_with("MATERIALIZED")


def _in_form(tx: WriteTx, form: Form) -> Select[tuple[int, str]]:
    given = numbers(tx, bindparam(form.name.lower(), type_=String()))
    return select(as_number(tx, given.c.value).label("id"), _literal(form.value).label("form"))


def _understands(form: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether the peer's software is of the kind that an activity is meant for."""
    software = func.coalesce(Peer.software, _literal(""))
    return or_(
        form == _literal(Form.ALL.value),
        and_(form == _literal(Form.GROUP_AWARE.value), software.not_in(_literals(MICROBLOG_SOFTWARE))),
        and_(form == _literal(Form.MICROBLOG.value), software.not_in(_literals(GROUP_AWARE_SOFTWARE))),
        and_(form == _literal(Form.ADDRESSED.value), software.in_(_literals(MICROBLOG_SOFTWARE))),
    )


def _literals(names: Sequence[str]) -> list[ColumnElement[str]]:
    """Names written into the statement itself: one that is run for many rows cannot have lists as parameters."""
    return [_literal(name) for name in names]


def _literal(name: str) -> ColumnElement[str]:
    return literal_column(f"'{name}'", String())
