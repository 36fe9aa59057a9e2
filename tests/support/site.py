"""The sign-in pages and the OAuth provider on a loopback socket with a real database, and a browser without scripts."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from html.parser import HTMLParser
from typing import Any, cast
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from aiohttp import ClientSession, DummyCookieJar, MultipartWriter, web
from argon2 import PasswordHasher
from sqlalchemy import insert
from yarl import URL

from federation.runtime import Client, Config, Events, Prover, Runtime
from models.accounts import Account
from models.actors import GROUP, PERSON, Actor, Follow
from models.communities import Community
from models.engine import Database
from models.vault import Vault
from models.writes import accounts as account_rows
from models.writes import sessions as session_rows
from server.actions.passwords import Passwords
from server.actions.secret_hash import secret_hash
from server.http.auth import optional_viewer, require_app_or_user, require_reader, require_viewer
from server.http.keys import BASE_URL, CLOCK, ERROR_PAGE, LETTER_BOX, LIMITS, PASSWORDS, RUNTIME, TOKENS, VAPID_KEY
from server.http.limits import ApiLimits
from server.http.middlewares import install
from server.http.pages import PAGES, Pages, error_page
from server.media.addresses import MediaAddresses
from server.media.endpoint import MEDIA
from server.notify.letter_box import LetterBox
from server.oauth import routes as oauth_routes
from server.oauth.apps import REGISTRATIONS, registration_limit
from server.settings import load
from server.system import SystemTokens
from server.web import routes as web_routes
from tests.support.contract import check_answer

DOMAIN = "home.test"
PASSWORD = "correct horse battery staple"
ALICE, ADA = 1001, 1002
LINK_LIFE = timedelta(days=7)


class SteadyClock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self._now = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._now.timestamp()

    async def sleep(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)

    def advance(self, **duration: float) -> None:
        self._now += timedelta(**duration)


@cache
def password_hash() -> str:
    return PasswordHasher().hash(PASSWORD)


@cache
def _pages() -> Pages:
    return Pages(domain=DOMAIN, language="fr")


@cache
def _passwords() -> Passwords:
    return Passwords()


@dataclass
class Answer:
    """What came back, read whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    path: str

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def location(self) -> str:
        return self.headers["Location"]

    @property
    def answer(self) -> dict[str, str]:
        """The parameters in the query of a redirect."""
        return dict(parse_qsl(urlsplit(self.location).query, keep_blank_values=True))

    @property
    def forms(self) -> "list[Form]":
        parser = _Forms()
        parser.feed(self.text)
        return parser.forms


@dataclass
class Form:
    """A form as a browser would send it."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    """Of radio buttons and selections nothing is taken over: a test says what it chooses."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get")))
        elif tag == "input" and self.forms and "name" in given and "disabled" not in given:
            self._take(given)
        elif tag == "textarea" and self.forms and "name" in given:
            self._open = given["name"]
            self.forms[-1].fields[self._open] = ""

    def _take(self, given: dict[str, str]) -> None:
        kind, fields = given.get("type"), self.forms[-1].fields
        if kind == "checkbox" and "checked" in given:
            fields[given["name"]] = given.get("value", "on")
        elif kind not in ("radio", "checkbox"):
            fields[given["name"]] = given.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self.forms[-1].fields[self._open] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._open = None


