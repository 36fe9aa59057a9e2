"""Whatever is given twice is refused, so that no two checks can look at different values (threats T014)."""

import pytest

from federation.errors import Malformed
from federation.signatures.message import SignedRequest
from tests.federation.signatures.support import ED25519_KEY, KEY_ID, a_request, cavage, examined, outcome, rfc9421


def doubled(request: SignedRequest, name: str, value: str | None = None) -> SignedRequest:
    """The request with one header twice, the second time with another value if one is given."""
    original = request.header(name)
    assert original is not None
    return a_request([*request.headers, (name, original if value is None else value)])


@pytest.mark.parametrize("name", ["signature", "host", "date", "digest"])
def test_a_doubled_header_of_a_cavage_signature_is_refused(name: str) -> None:
    """T014."""
    assert outcome(doubled(cavage(), name)) == (400, "sig_malformed")


@pytest.mark.parametrize("name", ["signature", "signature-input", "content-digest", "host", "date"])
def test_a_doubled_header_of_an_rfc9421_signature_is_refused(name: str) -> None:
    """T014."""
    assert outcome(doubled(rfc9421(), name)) == (400, "sig_malformed")


def test_a_second_signature_by_another_key_is_refused() -> None:
    """T014."""
    other = cavage(key=ED25519_KEY).header("signature")

    assert outcome(doubled(cavage(), "signature", other)) == (400, "sig_malformed")


def test_other_headers_may_repeat_and_are_signed_joined() -> None:
    joined = cavage("(request-target) host date digest x-seen", headers={"x-seen": "a, b"})
    split = [(name, value) for name, value in joined.headers if name != "x-seen"]
    request = a_request([*split, ("x-seen", " a"), ("x-seen", "b ")])

    assert outcome(request) == (202, "accepted")
    assert request.values("x-seen") == (" a", "b ")
    with pytest.raises(Malformed):
        request.header("x-seen")


@pytest.mark.parametrize(
    "extra",
    [
        f',keyId="{KEY_ID}"',
        f',keyid="{KEY_ID}"',
        ',headers="date"',
        ',signature="YWJj"',
        ',algorithm="hs2019",algorithm="rsa-sha256"',
    ],
)
def test_a_doubled_parameter_of_a_cavage_signature_is_refused(extra: str) -> None:
    """T014."""
    assert outcome(cavage(parameters=extra)) == (401, "sig_malformed")


@pytest.mark.parametrize("extra", [f';keyid="{KEY_ID}"', ";created=1756720800", ';alg="ed25519";alg="ed25519"'])
def test_a_doubled_parameter_of_an_rfc9421_signature_is_refused(extra: str) -> None:
    """T014: structured fields would let the last one win."""
    assert outcome(rfc9421(parameters=f';created=1756720800;keyid="{KEY_ID}"{extra}')) == (400, "sig_malformed")


def test_a_doubled_label_is_refused() -> None:
    """T014."""
    request = rfc9421()
    fields = dict(request.headers)
    for name in ("signature", "signature-input"):
        assert outcome(a_request(fields | {name: f"{fields[name]}, {fields[name]}"})) == (400, "sig_malformed")


def test_a_component_listed_twice_is_refused() -> None:
    """T014."""
    assert outcome(cavage("(request-target) host date date digest")) == (401, "sig_malformed")
    assert outcome(rfc9421('"@method" "@method" "@target-uri" "content-digest"')) == (401, "sig_malformed")


def test_a_digest_of_one_algorithm_given_twice_is_refused() -> None:
    """T014."""
    good = cavage().header("digest")

    assert outcome(cavage(headers={"digest": f"{good},{good}"})) == (401, "digest_mismatch")
    assert outcome(cavage(headers={"digest": f"{good},SHA-512=abc"})) == (202, "accepted")


def test_two_different_places_for_a_signature_are_refused() -> None:
    """T014."""
    request = cavage()
    signature = request.header("signature")
    same = a_request([*request.headers, ("authorization", f"Signature {signature}")])
    different = a_request([*request.headers, ("authorization", f'Signature {signature},x="y"')])

    assert examined(same).key_id == KEY_ID
    assert outcome(different) == (400, "sig_malformed")
