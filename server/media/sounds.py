"""MP3, FLAC and WAV: their structure, their length, and what is overwritten of them."""

import struct
from typing import IO, Final

from server.media.parts import Facts, Unreadable, erase, shift, size_of

_MOST_PARTS: Final = 10_000
_ID3V1_BYTES: Final = 128
_APE_BYTES: Final = 32
_RATES: Final = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0)
"""Kilobits a second of MPEG-1 layer III, by the four bits that say so."""
_FLAC_STREAM, _FLAC_PADDING = 0, 1
_FLAC_NEEDED: Final = frozenset({0, 1, 3})
"""Stream, padding, seek table."""
_WAV_NEEDED: Final = frozenset({b"fmt ", b"data", b"fact"})


def clean_mpeg(file: IO[bytes]) -> Facts:
    """MP3 without its tags at either end. Raises `Unreadable`."""
    start, end = 0, size_of(file)
    for _ in range(_MOST_PARTS):
        file.seek(start)
        head = file.read(10)
        if head[:3] != b"ID3":
            break
        # A length of seven bits a byte; a footer, if there is one, has ten more.
        length = sum((byte & 0x7F) << shift_by for byte, shift_by in zip(head[6:10], (21, 14, 7, 0), strict=True))
        start += 10 + length + (10 if head[5] & 0x10 else 0)
    end = _without_tail(file, start, end)
    file.seek(start)
    frame = file.read(4)
    if start >= end or len(frame) < 4 or frame[0] != 0xFF or frame[1] & 0xE0 != 0xE0:
        raise Unreadable
    shift(file, start, end)
    return Facts(has_picture=False, duration=_steady_length(frame, end - start))


def _without_tail(file: IO[bytes], start: int, end: int) -> int:
    """Where the sound ends, before ID3v1 and APE tags."""
    for _ in range(_MOST_PARTS):
        if end - start >= _ID3V1_BYTES:
            file.seek(end - _ID3V1_BYTES)
            if file.read(3) == b"TAG":
                end -= _ID3V1_BYTES
                continue
        if end - start >= _APE_BYTES:
            file.seek(end - _APE_BYTES)
            mark, _, length, _, flags = struct.unpack("<8s4I", file.read(24))
            if mark == b"APETAGEX":
                whole = length + (_APE_BYTES if flags & 0x80000000 else 0)
                if not 0 < whole <= end - start:
                    raise Unreadable
                end -= whole
                continue
        return end
    raise Unreadable


def _steady_length(frame: bytes, size: int) -> float | None:
    """Seconds, as its first frame has it; of a rate that changes an estimate. None for other layers than the usual."""
    is_usual = frame[1] & 0x1E == 0x1A
    rate = _RATES[frame[2] >> 4]
    return round(size * 8 / (rate * 1000), 3) if is_usual and rate else None


def clean_flac(file: IO[bytes]) -> Facts:
    """FLAC (RFC 9639) with padding in the place of comments and pictures. Raises `Unreadable`."""
    total, position, duration = size_of(file), 4, None
    for number in range(_MOST_PARTS):
        file.seek(position)
        mark, *length_bytes = file.read(4)
        kind, is_last = mark & 0x7F, mark & 0x80
        length = int.from_bytes(bytes(length_bytes), "big")
        start, end = position + 4, position + 4 + length
        if end > total or (number == 0) != (kind == _FLAC_STREAM):
            raise Unreadable
        if kind == _FLAC_STREAM:
            file.seek(start + 10)
            facts = int.from_bytes(file.read(8), "big")
            rate, samples = facts >> 44, facts & ((1 << 36) - 1)
            duration = round(samples / rate, 3) if rate and samples else None
        if kind not in _FLAC_NEEDED or kind == _FLAC_PADDING:
            file.seek(position)
            file.write(bytes([_FLAC_PADDING | is_last]))
            erase(file, start, end)
        position = end
        if is_last:
            return Facts(has_picture=False, duration=duration)
    raise Unreadable


def clean_wav(file: IO[bytes]) -> Facts:
    """WAV with nothing in the place of what is not sound. Raises `Unreadable`."""
    total, position, rate, data = size_of(file), 12, 0, 0
    for _ in range(_MOST_PARTS):
        if total - position < 8:
            break
        file.seek(position)
        kind, length = struct.unpack("<4sI", file.read(8))
        start, end = position + 8, position + 8 + length
        if kind == b"data":
            # Recorders that stream write a length at their end, or never.
            end = min(end, total)
            data += end - start
            file.seek(position + 4)
            file.write(struct.pack("<I", end - start))
        if end > total:
            raise Unreadable
        if kind == b"fmt ":
            file.seek(start + 8)
            (rate,) = struct.unpack("<I", file.read(4))
        if kind not in _WAV_NEEDED:
            file.seek(position)
            file.write(b"JUNK")
            erase(file, start, end)
        position = end + (end - start) % 2
    if not rate or not data:
        raise Unreadable
    total = min(position, total)
    file.truncate(total)
    file.seek(4)
    file.write(struct.pack("<I", total - 8))
    return Facts(has_picture=False, duration=round(data / rate, 3))
