"""Three firms, each its own server process, over TLS: two are partners and share a community, the third is a stranger.

The main loop of the product, every step looked at from all three sides, through the client API alone.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import ClientSession, DummyCookieJar
from multidict import CIMultiDict

from tests.support.api import Api, Document
from tests.support.processes import RunningFirm, laboratory
from tests.support.signing import Signing, rsa_key, signed_headers
from tests.support.waiting import until

pytestmark = pytest.mark.process

SITES = "@sites@alpha.test"
INBOXES = ("/inbox", "/communities/sites/inbox", "/users/ada/inbox")

Firms = tuple[RunningFirm, RunningFirm, RunningFirm]


@pytest.fixture(scope="module")
def firms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firms]:
    """alpha and beta have allowed each other; gamma has allowed alpha, and nobody has allowed gamma."""
    with laboratory(tmp_path_factory.mktemp("firms"), ["alpha.test", "beta.test", "gamma.test"]) as (
        alpha,
        beta,
        gamma,
    ):
        alpha.ask("partner", "allow", "beta.test")
        beta.ask("partner", "allow", "alpha.test")
        gamma.ask("partner", "allow", "alpha.test")
        alpha.add_people("alice", "ada")
        beta.add_people("bob", "bea")
        gamma.add_people("gil", "gus")
        for name in ("sites", "square"):
            alpha.ask("community", "create", name, "--title", name.title(), "--host", "alice", "--scope", "all")
        for firm in (alpha, beta, gamma):
            firm.launch()
        for firm in (alpha, beta, gamma):
            firm.wait_until_ready()
        yield alpha, beta, gamma


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    """What the apps send their requests with."""
    async with ClientSession(cookie_jar=DummyCookieJar()) as made:
        yield made


class Observers:
    """One person at each firm who looks on: ada and bea are members, gil is nobody to them."""

    def __init__(self, session: ClientSession, firms: Firms) -> None:
        alpha, beta, gamma = firms
        self.ada, self.bea, self.gil = (
            alpha.person(session, "ada"),
            beta.person(session, "bea"),
            gamma.person(session, "gil"),
        )

    async def both_see(self, words: str, **members: Any) -> tuple[Document, Document]:
        """Wait until both members see one opening post with these words and members; gil sees nothing at all."""
        return await self._see(self.ada, words, members), await self._see(self.bea, words, members)

    async def _see(self, person: Api, words: str, members: Document) -> Document:
        async def does() -> Document | None:
            thread = await person.thread("Sites", words)
            return thread if thread is not None and _has(thread, members) else None

        found = await until(does)
        assert found is not None
        await self.stranger_sees_nothing()
        return found

    async def both_see_replies(self, words: str, *replies: Document) -> None:
        """Wait until both members see exactly these replies below an opening post; gil sees nothing at all."""
        for person in (self.ada, self.bea):

            async def does(person: Api = person) -> bool:
                thread = await person.thread("Sites", words)
                below = await person.replies(thread) if thread else []
                return len(below) == len(replies) and all(map(_has, below, replies))

            await until(does)
        await self.stranger_sees_nothing()

    async def stranger_sees_nothing(self) -> None:
        """Neither timelines nor search nor notifications of the third firm show anything."""
        assert await self.gil.home() == []
        assert await self.gil.get("/api/v1/timelines/public") == []
        assert await self.gil.get("/api/v1/notifications") == []
        for handle in (SITES, "@bob@beta.test", "@ada@alpha.test"):
            assert await self.gil.find(handle) is None


def _has(status: Document, members: Document) -> bool:
    """Whether a status has all of these members; of its content, whether it contains the words."""
    return all(value in status[name] if name == "content" else status[name] == value for name, value in members.items())


async def test_partners_join_ask_answer_edit_like_delete_and_leave_and_a_stranger_sees_nothing(
    firms: Firms, session: ClientSession
) -> None:
    _, beta, _ = firms
    bob, all_of = beta.person(session, "bob"), Observers(session, firms)
    ada, bea = all_of.ada, all_of.bea

    # Join.
    community = await bob.join(SITES)
    await bea.join(SITES)
    await ada.join(SITES)
    assert await ada.members(SITES) == {"alice", "ada", "bob@beta.test", "bea@beta.test"}
    await all_of.stranger_sees_nothing()

    # Ask.
    await bob.say(f"{SITES} How do you run night shifts?\n\nWe lose people every month.", key="night")
    at_alpha, at_beta = await all_of.both_see("night shifts", content="every month", visibility="private")
    assert (at_alpha["account"]["acct"], at_beta["account"]["acct"]) == ("bob@beta.test", "bob")
    assert ["night shifts" in one["content"] for one in await bea.home()] == [True]

    # Answer.
    answer = await ada.say("Let them draw the rota themselves.", answering=at_alpha)
    await all_of.both_see_replies("night shifts", {"content": "draw the rota", "favourites_count": 0})
    assert [one["status"]["uri"] for one in await bob.notified_of("mention")] == [answer["uri"]]

    # Edit.
    await ada.edit(answer, "Let them draw the rota themselves, for four weeks.")
    await all_of.both_see_replies("night shifts", {"content": "for four weeks"})

    # Like.
    (seen_by_bea,) = await bea.replies(at_beta)
    await bea.like(seen_by_bea)
    await all_of.both_see_replies("night shifts", {"content": "for four weeks", "favourites_count": 1})
    assert [one["account"]["acct"] for one in await ada.notified_of("favourite")] == ["bea@beta.test"]

    # Boosting is not for readers.
    refused = await bea.call("POST", f"/api/v1/statuses/{seen_by_bea['id']}/reblog")
    assert (refused.status, refused.document) == (422, {"error": "Validation failed: This action is not allowed"})

    # Delete.
    await ada.delete(f"/api/v1/statuses/{answer['id']}")
    await all_of.both_see_replies("night shifts")

    # Leave.
    await bob.leave(community)

    async def has_left() -> bool:
        return await ada.members(SITES) == {"alice", "ada", "bea@beta.test"}

    await until(has_left)
    refused = await bob.call("POST", "/api/v1/statuses", json={"status": f"{SITES} One more thing"})
    assert (refused.status, refused.document) == (403, {"error": "You are not a member of this community"})
    await all_of.both_see("night shifts", replies_count=0)


@pytest.mark.parametrize("inbox", INBOXES)
async def test_a_strangers_delivery_is_refused_before_anything_is_asked_of_it(
    firms: Firms, session: ClientSession, inbox: str
) -> None:
    """T054."""
    alpha, _, gamma = firms
    knocks = gamma.tap.connections

    status = await delivery_from_gamma(session, alpha, inbox)

    assert status == 403
    assert gamma.tap.connections == knocks


async def delivery_from_gamma(session: ClientSession, to: RunningFirm, inbox: str) -> int:
    """The answer to a signed delivery; whether its key is the right one can only be found out by asking gamma."""
    gil = "https://gamma.test/users/gil"
    note = {"id": f"{gil}/notes/1", "type": "Note", "attributedTo": gil, "content": "Let us in", "to": [f"{gil}/f"]}
    activity = {"id": f"{gil}/1", "type": "Create", "actor": gil, "object": note, "to": [f"{gil}/f"]}
    body, url, signing = json.dumps(activity).encode(), f"https://{to.host}{inbox}", Signing(at=datetime.now(UTC))
    headers = signed_headers("POST", url, body, rsa_key("gil@gamma.test"), f"{gil}#main-key", signing)
    tls, target = to.place.tls or True, to.place.url(inbox)
    async with session.post(
        target, data=body, headers=CIMultiDict(headers), ssl=tls, server_hostname=to.host
    ) as answer:
        return answer.status


async def test_the_deliveries_of_a_partner_with_whom_it_ended_are_refused_without_a_word_to_it(
    firms: Firms, session: ClientSession
) -> None:
    alpha, _, gamma = firms
    gus, alice = gamma.person(session, "gus"), alpha.person(session, "alice")
    square = "@square@alpha.test"
    await asyncio.to_thread(alpha.ask, "partner", "allow", "gamma.test")
    await until(lambda: gus.find(square))
    await gus.join(square)
    await gus.say(f"{square} Still partners")
    await alice.awaited_thread("Square", "Still partners")
    await asyncio.to_thread(alpha.ask, "partner", "end", "gamma.test")
    await until(lambda: turns_gamma_away(session, alpha))
    knocks = gamma.tap.connections

    await gus.say(f"{square} Hello?")

    async def is_refused() -> bool:
        shown = await asyncio.to_thread(gamma.ask, "partner", "show", "alpha.test")
        return bool(shown["last_error"] == "HTTP 403" and shown["backlog"] == 0)

    await until(is_refused)
    assert await alice.thread("Square", "Hello?") is None
    assert gamma.tap.connections == knocks


async def turns_gamma_away(session: ClientSession, alpha: RunningFirm) -> bool:
    """Whether alpha has read its partners anew, which it does once a second."""
    return await delivery_from_gamma(session, alpha, INBOXES[0]) == 403
