"""The key decides about the algorithm; what the sender writes can only lead to a refusal (threats T002, T012)."""

import hashlib
import hmac
from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA512

from federation.signatures.key_formats import generate_rsa
from federation.signatures.message import SignedRequest
from tests.federation.signatures.support import (
    DATE,
    ED25519_KEY,
    KEY_ID,
    NOW_SECONDS,
    RSA_KEY,
    VECTORS,
    a_request,
    cavage,
    outcome,
    rfc9421,
)

ACCEPTED = (202, "accepted")
PARAMETERS = f';created={NOW_SECONDS};keyid="{KEY_ID}"'


def test_a_signature_by_another_key_is_refused() -> None:
    """T002."""
    stranger = generate_rsa()

    assert outcome(cavage(key=stranger)) == (401, "sig_invalid")
    assert outcome(rfc9421(key=stranger)) == (401, "sig_invalid")


@pytest.mark.parametrize("name", ["rsa-sha256", "RSA-SHA256", "hs2019"])
def test_the_names_in_use_are_accepted(name: str) -> None:
    assert outcome(cavage(parameters=f',algorithm="{name}"')) == ACCEPTED


def test_no_name_at_all_means_look_at_the_key() -> None:
    assert outcome(cavage(parameters="")) == ACCEPTED
    assert outcome(cavage(parameters="", key=ED25519_KEY), key=ED25519_KEY) == ACCEPTED
    assert outcome(rfc9421(key=ED25519_KEY), key=ED25519_KEY) == ACCEPTED


@pytest.mark.parametrize("name", ["", "none", "hmac-sha256", "rsa-sha1", "ed25519", "ecdsa-sha256", "rsa-md5", "x"])
def test_other_names_are_refused_though_the_signature_is_good(name: str) -> None:
    """T012."""
    assert outcome(cavage(parameters=f',algorithm="{name}"')) == (401, "sig_malformed")


@pytest.mark.parametrize(
    "name", ["", "none", "hmac-sha256", "ecdsa-p256-sha256", "ecdsa-p384-sha384", "rsa-sha256", "hs2019"]
)
def test_other_names_are_refused_in_rfc9421_too(name: str) -> None:
    """T012."""
    assert outcome(rfc9421(parameters=f'{PARAMETERS};alg="{name}"')) == (401, "sig_malformed")


def test_an_algorithm_that_is_not_a_string_is_refused() -> None:
    """T012."""
    assert outcome(rfc9421(parameters=f"{PARAMETERS};alg=ed25519")) == (401, "sig_malformed")


@pytest.mark.parametrize(
    ("request_", "key"),
    [
        (rfc9421(parameters=f'{PARAMETERS};alg="ed25519"'), RSA_KEY),
        (rfc9421(parameters=f'{PARAMETERS};alg="rsa-v1_5-sha256"', key=ED25519_KEY), ED25519_KEY),
        (rfc9421(parameters=f'{PARAMETERS};alg="rsa-pss-sha512"'), RSA_KEY),
        (cavage(parameters=',algorithm="rsa-sha256"', key=ED25519_KEY), ED25519_KEY),
    ],
)
def test_a_name_that_does_not_fit_the_key_is_refused(
    request_: SignedRequest, key: RSAPrivateKey | Ed25519PrivateKey
) -> None:
    """T012."""
    assert outcome(request_, key=key) == (401, "sig_invalid")


def test_a_mac_with_the_public_key_as_secret_is_refused() -> None:
    """T012: the classic confusion, really computed, under each name that could lead to it."""
    pem = VECTORS["keys"]["rsa-2048"]["public_pem"].encode()
    request = cavage()
    digest = request.header("digest")
    message = f"(request-target): post /inbox\nhost: home.test\ndate: {DATE}\ndigest: {digest}"
    mac = b64encode(hmac.digest(pem, message.encode(), hashlib.sha256)).decode()
    unsigned = [header for header in request.headers if header[0] != "signature"]

    def with_mac(algorithm: str) -> SignedRequest:
        value = f'keyId="{KEY_ID}",headers="(request-target) host date digest"{algorithm},signature="{mac}"'
        return a_request([*unsigned, ("signature", value)])

    assert outcome(with_mac(',algorithm="hmac-sha256"')) == (401, "sig_malformed")
    assert outcome(with_mac(',algorithm="hs2019"')) == (401, "sig_invalid")
    assert outcome(with_mac("")) == (401, "sig_invalid")


def test_pss_is_tried_only_when_it_is_named() -> None:
    """T012."""

    def with_pss(parameters: str, salt_length: int = 64) -> SignedRequest:
        fields = dict(rfc9421(parameters=parameters).headers)
        covered = '("@method" "@target-uri" "content-digest")'
        base = (
            '"@method": POST\n"@target-uri": https://home.test/inbox\n'
            f'"content-digest": {fields["content-digest"]}\n"@signature-params": {covered}{parameters}'
        )
        signature = RSA_KEY.sign(base.encode(), PSS(MGF1(SHA512()), salt_length), SHA512())
        return a_request(fields | {"signature": f"sig1=:{b64encode(signature).decode()}:"})

    assert outcome(with_pss(f'{PARAMETERS};alg="rsa-pss-sha512"')) == ACCEPTED
    assert outcome(with_pss(f'{PARAMETERS};alg="rsa-pss-sha512"', salt_length=32)) == (401, "sig_invalid")
    assert outcome(with_pss(PARAMETERS)) == (401, "sig_invalid")


def test_created_goes_only_with_hs2019() -> None:
    """T012: draft-cavage-12 forbids it with algorithms named rsa."""
    covered = "(request-target) (created) host digest"
    pseudo = {"(created)": str(NOW_SECONDS)}
    named = cavage(covered, pseudo=pseudo, parameters=f',algorithm="rsa-sha256",created={NOW_SECONDS}')
    by_key = cavage(covered, pseudo=pseudo, parameters=f',algorithm="hs2019",created={NOW_SECONDS}')

    assert outcome(named) == (401, "sig_malformed")
    assert outcome(by_key) == ACCEPTED


@pytest.mark.parametrize("length", [0, 1, 63, 64, 65, 255, 256, 257, 512])
def test_a_signature_of_any_length_is_refused_when_it_is_wrong(length: int) -> None:
    """T002."""
    fields = dict(rfc9421().headers)
    request = a_request(fields | {"signature": f"sig1=:{b64encode(bytes(length)).decode()}:"})

    assert outcome(request, key=RSA_KEY) == (401, "sig_invalid")
    assert outcome(request, key=ED25519_KEY) == (401, "sig_invalid")