class Browser:
    """Keeps cookies, sends forms, follows no redirect unless told to."""

    def __init__(self, session: ClientSession, port: int) -> None:
        self._session = session
        self._port = port
        self.cookies: dict[str, str] = {}

    async def get(self, path: str, **headers: str) -> Answer:
        return await self._send("GET", path, headers)

    async def post(self, path: str, fields: Mapping[str, str], **headers: str) -> Answer:
        headers = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        return await self._send("POST", path, headers, urlencode(fields).encode())

    async def send_file(self, path: str, fields: Mapping[str, str], content: bytes, *, name: str = "file") -> Answer:
        """A form with one file, as browsers send it."""
        form = MultipartWriter("form-data")
        for field_name, value in fields.items():
            form.append(value).set_content_disposition("form-data", name=field_name)
        form.append(content).set_content_disposition("form-data", name=name, filename="chosen" if content else "")
        return await self._send("POST", path, {"Content-Type": form.headers["Content-Type"]}, form)

    async def delete(self, path: str, fields: Mapping[str, str]) -> Answer:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return await self._send("DELETE", path, headers, urlencode(fields).encode())

    async def submit(self, page: Answer, number: int = 0, **fields: str) -> Answer:
        form = page.forms[number]
        assert form.method == "post"
        return await self.post(urljoin(page.path, form.action) if form.action else page.path, form.fields | fields)

    async def follow(self, answer: Answer) -> Answer:
        assert answer.status in (302, 303), answer.text
        assert answer.location.startswith("/"), answer.location
        return await self.get(answer.location)

    async def sign_in(self, username: str = "alice", password: str = PASSWORD, path: str = "/sign-in") -> Answer:
        return await self.submit(await self.get(path), username=username, password=password)

    async def _send(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | MultipartWriter | None = None
    ) -> Answer:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent = {"Accept": "text/html", "Accept-Language": "en", **({"Cookie": cookie} if cookie else {}), **headers}
        url = URL(f"http://127.0.0.1:{self._port}{path}", encoded=True)
        async with self._session.request(method, url, headers=sent, data=body, allow_redirects=False) as response:
            for name, morsel in response.cookies.items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
            return Answer(response.status, response.headers, await response.read(), path)


@dataclass
class Site:
    """A running server and what a test needs of it."""

    db: Database
    clock: SteadyClock
    session: ClientSession
    port: int

    def browser(self) -> Browser:
        return Browser(self.session, self.port)

    async def api(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        form: Mapping[str, str] | None = None,
        json: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, Any, Mapping[str, str]]:
        """Status, decoded body and headers of a call by an app."""
        sent = dict(headers or {}) | ({} if token is None else {"Authorization": f"Bearer {token}"})
        url = URL(f"http://127.0.0.1:{self.port}{path}", encoded=True)
        async with self.session.request(method, url, headers=sent, data=form, json=json) as response:
            document = await response.json()
        check_answer(method, path.partition("?")[0], response.status, document)
        return response.status, document, response.headers

    async def scalar(self, statement: Any) -> Any:
        async with self.db.read() as tx:
            return await tx.scalar(statement)

    async def register(self, redirect_uris: str | list[str], scopes: str = "read write follow push") -> dict[str, Any]:
        status, app, _ = await self.api(
            "POST",
            "/api/v1/apps",
            json={"client_name": "Ice Cubes", "redirect_uris": redirect_uris, "scopes": scopes},
        )
        assert status == 200, app
        return cast("dict[str, Any]", app)

    async def signed_in(self, actor_id: int = ALICE) -> Browser:
        """A browser with a session, without the time that a password takes."""
        browser, secret = self.browser(), SystemTokens(1).secret()
        async with self.db.write() as tx:
            await session_rows.add_session(tx, token_hash=secret_hash(secret), actor_id=actor_id, now=self.clock.now())
        browser.cookies["__Host-session"] = secret
        return browser

    async def fail_to_sign_in(self, times: int, *subjects: str) -> None:
        """Failed tries as they are stored, without the time that they take."""
        async with self.db.write() as tx:
            for _ in range(times):
                await session_rows.add_failures(tx, subjects, self.clock.now())

    async def suspend(self, actor_id: int = ALICE) -> None:
        """Close an account, as the action of that name does."""
        async with self.db.write() as tx:
            await account_rows.suspend(tx, actor_id, self.clock.now())
            await session_rows.end_access(tx, actor_id, self.clock.now())

    async def one_time_address(self, actor_id: int = ALICE) -> str:
        secret = SystemTokens(1).secret()
        async with self.db.write() as tx:
            await account_rows.add_sign_in_link(
                tx, token_hash=secret_hash(secret), actor_id=actor_id, expires_at=self.clock.now() + LINK_LIFE
            )
        return f"/sign-in/once/{secret}"


