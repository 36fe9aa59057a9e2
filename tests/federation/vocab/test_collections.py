import pytest

from federation.errors import Malformed
from federation.vocab.normalise import MAX_COLLECTION_ITEMS, collection
from federation.vocab.types import Document, Item
from tests.federation.vocab.vectors import vector

ONE = "https://peer.example/1"
TWO = "https://peer.example/2"


def ordered(**members: object) -> Document:
    return {"id": "https://peer.example/outbox", "type": "OrderedCollection", **members}


@pytest.mark.parametrize("name", ["items", "orderedItems"])
@pytest.mark.parametrize("kind", ["Collection", "OrderedCollection", "CollectionPage", "OrderedCollectionPage"])
def test_entries_come_under_either_name_in_any_type(name: str, kind: str) -> None:
    read = collection(ordered(type=kind, **{name: [ONE, {"id": TWO, "type": "Note"}]}))

    assert read.items == (Item(ONE), Item(TWO, "Note", {"id": TWO, "type": "Note"}))


def test_a_first_page_may_be_embedded() -> None:
    read = collection(vector("fep/paged_collection"))

    assert read.total == 12
    assert read.first == "https://peer.example/c/main/outbox?page=1"
    assert read.first_page is not None
    assert [item.id[-1] for item in read.first_page.items] == ["1", "2"]
    assert read.first_page.next == "https://peer.example/c/main/outbox?page=2"


def test_a_first_page_may_be_an_address_or_anonymous() -> None:
    by_address = collection(ordered(first=ONE))
    anonymous = collection(ordered(first={"type": "CollectionPage", "items": [ONE]}))

    assert (by_address.first, by_address.first_page) == (ONE, None)
    assert anonymous.first is None
    assert anonymous.first_page is not None
    assert anonymous.first_page.items == (Item(ONE),)


def test_entries_without_a_web_address_are_left_out() -> None:
    entries = [None, 17, "", "17", "tag:peer.example,2026:1", {"type": "Note"}, {"id": 3}, [ONE], [ONE, TWO], TWO]

    assert [item.id for item in collection(ordered(orderedItems=entries)).items] == [ONE, TWO]


@pytest.mark.parametrize("entries", [None, [], "", 17, {}])
def test_no_entries_in_any_shape_is_an_empty_collection(entries: object) -> None:
    assert collection(ordered(orderedItems=entries)).items == ()


def test_a_single_entry_needs_no_list() -> None:
    assert collection(ordered(items=ONE)).items == (Item(ONE),)


def test_five_hundred_entries_are_read_and_no_more() -> None:
    """T087."""
    entries = [f"https://peer.example/{number}" for number in range(MAX_COLLECTION_ITEMS + 1)]

    assert len(collection(ordered(items=entries[:-1])).items) == MAX_COLLECTION_ITEMS
    assert len(collection(ordered(items=entries)).items) == MAX_COLLECTION_ITEMS


@pytest.mark.parametrize(
    ("claimed", "total"),
    [
        (0, 0),
        (12, 12),
        ("12", 12),
        (2**31 - 1, 2**31 - 1),
        (2**31, None),
        (10**12, None),
        ("10000000000", None),
        (-1, None),
        ("-1", None),
        ("many", None),
        ("²", None),
        (1.5, None),
        (True, None),
        (None, None),
    ],
)
def test_the_claimed_total_is_read_defensively(claimed: object, total: int | None) -> None:
    """T087."""
    assert collection(ordered(totalItems=claimed)).total == total


@pytest.mark.parametrize(
    ("kind", "is_page"),
    [(["CollectionPage"], True), (["CollectionPage", "Note"], False), ([["CollectionPage"]], False), ({"a": 1}, False)],
)
def test_a_first_page_has_one_type(kind: object, is_page: bool) -> None:
    """T052."""
    read = collection(ordered(first={"type": kind, "items": [ONE]}))

    assert (read.first_page is not None) == is_page


def test_first_pages_within_first_pages_are_not_followed() -> None:
    """T088."""
    page: Document = {"type": "CollectionPage"}
    for _ in range(5_000):
        page = {"type": "CollectionPage", "first": page}

    read = collection(ordered(first=page))

    assert read.first_page is None


def test_another_type_is_no_collection() -> None:
    with pytest.raises(Malformed):
        collection(ordered(type="Conversation"))
