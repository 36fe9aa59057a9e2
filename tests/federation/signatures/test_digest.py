"""Digests of bodies in both notations."""

import pytest

from federation.errors import Unauthenticated
from federation.signatures.digest import (
    body_digest,
    check_content_digest,
    check_digest,
    content_digest_header,
    digest_header,
)

BODY = b'{"hello": "world"}'
SHA_256 = "X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE="
SHA_512 = "WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew=="
OTHER = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="


def test_digests_are_written_as_the_rfcs_show_them() -> None:
    digest = body_digest(BODY)

    assert digest == SHA_256
    assert digest_header(digest) == f"SHA-256={SHA_256}"
    assert content_digest_header(digest) == f"sha-256=:{SHA_256}:"


@pytest.mark.parametrize(
    "value",
    [
        f"SHA-256={SHA_256}",
        f"sha-256={SHA_256}",
        f"SHA-512={SHA_512},SHA-256={SHA_256}",
        f"MD5=x, Sha-256={SHA_256} , unixsum=30637",
    ],
)
def test_a_digest_that_matches_is_accepted(value: str) -> None:
    check_digest(value, BODY)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (f"SHA-256={OTHER}", "digest_mismatch"),
        (f"SHA-256={SHA_256[:-1]}", "digest_mismatch"),
        (f"SHA-256={SHA_256}=", "digest_mismatch"),
        ("SHA-256=", "digest_mismatch"),
        ("SHA-256", "digest_mismatch"),
        ("SHA-256=é", "digest_mismatch"),
        (f"SHA-256={SHA_256},SHA-256={OTHER}", "digest_mismatch"),
        (f"SHA-256={SHA_256},sha-256={SHA_256}", "digest_mismatch"),
        (f"SHA-512={SHA_512}", "digest_missing"),
        ("", "digest_missing"),
    ],
)
def test_another_digest_is_refused(value: str, reason: str) -> None:
    """T005."""
    with pytest.raises(Unauthenticated) as refusal:
        check_digest(value, BODY)

    assert refusal.value.reason == reason


@pytest.mark.parametrize(
    "value",
    [
        f"sha-256=:{SHA_256}:",
        f"sha-512=:{SHA_512}:",
        f"sha-256=:{SHA_256}:, sha-512=:{SHA_512}:",
        f"md5=:YWJj:, sha-256=:{SHA_256}:;note=1",
    ],
)
def test_a_content_digest_that_matches_is_accepted(value: str) -> None:
    check_content_digest(value, BODY)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (f"sha-256=:{OTHER}:", "digest_mismatch"),
        (f"sha-256=:{SHA_256}:, sha-512=:{SHA_256}:", "digest_mismatch"),
        (f"sha-256=:{SHA_256}:, sha-256=:{SHA_256}:", "digest_mismatch"),
        (f"sha-256={SHA_256}", "digest_mismatch"),
        (f'sha-256="{SHA_256}"', "digest_mismatch"),
        ("sha-256", "digest_mismatch"),
        (f"sha-256=(:{SHA_256}:)", "digest_mismatch"),
        (f"SHA-256=:{SHA_256}:", "digest_mismatch"),
        ("md5=:YWJj:", "digest_missing"),
        ("", "digest_missing"),
    ],
)
def test_another_content_digest_is_refused(value: str, reason: str) -> None:
    """T005."""
    with pytest.raises(Unauthenticated) as refusal:
        check_content_digest(value, BODY)

    assert refusal.value.reason == reason
