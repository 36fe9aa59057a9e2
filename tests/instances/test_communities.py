"""Who may join, read and post where, when two firms are partners: open communities together, others at home."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from tests.instances.conftest import ON_SQLITE
from tests.instances.scene import INBOX
from tests.support.api import Api
from tests.support.fake_peer import FakePeer
from tests.support.instances import Instance
from tests.support.waiting import PATIENCE_SECONDS, until

SITES, BOARD = "@sites@alpha.test", "@board@alpha.test"
WHO_READS = (
    "Who would read it: Everybody at alpha.test who is signed in can read this. "
    "Which firms have members there is up to alpha.test."
)
AND_THERE = "And so does whoever alpha.test lets read, on public pages, too."


@dataclass
class Pair:
    """alice hosts the open community `sites` at alpha, of which ada and, at beta, bob are members. bea is not."""

    alpha: Instance
    beta: Instance
    alice: Api
    ada: Api
    bob: Api
    bea: Api

    async def at_rest(self) -> None:
        """Wait until neither owes the other anything, nor has anything to apply."""
        await self.beta.at_rest()
        await self.alpha.at_rest()
        await self.beta.at_rest()


@pytest.fixture
async def pair(alpha: Instance, beta: Instance) -> AsyncIterator[Pair]:
    """Two firms that are partners."""
    async with alpha.running(), beta.running():
        await alpha.allow("beta.test")
        await beta.allow("alpha.test")
        alice, ada = await alpha.person("alice"), await alpha.person("ada")
        bob, bea = await beta.person("bob"), await beta.person("bea")
        await alpha.community("sites", host=alice)
        await ada.join(SITES)
        await bob.join(SITES)
        yield Pair(alpha, beta, alice, ada, bob, bea)


async def requests(host: Api) -> list[str]:
    """Who waits to be let in."""
    return [account["acct"] for account in await host.get("/api/v1/follow_requests")]


async def refusal(person: Api, text: str, **fields: str) -> tuple[int, str]:
    """Status and reason of a post that is refused."""
    answer = await person.call("POST", "/api/v1/statuses", json={"status": text, **fields})
    return answer.status, answer.document["error"]


async def test_a_list_hears_of_a_post_once_the_partners_community_shows_it(pair: Pair) -> None:
    """bob's post is his own to see until alpha has shown it; bea, who has him in a list, hears of it then."""
    await pair.bea.join(SITES)
    bob = await pair.bea.join("@bob@beta.test")
    made = await pair.bea.post("/api/v1/lists", title="Plant 2")
    await pair.bea.post(f"/api/v1/lists/{made['id']}/accounts", account_ids=[bob["id"]])
    url = pair.bea.place.url(f"/api/v1/streaming/list?list={made['id']}")
    sent = {"Host": pair.bea.place.host, "Authorization": f"Bearer {pair.bea.token}"}
    async with pair.bea.session.get(url, headers=sent) as stream:
        assert await stream.content.readline() == b":)\n"
        said = await pair.bob.say(f"{SITES} From afar")

        event, data = [await asyncio.wait_for(stream.content.readline(), PATIENCE_SECONDS) for _ in range(2)]

    assert event == b"event: update\n"
    assert json.loads(data.removeprefix(b"data: "))["id"] == said["id"]


# --- on request ---


async def test_who_asks_to_join_is_let_in_by_the_host(pair: Pair) -> None:
    await pair.alpha.community("board", host=pair.alice, visibility="on-request")
    await pair.alice.say(f"{BOARD} Before you came")

    board = await pair.ada.ask_to_join(BOARD)
    asked = await pair.ada.relationship(board)
    (notice,) = await pair.alice.notified_of("follow_request")
    waiting = await requests(pair.alice)
    before = (await pair.ada.threads("Board"), await refusal(pair.ada, f"{BOARD} May I?"))
    pair.alpha.clock.advance(seconds=1)
    await pair.alice.post(f"/api/v1/follow_requests/{notice['account']['id']}/authorize")
    await pair.alice.say(f"{BOARD} Welcome")

    assert (asked["requested"], asked["following"]) == (True, False)
    assert (notice["account"]["acct"], waiting) == ("ada", ["ada"])
    assert before == ([], (403, "You are not a member of this community"))
    assert (await pair.ada.relationship(board))["following"]
    assert await requests(pair.alice) == []
    assert await pair.alice.notified_of("follow_request") == []
    assert await pair.ada.thread("Board", "Welcome") is not None
    assert await pair.ada.thread("Board", "Before you came") is None


