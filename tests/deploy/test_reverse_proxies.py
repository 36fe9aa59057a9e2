"""The configurations in `deploy/`, in the real nginx and the real Caddy, before a server that federates behind them."""

import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import trustme
from aiohttp import ClientSession, DummyCookieJar

from tests.support.api import Api, Place
from tests.support.commands import REPOSITORY
from tests.support.databases import missing
from tests.support.ports import free_ports
from tests.support.processes import RunningFirm, certificate, laboratory
from tests.support.waiting import PATIENCE_SECONDS, until

pytestmark = pytest.mark.process

DEPLOY = REPOSITORY / "deploy"
ALPHA = "alpha.test"
HANDLE = f"@sites@{ALPHA}"

NGINX_AROUND = """\
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log;
events {{}}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


def program(name: str) -> str:
    """Where it is; the test is skipped where it is not, and fails in CI."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        missing(name, "it is not installed")
    return str(found)


def nginx(folder: Path, public: int, inner: int, issued: dict[str, str]) -> list[str]:
    """The command, once the configuration is there with the ports and the certificate of the test."""
    site = (DEPLOY / "nginx.conf").read_text()
    for old, new in {
        "    listen 80;\n    listen [::]:80;\n": f"    listen 127.0.0.1:{free_ports(1)[0]};\n",
        "    listen 443 ssl http2;\n    listen [::]:443 ssl http2;\n": f"    listen 127.0.0.1:{public} ssl http2;\n",
        "127.0.0.1:8000": f"127.0.0.1:{inner}",
        "firm.example;": f"{ALPHA};",
        "/etc/letsencrypt/live/firm.example/fullchain.pem": issued["TLS_CERT"],
        "/etc/letsencrypt/live/firm.example/privkey.pem": issued["TLS_KEY"],
        "/var/log/nginx/entrepairs.log": f"{folder}/access.log",
    }.items():
        assert old in site, old
        site = site.replace(old, new)
    (folder / "site.conf").write_text(site)
    (folder / "nginx.conf").write_text(NGINX_AROUND.format(folder=folder))
    return [program("nginx"), "-e", f"{folder}/early-error.log", "-p", str(folder), "-c", f"{folder}/nginx.conf"]


def caddy(folder: Path, public: int, inner: int, issued: dict[str, str]) -> list[str]:
    """The same for Caddy; its own certificates come from outside, so that it is given one."""
    site = (DEPLOY / "Caddyfile").read_text()
    assert "\nfirm.example {\n" in site
    site = site.replace(
        "\nfirm.example {\n",
        "\n{\n\tadmin off\n\tauto_https disable_redirects\n\tdefault_bind 127.0.0.1\n}\n\n"
        f"https://{ALPHA}:{public} {{\n\ttls {issued['TLS_CERT']} {issued['TLS_KEY']}\n",
    )
    (folder / "Caddyfile").write_text(site.replace("127.0.0.1:8000", f"127.0.0.1:{inner}"))
    return [program("caddy"), "run", "--config", f"{folder}/Caddyfile", "--adapter", "caddyfile"]


PROXIES = {"nginx": nginx, "caddy": caddy}


@contextmanager
def running(command: list[str], folder: Path) -> Iterator[None]:
    """The proxy, in a process of its own."""
    with (folder / "proxy.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, "HOME": str(folder)})
    try:
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


@pytest.fixture(params=sorted(PROXIES))
def firms(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[list[RunningFirm]]:
    """alpha behind the proxy, speaking plain HTTP to it alone, and beta, which reaches alpha through it."""
    authority = trustme.CA()
    public, inner = free_ports(2)
    own = tmp_path / "proxy"
    own.mkdir()
    with laboratory(tmp_path, [ALPHA, "beta.test"], authority=authority, guests={ALPHA: public}) as (alpha, beta):
        settings = {**alpha.firm.settings, "BIND": f"127.0.0.1:{inner}", "TRUSTED_PROXIES": "127.0.0.1/32"}
        del settings["TLS_CERT"], settings["TLS_KEY"]
        alpha.firm = replace(alpha.firm, settings={**settings, "API_RATE": "300"})
        alpha.place = Place(ALPHA, public, alpha.place.tls)
        alpha.ask("partner", "allow", "beta.test")
        beta.ask("partner", "allow", ALPHA)
        alpha.add_people("alice")
        beta.add_people("bob")
        alpha.ask("community", "create", "sites", "--title", "Sites", "--host", "alice", "--scope", "all")
        with running(PROXIES[request.param](own, public, inner, certificate(authority, ALPHA, own)), own):
            alpha.start()
            beta.start()
            yield [alpha, beta]


@pytest.fixture
async def apps(firms: list[RunningFirm]) -> AsyncIterator[tuple[Api, Api]]:
    """What alice and bob use."""
    async with ClientSession(cookie_jar=DummyCookieJar()) as session:
        yield firms[0].person(session, "alice"), firms[1].person(session, "bob")


async def test_a_firm_behind_it_federates_streams_and_tells_its_visitors_apart(apps: tuple[Api, Api]) -> None:
    """T104 for the configuration as it is given to operators."""
    alice, bob = apps
    await bob.join(HANDLE)

    async with alice.session.ws_connect(
        alice.place.url("/api/v1/streaming?stream=user"),
        headers={"Host": ALPHA, "Authorization": f"Bearer {alice.token}"},
        ssl=alice.place.tls or True,
        server_hostname=ALPHA,
    ) as stream:
        await bob.post("/api/v1/statuses", status=f"{HANDLE} Who has a rota?")
        event = await stream.receive_json(timeout=PATIENCE_SECONDS)

    assert event["event"] == "update"
    (question,) = [one["reblog"] for one in await alice.get("/api/v1/timelines/home")]
    await alice.post("/api/v1/statuses", status="I have.", in_reply_to_id=question["id"])
    await until(lambda: _answers(bob))
    assert await _remaining_after(alice, 2) == 1


async def _answers(bob: Api) -> bool:
    heard = await bob.get("/api/v1/notifications")
    return [one["type"] for one in heard] == ["mention"]


async def _remaining_after(app: Api, times: int) -> int:
    """How many fewer requests an anonymous visitor has left who says another address each time."""
    left = []
    for number in range(times):
        async with app.session.get(
            app.place.url("/api/v1/instance"),
            headers={"Host": ALPHA, "X-Forwarded-For": f"203.0.113.{number}"},
            ssl=app.place.tls or True,
            server_hostname=ALPHA,
        ) as answer:
            left.append(int(answer.headers["X-RateLimit-Remaining"]))
    return left[0] - left[-1]
