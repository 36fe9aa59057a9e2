"""The one gate: who may see a post, and who may do what (architecture section 9, threats R3 and R4). The rules of doing
stand in `authority.py`, who may ask in `viewers.py`; both are asked for here.

Each rule of reading stands here twice: as SQL (`visible_to`) and as a function (`may_see`); a property test holds them
equal. Content is loaded through `visible_to`, never checked after. Nothing here is cached.
"""

from datetime import datetime
from functools import cache
from typing import assert_never

from sqlalchemy import BigInteger, ColumnElement, and_, bindparam, false, literal, not_, or_
from sqlalchemy.sql.elements import SQLCoreOperations

from models.actors import Actor, Follow
from models.auditors import is_auditor
from models.authority import Standing as Standing
from models.authority import Verb as Verb
from models.authority import may as may
from models.base import UtcDateTime
from models.communities import HOST_ROLE, MODERATOR_ROLE, Community
from models.conditions import another, came_at, some
from models.dialect import json_holds
from models.facts import Bonds as Bonds
from models.facts import PostFacts as PostFacts
from models.guests import is_guest
from models.holding import visible_in_case
from models.peers import ACTIVE, Peer
from models.posts import COMMUNITY, DIRECT, FOLLOWERS, Post
from models.sharing import (
    CommunityFacts,
    has_member,
    is_shared,
    shared_with_peer,
    since_its_people_joined,
    was_for_peer,
    was_open,
)
from models.viewers import ActingCommunity as ActingCommunity
from models.viewers import CaseReader as CaseReader
from models.viewers import Operation as Operation
from models.viewers import PeerServer as PeerServer
from models.viewers import Person as Person
from models.viewers import Viewer as Viewer
from models.viewers import ViewerKind as ViewerKind
from models.viewers import Visitor as Visitor
from models.visible_entries import goes_on_in

# --- reading -------------------------------------------------------------------------------------------------------


def visible_to(viewer: Viewer) -> ColumnElement[bool]:
    """The SQL condition over `posts`; a wrapper is judged by the same row, since it carries its post's community."""
    match viewer:
        case Operation():
            return Post.deleted_at.is_(None)
        case ActingCommunity(actor_id):
            return _visible_to_community(literal(actor_id, BigInteger()))
        case Person(actor_id):
            return _visible_to_person(literal(actor_id, BigInteger()))
        case PeerServer(peer_id):
            return _visible_to_peer(literal(peer_id, BigInteger()))
        case CaseReader(case_id):
            return visible_in_case(literal(case_id, BigInteger()))
        case Visitor(entry_id, at):
            return _visible_in_entry(literal(entry_id, BigInteger()), literal(at, UtcDateTime()))
        case _:
            assert_never(viewer)


@cache
def visible_to_kind(kind: ViewerKind) -> ColumnElement[bool]:
    """As `visible_to`, for statements that are built once: who asks is given when they are run (`viewer_values`)."""
    viewer_id = bindparam("viewer_id", type_=BigInteger())
    match kind:
        case ViewerKind.PERSON:
            return _visible_to_person(viewer_id)
        case ViewerKind.COMMUNITY:
            return _visible_to_community(viewer_id)
        case ViewerKind.PEER:
            return _visible_to_peer(viewer_id)
        case ViewerKind.OPERATION:
            return Post.deleted_at.is_(None)
        case ViewerKind.CASE:
            return visible_in_case(viewer_id)
        case ViewerKind.VISITOR:
            return _visible_in_entry(viewer_id, bindparam("viewer_at", type_=UtcDateTime()))
        case _:
            assert_never(kind)


def viewer_values(viewer: Viewer) -> dict[str, object]:
    """The parameters of a statement made with `visible_to_kind` of this viewer's kind."""
    match viewer:
        case Operation():
            return {}
        case Person(actor_id):
            return {"viewer_id": actor_id}
        case PeerServer(peer_id):
            return {"viewer_id": peer_id}
        case CaseReader(case_id):
            return {"viewer_id": case_id}
        case Visitor(entry_id, at):
            return {"viewer_id": entry_id, "viewer_at": at}
        case _:
            assert_never(viewer)


