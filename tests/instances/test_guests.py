"""A guest of alpha between two firms: seen and heard where alpha added them, and nowhere else (product 3, 9)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from models.accounts import GUEST
from models.guests import GUEST_TERM
from models.queries import actors
from server.actions import guests, moderation
from server.actions.accounts import NewAccount, create_token
from server.api.routes import ROUTES as API_ROUTES
from server.mastodon.routes import ROUTES as MASTODON_ROUTES
from tests.instances.conftest import ON_SQLITE
from tests.instances.leak_walk import Signer, Walk, bearer
from tests.support.api import Api, Place
from tests.support.held_clock import HeldClock
from tests.support.instances import OPERATOR, SCOPES, Instance, keys_of

WORD = "qzebrafishq"
SITES, PLANS, BERLIN = "@sites@alpha.test", "@plans@alpha.test", "@berlin@beta.test"
OWN = "/api/entrepairs/v1"


@dataclass
class Firms:
    """alpha with `sites`, where gus is a guest and bob of beta a member, and `plans`; beta with `berlin`, where ada of
    alpha is a member.
    """

    alpha: Instance
    beta: Instance
    clock: HeldClock
    alice: Api
    ada: Api
    bob: Api
    berta: Api
    gus: Api

    async def rest(self) -> None:
        for _ in range(3):
            for firm in (self.alpha, self.beta):
                firm.nudge()
                await firm.at_rest()


async def guest(firm: Instance, name: str, *places: str) -> Api:
    """Somebody from outside, added by who runs the server."""
    runtime = firm.services.runtime
    new = NewAccount(username=name, email=f"{name}@outside.example", display_name=name.title(), role=GUEST)
    async with runtime.db.write() as tx:
        await guests.create_any(tx, runtime, new, places, keys_of(f"{name}@{firm.host}"), by=OPERATOR)
        token = await create_token(tx, runtime, name, SCOPES, by=OPERATOR)
    return Api(firm.session, Place(firm.host, firm.hosts[firm.host][1]), token, name)


@pytest.fixture
async def firms(alpha: Instance, beta: Instance, clock: HeldClock) -> AsyncIterator[Firms]:
    async with alpha.running(), beta.running():
        await alpha.allow("beta.test")
        await beta.allow("alpha.test")
        alice, ada = await alpha.person("alice"), await alpha.person("ada")
        bob, berta = await beta.person("bob"), await beta.person("berta")
        await alpha.community("sites", host=alice)
        await alpha.community("plans", host=alice)
        await beta.community("berlin", host=berta)
        gus = await guest(alpha, "gus", "sites")
        await bob.join(SITES)
        await ada.join(BERLIN)
        made = Firms(alpha, beta, clock, alice, ada, bob, berta, gus)
        await made.rest()
        yield made


async def test_a_guest_answers_and_is_seen_at_the_partner_and_goes_at_the_end(firms: Firms) -> None:
    """The whole way: a thread from beta, an answer by the guest, private words both ways, the end of their time."""
    await firms.bob.say(f"{SITES} How do you run night shifts?")
    await firms.rest()
    thread = await firms.gus.awaited_thread("Sites", "night shifts")

    await firms.gus.say("In threes", answering=thread)
    await firms.gus.post(f"/api/v1/statuses/{thread['id']}/favourite")
    await firms.rest()
    there = await firms.bob.awaited_thread("Sites", "night shifts")
    (answer,) = await firms.bob.replies(there)
    assert (answer["account"]["acct"], "In threes" in answer["content"]) == ("gus@alpha.test", True)
    assert (await firms.bob.get(f"/api/v1/statuses/{there['id']}"))["favourites_count"] == 1

    await firms.bob.post("/api/v1/statuses", status="@gus@alpha.test Between us", visibility="direct")
    await firms.rest()
    (heard, *_) = await firms.gus.get("/api/v1/notifications", types="mention")
    assert "Between us" in heard["status"]["content"]
    back = await firms.gus.call(
        "POST", "/api/v1/statuses", json={"status": "@bob@beta.test Yes", "visibility": "direct"}
    )
    assert back.status == 200

    firms.clock.advance(seconds=GUEST_TERM.total_seconds())
    await guests.keep_terms(firms.alpha.services.runtime)
    await firms.rest()

    assert (await firms.gus.call("GET", "/api/v1/timelines/home")).status in (401, 403)
    sites = await firms.alice.find(SITES)
    assert sites is not None
    members = await firms.alice.get(f"{OWN}/communities/{sites['id']}/members")
    assert sorted(one["account"]["acct"] for one in members) == ["alice", "bob@beta.test"]
    async with firms.beta.db.read() as tx:
        gone = await actors.by_handle(tx, "gus", "alpha.test")
    assert gone is not None
    assert gone.suspended_at is not None
    (kept,) = await firms.bob.replies(there)
    assert "In threes" in kept["content"]


async def test_a_guest_knows_nobody_and_no_community_of_the_partner_beyond_those_they_meet(firms: Firms) -> None:
    """T155: what alpha's own people see of beta is no part of what a guest sees."""
    await firms.berta.say(f"{BERLIN} {WORD}")
    await firms.alice.say(f"{PLANS} {WORD}")
    await firms.rest()
    berlin, thread = await firms.ada.find(BERLIN), await firms.ada.awaited_thread("Berlin", WORD)
    assert berlin is not None

    for handle in ("berlin@beta.test", "berta@beta.test", "@berta@beta.test", "plans"):
        found = await firms.gus.get("/api/v2/search", q=handle, resolve="true")
        assert (found["accounts"], found["statuses"]) == ([], []), handle
    assert (await firms.gus.call("POST", f"/api/v1/accounts/{berlin['id']}/follow")).status == 404
    assert (await firms.gus.call("POST", f"{OWN}/communities/{berlin['id']}/join")).status == 404
    assert (await firms.gus.call("GET", f"/api/v1/statuses/{thread['id']}")).status == 404
    named = await firms.gus.call(
        "POST", "/api/v1/statuses", json={"status": "@berta@beta.test Hello", "visibility": "direct"}
    )
    assert named.status == 403
    assert (await firms.gus.get("/api/v1/accounts/lookup", acct="bob@beta.test"))["acct"] == "bob@beta.test"


