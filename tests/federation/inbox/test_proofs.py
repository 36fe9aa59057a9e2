"""What counts because its author proved it, whoever brings it: announced by a group, or forwarded (spec 8 and 16)."""

import hashlib
import json
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from federation.signatures.key_formats import multibase_encode, public_multibase
from models.interactions import Like
from tests.federation.inbox.cast import ALICE, INBOX, ON_SQLITE, Cast, mention, personal_note
from tests.support.api import Document
from tests.support.fake_peer import FakeActor, FakePeer, document, stall
from tests.support.statements import counted
from tests.support.writers import Writer

pytestmark = ON_SQLITE

DATA_INTEGRITY = "https://w3id.org/security/data-integrity/v2"


def ed25519_of(actor: FakeActor) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(actor.uri.encode()).digest())


def with_assertion_key(actor: FakeActor, **changes: Any) -> FakeActor:
    """The actor publishes an Ed25519 key for proofs."""
    method = {
        "id": f"{actor.uri}#ed25519-key",
        "type": "Multikey",
        "controller": actor.uri,
        "publicKeyMultibase": public_multibase(ed25519_of(actor).public_key()),
    }
    actor.changes = {**actor.changes, "assertionMethod": [method | changes]}
    actor.publish()
    return actor


def proven(
    actor: FakeActor, activity: Document, *, signed_by: Ed25519PrivateKey | None = None, **changes: Any
) -> Document:
    """The activity with a proof of this actor; made by hand, with nothing of the code under test."""
    context = [activity["@context"], DATA_INTEGRITY]
    config = {
        "@context": context,
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "verificationMethod": f"{actor.uri}#ed25519-key",
        "proofPurpose": "assertionMethod",
        "created": actor.peer.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        **changes,
    }
    bare = activity | {"@context": context}
    hashed = b"".join(hashlib.sha256(rfc8785.dumps(part)).digest() for part in (config, bare))
    return bare | {"proof": config | {"proofValue": multibase_encode((signed_by or ed25519_of(actor)).sign(hashed))}}


def resident(cast: Cast, peer: FakePeer, name: str) -> Writer:
    """Somebody at another peer who writes in `town` and proves it."""
    writer = cast.resident(peer, name)
    with_assertion_key(writer.actor)
    return writer


def spoiled(document: Document, how: str) -> Document:
    """What a group might make of a proven activity."""
    copy: Document = json.loads(json.dumps(document))
    match how:
        case "another text":
            copy["object"]["content"] = "<p>question: forged</p>"
        case "no proof":
            del copy["proof"]
        case "no context":
            del copy["@context"]
        case "linked-data signature":
            del copy["proof"]
            copy["signature"] = {"type": "RsaSignature2017", "creator": copy["actor"], "signatureValue": "AAAA"}
    return copy


# --- announced ---


async def test_a_proven_post_needs_no_look_at_its_server(cast: Cast, sub: FakePeer) -> None:
    """Spec 8, step 4a: dan writes at sub.test, partner.test announces; dan's server is away but for his key."""
    dan = resident(cast, sub, "dan")
    created = proven(dan.actor, dan.create("question"))
    sub.serve("/objects/dan-question", stall)

    assert await cast.announce(created) == "processed"

    assert "as first written" in (await cast.post(dan.post_uri("question")))[0]
    assert sub.asked_for("/objects/dan-question") == []


async def test_a_proof_by_a_new_key_is_good_once_the_author_has_published_it(cast: Cast, sub: FakePeer) -> None:
    """Signatures 6.2, step 7: where the key that is known does not fit, the author's document is read once more."""
    dan = resident(cast, sub, "dan")
    await cast.announce(proven(dan.actor, dan.create("before")))
    new = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    with_assertion_key(dan.actor, publicKeyMultibase=public_multibase(new.public_key()))
    looked = len(sub.asked_for("/users/dan"))
    for word in ("after", "again"):
        sub.serve(f"/objects/dan-{word}", document({}, status=404))
        cast.home.clock.advance(minutes=1)
        created = proven(dan.actor, dan.create(word), signed_by=new)

        assert await cast.announce(created) == "processed"

        assert await cast.post(dan.post_uri(word)) is not None
    assert len(sub.asked_for("/users/dan")) == looked + 1


