"""Documents that are meant to stop a lane, to overflow a column, or to take the place of something else.

On both databases: what overflows one is no trouble to the other. Poison is set aside after eight tries (T199), but
nothing that a peer can simply write may get so far: a lane that waits holds up everybody in it.
"""

import random

import pytest

from models.actors import Actor, ActorKey
from models.posts import Post
from tests.federation.inbox.cast import INBOX, ON_SQLITE, Cast, mention, personal_note
from tests.support.fake_peer import PUBLIC, Document, document
from tests.support.signing import Signing, pem_of, rsa_key

_DICE = random.Random(1)


def _noise(characters: int) -> str:
    """Text that no index can compress."""
    return "".join(_DICE.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=characters))


@pytest.mark.parametrize(
    "members",
    [
        {"contentMap": {"de-abcdefgh-abcdefgh-abcdefgh": "<p>long</p>"}},
        {"inReplyTo": "http://partner.test/" + _noise(2000)},
        {"inReplyTo": "tag:partner.test,2026:1"},
        {"url": "http://partner.test/posts/größe"},
        {"url": "http://partner.test:99999999/"},
        {"published": "1900-01-01T00:00:00Z"},
        {"published": "2999-12-31T23:59:59Z", "updated": "2999-12-31T23:59:59Z"},
        {"content": ""},
        {"content": None},
        {"tag": [{"type": "Hashtag", "name": "#" + "ü" * 199}] * 100},
        {"tag": [{"type": "Mention", "href": f"http://partner.test/users/u{n}"} for n in range(100)]},
        {"tag": [{"type": "Mention", "href": "http://alpha.test/users/alice"}] * 100},
        {"tag": [{"type": "Mention", "href": "no address"}]},
        {"attachment": [{"type": "Document", "url": "http://partner.test/" + "a" * 2000, "width": 2**31}] * 20},
        {"type": "Question", "oneOf": [{"type": "Note", "name": "a"}]},
        {"summary": "\t\n" * 1000},
        {"name": "t" * 5000},
    ],
    ids=lambda members: ",".join(f"{name}={str(value)[:30]}" for name, value in members.items()),
)
async def test_a_strange_post_is_taken_for_what_it_is(cast: Cast, members: Document) -> None:
    """R9, T094: strange, and nobody's loss."""
    create = cast.bob.create("strange")
    create["object"] |= members

    assert await cast.say(cast.bob.actor, create) == "processed"
    assert await cast.post(cast.bob.post_uri("strange")) is not None
    assert await cast.alice.threads("Sites") is not None


async def test_an_id_of_many_bytes_is_no_id(cast: Cast) -> None:
    """R8: refused at once; it would not go into an index."""
    create = cast.bob.create("strange")
    create["object"]["inReplyTo"] = "".join(_DICE.choices([chr(one) for one in range(0x4E00, 0x9000)], k=2000))

    assert await cast.say(cast.bob.actor, create) == "rejected"


@pytest.mark.parametrize("word", ["1900-01-01T00:00:00Z", "2999-12-31T23:59:59Z"])
@ON_SQLITE
async def test_posts_of_any_date_keep_the_timeline_readable(cast: Cast, word: str) -> None:
    """T207: what is dated in the future is from now; what is dated before 1970 has a place in the list too."""
    await cast.say(cast.bob.actor, cast.bob.create("usual"))
    strange = cast.bob.create("strange")
    strange["object"]["published"] = word

    assert await cast.say(cast.bob.actor, strange) == "processed"
    shown = [status["content"] for status in await cast.alice.threads("Sites")]
    assert [("strange: " in text, "usual: " in text) for text in shown].count((True, False)) == 1
    assert len(shown) == 2


async def test_an_id_too_long_for_an_index_is_refused_alone(cast: Cast) -> None:
    """R8: at the limit it is taken, above it refused at the door, and never a 503."""
    mallory = cast.mallory.actor
    like = mallory.activity("Like", object=cast.bob.post_uri("any"))
    longest = "http://partner.test/" + _noise(2048 - len("http://partner.test/"))

    assert (await mallory.post(INBOX, like | {"id": longest})).status == 202
    assert (await mallory.post(INBOX, like | {"id": longest + "x"})).status == 400


async def test_two_long_ids_together_are_no_trouble_to_anybody(cast: Cast) -> None:
    """R8, R9: an id that fits a column need not fit an index together with another."""
    deep = cast.partner.actor(_noise(1200), preferredUsername="deep")
    like = deep.activity("Like", object=cast.bob.post_uri("any"))
    like["id"] = "http://partner.test/" + _noise(2000)

    assert (await deep.post(INBOX, like)).status in (202, 400)
    gone = deep.activity("Delete", object="http://partner.test/" + _noise(2000))
    gone["id"] = "http://partner.test/d"
    assert await cast.say(deep, gone) == "processed"


async def test_an_actor_that_lists_a_key_twice_may_speak(cast: Cast) -> None:
    """R9: one key id for two entries is an oddity, not an outage."""
    odd = cast.partner.actor("odd")
    key = odd.document["publicKey"]
    cast.partner.serve("/users/odd", document(odd.document | {"publicKey": [key, key]}))

    assert await cast.say(odd, personal_note(odd, "hello")) == "processed"


