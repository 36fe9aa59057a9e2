"""The only way to learn who sent a request, in two steps: `examine` needs no key, `confirm` needs nothing else.

In between the caller decides whether that host may speak to us at all, and fetches the key; so a stranger
can make us compute a hash and compare a few texts, but never open a connection.
Coverage, age and the order of the checks: Mastodon's rules, tightened by threats T001 to T014.
"""

import re
from datetime import datetime
from typing import Final, NamedTuple

from federation.errors import Malformed, Unauthenticated
from federation.signatures import algorithms, draft_cavage, rfc9421
from federation.signatures.algorithms import Algorithm, PublicKey
from federation.signatures.digest import check_content_digest, check_digest
from federation.signatures.draft_cavage import CREATED, EXPIRES, REQUEST_TARGET, CavageSignature
from federation.signatures.http_date import parse_http_date
from federation.signatures.message import _SEAL, Claim, SignedRequest, VerifiedSender, excerpt
from federation.signatures.rfc9421 import MessageSignature
from federation.signatures.structured_fields import BareItem

MAX_AGE_SECONDS: Final = 3600
MAX_AHEAD_SECONDS: Final = 300
EXPIRY_GRACE_SECONDS: Final = 60
MAX_LIFETIME_SECONDS: Final = 12 * 3600
MAX_KEY_ID_CHARS: Final = 2048

# Everything else is refused by name. `hs2019` and no name at all mean "look at the key".
_CAVAGE_ALGORITHMS: Final = {None: None, "hs2019": None, "rsa-sha256": Algorithm.RSA_V1_5_SHA256}
_RFC9421_ALGORITHMS: Final = {algorithm.value: algorithm for algorithm in Algorithm}
_DEFAULT_PORTS: Final = {"https": ":443", "http": ":80"}
_SECONDS: Final = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,9})?")


class _Received(NamedTuple):
    """A request with what every check of it needs."""

    request: SignedRequest
    fields: dict[str, str]
    authority: str
    """Ours, in canonical form; the request was sent to it."""
    now: float


class _Times(NamedTuple):
    """When a signature says that it was made, and until when it is good; seconds since 1970."""

    signed: tuple[float, ...]
    expires: float | None


def examine(request: SignedRequest, *, own_authority: str, now: datetime) -> Claim:
    """Check everything about a request that needs no key, cheapest first.

    `own_authority` is our public host, with its port unless it is the default one; `now` is aware.
    Raises `Malformed` (400) or `Unauthenticated` (401): sig_missing, sig_malformed, sig_stale, digest_missing,
    digest_unsigned, digest_mismatch, and sig_invalid for a request that was made for another server.
    """
    fields = request.fields()
    signature_input, cavage_value = fields.get("signature-input"), _cavage_value(fields)
    if signature_input is not None:
        return _examine_either(_received(request, fields, own_authority, now), signature_input, cavage_value)
    if cavage_value is not None:
        received = _received(request, fields, own_authority, now)
        return _examine_cavage(received, draft_cavage.parse(cavage_value))
    raise Unauthenticated("request is not signed", reason="sig_missing")


def confirm(claim: Claim, public_key: PublicKey, owner_uri: str) -> VerifiedSender:
    """Check the signature with the key that `claim.key_id` names.

    The caller has shown that the key belongs to `owner_uri`. Raises `Unauthenticated` (sig_invalid); the caller may
    then refresh a cached key once, and try `claim.alternatives`. May be called any number of times.
    """
    for base in claim.bases:
        if algorithms.is_valid(public_key, claim.signature, base, claim.algorithm):
            return VerifiedSender(
                key_id=claim.key_id,
                owner_uri=owner_uri,
                scheme=claim.scheme,
                covered=claim.covered,
                signature=claim.signature,
                seal=_SEAL,
            )
    raise Unauthenticated("signature does not fit the key", reason="sig_invalid", key_id=claim.key_id)


def _cavage_value(fields: dict[str, str]) -> str | None:
    """The text of a draft-cavage signature: a header of its own, or `Authorization: Signature ...`."""
    signature = fields.get("signature")
    kind, _, credentials = fields.get("authorization", "").partition(" ")
    if kind.lower() != "signature":
        return signature
    credentials = credentials.strip()
    if signature is not None and signature != credentials:
        raise Malformed("two different signatures", reason="sig_malformed")
    return credentials


