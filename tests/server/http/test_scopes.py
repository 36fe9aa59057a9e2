"""Which scope covers which (client API 3.6)."""

import pytest

from server.http.scopes import SCOPES, are_administrative, are_known, are_within, expand, parse


@pytest.mark.parametrize(
    ("granted", "wanted", "is_covered"),
    [
        ("read", "read:lists", True),
        ("read", "profile", True),
        ("read", "write:statuses", False),
        ("read:lists", "read:lists", True),
        ("read:lists", "read", False),
        ("read:lists", "read:statuses", False),
        ("write", "write:conversations", True),
        ("write", "read:lists", False),
        ("follow", "write:follows", True),
        ("follow", "read:mutes", True),
        ("follow", "write:blocks", True),
        ("follow", "write:statuses", False),
        ("read write", "push", False),
        ("profile", "read:accounts", False),
        ("read", "admin:read", False),
        ("admin:read", "admin:read:reports", True),
        ("admin:read", "read", False),
        ("admin:write", "admin:read:reports", False),
        ("unknown", "unknown", False),
        ("", "read", False),
    ],
)
def test_what_a_scope_covers(granted: str, wanted: str, is_covered: bool) -> None:
    assert (wanted in expand(granted)) is is_covered
    assert are_within([wanted], parse(granted)) is is_covered


def test_follow_must_be_asked_for_by_its_name() -> None:
    assert not are_within(["follow"], ["read", "write"])
    assert are_within(["follow"], ["read", "follow"])


def test_scopes_are_separated_by_blanks_or_plus_and_count_once() -> None:
    assert parse(" read+write  read\nfollow ") == ("read", "write", "follow")
    assert parse("") == ()


def test_every_scope_of_the_specification_is_known() -> None:
    assert are_known(["read:notifications", "write:reports", "admin:write:email_domain_blocks", "push", "profile"])
    assert not are_known(["read", "read:everything"])
    assert len(SCOPES) == len(set(SCOPES)) == 45


def test_administration_is_told_apart() -> None:
    assert are_administrative(["read", "admin:read:accounts"])
    assert not are_administrative(["read", "write"])
