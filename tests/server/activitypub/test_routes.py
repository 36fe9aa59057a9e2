"""Every address at once: which of them answer somebody who is no partner."""

import pytest

from server.activitypub.routes import ROUTES
from tests.server.activitypub.home import HOME, Home
from tests.support.fake_peer import FakePeer

FOR_ANYBODY = {"/actor", "/.well-known/webfinger", "/.well-known/host-meta", "/.well-known/nodeinfo"}
ELSEWHERE = ("/nodeinfo/", "/media/")
"""With tests of their own: files of posts in `tests/instances/test_pictures.py`."""

READS = [path for method, path, _ in ROUTES if method == "GET" and not path.startswith(ELSEWHERE)]


@pytest.fixture
def database_url(migrated_sqlite_url: str) -> str:
    return migrated_sqlite_url


async def addresses(home: Home) -> dict[str, str]:
    """A real address for each route: of alice, of an openly shared community, of a post in it, of its activity."""
    alice = await home.person("alice")
    await home.community("town", host=alice)
    post = await home.post(alice, "@town Hello")
    [(activity, _)] = await home.activities_of(alice)
    known = {"/objects/{id}": post.uri, "/objects/{id}/replies": f"{post.uri}/replies", "/activities/{id}": activity}
    known |= {"/communities/{name}/t/{id}/context": f"{HOME}/communities/town/t/{post.id}/context"}
    known |= {"/.well-known/webfinger": f"{HOME}/.well-known/webfinger?resource=acct:alice@home.test"}
    name = {"users": "alice", "communities": "town"}
    return {path: known.get(path, HOME + path.replace("{name}", name.get(path.split("/")[1], ""))) for path in READS}


async def test_unsigned_requests_read_what_is_for_anybody_and_bare_actors(home: Home, stranger: FakePeer) -> None:
    """T056: a crawl without a signature."""
    answers = {path: (await stranger.get_unsigned(url)).status for path, url in (await addresses(home)).items()}

    assert {path for path, status in answers.items() if status == 200} == FOR_ANYBODY | {
        "/users/{name}",
        "/communities/{name}",
    }
    assert set(answers.values()) == {200, 401}


async def test_strangers_read_what_is_for_anybody_only(home: Home, stranger: FakePeer) -> None:
    """T056: a crawl with a good signature of a host that is not allowed; its key is not even looked at."""
    eve = stranger.actor("eve")

    answers = {path: (await eve.get(url)).status for path, url in (await addresses(home)).items()}

    assert {path for path, status in answers.items() if status == 200} == FOR_ANYBODY
    assert set(answers.values()) == {200, 403}
    assert stranger.asked == []


async def test_partners_read_all_of_it(home: Home, partner: FakePeer) -> None:
    """T056, the permission."""
    bob = partner.actor("bob")

    answers = {path: (await bob.get(url)).status for path, url in (await addresses(home)).items()}

    # Nothing was called back: of that nothing is left.
    assert answers.pop("/actor/copies") == 410
    assert set(answers.values()) == {200}


async def test_what_depends_on_the_signature_is_kept_by_no_cache(home: Home, partner: FakePeer) -> None:
    """T114"""
    bob = partner.actor("bob")
    urls = [url for path, url in (await addresses(home)).items() if path not in FOR_ANYBODY]

    answers = [answer for url in urls for answer in (await bob.get(url), await partner.get_unsigned(url))]

    assert {(answer.headers["Cache-Control"], answer.headers["Vary"]) for answer in answers} == {
        ("private, no-store", "Accept, Signature, Signature-Input")
    }


async def test_other_methods_are_refused_before_anything_is_looked_at(home: Home, partner: FakePeer) -> None:
    urls = [url for path, url in (await addresses(home)).items() if not path.startswith("/.well-known/")]

    answers = {url: (await partner.post_unsigned(url, {})).status for url in urls}

    assert answers == dict.fromkeys(urls, 405)
