"""/media/…: files of our own people and of partners, as `addresses.py` names them.

Nothing is served that no post or actor here shows. Ours come from the store (`store.py`), partners' from their copies
(`remote.py`); who may have which file, the gate says for both alike.
"""

import hmac
import re
from pathlib import Path
from typing import Final

import msgspec
from aiohttp import hdrs, web

from federation.errors import FederationError, TryLater
from models.details import File, details_of
from models.gate import Person
from models.media import FOR_POST
from models.queries import accounts, media, posts
from models.queries.media import UploadRow
from server.http import sessions
from server.http.keys import RUNTIME
from server.media.addresses import MediaAddresses
from server.media.kinds import DOWNLOAD, HEAD_BYTES, Kind, kind_of
from server.media.remote import LATER_SECONDS, RemoteFiles
from server.media.store import ORIGINAL, SMALL, VERSIONS, StoreAway
from server.media.uploads import Uploads

MEDIA: Final = web.AppKey("media", MediaAddresses)
"""Makes the addresses of files."""

REMOTE_FILES: Final = web.AppKey("remote_files", RemoteFiles)
"""Fetches and keeps those of partners."""

UPLOADS: Final = web.AppKey("uploads", Uploads)
"""Keeps those of our own people."""

_NUMBER: Final = re.compile(r"[0-9]{1,18}")
_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_PICTURE_SECONDS: Final = 86_400
_FILE_SECONDS: Final = 600
"""How long a browser may show a file without asking whether its reader still may see the post."""


async def show_file(request: web.Request) -> web.StreamResponse:
    """GET /media/posts/{post_id}/{number}/{version}/{viewer_id}-{until}-{code}: a file of a post that this person may
    see, as it is now. 404 whatever the reason why not.
    """
    post_id, number, viewer_id, until = _numbers(request, "post_id", "number", "viewer_id", "until")
    version = _version(request)
    async with request.app[RUNTIME].db.read() as tx:
        # Both in any case: by how long it takes nobody finds out whether this person may see the post (threats T170).
        is_reader = await accounts.is_active(tx, Person(viewer_id))
        post = await posts.post(tx, post_id, Person(viewer_id))
    files = details_of(post.details).files if post is not None and post.id == post_id and is_reader else ()
    if number >= len(files):
        raise web.HTTPNotFound
    file = files[number]
    right = request.app[MEDIA].file_code(post_id, number, file, version, viewer_id, until)
    await _require_address(request, right, viewer_id, until)
    if file.name is not None:
        return await stored(request, file, version, f"private, max-age={_FILE_SECONDS}")
    return await _copied(request, file.url, f"private, max-age={_FILE_SECONDS}")


async def show_upload(request: web.Request) -> web.StreamResponse:
    """GET /media/uploads/{upload_id}/{version}/{viewer_id}-{until}-{code}: a file that its owner has not posted yet."""
    upload_id, viewer_id, until = _numbers(request, "upload_id", "viewer_id", "until")
    version, viewer = _version(request), Person(viewer_id)
    await _require_address(
        request, request.app[MEDIA].upload_code(upload_id, version, viewer_id, until), viewer_id, until
    )
    async with request.app[RUNTIME].db.read() as tx:
        row = await media.own_upload(tx, upload_id, viewer)
        is_owner = row is not None and row.post_id is None and await accounts.is_active(tx, viewer)
    if row is None or not is_owner:
        raise web.HTTPNotFound
    return await stored(request, _named(row), version, "private, no-store")


async def show_picture(request: web.Request) -> web.StreamResponse:
    """GET /media/pictures/{digest}-{code}: a picture of an actor elsewhere, or a custom emoji."""
    digest = request.match_info["digest"]
    if not _is(request.match_info["code"], request.app[MEDIA].picture_code(digest)):
        raise web.HTTPNotFound
    async with request.app[RUNTIME].db.read() as tx:
        url = await media.picture_url(tx, digest)
    if url is None:
        raise web.HTTPNotFound
    return await _copied(request, url, f"private, max-age={_PICTURE_SECONDS}")


