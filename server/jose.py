"""Signed tokens (RFC 7515 to 7519), by a library that is loaded with the first of them: a quiet server needs none."""

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

_ALGORITHMS: Final = ["RS256", "PS256", "ES256", "ES384", "RS384", "RS512", "PS384", "PS512", "Ed25519", "EdDSA"]
"""By a key that its owner publishes; never `none`, never a secret that both sides know."""


def signed(claims: Mapping[str, object], private: ec.EllipticCurvePrivateKey) -> str:
    """A token with these claims, signed by ES256."""
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    key = import_module("joserfc.jwk").ECKey.import_key(pem)
    token: str = import_module("joserfc.jwt").encode({"alg": "ES256", "typ": "JWT"}, dict(claims), key)
    return token


def key_set(document: Mapping[str, Any]) -> "KeySet":
    """The keys that somebody publishes (RFC 7517). Raises `ValueError`."""
    try:
        keys: KeySet = import_module("joserfc.jwk").KeySet.import_key_set(document)
    except (import_module("joserfc.errors").JoseError, TypeError, KeyError) as error:
        raise ValueError("not a set of keys") from error
    return keys


def claims_of(token: str, keys: "KeySet") -> dict[str, Any]:
    """The claims of a token that one of these keys signed. Raises `ValueError`."""
    try:
        claims: dict[str, Any] = import_module("joserfc.jwt").decode(token, keys, algorithms=_ALGORITHMS).claims
    except import_module("joserfc.errors").JoseError as error:
        raise ValueError("not signed by one of the keys") from error
    return claims
