import pytest

from federation.vocab.audience import PUBLIC, addressed_groups, is_public
from federation.vocab.normalise import activity
from federation.vocab.normalise_posts import post
from federation.vocab.types import Create, Document, Post
from tests.federation.vocab.vectors import vector

ALICE = "https://peer.example/u/alice"


def note(**members: object) -> Document:
    return {"id": "https://peer.example/post/1", "type": "Note", "attributedTo": ALICE, **members}


@pytest.mark.parametrize("spelling", [PUBLIC, "as:Public", "Public"])
@pytest.mark.parametrize(
    "shape", [lambda one: one, lambda one: [one], lambda one: [ALICE, one], lambda one: {"id": one}]
)
@pytest.mark.parametrize("place", ["to", "cc"])
def test_each_legal_spelling_of_public_is_public(spelling: str, shape: object, place: str) -> None:
    """T048."""
    assert callable(shape)

    read = post(note(**{place: shape(spelling)}))

    assert is_public(read.to, read.cc)
    assert PUBLIC in (*read.to, *read.cc)


@pytest.mark.parametrize(
    "spelling",
    [
        "public",
        "PUBLIC",
        "as:public",
        "AS:Public",
        PUBLIC.lower(),
        PUBLIC.replace("https", "http"),
        PUBLIC + "/",
        "https://www.w3.org/ns/activitystreams",
        "activitystreams:Public",
    ],
)
def test_another_spelling_is_neither_public_nor_an_error(spelling: str) -> None:
    """T048."""
    read = post(note(to=[spelling]))

    assert read.to == (spelling,)
    assert not is_public(read.to, read.cc)


def test_audience_alone_does_not_make_a_post_public() -> None:
    """T047."""
    read = post(note(audience=PUBLIC, to=[ALICE]))

    assert not is_public(read.to, read.cc)


def test_groups_are_tried_in_the_order_of_the_specification() -> None:
    read = activity(
        {
            "id": "https://peer.example/activities/1",
            "type": "Create",
            "actor": ALICE,
            "audience": "https://g.example/2",
            "to": ["https://g.example/5", PUBLIC],
            "cc": ["https://g.example/6", "https://g.example/1"],
            "object": note(
                audience="https://g.example/1",
                to=["https://g.example/3", PUBLIC, ALICE],
                cc=["https://g.example/4", "https://g.example/4/followers"],
                attributedTo=[{"type": "Person", "id": ALICE}, {"type": "Group", "id": "https://g.example/7"}],
                target={"type": "Collection", "attributedTo": "https://g.example/8"},
                tag=[{"type": "Mention", "href": "https://g.example/9"}],
            ),
        }
    )
    assert isinstance(read, Create)
    assert isinstance(read.object, Post)

    assert addressed_groups(read.object, read) == tuple(f"https://g.example/{number}" for number in range(1, 10))


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("lemmy/create_page", "https://groups.example/c/main"),
        ("mastodon/create_note_to_group", "https://groups.example/c/main"),
    ],
)
def test_the_group_of_a_received_create_comes_first(name: str, group: str) -> None:
    read = activity(vector(name))
    assert isinstance(read, Create)
    assert isinstance(read.object, Post)

    assert addressed_groups(read.object, read)[0] == group


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("peertube/video", "https://tube.example/video-channels/ops"),
        ("fep/400e_note", "https://smith.example/groups/2"),
    ],
)
def test_the_group_of_a_fetched_post_is_found_without_an_activity(name: str, group: str) -> None:
    assert addressed_groups(post(vector(name))) == (group,)


def test_public_followers_and_the_author_are_no_groups() -> None:
    read = post(note(to=["as:Public", ALICE, ALICE + "/followers", "https://g.example/followers/"], audience=ALICE))

    assert addressed_groups(read) == ()
