"""Bytes of a peer to plain JSON, within bounds, or `Malformed`.

Stricter than `json.loads`: UTF-8 only, no duplicate keys, no NaN or infinity, no number that a 64-bit column cannot
hold, no text that a database cannot hold (NUL, half a surrogate pair). The bounds are checked on the bytes before
parsing, so that a hostile document costs a few passes in C and no recursion. Limits: spec/threats.md 2.2 and T083.
"""

import json
import math
import re

import msgspec

from federation.errors import Malformed

MAX_BODY_BYTES = 1024 * 1024
MAX_DEPTH = 32
MAX_NODES = 20_000
MAX_STRING_BYTES = 256 * 1024
MAX_INTEGER = 2**63 - 1
MIN_INTEGER = -(2**63)

# Longer than any double or 64-bit integer anyone writes; bounds the cost of converting it.
_MAX_NUMBER_CHARACTERS = 64
_BRACKETS_AS_SQUARE = bytes.maketrans(b"{}", b"[]")
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_HALF_PAIR_POSSIBLE = re.compile(rb"\\u[dD][89a-fA-F]")


def decode(body: bytes) -> dict[str, object]:
    """The JSON object in `body`; an object at the top has depth 1, every value in it is a node, keys are not.

    A string counts as many bytes as are between its quotes. Raises `Malformed` with reason `too_large` (body, string),
    `too_deep` (depth, nodes) or `malformed` (everything else, including a top level that is not an object).
    """
    if len(body) > MAX_BODY_BYTES:
        raise Malformed("body is too large", reason="too_large", bytes=len(body), limit=MAX_BODY_BYTES)
    brackets = body.count(b"[") + body.count(b"{")
    # Every value is the first of its container or follows a comma, so these counts can only be too high.
    is_surely_small = brackets <= MAX_DEPTH and brackets + body.count(b",") < MAX_NODES
    if not is_surely_small or len(body) > MAX_STRING_BYTES:
        _check_bounds(body)
    document = _parse(body)
    if b"\\" in body:
        _check_escapes(body, document)
    return document


def _check_bounds(body: bytes) -> None:
    # Escapes keep their length here, so that what is left of a string is as long as it was sent.
    unescaped = body.replace(b"\\\\", b"xx").replace(b'\\"', b"xx") if b"\\" in body else body
    # A value and its key are two strings of two quotes each: more quotes than that are not worth taking apart.
    if unescaped.count(b'"') > 4 * MAX_NODES:
        raise Malformed("document has too many values", reason="too_deep", limit=MAX_NODES)
    parts = unescaped.split(b'"')
    longest = max(map(len, parts[1::2]), default=0)
    if longest > MAX_STRING_BYTES:
        raise Malformed("string is too long", reason="too_large", bytes=longest, limit=MAX_STRING_BYTES)
    # A quote stands for each string, so that [""] is not taken for an empty array.
    structure = b'"'.join(parts[::2]).translate(None, b" \t\r\n")
    empty = structure.count(b"[]") + structure.count(b"{}")
    nodes = 1 + structure.count(b",") + structure.count(b"[") + structure.count(b"{") - empty
    if nodes > MAX_NODES:
        raise Malformed("document has too many values", reason="too_deep", nodes=nodes, limit=MAX_NODES)
    brackets = structure.translate(_BRACKETS_AS_SQUARE, _NOT_BRACKETS)
    for _ in range(MAX_DEPTH):
        # Takes away exactly the innermost level; mismatched kinds of brackets are the parser's to refuse.
        brackets = brackets.replace(b"[]", b"")
    if brackets:
        raise Malformed("document is nested too deeply", reason="too_deep", limit=MAX_DEPTH)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise Malformed("object has the same key twice", reason="malformed")
    return document


def _integer(digits: str) -> int:
    if len(digits) <= _MAX_NUMBER_CHARACTERS:
        number = int(digits)
        if MIN_INTEGER <= number <= MAX_INTEGER:
            return number
    raise Malformed("integer does not fit 64 bits", reason="malformed", digits=len(digits))


def _float(digits: str) -> float:
    if len(digits) <= _MAX_NUMBER_CHARACTERS:
        number = float(digits)
        if math.isfinite(number):
            return number
    raise Malformed("number is out of range", reason="malformed", digits=len(digits))


def _constant(name: str) -> object:
    raise Malformed("number is not JSON", reason="malformed", number=name)


_decoder = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant)


def _parse(body: bytes) -> dict[str, object]:
    try:
        document = _decoder.decode(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Malformed("body is not UTF-8", reason="malformed", position=error.start) from error
    except json.JSONDecodeError as error:
        raise Malformed("body is not JSON", reason="malformed", problem=error.msg, position=error.pos) from error
    except RecursionError as error:
        raise Malformed("document is nested too deeply", reason="too_deep", limit=MAX_DEPTH) from error
    if not isinstance(document, dict):
        raise Malformed("body is not a JSON object", reason="malformed")
    return document


def _check_escapes(body: bytes, document: dict[str, object]) -> None:
    """Refuse what only an escape can write: NUL and half of a surrogate pair."""
    if b"\\u0000" in body and b"\\u0000" in body.replace(b"\\\\", b""):
        raise Malformed("text contains NUL", reason="malformed")
    if _HALF_PAIR_POSSIBLE.search(body):
        try:
            msgspec.json.encode(document)
        except UnicodeEncodeError as error:
            raise Malformed("text contains half a surrogate pair", reason="malformed") from error
