"""The program of the child process in which files of strangers are opened: limited first, then set to work.

Started by `workshop.py` as a script, with nothing of ours imported and nothing in its environment. Reads the file from
standard input; writes one line of JSON, then the bytes that it speaks of, to standard output. Whatever goes wrong here
costs one upload (threats T096).

    workbench.py picture '{"limits": …, …}'       re-encode a picture, without what was not picture
    workbench.py run '{"limits": …}' PROGRAM …    become another program under these limits
"""

import errno
import io
import json
import os
import resource
import struct
import sys
import warnings
from typing import Any

import blurhash
from PIL import Image, ImageCms, ImageFile, ImageOps, ImageSequence

FORMATS = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/avif": "AVIF",
}
"""The only decoders that are ever asked, each by the first bytes of its own files (CVE-2024-53863)."""
MOST_PROFILE_BYTES = 256 * 1024
"""Of a colour profile that is applied; a longer one is dropped unread."""
NO_ROOM = os.EX_IOERR
"""The status with which this ends where what was made could not be written."""
HASH_SIDE = 32
HASH_PARTS = 4


class Unusable(Exception):
    """The picture is refused; the word says why."""


def main() -> None:
    """Limit this process, then do what was asked."""
    task, said = sys.argv[1], json.loads(sys.argv[2])
    limit(said["limits"])
    if task == "run":
        os.execv(sys.argv[3], sys.argv[3:])  # noqa: S606 - that is what it is for; no shell
    try:
        head, parts = picture(sys.stdin.buffer.read(), said)
    except Unusable as error:
        head, parts = {"refused": str(error)}, []
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        head, parts = {"refused": "pixels"}, []
    except (OSError, ValueError, SyntaxError, MemoryError, EOFError, OverflowError):
        # What Pillow raises for files that are broken, or made to break it.
        head, parts = {"refused": "broken"}, []
    head["lengths"] = [len(part) for part in parts]
    hand_over(json.dumps(head).encode() + b"\n" + b"".join(parts))


def hand_over(made: bytes) -> None:
    """Write what was made; a full disk says nothing of the picture, and ends this with a status of its own."""
    try:
        sys.stdout.buffer.write(made)
        sys.stdout.buffer.flush()
    except OSError as error:
        # Not `sys.exit`, which would try to write the rest once more.
        os._exit(1 if error.errno == errno.EFBIG else NO_ROOM)


def limit(limits: dict[str, int]) -> None:
    """Bounds of memory, processor time, and what may be written; no core files, few open files."""
    bounds = {
        resource.RLIMIT_AS: limits["memory_bytes"],
        resource.RLIMIT_CPU: limits["cpu_seconds"],
        resource.RLIMIT_FSIZE: limits["written_bytes"],
        resource.RLIMIT_NOFILE: 64,
        resource.RLIMIT_CORE: 0,
    }
    for what, most in bounds.items():
        resource.setrlimit(what, (most, most))


