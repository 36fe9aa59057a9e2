"""Who gets a file of our own people: by which address, for how long, in which form, and what it never becomes."""

import io
import struct
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import imageio_ffmpeg
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from models.writes import media as media_writes
from server.actions import accounts
from server.media.workshop import MOST_FRAMES
from tests.support import files
from tests.support.clock import FakeClock
from tests.support.firm import OPERATOR, App, Document, Firm, running_firm
from tests.support.firm import alice as alice
from tests.support.firm import bob as bob
from tests.support.firm import sites as sites

ACTOR = b'{"@context":"https://www.w3.org/ns/activitystreams","id":"http://home.test/x","type":"Person"}'


@pytest.fixture
def clock() -> FakeClock:
    """The server's clock."""
    return FakeClock()


@pytest.fixture
async def firm(
    database_url: str, tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Firm]:
    """home.test, on a machine that has ffmpeg."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "ffmpeg").symlink_to(imageio_ffmpeg.get_ffmpeg_exe())
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    async with running_firm(database_url, tmp_path, clock) as running:
        yield running


ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what has many cases and hangs on no database."""


def everything(folder: Path) -> list[Path]:
    """All that lies below a folder."""
    return list(folder.rglob("*"))


def stored(folder: Path) -> list[Path]:
    """The files in the store of the firm."""
    return [path for path in everything(folder / "data" / "media") if path.is_file()]


async def shown_to(reader: App, post: Document) -> Document:
    """The first file of a post as a reader's app gets it."""
    status = await reader.get(f"/api/v1/statuses/{post['id']}")
    file: Document = status["media_attachments"][0]
    return file


async def test_a_file_is_for_those_who_may_read_its_post_and_as_long_as_they_may(
    firm: Firm, alice: App, bob: App
) -> None:
    """T162: each reader has an address of their own, which is worth nothing without the right."""
    board = await firm.community("board", host=alice, visibility="private")
    file = await alice.attached(files.picture())
    post = await alice.say("@board Figures", media_ids=[file["id"]])
    mine = (await shown_to(alice, post))["url"]
    bobs = mine.replace(f"/{alice.id}-", f"/{bob.id}-")

    assert (await firm.load(mine)).status == 200
    assert (await firm.load(bobs)).status == 404
    assert (await bob.call("GET", f"/api/v1/statuses/{post['id']}")).status == 404
    assert board["username"] == "board"


async def test_an_address_is_good_for_a_quarter_of_an_hour_at_most(firm: Firm, alice: App, bob: App) -> None:
    """T162: not longer than fifteen minutes, and not shorter than half of that."""
    file = await alice.attached(files.picture())
    post = await alice.say("@sites Plan", media_ids=[file["id"]])
    found = await shown_to(bob, post)
    addresses = [found["url"], found["preview_url"], (await shown_to(bob, post))["url"]]
    early = [(await firm.load(address)).status for address in addresses]
    firm.clock.advance(minutes=7, seconds=29)
    still = [(await firm.load(address)).status for address in addresses]

    firm.clock.advance(minutes=7, seconds=31)

    assert addresses[0] == addresses[2]
    assert (early, still) == ([200] * 3, [200] * 3)
    assert [(await firm.load(address)).status for address in addresses] == [404] * 3
    assert (await firm.load((await shown_to(bob, post))["url"])).status == 200


