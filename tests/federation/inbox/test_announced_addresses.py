"""A community announces an address: what is taken in is what the origin serves at the id that the document names
(group federation 2 and 8; threats R2, T025).
"""

from datetime import timedelta

import pytest

from tests.federation.inbox.cast import ON_SQLITE, Cast
from tests.support.api import Document
from tests.support.fake_peer import FakePeer, document

pytestmark = ON_SQLITE


def served(peer: FakePeer, path: str, content: Document) -> str:
    """Serve a document there; the address."""
    peer.serve(path, document({"@context": "x", **content}))
    return peer.url(path)


async def test_the_address_of_a_page_leads_to_the_post_as_it_is_at_its_id(cast: Cast) -> None:
    """What stands at the other address is only a way to it."""
    post: Document = cast.in_town("carol").create("page")["object"]
    cast.serves(post)
    address = served(cast.partner, "/@carol/1", post | {"content": "<p>Otherwise</p>"})

    assert await cast.announce(address) == "processed"

    kept = await cast.post(post["id"])
    assert kept is not None
    assert "Otherwise" not in kept[0]
    assert await cast.post(address) is None


@pytest.mark.parametrize("case", ["another origin", "a third id", "not there"])
async def test_an_address_that_leads_no_further_than_once_and_never_elsewhere(
    cast: Cast, sub: FakePeer, case: str
) -> None:
    """T025: of another origin nothing is asked; and nobody is led from id to id."""
    post: Document = cast.in_town("carol").create("page")["object"]
    elsewhere = post | {"id": sub.url("/objects/x"), "attributedTo": sub.actor("eve").uri}
    named = {"another origin": elsewhere, "a third id": post, "not there": post}[case]
    if case == "a third id":
        served(cast.partner, "/objects/carol-page", post | {"id": cast.partner.url("/objects/third")})
    address = served(cast.partner, "/@carol/1", named)

    assert await cast.announce(address) == "processed"

    assert [await cast.post(uri) for uri in (named["id"], address, cast.partner.url("/objects/third"))] == [None] * 3
    assert sub.asked_for("/objects/x") == []
    assert cast.partner.asked_for("/objects/third") == []


@pytest.mark.parametrize("kind", ["Create", "Update"])
async def test_the_id_of_an_activity_says_what_its_origin_serves_there(cast: Cast, sub: FakePeer, kind: str) -> None:
    """Group federation 8 step 3: a new post, and an edit of one that is here."""
    carol = cast.resident(sub, "carol")
    create, update = carol.create("page"), carol.update("page", "edited", after=timedelta(minutes=1))
    cast.serves(create["object"])
    if kind == "Update":
        await cast.announce(create)
    said = {"Create": create, "Update": update}[kind]
    served(sub, said["id"].removeprefix(sub.url("")), said)

    assert await cast.announce(said["id"]) == "processed"

    kept = await cast.post(carol.post_uri("page"))
    assert kept is not None
    assert ("edited" in kept[0]) is (kind == "Update")


async def test_the_id_of_an_edit_by_somebody_else_changes_nothing(cast: Cast, sub: FakePeer) -> None:
    """T031: of the same server as the author, whose post it serves as edited."""
    carol, eve = cast.resident(sub, "carol"), sub.actor("eve")
    create, update = carol.create("page"), carol.update("page", "edited", after=timedelta(minutes=1))
    cast.serves(create["object"])
    await cast.announce(create)
    forged = update | {"id": sub.url("/activities/forged"), "actor": eve.uri}
    served(sub, "/activities/forged", forged)

    assert await cast.announce(forged["id"]) == "processed"

    assert "edited" not in (await cast.post(carol.post_uri("page")))[0]
