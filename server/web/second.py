"""/sign-in/second: the code of an app, or one on paper, after the password (threats T118, T122, T124).

Wrong codes count as wrong passwords do, and a right password takes none of them back: whoever knows it has ten tries in
a quarter of an hour, of a million codes. Loaded with its first use.
"""

from aiohttp import web

from models.engine import ReadTx
from models.queries import actors, factors
from models.writes import sessions as rows
from server.http.csrf import Visitor, read_form
from server.http.keys import RUNTIME
from server.http.languages import known, to_translate
from server.http.pages import PageError, page
from server.identity import codes
from server.web import pending, tries
from server.web.pending import Half
from server.web.sign_in import local_path


async def show(request: web.Request) -> web.Response:
    """GET /sign-in/second?next=…: the form."""
    return await _form_page(request, await _half(request), local_path(request.query.get("next", "")))


async def prove(request: web.Request) -> web.Response:
    """POST /sign-in/second: on, under a new session id, or the form once more."""
    form = await read_form(request, None)
    half, runtime, then = await _half(request), request.app[RUNTIME], local_path(form.get("next", ""))
    async with runtime.db.read() as reading:
        name = await _name(reading, half.actor_id)
    attempt = await tries.begin(request, name)
    async with runtime.db.write() as tx:
        is_right = attempt.credentials is not None and await codes.take(
            tx, runtime, half.actor_id, form.get("code", "")
        )
        if is_right:
            await rows.forget_failures(tx, attempt.counted)
    if not is_right:
        await tries.note_failure(request, attempt)
        return await _form_page(request, half, then, has_failed=True)
    return await pending.finish(request, half.actor_id, then, known(request.query.get("lang")) or "")


async def _half(request: web.Request) -> Half:
    half = await pending.current(request)
    if half is None:
        raise PageError(
            403,
            to_translate("This sign-in has expired"),
            to_translate("Begin once more, in this browser, and finish within ten minutes."),
            back="/sign-in",
        )
    return half


async def _form_page(request: web.Request, half: Half, then: str, *, has_failed: bool = False) -> web.Response:
    visitor = Visitor(request)
    async with request.app[RUNTIME].db.read() as tx:
        has_generator = await factors.generator_of(tx, half.actor_id) is not None
        has_passkeys = bool(await factors.passkeys_of(tx, half.actor_id))
    response = page(
        request,
        "web/second.html",
        session=None,
        status=422 if has_failed else 200,
        # An app may come next, as after the sign-in itself.
        forms_leave=then.startswith("/oauth/authorize"),
        csrf=visitor.token,
        has_failed=has_failed,
        has_generator=has_generator,
        has_passkeys=has_passkeys,
        then=then,
    )
    visitor.remember(response)
    return response


async def _name(tx: ReadTx, actor_id: int) -> str:
    found = await actors.by_id(tx, actor_id)
    assert found is not None, "whoever has shown the first half has an account"
    return found.username
