"""What addresses name: a community by its handle, found only if the reader may know of it; a post by its number."""

import re
from datetime import datetime
from typing import Final

from aiohttp import web

from models.communities import GUEST_ROLE, HOST_ROLE, MODERATOR_ROLE
from models.engine import ReadTx
from models.gate import Person
from models.queries import actors, communities
from models.queries.communities import CommunityRow
from server.web.profile import handle_of

_NUMBER: Final = re.compile(r"[0-9]{1,18}")


async def place_of(tx: ReadTx, request: web.Request, viewer: Person) -> CommunityRow:
    """The community in the address. Raises 404, the same for one that never was (threats T148)."""
    name, host = handle_of(request)
    actor = await actors.known_by_handle(tx, name, host, viewer)
    row = await communities.one(tx, actor.id, viewer) if actor is not None and actor.is_community else None
    if row is None:
        raise web.HTTPNotFound
    return row


async def led_by(tx: ReadTx, request: web.Request, viewer: Person) -> CommunityRow:
    """The same, of ours, for who leads it; to everybody else its desk is not there."""
    row = await place_of(tx, request, viewer)
    if not row.actor.is_local or not leads(row):
        raise web.HTTPNotFound
    return row


async def hosted_by(tx: ReadTx, request: web.Request, viewer: Person) -> CommunityRow:
    """The same, for its hosts alone: moderators let nobody in, and do not see who asks (product section 9)."""
    row = await led_by(tx, request, viewer)
    if not hosts(row):
        raise web.HTTPNotFound
    return row


def hosts(row: CommunityRow) -> bool:
    """The viewer hosts it."""
    return row.is_member and row.role == HOST_ROLE


def leads(row: CommunityRow) -> bool:
    """The viewer hosts or moderates it."""
    return row.is_member and row.role in (HOST_ROLE, MODERATOR_ROLE)


def may_write(row: CommunityRow, now: datetime) -> bool:
    """What `posts.create` decides, as far as it is known beforehand: no form is offered that would be refused."""
    may_open = row.role != GUEST_ROLE and (not row.actor.hosts_only or leads(row))
    return row.is_member and may_open and not row.is_over(now)


def address_of(row: CommunityRow) -> str:
    """Where its page is."""
    return f"/c/{row.actor.username if row.actor.is_local else row.actor.acct}"


def number_of(request: web.Request) -> int:
    """The number of a post in the address. Raises 404."""
    text = request.match_info["id"]
    if not _NUMBER.fullmatch(text):
        raise web.HTTPNotFound
    return int(text)
