"""Threads that are not as they should be: parents in a circle, and posts that are hidden in the middle."""

import asyncio

from sqlalchemy import update

from models.posts import Post
from tests.support.firm import App, Document, Firm
from tests.support.waiting import PATIENCE_SECONDS


async def test_a_circle_of_parents_is_read_once_round(firm: Firm, alice: App, sites: Document) -> None:
    """T088: what a partner says of the parents of its posts must not keep the server busy for ever."""
    first = await alice.say("@sites First")
    second = await alice.answer(first, "Second")
    async with firm.runtime.db.write() as tx:
        await tx.execute(update(Post).where(Post.id == int(first["id"])).values(parent_id=int(second["id"])))

    async with asyncio.timeout(PATIENCE_SECONDS):
        context = await alice.get(f"/api/v1/statuses/{first['id']}/context")

    assert [status["id"] for status in context["ancestors"]] == [second["id"]]
    assert context["descendants"] == []


async def test_an_address_in_the_first_line_can_be_followed(alice: App, sites: Document) -> None:
    """Client API 8, 11.2: a title is plain text, and its link the last paragraph; an address alone is no title."""
    titled = await alice.say("@sites Read https://plan.example/a, all of you\n\nIt is short")
    bare = await alice.say("@sites https://plan.example/b\n\nIt is long")

    a, b = (
        f'<a href="https://plan.example/{one}" target="_blank" rel="nofollow noopener" translate="no">'
        f'<span class="invisible">https://</span><span>plan.example/{one}</span><span class="invisible"></span></a>'
        for one in "ab"
    )
    title = "<p><strong>Read https://plan.example/a, all of you</strong></p>"
    assert titled["content"] == f"{title}<p>It is short</p><p>{a}</p>"
    assert bare["content"] == f"<p>{b}</p><p>It is long</p>"


async def test_people_and_hashtags_in_the_first_line_are_links(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    """Client API 8: as in the text below it, equal to `mentions` and `tags`; also in what it said before an edit."""
    said = await alice.say("@sites Can @bob or @Bob@home.test or @nobody do <#Shifts> & !sites?\n\nSoon")
    edited = await alice.put(f"/api/v1/statuses/{said['id']}", status="@sites @bob can")

    mentions = {one["acct"]: one["url"] for one in said["mentions"]}
    bob_link, place_link = (
        f'<span class="h-card" translate="no"><a href="{mentions[name]}" class="u-url mention">'
        f"@<span>{name}</span></a></span>"
        for name in ("bob", "sites")
    )
    tag = f'<a href="{said["tags"][0]["url"]}" class="mention hashtag" rel="tag">#<span>Shifts</span></a>'
    title = f"Can {bob_link} or {bob_link} or @nobody do &lt;{tag}&gt; &amp; {place_link}?"
    assert said["content"] == f"<p><strong>{title}</strong></p><p>Soon</p>"
    assert edited["content"] == f"<p><strong>{bob_link} can</strong></p>"
    history = await alice.get(f"/api/v1/statuses/{said['id']}/history")
    assert [one["content"] for one in history] == [said["content"], edited["content"]]


async def test_answers_to_a_deleted_post_stay_in_the_thread(alice: App, bob: App, sites: Document) -> None:
    """Client API 7: children of hidden posts stay if visible themselves; depth first, siblings by time."""
    opening = await bob.say("@sites Night shifts?")
    reply = await alice.answer(opening, "Let them draw the rota")
    deeper = await bob.answer(reply, "And that works?")
    below = await alice.answer(deeper, "It does")
    other = await bob.answer(reply, "Who has tried?")
    last = await alice.answer(opening, "Or pay more")
    await alice.delete(f"/api/v1/statuses/{reply['id']}")

    whole = await bob.get(f"/api/v1/statuses/{opening['id']}/context")
    around = await bob.get(f"/api/v1/statuses/{deeper['id']}/context")

    assert [one["id"] for one in whole["descendants"]] == [one["id"] for one in (deeper, below, other, last)]
    assert whole["descendants"][0]["in_reply_to_id"] == reply["id"]
    assert [one["id"] for one in around["ancestors"]] == [opening["id"]]
    assert [one["id"] for one in around["descendants"]] == [below["id"]]


async def test_a_thread_goes_on_without_its_opening(alice: App, bob: App, sites: Document) -> None:
    opening = await bob.say("@sites Night shifts?")
    reply = await alice.answer(opening, "Let them draw the rota")
    deeper = await bob.answer(reply, "And that works?")
    await bob.delete(f"/api/v1/statuses/{opening['id']}")

    context = await bob.get(f"/api/v1/statuses/{deeper['id']}/context")

    assert [one["id"] for one in context["ancestors"]] == [reply["id"]]


async def test_an_answer_to_a_deleted_post_can_still_be_changed(alice: App, bob: App, sites: Document) -> None:
    opening = await bob.say("@sites Night shifts?")
    reply = await alice.answer(opening, "Let them draw the rota")
    deeper = await bob.answer(reply, "And that works?")
    await alice.delete(f"/api/v1/statuses/{reply['id']}")

    edited = await bob.put(f"/api/v1/statuses/{deeper['id']}", status="And does that work?")

    assert edited["content"] == "<p>And does that work?</p>"
