"""What of our communities goes to which peer: by scope, label, and the agreement in force (product sections 3 and 9).

A part of the gate, and like it written twice: as SQL over a row of `communities` and as a function over facts.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, literal, or_
from sqlalchemy.sql.elements import SQLCoreOperations

from models.actors import Actor, Follow
from models.agreements import IN_FORCE, READ, Agreement, SharedCommunity
from models.communities import EVERYWHERE, NOWHERE, OPEN, PRIVATE, Community, Invitation
from models.conditions import another, some

PeerId = SQLCoreOperations[int] | int


def shared_with_peer(community: type[Community], peer_id: PeerId, label: SQLCoreOperations[int]) -> ColumnElement[bool]:
    """The condition over a row of `communities`: does what has this label in the community go to the peer?

    A basic partner gets open communities whose scope is all, at the lowest label. With an agreement in force its terms
    decide, and of what is not open only servers with a member get anything. What our people wrote in another firm's
    community is for that firm and, where it is open, for the other allowed firms there.
    """
    home = another(Actor, "shared_with_peer_home")
    return or_(
        and_(
            community.is_local,
            or_(
                and_(_for_basic_partners(community, label), ~_has_terms(peer_id)),
                and_(
                    _agreed(community, peer_id, label),
                    or_(community.visibility == OPEN, has_member(community, peer_id)),
                ),
            ),
        ),
        and_(
            community.is_local.is_(False),
            or_(
                and_(community.visibility == OPEN, label == 0),
                some(home, home.id == community.actor_id, home.peer_id == peer_id),
            ),
        ),
    )


def known_to_peer(community: type[Community], peer_id: PeerId) -> ColumnElement[bool]:
    """The condition over a row of `communities`: may the peer know of this community of ours, its people ask to join?

    A private one is known where one of the peer's people was invited or is a member (spec/group-federation.md 11).
    """
    at_the_peer = another(Follow, "known_to_peer_at_the_peer")
    invited = another(Invitation, "known_to_peer_invited")
    guest = another(Actor, "known_to_peer_guest")
    has_part = or_(
        some(at_the_peer, at_the_peer.target_id == community.actor_id, at_the_peer.follower_peer_id == peer_id),
        some(
            invited,
            invited.community_id == community.actor_id,
            some(guest, guest.id == invited.actor_id, guest.peer_id == peer_id),
        ),
    )
    return and_(opened_to_peer(community, peer_id), or_(community.visibility != PRIVATE, has_part))


def opened_to_peer(community: type[Community], peer_id: PeerId) -> ColumnElement[bool]:
    """The condition over a row of `communities`: one of ours into which the peer's people may come, or be invited."""
    lowest = literal(0)
    return and_(
        community.is_local,
        or_(
            and_(_for_basic_partners(community, lowest), ~_has_terms(peer_id)),
            _agreed(community, peer_id, lowest),
        ),
    )


def has_member(
    community: type[Community], peer_id: PeerId, *, since: SQLCoreOperations[datetime] | None = None
) -> ColumnElement[bool]:
    """One of the peer's people is a member; with `since`, was so at that time."""
    member = another(Follow, "has_member_member")
    conditions = [member.target_id == community.actor_id, member.follower_peer_id == peer_id, member.is_accepted]
    return some(member, *conditions, *([] if since is None else [member.accepted_at <= since]))


def withholds_history(peer_id: PeerId) -> ColumnElement[bool]:
    """The terms in force say that nobody over there reads what was written before they joined."""
    terms = another(Agreement, "withholds_history_terms")
    return some(terms, terms.peer_id == peer_id, terms.state == IN_FORCE, terms.opens_history.is_(False))


def was_open(community: type[Community], written_at: SQLCoreOperations[datetime]) -> ColumnElement[bool]:
    """The condition over a row of `communities`: open, and so when this was written (threats T166)."""
    return and_(community.visibility == OPEN, or_(community.opened_at.is_(None), community.opened_at <= written_at))


def since_its_people_joined(
    community: type[Community], peer_id: PeerId, written_at: SQLCoreOperations[datetime]
) -> ColumnElement[bool]:
    """The condition over a row of `communities` of ours: something written there then is not too old for the peer.

    What was open, and what hosts opened, is old for nobody, unless the terms say that history does not pass.
    """
    return or_(
        and_(or_(was_open(community, written_at), community.opens_history), ~withholds_history(peer_id)),
        has_member(community, peer_id, since=written_at),
    )


