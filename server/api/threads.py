"""Threads with their state, and what a community's leaders have to look at: questions without an answer, reports."""

from msgspec import UNSET, UnsetType

from models.engine import ReadTx, WriteTx
from models.gate import Person, Verb
from models.posts import COMMUNITY
from models.queries import actors, communities, moderation_log, posts, similar
from models.queries.communities import ThreadRow
from models.queries.posts import PostRow
from server.actions import answers, hosting, moderation, openness, relocating
from server.actions.seats import Seat
from server.api import entities
from server.api.communities import known
from server.api.endpoint import Call, Listed, page_of
from server.api.people import placed
from server.api.shapes import (
    Answering,
    Moving,
    Nothing,
    PageQuery,
    ReportsQuery,
    SimilarQuery,
    Splitting,
    ThreadChange,
    ThreadEntity,
)
from server.http.errors import not_found
from server.http.params import as_id


async def list_threads(call: Call[PageQuery, Nothing]) -> Listed:
    """Threads of a community that the reader may see."""
    async with call.runtime.db.read() as tx:
        await known(tx, call.path_id(), call.viewer)
        return await _listed(tx, call, only_unanswered=False)


async def list_questions(call: Call[PageQuery, Nothing]) -> Listed:
    """Questions that nobody but who asked has written to."""
    async with call.runtime.db.read() as tx:
        await placed(tx, call, call.path_id(), Verb.READ_REPORTS)
        return await _listed(tx, call, only_unanswered=True)


async def _listed(tx: ReadTx, call: Call[PageQuery, Nothing], *, only_unanswered: bool) -> Listed:
    page = page_of(call.query)
    rows = await communities.threads(tx, call.path_id(), call.viewer, page, only_unanswered=only_unanswered)
    people = await actors.of_ids(tx, sorted({row.post.author_id for row in rows}))
    return Listed([entities.thread(row, people) for row in rows], [row.post.id for row in rows], page)


async def list_similar(call: Call[SimilarQuery, Nothing]) -> Listed:
    """Answered questions like the one that is being asked. They are all that there is: the list has no pages."""
    async with call.runtime.db.read() as tx:
        await known(tx, call.path_id(), call.viewer)
        at = call.runtime.clock.now()
        rows = await similar.answered(tx, call.query.text, call.viewer, call.path_id(), at)
        people = await actors.of_ids(tx, sorted({row.post.author_id for row in rows}))
    return Listed([entities.thread(row, people) for row in rows], [], page_of(PageQuery()))


async def read(call: Call[Nothing, Nothing]) -> ThreadEntity:
    """One thread."""
    return await _shown(call.path_id(), call)


async def _thread(tx: ReadTx, thread_id: int, viewer: Person) -> ThreadRow:
    row = await communities.thread(tx, thread_id, viewer)
    if row is None or row.post.audience != COMMUNITY:
        raise not_found()
    return row


async def _shown(
    thread_id: int,
    call: Call[Nothing, Nothing]
    | Call[Nothing, Answering]
    | Call[Nothing, ThreadChange]
    | Call[Nothing, Moving]
    | Call[Nothing, Splitting],
) -> ThreadEntity:
    async with call.runtime.db.read() as tx:
        row = await _thread(tx, thread_id, call.viewer)
        return entities.thread(row, await actors.of_ids(tx, [row.post.author_id]))


async def accept_answer(call: Call[Nothing, Answering]) -> ThreadEntity:
    """Accept an answer, of one's own question."""
    async with call.runtime.db.read() as tx:
        row = await _thread(tx, call.path_id(), call.viewer)
        answer = await communities.in_thread(tx, as_id(call.body.status_id), row.post.id, call.viewer)
    if answer is None:
        raise not_found()
    await answers.accept(call.services, call.viewer, answer)
    return await _shown(row.post.id, call)


async def withdraw_answer(call: Call[Nothing, Nothing]) -> ThreadEntity:
    """The question has no accepted answer any more."""
    async with call.runtime.db.read() as tx:
        row = await _thread(tx, call.path_id(), call.viewer)
    await answers.withdraw(call.services, call.viewer, row.post.id)
    return await _shown(row.post.id, call)


async def live(call: Call[Nothing, Nothing]) -> ThreadEntity:
    """The reader lived this too; a favourite in the client API."""
    return await _shown(await answers.live(call.services, call.viewer, call.path_id(), lives=True), call)


