"""People of two firms who do at random what people do, and remember what their servers answered for.

What a server answered with success is a promise. A request that was cut off is made again until it is answered: posts
under the same Idempotency-Key, everything else as it is. So at the end the ledger says what there must be, everywhere.
"""

import random
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientError

from tests.support.api import Answer, Api, Document
from tests.support.waiting import pause

_IDEAS = 4
_RESTLESSNESS = 0.1
_AGAIN_SECONDS = 0.02
_MOST_TRIES = 1000


@dataclass
class Promise:
    """A post that was answered for."""

    uri: str
    word: str
    """What it begins with; no other post has it."""
    author: str
    community: str
    """Its handle."""
    status_id: str
    """At the author's server."""
    version: int = 1
    parent: str | None = None
    """The id of the post that it answers."""
    likes: set[str] = field(default_factory=set)
    """Whose, by their actor ids."""
    is_deleted: bool = False

    @property
    def text(self) -> str:
        """What it says now."""
        return f"{self.word} version{self.version}"


@dataclass
class Ledger:
    """Everything that was promised."""

    posts: dict[str, Promise] = field(default_factory=dict)
    members: dict[tuple[str, str], bool] = field(default_factory=dict)
    """Of (actor id, community's handle): whether this person's last word was to join."""
    done: dict[str, int] = field(default_factory=dict)
    """How often what was done."""

    def standing(self) -> list[Promise]:
        """The posts that were not deleted."""
        return [post for post in self.posts.values() if not post.is_deleted]


