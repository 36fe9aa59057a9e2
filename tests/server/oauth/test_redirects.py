"""Tables of redirect URIs: which may be registered, which are the registered one."""

import pytest

from server.oauth.redirects import FRAGMENT, MAX_CHARACTERS, QUERY, host_of, matching, may_be_registered, with_answer
from tests.server.oauth.flows import ELK, ICE_CUBES, IVORY, OUT_OF_BAND, WEB


@pytest.mark.parametrize(
    "uri",
    [
        ICE_CUBES,
        IVORY,
        ELK,
        OUT_OF_BAND,
        WEB,
        "oauth2redirect://com.keylesspalace.tusky/",
        "mastodon://joinmastodon.org/oauth",
        "tuba://auth_code",
        "http://localhost:3000/callback",
        "http://[::1]:8080/",
        "https://app.example:8443/cb?x=1",
        "https://a.example/" + "x" * (MAX_CHARACTERS - 18),
    ],
)
def test_any_absolute_address_of_an_app_may_be_registered(uri: str) -> None:
    assert may_be_registered(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "mailto:a@b.example",
        "file:///etc/passwd",
        "intent://x#Intent;end",
        "intent://x",
        "blob:https://a.example/1",
        "view-source:https://a.example/",
        "https://app.example/cb#fragment",
        "/relative",
        "//app.example/cb",
        "app.example/cb",
        "",
        "https://",
        "https:///path",
        "https:app.example",
        "https://user@app.example/",
        "https://app.example:99999/",
        "https://app.example/a b",
        "https://app.example\\@evil.example/",
        "https://app.exämple/",
        'https://app.example/"onclick',
        "https://a.example/" + "x" * (MAX_CHARACTERS - 17),
    ],
)
def test_what_is_no_address_of_an_app_may_not(uri: str) -> None:
    """T134; two thousand characters are allowed, one more is not (T146)."""
    assert not may_be_registered(uri)


@pytest.mark.parametrize(
    "given",
    [
        "https://app.example/callback/",
        "https://app.example/callback?x=1",
        "https://app.example/callback#x",
        "https://app.example/callbac",
        "https://app.example/callback/../callback",
        "https://app.example/%63allback",
        "https://APP.example/callback",
        "HTTPS://app.example/callback",
        "http://app.example/callback",
        "https://app.example:443/callback",
        "https://app.example:8443/callback",
        "https://user@app.example/callback",
        "https://app.example@evil.example/callback",
        "https://app.example.evil.example/callback",
        "https://evil.example/callback",
        "//app.example/callback",
        "https://app.example//callback",
        "https://app.example/callback ",
        "",
    ],
)
def test_only_the_whole_text_is_the_registered_address(given: str) -> None:
    """T133."""
    assert matching([WEB], WEB)
    assert not matching([WEB], given)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost"])
def test_on_loopback_the_port_may_differ_and_nothing_else(host: str) -> None:
    """T133; RFC 8252, 7.3."""
    registered = [f"http://{host}:3000/cb"]

    assert all(matching(registered, f"http://{host}{port}/cb") for port in ("", ":1", ":3000", ":65535"))
    for wrong in (
        f"http://{host}:65536/cb",
        f"http://{host}:0/cb",
        f"http://{host}:x/cb",
        f"http://{host}:3000/cb2",
        f"http://{host}:3000/cb?x=1",
        f"http://{host}:3000@evil.example/cb",
        f"http://{host}.evil.example:3000/cb",
        f"https://{host}:3000/cb",
        "http://127.0.0.2:3000/cb",
    ):
        assert not matching(registered, wrong), wrong


def test_elsewhere_than_on_loopback_the_port_may_not_differ() -> None:
    """T133."""
    assert not matching(["http://app.example:3000/cb"], "http://app.example:3001/cb")


@pytest.mark.parametrize(
    ("uri", "mode", "expected"),
    [
        (ICE_CUBES, QUERY, "icecubesapp://?code=a%2Fb"),
        (IVORY, QUERY, f"{IVORY}?code=a%2Fb"),
        (ELK, QUERY, f"{ELK}?code=a%2Fb"),
        ("https://a.example/?x=1", QUERY, "https://a.example/?x=1&code=a%2Fb"),
        ("https://a.example/?", QUERY, "https://a.example/?code=a%2Fb"),
        (WEB, FRAGMENT, f"{WEB}#code=a%2Fb"),
    ],
)
def test_an_answer_is_put_behind_the_address_as_it_stands(uri: str, mode: str, expected: str) -> None:
    assert with_answer(uri, {"code": "a/b"}, mode) == expected


def test_the_host_that_is_shown_is_the_one_that_is_reached() -> None:
    assert host_of("https://bank.example@evil.example:444/") == "evil.example:444"
    assert host_of(ICE_CUBES) is None
