"""What stands in a case, read a page at a time; looking things up in it (product J13)."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from federation.runtime import Runtime
from federation.vocab.markup import plain_text
from models.details import File, details_of
from models.gate import CaseReader
from models.queries import cases as reading
from models.queries.cases import Earlier, Item, SealedItem
from models.vault import Vault
from models.words import words
from models.writes.keeping import PURPOSE
from server.actions.cases import enter
from server.actions.officers import Officer

MOST_FOUND: Final = 50
"""On one page."""
MOST_EXAMINED: Final = 20_000
"""Posts and copies in one search; the page says so where there are more."""
_PAGE: Final = 200


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """One thing of a case, whether it is there or gone."""

    uri: str
    author: str
    community: str | None
    published_at: datetime
    removed_at: datetime | None
    """When it went, or was taken out; null: it is there."""
    why: str
    """Why it went; empty: it is there."""
    title: str
    text: str
    whole: bytes
    """As it is exported."""
    earlier: tuple[str, ...] = ()
    """What it said before each of its edits, the oldest first."""
    files: tuple[File, ...] = ()
    """What was attached."""


class Finds(msgspec.Struct, frozen=True):
    """What a search has found."""

    found: list[Found]
    has_more: bool


async def search(runtime: Runtime, by: Officer, case_id: int, text: str) -> Finds:
    """What of a case has these words, the oldest first; no words: all. Raises `NotAllowed`, `NotThere`, `Refused`."""
    async with runtime.db.write() as tx:
        viewer = await enter(tx, runtime, by, case_id, "search")
    wanted, found, examined = set(words(text)), list[Found](), 0
    async for one in everything(runtime, viewer):
        examined += 1
        if len(found) == MOST_FOUND or examined > MOST_EXAMINED:
            return Finds(found, True)
        if wanted <= set(words(" ".join((one.title, one.text, *one.earlier)))):
            found.append(one)
    return Finds(found, False)


async def everything(runtime: Runtime, viewer: CaseReader) -> AsyncIterator[Found]:
    """What is there, then what is gone, each page in a transaction of its own: nothing is held open while it is used.

    What goes in the meantime is a sealed copy by then, and comes among these; it may come twice, and is never left out.
    """
    last = 0
    while True:
        async with runtime.db.read() as tx:
            posts = await reading.items(tx, viewer, last, _PAGE)
            edited = await reading.earlier(tx, viewer, [post.id for post in posts if post.edited_at is not None])
        if not posts:
            break
        for post in posts:
            yield _there(post, edited.get(post.id, []))
        last = posts[-1].id
    last = 0
    while True:
        async with runtime.db.read() as tx:
            copies = await reading.sealed_items(tx, viewer, last, _PAGE)
        if not copies:
            return
        for copy in copies:
            yield _gone(copy, runtime.vault)
        last = copies[-1].id


def _there(post: Item, versions: Sequence[Earlier]) -> Found:
    return Found(
        uri=post.uri,
        author=f"{post.author}@{post.author_host}",
        community=post.community,
        published_at=post.published_at,
        removed_at=post.deleted_at,
        why="hosts" if post.deleted_at else "",
        title=post.title or post.spoiler,
        text=post.source or post.html,
        whole=msgspec.json.encode({**msgspec.structs.asdict(post), "versions": versions}),
        earlier=tuple(_words_of(one.title, one.spoiler, one.html) for one in versions),
        files=tuple(details_of(post.details).files),
    )


def _gone(copy: SealedItem, vault: Vault) -> Found:
    whole = vault.open(copy.sealed, PURPOSE)
    told: dict[str, Any] = msgspec.json.decode(whole)
    is_person = "handle" in told
    return Found(
        uri=copy.uri,
        author=f"{copy.author}@{copy.author_host}" if copy.author else "",
        community=copy.community,
        published_at=copy.published_at,
        removed_at=copy.removed_at,
        why=copy.why,
        title=str(told.get("handle") if is_person else told.get("title") or told.get("spoiler") or ""),
        text=f"{told.get('name')} {told.get('email') or ''}" if is_person else str(told.get("source") or told["html"]),
        whole=whole,
        earlier=tuple(_words_of(one["title"], one["spoiler"], one["html"]) for one in told.get("versions", ())),
        files=tuple(details_of(told.get("details") or {}).files),
    )


def _words_of(title: str | None, spoiler: str, html: str) -> str:
    return " ".join(part for part in (title, spoiler, plain_text(html)) if part)
