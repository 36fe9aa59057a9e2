"""What a signature must cover, in both schemes: each refusal beside the request that differs in one point."""

from base64 import b64encode
from hashlib import sha512

import pytest

from federation.signatures.message import SignedRequest
from tests.federation.signatures.support import (
    BODY,
    DATE,
    KEY_ID,
    NOW_SECONDS,
    OWNER,
    a_request,
    cavage,
    outcome,
    rfc9421,
    verified,
)

ACCEPTED = (202, "accepted")


@pytest.mark.parametrize("request_", [cavage(), rfc9421()], ids=["cavage", "rfc9421"])
def test_a_signed_post_is_accepted(request_: SignedRequest) -> None:
    assert verified(request_).key_id == KEY_ID


@pytest.mark.parametrize(
    "request_",
    [
        cavage("(request-target) host date", method="GET", body=b""),
        rfc9421('"@method" "@target-uri"', method="GET", body=b""),
    ],
    ids=["cavage", "rfc9421"],
)
def test_a_signed_get_needs_no_digest(request_: SignedRequest) -> None:
    assert outcome(request_) == ACCEPTED


def test_an_unsigned_request_is_refused() -> None:
    """T001."""
    assert outcome(a_request({"host": "home.test", "date": DATE})) == (401, "sig_missing")


def test_another_kind_of_authorization_is_not_a_signature() -> None:
    """T001."""
    assert outcome(a_request({"host": "home.test", "authorization": "Bearer abc"})) == (401, "sig_missing")


def test_signature_input_without_signature_is_refused() -> None:
    """T001."""
    unsigned = a_request({"host": "home.test", "signature-input": f'sig1=("@method");created={NOW_SECONDS}'})

    assert outcome(unsigned) == (401, "sig_missing")


@pytest.mark.parametrize(
    "request_",
    [
        cavage("(request-target) host date", headers={"digest": None}),
        cavage("(request-target) host date digest", headers={"digest": None}),
        cavage("(request-target) host date digest", headers={"digest": "MD5=abc"}),
        cavage("(request-target) host date", headers={"digest": None}, body=b""),
        cavage("(request-target) host date", method="GET", headers={"digest": None}),
        rfc9421('"@method" "@target-uri"', headers={"content-digest": None}),
        rfc9421('"@method" "@target-uri" "content-digest"', headers={"content-digest": None}),
        rfc9421(headers={"content-digest": "md5=:YWJj:"}),
        rfc9421(headers={"content-digest": None, "digest": "SHA-256=abc"}),
        rfc9421('"@method" "@target-uri"', body=b""),
    ],
)
def test_a_body_without_digest_is_refused(request_: SignedRequest) -> None:
    """T003."""
    assert outcome(request_) == (401, "digest_missing")


@pytest.mark.parametrize(
    "request_", [cavage("(request-target) host date"), rfc9421('"@method" "@target-uri"')], ids=["cavage", "rfc9421"]
)
def test_a_digest_that_is_not_signed_is_refused(request_: SignedRequest) -> None:
    """T004."""
    assert outcome(request_) == (401, "digest_unsigned")


@pytest.mark.parametrize("request_", [cavage(), rfc9421()], ids=["cavage", "rfc9421"])
def test_one_changed_byte_of_the_body_is_refused(request_: SignedRequest) -> None:
    """T005."""
    changed = SignedRequest(
        request_.method, request_.target, request_.authority, request_.scheme, request_.headers, BODY[:-1] + b" "
    )

    assert outcome(changed) == (401, "digest_mismatch")


def test_every_known_content_digest_must_match() -> None:
    """T005: a good digest of one algorithm does not excuse a bad one of another."""
    good = b64encode(sha512(BODY).digest()).decode()
    bad = b64encode(sha512(b"other").digest()).decode()
    sha256_part = next(value for name, value in rfc9421().headers if name == "content-digest")

    assert outcome(rfc9421(headers={"content-digest": f"{sha256_part}, sha-512=:{good}:"})) == ACCEPTED
    assert outcome(rfc9421(headers={"content-digest": f"{sha256_part}, sha-512=:{bad}:"})) == (401, "digest_mismatch")


@pytest.mark.parametrize(
    "request_",
    [
        cavage("host date digest"),
        cavage("date", parameters=""),
        rfc9421('"content-digest"'),
        rfc9421('"@target-uri" "content-digest"'),
        rfc9421('"@method" "content-digest"'),
        rfc9421('"@method" "@authority" "content-digest"'),
        rfc9421('"@method" "@path" "content-digest"'),
        rfc9421('"@method" "@request-target" "content-digest"'),
        rfc9421('"@method" "@authority" "@path" "content-digest"', target="/inbox?a=b"),
    ],
)
def test_a_signature_that_leaves_out_the_address_is_refused(request_: SignedRequest) -> None:
    """T006."""
    assert outcome(request_) == (401, "sig_malformed")


@pytest.mark.parametrize(
    "request_",
    [
        rfc9421('"@method" "@authority" "@request-target" "content-digest"', target="/inbox?a=b"),
        rfc9421('"@method" "@authority" "@path" "@query" "content-digest"', target="/inbox?a=b"),
        rfc9421('"@method" "@authority" "@path" "content-digest"'),
    ],
)
def test_the_address_may_be_covered_in_parts(request_: SignedRequest) -> None:
    assert outcome(request_) == ACCEPTED


