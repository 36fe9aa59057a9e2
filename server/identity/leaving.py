"""Signing out at the company as well (OpenID Connect RP-Initiated Logout 1.0)."""

from urllib.parse import urlencode

from aiohttp import web

from models.queries import identity
from server.http.keys import IDENTITIES, RUNTIME
from server.identity.provider import IdentityError

ID_TOKEN = "an ID token"  # noqa: S105 - the purpose of a seal, no secret


async def address(request: web.Request, provider_id: int, id_token_sealed: bytes) -> str | None:
    """Where the browser is signed out at the provider; None where that has no such address, or is away."""
    runtime = request.app[RUNTIME]
    async with runtime.db.read() as tx:
        provider = await identity.provider(tx, provider_id)
    if provider is None:
        return None
    try:
        metadata = await request.app[IDENTITIES].metadata(provider.issuer)
    except IdentityError:
        return None
    if metadata.end_session_endpoint is None:
        return None
    asked = {
        "id_token_hint": runtime.vault.open(id_token_sealed, ID_TOKEN).decode(),
        "client_id": provider.client_id,
        "post_logout_redirect_uri": runtime.config.url("/sign-in"),
    }
    mark = "&" if "?" in metadata.end_session_endpoint else "?"
    return f"{metadata.end_session_endpoint}{mark}{urlencode(asked)}"