@ON_SQLITE
async def test_a_page_address_that_is_none_does_not_hide_an_actor(cast: Cast) -> None:
    """R9"""
    odd = cast.partner.actor("odd", url="http://partner.test/@größe", featured="http://partner.test/ö")

    assert await cast.say(odd, personal_note(odd, "hello")) == "processed"
    assert await cast.rows(Actor.url, uri=odd.uri) == [(odd.uri,)]


@ON_SQLITE
async def test_nobody_takes_another_actors_key(cast: Cast) -> None:
    """T174, T176: mallory's document lists bob's key id as its own; bob still speaks as himself."""
    bob, mallory = cast.bob.actor, cast.mallory.actor
    stolen = {"id": bob.key_id, "owner": mallory.uri, "publicKeyPem": pem_of(rsa_key("stolen"))}
    document_ = mallory.document | {"publicKey": [mallory.document["publicKey"], stolen]}
    await cast.say(mallory, mallory.activity("Update", object=document_))

    answer = await cast.say(mallory, mallory.note(), to=INBOX)
    forged = await bob.post(INBOX, bob.note(), Signing(key=rsa_key("stolen")))
    cast.home.clock.advance(minutes=2)

    assert answer == "processed"
    assert forged.status in (401, 403)
    assert await cast.say(bob, cast.bob.create("genuine")) == "processed"
    assert await cast.post(cast.bob.post_uri("genuine")) is not None
    assert len(await cast.rows(ActorKey.id, key_uri=bob.key_id)) == 1


async def test_a_communitys_batch_is_shown_whole(cast: Cast) -> None:
    """Group federation 8, step 3: several posts in one Announce, the same one twice among them."""
    carol = cast.in_town("carol")
    first, second = carol.create("first"), carol.create("second")

    assert await cast.announce([first, second, first]) == "processed"
    shown = [status["content"] for status in await cast.alice.threads("Town")]
    assert ["first: " in text for text in shown] == [False, True]


async def test_both_forms_of_an_announcement_make_one_entry(cast: Cast) -> None:
    """Group federation 15: the same fact twice in one batch."""
    carol = cast.in_town("carol")
    create = carol.create("twice")
    cast.serves(create["object"])
    for passed in (create, carol.post_uri("twice")):
        await cast.town.post(INBOX, cast.town.activity("Announce", object=passed, to=[PUBLIC]))

    await cast.home.apply()

    assert len(await cast.alice.threads("Town")) == 1
    assert set((await cast.home.received()).values()) == {"processed"}


@ON_SQLITE
@pytest.mark.parametrize(
    "kind", [["Like"], ["OrderedCollection"], ["Person"], ["Like", "Create"], [["Like"]], {"a": 1}, 7]
)
@pytest.mark.parametrize("named", ["object", "vouched"])
async def test_an_announcement_of_something_of_no_single_type_holds_up_nobody(
    cast: Cast, named: str, kind: object
) -> None:
    """T052, R9: it is read where it can mean one thing, and else refused; what comes behind it is read."""
    carol = cast.in_town("carol")
    odd = {"id": carol.post_uri("odd"), "type": kind, "actor": carol.actor.uri, "orderedItems": []}
    said = cast.town.activity("Announce", to=[PUBLIC], **({"object": carol.create("odd")} | {named: odd}))

    assert await cast.say(cast.town, said) in ("processed", "rejected", "400")

    assert await cast.announce(carol.create("real")) == "processed"
    assert await cast.alice.thread("Town", "real") is not None


async def test_an_announcement_cannot_have_the_id_of_a_post(cast: Cast) -> None:
    """T049, T199: it is refused at once, and its lane goes on."""
    carol = cast.in_town("carol")
    create = carol.create("real")
    clash = cast.town.activity("Announce", object=create) | {"id": carol.post_uri("real")}

    assert await cast.say(cast.town, clash) == "rejected"
    assert await cast.announce(create) == "processed"
    assert len(await cast.alice.threads("Town")) == 1


@ON_SQLITE
async def test_who_said_farewell_says_nothing_more(cast: Cast) -> None:
    """T180: also not in the same batch; whoever reads what they left is not disturbed."""
    await cast.say(cast.bob.actor, cast.bob.create("before"))
    bob = cast.bob.actor
    for activity in (bob.activity("Delete", object=bob.uri), cast.bob.create("after")):
        assert (await bob.post(INBOX, activity)).status == 202

    await cast.home.apply()

    assert await cast.post(cast.bob.post_uri("after")) is None
    assert await cast.alice.threads("Sites") == []
    assert await cast.alice.home() == []


@ON_SQLITE
async def test_an_answer_to_somebody_who_is_gone_is_still_read(cast: Cast) -> None:
    """T180"""
    await cast.say(cast.bob.actor, cast.bob.create("question"))
    asked = await cast.alice.thread("Sites", "question")
    assert asked is not None
    answer = await cast.alice.say("an answer", answering=asked)

    await cast.say(cast.bob.actor, cast.bob.actor.activity("Delete", object=cast.bob.actor.uri))

    assert (await cast.alice.read(answer))["content"]


@ON_SQLITE
async def test_notifications_of_a_hundred_mentions_are_one(cast: Cast) -> None:
    """T159"""
    create = personal_note(cast.bob.actor, "hey", tag=mention("ada") * 100)

    assert await cast.say(cast.bob.actor, create) == "processed"
    assert len(await cast.ada.notified_of("mention")) == 1
    assert len(await cast.rows(Post.id, uri=create["object"]["id"])) == 1
