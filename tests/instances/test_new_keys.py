"""`entrepairs keys rotate` beside a running server, while its partner, another process, knows the keys of before."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from aiohttp import ClientSession, DummyCookieJar

from tests.support.api import Api
from tests.support.processes import RunningFirm, laboratory
from tests.support.waiting import until

pytestmark = pytest.mark.process

SITES = "@sites@alpha.test"

Firms = tuple[RunningFirm, RunningFirm]


@pytest.fixture
def firms(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firms]:
    """alpha's community `sites` with three people; bob of beta."""
    with laboratory(tmp_path_factory.mktemp("keys"), ["alpha.test", "beta.test"]) as (alpha, beta):
        alpha.ask("partner", "allow", "beta.test")
        beta.ask("partner", "allow", "alpha.test")
        alpha.add_people("alice", "ada", "abe")
        beta.add_people("bob", "bea")
        alpha.ask("community", "create", "sites", "--title", "Sites", "--host", "alice", "--scope", "all")
        for firm in (alpha, beta):
            firm.launch()
        for firm in (alpha, beta):
            firm.wait_until_ready()
        yield alpha, beta


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    """What the apps send their requests with."""
    async with ClientSession(cookie_jar=DummyCookieJar()) as made:
        yield made


async def test_a_firm_changes_all_its_keys_while_its_people_go_on(firms: Firms, session: ClientSession) -> None:
    """Signatures 4.3: nothing is lost, and the partner does not take the firm for another (threats T066). By Ed25519
    under RFC 9421, since each has announced it (signatures 1).
    """
    alpha, beta = firms
    bob = beta.person(session, "bob")
    people = [alpha.person(session, name) for name in ("alice", "ada", "abe")]
    await bob.join(SITES)
    for person in people[1:]:
        await person.join(SITES)
    for person in people:
        await person.say(f"{SITES} {person.name} before")
        await bob.awaited_thread("Sites", f"{person.name} before")
        await _whisper(person, "before")
    await until(lambda: _has_heard(bob, 3))

    for name in ("sites", "alice", "ada", "abe"):
        await asyncio.to_thread(alpha.ask, "keys", "rotate", name)
    await asyncio.to_thread(alpha.ask, "keys", "rotate", "--server")
    assert await people[0].find("@bea@beta.test") is not None
    for person in people:
        await _whisper(person, "after")
        await person.say(f"{SITES} {person.name} after")

    for person in people:
        await bob.awaited_thread("Sites", f"{person.name} after")
    await until(lambda: _has_heard(bob, 6))
    known = await asyncio.to_thread(alpha.ask, "peer", "show", "beta.test")
    assert (known["signature_scheme"], known["signature_algorithm"]) == ("rfc9421", "ed25519")
    assert [one["state"] for one in await asyncio.to_thread(beta.ask, "partner", "list")] == ["active"]


async def _whisper(person: Api, words: str) -> None:
    await person.post("/api/v1/statuses", status=f"@bob@beta.test {person.name} {words}", visibility="direct")


async def _has_heard(person: Api, mentions: int) -> bool:
    return len(await person.notified_of("mention")) == mentions
