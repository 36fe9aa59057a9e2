"""Every document of other programs is read, or refused for a reason that we know."""

from pathlib import Path

import pytest

from federation.errors import Malformed
from federation.vocab.decode import decode
from federation.vocab.normalise import any_object, envelope
from federation.vocab.types import Activity, Opaque, Unknown
from tests.federation.vocab.vectors import VECTORS, indexed
from tests.support.specification import WIRE

# Not documents of ActivityPub: they have no type at all.
OTHER_FORMATS = {
    "fep/2677_wellknown.json",
    "fep/d556_webfinger.json",
    "mastodon/docs_webfinger.json",
    "mastodon/nodeinfo20.json",
    "mastodon/webfinger_json.json",
    "mastodon/well_known_nodeinfo.json",
    "pleroma/nodeinfo21.json",
    "pleroma/well_known_nodeinfo21.json",
    "wordpress/webfinger.json",
}
# Lacking what an activity or a post must have, on purpose or by mistake of their authors.
INCOMPLETE = {
    "fedify/announce_no_actor.json",
    "fedify/create.json",
    "gotosocial/delete.json",
    "mastodon/docs_question.json",
    "pleroma/fep_e232_quote.json",
}
COLLECTED = sorted(str(path.relative_to(WIRE)) for path in WIRE.glob("*/*.json"))
READABLE = [name for name in COLLECTED if name not in OTHER_FORMATS | INCOMPLETE]


def read(path: Path) -> object:
    return any_object(decode(path.read_bytes()))


@pytest.mark.parametrize("name", indexed())
def test_each_of_our_documents_is_read_as_what_it_is(name: str) -> None:
    assert not isinstance(read(VECTORS / name), Opaque | Unknown)


def test_the_index_lists_each_of_our_documents() -> None:
    present = {str(path.relative_to(VECTORS)) for path in VECTORS.glob("*/*.json") if path.parent.name != "signatures"}

    assert set(indexed()) == present


@pytest.mark.skipif(not COLLECTED, reason="collected documents are not beside the repository")
@pytest.mark.parametrize("name", READABLE)
def test_each_collected_document_is_read(name: str) -> None:
    document = read(WIRE / name)

    assert not isinstance(document, Unknown)
    assert not isinstance(document, Opaque) or document.kind == "Conversation"


@pytest.mark.skipif(not COLLECTED, reason="collected documents are not beside the repository")
@pytest.mark.parametrize("name", READABLE)
def test_each_collected_activity_passes_the_door(name: str) -> None:
    document = decode((WIRE / name).read_bytes())
    found = any_object(document)

    assert not isinstance(found, Activity) or envelope(document).actor == found.actor


@pytest.mark.skipif(not COLLECTED, reason="collected documents are not beside the repository")
@pytest.mark.parametrize("name", sorted(INCOMPLETE | OTHER_FORMATS))
def test_each_incomplete_document_is_malformed(name: str) -> None:
    document = decode((WIRE / name).read_bytes())

    with pytest.raises(Malformed):
        any_object(document)
