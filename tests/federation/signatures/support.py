"""Requests as a peer would send them, signed by hand so that every part can be left out, doubled or spoiled.

Builds signing strings on its own and uses nothing of the package under test but its types.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_private_key
from hypothesis import settings

from federation.errors import Malformed, Unauthenticated
from federation.signatures.message import Claim, SignedRequest, VerifiedSender
from federation.signatures.verify import confirm, examine

OWN_AUTHORITY = "home.test"
KEY_ID = "https://partner.test/users/bob#main-key"
OWNER = "https://partner.test/users/bob"
NOW = datetime(2025, 9, 1, 10, 0, 0, tzinfo=UTC)
NOW_SECONDS = 1756720800
DATE = "Mon, 01 Sep 2025 10:00:00 GMT"
BODY = b'{"type":"Create"}'

# The machine may be busy; how long things take is measured elsewhere.
PATIENT = settings(deadline=None)

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "vectors" / "signatures" / "requests.json").read_text(encoding="utf-8")
)


def _private(name: str) -> Any:
    return load_der_private_key(b64decode(VECTORS["keys"][name]["private_der_base64"]), password=None)


RSA_KEY: RSAPrivateKey = _private("rsa-2048")
ED25519_KEY: Ed25519PrivateKey = _private("ed25519")

Headers = Mapping[str, str | None]


def a_request(
    headers: Headers | list[tuple[str, str]], *, method: str = "POST", target: str = "/inbox", body: bytes = BODY
) -> SignedRequest:
    """A request to home.test; headers of value None are left out."""
    pairs = headers if isinstance(headers, list) else [(k, v) for k, v in headers.items() if v is not None]
    lowered = tuple((name.lower(), value) for name, value in pairs)
    return SignedRequest(method, target, OWN_AUTHORITY, "https", lowered, body)


def sha256_base64(body: bytes) -> str:
    return b64encode(sha256(body).digest()).decode()


def signature_of(key: RSAPrivateKey | Ed25519PrivateKey, message: str) -> str:
    """Base64 of the usual signature of the key."""
    data = message.encode()
    raw = key.sign(data) if isinstance(key, Ed25519PrivateKey) else key.sign(data, PKCS1v15(), SHA256())
    return b64encode(raw).decode()


def cavage(
    covered: str = "(request-target) host date digest",
    *,
    parameters: str = ',algorithm="rsa-sha256"',
    pseudo: Mapping[str, str] | None = None,
    headers: Headers | None = None,
    key: RSAPrivateKey | Ed25519PrivateKey = RSA_KEY,
    method: str = "POST",
    target: str = "/inbox",
    signed_target: str | None = None,
    body: bytes = BODY,
) -> SignedRequest:
    """Signed as draft-cavage says. `pseudo` gives the values of `(created)` and `(expires)`."""
    fields: dict[str, str | None] = {"host": OWN_AUTHORITY, "date": DATE}
    if body:
        fields["digest"] = f"SHA-256={sha256_base64(body)}"
    fields |= headers or {}
    values = {**fields, "(request-target)": f"{method.lower()} {signed_target or target}", **(pseudo or {})}
    message = "\n".join(f"{name}: {values.get(name)}" for name in covered.split())
    fields["signature"] = f'keyId="{KEY_ID}",headers="{covered}"{parameters},signature="{signature_of(key, message)}"'
    return a_request(fields, method=method, target=target, body=body)


def rfc9421(
    covered: str = '"@method" "@target-uri" "content-digest"',
    *,
    parameters: str = f';created={NOW_SECONDS};keyid="{KEY_ID}"',
    headers: Headers | None = None,
    key: RSAPrivateKey | Ed25519PrivateKey = RSA_KEY,
    method: str = "POST",
    target: str = "/inbox",
    signed_target: str | None = None,
    body: bytes = BODY,
) -> SignedRequest:
    """Signed as RFC 9421 says; `covered` is the inside of the inner list."""
    fields: dict[str, str | None] = {"host": OWN_AUTHORITY, "date": DATE}
    if body:
        fields["content-digest"] = f"sha-256=:{sha256_base64(body)}:"
    fields |= headers or {}
    sent_to = signed_target or target
    values = fields | {
        "@method": method,
        "@target-uri": f"https://{OWN_AUTHORITY}{sent_to}",
        "@authority": OWN_AUTHORITY,
        "@path": sent_to.partition("?")[0],
        "@query": f"?{sent_to.partition('?')[2]}",
        "@request-target": sent_to,
    }
    lines = [f"{name}: {values.get(name.strip(chr(34)))}" for name in covered.split()]
    message = "\n".join((*lines, f'"@signature-params": ({covered}){parameters}'))
    fields["signature-input"] = f"sig1=({covered}){parameters}"
    fields["signature"] = f"sig1=:{signature_of(key, message)}:"
    return a_request(fields, method=method, target=target, body=body)


def examined(request: SignedRequest, now: datetime = NOW) -> Claim:
    """The request looked at without a key, by home.test."""
    return examine(request, own_authority=OWN_AUTHORITY, now=now)


def verified(
    request: SignedRequest, now: datetime = NOW, key: RSAPrivateKey | Ed25519PrivateKey = RSA_KEY
) -> VerifiedSender:
    """The whole way, with the public part of `key`."""
    return confirm(examined(request, now), key.public_key(), OWNER)


def outcome(
    request: SignedRequest, now: datetime = NOW, key: RSAPrivateKey | Ed25519PrivateKey = RSA_KEY
) -> tuple[int, str]:
    """Status and reason code of the refusal; (202, "accepted") when there is none."""
    try:
        verified(request, now, key)
    except Malformed as error:
        return 400, error.reason
    except Unauthenticated as error:
        return 401, error.reason
    return 202, "accepted"
