"""The only way to sign a request of ours, in either scheme. Paid for every delivery, so it does little besides RSA.

Sign what is sent: the URL and the body bytes given here go out unchanged, and for every attempt anew,
since peers refuse what is older than five minutes to an hour.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, NamedTuple, assert_never

from federation.errors import Malformed
from federation.signatures import digest, draft_cavage, rfc9421
from federation.signatures.algorithms import PrivateKey
from federation.signatures.asked import Wanted, covers_enough
from federation.signatures.http_date import format_http_date
from federation.signatures.message import KeyKind, Scheme
from federation.signatures.ways import Attempt, Way

CONTENT_TYPE: Final = "application/activity+json"

# Anything that a proxy may touch stays unsigned; this one is ours to protect (FEP-8fcf).
_SIGNED_EXTRAS: Final = frozenset(("collection-synchronization",))
_OWN_HEADERS: Final = frozenset(
    ("host", "date", "digest", "content-digest", "content-type", "signature", "signature-input")
)
_DEFAULT_PORTS: Final = {"https": ":443", "http": ":80"}
_URL: Final = re.compile(r"(https?)://([a-zA-Z0-9.:\[\]-]++)((?:[/?][!-\"$-~]*+)?)(?:#[!-~]*+)?")
_KEY_ID: Final = re.compile(r"[!#-\[\]-~]+")


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One of our private keys with the address under which its actor publishes it."""

    key_id: str
    private_key: PrivateKey = field(repr=False)

    def __post_init__(self) -> None:
        if _KEY_ID.fullmatch(self.key_id) is None:
            raise ValueError("key id would break the header")


class _Signable(NamedTuple):
    """What of a request is signed besides its Host and Date."""

    method: str
    target: str
    """As the scheme wants it: path and query, or the whole address."""
    digest: str | None
    extras: dict[str, str]


def sign_request(
    *,
    method: str,
    url: str,
    body: bytes | None,
    key: SigningKey,
    scheme: Scheme,
    now: datetime,
    extra_headers: tuple[tuple[str, str], ...] = (),
    body_digest: str | None = None,
) -> dict[str, str]:
    """All headers to send with a request, signed: Host, Date, the digest and type of a body, and the signature.

    `method` in upper case; `url` already encoded, to be sent as it is; `body` None for a GET, otherwise it goes out as
    `application/activity+json`. `extra_headers` are returned too; of them only Collection-Synchronization is signed.
    `body_digest` is `digest.body_digest(body)`, for a body that goes to many hosts. Raises `Malformed` (url_malformed)
    for an address that cannot be signed, `ValueError` for extra headers that are made here or not printable ASCII.
    """
    url_scheme, authority, target = _parts(url)
    headers = {"Host": authority, "Date": format_http_date(now)}
    encoded_digest = None if body is None else body_digest or digest.body_digest(body)
    if encoded_digest is not None:
        headers["Content-Type"] = CONTENT_TYPE
    extras = _add_extras(headers, extra_headers) if extra_headers else {}
    match scheme:
        case "cavage":
            _add_cavage(headers, _Signable(method, target, encoded_digest, extras), key)
        case "rfc9421":
            signable = _Signable(method, f"{url_scheme}://{authority}{target}", encoded_digest, extras)
            _add_rfc9421(headers, signable, key, int(now.timestamp()))
        case _:
            assert_never(scheme)
    return headers


def sign_as_asked(
    *,
    method: str,
    url: str,
    body: bytes | None,
    keys: Mapping[KeyKind, SigningKey],
    wanted: Sequence[Wanted],
    now: datetime,
    body_digest: str | None = None,
) -> Attempt | None:
    """All headers of a request, signed as an answer asked for it (RFC 9421, 5.2); None where we cannot or will not.

    `keys` are the sender's, the usual one first. Arguments and errors otherwise as of `sign_request`.
    """
    url_scheme, authority, target = _parts(url)
    headers = {"Host": authority, "Date": format_http_date(now)}
    if body is not None:
        headers["Content-Type"] = CONTENT_TYPE
        headers["Content-Digest"] = digest.content_digest_header(body_digest or digest.body_digest(body))
    values = rfc9421.derived_components(method=method, scheme=url_scheme, authority=authority, target=target)
    values |= {name.lower(): value for name, value in headers.items()}
    created, kinds, made = int(now.timestamp()), list[KeyKind](), list[tuple[str, str]]()
    for one in wanted:
        kind = _kind_of(one, keys)
        is_enough = covers_enough(one.components, has_body=body is not None, has_query="?" in target)
        if kind is None or not is_enough or not values.keys() >= set(one.components):
            return None
        kinds.append(kind)
        made.append(_signed_as_asked(one, keys[kind], kind, values, created))
    if not made:
        return None
    headers["Signature-Input"] = ", ".join(signature_input for signature_input, _ in made)
    headers["Signature"] = ", ".join(signature for _, signature in made)
    return Attempt(Way("rfc9421", kinds[0]), headers)


def _kind_of(wanted: Wanted, keys: Mapping[KeyKind, SigningKey]) -> KeyKind | None:
    """Which of the keys fits what is asked for."""
    for kind, key in keys.items():
        if wanted.kind in (None, kind) and wanted.key_id in (None, key.key_id):
            return kind
    return None


def _signed_as_asked(
    wanted: Wanted, key: SigningKey, kind: KeyKind, values: Mapping[str, str], created: int
) -> tuple[str, str]:
    return rfc9421.sign(
        key.private_key,
        key.key_id,
        {name: values[name] for name in wanted.components},
        created=created,
        label=wanted.label,
        further_parameters=wanted.parameters(kind, created),
    )


def _add_cavage(headers: dict[str, str], signable: _Signable, key: SigningKey) -> None:
    fields = {"host": headers["Host"], "date": headers["Date"]}
    if signable.digest is not None:
        headers["Digest"] = fields["digest"] = digest.digest_header(signable.digest)
        fields["content-type"] = headers["Content-Type"]
    fields |= signable.extras
    headers["Signature"] = draft_cavage.sign(
        key.private_key, key.key_id, fields, method=signable.method, target=signable.target
    )


def _add_rfc9421(headers: dict[str, str], signable: _Signable, key: SigningKey, created: int) -> None:
    values = {"@method": signable.method, "@target-uri": signable.target}
    if signable.digest is not None:
        headers["Content-Digest"] = values["content-digest"] = digest.content_digest_header(signable.digest)
    values |= signable.extras
    headers["Signature-Input"], headers["Signature"] = rfc9421.sign(
        key.private_key, key.key_id, values, created=created
    )


def _parts(url: str) -> tuple[str, str, str]:
    """Scheme, authority in canonical form, and what stands on the request line."""
    match = _URL.fullmatch(url)
    if match is None:
        raise Malformed("address cannot be signed", reason="url_malformed")
    scheme, authority, target = match.groups()
    if not target.startswith("/"):
        target = f"/{target}"
    return scheme, authority.lower().removesuffix(_DEFAULT_PORTS[scheme]), target


def _add_extras(headers: dict[str, str], extra_headers: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Put the extra headers beside ours; returns those to be signed, by lower-case name."""
    signed: dict[str, str] = {}
    for name, value in extra_headers:
        lowered = name.lower()
        if lowered in _OWN_HEADERS or not (value.isascii() and value.isprintable()):
            raise ValueError(f"header {name} cannot be added to a signed request")
        headers[name] = value
        if lowered in _SIGNED_EXTRAS:
            signed[lowered] = value
    return signed
