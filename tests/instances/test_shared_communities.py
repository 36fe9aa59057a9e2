"""What an agreement lets pass between two firms: which communities, up to which label, to whom (product section 3)."""

import pytest

from server import introducing
from server.actions import partners
from server.actions.refusals import Refused
from tests.instances.conftest import ON_SQLITE
from tests.instances.sharing import Firms, is_in, say
from tests.support.held_clock import HeldClock
from tests.support.instances import Instance
from tests.support.waiting import until


async def test_an_on_request_community_is_shared_by_agreement_and_read_by_members_alone(firms: Firms) -> None:
    """J2, J9: asked, let in, asked a question, answered from both sides."""
    handle = await firms.alpha.community("plans", host=firms.alice, visibility="on-request", scope="selected")
    await firms.agree("plans")
    await firms.let_in(firms.bob, handle)

    await firms.alice.say(f"{handle} The closing of the eastern site")
    thread = await firms.bob.awaited_thread("Plans", "eastern")
    await firms.bob.say("We went through that last year", answering=thread)
    await firms.rest()

    here = await firms.alice.awaited_thread("Plans", "eastern")
    assert ["last year" in one["content"] for one in await firms.alice.replies(here)] == [True]
    assert (await firms.ben.call("GET", f"/api/v1/statuses/{thread['id']}")).status == 404
    sent = await firms.told()
    assert "eastern" in sent
    assert "activitystreams#Public" not in sent


async def test_what_is_shared_by_name_is_in_the_directory_there_before_anybody_asks_for_it(
    firms: Firms, clock: HeldClock
) -> None:
    """J2, J9: nobody has to be told a handle; what hosts did not let out, or nobody named, is not learned of."""
    await firms.alpha.community("plans", host=firms.alice, visibility="on-request", scope="selected")
    await firms.alpha.community("sites", host=firms.alice, scope="selected")
    await firms.alpha.community("board", host=firms.alice, scope="selected")
    await firms.agree("plans", "sites")

    async def are_listed() -> bool:
        clock.advance(seconds=introducing.EVERY_SECONDS)
        return {one["acct"] for one in await firms.bob.get("/api/entrepairs/v1/communities")} == {
            "plans@alpha.test",
            "sites@alpha.test",
        }

    await until(are_listed)


async def test_a_community_that_could_not_be_asked_for_is_asked_for_later(
    alpha: Instance, beta: Instance, clock: HeldClock
) -> None:
    """The partner is away at that moment, or has not heard yet that we signed."""
    async with beta.running():
        async with alpha.running():
            alice, bob = await alpha.person("alice"), await beta.person("bob")
            await alpha.community("plans", host=alice, scope="selected")
            await Firms(alpha, beta, alice, bob, bob).agree("plans")
        introductions = introducing.Introductions(beta.services)
        assert await introductions.look() == 0
        async with alpha.running():
            assert await introductions.look() == 0, "not at once"
            clock.advance(seconds=introducing.SOON.total_seconds())

            assert await introductions.look() == 1 or await bob.find("@plans@alpha.test") is not None


@ON_SQLITE
async def test_a_partner_that_is_away_for_weeks_is_asked_twice_a_day(
    alpha: Instance, beta: Instance, clock: HeldClock
) -> None:
    """However often it was asked in vain."""
    async with beta.running():
        async with alpha.running():
            alice, bob = await alpha.person("alice"), await beta.person("bob")
            await alpha.community("plans", host=alice, scope="selected")
            await Firms(alpha, beta, alice, bob, bob).agree("plans")
        introductions = introducing.Introductions(beta.services)
        for _ in range(40):
            assert await introductions.look() == 0
            clock.advance(seconds=introducing.LATEST.total_seconds())


async def test_what_the_agreement_does_not_name_stays(firms: Firms) -> None:
    """T233: neither known nor joined, whatever its scope and however open it is."""
    await firms.alpha.community("plans", host=firms.alice, scope="selected")
    other = await firms.alpha.community("board", host=firms.alice, visibility="on-request", scope="selected")
    inner = await firms.alpha.community("inner", host=firms.alice, scope="none")
    everyone = await firms.alpha.community("canteen", host=firms.alice, scope="all")
    await firms.agree("plans")

    assert await firms.bob.find("@plans@alpha.test") is not None
    for handle in (other, inner, everyone):
        assert await firms.bob.find(handle) is None, handle


async def test_nobody_is_let_in_whose_firm_has_no_part_any_more(firms: Firms) -> None:
    """T233: who asked under other terms; the host is told why, and whoever has part again is let in."""
    handle = await firms.alpha.community("plans", host=firms.alice, visibility="on-request", scope="selected")
    await firms.alpha.community("town", host=firms.alice, scope="selected")
    await firms.agree("plans")
    community = await firms.bob.ask_to_join(handle)
    await firms.rest()
    (waiting,) = await firms.alice.get("/api/v1/follow_requests")
    answer = f"/api/v1/follow_requests/{waiting['id']}/authorize"

    await firms.agree("town")
    refused = await firms.alice.call("POST", answer)
    await firms.rest()

    assert refused.status == 403
    assert "No agreement in force with beta.test" in refused.document["error"]
    assert (await firms.bob.relationship(community))["following"] is False

    await firms.agree("plans", "town")
    await firms.alice.post(answer)
    await firms.rest()
    assert (await firms.bob.relationship(community))["following"] is True


async def test_nothing_above_the_ceiling_is_known_there(firms: Firms) -> None:
    """T238: at the ceiling, and one above it."""
    handle = await firms.alpha.community("plans", host=firms.alice, scope="selected", label="restricted")
    await firms.agree("plans", ceiling="restricted")
    secret = await firms.alpha.community("merger", host=firms.alice, scope="selected", label="confidential")

    assert await firms.bob.find(handle) is not None
    assert await firms.bob.find(secret) is None
    with pytest.raises(Refused, match="above the ceiling"):
        await firms.agree("plans", "merger", ceiling="restricted")


async def test_a_suspension_holds_what_is_written_and_it_arrives_in_order_once_both_go_on(firms: Firms) -> None:
    """J10: nothing arrives while either side has not said so."""
    handle = await firms.alpha.community("plans", host=firms.alice, visibility="on-request", scope="selected")
    await firms.agree("plans")
    await firms.let_in(firms.bob, handle)
    await say(firms.alpha, partners.suspend, "beta.test")
    await until(lambda: is_in(firms.beta, "alpha.test", "suspended"))

    words = [f"subject{number}" for number in range(5)]
    for word in words:
        await firms.alice.say(f"{handle} {word}")
    await say(firms.alpha, partners.resume, "beta.test")
    await firms.beta.at_rest()
    assert "subject" not in await firms.told()

    await say(firms.beta, partners.resume, "alpha.test")
    await firms.rest()
    await firms.bob.awaited_thread("Plans", words[-1])
    sent = await firms.told()
    assert sorted(words, key=sent.index) == words
