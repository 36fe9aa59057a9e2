"""Nothing that a stranger writes leads to anything but one of the two refusals, and every size is bounded (R8)."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from federation.errors import FederationError, Unauthenticated
from federation.signatures.digest import check_content_digest, check_digest
from federation.signatures.key_formats import parse_public_multibase, parse_public_pem
from federation.signatures.structured_fields import parse_dictionary
from tests.federation.signatures.support import (
    BODY,
    DATE,
    KEY_ID,
    NOW_SECONDS,
    PATIENT,
    a_request,
    cavage,
    examined,
    outcome,
    rfc9421,
)

ANY_TEXT = st.text(st.characters(), max_size=200)
# Text made of the pieces that the parsers look for gets further than any text.
PIECES = st.lists(
    st.sampled_from(
        ['keyId="k"', "signature=", 'headers="(request-target) host date digest"', "sig1", "=", "(", ")", '"@method"',
         '"', "\\", ":", ":YWJj:", ";", ",", " ", "created", "1756720800", "keyid", "a", "\t", "é", "\ud800", "?1",
         'algorithm="hs2019"', '"content-digest"', '"@target-uri"', "-", ".", "\n", "sha-256", "SHA-256="]
    ),
    max_size=30,
).map("".join)  # fmt: skip
HOSTILE = ANY_TEXT | PIECES


@PATIENT
@given(HOSTILE, HOSTILE, HOSTILE)
@example('keyId="k",headers="(request-target) host date digest x",signature="YWJj"', "\ud800", "")
def test_no_text_in_the_headers_breaks_the_examination(signature: str, signature_input: str, other: str) -> None:
    base = {"host": "home.test", "date": DATE, "x": other}

    assert outcome(a_request(base | {"signature": signature, "digest": other}))[0] in (400, 401)
    both = base | {"signature": signature, "signature-input": signature_input, "content-digest": other}
    assert outcome(a_request(both))[0] in (400, 401)


@PATIENT
@given(HOSTILE)
def test_no_text_breaks_the_reading_of_keys(text: str) -> None:
    for parse in (parse_public_pem, parse_public_multibase):
        for wrapped in (text, f"z{text}", f"-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----"):
            with pytest.raises(Unauthenticated):
                parse(wrapped)


@PATIENT
@given(HOSTILE)
def test_no_text_passes_for_the_digest_of_a_body(text: str) -> None:
    for check in (check_digest, check_content_digest):
        with pytest.raises(Unauthenticated):
            check(text, BODY)


@PATIENT
@given(HOSTILE)
def test_no_text_breaks_the_reading_of_structured_fields(text: str) -> None:
    try:
        members = parse_dictionary(text)
    except ValueError:
        return
    assert all(member.text in text for member in members.values())


def test_a_signature_header_of_4096_characters_is_read_and_one_more_refused() -> None:
    filler = 4096 - len(str(cavage(parameters=',x=""').header("signature")))

    assert outcome(cavage(parameters=f',x="{"a" * filler}"')) == (202, "accepted")
    assert outcome(cavage(parameters=f',x="{"a" * (filler + 1)}"')) == (400, "sig_malformed")


def test_a_signature_input_of_4096_characters_is_read_and_one_more_refused() -> None:
    known = f';created={NOW_SECONDS};keyid="{KEY_ID}"'
    filler = 4096 - len(str(rfc9421(parameters=f'{known};x=""').header("signature-input")))

    assert outcome(rfc9421(parameters=f'{known};x="{"a" * filler}"')) == (202, "accepted")
    assert outcome(rfc9421(parameters=f'{known};x="{"a" * (filler + 1)}"')) == (400, "sig_malformed")


def test_a_key_id_of_2048_characters_is_read_and_one_more_refused() -> None:
    known = f";created={NOW_SECONDS}"

    assert outcome(rfc9421(parameters=f'{known};keyid="{"k" * 2048}"')) == (202, "accepted")
    for key_id in ("k" * 2049, "", "a b"):
        assert outcome(rfc9421(parameters=f'{known};keyid="{key_id}"')) == (401, "sig_malformed")


def test_a_key_id_must_be_a_string() -> None:
    for key_id in ("token", "1", ":YWJj:", "?1"):
        assert outcome(rfc9421(parameters=f";created={NOW_SECONDS};keyid={key_id}")) == (401, "sig_malformed")


def test_what_a_stranger_wrote_reaches_the_log_short_and_printable() -> None:
    """Threats 1.3, R8."""
    long_name = "x" * 1000 + "\u202e"
    for request in (
        cavage(parameters=f',algorithm="{long_name}"'),
        cavage(f"(request-target) host date digest {long_name}"),
        rfc9421(f'"@method" "@target-uri" "content-digest" "{"x" * 1000}"'),
        rfc9421(parameters=f';created={NOW_SECONDS};keyid="{KEY_ID}";alg="{"x" * 1000}"'),
    ):
        with pytest.raises(FederationError) as refusal:
            examined(request)
        assert len(str(refusal.value)) < 200
        assert str(refusal.value).isprintable()


NAMES = st.lists(
    st.sampled_from(["(request-target)", "host", "date", "digest", "(created)", "(expires)", "x"]), unique=True
)
PARAMETERS = st.lists(
    st.sampled_from(
        [',algorithm="hs2019"', ',algorithm="rsa-sha256"', f",created={NOW_SECONDS}", f",expires={NOW_SECONDS}"]
    ),
    unique=True,
)


@PATIENT
@given(NAMES, PARAMETERS, st.sets(st.sampled_from(["host", "date", "digest"])))
def test_every_choice_of_names_and_parameters_has_an_answer(
    covered: list[str], parameters: list[str], absent: set[str]
) -> None:
    request = cavage(" ".join(covered), parameters="".join(parameters), headers=dict.fromkeys(absent))

    assert outcome(request)[0] in (202, 400, 401)


def test_a_missing_parameter_is_refused() -> None:
    fields = dict(cavage().headers)
    for value in ("", 'keyId="k"', 'signature="YWJj"', 'headers="date"'):
        assert outcome(a_request(fields | {"signature": value})) == (401, "sig_malformed")


def test_another_form_of_the_signature_header_is_refused() -> None:
    fields = dict(cavage().headers)
    for value in ("keyId", "keyId=k", 'keyId="k" signature="YWJj"', 'keyId="k\\"",signature="YWJj"', 'keyId="k'):
        assert outcome(a_request(fields | {"signature": value})) == (400, "sig_malformed")
