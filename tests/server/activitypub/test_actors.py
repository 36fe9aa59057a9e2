"""Actor documents: the server's own whole, others bare without a signature and whole for partners."""

from dataclasses import replace
from datetime import datetime, timedelta

from federation.vocab import render
from tests.server.activitypub.home import HOME, Home, seen
from tests.support.ed25519 import TAKES_ED25519, TAKES_RFC9421, ed25519_key, publishes_ed25519
from tests.support.fake_peer import FakePeer
from tests.support.signing import Signing, rsa_key

ACTIVITY_JSON = "application/activity+json; charset=utf-8"
BARE = {
    "@context",
    "id",
    "type",
    "preferredUsername",
    "name",
    "inbox",
    "outbox",
    "followers",
    "endpoints",
    "publicKey",
    "assertionMethod",
}


async def test_the_servers_own_actor_is_whole_for_anybody(home: Home, stranger: FakePeer) -> None:
    answer = await stranger.get_unsigned(f"{HOME}/actor")

    assert answer.status == 200
    assert answer.headers["Content-Type"] == ACTIVITY_JSON
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.document["type"] == "Application"
    assert answer.document["id"] == f"{HOME}/actor"
    assert answer.document["inbox"] == f"{HOME}/actor/inbox"
    assert answer.document["publicKey"]["id"] == f"{HOME}/actor#main-key"
    assert "generator" in answer.document


async def test_a_strangers_signature_does_not_matter_for_the_servers_own_actor(home: Home, stranger: FakePeer) -> None:
    answer = await stranger.actor("eve").get(f"{HOME}/actor")

    assert answer.status == 200
    assert stranger.asked == []


async def test_a_partner_may_sign_its_questions_by_ed25519(home: Home, partner: FakePeer) -> None:
    """Signatures 1: a GET as well as a delivery, and not by somebody else's key."""
    await home.person("alice")
    bob = partner.actor("bob")
    how = publishes_ed25519(bob)

    answer = await bob.get(f"{HOME}/users/alice", how)
    forged = await bob.get(f"{HOME}/users/alice", replace(how, key=ed25519_key("another")))

    assert (answer.status, answer.document["name"]) == (200, "Alice")
    assert forged.status == 401


async def test_what_is_announced_of_signatures_is_what_is_taken(home: Home, partner: FakePeer) -> None:
    """FEP-844e"""
    announced = (await partner.actor("bob").get(f"{HOME}/actor")).document["generator"]["implements"]

    assert [one["href"] for one in announced] == [TAKES_RFC9421, TAKES_ED25519]


async def test_a_person_is_bare_without_a_signature(home: Home, stranger: FakePeer) -> None:
    await home.person("alice")

    answer = await stranger.get_unsigned(f"{HOME}/users/alice")

    assert answer.status == 200
    assert answer.headers["Content-Type"] == ACTIVITY_JSON
    assert answer.headers["Vary"] == "Accept, Signature, Signature-Input"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert set(answer.document) == BARE
    assert answer.document["name"] == "alice"
    assert answer.document["endpoints"] == {"sharedInbox": f"{HOME}/inbox"}


async def test_an_openly_shared_community_is_bare_without_a_signature(home: Home, stranger: FakePeer) -> None:
    await home.community("town", host=await home.person("alice"))

    answer = await stranger.get_unsigned(f"{HOME}/communities/town")

    assert answer.status == 200
    assert set(answer.document) == BARE
    assert answer.document["type"] == "Group"


async def test_a_partner_reads_the_whole_person(home: Home, partner: FakePeer) -> None:
    await home.person("alice")

    answer = await partner.actor("bob").get(f"{HOME}/users/alice")

    assert answer.status == 200
    assert answer.headers["Content-Type"] == ACTIVITY_JSON
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.document["name"] == "Alice"
    assert answer.document["webfinger"] == "alice@home.test"
    assert answer.document["publicKey"]["publicKeyPem"].startswith("-----BEGIN PUBLIC KEY-----")
    assert answer.document["assertionMethod"][0]["publicKeyMultibase"].startswith("z6Mk")


async def test_a_partner_reads_the_whole_community_in_either_scheme(home: Home, partner: FakePeer) -> None:
    await home.community("town", host=await home.person("alice"))
    bob = partner.actor("bob")

    older = await bob.get(f"{HOME}/communities/town")
    newer = await bob.get(f"{HOME}/communities/town", Signing(scheme="rfc9421"))

    assert older.status == newer.status == 200
    assert older.body == newer.body
    assert older.document["attributedTo"] == f"{HOME}/communities/town/moderators"


