"""A disk that is full while a child process writes what it made of a file (threats T211)."""

from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO

import imageio_ffmpeg
import pytest
from sqlalchemy import func, select

from models.gate import Person
from models.media import Upload as UploadRow
from server.actions.refusals import Invalid, Unavailable
from server.http.uploads import Upload
from server.media.store import Store
from server.media.uploads import Said, Uploads
from server.media.workshop import Workshop
from tests.support import files
from tests.support.clock import FakeClock
from tests.support.firm import running_firm

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()


def full() -> IO[bytes]:
    """A file on a disk without any room."""
    return Path("/dev/full").open("w+b", buffering=0)  # closed by whoever asked for it


def _file(content: bytes) -> "SpooledTemporaryFile[bytes]":
    """What came from outside: on a disk that has room."""
    given: SpooledTemporaryFile[bytes] = SpooledTemporaryFile()  # noqa: SIM115  # closed by whoever asked for it
    given.write(content)
    given.rollover()
    given.seek(0)
    return given


@pytest.mark.parametrize("content", [files.picture(), files.webm()], ids=["picture", "film"])
async def test_a_file_for_whose_pictures_there_is_no_room_may_be_sent_again(content: bytes) -> None:
    """T211: not refused as if it were broken, and a film is not kept without its picture."""
    with pytest.raises(Unavailable), _file(content) as given:
        await Workshop(FFMPEG, full).make(given)
    with _file(content) as given:
        assert (await Workshop(FFMPEG).make(given)).small


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n broken", files.picture()[:100]])
async def test_what_is_broken_is_refused_where_there_is_room(content: bytes) -> None:
    with pytest.raises(Invalid), _file(content) as given:
        await Workshop(FFMPEG).make(given)


async def test_nothing_is_left_of_a_file_that_there_was_no_room_for(tmp_path: Path, database_url: str) -> None:
    """T211: neither in the store nor in the database, until it is sent again."""
    async with running_firm(database_url, tmp_path, FakeClock()) as firm:
        alice = await firm.person("alice")
        viewer, store = Person(int(alice.id)), Store(f"file://{tmp_path}/kept")
        given = Upload("hall.png", "", len(files.picture()), _file(files.picture()))
        cramped, roomy = (Uploads(firm.runtime, store, Workshop(None, *some)) for some in ((full,), ()))

        with pytest.raises(Unavailable):
            await cramped.receive(viewer, given, Said(), may_wait=False)

        async with firm.runtime.db.read() as tx:
            assert await tx.scalar(select(func.count()).select_from(UploadRow)) == 0
        assert [path for path in tmp_path.joinpath("kept").rglob("*") if path.is_file()] == []
        assert (await roomy.receive(viewer, given, Said(), may_wait=False)).name
        given.close()
