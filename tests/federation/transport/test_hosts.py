"""One form of a host, one parser for the check and for the request (threats R5)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from federation.errors import Malformed
from federation.transport.hosts import MAX_URL, canonical_host, host_of, join_url, origin, parse_url, same_origin

BOTH = frozenset({"http", "https"})


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("partner.test", "partner.test"),
        ("PARTNER.test", "partner.test"),
        ("partner.test.", "partner.test"),
        ("partner.test:443", "partner.test"),
        ("partner.test.:443", "partner.test"),
        ("bücher.test", "xn--bcher-kva.test"),
        ("BÜCHER.test", "xn--bcher-kva.test"),
        ("xn--bcher-kva.test", "xn--bcher-kva.test"),
        ("XN--BCHER-KVA.test", "xn--bcher-kva.test"),
        ("r3---sn-abc.test", "r3---sn-abc.test"),
        ("1and1.test", "1and1.test"),
        ("10.0.0.1.test", "10.0.0.1.test"),
        ("localhost:8000", "localhost:8000"),
        ("partner.test:8443", "partner.test:8443"),
    ],
)
def test_the_forms_of_one_host_are_one_host(text: str, host: str) -> None:
    """T057."""
    assert canonical_host(text) == host


def test_the_default_port_is_that_of_the_scheme() -> None:
    """T057."""
    assert canonical_host("partner.test:80", scheme="http") == "partner.test"
    assert canonical_host("partner.test:443", scheme="http") == "partner.test:443"
    assert canonical_host("partner.test:80", scheme="https") == "partner.test:80"


NOT_HOSTS = [
    "",
    ".",
    "partner..test",
    "partner.test..",
    ".partner.test",
    "-partner.test",
    "partner-.test",
    "part_ner.test",
    "partner%2etest",
    "%70artner.test",
    "partner\u3002test",
    "partner\uff0etest",
    "partner\uff61test",
    " partner.test",
    "partner.test ",
    "partner\t.test",
    "partner.test\n",
    "partner.test\r\nX: y",
    "partner\u200b.test",
    "partner\u00ad.test",
    "partner\\.test",
    "user@partner.test",
    "user:pass@host",
    "partner.test/path",
    "partner.test#",
    "partner.test:",
    "partner.test:0",
    "partner.test:0443",
    "partner.test:65536",
    "partner.test:+443",
    "partner.test:443:443",
    "xn--a.test",
    "xn--partner-.test",
    "\ud800.test",
    "127.0.0.1:6379/?a=",
]


@pytest.mark.parametrize("text", NOT_HOSTS)
def test_what_is_no_host_name_is_refused(text: str) -> None:
    """T057, T059, T075."""
    with pytest.raises(Malformed) as refusal:
        canonical_host(text)

    assert refusal.value.reason == "bad_host"


LITERALS = [
    "127.0.0.1",
    "127.0.0.1.",
    "10.0.0.1",
    "169.254.169.254",
    "0.0.0.0",
    "8.8.8.8",
    "2130706433",
    "0x7f000001",
    "0X7F000001",
    "0x7f.1",
    "0177.0.0.1",
    "127.1",
    "0",
    "0x",
    "partner.test.1",
    "[::1]",
    "[::]",
    "[fc00::1]",
    "[fe80::1]",
    "[fe80::1%25eth0]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::]",
    "::1",
    "\uff11\uff12\uff17.0.0.1",
    "\U0001d7cf27.0.0.1",
    "127\u30020\u30020\u30021",
]


@pytest.mark.parametrize("text", LITERALS)
def test_ip_literals_are_refused_in_every_spelling(text: str) -> None:
    """T067, T068."""
    with pytest.raises(Malformed):
        canonical_host(text)
    with pytest.raises(Malformed):
        origin(f"https://{text}/")


def test_a_label_and_a_name_may_be_as_long_as_dns_allows() -> None:
    label, name = "a" * 63, ".".join(["a" * 63] * 3 + ["b" * 61])
    assert len(name) == 253

    assert canonical_host(f"{label}.test") == f"{label}.test"
    assert canonical_host(name) == name


@pytest.mark.parametrize("text", ["a" * 64 + ".test", ".".join(["a" * 63] * 3 + ["b" * 62]), "ü" * 300])
def test_a_label_or_a_name_that_is_longer_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        canonical_host(text)


@given(st.text(alphabet="abcXYZ019-.:üßП\u3002\u0130\u212a%@[]/ ", max_size=30))
def test_a_canonical_host_stays_as_it_is(text: str) -> None:
    try:
        host = canonical_host(text)
    except Malformed:
        return

    assert canonical_host(host) == host
    assert host.isascii()
    assert host == host.lower()


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_is_an_address_or_malformed(authority: str, rest: str) -> None:
    try:
        url = parse_url(f"https://{authority}{rest}", schemes=BOTH)
    except Malformed:
        return

    assert origin(str(url)) == f"https://{url.raw_authority}"
    assert parse_url(str(url), schemes=BOTH) == url


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://partner.test", "https://partner.test"),
        ("https://partner.test/users/bob#main-key", "https://partner.test"),
        ("HTTPS://Partner.TEST.:443/users/bob?page=1", "https://partner.test"),
        ("https://partner.test?x", "https://partner.test"),
        ("http://partner.test/", "http://partner.test"),
        ("http://partner.test:80/", "http://partner.test"),
        ("https://partner.test:8443/", "https://partner.test:8443"),
        ("https://bücher.test/", "https://xn--bcher-kva.test"),
    ],
)
def test_the_origin_is_scheme_host_and_unusual_port(url: str, expected: str) -> None:
    assert origin(url) == expected
    assert host_of(url) == expected.partition("://")[2]


def test_two_addresses_have_one_origin_only_if_scheme_host_and_port_agree() -> None:
    """R2, T057, T059."""
    bob = "https://partner.test/users/bob"

    assert same_origin(bob, "https://PARTNER.test:443/activities/1")
    assert not same_origin(bob, "http://partner.test/users/bob")
    assert not same_origin(bob, "https://partner.test:8443/users/bob")
    assert not same_origin(bob, "https://sub.partner.test/users/bob")
    assert not same_origin(bob, "https://partner.test.evil.test/users/bob")
    assert not same_origin(bob, "https://evilpartner.test/users/bob")


NOT_ADDRESSES = [
    "",
    "partner.test",
    "//partner.test/",
    "https:/partner.test/",
    "https:partner.test",
    "https:///partner.test",
    "https://",
    "https:// partner.test/",
    " https://partner.test/",
    "https://partner.test/ ",
    "https://partner.test/a b",
    "https://partner.test/\t",
    "https://partner.test/\n",
    "https://partner.test/\r\nHost: evil.test",
    "https://partner.test/\x00",
    "https://partner.test/\u2028",
    "https://partner.test/caf\u00e9",
    "https://partner.test\\@evil.test/",
    "https://partner.test/\\evil.test",
    "https://partner.test@evil.test/",
    "https://@partner.test/",
    "https://user:pass@partner.test/",
    "https://partner.test%2eevil.test/",
    "https://partner\u3002test/",
    "https://partner.test/%",
    "https://partner.test/%zz",
    "https://partner.test/<script>",
    "ht\ntps://partner.test/",
    "file:///etc/passwd",
    "data:application/activity+json,{}",
    "gopher://partner.test/",
    "ftp://partner.test/",
    "unix:/run/socket",
    "javascript:alert(1)",
]


@pytest.mark.parametrize("url", NOT_ADDRESSES)
def test_what_is_no_address_is_refused_by_every_function(url: str) -> None:
    """T059, T073, T075, T076."""
    for read in (origin, host_of):
        with pytest.raises(Malformed):
            read(url)
    with pytest.raises(Malformed):
        parse_url(url, schemes=BOTH)
    with pytest.raises(Malformed):
        same_origin("https://partner.test/", url)


def test_a_scheme_is_accepted_only_where_it_is_named() -> None:
    """T073."""
    assert str(parse_url("https://partner.test/", schemes={"https"})) == "https://partner.test/"
    assert str(parse_url("http://partner.test/", schemes=BOTH)) == "http://partner.test/"
    with pytest.raises(Malformed):
        parse_url("http://partner.test/", schemes={"https"})


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("https://partner.test", "/"),
        ("https://partner.test?a=b", "/?a=b"),
        ("https://partner.test/users/bob#main-key", "/users/bob"),
        ("https://partner.test/a%7Eb/%C3%A9/../c//d?e=%2F&f+g", "/a%7Eb/%C3%A9/../c//d?e=%2F&f+g"),
    ],
)
def test_path_and_query_are_sent_as_they_were_written(text: str, sent: str) -> None:
    """A signature covers these bytes, so nothing may tidy them."""
    assert parse_url(text, schemes=BOTH).raw_path_qs == sent


def test_an_address_may_be_as_long_as_the_column_that_keeps_it() -> None:
    longest = "https://partner.test/".ljust(MAX_URL, "a")

    assert len(str(parse_url(longest, schemes=BOTH))) == MAX_URL
    with pytest.raises(Malformed):
        parse_url(longest + "a", schemes=BOTH)


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("c", "https://partner.test/a/c"),
        ("/c?d", "https://partner.test/c?d"),
        ("?d", "https://partner.test/a/b?d"),
        ("https://sub.test/x", "https://sub.test/x"),
        ("//sub.test/x", "https://sub.test/x"),
    ],
)
def test_a_redirect_is_read_by_the_same_rules(location: str, expected: str) -> None:
    base = parse_url("https://partner.test/a/b", schemes=BOTH)

    assert str(join_url(base, location, schemes={"https"})) == expected


@pytest.mark.parametrize(
    "location",
    [
        "",
        "http://partner.test/",
        "https://127.0.0.1/",
        "//127.0.0.1/",
        "//2130706433/",
        "https://u@partner.test/",
        "\\\\evil.test/",
        "/a\r\nX: y",
        "/a b",
        "/caf\u00e9",
        "file:///etc/passwd",
        "javascript:alert(1)",
    ],
)
def test_a_redirect_to_no_acceptable_address_is_refused(location: str) -> None:
    """T072, T073, T076."""
    base = parse_url("https://partner.test/a/b", schemes=BOTH)

    with pytest.raises(Malformed):
        join_url(base, location, schemes={"https"})
