"""Messages of other programs and of the standards: our own files always, those of the specification when present."""

import hashlib
import hmac
import json
from base64 import b64decode
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from federation.errors import FederationError, Unauthenticated
from federation.signatures import algorithms, digest, draft_cavage, rfc9421
from federation.signatures.algorithms import Algorithm
from federation.signatures.key_formats import (
    multibase_decode,
    parse_public_multibase,
    parse_public_pem,
    public_multibase,
)
from federation.signatures.message import SignedRequest
from federation.signatures.verify import confirm, examine
from tests.federation.signatures.support import OWNER, VECTORS
from tests.support.specification import VECTORS as SPECIFIED
from tests.support.specification import specified

NOON = datetime(2025, 9, 1, 10, tzinfo=UTC)


def with_expectation(name: str, *, arithmetic_only: bool) -> list[Any]:
    """Cases that ask only whether the signature is good, or those that say what a server answers."""
    return [
        case
        for case in specified(name)
        if case.values[0] is None or case.values[0]["expected"].split(";")[0].endswith("valid") is arithmetic_only
    ]


def as_request(case: dict[str, Any], target: str, authority: str) -> SignedRequest:
    headers = tuple((name.lower(), value) for name, value in case["headers"].items())
    return SignedRequest(case["method"], target, authority, "https", headers, (case["body"] or "").encode())


def reason(request: SignedRequest, pem: str, now: datetime, authority: str) -> str:
    """How the request ends: "accept", or the reason code."""
    try:
        confirm(examine(request, own_authority=authority, now=now), parse_public_pem(pem), OWNER)
    except FederationError as error:
        return error.reason
    return "accept"


@pytest.mark.parametrize("case", VECTORS["cases"], ids=[case["name"] for case in VECTORS["cases"]])
def test_our_own_vectors(case: dict[str, Any]) -> None:
    request = as_request(case, case["target"], "home.test")
    pem = VECTORS["keys"][case["key"]]["public_pem"]

    assert reason(request, pem, datetime.fromtimestamp(case["now"], UTC), "home.test") == case["expected"]


@pytest.mark.parametrize("case", with_expectation("cavage", arithmetic_only=False))
def test_specified_cavage_requests_get_the_expected_answer(case: dict[str, Any]) -> None:
    headers = case["headers"]
    is_pinned = "stale" in case["name"] or "Date" not in headers
    now = NOON if is_pinned else parsedate_to_datetime(headers["Date"])
    request = as_request(case, case["request_target"], headers["Host"])

    answer = reason(request, case["public_key_pem"], now, headers["Host"])

    assert case["expected"].startswith("accept" if answer == "accept" else "reject 401"), answer


@pytest.mark.parametrize("case", specified("cavage"))
def test_specified_cavage_signing_strings_are_made_to_the_letter(case: dict[str, Any]) -> None:
    """The arithmetic alone: keys of 1024 bits take part here and nowhere else."""
    signature = draft_cavage.parse(case["headers"]["Signature"])
    request = as_request(case, case.get("request_target_as_signed", case["request_target"]), "any")
    made = draft_cavage.signing_string(
        signature.covered,
        request.fields(),
        method=request.method,
        target=request.target,
        created=signature.created,
        expires=signature.expires,
    )
    key = load_pem_public_key(case["public_key_pem"].encode())

    assert made.decode() == case["signing_string"]
    assert isinstance(key, RSAPublicKey)
    assert algorithms.is_valid(key, signature.signature, made, None) == case["signature_over_signing_string_valid"]


@pytest.mark.parametrize("case", with_expectation("cavage", arithmetic_only=True))
def test_keys_of_the_draft_are_too_short(case: dict[str, Any]) -> None:
    """T013, and T004, T006 where the draft's example covers too little."""
    headers = case["headers"]
    request = as_request(case, case["request_target"], headers["Host"])
    now = parsedate_to_datetime(headers["Date"])

    assert (
        reason(request, case["public_key_pem"], now, headers["Host"])
        in {
            "draft-cavage-C1-default": {"sig_malformed"},
            "draft-cavage-C2-basic": {"digest_unsigned"},
            "draft-cavage-C3-all-headers": {"key_refused"},
        }[case["name"]]
    )


@pytest.mark.parametrize(
    "case", [case for case in specified("cavage") if case.values[0] is None or "private_key_pem" in case.values[0]]
)
def test_signing_specified_cavage_requests_gives_the_same_signature(case: dict[str, Any]) -> None:
    key = load_pem_private_key(case["private_key_pem"].encode(), None)
    assert isinstance(key, RSAPrivateKey)

    signature = draft_cavage.parse(case["headers"]["Signature"]).signature

    assert key.sign(case["signing_string"].encode(), PKCS1v15(), SHA256()) == signature
    assert algorithms.sign(key, case["signing_string"].encode()) == signature


def as_9421_request(case: dict[str, Any]) -> SignedRequest:
    message = case["message"]
    address = urlsplit(message["target_uri"])
    headers = message["headers"] | {"Signature-Input": case["signature_input"], "Signature": case["signature"]}
    return as_request(
        {"headers": headers, "method": message["method"], "body": message["body"]},
        f"{address.path}?{address.query}" if address.query else address.path,
        address.netloc,
    )


def rfc_keys() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((SPECIFIED / "rfc9421.json").read_text(encoding="utf-8"))["keys"]
    return loaded


