"""Firms as operators run them: processes of `entrepairs serve` that speak HTTPS with each other, and can be killed.

    with laboratory(folder, ["alpha.test", "beta.test"]) as firms:
        alpha, beta = firms
        alpha.add_person("alice")
        alpha.start()
        alice = alpha.person(session, "alice")

Their certificates come from a throwaway authority, which they trust by `CA_FILE`. Each server is reached through a tap.
"""

import http.client
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trustme
from aiohttp import ClientSession

from tests.support.api import Api, Place
from tests.support.commands import Firm
from tests.support.ports import free_ports
from tests.support.tap import Tap

READY_SECONDS = 60.0
"""Far more than a start takes on a busy machine."""

_EVERY_SECONDS = 0.05


@dataclass
class RunningFirm:
    """One firm: its commands, its process, its people."""

    firm: Firm
    place: Place
    tap: Tap
    """Through which the others reach it."""
    _process: "subprocess.Popen[bytes] | None" = None
    _tokens: dict[str, str] = field(default_factory=dict)

    @property
    def host(self) -> str:
        return self.place.host

    @property
    def ask(self) -> Callable[..., Any]:
        """Run a command that must succeed, beside the server or without it; its JSON document."""
        return self.firm.ask

    def add_people(self, *names: str) -> None:
        """Give accounts to people."""
        for name in names:
            self.firm.user(name)
            self._tokens[name] = self.ask("user", "token", name)["access_token"]

    def person(self, session: ClientSession, name: str) -> Api:
        """An app of somebody with an account."""
        return Api(session, self.place, self._tokens[name], name)

    # --- the process ---

    def start(self) -> None:
        """Start the server and wait until it is ready."""
        self.launch()
        self.wait_until_ready()

    def launch(self) -> None:
        """Start the server, without waiting for it."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "server.cli.main", "serve"],
                cwd=self.firm.folder,
                env=self.firm.environment,
                stdout=log,
                stderr=log,
            )

    def wait_until_ready(self) -> None:
        """Wait until the server, which was launched, says that it is ready."""
        assert self._process is not None
        deadline = time.monotonic() + READY_SECONDS
        while not self._is_ready():
            assert self._process.poll() is None, f"{self.host} ended: {self.logged()[-2000:]}"
            assert time.monotonic() < deadline, f"{self.host} is not ready: {self.logged()[-2000:]}"
            time.sleep(_EVERY_SECONDS)

    def kill(self) -> None:
        """End it at once, as a crash does."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    @property
    def pid(self) -> int:
        """Of the process."""
        assert self._process is not None
        return self._process.pid

    def stop(self) -> tuple[int, float]:
        """Ask it to stop; its exit status, and how many seconds that took."""
        assert self._process is not None
        began = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(READY_SECONDS), time.monotonic() - began

    def end(self) -> None:
        """Leave no process behind."""
        if self._process is not None and self._process.poll() is None:
            self.kill()

    def logged(self) -> str:
        """What it has logged."""
        return self._log.read_text()

    @property
    def _log(self) -> Path:
        return self.firm.folder / "log"

    def _is_ready(self) -> bool:
        assert self.place.tls is not None
        connection = http.client.HTTPConnection(self.host)
        try:
            plain = socket.create_connection(("127.0.0.1", self.place.port), timeout=5)
            connection.sock = self.place.tls.wrap_socket(plain, server_hostname=self.host)
            connection.request("GET", "/readyz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


@contextmanager
def laboratory(
    folder: Path,
    hosts: Sequence[str],
    database_urls: Mapping[str, str] | None = None,
    *,
    authority: trustme.CA | None = None,
    guests: Mapping[str, int] | None = None,
) -> Iterator[list[RunningFirm]]:
    """Firms with these names, installed and not started; every process ends with the block.

    `database_urls` are for those that are not to have an SQLite file in their folder. `guests` are servers that the
    caller runs, by host and port, with certificates of the `authority`.
    """
    authority = authority or trustme.CA()
    authority_file = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(authority_file))
    trust = ssl.create_default_context(cafile=str(authority_file))
    ports = free_ports(len(hosts))
    with ExitStack() as stack:
        taps = [stack.enter_context(Tap.before(port)) for port in ports]
        doors = {host: tap.port for host, tap in zip(hosts, taps, strict=True)} | dict(guests or {})
        reached = " ".join(f"{host}=127.0.0.1:{port}" for host, port in doors.items())
        firms = []
        for host, port, tap in zip(hosts, ports, taps, strict=True):
            own = folder / host
            own.mkdir()
            settings = {
                "BASE_URL": f"https://{host}",
                "BIND": f"127.0.0.1:{port}",
                "STATIC_HOSTS": reached,
                "CA_FILE": str(authority_file),
                "API_RATE": "0",
                "LOG_FORMAT": "json",
                **certificate(authority, host, own),
                **({"DATABASE_URL": database_urls[host]} if database_urls and host in database_urls else {}),
            }
            firm = RunningFirm(Firm(own, host, settings), Place(host, port, trust), tap)
            stack.callback(firm.end)
            firm.ask("migrate")
            firms.append(firm)
        yield firms


def certificate(authority: trustme.CA, host: str, folder: Path) -> dict[str, str]:
    """The settings by which a server serves HTTPS under its name."""
    issued = authority.issue_cert(host)
    chain, key = folder / "certificate.pem", folder / "key.pem"
    issued.cert_chain_pems[0].write_to_path(str(chain))
    key.touch(mode=0o600)
    issued.private_key_pem.write_to_path(str(key))
    return {"TLS_CERT": str(chain), "TLS_KEY": str(key)}
