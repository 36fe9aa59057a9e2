"""Reading other servers' collections: every form of them, and none without an end."""

import json
from pathlib import Path
from typing import Any

import pytest

from federation.collections import MAX_ITEMS, MAX_PAGES, Pages, digest_of, read_collection
from federation.errors import Denied, Malformed
from federation.runtime import Budget
from tests.support.fake_peer import FakePeer, document
from tests.support.instances import Instance
from tests.support.specification import FOLDER

BASE = "http://partner.test/list"
OWN = Path(__file__).parents[1] / "vectors" / "signatures" / "follower_digests.json"


@pytest.fixture
def new_database(migrated_sqlite_url: str) -> Any:
    return lambda: migrated_sqlite_url


def ids(*numbers: int) -> list[str]:
    return [f"http://partner.test/posts/{number}" for number in numbers]


def root(**members: Any) -> dict[str, Any]:
    return {"id": BASE, "type": "OrderedCollection", **members}


def page(number: int, **members: Any) -> dict[str, Any]:
    return {"id": f"{BASE}/{number}", "type": "OrderedCollectionPage", "partOf": BASE, **members}


async def read(home: Instance, partner: FakePeer, *documents: dict[str, Any]) -> Pages:
    """What is read where these are served, each at its id."""
    for served in documents:
        partner.serve(served["id"].removeprefix("http://partner.test"), document(served))
    return await read_collection(home.services.runtime, home.services.peers, BASE, Budget())


@pytest.mark.parametrize(
    "documents",
    [
        [root(orderedItems=ids(1, 2, 3))],
        [root(type="Collection", items=ids(1, 2, 3))],
        [root(first=page(1, orderedItems=ids(1, 2, 3)))],
        [root(first=f"{BASE}/1"), page(1, orderedItems=ids(1, 2, 3))],
        [root(first=f"{BASE}/1"), page(1, items=ids(1), next=f"{BASE}/2"), page(2, items=ids(2, 3))],
        [root(orderedItems=ids(1, 2), first=f"{BASE}/1"), page(1, orderedItems=ids(1, 2, 3))],
        [root(items=[{"id": uri, "type": "Note"} for uri in ids(1, 2, 3)])],
        [root(orderedItems=["17", *ids(1, 2, 3), None, 5])],
    ],
    ids=["ordered", "unordered", "embedded page", "page", "pages", "root and page", "objects", "what is no address"],
)
async def test_every_form_of_a_collection_is_read(
    home: Instance, partner: FakePeer, documents: list[dict[str, Any]]
) -> None:
    pages = await read(home, partner, *documents)

    assert [item.id for item in pages.items] == ids(1, 2, 3)


@pytest.mark.parametrize(("total", "meant"), [("3", 3), (3, 3), (-1, None), ("many", None), (None, None)])
async def test_totals_are_taken_for_what_they_may_be(
    home: Instance, partner: FakePeer, total: object, meant: int | None
) -> None:
    assert (await read(home, partner, root(totalItems=total, items=[]))).total == meant


async def test_a_hidden_page_ends_the_reading_and_spoils_nothing(home: Instance, partner: FakePeer) -> None:
    hidden = document({"error": "no"}, status=403)
    partner.serve("/list/2", hidden)

    pages = await read(home, partner, root(orderedItems=ids(1), totalItems=9, next=f"{BASE}/2"))

    assert ([item.id for item in pages.items], pages.total) == (ids(1), 9)


async def test_a_page_of_another_origin_is_not_asked_for(home: Instance, partner: FakePeer) -> None:
    """T044"""
    pages = await read(home, partner, root(orderedItems=ids(1), next="http://alpha.test/users/alice/outbox"))

    assert [item.id for item in pages.items] == ids(1)


async def test_an_owner_of_another_origin_is_nobody(home: Instance, partner: FakePeer) -> None:
    mine = await read(home, partner, root(items=[], attributedTo="http://partner.test/groups/town"))
    others = await read(home, partner, root(items=[], attributedTo="http://alpha.test/communities/sites"))

    assert (mine.attributed_to, others.attributed_to) == ("http://partner.test/groups/town", None)


@pytest.mark.parametrize("following", [BASE, f"{BASE}/1"], ids=["to the root", "to itself"])
async def test_pages_that_lead_in_a_circle_are_read_once(home: Instance, partner: FakePeer, following: str) -> None:
    """T087"""
    first = page(1, orderedItems=ids(2), next=following)

    pages = await read(home, partner, root(orderedItems=ids(1), first=f"{BASE}/1"), first)

    assert [item.id for item in pages.items] == ids(1, 2)
    assert [asked.path for asked in partner.asked if asked.path.startswith("/list")] == ["/list", "/list/1"]


@pytest.mark.parametrize("length", [MAX_PAGES, MAX_PAGES + 1])
async def test_ten_pages_are_read_and_no_more(home: Instance, partner: FakePeer, length: int) -> None:
    """T087: an endless collection."""
    pages = [page(number, orderedItems=ids(number), next=f"{BASE}/{number + 1}") for number in range(1, length)]

    read_pages = await read(home, partner, root(totalItems=10**12, first=f"{BASE}/1"), *pages)

    assert len(read_pages.items) == MAX_PAGES - 1
    assert len([asked for asked in partner.asked if asked.path.startswith("/list")]) == MAX_PAGES


@pytest.mark.parametrize("length", [MAX_ITEMS, MAX_ITEMS + 1])
async def test_five_hundred_items_are_read_and_no_more(home: Instance, partner: FakePeer, length: int) -> None:
    """T087"""
    first = page(1, orderedItems=ids(*range(300, length)))

    pages = await read(home, partner, root(orderedItems=ids(*range(300)), first=f"{BASE}/1"), first)

    assert len(pages.items) == MAX_ITEMS


async def test_what_is_no_collection_is_refused(home: Instance, partner: FakePeer) -> None:
    with pytest.raises(Malformed):
        await read(home, partner, root(type="Note"))


async def test_a_collection_of_a_stranger_is_not_asked_for(home: Instance) -> None:
    """T054"""
    with pytest.raises(Denied):
        await read_collection(home.services.runtime, home.services.peers, "http://stranger.test/list", Budget())


def cases() -> list[Any]:
    files = [OWN, FOLDER / "vectors" / "followers_sync.json"]
    return [case for path in files if path.exists() for case in json.loads(path.read_text())["cases"]]


@pytest.mark.parametrize("case", cases())
def test_digests_are_those_of_the_vectors(case: dict[str, Any]) -> None:
    """FEP-8fcf"""
    assert digest_of(case["followers"]) == case["digest"]
