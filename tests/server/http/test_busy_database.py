"""What is answered when PostgreSQL ends a statement: come again, not a fault of ours."""

import pytest
from aiohttp import web
from sqlalchemy import text

from models.engine import Database
from tests.server.http.conftest import Client, Serve
from tests.support.schemas import validate

STATEMENTS = {
    "too long": ("SET LOCAL statement_timeout = '1ms'", "SELECT pg_sleep(60)"),
    "out of room": ("DO $$ BEGIN RAISE EXCEPTION 'full' USING ERRCODE = 'disk_full'; END $$",),
    "shutting down": ("DO $$ BEGIN RAISE EXCEPTION 'bye' USING ERRCODE = 'admin_shutdown'; END $$",),
    "deadlock": ("DO $$ BEGIN RAISE EXCEPTION 'both' USING ERRCODE = 'deadlock_detected'; END $$",),
}


@pytest.mark.postgres
@pytest.mark.parametrize("kind", list(STATEMENTS))
async def test_a_statement_that_the_database_ends_is_answered_with_503(
    serve: Serve, migrated_postgres_url: str, kind: str
) -> None:
    """T209: the documented body, and when to come again."""
    client, database = await _serving(serve, migrated_postgres_url, STATEMENTS[kind])

    answer = await client.get("/api/v1/busy")

    assert (answer.status, answer.headers["Retry-After"]) == (503, "60")
    assert await answer.json() == {"error": "Service Unavailable"}
    validate("Error", await answer.json())
    await database.close()


@pytest.mark.postgres
async def test_a_statement_that_is_wrong_stays_a_fault_of_ours(serve: Serve, migrated_postgres_url: str) -> None:
    client, database = await _serving(serve, migrated_postgres_url, ("SELECT 1 / 0",))

    answer = await client.get("/api/v1/busy")

    assert answer.status == 500
    await database.close()


async def _serving(serve: Serve, url: str, statements: tuple[str, ...]) -> tuple[Client, Database]:
    database = Database(url)

    async def ask(request: web.Request) -> web.Response:
        async with database.write() as tx:
            for statement in statements:
                await tx.execute(text(statement))
        return web.Response()

    return await serve(web.get("/api/v1/busy", ask)), database
