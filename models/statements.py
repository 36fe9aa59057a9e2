"""Statements that last: each is built once, at its first use.

Built when their modules are read, all of them would take ten megabytes of a server that is asked for none.
"""

from collections.abc import Callable
from functools import cache
from typing import TypeVar

T = TypeVar("T")


def lasting(build: Callable[[], T]) -> Callable[[], T]:
    """What gives the statement that `build` makes, the same at every call (so that it is compiled once)."""
    return cache(build)