def picture(content: bytes, said: dict[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
    """What is known of a picture, then the picture and its preview, both written anew from the pixels alone."""
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    Image.MAX_IMAGE_PIXELS = said["most_pixels"]
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    opened = Image.open(io.BytesIO(content), formats=[FORMATS[said["media_type"]]])
    if opened.width * opened.height > said["most_pixels"]:
        raise Unusable("pixels")
    frames = frames_of(opened, said)
    shown, durations = frames
    still = shown[0]
    small = fitted(still, said["small_pixels"])
    body, media_type = encoded(shown, durations, said["media_type"])
    preview, small_type = encoded([small], [], "image/jpeg" if still.mode == "RGB" else "image/png")
    head = {
        "media_type": media_type,
        "size": still.size,
        "small_size": small.size,
        "small_type": small_type,
        "blurhash": hash_of(still),
    }
    return head, [body, preview]


def frames_of(opened: Image.Image, said: dict[str, Any]) -> tuple[list[Image.Image], list[int]]:
    """The frames as they are to be kept, and how long each is shown; one, unless an animation was asked for."""
    count = getattr(opened, "n_frames", 1) if said["is_animated"] else 1
    is_much = count > 1 and count * opened.width * opened.height > said["most_animated_pixels"]
    if count > said["most_frames"] or is_much:
        raise Unusable("frames")
    frames, durations = [], []
    for number, frame in enumerate(ImageSequence.Iterator(opened)):
        if number == count:
            break
        durations.append(int(frame.info.get("duration", 0) or 0))
        frames.append(cut(plain(frame), said["shape"], said["kept_pixels"]))
    return frames, durations


def plain(frame: Image.Image) -> Image.Image:
    """The pixels upright, in RGB, with transparency only where there is any."""
    profile = frame.info.get("icc_profile")
    has_alpha = frame.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in frame.info
    upright = turned(frame)
    if profile and len(profile) <= MOST_PROFILE_BYTES and upright.mode in ("RGB", "RGBA", "CMYK", "L"):
        upright = in_srgb(upright, profile)
    converted = upright.convert("RGBA" if has_alpha else "RGB")
    if has_alpha and converted.getchannel("A").getextrema() == (255, 255):
        converted = converted.convert("RGB")
    # A copy of the pixels, and of nothing that came beside them.
    bare = Image.new(converted.mode, converted.size)
    bare.paste(converted)
    return bare


def turned(frame: Image.Image) -> Image.Image:
    """As its camera was held; as it is, where what says so cannot be read."""
    try:
        return ImageOps.exif_transpose(frame)
    except (OSError, ValueError, SyntaxError, KeyError, TypeError, struct.error):
        return frame


def in_srgb(upright: Image.Image, profile: bytes) -> Image.Image:
    """The colours that were meant, since the profile that says so is not kept."""
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = "RGBA" if upright.mode == "RGBA" else "RGB"
        found = ImageCms.profileToProfile(upright, own, ImageCms.createProfile("sRGB"), outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return upright
    return upright if found is None else found


def cut(frame: Image.Image, shape: list[int] | None, most_pixels: int) -> Image.Image:
    """Cut to a shape (avatars, headers), or made smaller where it is larger than is kept."""
    return ImageOps.fit(frame, (shape[0], shape[1])) if shape else fitted(frame, most_pixels)


def fitted(frame: Image.Image, most_pixels: int) -> Image.Image:
    """The same picture with at most so many pixels."""
    if frame.width * frame.height <= most_pixels:
        return frame
    ratio = (most_pixels / (frame.width * frame.height)) ** 0.5
    size = max(1, int(frame.width * ratio)), max(1, int(frame.height * ratio))
    # Very narrow ones cannot become narrower, only shorter.
    return frame.resize((size[0], min(size[1], max(1, most_pixels // size[0]))))


def encoded(frames: list[Image.Image], durations: list[int], media_type: str) -> tuple[bytes, str]:
    """A file of the frames, and its type; AVIF, which few can show, becomes WebP."""
    kept = "image/webp" if media_type == "image/avif" else media_type
    options: dict[str, Any] = {"quality": 90} if kept != "image/png" else {"optimize": False}
    if kept == "image/jpeg":
        frames = [frame.convert("RGB") for frame in frames[:1]]
        options |= {"progressive": True, "optimize": True}
    if len(frames) > 1:
        options |= {"save_all": True, "append_images": frames[1:], "duration": durations, "loop": 0}
    if len(frames) > 1 and kept == "image/gif":
        options["disposal"] = 2
    written = io.BytesIO()
    frames[0].save(written, FORMATS[kept], **options)
    return written.getvalue(), kept


def hash_of(frame: Image.Image) -> str:
    """A few colours that stand for the picture until it is loaded."""
    tiny = frame.convert("RGBA").resize((HASH_SIDE, HASH_SIDE))
    onto = Image.new("RGB", tiny.size, (255, 255, 255))
    onto.paste(tiny, mask=tiny.getchannel("A"))
    pixels = onto.tobytes()
    line = 3 * HASH_SIDE
    rows = [[list(pixels[at : at + 3]) for at in range(y, y + line, 3)] for y in range(0, len(pixels), line)]
    found: str = blurhash.encode(rows, HASH_PARTS, HASH_PARTS)
    return found


if __name__ == "__main__":
    main()
