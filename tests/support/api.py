"""The client API as one person's app uses it, of a server inside the test or in a process of its own."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from aiohttp import ClientSession, FormData
from yarl import URL

from tests.support.contract import check_answer
from tests.support.waiting import until

Document = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What came back, read whole."""

    status: int
    headers: Mapping[str, str]
    document: Any


@dataclass(frozen=True)
class Place:
    """Where a server's API is, whatever DNS says of its name."""

    host: str
    port: int
    tls: ssl.SSLContext | None = None

    def url(self, path: str) -> URL:
        return URL(f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}{path}")


@dataclass(frozen=True)
class Api:
    """One person at one server. What is refused raises `AssertionError`, but for `call`."""

    session: ClientSession
    place: Place
    token: str
    name: str = field(default="")

    async def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        json: Document | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request, whatever its answer."""
        sent = {"Host": self.place.host, "Authorization": f"Bearer {self.token}", **(headers or {})}
        async with self.session.request(
            method,
            self.place.url(path),
            params=query,
            json=json,
            headers=sent,
            ssl=self.place.tls or True,
            server_hostname=self.place.host if self.place.tls else None,
            allow_redirects=False,
        ) as response:
            answer = Answer(response.status, response.headers, await response.json())
        check_answer(method, path, answer.status, answer.document)
        return answer

    async def get(self, path: str, **query: str) -> Any:
        """What a GET gives."""
        return _done(await self.call("GET", path, query=query))

    async def post(self, path: str, **fields: Any) -> Any:
        """What a POST gives."""
        return _done(await self.call("POST", path, json=fields))

    async def put(self, path: str, **fields: Any) -> Any:
        """What a PUT gives."""
        return _done(await self.call("PUT", path, json=fields))

    async def delete(self, path: str) -> Any:
        """What a DELETE gives."""
        return _done(await self.call("DELETE", path))

    # --- people and communities ---

    async def find(self, handle: str) -> Document | None:
        """The account with this handle, looked up at its server if need be."""
        answer = await self.call("GET", "/api/v2/search", query={"q": handle, "resolve": "true", "type": "accounts"})
        found = answer.document.get("accounts") if answer.status == 200 else None
        return cast(Document, found[0]) if found else None

    async def ask_to_join(self, handle: str) -> Document:
        """Follow a community, or somebody; the account."""
        account = await self.find(handle)
        assert account is not None, f"{self.name} finds no {handle}"
        await self.post(f"/api/v1/accounts/{account['id']}/follow")
        return account

    async def join(self, handle: str) -> Document:
        """Follow a community, or somebody, and wait until that is granted; the account."""
        account = await self.ask_to_join(handle)

        async def is_member() -> bool:
            return bool((await self.relationship(account))["following"])

        await until(is_member)
        return account

    async def leave(self, account: Document) -> None:
        """Stop following."""
        await self.post(f"/api/v1/accounts/{account['id']}/unfollow")

    async def relationship(self, account: Document) -> Document:
        """What binds the person to an account."""
        (found,) = await self.get("/api/v1/accounts/relationships", **{"id[]": account["id"]})
        return cast(Document, found)

    async def members(self, handle: str) -> set[str]:
        """Who has joined a community, by the handles that this server shows."""
        account = await self.find(handle)
        assert account is not None
        return {one["acct"] for one in await self.get(f"/api/v1/accounts/{account['id']}/followers", limit="80")}

    # --- posts ---

    async def say(self, text: str, *, answering: Document | None = None, key: str | None = None) -> Document:
        """Publish a post."""
        fields = {"status": text} | ({"in_reply_to_id": answering["id"]} if answering else {})
        headers = {"Idempotency-Key": key} if key else None
        return cast(Document, _done(await self.call("POST", "/api/v1/statuses", json=fields, headers=headers)))

    async def upload(self, content: bytes, filename: str = "plan.png", **fields: str) -> Document:
        """Send a file by the old method, which answers when it can be posted."""
        form = FormData(fields)
        form.add_field("file", content, filename=filename)
        headers = {"Host": self.place.host, "Authorization": f"Bearer {self.token}"}
        async with self.session.post(self.place.url("/api/v1/media"), data=form, headers=headers) as response:
            assert response.status == 200, await response.text()
            return cast(Document, await response.json())

    async def edit(self, status: Document, text: str) -> Document:
        """Put new text in place of a post's."""
        return cast(Document, await self.put(f"/api/v1/statuses/{status['id']}", status=text))

    async def like(self, status: Document) -> Document:
        """Favourite a post."""
        return cast(Document, await self.post(f"/api/v1/statuses/{status['id']}/favourite"))

    async def read(self, status: Document) -> Document:
        """A post as it is now."""
        return cast(Document, await self.get(f"/api/v1/statuses/{status['id']}"))

    async def replies(self, status: Document) -> list[Document]:
        """Everything below a post, in the order of the thread."""
        context = await self.get(f"/api/v1/statuses/{status['id']}/context")
        return cast("list[Document]", context["descendants"])

    async def home(self) -> list[Document]:
        """The newest page of the home timeline, wrappers opened."""
        return [opened(status) for status in await self.get("/api/v1/timelines/home", limit="40")]

    async def threads(self, title: str) -> list[Document]:
        """All opening posts in the list that is kept for a community, newest first; empty where there is no list."""
        for kept in await self.get("/api/v1/lists"):
            if kept["title"] == title:
                return await self._whole(f"/api/v1/timelines/list/{kept['id']}")
        return []

    async def thread(self, title: str, words: str) -> Document | None:
        """The opening post in a community's list that says these words; there must not be two."""
        found = [status for status in await self.threads(title) if words in status["content"]]
        assert len(found) <= 1, found
        return found[0] if found else None

    async def awaited_thread(self, title: str, words: str) -> Document:
        """The same, once it is there."""
        return cast(Document, await until(lambda: self.thread(title, words)))

    async def notified_of(self, kind: str) -> list[Document]:
        """The notifications of one type, newest first."""
        return [one for one in await self.get("/api/v1/notifications", limit="80") if one["type"] == kind]

    async def _whole(self, path: str) -> list[Document]:
        statuses: list[Document] = []
        query = {"limit": "40"}
        while page := await self.get(path, **query):
            statuses += page
            query["max_id"] = page[-1]["id"]
        return [opened(status) for status in statuses]


def opened(status: Document) -> Document:
    """The post itself, where a community's wrapper shows it."""
    return cast(Document, status.get("reblog") or status)


def _done(answer: Answer) -> Any:
    assert answer.status // 100 == 2, answer
    return answer.document
