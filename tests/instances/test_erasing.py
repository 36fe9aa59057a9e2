"""Erasing a person here and at partners, with a certificate; and the archive of what they have (J12, T179, T181)."""

from collections.abc import AsyncIterator
from io import BytesIO
from zipfile import ZipFile

import msgspec
import pytest
from sqlalchemy import select

from federation.agreements.terms import CONTEXT
from federation.signatures.key_formats import parse_public_multibase
from federation.signatures.proofs import confirm_proof, examine_proofs
from models.tables import metadata
from models.writes.audit import OPERATOR
from models.writes.erasing import KEPT
from server.actions import accounts, agreements, archive, erasing
from server.actions.refusals import Refused
from tests.support import files
from tests.support.api import Api, Document
from tests.support.held_clock import HeldClock
from tests.support.instances import Instance

SITES = "@sites@alpha.test"
WORD = "zanzibarzz"


@pytest.fixture
async def firms(alpha: Instance, beta: Instance, clock: HeldClock) -> AsyncIterator[tuple[Instance, Instance]]:
    async with alpha.running(), beta.running():
        await alpha.allow("beta.test")
        await beta.allow("alpha.test")
        yield alpha, beta


async def rest(*firms: Instance) -> None:
    for _ in range(3):
        for firm in firms:
            firm.nudge()
            await firm.at_rest()


async def talk(alpha: Instance, beta: Instance) -> tuple[Api, Api]:
    """dave at alpha writes in a community where bob of beta is a member."""
    alice, dave, bob = await alpha.person("alice"), await alpha.person("dave"), await beta.person("bob")
    await alpha.community("sites", host=alice)
    await dave.join(SITES)
    await bob.join(SITES)
    question = await dave.say(f"{SITES} {WORD}, asks dave of @alice")
    answer = await alice.say("We do it like this", answering=question)
    await dave.like(answer)
    await dave.post(f"/api/v1/statuses/{answer['id']}/bookmark")
    await rest(alpha, beta)
    assert await bob.thread("Sites", WORD) is not None
    return alice, bob


async def erase(firm: Instance, name: str, *, with_content: bool) -> Document:
    runtime = firm.services.runtime
    return await erasing.erase(firm.db, runtime, name, with_content=with_content, language="en", by=OPERATOR)


async def everything(firm: Instance, *, but: frozenset[str] = frozenset()) -> str:
    """All that a database holds, as text."""
    found = []
    async with firm.db.read() as tx:
        for table in metadata.sorted_tables:
            if table.name not in but:
                found += [str(tuple(row)) for row in await tx.select(select(table))]
    return "\n".join(found)


async def test_whoever_is_erased_with_content_is_nowhere_any_more(firms: tuple[Instance, Instance]) -> None:
    """T179: neither here nor at the partner; a signed certificate says so, and the trail has a pseudonym."""
    alpha, beta = firms
    alice, bob = await talk(alpha, beta)
    async with alpha.db.read() as tx:
        before = await erasing.preview(tx, "dave", with_content=True)
    assert (before.erased.posts, before.erased.reactions, before.partners) == (1, 1, ["beta.test"])

    certificate = await erase(alpha, "dave", with_content=True)
    await rest(alpha, beta)

    assert await bob.thread("Sites", WORD) is None
    assert await alice.thread("Sites", WORD) is None
    held = await everything(alpha, but=frozenset({"audit_entries", "activities", "inbox_activities"}))
    assert WORD not in held
    assert "dave@mail.example" not in held
    async with alpha.db.read() as tx:
        desk = await agreements.office(tx, alpha.services.runtime)
    (claim,) = examine_proofs(certificate, now=alpha.clock.now())
    confirm_proof(claim, parse_public_multibase(desk.public_key), desk.actor.uri)
    assert "dave" not in str(certificate)
    assert certificate["@context"] == CONTEXT
    with pytest.raises(Refused, match="Nobody here"):
        await erase(alpha, "dave", with_content=True)


