"""The gate: what SQL selects is what the functions allow, in generated worlds; and who may do what, as a table.

The worlds are small and drawn so that every rule is met often: a few people here and at two partners, communities of
every visibility here and there, follows that wait or are accepted before or after a post.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from models.accounts import AUDITOR, GUEST, Account
from models.actors import Actor, Follow
from models.agreements import IN_FORCE, PROPOSED, Agreement, SharedCommunity
from models.authority import may_as_administrator
from models.base import EPOCH
from models.communities import SCOPES, VISIBILITIES, Community
from models.engine import Database, WriteTx
from models.gate import (
    ActingCommunity,
    Bonds,
    Operation,
    PeerServer,
    Person,
    PostFacts,
    Standing,
    Verb,
    Viewer,
    ViewerKind,
    Visitor,
    may,
    may_see,
    viewer_values,
    visible_to,
    visible_to_kind,
)
from models.peers import ACTIVE, ENDED, SUSPENDED, Peer
from models.posts import COMMUNITY, DIRECT, FOLLOWERS, Post
from models.sharing import CommunityFacts, TermsFacts
from models.visible_entries import VisibleEntry

PEERS = (1, 2)
PEOPLE: dict[int, int | None] = {101: None, 102: None, 103: None, 104: 1, 105: 1, 106: 2}
"""Actor id to their peer."""
COMMUNITIES: dict[int, int | None] = {201: None, 202: None, 203: 1, 204: 2}
ROLES = ("member", "moderator", "host")
GUESTS, AUDITORS = (102,), (103,)
"""Of our people: one is no more than a guest, one is an auditor, who may have memberships all the same."""
DAYS = range(5)
ENTRIES = (301, 302)
ENTERED_AT = EPOCH + timedelta(days=2)
"""When whoever entered asks: an entry that ends at this moment is over."""


@dataclass(frozen=True)
class Place:
    """A community."""

    id: int
    visibility: str
    scope: str
    label: int
    opens_history: bool
    opened_on: int | None
    """The day on which it became open; None: it was so from the beginning."""


@dataclass(frozen=True)
class Bond:
    """A follow."""

    follower: int
    target: int
    is_accepted: bool
    role: str
    day: int


@dataclass(frozen=True)
class Written:
    """A post."""

    author: int
    audience: str
    community: int
    label: int
    mentioned: tuple[int, ...]
    is_confirmed: bool
    is_deleted: bool
    day: int
    placed_on: int | None
    """The day on which it came there from another community."""

    @property
    def came_on(self) -> int:
        return self.day if self.placed_on is None else self.placed_on


@dataclass(frozen=True)
class Signed:
    """An agreement."""

    state: str
    ceiling: int
    opens_ours: bool
    opens_history: bool
    named: tuple[int, ...]


@dataclass(frozen=True)
class Entered:
    """A visible entry."""

    community: int
    ends_on: int
    is_ended: bool
    """By hand, before its time."""


@dataclass(frozen=True)
class World:
    """Everything that a rule of reading may depend on."""

    states: dict[int, str]
    blocked: list[int]
    """Actors at partners whom our administrators block."""
    terms: dict[int, Signed | None]
    places: dict[int, Place]
    bonds: list[Bond]
    posts: list[Written]
    entries: dict[int, Entered]


def _places() -> st.SearchStrategy[dict[int, Place]]:
    each = [
        st.builds(
            Place, st.just(number), st.sampled_from(VISIBILITIES), st.sampled_from(SCOPES),
            st.sampled_from((0, 0, 1, 2)), st.booleans(), st.none() | st.sampled_from(DAYS),
        )
        for number in COMMUNITIES
    ]  # fmt: skip
    return st.tuples(*each).map(lambda places: {place.id: place for place in places})


WORLDS = st.builds(
    World,
    states=st.fixed_dictionaries({peer: st.sampled_from((ACTIVE, ACTIVE, SUSPENDED, ENDED)) for peer in PEERS}),
    blocked=st.lists(st.sampled_from((104, 106, 203)), unique=True, max_size=2) | st.just([]),
    terms=st.fixed_dictionaries(
        {
            peer: st.none()
            | st.builds(
                Signed,
                st.sampled_from((IN_FORCE, IN_FORCE, PROPOSED)),
                st.sampled_from((0, 1, 2)),
                st.booleans(),
                st.booleans(),
                st.lists(st.sampled_from((201, 202)), unique=True).map(tuple),
            )
            for peer in PEERS
        }
    ),
    places=_places(),
    bonds=st.lists(
        st.builds(
            Bond,
            st.sampled_from(sorted(PEOPLE)),
            st.sampled_from(sorted([*PEOPLE, *COMMUNITIES])),
            st.booleans() | st.just(True),
            st.sampled_from(ROLES),
            st.sampled_from(DAYS),
        ),
        unique_by=lambda bond: (bond.follower, bond.target),
        max_size=14,
    ),
    posts=st.lists(
        st.builds(
            Written,
            st.sampled_from(sorted(PEOPLE)),
            st.sampled_from((COMMUNITY, COMMUNITY, FOLLOWERS, DIRECT)),
            st.sampled_from(sorted(COMMUNITIES)),
            st.sampled_from((0, 0, 1)),
            st.lists(st.sampled_from(sorted(PEOPLE)), unique=True, max_size=3).map(tuple),
            st.sampled_from((True, True, True, False)),
            st.sampled_from((False, False, False, True)),
            st.sampled_from(DAYS),
            st.none() | st.sampled_from(DAYS),
        ),
        min_size=1,
        max_size=10,
    ),
    entries=st.fixed_dictionaries(
        {
            number: st.builds(
                Entered,
                st.sampled_from(sorted(COMMUNITIES)),
                st.sampled_from(DAYS),
                st.sampled_from((False, False, True)),
            )
            for number in ENTRIES
        }
    ),
)


class _Undone(Exception):
    """Rolls the world back."""


async def _store(tx: WriteTx, world: World) -> None:
    day = EPOCH + timedelta(days=20_000)
    await tx.execute(
        insert(Peer),
        [{"id": peer, "host": f"p{peer}.test", "kind": "basic", "state": world.states[peer], "created_at": day}
         for peer in PEERS],
    )  # fmt: skip
    await tx.execute(insert(Actor), [_actor(number, peer, world) for number, peer in (PEOPLE | COMMUNITIES).items()])
    offices = dict.fromkeys(GUESTS, GUEST) | dict.fromkeys(AUDITORS, AUDITOR)
    accounts = [
        {"actor_id": one, "email": f"{one}@g.test", "role": role, "created_at": EPOCH} for one, role in offices.items()
    ]
    await tx.execute(insert(Account), accounts)
    await tx.execute(insert(Community), [_community(place) for place in world.places.values()])
    for peer, signed in world.terms.items():
        if signed is not None:
            await tx.execute(insert(Agreement), [_agreement(peer, signed)])
            named = [{"agreement_id": peer, "community_id": community} for community in signed.named]
            if named:
                await tx.execute(insert(SharedCommunity), named)
    if world.bonds:
        await tx.execute(insert(Follow), [_follow(number, bond) for number, bond in enumerate(world.bonds, 1)])
    await tx.execute(insert(Post), [_post(number, post) for number, post in enumerate(world.posts, 1)])
    await tx.execute(insert(VisibleEntry), [_entry(number, entry) for number, entry in world.entries.items()])


def _actor(number: int, peer: int | None, world: World) -> dict[str, Any]:
    uri = f"http://p{peer or 0}.test/{number}"
    return {
        "id": number, "uri": uri, "type": "Group" if number in COMMUNITIES else "Person", "username": f"a{number}",
        "host": f"p{peer or 0}.test", "peer_id": peer, "url": uri, "inbox_url": uri, "created_at": EPOCH,
        "blocked_at": EPOCH if number in world.blocked else None,
    }  # fmt: skip


def _community(place: Place) -> dict[str, Any]:
    return {
        "actor_id": place.id, "is_local": COMMUNITIES[place.id] is None, "visibility": place.visibility,
        "scope": place.scope, "label": place.label, "opens_history": place.opens_history, "hosts_only": False,
        "created_at": EPOCH, "opened_at": _opened_at(place),
    }  # fmt: skip


def _opened_at(place: Place) -> datetime | None:
    return None if place.opened_on is None else EPOCH + timedelta(days=place.opened_on)


def _agreement(peer: int, signed: Signed) -> dict[str, Any]:
    return {
        "id": peer, "peer_id": peer, "uri": f"http://p{peer}.test/terms", "version": 1, "hash": "", "document": b"{}",
        "state": signed.state, "is_ours": True, "ceiling": signed.ceiling, "rights": "take-part",
        "opens_ours": signed.opens_ours, "opens_history": signed.opens_history, "review_at": EPOCH, "created_at": EPOCH,
    }  # fmt: skip


def _follow(number: int, bond: Bond) -> dict[str, Any]:
    at = EPOCH + timedelta(days=bond.day)
    return {
        "id": number, "follower_id": bond.follower, "target_id": bond.target,
        "follower_peer_id": PEOPLE[bond.follower], "activity_uri": f"http://f.test/{number}",
        "is_accepted": bond.is_accepted, "role": bond.role, "requested_at": EPOCH,
        "accepted_at": at if bond.is_accepted else None,
    }  # fmt: skip


def _post(number: int, post: Written) -> dict[str, Any]:
    uri, at = f"http://o.test/{number}", EPOCH + timedelta(days=post.day)
    return {
        "id": number, "uri": uri, "url": uri, "author_id": post.author, "peer_id": PEOPLE[post.author],
        "audience": post.audience, "community_id": post.community if post.audience == COMMUNITY else None,
        "label": post.label, "mentioned": list(post.mentioned), "is_confirmed": post.is_confirmed,
        "deleted_at": at if post.is_deleted else None, "published_at": at, "received_at": at,
        "placed_at": None if post.placed_on is None else EPOCH + timedelta(days=post.placed_on),
    }  # fmt: skip


def _entry(number: int, entry: Entered) -> dict[str, Any]:
    ends_at = EPOCH + timedelta(days=entry.ends_on)
    return {
        "id": number, "community_id": entry.community, "person_id": 101, "reason": "", "begins_at": EPOCH,
        "ends_at": ends_at, "ended_at": EPOCH if entry.is_ended else None,
    }  # fmt: skip


def _facts(world: World, post: Written) -> PostFacts:
    place = world.places[post.community] if post.audience == COMMUNITY else None
    author_peer = PEOPLE[post.author]
    home = COMMUNITIES[post.community]
    return PostFacts(
        author_id=post.author,
        author_peer_id=author_peer,
        author_peer_is_active=author_peer is not None and world.states[author_peer] == ACTIVE,
        audience=post.audience,
        community_id=post.community if place is not None else None,
        community=None
        if place is None
        else CommunityFacts(
            is_local=home is None,
            visibility=place.visibility,
            scope=place.scope,
            label=place.label,
            opens_history=place.opens_history,
            opened_at=_opened_at(place),
            peer_id=home,
            peer_is_active=home is not None and world.states[home] == ACTIVE,
            is_blocked=post.community in world.blocked,
        ),
        label=post.label,
        mentioned=post.mentioned,
        is_confirmed=post.is_confirmed,
        is_deleted=post.is_deleted,
        came_at=EPOCH + timedelta(days=post.came_on),
        author_is_blocked=post.author in world.blocked,
    )


def _bonds(world: World, viewer: Viewer, post: Written) -> Bonds:
    accepted = [bond for bond in world.bonds if bond.is_accepted]
    match viewer:
        case Person(actor_id):
            mine = {bond.target: bond for bond in accepted if bond.follower == actor_id}
            membership = mine.get(post.community) if post.audience == COMMUNITY else None
            return Bonds(
                role=membership.role if membership else None,
                member_since=EPOCH + timedelta(days=membership.day) if membership else None,
                follows_author=post.author in mine,
                is_guest=actor_id in GUESTS,
                is_auditor=actor_id in AUDITORS,
            )
        case PeerServer(peer_id):
            theirs = {bond.target for bond in accepted if PEOPLE[bond.follower] == peer_id}
            return Bonds(
                follows_author=post.author in theirs,
                mentioned_people=frozenset(one for one in post.mentioned if PEOPLE[one] == peer_id),
                peer_is_active=world.states[peer_id] == ACTIVE,
                terms=_terms(world.terms[peer_id], post),
                joined_at=min(
                    (
                        EPOCH + timedelta(days=bond.day)
                        for bond in accepted
                        if PEOPLE[bond.follower] == peer_id and bond.target == post.community
                    ),
                    default=None,
                ),
            )
        case Visitor(entry_id):
            entry = world.entries[entry_id]
            goes_on = not entry.is_ended and EPOCH + timedelta(days=entry.ends_on) > ENTERED_AT
            return Bonds(has_entered=goes_on and entry.community == post.community)
        case _:
            return Bonds()


def _terms(signed: Signed | None, post: Written) -> TermsFacts | None:
    if signed is None or signed.state != IN_FORCE:
        return None
    return TermsFacts(
        signed.ceiling,
        names_it=post.community in signed.named,
        opens_ours=signed.opens_ours,
        opens_history=signed.opens_history,
    )


VIEWERS: Sequence[Viewer] = (
    *(Person(number) for number, peer in PEOPLE.items() if peer is None),
    *(ActingCommunity(number, 101) for number in COMMUNITIES),
    *(PeerServer(peer) for peer in PEERS),
    Operation(),
    *(Visitor(number, ENTERED_AT) for number in ENTRIES),
)


# Built once: a statement costs more to build than to run.
BY_VALUE = {viewer: select(Post.id).where(visible_to(viewer)) for viewer in VIEWERS}
BY_KIND = {kind: select(Post.id).where(visible_to_kind(kind)) for kind in ViewerKind}


async def _holds_in(database: Database, world: World) -> None:
    with suppress(_Undone):
        async with database.write() as tx:
            await _store(tx, world)
            for viewer in VIEWERS:
                allowed = {
                    number
                    for number, post in enumerate(world.posts, 1)
                    if may_see(viewer, _facts(world, post), _bonds(world, viewer, post))
                }
                by_value = await tx.select(BY_VALUE[viewer])
                by_kind = await tx.select(BY_KIND[viewer.kind], viewer_values(viewer))
                assert {row[0] for row in by_value} == allowed, viewer
                assert {row[0] for row in by_kind} == allowed, viewer
            raise _Undone


_FIXTURE = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@settings(max_examples=100, deadline=None, suppress_health_check=_FIXTURE)
@given(world=WORLDS)
async def test_what_is_selected_is_what_may_be_seen(database: Database, world: World) -> None:
    """R4, T155 to T165: one rule in two languages."""
    await _holds_in(database, world)


@pytest.mark.parametrize("database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
@settings(max_examples=25, deadline=None, suppress_health_check=_FIXTURE)
@given(world=WORLDS)
async def test_postgresql_selects_the_same(database: Database, world: World) -> None:
    """R4"""
    await _holds_in(database, world)


@pytest.mark.parametrize("role", [None, "auditor", "guest", "member", "moderator", "host"])
@pytest.mark.parametrize("is_author", [True, False])
@pytest.mark.parametrize("hosts_only", [True, False])
@pytest.mark.parametrize("is_closed", [True, False])
def test_who_may_do_what(role: str | None, is_author: bool, hosts_only: bool, is_closed: bool) -> None:
    """R3, product section 9: by role and authorship alone."""
    leads, hosts = role in ("moderator", "host"), role == "host"
    for_hosts = (
        Verb.APPROVE,
        Verb.INVITE,
        Verb.REMOVE_MEMBER,
        Verb.PIN,
        Verb.MARK_QUESTION,
        Verb.CONFIGURE,
        Verb.NAME_LEADERS,
        Verb.DISSOLVE,
        Verb.BAN,
        Verb.ASK_TO_BE_OFFICIAL,
    )
    expected = {
        Verb.POST: leads or (role == "member" and not hosts_only),
        Verb.REPLY: leads or (role in ("member", "guest") and not is_closed),
        Verb.LIKE: role not in (None, "auditor"),
        Verb.EDIT: is_author,
        Verb.ACCEPT_ANSWER: is_author,
        Verb.DELETE: is_author or leads,
        Verb.LOCK: is_author or leads,
        Verb.RAISE_LABEL: is_author or hosts,
        **dict.fromkeys((Verb.CLOSE, Verb.MOVE, Verb.REMOVE, Verb.READ_REPORTS, Verb.READ_LOG), leads),
        **dict.fromkeys(for_hosts, hosts),
    }
    actor, author_id = Standing(1, is_active=True, role=role), 1 if is_author else 2

    allowed = {verb: may(actor, verb, author_id=author_id, hosts_only=hosts_only, is_closed=is_closed) for verb in Verb}

    assert allowed == expected


@pytest.mark.parametrize("role", [None, "auditor", "guest", "member", "moderator", "host"])
@pytest.mark.parametrize("barred", [{"is_banned": True}, {"reads_only": True}])
def test_who_is_barred_may_only_take_back_what_they_wrote(role: str | None, barred: dict[str, bool]) -> None:
    """R3, product section 9: whatever they were before; banned, or by agreement there to read."""
    actor = Standing(1, is_active=True, role=role, **barred)

    allowed = {verb for verb in Verb if may(actor, verb, author_id=1, lasts=timedelta(days=1))}

    assert allowed == {Verb.EDIT, Verb.DELETE, Verb.ACCEPT_ANSWER}


@pytest.mark.parametrize(
    ("role", "lasts", "is_allowed"),
    [
        ("moderator", timedelta(days=30), True),
        ("moderator", timedelta(days=30, seconds=1), False),
        ("moderator", None, False),
        ("host", None, True),
        ("member", timedelta(days=1), False),
    ],
)
def test_a_moderator_bans_for_a_month_at_most(role: str, lasts: timedelta | None, is_allowed: bool) -> None:
    """Product section 9"""
    assert may(Standing(1, is_active=True, role=role), Verb.BAN, lasts=lasts) is is_allowed


@pytest.mark.parametrize("verb", list(Verb))
def test_who_is_suspended_may_do_nothing(verb: Verb) -> None:
    """T178: not even to their own posts."""
    assert not may(Standing(1, is_active=False, role="host"), verb, author_id=1)


@pytest.mark.parametrize("verb", [Verb.EDIT, Verb.DELETE])
def test_a_post_without_a_known_author_is_nobodys(verb: Verb) -> None:
    """R3: default no."""
    assert not may(Standing(1, is_active=True, role="member"), verb)


@pytest.mark.parametrize("verb", list(Verb))
@pytest.mark.parametrize("is_orphan", [True, False])
@pytest.mark.parametrize("lowers_scope", [True, False])
def test_what_an_administrator_may_do_where_they_do_not_belong(verb: Verb, is_orphan: bool, lowers_scope: bool) -> None:
    """Product section 9: name hosts of orphans, lower the scope, nothing else."""
    expected = {Verb.NAME_LEADERS: is_orphan, Verb.CONFIGURE: lowers_scope}

    assert may_as_administrator(verb, is_orphan=is_orphan, lowers_scope=lowers_scope) is expected.get(verb, False)