@pytest.mark.parametrize("how", ["another text", "no proof", "no context", "linked-data signature"])
async def test_a_spoiled_proof_proves_nothing(cast: Cast, sub: FakePeer, how: str) -> None:
    """T039, T053: what dan's server says is taken, and nothing where it says nothing."""
    dan = resident(cast, sub, "dan")
    created = proven(dan.actor, dan.create("question"))

    await cast.announce(spoiled(created, how))
    assert await cast.post(dan.post_uri("question")) is None

    cast.serves(created["object"])
    await cast.announce(spoiled(created, how))
    assert "as first written" in (await cast.post(dan.post_uri("question")))[0]


async def test_a_proof_by_somebody_else_proves_nothing(cast: Cast, sub: FakePeer) -> None:
    """T039: eve of the same server signs what dan is to have said; then the group itself does."""
    dan, eve = resident(cast, sub, "dan"), resident(cast, sub, "eve")
    with_assertion_key(cast.town)

    await cast.announce(proven(eve.actor, dan.create("by-eve")))
    await cast.announce(proven(cast.town, dan.create("by-town")))

    assert await cast.post(dan.post_uri("by-eve")) is None
    assert await cast.post(dan.post_uri("by-town")) is None


@pytest.mark.parametrize(
    "changes",
    [{"controller": "http://sub.test/users/eve"}, {"id": "http://sub.test/users/eve#ed25519-key"}, {"id": ""}],
)
async def test_a_key_that_the_author_does_not_list_for_proofs_proves_nothing(
    cast: Cast, sub: FakePeer, changes: Document
) -> None:
    """T015, T013"""
    dan = cast.resident(sub, "dan")
    with_assertion_key(dan.actor, **changes)

    await cast.announce(proven(dan.actor, dan.create("question")))

    assert await cast.post(dan.post_uri("question")) is None


async def test_a_strangers_proof_is_not_looked_at(cast: Cast, stranger: FakePeer) -> None:
    """T054: a partner's community has members that we do not exchange with."""
    zed = resident(cast, stranger, "zed")

    await cast.announce(proven(zed.actor, zed.create("question")))

    assert stranger.asked == []
    assert await cast.post(zed.post_uri("question")) is None


async def test_a_proven_deletion_needs_no_confirmation(cast: Cast, sub: FakePeer) -> None:
    """Spec 8, step 4a and e: of one's own post, and of nobody else's (T040)."""
    dan, eve = resident(cast, sub, "dan"), resident(cast, sub, "eve")
    for writer, word in ((dan, "mine"), (eve, "hers")):
        created = proven(writer.actor, writer.create(word))
        cast.serves(created["object"])
        await cast.announce(created)

    await cast.announce(proven(dan.actor, dan._about("Delete", eve.post_uri("hers"))))
    await cast.announce(proven(dan.actor, dan.delete("mine")))

    assert await cast.post(eve.post_uri("hers")) is not None
    assert await cast.post(dan.post_uri("mine")) is None


async def test_nothing_is_looked_up_for_a_community_that_is_nobodys_here(cast: Cast, sub: FakePeer) -> None:
    """Spec 8, step 1: neither posts nor keys, however it is said."""
    village = cast.partner.actor("village", "Group")
    dan = resident(cast, sub, "dan")
    created = proven(dan.actor, dan.create("question"))
    cast.serves(created["object"])
    before = len(sub.asked)

    for said in (created, spoiled(created, "no proof"), created["object"]["id"], dan.delete("other")):
        assert await cast.announce(said, village) == "processed"

    assert len(sub.asked) == before


async def test_an_announcement_in_an_announcement_says_what_it_holds(cast: Cast) -> None:
    """Spec 8, step 3: once; what is deeper has no meaning."""
    carol = cast.in_town("carol")
    once = cast.town.activity("Announce", object=carol.create("once"))
    twice = cast.town.activity("Announce", object=cast.town.activity("Announce", object=carol.create("twice")))

    await cast.announce(once)
    await cast.announce(twice)

    assert await cast.post(carol.post_uri("once")) is not None
    assert await cast.post(carol.post_uri("twice")) is None