async def show_own(request: web.Request) -> web.StreamResponse:
    """GET /media/own/{name} and …/small: a picture of one of our people, or a custom emoji of ours."""
    async with request.app[RUNTIME].db.read() as tx:
        row = await media.by_name(tx, name_of(request))
    if row is None or row.purpose == FOR_POST:
        raise web.HTTPNotFound
    return await stored(request, _named(row), version_of(request), f"private, max-age={_PICTURE_SECONDS}")


def name_of(request: web.Request) -> str:
    """The name in the store that is in the path. Raises 404 for what cannot be one."""
    name = request.match_info["name"]
    if not _NAME.fullmatch(name):
        raise web.HTTPNotFound
    return name


def version_of(request: web.Request) -> str:
    """The version that a path without one, or ending in `small`, means."""
    return SMALL if request.path.endswith(f"/{SMALL}") else ORIGINAL


def _numbers(request: web.Request, *names: str) -> list[int]:
    found = request.match_info
    if not all(_NUMBER.fullmatch(found[name]) for name in names):
        raise web.HTTPNotFound
    return [int(found[name]) for name in names]


def _version(request: web.Request) -> str:
    version = request.match_info["version"]
    if version not in VERSIONS:
        raise web.HTTPNotFound
    return version


async def _require_address(request: web.Request, right: str, viewer_id: int, until: int) -> None:
    """The address was made here and is not over; in a browser where its reader is signed in it may be over."""
    if not _is(request.match_info["code"], right):
        raise web.HTTPNotFound
    if request.app[MEDIA].is_over(until):
        session = await sessions.current(request)
        if session is None or session.who.person.actor_id != viewer_id:
            raise web.HTTPNotFound


def _is(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode(), right.encode())


def _named(row: UploadRow) -> File:
    return msgspec.structs.replace(row.file, name=row.name)


# --- answers ---


def _headers(kind: Kind, caching: str) -> dict[str, str]:
    """Of every file: it is what its bytes are, and never a page, a script or a document of a peer (T028, T109)."""
    return {
        "Content-Type": kind.content_type,
        "Content-Disposition": "inline" if kind.is_shown else "attachment",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        # Web apps elsewhere show it too; who may have it, the address says.
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Cache-Control": caching,
    }


async def stored(request: web.Request, file: File, version: str, caching: str) -> web.StreamResponse:
    """A file from the store, or the part that was asked for. Who may have it was found out before."""
    if file.name is None or (version == SMALL and file.small is None):
        raise web.HTTPNotFound
    try:
        wanted = request.http_range
    except ValueError:
        wanted = slice(None)
    part = (int(wanted.start or 0), wanted.stop) if wanted.start is not None or wanted.stop is not None else None
    try:
        found = await request.app[UPLOADS].store.open(file.name, version, part)
    except IndexError:
        raise web.HTTPRequestRangeNotSatisfiable from None
    except StoreAway as error:
        raise web.HTTPServiceUnavailable(headers={"Retry-After": str(int(LATER_SECONDS))}) from error
    if found is None:
        raise web.HTTPNotFound
    kind = Kind((file.media_type if version == ORIGINAL else file.small_type) or DOWNLOAD, is_shown=True)
    response = web.StreamResponse(status=206 if part else 200, headers=_headers(kind, caching))
    response.headers[hdrs.ACCEPT_RANGES] = "bytes"
    response.content_length = found.end - found.start
    if part:
        response.headers[hdrs.CONTENT_RANGE] = f"bytes {found.start}-{found.end - 1}/{found.size}"
    await response.prepare(request)
    if request.method != hdrs.METH_HEAD:
        async for chunk in found.chunks:
            await response.write(chunk)
    await response.write_eof()
    return response


async def _copied(request: web.Request, url: str, caching: str) -> web.StreamResponse:
    """The copy of a partner's file; with ranges, which players of films need."""
    try:
        path = await request.app[REMOTE_FILES].get(url)
    except TryLater as error:
        raise web.HTTPServiceUnavailable(headers={"Retry-After": str(int(LATER_SECONDS))}) from error
    except FederationError as error:
        raise web.HTTPNotFound from error
    return web.FileResponse(path, headers=_headers(kind_of(_head(path)), caching))


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(HEAD_BYTES)
    except OSError as error:
        # Gone for want of room between two steps; whoever asks again has it fetched again.
        raise web.HTTPServiceUnavailable(headers={"Retry-After": "1"}) from error
