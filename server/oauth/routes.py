"""Addresses of the OAuth provider. Those below /api/, /oauth/ and /.well-known/ also answer with a trailing slash."""

from typing import Final

from aiohttp.typedefs import Handler

from server.oauth import apps, authorize, company, metadata, revoke, token, userinfo

ROUTES: Final[list[tuple[str, str, Handler]]] = [
    ("GET", "/sign-in/company/callback", company.come_back),
    ("GET", "/sign-in/company/{id}", company.begin),
    ("GET", "/sign-in/company/{id}/test", company.begin_test),
    ("POST", "/sign-in/company/{id}/link", company.begin_link),
    ("POST", "/sign-in/company/{id}/logout", company.end_from_there),
    ("POST", "/api/v1/apps", apps.register),
    ("GET", "/api/v1/apps/verify_credentials", apps.verify_credentials),
    ("GET", "/oauth/authorize", authorize.show),
    ("POST", "/oauth/authorize", authorize.decide),
    ("DELETE", "/oauth/authorize", authorize.deny),
    ("GET", "/oauth/authorize/native", authorize.native),
    ("GET", "/oauth/authorized_applications", authorize.authorized_applications),
    ("POST", "/oauth/token", token.issue),
    ("GET", "/oauth/token/info", token.info),
    ("POST", "/oauth/revoke", revoke.revoke),
    ("GET", "/oauth/userinfo", userinfo.userinfo),
    ("POST", "/oauth/userinfo", userinfo.userinfo),
    ("GET", "/.well-known/oauth-authorization-server", metadata.metadata),
]
"""Method, path, handler."""
