"""Payloads changed at random, but where it matters: a seed makes the same changes every time."""

import copy
import random
from collections.abc import Callable
from typing import Any

from tests.wire.payloads import Document

_HUGE = 3_000
_DEEP = 200
_TEXTS = (
    "",
    " ",
    "\u202e",
    "\u0000",
    "🏺" * 50,
    "a\nb",
    "<script>alert(1)</script>",
    "://",
    "tag:x,2026:1",
    "as:Public",
)
_OTHERS: tuple[Any, ...] = (None, True, 0, -1, 1e300, 2**62, [], {}, [[]], [None], {"id": None}, {"type": "Note"})
_TYPES = (
    "Create",
    "Update",
    "Delete",
    "Announce",
    "Like",
    "Undo",
    "Follow",
    "Add",
    "Block",
    "Note",
    "Group",
    "Tombstone",
)

Place = tuple[Any, Any]
"""A container, and where in it."""


def mutated(document: Document, dice: random.Random, addresses: list[str]) -> Document:
    """One to four changes; `addresses` are ids of others, to be put where they do not belong."""
    changed = copy.deepcopy(document)
    for _ in range(dice.randint(1, 4)):
        holder, name = dice.choice(_places(changed))
        dice.choice(_CHANGES)(holder, name, dice, addresses)
    return changed


def _places(value: Any) -> list[Place]:
    """Every member and entry of a document."""
    found: list[Place] = []
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in list(entries):
        found.append((value, name))
        found += _places(inner)
    return found or [({}, "")]


def _drop(holder: Any, name: Any, dice: random.Random, addresses: list[str]) -> None:
    if holder:
        del holder[name]


def _double(holder: Any, name: Any, dice: random.Random, addresses: list[str]) -> None:
    holder[name] = [holder.get(name) if isinstance(holder, dict) else holder[name]] * dice.choice((1, 2, 150))


def _retype(holder: Any, name: Any, dice: random.Random, addresses: list[str]) -> None:
    holder[name] = copy.deepcopy(dice.choice(_OTHERS))


def _nest(holder: Any, name: Any, dice: random.Random, addresses: list[str]) -> None:
    for _ in range(dice.choice((1, 3, _DEEP))):
        holder[name] = {"type": dice.choice(_TYPES), "object": holder.get(name) if isinstance(holder, dict) else None}


def _swell(holder: Any, name: Any, dice: random.Random, addresses: list[str]) -> None:
    holder[name] = dice.choice(("x" * _HUGE * 10, [dice.choice(addresses)] * _HUGE, {str(n): n for n in range(_HUGE)}))


def _swap(holder: Any, name: Any, dice: random.Random, addresses: list[str]) -> None:
    holder[name] = dice.choice(addresses)


def _rename(holder: Any, name: Any, dice: random.Random, addresses: list[str]) -> None:
    if isinstance(holder, dict):
        holder["type"] = dice.choice(_TYPES)


def _spoil(holder: Any, name: Any, dice: random.Random, addresses: list[str]) -> None:
    holder[name] = dice.choice(_TEXTS)


_CHANGES: tuple[Callable[[Any, Any, random.Random, list[str]], None], ...] = (
    _drop,
    _double,
    _retype,
    _nest,
    _swell,
    _swap,
    _swap,
    _rename,
    _spoil,
)
