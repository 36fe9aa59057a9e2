"""Two say that one id is theirs: the server that it belongs to decides (threats T049)."""

import pytest

from models.posts import Post
from tests.federation.inbox.cast import ALICE, ON_SQLITE, Cast, mention, personal_note
from tests.support.fake_peer import document
from tests.support.writers import announced

pytestmark = ON_SQLITE


@pytest.mark.parametrize("genuine_is", ["served", "an edit"])
async def test_an_id_that_a_neighbour_used_first_is_given_back_by_its_server(cast: Cast, genuine_is: str) -> None:
    """T049: mallory writes under the id of bob's next post; the server of both says whose it is."""
    bob, uri = cast.bob.actor, cast.bob.post_uri("next")
    squatter = personal_note(cast.mallory.actor, "squatted", tag=mention("alice"), cc=[ALICE])
    squatter["object"] |= {"id": uri}
    assert await cast.say(cast.mallory.actor, squatter) == "processed"
    genuine = cast.bob.create("next")
    cast.serves(genuine["object"])

    said = genuine if genuine_is == "served" else bob.activity("Update", object=genuine["object"], to=genuine["to"])
    assert await cast.say(bob, said) == "processed"

    assert "as first written" in (await cast.post(uri))[0]
    assert await cast.say(cast.mallory.actor, squatter | {"id": squatter["id"] + "-again"}) == "rejected"
    assert "as first written" in (await cast.post(uri))[0]


@pytest.mark.parametrize("served", ["nothing", "the first author's"])
async def test_an_id_stays_with_its_first_author_unless_its_server_says_otherwise(cast: Cast, served: str) -> None:
    """T049, T031, the other way round: mallory says that bob's post is hers."""
    genuine = cast.bob.create("mine")
    await cast.say(cast.bob.actor, genuine)
    if served != "nothing":
        cast.serves(genuine["object"])
    claimed = personal_note(cast.mallory.actor, "claimed")
    claimed["object"] |= {"id": cast.bob.post_uri("mine")}

    assert await cast.say(cast.mallory.actor, claimed) == "rejected"

    assert "as first written" in (await cast.post(cast.bob.post_uri("mine")))[0]


async def test_an_announcement_whose_id_a_neighbour_used_first_is_shown(cast: Cast) -> None:
    """T049: so that nobody keeps a community of their own server from showing a post."""
    town, carol = cast.town, cast.in_town("carol")
    said = announced(town, carol.create("shown"))
    squatter = personal_note(cast.mallory.actor, "squatted", tag=mention("alice"), cc=[ALICE])
    squatter["object"] |= {"id": said["id"]}
    assert await cast.say(cast.mallory.actor, squatter) == "processed"
    cast.partner.serve(said["id"].removeprefix(cast.partner.url("")), document(said))

    assert await cast.say(town, said) == "processed"

    assert await cast.rows(Post.uri, uri=said["id"], shared_post_id=None) == []
    assert len(await cast.rows(Post.uri, uri=said["id"])) == 1
