"""What people look for, from what they typed: people and communities by name, handle or address; posts by words."""

from datetime import datetime
from typing import Final

from models.engine import ReadTx
from models.gate import Person
from models.queries import actors, posts, search
from models.queries.actors import ActorRow
from models.queries.posts import EntryRow
from models.queries.search import Sought
from models.words import AUTHOR, mark
from server.actions import search_text

MAX_PREFIX: Final = 100
"""Longer than any name or hashtag: of a longer text no name begins with it."""

Window = tuple[int, int]
"""Limit and offset."""


def is_address(text: str) -> bool:
    """One thing is meant, by its address, and no words."""
    return text.startswith(("https://", "http://")) and " " not in text


async def people(
    tx: ReadTx, text: str, viewer: Person, window: Window, *, only_followed: bool = False
) -> list[ActorRow]:
    """The one with this handle or address; else whose name begins with the text, the exact one first."""
    if is_address(text):
        found = await actors.by_uri_or_url(tx, text)
        exact = await actors.known_by_id(tx, found.id, viewer) if found else None
        return [exact] if exact else []
    limit, offset = window
    name, at, host = text.lstrip("@!").partition("@")
    if at and host:
        exact = await actors.known_by_handle(tx, name, host.lower(), viewer)
        return [exact] if exact and not offset else []
    if not name or len(name) > MAX_PREFIX:
        return []
    return await actors.search(tx, name, viewer, limit=limit, offset=offset, only_followed=only_followed)


async def sought(tx: ReadTx, text: str, viewer: Person, domain: str) -> Sought:
    """The question with handles as ids, those without a host at `domain`; somebody unknown has written nothing."""
    typed = search_text.parse(text)
    pairs = {one: _handle(one, domain) for one in (*typed.authors, *typed.without_authors) if one != "me"}
    found = await actors.of_handles(tx, list(pairs.values()))
    ids = {one: found[pair].id if pair in found else 0 for one, pair in pairs.items()} | {"me": viewer.actor_id}
    return Sought(
        phrases=typed.phrases,
        without=typed.without,
        marks=[*typed.marks, *(mark(AUTHOR, ids[one]) for one in typed.authors)],
        without_marks=[*typed.without_marks, *(mark(AUTHOR, ids[one]) for one in typed.without_authors)],
        after_id=typed.after_id,
        before_id=typed.before_id,
        in_library=typed.in_library,
    )


async def post_at(tx: ReadTx, address: str, viewer: Person, window: Window) -> list[EntryRow]:
    """The post with this id or web address, if the viewer may read it."""
    found = await posts.by_uri_or_url(tx, address, viewer)
    return [found] if found is not None and not window[1] else []


async def posts_with(
    tx: ReadTx, text: str, viewer: Person, window: Window, *, domain: str, at: datetime
) -> list[EntryRow]:
    """What the viewer may read of what was asked for, the newest first."""
    if is_address(text):
        return await post_at(tx, text, viewer, window)
    known = await search.places(tx, viewer)
    wanted = await sought(tx, text, viewer, domain)
    return await search.posts_page(tx, wanted, viewer, known, at, limit=window[0], offset=window[1])


def _handle(typed: str, domain: str) -> tuple[str, str]:
    name, _, host = typed.partition("@")
    return name, host or domain
