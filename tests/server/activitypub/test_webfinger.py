"""WebFinger and host-meta: for anybody, and silent about what is not shared."""

from xml.etree import ElementTree

import pytest

from models.queries.actors import ActorRow
from tests.server.activitypub.home import HOME, Home, seen
from tests.support.fake_peer import Answer, FakePeer

ALICE = [
    "acct:alice@home.test",
    "acct:ALICE@HOME.TEST",
    "acct:%40alice%40home.test",
    "acct:@alice@home.test",
    "ACCT:~alice@home.test",
    "acct:!alice@home.test",
    "alice@home.test",
    f"{HOME}/users/alice",
    f"{HOME}/@alice",
]

NOBODY = [
    "acct:alice@partner.test",
    "acct:alice@home.test.evil.test",
    "acct:alice",
    "acct:@home.test",
    "acct:alice@home.test@home.test",
    f"{HOME}.evil.test/users/alice",
    f"{HOME}/users/alice/outbox",
    f"{HOME}/communities/alice",
    "https://partner.test/users/bob",
    "mailto:alice@home.test",
    "acct:al%00ice@home.test",
    "acct:%ff@home.test",
    "%2a",
    "x" * 4000,
]


@pytest.fixture
def database_url(migrated_sqlite_url: str) -> str:
    return migrated_sqlite_url


@pytest.fixture
async def alice(home: Home) -> ActorRow:
    return await home.person("alice")


@pytest.fixture
async def town(home: Home, alice: ActorRow) -> ActorRow:
    return await home.community("town", host=alice)


async def ask(peer: FakePeer, resource: str) -> Answer:
    return await peer.get_unsigned(f"{HOME}/.well-known/webfinger?resource={resource}")


async def test_a_person_is_found_by_handle(alice: ActorRow, stranger: FakePeer) -> None:
    answer = await ask(stranger, "acct:alice@home.test")

    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/jrd+json; charset=utf-8"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert answer.document == {
        "subject": "acct:alice@home.test",
        "aliases": [f"{HOME}/@alice", f"{HOME}/users/alice"],
        "links": [
            {"rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": f"{HOME}/@alice"},
            {
                "rel": "self",
                "type": "application/activity+json",
                "href": f"{HOME}/users/alice",
                "properties": {"https://www.w3.org/ns/activitystreams#type": "Person"},
            },
        ],
    }


async def test_handles_and_addresses_lead_to_the_same_person(alice: ActorRow, stranger: FakePeer) -> None:
    found = {resource: (await ask(stranger, resource)).document.get("subject") for resource in ALICE}

    assert found == dict.fromkeys(ALICE, "acct:alice@home.test")


@pytest.mark.parametrize("resource", ["acct:town@home.test", "acct:!town@home.test", f"{HOME}/communities/town"])
async def test_an_openly_shared_community_is_found(town: ActorRow, stranger: FakePeer, resource: str) -> None:
    links = (await ask(stranger, resource)).document["links"]

    assert links[-1]["href"] == f"{HOME}/communities/town"
    assert links[-1]["properties"] == {"https://www.w3.org/ns/activitystreams#type": "Group"}


@pytest.mark.parametrize("resource", ["acct:home.test@home.test", f"{HOME}/actor", HOME, f"{HOME}/"])
async def test_the_server_is_found_by_its_own_name(home: Home, stranger: FakePeer, resource: str) -> None:
    document = (await ask(stranger, resource)).document

    assert document["subject"] == "acct:home.test@home.test"
    assert [link["href"] for link in document["links"]] == [f"{HOME}/actor"] * 2


async def test_hidden_communities_are_unknown_names(home: Home, alice: ActorRow, stranger: FakePeer) -> None:
    """T155, T165: private, or kept inside: the answer for a name that nobody has. Beside them one on request, which
    partners that have signed for it look up by its handle (interface 6.2).
    """
    await home.community("plans", host=alice, visibility="private")
    await home.community("asked", host=alice, visibility="on-request")
    await home.community("board", host=alice, scope="none")
    await home.community("within", host=alice, visibility="on-request", scope="none")
    unknown = seen(await ask(stranger, "acct:nothing@home.test"))

    hidden = [seen(await ask(stranger, f"acct:{name}@home.test")) for name in ("plans", "board", "within")]

    assert unknown[0] == 404
    assert hidden == [unknown] * 3
    assert (await ask(stranger, "acct:asked@home.test")).status == 200


async def test_everything_else_is_unknown(alice: ActorRow, stranger: FakePeer) -> None:
    answers = {resource: (await ask(stranger, resource)).status for resource in NOBODY}

    assert answers == dict.fromkeys(NOBODY, 404)


@pytest.mark.parametrize("query", ["", "?resource=", "?rel=self"])
async def test_a_resource_has_to_be_named(home: Home, stranger: FakePeer, query: str) -> None:
    answer = await stranger.get_unsigned(f"{HOME}/.well-known/webfinger{query}")

    assert answer.status == 400
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


async def test_who_was_deleted_is_gone_and_who_is_suspended_unknown(
    home: Home, alice: ActorRow, stranger: FakePeer
) -> None:
    ada = await home.person("ada")
    await home.mark_deleted(alice)
    await home.suspend(ada)

    assert (await ask(stranger, "acct:alice@home.test")).status == 410
    assert (await ask(stranger, "acct:ada@home.test")).status == 404


async def test_a_deleted_private_community_is_unknown(home: Home, alice: ActorRow, stranger: FakePeer) -> None:
    """T155"""
    plans = await home.community("plans", host=alice, visibility="private")
    await home.mark_deleted(plans)

    assert seen(await ask(stranger, "acct:plans@home.test")) == seen(await ask(stranger, "acct:nothing@home.test"))


async def test_host_meta_leads_to_webfinger(home: Home, stranger: FakePeer) -> None:
    answer = await stranger.get_unsigned(f"{HOME}/.well-known/host-meta")

    link = ElementTree.fromstring(answer.body)[0]
    assert answer.headers["Content-Type"] == "application/xrd+xml; charset=utf-8"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert link.attrib["rel"] == "lrdd"
    assert link.attrib["template"] == f"{HOME}/.well-known/webfinger?resource={{uri}}"
