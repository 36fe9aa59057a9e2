"""People who use the apps of two firms at once, without a pause, and remember everything that they were promised.

What was answered with 2xx is a promise. What was not answered is asked for again until it is: posts under the same
Idempotency-Key, everything else as it is. So in the end the ledger says exactly what there must be, on both sides.
"""

import asyncio
import random
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientError

from tests.support.api import Answer, Api, Document
from tests.support.waiting import pause

TITLE = "Sites"
HANDLE = "@sites@alpha.test"

_LONGEST_THOUGHT_SECONDS = 0.3
_AGAIN_SECONDS = 0.1
_MOST_SECONDS = 600.0
"""Far more than a server that was killed takes to answer again on a busy machine."""


@dataclass
class Promise:
    """A post that was answered for."""

    word: str
    """What it begins with; no other post has it."""
    author: str
    version: int = 1
    parent: str | None = None
    """The word of the thread that it answers."""
    likes: set[str] = field(default_factory=set)
    is_deleted: bool = False

    @property
    def text(self) -> str:
        """What it says, as it is typed."""
        return f"{self.word} version{self.version}"


@dataclass
class Ledger:
    """Everything that was promised, in the order of the answers."""

    posts: dict[str, Promise] = field(default_factory=dict)
    statuses: list[int] = field(default_factory=list)
    """Of every answer that was not 2xx."""
    cut: int = 0
    """Requests without an answer."""

    def threads(self) -> list[Promise]:
        """Opening posts."""
        return [post for post in self.posts.values() if post.parent is None]

    def replies(self, word: str) -> list[Promise]:
        """What stands below a thread."""
        return [post for post in self.posts.values() if post.parent == word and not post.is_deleted]


class BusyPerson:
    """One of them, at one firm; what they do next is a matter of chance."""

    def __init__(self, app: Api, ledger: Ledger, chance: random.Random) -> None:
        self._app = app
        self._ledger = ledger
        self._chance = chance
        self._said = 0
        self._own: dict[str, Document] = {}

    async def work(self, is_over: asyncio.Event) -> None:
        """Go on until it is over; what was begun is finished."""
        await self._ask()
        while not is_over.is_set():
            await pause(self._chance.uniform(0, _LONGEST_THOUGHT_SECONDS))
            await self._chance.choices(
                [self._ask, self._answer, self._edit, self._like, self._delete], weights=[2, 5, 2, 4, 1]
            )[0]()

    async def _ask(self) -> None:
        await self._publish(None, None)

    async def _answer(self) -> None:
        thread = await self._some_thread()
        if thread is not None:
            await self._publish(thread, _word(thread))

    async def _publish(self, answering: Document | None, parent: str | None) -> None:
        self._said += 1
        promise = Promise(f"{self._app.name}-{self._said:04}", self._app.name, parent=parent)
        text = promise.text if answering else f"{HANDLE} {promise.text}"
        fields = {"status": text} | ({"in_reply_to_id": answering["id"]} if answering else {})
        headers = {"Idempotency-Key": promise.word}
        answer = await self._insist("POST", "/api/v1/statuses", json=fields, headers=headers)
        self._own[promise.word] = answer.document
        self._ledger.posts[promise.word] = promise

    async def _edit(self) -> None:
        promise = self._some_own(with_threads=True)
        if promise is not None:
            promise.version += 1
            text = promise.text if promise.parent else f"{HANDLE} {promise.text}"
            await self._insist("PUT", self._path(promise), json={"status": text})

    async def _delete(self) -> None:
        promise = self._some_own(with_threads=False)
        if promise is not None:
            promise.is_deleted = True
            # After an answer that was lost on the way there is nothing left to delete.
            await self._insist("DELETE", self._path(promise), also=404)

    async def _like(self) -> None:
        thread = await self._some_thread()
        if thread is not None and thread["account"]["acct"] != self._app.name:
            await self._insist("POST", f"/api/v1/statuses/{thread['id']}/favourite")
            self._ledger.posts[_word(thread)].likes.add(self._app.name)

    def _some_own(self, *, with_threads: bool) -> Promise | None:
        own = [self._ledger.posts[word] for word in self._own]
        fit = [one for one in own if not one.is_deleted and (with_threads or one.parent)]
        return self._chance.choice(fit) if fit else None

    def _path(self, promise: Promise) -> str:
        return f"/api/v1/statuses/{self._own[promise.word]['id']}"

    async def _some_thread(self) -> Document | None:
        """One of the newest threads as they are shown at this firm, by an author whose promise is known."""
        lists = (await self._insist("GET", "/api/v1/lists")).document
        kept = next(one for one in lists if one["title"] == TITLE)
        page = (await self._insist("GET", f"/api/v1/timelines/list/{kept['id']}")).document
        shown = [one["reblog"] for one in page if _word(one["reblog"]) in self._ledger.posts]
        return self._chance.choice(shown) if shown else None

    async def _insist(self, method: str, path: str, *, also: int = 200, **request: Any) -> Answer:
        """Ask until there is an answer that is a promise."""
        for _ in range(int(_MOST_SECONDS / _AGAIN_SECONDS)):
            try:
                answer = await self._app.call(method, path, **request)
            except (ClientError, OSError, TimeoutError):
                self._ledger.cut += 1
            else:
                if answer.status // 100 == 2 or answer.status == also:
                    return answer
                self._ledger.statuses.append(answer.status)
                assert answer.status >= 500, (method, path, answer)
            await pause(_AGAIN_SECONDS)
        raise AssertionError(f"{self._app.place.host} does not answer: {method} {path}")


def _word(status: Document) -> str:
    """What a post begins with."""
    return plain(status).partition(" ")[0]


def plain(status: Document) -> str:
    """What a post says, without its markup."""
    content: str = status["content"]
    for tag in ("<p>", "</p>", "<strong>", "</strong>"):
        content = content.replace(tag, "")
    return content
