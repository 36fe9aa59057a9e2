"""Handlers whose module is loaded by the first request for it: libraries that a quiet server has no use for wait."""

import asyncio
import sys
from importlib import import_module

from aiohttp import web
from aiohttp.typedefs import Handler


def late(module: str, name: str) -> Handler:
    """The handler of this name in the module, imported in a thread when it is first asked for."""

    async def handler(request: web.Request) -> web.StreamResponse:
        if module not in sys.modules:
            await asyncio.to_thread(import_module, module)
        answer: Handler = getattr(import_module(module), name)
        return await answer(request)

    return handler
