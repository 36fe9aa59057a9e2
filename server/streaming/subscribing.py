"""From what a client names to a channel: known streams, with the token's scopes, lists only of their owner."""

import unicodedata
from typing import Final

from models.engine import Database
from models.queries import lists, streams
from server.http.errors import ApiError, bad_request, not_found, scope_missing
from server.streaming import channels
from server.streaming.channels import MAX_TAG, NEEDED, Channel
from server.streaming.connection import Connection

_MAX_ID: Final = 2**63


def unknown_stream() -> ApiError:
    """400: there is no such stream."""
    return bad_request("Unknown stream type")


async def subscribe(connection: Connection, db: Database, *, name: str, tag: str, list_id: str) -> None:
    """Listen to a stream; twice is once. Raises `ApiError`: 400 unknown or too many, 403 scope, 404 not one's list."""
    channel = await _channel(connection, db, name, tag, list_id)
    if not connection.add(channel):
        raise bad_request("Too many streams on one connection")


async def _channel(connection: Connection, db: Database, name: str, tag: str, list_id: str) -> Channel:
    needed = NEEDED.get(name)
    if needed is None:
        raise unknown_stream()
    if not needed <= connection.covered:
        raise scope_missing()
    if name in (channels.HASHTAG, channels.HASHTAG_LOCAL):
        return Channel(name, _folded(tag))
    if name == channels.LIST:
        return await _list(connection, db, list_id)
    return Channel(name)


def unsubscribe(connection: Connection, *, name: str, tag: str, list_id: str) -> None:
    """Listen to it no longer. Raises `ApiError` 400 for an unknown one."""
    if name not in NEEDED:
        raise unknown_stream()
    detail = ""
    if name in (channels.HASHTAG, channels.HASHTAG_LOCAL):
        detail = _folded(tag)
    if name == channels.LIST:
        detail = list_id
    connection.drop(name, detail)


def _folded(tag: str) -> str:
    name = unicodedata.normalize("NFC", tag).removeprefix("#").lower()
    if not name or len(name) > MAX_TAG or not name.replace("_", "a").isalnum():
        raise bad_request("Missing or unusable parameter: tag")
    return name


async def _list(connection: Connection, db: Database, list_id: str) -> Channel:
    if not (list_id.isascii() and list_id.isdecimal() and len(list_id) < 20 and int(list_id) < _MAX_ID):
        raise not_found()
    async with db.read() as tx:
        community_id = await streams.kept_list(tx, int(list_id), connection.person)
        if community_id is None and await lists.own(tx, int(list_id), connection.person.actor_id) is None:
            raise not_found()
    return Channel(channels.LIST, str(int(list_id)), community_id or 0)
