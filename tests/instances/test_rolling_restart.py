"""One process takes over from another on one database, while people work (threats T226, T215).

PostgreSQL and Redis, as more than one process needs. Whoever asks goes to the process that answers, as behind a proxy.
"""

import asyncio
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from aiohttp import ClientError, ClientSession, DummyCookieJar

from tests.support.commands import Firm
from tests.support.laboratory import Office
from tests.support.ports import free_ports
from tests.support.waiting import until

pytestmark = pytest.mark.process

AT_LEAST = 5
"""Posts before and after each change of processes."""


@dataclass
class Author:
    """Posts one after the other, each until it is answered with success; what else was answered is kept."""

    session: ClientSession
    token: str
    ports: list[int]
    said: list[str] = field(default_factory=list)
    refusals: list[int] = field(default_factory=list)
    is_over: bool = False

    async def work(self) -> None:
        number = 0
        while not self.is_over:
            number += 1
            await until(partial(self._say, number))

    async def _say(self, number: int) -> bool:
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": f"post {number}"}
        for port in self.ports:
            try:
                async with self.session.post(
                    f"http://127.0.0.1:{port}/api/v1/statuses", headers=headers, json={"status": f"post {number}"}
                ) as answer:
                    if answer.status == 200:
                        self.said.append((await answer.json())["id"])
                        return True
                    self.refusals.append(answer.status)
            except (ClientError, OSError):
                # This one is down: the proxy asks the other.
                continue
        return False

    async def has_said(self, more: int) -> None:
        """Wait until so many more posts were answered."""
        wanted = len(self.said) + more

        async def is_done() -> bool:
            return len(self.said) >= wanted

        await until(is_done)


async def test_no_answer_fails_while_processes_take_over_from_each_other(
    postgres_url: str, redis_url: str, tmp_path: Path
) -> None:
    ports = free_ports(2)
    shared = {"DATABASE_URL": postgres_url, "REDIS_URL": redis_url, "API_RATE": "0"}
    offices = [Office(Firm(tmp_path, "alpha.test", shared | {"BIND": f"127.0.0.1:{port}"}), port) for port in ports]
    old, new = offices
    token = await asyncio.to_thread(installed, old.firm)
    try:
        await asyncio.to_thread(old.start)
        async with ClientSession(cookie_jar=DummyCookieJar()) as session:
            author = Author(session, token, ports)
            work = asyncio.ensure_future(author.work())
            await author.has_said(AT_LEAST)
            for leaving, coming in ((old, new), (new, old)):
                await asyncio.to_thread(coming.start)
                await author.has_said(AT_LEAST)
                assert await asyncio.to_thread(leaving.stop) == 0
                await author.has_said(AT_LEAST)
            author.is_over = True
            await work
            shown = await all_of(session, old.port, token)
    finally:
        for office in offices:
            office.kill()

    assert [status for status in author.refusals if status != 503] == []
    assert shown == set(author.said)
    assert len(author.said) == len(set(author.said))


def installed(firm: Firm) -> str:
    """A migrated database with somebody in it; a token of theirs."""
    firm.ask("migrate")
    firm.user("ada", role="admin")
    return str(firm.ask("user", "token", "ada", "--scopes", "read write")["access_token"])


async def all_of(session: ClientSession, port: int, token: str) -> set[str]:
    """Ids of everything that the author has published."""
    headers = {"Authorization": f"Bearer {token}"}
    found: set[str] = set()
    async with session.get(f"http://127.0.0.1:{port}/api/v1/accounts/verify_credentials", headers=headers) as answer:
        own = (await answer.json())["id"]
    oldest = ""
    while True:
        address = f"http://127.0.0.1:{port}/api/v1/accounts/{own}/statuses?limit=40{oldest}"
        async with session.get(address, headers=headers) as answer:
            page = [one["id"] for one in await answer.json()]
        if not page:
            return found
        found |= set(page)
        oldest = f"&max_id={page[-1]}"