@pytest.mark.parametrize("case", with_expectation("rfc9421", arithmetic_only=False))
def test_specified_rfc9421_requests_get_the_expected_answer(case: dict[str, Any]) -> None:
    now = datetime(2025, 9, 1, 10, 5, tzinfo=UTC) if case["name"] == "expired" else NOON
    pem = rfc_keys()[case["key"]]["public_key_pem"]
    request = as_9421_request(case)

    answer = reason(request, pem, now, request.authority)

    assert case["expected"].startswith("accept" if answer == "accept" else "reject 401"), answer


@pytest.mark.parametrize("case", specified("rfc9421"))
def test_specified_signature_bases_are_made_to_the_letter(case: dict[str, Any]) -> None:
    """Responses and refused algorithms take part: the base does not know them."""
    message = case["message"]
    (signature,) = rfc9421.parse(case["signature_input"], case["signature"])
    if "status" in message:
        fields = {name.lower(): value for name, value in message["headers"].items()}
        values = fields | {"@status": str(message["status"])}
    else:
        request = as_9421_request(case)
        values = request.fields() | rfc9421.derived_components(
            method=request.method, scheme="https", authority=request.authority, target=request.target
        )

    made = rfc9421.signature_base(signature, values)

    is_as_signed = case.get("signature_verifies_over_received_message", True)
    assert (made.decode() == case["signature_base"]) is is_as_signed
    assert signature.label == case["signature_input"].partition("=")[0]
    assert is_good(case, signature.signature, made) is is_as_signed


def is_good(case: dict[str, Any], signature: bytes, base: bytes) -> bool:
    """The arithmetic under the algorithm that the case names, ours where we have it."""
    key = rfc_keys()[case.get("key", case["keyid"])]
    if case["algorithm"] == "hmac-sha256":
        return hmac.compare_digest(hmac.digest(b64decode(key["base64"]), base, hashlib.sha256), signature)
    public_key = load_pem_public_key(key["public_key_pem"].encode())
    if isinstance(public_key, EllipticCurvePublicKey):
        der = encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
        public_key.verify(der, base, ECDSA(SHA256()))
        return True
    accepted = parse_public_pem(key["public_key_pem"])
    return algorithms.is_valid(accepted, signature, base, Algorithm(case["algorithm"]))


REASONS_OF_THE_RFC_EXAMPLES = {
    "sig-b21": "sig_malformed",
    "sig-b22": "sig_malformed",
    "sig-b23": "sig_invalid",
    "sig-b25": "sig_malformed",
    "sig-b26": "sig_malformed",
    "proxy_sig": "sig_malformed",
}


@pytest.mark.parametrize("name", REASONS_OF_THE_RFC_EXAMPLES)
def test_what_is_valid_in_the_rfc_is_still_refused_here(name: str) -> None:
    """T006, T012: its examples cover too little, or use PSS without saying so."""
    cases = {case.id: case.values[0] for case in specified("rfc9421")}
    if name not in cases:
        pytest.skip("specification is not beside the repository")
    request = as_9421_request(cases[name])
    key = rfc_keys()["test-key-rsa-pss"]["public_key_pem"]
    (signature,) = rfc9421.parse(cases[name]["signature_input"], cases[name]["signature"])
    created = signature.parameters["created"]
    assert isinstance(created, int)

    answer = reason(request, key, datetime.fromtimestamp(created, UTC), request.authority)

    assert answer == REASONS_OF_THE_RFC_EXAMPLES[name]


@pytest.mark.parametrize("case", specified("digest"))
def test_specified_digests(case: dict[str, Any]) -> None:
    body = case["body"].encode()
    made = digest.body_digest(body)

    assert digest.digest_header(made) == case["digest_header"]
    digest.check_digest(case["digest_header"], body)
    with pytest.raises(Unauthenticated):
        digest.check_digest(case["digest_header"], body + b" ")
    if "content_digest_sha256" in case:
        assert digest.content_digest_header(made) == case["content_digest_sha256"]
        digest.check_content_digest(case["content_digest_sha256"], body)
        digest.check_content_digest(case["content_digest_sha512"], body)
    if "signature_header" in case:
        assert len(draft_cavage.parse(case["signature_header"]).signature) in (256, 512)


@pytest.mark.parametrize("case", specified("multikey"))
def test_specified_multikeys(case: dict[str, Any]) -> None:
    key = parse_public_multibase(case["publicKeyMultibase"])
    data = multibase_decode(case["publicKeyMultibase"])

    assert public_multibase(key) == case["publicKeyMultibase"]
    if "public_key_hex" in case:
        assert data.hex() == case["multicodec_prefix_hex"] + case["public_key_hex"]
    if "public_key_pkcs1_der_hex" in case:
        assert data.hex() == case["multicodec_prefix_hex"] + case["public_key_pkcs1_der_hex"]
        assert key == parse_public_pem(case["public_key_pem"])
    if "secretKeyMultibase" in case:
        with pytest.raises(Unauthenticated):
            parse_public_multibase(case["secretKeyMultibase"])


@pytest.mark.parametrize("case", specified("multikey", "invalid"))
def test_specified_invalid_multikeys_are_refused(case: dict[str, Any]) -> None:
    with pytest.raises(Unauthenticated):
        parse_public_multibase(case["publicKeyMultibase"])


def test_every_file_of_vectors_is_in_use() -> None:
    """One that is added to the specification wants a test: here, in `test_proofs.py` or in `test_collections.py`."""
    if not SPECIFIED.is_dir():
        pytest.skip("specification is not beside the repository")
    here = {"cavage", "rfc9421", "digest", "multikey"}
    elsewhere = {"fep8b32", "jcs", "ldsig", "followers_sync"}

    assert {path.stem for path in SPECIFIED.glob("*.json")} == here | elsewhere
