"""Which content types make a fetched answer a document (T027)."""

import pytest

from federation.transport.media_types import is_activity_type, is_json_type

PROFILE = "https://www.w3.org/ns/activitystreams"


@pytest.mark.parametrize(
    "content_type",
    [
        "application/activity+json",
        "application/activity+json; charset=utf-8",
        "application/activity+json;charset=utf-8",
        'application/activity+json; charset="utf-8"; x=y',
        "Application/Activity+JSON",
        f'application/ld+json; profile="{PROFILE}"',
        f'application/ld+json;profile="{PROFILE}"; charset=utf-8',
        f'application/ld+json; charset=utf-8; Profile="{PROFILE}"',
        f'application/ld+json; profile="https://other.test/ {PROFILE}"',
        f"application/ld+json; profile={PROFILE}",
    ],
)
def test_activitystreams_types_are_believed(content_type: str) -> None:
    """T027."""
    assert is_activity_type(content_type)


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "text/html",
        "image/png",
        "application/json",
        "application/octet-stream",
        "application/ld+json",
        "application/ld+json; charset=utf-8",
        'application/ld+json; profile="https://other.test/"',
        f'application/ld+json; profile="{PROFILE}x"',
        f'application/ld+json; profile="https://other.test/"; profile="{PROFILE}"',
        f'application/ld+json; profile="{PROFILE}',
        f'text/html; profile="{PROFILE}"',
        "text/html; application/activity+json",
        "application/activity+json, text/html",
        "text/html, application/activity+json",
        "application/activity+jsonx",
        "application/activity+json; =",
        "application/activity+json; charset=utf-8, text/html",
        "xapplication/activity+json",
    ],
)
def test_other_types_may_be_anybodys_upload(content_type: str) -> None:
    """T027."""
    assert not is_activity_type(content_type)


@pytest.mark.parametrize(
    ("content_type", "is_json"),
    [
        ("application/json", True),
        ("application/json; charset=utf-8", True),
        ("application/jrd+json", True),
        ('application/json; profile="http://nodeinfo.diaspora.software/ns/schema/2.0#"', True),
        ("application/ld+json", True),
        ("text/json", False),
        ("text/html", False),
        ("application/jsonp", False),
        ("application/json, text/html", False),
        ("", False),
    ],
)
def test_plain_json_is_json_by_its_type(content_type: str, is_json: bool) -> None:
    assert is_json_type(content_type) is is_json
