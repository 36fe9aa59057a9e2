"""NodeInfo: what runs here, and no word about what people do."""

import pytest

from tests.server.activitypub.home import HOME, Home
from tests.support.fake_peer import FakePeer

SCHEMA = "http://nodeinfo.diaspora.software/ns/schema"


@pytest.fixture
def database_url(migrated_sqlite_url: str) -> str:
    return migrated_sqlite_url


async def test_the_documents_are_listed_with_the_servers_own_actor(home: Home, stranger: FakePeer) -> None:
    answer = await stranger.get_unsigned(f"{HOME}/.well-known/nodeinfo")

    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert {link["rel"]: link["href"] for link in answer.document["links"]} == {
        f"{SCHEMA}/2.0": f"{HOME}/nodeinfo/2.0",
        f"{SCHEMA}/2.1": f"{HOME}/nodeinfo/2.1",
        "https://www.w3.org/ns/activitystreams#Application": f"{HOME}/actor",
    }


@pytest.mark.parametrize("version", ["2.0", "2.1"])
async def test_the_document_says_what_runs_here(home: Home, stranger: FakePeer, version: str) -> None:
    answer = await stranger.get_unsigned(f"{HOME}/nodeinfo/{version}")

    document = answer.document
    assert answer.headers["Content-Type"] == f'application/json; charset=utf-8; profile="{SCHEMA}/{version}#"'
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert document["version"] == version
    assert document["software"]["name"] == "entrepairs"
    assert document["software"]["version"]
    assert document["protocols"] == ["activitypub"]
    assert document["metadata"] == {"upstream": {"name": "mastodon"}}
    assert document["openRegistrations"] is False


async def test_counts_reveal_accounts_and_nothing_that_was_written(home: Home, stranger: FakePeer) -> None:
    """T056, T165"""
    alice = await home.person("alice")
    await home.suspend(await home.person("ada"))
    await home.community("board", host=alice, scope="none")
    await home.post(alice, "@board Secret")

    usage = (await stranger.get_unsigned(f"{HOME}/nodeinfo/2.1")).document["usage"]

    assert usage == {
        "users": {"total": 1, "activeMonth": 0, "activeHalfyear": 0},
        "localPosts": 0,
        "localComments": 0,
    }


async def test_other_versions_do_not_exist(home: Home, stranger: FakePeer) -> None:
    answer = await stranger.get_unsigned(f"{HOME}/nodeinfo/1.0")

    assert answer.status == 404
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
