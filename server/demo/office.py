"""One firm of the demonstration: its settings in a file, its people, its server in a process of its own."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec

from federation.runtime import Clock
from models.writes.audit import OPERATOR
from server.actions.accounts import NewAccount, create_account, create_token
from server.actions.communities import NewCommunity, create_community
from server.actions.local_actors import new_keys
from server.demo.caller import Caller, CallFailed
from server.installation import opened
from server.settings import load
from server.upgrading import prepare

SCOPES: Final = "read write follow push"
_START_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 15.0
_LOG_CHARACTERS: Final = 2000


class DemoFailed(Exception):
    """The demonstration cannot go on; the message says why."""


@dataclass
class Office:
    """A firm on this machine."""

    domain: str
    port: int
    folder: Path
    tokens: dict[str, str] = field(default_factory=dict)
    """Of its people, by name."""
    _process: Process | None = None

    @property
    def address(self) -> str:
        """Where browsers and apps of this machine reach it; its name leads nowhere outside of the demonstration."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def config(self) -> Path:
        """The file of its settings."""
        return self.folder / "entrepairs.toml"

    def app_of(self, name: str) -> Caller:
        """What a person's app does."""
        return Caller(self.port, self.tokens[name])

    def write_settings(self, static_hosts: str) -> None:
        """`static_hosts` leads the firms to each other, since no DNS knows their names."""
        self.folder.mkdir(mode=0o700)
        values: dict[str, str | int] = {
            "domain": self.domain,
            "base_url": f"http://{self.domain}",
            "bind": f"127.0.0.1:{self.port}",
            "static_hosts": static_hosts,
            "data_dir": str(self.folder / "data"),
            "api_rate": 0,
        }
        # Texts and numbers are written the same in JSON and in TOML.
        lines = [f"{name} = {msgspec.json.encode(value).decode()}" for name, value in values.items()]
        self.config.write_text("\n".join(lines) + "\n", encoding="utf-8")

    async def found(self, people: Mapping[str, str], password_hash: str, communities: list[NewCommunity]) -> None:
        """Make the database with everybody in it; `people` are names with how they are shown, the first one leads."""
        settings = load({}, str(self.config))
        await prepare(settings)
        keys = iter(await asyncio.gather(*(new_keys() for _ in range(len(people) + len(communities)))))
        async with opened(settings) as here, here.db.write() as tx:
            for number, (name, shown) in enumerate(people.items()):
                new = NewAccount(
                    username=name,
                    email=f"{name}@{self.domain}",
                    display_name=shown,
                    role="admin" if number == 0 else "member",
                    password_hash=password_hash,
                )
                await create_account(tx, here, new, next(keys), by=OPERATOR)
                self.tokens[name] = await create_token(tx, here, name, SCOPES, by=OPERATOR)
            for community in communities:
                await create_community(tx, here, community, next(keys), by=OPERATOR)

    async def start(self, clock: Clock) -> None:
        """Start the server and wait until it is ready. Raises `DemoFailed`."""
        # In a session of its own, so that Ctrl-C reaches the demonstration alone, which ends both in order.
        with (self.folder / "log").open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "server.cli.main", "serve", "--config", str(self.config)),
                env={name: value for name, value in os.environ.items() if not name.startswith("ENTREPAIRS_")},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until = clock.monotonic() + _START_SECONDS
        while not await Caller(self.port).is_ready():
            if self._process.returncode is not None or clock.monotonic() > until:
                raise DemoFailed(f"the server of {self.domain} did not start:\n{self._end_of_log()}")
            await clock.sleep(0.1)

    async def operate(self, *arguments: str) -> Any:
        """What a command of the operator prints, while the server runs. Raises `CallFailed`."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "server.cli.main", *arguments, "--config", str(self.config), "--json"),
            env={name: value for name, value in os.environ.items() if not name.startswith("ENTREPAIRS_")},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        try:
            printed, errors = await process.communicate()
        finally:
            # Given up halfway, it would go on writing into the folder while that is removed.
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            raise CallFailed(f"{' '.join(arguments)}: {errors.decode(errors='replace')[-_LOG_CHARACTERS:]}")
        return msgspec.json.decode(printed)

    async def ended(self) -> None:
        """Return when the server has ended, which it should not. Raises `DemoFailed` then."""
        if self._process is not None:
            await self._process.wait()
        raise DemoFailed(f"the server of {self.domain} has ended:\n{self._end_of_log()}")

    async def stop(self) -> None:
        """End the server as an operator would, and by force if it takes too long."""
        if self._process is None or self._process.returncode is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.wait(), _STOP_SECONDS)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    def _end_of_log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")[-_LOG_CHARACTERS:]
