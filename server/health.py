"""/healthz: the process answers. /readyz: the database answers and has the schema of this version."""

from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from models import schema
from server.http.answers import json_answer
from server.http.keys import RUNTIME


async def alive(_: web.Request) -> web.Response:
    """GET /healthz and /health."""
    return json_answer({"status": "OK"})


async def ready(request: web.Request) -> web.Response:
    """GET /readyz: 200, or 503 with what is missing."""
    try:
        async with request.app[RUNTIME].db.read() as tx:
            found = await schema.revision(tx)
    except SQLAlchemyError:
        return json_answer({"status": "unavailable", "missing": "database"}, status=503)
    if found != schema.head():
        return json_answer({"status": "unavailable", "missing": "migrations"}, status=503)
    return json_answer({"status": "OK"})


ROUTES = (("GET", "/healthz", alive), ("GET", "/health", alive), ("GET", "/readyz", ready))
