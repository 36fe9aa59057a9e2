"""Somebody of a partner's firm appeals: their administrators write, ours take it down and decide (product J8, J9)."""

import pytest

from server.actions import appeals, moderation
from server.actions.appeals import Letter
from server.actions.officers import Officer
from server.actions.refusals import NotAllowed, NotThere, Refused
from tests.instances.test_moderation import SITES, Firms, person, post
from tests.instances.test_moderation import firms as firms


@pytest.fixture
async def otto(firms: Firms) -> Officer:
    """An administrator at alpha who hosts nothing."""
    otto = await (await firms.alpha.person("otto")).get("/api/v1/accounts/verify_credentials")
    return Officer(int(otto["id"]), "otto@alpha.test", "admin")


async def take_down(firms: Firms, by: Officer, **changed: str) -> int:
    given = {"person": "@Bob@beta.test", "community": "@sites", "act": "removed", "text": "It was on topic"} | changed
    async with firms.alpha.db.write() as tx:
        return await appeals.file_letter(tx, firms.alpha.services.runtime, by, Letter(**given))


async def reverse(firms: Firms, by: Officer, number: int) -> None:
    async with firms.alpha.db.write() as tx:
        await appeals.decide(tx, firms.alpha.services.runtime, by, number, "reversed", "It was about the rota")
    await firms.at_rest()


async def test_a_post_that_was_taken_out_comes_back_at_both_firms(firms: Firms, otto: Officer) -> None:
    thread = await firms.bob.say(f"{SITES} Who has a rota?")
    await firms.at_rest()
    await firms.do(moderation.remove, post(thread), "Not here")
    (told, *_) = await firms.bob.get("/api/v1/notifications", **{"types[]": "mention"})

    await reverse(firms, otto, await take_down(firms, otto))

    assert "the administrators of your firm can put it to those of alpha.test" in told["status"]["content"]
    assert await firms.shown("rota") == (True, True)


async def test_a_ban_is_lifted_at_both_firms(firms: Firms, otto: Officer) -> None:
    await firms.do(moderation.ban, person("@bob@beta.test", firms), lasts=None, reason="Spam")

    await reverse(firms, otto, await take_down(firms, otto, act="banned"))

    assert (await firms.bob.call("POST", "/api/v1/statuses", json={"status": f"{SITES} Here again"})).status == 200


async def test_an_appeal_counts_once_and_is_of_a_partners_person(firms: Firms, otto: Officer) -> None:
    """Threats T125: a letter is taken down by administrators, and looks nothing up."""
    await firms.do(moderation.ban, person("@bob@beta.test", firms), lasts=None, reason="Spam")
    await take_down(firms, otto, act="banned")

    for changed in ({"act": "removed"}, {"person": "bea@beta.test", "act": "banned"}, {"community": "nowhere"}):
        with pytest.raises(NotThere):
            await take_down(firms, otto, **changed)
    for person_named in ("bob@beta.test", "ada@alpha.test"):
        with pytest.raises(Refused):
            await take_down(firms, otto, person=person_named, act="banned")
    with pytest.raises(NotAllowed):
        await take_down(firms, Officer(otto.actor_id, "dora@alpha.test", "auditor"), act="banned")
