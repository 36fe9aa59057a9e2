"""Draft-cavage-12 HTTP signatures, the older of the two schemes and the one that every peer speaks.

As practised: headers listed by name, RSA with SHA-256 whatever `hs2019` once meant, quoted or bare integers.
The signing string has no newline at its end. What a signature must cover is decided in `verify.py`.
"""

import re
from base64 import b64encode
from binascii import Error as Base64Error
from binascii import a2b_base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from federation.errors import Malformed, Unauthenticated
from federation.signatures import algorithms
from federation.signatures.algorithms import PrivateKey
from federation.signatures.message import excerpt

REQUEST_TARGET: Final = "(request-target)"
CREATED: Final = "(created)"
EXPIRES: Final = "(expires)"
MAX_FIELD_CHARS: Final = 4096

# Possessive: a hostile value is read once, from left to right. No peer sends a backslash inside the quotes.
_PARAMETER: Final = re.compile(
    r'[ \t]*+([A-Za-z][A-Za-z0-9_-]*+)=(?:"([^"\\]*+)"|([0-9]++(?:\.[0-9]++)?+))[ \t]*+(?:,|\Z)'
)


@dataclass(frozen=True, slots=True)
class CavageSignature:
    """The parameters of a `Signature` header, as text where the text itself is signed."""

    key_id: str
    algorithm: str | None
    """In lower case; None when absent."""
    covered: tuple[str, ...]
    """Names in lower case, in order."""
    signature: bytes
    created: str | None
    expires: str | None


def parse(value: str) -> CavageSignature:
    """Read a `Signature` header, or what follows `Signature ` in `Authorization`.

    Raises `Malformed` when the value has another form, `Unauthenticated` when a parameter is missing, doubled or wrong.
    """
    parameters = _parameters(value)
    try:
        key_id, encoded = parameters["keyid"], parameters["signature"]
    except KeyError as error:
        raise _refusal("signature parameter missing", parameter=error.args[0]) from None
    try:
        signature = a2b_base64(encoded, strict_mode=True)
    except (Base64Error, ValueError) as error:
        raise _refusal("signature is not base64") from error
    algorithm = parameters.get("algorithm")
    names = parameters.get("headers")
    if names is None:
        # The draft's default. It never covers enough, so that such a signature is refused further on.
        names = CREATED if algorithm is None or algorithm.lower() == "hs2019" else "date"
    covered = tuple(names.lower().split())
    if len(set(covered)) != len(covered):
        raise _refusal("header listed twice")
    return CavageSignature(
        key_id,
        None if algorithm is None else algorithm.lower(),
        covered,
        signature,
        parameters.get("created"),
        parameters.get("expires"),
    )


def signing_string(
    covered: tuple[str, ...],
    fields: Mapping[str, str],
    *,
    method: str,
    target: str,
    created: str | None = None,
    expires: str | None = None,
) -> bytes:
    """The bytes to sign: one line for each covered name.

    `fields` are headers by lower-case name, stripped and joined; `target` is path and query as on the request line.
    Raises `Unauthenticated` (sig_malformed) when a covered header or parameter is absent.
    """
    lines: list[str] = []
    for name in covered:
        value: str | None
        if name == REQUEST_TARGET:
            value = f"{method.lower()} {target}"
        elif name == CREATED:
            value = created
        elif name == EXPIRES:
            value = expires
        else:
            value = fields.get(name)
        if value is None:
            raise _refusal("covered header is absent", header=excerpt(name))
        lines.append(f"{name}: {value}")
    text = "\n".join(lines)
    # A line break inside a value would let one set of headers pass for another.
    if "\r" in text or text.count("\n") != len(lines) - 1:
        raise _refusal("line break in a covered header")
    try:
        # Header bytes that are not UTF-8 come as surrogates, and go back to what they were.
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise _refusal("covered header cannot be text") from error


def sign(private_key: PrivateKey, key_id: str, fields: Mapping[str, str], *, method: str, target: str) -> str:
    """The value of the `Signature` header over the request target and all `fields`, in their order.

    `rsa-sha256` is the name that everybody understands; other keys go under `hs2019`, "look at the key".
    """
    covered = (REQUEST_TARGET, *fields)
    signature = algorithms.sign(private_key, signing_string(covered, fields, method=method, target=target))
    algorithm = "rsa-sha256" if isinstance(private_key, RSAPrivateKey) else "hs2019"
    return (
        f'keyId="{key_id}",algorithm="{algorithm}",headers="{" ".join(covered)}",'
        f'signature="{b64encode(signature).decode("ascii")}"'
    )


def _parameters(value: str) -> dict[str, str]:
    """Parameters by lower-case name: peers differ in the case, and `keyid` beside `keyId` must count as doubled."""
    if len(value) > MAX_FIELD_CHARS:
        raise Malformed("Signature header too long", reason="sig_malformed", characters=len(value))
    parameters: dict[str, str] = {}
    at, end = 0, len(value)
    while at < end:
        match = _PARAMETER.match(value, at)
        if match is None:
            raise Malformed("Signature header cannot be read", reason="sig_malformed", character=at)
        name, quoted, number = match.groups()
        name = name.lower()
        if name in parameters:
            raise _refusal("signature parameter given twice", parameter=excerpt(name))
        parameters[name] = number if quoted is None else quoted
        at = match.end()
    return parameters


def _refusal(message: str, **context: object) -> Unauthenticated:
    return Unauthenticated(message, reason="sig_malformed", **context)
