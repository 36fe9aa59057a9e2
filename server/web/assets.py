"""/static/…: the few files that pages and apps need. Named one by one, so that no path leads anywhere else; read once.

The style's address carries a hash of its content, so that browsers may keep it for ever. Apps take a picture whose
address ends in `/original/missing.png` for "no picture" (client API section 9).
"""

from hashlib import sha256
from typing import Final

import msgspec
from aiohttp import web

from server.http.pages import STATIC

_CSS, _SVG, _PNG = "text/css; charset=utf-8", "image/svg+xml", "image/png"

_FILES: Final = {
    "style.css": ("style.css", _CSS),
    "office.css": ("office.css", _CSS),
    "icon.svg": ("icon.svg", _SVG),
    "avatar.png": ("avatar.png", _PNG),
    "avatars/original/missing.png": ("avatar.png", _PNG),
    "headers/original/missing.png": ("header.png", _PNG),
    "thumbnail.png": ("thumbnail.png", _PNG),
}
"""Path below /static/ to file and type."""


class _Asset(msgspec.Struct, frozen=True):
    body: bytes
    type: str
    etag: str


def _read(file: str, content_type: str) -> _Asset:
    body = (STATIC / file).read_bytes()
    return _Asset(body, content_type, f'"{sha256(body).hexdigest()[:16]}"')


_ASSETS: Final = {path: _read(*file) for path, file in _FILES.items()}


async def show(request: web.Request) -> web.Response:
    """GET /static/{path}. 304 for a browser that has the same already; web apps elsewhere may read it too."""
    asset = _ASSETS.get(request.match_info["path"])
    if asset is None:
        raise web.HTTPNotFound
    seconds = 31_536_000 if "v" in request.query else 86_400
    headers = {
        "Cache-Control": f"public, max-age={seconds}",
        "ETag": asset.etag,
        "Vary": "Accept-Encoding",
        "Access-Control-Allow-Origin": "*",
    }
    if request.headers.get("If-None-Match") == asset.etag:
        return web.Response(status=304, headers=headers)
    return web.Response(body=asset.body, headers=headers | {"Content-Type": asset.type})