def visible_to_each(viewer_id: SQLCoreOperations[int], kind: ViewerKind = ViewerKind.PERSON) -> ColumnElement[bool]:
    """As `visible_to` a person, or a community that acts, for statements that ask for many at once: `viewer_id` is a
    column of theirs.
    """
    return _visible_to_community(viewer_id) if kind is ViewerKind.COMMUNITY else _visible_to_person(viewer_id)


def was_visible_to_each(viewer_id: ColumnElement[int], kind: ViewerKind = ViewerKind.PERSON) -> ColumnElement[bool]:
    """Who could see a post if it were not deleted: for its bare id in the word that it is gone, never for content."""
    return _reaches_community(viewer_id) if kind is ViewerKind.COMMUNITY else _reaches_person(viewer_id)


def _visible_to_person(actor_id: SQLCoreOperations[int]) -> ColumnElement[bool]:
    return and_(Post.deleted_at.is_(None), _reaches_person(actor_id))


def _visible_to_community(community_id: SQLCoreOperations[int]) -> ColumnElement[bool]:
    return and_(Post.deleted_at.is_(None), _reaches_community(community_id))


def _reaches_community(community_id: SQLCoreOperations[int]) -> ColumnElement[bool]:
    return and_(_is_in_community(), Post.community_id == community_id)


def _visible_in_entry(entry_id: ColumnElement[int], at: ColumnElement[datetime]) -> ColumnElement[bool]:
    return and_(_is_shown_in_community(), goes_on_in(Post.community_id, entry_id, at))


def _is_shown_in_community() -> ColumnElement[bool]:
    return and_(Post.deleted_at.is_(None), _is_in_community())


def _is_in_community() -> ColumnElement[bool]:
    return and_(Post.is_confirmed, Post.audience == COMMUNITY, _from_active_server())


def only_as_author(kind: ViewerKind) -> ColumnElement[bool]:
    """A person sees the post for having written it, and nothing else that was said around it in its community: how much
    that is they do not learn either (threats T152). For statements of this kind of viewer.
    """
    if kind is not ViewerKind.PERSON:
        return false()
    return and_(Post.author_id == bindparam("viewer_id", type_=BigInteger()), author_is_outside())


def author_is_outside() -> ColumnElement[bool]:
    """The condition over posts: their author does not read in their community, and sees nothing else of it."""
    return and_(Post.audience == COMMUNITY, not_(_reads_in_community(Post.author_id)))


def _reaches_person(actor_id: SQLCoreOperations[int]) -> ColumnElement[bool]:
    following = another(Follow, "reaches_person_following")
    follows_author = some(
        following, following.follower_id == actor_id, following.target_id == Post.author_id, following.is_accepted
    )
    return or_(
        Post.author_id == actor_id,
        and_(
            Post.is_confirmed,
            _from_active_server(),
            or_(
                and_(Post.audience == COMMUNITY, _reads_in_community(actor_id)),
                and_(
                    Post.audience == FOLLOWERS,
                    or_(follows_author, json_holds(Post.mentioned, actor_id)),
                    not_(is_guest(actor_id)),
                ),
                and_(Post.audience == DIRECT, json_holds(Post.mentioned, actor_id)),
            ),
        ),
    )


