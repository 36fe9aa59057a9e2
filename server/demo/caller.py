"""What a person's app does in the demonstration: a few calls of the client API on this machine.

Not by way of the gate in `federation/transport`, which refuses this machine: nothing here leaves it.
"""

import asyncio
from collections.abc import Callable, Coroutine
from http.client import HTTPConnection, HTTPException
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

import msgspec

from federation.runtime import Clock

T = TypeVar("T")

PATIENCE_SECONDS: Final = 60.0
_CALL_SECONDS: Final = 20.0


class CallFailed(Exception):
    """The server refused, or did not answer."""


class Caller:
    """An app with a token, or without one."""

    def __init__(self, port: int, token: str | None = None) -> None:
        self._port = port
        self._token = token

    async def is_ready(self) -> bool:
        """The server answers that it is ready."""
        try:
            await self._call("GET", "/readyz", None)
        except CallFailed:
            return False
        return True

    async def get(self, path: str, **query: str) -> Any:
        """What a GET gives. Raises `CallFailed`."""
        return await self._call("GET", f"{path}?{urlencode(query)}" if query else path, None)

    async def post(self, path: str, **fields: str) -> Any:
        """What a POST gives. Raises `CallFailed`."""
        return await self._call("POST", path, fields)

    async def join(self, handle: str, clock: Clock) -> None:
        """Find a community by its handle, follow it, and wait until that is granted."""
        found = await self.get("/api/v2/search", q=handle, type="accounts", resolve="true")
        account_id = found["accounts"][0]["id"]
        await self.post(f"/api/v1/accounts/{account_id}/follow")

        async def is_member() -> bool:
            (relation,) = await self.get("/api/v1/accounts/relationships", **{"id[]": account_id})
            return bool(relation["following"])

        await soon(is_member, clock, f"joining {handle}")

    async def thread(self, words: str, clock: Clock) -> str:
        """The id of the opening post with these words, once it has arrived here."""

        async def found() -> str | None:
            page = await self.get("/api/v1/timelines/home", limit="40")
            posts = [one["reblog"] or one for one in page]
            return next((str(post["id"]) for post in posts if words in post["content"]), None)

        return str(await soon(found, clock, f"the arrival of “{words}”"))

    async def reply(self, post_id: str, words: str, clock: Clock) -> str:
        """The id of the answer with these words in the thread of a post, once it has arrived here."""

        async def found() -> str | None:
            below = (await self.get(f"/api/v1/statuses/{post_id}/context"))["descendants"]
            return next((str(post["id"]) for post in below if words in post["content"]), None)

        return str(await soon(found, clock, f"the arrival of “{words}”"))

    async def _call(self, method: str, path: str, fields: dict[str, str] | None) -> Any:
        return await asyncio.to_thread(self._call_now, method, path, fields)

    def _call_now(self, method: str, path: str, fields: dict[str, str] | None) -> Any:
        headers = {} if self._token is None else {"Authorization": f"Bearer {self._token}"}
        if fields is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = HTTPConnection("127.0.0.1", self._port, timeout=_CALL_SECONDS)
        try:
            connection.request(method, path, None if fields is None else urlencode(fields), headers)
            response = connection.getresponse()
            status, body = response.status, response.read()
        except (OSError, HTTPException) as error:
            raise CallFailed(f"{method} {path}: {error}") from error
        finally:
            connection.close()
        if status >= 300:
            raise CallFailed(f"{method} {path}: {status} {body[:200].decode(errors='replace')}")
        return msgspec.json.decode(body)


async def soon(what: Callable[[], Coroutine[Any, Any, T]], clock: Clock, name: str) -> T:
    """The first true answer. Raises `CallFailed` with the name of what did not come about."""
    until = clock.monotonic() + PATIENCE_SECONDS
    while not (answer := await what()):
        if clock.monotonic() > until:
            raise CallFailed(f"waited in vain for {name}")
        await clock.sleep(0.1)
    return answer
