"""Letters to and from bovine, a library on PyPI: what it signs is understood here, what we sign and publish there.

It runs in an environment of its own, started for each order. It signs in draft-cavage, and verifies no @target-uri.
"""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.foreign.kept import kept, run
from tests.support.api import Api
from tests.support.fake_peer import Asked, FakeActor, FakePeer, Hosts
from tests.support.held_clock import HeldClock
from tests.support.instances import Databases, Instance
from tests.support.signing import rsa_key
from tests.support.waiting import until

pytestmark = [pytest.mark.process, pytest.mark.parametrize("new_database", ["sqlite"], indirect=True)]

SOURCES = Path(__file__).parent / "bovine"
SITES = "http://alpha.test/communities/sites"
HANDLE = "@sites@alpha.test"


@pytest.fixture(scope="session")
def bovine() -> Path:
    """The Python that has bovine's packages."""

    def install(target: Path) -> None:
        run([sys.executable, "-m", "venv", str(target)], target)
        run([str(target / "bin/pip"), "install", "--quiet", "--requirement", str(SOURCES / "requirements.txt")], target)

    return kept("bovine", SOURCES / "requirements.txt", install) / "bin/python"


@pytest.fixture
async def clock() -> HeldClock:
    """Held at the present: bovine's own clock cannot be moved."""
    return HeldClock(datetime.now(UTC))


@pytest.fixture
async def alpha(
    new_database: Databases, tmp_path: Path, hosts: Hosts, clock: HeldClock, partner: FakePeer
) -> AsyncIterator[Instance]:
    """alpha.test, running."""
    async with Instance.made("alpha.test", hosts, clock, new_database(), tmp_path) as instance, instance.running():
        await instance.allow(partner.host)
        yield instance


@pytest.fixture
async def alice(alpha: Instance) -> Api:
    """The host of alpha's community."""
    person = await alpha.person("alice")
    await alpha.community("sites", host=person)
    return person


class Letters:
    """Somebody at partner.test whose letters bovine writes and reads."""

    def __init__(self, python: Path, actor: FakeActor, alpha: Instance) -> None:
        self.actor = actor
        self._python = python
        self._port = alpha.hosts[alpha.host][1]

    async def ask(self, do: str, url: str, **order: Any) -> Any:
        """A request that bovine signs with the actor's key; status and document."""
        pem = self.actor.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        return await self.do(do, url=url, port=self._port, key_id=self.actor.key_id, private_key=pem, **order)

    async def do(self, what: str, **order: Any) -> Any:
        """Any order of `bovine/talk.py`."""
        process = await asyncio.create_subprocess_exec(
            self._python, SOURCES / "talk.py", stdin=PIPE, stdout=PIPE, stderr=PIPE
        )
        said, errors = await process.communicate(json.dumps({"do": what, **order}).encode())
        assert process.returncode == 0, errors.decode()[-2000:]
        return json.loads(said)


@pytest.fixture
async def bob(bovine: Path, partner: FakePeer, alpha: Instance) -> Letters:
    """bob, with an RSA key."""
    return Letters(bovine, partner.actor("bob"), alpha)


@pytest.mark.parametrize("digest", ["sha-256", "SHA-256"])
async def test_what_bovine_signs_is_verified_and_applied(
    alice: Api, bob: Letters, alpha: Instance, digest: str
) -> None:
    """With both forms of the digest that belongs to its scheme."""
    follow = bob.actor.activity("Follow", object=SITES)

    answer = await bob.ask("deliver", f"{SITES}/inbox", activity=follow, digest=digest)

    assert answer["status"] == 202
    await until(lambda: is_member(alice, "bob@partner.test"))


async def test_a_digest_of_the_other_scheme_does_not_count(alice: Api, bob: Letters, alpha: Instance) -> None:
    """T003: draft-cavage binds the body by `Digest`; bovine can be told to send `Content-Digest` in its place."""
    follow = bob.actor.activity("Follow", object=SITES)

    answer = await bob.ask("deliver", f"{SITES}/inbox", activity=follow, digest="content-digest")

    assert answer["status"] == 401


async def test_what_bovine_signs_with_another_key_is_refused(alice: Api, bob: Letters, alpha: Instance) -> None:
    follow = bob.actor.activity("Follow", object=SITES)
    published = bob.actor.key
    bob.actor.key = rsa_key("mallory@partner.test")

    refused = await bob.ask("deliver", f"{SITES}/inbox", activity=follow)
    bob.actor.key = published
    understood = await bob.ask("deliver", f"{SITES}/inbox", activity=follow)

    assert (refused["status"], understood["status"]) == (401, 202)


async def test_our_documents_can_be_fetched_and_read_by_bovine(alice: Api, bob: Letters, alpha: Instance) -> None:
    """People, communities, posts and activities, each by a GET that bovine signs."""
    await bob.ask("deliver", f"{SITES}/inbox", activity=bob.actor.activity("Follow", object=SITES))
    await until(lambda: is_member(alice, "bob@partner.test"))
    post = await alice.say(f"{HANDLE} Night shifts?\n\nWho has any?")
    await until(lambda: asked(bob, "Announce"))
    create = (await alpha.composed("Create"))[0]

    fetched = [
        await bob.ask("fetch", url) for url in ("http://alpha.test/users/alice", SITES, post["uri"], f"{SITES}/outbox")
    ]
    documents = [one["document"] for one in fetched]
    person, group, page, outbox, activity = await bob.do("read", documents=[*documents, create])

    assert {one["status"] for one in fetched} == {200}
    assert (person["actor"]["type"], group["actor"]["type"]) == ("Person", "Group")
    assert person["actor"]["preferredUsername"] == "alice"
    assert group["actor"]["inbox"] == f"{SITES}/inbox"
    assert (page["object"]["name"], page["object"]["attributedTo"]) == ("Night shifts?", person["actor"]["id"])
    assert outbox["collection"]["type"] == "OrderedCollection"
    assert activity["activity"]["object"] == activity["embedded_object"]["id"] == post["uri"]


async def test_what_we_deliver_is_verified_by_bovine_and_not_once_it_was_changed(
    alice: Api, bob: Letters, alpha: Instance
) -> None:
    await bob.ask("deliver", f"{SITES}/inbox", activity=bob.actor.activity("Follow", object=SITES))
    await until(lambda: asked(bob, "Accept"))
    delivered = (await asked(bob, "Accept"))[0]
    group = (await bob.ask("fetch", SITES))["document"]
    order = {
        "method": delivered.method,
        "url": bob.actor.peer.url(delivered.target),
        "headers": {name.lower(): value for name, value in delivered.headers.items()},
        "public_key": group["publicKey"],
    }
    body = delivered.body.decode()

    verified = await bob.do("check", **order, body=body)
    changed = await bob.do("check", **order, body=body.replace("Accept", "Reject"))

    assert (verified["signer"], changed["signer"]) == (SITES, None)


async def asked(bob: Letters, kind: str) -> list[Asked]:
    """The deliveries of one type that bob's server has got."""
    posted = [one for one in bob.actor.peer.asked if one.method == "POST"]
    return [one for one in posted if one.document["type"] == kind]


async def is_member(alice: Api, acct: str) -> bool:
    """Whether somebody has joined the community."""
    return acct in await alice.members(HANDLE)
