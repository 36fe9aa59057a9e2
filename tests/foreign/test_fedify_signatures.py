"""A partner on Fedify that takes Ed25519 signatures and announces it, and one that wants a nonce in each delivery.

What both sides do with each other otherwise is in `test_fedify.py`; here every delivery is verified by Fedify, and in
no other way than the one that it has asked for.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme
from aiohttp import ClientSession, DummyCookieJar

from tests.foreign import fedify_server
from tests.foreign.fedify_server import HOST, Foreigners
from tests.foreign.test_fedify import GROUP, SITES, Two, applied, join
from tests.support.ports import free_ports
from tests.support.processes import laboratory

pytestmark = pytest.mark.process


@contextmanager
def partners(folder: Path, **wishes: bool) -> Iterator[Two]:
    """alpha.test with its community, and a Fedify server that has these wishes."""
    authority = trustme.CA()
    fedify_server.packages()
    (port,) = free_ports(1)
    with laboratory(folder, ["alpha.test"], authority=authority, guests={HOST: port}) as (alpha,):
        alpha.ask("partner", "allow", HOST)
        alpha.add_people("alice", "ada")
        alpha.ask("community", "create", "sites", "--title", "Sites", "--host", "alice", "--scope", "all")
        alpha.start()
        hosts = {"alpha.test": alpha.tap.port}
        with fedify_server.running(folder, port, authority, hosts=hosts, first_knock="rfc9421", **wishes) as fedify:
            yield Two(alpha, fedify, "rfc9421")


@pytest.fixture
def ed25519(tmp_path: Path) -> Iterator[Two]:
    """A partner that takes Ed25519 signatures, and says so."""
    with partners(tmp_path, takes_ed25519=True) as two:
        yield two


@pytest.fixture
def nonces(tmp_path: Path) -> Iterator[Two]:
    """A partner that wants a nonce in each delivery, and says so."""
    with partners(tmp_path, wants_nonces=True) as two:
        yield two


@pytest.fixture
async def session() -> AsyncIterator[ClientSession]:
    async with ClientSession(cookie_jar=DummyCookieJar()) as made:
        yield made


async def talk(two: Two, session: ClientSession, foreigners: Foreigners) -> None:
    """freya joins and reads what ada says."""
    ada = two.alpha.person(session, "ada")
    await ada.join(SITES)
    await join(foreigners, ada, "freya")
    post = await ada.say(f"{SITES} Who runs nights?\n\nWe do not.")
    read = await applied(foreigners, types=["Announce", "Create", "Page"], object=post["uri"])
    assert read["actor"] == GROUP


async def test_fedify_verifies_what_is_signed_by_ed25519(ed25519: Two, session: ClientSession) -> None:
    """Signatures 3.5, FEP-844e: it takes nothing else here, and nothing else is tried once it has said so."""
    foreigners = ed25519.fedify.people_by(session)
    await foreigners.understand_only("ed25519")

    await talk(ed25519, session, foreigners)

    delivered = await foreigners.seen("delivered")
    assert {(one["scheme"], one["signer"], one["status"]) for one in delivered} == {("ed25519", GROUP, 202)}
    assert await foreigners.seen("turned away") == []


async def test_fedify_gets_the_nonce_that_it_asks_for(nonces: Two, session: ClientSession) -> None:
    """Signatures 3.5, RFC 9421 section 5: it refuses a delivery once, and says which nonce it wants."""
    foreigners = nonces.fedify.people_by(session)
    await foreigners.understand_only("rfc9421")

    await talk(nonces, session, foreigners)

    # What brings a proof of its own is believed without.
    answers = [one["status"] for one in await foreigners.seen("delivered") if one["type"] == "Accept"]
    assert answers == [401, 202]
