"""A firm inside the test: its whole server on a loopback socket, with communities, people, and the apps they use.

    async with running_firm(url, folder, clock) as firm:
        alice = await firm.person("alice")
        await firm.community("sites", host=alice)
        answer = await alice.get("/api/v1/timelines/home")

Every answer of the client API is held against its schema (`tests/support/contract.py`). A `conftest.py` that wants the
fixtures at the end imports them.
"""

import json as jsons
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from aiohttp import ClientSession, DummyCookieJar, FormData
from yarl import URL

from federation.runtime import Runtime
from federation.signatures.key_formats import generate_ed25519
from models.accounts import GUEST
from models.engine import Database
from models.writes import sessions as session_rows
from models.writes import state
from server import vault_key
from server.actions import local_actors
from server.actions.accounts import NewAccount, create_account, create_token
from server.actions.communities import NewCommunity, create_community
from server.actions.guests import create_any
from server.actions.local_actors import Keys
from server.actions.partners import allow
from server.actions.secret_hash import secret_hash
from server.app import server
from server.http.keys import RUNTIME, SERVICES
from server.installation import BASE_URL, DOMAIN, Installation, assembled
from server.media import work as media_work
from server.media.endpoint import UPLOADS
from server.media.uploads import Uploads
from server.notify.pushing import PUSHER, Pusher
from server.services import Services
from server.settings import Settings, load
from server.streaming.endpoint import HUB
from server.streaming.hub import Hub
from tests.support.clock import AT_WORK, FakeClock
from tests.support.contract import check_answer
from tests.support.ports import free_port
from tests.support.signing import rsa_key
from tests.support.site import Browser

HOME = "http://home.test"
EVERYTHING = "read write follow push"
OPERATOR = "operator"

Document = dict[str, Any]
Pairs = Sequence[tuple[str, str]]


@cache
def keys_of(name: str) -> Keys:
    """The same keys for the same name during one run: making them is slow."""
    return Keys(rsa_key(f"{name}@home.test"), generate_ed25519())