async def test_a_community_says_of_itself_all_that_its_readers_fail_without(home: Home, partner: FakePeer) -> None:
    """Group federation 1.1: what Mastodon, Lemmy, PieFed and NodeBB refuse an actor for, or read of it."""
    await home.community("town", host=await home.person("alice"))

    town = (await partner.actor("bob").get(f"{HOME}/communities/TOWN")).document

    uri = f"{HOME}/communities/town"
    assert town["@context"][0] == "https://www.w3.org/ns/activitystreams"
    assert (town["id"], town["type"], town["preferredUsername"], town["webfinger"]) == (
        uri,
        "Group",
        "town",
        "town@home.test",
    )
    assert (town["name"], town["url"]) == ("Town", f"{HOME}/@town")
    boxes = {name: town[name] for name in ("inbox", "outbox", "followers", "featured", "attributedTo", "moderators")}
    collections = {name: f"{uri}/{name}" for name in ("inbox", "outbox", "followers", "featured", "moderators")}
    assert boxes == collections | {"attributedTo": f"{uri}/moderators"}
    assert town["endpoints"] == {"sharedInbox": f"{HOME}/inbox"}
    flags = ("postingRestrictedToMods", "manuallyApprovesFollowers", "discoverable", "indexable", "sensitive")
    assert [town[name] for name in flags] == [False, False, True, False, False]
    assert {town["publicKey"][name] for name in ("id", "owner")} == {f"{uri}#main-key", uri}
    assert [(key["id"], key["type"], key["controller"]) for key in town["assertionMethod"]] == [
        (f"{uri}#ed25519-key", "Multikey", uri)
    ]
    assert datetime.fromisoformat(town["published"]) <= partner.clock.now()


async def test_whoever_has_to_be_let_in_is_told_so_by_the_communitys_document(home: Home) -> None:
    """Group federation 11: by `manuallyApprovesFollowers` Lemmy takes a community for private."""
    alice = await home.person("alice")
    made = [await home.community(kind, host=alice, visibility=kind) for kind in ("open", "private")]
    made.append(await home.community("asked", host=alice, visibility="on-request"))

    said = [render.actor(actor, [], HOME)["manuallyApprovesFollowers"] for actor in made]

    assert said == [False, True, True]


async def test_every_actor_has_what_parsers_demand(home: Home, partner: FakePeer) -> None:
    """Group federation 1.1: boxes, a key and a name of people and of the server; which has no followers (4)."""
    await home.person("alice")
    bob = partner.actor("bob")

    person = (await bob.get(f"{HOME}/users/alice")).document
    server = (await bob.get(f"{HOME}/actor")).document

    for actor in (person, server):
        assert {"inbox", "outbox", "name", "preferredUsername"} <= actor.keys()
        assert actor["publicKey"].keys() == {"id", "owner", "publicKeyPem"}
        assert "sharedInbox" in actor["endpoints"]
    assert ("followers" in person, "followers" in server) == (True, False)


async def test_a_signature_in_the_authorization_header_counts(home: Home, partner: FakePeer) -> None:
    await home.person("alice")
    bob = partner.actor("bob")
    headers = bob.headers("GET", f"{HOME}/users/alice", None)
    moved = [("authorization", f"Signature {v}") if name == "signature" else (name, v) for name, v in headers]

    answer = await partner.send("GET", f"{HOME}/users/alice", moved)

    assert "webfinger" in answer.document


async def test_a_name_in_another_spelling_leads_to_the_same_actor(home: Home, partner: FakePeer) -> None:
    await home.person("alice")

    answer = await partner.get_unsigned(f"{HOME}/users/ALICE")

    assert answer.document["id"] == f"{HOME}/users/alice"


async def test_hidden_communities_look_like_unknown_ones_to_everybody(
    home: Home, partner: FakePeer, stranger: FakePeer
) -> None:
    """T023, T155, T165, T170: private, on request, kept inside or labelled: as if it had never been, byte for byte."""
    alice = await home.person("alice")
    await home.community("plans", host=alice, visibility="private")
    await home.community("asked", host=alice, visibility="on-request")
    await home.community("board", host=alice, scope="none")
    await home.community("secret", host=alice, label="restricted")
    hidden = [f"{HOME}/communities/{name}" for name in ("plans", "asked", "board", "secret")]
    unknown = f"{HOME}/communities/nothing"
    bob, eve = partner.actor("bob"), stranger.actor("eve")

    unsigned = [seen(await stranger.get_unsigned(url)) for url in (unknown, *hidden)]
    strange = [seen(await eve.get(url)) for url in (unknown, *hidden)]
    allowed = [seen(await bob.get(url)) for url in (unknown, *hidden)]

    assert [unsigned[0][0], strange[0][0], allowed[0][0]] == [401, 403, 404]
    for answers in (unsigned, strange, allowed):
        assert answers == [answers[0]] * 5


async def test_an_unsigned_request_is_told_how_to_sign(home: Home, partner: FakePeer) -> None:
    """T023"""
    answer = await partner.get_unsigned(f"{HOME}/users/nobody_here")

    assert answer.status == 401
    assert answer.headers["Accept-Signature"].startswith('sig1=("@method" "@target-uri")')
    assert answer.document == {"error": "This request has to be signed"}


async def test_a_stranger_gets_no_document_whether_there_is_one_or_not(home: Home, stranger: FakePeer) -> None:
    """T056: signed and correct, but not allowed: the same refusal for all, and nothing is fetched from the stranger."""
    await home.person("alice")
    eve = stranger.actor("eve")

    known, unknown = await eve.get(f"{HOME}/users/alice"), await eve.get(f"{HOME}/users/zoe")

    assert seen(known) == seen(unknown)
    assert known.status == 403
    assert stranger.asked == []