@ON_SQLITE
async def test_an_address_cannot_be_made_up(firm: Firm, alice: App, bob: App) -> None:
    """T162, T112: no part of it can be changed, and no path leads out of the store."""
    file = await alice.attached(files.picture())
    own = file["url"]
    post = await alice.say("@sites Plan", media_ids=[file["id"]])
    right = (await shown_to(bob, post))["url"]
    start, _, code = right.rpartition("-")
    base, _, reader = start.rpartition("/")
    person, _, until = reader.partition("-")
    forged = [
        f"{base}/{person}-{int(until) + 900}-{code}",
        f"{base}/{alice.id}-{until}-{code}",
        f"{start}-{'0' * 32}",
        right.replace("/original/", "/small/"),
        right.replace("/original/", "/raw/"),
        right.replace("/original/", "/..%2f..%2f/"),
        right.replace("/0/", "/1/"),
        right.replace("/0/", "/99999999999999999999/"),
        own,
        "http://home.test/media/own/..%2f..%2f..%2fvault.key",
        "http://home.test/media/own/%00",
        f"http://home.test/media/own/{'a' * 43}",
        "http://home.test/media/../data/entrepairs.db",
        "http://home.test/media/uploads/1/original/1-1-x",
    ]

    assert {address: (await firm.load(address)).status for address in forged} == dict.fromkeys(forged, 404)
    assert (await firm.load(right)).status == 200


async def test_what_one_uploaded_nobody_else_sees_before_it_is_posted(firm: Firm, alice: App, bob: App) -> None:
    """T128."""
    file = await alice.attached(files.picture())

    assert (await firm.load(file["url"])).status == 200
    assert (await firm.load(file["url"].replace(f"/{alice.id}-", f"/{bob.id}-"))).status == 404


@ON_SQLITE
async def test_players_may_ask_for_a_part(firm: Firm, alice: App) -> None:
    file = await alice.attached(files.webm())
    whole = (await firm.load(file["url"])).body
    asked = {
        "bytes=0-0": (206, whole[:1], f"bytes 0-0/{len(whole)}"),
        "bytes=10-19": (206, whole[10:20], f"bytes 10-19/{len(whole)}"),
        "bytes=10-": (206, whole[10:], f"bytes 10-{len(whole) - 1}/{len(whole)}"),
        "bytes=-4": (206, whole[-4:], f"bytes {len(whole) - 4}-{len(whole) - 1}/{len(whole)}"),
        f"bytes={len(whole)}-": (416, None, None),
        "bytes=5-1": (200, whole, None),
        "pages=1": (200, whole, None),
    }

    for wanted, (status, body, part) in asked.items():
        answer = await firm.load(file["url"], Range=wanted)

        assert (answer.status, answer.headers.get("Content-Range")) == (status, part), wanted
        assert body is None or answer.body == body
    assert (await firm.load(file["url"])).headers["Accept-Ranges"] == "bytes"


@ON_SQLITE
@pytest.mark.parametrize(
    "content",
    [
        ACTOR,
        b"<!doctype html><script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>",
        b"GIF89a/*" + ACTOR,
        b"%PDF-1.7 " + ACTOR,
        b"PK\x03\x04" + b"office" * 20,
        b"II*\x00" + b"tiff" * 20,
        b"\x00\x00\x01\x00icon" * 10,
    ],
)
async def test_what_is_no_picture_film_or_sound_is_refused_whatever_it_is_called(
    firm: Firm, alice: App, content: bytes
) -> None:
    """T028, T109, T110."""
    for name, kind in (("a.png", "image/png"), ("a.mp4", "video/mp4"), ("a.json", "application/activity+json")):
        answer = await alice.send_file(content, "/api/v1/media", filename=name, content_type=kind)

        assert answer.status == 422, (name, answer.body)


@ON_SQLITE
async def test_a_picture_that_is_also_a_document_is_only_a_picture_afterwards(firm: Firm, alice: App) -> None:
    """T028, T109: nothing behind the pixels comes out again, whatever is asked for."""
    polyglot = files.picture("PNG") + ACTOR + b"<script>alert(1)</script>"
    file = await alice.attached(polyglot, filename="actor.json", content_type="application/activity+json")

    answer = await firm.load(file["url"], Accept="application/activity+json, text/html")

    assert (answer.status, answer.headers["Content-Type"]) == (200, "image/png")
    assert (b"Person" in answer.body, b"script" in answer.body) == (False, False)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["Content-Disposition"] == "inline"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@ON_SQLITE
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "AVIF"])
async def test_a_picture_is_what_its_bytes_are(firm: Firm, alice: App, kind: str) -> None:
    """T110: its name and what was said of it count for nothing."""
    file = await alice.attached(files.picture(kind), filename="film.mp4", content_type="video/mp4")

    answer = await firm.load(file["url"])

    kept = {"AVIF": "WEBP"}.get(kind, kind)
    assert (file["type"], answer.headers["Content-Type"]) == ("image", f"image/{kept.lower()}")
    assert (files.opened(answer.body).format, files.opened(answer.body).size) == (kept, (64, 48))


