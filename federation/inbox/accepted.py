"""A reply from elsewhere that accepts an answer, `#accepted` or `#retenue` (product J5): taken at its word, no post.

Apps that know no accepted answers send it as a reply like any other. Servers of this product keep it to themselves and
say it by an Update of the question.
"""

from federation.inbox.context import Tools
from federation.inbox.incoming import Incoming
from federation.vocab.accepting import is_acceptance, names_acceptance
from federation.vocab.compose import Composer
from federation.vocab.markup import as_html, plain_text
from federation.vocab.outgoing import Outgoing
from federation.vocab.types import Post
from models.engine import WriteTx
from models.gate import Operation, Standing, Verb, may
from models.notifications import FAVOURITE
from models.queries import actors, posts
from models.queries.posts import PostRow
from models.writes import notifications, questions


def looks_so(post: Post) -> bool:
    """It says nothing but that what it answers is accepted."""
    if not post.in_reply_to or not names_acceptance(post.hashtags):
        return False
    return is_acceptance(plain_text(as_html(post.content, post.media_type)))


async def take(tx: WriteTx, tools: Tools, item: Incoming) -> list[Outgoing] | None:
    """What follows of it; None: it is an ordinary reply, for it is not by who asked, or answers no answer.

    In a community of ours its author says so; in a partner's, that community does. Twice changes nothing.
    """
    answer = await posts.by_uri(tx, item.post.in_reply_to or "", Operation())
    thread = await _question(tx, item, answer)
    community = await actors.by_id(tx, thread.community_id or 0) if thread else None
    if answer is None or thread is None or community is None:
        return None
    is_said = item.raw is not None and item.share is None
    is_passed_on = item.share is not None and item.share.by.id == community.id
    if not (is_said if community.is_local else is_passed_on):
        return []
    if not await questions.accept(tx, thread.id, answer.id, item.received_at):
        return []
    author = await actors.by_id(tx, answer.author_id)
    if author is not None and author.is_local:
        told = notifications.row(
            recipient_id=author.id, type_=FAVOURITE, actor_id=item.author.id, post_id=answer.id, at=item.received_at
        )
        await notifications.add(tx, [told])
    if not community.is_local or item.raw is None:
        return []
    return Composer(tools.runtime, item.received_at).relay(community, item.raw, thread, by=item.author, is_kept=True)


async def _question(tx: WriteTx, item: Incoming, answer: PostRow | None) -> PostRow | None:
    """The thread of an answer, where the reply's author opened it."""
    if answer is None or answer.parent_uri is None or answer.thread_id is None or answer.community_id is None:
        return None
    thread = await posts.post(tx, answer.thread_id, Operation())
    asker = Standing(item.author.id, is_active=True, role=None)
    if thread is None or thread.parent_uri is not None or thread.community_id != answer.community_id:
        return None
    return thread if may(asker, Verb.ACCEPT_ANSWER, author_id=thread.author_id) else None
