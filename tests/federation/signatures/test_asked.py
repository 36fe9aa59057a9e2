"""`Accept-Signature` of a peer: what of it is obeyed, and what is never signed however it is asked for."""

from datetime import UTC, datetime

import pytest

from federation.signatures.asked import covers_enough, wanted_in
from federation.signatures.key_formats import generate_ed25519
from federation.signatures.message import KeyKind, SignedRequest
from federation.signatures.sign import SigningKey, sign_as_asked
from federation.signatures.verify import confirm, examine
from federation.signatures.ways import BY_ED25519, BY_RSA, Attempt
from tests.support.signing import rsa_key

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
INBOX = "https://partner.test/inbox?x=1"
RSA = SigningKey("https://alpha.test/users/alice#main-key", rsa_key("alice"))
ED25519 = SigningKey("https://alpha.test/users/alice#ed25519-key", generate_ed25519())
ENOUGH = '"@method" "@target-uri" "content-digest"'


def asked(said: str, *, body: bytes | None = b"{}") -> Attempt | None:
    """What alice sends when a peer says this."""
    keys: dict[KeyKind, SigningKey] = {"rsa": RSA, "ed25519": ED25519}
    method = "GET" if body is None else "POST"
    return sign_as_asked(
        method=method,
        url=INBOX,
        body=body,
        keys=keys,
        wanted=wanted_in(said),
        now=NOW,
    )


def signed_by(attempt: Attempt, *keys: SigningKey, body: bytes = b"{}") -> None:
    """Each signature of the request verifies by its key."""
    assert attempt.headers is not None
    headers = tuple((name.lower(), value) for name, value in attempt.headers.items())
    request = SignedRequest("POST", "/inbox?x=1", "partner.test", "https", headers, body)
    claim = examine(request, own_authority="partner.test", now=NOW)
    claims = [claim, *claim.alternatives]
    assert [one.key_id for one in claims] == [key.key_id for key in keys]
    for one, key in zip(claims, keys, strict=True):
        confirm(one, key.private_key.public_key(), "whoever")


@pytest.mark.parametrize(
    ("said", "key", "expected"),
    [
        (f"sig1=({ENOUGH});created;keyid", RSA, f'sig1=({ENOUGH});created=1795953600;keyid="{RSA.key_id}"'),
        (
            f'a.b=({ENOUGH});created;keyid;alg="ed25519"',
            ED25519,
            f'a.b=({ENOUGH});created=1795953600;keyid="{ED25519.key_id}";alg="ed25519"',
        ),
        (
            f'sig1=({ENOUGH});alg="rsa-v1_5-sha256";expires',
            RSA,
            f'sig1=({ENOUGH});created=1795953600;keyid="{RSA.key_id}";alg="rsa-v1_5-sha256";expires=1795953900',
        ),
        (
            f'sig1=({ENOUGH});keyid="{ED25519.key_id}"',
            ED25519,
            f'sig1=({ENOUGH});created=1795953600;keyid="{ED25519.key_id}"',
        ),
        (
            f'sig1=({ENOUGH});nonce="a\\"b\\\\c";tag="fedi"',
            RSA,
            f'sig1=({ENOUGH});created=1795953600;keyid="{RSA.key_id}";nonce="a\\"b\\\\c";tag="fedi"',
        ),
        (
            'x=("@authority" "@method" "@path" "@query" "host" "date" "content-type" "content-digest")',
            RSA,
            'x=("@authority" "@method" "@path" "@query" "host" "date" "content-type" "content-digest")'
            f';created=1795953600;keyid="{RSA.key_id}"',
        ),
        (f'old=({ENOUGH});alg="hmac-sha256", sig1=({ENOUGH})', RSA, None),
        (f'answer=("@status");created, sig1=({ENOUGH})', RSA, None),
    ],
    ids=["as usual", "by algorithm", "expires", "by key", "nonce and tag", "by parts", "unknown algorithm", "answers"],
)
def test_what_is_asked_for_is_signed_exactly_so(said: str, key: SigningKey, expected: str | None) -> None:
    """Signatures 3.5, RFC 9421 section 5: label, components and their order, `nonce` and `tag` are kept."""
    attempt = asked(said)

    assert attempt is not None
    assert attempt.way == (BY_RSA if key is RSA else BY_ED25519)
    signed_by(attempt, key)
    if expected is not None:
        assert attempt.headers is not None
        assert attempt.headers["Signature-Input"] == expected


def test_of_several_all_are_made() -> None:
    """RFC 9421 section 5: by both keys, where both are wanted."""
    attempt = asked(f'one=({ENOUGH});alg="ed25519", two=({ENOUGH})')

    assert attempt is not None
    signed_by(attempt, ED25519, RSA)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "sig1",
        "sig1=(",
        f'sig1=({ENOUGH});alg="hmac-sha256"',
        f'sig1=({ENOUGH} "@status")',
        f'sig1=({ENOUGH} "x-not-there")',
        f'sig1=({ENOUGH} "digest";sf)',
        f'sig1=({ENOUGH} "@method")',
        f'sig1=({ENOUGH});keyid="https://alpha.test/users/bob#main-key"',
        f'sig1=({ENOUGH});alg="ed25519";keyid="{RSA.key_id}"',
        f"sig1=({ENOUGH});nonce=:AAAA:",
        f'sig1=({ENOUGH}), sig2=({ENOUGH} "x-not-there")',
        ", ".join(f"s{number}=({ENOUGH})" for number in range(5)),
    ],
)
def test_where_something_cannot_be_met_nothing_is_signed(said: str) -> None:
    """Signatures 3.5: all entries, or none."""
    assert asked(said) is None


@pytest.mark.parametrize(
    "components",
    ['"@method" "@target-uri"', '"@target-uri" "content-digest"', '"@method" "content-digest"',
     '"@method" "@authority" "@path" "content-digest"', '"@method" "@path" "@query" "content-digest"', ""],
)  # fmt: skip
def test_less_than_we_sign_by_ourselves_is_never_signed(components: str) -> None:
    """T006, T011: whoever asks for it could use the signature for another request, at another server."""
    assert asked(f"sig1=({components});created;keyid") is None


def test_a_get_needs_no_digest() -> None:
    attempt = asked('sig1=("@method" "@target-uri");created;keyid', body=None)

    assert attempt is not None
    assert asked(f"sig1=({ENOUGH})", body=None) is None, "there is no body, and no digest of it"


def test_path_without_query_is_enough_where_there_is_none() -> None:
    parts = ("@method", "@authority", "@path")

    assert covers_enough(parts, has_body=False, has_query=False)
    assert not covers_enough(parts, has_body=False, has_query=True)
    assert covers_enough(("@method", "@authority", "@request-target"), has_body=False, has_query=True)