def was_for_peer(
    community: type[Community], peer_id: PeerId, written_at: SQLCoreOperations[datetime]
) -> ColumnElement[bool]:
    """The condition over a row of `communities`, besides `shared_with_peer`: something that our people wrote then is
    not too old for the peer. What they wrote in another firm's community while that was closed stays between the two.
    """
    home = another(Actor, "was_for_peer_home")
    return or_(
        and_(community.is_local, since_its_people_joined(community, peer_id, written_at)),
        and_(
            community.is_local.is_(False),
            or_(was_open(community, written_at), some(home, home.id == community.actor_id, home.peer_id == peer_id)),
        ),
    )


def reads_only(person_id: PeerId, community_id: PeerId) -> ColumnElement[bool]:
    """The terms in force with a firm, the person's or the community's, let people read there and not write; or somebody
    of ours has no part in a partner's community any more.
    """
    terms = another(Agreement, "reads_only_terms")
    either = another(Actor, "reads_only_either")
    by_terms = some(
        terms,
        terms.state == IN_FORCE,
        terms.rights == READ,
        some(either, either.id.in_((person_id, community_id)), either.peer_id == terms.peer_id),
    )
    person, theirs = another(Actor, "reads_only_person"), another(Community, "reads_only_theirs")
    is_withheld = and_(
        some(person, person.id == person_id, person.peer_id.is_(None)),
        some(theirs, theirs.actor_id == community_id, theirs.is_local.is_(False), theirs.scope == NOWHERE),
    )
    return or_(by_terms, is_withheld)


def writes_nothing(person_id: PeerId, community_id: PeerId) -> ColumnElement[bool]:
    """Somebody reads only, or is of a firm with which the community, one of ours, is not shared (any more).

    A membership lasts longer than what it was granted under (threats T233).
    """
    person, ours = another(Actor, "writes_nothing_person"), another(Community, "writes_nothing_ours")
    return or_(
        reads_only(person_id, community_id),
        some(
            person,
            person.id == person_id,
            person.peer_id.is_not(None),
            some(ours, ours.actor_id == community_id, ours.is_local, ~known_to_peer(ours, person.peer_id)),
        ),
    )


def _for_basic_partners(community: type[Community], label: SQLCoreOperations[int]) -> ColumnElement[bool]:
    return and_(community.visibility == OPEN, community.scope == EVERYWHERE, community.label == 0, label == 0)


def _has_terms(peer_id: PeerId) -> ColumnElement[bool]:
    terms = another(Agreement, "has_terms_terms")
    return some(terms, terms.peer_id == peer_id, terms.state == IN_FORCE)


def _agreed(community: type[Community], peer_id: PeerId, label: SQLCoreOperations[int]) -> ColumnElement[bool]:
    """The terms in force name the community, or take what our hosts open, up to a label not below (T233, T238)."""
    terms = another(Agreement, "agreed_terms")
    named = another(SharedCommunity, "agreed_named")
    return and_(
        community.scope != NOWHERE,
        some(
            terms,
            terms.peer_id == peer_id,
            terms.state == IN_FORCE,
            terms.ceiling >= community.label,
            terms.ceiling >= label,
            or_(
                some(named, named.agreement_id == terms.id, named.community_id == community.actor_id),
                and_(terms.opens_ours, community.scope == EVERYWHERE),
            ),
        ),
    )


@dataclass(frozen=True, slots=True)
class TermsFacts:
    """What an agreement in force says of one community of ours."""

    ceiling: int
    names_it: bool
    opens_ours: bool
    opens_history: bool


@dataclass(frozen=True, slots=True)
class CommunityFacts:
    """What the rules need to know of a community."""

    is_local: bool
    visibility: str
    scope: str
    label: int
    opens_history: bool
    opened_at: datetime | None
    peer_id: int | None
    peer_is_active: bool
    is_blocked: bool = False
    """A partner's, which our administrators block."""

    def was_open(self, written_at: datetime) -> bool:
        """It is open, and was so then."""
        return self.visibility == OPEN and (self.opened_at is None or self.opened_at <= written_at)


def is_shared(
    community: CommunityFacts, label: int, written_at: datetime, terms: TermsFacts | None, joined_at: datetime | None
) -> bool:
    """The same rules over facts, for something written in a community of ours; `joined_at`: when the peer's first
    member joined.
    """
    highest, was_there = max(community.label, label), joined_at is not None and joined_at <= written_at
    is_open, was_open = community.visibility == OPEN, community.was_open(written_at)
    if terms is None:
        is_known = was_open or was_there or community.opens_history
        return is_open and community.scope == EVERYWHERE and highest == 0 and is_known
    is_named = terms.names_it or (terms.opens_ours and community.scope == EVERYWHERE)
    if community.scope == NOWHERE or highest > terms.ceiling or not is_named:
        return False
    if was_there:
        return True
    return terms.opens_history and (was_open or (community.opens_history and (is_open or joined_at is not None)))
