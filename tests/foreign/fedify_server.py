"""The server of `fedify/` as a process: its packages are installed once, into a cache outside of the repository."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import trustme
from aiohttp import ClientSession

from tests.foreign.node import installed
from tests.support.processes import certificate

Scheme = Literal["cavage", "rfc9421", "ed25519"]
"""The last one is RFC 9421 by an Ed25519 key."""

Document = dict[str, Any]

HOST = "fedify.test"

_SOURCES = Path(__file__).parent / "fedify"
_END_SECONDS = 15.0


@dataclass(frozen=True)
class FedifyServer:
    """A running foreign server, and the door by which a test tells its people what to do."""

    control: int
    """The port of 127.0.0.1 where it takes orders."""

    def people_by(self, session: ClientSession) -> "Foreigners":
        """Its people, spoken to through this session."""
        return Foreigners(session, self.control)


@dataclass(frozen=True)
class Foreigners:
    """The people of the foreign server. What a person cannot do there raises `AssertionError` with Fedify's reason."""

    session: ClientSession
    control: int

    async def do(self, action: str, **said: Any) -> Document:
        """Let somebody do something: `follow`, `post`, `edit` and so on, as `people.mjs` has them."""
        found: Document = await self._ask(action, said)
        return found

    async def understand_only(self, scheme: Scheme | None) -> None:
        """Answer 401 to deliveries that are signed in another scheme; None: understand both."""
        await self._ask("rules", {"only": scheme})

    async def seen(self, kind: str) -> list[Document]:
        """What reached the server so far: `delivered` (with scheme and signer), `applied`, or `turned away`."""
        return [one for one in await self._ask("seen", {}) if one["kind"] == kind]

    async def _ask(self, name: str, said: Document) -> Any:
        async with self.session.post(f"http://127.0.0.1:{self.control}/{name}", json=said) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()


@contextmanager
def running(
    folder: Path,
    port: int,
    authority: trustme.CA,
    *,
    hosts: Mapping[str, int],
    first_knock: Scheme,
    takes_ed25519: bool = False,
    wants_nonces: bool = False,
) -> Iterator[FedifyServer]:
    """The server as fedify.test on a port, with the people freya and finn; it finds the `hosts` at theirs.

    `first_knock` is the scheme in which it signs before it tries the other. It `takes_ed25519` signatures, and says so;
    it `wants_nonces`, a fresh one in each delivery that is signed by RFC 9421, and says so where one is missing.
    """
    own = folder / HOST
    shutil.copytree(_SOURCES, own)
    (own / "node_modules").symlink_to(packages(), target_is_directory=True)
    issued = certificate(authority, HOST, own)
    authority.cert_pem.write_to_path(str(own / "authority.pem"))
    settings = {
        "host": HOST,
        "port": port,
        "hosts": hosts,
        "certificate": issued["TLS_CERT"],
        "key": issued["TLS_KEY"],
        "firstKnock": first_knock,
        "people": ["freya", "finn"],
        "takesEd25519": takes_ed25519,
        "wantsNonces": wants_nonces,
    }
    with (own / "log").open("ab") as log:
        process = subprocess.Popen(
            ["node", "server.mjs", json.dumps(settings)],
            cwd=own,
            env=os.environ | {"NODE_EXTRA_CA_CERTS": str(own / "authority.pem")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line, (own / "log").read_text()[-2000:]
        yield FedifyServer(json.loads(line)["control"])
    finally:
        process.stdin.close()
        process.stdout.close()
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def packages() -> Path:
    """Its packages, installed if this is the first time. Skips the test where there is no Node, except in CI."""
    return installed("fedify", _SOURCES) / "node_modules"