@ON_SQLITE
@pytest.mark.parametrize(
    "name", ["../../etc/x", "/etc/passwd", "a\0b.png", "x" * 5000, "CON", "..\\..\\x", "%2e%2e%2fx", "", "é☃.png"]
)
async def test_a_name_that_somebody_gave_a_file_names_nothing_here(
    firm: Firm, alice: App, tmp_path: Path, name: str
) -> None:
    """T112."""
    before = set(everything(tmp_path))

    answer = await alice.send_file(files.picture(), "/api/v1/media", filename=name.replace("\0", ""))

    assert answer.status == 200
    assert {path.name for path in stored(tmp_path)} == {"original", "small"}
    assert {path for path in everything(tmp_path) if "media" not in path.parts} <= before


# --- bombs ---


def animated_bomb() -> bytes:
    return files.animation("GIF", MOST_FRAMES + 1, (4, 4))


def wide_animation() -> bytes:
    """Few frames of many pixels, which are small as a file."""
    images = [Image.new("P", (6000, 5000), number) for number in range(4)]
    return files.written(images[0], "GIF", save_all=True, append_images=images[1:])


def huge_text() -> bytes:
    said = PngInfo()
    said.add_text("Comment", "x" * 80 * 1024 * 1024, zip=True)
    return files.picture("PNG", pnginfo=said)


def broken_webp() -> bytes:
    whole = files.picture("WEBP", (200, 200))
    return whole[:30] + bytes(byte ^ 0xFF for byte in whole[30:])


def cut_off() -> bytes:
    return files.picture("JPEG", (500, 500))[:600]


def many_zeros() -> bytes:
    """A PNG whose pixels unpack to a thousand times their size."""
    header = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 6, 0, 0, 0)
    packed = zlib.compress(bytes(8 * 1024 * 1024), 9)
    return files.chunks((b"IHDR", header), (b"IDAT", packed), (b"IEND", b""))


@ON_SQLITE
@pytest.mark.parametrize(
    "bomb",
    [
        lambda: files.png_head(50_000, 50_000),
        lambda: files.png_head(6_000, 6_000),
        lambda: files.png_head(2**31 - 1, 1),
        many_zeros,
        animated_bomb,
        wide_animation,
        huge_text,
        broken_webp,
        cut_off,
        lambda: b"\x89PNG\r\n\x1a\n",
        lambda: b"\xff\xd8\xff\xe0" + b"\0" * 1000,
        lambda: b"RIFF\xff\xff\xff\x7fWEBPVP8X" + b"\xff" * 100,
        lambda: b"GIF89a" + b"\xff" * 1000,
        lambda: b"\0\0\0\x20ftypavif\0\0\0\0" + b"\xff" * 100,
    ],
    ids=lambda bomb: getattr(bomb, "__name__", "bomb"),
)
async def test_a_bomb_is_refused_and_the_server_goes_on(firm: Firm, alice: App, bomb: object) -> None:
    """T096: the child process may die of it; nobody else notices."""
    assert callable(bomb)

    answer = await alice.send_file(bomb(), "/api/v1/media")

    assert answer.status == 422, answer.body
    assert (await alice.send_file(files.picture(), "/api/v1/media")).status == 200


