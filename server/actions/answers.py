"""Questions: who asked accepts one answer, by a button or by a reply `#accepted` that is not published (product J5)."""

from federation.outbox.publish import publish
from federation.vocab.compose import Composer
from models.engine import WriteTx
from models.gate import Operation, Person, Standing, Verb, may
from models.notifications import FAVOURITE
from models.queries import actors, communities, posts
from models.queries.posts import PostRow
from models.writes import notifications, questions
from server.actions import moderation, reactions
from server.actions.about_posts import said_about
from server.actions.discreet_rights import is_own, require_no_secret
from server.actions.refusals import Invalid, NotAllowed, NotThere
from server.http.languages import to_translate
from server.services import Services

NOT_THE_ASKER = to_translate("Only who asked accepts an answer")
NO_ANSWER = to_translate("Only an answer in a thread of a community can be accepted")
OWN_QUESTION = to_translate("It is your own question: others say whether they lived this too.")


async def accept(services: Services, viewer: Person, entry_id: int) -> int:
    """Accept an answer in place of any other; its id. Twice changes nothing.

    Raises `NotThere`, `NotAllowed`, `Invalid`. Its author hears of it as of a favourite, the one word that apps have.
    """
    await services.key_ring.refresh()
    at = services.runtime.clock.now()
    async with services.runtime.db.write() as tx:
        answer = await posts.post(tx, entry_id, viewer)
        if answer is None:
            raise NotThere()
        thread = await _own_thread(tx, services, viewer, answer)
        await moderation.answer_for(tx, services.runtime, viewer, Verb.POST, "accept-answer", answer.uri)
        if not await questions.accept(tx, thread.id, answer.id, at):
            return answer.id
        await _tell_partners(tx, services, thread, answer.uri)
        author = await actors.by_id(tx, answer.author_id)
        if author is not None and author.is_local and author.id != thread.author_id:
            told = notifications.row(
                recipient_id=author.id, type_=FAVOURITE, actor_id=thread.author_id, post_id=answer.id, at=at
            )
            await notifications.add(tx, [told])
    return answer.id


async def withdraw(services: Services, viewer: Person, thread_id: int) -> None:
    """The question has no accepted answer any more. Raises `NotThere`, `NotAllowed`."""
    await services.key_ring.refresh()
    async with services.runtime.db.write() as tx:
        thread = await posts.post(tx, thread_id, viewer)
        if thread is None:
            raise NotThere()
        await _require_asker(tx, services, viewer, thread)
        if await questions.accept(tx, thread.id, None, services.runtime.clock.now()):
            await _tell_partners(tx, services, thread, None)


async def _own_thread(tx: WriteTx, services: Services, viewer: Person, answer: PostRow) -> PostRow:
    if answer.community_id is None or answer.thread_id is None or answer.parent_uri is None:
        raise Invalid(NO_ANSWER)
    # Who may read an answer is told why they cannot accept it, also where the question is gone from their sight.
    thread = await posts.post(tx, answer.thread_id, viewer)
    if thread is None or thread.parent_uri is not None:
        raise NotAllowed(NOT_THE_ASKER)
    await _require_asker(tx, services, viewer, thread)
    return thread


async def _require_asker(tx: WriteTx, services: Services, viewer: Person, thread: PostRow) -> None:
    """Who asked discreetly is none whom the post names."""
    if await is_own(tx, services.runtime, viewer, thread):
        return
    asker = Standing(viewer.actor_id, is_active=True, role=None)
    if not may(asker, Verb.ACCEPT_ANSWER, author_id=thread.author_id):
        raise NotAllowed(NOT_THE_ASKER)
    await require_no_secret(tx, viewer, thread)


async def _tell_partners(tx: WriteTx, services: Services, thread: PostRow, answer_uri: str | None) -> None:
    """As an Update of the question: those who know no accepted answers see that nothing changed."""
    row = await posts.post(tx, thread.id, Operation())
    if row is not None:
        compose = Composer(services.runtime, services.runtime.clock.now())
        await publish(tx, compose.accepted(await said_about(tx, row), answer_uri))


async def live(services: Services, viewer: Person, thread_id: int, *, lives: bool) -> int:
    """Say that one lived this too, or no longer (product J5); the id of the question. Twice changes nothing.

    It is the favourite: apps have that button under every post already, and partners' servers understand it. Raises
    `NotThere` for what is no question, `NotAllowed`, `Invalid` for one's own.
    """
    async with services.runtime.db.read() as tx:
        row = await communities.thread(tx, thread_id, viewer)
    if row is None or not row.post.is_question:
        raise NotThere()
    if lives and row.post.author_id == viewer.actor_id:
        raise Invalid(OWN_QUESTION)
    act = reactions.like if lives else reactions.unlike
    return await act(services, viewer, row.post.id)