class Walker:
    """One of them; what they do next is a matter of chance."""

    def __init__(self, app: Api, ledger: Ledger, chance: random.Random, *, communities: dict[str, str]) -> None:
        """`communities`: titles by handle."""
        self.app = app
        self.uri = f"http://{app.place.host}/users/{app.name}"
        self._ledger = ledger
        self._chance = chance
        self._communities = communities
        self._said = 0

    @property
    def host(self) -> str:
        return self.app.place.host

    async def step(self, *, may_leave: bool) -> None:
        """Do one thing, if one of a few that come to mind can be done; what came of it is in the ledger."""
        before = dict(self._ledger.done)
        for _ in range(_IDEAS):
            await self._try_something(may_leave=may_leave)
            if self._ledger.done != before:
                return

    async def _try_something(self, *, may_leave: bool) -> None:
        handle = self._chance.choice(list(self._communities))
        if may_leave and self._chance.random() < _RESTLESSNESS:
            await (self._leave if self._ledger.members.get((self.uri, handle)) else self._join)(handle)
            return
        deeds = {self._ask: 3, self._answer: 5, self._edit: 3, self._like: 5, self._unlike: 2, self._delete: 1}
        (deed,) = self._chance.choices(list(deeds), list(deeds.values()))
        await deed(handle)

    def _count(self, deed: str) -> None:
        self._ledger.done[deed] = self._ledger.done.get(deed, 0) + 1

    # --- membership ---

    async def _join(self, handle: str) -> None:
        await self._follow(handle, "follow")
        self._ledger.members[self.uri, handle] = True
        self._count("join")

    async def _leave(self, handle: str) -> None:
        await self._follow(handle, "unfollow")
        self._ledger.members[self.uri, handle] = False
        self._count("leave")

    async def _follow(self, handle: str, verb: str) -> None:
        account = await self._get("/api/v1/accounts/lookup", {"acct": handle.removeprefix("@")})
        assert account is not None, handle
        await self._insist("POST", f"/api/v1/accounts/{account['id']}/{verb}")

    # --- posts ---

    async def _ask(self, handle: str) -> None:
        await self._publish(handle, None)

    async def _answer(self, handle: str) -> None:
        thread = await self._some_thread(handle)
        if thread is not None:
            below = (await self._get(f"/api/v1/statuses/{thread['id']}/context") or {}).get("descendants", [])
            await self._publish(handle, self._chance.choice([thread, *below]))

    async def _publish(self, handle: str, answering: Document | None) -> None:
        self._said += 1
        promise = Promise("", f"{self.app.name}-{self._said:04}", self.app.name, handle, "")
        text, fields = f"{handle} {promise.text}", {}
        if answering is not None:
            promise.parent, text, fields = answering["uri"], promise.text, {"in_reply_to_id": answering["id"]}
        answer = await self._insist(
            "POST", "/api/v1/statuses", json={"status": text, **fields}, headers={"Idempotency-Key": promise.word}
        )
        if answer.status == 200:
            promise.uri, promise.status_id = answer.document["uri"], answer.document["id"]
            self._ledger.posts[promise.uri] = promise
            self._count("answer" if answering else "ask")

    async def _edit(self, handle: str) -> None:
        promise = self._some_own(handle)
        if promise is not None:
            promise.version += 1
            text = promise.text if promise.parent else f"{promise.community} {promise.text}"
            answer = await self._insist("PUT", f"/api/v1/statuses/{promise.status_id}", json={"status": text})
            if answer.status == 200:
                self._count("edit")
            else:
                # Who left says nothing more there, nor who waits to be let in again.
                assert answer.status == 403, answer
                promise.version -= 1

    async def _delete(self, handle: str) -> None:
        promise = self._some_own(handle)
        if promise is not None:
            # After an answer that was lost on the way there is nothing left to delete.
            answer = await self._insist("DELETE", f"/api/v1/statuses/{promise.status_id}")
            assert answer.status in (200, 404), answer
            promise.is_deleted = True
            self._count("delete")

    def _some_own(self, handle: str) -> Promise | None:
        mine = (self.app.name, handle)
        own = [post for post in self._ledger.standing() if (post.author, post.community) == mine]
        return self._chance.choice(own) if own else None

    # --- likes ---

    async def _like(self, handle: str) -> None:
        thread = await self._some_thread(handle)
        if thread is not None:
            below = (await self._get(f"/api/v1/statuses/{thread['id']}/context") or {}).get("descendants", [])
            await self._favour(self._chance.choice([thread, *below]), "favourite")

    async def _unlike(self, handle: str) -> None:
        thread = await self._some_thread(handle, is_liked=True)
        if thread is not None:
            await self._favour(thread, "unfavourite")

    async def _favour(self, status: Document, verb: str) -> None:
        answer = await self._insist("POST", f"/api/v1/statuses/{status['id']}/{verb}")
        if answer.status == 200:
            likes = self._ledger.posts[status["uri"]].likes
            (likes.add if verb == "favourite" else likes.discard)(self.uri)
            self._count(verb)

    async def _some_thread(self, handle: str, *, is_liked: bool = False) -> Document | None:
        """One of the newest threads as this person is shown them; only of those that they like, where asked."""
        title = self._communities[handle]
        kept = next((one for one in await self._get("/api/v1/lists") or [] if one["title"] == title), None)
        page = await self._get(f"/api/v1/timelines/list/{kept['id']}") if kept else None
        shown = [one["reblog"] for one in page or [] if one["reblog"]["favourited"] or not is_liked]
        return self._chance.choice(shown) if shown else None

    # --- asking ---

    async def _get(self, path: str, query: dict[str, str] | None = None) -> Any:
        """What a GET gives; None where that is not there (any more)."""
        answer = await self._insist("GET", path, query=query)
        return answer.document if answer.status == 200 else None

    async def _insist(self, method: str, path: str, **request: Any) -> Answer:
        """Ask until there is an answer that says yes or no."""
        for _ in range(_MOST_TRIES):
            try:
                answer = await self.app.call(method, path, **request)
            except (ClientError, OSError):
                await pause(_AGAIN_SECONDS)
                continue
            if answer.status < 500:
                return answer
            assert answer.status == 503, answer
            await pause(_AGAIN_SECONDS)
        raise AssertionError(f"{self.host} does not answer: {method} {path}")
