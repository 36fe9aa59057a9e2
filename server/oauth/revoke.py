"""POST /oauth/revoke: an app gives a token back (RFC 7009)."""

from aiohttp import web

from models.queries import oauth
from models.writes import oauth as rows
from server.actions.secret_hash import secret_hash
from server.http.answers import json_answer
from server.http.errors import oauth_error
from server.http.keys import RUNTIME
from server.http.params import params
from server.oauth.clients import proven_client


async def revoke(request: web.Request) -> web.Response:
    """POST /oauth/revoke. `{}` for the app's own and for unknown tokens, however often; 403 for another app's."""
    given = await params(request)
    if not given.text("token"):
        raise oauth_error("invalid_request", "The parameter token is missing.")
    token_hash = secret_hash(given.text("token"))
    runtime = request.app[RUNTIME]
    async with runtime.db.write() as tx:
        app = await proven_client(tx, request, given)
        token = await oauth.token_by_hash(tx, token_hash)
        if app is None or (token is not None and token.app_id != app.id):
            raise oauth_error("unauthorized_client", "You are not authorized to revoke this token", status=403)
        if token is not None:
            await rows.revoke_token(tx, token_hash, runtime.clock.now())
    return json_answer({})
