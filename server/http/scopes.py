"""Scopes of the client API: which there are, what each covers, and what a person is told about it.

Hierarchical: `read` covers every `read:x` and `profile`; `follow` covers reading and writing blocks, follows, mutes.
Scopes travel and are stored as text, separated by blanks, in the order that the app asked for.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

_READ = [
    "accounts",
    "blocks",
    "bookmarks",
    "favourites",
    "filters",
    "follows",
    "lists",
    "mutes",
    "notifications",
    "search",
    "statuses",
]
_WRITE = [
    "accounts",
    "blocks",
    "bookmarks",
    "conversations",
    "favourites",
    "filters",
    "follows",
    "lists",
    "media",
    "mutes",
    "notifications",
    "reports",
    "statuses",
]
_ADMIN = [
    "accounts",
    "reports",
    "domain_allows",
    "domain_blocks",
    "ip_blocks",
    "email_domain_blocks",
    "canonical_email_blocks",
]
_FOLLOWED = ("blocks", "follows", "mutes")

DEFAULT = "read"

_COVERED: dict[str, frozenset[str]] = {
    "profile": frozenset({"profile"}),
    "read": frozenset({"read", "profile", *(f"read:{name}" for name in _READ)}),
    **{f"read:{name}": frozenset({f"read:{name}"}) for name in _READ},
    "write": frozenset({"write", *(f"write:{name}" for name in _WRITE)}),
    **{f"write:{name}": frozenset({f"write:{name}"}) for name in _WRITE},
    "follow": frozenset({"follow", *(f"{verb}:{name}" for verb in ("read", "write") for name in _FOLLOWED)}),
    "push": frozenset({"push"}),
    "admin:read": frozenset({"admin:read", *(f"admin:read:{name}" for name in _ADMIN)}),
    **{f"admin:read:{name}": frozenset({f"admin:read:{name}"}) for name in _ADMIN},
    "admin:write": frozenset({"admin:write", *(f"admin:write:{name}" for name in _ADMIN)}),
    **{f"admin:write:{name}": frozenset({f"admin:write:{name}"}) for name in _ADMIN},
}

SCOPES = tuple(_COVERED)
"""Every scope there is, for the metadata document."""

_SEPARATORS = re.compile(r"[\s+]+")


def parse(text: str) -> tuple[str, ...]:
    """The scopes in a text, separated by blanks or `+`, each once, in order; known or not."""
    return tuple(dict.fromkeys(scope for scope in _SEPARATORS.split(text) if scope))


def are_known(scopes: Iterable[str]) -> bool:
    """Whether all of them exist."""
    return all(scope in _COVERED for scope in scopes)


def are_within(asked: Iterable[str], allowed: Iterable[str]) -> bool:
    """Whether `allowed` covers all that is asked for; unknown scopes are never covered (T138)."""
    covered = expand(" ".join(allowed))
    return all(scope in _COVERED and _COVERED[scope] <= covered for scope in asked)


def are_administrative(scopes: Iterable[str]) -> bool:
    """Whether one of them is for administration: only administrators grant these, and for hours (T127)."""
    return any(scope.startswith("admin:") for scope in scopes)


@lru_cache(maxsize=512)
def expand(text: str) -> frozenset[str]:
    """Everything that the scopes in a stored text cover; ask `"read:lists" in expand(...)`."""
    return frozenset().union(*(_COVERED.get(scope, frozenset()) for scope in parse(text)))
