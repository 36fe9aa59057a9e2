"""People of a community: members and their roles, requests to join, invitations, bans."""

from datetime import timedelta

from msgspec import UNSET, UnsetType

from models.communities import OPEN
from models.engine import ReadTx, WriteTx
from models.gate import Person, Verb
from models.queries import actors, communities
from models.queries.actors import ActorRow
from server.actions import follows as follow_actions
from server.actions import hosting, moderation, openness
from server.actions.seats import Seat
from server.api import entities
from server.api.communities import known, ours
from server.api.endpoint import Call, Listed, page_of
from server.api.shapes import (
    InvitationEntity,
    MembersQuery,
    NewBan,
    NewInvitation,
    Nothing,
    PageQuery,
    RoleChange,
)
from server.http.answers import instant
from server.http.errors import forbidden, not_found
from server.http.params import as_id


async def placed(tx: ReadTx, call: Call[PageQuery, Nothing], community_id: int, verb: Verb) -> Seat:
    """The viewer's seat, for reading what only some there read. Raises `ApiError` 404, `NotAllowed`."""
    await ours(tx, community_id, call.viewer)
    place = await moderation.seat(tx, call.services.runtime, call.viewer, community_id)
    place.require(verb)
    return place


async def _acting(tx: WriteTx, call: Call[Nothing, Nothing], community_id: int) -> Seat:
    await ours(tx, community_id, call.viewer)
    return await moderation.seat(tx, call.services.runtime, call.viewer, community_id)


async def _person(tx: ReadTx, person_id: int, viewer: Person) -> ActorRow:
    found = await actors.known_by_id(tx, person_id, viewer)
    if found is None or found.is_community:
        raise not_found()
    return found


# --- members ---


async def list_members(call: Call[MembersQuery, Nothing]) -> Listed:
    """Who belongs to a community: for its members, and of open ones for all of the firm."""
    page, community_id = page_of(call.query), call.path_id()
    role = None if isinstance(call.query.role, UnsetType) else call.query.role
    async with call.runtime.db.read() as tx:
        community = await known(tx, community_id, call.viewer)
        if community.actor.visibility != OPEN and not community.is_member:
            raise forbidden("Only members see who belongs to this community")
        rows = await communities.members(tx, community_id, page, role=role)
    return Listed([entities.member(row) for row in rows], [row.id for row in rows], page)


async def set_role(call: Call[Nothing, RoleChange]) -> Nothing:
    """Make a member a host, a moderator, or neither."""
    await call.services.key_ring.refresh()
    async with call.runtime.db.write() as tx:
        await ours(tx, call.path_id(), call.viewer)
        place = await moderation.seat(tx, call.services.runtime, call.viewer, call.path_id())
        person = await _person(tx, call.path_id("account_id"), call.viewer)
        await hosting.set_role(tx, call.services.runtime, place, person, call.body.role)
    return Nothing()


async def remove_member(call: Call[Nothing, Nothing]) -> Nothing:
    """Remove a member."""
    await call.services.key_ring.refresh()
    async with call.runtime.db.write() as tx:
        place = await _acting(tx, call, call.path_id())
        person = await _person(tx, call.path_id("account_id"), call.viewer)
        if not await openness.remove_member(tx, call.services.runtime, place, person):
            raise not_found()
    return Nothing()


# --- requests ---


async def list_requests(call: Call[PageQuery, Nothing]) -> Listed:
    """Who waits to join."""
    page, community_id = page_of(call.query), call.path_id()
    async with call.runtime.db.read() as tx:
        await placed(tx, call, community_id, Verb.APPROVE)
        rows = await communities.members(tx, community_id, page, is_accepted=False)
    return Listed([entities.member(row) for row in rows], [row.id for row in rows], page)


async def accept_request(call: Call[Nothing, Nothing]) -> Nothing:
    """Let somebody in."""
    return await _answer(call, accepts=True)


async def refuse_request(call: Call[Nothing, Nothing]) -> Nothing:
    """Let somebody not in."""
    return await _answer(call, accepts=False)


async def _answer(call: Call[Nothing, Nothing], *, accepts: bool) -> Nothing:
    community_id, account_id = call.path_id(), call.path_id("account_id")
    await call.services.key_ring.refresh()
    async with call.runtime.db.write() as tx:
        place = await _acting(tx, call, community_id)
        place.require(Verb.APPROVE)
    await follow_actions.answer(call.services, call.viewer, account_id, accepts=accepts, target_id=community_id)
    return Nothing()


# --- invitations ---


async def list_invited(call: Call[PageQuery, Nothing]) -> Listed:
    """Who is invited to a community and has not come yet."""
    page, community_id = page_of(call.query), call.path_id()
    async with call.runtime.db.read() as tx:
        await placed(tx, call, community_id, Verb.INVITE)
        rows = await communities.invited(tx, community_id, page)
    shown = [
        InvitationEntity(account=entities.person(actor), community=None, invited_at=instant(at)) for actor, at in rows
    ]
    return Listed(shown, [actor.id for actor, _ in rows], page)


async def invite(call: Call[Nothing, NewInvitation]) -> Nothing:
    """Invite somebody of this firm or of a partner."""
    async with call.runtime.db.write() as tx:
        await ours(tx, call.path_id(), call.viewer)
        place = await moderation.seat(tx, call.services.runtime, call.viewer, call.path_id())
        person = await _person(tx, as_id(call.body.account_id), call.viewer)
        await moderation.invite(tx, call.runtime, place, person)
    return Nothing()


async def uninvite(call: Call[Nothing, Nothing]) -> Nothing:
    """Take an invitation back."""
    async with call.runtime.db.write() as tx:
        place = await _acting(tx, call, call.path_id())
        person = await _person(tx, call.path_id("account_id"), call.viewer)
        await hosting.withdraw_invitation(tx, place, person)
    return Nothing()


async def list_invitations(call: Call[PageQuery, Nothing]) -> Listed:
    """Communities that the reader is invited to; joining one takes the invitation up."""
    page = page_of(call.query)
    async with call.runtime.db.read() as tx:
        rows = await communities.invitations(tx, call.viewer, page)
    shown = [
        InvitationEntity(account=None, community=entities.community(row, call.media), invited_at=instant(at))
        for row, at in rows
    ]
    return Listed(shown, [row.actor.id for row, _ in rows], page)


# --- bans ---


async def ban(call: Call[Nothing, NewBan]) -> Nothing:
    """Keep somebody from taking part; they stay a member, and read."""
    given = call.body
    await call.services.key_ring.refresh()
    async with call.runtime.db.write() as tx:
        await ours(tx, call.path_id(), call.viewer)
        place = await moderation.seat(tx, call.services.runtime, call.viewer, call.path_id())
        person = await _person(tx, as_id(given.account_id), call.viewer)
        lasts = None if given.days is UNSET else timedelta(days=given.days)
        await moderation.ban(
            tx,
            call.services.runtime,
            place,
            person,
            lasts=lasts,
            reason=given.reason,
            hides_posts=given.hides_posts,
        )
    return Nothing()


async def unban(call: Call[Nothing, Nothing]) -> Nothing:
    """Let somebody take part again."""
    await call.services.key_ring.refresh()
    async with call.runtime.db.write() as tx:
        place = await _acting(tx, call, call.path_id())
        person = await _person(tx, call.path_id("account_id"), call.viewer)
        await moderation.unban(tx, call.services.runtime, place, person)
    return Nothing()
