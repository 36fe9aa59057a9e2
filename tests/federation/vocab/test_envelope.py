import pytest

from federation.errors import Malformed
from federation.vocab.normalise import MAX_SEVERAL_OBJECTS, activity, envelope
from federation.vocab.shapes import MAX_ID_CHARACTERS, MAX_RECIPIENTS
from federation.vocab.types import Document, Envelope

ALICE = "https://peer.example/u/alice"
POST = "https://groups.example/post/7"
LIKE = "https://peer.example/activities/like/1"


def like(**changes: object) -> Document:
    document: Document = {"id": LIKE, "type": "Like", "actor": ALICE, "object": POST, **changes}
    return {name: value for name, value in document.items() if value != "absent"}


def test_the_envelope_says_what_the_door_needs() -> None:
    document = like(type="Add", target={"id": "https://groups.example/c/main/featured", "type": "Collection"})

    assert envelope(document) == Envelope(
        id=LIKE,
        type="Add",
        actor=ALICE,
        object_id=POST,
        object_type="",
        target="https://groups.example/c/main/featured",
    )


@pytest.mark.parametrize(
    "same",
    [
        {"actor": {"id": ALICE}},
        {"actor": {"id": ALICE, "type": "Person", "inbox": "https://elsewhere.example/inbox"}},
        {"actor": [ALICE]},
        {"actor": [{"id": ALICE}]},
        {"object": [POST]},
        {"type": ["Like"]},
        {"@context": "https://www.w3.org/ns/activitystreams"},
        {"@context": None},
        {"@context": [{"actor": {"@id": "as:actor", "@type": "@id"}, "id": "@id", "type": "@type"}]},
        {"@context": [{"to": "https://www.w3.org/ns/activitystreams#to"}]},
        {"@context": [{"performer": "as:actor", "sensitive": "as:sensitive"}]},
        {"target": None},
        {"target": 17},
        {"target": ["https://a.example/1", "https://a.example/2"]},
    ],
)
def test_different_shapes_of_one_activity_have_one_envelope(same: Document) -> None:
    """T052: what is not ambiguous is read."""
    assert envelope(like(**same)) == envelope(like())


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "absent"},
        {"id": None},
        {"id": ""},
        {"id": 17},
        {"id": [LIKE]},
        {"id": {"id": LIKE}},
        {"id": LIKE + " "},
        {"id": LIKE + "\n"},
        {"id": LIKE + "\u202e"},
        {"type": "absent"},
        {"type": None},
        {"type": ""},
        {"type": []},
        {"type": 17},
        {"type": {"id": "Like"}},
        {"type": ["Like", "Dislike"]},
        {"type": ["Create", "Delete"]},
        {"type": ["Like", "Like"]},
        {"type": [["Like"]]},
        {"type": "Like\n"},
        {"type": "x" * 101},
        {"actor": "absent"},
        {"actor": None},
        {"actor": ""},
        {"actor": []},
        {"actor": {}},
        {"actor": {"type": "Person"}},
        {"actor": {"id": None}},
        {"actor": {"id": {"id": ALICE}}},
        {"actor": [ALICE, "https://peer.example/u/mallory"]},
        {"actor": [[ALICE]]},
        {"actor": ALICE + "\r\nX: y"},
        {"object": "absent"},
        {"object": None},
        {"object": ""},
        {"object": []},
        {"object": {}},
        {"object": 17},
        {"object": [POST, POST]},
        {"object": [POST] * 10_000},
        {"object": {"id": POST, "type": ["Note", "Page"]}},
        {"object": POST + " x"},
        {"@type": "Delete"},
        {"@id": LIKE},
        {"@context": {"actor": "https://evil.example/ns#actor"}},
        {"@context": ["https://www.w3.org/ns/activitystreams", {"actor": "as:object", "object": "as:actor"}]},
        {"@context": [{"type": {"@id": "as:name"}}]},
        {"@context": [{"attributedTo": None}]},
        {"as:actor": ALICE},
        {"https://www.w3.org/ns/activitystreams#object": POST},
        {"@context": [{"performer": {"@id": "as:actor"}}], "performer": ALICE},
        {"@context": [{"x": "https://www.w3.org/ns/activitystreams#"}], "x:actor": ALICE},
        {"@context": [{"by": "as:attributedTo"}], "object": {"id": POST, "type": "Note", "by": ALICE}},
    ],
)
def test_what_lacks_a_part_or_could_mean_two_things_is_malformed(changes: Document) -> None:
    """T052."""
    with pytest.raises(Malformed):
        envelope(like(**changes))
    with pytest.raises(Malformed):
        activity(like(**changes))


def test_an_id_may_be_as_long_as_the_limit_and_no_longer() -> None:
    """R8."""
    longest = LIKE.ljust(MAX_ID_CHARACTERS, "x")

    assert envelope(like(id=longest)).id == longest
    with pytest.raises(Malformed):
        envelope(like(id=longest + "x"))


@pytest.mark.parametrize("kind", ["Announce", "Create", "Flag"])
def test_a_list_of_objects_may_be_as_long_as_its_type_allows(kind: str) -> None:
    """T052: lists of 2 and of 10,000 objects."""
    limit = MAX_SEVERAL_OBJECTS[kind]

    assert envelope(like(type=kind, object=[POST] * limit)).object_id == ""
    with pytest.raises(Malformed):
        envelope(like(type=kind, object=[POST] * (limit + 1)))


def test_two_hundred_recipients_are_read_and_one_more_is_refused() -> None:
    """T093."""
    many = [f"https://peer.example/u/{number}" for number in range(MAX_RECIPIENTS - 4)]
    others: Document = {"cc": ALICE, "bto": [ALICE], "bcc": ALICE, "audience": [ALICE]}

    assert len(activity(like(to=many, **others)).to) == MAX_RECIPIENTS - 4
    with pytest.raises(Malformed):
        activity(like(to=[*many, ALICE], **others))


@pytest.mark.parametrize(
    ("shape", "read"),
    [
        (None, ()),
        ("", ()),
        ([], ()),
        (17, ()),
        (ALICE, (ALICE,)),
        ({"id": ALICE}, (ALICE,)),
        ([ALICE, None, 17, {"id": POST}, {"type": "Person"}, "", "two words", [ALICE]], (ALICE, POST)),
    ],
)
def test_recipients_come_in_every_shape(shape: object, read: tuple[str, ...]) -> None:
    found = activity(like(to=shape, cc=shape, audience=shape))

    assert (found.to, found.cc, found.audience) == (read, read, read)


@pytest.mark.parametrize(
    "context",
    [
        "https://evil.example/context",
        ["https://www.w3.org/ns/activitystreams", "http://127.0.0.1/context", {"@import": "https://evil.example/"}],
        {"@vocab": "https://evil.example/"},
    ],
)
def test_contexts_are_neither_fetched_nor_followed(context: object) -> None:
    """T090: reading is a pure function; the document means what ActivityStreams says."""
    assert envelope(like(**{"@context": context})) == envelope(like())