@asynccontextmanager
async def running_site(url: str, *, base_url: str = f"https://{DOMAIN}") -> AsyncIterator[Site]:
    """Two people in a migrated database, the application on a free port."""
    database = Database(url)
    clock = SteadyClock()
    await add_person(database, clock, ALICE, "alice", "Alice Martin")
    await add_person(database, clock, ADA, "ada", "Ada Bernard", role="admin")
    app = _application(database, clock, base_url)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        async with ClientSession(cookie_jar=DummyCookieJar()) as session:
            yield Site(database, clock, session, port)
    finally:
        await runner.cleanup()
        await database.close()


def _application(database: Database, clock: SteadyClock, base_url: str) -> web.Application:
    app = web.Application()
    tokens = SystemTokens(0)
    app[RUNTIME] = Runtime(
        db=database,
        clock=clock,
        tokens=tokens,
        client=cast(Client, None),
        events=cast(Events, None),
        config=Config(domain=DOMAIN, base_url=base_url),
        vault=Vault(bytes(32)),
        prover=cast(Prover, None),
    )
    app[BASE_URL], app[CLOCK], app[TOKENS] = base_url, clock, tokens
    app[MEDIA] = MediaAddresses(base_url, app[RUNTIME].vault.derive("addresses of files"), clock)
    app[LETTER_BOX] = LetterBox(load({}), app[RUNTIME].vault)
    app[LIMITS] = ApiLimits(300, clock)
    app[REGISTRATIONS] = registration_limit(clock)
    app[PAGES] = _pages()
    app[PASSWORDS] = _passwords()
    app[ERROR_PAGE] = error_page
    app[VAPID_KEY] = "BPublicKey"
    install(app)
    for method, path, handler in [*oauth_routes.ROUTES, *web_routes.ROUTES, *_PROBES]:
        app.router.add_route(method, path, handler)
    return app


async def _lists(request: web.Request) -> web.Response:
    return web.json_response((await require_viewer(request, "read:lists")).actor_id)


async def _reader(request: web.Request) -> web.Response:
    return web.json_response((await require_reader(request, "read:statuses")).actor_id)


async def _open(request: web.Request) -> web.Response:
    viewer = await optional_viewer(request)
    return web.json_response(None if viewer is None else viewer.actor_id)


async def _any(request: web.Request) -> web.Response:
    return web.json_response((await require_app_or_user(request)).scopes)


_PROBES = [
    ("GET", "/api/v1/probe/lists", _lists),
    ("POST", "/api/v1/probe/lists", _lists),
    ("GET", "/api/v1/probe/reader", _reader),
    ("GET", "/api/v1/probe/open", _open),
    ("GET", "/api/v1/probe/any", _any),
]


async def add_person(
    database: Database, clock: SteadyClock, actor_id: int, name: str, display_name: str, *, role: str = "member"
) -> None:
    async with database.write() as tx:
        await tx.execute(insert(Actor).values(**_actor(actor_id, PERSON, name, display_name, clock)))
        await tx.execute(
            insert(Account).values(
                actor_id=actor_id,
                email=f"{name}@mail.example",
                password_hash=password_hash(),
                role=role,
                created_at=clock.now(),
            )
        )


async def add_community(site: Site, actor_id: int, name: str, title: str, *, member: int, role: str = "member") -> None:
    async with site.db.write() as tx:
        await tx.execute(insert(Actor).values(**_actor(actor_id, GROUP, name, title, site.clock)))
        await tx.execute(
            insert(Community).values(
                actor_id=actor_id, is_local=True, visibility="open", scope="none", created_at=site.clock.now()
            )
        )
        await tx.execute(
            insert(Follow).values(
                id=actor_id,
                follower_id=member,
                target_id=actor_id,
                activity_uri=f"https://{DOMAIN}/activities/{actor_id}",
                is_accepted=True,
                role=role,
                requested_at=site.clock.now(),
                accepted_at=site.clock.now(),
            )
        )


def _actor(actor_id: int, kind: str, name: str, title: str, clock: SteadyClock) -> dict[str, object]:
    uri = f"https://{DOMAIN}/{'users' if kind == PERSON else 'communities'}/{name}"
    return {
        "id": actor_id,
        "uri": uri,
        "type": kind,
        "username": name,
        "host": DOMAIN,
        "display_name": title,
        "url": f"https://{DOMAIN}/@{name}",
        "inbox_url": f"{uri}/inbox",
        "created_at": clock.now(),
    }