async def live_no_more(call: Call[Nothing, Nothing]) -> ThreadEntity:
    """The same taken back."""
    return await _shown(await answers.live(call.services, call.viewer, call.path_id(), lives=False), call)


async def move(call: Call[Nothing, Moving]) -> ThreadEntity:
    """Put the thread into another community that the reader leads."""
    await call.services.key_ring.refresh()
    async with call.runtime.db.write() as tx:
        row = await _thread(tx, call.path_id(), call.viewer)
        target_id = as_id(call.body.community_id)
        await relocating.move(tx, call.services.runtime, call.viewer, row.post, target_id, call.body.reason)
    return await _shown(row.post.id, call)


async def split(call: Call[Nothing, Splitting]) -> ThreadEntity:
    """Make an answer, with what is below it, a thread of its own: that one comes back."""
    await call.services.key_ring.refresh()
    async with call.runtime.db.write() as tx:
        row = await _thread(tx, call.path_id(), call.viewer)
        answer_id = await communities.in_thread(tx, as_id(call.body.status_id), row.post.id, call.viewer)
        answer = await posts.post(tx, answer_id, call.viewer) if answer_id is not None else None
        if answer is None:
            raise not_found()
        place = await moderation.seat(tx, call.services.runtime, call.viewer, answer.community_id or 0)
        await relocating.split(tx, call.services.runtime, place, answer, call.body.reason)
    return await _shown(answer.id, call)


async def change(call: Call[Nothing, ThreadChange]) -> ThreadEntity:
    """Close or open, pin or unpin, mark as a question, raise the label."""
    await call.services.key_ring.refresh()
    async with call.runtime.db.write() as tx:
        row = await _thread(tx, call.path_id(), call.viewer)
        place = await moderation.seat(tx, call.services.runtime, call.viewer, row.post.community_id or 0)
        await _apply(tx, call, place, row.post)
    return await _shown(row.post.id, call)


async def _apply(tx: WriteTx, call: Call[Nothing, ThreadChange], place: Seat, post: PostRow) -> None:
    given, here = call.body, call.services.runtime
    if not isinstance(given.is_closed, UnsetType):
        act = moderation.lock if given.is_closed else moderation.unlock
        await act(tx, here, place, post)
    if not isinstance(given.is_pinned, UnsetType):
        await moderation.pin(tx, here, place, post, pins=given.is_pinned)
    if not isinstance(given.is_question, UnsetType):
        await hosting.mark_question(tx, place, post, is_question=given.is_question)
    if given.label is not UNSET:
        await openness.raise_label(tx, here, place, post, given.label)


# --- reports ---


async def list_reports(call: Call[ReportsQuery, Nothing]) -> Listed:
    """Reports to those who lead a community."""
    page = page_of(call.query)
    async with call.runtime.db.read() as tx:
        await placed(tx, call, call.path_id(), Verb.READ_REPORTS)  # type: ignore[arg-type]  # a page with more to it
        rows = await communities.reports(tx, call.path_id(), page, only_open=not call.query.resolved)
        people = await actors.of_ids(tx, sorted({one for row in rows for one in (row.target_id, row.reporter_id)}))
    return Listed([entities.report(row, people) for row in rows], [row.id for row in rows], page)


async def resolve_report(call: Call[Nothing, Nothing]) -> Nothing:
    """Somebody has seen to it."""
    async with call.runtime.db.write() as tx:
        await known(tx, call.path_id(), call.viewer)
        place = await moderation.seat(tx, call.services.runtime, call.viewer, call.path_id())
        await hosting.resolve_report(tx, place, call.path_id("report_id"), place.at)
    return Nothing()


async def list_log(call: Call[PageQuery, Nothing]) -> Listed:
    """What was done in a community and why, to those who lead it."""
    page = page_of(call.query)
    async with call.runtime.db.read() as tx:
        await placed(tx, call, call.path_id(), Verb.READ_LOG)
        rows = await moderation_log.of_community(tx, call.path_id(), page)
        people = await actors.of_ids(tx, sorted({row.person_id for row in rows if row.person_id is not None}))
    return Listed([entities.log_entry(row, people) for row in rows], [row.id for row in rows], page)
