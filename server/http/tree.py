"""Form keys with brackets as a tree: `poll[options][]`, `fields_attributes[0][name]`, `keywords_attributes[][keyword]`.

The tree has the shape that the same parameters have in JSON, but for numbered keys: `k[0]=a` is kept as an object with
the key "0", as JSON clients send that too; the readers of `server/http/params.py` take either for a list.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

from server.http.uploads import Upload

Node: TypeAlias = "str | int | float | bool | Upload | list[Node] | dict[str, Node] | None"

MAX_DEPTH: Final = 32
"""Levels of nesting in a body, JSON or form (threats 2.2)."""

_KEY: Final = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])+)\Z")
_APPEND: Final = ""


def grow(pairs: Iterable[tuple[str, str | Upload]]) -> dict[str, Node]:
    """The tree of a form's pairs, in the order in which they were sent.

    A plain key that is repeated becomes a list. Keys that cannot be read, nest too deep, or contradict an earlier
    one (`a=1&a[b]=2`) are left out: unknown input is ignored, never an error.
    """
    tree: dict[str, Node] = {}
    for key, value in pairs:
        _insert(tree, _steps(key), value)
    return tree


def spread(tree: dict[str, Node]) -> Iterator[tuple[str, str]]:
    """A tree as the pairs of a form, from which `grow` makes the same again; without files and without null."""
    for key, node in tree.items():
        yield from _pairs(key, node)


def _pairs(key: str, node: Node) -> Iterator[tuple[str, str]]:
    match node:
        case dict():
            for name, child in node.items():
                yield from _pairs(f"{key}[{name}]", child)
        case list():
            for child in node:
                yield from _pairs(f"{key}[]", child)
        case bool():
            yield key, str(node).lower()
        case str() | int() | float():
            yield key, str(node)


def _steps(key: str) -> list[str]:
    """The names on the way to a value; an empty one appends to a list."""
    if "[" not in key:
        return [key]
    match = _KEY.match(key)
    if match is None:
        return [key]
    return [match[1], *match[2][1:-1].split("][")]


def _insert(tree: dict[str, Node], steps: list[str], value: str | Upload) -> None:
    if len(steps) > MAX_DEPTH:
        return
    while len(steps) > 1:
        name, below = steps[0], steps[1]
        if below == _APPEND:
            _append(tree, name, steps[2:], value)
            return
        inner = tree.setdefault(name, {})
        if not isinstance(inner, dict):
            return
        tree, steps = inner, steps[1:]
    _put(tree, steps[0], value)


def _put(tree: dict[str, Node], name: str, value: str | Upload) -> None:
    before = tree.get(name)
    if before is None:
        tree[name] = value
    elif isinstance(before, list):
        before.append(value)
    elif not isinstance(before, dict):
        tree[name] = [before, value]


def _append(tree: dict[str, Node], name: str, rest: list[str], value: str | Upload) -> None:
    items = tree.setdefault(name, [])
    if isinstance(items, str | Upload):
        items = tree[name] = [items]
    if not isinstance(items, list):
        return
    if not rest:
        items.append(value)
        return
    if rest[0] == _APPEND:
        return
    last = items[-1] if items else None
    # `k[][a]=1&k[][b]=2&k[][a]=3`: an inner key that is there already starts the next object.
    if isinstance(last, dict) and not _has(last, rest):
        _insert(last, rest, value)
    else:
        started: dict[str, Node] = {}
        _insert(started, rest, value)
        items.append(started)


def _has(tree: dict[str, Node], steps: list[str]) -> bool:
    node: Node = tree
    for step in steps:
        if step == _APPEND:
            return False
        if not isinstance(node, dict) or step not in node:
            return False
        node = node[step]
    return True