def _reads_in_community(actor_id: SQLCoreOperations[int]) -> ColumnElement[bool]:
    """Guests only where they were added, in open communities too (product section 3); auditors nowhere (section 9)."""
    membership, community = (
        another(Follow, "reaches_person_membership"),
        another(Community, "reaches_person_community"),
    )
    joined = some(
        membership,
        membership.follower_id == actor_id,
        membership.target_id == Post.community_id,
        membership.is_accepted,
        or_(
            membership.role.in_((HOST_ROLE, MODERATOR_ROLE)),
            membership.accepted_at <= came_at,
            some(
                community,
                community.actor_id == Post.community_id,
                or_(community.opens_history, was_open(community, came_at), community.is_local.is_(False)),
            ),
        ),
    )
    is_open = was_open(community, came_at)
    open_here = some(community, community.actor_id == Post.community_id, community.is_local, is_open)
    return and_(or_(joined, and_(open_here, not_(is_guest(actor_id)))), not_(is_auditor(actor_id)))


def _from_active_server() -> ColumnElement[bool]:
    """Nothing from a suspended partner is shown, neither its people's posts nor its communities' (product J10), and as
    little of the one actor there that our administrators block.
    """
    host, author, author_peer, host_peer = (
        another(Actor, "from_active_server_host"),
        another(Actor, "from_active_server_author"),
        another(Peer, "from_active_server_author_peer"),
        another(Peer, "from_active_server_host_peer"),
    )
    return and_(
        or_(
            Post.peer_id.is_(None),
            and_(
                some(author_peer, author_peer.id == Post.peer_id, author_peer.state == ACTIVE),
                some(author, author.id == Post.author_id, author.blocked_at.is_(None)),
            ),
        ),
        or_(
            Post.community_id.is_(None),
            some(
                host,
                host.id == Post.community_id,
                host.blocked_at.is_(None),
                or_(host.peer_id.is_(None), some(host_peer, host_peer.id == host.peer_id, host_peer.state == ACTIVE)),
            ),
        ),
    )


