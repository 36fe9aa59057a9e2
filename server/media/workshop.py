"""What becomes of a file before anybody sees it: pictures written anew, films and sounds looked through.

By its first bytes and nothing else (threats T110). Pictures, and whatever ffmpeg does, are worked on in child processes
with bounds of memory, processor time and wall time (`workbench.py`, threats T096, T097). Films and sounds stay as they
are, but for what says who made them, where and when (`containers.py`, threats T111).
"""

import asyncio
import errno
import json
import os
import shutil
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, Final

import msgspec
import structlog

from models.details import File
from server.actions.refusals import Invalid, Unavailable
from server.http.languages import to_translate
from server.media.containers import clean
from server.media.kinds import HEAD_BYTES, kind_of
from server.media.parts import Facts, Unreadable

log = structlog.get_logger()

_HAS_AVIF: Final = find_spec("PIL._avif") is not None
IMAGES: Final = ("image/jpeg", "image/png", "image/gif", "image/webp", *(("image/avif",) if _HAS_AVIF else ()))
FILMS: Final = ("video/mp4", "video/quicktime", "video/webm")
SOUNDS: Final = ("audio/mpeg", "audio/mp4", "audio/flac", "audio/wav")
TYPES: Final = (*IMAGES, *FILMS, *SOUNDS)
"""Everything that is taken; the rest is refused."""

MOST_IMAGE_BYTES: Final = 16 * 1024 * 1024
MOST_FILM_BYTES: Final = 100 * 1024 * 1024
MOST_PIXELS: Final = 33_000_000
"""Of a picture that is taken (threats 2.2)."""
KEPT_PIXELS: Final = 8_294_400
"""Of a picture as it is kept, 3840 × 2160; a larger one is made smaller."""
SMALL_PIXELS: Final = 230_400
"""Of a preview, 640 × 360."""
MOST_FRAMES: Final = 1000
MOST_ANIMATED_PIXELS: Final = 66_000_000
"""Of all frames together."""

AT_ONCE: Final = 2
MOST_WAITING: Final = 32
WALL_SECONDS: Final = 60.0
_PICTURE_LIMITS: Final = {"memory_bytes": 1024**3, "cpu_seconds": 30, "written_bytes": 64 * 1024**2}
_FILM_LIMITS: Final = {"memory_bytes": 2 * 1024**3, "cpu_seconds": 30, "written_bytes": 64 * 1024**2}
_NO_ROOM: Final = os.EX_IOERR
"""The status with which the workbench says that it could not write what it had made."""
_WORKBENCH: Final = str(Path(__file__).with_name("workbench.py"))
_ENVIRONMENT: Final = {"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"}
_DEMUXERS: Final = {"video/mp4": "mov", "video/quicktime": "mov", "video/webm": "matroska"}
_POSTER_SIDE: Final = 1280
_POSTER_BYTES: Final = 8 * 1024**2
"""More than a PNG of that side has."""

_REASONS: Final = {
    "pixels": f"Validation failed: File has too many pixels: {MOST_PIXELS // 1_000_000} million is the most",
    "frames": f"Validation failed: File has too many frames: {MOST_FRAMES} is the most, and fewer large ones",
    "broken": "Validation failed: File cannot be read as the picture that it begins as",
}
NOT_TAKEN: Final = "Validation failed: File is of no kind that is taken here: send a picture, a film or a sound"
UNREADABLE: Final = "Validation failed: File cannot be read as what it begins as"
TOO_BIG: Final = "Validation failed: File is too big"


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """How a picture is wanted."""

    shape: tuple[int, int] | None = None
    """Cut to this width and height."""
    kept_pixels: int = KEPT_PIXELS
    small_pixels: int = SMALL_PIXELS
    is_animated: bool = True


FOR_POSTS: Final = Wish()


class Made(msgspec.Struct, frozen=True):
    """A file as it is kept. `original` is None where the one that came is kept, cleaned in its place."""

    file: File
    original: bytes | None
    small: bytes | None


class _Picture(msgspec.Struct, frozen=True):
    """What the workbench says of a picture."""

    media_type: str
    size: tuple[int, int]
    small_size: tuple[int, int]
    blurhash: str
    lengths: tuple[int, int]
    small_type: str


