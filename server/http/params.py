"""The parameters of a client API request: one tree from query and body, whatever the method and the form of the body.

Clients send the same method as form, JSON, multipart or query, lists in four spellings, booleans in seven. The readers
here take them all and never fail on a value they cannot use: it counts as not given, but for the few cases that say so.
`null` and an absent key mean "not given"; an empty string clears a text and is "not given" for anything else.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import Final, TypeVar
from urllib.parse import parse_qsl

import msgspec
from aiohttp import hdrs, web

from server.http.errors import bad_request, encoding_refused, invalid, missing, not_found, too_big
from server.http.tree import MAX_DEPTH, Node, grow, spread
from server.http.uploads import MAX_FILE_BYTES, MAX_TEXT_BYTES, Upload, close_all, form_parts

MAX_BODY_BYTES: Final = MAX_TEXT_BYTES
"""A body that is not multipart, after which the answer is 413 (threats 2.2, T080)."""
MAX_FIELDS: Final = 1000
"""Pairs in a form or a query."""
MAX_NODES: Final = 20_000
"""Values in a JSON body (threats 2.2)."""
MAX_ITEMS: Final = 200
"""Items of a list where the endpoint names no other limit; the rest is ignored."""
NO_ID: Final = 0
"""An id that was given but cannot be one of ours. No record has it, so that looking it up ends in a 404."""

_MAX_ID: Final = 2**63 - 1
_FALSE: Final = frozenset({"false", "0", "f", "off", "no", "none", "null", ""})
_INTEGER: Final = re.compile(r"[+-]?[0-9]+(?:\.0*)?\Z", re.ASCII)
_ID: Final = re.compile(r"[0-9]{1,19}\Z", re.ASCII)
_UNSIGNED_DIGITS: Final = 19

_Choice = TypeVar("_Choice", bound=str)
_Struct = TypeVar("_Struct", bound=msgspec.Struct)


class Params:
    """A tree of parameters, or an inner object of one."""

    __slots__ = ("_tree",)

    def __init__(self, tree: dict[str, Node]) -> None:
        self._tree: Final = tree

    @property
    def names(self) -> frozenset[str]:
        """Of all that was given."""
        return frozenset(self._tree)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """All of it as a query could say it, without files."""
        return list(spread(self._tree))

    def has(self, name: str) -> bool:
        """Whether it was given, be it empty."""
        return self._tree.get(name) is not None

    def _says(self, name: str) -> bool:
        """Whether something was given that means something: neither null nor a blank text."""
        given = self.text_or_none(name)
        return self.has(name) if given is None else bool(given.strip())

    def text(self, name: str, default: str = "") -> str:
        """The text in NFC with newlines as `\\n`, without NUL; `default` when not given."""
        given = self.text_or_none(name)
        return default if given is None else given

    def text_or_none(self, name: str) -> str | None:
        """None when not given; the empty string means "clear it"."""
        return _text(self._tree.get(name))

    def required(self, name: str) -> str:
        """The text. Raises `ApiError` 400 when it is missing or blank."""
        given = self.text(name)
        if not given.strip():
            raise missing(name)
        return given

    def choice(self, name: str, options: Collection[_Choice]) -> _Choice | None:
        """The option that was given; None for no option or another word."""
        given = self.text_or_none(name)
        return next((option for option in options if option == given), None)

    def one_of(self, name: str, options: Collection[_Choice], *, called: str) -> _Choice | None:
        """The option that was given; None when not given or empty.

        Raises `ApiError` 422 for anything else, where to pass over it would do something that nobody asked for.
        """
        chosen = self.choice(name, options)
        if chosen is None and self._says(name):
            raise invalid(f"{called} is not included in the list")
        return chosen

    def boolean(self, name: str, *, default: bool = False) -> bool:
        """False is `false 0 f off no none null` and the empty string, in any case; all else is true."""
        given = self.boolean_or_none(name)
        return default if given is None else given

    def boolean_or_none(self, name: str) -> bool | None:
        """None when not given."""
        given = self.text_or_none(name)
        return None if given is None else given.strip().lower() not in _FALSE

    def integer(self, name: str, default: int, *, minimum: int, maximum: int) -> int:
        """Clamped to the range; `default` when not given or not a number."""
        given = self.integer_or_none(name)
        return default if given is None else min(max(given, minimum), maximum)

    def integer_or_none(self, name: str) -> int | None:
        """A whole number, clamped to what 64 bits hold; None when not given or not a number."""
        return _integer(_text(self._tree.get(name)))

    def bound(self, name: str) -> int | None:
        """A bound of a window over ids: never negative, clamped to the greatest id; None when it is no number."""
        given = self.integer_or_none(name)
        return None if given is None or given < 0 else given

    def id(self, name: str) -> int | None:
        """None when not given or empty; `NO_ID` for what cannot be an id."""
        return as_id(self.text(name)) if self._says(name) else None

    def ids(self, name: str, maximum: int = MAX_ITEMS) -> list[int]:
        """Ids in the order sent, each once, without what cannot be one; at most `maximum`."""
        return self.ids_or_none(name, maximum) or []

    def ids_or_none(self, name: str, maximum: int = MAX_ITEMS) -> list[int] | None:
        """None when not given; an empty list means "none of them"."""
        given = self.strings_or_none(name, maximum)
        if given is None:
            return None
        return [each for each in dict.fromkeys(map(as_id, given)) if each != NO_ID]

    def strings(self, name: str, maximum: int = MAX_ITEMS) -> list[str]:
        """Texts of a list in any of its spellings, a single value too; blank ones are left out."""
        return self.strings_or_none(name, maximum) or []

    def strings_or_none(self, name: str, maximum: int = MAX_ITEMS) -> list[str] | None:
        """None when not given; `k[]=` with nothing is how forms send an empty list."""
        node = self._tree.get(name)
        if node is None:
            return None
        texts = (_text(each) for each in _by_index(node))
        return [text for text in texts if text is not None and text.strip()][:maximum]

    def inner(self, name: str) -> "Params":
        """The object below a name (`poll`, `source`, `data`); an empty one when there is none."""
        node = self._tree.get(name)
        return Params(node if isinstance(node, dict) else {})

    def objects(self, name: str, maximum: int = MAX_ITEMS) -> list["Params"]:
        """Objects of an array, or of an object with any keys, in the order in which they were sent."""
        node = self._tree.get(name)
        items = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        return [Params(each) for each in items if isinstance(each, dict)][:maximum]

    def instant(self, name: str) -> datetime | None:
        """An instant in UTC, by RFC 3339 with or without fraction and offset; None when not given or empty.

        Raises `ApiError` 422 for anything else: taking a broken date for none would publish a post at once.
        """
        if not self._says(name):
            return None
        try:
            # RFC 3339 allows `t` and `z` too.
            at = datetime.fromisoformat(self.text(name).strip().upper())
            return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        except (ValueError, OverflowError):
            raise invalid(f"{name} is not a date") from None

    def file(self, name: str) -> Upload | None:
        """The file of a part; None when there is none, or an empty one, as browsers send for a field left alone."""
        node = self._tree.get(name)
        last = node[-1] if isinstance(node, list) and node else node
        return last if isinstance(last, Upload) and last.size else None

    def converted(self, kind: type[_Struct], *, is_text: bool) -> _Struct:
        """All of it as a Struct, for methods that refuse what they cannot use; `is_text`: numbers come as text.

        Raises `msgspec.ValidationError`.
        """
        return msgspec.convert(_clean(self._tree), kind, strict=not is_text)

    def close(self) -> None:
        """Remove uploaded files. Called when the request has been answered."""
        close_all(_leaves(self._tree))


PARAMS: Final = web.RequestKey("params", Params)
"""The parameters, once they have been read."""


async def params(request: web.Request, *, max_file_bytes: int = MAX_FILE_BYTES) -> Params:
    """The parameters of the request, read once; asking again gives the same object.

    `max_file_bytes` bounds the files of a multipart form together. Prove who asks before reading, where the header
    says it: nothing else keeps strangers from sending large bodies. Raises `ApiError`: 413 over a limit, 415 for a
    compressed body, 400 for one that cannot be read.
    """
    known: Params | None = request.get(PARAMS)
    if known is not None:
        return known
    tree = _of_form(request.rel_url.raw_query_string)
    if request.body_exists:
        tree.update(await _of_body(request, max_file_bytes))
    found = Params(tree)
    request[PARAMS] = found
    return found


def path_id(request: web.Request, name: str = "id") -> int:
    """The id in the path. Raises `ApiError` 404 for what cannot be one, as for an unknown one."""
    found = as_id(request.match_info[name])
    if found == NO_ID:
        raise not_found()
    return found


def path_text(request: web.Request, name: str) -> str:
    """A text in the path, as texts among the parameters are read."""
    return _normal(request.match_info[name])


def as_id(given: str) -> int:
    """The number of an id as clients write it; `NO_ID` for what cannot be one."""
    number = int(given) if _ID.match(given) else NO_ID
    return number if number <= _MAX_ID else NO_ID


async def _of_body(request: web.Request, max_file_bytes: int) -> dict[str, Node]:
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
        raise encoding_refused()
    content_type = request.content_type
    if content_type == "multipart/form-data":
        return grow(await form_parts(request, max_file_bytes))
    body = await _body(request)
    if content_type == "application/json" or content_type.endswith("+json"):
        return _of_json(body)
    if content_type == "application/x-www-form-urlencoded":
        return _of_form(body.decode("utf-8", "replace"))
    # No content type, or the one that browsers give to a bare string: the first byte tells.
    if content_type in ("application/octet-stream", "text/plain"):
        return _of_json(body) if body.lstrip()[:1] in (b"{", b"[") else _of_form(body.decode("utf-8", "replace"))
    return {}


async def _body(request: web.Request) -> bytes:
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise too_big()
    try:
        body = await request.read()
    except web.RequestPayloadError:
        raise bad_request("The request body could not be read") from None
    if len(body) > MAX_BODY_BYTES:
        raise too_big()
    return body


def _of_form(encoded: str) -> dict[str, Node]:
    if not encoded:
        return {}
    try:
        return grow(parse_qsl(encoded, keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError:
        raise bad_request("Too many parameters") from None


def _of_json(body: bytes) -> dict[str, Node]:
    if not body.strip():
        return {}
    try:
        decoded: Node = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        raise bad_request("The request body is not JSON") from None
    # Few opening brackets and few bytes cannot make a deep or a large tree; only the others are walked.
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH or len(body) > MAX_NODES:
        _refuse_large(decoded)
    return decoded if isinstance(decoded, dict) else {}


def _refuse_large(root: Node) -> None:
    """Raise 400 over the bounds of depth and values."""
    level: list[Node] = [root]
    nodes = 0
    for _ in range(MAX_DEPTH + 1):
        nodes += len(level)
        if nodes > MAX_NODES:
            raise bad_request("The request body has too many values")
        level = [child for node in level for child in _children(node)]
        if not level:
            return
    raise bad_request("The request body is nested too deep")


def _children(node: Node) -> Collection[Node]:
    if isinstance(node, dict):
        return node.values()
    return node if isinstance(node, list) else ()


def _leaves(node: Node) -> Iterator[Node]:
    children = _children(node)
    if not children:
        yield node
    for child in children:
        yield from _leaves(child)


def _by_index(node: Node) -> Collection[Node]:
    """Items of a list; of an object with numbers for keys (`k[1]=b&k[0]=a`) by these; anything else is one item."""
    if isinstance(node, list):
        return node
    if not isinstance(node, dict):
        return (node,)
    numbered = [(int(key), each) for key, each in node.items() if _ID.match(key)]
    return [each for _, each in sorted(numbered, key=lambda item: item[0])]


def _text(node: Node) -> str | None:
    if isinstance(node, str):
        return _normal(node)
    if isinstance(node, bool):
        return "true" if node else "false"
    if isinstance(node, int | float):
        return str(node)
    if isinstance(node, list) and node:
        # A plain key sent twice: the last one counts.
        return _text(node[-1])
    return None


def _clean(node: Node) -> Node:
    """The same with every text as `_normal` gives it, and `3.0` as the whole number that it is."""
    if isinstance(node, str):
        return _normal(node)
    if isinstance(node, float):
        return int(node) if node.is_integer() else node
    if isinstance(node, dict):
        return {key: _clean(child) for key, child in node.items()}
    return [_clean(child) for child in node] if isinstance(node, list) else node


def _normal(text: str) -> str:
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    if "\0" in text:
        # PostgreSQL stores no NUL.
        text = text.replace("\0", "")
    if text.isascii():
        return text
    # Bytes of an address that are no UTF-8 arrive as lone surrogates, which nothing can store or send.
    return unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode("utf-8"))


def _integer(text: str | None) -> int | None:
    if text is None or not _INTEGER.match(text := text.strip()):
        return None
    sign, digits = text[:1] == "-", text.lstrip("+-0").partition(".")[0]
    number = int(digits or "0") if len(digits) <= _UNSIGNED_DIGITS else _MAX_ID
    number = min(number, _MAX_ID)
    return -number if sign else number
