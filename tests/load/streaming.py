"""A thousand open streams: what they cost in memory, and what it costs to show them a post.

125 members with eight WebSockets each, the most that an account may have, listen to their home; their colleague posts.
"""

import asyncio
from dataclasses import dataclass
from itertools import chain

import uvloop
from aiohttp import ClientSession, ClientWebSocketResponse, TCPConnector, WSMsgType

from models.engine import Database
from tests.load.fan_out import posting
from tests.load.http_load import send_all
from tests.load.letters import DOMAIN
from tests.load.options import Options
from tests.load.report import Row
from tests.load.server_process import ServerUnderLoad
from tests.load.world import World

_MEMBERS = 125
_EACH = 8
_QUIET_SECONDS = 2.0


def measure(options: Options) -> list[Row]:
    """Memory for each open stream; CPU for each event, and events per second."""
    with ServerUnderLoad(options) as server:
        server.install("alice")
        server.found("sites", host="alice")
        secrets = uvloop.run(_join(server, options.count(5, _MEMBERS)))
        return uvloop.run(_measure(options, server, server.token("alice"), secrets))


async def _join(server: ServerUnderLoad, count: int) -> list[str]:
    db = Database(server.database_url)
    world = World(db)
    readers = await world.readers(count)
    await world.join(await world.actor_id("/communities/sites"), [one for one, _ in readers])
    await world.settle()
    await db.close()
    return [secret for _, secret in readers]


@dataclass
class _Listener:
    """One WebSocket and what it heard."""

    socket: ClientWebSocketResponse
    heard: int = 0

    async def listen(self, wanted: int) -> None:
        """Until so many events were heard in all."""
        while self.heard < wanted:
            message = await self.socket.receive()
            if message.type is not WSMsgType.TEXT:
                raise RuntimeError(f"a stream ended: {message}")
            self.heard += 1


async def _measure(options: Options, server: ServerUnderLoad, token: str, secrets: list[str]) -> list[Row]:
    await server.start()
    await send_all(server.port, [posting(token, number) for number in range(20)], 1)
    await asyncio.sleep(_QUIET_SECONDS)
    before = server.memory_mib
    async with ClientSession(connector=TCPConnector(limit=0)) as session:
        listeners = list(chain(*[await _open(session, server.port, secret) for secret in secrets]))
        await asyncio.sleep(_QUIET_SECONDS)
        opened = server.memory_mib
        posts = options.count(3, 30)
        with server.measured("streaming") as spent:
            for number in range(posts):
                await send_all(server.port, [posting(token, 100 + number)], 1)
                await asyncio.gather(*(one.listen(number + 1) for one in listeners))
        busy = server.memory_mib
        await asyncio.gather(*(one.socket.close() for one in listeners))
    await server.stop()
    return [
        Row("memory for each open stream", 1024 * (opened - before) / len(listeners), "KiB"),
        Row("memory, 1,000 streams busy", busy, "MiB"),
        Row.of("event on a stream", spent, posts * len(listeners)),
    ]


async def _open(session: ClientSession, port: int, secret: str) -> list[_Listener]:
    headers = {"Host": DOMAIN, "Authorization": f"Bearer {secret}"}
    address = f"http://127.0.0.1:{port}/api/v1/streaming?stream=user"
    return [_Listener(await session.ws_connect(address, headers=headers)) for _ in range(_EACH)]
