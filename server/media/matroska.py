"""WebM (RFC 9559, RFC 8794): its structure, its length and size, and what is overwritten of it."""

import struct
from collections.abc import Iterator
from typing import IO, Final

import msgspec

from server.media.parts import Facts, Unreadable, erase, size_of

_MOST_ELEMENTS: Final = 2_000_000
_HEADER, _SEGMENT, _CLUSTER = 0x1A45DFA3, 0x18538067, 0x1F43B675
_INFO, _TRACKS, _TRACK, _VIDEO = 0x1549A966, 0x1654AE6B, 0xAE, 0xE0
_TYPE, _WIDTH, _HEIGHT, _SCALE, _LENGTH = 0x83, 0xB0, 0xBA, 0x2AD7B1, 0x4489
_VOID: Final = 0xEC
_PERSONAL: Final = frozenset({0x1254C367, 0x1941A469, 0x1043A770, 0x4461, 0x7BA9, 0x73A4, 0x7384, 0x536E, _VOID})
"""Tags, attachments, chapters; of the whole its date, title, id and file name, of a track its name; old gaps."""
_TOP: Final = frozenset({0x114D9B74, _INFO, _TRACKS, _CLUSTER, 0x1C53BB6B, 0xBF, *_PERSONAL})
_IN_CLUSTER: Final = frozenset({0xE7, 0xA3, 0xA0, 0xA7, 0xAB, 0x5854})
_FILM, _SOUND = 1, 2
_PLAYED: Final = frozenset({_FILM, _SOUND, 17})
_DEFAULT_SCALE: Final = 1_000_000


class _Element(msgspec.Struct, frozen=True):
    """One element: `end` is None where its length is not known."""

    id: int
    head: int
    start: int
    end: int | None


class _Found(msgspec.Struct):
    """What was found in the file."""

    scale: int = _DEFAULT_SCALE
    length: float | None = None
    tracks: list[int] = []
    width: int | None = None
    height: int | None = None
    has_data: bool = False


def clean(file: IO[bytes]) -> Facts:
    """Overwrite what is personal; what is known of the film. Raises `Unreadable`."""
    total, found = size_of(file), _Found()
    header = _element(file, 0, total)
    if header.id != _HEADER or header.end is None:
        raise Unreadable
    file.seek(header.start)
    if b"webm" not in file.read(min(header.end - header.start, 256)):
        raise Unreadable
    segment = _element(file, header.end, total)
    if segment.id != _SEGMENT or (segment.end is not None and segment.end != total):
        raise Unreadable
    for element in _elements(file, segment.start, total):
        _look(file, element, found)
    if not found.has_data or not set(found.tracks) & {_FILM, _SOUND} or not set(found.tracks) <= _PLAYED:
        raise Unreadable
    seconds = round(found.length * found.scale / 1e9, 3) if found.length else None
    return Facts(has_picture=_FILM in found.tracks, duration=seconds, width=found.width, height=found.height)


def _look(file: IO[bytes], element: _Element, found: _Found) -> None:
    """One element of the segment; those of a cluster whose length is not known stand beside it."""
    if element.id not in _TOP and element.id not in _IN_CLUSTER:
        raise Unreadable
    found.has_data |= element.id == _CLUSTER
    if element.id in _PERSONAL:
        _void(file, element)
    elif element.id == _INFO:
        _information(file, element, found)
    elif element.id == _TRACKS:
        for track in _elements(file, element.start, _end(element)):
            if track.id == _TRACK:
                _track(file, track, found)


def _information(file: IO[bytes], element: _Element, found: _Found) -> None:
    for one in _elements(file, element.start, _end(element)):
        if one.id == _SCALE:
            found.scale = _number(file, one)
        elif one.id == _LENGTH:
            file.seek(one.start)
            form = ">f" if _end(one) - one.start == 4 else ">d"
            (found.length,) = struct.unpack(form, file.read(struct.calcsize(form)))
        elif one.id in _PERSONAL:
            _void(file, one)


def _track(file: IO[bytes], element: _Element, found: _Found) -> None:
    for one in _elements(file, element.start, _end(element)):
        if one.id == _TYPE:
            found.tracks.append(_number(file, one))
        elif one.id == _VIDEO:
            for fact in _elements(file, one.start, _end(one)):
                if fact.id == _WIDTH:
                    found.width = _number(file, fact)
                elif fact.id == _HEIGHT:
                    found.height = _number(file, fact)
        elif one.id in _PERSONAL:
            _void(file, one)


def _elements(file: IO[bytes], start: int, end: int) -> Iterator[_Element]:
    """The elements in a stretch of the file; a cluster of unknown length is entered. Raises `Unreadable`."""
    for _ in range(_MOST_ELEMENTS):
        if start >= end:
            return
        element = _element(file, start, end)
        yield element
        if element.end is None and element.id != _CLUSTER:
            raise Unreadable
        start = element.start if element.end is None else element.end
    raise Unreadable


def _element(file: IO[bytes], position: int, end: int) -> _Element:
    file.seek(position)
    head = file.read(12)
    width = _width(head[0], most=4)
    identifier = int.from_bytes(head[:width], "big")
    length_width = _width(head[width], most=8)
    raw = int.from_bytes(head[width : width + length_width], "big")
    mask = (1 << (7 * length_width)) - 1
    start = position + width + length_width
    if len(head) < width + length_width:
        raise Unreadable
    if raw & mask == mask:
        return _Element(identifier, position, start, None)
    if start + (raw & mask) > end:
        raise Unreadable
    return _Element(identifier, position, start, start + (raw & mask))


def _width(first: int, *, most: int) -> int:
    """How many bytes a number has that begins so."""
    width = 9 - first.bit_length()
    if first == 0 or width > most:
        raise Unreadable
    return width


def _number(file: IO[bytes], element: _Element) -> int:
    file.seek(element.start)
    return int.from_bytes(file.read(min(8, _end(element) - element.start)), "big")


def _end(element: _Element) -> int:
    if element.end is None:
        raise Unreadable
    return element.end


def _void(file: IO[bytes], element: _Element) -> None:
    """Put an element in the place of this one that players skip: one byte of id, then a length that fills the rest."""
    end = _end(element)
    width = min(8, element.start - element.head - 1)
    if element.id != _VOID and width < 1:
        raise Unreadable
    if element.id != _VOID:
        start = element.head + 1 + width
        file.seek(element.head)
        file.write(bytes([_VOID]) + ((1 << (7 * width)) | (end - start)).to_bytes(width, "big"))
        erase(file, start, end)
    else:
        erase(file, element.start, end)
