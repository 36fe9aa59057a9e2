"""What a file is, by its first bytes and by nothing else (threats T110), and as what it may be shown.

What is none of these is given out as a download: no browser makes a page or a script of it (threats T109).
"""

from typing import Final

import msgspec

HEAD_BYTES: Final = 64
DOWNLOAD: Final = "application/octet-stream"


class Kind(msgspec.Struct, frozen=True):
    """How a file is served."""

    content_type: str
    is_shown: bool
    """False: only to be saved."""


_OTHER: Final = Kind(DOWNLOAD, is_shown=False)
_PDF: Final = Kind("application/pdf", is_shown=False)

_BEGINNINGS: Final = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"OggS", "audio/ogg"),
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
    (b"\xff\xf1", "audio/aac"),
    (b"\xff\xf9", "audio/aac"),
)
_RIFF: Final = {b"WEBP": "image/webp", b"WAVE": "audio/wav"}
_BOXES: Final = {
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"heic": "image/heic",
    b"mif1": "image/heic",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
    b"qt  ": "video/quicktime",
}
"""Major brands of ISO base media files; every other one is a film."""


def kind_of(head: bytes) -> Kind:
    """The kind of a file that begins so; `head` has its first `HEAD_BYTES`, or all of a shorter one."""
    for beginning, content_type in _BEGINNINGS:
        if head.startswith(beginning):
            return Kind(content_type, is_shown=True)
    if head.startswith(b"RIFF") and head[8:12] in _RIFF:
        return Kind(_RIFF[head[8:12]], is_shown=True)
    if head[4:8] == b"ftyp" and len(head) >= 12:
        return Kind(_BOXES.get(head[8:12], "video/mp4"), is_shown=True)
    return _PDF if head.startswith(b"%PDF-") else _OTHER
