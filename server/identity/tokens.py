"""What is believed of an ID token and of a logout token (OpenID Connect Core 3.1.3.7, Back-Channel Logout 2.6)."""

from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from models.base import EPOCH
from server.identity.provider import Identities, IdentityError, Metadata, Tokens
from server.jose import claims_of

_LEEWAY: Final = timedelta(minutes=1)
_LOGOUT_LIFE: Final = timedelta(minutes=10)
_LOGOUT_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
_MAX_TOKEN: Final = 32_768
_MAX_SUBJECT: Final = 255

Claims = dict[str, Any]


class Logout(msgspec.Struct, frozen=True):
    """Whom a provider signs out: a subject, one of its sessions, or both."""

    subject: str | None
    sid: str | None


async def id_token_claims(
    identities: Identities, metadata: Metadata, token: str, *, client_id: str, nonce: str, now: datetime
) -> Claims:
    """The claims of an ID token that is this provider's, for us, fresh, and of this sign-in. Raises `IdentityError`."""
    claims = await _proven(identities, metadata, token)
    _require_ours(claims, metadata, client_id, now)
    if claims.get("nonce") != nonce:
        raise IdentityError("The ID token is of another sign-in.")
    _instant(claims, "exp")
    if _instant(claims, "exp") <= now - _LEEWAY:
        raise IdentityError("The ID token has expired: are both clocks right?")
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 1 <= len(subject) <= _MAX_SUBJECT:
        raise IdentityError("The ID token says nobody's name.")
    return claims


async def logout_of(identities: Identities, metadata: Metadata, token: str, *, client_id: str, now: datetime) -> Logout:
    """Whom a logout token signs out. Raises `IdentityError`."""
    claims = await _proven(identities, metadata, token)
    _require_ours(claims, metadata, client_id, now)
    events = claims.get("events")
    if "nonce" in claims or not isinstance(events, dict) or _LOGOUT_EVENT not in events:
        raise IdentityError("This is no logout token.")
    if _instant(claims, "iat") < now - _LOGOUT_LIFE:
        raise IdentityError("The logout token is too old.")
    subject, sid = claims.get("sub"), claims.get("sid")
    if not isinstance(subject, str | None) or not isinstance(sid, str | None) or not (subject or sid):
        raise IdentityError("The logout token says nobody's name.")
    return Logout(subject, sid)


async def completed(
    identities: Identities, metadata: Metadata, claims: Claims, tokens: Tokens, *, group: str
) -> Claims:
    """The claims, and what they lack of name, address and groups from the provider's page of the person.

    Providers that keep ID tokens small tell there what was asked for by scopes (Core 5.4). What the ID token says goes
    before, and the page counts only if it is of the same subject (Core 5.3.2). Raises `IdentityError`.
    """
    is_whole = all(name in claims for name in ("email", "name", group))
    if is_whole or metadata.userinfo_endpoint is None or tokens.access_token is None:
        return claims
    said = await identities.userinfo(metadata, tokens.access_token)
    if said.get("sub") != claims["sub"]:
        raise IdentityError("The provider told of somebody else.")
    return said | claims


def groups_in(claims: Claims, name: str) -> set[str]:
    """The groups of a claim: a list of texts, or one text."""
    value = claims.get(name)
    if isinstance(value, str):
        return {value}
    return {one for one in value if isinstance(one, str)} if isinstance(value, list) else set()


async def _proven(identities: Identities, metadata: Metadata, token: str) -> Claims:
    if len(token) > _MAX_TOKEN:
        raise IdentityError("The token is too long.")
    keys = await identities.keys(metadata)
    try:
        return claims_of(token, keys)
    except ValueError:
        # Perhaps it is signed by a key that is newer than those known here.
        newer = await identities.keys(metadata, again=True)
    try:
        return claims_of(token, newer)
    except ValueError as error:
        raise IdentityError("The token is not signed by the provider.") from error


def _require_ours(claims: Claims, metadata: Metadata, client_id: str, now: datetime) -> None:
    if claims.get("iss") != metadata.issuer:
        raise IdentityError("The token is of another issuer.")
    audience = claims.get("aud")
    named = [audience] if isinstance(audience, str) else audience
    if not isinstance(named, list) or client_id not in named:
        raise IdentityError("The token is for somebody else.")
    if len(named) > 1 and claims.get("azp") != client_id:
        raise IdentityError("The token is for somebody else as well.")
    if _instant(claims, "iat") > now + timedelta(minutes=5):
        raise IdentityError("The token comes from the future: are both clocks right?")


def _instant(claims: Claims, name: str) -> datetime:
    value = claims.get(name)
    if not isinstance(value, int | float) or not 0 <= value < 1e11:
        raise IdentityError(f"The token does not say when ({name}).")
    return EPOCH + timedelta(seconds=value)
