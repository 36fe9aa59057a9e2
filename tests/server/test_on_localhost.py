"""A server that is tried on one's own machine, as `make run` starts it: its domain has a port, and so have handles."""

from pathlib import Path

from tests.support.clock import FakeClock
from tests.support.databases import database_url
from tests.support.firm import clock, running_firm

__all__ = ["clock", "database_url"]


async def test_a_post_goes_to_the_community_whose_whole_handle_it_names(
    database_url: str, tmp_path: Path, clock: FakeClock
) -> None:
    """As the form of a community's page writes it."""
    async with running_firm(database_url, tmp_path, clock, DOMAIN="localhost:8000") as firm:
        alice = await firm.person("alice")
        await firm.community("sites", host=alice)

        said = await alice.say("@sites@localhost:8000 How do you run night shifts?")

        home = await alice.get("/api/v1/timelines/home")
    assert [entry["reblog"]["id"] for entry in home] == [said["id"]]
    assert said["content"] == "<p><strong>How do you run night shifts?</strong></p>"
