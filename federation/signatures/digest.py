"""Digests of a body: `Digest` (RFC 3230, beside draft-cavage) and `Content-Digest` (RFC 9530, beside RFC 9421).

A signature covers only headers; the digest is what binds the body to them. Always over the raw bytes as sent.
"""

import hashlib
from base64 import b64encode
from binascii import Error as Base64Error
from binascii import a2b_base64

from federation.errors import Unauthenticated
from federation.signatures.structured_fields import Item, parse_dictionary


def body_digest(body: bytes) -> str:
    """SHA-256 of the body in base64: computed once for a body that goes to many hosts, whatever their scheme."""
    return b64encode(hashlib.sha256(body).digest()).decode("ascii")


def digest_header(digest: str) -> str:
    """The value of `Digest` for what `body_digest` gave."""
    return f"SHA-256={digest}"


def content_digest_header(digest: str) -> str:
    """The value of `Content-Digest` for what `body_digest` gave."""
    return f"sha-256=:{digest}:"


def check_digest(value: str, body: bytes) -> None:
    """Compare a `Digest` header with the body: SHA-256 must be there, once, and match; other algorithms are ignored.

    Raises `Unauthenticated`: digest_missing without SHA-256, digest_mismatch otherwise.
    """
    found: str | None = None
    for part in value.split(","):
        label, _, encoded = part.partition("=")
        if label.strip().lower() == "sha-256":
            if found is not None:
                raise _mismatch("digest given twice")
            found = encoded.strip()
    if found is None:
        raise Unauthenticated("no SHA-256 digest of the body", reason="digest_missing")
    try:
        expected = a2b_base64(found, strict_mode=True)
    except (Base64Error, ValueError) as error:
        raise _mismatch("digest is not base64") from error
    if hashlib.sha256(body).digest() != expected:
        raise _mismatch("digest does not match the body")


def check_content_digest(value: str, body: bytes) -> None:
    """Compare a `Content-Digest` header with the body: sha-256 and sha-512, each that is there, at least one.

    Raises `Unauthenticated`: digest_missing when neither is there, digest_mismatch otherwise.
    """
    try:
        members = parse_dictionary(value)
    except ValueError as error:
        raise _mismatch("Content-Digest cannot be read") from error
    known = [(name, hasher) for name, hasher in _CONTENT_DIGESTS if name in members]
    if not known:
        raise Unauthenticated("no known digest of the body", reason="digest_missing")
    for name, hasher in known:
        member = members[name]
        if not isinstance(member, Item) or member.value != hasher(body).digest():
            raise _mismatch("digest does not match the body")


_CONTENT_DIGESTS = (("sha-256", hashlib.sha256), ("sha-512", hashlib.sha512))


def _mismatch(message: str) -> Unauthenticated:
    return Unauthenticated(message, reason="digest_mismatch")