def _received(request: SignedRequest, fields: dict[str, str], own_authority: str, now: datetime) -> _Received:
    """The request beside what its checks need, if it was sent to us: one made for another server must not count."""
    if not request.target.startswith("/"):
        raise Malformed("request target is not a path", reason="sig_malformed")
    own = _canonical(own_authority, request.scheme)
    named = fields.setdefault("host", request.authority)
    if _canonical(named, request.scheme) != own or _canonical(request.authority, request.scheme) != own:
        raise Unauthenticated("request was made for another host", reason="sig_invalid")
    return _Received(request, fields, own, now.timestamp())


def _canonical(authority: str, scheme: str) -> str:
    """Lower case, no default port, no dot at the end of the name (threats R5)."""
    bare = authority.lower().removesuffix(_DEFAULT_PORTS.get(scheme, ""))
    host, colon, port = bare.partition(":")
    return f"{host.removesuffix('.')}{colon}{port}"


def _examine_either(received: _Received, signature_input: str, cavage_value: str | None) -> Claim:
    """RFC 9421 decides; but beside a Signature-Input that somebody added on the way the older form may be good."""
    try:
        return _examine_rfc9421(received, signature_input)
    except (Malformed, Unauthenticated):
        signature = _cavage_or_none(cavage_value)
        if signature is None:
            raise
    return _examine_cavage(received, signature)


def _cavage_or_none(value: str | None) -> CavageSignature | None:
    try:
        return None if value is None else draft_cavage.parse(value)
    except (Malformed, Unauthenticated):
        return None


def _examine_cavage(received: _Received, signature: CavageSignature) -> Claim:
    covered = signature.covered
    _check_key_id(signature.key_id)
    if signature.algorithm not in _CAVAGE_ALGORITHMS:
        raise _refusal("algorithm is not accepted", algorithm=excerpt(signature.algorithm))
    for name in (REQUEST_TARGET, "host"):
        if name not in covered:
            raise _refusal("signature must cover more", missing=name)
    if signature.algorithm == "rsa-sha256" and (CREATED in covered or EXPIRES in covered):
        raise _refusal("(created) and (expires) need hs2019")
    _check_times(received, _cavage_times(received, signature))
    _check_body_is_covered(received, "digest", covered)
    bases = _cavage_bases(received, signature)
    # A GET may have one too: Lemmy signs the digest of no body.
    if "digest" in covered:
        check_digest(received.fields["digest"], received.request.body)
    return Claim(
        scheme="cavage",
        key_id=signature.key_id,
        covered=covered,
        algorithm=_CAVAGE_ALGORITHMS[signature.algorithm],
        signature=signature.signature,
        bases=bases,
        alternatives=(),
        seal=_SEAL,
    )


def _cavage_bases(received: _Received, signature: CavageSignature) -> tuple[bytes, ...]:
    """The signing string, and for a GET also that without the query, which some peers leave out.

    Never for a POST: what was sent to one address would count at another (threats T024).
    """
    request = received.request
    targets = [request.target]
    if request.method == "GET" and "?" in request.target:
        targets.append(request.target.partition("?")[0])
    return tuple(
        draft_cavage.signing_string(
            signature.covered,
            received.fields,
            method=request.method,
            target=target,
            created=signature.created,
            expires=signature.expires,
        )
        for target in targets
    )


def _cavage_times(received: _Received, signature: CavageSignature) -> _Times:
    """Parameters count when they are there; but one of `date` and `(created)` must be signed (threats T008)."""
    covered = signature.covered
    if "date" not in covered and (CREATED not in covered or signature.created is None):
        raise _stale("no time is signed")
    signed: list[float] = []
    if "date" in covered:
        signed.append(_date_seconds(received))
    if signature.created is not None:
        signed.append(_parameter_seconds(signature.created))
    expires = None if signature.expires is None else _parameter_seconds(signature.expires)
    return _Times(tuple(signed), expires)


def _examine_rfc9421(received: _Received, signature_input: str) -> Claim:
    request, fields = received.request, received.fields
    if "signature" not in fields:
        raise Unauthenticated("Signature-Input without Signature", reason="sig_missing")
    values = fields | rfc9421.derived_components(
        method=request.method, scheme=request.scheme, authority=received.authority, target=request.target
    )
    claims: tuple[Claim, ...] = ()
    failure: Unauthenticated | None = None
    # From the last to the first, so that each claim can be made with those that come after it.
    for signature in reversed(rfc9421.parse(signature_input, fields["signature"])):
        try:
            claims = (_examine_label(received, signature, values, claims), *claims)
        except Unauthenticated as error:
            failure = error
    if failure is not None and not claims:
        raise failure
    if any("content-digest" in claim.covered for claim in claims):
        check_content_digest(fields["content-digest"], request.body)
    return claims[0]


