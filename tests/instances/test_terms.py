"""What the terms of an agreement say is so: who may write, what was written before, which label passes (J2)."""

import pytest
from sqlalchemy import select, update

from federation.errors import FederationError
from federation.runtime import Budget
from models.agreements import TAKE_PART, Agreement
from models.posts import Post
from server.actions import moderation, openness
from server.actions.openness import Wanted
from tests.instances.sharing import Firms
from tests.support.api import Document
from tests.support.instances import Instance

READS_ONLY = "By agreement with alpha.test your firm reads in this community and does not write"


async def labels_of(firm: Instance, word: str) -> set[int]:
    """Of the posts that say this word, and of what shows them."""
    found = select(Post.id).where(Post.content_html.contains(word) | Post.title.contains(word))
    async with firm.db.read() as tx:
        rows = await tx.select(select(Post.label).where(Post.id.in_(found) | Post.shared_post_id.in_(found)))
    return {row[0] for row in rows}


async def may_fetch(firm: Instance, status: Document) -> bool:
    """Whether its server is given a post at the post's own address."""
    await firm.services.peers.refresh(now=True)
    try:
        await firm.services.runtime.client.fetch_document(status["uri"], Budget())
    except FederationError:
        return False
    return True


@pytest.fixture
async def readers(firms: Firms) -> tuple[Firms, str, Document]:
    """bob is a member of alpha's `plans`, where by agreement beta's people read; what alice said there."""
    handle = await firms.alpha.community("plans", host=firms.alice, scope="selected")
    await firms.agree("plans", rights="read")
    await firms.bob.join(handle)
    await firms.alice.say(f"{handle} The closing of the eastern site")
    return firms, handle, await firms.bob.awaited_thread("Plans", "eastern")


async def test_who_by_agreement_reads_is_told_so_and_nothing_is_sent(readers: tuple[Firms, str, Document]) -> None:
    """T233: asking, answering, liking; each refused in words, and the app keeps the draft."""
    firms, handle, thread = readers
    answers = [
        await firms.bob.call("POST", "/api/v1/statuses", json={"status": f"{handle} And the western one?"}),
        await firms.bob.call("POST", "/api/v1/statuses", json={"status": "When?", "in_reply_to_id": thread["id"]}),
        await firms.bob.call("POST", f"/api/v1/statuses/{thread['id']}/favourite"),
    ]

    said = [(answer.status, answer.document["error"].partition(". Who would read it: ")) for answer in answers]
    assert [(status, why) for status, (why, _, _) in said] == [(403, READS_ONLY)] * 3
    assert ["alpha.test" in who for _, (_, _, who) in said] == [True, True, False]
    await firms.rest()
    assert len(await firms.alice.threads("Plans")) == 1


async def test_what_a_firm_writes_against_its_terms_has_no_effect(readers: tuple[Firms, str, Document]) -> None:
    """T233: beta's server takes its people for such as may write; alpha does not."""
    firms, handle, thread = readers
    async with firms.beta.db.write() as tx:
        await tx.execute(update(Agreement).values(rights=TAKE_PART))

    await firms.bob.say(f"{handle} And the western one?")
    await firms.bob.say("When?", answering=thread)
    await firms.bob.like(thread)
    await firms.rest()

    (here,) = await firms.alice.threads("Plans")
    assert (here["replies_count"], here["favourites_count"]) == (0, 0)


async def test_who_was_let_in_writes_nothing_where_nothing_is_shared_any_more(alpha: Instance, beta: Instance) -> None:
    """T233: posts and answers of members whose firm the hosts have shut out; what was before is theirs. Their server
    has not heard of it: else it would refuse them.
    """
    async with beta.running():
        async with alpha.running():
            alice, bob, ben = await alpha.person("alice"), await beta.person("bob"), await beta.person("ben")
            firms = Firms(alpha, beta, alice, bob, ben)
            handle = await alpha.community("plans", host=alice, scope="selected")
            await firms.agree("plans")
            await bob.join(handle)
            before = await bob.say(f"{handle} The eastern site")
            await firms.rest()
        async with alpha.running("web"):
            async with alpha.db.write() as tx:
                place = await moderation.operators_seat(tx, alpha.services.runtime, "plans")
                await openness.change(tx, alpha.services.runtime, place, Wanted(scope="none"))

            await bob.say(f"{handle} The western site")
            await bob.say("When?", answering=before)
            await bob.edit(before, f"{handle} The eastern site, closed")
            await beta.at_rest()
            await alpha.apply()

            (here,) = await alice.threads("Plans")
    assert (here["uri"], here["replies_count"]) == (before["uri"], 0)
    assert "closed" in here["content"]


async def test_terms_that_let_people_take_part_again_are_at_once_so(readers: tuple[Firms, str, Document]) -> None:
    firms, handle, _ = readers
    await firms.agree("plans", rights="take-part")

    await firms.bob.say(f"{handle} And the western one?")

    await firms.alice.awaited_thread("Plans", "western")


@pytest.mark.parametrize("passes", [False, True])
async def test_history_passes_only_where_the_terms_say_so(firms: Firms, *, passes: bool) -> None:
    """J2: also of an open community; what was written before the first of them joined is not fetched either."""
    handle = await firms.alpha.community("plans", host=firms.alice, scope="selected")
    before = await firms.alice.say(f"{handle} The closing of the eastern site")
    firms.alpha.clock.advance(minutes=1)
    await firms.agree("plans", history=passes)
    await firms.bob.join(handle)
    after = await firms.alice.say(f"{handle} The opening of the western site")
    await firms.bob.awaited_thread("Plans", "western")

    assert await may_fetch(firms.beta, after)
    assert await may_fetch(firms.beta, before) is passes


async def test_a_label_travels_and_is_not_lowered_by_who_edits(firms: Firms) -> None:
    """T238: what is in a restricted community is restricted over there, however its author edits it."""
    handle = await firms.alpha.community("plans", host=firms.alice, scope="selected", label="restricted")
    await firms.agree("plans")
    await firms.bob.join(handle)
    said = await firms.alice.say(f"{handle} The closing of the eastern site")
    await firms.bob.awaited_thread("Plans", "eastern")

    assert await labels_of(firms.beta, "eastern") == {1}
    await firms.alice.edit(said, f"{handle} The closing of the southern site")
    await firms.rest()
    assert await labels_of(firms.beta, "southern") == {1}


async def test_who_writes_may_choose_a_higher_label_and_no_lower_one(firms: Firms) -> None:
    """T238: above the ceiling it stays at home; below the community's it is refused in words."""
    handle = await firms.alpha.community("plans", host=firms.alice, scope="selected", label="restricted")
    await firms.agree("plans", ceiling="restricted")
    await firms.bob.join(handle)
    labels = ("internal", "secret", "confidential", "restricted")

    answers = [
        await firms.alice.call("POST", "/api/v1/statuses", json={"status": f"{handle} Site {label}", "label": label})
        for label in labels
    ]

    assert [answer.status for answer in answers] == [422, 422, 200, 200]
    assert answers[0].document["error"].startswith("What is written here is at least restricted")
    await firms.bob.awaited_thread("Plans", "Site restricted")
    await firms.rest()
    assert len(await firms.alice.threads("Plans")) == 2
    assert "Site confidential" not in await firms.told()