@ON_SQLITE
async def test_who_is_not_let_in_sees_nothing_and_may_ask_again(pair: Pair) -> None:
    await pair.alpha.community("board", host=pair.alice, visibility="on-request")
    board = await pair.ada.ask_to_join(BOARD)
    (notice,) = await pair.alice.notified_of("follow_request")

    await pair.alice.post(f"/api/v1/follow_requests/{notice['account']['id']}/reject")
    rejected = await pair.ada.relationship(board)
    await pair.alice.say(f"{BOARD} Among us")
    await pair.ada.ask_to_join(BOARD)

    assert (rejected["requested"], rejected["following"]) == (False, False)
    assert await pair.ada.threads("Board") == []
    assert await requests(pair.alice) == ["ada"]


@ON_SQLITE
async def test_only_a_host_answers_requests(pair: Pair) -> None:
    await pair.alpha.community("board", host=pair.alice, visibility="on-request")
    carl = await pair.alpha.person("carl")
    await carl.ask_to_join(BOARD)
    (notice,) = await pair.alice.notified_of("follow_request")

    answer = await pair.ada.call("POST", f"/api/v1/follow_requests/{notice['account']['id']}/authorize")

    assert answer.status == 404
    assert await requests(pair.ada) == []
    assert await requests(pair.alice) == ["carl"]


@ON_SQLITE
async def test_a_partner_hears_nothing_of_what_stays_inside_the_firm(pair: Pair) -> None:
    inside = [("on-request", "all"), ("private", "all"), ("open", "none"), ("open", "selected")]
    handles = [
        await pair.alpha.community(f"board{number}", host=pair.alice, visibility=visibility, scope=scope)
        for number, (visibility, scope) in enumerate(inside)
    ]

    found = [await pair.bob.find(handle) for handle in handles]
    for handle in handles:
        await pair.alice.say(f"{handle} Among us")
    await pair.alice.say(f"{SITES} For all")
    await pair.bob.awaited_thread("Sites", "For all")
    await pair.at_rest()

    assert found == [None] * len(inside)
    heard = [json.dumps(activity) for activity in await pair.beta.heard()]
    assert any("For all" in one for one in heard)
    assert not any("board" in one or "Among us" in one for one in heard)
    nothing: dict[str, list[object]] = {"accounts": [], "statuses": [], "hashtags": []}
    assert await pair.bob.get("/api/v2/search", q="Among us", resolve="true") == nothing


@ON_SQLITE
async def test_a_partner_that_knows_the_address_of_a_closed_community_does_not_get_in(
    alpha: Instance, partner: FakePeer
) -> None:
    async with alpha.running():
        await alpha.allow("partner.test")
        alice = await alpha.person("alice")
        await alpha.community("board", host=alice, visibility="on-request")
        bob, board = partner.actor("bob"), "http://alpha.test/communities/board"

        shared = await bob.post(INBOX, bob.activity("Follow", object=board))
        own = await bob.post(f"{board}/inbox", bob.activity("Follow", object=board))
        await alpha.at_rest()
        await alice.say("@board Among us")
        await alpha.at_rest()

        assert (shared.status, own.status) == (202, 404)
        assert await requests(alice) == []
        assert await alice.members(BOARD) == {"alice"}
        assert partner.asked_for("/inbox") == []


