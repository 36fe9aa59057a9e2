"""Reading what a post said before its edits."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import select

from models.engine import ReadTx
from models.gate import Viewer, visible_to
from models.posts import Post, PostVersion


class VersionRow(msgspec.Struct, frozen=True):
    """One version."""

    title: str | None
    content_html: str
    spoiler: str
    is_sensitive: bool
    details: dict[str, Any]
    written_at: datetime


async def of_post(tx: ReadTx, post_id: int, viewer: Viewer) -> list[VersionRow]:
    """Earlier versions of a post that the viewer may see, oldest first; at most the last 200."""
    statement = (
        select(
            PostVersion.title,
            PostVersion.content_html,
            PostVersion.spoiler,
            PostVersion.is_sensitive,
            PostVersion.details,
            PostVersion.written_at,
        )
        .join(Post, Post.id == PostVersion.post_id)
        .where(PostVersion.post_id == post_id, visible_to(viewer))
        .order_by(PostVersion.id.desc())
        .limit(200)
    )
    return [VersionRow(*row) for row in reversed((await tx.select(statement)).all())]
