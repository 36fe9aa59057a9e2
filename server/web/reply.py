"""/t/{id}/reply, accept, reopen, lived: answering a post from its page, which answer it was, and who lived this too."""

from aiohttp import web

from federation.vocab.accepting import is_acceptance
from models.queries import posts as reading
from server.actions import answers, discreet, posts
from server.actions.posts import Draft
from server.http.csrf import signed_form
from server.http.keys import RUNTIME, SERVICES
from server.http.pages import see
from server.web.places import number_of


async def write(request: web.Request) -> web.Response:
    """POST /t/{id}/reply; `discreet`: in one's own discreet thread, without one's name.

    Raises `Refused` with a sentence for who writes; nothing is published then.
    """
    session, form = await signed_form(request)
    viewer, parent_id = session.who.person, number_of(request)
    async with request.app[RUNTIME].db.read() as tx:
        parent = await reading.post(tx, parent_id, viewer)
    if parent is None:
        raise web.HTTPNotFound
    text = form.get("text", "").strip()
    if is_acceptance(text):
        await answers.accept(request.app[SERVICES], viewer, parent_id)
    elif "discreet" in form:
        await discreet.answer(request.app[RUNTIME], viewer, parent_id, text)
        return see(f"/t/{parent_id}?done=discreet")
    else:
        await posts.create(request.app[SERVICES], viewer, Draft(text=text, parent_id=parent_id))
    return see(f"/t/{parent_id}")


async def accept(request: web.Request) -> web.Response:
    """POST /t/{id}/accept: who asked says that this was the answer (product J5). Raises `Refused`."""
    session, _ = await signed_form(request)
    viewer = session.who.person
    async with request.app[RUNTIME].db.read() as tx:
        answer = await reading.post(tx, number_of(request), viewer)
    if answer is None:
        raise web.HTTPNotFound
    await answers.accept(request.app[SERVICES], viewer, answer.id)
    return see(f"/t/{answer.thread_id}")


async def live(request: web.Request) -> web.Response:
    """POST /t/{id}/lived: that one lived this too, or with `lived` empty no longer (product J5). Raises `Refused`."""
    session, form = await signed_form(request)
    lives = bool(form.get("lived"))
    question_id = await answers.live(request.app[SERVICES], session.who.person, number_of(request), lives=lives)
    return see(f"/t/{question_id}#lived")


async def reopen(request: web.Request) -> web.Response:
    """POST /t/{id}/reopen: the question has no answer after all. Raises `Refused`."""
    session, _ = await signed_form(request)
    thread_id = number_of(request)
    await answers.withdraw(request.app[SERVICES], session.who.person, thread_id)
    return see(f"/t/{thread_id}")