@dataclass(frozen=True)
class Answer:
    """What came back, read whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        """The body as JSON."""
        return jsons.loads(self.body)

    @property
    def error(self) -> str:
        """Why a request was refused."""
        return str(self.document["error"])

    @property
    def links(self) -> dict[str, str]:
        """Addresses of the `Link` header by their relation, from the path on."""
        found = {}
        for one in self.headers.get("Link", "").split(", ") if "Link" in self.headers else []:
            address, _, relation = one.partition(">; rel=")
            found[relation.strip('"')] = address.removeprefix("<").removeprefix(HOME)
        return found


@dataclass(frozen=True)
class App:
    """What one person's app, or nobody in particular, asks of the server."""

    session: ClientSession
    port: int
    token: str | None = None
    name: str = ""
    id: str = ""

    async def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | Pairs | None = None,
        json: object = None,
        form: Mapping[str, str] | Pairs | None = None,
        multipart: Pairs | None = None,
        **headers: str,
    ) -> Answer:
        """One request, whatever its answer; `headers` with `_` for `-`."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token is not None:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        address = path + (("&" if "?" in path else "?") + urlencode(query) if query else "")
        url = URL(f"http://127.0.0.1:{self.port}{address}", encoded=True)
        data = None if form is None else list(form.items()) if isinstance(form, Mapping) else list(form)
        async with self.session.request(
            method,
            url,
            headers=sent,
            json=json,
            data=data if multipart is None else _parts(multipart),
            allow_redirects=False,
        ) as response:
            answer = Answer(response.status, response.headers, await response.read())
        if "json" in answer.headers.get("Content-Type", "") and method != "HEAD":
            check_answer(method, url.path, answer.status, answer.document)
        return answer

    async def get(self, path: str, **query: str) -> Any:
        """What a GET gives."""
        return _done(await self.call("GET", path, query=query))

    async def post(self, path: str, **fields: Any) -> Any:
        """What a POST gives."""
        return _done(await self.call("POST", path, json=fields))

    async def put(self, path: str, **fields: Any) -> Any:
        """What a PUT gives."""
        return _done(await self.call("PUT", path, json=fields))

    async def delete(self, path: str) -> Any:
        """What a DELETE gives."""
        return _done(await self.call("DELETE", path))

    async def send_file(
        self, content: bytes, path: str = "/api/v2/media", *, method: str = "POST", part: str = "file", **fields: Any
    ) -> Answer:
        """Send a file in a form, with further fields; `filename` and `content_type` are what the part says of it, and
        bytes among the fields are files too.
        """
        form = FormData()
        named = {"filename": fields.pop("filename", "file"), "content_type": fields.pop("content_type", None)}
        form.add_field(part, content, **named)
        for name, value in fields.items():
            form.add_field(name, value, **({"filename": name} if isinstance(value, bytes) else {}))
        url = URL(f"http://127.0.0.1:{self.port}{path}")
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        async with self.session.request(method, url, data=form, headers=headers) as response:
            answer = Answer(response.status, response.headers, await response.read())
        check_answer(method, path, answer.status, answer.document)
        return answer

    async def attached(self, content: bytes, **fields: Any) -> Document:
        """Upload a file that can be posted at once."""
        answer = await self.send_file(content, "/api/v1/media", **fields)
        assert answer.status == 200, answer.body
        made: Document = answer.document
        return made

    async def say(self, text: str, **fields: Any) -> Document:
        """Publish a post."""
        made: Document = await self.post("/api/v1/statuses", status=text, **fields)
        return made

    async def answer(self, status: Document, text: str) -> Document:
        """Reply to a post."""
        return await self.say(text, in_reply_to_id=status["id"])

    async def follow(self, target: "App | Document") -> Document:
        """Follow somebody, or join or ask to join a community."""
        target_id = target.id if isinstance(target, App) else target["id"]
        made: Document = await self.post(f"/api/v1/accounts/{target_id}/follow")
        return made

    async def walk(self, path: str) -> list[Answer]:
        """All pages from the first, by the `next` links."""
        pages = [await self.call("GET", path)]
        while "next" in pages[-1].links:
            pages.append(await self.call("GET", pages[-1].links["next"]))
            assert len(pages) < 50
        return pages

    async def walk_back(self, page: Answer) -> list[Answer]:
        """This page and all above it, by the `prev` links."""
        pages = [page]
        while "prev" in pages[-1].links:
            pages.append(await self.call("GET", pages[-1].links["prev"]))
            assert len(pages) < 50
        return pages


@dataclass
class Firm:
    """The server and what a test needs of it."""

    runtime: Runtime
    clock: FakeClock
    session: ClientSession
    port: int
    hub: Hub
    """The open streams."""
    services: Services
    """For background work, which the test does by hand."""
    uploads: Uploads
    """Files of its people; no loop works on them here."""
    pusher: Pusher
    """As above: sends what is owed to push services."""
    nobody: App = field(init=False)
    """An app without a token."""

    def __post_init__(self) -> None:
        self.nobody = App(self.session, self.port)

    async def person(self, name: str, scopes: str = EVERYTHING, *, role: str = "member") -> App:
        """A person with an app that has a token."""
        new = NewAccount(username=name, email=f"{name}@mail.example", display_name=name.title(), role=role)
        async with self.runtime.db.write() as tx:
            made = await create_account(tx, self.runtime, new, keys_of(name), by=OPERATOR)
        return App(self.session, self.port, await self.token(name, scopes), name, str(made.id))

    async def guest(self, name: str, *places: str) -> App:
        """Somebody from outside the firm, in these open communities; in others once a host says yes."""
        new = NewAccount(username=name, email=f"{name}@outside.example", display_name=name.title(), role=GUEST)
        async with self.runtime.db.write() as tx:
            made = await create_any(tx, self.runtime, new, places, keys_of(name), by=OPERATOR)
        return App(self.session, self.port, await self.token(name, EVERYTHING), name, str(made.id))

    async def token(self, name: str, scopes: str) -> str:
        """A further token of a person."""
        async with self.runtime.db.write() as tx:
            return await create_token(tx, self.runtime, name, scopes, by=OPERATOR)

    async def with_scopes(self, app: App, scopes: str) -> App:
        """The same person through an app that may do less."""
        return replace(app, token=await self.token(app.name, scopes))

    async def app_token(self) -> str:
        """A token of an app, and of no person."""
        fields = {"client_name": "Probe", "redirect_uris": "urn:ietf:wg:oauth:2.0:oob", "scopes": "read write"}
        app = await self.nobody.post("/api/v1/apps", **fields)
        secrets = {name: app[name] for name in ("client_id", "client_secret")}
        token = await self.nobody.post("/oauth/token", grant_type="client_credentials", scope="read write", **secrets)
        return str(token["access_token"])

    async def community(
        self, name: str, *, host: App, visibility: str = "open", scope: str = "all", label: str = "internal"
    ) -> Document:
        """A community; its account as its host sees it."""
        new = NewCommunity(
            name=name, title=name.title(), host=host.name, visibility=visibility, scope=scope, label=label
        )
        async with self.runtime.db.write() as tx:
            await create_community(tx, self.runtime, new, keys_of(name), by=OPERATOR)
        account: Document = await host.get("/api/v1/accounts/lookup", acct=name)
        return account

    async def tend_files(self) -> None:
        """Work on uploads and erase what is over, as the loop of a worker would."""
        await media_work.tend(self.uploads)

    async def load(self, address: str, **headers: str) -> Answer:
        """What anybody gets at an address of this server: no token, no cookie; `headers` with `_` for `-`."""
        url = URL(f"http://127.0.0.1:{self.port}{address.removeprefix(HOME)}", encoded=True)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.session.get(url, headers=sent, allow_redirects=False) as response:
            return Answer(response.status, response.headers, await response.read())

    async def browser(self, app: App | None = None) -> Browser:
        """A browser where this person, or nobody, is signed in."""
        browser = Browser(self.session, self.port)
        if app is not None:
            secret = self.runtime.tokens.secret()
            async with self.runtime.db.write() as tx:
                await session_rows.add_session(
                    tx, token_hash=secret_hash(secret), actor_id=int(app.id), now=self.clock.now()
                )
            browser.cookies["session-home.test"] = secret
        return browser


@asynccontextmanager
async def running_firm(database_url: str, folder: Path, clock: FakeClock, **given: str) -> AsyncIterator[Firm]:
    """home.test on a migrated database; partner.test is a basic partner, though nobody is there. No worker runs."""
    port = free_port()
    values = {
        "DOMAIN": "home.test",
        "BASE_URL": HOME,
        "BIND": f"127.0.0.1:{port}",
        "DATABASE_URL": database_url,
        "DATA_DIR": str(folder / "data"),
        "API_RATE": "0",
        **given,
    }
    settings = load({f"ENTREPAIRS_{name}": value for name, value in values.items()})
    await _install(settings, clock)
    async with (
        server(settings, "web", clock=clock) as app,
        ClientSession(cookie_jar=DummyCookieJar()) as session,
    ):
        yield Firm(app[RUNTIME], clock, session, port, app[HUB], app[SERVICES], app[UPLOADS], app[PUSHER])


async def _install(settings: Settings, clock: FakeClock) -> None:
    """What `entrepairs migrate` and `partner allow` leave behind, on a database that is migrated already."""
    settings.data_folder.mkdir(mode=0o700)
    vault = vault_key.create(settings.data_folder)
    db = Database(settings.database_url, pool_size=2)
    made = assembled(settings, db, vault)
    here = Installation(settings, db, made.config, clock, made.tokens, vault)
    async with db.write() as tx:
        for name, value in ((DOMAIN, settings.domain), (BASE_URL, settings.base_url)):
            await state.record(tx, name, value)
        await state.record(tx, vault_key.FINGERPRINT, vault_key.fingerprint(vault))
        await local_actors.add(tx, here, local_actors.application(here, clock.now()), keys_of("home.test"))
        await allow(tx, here, ["partner.test"], by=OPERATOR)
    await db.close()


def _parts(pairs: Pairs) -> FormData:
    form = FormData(default_to_multipart=True)
    for name, value in pairs:
        form.add_field(name, value)
    return form


def _done(answer: Answer) -> Any:
    assert answer.status // 100 == 2, (answer.status, answer.body)
    return answer.document


@pytest.fixture
def clock() -> FakeClock:
    """The server's clock."""
    return FakeClock()


@pytest.fixture
def clock_at_work() -> FakeClock:
    """The server's clock, for tests of what alerts people: imported as `clock`."""
    return FakeClock(AT_WORK)


@pytest.fixture
async def firm(database_url: str, tmp_path: Path, clock: FakeClock) -> AsyncIterator[Firm]:
    """The server, on SQLite and on PostgreSQL."""
    async with running_firm(database_url, tmp_path, clock) as running:
        yield running


@pytest.fixture
async def alice(firm: Firm) -> App:
    """Host of the community, and author."""
    return await firm.person("alice")


@pytest.fixture
async def sites(firm: Firm, alice: App) -> Document:
    """An open community."""
    return await firm.community("sites", host=alice)


@pytest.fixture
async def bob(firm: Firm, sites: Document) -> App:
    """Member of the community."""
    bob = await firm.person("bob")
    await bob.follow(sites)
    return bob
