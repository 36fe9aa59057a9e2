"""Collections of other servers, read over HTTP: what they list, how many they claim, where they go on."""

from urllib.parse import urlsplit

import pytest

from federation.collections import Pages, read_collection
from federation.errors import Malformed
from federation.runtime import Budget
from models.moderation import Moderator
from models.posts import Post
from tests.support.fake_peer import document as answer
from tests.wire.payloads import Payload
from tests.wire.reading import id_of
from tests.wire.shown import listed
from tests.wire.stage import Stage


async def is_read(stage: Stage, payload: Payload) -> None:
    """Ids are taken, embedded or not; where there is none the count is all that is known."""
    document = payload.document
    stage.serve(document["id"], document)

    pages = await _read(stage, document["id"])

    entries = listed(document.get("orderedItems", document.get("items")))
    assert [item.id for item in pages.items] == [id_of(entry) for entry in entries]
    assert pages.total == document.get("totalItems")


async def leads_to_pages(stage: Stage, payload: Payload) -> None:
    """The first page is read; a hidden one spoils nothing."""
    document = payload.document
    address, entry = document["id"], stage.at(document["id"], "/objects/1")
    path = urlsplit(document["first"]).path
    root = {"@context": "x", **document, "first": stage.at(address, f"{path}/first")}
    stage.serve(address, root)
    stage.serve(root["first"], {"id": root["first"], "type": "OrderedCollectionPage", "orderedItems": [entry]})
    assert [item.id for item in (await _read(stage, address)).items] == [entry]
    host = urlsplit(address).netloc
    stage.peers[host].serve(urlsplit(root["first"]).path, answer({"error": "hidden"}, status=403))

    pages = await _read(stage, address)

    assert (pages.items, pages.total) == ([], document.get("totalItems"))


async def is_a_page(stage: Stage, payload: Payload) -> None:
    """Read as the first page of a collection: entries with an id count, and what is said to follow is read too."""
    document = payload.document
    root, here, entry = (stage.at(document["id"], path) for path in ("/root", "/page", "/objects/last"))
    following = stage.at(document["id"], "/next") if "next" in document else None
    stage.serve(root, {"id": root, "type": "OrderedCollection", "first": here})
    stage.serve(here, document | ({"next": following} if following else {}))
    if following:
        stage.serve(following, {"id": following, "type": "OrderedCollectionPage", "orderedItems": [entry]})

    pages = await _read(stage, root)

    named = [id_of(one) for one in document["orderedItems"] if isinstance(one, str) or "id" in one]
    assert [item.id for item in pages.items] == named + ([entry] if following else [])


async def names_moderators(stage: Stage, payload: Payload) -> None:
    """A partner's community is led by exactly these."""
    document = payload.document
    address = stage.at(document["id"], "/communities/led")
    group = await stage.their_community(address, {"type": "Group", "attributedTo": document["id"]})
    stage.serve(document["id"], document)

    await stage.hear_all(group, group.activity("Update", object=group.document))

    assert await stage.rows(Moderator.actor_uri) == [(uri,) for uri in document["orderedItems"]]


async def is_no_collection(stage: Stage, payload: Payload) -> None:
    """The context of a post may be something else than a collection: its id is kept, and nothing breaks."""
    document = payload.document
    stage.serve(document["id"], document)
    group = await stage.their_community(document["attributedTo"])
    uri = stage.at(document["id"], "/post/1")

    await stage.post_in_theirs(group, stage.play(group.peer.url("/users/writer")), uri, context=document["id"])

    assert await stage.rows(Post.context_uri, uri=uri) == [(document["id"],)]
    with pytest.raises(Malformed):
        await _read(stage, document["id"])
    await stage.seen(uri)


async def _read(stage: Stage, address: str) -> Pages:
    services = stage.home.services
    return await read_collection(services.runtime, services.peers, address, Budget())
