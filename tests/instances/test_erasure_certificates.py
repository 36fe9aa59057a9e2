"""The certificate of an erasure, which says what partners have confirmed (J12)."""

import pytest
from sqlalchemy import func, select

from federation.signatures.key_formats import parse_public_multibase
from federation.signatures.proofs import confirm_proof, examine_proofs
from models.actors import Actor
from models.posts import Post
from models.writes.audit import OPERATOR
from models.writes.retractions import WAKES
from server.actions import agreements, erasing, partners, receipts
from server.actions.receipts import Line
from server.actions.refusals import Refused
from tests.instances.sharing import Firms, say
from tests.support.api import Document
from tests.support.waiting import until

SITES = "@sites@alpha.test"
WORD = "zanzibarzz"


async def test_the_certificate_lists_what_partners_have_confirmed(firms: Firms) -> None:
    """J12, T241: what is asked for bears the number of the erasure; once confirmed, the certificate is whole."""
    dave = await firms.alpha.person("dave")
    await firms.alpha.community("sites", host=firms.alice, scope="selected")
    await firms.agree("sites")
    await dave.join(SITES)
    await firms.bob.join(SITES)
    question = await dave.say(f"{SITES} {WORD}, asks dave")
    await dave.say(f"More of {WORD}", answering=question)
    await firms.rest()
    assert await firms.bob.thread("Sites", WORD) is not None
    runtime = firms.alpha.services.runtime

    first: Document = await erasing.erase(
        firms.alpha.db, runtime, "dave", with_content=True, language="en", by=OPERATOR
    )
    number = int(first["number"])
    await firms.rest()
    async with firms.alpha.db.read() as tx:
        (listed,) = await erasing.issued(tx)
        last: Document = await erasing.certificate(tx, runtime, number)
        with pytest.raises(Refused, match="no erasure with the number 12"):
            await erasing.certificate(tx, runtime, 12)

    # How far beta is with it by then is its own affair.
    assert sum(one["requests"] for one in first["receipts"]) == 3
    assert (listed.number, listed.pending) == (number, 0)
    (receipt,) = last["receipts"]
    assert (receipt["partner"], receipt["outcome"], receipt["requests"]) == ("beta.test", "done", 3)
    assert receipt["last"] is not None
    assert last["pending"] == 0
    assert last["erased"] == first["erased"]
    assert "dave" not in str(last)
    (claim,) = examine_proofs(last, now=firms.alpha.clock.now())
    async with firms.alpha.db.read() as tx:
        desk = await agreements.office(tx, runtime)
    confirm_proof(claim, parse_public_multibase(desk.public_key), desk.actor.uri)
    assert await firms.bob.thread("Sites", WORD) is None


async def test_an_erased_identity_is_forgotten_and_confirmed_by_partners(firms: Firms) -> None:
    """J12, T241: also while the exchange rests; what was written stays, as a former colleague's."""
    dave = await firms.alpha.person("dave")
    await firms.alpha.community("sites", host=firms.alice, scope="selected")
    await firms.agree("sites")
    await dave.join(SITES)
    await firms.bob.join(SITES)
    await dave.say(f"{SITES} {WORD}, asks dave")
    await firms.rest()
    runtime = firms.alpha.services.runtime
    await say(firms.alpha, partners.suspend, "beta.test")
    await firms.settle()

    first: Document = await erasing.erase(
        firms.alpha.db, runtime, "dave", with_content=False, language="en", by=OPERATOR
    )
    number = int(first["number"])

    async def is_confirmed() -> bool:
        await firms.settle()
        return [line.checked_at is not None for line in await asked(firms)] == [True]

    await until(is_confirmed)
    async with firms.alpha.db.read() as tx:
        last: Document = await erasing.certificate(tx, runtime, number)
    assert (first["pending"], last["pending"]) == (1, 0)
    (receipt,) = last["receipts"]
    assert (receipt["partner"], receipt["outcome"], receipt["requests"]) == ("beta.test", "done", 1)
    (line,) = await asked(firms)
    name, shown, posts = await known_at_beta(firms, line.object)
    assert (line.scope, line.reason) == ("person", "erased")
    assert name.startswith("former_")
    assert (shown, posts) == ("", 1)

    # The profile itself comes when content goes again, with what the firm calls a former colleague.
    await say(firms.alpha, partners.resume, "beta.test")
    await say(firms.beta, partners.resume, "alpha.test")
    await firms.rest()
    assert await known_at_beta(firms, line.object) == (name, "Former colleague (alpha.test)", 1)


async def asked(firms: Firms) -> list[Line]:
    """What beta was asked to delete."""
    firms.alpha.services.runtime.events.wake(WAKES)
    async with firms.alpha.db.read() as tx:
        return await receipts.lines(tx, firms.alpha.services.runtime, "beta.test", only_open=False, most=10)


async def known_at_beta(firms: Firms, uri: str) -> tuple[str, str, int]:
    """Name and display name of the person with this id, and how much that they wrote is there."""
    said = func.count(Post.id).filter(Post.deleted_at.is_(None), Post.shared_post_id.is_(None))
    found = select(Actor.username, Actor.display_name, said).outerjoin(Post, Post.author_id == Actor.id)
    (row,) = await firms.beta.rows(found.where(Actor.uri == uri).group_by(Actor.id))
    return row[0], row[1], int(row[2])
