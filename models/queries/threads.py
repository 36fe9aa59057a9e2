"""A post in its thread, in the order in which people read it."""

from datetime import datetime

import msgspec

from models.engine import ReadTx
from models.gate import Viewer
from models.queries import posts, tastes
from models.queries.posts import EntryRow, PostRow


class Around(msgspec.Struct, frozen=True):
    """What stands before and after one post in its thread."""

    ancestors: list[EntryRow]
    """From the opening post down to the parent."""
    descendants: list[EntryRow]
    """Depth first, siblings by time."""


async def around(tx: ReadTx, post: PostRow, viewer: Viewer, at: datetime) -> Around:
    """Everything of the post's thread that the viewer may see; a reply to a hidden post stays, without its parents.

    What people wrote whom the viewer does not care to meet now (`at`) is left out, answers to it stay. No post comes
    twice, even where a peer claims parents that go round in a circle (threats T088).
    """
    rows = await posts.thread(tx, post.thread_id, viewer) if post.thread_id is not None else []
    left = {row.post.id: row for row in rows}
    hidden = await tastes.unwanted(tx, viewer, [row.post.author_id for row in rows], at)
    return Around(
        [row for row in _take_ancestors(left, post) if row.post.author_id not in hidden],
        [row for row in _take_descendants(left, post.id) if row.post.author_id not in hidden],
    )


def _take_ancestors(left: dict[int, EntryRow], post: PostRow) -> list[EntryRow]:
    found: list[EntryRow] = []
    current = left.pop(post.id, None)
    while current is not None and current.post.parent_id is not None:
        current = left.pop(current.post.parent_id, None)
        if current is not None:
            found.append(current)
    return found[::-1]


def _take_descendants(left: dict[int, EntryRow], post_id: int) -> list[EntryRow]:
    children: dict[int, list[EntryRow]] = {}
    for row in left.values():
        if row.post.parent_id is not None:
            children.setdefault(row.post.parent_id, []).append(row)
    found: list[EntryRow] = []
    waiting = children.pop(post_id, [])[::-1]
    while waiting:
        row = waiting.pop()
        found.append(row)
        waiting.extend(children.pop(row.post.id, [])[::-1])
    return found
