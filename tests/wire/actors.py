"""Documents of actors: they are who signs, whom one finds and whom one joins."""

from models.actors import Actor, ActorKey
from tests.wire.payloads import Payload
from tests.wire.players import Player
from tests.wire.shown import words
from tests.wire.stage import ALICE, USUAL_HOST, Stage, created


async def is_a_person(stage: Stage, payload: Payload) -> None:
    """Signs a Follow by the key of the document, and is shown with its name."""
    person = stage.play_given(payload)

    await stage.hear_all(person, person.activity("Follow", object=ALICE))

    assert await stage.follows(person.uri, ALICE) is True
    await _is_shown(stage, person)
    keys = {key["id"] for key in person.document.get("assertionMethod", [])} | {person.key_id}
    stored = {row[0] for row in await stage.rows(ActorKey.key_uri) if row[0].startswith(person.uri)}
    assert stored <= keys
    assert {key for key in keys if "ed25519" in key} <= stored


async def is_a_server(stage: Stage, payload: Payload) -> None:
    """Signs requests: may read what its server may read."""
    server = stage.play_given(payload)

    answer = await server.get(ALICE)

    assert answer.status == 200
    assert answer.document["name"] == "Alice"
    assert await stage.rows(Actor.type, uri=server.uri) == [("Application",)]


async def is_a_community(stage: Stage, payload: Payload) -> None:
    """Found by its handle, asked to join where it takes what is sent to it, and joined."""
    group = stage.play_given(payload)

    account = await stage.alice.ask_to_join(f"@{group.name}@{group.peer.host}")

    assert account["group"]
    await _is_shown(stage, group)
    given = group.document
    assert await stage.inboxes_owed() == [given.get("endpoints", {}).get("sharedInbox") or given["inbox"]]
    named = given.get("attributedTo", given.get("moderators"))
    expected = named if isinstance(named, str) else None
    assert await stage.rows(Actor.moderators_url, uri=group.uri) == [(expected,)]
    wish = {"type": "Follow", "actor": ALICE, "object": group.uri}
    await stage.hear_all(group, group.activity("Accept", object=wish))
    assert await stage.follows(ALICE, group.uri) is True


async def _is_shown(stage: Stage, actor: Player) -> None:
    account, given = await stage.account(actor), actor.document
    assert account["display_name"] == " ".join((given.get("name") or given.get("preferredUsername") or "").split())
    assert account["acct"] == f"{(given.get('preferredUsername') or actor.peer.host).lower()}@{actor.peer.host}"
    said = words(given.get("summary") or "").split()[:5]
    assert " ".join(said) in words(account["note"])
    assert "<script" not in account["note"]


async def is_no_community(stage: Stage, payload: Payload) -> None:
    """An actor of an unknown type, or a relay: what it announces is answered and has no effect."""
    actor = stage.play_given(payload)
    author = stage.play(f"http://{USUAL_HOST}/users/ada")
    create = created(author, actor.uri, f"http://{USUAL_HOST}/objects/1")
    stage.serve(create["object"]["id"], create["object"])
    await stage.alice.find(f"@{actor.name}@{actor.peer.host}")

    for said in (create, create["object"]["id"]):
        await stage.hear_all(actor, actor.activity("Announce", object=said))

    assert await stage.status(create["object"]["id"]) is None
    assert (await stage.alice.get("/api/v1/timelines/home")) == []


async def is_refreshed(stage: Stage, payload: Payload) -> None:
    """An actor changes what is shown of itself; nobody else can."""
    document = payload.document
    actor = stage.play(document["actor"])
    other = stage.play(f"{actor.uri}-else")
    given = document["object"] | {"id": actor.uri, "publicKey": actor.document["publicKey"]}
    payload = payload.with_document(document | {"object": given})
    await stage.hear_all(actor, actor.activity("Follow", object=ALICE))
    before = (await stage.account(actor))["display_name"]
    assert before != given["name"]

    assert (
        await stage.hear(other, payload.document | {"actor": other.uri, "id": f"{other.uri}/updates/1"}) == "rejected"
    )
    assert (await stage.account(actor))["display_name"] == before
    await stage.hear_all(actor, payload)

    account = await stage.account(actor)
    assert account["display_name"] == given["name"]
    assert words(given.get("summary") or "") == words(account["note"])
    fields = [(one["name"], one["value"]) for one in given.get("attachment", [])]
    assert [(one["name"], words(one["value"])) for one in account["fields"]] == fields
