"""J12 whole: somebody has their archive, then is erased here and at a partner, with a certificate."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from sqlalchemy import select

from federation.signatures.key_formats import parse_public_multibase
from federation.signatures.proofs import confirm_proof, examine_proofs
from models.posts import Post
from server.actions import agreements
from tests.instances.journey import journey
from tests.instances.offices import Offices, offices, signed_in
from tests.server.admin.desk import press, pressed
from tests.server.admin.test_requests import ASK, only_one
from tests.support.instances import Databases, Instance

ALPHA, BETA = "alpha.test", "beta.test"
SITES = f"@sites@{ALPHA}"
OWN, FETCH = "/me/data", "/me/data/fetch"
WORD = "zanzibarzz"


async def certificate(office: Offices, request: str) -> dict[str, Any]:
    """What the auditor can show, as it stands now; signed by the server's own key."""
    found: dict[str, Any] = json.loads((await office.auditor.get(f"{request}/certificate")).text)
    firm = office.firm
    async with firm.db.read() as tx:
        desk = await agreements.office(tx, firm.services.runtime)
    (claim,) = examine_proofs(found, now=firm.clock.now())
    confirm_proof(claim, parse_public_multibase(desk.public_key), desk.actor.uri)
    return found


async def copies(firm: Instance) -> str:
    """All that a firm has of what was said."""
    return str(await firm.rows(select(Post.content_html, Post.title)))


async def test_somebody_has_their_data_and_is_erased(new_database: Databases, tmp_path: Path) -> None:
    """J12, threats T179, T181, T241: the partner is away when it is asked, and confirms in the end."""
    async with journey(new_database, tmp_path, ALPHA, BETA) as way:
        alice, dave = await way[ALPHA].person("alice"), await way[ALPHA].person("dave")
        bob = await way[BETA].person("bob")
        await way[ALPHA].community("sites", host=alice, scope="selected")
        await way.agree(ALPHA, BETA, "sites")
        for person in (dave, bob):
            await person.join(SITES)
        question = await dave.say(f"{SITES} {WORD}, asks dave")
        await way.rest()
        thread = await bob.awaited_thread("Sites", WORD)
        await bob.say("In threes", answering=thread)
        await way.step()
        assert len(await dave.replies(question)) == 1

        # Access: asked, killed, given, fetched.
        office = await offices(way[ALPHA], BETA)
        own = await signed_in(way[ALPHA], "dave")
        await pressed(own, OWN, ASK, kind="access")
        await way.kill(ALPHA)
        request = await only_one(office.auditor)
        assert FETCH not in (await own.get(OWN)).text
        await pressed(office.auditor, request, f"{request}/give")
        with ZipFile(BytesIO((await press(own, OWN, FETCH)).body)) as bundle:
            whole = "\n".join(bundle.read(name).decode(errors="replace") for name in bundle.namelist())
        assert WORD in whole
        assert "bob" not in whole
        await way.step()

        # Erasure: asked, then done while the partner is away, by a server that is killed before it is back.
        await pressed(own, OWN, ASK, kind="erasure-content")
        request = await only_one(office.auditor)
        with way.cut_off(BETA):
            await pressed(office.auditor, request, f"{request}/erase")
            pending = await certificate(office, request)
            await way.kill(ALPHA)
            assert WORD not in await copies(way[ALPHA])
            assert WORD in await copies(way[BETA])
        assert pending["pending"] > 0
        await way.kill(BETA)
        await way.step()

        assert WORD not in await copies(way[BETA])
        assert await bob.thread("Sites", WORD) is None
        last = await certificate(office, request)
        assert (last["number"], last["erased"], last["pending"]) == (pending["number"], pending["erased"], 0)
        assert [(one["partner"], one["outcome"]) for one in last["receipts"]] == [(BETA, "done")]
        assert "dave" not in json.dumps(last)
        # What dave wrote is sent once more, to both, and is still gone.
        await way.step()
        assert WORD not in await copies(way[ALPHA]) + await copies(way[BETA])
