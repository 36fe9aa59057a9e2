"""A plain or TLS connection to a host that an administrator named, through the same address guard as every request.

For protocols that are no HTTP (threats T067 to T071): STATIC_HOSTS first, then public addresses only.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from federation.transport.addresses import AddressGuard, StaticHosts

CONNECT_SECONDS = 5.0


@asynccontextmanager
async def connection(
    host: str, port: int, static_hosts: StaticHosts, *, tls: ssl.SSLContext | None
) -> AsyncIterator[asyncio.StreamWriter]:
    """What is written goes there; closed at the end of the block, with the farewell of TLS.

    Raises `OSError` (an `AddressRefused` for a private address, `ssl.SSLError`) and `TimeoutError`.
    """
    guard = AddressGuard(static_hosts, seconds=CONNECT_SECONDS)
    try:
        found = (await guard.resolve(host, port))[0]
    finally:
        await guard.close()
    endpoint = (found["host"], found["port"])
    writer = await _connected(guard, host, endpoint, found["family"], tls)
    try:
        yield writer
        writer.close()
        # A receiver that never says farewell has taken what was written all the same.
        with suppress(TimeoutError):
            await asyncio.wait_for(writer.wait_closed(), CONNECT_SECONDS)
    finally:
        writer.transport.abort()


async def _connected(
    guard: AddressGuard, host: str, endpoint: tuple[str, int], family: int, tls: ssl.SSLContext | None
) -> asyncio.StreamWriter:
    loop = asyncio.get_running_loop()
    info = await loop.getaddrinfo(*endpoint, family=family, type=socket.SOCK_STREAM)
    made = guard.open_socket(info[0])
    made.setblocking(False)
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            await loop.sock_connect(made, info[0][4])
            _, writer = await asyncio.open_connection(sock=made, ssl=tls, server_hostname=host if tls else None)
    except BaseException:
        made.close()
        raise
    return writer
