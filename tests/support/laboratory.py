"""Firms as server processes of their own on loopback, set up by the command line, for clients that know nothing of us.

with laboratory(folder, "alpha.test", "beta.test") as (alpha, beta):
    alpha.person("alice")
    ...
    alpha.start()
"""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import requests

from tests.support.commands import Firm
from tests.support.ports import free_ports
from tests.support.waiting import PATIENCE_SECONDS

T = TypeVar("T")

PASSWORD = "correct horse battery staple"
_START_SECONDS = 60.0


@dataclass
class Office:
    """One firm: its commands, and its server while it runs."""

    firm: Firm
    port: int
    process: "subprocess.Popen[bytes] | None" = field(default=None)

    @property
    def address(self) -> str:
        """Where a client reaches it, without knowing its name."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def name(self) -> str:
        """Its address as documents have it."""
        return f"http://{self.firm.domain}"

    def person(self, name: str) -> None:
        """A person who can sign in."""
        email = f"{name}@{self.firm.domain}"
        create = ("user", "create", name, "--email", email, "--display-name", name.title(), "--password-stdin")
        self.firm.ask(*create, given=f"{PASSWORD}\n")

    def start(self, *options: str) -> None:
        """Start the server, and wait until it is ready."""
        log = (self.firm.folder / "log").open("ab")
        command = [sys.executable, "-m", "server.cli.main", "serve", *options]
        self.process = subprocess.Popen(
            command, cwd=self.firm.folder, env=self.firm.environment, stdout=log, stderr=log
        )
        log.close()
        soon(self._is_ready, seconds=_START_SECONDS)

    def stop(self) -> int:
        """Ask the server to end; its exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_SECONDS)

    def kill(self) -> None:
        """Leave no process behind, whatever happened."""
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def _is_ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.firm.folder / "log").read_text()
        try:
            return requests.get(f"{self.address}/readyz", timeout=5).status_code == 200
        except (requests.ConnectionError, requests.Timeout):
            return False


@contextmanager
def laboratory(folder: Path, *domains: str) -> Iterator[list[Office]]:
    """Firms that are set up and allow each other; none runs yet."""
    ports = free_ports(len(domains))
    hosts = " ".join(f"{domain}=127.0.0.1:{port}" for domain, port in zip(domains, ports, strict=True))
    offices = []
    for domain, port in zip(domains, ports, strict=True):
        own = folder / domain
        own.mkdir()
        settings = {"BIND": f"127.0.0.1:{port}", "STATIC_HOSTS": hosts, "API_RATE": "0"}
        offices.append(Office(Firm(own, domain, settings), port))
    for office in offices:
        office.firm.ask("migrate")
        office.firm.ask("partner", "allow", *(domain for domain in domains if domain != office.firm.domain))
    try:
        yield offices
    finally:
        for office in offices:
            office.kill()


def soon(what: Callable[[], T], *, seconds: float = PATIENCE_SECONDS) -> T:
    """The first answer that is true, of what other processes bring about. Raises `AssertionError` after a while."""
    deadline = time.monotonic() + seconds
    while True:
        answer = what()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"did not come about within {seconds} s: {answer!r}"
        time.sleep(0.05)
