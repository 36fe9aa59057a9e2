"""Communities: the directory, reading one, joining and leaving, founding, changing what it is."""

from typing import Any

from msgspec import UNSET, UnsetType

from models.communities import HOST_ROLE, LABELS, MODERATOR_ROLE
from models.engine import ReadTx
from models.gate import Person
from models.queries import actors, communities, labels, tags, trials
from models.queries.communities import CommunityRow
from models.queries.paging import Page
from server.actions import communities as founding
from server.actions import follows as follow_actions
from server.actions import hosting, moderation, openness, readers, topics
from server.actions import trials as becoming
from server.actions.hosting import Settings
from server.actions.local_actors import new_keys
from server.actions.openness import Wanted
from server.api import entities
from server.api.endpoint import Call, Listed, page_of
from server.api.shapes import (
    CommunityChange,
    CommunityDetails,
    DirectoryQuery,
    LabelEntity,
    NewCommunity,
    Nothing,
    PageQuery,
)
from server.http.errors import not_found

_LEADERS = Page(None, None, None, 80)


async def known(tx: ReadTx, community_id: int, viewer: Person) -> CommunityRow:
    """A community that the viewer may know of. Raises `ApiError` 404."""
    row = await communities.one(tx, community_id, viewer)
    if row is None:
        raise not_found()
    return row


async def ours(tx: ReadTx, community_id: int, viewer: Person) -> CommunityRow:
    """A community of ours that the viewer may know of. Raises `ApiError` 404."""
    row = await known(tx, community_id, viewer)
    if not row.actor.is_local:
        raise not_found()
    return row


async def list_all(call: Call[DirectoryQuery, Nothing]) -> Listed:
    """The directory."""
    page, joined = page_of(call.query), call.query.joined
    async with call.runtime.db.read() as tx:
        rows = await communities.directory(
            tx,
            call.viewer,
            page,
            joined=None if isinstance(joined, UnsetType) else joined,
            beginning=call.query.beginning,
        )
    return Listed([entities.community(row, call.media) for row in rows], [row.actor.id for row in rows], page)


async def list_labels(call: Call[Nothing, Nothing]) -> Listed:
    """What the firm calls the labels, and what may be said under each."""
    async with call.runtime.db.read() as tx:
        levels = (await labels.labels(tx)).levels
    items = [
        LabelEntity(label=word, names=level.names, says=level.says)  # type: ignore[arg-type]  # stored words
        for word, level in zip(LABELS, levels, strict=True)
    ]
    return Listed(items, [], page_of(PageQuery()))


async def read(call: Call[Nothing, Nothing]) -> CommunityDetails:
    """One community."""
    return await shown(call, call.path_id())


async def shown(call: Call[Any, Any], community_id: int) -> CommunityDetails:
    """A community as it is now, with those who lead it."""
    async with call.runtime.db.read() as tx:
        row = await known(tx, community_id, call.viewer)
        hosts = await communities.members(tx, community_id, _LEADERS, role=HOST_ROLE)
        moderators = await communities.members(tx, community_id, _LEADERS, role=MODERATOR_ROLE)
        found = (await readers.of_community(tx, row))[0] if row.is_read else None
        hosts_it = row.is_member and row.role == HOST_ROLE
        trial = await trials.of_community(tx, community_id) if hosts_it else None
        declared = [one.name for one in await tags.featured(tx, community_id)] if row.actor.is_local else []
    who_reads = entities.readers_of(row, found) if found else None
    leading, moderating = ([one.actor for one in some] for some in (hosts, moderators))
    return entities.details(row, leading, moderating, call.media, who_reads, trial, declared)


async def found(call: Call[Nothing, NewCommunity]) -> CommunityDetails:
    """Found a community and host it: a trial, unless an administrator founds it."""
    given = call.body
    keys = await new_keys()
    async with call.runtime.db.write() as tx:
        host = await actors.by_id(tx, call.viewer.actor_id)
        if host is None:
            raise not_found()
        new = founding.NewCommunity(
            name=given.name,
            title=given.title,
            host=host.username,
            visibility=given.visibility,
            scope=given.scope,
            label=given.label,
            opens_history=given.opens_history,
        )
        kind = None if given.kind is UNSET else given.kind
        made = await founding.found(tx, call.services.runtime, host.id, new, keys, by=host.acct, kind=kind)
        wanted = Settings(purpose=given.purpose or None, charter=given.charter or None, language=given.language or None)
        if wanted != Settings():
            place = await moderation.seat(tx, call.services.runtime, call.viewer, made.id)
            await hosting.configure(tx, call.services.runtime, place, wanted)
    return await shown(call, made.id)


async def change(call: Call[Nothing, CommunityChange]) -> CommunityDetails:
    """Change what is named."""
    given, community_id = call.body, call.path_id()
    await call.services.key_ring.refresh()
    async with call.runtime.db.write() as tx:
        await ours(tx, community_id, call.viewer)
        place = await moderation.seat(tx, call.services.runtime, call.viewer, community_id)
        await hosting.configure(tx, call.services.runtime, place, _settings(given))
        if _openness(given) != Wanted():
            await openness.change(tx, call.services.runtime, place, _openness(given))
        if not isinstance(given.topics, UnsetType):
            await topics.declare_of_community(tx, call.services.runtime, place, topics.checked(given.topics))
    return await shown(call, community_id)


async def ask_to_be_official(call: Call[Nothing, Nothing]) -> CommunityDetails:
    """Ask that a trial become official."""
    community_id = call.path_id()
    async with call.runtime.db.write() as tx:
        await ours(tx, community_id, call.viewer)
        place = await moderation.seat(tx, call.services.runtime, call.viewer, community_id)
        await becoming.ask(tx, call.services.runtime, place)
    return await shown(call, community_id)


def _named(given: CommunityChange, *names: str) -> dict[str, Any]:
    return {name: value for name in names if (value := getattr(given, name)) is not UNSET}


def _settings(given: CommunityChange) -> Settings:
    return Settings(**_named(given, "title", "purpose", "charter", "hosts_only", "allows_discreet", "language"))


def _openness(given: CommunityChange) -> Wanted:
    return Wanted(**_named(given, "visibility", "scope", "label", "opens_history"))


async def join(call: Call[Nothing, Nothing]) -> CommunityDetails:
    """Join, or ask to; with an invitation at once."""
    community_id = call.path_id()
    async with call.runtime.db.read() as tx:
        await known(tx, community_id, call.viewer)
    await follow_actions.follow(call.services, call.viewer, community_id)
    return await shown(call, community_id)


async def leave(call: Call[Nothing, Nothing]) -> Nothing:
    """Leave, or withdraw a request."""
    community_id = call.path_id()
    async with call.runtime.db.read() as tx:
        await known(tx, community_id, call.viewer)
    await follow_actions.unfollow(call.services, call.viewer, community_id)
    return Nothing()