def _visible_to_peer(peer_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Only what was written here: a copy of another firm's post is never served onwards (threats T236)."""
    peer = another(Peer, "visible_to_peer_peer")
    community = another(Community, "visible_to_peer_community")
    return and_(
        Post.deleted_at.is_(None),
        Post.peer_id.is_(None),
        some(peer, peer.id == peer_id, peer.state == ACTIVE),
        or_(
            and_(
                Post.audience == COMMUNITY,
                some(
                    community,
                    community.actor_id == Post.community_id,
                    shared_with_peer(community, peer_id, Post.label),
                    was_for_peer(community, peer_id, came_at),
                ),
            ),
            _is_for_people_of(peer_id),
        ),
    )


def _is_for_people_of(peer_id: SQLCoreOperations[int]) -> ColumnElement[bool]:
    """A personal post is for somebody at the peer: a follower of its author, or who is mentioned."""
    reader, following = another(Actor, "is_for_people_reader"), another(Follow, "is_for_people_following")
    is_mentioned = some(reader, reader.peer_id == peer_id, json_holds(Post.mentioned, reader.id))
    follows_author = some(
        following,
        following.target_id == Post.author_id,
        following.is_accepted,
        following.follower_peer_id == peer_id,
    )
    return or_(
        and_(Post.audience == FOLLOWERS, or_(follows_author, is_mentioned)),
        and_(Post.audience == DIRECT, is_mentioned),
    )


def passed_on_to(viewer: PeerServer) -> ColumnElement[bool]:
    """Whether a community of ours tells this peer what happens to a post in it, whoever wrote it and whether or not it
    is gone: the condition for ids and for the community's own announcements, never for serving a post (threats T236).
    """
    peer = another(Peer, "passed_on_to_peer")
    community = another(Community, "passed_on_to_community")
    return and_(
        Post.audience == COMMUNITY,
        Post.is_confirmed,
        some(peer, peer.id == viewer.peer_id, peer.state == ACTIVE),
        some(
            community,
            community.actor_id == Post.community_id,
            community.is_local,
            shared_with_peer(community, viewer.peer_id, Post.label),
            since_its_people_joined(community, viewer.peer_id, came_at),
        ),
    )


def was_sent_to_each(peer_id: SQLCoreOperations[int]) -> ColumnElement[bool]:
    """Which peers may have a copy of a post: those that it was for, suspended ones too. Never for serving anything."""
    community = another(Community, "was_sent_to_each_community")
    home = another(Actor, "was_sent_to_each_home")
    in_ours = some(
        community,
        community.actor_id == Post.community_id,
        community.is_local,
        has_member(community, peer_id),
        shared_with_peer(community, peer_id, Post.label),
        since_its_people_joined(community, peer_id, came_at),
    )
    return and_(
        Post.deleted_at.is_(None),
        or_(Post.peer_id.is_(None), Post.peer_id != peer_id),
        or_(
            and_(Post.audience == COMMUNITY, in_ours),
            and_(
                Post.peer_id.is_(None),
                or_(
                    some(home, home.id == Post.community_id, home.peer_id == peer_id),
                    _is_for_people_of(peer_id),
                ),
            ),
        ),
    )


def may_see(viewer: Viewer, post: PostFacts, bonds: Bonds) -> bool:
    """The same rules as `visible_to`, over facts."""
    if post.is_deleted:
        return isinstance(viewer, CaseReader) and post.is_taken_out and bonds.is_in_case
    match viewer:
        case Operation():
            return True
        case ActingCommunity(actor_id):
            return _community_may_see(actor_id, post)
        case Person(actor_id):
            return post.author_id == actor_id or _person_may_see(actor_id, post, bonds)
        case PeerServer(peer_id):
            return _peer_may_see(peer_id, post, bonds)
        case CaseReader():
            return bonds.is_in_case
        case Visitor():
            return bonds.has_entered and post.audience == COMMUNITY and _is_shown(post)
        case _:
            assert_never(viewer)


def _community_may_see(community_id: int, post: PostFacts) -> bool:
    return post.audience == COMMUNITY and post.community_id == community_id and _is_shown(post)


def _is_shown(post: PostFacts) -> bool:
    """Confirmed, and nothing of a suspended partner or of whom our administrators block."""
    from_active = (post.author_peer_id is None or post.author_peer_is_active) and (
        post.community is None or post.community.peer_id is None or post.community.peer_is_active
    )
    is_blocked = post.author_is_blocked or (post.community is not None and post.community.is_blocked)
    return post.is_confirmed and from_active and not is_blocked


def _person_may_see(actor_id: int, post: PostFacts, bonds: Bonds) -> bool:
    if not _is_shown(post):
        return False
    if post.audience == COMMUNITY and post.community is not None:
        return _member_may_see(post, post.community, bonds)
    if post.audience == FOLLOWERS:
        return not bonds.is_guest and (bonds.follows_author or actor_id in post.mentioned)
    return post.audience == DIRECT and actor_id in post.mentioned


def _member_may_see(post: PostFacts, community: CommunityFacts, bonds: Bonds) -> bool:
    if bonds.is_auditor:
        return False
    is_open_here = community.is_local and community.was_open(post.came_at)
    if bonds.member_since is None:
        return is_open_here and not bonds.is_guest
    return (
        is_open_here
        or bonds.role in (HOST_ROLE, MODERATOR_ROLE)
        or bonds.member_since <= post.came_at
        or community.opens_history
        or not community.is_local
    )


def _peer_may_see(peer_id: int, post: PostFacts, bonds: Bonds) -> bool:
    if post.author_peer_id is not None or not bonds.peer_is_active:
        return False
    if post.audience == COMMUNITY and post.community is not None:
        community = post.community
        if not community.is_local:
            return community.peer_id == peer_id or (community.was_open(post.came_at) and post.label == 0)
        return is_shared(community, post.label, post.came_at, bonds.terms, bonds.joined_at)
    if post.audience == FOLLOWERS:
        return bonds.follows_author or bool(bonds.mentioned_people)
    return post.audience == DIRECT and bool(bonds.mentioned_people)
