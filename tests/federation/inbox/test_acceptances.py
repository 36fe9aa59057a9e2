"""Answers accepted from elsewhere by a reply, as apps of other servers do it: `#accepted`, and no post (product J5)."""

import pytest

from models.posts import Post
from tests.federation.inbox.cast import Cast
from tests.support.api import Document
from tests.support.writers import Writer


def accepting(writer: Writer, answer_uri: str, word: str = "yes", **changes: str) -> Document:
    """The reply as a microblog server sends it."""
    create = writer.create(word, answering=answer_uri)
    create["object"] |= {
        "content": '<p><a href="http://alpha.test/@alice" class="u-url mention">@<span>alice</span></a> '
        '<a href="http://partner.test/tags/accepted" class="mention hashtag">#<span>accepted</span></a></p>',
        "tag": [{"type": "Hashtag", "name": "#accepted", "href": "http://partner.test/tags/accepted"}],
        **changes,
    }
    return create


async def answered_question(cast: Cast, writer: Writer) -> tuple[Document, Document]:
    """Somebody there asks in our community, and alice answers: the question and her answer as she sees them."""
    assert await cast.say(writer.actor, writer.create("who")) == "processed"
    asked = (await cast.alice.home())[0]
    answer = await cast.alice.post("/api/v1/statuses", status="I do", in_reply_to_id=asked["id"])
    return asked, answer


async def accepted_answer(cast: Cast, asked: Document) -> int | None:
    ((answer_id,),) = await cast.rows(Post.answer_id, id=int(asked["id"]))
    found: int | None = answer_id
    return found


async def shown(cast: Cast, asked: Document) -> list[str]:
    """The replies that the thread shows."""
    context = await cast.alice.get(f"/api/v1/statuses/{asked['id']}/context")
    return [one["id"] for one in context["descendants"]]


async def test_who_asked_elsewhere_accepts_by_a_reply_that_is_not_shown(cast: Cast) -> None:
    asked, answer = await answered_question(cast, cast.bob)

    assert await cast.say(cast.bob.actor, accepting(cast.bob, answer["uri"])) == "processed"

    assert await accepted_answer(cast, asked) == int(answer["id"])
    assert await shown(cast, asked) == [answer["id"]]
    told = await cast.alice.get("/api/v1/notifications", **{"types[]": "favourite"})
    assert [(one["account"]["acct"], one["status"]["id"]) for one in told] == [("bob@partner.test", answer["id"])]


async def test_other_servers_hear_of_it_once(cast: Cast) -> None:
    """As the community's own word, whole."""
    asked, answer = await answered_question(cast, cast.bob)
    before = len(await cast.home.composed("Announce"))

    await cast.say(cast.bob.actor, accepting(cast.bob, answer["uri"]))
    await cast.say(cast.bob.actor, accepting(cast.bob, answer["uri"], "again"))

    passed_on = (await cast.home.composed("Announce"))[before:]
    assert [one["object"]["object"]["inReplyTo"] for one in passed_on] == [answer["uri"]]
    assert await accepted_answer(cast, asked) == int(answer["id"])


async def test_nobody_else_accepts_and_the_reply_is_a_reply_then(cast: Cast) -> None:
    """R3: only who asked."""
    carl = Writer(cast.sub.actor("carl"), cast.bob.community)
    await cast.say(carl.actor, carl.follow())
    asked, answer = await answered_question(cast, cast.bob)

    assert await cast.say(carl.actor, accepting(carl, answer["uri"])) == "processed"

    assert await accepted_answer(cast, asked) is None
    assert len(await shown(cast, asked)) == 2


async def test_who_is_no_member_accepts_nothing_of_others(cast: Cast) -> None:
    """T155: a stranger to the community has no part in it."""
    asked, answer = await answered_question(cast, cast.bob)

    assert await cast.say(cast.mallory.actor, accepting(cast.mallory, answer["uri"])) == "rejected"

    assert await accepted_answer(cast, asked) is None


async def test_a_question_is_not_its_own_answer(cast: Cast) -> None:
    asked, _ = await answered_question(cast, cast.bob)

    await cast.say(cast.bob.actor, accepting(cast.bob, asked["uri"]))

    assert await accepted_answer(cast, asked) is None


@pytest.mark.parametrize("content", ["<p>#accepted, but I wonder</p>", "<p>accepted</p>"])
async def test_words_beside_the_hashtag_are_an_ordinary_reply(cast: Cast, content: str) -> None:
    asked, answer = await answered_question(cast, cast.bob)

    await cast.say(cast.bob.actor, accepting(cast.bob, answer["uri"], content=content))

    assert await accepted_answer(cast, asked) is None
    assert len(await shown(cast, asked)) == 2


async def test_in_a_partners_community_its_own_word_counts(cast: Cast) -> None:
    """Its server passes it on; from the author alone it has no effect here."""
    bob = Writer(cast.bob.actor, cast.town.uri)
    await cast.announce(bob.create("who"))
    asked = (await cast.alice.home())[0]
    ann = Writer(cast.partner.actor("ann"), cast.town.uri)
    await cast.announce(ann.create("ido", answering=bob.post_uri("who")))
    (answer_id,) = await shown(cast, asked)

    await cast.say(bob.actor, accepting(bob, ann.post_uri("ido")))
    assert await accepted_answer(cast, asked) is None
    await cast.announce(accepting(bob, ann.post_uri("ido"), "again"))

    assert await accepted_answer(cast, asked) == int(answer_id)
    assert await shown(cast, asked) == [answer_id]
