"""Whatever JSON a peer sends, the readers give a value or `Malformed`, never another error (T052, T083)."""

from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from federation.errors import Malformed
from federation.vocab.audience import addressed_groups, is_public
from federation.vocab.normalise import activity, any_object, collection, envelope
from federation.vocab.normalise_actors import actor
from federation.vocab.normalise_posts import POST_TYPES, post
from federation.vocab.types import Activity, Document

# The names and types that are read, so that what is generated gets past the first check.
READ_NAMES = """
    @context @id @type actor alsoKnownAs anyOf assertionMethod attachment attributedTo audience bcc bto cc closed
    content contentMap context controller conversation deleted discoverable endTime endpoints expires featured first
    focalPoint followers formerType generator height href icon id identifier image implements inReplyTo inbox indexable
    items language location manuallyApprovesFollowers mediaType moderators movedTo name nameMap next object oneOf
    orderedItems origin outbox owner preferredUsername publicKey publicKeyMultibase publicKeyPem published replies
    sensitive sharedInbox source startTime summary tag target to totalItems type updated url value votersCount
    webfinger
"""
READ_TYPES = """
    Accept Add Announce Block Create Delete Dislike EmojiReact Flag Follow Invite Like Lock Move Reject Remove
    Undo Update Unheard Person Group Application Feed Collection OrderedCollection CollectionPage Tombstone Mention
    Hashtag Emoji PropertyValue Link Image
"""
NAMES = st.sampled_from(READ_NAMES.split())
TYPES = st.sampled_from([*sorted(POST_TYPES), *READ_TYPES.split()])
IDS = st.sampled_from(
    ["https://peer.example/1", "https://peer.example/2/followers", "as:Public", "tag:x,2026:1", "a b"]
)
LEAVES = (
    IDS
    | TYPES
    | st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(["2026-02-01T12:00:00Z", "text/markdown", "text/html", "en"])
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6), max_leaves=20
)
DOCUMENTS = st.dictionaries(NAMES | st.text(max_size=5), VALUES, max_size=10)
LIKELY = st.builds(
    lambda known, rest: {**rest, **known},
    st.fixed_dictionaries({"id": IDS, "type": TYPES, "actor": IDS, "attributedTo": IDS, "object": VALUES | DOCUMENTS}),
    DOCUMENTS,
)


@settings(max_examples=300, deadline=None)
@given(DOCUMENTS | LIKELY)
def test_any_document_is_read_or_malformed(document: Document) -> None:
    for reader in (envelope, activity, any_object, actor, post, collection):
        with suppress(Malformed):
            reader(document)


@settings(max_examples=200, deadline=None)
@given(LIKELY)
def test_what_was_read_can_be_used(document: Document) -> None:
    with suppress(Malformed):
        read = post(document)
        assert is_public(read.to, read.cc) in {True, False}
        assert all(isinstance(uri, str) for uri in addressed_groups(read))
    with suppress(Malformed):
        assert hash(post(document)) == hash(post(document))


@settings(max_examples=200, deadline=None)
@given(LIKELY)
def test_an_activity_agrees_with_its_envelope_and_is_kept_as_it_was(document: Document) -> None:
    with suppress(Malformed):
        read = activity(document)
        door = envelope(document)
        assert isinstance(read, Activity)
        assert (read.id, read.actor, read.object_id) == (door.id, door.actor, door.object_id)
        assert read.raw is document


def test_a_document_as_deep_as_the_parser_allows_is_no_danger() -> None:
    """T083: readers look into a fixed number of levels, whatever they are given."""
    deep: object = "https://peer.example/1"
    for _ in range(10_000):
        deep = {"id": "https://peer.example/1", "type": "Undo", "actor": [deep], "object": deep, "to": [deep]}

    for reader in (envelope, activity, any_object, actor, post, collection):
        with suppress(Malformed):
            reader({**dict.fromkeys(["icon", "tag", "first", "items", "location", "language"], deep), "object": deep})
