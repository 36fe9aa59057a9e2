"""Polls by themselves: reading one, voting in it. Its id is that of its post (client API section 7)."""

import re
from typing import Final

from aiohttp import web

from models.gate import Person
from models.queries import polls, posts
from server.actions import voting
from server.http.answers import json_answer
from server.http.auth import require_reader, require_viewer
from server.http.errors import not_found, unprocessable
from server.http.keys import RUNTIME, SERVICES
from server.http.params import params, path_id
from server.mastodon.tools import RENDERER

_NUMBER: Final = re.compile(r"[0-9]{1,4}")


async def read_poll(request: web.Request) -> web.Response:
    """GET /api/v1/polls/:id, scope read:statuses."""
    viewer = await require_reader(request, "read:statuses")
    return await _poll_answer(request, path_id(request), viewer)


async def vote_in_poll(request: web.Request) -> web.Response:
    """POST /api/v1/polls/:id/votes, scope write:statuses. `choices[]` are numbers of answers, from 0."""
    viewer = await require_viewer(request, "write:statuses")
    poll_id = path_id(request)
    given = (await params(request)).strings("choices")
    if not all(_NUMBER.fullmatch(choice.strip()) for choice in given):
        raise unprocessable("Validation failed: The poll has no such answer")
    await voting.vote(request.app[SERVICES], viewer, poll_id, [int(choice) for choice in given])
    return await _poll_answer(request, poll_id, viewer)


async def _poll_answer(request: web.Request, poll_id: int, viewer: Person) -> web.Response:
    async with request.app[RUNTIME].db.read() as tx:
        post = await posts.post(tx, poll_id, viewer)
        own = (await polls.of_posts(tx, [poll_id], viewer)).get(poll_id)
    if post is None or own is None:
        raise not_found()
    return json_answer(request.app[RENDERER].poll(own, post))
