"""Multipart forms: files beside fields, every byte counted."""

import asyncio

import pytest
from aiohttp import FormData, web

from server.http.answers import json_answer
from server.http.params import params
from server.http.uploads import MAX_PARTS, MAX_TEXT_BYTES, Upload
from tests.server.http.conftest import Client, Serve
from tests.support.waiting import PATIENCE_SECONDS

FILE_LIMIT = 2 * 1024 * 1024


async def read_upload(request: web.Request) -> web.Response:
    given = await params(request, max_file_bytes=FILE_LIMIT)
    file = given.file("file")
    if file is None:
        return json_answer({"file": None})
    content = await file.content()
    return json_answer(
        {
            "filename": file.filename,
            "content_type": file.content_type,
            "size": file.size,
            "is_whole": len(content) == file.size,
            "begins": content[:4].decode(),
            "description": given.text("description"),
        }
    )


@pytest.fixture
async def client(serve: Serve) -> Client:
    return await serve(web.post("/api/v2/media", read_upload))


def a_form(content: bytes = b"GIF8", **options: str) -> FormData:
    form = FormData()
    form.add_field("file", content, **({"filename": "photo.png", "content_type": "image/png"} | options))
    return form


async def test_a_file_comes_with_its_fields(client: Client) -> None:
    form = a_form(b"GIF8" + b"x" * 10)
    form.add_field("description", "a café")

    response = await client.post("/api/v2/media", data=form)

    assert await response.json() == {
        "filename": "photo.png",
        "content_type": "image/png",
        "size": 14,
        "is_whole": True,
        "begins": "GIF8",
        "description": "a café",
    }


@pytest.mark.parametrize("size", [1024 * 1024, 1024 * 1024 + 1, FILE_LIMIT])
async def test_files_in_memory_and_on_disk_read_the_same(client: Client, size: int) -> None:
    response = await client.post("/api/v2/media", data=a_form(b"a" * size))

    answer = await response.json()

    assert (answer["size"], answer["is_whole"], answer["begins"]) == (size, True, "aaaa")


async def test_one_byte_over_the_limit_of_files_is_413(client: Client) -> None:
    """T080; the permission at the limit stands above."""
    response = await client.post("/api/v2/media", data=a_form(b"a" * (FILE_LIMIT + 1)))

    assert response.status == 413
    assert await response.json() == {"error": "File is too big"}
    assert response.headers["Connection"] == "close"


async def test_all_files_together_are_limited(client: Client) -> None:
    form = a_form(b"a" * FILE_LIMIT)
    form.add_field("thumbnail", b"b", filename="small.png")

    response = await client.post("/api/v2/media", data=form)

    assert response.status == 413


async def test_text_parts_are_limited_together(client: Client) -> None:
    """T098."""
    allowed, refused = FormData(default_to_multipart=True), FormData(default_to_multipart=True)
    allowed.add_field("description", "a" * MAX_TEXT_BYTES)
    refused.add_field("description", "a" * MAX_TEXT_BYTES)
    refused.add_field("focus", "1")

    assert (await client.post("/api/v2/media", data=allowed)).status == 200
    assert (await client.post("/api/v2/media", data=refused)).status == 413


async def test_one_part_too_many_is_413(client: Client) -> None:
    """T098."""
    allowed, refused = FormData(default_to_multipart=True), FormData(default_to_multipart=True)
    for _ in range(MAX_PARTS):
        allowed.add_field("k[]", "")
        refused.add_field("k[]", "")
    refused.add_field("k[]", "")

    assert (await client.post("/api/v2/media", data=allowed)).status == 200
    assert (await client.post("/api/v2/media", data=refused)).status == 413


async def test_a_file_without_a_content_type_is_a_file(client: Client) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename=""\r\n\r\nGIF8\r\n--x--\r\n'

    response = await client.post(
        "/api/v2/media", data=body, headers={"Content-Type": "multipart/form-data; boundary=x"}
    )

    assert (await response.json())["begins"] == "GIF8"


async def test_a_part_without_a_name_but_of_a_picture_type_is_a_file(client: Client) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="file"\r\nContent-Type: image/gif\r\n\r\nGIF8\r\n--x--\r\n'

    response = await client.post(
        "/api/v2/media", data=body, headers={"Content-Type": "multipart/form-data; boundary=x"}
    )

    assert (await response.json())["content_type"] == "image/gif"


async def test_an_empty_file_is_none(client: Client) -> None:
    response = await client.post("/api/v2/media", data=a_form(b"", filename=""))

    assert await response.json() == {"file": None}


@pytest.mark.parametrize("header", ["Content-Encoding: gzip", "Content-Transfer-Encoding: base64"])
async def test_an_encoded_part_is_415(client: Client, header: str) -> None:
    """T081, inside of a form."""
    body = f'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n{header}\r\n\r\nAAAA\r\n--x--\r\n'

    response = await client.post(
        "/api/v2/media", data=body, headers={"Content-Type": "multipart/form-data; boundary=x"}
    )

    assert response.status == 415


@pytest.mark.parametrize(
    "body",
    [
        b"--x",
        b"--x\r\n",
        b"--x\r\n\r\n",
        b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\nno end',
        b"--x\r\nContent-Disposition: form-data\r\n\r\nno name\r\n--x--\r\n",
        b"--x\r\nno header\r\n\r\nvalue\r\n--x--\r\n",
        b"--x\r\nX: " + b"a" * 20_000 + b"\r\n\r\nvalue\r\n--x--\r\n",
        b"--x\r\n" + b"X: a\r\n" * 2_000 + b"\r\nvalue\r\n--x--\r\n",
        b"--x\r\nContent-Type: multipart/mixed; boundary=y\r\n\r\n--y--\r\n--x--\r\n",
        b"--other\r\n" * 100,
    ],
)
async def test_a_broken_form_is_400_and_the_server_goes_on(client: Client, body: bytes) -> None:
    """T098."""
    headers = {"Content-Type": "multipart/form-data; boundary=x"}

    async with asyncio.timeout(PATIENCE_SECONDS):
        refused = await client.post("/api/v2/media", data=body, headers=headers)
        after = await client.post("/api/v2/media", data=a_form())

    assert refused.status == 400
    assert after.status == 200


async def test_files_are_removed_once_the_request_is_answered(serve: Serve) -> None:
    kept: list[Upload] = []

    async def keep(request: web.Request) -> web.Response:
        file = (await params(request)).file("file")
        assert file is not None
        kept.append(file)
        raise web.HTTPBadRequest

    client = await serve(web.post("/api/v2/media", keep))

    await client.post("/api/v2/media", data=a_form())

    assert [file.file.closed for file in kept] == [True]
