"""A company's identity provider as a process: `oidc-provider`, as it is on npm, started for one module of tests."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from aiohttp import ClientSession, CookieJar
from yarl import URL

from tests.foreign.node import installed

HOST = "login.test"
ISSUER = f"http://{HOST}"
SECRET = "a secret between the firm and its provider"

_SOURCES = Path(__file__).parent / "identity"
_END_SECONDS = 15.0


@dataclass(frozen=True)
class IdentityServer:
    """The running provider."""

    port: int
    host: str = HOST

    async def change(self, session: ClientSession, **said: Any) -> None:
        """`person=…, claims={…}`: somebody is another from now on; `logout=…`: signed out of every client."""
        async with session.post(f"http://127.0.0.1:{self.port}/control", json=said) as answer:
            assert answer.status == 200, await answer.text()

    async def sign_in(self, address: str, name: str) -> str:
        """Go through the provider's pages as this person; the address to which it sends the browser back."""
        async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
            browser = _Browser(session, self.port, self.host)
            page = await browser.open(address)
            while page is not None:
                fields = {**page.fields, **({"login": name, "password": "any"} if "login" in page.fields else {})}
                page = await browser.send(page, fields)
            return browser.left_for


@dataclass
class _Form:
    url: str
    action: str
    fields: dict[str, str]


class _Browser:
    """Follows the provider's redirects and stops where one leads away from it."""

    def __init__(self, session: ClientSession, port: int, host: str) -> None:
        self._session = session
        self._port = port
        self._host = host
        self.left_for = ""

    async def open(self, address: str) -> _Form | None:
        return await self._ask("GET", address)

    async def send(self, form: _Form, fields: dict[str, str]) -> _Form | None:
        return await self._ask("POST", urljoin(form.url, form.action), fields)

    async def _ask(self, method: str, address: str, fields: dict[str, str] | None = None) -> _Form | None:
        while True:
            parts = urlsplit(address)
            if parts.hostname != self._host:
                self.left_for = address
                return None
            local = URL(f"http://127.0.0.1:{self._port}{parts.path}?{parts.query}", encoded=True)
            async with self._session.request(
                method, local, data=fields, headers={"Host": self._host}, allow_redirects=False
            ) as answer:
                text = await answer.text()
                if answer.status not in (302, 303):
                    assert answer.status == 200, text
                    return _form_of(address, text)
                address, method, fields = urljoin(address, answer.headers["Location"]), "GET", None


class _Fields(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.action = given.get("action", "")
        elif tag == "input" and given.get("name"):
            self.fields[given["name"]] = given.get("value", "")


def _form_of(url: str, text: str) -> _Form:
    parser = _Fields()
    parser.feed(text)
    return _Form(url, parser.action, parser.fields)


@contextmanager
def running(
    port: int,
    firm_port: int,
    people: dict[str, dict[str, Any]],
    *,
    host: str = HOST,
    number: int = 1,
    has_small_tokens: bool = False,
) -> Iterator[IdentityServer]:
    """The provider as login.test, or another host, for the firm home.test on `firm_port`; `people` by subject.

    `number`: the firm's for it. `has_small_tokens`: name, address and groups stand at the userinfo address alone.
    """
    packages = installed("identity", _SOURCES)
    shutil.copy(_SOURCES / "server.mjs", packages / "server.mjs")
    settings = {
        "issuer": f"http://{host}",
        "number": number,
        "small": has_small_tokens,
        "port": port,
        "firm": {"address": "http://home.test", "port": firm_port},
        "secret": SECRET,
        "people": people,
    }
    with (packages / "log").open("ab") as log:
        process = subprocess.Popen(
            ["node", "server.mjs", json.dumps(settings)],
            cwd=packages,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert process.stdout.readline(), (packages / "log").read_text()[-2000:]
        yield IdentityServer(port, host)
    finally:
        process.stdin.close()
        process.stdout.close()
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
