"""A third party that catches every delivery between servers, and sends it again at any later moment: in vain.

It sends what it caught as it was, to the server that it was for and to every other; and, signed by itself, in the name
of a server that nobody knows and of one that is everybody's partner.
"""

import asyncio
import itertools
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from multidict import CIMultiDict
from sqlalchemy import select

from models.files import COUNTED, COUNTING
from models.tables import metadata
from models.writes.state import PEERS
from tests.support.fake_peer import FakeActor
from tests.support.instances import Instance
from tests.support.line import Letter, Line
from tests.support.waiting import until

ANSWERS: Final = {202, 400, 401, 403, 404, 410}
"""What a replay may be answered: that it is known already, or that it does not hold. Never that something broke."""
_ELSEWHERE: Final = ("/inbox", "/actor/inbox")
_AT_ONCE: Final = 8

_PASSING: Final[Mapping[str, frozenset[str]]] = {
    # Whose turn it is, when somebody was last seen, when a key that did not fit was last looked up at its own host, and
    # how that host says there that it signs, and what its clock shows: nothing that decides about anything.
    "actor_keys": frozenset({"fetched_at"}),
    "actors": frozenset({"fetched_at"}),
    "delivery_queues": frozenset({"leased_until", "lease_owner", "next_attempt_at", "last_success_at", "clock_ahead"}),
    "inbox_lanes": frozenset({"leased_until", "lease_owner", "next_attempt_at"}),
    "peers": frozenset({"seen_at", "software_checked_at", "signature_scheme", "signature_algorithm"}),
}

State = dict[str, "Counter[tuple[Any, ...]]"]


@dataclass
class Eavesdropper:
    """Whoever listens at the lines."""

    stranger: FakeActor
    partner: FakeActor
    lines: list[tuple[Instance, Line]] = field(default_factory=list)
    """Each server with the line to it."""
    answers: "Counter[int]" = field(default_factory=Counter)

    async def introduce(self, server: Instance) -> None:
        """Let a server know who the partner is, by something that has no effect."""
        like = self.partner.activity("Like", object=f"http://{server.host}/objects/1")
        answer = await self.partner.post(f"http://{server.host}/inbox", like)
        assert answer.status == 202, answer
        server.nudge()
        await until(server.has_applied)

    async def replays_in_vain(self) -> None:
        """Send everything that was caught again, to all servers: their databases are as they were."""
        up = [server for server, _ in self.lines]
        before = {server.host: await state_of(server) for server in up}
        gate = asyncio.Semaphore(_AT_ONCE)
        await asyncio.gather(*(self._send(gate, *one) for one in self._again(up)))
        for server in up:
            server.nudge()
            await until(server.has_applied)
        after = {server.host: await state_of(server) for server in up}
        assert set(self.answers) <= ANSWERS, self.answers
        for host, state in before.items():
            changed = differences(state, after[host])
            assert not changed, f"{host}: {changed}"
        # Nobody went and asked who this is.
        assert self.stranger.peer.asked == []

    def _again(self, up: list[Instance]) -> Iterable[tuple[str, Instance, Letter]]:
        seen = set()
        caught = [(server, letter) for server, line in self.lines for letter in line.caught]
        for (meant_for, letter), server in itertools.product(caught, up):
            if (letter.body, server.host) in seen:
                continue
            seen.add((letter.body, server.host))
            if server is meant_for:
                yield "as it was", server, letter
                yield "stranger", server, letter
                yield "partner", server, letter
            else:
                yield "elsewhere", server, letter

    async def _send(self, gate: asyncio.Semaphore, how: str, server: Instance, letter: Letter) -> None:
        async with gate:
            if how == "as it was":
                await self._post(server, letter.target, letter.headers, letter.body)
            elif how == "elsewhere":
                headers = letter.headers.copy()
                headers["Host"] = server.host
                for path in _ELSEWHERE:
                    await self._post(server, path, headers, letter.body)
            else:
                actor = self.stranger if how == "stranger" else self.partner
                url = f"http://{server.host}{letter.target}"
                self.answers[(await actor.post(url, letter.body)).status] += 1

    async def _post(self, server: Instance, path: str, headers: "CIMultiDict[str]", body: bytes) -> None:
        address, port = server.hosts[server.host]
        url = f"http://{address}:{port}{path}"
        async with server.session.post(url, data=body, headers=headers) as answer:
            self.answers[answer.status] += 1


async def state_of(server: Instance) -> State:
    """All that a database holds, but for what passes."""
    found = {}
    async with server.db.read() as tx:
        for table in metadata.sorted_tables:
            passing = _PASSING.get(table.name, frozenset())
            columns = [column for column in table.columns if column.name not in passing]
            rows = select(*columns)
            if table.name == "server_state":
                # The first counts up with each change of a partner's row, which is compared itself. Files are counted
                # when the clock says so.
                rows = rows.where(table.c.name.not_in((PEERS, COUNTED, COUNTING)))
            found[table.name] = Counter(_plain(row) for row in await tx.select(rows))
    return found


def _plain(row: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(value if isinstance(value, str | bytes | int | datetime | None) else str(value) for value in row)


def differences(before: State, after: State) -> dict[str, list[tuple[Any, ...]]]:
    """Rows that are there before or after alone, by table."""
    changed = {table: (before[table] - after[table]) + (after[table] - before[table]) for table in before}
    return {table: list(rows) for table, rows in changed.items() if rows}
