"""Which signature counts when there are several, and where it may stand (signatures.md 2.2, 3.3)."""

import pytest

from federation.errors import Unauthenticated
from federation.signatures import draft_cavage
from federation.signatures.message import SignedRequest
from federation.signatures.verify import confirm
from tests.federation.signatures.support import (
    ED25519_KEY,
    KEY_ID,
    NOW_SECONDS,
    OWNER,
    RSA_KEY,
    a_request,
    cavage,
    examined,
    outcome,
    rfc9421,
    verified,
)

ACCEPTED = (202, "accepted")


def labelled(*requests: SignedRequest) -> SignedRequest:
    """One request with the signatures of all, under the labels a, b, c."""
    inputs, values = [], []
    for label, request in zip("abcdef", requests, strict=False):
        inputs.append(f"{label}={str(request.header('signature-input')).removeprefix('sig1=')}")
        values.append(f"{label}={str(request.header('signature')).removeprefix('sig1=')}")
    fields = dict(requests[0].headers)
    return a_request(fields | {"signature-input": ", ".join(inputs), "signature": ", ".join(values)})


def test_a_signature_may_stand_in_authorization() -> None:
    request = cavage()
    moved = [("authorization", f"Signature {v}") if k == "signature" else (k, v) for k, v in request.headers]

    assert verified(a_request(moved)).scheme == "cavage"


def test_a_signature_input_of_somebody_else_does_not_spoil_a_cavage_signature() -> None:
    request = cavage()
    for other in ("proxy=();created=1", "not a structured field ((", '"@method"'):
        assert verified(a_request([*request.headers, ("signature-input", other)])).scheme == "cavage"


def test_a_bad_cavage_signature_beside_a_signature_input_keeps_its_reason() -> None:
    request = cavage("(request-target) host date")

    assert outcome(a_request([*request.headers, ("signature-input", "proxy=()")])) == (401, "digest_unsigned")


def test_the_reason_of_rfc9421_stands_when_there_is_no_cavage_signature() -> None:
    assert outcome(rfc9421(parameters=f';keyid="{KEY_ID}"')) == (401, "sig_stale")


def test_one_good_label_of_several_suffices() -> None:
    without_key = rfc9421(parameters=f";created={NOW_SECONDS}")
    stale = rfc9421(parameters=f';created=1;keyid="{KEY_ID}"')

    assert verified(labelled(without_key, rfc9421(), stale)).key_id == KEY_ID


def test_the_reason_of_the_first_label_is_told_when_all_are_bad() -> None:
    without_key = rfc9421(parameters=f";created={NOW_SECONDS}")
    stale = rfc9421(parameters=f';created=1;keyid="{KEY_ID}"')

    assert outcome(labelled(stale, without_key)) == (401, "sig_stale")


def test_further_acceptable_labels_are_alternatives() -> None:
    other_id = "https://partner.test/users/bob#ed25519-key"
    ed25519 = rfc9421(parameters=f';created={NOW_SECONDS};keyid="{other_id}"', key=ED25519_KEY)

    claim = examined(labelled(ed25519, rfc9421()))

    assert claim.key_id == other_id
    assert [other.key_id for other in claim.alternatives] == [KEY_ID]
    assert confirm(claim.alternatives[0], RSA_KEY.public_key(), OWNER).key_id == KEY_ID
    with pytest.raises(Unauthenticated, match="does not fit"):
        confirm(claim, RSA_KEY.public_key(), OWNER)


def test_four_labels_are_looked_at_and_five_refused() -> None:
    assert outcome(labelled(*[rfc9421()] * 4)) == ACCEPTED
    assert outcome(labelled(*[rfc9421()] * 5)) == (400, "sig_malformed")


def test_a_label_without_value_is_refused() -> None:
    fields = dict(rfc9421().headers)
    for signature in ("other=:YWJj:", 'sig1="text"', "sig1=token", "sig1", "sig1=(:YWJj:)"):
        assert outcome(a_request(fields | {"signature": signature})) == (400, "sig_malformed")


def test_a_signature_input_that_is_no_list_is_refused() -> None:
    fields = dict(rfc9421().headers)
    for value in ("", "sig1", 'sig1="@method"', "sig1=1;created=1"):
        assert outcome(a_request(fields | {"signature-input": value})) == (400, "sig_malformed")


@pytest.mark.parametrize(
    "component",
    [
        '"content-digest";sf',
        '"content-digest";bs',
        '"@method";req',
        '"content-digest";key="a"',
        '"x";tr',
        '"absent"',
        "token",
        '"@status"',
        '"@signature-params"',
        '"@query-param";name="absent"',
        '"Content-Digest"',
    ],
)
def test_a_component_that_we_cannot_make_is_refused(component: str) -> None:
    covered = f'"@method" "@target-uri" "content-digest" {component}'

    assert outcome(rfc9421(covered)) == (401, "sig_malformed")


def test_a_component_with_parameters_does_not_count_as_covered() -> None:
    assert outcome(rfc9421('"@method" "@target-uri" "content-digest";sf')) == (401, "digest_unsigned")


@pytest.mark.parametrize("name", ["(absent)", "x-absent", "(expires)"])
def test_a_covered_header_that_is_absent_is_refused(name: str) -> None:
    assert outcome(cavage(f"(request-target) host date digest {name}", parameters="")) == (401, "sig_malformed")


def test_a_line_break_in_a_covered_header_is_refused() -> None:
    """Otherwise the value "a" of x and a header y could be told as one header x."""
    for value in ("a\ny: b", "a\rb"):
        assert outcome(cavage("(request-target) host date digest x", headers={"x": value})) == (401, "sig_malformed")
        assert outcome(rfc9421('"@method" "@target-uri" "content-digest" "x"', headers={"x": value})) == (
            401,
            "sig_malformed",
        )


def test_header_bytes_that_are_not_utf_8_are_signed_as_they_came() -> None:
    """The HTTP parser hands them over as surrogates."""
    made = draft_cavage.signing_string(("x",), {"x": "a\udcff"}, method="GET", target="/")

    assert made == b"x: a\xff"


def test_header_bytes_that_are_not_ascii_can_be_signed_only_in_cavage() -> None:
    name = {"x": "Grüße"}

    assert outcome(cavage("(request-target) host date digest x", headers=name)) == ACCEPTED
    assert outcome(rfc9421('"@method" "@target-uri" "content-digest" "x"', headers=name)) == (401, "sig_malformed")