async def test_an_erased_identity_leaves_what_was_written_as_a_former_colleagues(
    firms: tuple[Instance, Instance], clock: HeldClock
) -> None:
    alpha, beta = firms
    _, bob = await talk(alpha, beta)

    await erase(alpha, "dave", with_content=False)
    await rest(alpha, beta)
    # Profiles are shown from memory for a while.
    clock.advance(minutes=10)

    thread = await bob.awaited_thread("Sites", WORD)
    assert thread["account"]["display_name"] == "Former colleague (alpha.test)"
    assert thread["account"]["acct"].startswith("former_")
    async with alpha.db.read() as tx:
        with pytest.raises(Refused, match="Nobody here"):
            await accounts.find(tx, "dave")


async def test_the_last_administrator_is_not_erased(firms: tuple[Instance, Instance]) -> None:
    """T232."""
    alpha, _ = firms
    await alpha.person("ada", role="admin")

    with pytest.raises(Refused, match="last administrator"):
        await erase(alpha, "ada", with_content=True)


async def test_the_archive_has_all_of_oneself_and_masks_others(firms: tuple[Instance, Instance]) -> None:
    """T181."""
    alpha, beta = firms
    await talk(alpha, beta)

    made = await archive_of(alpha, "dave")

    names = set(made)
    texts = {name: content.decode() for name, content in made.items()}
    assert {"index.html", "posts.html", "data/profile.json", "data/posts.json", "data/log.json"} <= names
    (post,) = msgspec.json.decode(texts["data/posts.json"])
    assert WORD in post["source"]
    assert WORD in texts["posts.html"]
    assert msgspec.json.decode(texts["data/profile.json"])["email"] == "dave@mail.example"
    assert [one["name"] for one in msgspec.json.decode(texts["data/memberships.json"])] == ["sites"]
    assert len(msgspec.json.decode(texts["data/reactions.json"])) == 1
    whole = "\n".join(texts.values())
    assert "alice" not in whole
    assert "We do it like this" not in whole


async def archive_of(firm: Instance, name: str) -> dict[str, bytes]:
    """The files in somebody's archive."""
    async with firm.db.write() as tx:
        gathered = await archive.export(tx, firm.services.runtime, name, by=OPERATOR)
    target = BytesIO()
    await archive.pack(gathered, firm.uploads.store, target)
    with ZipFile(target) as bundle:
        return {one: bundle.read(one) for one in bundle.namelist()}


async def test_the_archive_has_ones_own_files_and_pages_to_read_everything(firms: tuple[Instance, Instance]) -> None:
    """J12: pictures as they are kept, by their numbers and never by the store's names; each list has a page."""
    alpha, _ = firms
    dave = await alpha.person("dave")
    file = await dave.upload(files.picture(), "secret-name.png", description="Plan of the hall")
    await dave.post("/api/v1/statuses", status="The plan", media_ids=[file["id"]])

    made = await archive_of(alpha, "dave")

    (listed,) = msgspec.json.decode(made["data/files.json"])
    assert listed["description"] == "Plan of the hall"
    assert files.opened(made[listed["file"]]).size == (64, 48)
    assert f'href="{listed["file"]}"' in made["posts.html"].decode()
    assert f'href="{listed["file"]}"' in made["files.html"].decode()
    for name in ("profile", "memberships", "notifications", "log"):
        assert b"<h1>" in made[f"{name}.html"]
        assert f'href="{name}.html"' in made["index.html"].decode()
    assert not [one for one in made.values() if b"secret-name" in one]


def test_every_new_table_of_somebodys_own_is_erased_or_named() -> None:
    """A table with somebody's rows is either emptied of them by itself, or stands in `KEPT` with what it is."""
    owned = {
        table.name
        for table in metadata.sorted_tables
        for column in table.columns
        if column.name == "actor_id" and any(key.target_fullname == "actors.id" for key in column.foreign_keys)
    }

    assert owned >= KEPT