async def test_a_wrong_signature_of_a_partner_is_refused_even_for_what_anybody_may_read(
    home: Home, partner: FakePeer
) -> None:
    await home.person("alice")

    answer = await partner.actor("bob").get(f"{HOME}/users/alice", Signing(key=rsa_key("another")))

    assert answer.status == 401


async def test_a_closed_account_is_unknown_to_the_public_and_stays_readable_for_partners(
    home: Home, partner: FakePeer
) -> None:
    """Posts of somebody who has left are still here, and whoever may read them has to find their author."""
    alice = await home.person("alice")
    await home.suspend(alice)

    unsigned = await partner.get_unsigned(alice.uri)
    unknown = await partner.get_unsigned(f"{HOME}/users/nobody_here")
    signed = await partner.actor("bob").get(alice.uri)

    assert seen(unsigned) == seen(unknown)
    assert signed.status == 200


async def test_a_deleted_person_leaves_a_tombstone_for_partners_only(
    home: Home, partner: FakePeer, stranger: FakePeer
) -> None:
    alice = await home.person("alice")
    await home.mark_deleted(alice)

    allowed = await partner.actor("bob").get(alice.uri)
    unsigned = await stranger.get_unsigned(alice.uri)
    strange = await stranger.actor("eve").get(alice.uri)

    assert allowed.status == 410
    assert allowed.document["type"] == "Tombstone"
    assert allowed.document["formerType"] == "Person"
    assert seen(unsigned) == seen(await stranger.get_unsigned(f"{HOME}/users/nobody_here"))
    assert strange.status == 403


async def test_a_dissolved_community_is_gone_where_it_was_known(home: Home, partner: FakePeer) -> None:
    """Group federation 12: at its own address and in WebFinger."""
    sites = await home.community("sites", host=await home.person("alice"), scope="all")
    await home.mark_deleted(sites)

    found = await partner.get_unsigned(f"{HOME}/.well-known/webfinger?resource=acct:sites@home.test")
    read = await partner.actor("bob").get(sites.uri)

    assert found.status == 410
    assert (read.status, read.document["type"], read.document["formerType"]) == (410, "Tombstone", "Group")


async def test_a_deleted_private_community_leaves_no_trace(home: Home, partner: FakePeer) -> None:
    """T155"""
    plans = await home.community("plans", host=await home.person("alice"), visibility="private")
    await home.mark_deleted(plans)
    bob = partner.actor("bob")

    assert seen(await bob.get(plans.uri)) == seen(await bob.get(f"{HOME}/communities/nothing"))


async def test_a_browser_is_sent_to_the_page_whether_there_is_one_or_not(home: Home, stranger: FakePeer) -> None:
    await home.person("alice")
    html = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"

    person = await stranger.get_unsigned(f"{HOME}/users/alice", Accept=html)
    nobody = await stranger.get_unsigned(f"{HOME}/communities/Nothing", Accept=html)

    assert (person.status, person.headers["Location"]) == (303, "/@alice")
    assert (nobody.status, nobody.headers["Location"]) == (303, "/@nothing")
    assert person.headers["Vary"] == "Accept"


async def test_names_that_nobody_can_have_are_unknown(home: Home, partner: FakePeer) -> None:
    odd = ["%00", "a%0d%0ab", "..%2factor", "%ff", "x" * 300, "al%C3%ADce", "%F0%9F%90%88"]

    answers = [seen(await partner.get_unsigned(f"{HOME}/users/{name}")) for name in odd]

    assert answers == [seen(await partner.get_unsigned(f"{HOME}/users/nobody_here"))] * len(odd)


async def test_changes_are_seen_at_once(home: Home, partner: FakePeer) -> None:
    """Nothing about who may see what is kept."""
    town = await home.community("town", host=await home.person("alice"))
    bob = partner.actor("bob")
    before = await bob.get(town.uri)

    await home.close_community(town)

    assert before.status == 200
    assert (await bob.get(town.uri)).status == 404
    assert (await bob.get(f"{town.uri}/followers")).status == 404


async def test_a_partner_that_is_suspended_is_a_stranger(home: Home, partner: FakePeer) -> None:
    alice = await home.person("alice")
    bob = partner.actor("bob")
    before = await bob.get(alice.uri)

    await home.suspend_partner("partner.test")
    home.clock.advance(seconds=2)

    assert before.status == 200
    assert (await bob.get(alice.uri)).status == 403


async def test_a_signature_is_good_for_an_hour(home: Home, partner: FakePeer) -> None:
    """T009, for a GET."""
    alice = await home.person("alice")
    bob = partner.actor("bob")
    noon = partner.clock.now()

    young = await bob.get(alice.uri, Signing(at=noon - timedelta(minutes=59)))
    old = await bob.get(alice.uri, Signing(at=noon - timedelta(minutes=61)))

    assert (young.status, old.status) == (200, 401)
