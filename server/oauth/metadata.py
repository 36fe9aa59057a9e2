"""GET /.well-known/oauth-authorization-server: what an app needs to know before it asks (RFC 8414, client API 3.2)."""

import re
from typing import Final

from aiohttp import web

from server.http.answers import json_answer
from server.http.keys import RUNTIME
from server.http.scopes import SCOPES
from server.oauth.redirects import MODES

_THIS_MACHINE: Final = re.compile(r"(?:127\.0\.0\.1|\[::1\]|(?:[a-z0-9-]+\.)*localhost)(?::[0-9]{1,5})?")


def issuer(base_url: str) -> str:
    """The name of this server towards apps."""
    return f"{base_url}/"


async def metadata(request: web.Request) -> web.Response:
    """The document; the same for everybody who asks at one address."""
    config = request.app[RUNTIME].config
    reached_at = _reached_at(request, config.base_url)
    document = {
        "issuer": issuer(config.base_url),
        "authorization_endpoint": f"{reached_at}/oauth/authorize",
        "token_endpoint": f"{reached_at}/oauth/token",
        "revocation_endpoint": f"{reached_at}/oauth/revoke",
        "userinfo_endpoint": f"{reached_at}/oauth/userinfo",
        "app_registration_endpoint": f"{reached_at}/api/v1/apps",
        "scopes_supported": SCOPES,
        "response_types_supported": ["code"],
        "response_modes_supported": MODES,
        "grant_types_supported": ["authorization_code", "client_credentials"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
    }
    return json_answer(document, headers={"Cache-Control": "public, max-age=3600"})


def _reached_at(request: web.Request, base_url: str) -> str:
    """The public address; in a laboratory, whose names no client can look up, the one that the client found itself."""
    host = request.headers.get("Host", "").lower()
    is_found_by_address = base_url.startswith("http:") and _THIS_MACHINE.fullmatch(host) is not None
    return f"http://{host}" if is_found_by_address else base_url