def _examine_label(
    received: _Received, signature: MessageSignature, values: dict[str, str], alternatives: tuple[Claim, ...]
) -> Claim:
    covered = signature.covered
    key_id = signature.parameters.get("keyid")
    if not isinstance(key_id, str):
        raise _refusal("signature parameter missing", parameter="keyid")
    _check_key_id(key_id)
    algorithm = _rfc9421_algorithm(signature)
    _check_request_is_covered(received, covered)
    _check_times(received, _rfc9421_times(received, signature))
    _check_body_is_covered(received, "content-digest", covered)
    return Claim(
        scheme="rfc9421",
        key_id=key_id,
        covered=covered,
        algorithm=algorithm,
        signature=signature.signature,
        bases=(rfc9421.signature_base(signature, values),),
        alternatives=alternatives,
        seal=_SEAL,
    )


def _rfc9421_algorithm(signature: MessageSignature) -> Algorithm | None:
    label = signature.parameters.get("alg")
    if label is None:
        return None
    if not isinstance(label, str) or label not in _RFC9421_ALGORITHMS:
        raise _refusal("algorithm is not accepted", algorithm=excerpt(label))
    return _RFC9421_ALGORITHMS[label]


def _check_request_is_covered(received: _Received, covered: tuple[str, ...]) -> None:
    """The method and the whole address: as one, or in parts (signatures.md 3.3)."""
    if "@method" not in covered:
        raise _refusal("signature must cover more", missing="@method")
    if "@target-uri" in covered:
        return
    has_query = "?" in received.request.target
    by_parts = "@path" in covered and ("@query" in covered or not has_query)
    if "@authority" not in covered or not (by_parts or "@request-target" in covered):
        raise _refusal("signature must cover more", missing="@target-uri")


def _rfc9421_times(received: _Received, signature: MessageSignature) -> _Times:
    created, expires = signature.parameters.get("created"), signature.parameters.get("expires")
    if created is None:
        raise _stale("no time is signed")
    signed = [_integer_seconds(created)]
    if "date" in signature.covered:
        signed.append(_date_seconds(received))
    return _Times(tuple(signed), None if expires is None else _integer_seconds(expires))


def _check_times(received: _Received, times: _Times) -> None:
    """Every time that is given must lie in the window, and the expiry after them all (threats T009)."""
    now = received.now
    for moment in times.signed:
        if now - moment > MAX_AGE_SECONDS:
            raise _stale("signature is too old", age_seconds=int(now - moment))
        if moment - now > MAX_AHEAD_SECONDS:
            raise _stale("signature is from the future", ahead_seconds=int(moment - now))
    if times.expires is None:
        return
    if now - times.expires > EXPIRY_GRACE_SECONDS:
        raise _stale("signature has expired", seconds_ago=int(now - times.expires))
    lifetime = times.expires - max(times.signed)
    if not 0 <= lifetime <= MAX_LIFETIME_SECONDS:
        raise _stale("signature with an impossible lifetime", lifetime_seconds=int(lifetime))


def _date_seconds(received: _Received) -> float:
    seconds = parse_http_date(received.fields.get("date", ""))
    if seconds is None:
        raise _stale("Date header is missing or is not a date")
    return seconds


def _parameter_seconds(text: str) -> float:
    if _SECONDS.fullmatch(text) is None:
        raise _stale("time is not a number of seconds")
    return float(text)


def _integer_seconds(value: BareItem) -> float:
    # A parameter without a value is true, which is the first second of 1970 and stale like it.
    if not isinstance(value, int):
        raise _stale("time is not a number of seconds")
    return float(value)


def _check_body_is_covered(received: _Received, field: str, covered: tuple[str, ...]) -> None:
    """A request that may have a body needs a signed digest of it, even when the body is empty (threats T003, T004)."""
    if received.request.method in ("GET", "HEAD") and not received.request.body:
        return
    if field not in received.fields:
        raise Unauthenticated("no digest of the body", reason="digest_missing", header=field)
    if field not in covered:
        raise Unauthenticated("digest is not signed", reason="digest_unsigned", header=field)


def _check_key_id(key_id: str) -> None:
    if not key_id or len(key_id) > MAX_KEY_ID_CHARS:
        raise _refusal("key id of a refused length", characters=len(key_id))
    if not key_id.isascii() or not key_id.isprintable() or " " in key_id:
        raise _refusal("key id is not an address")


def _refusal(message: str, **context: object) -> Unauthenticated:
    return Unauthenticated(message, reason="sig_malformed", **context)


def _stale(message: str, **context: object) -> Unauthenticated:
    return Unauthenticated(message, reason="sig_stale", **context)
