"""J9 whole: a partner's member finds a community, asks, is let in, talks, is reported and taken out."""

from pathlib import Path

from tests.instances.journey import Journey, journey
from tests.support.api import Api, Document
from tests.support.instances import Databases

ALPHA, BETA, GAMMA = "alpha.test", "beta.test", "gamma.test"
PLANS = f"@plans@{ALPHA}"
OWN = "/api/entrepairs/v1"


async def let_in(host: Api, handle: str) -> None:
    """The host grants the one wish that waits, and sees whose it is."""
    (waiting,) = await host.get("/api/v1/follow_requests")
    assert waiting["acct"] == handle
    await host.post(f"/api/v1/follow_requests/{waiting['id']}/authorize")


async def three_firms(way: Journey) -> tuple[Api, Api, Api, Document]:
    """alice of alpha hosts what two partners may take part in; yves of beta has found it, gil of gamma is a member."""
    alice = await way[ALPHA].person("alice")
    yves, gil = await way[BETA].person("yves"), await way[GAMMA].person("gil")
    await way[ALPHA].community("plans", host=alice, visibility="on-request", scope="selected")
    for host in (BETA, GAMMA):
        await way.agree(ALPHA, host, "plans")
    community = await yves.find(PLANS)
    assert community is not None
    await gil.ask_to_join(PLANS)
    await way.rest()
    await let_in(alice, f"gil@{GAMMA}")
    await way.step()
    return alice, yves, gil, community


async def test_a_partners_member_from_the_directory_to_the_door(new_database: Databases, tmp_path: Path) -> None:
    """J9, threats T153, T154, T233: three firms, of which two know each other by the first one's word alone."""
    async with journey(new_database, tmp_path, ALPHA, BETA, GAMMA) as way:
        alice, yves, gil, found = await three_firms(way)
        community = await alice.find(PLANS)
        assert community is not None

        # In beta's directory since somebody looked for it; asked for while alpha is away.
        (listed,) = await yves.get(f"{OWN}/communities")
        assert (listed["id"], listed["acct"]) == (found["id"], PLANS[1:])
        with way.cut_off(ALPHA):
            await yves.post(f"/api/v1/accounts/{found['id']}/follow")
            await way.kill(BETA)
            assert (await yves.relationship(found))["requested"]
        await way.step()
        await let_in(alice, f"yves@{BETA}")
        await way.kill(ALPHA)
        await way.step()
        assert (await yves.relationship(found))["following"]

        # Who will read it is said before it is written; it is heard at all three, under the name and the firm.
        readers = (await alice.get(f"{OWN}/communities/{community['id']}"))["readers"]
        assert readers["members_at"] == [BETA, GAMMA]
        with way.cut_off(ALPHA):
            said = await yves.say(f"{PLANS} How do you run night shifts?")
            await way.kill(BETA)
        await way.step()
        for person in (alice, gil):
            thread = await person.awaited_thread("Plans", "night shifts")
            assert (thread["account"]["acct"], thread["uri"]) == (f"yves@{BETA}", said["uri"])
        answered = await gil.say("In threes", answering=await gil.awaited_thread("Plans", "night shifts"))
        await way.step()
        assert [one["uri"] for one in await yves.replies(said)] == [answered["uri"]]

        # A report goes to the community's host, and to beta.
        thread = await alice.awaited_thread("Plans", "night shifts")
        await alice.post(
            "/api/v1/reports",
            account_id=thread["account"]["id"],
            status_ids=[thread["id"]],
            comment="Is this for here?",
            forward=True,
        )
        await way.step()
        (reported,) = await alice.get(f"{OWN}/communities/{community['id']}/reports")
        assert reported["reason"] == "Is this for here?"

        # Taken out while beta is away: what comes later never reaches it, and what it had goes.
        with way.cut_off(BETA):
            await alice.delete(f"{OWN}/communities/{community['id']}/members/{thread['account']['id']}")
            await alice.say(f"{PLANS} What beta does not hear")
            await way.kill(ALPHA)
        await way.step()
        assert not (await yves.relationship(found))["following"]
        assert await yves.thread("Plans", "In threes") is None
        assert "beta does not hear" not in str(await way[BETA].heard())
        refused = await yves.call("POST", "/api/v1/statuses", json={"status": f"{PLANS} May I?"})
        assert refused.status == 403
        await gil.awaited_thread("Plans", "beta does not hear")
        await way.step()