class Workshop:
    """One for the process; few files are worked on at once, and few wait."""

    def __init__(self, ffmpeg: str | None = None, scratch: Callable[[], IO[bytes]] = TemporaryFile) -> None:
        """`scratch` opens an empty file for what is made."""
        self._scratch = scratch
        self.ffmpeg: Final = ffmpeg or shutil.which("ffmpeg")
        """Where it is; without it films have no picture before they are played."""
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    async def make(self, given: IO[bytes], wish: Wish = FOR_POSTS) -> Made:
        """What is kept of an open file, which films and sounds change in its place.

        Raises `Invalid` with a sentence for its owner, `Unavailable` where too much waits already, or the disk
        has no room to work (threats T211).
        """
        media_type = await asyncio.to_thread(type_of, given)
        if self._waiting >= MOST_WAITING:
            raise Unavailable(to_translate("Too many files are being worked on: try again in a minute"))
        self._waiting += 1
        try:
            async with self._slots:
                if media_type in IMAGES:
                    return await self.picture(given, media_type, wish)
                return await self._recording(given, media_type)
        except OSError as error:
            log.warning("media.no_room", error=str(error))
            raise Unavailable(to_translate("Files cannot be worked on right now: try again in a minute")) from error
        finally:
            self._waiting -= 1

    async def picture(self, given: IO[bytes], media_type: str, wish: Wish) -> Made:
        """A picture, written anew. Raises `Invalid`."""
        said = {
            **msgspec.to_builtins(wish),
            "media_type": media_type,
            "most_pixels": MOST_PIXELS,
            "most_frames": MOST_FRAMES,
            "most_animated_pixels": MOST_ANIMATED_PIXELS,
            "limits": _PICTURE_LIMITS,
        }
        with self._scratch() as written:
            ended = await _run(["picture", json.dumps(said)], given, written)
            found, original, small = await asyncio.to_thread(_result, written) if ended else ({}, b"", b"")
        if "refused" in found or not found:
            raise Invalid(_REASONS.get(found.get("refused", ""), UNREADABLE))
        made = msgspec.convert(found, _Picture)
        width, height = made.size
        file = File(
            kind="image",
            url="",
            media_type=made.media_type,
            blurhash=made.blurhash,
            width=width,
            height=height,
            small=made.small_size,
            small_type=made.small_type,
        )
        return Made(file, original, small)

    async def _recording(self, given: IO[bytes], media_type: str) -> Made:
        """A film or a sound, cleaned in its place, with a picture of the film where there is ffmpeg."""
        try:
            facts = await asyncio.to_thread(clean, given, media_type)
        except Unreadable as error:
            raise Invalid(f"Validation failed: {error}" if str(error) else UNREADABLE) from error
        poster = await self._poster(given, media_type) if media_type in FILMS and facts.has_picture else None
        file = _file_of(media_type, facts)
        if poster is None:
            return Made(file, None, None)
        # The preview, and the larger one is not needed: the film is the larger one.
        of_poster = {"blurhash": poster.file.blurhash, "small": poster.file.small, "small_type": poster.file.small_type}
        shown = msgspec.structs.replace(file, **of_poster)
        if not shown.width:
            shown = msgspec.structs.replace(shown, width=poster.file.width, height=poster.file.height)
        return Made(shown, None, poster.small)

    async def _poster(self, given: IO[bytes], media_type: str) -> Made | None:
        """The first picture of a film; None where it cannot be had. The kind of file is given, so that no playlist is
        ever followed, and there is nothing but this file to be opened (threats T097).
        """
        if self.ffmpeg is None:
            return None
        opening = ["-v", "error", "-nostdin", "-threads", "1", "-protocol_whitelist", "file"]
        source = ["-f", _DEMUXERS[media_type], "-i", "file:/dev/stdin"]
        wanted = ["-map", "0:v:0", "-frames:v", "1", "-an", "-sn", "-dn", "-map_metadata", "-1"]
        scale = ["-vf", f"scale='min({_POSTER_SIDE},iw)':-2", "-threads", "1"]
        target = ["-c:v", "png", "-f", "image2pipe", "-protocol_whitelist", "file,pipe", "pipe:1"]
        arguments = [self.ffmpeg, *opening, *source, *wanted, *scale, *target]
        with self._scratch() as written:
            if not await _run(["run", json.dumps({"limits": _FILM_LIMITS}), *arguments], given, written):
                # ffmpeg does not say why it ended: a film must not be without a picture because a disk was full.
                await asyncio.to_thread(_require_room, written)
                return None
            try:
                return await self.picture(written, "image/png", FOR_POSTS)
            except Invalid:
                return None


def type_of(given: IO[bytes]) -> str:
    """What kind of file this is. Raises `Invalid` for what is not taken."""
    given.seek(0)
    media_type = kind_of(given.read(HEAD_BYTES)).content_type
    if media_type not in TYPES:
        raise Invalid(NOT_TAKEN)
    return media_type


def _file_of(media_type: str, facts: Facts) -> File:
    """By its tracks: a container for films may hold a sound alone, and the other way round."""
    mp4 = media_type not in ("video/webm", *SOUNDS) or media_type == "audio/mp4"
    alone = "audio/mp4" if mp4 else media_type.replace("video/", "audio/")
    shown = "video/mp4" if media_type == "audio/mp4" else media_type
    return File(
        kind="video" if facts.has_picture else "audio",
        url="",
        media_type=shown if facts.has_picture else alone,
        width=facts.width,
        height=facts.height,
        duration=facts.duration,
        bit_rate=facts.bit_rate,
    )


async def _run(arguments: list[str], given: IO[bytes], written: IO[bytes]) -> bool:
    """Run the workbench on an open file; False where it failed or took too long."""
    await asyncio.to_thread(given.flush)
    # The child shares the place where the file stands, of which Python's own buffer must not know.
    descriptor = given.fileno()
    place = os.lseek(descriptor, 0, os.SEEK_CUR)
    os.lseek(descriptor, 0, os.SEEK_SET)
    try:
        return await _ended_well(arguments, descriptor, written.fileno())
    finally:
        os.lseek(descriptor, place, os.SEEK_SET)


async def _ended_well(arguments: list[str], given: int, written: int) -> bool:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        _WORKBENCH,
        *arguments,
        stdin=given,
        stdout=written,
        stderr=asyncio.subprocess.DEVNULL,
        env=_ENVIRONMENT,
    )
    try:
        async with asyncio.timeout(WALL_SECONDS):
            status = await process.wait()
    except TimeoutError:
        status = -1
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if status == _NO_ROOM and arguments[0] == "picture":
        raise OSError(errno.ENOSPC, "no room for what was made")
    if status != 0:
        log.info("media.not_made", task=arguments[0], status=status)
    return status == 0


def _require_room(written: IO[bytes]) -> None:
    """Whatever another program wrote there: there was room for more. Raises `OSError`."""
    written.seek(0)
    written.write(bytes(_POSTER_BYTES))
    written.flush()


def _result(written: IO[bytes]) -> tuple[dict[str, Any], bytes, bytes]:
    written.seek(0)
    head: dict[str, Any] = json.loads(written.readline())
    lengths = head.get("lengths") or [0, 0]
    return head, written.read(lengths[0]), written.read(lengths[1])
