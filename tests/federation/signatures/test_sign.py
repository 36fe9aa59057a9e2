"""What we send: the headers, to the letter, and that we accept them ourselves."""

from base64 import b64decode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from federation.errors import Malformed
from federation.signatures.asked import accept_signature
from federation.signatures.digest import body_digest
from federation.signatures.message import Scheme, SignedRequest
from federation.signatures.sign import SigningKey, sign_request
from tests.federation.signatures.support import (
    BODY,
    DATE,
    ED25519_KEY,
    KEY_ID,
    NOW,
    NOW_SECONDS,
    RSA_KEY,
    sha256_base64,
    signature_of,
    verified,
)

KEY = SigningKey(KEY_ID, RSA_KEY)
INBOX = "https://home.test/inbox"
SYNC = ("Collection-Synchronization", 'collectionId="https://partner.test/users/bob/followers"')
SCHEMES: tuple[Scheme, ...] = ("cavage", "rfc9421")


def arrived(headers: dict[str, str], method: str, target: str, body: bytes) -> SignedRequest:
    """The request as home.test sees it."""
    lowered = tuple((name.lower(), value) for name, value in headers.items())
    return SignedRequest(method, target, headers["Host"], "https", lowered, body)


def test_a_cavage_post_has_these_headers() -> None:
    headers = sign_request(method="POST", url=INBOX, body=BODY, key=KEY, scheme="cavage", now=NOW)

    digest = f"SHA-256={sha256_base64(BODY)}"
    message = (
        f"(request-target): post /inbox\nhost: home.test\ndate: {DATE}\n"
        f"digest: {digest}\ncontent-type: application/activity+json"
    )
    assert headers == {
        "Host": "home.test",
        "Date": DATE,
        "Content-Type": "application/activity+json",
        "Digest": digest,
        "Signature": f'keyId="{KEY_ID}",algorithm="rsa-sha256",'
        f'headers="(request-target) host date digest content-type",signature="{signature_of(RSA_KEY, message)}"',
    }


def test_a_cavage_get_has_these_headers() -> None:
    headers = sign_request(
        method="GET", url="https://home.test/outbox?page=2", body=None, key=KEY, scheme="cavage", now=NOW
    )

    message = f"(request-target): get /outbox?page=2\nhost: home.test\ndate: {DATE}"
    assert headers == {
        "Host": "home.test",
        "Date": DATE,
        "Signature": f'keyId="{KEY_ID}",algorithm="rsa-sha256",headers="(request-target) host date",'
        f'signature="{signature_of(RSA_KEY, message)}"',
    }


def test_an_rfc9421_post_has_these_headers() -> None:
    headers = sign_request(method="POST", url=INBOX, body=BODY, key=KEY, scheme="rfc9421", now=NOW)

    digest = f"sha-256=:{sha256_base64(BODY)}:"
    parameters = f'("@method" "@target-uri" "content-digest");created={NOW_SECONDS};keyid="{KEY_ID}"'
    message = f'"@method": POST\n"@target-uri": {INBOX}\n"content-digest": {digest}\n"@signature-params": {parameters}'
    assert headers == {
        "Host": "home.test",
        "Date": DATE,
        "Content-Type": "application/activity+json",
        "Content-Digest": digest,
        "Signature-Input": f"sig1={parameters}",
        "Signature": f"sig1=:{signature_of(RSA_KEY, message)}:",
    }


def test_an_rfc9421_get_covers_the_method_and_the_address() -> None:
    headers = sign_request(
        method="GET", url="https://home.test/outbox?page=2", body=None, key=KEY, scheme="rfc9421", now=NOW
    )

    assert headers["Signature-Input"] == f'sig1=("@method" "@target-uri");created={NOW_SECONDS};keyid="{KEY_ID}"'
    assert "Content-Digest" not in headers
    assert "Content-Type" not in headers


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("private_key", [RSA_KEY, ED25519_KEY], ids=["rsa", "ed25519"])
@pytest.mark.parametrize("body", [None, b"", BODY], ids=["get", "empty", "post"])
def test_what_we_sign_we_accept(
    scheme: Scheme, private_key: RSAPrivateKey | Ed25519PrivateKey, body: bytes | None
) -> None:
    method = "GET" if body is None else "POST"
    url = "https://home.test/c/pl%C3%A4ne/inbox?a=b&c=%2F"
    headers = sign_request(
        method=method,
        url=url,
        body=body,
        key=SigningKey(KEY_ID, private_key),
        scheme=scheme,
        now=NOW,
        extra_headers=(SYNC,),
    )

    sender = verified(arrived(headers, method, "/c/pl%C3%A4ne/inbox?a=b&c=%2F", body or b""), key=private_key)

    assert sender.key_id == KEY_ID
    assert "collection-synchronization" in sender.covered


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_digest_made_beforehand_gives_the_same_headers(scheme: Scheme) -> None:
    computed = sign_request(method="POST", url=INBOX, body=BODY, key=KEY, scheme=scheme, now=NOW)
    given = sign_request(
        method="POST", url=INBOX, body=BODY, key=KEY, scheme=scheme, now=NOW, body_digest=body_digest(BODY)
    )

    assert given == computed


