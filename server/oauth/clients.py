"""Which app asks at the token and revocation addresses: its id and secret, by HTTP Basic or among the parameters."""

import base64
import binascii
import hmac
import re
from typing import Final
from urllib.parse import unquote_plus

from aiohttp import web

from models.engine import ReadTx
from models.queries import oauth
from models.queries.oauth import AppRow
from server.actions.secret_hash import secret_hash
from server.http.params import Params

_BASIC: Final = "basic "
_CLIENT_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


async def known_app(tx: ReadTx, client_id: str) -> AppRow | None:
    """The app that calls itself so; what cannot be an id is not even looked up."""
    return await oauth.app_by_client_id(tx, client_id) if _CLIENT_ID.fullmatch(client_id) else None


async def proven_client(tx: ReadTx, request: web.Request, given: Params) -> AppRow | None:
    """The app that knows the secret it was given at registration; None for any other."""
    client_id, secret = _basic(request) or (given.text("client_id"), given.text("client_secret"))
    app = await known_app(tx, client_id)
    if app is None or not hmac.compare_digest(secret_hash(secret), app.secret_hash):
        return None
    return app


def _basic(request: web.Request) -> tuple[str, str] | None:
    """Id and secret of an `Authorization: Basic` header, each form-encoded before (RFC 6749, 2.3.1)."""
    header = request.headers.get("Authorization", "")
    if header[:6].lower() != _BASIC:
        return None
    try:
        decoded = base64.b64decode(header[6:].strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    client_id, _, secret = decoded.partition(":")
    return unquote_plus(client_id), unquote_plus(secret)
