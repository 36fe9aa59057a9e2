"""Walking over every route of a server as somebody who may not know of something, and looking for it in every answer.

Routes come from the router, so that a new one is in the walk by itself; what stands in their braces comes from what was
ever seen by somebody who may know. A brace that nobody says how to fill stops the walk.
"""

import asyncio
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, product
from typing import Any
from urllib.parse import unquote, urlencode

from aiohttp import ClientSession, web
from multidict import CIMultiDict
from yarl import URL

from tests.support.signing import ACTIVITY_TYPE, Pairs

HOME = "http://alpha.test"
_BRACES = re.compile(r"{(\w+)}")

Headers = Callable[[str, str], Pairs]
"""Of a request with this method and this address from the path on."""


@dataclass(frozen=True)
class Signer:
    """Somebody who asks."""

    name: str
    headers: Headers
    """By what it shows who it is."""
    speaks: str = "*/*"
    may_change: bool = True
    """Asks for changes as well: who has a token."""


@dataclass(frozen=True)
class Heard:
    """One answer, with what it was an answer to."""

    signer: str
    request: str
    status: int
    text: str
    """Status, headers and body, as they came."""
    asked: str
    """The address and the fields: what stands there is known to who asks."""

    def mentions(self, secrets: Sequence[str]) -> list[str]:
        """Which of the secrets it shows that the question did not name."""
        return [secret for secret in secrets if secret in self.text and secret not in self.asked]


def bearer(token: str, host: str = "alpha.test", cookie: str = "") -> Headers:
    """A person's app and browser at once."""
    shown = [("Authorization", f"Bearer {token}"), *([("Cookie", f"session-{host}={cookie}")] if cookie else [])]
    return lambda method, url: shown


def unknown(method: str, url: str) -> Pairs:
    """Nobody."""
    return []


def routes_of(app: web.Application) -> list[tuple[str, str]]:
    """Method and path of each route, with braces where something is to be filled in."""
    found = {
        # Where any other method is refused, one that nothing else takes is sent.
        ("TRACE" if route.method == "*" else route.method, resource.canonical)
        for resource in app.router.resources()
        for route in resource
        if route.method != "HEAD"
    }
    return sorted(found)


def filled(path: str, fillings: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """The path with every value in its braces."""
    names = _BRACES.findall(path)
    missing = [name for name in names if name not in fillings]
    assert not missing, f"nobody says what stands for {missing} in {path}"
    for values in product(*(fillings[name] for name in names)):
        chosen = iter(values)
        yield _BRACES.sub(lambda _, chosen=chosen: next(chosen), path)  # type: ignore[misc]


@dataclass
class Walk:
    """Everything that is asked, and what came back."""

    session: ClientSession
    port: int
    host: str = "alpha.test"
    heard: list[Heard] = field(default_factory=list)

    async def ask(self, signer: Signer, method: str, address: str, fields: Mapping[str, Any] | None = None) -> Heard:
        """One request; of an endless answer its beginning."""
        url = URL(f"http://127.0.0.1:{self.port}{address}", encoded=True)
        headers: CIMultiDict[str] = CIMultiDict([("Host", self.host), ("Accept", signer.speaks)])
        headers.update(signer.headers(method, address))
        async with self.session.request(method, url, headers=headers, json=fields, allow_redirects=False) as response:
            endless = response.headers.get("Content-Type", "").startswith("text/event-stream")
            body = await (response.content.readline() if endless else response.read())
            head = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
            text = f"{response.status}\n{head}\n\n{body.decode(errors='replace')}"
        asked = unquote(address) + json.dumps(fields or {})
        found = Heard(signer.name, f"{method} {address}", response.status, text, asked)
        self.heard.append(found)
        return found

    async def over(
        self,
        signer: Signer,
        routes: Sequence[tuple[str, str]],
        fillings: Mapping[str, Sequence[str]],
        fields: Mapping[str, Any],
        addresses: Sequence[str],
    ) -> None:
        """Every route with every filling, changes with these fields, and addresses as they were seen."""
        for method, path in routes:
            if method != "GET" and not signer.may_change:
                continue
            # Apps have tokens: a browser and a server are refused there, whatever they ask for.
            most = None if signer.speaks == "*/*" or not path.startswith(("/api/", "/oauth/")) else 1
            for address in islice(filled(path, fillings), most):
                await self.ask(signer, method, address, fields if method in ("POST", "PUT", "PATCH") else None)
        for address in addresses:
            await self.ask(signer, "GET", address)

    def leaks(self, secrets: Sequence[str]) -> list[str]:
        """Every answer that shows one of the secrets: who asked what, and which."""
        return [
            f"{one.signer}: {one.request} ({one.status}) shows {shown}"
            for one in self.heard
            if (shown := one.mentions(secrets))
        ]

    def failures(self) -> list[str]:
        """Every answer that no request may have."""
        return [f"{one.signer}: {one.request} ({one.status})" for one in self.heard if one.status >= 500]


def questions(path: str, **query: str) -> str:
    """An address with a query."""
    return f"{path}?{urlencode(query)}"


def everything_in(document: Any) -> Iterator[tuple[str, str]]:
    """Name and value of every text in a JSON document."""
    if isinstance(document, dict):
        for name, value in document.items():
            if isinstance(value, str):
                yield name, value
            yield from everything_in(value)
    elif isinstance(document, list):
        for value in document:
            yield from everything_in(value)


class Listener:
    """A WebSocket on every stream that there is; keeps whatever it hears."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.heard: list[str] = []
        self._task: asyncio.Task[None] | None = None

    async def listen(self, session: ClientSession, port: int, token: str, wishes: Sequence[Mapping[str, str]]) -> None:
        """Begin; returns once the server has taken every wish."""
        url = f"http://127.0.0.1:{port}/api/v1/streaming"
        self._socket = await session.ws_connect(url, headers={"Authorization": f"Bearer {token}"}, autoping=True)
        for wish in wishes:
            await self._socket.send_json({"type": "subscribe", **wish})
        self._task = asyncio.ensure_future(self._keep())

    async def _keep(self) -> None:
        async for message in self._socket:
            self.heard.append(str(message.data))

    @property
    def is_over(self) -> bool:
        """The server has hung up."""
        return self._task is not None and self._task.done()

    async def close(self) -> None:
        """Hang up."""
        await self._socket.close()
        if self._task is not None:
            await self._task


def as_json(text: str) -> Any:
    """The JSON body of an answer; None where it has none."""
    body = text.partition("\n\n")[2]
    try:
        return json.loads(body)
    except ValueError:
        return None


ACTIVITY = ACTIVITY_TYPE