@pytest.mark.parametrize("scheme", SCHEMES)
def test_other_extra_headers_are_sent_but_not_signed(scheme: Scheme) -> None:
    extra = (("Accept", "application/activity+json"), ("User-Agent", "Entrepairs/0.1"))
    headers = sign_request(method="GET", url=INBOX, body=None, key=KEY, scheme=scheme, now=NOW, extra_headers=extra)

    assert headers["Accept"] == "application/activity+json"
    assert "user-agent" not in headers.get("Signature-Input", headers["Signature"])


@pytest.mark.parametrize(
    "extra", [("host", "x"), ("DATE", "x"), ("Signature", "x"), ("X", "a\r\nb"), ("X", "a\nb"), ("X", "é")]
)
def test_extra_headers_that_would_spoil_the_signature_are_an_error(extra: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="cannot be added"):
        sign_request(method="GET", url=INBOX, body=None, key=KEY, scheme="cavage", now=NOW, extra_headers=(extra,))


@pytest.mark.parametrize(
    ("url", "host", "target"),
    [
        ("https://home.test", "home.test", "/"),
        ("https://HOME.test/A", "home.test", "/A"),
        ("https://home.test?x=1", "home.test", "/?x=1"),
        ("https://home.test:443/a", "home.test", "/a"),
        ("https://home.test:8443/a", "home.test:8443", "/a"),
        ("http://home.test:80/a", "home.test", "/a"),
        ("https://home.test:80/a", "home.test:80", "/a"),
        ("https://home.test/a?b=/c?d#e", "home.test", "/a?b=/c?d"),
        ("https://home.test//a/../b", "home.test", "//a/../b"),
    ],
)
def test_the_address_is_signed_as_it_is_sent(url: str, host: str, target: str) -> None:
    headers = sign_request(method="GET", url=url, body=None, key=KEY, scheme="cavage", now=NOW)

    message = f"(request-target): get {target}\nhost: {host}\ndate: {DATE}"
    assert headers["Host"] == host
    assert headers["Signature"].endswith(f'signature="{signature_of(RSA_KEY, message)}"')


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/inbox",
        "ftp://home.test/",
        "https:///inbox",
        "https://user@home.test/inbox",
        "https://home.test/in box",
        "https://home.test/inbox\r\nX: y",
        "https://home.test/inbox\n",
        "https://h\u00f6me.test/inbox",
        "https://home.test/\u00e4",
    ],
)
def test_an_address_that_cannot_be_sent_as_it_is_is_refused(url: str) -> None:
    with pytest.raises(Malformed) as refusal:
        sign_request(method="GET", url=url, body=None, key=KEY, scheme="cavage", now=NOW)

    assert refusal.value.reason == "url_malformed"


@pytest.mark.parametrize("key_id", ["", 'a"b', "a\\b", "a b", "a\r\nb", "\u00e4"])
def test_a_key_id_that_would_break_the_header_is_an_error(key_id: str) -> None:
    with pytest.raises(ValueError, match="key id"):
        SigningKey(key_id, RSA_KEY)


def test_a_signing_key_does_not_show_its_private_part() -> None:
    assert repr(KEY) == f"SigningKey(key_id='{KEY_ID}')"


def test_the_rsa_signature_is_that_of_the_whole_key() -> None:
    headers = sign_request(method="GET", url=INBOX, body=None, key=KEY, scheme="rfc9421", now=NOW)

    assert len(b64decode(headers["Signature"].removeprefix("sig1=:").removesuffix(":"))) == 256


def test_a_401_tells_what_to_cover() -> None:
    assert accept_signature("POST") == (
        'sig1=("@method" "@target-uri" "content-digest");created;keyid;alg="rsa-v1_5-sha256"'
    )
    assert accept_signature("GET") == 'sig1=("@method" "@target-uri");created;keyid;alg="rsa-v1_5-sha256"'
