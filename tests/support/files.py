"""Files to upload: pictures of every kind, made by Pillow; films and sounds, made by a real ffmpeg or by hand."""

import io
import struct
import subprocess
import zlib
from functools import cache
from pathlib import Path
from typing import Any

import imageio_ffmpeg
from PIL import Image

SECRET = b"48.8584N-2.2945E"
"""What must never come out again."""


def picture(kind: str = "PNG", size: tuple[int, int] = (64, 48), colour: str = "teal", **options: Any) -> bytes:
    """A picture of one colour with a darker corner."""
    image = Image.new("RGB", size, colour)
    image.paste("black", (0, 0, max(1, size[0] // 4), max(1, size[1] // 4)))
    return written(image, kind, **options)


def written(image: Image.Image, kind: str, **options: Any) -> bytes:
    """The file of an image."""
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def animation(kind: str = "GIF", frames: int = 3, size: tuple[int, int] = (16, 16)) -> bytes:
    """Some frames, no two alike."""
    images = [Image.new("RGB", size, (number % 256, number // 256 % 256, 128)) for number in range(frames)]
    return written(images[0], kind, save_all=True, append_images=images[1:], duration=100, loop=0)


def opened(content: bytes) -> Image.Image:
    """The image of a file."""
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


@cache
def recording(*arguments: str) -> bytes:
    """What ffmpeg makes by these arguments, the last of them the format."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y", *arguments[:-1]]
    command += ["-f", arguments[-1], "pipe:1"]
    if arguments[-1] == "mp4":
        command[-1:-1] = ["-movflags", "frag_keyframe+empty_moov"]
    return subprocess.run(command, check=True, capture_output=True).stdout


FILM = ("-f", "lavfi", "-i", "testsrc=size=160x120:rate=10:duration=1")
SOUND = ("-f", "lavfi", "-i", "sine=frequency=440:duration=1")
SAID = ("-metadata", f"title={SECRET.decode()}", "-metadata", f"comment={SECRET.decode()}")


def webm() -> bytes:
    """A film with a title and tags."""
    return recording(*FILM, *SAID, "-c:v", "libvpx", "webm")


def flac() -> bytes:
    """A sound with comments."""
    return recording(*SOUND, *SAID, "flac")


def mp3() -> bytes:
    """A sound with tags at both ends."""
    return recording(*SOUND, *SAID, "-write_id3v1", "1", "mp3")


def wav() -> bytes:
    """A sound with a list of facts."""
    return recording(*SOUND, *SAID, "wav")


@cache
def mp4(folder: str) -> bytes:
    """A film as phones make them: with its index, its date, and where it was made. Written below a folder."""
    path = f"{folder}/film.mp4"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-y", *FILM, *SAID]
    command += ["-metadata", f"location={SECRET.decode()}", "-metadata", "creation_time=2026-01-02T03:04:05Z"]
    command += ["-c:v", "libx264", "-pix_fmt", "yuv420p", path]
    subprocess.run(command, check=True, capture_output=True)
    return Path(path).read_bytes()


def boxes(*parts: tuple[bytes, bytes]) -> bytes:
    """ISO base media boxes by kind and content."""
    return b"".join(struct.pack(">I4s", 8 + len(content), kind) + content for kind, content in parts)


def chunks(*parts: tuple[bytes, bytes]) -> bytes:
    """A PNG of these chunks, each with its checksum."""
    found = b"\x89PNG\r\n\x1a\n"
    for kind, content in parts:
        found += struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
    return found


def png_head(width: int, height: int) -> bytes:
    """The header chunk of a PNG that claims this size, and next to no pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return chunks((b"IHDR", header), (b"IDAT", zlib.compress(b"\0" * 64)), (b"IEND", b""))


def plays(path: Path) -> bool:
    """A player gets through the whole of it without a complaint."""
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-v",
        "error",
        "-nostdin",
        "-xerror",
        "-i",
        str(path),
        "-f",
        "null",
        "-",
    ]
    ended = subprocess.run(command, capture_output=True)
    return ended.returncode == 0 and not ended.stderr
