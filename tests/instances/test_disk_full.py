"""A disk without room (threats T211): what needs room is refused as unavailable, nothing is promised that is not kept,
and all goes on by itself as soon as there is room again.
"""

import asyncio
import resource
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, FormData
from sqlalchemy import func, select, text

from models.posts import Post
from tests.instances.conftest import ON_SQLITE
from tests.instances.scene import INBOX, Scene
from tests.support import files
from tests.support.api import Api
from tests.support.processes import RunningFirm, laboratory

MORE_CONNECTIONS_THAN_THERE_ARE = 12


@ON_SQLITE
async def test_nothing_is_taken_in_that_the_database_has_no_room_for(ours: Scene) -> None:
    """T211: 503 with a time to come again, and never a 202 for what is not kept; reading goes on."""
    home, activity = ours.home, ours.bob.create("question", text="x" * 40_000)
    await set_most_pages(ours, await pages(ours))

    refused = await ours.bob.actor.post(INBOX, activity)
    said: list[int] = []
    while 503 not in said and len(said) < 200:
        said.append(await say(ours.alice, f"@sites {len(said)} {'y' * 4_000}"))
    listed = await ours.alice.call("GET", "/api/v1/timelines/home")
    kept = await home.received()
    await set_most_pages(ours, 2**30)
    again = await ours.bob.actor.post(INBOX, activity)
    said.append(await say(ours.alice, "@sites There is room"))
    await home.apply()

    assert (refused.status, listed.status) == (503, 200)
    assert said[-2:] == [503, 200]
    stored = await home.rows(select(func.count()).where(Post.shared_post_id.is_(None)))
    assert stored == [(said.count(200) + 1,)]
    assert int(refused.headers["Retry-After"]) > 0
    assert activity["id"] not in kept
    assert (again.status, (await home.received())[activity["id"]]) == (202, "processed")
    assert await home.rows(text("PRAGMA integrity_check")) == [("ok",)]


async def say(person: Api, words: str) -> int:
    """The status of a post."""
    return (await person.call("POST", "/api/v1/statuses", json={"status": words})).status


async def pages(ours: Scene) -> int:
    (row,) = await ours.home.rows(text("PRAGMA page_count"))
    return int(row[0])


async def set_most_pages(ours: Scene, most: int) -> None:
    """How large the database may become. Each connection has to be told: all of them are held at once."""
    pragma: Any = text(f"PRAGMA max_page_count = {most}")
    async with AsyncExitStack() as held:
        for _ in range(MORE_CONNECTIONS_THAN_THERE_ARE):
            tx = await held.enter_async_context(ours.home.db.read())
            await tx.select(pragma)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[RunningFirm]:
    """A server that runs, with the community `sites` of alice."""
    with laboratory(tmp_path, ["alpha.test"]) as (firm,):
        firm.add_people("alice")
        firm.ask("community", "create", "sites", "--title", "Sites", "--host", "alice")
        firm.start()
        yield firm


@pytest.mark.process
async def test_a_server_whose_files_cannot_grow_goes_on_when_they_can(disk: RunningFirm) -> None:
    """T211: database, write-ahead log, media and log at once, of a process that is not started anew."""
    async with ClientSession(cookie_jar=DummyCookieJar(), timeout=ClientTimeout(60)) as session:
        alice = disk.person(session, "alice")
        await alice.say("@sites There is room")

        grow(disk, 0)
        refused = [await say(alice, "@sites x"), *[await upload(alice) for _ in range(3)]]
        listed = await alice.call("GET", "/api/v1/timelines/home")
        grow(disk, resource.RLIM_INFINITY)

        assert set(refused) == {503}, disk.logged()[-3000:]
        assert (listed.status, len(listed.document)) == (200, 1)
        assert await upload(alice) == 200
        await alice.say("@sites There is room again")
        assert len(await alice.home()) == 2
    assert (await asyncio.to_thread(disk.stop))[0] == 0


def grow(firm: RunningFirm, most: int) -> None:
    """Up to how many bytes the process may write into a file, from now on."""
    resource.prlimit(firm.pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))


async def upload(person: Api) -> int:
    """The status of an upload."""
    form = FormData()
    form.add_field("file", files.picture(), filename="hall.png")
    headers = {"Host": person.place.host, "Authorization": f"Bearer {person.token}"}
    url = person.place.url("/api/v1/media")
    async with person.session.post(
        url, data=form, headers=headers, ssl=person.place.tls or True, server_hostname=person.place.host
    ) as response:
        return response.status
