"""Films and sounds by their structure: that they are what they begin as, what is known of them, and nothing more.

They are not written anew, so what says who made them, where and when is overwritten in its place by nothing of the same
length (threats T111). Pure Python over an open file: what is broken is refused, and no other program sees it before.
"""

import struct
from collections.abc import Callable, Iterator
from typing import IO, Final

import msgspec

from server.media import matroska, sounds
from server.media.parts import Facts, Part, Unreadable, blank, size_of

_MOST_PARTS: Final = 100_000
_DEEPEST: Final = 4
_TOP: Final = frozenset(
    b"ftyp moov mdat free skip wide moof mfra sidx styp uuid meta udta pdin emsg prft ssix pnot PICT".split()
)
_PERSONAL: Final = frozenset(b"udta meta uuid free skip pnot PICT".split())
"""Boxes that say nothing which is needed for playing."""
_PARENTS: Final = frozenset(b"moov trak mdia".split())
_DATED: Final = frozenset(b"mvhd tkhd mdhd".split())
_HANDLERS: Final = frozenset(b"vide soun subt sbtl text clcp tmcd".split())
"""Tracks that are played. Others are measurements, such as where the camera was."""
_QUARTER_TURNS: Final = ((0, 0x10000, -0x10000, 0), (0, -0x10000, 0x10000, 0))


class _Movie(msgspec.Struct):
    """What was found in an ISO base media file."""

    duration: float | None = None
    sizes: list[tuple[int, int]] = []
    handlers: list[bytes] = []
    has_data: bool = False


def clean(file: IO[bytes], media_type: str) -> Facts:
    """Overwrite what is personal; what is known of the recording. Raises `Unreadable`."""
    cleaner: dict[str, Callable[[IO[bytes]], Facts]] = {
        "video/mp4": _iso,
        "video/quicktime": _iso,
        "audio/mp4": _iso,
        "video/webm": matroska.clean,
        "audio/mpeg": sounds.clean_mpeg,
        "audio/flac": sounds.clean_flac,
        "audio/wav": sounds.clean_wav,
    }
    try:
        facts = cleaner[media_type](file)
    except (struct.error, IndexError, ValueError, OverflowError) as error:
        raise Unreadable from error
    file.flush()
    total = size_of(file)
    rate = int(total * 8 / facts.duration) if facts.duration else None
    return msgspec.structs.replace(facts, bit_rate=rate)


def _iso(file: IO[bytes]) -> Facts:
    """MP4 and QuickTime (ISO/IEC 14496-12)."""
    movie = _Movie()
    for number, box in enumerate(_boxes(file, 0, size_of(file))):
        if box.kind not in _TOP or (number == 0 and box.kind != b"ftyp"):
            raise Unreadable
        movie.has_data |= box.kind == b"mdat"
        _look(file, box, movie, depth=1)
    if not movie.has_data or not set(movie.handlers) & {b"vide", b"soun"}:
        raise Unreadable
    if not set(movie.handlers) <= _HANDLERS:
        raise Unreadable("File has a track that is neither picture nor sound: export it without")
    has_picture = b"vide" in movie.handlers
    width, height = movie.sizes[0] if movie.sizes and has_picture else (None, None)
    return Facts(has_picture=has_picture, duration=movie.duration, width=width, height=height)


def _look(file: IO[bytes], box: Part, movie: _Movie, *, depth: int) -> None:
    if box.kind in _PERSONAL:
        blank(file, box, b"free")
    elif box.kind in _PARENTS and depth <= _DEEPEST:
        for inner in _boxes(file, box.start, box.end):
            _look(file, inner, movie, depth=depth + 1)
    elif box.kind in _DATED:
        _take_date(file, box, movie)
    elif box.kind == b"hdlr" and depth > 2:
        file.seek(box.start + 8)
        movie.handlers.append(file.read(4))


def _take_date(file: IO[bytes], box: Part, movie: _Movie) -> None:
    """Forget when it was made; how long it is and how large stands behind that."""
    file.seek(box.start)
    is_long = file.read(1) == b"\x01"
    file.seek(box.start + 4)
    file.write(bytes(16 if is_long else 8))
    if box.kind == b"mvhd":
        form = ">IQ" if is_long else ">II"
        scale, length = struct.unpack(form, file.read(struct.calcsize(form)))
        movie.duration = round(length / scale, 3) if scale and length else None
    if box.kind == b"tkhd":
        file.seek(box.end - 44)
        a, b, _, c, d, _, *_, width, height = struct.unpack(">9i2I", file.read(44))
        size = width >> 16, height >> 16
        if all(size):
            movie.sizes.append(size[::-1] if (a, b, c, d) in _QUARTER_TURNS else size)


def _boxes(file: IO[bytes], start: int, end: int) -> Iterator[Part]:
    """The boxes that fill a stretch of the file exactly. Raises `Unreadable`."""
    count = 0
    while start < end:
        count += 1
        if end - start < 8 or count > _MOST_PARTS:
            # QuickTime ends lists with four bytes of nothing.
            if end - start == 4:
                return
            raise Unreadable
        file.seek(start)
        size, kind = struct.unpack(">I4s", file.read(8))
        head = 8
        if size == 1:
            (size,) = struct.unpack(">Q", file.read(8))
            head = 16
        elif size == 0:
            size = end - start
        if size < head or start + size > end:
            raise Unreadable
        yield Part(kind, start, start + head, start + size)
        start += size