async def test_an_undo_that_came_both_ways_takes_nothing_back_twice(cast: Cast) -> None:
    """T010, and group federation 15: the inner id counts, whichever way comes first."""
    carol = cast.in_town("carol")
    await cast.announce(carol.create("question"))
    first, again = carol.like(carol.post_uri("question")), carol.like(carol.post_uri("question"))
    undone = carol.undo(first)
    for said in (first, undone, again):
        await cast.announce(said)

    await cast.announce(undone)
    await cast.say(carol.actor, undone)

    assert await cast.rows(Like.activity_uri) == [(again["id"],)]


async def test_an_undo_that_its_author_brought_is_not_taken_again_from_a_group(cast: Cast) -> None:
    """T010: the other way round."""
    carol = cast.in_town("carol")
    await cast.announce(carol.create("question"))
    first, again = carol.like(carol.post_uri("question")), carol.like(carol.post_uri("question"))
    undone = carol.undo(first)
    for said in (first, undone, again):
        await cast.say(carol.actor, said)

    await cast.announce(undone)

    assert await cast.rows(Like.activity_uri) == [(again["id"],)]


# --- forwarded ---


def note_of(actor: FakeActor, word: str) -> Document:
    return personal_note(actor, word, tag=mention("alice"), cc=[ALICE])


@pytest.mark.parametrize("where", ["the same server", "another server"])
async def test_what_somebody_else_brings_counts_with_its_authors_proof(
    cast: Cast, partner: FakePeer, sub: FakePeer, where: str
) -> None:
    """Spec 16: forwarded by mallory, word for word; and once only, whoever brings it."""
    dan = with_assertion_key((partner if where == "the same server" else sub).actor("dan"))
    said = proven(dan, note_of(dan, "forwarded"))

    for bringer in (cast.mallory.actor, cast.mallory.actor, dan):
        assert await cast.say(bringer, said) == "processed"

    assert await cast.post(said["object"]["id"]) is not None
    assert len(await cast.home.received()) == len(set(await cast.home.received()))


@pytest.mark.parametrize("how", ["another text", "no proof", "no context", "linked-data signature"])
@pytest.mark.parametrize("where", ["the same server", "another server"])
async def test_what_somebody_else_brings_is_refused_without_a_good_proof(
    cast: Cast, partner: FakePeer, sub: FakePeer, where: str, how: str
) -> None:
    """T016, T053"""
    dan = with_assertion_key((partner if where == "the same server" else sub).actor("dan"))
    said = spoiled(proven(dan, note_of(dan, "forwarded")), how)
    before = await cast.home.received()

    assert await cast.say(cast.mallory.actor, said) == "403"

    assert await cast.home.received() == before


async def test_a_forwarder_has_to_sign_as_well(cast: Cast, sub: FakePeer, stranger: FakePeer) -> None:
    """T001, T054: a proof does not open the door to a stranger, nor to nobody."""
    dan = with_assertion_key(sub.actor("dan"))
    said = proven(dan, note_of(dan, "forwarded"))

    assert await cast.say(stranger.actor("zed"), said) == "403"
    assert (await stranger.post_unsigned(INBOX, said)).status == 401


async def test_a_proven_post_brought_by_somebody_else_is_relayed_word_for_word(cast: Cast) -> None:
    """FEP-1b12: a member's post, forwarded to a community of ours."""
    bob = with_assertion_key(cast.bob.actor)
    said = proven(bob, cast.bob.create("question"))

    assert await cast.say(cast.mallory.actor, said) == "processed"

    whole, _ = await cast.home.composed("Announce")
    assert whole["object"] == said


async def test_without_a_proof_nothing_is_paid_for_proofs(cast: Cast) -> None:
    """No statement and no request more than without them."""
    bob = cast.bob.actor
    assert (await bob.post(INBOX, bob.note())).status == 202

    with counted(cast.home.db) as cost:
        assert (await bob.post(INBOX, bob.note())).status == 202

    assert [one.split()[0] for one in cost.statements if "inbox_activities" not in one] == []
