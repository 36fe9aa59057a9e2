"""Whether another copy of this installation answers at our own address (threats T222).

A copy that was put back beside the original signs with the same keys, and partners would hear two servers speak as one.
So before it serves, a process leaves a mark in its database and asks its own address for it: who answers and does not
know it has another database. Where nobody answers, as on the first start, nothing is known and nothing refused.
"""

from typing import Final

import msgspec
import structlog
from aiohttp import web

from federation.errors import FederationError
from federation.runtime import Budget
from models.queries import state
from models.writes import state as writing
from server.actions.refusals import Refused
from server.http.answers import json_answer
from server.http.keys import RUNTIME
from server.installation import Installation, config_of
from server.services import fetch_gate_to_ourselves

PATH: Final = "/.well-known/entrepairs"
_LONGEST_MARK: Final = 50

log = structlog.get_logger(__name__)


class Known(msgspec.Struct, frozen=True):
    """What the address answers."""

    domain: str
    knows: bool
    """The mark is in this installation's database."""


async def show(request: web.Request) -> web.Response:
    """GET /.well-known/entrepairs?mark=…: whether somebody who asks has the same database. Says nothing else."""
    mark, runtime = request.query.get("mark", "")[:_LONGEST_MARK], request.app[RUNTIME]
    async with runtime.db.read() as tx:
        found = await state.text(tx, _name(mark)) if mark else None
    return json_answer(Known(runtime.config.domain, found is not None))


ROUTES: Final = (("GET", PATH, show),)


async def require_alone(here: Installation) -> None:
    """Raises `Refused` where another copy of this installation answers at its address."""
    if not config_of(here.settings).federates or ":" in here.settings.base_url.partition("://")[2]:
        # Nothing leaves; or nobody could be a partner at such an address.
        return
    mark = here.tokens.secret()
    async with here.db.write() as tx:
        await writing.put(tx, _name(mark), "asked")
    try:
        known = await _asked(here, mark)
    finally:
        async with here.db.write() as tx:
            await writing.forget(tx, _name(mark))
    if known is not None and not known.knows:
        raise Refused(
            f"Another copy of this installation answers at {here.settings.base_url}: two that sign with the same keys"
            " would speak to partners as one. Stop the other one, or look at this one with `serve --offline`."
        )


async def _asked(here: Installation, mark: str) -> Known | None:
    client = fetch_gate_to_ourselves(here.settings, config_of(here.settings), here.clock)
    try:
        reply = await client.fetch_json(f"{here.settings.base_url}{PATH}?mark={mark}", Budget(1))
        return msgspec.json.decode(reply.body, type=Known)
    except (FederationError, msgspec.MsgspecError) as error:
        log.info("copies.nobody_answers", error=type(error).__name__)
        return None
    finally:
        await client.close()


def _name(mark: str) -> str:
    return f"mark {mark}"