async def test_the_partners_host_brings_neither_guest_nor_auditor_into_their_community(firms: Firms) -> None:
    """Who is a guest where is said by the firm that answers for them, and an auditor is nowhere; its colleagues are
    invited as ever.
    """
    runtime = firms.beta.services.runtime
    dora = await firms.alpha.person("dora", role="auditor")
    await firms.bob.say(f"{SITES} Hello @gus@alpha.test")
    await firms.rest()

    for handle in ("gus@alpha.test", "dora@alpha.test", "alice@alpha.test"):
        await firms.berta.find(f"@{handle}")
        async with firms.beta.db.write() as tx:
            place = await moderation.operators_seat(tx, runtime, "berlin")
            person = await moderation.person_named(tx, runtime, handle)
            await moderation.invite(tx, runtime, place, person)
    await firms.rest()

    assert [await one.get(f"{OWN}/invitations") for one in (firms.gus, dora)] == [[], []]
    assert [one["community"]["acct"] for one in await firms.alice.get(f"{OWN}/invitations")] == ["berlin@beta.test"]
    assert (await firms.gus.get("/api/v2/search", q="berlin"))["accounts"] == []


@ON_SQLITE
async def test_by_no_address_a_guest_reads_or_changes_what_is_elsewhere(firms: Firms) -> None:
    """T023, T155: every address of both APIs, read and written, with every id of a community of alpha and of one of
    beta that they are not in: nothing is shown, and nothing is done.
    """
    await firms.berta.say(f"{BERLIN} {WORD}")
    plans = await firms.alice.say(f"{PLANS} {WORD}")
    await firms.rest()
    theirs = await firms.ada.awaited_thread("Berlin", WORD)
    berlin, ours = await firms.ada.find(BERLIN), await firms.alice.find(PLANS)
    assert berlin is not None
    assert ours is not None
    ids = [theirs["id"], plans["id"], berlin["id"], ours["id"], theirs["account"]["id"]]
    walk = Walk(firms.alpha.session, firms.alpha.hosts["alpha.test"][1])
    routes = sorted(
        {
            (method, path)
            for table in (API_ROUTES, MASTODON_ROUTES)
            for method, path, *_ in table
            # A tag that somebody follows is a word of theirs, whoever else uses it.
            if "{" in path and method != "*" and not path.startswith("/api/v1/tags/")
        }
    )
    usual = {"name": ["berta"], "hashtag": [WORD]}
    names = {name for _, path in routes for name in _names(path)} - usual.keys()

    await walk.over(
        Signer("gus", bearer(firms.gus.token)), routes, usual | dict.fromkeys(names, ids), {"status": "x"}, []
    )

    assert walk.failures() == []
    assert not (found := walk.leaks([WORD, *ids])), "\n".join(found)
    assert len(walk.heard) > 500
    assert [one.request for one in walk.heard if one.status < 400 and not one.request.startswith("GET ")] == []


def _names(path: str) -> list[str]:
    return [one.partition("}")[0] for one in path.split("{")[1:]]
