"""Encrypting and signing one push message, in the standard way and in that of the draft before it (client API 6).

`aes128gcm` is RFC 8188 with RFC 8291 and RFC 8292; `aesgcm` is draft-ietf-webpush-encryption-04 with its headers.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from server.jose import signed

TTL: Final = timedelta(hours=48)
"""How long the push service may keep a message, and how long we try."""

POINT_BYTES, SECRET_BYTES = 65, 16
"""Of an app's key: an uncompressed P-256 point, and the secret beside it (RFC 8291)."""

PURPOSE: Final = "token of a push subscription"
"""By which the tokens of subscriptions are sealed."""

_JWT_LIFE: Final = timedelta(hours=12)
_SALT_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class ServerKey:
    """The key by which push services know this server (VAPID), and whom they may write to."""

    private: ec.EllipticCurvePrivateKey
    public: str
    """As apps were told it, with padding."""
    contact: str
    """A `mailto:` address."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """The app that a message is for."""

    origin: str
    """Of the endpoint: scheme and host."""
    public_key: bytes
    auth_secret: bytes
    is_standard: bool


@dataclass(frozen=True, slots=True)
class Sealed:
    """What is sent."""

    body: bytes
    headers: Mapping[str, str]


def is_point(data: bytes) -> bool:
    """Whether it is an uncompressed point of the curve P-256."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), data)
    except ValueError:
        return False
    return len(data) == POINT_BYTES


def seal(text: bytes, recipient: Recipient, key: ServerKey, *, salt: bytes, now: datetime, urgency: str) -> Sealed:
    """Encrypt a message for an app; `salt` is 16 random bytes that are used once."""
    assert len(salt) == _SALT_BYTES
    pair = ec.generate_private_key(ec.SECP256R1())
    body: bytes = http_ece.encrypt(
        text,
        salt=salt,
        private_key=pair,
        dh=recipient.public_key,
        auth_secret=recipient.auth_secret,
        version="aes128gcm" if recipient.is_standard else "aesgcm",
    )
    token = _token(recipient.origin, key, now)
    headers = {
        "TTL": str(int(TTL.total_seconds())),
        "Urgency": urgency,
        "Content-Type": "application/octet-stream",
    }
    if recipient.is_standard:
        headers |= {"Content-Encoding": "aes128gcm", "Authorization": f"vapid t={token}, k={_bare(key.public)}"}
    else:
        point = pair.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        headers |= {
            "Content-Encoding": "aesgcm",
            "Encryption": f"salt={_encoded(salt)}",
            "Crypto-Key": f"dh={_encoded(point)};p256ecdsa={_bare(key.public)}",
            "Authorization": f"WebPush {token}",
        }
    return Sealed(body, headers)


def _token(origin: str, key: ServerKey, now: datetime) -> str:
    claims = {"aud": origin, "exp": int((now + _JWT_LIFE).timestamp()), "sub": key.contact}
    return signed(claims, key.private)


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bare(text: str) -> str:
    # In these headers an equals sign would end the value.
    return text.rstrip("=")
