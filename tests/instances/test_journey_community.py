"""J3 whole: a community from its foundation to a life at two firms, led by two hosts, whatever breaks down."""

from pathlib import Path

from tests.instances.journey import journey
from tests.support.instances import Databases

ALPHA, BETA = "alpha.test", "beta.test"
NIGHTS = f"@nights@{ALPHA}"
COMMUNITIES = "/api/entrepairs/v1/communities"
FOUNDED = {
    "name": "nights",
    "title": "Nights",
    "purpose": "Running sites at night.",
    "charter": "What is said here stays here.",
    "visibility": "on-request",
    "scope": "selected",
    "label": "restricted",
}


async def test_a_community_is_founded_led_by_two_shared_opened_and_narrowed(
    new_database: Databases, tmp_path: Path
) -> None:
    """J3, threats T166, T233, T238: who reads is said at each step, and what was sent before a step changes nothing."""
    async with journey(new_database, tmp_path, ALPHA, BETA) as way:
        # An administrator founds what is official at once; everybody else opens a trial.
        alice, ada = await way[ALPHA].person("alice", role="admin"), await way[ALPHA].person("ada")
        bob = await way[BETA].person("bob")

        # Founded, and killed: it is there with all that was said of it.
        nights = f"{COMMUNITIES}/{(await alice.post(COMMUNITIES, **FOUNDED))['id']}"
        await way.kill(ALPHA)
        made = await alice.get(nights)
        assert {name: made[name] for name in FOUNDED} == FOUNDED | {"purpose": f"<p>{FOUNDED['purpose']}</p>"}
        assert made["readers"]["sentence"] == "Its members can read this, and nobody else."
        assert (await ada.get(nights))["readers"] is None

        # A second host: asks, is let in, is named.
        await ada.post(f"{nights}/join")
        (waiting,) = await alice.get(f"{nights}/requests")
        await alice.post(f"{nights}/requests/{waiting['account']['id']}/accept")
        assert (await ada.call("PATCH", nights, json={"purpose": "Mine"})).status == 403
        await alice.call("PATCH", f"{nights}/members/{waiting['account']['id']}", json={"role": "host"})
        await way.kill(ALPHA)
        assert {one["acct"] for one in (await ada.get(nights))["hosts"]} == {"alice", "ada"}

        # Shared below its label with nobody; the firms agree on a higher ceiling, and bob is let in by the second host.
        await way.agree(ALPHA, BETA, "nights", ceiling="restricted")
        found = await bob.find(NIGHTS)
        assert found is not None
        with way.cut_off(BETA):
            await alice.say(f"{NIGHTS} Before bob")
        await bob.post(f"/api/v1/accounts/{found['id']}/follow")
        await way.step()
        (waiting,) = await ada.get(f"{nights}/requests")
        with way.cut_off(BETA):
            await ada.post(f"{nights}/requests/{waiting['account']['id']}/accept")
            await way.kill(ALPHA)
        await way.step()
        assert (await bob.relationship(found))["following"]
        assert (await alice.get(nights))["readers"]["members_at"] == [BETA]
        await bob.say(f"{NIGHTS} Since bob")
        await way.step()
        assert await alice.awaited_thread("Nights", "Since bob")
        assert await bob.thread("Nights", "Before bob") is None

        # Its hosts call it back to their own firm, while bob's is away: nothing of theirs stays there.
        await alice.say(f"{NIGHTS} Word of the hosts")
        await bob.awaited_thread("Nights", "Word of the hosts")
        with way.cut_off(BETA):
            changed = await ada.call("PATCH", nights, json={"scope": "none"})
            assert changed.status == 200
            await alice.say(f"{NIGHTS} For this firm alone")
            await way.kill(ALPHA)
        await way.step()
        assert (await alice.get(nights))["readers"]["members_at"] == []
        assert await bob.thread("Nights", "Word of the hosts") is None
        assert "this firm alone" not in str(await way[BETA].heard())
        # Still a member by name, and told at once that nobody would read what they write.
        refused = await bob.call("POST", "/api/v1/statuses", json={"status": f"{NIGHTS} May I?"})
        assert (refused.status, "nobody there would get it" in refused.document["error"]) == (403, True)