@ON_SQLITE
async def test_a_picture_at_the_limit_of_pixels_is_taken_and_made_smaller(firm: Firm, alice: App) -> None:
    """T096: 33 million at most."""
    file = await alice.attached(files.picture("JPEG", (6600, 5000), quality=20))

    refused = await alice.send_file(files.picture("JPEG", (6601, 5000), quality=20), "/api/v1/media")

    assert file["meta"]["original"]["width"] * file["meta"]["original"]["height"] <= 3840 * 2160
    assert (refused.status, "33 million" in refused.error) == (422, True)


# --- what must not come out again ---


def with_exif() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x013B] = files.SECRET.decode()
    exif.get_ifd(0x8825)[1] = files.SECRET.decode()
    return files.picture("JPEG", exif=exif, comment=files.SECRET)


def with_text() -> bytes:
    said = PngInfo()
    said.add_text("Author", files.SECRET.decode())
    said.add_itxt("XML:com.adobe.xmp", files.SECRET.decode())
    return files.picture("PNG", pnginfo=said)


def with_xmp() -> bytes:
    return files.picture("WEBP", xmp=files.SECRET, exif=b"Exif\0\0" + files.SECRET)


def with_comment() -> bytes:
    return files.picture("GIF", comment=files.SECRET)


@ON_SQLITE
@pytest.mark.parametrize("made", [with_exif, with_text, with_xmp, with_comment])
async def test_of_a_picture_only_what_it_shows_is_kept(firm: Firm, alice: App, tmp_path: Path, made: object) -> None:
    """T111: neither in what is served, nor anywhere in the store."""
    assert callable(made)
    content = made()
    assert files.SECRET in content

    file = await alice.attached(content)

    kept = [path.read_bytes() for path in stored(tmp_path)]
    answer = await firm.load(file["url"])
    assert len(kept) == 2
    assert not any(files.SECRET in one or b"Exif" in one for one in (*kept, answer.body))


@ON_SQLITE
async def test_a_photo_stands_upright_without_the_note_that_says_so(firm: Firm, alice: App) -> None:
    """T111."""
    file = await alice.attached(with_exif())

    assert file["meta"]["original"]["size"] == "48x64"


@ON_SQLITE
@pytest.mark.parametrize("made", ["mp4", "webm", "flac", "mp3", "wav"])
async def test_of_a_film_or_a_sound_is_kept_what_is_seen_and_heard(
    firm: Firm, alice: App, tmp_path: Path, made: str
) -> None:
    """T111: neither who made it nor where nor when; it plays as before."""
    content = files.mp4(str(tmp_path)) if made == "mp4" else getattr(files, made)()
    assert files.SECRET in content

    file = await alice.attached(content)

    answer = await firm.load(file["url"])
    assert files.SECRET not in answer.body
    assert "location" not in answer.body.decode("latin-1")
    (tmp_path / "kept").write_bytes(answer.body)
    assert files.plays(tmp_path / "kept")
    if made in ("mp4", "webm"):
        assert file["type"] == "video"
        assert file["meta"]["original"]["size"] == "160x120"
        assert len(file["blurhash"]) > 20
        assert files.opened((await firm.load(file["preview_url"])).body).size == (160, 120)
    else:
        assert (file["type"], file["preview_url"]) == ("audio", None)
    if made in ("mp4", "mp3", "wav"):
        assert abs(file["meta"]["original"]["duration"] - 1) < 0.1


PLAYLIST = b"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10.0,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"
CONCAT = b"ffconcat version 1.0\nfile /etc/passwd\n"


@ON_SQLITE
@pytest.mark.parametrize(
    "content",
    [
        PLAYLIST,
        CONCAT,
        files.boxes((b"ftyp", b"isom\0\0\0\0")) + PLAYLIST,
        files.boxes((b"ftyp", b"isom\0\0\0\0"), (b"mdat", PLAYLIST)),
        b"\x1aE\xdf\xa3" + PLAYLIST,
        b"RIFF\x00\x00\x00\x00WAVE" + PLAYLIST,
        b"ID3\x04\0\0\0\0\0\0" + PLAYLIST,
        b"fLaC" + CONCAT,
    ],
)
async def test_a_list_of_other_files_is_no_film(firm: Firm, alice: App, content: bytes) -> None:
    """T097."""
    answer = await alice.send_file(content, "/api/v1/media", filename="film.mp4", content_type="video/mp4")

    assert answer.status == 422, answer.body


