"""What an app, a browser and a stranger ask of a server all day, and what its process holds on to meanwhile."""

import os
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, DummyCookieJar, FormData

from tests.support import files
from tests.support.api import Api
from tests.support.processes import RunningFirm


async def one_of_each(firm: RunningFirm, alice: Api, number: int) -> None:
    """A post, reads, a search, now and then a picture; each connection but the app's is a new one."""
    attached = [await picture(firm, alice)] if number % 10 == 0 else []
    thread = await alice.post("/api/v1/statuses", status=f"@sites Number {number}", media_ids=attached)
    await alice.get(f"/api/v1/statuses/{thread['id']}/context")
    await alice.home()
    await alice.get("/api/v2/search", q="number")
    host: dict[str, str] = {"Host": firm.host}
    asked: dict[str, Any] = {"ssl": firm.place.tls or True, "server_hostname": firm.host}
    async with ClientSession(cookie_jar=DummyCookieJar()) as stranger:
        for path in ("/sign-in", "/api/v1/timelines/home", "/api/v1/streaming/user", "/users/alice"):
            async with stranger.get(firm.place.url(path), headers=host, **asked) as answer:
                await answer.read()
        async with stranger.post(firm.place.url("/inbox"), data=b"{}", headers=host, **asked) as answer:
            assert answer.status in (400, 401, 415)


async def picture(firm: RunningFirm, person: Api) -> str:
    """The id of a picture that was sent to be attached."""
    form = FormData()
    form.add_field("file", files.picture(), filename="hall.png")
    headers = {"Host": firm.host, "Authorization": f"Bearer {person.token}"}
    async with person.session.post(
        firm.place.url("/api/v1/media"),
        data=form,
        headers=headers,
        ssl=firm.place.tls or True,
        server_hostname=firm.host,
    ) as sent:
        assert sent.status == 200, sent.status
        return str((await sent.json())["id"])


def open_files(firm: RunningFirm) -> int:
    """How many files and sockets the process has open."""
    return len(os.listdir(f"/proc/{firm.pid}/fd"))


def memory_kib(firm: RunningFirm) -> int:
    """What the process takes of the machine's memory."""
    status = Path(f"/proc/{firm.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])
