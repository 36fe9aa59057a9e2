"""What a community of ours says to everybody in it in its own name, here and at partners: a thread nobody answers."""

from datetime import datetime

from federation.inbox.notice import typeset
from federation.outbox.publish import publish
from federation.runtime import Maker
from federation.vocab.compose import Composer, Said
from federation.vocab.typed_text import from_text
from models.engine import WriteTx
from models.posts import COMMUNITY
from models.queries.actors import ActorRow
from models.writes import feeds, notifications, posts
from models.writes.posts import NewPost
from server.actions import telling


async def announce(tx: WriteTx, here: Maker, community: ActorRow, title: str, text: str, at: datetime) -> int:
    """Open a closed thread in the community's name; the id of its post."""
    post_id = here.tokens.next_id(at)
    row = NewPost(
        id=post_id,
        uri=here.config.url(f"/objects/{post_id}"),
        url=here.config.url(f"/@{community.username}/{post_id}"),
        author_id=community.id,
        audience=COMMUNITY,
        community_id=community.id,
        thread_id=post_id,
        kind="Page",
        title=title,
        content_html=from_text(typeset(text), {}, None),
        source=f"{title}\n\n{text}",
        label=community.label or 0,
        is_closed=True,
        published_at=at,
        received_at=at,
    )
    wrapper = telling.wrapper_of(here, community, row, at)
    await posts.add(tx, [row, *([wrapper] if wrapper else [])])
    await feeds.place(tx, telling.placements(row, wrapper))
    await notifications.tell(tx, telling.tellings(row, wrapper, [], has_watchers=True, at=at))
    showing = telling.showing(here, wrapper)
    await publish(tx, Composer(here, at).create(Said(row.as_row(), community, community, (community,)), showing))
    return post_id
