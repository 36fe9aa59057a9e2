"""Random messages: what we sign others verify, what others sign we accept, and both see the same spoiled byte."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    InvalidSignature,
    MappingKeyResolver,
    algorithms,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from federation.signatures.sign import SigningKey, sign_request
from tests.federation.signatures.support import (
    DATE,
    ED25519_KEY,
    NOW,
    PATIENT,
    RSA_KEY,
    a_request,
    outcome,
    sha256_base64,
    verified,
)

# Has no types, which an import statement would make the type checker complain of.
httpsig = import_module("httpsig")

FEWER = settings(PATIENT, max_examples=60)

URL_TEXT = st.text("abcXYZ019-._~%2F:@!$&'()*+,;=", max_size=20).map(lambda text: text.replace("%", "%25"))
TARGETS = st.builds(lambda path, query: f"/{path}{query}", URL_TEXT, st.just("") | URL_TEXT.map(lambda q: f"?{q}"))
KEY_IDS = st.text("abcXYZ019-._~%/:#?=&", min_size=1, max_size=40).map(lambda text: f"https://partner.test/{text}")
BODIES = st.binary(max_size=200)
VALUES = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=30).map(str.strip)
EXTRAS = st.dictionaries(st.sampled_from(["x-one", "x-two", "accept", "content-type"]), VALUES, max_size=4)


@dataclass
class Message:
    """As the other implementation of RFC 9421 wants it."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)


def resolver(key_id: str) -> MappingKeyResolver:
    """Both keys of the tests under one name each."""
    return MappingKeyResolver(
        public_keys={f"{key_id}#rsa": RSA_KEY.public_key(), f"{key_id}#ed": ED25519_KEY.public_key()},
        private_keys={f"{key_id}#rsa": RSA_KEY, f"{key_id}#ed": ED25519_KEY},
    )


KINDS = pytest.mark.parametrize(
    ("suffix", "key", "algorithm"),
    [("#rsa", RSA_KEY, algorithms.RSA_V1_5_SHA256), ("#ed", ED25519_KEY, algorithms.ED25519)],
    ids=["rsa", "ed25519"],
)


@KINDS
@FEWER
@given(key_id=KEY_IDS, target=TARGETS, body=BODIES)
def test_another_verifier_accepts_our_rfc9421(
    suffix: str, key: Any, algorithm: Any, key_id: str, target: str, body: bytes
) -> None:
    # The other implementation asks the clock of the machine.
    now = datetime.now(UTC)
    url = f"https://home.test{target}"
    headers = sign_request(
        method="POST", url=url, body=body, key=SigningKey(key_id + suffix, key), scheme="rfc9421", now=now
    )
    verifier = HTTPMessageVerifier(signature_algorithm=algorithm, key_resolver=resolver(key_id))

    (result,) = verifier.verify(Message("POST", url, headers))

    assert set(result.covered_components) >= {'"@method"', '"@target-uri"', '"content-digest"'}
    with pytest.raises(InvalidSignature):
        verifier.verify(Message("POST", f"{url}x", headers))


@KINDS
@FEWER
@given(key_id=KEY_IDS, target=TARGETS, body=BODIES, extras=EXTRAS, include_alg=st.booleans(), nonce=VALUES)
def test_we_accept_rfc9421_of_another_signer(
    suffix: str,
    key: Any,
    algorithm: Any,
    key_id: str,
    target: str,
    body: bytes,
    extras: dict[str, str],
    include_alg: bool,
    nonce: str,
) -> None:
    message = Message("POST", f"https://home.test{target}", {"Host": "home.test", "Date": DATE, **extras})
    HTTPMessageSigner(signature_algorithm=algorithm, key_resolver=resolver(key_id)).sign(
        message,
        key_id=key_id + suffix,
        created=NOW,
        include_alg=include_alg,
        nonce=nonce,
        covered_component_ids=("@method", "@target-uri", "host", "date", *extras),
        body=body,
    )
    request = a_request(message.headers, target=target, body=body)

    assert verified(request, key=key).key_id == key_id + suffix
    assert outcome(a_request(message.headers, target=f"{target}x", body=body), key=key) == (401, "sig_invalid")
    assert outcome(a_request(message.headers, target=target, body=body + b"x"), key=key) == (401, "digest_mismatch")


PRIVATE_PEM = RSA_KEY.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
PUBLIC_PEM = RSA_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def is_good_elsewhere(headers: Mapping[str, str], method: str, target: str) -> bool:
    verifier = httpsig.HeaderVerifier(
        dict(headers), PUBLIC_PEM, required_headers=["date"], method=method, path=target, sign_header="signature"
    )
    return bool(verifier.verify())


@FEWER
@given(key_id=KEY_IDS, target=TARGETS, body=st.none() | BODIES)
def test_another_verifier_accepts_our_cavage(key_id: str, target: str, body: bytes | None) -> None:
    method = "GET" if body is None else "POST"
    headers = sign_request(
        method=method,
        url=f"https://home.test{target}",
        body=body,
        key=SigningKey(key_id, RSA_KEY),
        scheme="cavage",
        now=NOW,
    )

    assert is_good_elsewhere(headers, method, target)
    assert not is_good_elsewhere(headers, method, f"{target}x")


@FEWER
@given(key_id=KEY_IDS.filter(lambda key_id: "%" not in key_id), target=TARGETS, body=BODIES, extras=EXTRAS)
def test_we_accept_cavage_of_another_signer(key_id: str, target: str, body: bytes, extras: dict[str, str]) -> None:
    fields = {"host": "home.test", "date": DATE, "digest": f"SHA-256={sha256_base64(body)}", **extras}
    signer = httpsig.HeaderSigner(
        key_id, PRIVATE_PEM, algorithm="rsa-sha256", headers=["(request-target)", *fields], sign_header="signature"
    )
    headers = dict(signer.sign(dict(fields), method="POST", path=target))
    request = a_request(headers, target=target, body=body)

    assert verified(request).key_id == key_id
    assert outcome(a_request(headers, target=f"{target}x", body=body)) == (401, "sig_invalid")
    assert outcome(a_request(headers, target=target, body=body + b"x")) == (401, "digest_mismatch")
