"""Signed requests made by hand, in both schemes, so that each part can be left out, doubled, spoiled or lied about.

Builds what is signed on its own and uses nothing of the code under test, which has its own idea of it.
"""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from functools import cache
from hashlib import sha256
from itertools import combinations
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateKey,
    RSAPrivateNumbers,
    RSAPublicNumbers,
    generate_private_key,
    rsa_crt_dmp1,
    rsa_crt_dmq1,
    rsa_crt_iqmp,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PrivateKey = RSAPrivateKey | Ed25519PrivateKey
Pairs = list[tuple[str, str]]

ACTIVITY_TYPE = "application/activity+json"

# Any two make a key of 2048 bits: to find primes for each of hundreds of names takes half a minute.
_pairs = combinations([int(line, 16) for line in (Path(__file__).parent / "primes.txt").read_text().split()], 2)

_CAVAGE_POST = ("(request-target)", "host", "date", "digest", "content-type")
_CAVAGE_GET = ("(request-target)", "host", "date")
_RFC9421_POST = ("@method", "@target-uri", "content-digest")
_RFC9421_GET = ("@method", "@target-uri")


@cache
def rsa_key(whose: str) -> RSAPrivateKey:
    """The same key for the same name during one run, another for another name."""
    pair = next(_pairs, None)
    return generate_private_key(65537, 2048) if pair is None else _key_of(*pair)


def _key_of(p: int, q: int) -> RSAPrivateKey:
    exponent = 65537
    d = pow(exponent, -1, (p - 1) * (q - 1))
    public = RSAPublicNumbers(exponent, p * q)
    numbers = RSAPrivateNumbers(p, q, d, rsa_crt_dmp1(d, p), rsa_crt_dmq1(d, q), rsa_crt_iqmp(p, q), public)
    # The primes are known to be such: looking again would take longer than all else.
    return numbers.private_key(unsafe_skip_rsa_key_validation=True)


def pem_of(key: RSAPrivateKey) -> str:
    """The public half, as `publicKeyPem` has it."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@dataclass(frozen=True, kw_only=True)
class Signing:
    """How a request is signed. The defaults are what a good peer does; None means the usual."""

    scheme: Literal["cavage", "rfc9421"] = "cavage"
    covered: tuple[str, ...] | None = None
    """What is signed, in order: header names, and `(request-target)`, `(created)`, `@method` and their like."""
    key: PrivateKey | None = None
    """Another key than the actor's own."""
    key_id: str | None = None
    algorithm: str | None = None
    """What the signature says of itself; empty: nothing."""
    created: int | None = None
    """Seconds since 1970. RFC 9421 has it in any case."""
    expires: int | None = None
    at: datetime | None = None
    """For `Date` and `created`, in place of the peer's present."""
    url: str | None = None
    """Sign for this address, whichever the request goes to."""
    headers: Mapping[str, str | None] = field(default_factory=dict)
    """Set before signing; None: left out."""
    tampered: Mapping[str, str | None] = field(default_factory=dict)
    """Set after signing."""
    signature: bytes | None = None
    """In place of a true one."""


def signed_headers(method: str, url: str, body: bytes | None, key: PrivateKey, key_id: str, how: Signing) -> Pairs:
    """All headers of the request, Host first. `how.at` must be given."""
    assert how.at is not None
    fields: dict[str, str | None] = {"host": urlsplit(url).netloc, "date": format_datetime(how.at, usegmt=True)}
    if body is not None:
        digest = b64encode(sha256(body).digest()).decode()
        fields["content-type"] = ACTIVITY_TYPE
        fields |= (
            {"digest": f"SHA-256={digest}"} if how.scheme == "cavage" else {"content-digest": f"sha-256=:{digest}:"}
        )
    fields |= {name.lower(): value for name, value in how.headers.items()}
    present = {name: value for name, value in fields.items() if value is not None}
    make = _cavage if how.scheme == "cavage" else _rfc9421
    signatures = make(method, how.url or url, body is not None, present, how.key or key, how.key_id or key_id, how)
    sent: dict[str, str | None] = {**present, **signatures}
    sent |= {name.lower(): value for name, value in how.tampered.items()}
    return [(name, value) for name, value in sent.items() if value is not None]


def _cavage(
    method: str, url: str, has_body: bool, fields: dict[str, str], key: PrivateKey, key_id: str, how: Signing
) -> dict[str, str]:
    covered = how.covered or (_CAVAGE_POST if has_body else _CAVAGE_GET)
    values = fields | {
        "(request-target)": f"{method.lower()} {_target(url)}",
        "(created)": str(how.created),
        "(expires)": str(how.expires),
    }
    text = "\n".join(f"{name}: {values.get(name, '')}" for name in covered)
    algorithm = "rsa-sha256" if how.algorithm is None else how.algorithm
    parameters = [f'keyId="{key_id}"', *([f'algorithm="{algorithm}"'] if algorithm else [])]
    parameters += [f"created={how.created}"] if how.created is not None else []
    parameters += [f"expires={how.expires}"] if how.expires is not None else []
    parameters += [f'headers="{" ".join(covered)}"', f'signature="{_sign(key, text, how)}"']
    return {"signature": ",".join(parameters)}


def _rfc9421(
    method: str, url: str, has_body: bool, fields: dict[str, str], key: PrivateKey, key_id: str, how: Signing
) -> dict[str, str]:
    covered = how.covered or (_RFC9421_POST if has_body else _RFC9421_GET)
    assert how.at is not None
    created = int(how.at.timestamp()) if how.created is None else how.created
    values = fields | {
        "@method": method,
        "@target-uri": url,
        "@authority": urlsplit(url).netloc,
        "@path": urlsplit(url).path,
        "@query": f"?{urlsplit(url).query}",
        "@request-target": _target(url),
    }
    algorithm = "rsa-v1_5-sha256" if how.algorithm is None else how.algorithm
    parameters = f';created={created};keyid="{key_id}"'
    parameters += f";expires={how.expires}" if how.expires is not None else ""
    parameters += f';alg="{algorithm}"' if algorithm else ""
    signature_input = f"({' '.join(f'{chr(34)}{name}{chr(34)}' for name in covered)}){parameters}"
    lines = [f'"{name}": {values.get(name, "")}' for name in covered]
    text = "\n".join((*lines, f'"@signature-params": {signature_input}'))
    return {"signature-input": f"sig1={signature_input}", "signature": f"sig1=:{_sign(key, text, how)}:"}


def _target(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _sign(key: PrivateKey, text: str, how: Signing) -> str:
    if how.signature is not None:
        return b64encode(how.signature).decode()
    data = text.encode()
    raw = key.sign(data) if isinstance(key, Ed25519PrivateKey) else key.sign(data, PKCS1v15(), SHA256())
    return b64encode(raw).decode()
