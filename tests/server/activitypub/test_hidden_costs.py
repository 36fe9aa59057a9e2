"""What is hidden is answered like what never was, and takes as many statements, whoever asks (threats T170, T023).

Over every address of ActivityPub and discovery: one that is new is in the walk by itself.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import insert

from models.media import FOR_POST, READY, Upload
from models.queries.actors import ActorRow
from models.queries.posts import PostRow
from server.activitypub.routes import ROUTES
from tests.server.activitypub.home import HOME, Home, seen
from tests.support.fake_peer import Answer, FakePeer
from tests.support.signing import Signing, rsa_key
from tests.support.statements import of_each_request

Ask = Callable[[str, str], Awaitable[Answer]]
WEBFINGER = "/.well-known/webfinger"
FILE = "f" * 32


@dataclass
class Named:
    """What stands in the braces of an address."""

    name: str
    number: str
    activity: str
    file: str

    def of(self, path: str) -> str:
        number = self.activity if path.startswith("/activities") else self.number
        name = self.file if path.startswith("/media") else self.name
        asked = path.replace("{name}", name).replace("{id}", number)
        return f"{asked}?resource=acct:{self.name}@home.test" if path == WEBFINGER else asked


MISSING = Named("nothing", "7", "7", "e" * 32)
PATHS = [(method, path) for method, path, _ in ROUTES if "{name}" in path or "{id}" in path or path == WEBFINGER]


@pytest.fixture
async def hidden(home: Home) -> Named:
    """A community that was closed to all after something was said in it, with an answer and a file."""
    alice = await home.person("alice")
    town = await home.community("town", host=alice)
    post = await home.post(alice, "@town Night shifts?")
    await _with_file(home, alice, post)
    activities = await home.activities_of(alice) + await home.activities_of(town)
    await home.close_community(town)
    return Named("town", str(post.id), activities[0][0].rpartition("/")[2], FILE)


async def _with_file(home: Home, owner: ActorRow, post: PostRow) -> None:
    runtime = home.services.runtime
    async with runtime.db.write() as tx:
        values = {"id": post.id + 1, "owner_id": owner.id, "post_id": post.id, "name": FILE, "attempts": 0}
        kinds = {"purpose": FOR_POST, "state": READY, "details": {}, "created_at": runtime.clock.now()}
        await tx.execute(insert(Upload).values(**values, **kinds))


def _askers(partner: FakePeer, stranger: FakePeer) -> dict[str, Ask]:
    bob, eve, wrong = partner.actor("bob"), stranger.actor("eve"), Signing(key=rsa_key("another"))

    async def by_partner(method: str, url: str) -> Answer:
        return await (bob.get(url) if method == "GET" else bob.post(url, bob.note()))

    async def by_stranger(method: str, url: str) -> Answer:
        return await (eve.get(url) if method == "GET" else eve.post(url, eve.note()))

    async def wrongly_signed(method: str, url: str) -> Answer:
        return await (bob.get(url, wrong) if method == "GET" else bob.post(url, bob.note(), wrong))

    async def unsigned(method: str, url: str) -> Answer:
        return await (stranger.get_unsigned(url) if method == "GET" else stranger.post_unsigned(url, bob.note()))

    return {"partner": by_partner, "stranger": by_stranger, "wrong": wrongly_signed, "unsigned": unsigned}


async def test_what_is_hidden_takes_as_many_statements_as_what_never_was(
    home: Home, hidden: Named, partner: FakePeer, stranger: FakePeer
) -> None:
    askers, runtime = _askers(partner, stranger), home.services.runtime
    # Who asks is known afterwards, and costs the same each time.
    for ask in askers.values():
        await ask("GET", f"{HOME}/users/nobody")

    with of_each_request(runtime.db) as asked:
        for who, ask in askers.items():
            for method, path in PATHS:
                answers = [await ask(method, f"{HOME}{one.of(path)}") for one in (MISSING, hidden)]
                costs = [len(asked.get(answer.headers["X-Request-Id"], ())) for answer in answers]

                assert seen(answers[0]) == seen(answers[1]), (who, path)
                assert answers[0].status in (401, 403, 404), (who, path)
                assert costs[0] == costs[1], (who, path, costs)


async def test_what_is_known_is_found_by_the_same_walk(home: Home, partner: FakePeer, stranger: FakePeer) -> None:
    """Else it would show nothing."""
    alice = await home.person("alice")
    town = await home.community("town", host=alice)
    post = await home.post(alice, "@town Night shifts?")
    activities = await home.activities_of(alice) + await home.activities_of(town)
    known = Named("town", str(post.id), activities[0][0].rpartition("/")[2], FILE)
    ask = _askers(partner, stranger)["partner"]

    found = {
        path: (await ask(method, f"{HOME}{known.of(path)}")).status
        for method, path in PATHS
        if not path.startswith(("/users", "/media"))
    }

    assert {path: status for path, status in found.items() if status not in (200, 202)} == {}
