"""The floors: each kind of work reduced to what cannot be avoided, in a process of its own.

`python -m tests.load.floor_server` reads one JSON object of options from its standard input: `answer` (text that is
sent back), `key` (PEM; the request must be signed by it), `database` (address; the body is stored by five inserts in a
commit that concurrent requests share). It prints its port, and runs until its standard input is closed.
"""

import asyncio
import base64
import hashlib
import json
import sqlite3
import sys
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import asyncpg
import uvloop
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from tests.load.http_load import HOST

Stored = tuple[str, bytes]
Commit = Callable[[Sequence[Stored]], Coroutine[Any, Any, None]]

_TABLES = 5
_SQLITE = "CREATE TABLE floor_{0} (id INTEGER PRIMARY KEY, uri TEXT UNIQUE, payload BLOB)"
_POSTGRES = (
    "CREATE TABLE floor_{0} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, uri text UNIQUE, payload bytea)"
)


async def commit_to(database: str) -> Commit:
    """What stores a batch in five tables and commits."""
    if database.startswith("postgresql"):
        return await _commit_to_postgres(database)
    connection = sqlite3.connect(database, isolation_level=None, check_same_thread=False)
    connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;")
    for number in range(_TABLES):
        connection.execute(_SQLITE.format(number))

    def store(batch: Sequence[Stored]) -> None:
        connection.execute("BEGIN IMMEDIATE")
        for number in range(_TABLES):
            connection.executemany(f"INSERT INTO floor_{number} (uri, payload) VALUES (?, ?)", batch)
        connection.execute("COMMIT")

    async def commit(batch: Sequence[Stored]) -> None:
        await asyncio.get_running_loop().run_in_executor(None, store, batch)

    return commit


async def _commit_to_postgres(database: str) -> Commit:
    connection = await asyncpg.connect(database)
    for number in range(_TABLES):
        await connection.execute(_POSTGRES.format(number))

    async def commit(batch: Sequence[Stored]) -> None:
        async with connection.transaction():
            for number in range(_TABLES):
                await connection.executemany(f"INSERT INTO floor_{number} (uri, payload) VALUES ($1, $2)", batch)

    return commit


class Floor:
    """One handler, made of the parts that are asked for."""

    def __init__(self, answer: str, key: str, commit: Commit | None) -> None:
        self._answer = answer
        self._key = load_pem_public_key(key.encode()) if key else None
        self._commit = commit
        self._waiting: list[tuple[Stored, asyncio.Future[None]]] = []
        self._storing: asyncio.Task[None] | None = None

    async def handle(self, request: web.Request) -> web.Response:
        """Check, decode, store, answer: as far as asked."""
        body = await request.read()
        if self._key is not None:
            self._check(request, body)
        if self._commit is not None:
            await self._store((json.loads(body)["id"], body))
        if self._answer:
            return web.Response(text=self._answer, content_type="application/json")
        return web.Response(status=202)

    def _check(self, request: web.Request, body: bytes) -> None:
        assert isinstance(self._key, RSAPublicKey)
        given = dict(part.split("=", 1) for part in request.headers["Signature"].split(","))
        values = {"(request-target)": f"{request.method.lower()} {request.raw_path}"}
        names = given["headers"].strip('"').split()
        signed = "\n".join(f"{name}: {values.get(name) or request.headers[name]}" for name in names)
        self._key.verify(base64.b64decode(given["signature"].strip('"')), signed.encode(), PKCS1v15(), SHA256())
        if body:
            digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
            assert request.headers["Digest"] == f"SHA-256={digest}"

    async def _store(self, stored: Stored) -> None:
        committed = asyncio.get_running_loop().create_future()
        self._waiting.append((stored, committed))
        if self._storing is None:
            self._storing = asyncio.ensure_future(self._commit_all())
        await committed

    async def _commit_all(self) -> None:
        assert self._commit is not None
        while self._waiting:
            batch, self._waiting = self._waiting, []
            await self._commit([stored for stored, _ in batch])
            for _, committed in batch:
                committed.set_result(None)
        self._storing = None


async def _serve() -> None:
    options: dict[str, str] = json.loads(sys.stdin.readline())
    commit = await commit_to(options["database"]) if options.get("database") else None
    floor = Floor(options.get("answer", ""), options.get("key", ""), commit)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", floor.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, HOST, 0).start()
    print(runner.addresses[0][1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    uvloop.run(_serve())
