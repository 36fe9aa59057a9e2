"""What a host does in a community, seen through the client API of both firms (group federation 10 and 12)."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from server.actions import hosting, moderation
from server.actions.hosting import Settings
from server.actions.seats import Seat
from tests.support.api import Api, Document
from tests.support.instances import Instance, pass_time
from tests.support.waiting import until

SITES = "@sites@alpha.test"


@dataclass
class Firms:
    """alice hosts `sites` at alpha, of which ada, and at beta bob and bea, are members."""

    alpha: Instance
    beta: Instance
    alice: Api
    ada: Api
    bob: Api
    bea: Api

    async def do(self, act: Callable[..., Awaitable[Any]], *arguments: Any, **named: Any) -> Any:
        """An act of moderation in `sites` as its operator does it, with what follows from it everywhere."""
        async with self.alpha.db.write() as tx:
            place = await moderation.operators_seat(tx, self.alpha.services.runtime, "sites")
            found = [await argument(tx, place) if callable(argument) else argument for argument in arguments]
            done = await act(tx, self.alpha.services.runtime, place, *found, **named)
        await self.at_rest()
        return done

    async def at_rest(self) -> None:
        """Wait until neither owes the other anything, nor has anything to apply."""
        for instance in (self.alpha, self.beta):
            instance.nudge()
        for instance in (self.beta, self.alpha, self.beta):
            await instance.at_rest()

    async def shown(self, words: str) -> tuple[bool, bool]:
        """Whether ada and bea see a thread that says this."""
        ada, bea = await self.ada.thread("Sites", words), await self.bea.thread("Sites", words)
        return ada is not None, bea is not None

    async def pinned(self) -> tuple[list[str], list[str]]:
        """The ids of what ada and bea see on top of the community."""
        both = []
        for person in (self.ada, self.bea):
            sites = await person.find(SITES)
            assert sites is not None
            shown = await person.get(f"/api/v1/accounts/{sites['id']}/statuses", pinned="true")
            both.append([one["reblog"]["uri"] for one in shown])
        return both[0], both[1]

    async def answers(self, words: str, text: str) -> tuple[int, int]:
        """How both firms answer to ada and bob, who answer a thread."""
        statuses = []
        for person in (self.ada, self.bob):
            thread = await person.thread("Sites", words)
            assert thread is not None
            sent = {"status": text, "in_reply_to_id": thread["id"]}
            statuses.append((await person.call("POST", "/api/v1/statuses", json=sent)).status)
        await self.at_rest()
        return statuses[0], statuses[1]


@pytest.fixture
async def firms(alpha: Instance, beta: Instance) -> AsyncIterator[Firms]:
    """Two firms that are partners."""
    async with alpha.running(), beta.running():
        await alpha.allow("beta.test")
        await beta.allow("alpha.test")
        alice, ada = await alpha.person("alice"), await alpha.person("ada")
        bob, bea = await beta.person("bob"), await beta.person("bea")
        await alpha.community("sites", host=alice)
        for person in (ada, bob, bea):
            await person.join(SITES)
        yield Firms(alpha, beta, alice, ada, bob, bea)


def post(status: Document) -> Callable[..., Awaitable[Any]]:
    """The post of a status, as moderation names it."""

    async def of(tx: Any, place: Seat) -> Any:
        return await moderation.post_named(tx, place, status["uri"])

    return of


def person(handle: str, firms: Firms) -> Callable[..., Awaitable[Any]]:
    """Somebody, as moderation names them."""

    async def of(tx: Any, place: Seat) -> Any:
        return await moderation.person_named(tx, firms.alpha.services.runtime, handle)

    return of


async def test_what_a_host_does_is_seen_at_both_firms(firms: Firms) -> None:
    """Pin, lock, take out with a reason, put back, ban, let in again."""
    thread = await firms.bob.say(f"{SITES} Who has a rota?")
    await firms.at_rest()

    await firms.do(moderation.pin, post(thread))
    assert await firms.pinned() == ([thread["uri"]], [thread["uri"]])
    await firms.do(moderation.pin, post(thread), pins=False)
    assert await firms.pinned() == ([], [])

    await firms.do(moderation.lock, post(thread), "Settled")
    assert await firms.answers("rota", "Late") == (403, 403)
    await firms.do(moderation.unlock, post(thread))
    assert await firms.answers("rota", "In time") == (200, 200)

    await firms.do(moderation.remove, post(thread), "Not here")
    assert await firms.shown("rota") == (False, False)
    await firms.do(moderation.restore, thread["uri"])
    assert await firms.shown("rota") == (True, True)
    assert len(await firms.bea.replies(await firms.bea.awaited_thread("Sites", "rota"))) == 2

    await firms.do(moderation.ban, person("@bob@beta.test", firms), lasts=None, reason="Spam", hides_posts=True)
    assert await firms.shown("rota") == (False, False)
    assert (await firms.bob.call("POST", "/api/v1/statuses", json={"status": f"{SITES} Me"})).status == 403
    await firms.do(moderation.unban, person("@bob@beta.test", firms))
    assert await firms.shown("rota") == (True, True)
    await firms.bob.say(f"{SITES} Here again")
    await firms.at_rest()
    assert await firms.shown("Here again") == (True, True)


async def test_a_ban_ends_at_both_firms_by_the_clock_alone(firms: Firms) -> None:
    await firms.do(moderation.ban, person("@bob@beta.test", firms), lasts=timedelta(days=7))
    assert (await firms.bob.call("POST", "/api/v1/statuses", json={"status": f"{SITES} Early"})).status == 403

    await pass_time(firms.alpha.clock, firms.alpha, firms.beta, days=7)

    await firms.bob.say(f"{SITES} In time")
    await firms.at_rest()
    assert await firms.shown("In time") == (True, True)


async def test_who_is_named_moderator_takes_posts_out_from_an_app(firms: Firms) -> None:
    """A member may not; what a moderator takes out is gone at the partner too, and can be put back."""
    thread = await firms.bob.say(f"{SITES} Buy this")
    await firms.at_rest()
    mine = await firms.ada.thread("Sites", "Buy")
    assert mine is not None
    refused = await firms.ada.call("DELETE", f"/api/v1/statuses/{mine['id']}")

    await firms.do(moderation.name_moderator, person("ada", firms))
    await firms.ada.delete(f"/api/v1/statuses/{mine['id']}")
    await firms.at_rest()
    assert refused.status == 404
    assert await firms.shown("Buy") == (False, False)
    await firms.do(moderation.restore, thread["uri"])
    assert await firms.shown("Buy") == (True, True)


async def test_a_community_that_is_deleted_is_gone_at_both_firms(firms: Firms) -> None:
    """T173: its name is not given again."""
    await firms.bob.say(f"{SITES} Last words")
    await firms.at_rest()

    await firms.do(moderation.dissolve)

    async def is_gone() -> bool:
        return bool(await firms.bea.get("/api/v1/lists") == [])

    await until(is_gone)
    assert await firms.ada.get("/api/v1/lists") == []
    assert await firms.bea.home() == []
    assert await firms.ada.find(SITES) is None
    with pytest.raises(Exception, match="sites"):
        await firms.alpha.community("sites", host=firms.alice)


async def test_a_community_that_is_called_something_else_is_called_so_at_both_firms(firms: Firms) -> None:
    """1.1, 10.5: told by the community itself and by who did it, also which language is spoken there."""
    await firms.do(hosting.configure, Settings(title="All sites", purpose="For those who run one", language="fr"))

    assert await firms.alpha.dead_letters() == []
    assert set((await firms.beta.received()).values()) == {"processed"}
    for person in (firms.ada, firms.bob):
        account = await person.find(SITES)
        assert account is not None
        assert (account["display_name"], "run one" in account["note"]) == ("All sites", True)
        assert (await person.get(f"/api/entrepairs/v1/communities/{account['id']}"))["language"] == "fr"
    sent = [one for one in await firms.beta.heard() if "All sites" in str(one)]
    assert [(one["type"], one["actor"].rpartition("/")[2]) for one in sent] == [
        ("Update", "sites"),
        ("Announce", "sites"),
    ]


async def test_a_private_community_is_there_for_those_who_were_invited(alpha: Instance) -> None:
    """J4, T155: for everybody else it is a wrong address; whoever was removed needs another invitation."""
    async with alpha.running():
        alice, ada, ben = [await alpha.person(name) for name in ("alice", "ada", "ben")]
        handle = await alpha.community("plans", host=alice, visibility="private", scope="none")
        for name in ("ada", "ada"):
            async with alpha.db.write() as tx:
                place = await moderation.operators_seat(tx, alpha.services.runtime, "plans")
                person = await moderation.person_named(tx, alpha.services.runtime, name)
                await moderation.invite(tx, alpha.services.runtime, place, person)

        assert await ben.find(handle) is None
        (told,) = await ada.notified_of("follow")
        assert told["account"]["acct"] == "plans"
        community = await ada.join(handle)
        await alice.say(f"{handle} Nobody else knows")
        assert await ada.awaited_thread("Plans", "Nobody else")
        assert (await ben.call("POST", f"/api/v1/accounts/{community['id']}/follow")).status == 404

        await ada.call("POST", f"/api/v1/accounts/{community['id']}/unfollow")
        assert await ada.find(handle) is None


async def test_the_author_of_a_post_that_was_taken_out_is_told_which_one_and_why(firms: Firms) -> None:
    """Product J8: by their own server, in private, at both firms; once, though word of it comes twice."""
    by_bob, by_ada = await firms.bob.say(f"{SITES} Cheap watches"), await firms.ada.say(f"{SITES} Cheaper watches")
    await firms.at_rest()

    await firms.do(moderation.remove, post(by_bob), "No advertising")
    await firms.do(moderation.remove, post(by_ada), "")

    (told,) = await firms.bob.notified_of("mention")
    assert (told["status"]["visibility"], told["account"]["acct"]) == ("direct", "beta.test")
    assert "“Cheap watches”" in told["status"]["content"]
    assert "Le motif\u00a0: No advertising" in told["status"]["content"]
    (told,) = await firms.ada.notified_of("mention")
    assert "“Cheaper watches”" in told["status"]["content"]
    assert "motif" not in told["status"]["content"]
    assert await firms.bea.notified_of("mention") == await firms.alice.notified_of("mention") == []


async def test_who_deletes_their_own_post_is_told_nothing(firms: Firms) -> None:
    thread = await firms.bob.say(f"{SITES} Cheap watches")
    await firms.at_rest()

    await firms.bob.delete(f"/api/v1/statuses/{thread['id']}")
    await firms.at_rest()

    assert await firms.bob.notified_of("mention") == []
