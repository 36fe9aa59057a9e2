"""What of ours carries an integrity proof (FEP-8b32), and what never does; by HTTP and in what is stored to be sent."""

import pytest

from federation.errors import Unauthenticated
from federation.signatures.key_formats import parse_public_multibase
from federation.signatures.proofs import confirm_proof, examine_proofs
from tests.instances.conftest import ON_SQLITE
from tests.instances.scene import Scene
from tests.support.api import Api, Document
from tests.support.instances import Instance
from tests.support.statements import counted

KINDS = ("Create", "Update", "Like", "Undo", "Delete", "Announce")


async def is_proven(ours: Scene, document: Document) -> bool:
    """Whether a document has a good proof by a key that its actor publishes; False: it has none at all."""
    claims = examine_proofs(document, now=ours.home.clock.now())
    if not claims:
        assert "proof" not in document
        return False
    (claim,) = claims
    published = (await ours.bob.actor.get(document["actor"])).document["assertionMethod"]
    (key,) = (method for method in published if method["id"] == claim.key_id)
    try:
        confirm_proof(claim, parse_public_multibase(key["publicKeyMultibase"]), document["actor"])
    except Unauthenticated:
        return False
    return True


async def discuss(person: Api, handle: str) -> None:
    """One of everything that people do with posts."""
    said = await person.say(f"{handle} Who knows?")
    await person.edit(said, f"{handle} Who knows it?")
    await person.like(said)
    await person.post(f"/api/v1/statuses/{said['id']}/unfavourite")
    await person.delete(f"/api/v1/statuses/{said['id']}")


async def composed(home: Instance) -> dict[str, list[Document]]:
    return {kind: await home.composed(kind) for kind in KINDS}


async def test_what_is_said_in_a_community_that_is_open_and_shared_is_proven(ours: Scene) -> None:
    """Signatures 6.3: by its author, and by the community that announces it."""
    await discuss(ours.alice, "@sites")

    said = await composed(ours.home)

    assert [len(said[kind]) for kind in KINDS] == [1, 1, 1, 1, 1, 6]
    for document in (one for kind in KINDS for one in said[kind]):
        assert await is_proven(ours, document), document
    inner = [one["object"] for one in said["Announce"] if isinstance(one["object"], dict)]
    assert inner == [said[kind][0] for kind in KINDS[:5]], "passed on with the author's proof"


@ON_SQLITE
async def test_what_members_elsewhere_said_is_passed_on_byte_for_byte_with_a_proof_around_it(ours: Scene) -> None:
    """FEP-1b12, FEP-8b32: members that we do not know survive, and so does a proof that the author made."""
    created = ours.bob.create("question") | {"unknown": [1.0, {"ü": None}], "proof": {"type": "Later"}}

    await ours.arrive([created])

    whole, by_id = await ours.home.composed("Announce")
    assert whole["object"] == created
    assert await is_proven(ours, whole)
    assert await is_proven(ours, by_id)


@ON_SQLITE
async def test_what_has_no_canonical_form_is_passed_on_without_a_proof(ours: Scene) -> None:
    """RFC 8785: an integer beyond 2^53."""
    await ours.arrive([ours.bob.create("question") | {"unknown": 2**60}])

    whole, _ = await ours.home.composed("Announce")
    assert whole["object"]["unknown"] == 2**60
    assert "proof" not in whole


@ON_SQLITE
@pytest.mark.parametrize(
    ("visibility", "scope"), [("on-request", "all"), ("private", "all"), ("open", "none"), ("private", "none")]
)
async def test_nothing_from_other_communities_is_proven(ours: Scene, visibility: str, scope: str) -> None:
    """Signatures 6.3, never for private groups: a proof can be passed on by whoever has it."""
    handle = await ours.home.community("inner", host=ours.alice, visibility=visibility, scope=scope)

    await discuss(ours.alice, f"@{handle.removeprefix('@').partition('@')[0]}")

    said = await composed(ours.home)
    assert [len(said[kind]) for kind in KINDS if kind != "Announce"] == [1, 1, 1, 1, 1]
    assert bool(said["Announce"]) == (scope != "none")
    assert "'proof'" not in str(said)


@ON_SQLITE
@pytest.mark.parametrize("visibility", ["direct", "private"])
async def test_nothing_said_outside_of_communities_is_proven(ours: Scene, visibility: str) -> None:
    """Signatures 6.3, never for direct messages; T046"""
    await ours.alice.post("/api/v1/statuses", status="@bob@partner.test Only you", visibility=visibility)

    (created,) = await ours.home.composed("Create")
    assert "proof" not in created


async def test_the_outbox_shows_activities_with_their_proofs(ours: Scene) -> None:
    await ours.alice.say("@sites Who knows?")

    page = (await ours.bob.actor.get("http://alpha.test/communities/sites/outbox?page=true")).document

    assert await is_proven(ours, page["orderedItems"][0])
    assert await is_proven(ours, page["orderedItems"][0]["object"])


async def test_a_proof_costs_no_statement(ours: Scene) -> None:
    """The keys are read before, once for the process, and for nobody in particular."""
    await ours.home.person("ada")
    with counted(ours.home.db) as first:
        await ours.alice.say("@sites Who knows?")
    with counted(ours.home.db) as second:
        await ours.alice.say("@sites Who else?")

    keys = [[one for one in cost.statements if "actor_keys" in one] for cost in (first, second)]
    assert [len(found) for found in keys] == [1, 0]
    assert not [one for one in first.transaction_with("INSERT INTO posts") if "actor_keys" in one]
