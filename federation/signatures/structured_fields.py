"""Structured fields (RFC 8941), as far as signatures need them: a dictionary of items and inner lists.

Differs from the RFC in one point: a key given twice is an error, not "the last one counts" (threats T014).
The text of each member is kept, since RFC 9421 signs the parameters as they were written.
"""

import re
from binascii import Error as Base64Error
from binascii import a2b_base64
from typing import Final, NamedTuple, NoReturn

MAX_FIELD_CHARS: Final = 4096


class Token(NamedTuple):
    """A bare word, which is something else than a string in quotes."""

    word: str


BareItem = int | float | bool | str | bytes | Token


class Item(NamedTuple):
    """A value with its parameters."""

    value: BareItem
    parameters: dict[str, BareItem]
    text: str
    """Exactly as received, parameters included."""


class InnerList(NamedTuple):
    """Items in parentheses, with parameters of the whole."""

    items: tuple[Item, ...]
    parameters: dict[str, BareItem]
    text: str
    """Exactly as received, parameters included."""


# Possessive quantifiers: no pattern can be made to look at a character twice.
_KEY: Final = re.compile(r"[a-z*][a-z0-9_\-.*]*+")
_SPACES: Final = re.compile(r" *+")
_COMMA: Final = re.compile(r"[ \t]*+,[ \t]*+")
_NEXT_PARAMETER: Final = re.compile(r"; *+")
_BARE_ITEM: Final = re.compile(
    r'"(?P<string>(?:[ !#-\[\]-~]|\\["\\])*+)"'
    r"|:(?P<bytes>[A-Za-z0-9+/]*+={0,2}+):"
    r"|(?P<decimal>-?[0-9]{1,12}\.[0-9]{1,3}(?![0-9.]))"
    r"|(?P<integer>-?[0-9]{1,15}(?![0-9.]))"
    r"|\?(?P<boolean>[01])"
    r"|(?P<token>[A-Za-z*][!#$%&'*+\-.^_`|~0-9A-Za-z:/]*+)"
)
_ESCAPE: Final = re.compile(r'\\(["\\])')


def parse_dictionary(text: str) -> dict[str, Item | InnerList]:
    """The members by key, in order. Raises `ValueError` unless it is a dictionary of at most 4096 characters."""
    if len(text) > MAX_FIELD_CHARS:
        raise ValueError("structured field too long")
    return _Reader(text.strip(" ")).dictionary()


class _Reader:
    """Walks once over the text; `_at` is the place of the next character."""

    __slots__ = ("_at", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def dictionary(self) -> dict[str, Item | InnerList]:
        members: dict[str, Item | InnerList] = {}
        end = len(self._text)
        while self._at < end:
            key = self._key(members)
            members[key] = self._member()
            if self._at == end:
                break
            if not self._skip(_COMMA) or self._at == end:
                self._fail()
        return members

    def _member(self) -> Item | InnerList:
        start = self._at
        if not self._take("="):
            parameters = self._parameters()
            return Item(True, parameters, self._text[start : self._at])
        start = self._at
        if not self._take("("):
            return self._item()
        items: list[Item] = []
        self._skip(_SPACES)
        while not self._take(")"):
            items.append(self._item())
            if not self._text.startswith((" ", ")"), self._at):
                self._fail()
            self._skip(_SPACES)
        parameters = self._parameters()
        return InnerList(tuple(items), parameters, self._text[start : self._at])

    def _item(self) -> Item:
        start = self._at
        value = self._bare_item()
        parameters = self._parameters()
        return Item(value, parameters, self._text[start : self._at])

    def _parameters(self) -> dict[str, BareItem]:
        parameters: dict[str, BareItem] = {}
        while self._skip(_NEXT_PARAMETER):
            key = self._key(parameters)
            parameters[key] = self._bare_item() if self._take("=") else True
        return parameters

    def _key(self, taken: dict[str, BareItem] | dict[str, Item | InnerList]) -> str:
        match = _KEY.match(self._text, self._at)
        if match is None or match[0] in taken:
            self._fail()
        self._at = match.end()
        return match[0]

    def _bare_item(self) -> BareItem:
        match = _BARE_ITEM.match(self._text, self._at)
        if match is None:
            self._fail()
        self._at = match.end()
        kind = match.lastgroup
        text = match[match.lastindex or 0]
        if kind == "string":
            return _ESCAPE.sub(r"\1", text) if "\\" in text else text
        if kind == "bytes":
            return self._decoded(text)
        if kind == "integer":
            return int(text)
        if kind == "boolean":
            return text == "1"
        return float(text) if kind == "decimal" else Token(text)

    def _decoded(self, text: str) -> bytes:
        try:
            # Padding may be left out (RFC 8941, 4.2.7).
            return a2b_base64(text + "=" * (-len(text) % 4), strict_mode=True)
        except Base64Error:
            self._fail()

    def _take(self, character: str) -> bool:
        found = self._text.startswith(character, self._at)
        self._at += found
        return found

    def _skip(self, pattern: re.Pattern[str]) -> bool:
        match = pattern.match(self._text, self._at)
        if match is None:
            return False
        self._at = match.end()
        return True

    def _fail(self) -> NoReturn:
        raise ValueError(f"structured field cannot be read at character {self._at}")