# --- open to both ---


async def test_a_reply_stays_in_its_community_though_the_app_dropped_the_mention(pair: Pair) -> None:
    question = await pair.bob.say(f"{SITES} Who knows?")
    at_alpha = await pair.ada.awaited_thread("Sites", "Who knows?")

    from_host = await pair.ada.say("I do", answering=at_alpha)
    await until(lambda: pair.bob.replies(question))
    (seen,) = await pair.bob.replies(question)
    from_partner = await pair.bob.say("Tell us", answering=seen)
    await pair.at_rest()

    assert [one["uri"] for one in await pair.ada.replies(at_alpha)] == [from_host["uri"], from_partner["uri"]]
    assert [one["uri"] for one in await pair.bob.replies(question)] == [from_host["uri"], from_partner["uri"]]
    assert {"sites", "bob@beta.test"} <= {one["acct"] for one in from_host["mentions"]}
    assert {"sites@alpha.test", "ada@alpha.test"} <= {one["acct"] for one in from_partner["mentions"]}
    assert await pair.bea.home() == []


@ON_SQLITE
@pytest.mark.parametrize("who", ["ada", "bob"])
async def test_nobody_boosts_a_community_post(pair: Pair, who: str) -> None:
    await pair.alice.say(f"{SITES} Who knows?")
    await pair.bob.awaited_thread("Sites", "Who knows?")
    reader: Api = getattr(pair, who)
    shown = await reader.awaited_thread("Sites", "Who knows?")

    answer = await reader.call("POST", f"/api/v1/statuses/{shown['id']}/reblog")

    assert (answer.status, answer.document) == (422, {"error": "Validation failed: This action is not allowed"})
    await pair.at_rest()
    assert [one["reblogs_count"] for one in await pair.ada.threads("Sites")] == [0]


@ON_SQLITE
async def test_a_refused_post_comes_back_with_its_reason_and_goes_nowhere(pair: Pair) -> None:
    await pair.alpha.community("square", host=pair.alice)
    await pair.bob.find("@square@alpha.test")
    question = await pair.alice.say(f"{SITES} Who knows?")
    shown = await pair.bob.awaited_thread("Sites", "Who knows?")
    await pair.bea.find(SITES)
    await pair.at_rest()

    refused = [
        await refusal(pair.bea, f"{SITES} May I?"),
        await refusal(pair.bob, f"{SITES} @square@alpha.test Both of you"),
        await refusal(pair.bob, f"{SITES} Psst", visibility="direct"),
        await refusal(pair.bob, "@square@alpha.test elsewhere", in_reply_to_id=shown["id"]),
        await refusal(pair.bob, f"{SITES}"),
    ]
    await pair.at_rest()

    assert refused == [
        (403, "You are not a member of this community"),
        (422, "A post goes to one community, and this one names @sites, @square: keep one of them"),
        (422, f"To ask the community, choose another visibility. {WHO_READS} {AND_THERE}"),
        (422, f"A reply stays in its thread: start a new post to ask another community. {WHO_READS} {AND_THERE}"),
        (422, "Validation failed: Text can't be blank"),
    ]
    assert [one["uri"] for one in await pair.ada.threads("Sites")] == [question["uri"]]
    assert await pair.bob.replies(shown) == []


@ON_SQLITE
async def test_nothing_is_posted_into_a_community_of_a_suspended_partner(pair: Pair) -> None:
    await pair.beta.suspend("alpha.test")

    refused = await refusal(pair.bob, f"{SITES} Are you there?")
    await pair.beta.resume("alpha.test")
    posted = await pair.bob.say(f"{SITES} There you are")

    since = "2026-01-31 12:00 UTC"
    rests = f"The link with alpha.test is suspended since {since}: nothing can be sent there for now"
    assert refused == (403, f"{rests}. {WHO_READS}")
    assert (await pair.ada.awaited_thread("Sites", "There you are"))["uri"] == posted["uri"]
