"""POST /oauth/token: a code, or an app's own credentials, for an access token (RFC 6749, PKCE by RFC 7636).

A code counts once. Its second use is a sign that it was stolen, so that it ends what the first one got (T135).
"""

import base64
import hashlib
import hmac
from datetime import datetime
from typing import Final

import msgspec
from aiohttp import web

from models.engine import WriteTx
from models.queries import oauth
from models.queries.oauth import AppRow, CodeRow
from models.writes import oauth as rows
from server.actions.secret_hash import secret_hash
from server.http.answers import json_answer
from server.http.auth import require_app_or_user
from server.http.errors import ApiError, oauth_error
from server.http.keys import RUNTIME
from server.http.params import Params, params
from server.http.scopes import DEFAULT, are_administrative, are_within, parse
from server.oauth.clients import proven_client

_NO_STORE: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}

INVALID_CLIENT: Final = (
    "Client authentication failed due to unknown client, no client authentication included, "
    "or unsupported authentication method."
)
INVALID_GRANT: Final = (
    "The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the "
    "authorization request, or was issued to another client."
)


class TokenEntity(msgspec.Struct, frozen=True, kw_only=True):
    """Entity `Token`; clients need all four keys."""

    access_token: str
    scope: str
    created_at: int
    """Seconds since 1970."""
    token_type: str = "Bearer"  # noqa: S105 - the name of a scheme


async def issue(request: web.Request) -> web.Response:
    """POST /oauth/token. Errors are those of RFC 6749, 5.2."""
    given = await params(request)
    match given.text("grant_type"):
        case "authorization_code":
            entity = await _for_code(request, given)
        case "client_credentials":
            entity = await _for_app(request, given)
        case "":
            raise oauth_error("invalid_request", "The parameter grant_type is missing.")
        case _:
            raise oauth_error("unsupported_grant_type", "Only authorization_code and client_credentials are supported.")
    return json_answer(entity, headers=_NO_STORE)


async def _for_code(request: web.Request, given: Params) -> TokenEntity:
    runtime = request.app[RUNTIME]
    now, secret = runtime.clock.now(), runtime.tokens.secret()
    code_hash = secret_hash(given.text("code"))
    async with runtime.db.write() as tx:
        app = await proven_client(tx, request, given)
        if app is not None:
            code = await _redeem(tx, app, code_hash, given, now)
            if code is not None:
                await rows.add_token(
                    tx,
                    token_hash=secret_hash(secret),
                    app_id=app.id,
                    actor_id=code.actor_id,
                    community_id=code.community_id,
                    scopes=code.scopes,
                    code_hash=code_hash,
                    now=now,
                )
    # Refused only now: the end of an earlier token, if this was a second use, is committed.
    if app is None:
        raise invalid_client()
    if code is None:
        raise oauth_error("invalid_grant", INVALID_GRANT)
    return TokenEntity(access_token=secret, scope=code.scopes, created_at=int(now.timestamp()))


async def _redeem(tx: WriteTx, app: AppRow, code_hash: str, given: Params, now: datetime) -> CodeRow | None:
    """The code, used up by this call, if it is good for what was sent with it."""
    code = await oauth.code_by_hash(tx, code_hash)
    if code is None:
        return None
    if code.used_at is not None:
        await rows.revoke_by_code(tx, code_hash, now)
        return None
    if not _is_good(code, app, given, now):
        return None
    if not await rows.use_code(tx, code_hash, now):
        await rows.revoke_by_code(tx, code_hash, now)
        return None
    return code


def _is_good(code: CodeRow, app: AppRow, given: Params, now: datetime) -> bool:
    """Bound to client, redirect URI and challenge, and not too old (T136)."""
    return (
        code.app_id == app.id
        and now < code.expires_at
        and given.text("redirect_uri") == code.redirect_uri
        and _is_verified(code.challenge, given.text("code_verifier"))
    )


def _is_verified(challenge: str | None, verifier: str) -> bool:
    """A verifier without a challenge is refused as well: somebody took the challenge away on the way here (T137)."""
    if challenge is None:
        return not verifier
    digest = hashlib.sha256(verifier.encode()).digest()
    return hmac.compare_digest(base64.urlsafe_b64encode(digest).decode().rstrip("="), challenge)


async def _for_app(request: web.Request, given: Params) -> TokenEntity:
    runtime = request.app[RUNTIME]
    now, secret = runtime.clock.now(), runtime.tokens.secret()
    scopes = parse(given.text("scope")) or (DEFAULT,)
    async with runtime.db.write() as tx:
        app = await proven_client(tx, request, given)
        if app is None:
            raise invalid_client()
        if not are_within(scopes, parse(app.scopes)) or are_administrative(scopes):
            raise oauth_error("invalid_scope", "The requested scope is unknown, or the app did not register it.")
        await rows.add_token(
            tx, token_hash=secret_hash(secret), app_id=app.id, actor_id=None, scopes=" ".join(scopes), now=now
        )
    return TokenEntity(access_token=secret, scope=" ".join(scopes), created_at=int(now.timestamp()))


def invalid_client() -> ApiError:
    """401 with the text by which some clients know that they must register anew."""
    return oauth_error("invalid_client", INVALID_CLIENT, status=401)


async def info(request: web.Request) -> web.Response:
    """GET /oauth/token/info, any token: what it is good for."""
    token = await require_app_or_user(request)
    async with request.app[RUNTIME].db.read() as tx:
        made_at = await oauth.token_made_at(tx, token.id)
        app = None if token.app_id is None else await oauth.app_by_id(tx, token.app_id)
    owner = token.actor_id if token.community_id is None else token.community_id
    answer = {
        "resource_owner_id": None if owner is None else str(owner),
        "scope": parse(token.scopes),
        "expires_in": None,
        "application": {"uid": None if app is None else app.client_id},
        "created_at": None if made_at is None else int(made_at.timestamp()),
    }
    return json_answer(answer)
