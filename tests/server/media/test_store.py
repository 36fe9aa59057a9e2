"""The store on disk and in a bucket of a real S3-compatible server: the same whatever lies below."""

import io
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from server.doctor import examine
from server.media.store import ORIGINAL, RAW, SMALL, Store, StoreAway
from server.settings import load
from tests.support import files
from tests.support.clock import FakeClock
from tests.support.firm import App, running_firm
from tests.support.ports import free_port

BUCKET = "firm-files"


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """A running S3-compatible server; its address."""
    port = free_port()
    server = ThreadedMotoServer("127.0.0.1", port, verbose=False)
    server.start()
    make_bucket(f"http://127.0.0.1:{port}")
    yield f"http://127.0.0.1:{port}"
    server.stop()


@pytest.fixture
def credentials(s3: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """What an operator puts into the environment, and a bucket."""
    said = {"ACCESS_KEY_ID": "firm", "SECRET_ACCESS_KEY": "secret", "REGION": "eu-west-3", "ENDPOINT_URL": s3}
    for name, value in said.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    return s3


def make_bucket(address: str) -> None:
    """As the console of the provider does."""
    client = boto3.client(
        "s3",
        endpoint_url=address,
        region_name="eu-west-3",
        aws_access_key_id="firm",
        aws_secret_access_key="secret",
    )
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-3"})


@pytest.fixture(params=["disk", "s3"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The setting MEDIA_URL."""
    if request.param == "disk":
        return f"file://{tmp_path}/media"
    request.getfixturevalue("credentials")
    return f"s3://{BUCKET}/{tmp_path.name}"


async def read(store: Store, name: str, version: str, part: Any = None) -> bytes | None:
    found = await store.open(name, version, part)
    return None if found is None else b"".join([chunk async for chunk in found.chunks])


async def test_what_is_put_is_read_whole_and_in_parts_until_it_is_erased(url: str) -> None:
    store, content = Store(url), os.urandom(600_000)
    await store.put("abc", ORIGINAL, content)
    await store.put("abc", SMALL, io.BytesIO(b"small"))
    await store.put("other", RAW, b"raw")

    assert await read(store, "abc", ORIGINAL) == content
    assert await read(store, "abc", ORIGINAL, (10, 20)) == content[10:20]
    assert await read(store, "abc", ORIGINAL, (599_999, None)) == content[-1:]
    assert await read(store, "abc", ORIGINAL, (-5, None)) == content[-5:]
    with pytest.raises(IndexError):
        await store.open("abc", ORIGINAL, (600_000, None))
    target = io.BytesIO()
    assert await store.fetch("abc", SMALL, target)
    assert target.getvalue() == b"small"

    await store.erase(["abc", "never-there"])

    assert [await read(store, "abc", version) for version in (ORIGINAL, SMALL)] == [None, None]
    assert await read(store, "other", RAW) == b"raw"


async def test_a_large_file_goes_in_parts(url: str, tmp_path: Path) -> None:
    store, size = Store(url), 20 * 1024 * 1024
    with (tmp_path / "film").open("w+b") as film:
        film.truncate(size)
        await store.put("film", ORIGINAL, film)

    found = await store.open("film", ORIGINAL)

    assert found is not None
    assert (found.size, sum([len(chunk) async for chunk in found.chunks])) == (size, size)


async def test_a_store_that_is_away_is_not_one_without_files(tmp_path: Path, credentials: str) -> None:
    """T212."""
    (tmp_path / "file").write_text("in the way")

    for url in (f"file://{tmp_path}/file/media", "s3://no-such-bucket/x"):
        with pytest.raises(StoreAway):
            await Store(url).put("abc", ORIGINAL, b"x")
        with pytest.raises(StoreAway):
            await Store(url).check()


async def test_the_doctor_tries_the_store(url: str, tmp_path: Path) -> None:
    given = {"ENTREPAIRS_DATA_DIR": str(tmp_path), "ENTREPAIRS_MEDIA_URL": url}

    (good,) = [one for one in await examine(load(given), FakeClock().now()) if one.what == "media"]
    wrong = load(given | {"ENTREPAIRS_MEDIA_URL": "s3://no-such-bucket/x"})

    assert good.ok, good.hint
    if url.startswith("s3"):
        (bad,) = [one for one in await examine(wrong, FakeClock().now()) if one.what == "media"]
        assert not bad.ok


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_firm_keeps_its_files_in_a_bucket(database_url: str, tmp_path: Path, credentials: str) -> None:
    """Uploaded, worked on later, shown in parts, erased."""
    async with running_firm(database_url, tmp_path, FakeClock(), MEDIA_URL=f"s3://{BUCKET}/firm") as firm:
        alice: App = await firm.person("alice")
        film = await alice.send_file(files.webm())
        await firm.tend_files()
        picture = await alice.attached(files.picture())

        post = await alice.say("Both", media_ids=[film.document["id"], picture["id"]])

        shown = [one["url"] for one in post["media_attachments"]]
        loaded = [await firm.load(address) for address in shown]
        assert [one.headers["Content-Type"] for one in loaded] == ["video/webm", "image/png"]
        part = await firm.load(shown[0], Range="bytes=4-7")
        assert (part.status, part.body) == (206, loaded[0].body[4:8])
        await alice.call("DELETE", f"/api/v1/statuses/{post['id']}", json={"delete_media": True})
        await firm.tend_files()
        assert await firm.uploads.store.open(picture["id"], ORIGINAL) is None
        assert not (tmp_path / "data" / "media").exists()
