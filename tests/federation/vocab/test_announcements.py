import pytest

from federation.errors import Malformed
from federation.vocab.normalise import activity
from federation.vocab.types import Announce, Document, Like, Post, Undo
from tests.federation.vocab.documents import ALICE, POST, a_note, an
from tests.federation.vocab.vectors import vector


def test_an_announce_of_an_id() -> None:
    read = activity(an("Announce"))

    assert isinstance(read, Announce)
    assert [(one.id, one.kind, one.object) for one in read.objects] == [(POST, "", None)]


def test_an_announce_of_a_post() -> None:
    read = activity(vector("nodebb/announce_note"))

    assert isinstance(read, Announce)
    assert isinstance(read.objects[0].object, Post)


def test_a_post_with_an_actor_is_still_a_post() -> None:
    """Lemmy's copies for Mastodon carry one."""
    read = activity(an("Announce", object=a_note(actor=ALICE)))

    assert isinstance(read, Announce)
    assert isinstance(read.objects[0].object, Post)


def test_an_announce_of_an_undo_of_a_like_is_read_to_the_ground_and_kept_as_it_was() -> None:
    document = vector("mbin/announce_undo_like")

    read = activity(document)

    assert isinstance(read, Announce)
    undo = read.objects[0].object
    assert isinstance(undo, Undo)
    assert isinstance(undo.object, Like)
    assert undo.raw is document["object"]


def test_each_thing_of_a_batch_stands_for_itself() -> None:
    """R9: an ambiguous entry takes nothing from the others."""
    read = activity(vector("piefed/announce_several"))

    assert isinstance(read, Announce)
    assert [(one.id[-1], one.kind, type(one.object)) for one in read.objects] == [
        ("1", "Like", Like),
        ("2", "Like", type(None)),
    ]


def test_a_list_of_announced_things_is_read_like_a_collection_of_them() -> None:
    read = activity(an("Announce", object=[POST, a_note(), an("Like")]))

    assert isinstance(read, Announce)
    assert [type(one.object) for one in read.objects] == [type(None), Post, Like]


def test_a_batch_of_a_hundred_is_read_and_one_more_is_refused() -> None:
    """R8."""
    batch: Document = {"type": "OrderedCollection", "orderedItems": [POST] * 100}
    too_large: Document = {"type": "OrderedCollection", "orderedItems": [POST] * 101}

    read = activity(an("Announce", object=batch))

    assert isinstance(read, Announce)
    assert len(read.objects) == 100
    with pytest.raises(Malformed):
        activity(an("Announce", object=too_large))


def test_what_is_never_announced_has_a_kind_but_no_object() -> None:
    read = activity(an("Announce", object={"id": POST, "type": "Resolve", "actor": ALICE, "object": POST}))

    assert isinstance(read, Announce)
    assert (read.objects[0].kind, read.objects[0].object) == ("Resolve", None)


def test_activities_are_unwrapped_four_deep_and_no_deeper() -> None:
    """T089."""
    wrapped = an("Announce", object=an("Announce", object=an("Undo", object=an("Undo", object=an("Like")))))

    outer = activity(wrapped)

    assert isinstance(outer, Announce)
    inner = outer.objects[0].object
    assert isinstance(inner, Announce)
    undo = inner.objects[0].object
    assert isinstance(undo, Undo)
    assert isinstance(undo.object, Undo)
    assert undo.object.object is None


def test_a_tower_of_announces_is_read_without_recursion() -> None:
    """T089."""
    tower = an("Announce")
    for _ in range(5_000):
        tower = an("Announce", object=tower)

    assert isinstance(activity(tower), Announce)
