"""A thread goes to another community of the firm that hosts both: what its partner has then (product J8)."""

import pytest

from federation.errors import FederationError
from federation.runtime import Budget
from server.actions import partners
from tests.instances.sharing import Firms, is_in, say
from tests.support.api import Answer, Document
from tests.support.waiting import until

ROOT = "/api/entrepairs/v1"


async def move(firms: Firms, thread: Document, to: str) -> Answer:
    """alice, who hosts both, moves a thread; and what follows from it has happened."""
    answer = await ask(firms, thread, to)
    await firms.rest()
    return answer


async def ask(firms: Firms, thread: Document, to: str) -> Answer:
    """The move alone."""
    community = await firms.alice.get("/api/v1/accounts/lookup", acct=to)
    wish = {"community_id": community["id"], "reason": "It belongs there"}
    return await firms.alice.call("POST", f"{ROOT}/threads/{thread['id']}/move", json=wish)


def address_of(firms: Firms, name: str, thread: Document) -> str:
    """Where a community of alpha lists a thread for partners."""
    return firms.alpha.services.runtime.config.url(f"/communities/{name}/t/{thread['id']}/context")


async def led_to(firms: Firms, name: str, thread: Document) -> str:
    """Where beta finds the list that is asked for there."""
    got = await firms.beta.services.runtime.client.fetch_document(address_of(firms, name, thread), Budget())
    return got.url


@pytest.fixture
async def plans(firms: Firms) -> str:
    """The community where the threads are: bob of beta is a member there, and not in `nights`."""
    handle, _ = [
        await firms.alpha.community(name, host=firms.alice, visibility="on-request", scope="selected")
        for name in ("plans", "nights")
    ]
    await firms.agree("plans", "nights")
    await firms.let_in(firms.bob, handle)
    return handle


async def test_a_partner_that_has_part_in_both_shows_it_in_the_new_place(firms: Firms, plans: str) -> None:
    await firms.let_in(firms.bob, "@nights@alpha.test")
    await firms.alice.say(f"{plans} Who is on call?")
    theirs = await firms.bob.awaited_thread("Plans", "on call")
    await firms.bob.say("We are", answering=theirs)
    await firms.rest()
    thread = await firms.alice.awaited_thread("Plans", "on call")

    await move(firms, thread, "nights")

    there = await firms.bob.awaited_thread("Nights", "on call")
    assert (there["id"], await firms.bob.thread("Plans", "on call")) == (theirs["id"], None)
    assert [one["content"] for one in await firms.bob.replies(there)] == ["<p>We are</p>"]
    await firms.bob.say("And on Sundays?", answering=there)
    await firms.alice.say("Nobody", answering=thread)
    await firms.rest()
    assert await led_to(firms, "plans", thread) == address_of(firms, "nights", thread)
    for reader, root in ((firms.alice, thread), (firms.bob, there)):
        said = {one["content"] for one in await reader.replies(root)}
        assert said == {"<p>We are</p>", "<p>And on Sundays?</p>", "<p>Nobody</p>"}


async def test_a_partner_that_has_no_part_in_the_new_place_deletes_it_and_confirms_it(firms: Firms, plans: str) -> None:
    """As when a community is narrowed: called back, with a receipt, and nothing of it is sent any more."""
    await firms.alice.say(f"{plans} Who is on call?")
    theirs = await firms.bob.awaited_thread("Plans", "on call")
    thread = await firms.alice.awaited_thread("Plans", "on call")

    await move(firms, thread, "nights")
    await firms.settle()
    await firms.alice.say("We all are", answering=thread)
    await firms.rest()

    assert (await firms.bob.call("GET", f"/api/v1/statuses/{theirs['id']}")).status == 404
    sent = await firms.told()
    assert '"Move"' not in sent
    assert "We all are" not in sent
    assert "nights" not in sent.partition("on call")[2]
    assert await firms.alice.awaited_thread("Nights", "on call")
    with pytest.raises(FederationError):
        await led_to(firms, "plans", thread)


async def test_where_a_partners_people_read_and_did_not_before_nothing_goes(firms: Firms, plans: str) -> None:
    """ben of beta reads the new place and not the old one: beta has the thread, and he may not."""
    await firms.let_in(firms.ben, "@nights@alpha.test")
    await firms.alice.say(f"{plans} Who is on call?")
    await firms.rest()
    thread = await firms.alice.awaited_thread("Plans", "on call")

    refused = await move(firms, thread, "nights")

    assert refused.status == 409
    assert "may read this thread now" in refused.document["error"]
    assert await firms.bob.thread("Plans", "on call")
    assert await firms.ben.thread("Nights", "on call") is None


async def test_what_a_partners_people_wrote_goes_where_they_are(firms: Firms, plans: str) -> None:
    """Their own server shows it in the new place too, and tells them why."""
    await firms.bob.say(f"{plans} Who is on call?")
    await firms.rest()
    thread = await firms.alice.awaited_thread("Plans", "on call")
    assert "could not read on" in (await move(firms, thread, "nights")).document["error"]
    await firms.let_in(firms.bob, "@nights@alpha.test")

    await move(firms, thread, "nights")

    assert (await firms.bob.awaited_thread("Nights", "on call"))["account"]["acct"] == "bob"
    (told,) = [one for one in await firms.bob.notified_of("mention") if "moved your thread" in one["status"]["content"]]
    assert "It belongs there" in told["status"]["content"]


async def test_an_answer_is_a_thread_of_its_own_on_both_sides(firms: Firms, plans: str) -> None:
    await firms.alice.say(f"{plans} Who is on call?")
    theirs = await firms.bob.awaited_thread("Plans", "on call")
    answer = await firms.bob.say("We are. And who pays the taxi?", answering=theirs)
    await firms.bob.say("I do, so far", answering=answer)
    await firms.rest()
    thread = await firms.alice.awaited_thread("Plans", "on call")
    (first, _) = await firms.alice.replies(thread)

    wish = {"status_id": first["id"], "reason": "Another subject"}
    await firms.alice.post(f"{ROOT}/threads/{thread['id']}/split", **wish)
    await firms.rest()

    for reader in (firms.alice, firms.bob):
        apart = await reader.awaited_thread("Plans", "taxi")
        assert [one["content"] for one in await reader.replies(apart)] == ["<p>I do, so far</p>"]
        old = await reader.awaited_thread("Plans", "on call")
        assert await reader.replies(old) == []


async def test_what_waits_for_a_partner_arrives_and_then_that_it_moved(firms: Firms, plans: str) -> None:
    await firms.let_in(firms.bob, "@nights@alpha.test")
    await say(firms.alpha, partners.suspend, "beta.test")
    await until(lambda: is_in(firms.beta, "alpha.test", "suspended"))
    await firms.alice.say(f"{plans} Who is on call?")
    thread = await firms.alice.awaited_thread("Plans", "on call")
    await ask(firms, thread, "nights")

    await say(firms.alpha, partners.resume, "beta.test")
    await say(firms.beta, partners.resume, "alpha.test")
    await firms.rest()

    await firms.bob.awaited_thread("Nights", "on call")
    assert await firms.bob.thread("Plans", "on call") is None