@ON_SQLITE
async def test_a_film_that_leads_elsewhere_shows_nothing_of_it(firm: Firm, alice: App, tmp_path: Path) -> None:
    """T097: its samples are said to lie in another file, which is never opened."""
    secret = tmp_path / "secret"
    secret.write_bytes(files.mp4(str(tmp_path)))
    whole = files.mp4(str(tmp_path))
    place = whole.index(b"dref")
    reference = whole.index(b"url ", place)
    elsewhere = whole[: reference + 4] + b"\0\0\0\0" + whole[reference + 8 :]

    answer = await alice.send_file(elsewhere, "/api/v1/media")

    assert answer.status in (200, 422)
    if answer.status == 200:
        assert b"secret" not in (await firm.load(answer.document["url"])).body


# --- the store ---


async def test_texts_go_on_while_the_store_is_away(firm: Firm, alice: App, bob: App, tmp_path: Path) -> None:
    """T212: what needs it says that it can be tried again."""
    file = await alice.attached(files.picture())
    post = await alice.say("@sites Plan", media_ids=[file["id"]])
    store = tmp_path / "data" / "media"
    store.rename(tmp_path / "data" / "away")
    store.write_bytes(b"not a folder")

    said = await alice.say("@sites Without files")
    seen = await shown_to(bob, post)
    sent = await alice.send_file(files.picture())
    loaded = await firm.load(seen["url"])
    await alice.call("DELETE", f"/api/v1/statuses/{post['id']}", json={"delete_media": True})

    assert said["content"]
    assert (sent.status, loaded.status) == (503, 503)
    assert sent.headers["Retry-After"]
    store.unlink()
    (tmp_path / "data" / "away").rename(store)
    assert (await alice.send_file(files.picture())).status == 200
    await firm.tend_files()
    # The bin keeps those of the deleted post, out of reach.
    assert len(stored(tmp_path)) == 4
    assert (await firm.load(seen["url"])).status == 404


async def test_what_was_answered_as_waiting_is_worked_on_after_a_kill(firm: Firm, alice: App) -> None:
    """A lease that nobody gives back runs out."""
    answer = await alice.send_file(files.webm())
    async with firm.runtime.db.write() as tx:
        now = firm.clock.now()
        assert await media_writes.claim_waiting(tx, now=now, until=now.replace(year=now.year + 1)) is not None
        await media_writes.release_all(tx, now)

    await firm.tend_files()

    assert (await alice.call("GET", f"/api/v1/media/{answer.document['id']}")).status == 200


def test_the_corpus_is_what_it_says() -> None:
    """The files of these tests are real ones."""
    assert Image.open(io.BytesIO(files.animation())).n_frames == 3  # type: ignore[attr-defined]


async def test_who_is_suspended_loads_nothing_by_an_address_that_they_were_given(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    """T162, T239: neither of what all of the firm may read nor of their own."""
    file, own = await alice.attached(files.picture()), await bob.attached(files.picture())
    post = await alice.say("@sites Plan", media_ids=[file["id"]])
    given = [(await shown_to(bob, post))["url"], own["url"]]
    alices = (await shown_to(alice, post))["url"]
    assert [(await firm.load(address)).status for address in (*given, alices)] == [200] * 3

    async with firm.runtime.db.write() as tx:
        await accounts.suspend(tx, firm.runtime, "bob", by=OPERATOR)

    assert [(await firm.load(address)).status for address in given] == [404] * 2
    assert (await firm.load(alices)).status == 200
