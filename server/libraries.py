"""The libraries that the server stands on: which versions are installed, and whether they are those it is tested with.

A library older than the ranges of `pyproject.toml` may have holes that are known; a newer one, changes that are not.
"""

import re
from functools import cache
from importlib.metadata import PackageNotFoundError, requires, version
from typing import Final

import msgspec

_PACKAGE: Final = "entrepairs"
_REQUIREMENT: Final = re.compile(r"(?P<name>[\w.-]+)(?:\[[^]]*\])?(?P<range>[^;]*)(?:;(?P<marker>.*))?")
_BOUND: Final = re.compile(r"(>=|<|==)\s*([\w.]+)")


class Library(msgspec.Struct, frozen=True):
    """One that we ask for by name."""

    name: str
    needed: str
    """The range, as it was asked for."""
    installed: str | None
    """None: it is not there."""

    @property
    def fits(self) -> bool:
        """The version is in the range; what is not there does not fit."""
        if self.installed is None:
            return False
        found = release(self.installed)
        return all(_keeps(found, sign, release(bound)) for sign, bound in _BOUND.findall(self.needed))


@cache
def libraries() -> tuple[Library, ...]:
    """Those that every installation needs, in the order of their names. None where ours is not installed itself."""
    try:
        asked = requires(_PACKAGE) or []
    except PackageNotFoundError:
        return ()
    return tuple(sorted((_library(one) for one in asked if not _is_extra(one)), key=lambda one: one.name.lower()))


def release(text: str) -> tuple[int, ...]:
    """The numbers of a version, as far as they are plain: a release candidate counts as less than its release."""
    return tuple(int(part) for part in text.split(".")[:3] if part.isdigit())


def _keeps(found: tuple[int, ...], sign: str, bound: tuple[int, ...]) -> bool:
    if sign == "<":
        return found < bound
    return found >= bound if sign == ">=" else found[: len(bound)] == bound


def _is_extra(requirement: str) -> bool:
    # Each has a marker of its own: `extra == "dev"`, or a system that is not this one.
    return "extra ==" in requirement.partition(";")[2]


def _library(requirement: str) -> Library:
    parts = _REQUIREMENT.match(requirement)
    assert parts is not None
    name = parts["name"]
    try:
        installed = version(name)
    except PackageNotFoundError:
        installed = None
    return Library(name, parts["range"].strip(" ()"), installed)