@pytest.mark.parametrize(
    "request_",
    [
        cavage("(request-target) date digest"),
        cavage("(request-target) date", method="GET", body=b""),
    ],
)
def test_a_signature_that_leaves_out_the_host_is_refused(request_: SignedRequest) -> None:
    """T007."""
    assert outcome(request_) == (401, "sig_malformed")


@pytest.mark.parametrize(
    "request_",
    [
        cavage("(request-target) host digest"),
        cavage("(request-target) host digest", headers={"date": None}),
        cavage("(request-target) host date digest", headers={"date": None}),
        cavage("(request-target) host digest", parameters=f',algorithm="hs2019",created={NOW_SECONDS}'),
        cavage("(request-target) (created) host digest", parameters=""),
        cavage("(request-target) (created) host digest", parameters=f",expires={NOW_SECONDS}"),
        rfc9421(parameters=f';keyid="{KEY_ID}"'),
        rfc9421('"@method" "@target-uri" "content-digest" "date"', parameters=f';keyid="{KEY_ID}"'),
    ],
)
def test_a_signature_without_a_signed_time_is_refused(request_: SignedRequest) -> None:
    """T008."""
    assert outcome(request_) == (401, "sig_stale")


@pytest.mark.parametrize(
    "replayed",
    [
        cavage(target="/c/plans/inbox", signed_target="/users/alice/inbox"),
        rfc9421(target="/c/plans/inbox", signed_target="/users/alice/inbox"),
        cavage(target="/inbox", signed_target="/inbox?a=b"),
    ],
)
def test_a_delivery_replayed_at_another_inbox_is_refused(replayed: SignedRequest) -> None:
    """T011."""
    assert outcome(replayed) == (401, "sig_invalid")


def test_a_request_made_for_another_host_is_refused() -> None:
    """T007, T011: the Host that was signed must be ours."""
    assert outcome(cavage(headers={"host": "other.test"})) == (401, "sig_invalid")


@pytest.mark.parametrize("host", ["home.test", "HOME.test", "home.test:443", "home.test."])
def test_our_host_is_ours_in_every_spelling(host: str) -> None:
    assert outcome(cavage(headers={"host": host})) == ACCEPTED


@pytest.mark.parametrize("host", ["home.test:8443", "home.test.other.test", "xhome.test", ""])
def test_a_host_that_resembles_ours_is_not_ours(host: str) -> None:
    assert outcome(cavage(headers={"host": host})) == (401, "sig_invalid")


def test_an_authority_other_than_the_host_header_is_refused() -> None:
    """T014: never one value for one check and another for the next."""
    good = cavage()
    request = SignedRequest(good.method, good.target, "other.test", "https", good.headers, good.body)

    assert outcome(request) == (401, "sig_invalid")


def test_a_get_may_be_signed_without_its_query() -> None:
    """T024."""
    covered = "(request-target) host date"
    path_only = cavage(covered, method="GET", target="/outbox?page=2", signed_target="/outbox", body=b"")
    exact = cavage(covered, method="GET", target="/outbox?page=2", body=b"")

    assert outcome(path_only) == ACCEPTED
    assert outcome(exact) == ACCEPTED


def test_a_get_signed_with_another_query_is_refused() -> None:
    """T024."""
    other = cavage(
        "(request-target) host date", method="GET", target="/outbox?page=2", signed_target="/outbox?page=3", body=b""
    )

    assert outcome(other) == (401, "sig_invalid")


def test_a_post_must_be_signed_with_its_query() -> None:
    """T024."""
    assert outcome(cavage(target="/inbox?a=b")) == ACCEPTED
    assert outcome(cavage(target="/inbox?a=b", signed_target="/inbox")) == (401, "sig_invalid")


def test_rfc9421_has_no_form_without_the_query() -> None:
    """T024."""
    covered = '"@method" "@target-uri"'
    path_only = rfc9421(covered, method="GET", target="/outbox?page=2", signed_target="/outbox", body=b"")

    assert outcome(path_only) == (401, "sig_invalid")


def test_a_get_with_the_digest_of_no_body_is_accepted() -> None:
    empty = "SHA-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

    assert outcome(cavage(method="GET", body=b"", headers={"digest": empty})) == ACCEPTED


def test_a_get_with_a_signed_digest_of_something_else_is_refused() -> None:
    """T005."""
    other = "SHA-256=w/tAc4s+cvG5IsPqCmxOw+puKHzNGUU3BP8L/bHPlDM="

    assert outcome(cavage(method="GET", body=b"", headers={"digest": other})) == (401, "digest_mismatch")


def test_an_unsigned_digest_of_a_get_is_ignored() -> None:
    request = cavage("(request-target) host date", method="GET", body=b"", headers={"digest": "SHA-256=abc"})

    assert outcome(request) == ACCEPTED


@pytest.mark.parametrize("request_", [cavage(target="*"), cavage(target="https://home.test/inbox")])
def test_a_request_line_that_is_not_a_path_is_refused(request_: SignedRequest) -> None:
    assert outcome(request_) == (400, "sig_malformed")


def test_the_verified_sender_tells_what_was_covered() -> None:
    sender = verified(cavage("(request-target) host date digest content-type", headers={"content-type": "a/b"}))

    assert sender.covered == ("(request-target)", "host", "date", "digest", "content-type")
    assert (sender.scheme, sender.owner_uri) == ("cavage", OWNER)
