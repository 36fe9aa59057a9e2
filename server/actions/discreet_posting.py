"""Publishing what was asked discreetly, when it is due (product J6, T242).

The community is the author of the row, of the document and of the signature. The pseudonym stands in the text, where
every software shows it, in both languages of this product: which one its author reads is nobody's business.
"""

from datetime import datetime
from typing import Final

import msgspec

from federation.outbox.publish import publish
from federation.vocab.compose import Composer, Said
from models.engine import WriteTx
from models.posts import COMMUNITY
from models.queries import actors, discreet
from models.queries.actors import ActorRow
from models.queries.discreet import Draft
from models.queries.posts import PostRow
from models.questions import asks
from models.writes import discreet as rows
from models.writes import feeds, notifications
from models.writes import posts as post_writes
from models.writes.posts import NewPost
from server.actions import telling, writing
from server.actions.discreet import Words, words_of
from server.actions.refusals import Refused
from server.actions.writing import Text
from server.services import Services

PSEUDONYM: Final = "A manager (discreet) · Un manager (discret)"
MOST_AT_ONCE: Final = 20


async def publish_due(services: Services) -> bool:
    """Publish what is due now, twenty at most; whether there may be more."""
    here = services.runtime
    async with here.db.read() as tx:
        due = await discreet.due(tx, here.clock.now(), MOST_AT_ONCE)
    if due:
        await services.key_ring.refresh()
        await services.peers.refresh()
    for draft in due:
        await _publish(services, draft)
    return len(due) == MOST_AT_ONCE


async def _publish(services: Services, draft: Draft) -> None:
    here = services.runtime
    at = here.clock.now()
    async with here.db.write() as tx:
        # First, so that two processes cannot publish it both.
        if not await rows.take(tx, draft.id):
            return
        try:
            words, parent, community = await words_of(tx, here, draft)
            row, people = await _row(tx, services, words, parent, community, at)
        except Refused as refused:
            values = {name: str(value) for name, value in refused.values.items()}
            await rows.refuse(tx, draft.id, msgspec.json.encode((refused.message, values)).decode(), at)
            return
        await _add(tx, services, row, community, people, at)
        if parent is None:
            place = {"thread_id": row.id, "community_id": community.id}
            await rows.add(tx, here.vault, **place, person_id=words.person_id, at=at)
        await rows.drop(tx, draft.id)


async def _row(
    tx: WriteTx, services: Services, words: Words, parent: PostRow | None, community: ActorRow, at: datetime
) -> tuple[NewPost, list[ActorRow]]:
    """The post, and who is answered by it."""
    config, post_id = services.runtime.config, services.runtime.tokens.next_id(at)
    text = _text(services, words, parent, community)
    answered = await actors.by_id(tx, parent.author_id) if parent is not None else None
    people = [answered] if answered is not None and not answered.is_community else []
    row = NewPost(
        id=post_id,
        uri=config.url(f"/objects/{post_id}"),
        url=config.url(f"/@{community.username}/{post_id}"),
        author_id=community.id,
        audience=COMMUNITY,
        community_id=community.id,
        parent_id=parent.id if parent else None,
        parent_uri=parent.uri if parent else None,
        thread_id=(parent.thread_id or parent.id) if parent else post_id,
        context_uri=parent.context_uri if parent else None,
        is_closed=parent.is_closed if parent else False,
        kind="Page" if text.title else "Note",
        is_question=parent is None and asks(text.first_line, text.tags),
        title=text.title,
        content_html=f"<p>{PSEUDONYM}</p>{text.content_html}",
        language=community.language,
        label=max(community.label or 0, parent.label if parent else 0),
        mentioned=[one.id for one in people],
        tags=text.tags,
        published_at=at,
        received_at=at,
    )
    return row, people


def _text(services: Services, words: Words, parent: PostRow | None, community: ActorRow) -> Text:
    return writing.compose(
        words.text,
        community=community,
        is_thread=parent is None,
        named={},
        base_url=services.runtime.config.base_url,
    )


async def _add(
    tx: WriteTx,
    services: Services,
    row: NewPost,
    community: ActorRow,
    people: list[ActorRow],
    at: datetime,
) -> None:
    wrapper = telling.wrapper_of(services.runtime, community, row, at)
    await post_writes.add(tx, [row, *([wrapper] if wrapper else [])])
    await feeds.place(tx, telling.placements(row, wrapper))
    await notifications.tell(tx, telling.tellings(row, wrapper, people, has_watchers=True, at=at))
    said = Said(row.as_row(), community, community, (community, *people), people[0] if people else None)
    showing = telling.showing(services.runtime, wrapper)
    await publish(tx, Composer(services.runtime, at).create(said, showing))
