"""The leak walk: of what is said in a community that is not for everybody, nobody else finds a trace, on no way.

Everything is asked by everybody who may not know: nobody, people of other communities, who has left, an administrator
whose visible entry is over while another's goes on, an auditor, a suspended account, an app without a person, servers
of partners and strangers (threats T023, T148 to T157, T160 to T162, T165, T170, T236, T244). What is not for everybody
leaves answers to others byte for byte as they were. Who is there and what is said stands in `leak_world.py`.
"""

import re
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from models.mail import Mail
from models.posts import Post
from models.writes.audit import OPERATOR
from server.actions import accounts
from server.actions.reminders import remind_of_reviews
from server.http.keys import LETTER_BOX
from tests.instances.conftest import ON_SQLITE
from tests.instances.leak_walk import Listener, Signer, Walk, questions, routes_of
from tests.instances.leak_world import (
    MARK,
    NAME,
    NAMED_TO_ADMINISTRATORS,
    RECEIPTS_TO_AUDITORS,
    WORD,
    World,
    a_world,
    acting_signer,
    addresses_in,
    agree,
    asked_by_name,
    carry_phones,
    changes,
    describe_everything,
    enter,
    files_of,
    fillings_at_beta,
    fillings_of,
    keep_traces,
    leave,
    listening,
    make_list,
    open_up,
    say_everything,
    say_from_beta,
    secret_ids,
    seen_by,
    signers_at_beta,
    signers_of,
    told_to_phone,
    told_to_strangers,
)
from tests.support.clock import AT_WORK
from tests.support.fake_peer import Hosts
from tests.support.held_clock import HeldClock
from tests.support.instances import Databases, Instance
from tests.support.post_office import PostOffice, opened_post_office
from tests.support.waiting import until

pytestmark = ON_SQLITE


@pytest.fixture
async def clock() -> HeldClock:
    """At an hour at which phones ring."""
    return HeldClock(AT_WORK)


@pytest.fixture
async def gamma(new_database: Databases, tmp_path: Path, hosts: Hosts, clock: HeldClock) -> AsyncIterator[Instance]:
    """gamma.test, installed."""
    async with Instance.made("gamma.test", hosts, clock, new_database(), tmp_path) as instance:
        yield instance


def walk_at(firm: Instance) -> Walk:
    return Walk(firm.session, firm.hosts[firm.host][1], firm.host)


async def walk_over_alpha(world: World) -> Walk:
    """Every route of the server where the community is, by everybody who may not know."""
    routes, walk, members = routes_of(world.alpha.app), walk_at(world.alpha), walk_at(world.alpha)
    fillings = await fillings_of(world, routes, members)
    opening = world.statuses["opening1"]
    addresses = [*asked_by_name(opening, world.community), *addresses_in(members), *world.kept["files"]]
    fields = changes(opening["id"], world.community["id"])
    for signer in [*await signers_of(world), await acting_signer(world)]:
        await walk.over(signer, routes, fillings, fields, addresses)
    assert walk.failures() == []
    # What rex was shown while he was in it opens nothing any more, whoever has the address.
    files = {f"GET {address}" for address in world.kept["files"]}
    assert {one.status for one in walk.heard if one.request in files} == {404}
    assert len({one.request for one in walk.heard}) > 500
    return walk


async def walk_over_beta(world: World) -> None:
    """Every route of a member's server, by who is there and no member, by nobody, and by other firms' servers."""
    community = await world["bob"].find(f"@{NAME}@alpha.test")
    assert community is not None
    routes, walk, members = routes_of(world.beta.app), walk_at(world.beta), walk_at(world.beta)
    await seen_by(world, world["bob"], routes, members)
    opening = world.at_beta["thread1"]
    addresses = [*asked_by_name(opening, community), *addresses_in(members)]
    fields = changes(opening["id"], community["id"])
    fillings = await fillings_at_beta(world, community)
    for signer in await signers_at_beta(world):
        await walk.over(signer, routes, fillings, fields, addresses)
    assert walk.failures() == []
    # Bare numbers of alpha's mean something else at beta.
    theirs = [one for one in await secret_ids(world.alpha, world.community) if one.startswith("http")]
    secrets = [WORD, NAME, NAME.title(), *theirs, *await secret_ids(world.beta, community)]
    assert not (found := walk.leaks(secrets)), "\n".join(found)


async def leave_and_go_on(world: World, *leavers: str) -> list[Listener]:
    """Some leave, one is suspended, and what is said goes on; who listened meanwhile."""
    world.kept["files"] = files_of(await world["rex"].read(world.statuses["opening1"]))
    world.kept["lists"] = [one["id"] for name in ("rex", "alice") for one in await world[name].get("/api/v1/lists")]
    own = {name: await make_list(world, name, "alice", "town") for name in ("olga", "ada")}
    own["rex"] = await make_list(world, "rex", "alice", "town", NAME)
    for name in leavers:
        await leave(world, name)
    await carry_phones(world, "olga", "ada", "rex", "hanna")
    async with world.alpha.db.write() as tx:
        await accounts.suspend(tx, world.alpha.services.runtime, "sam", by=OPERATOR)
    async with listening(world, world.kept["lists"], own) as listeners:
        await say_everything(world, "2")
        if "bob" not in leavers:
            await say_from_beta(world, "2")
    await world.rest()
    world.kept["entries"] = [await enter(world)]
    return listeners


async def phones_have_rung(world: World) -> None:
    """Everybody hears of something that is for all, after everything else; hanna, of what is for members."""
    await world["alice"].say(f"@town {MARK} @olga @ada @rex")
    for name, word in (("olga", MARK), ("ada", MARK), ("rex", MARK), ("hanna", f"{WORD}2")):

        async def has_rung(name: str = name, word: str = word) -> bool:
            return any(word in told for told in told_to_phone(world, name))

        await until(has_rung)


async def letters_have_gone_out(world: World, office: PostOffice) -> str:
    """What was written to people, administrators about the agreements included, as text."""
    await remind_of_reviews(world.alpha.services.runtime, world.alpha.app[LETTER_BOX])

    async def is_empty() -> bool:
        return not await world.alpha.rows(select(Mail.id).where(Mail.sent_at.is_(None)))

    await until(is_empty)
    assert office.letters
    return "\n".join(str(letter) for letter in office.letters)


async def test_nobody_finds_a_trace_of_a_private_community_with_members_at_a_partner(
    alpha: Instance, beta: Instance, gamma: Instance, hosts: Hosts, clock: HeldClock
) -> None:
    """With pictures, phones and letters; bob of beta is in it, gil of gamma was, and nobody else of their firms."""
    with opened_post_office() as office:
        mail = {"SMTP_URL": office.url, "MAIL_FROM": "entrepairs@alpha.test"}
        async with a_world(alpha, beta, hosts, clock, gamma=gamma, **mail) as world:
            await open_up(world, "private", "bob", "gil")
            with capture_logs() as logs:
                await describe_everything(world)
                await say_everything(world, "1")
                await world.rest()
                await say_from_beta(world, "1")
                await keep_traces(world, world["rex"])
                await world.rest()
                assert f"{WORD}1" in str(await gamma.heard())
                listeners = await leave_and_go_on(world, "rex", "gil")
                before = await world["alice"].threads(NAME.title())
                secrets = [WORD, NAME, NAME.title(), *await secret_ids(alpha, world.community)]
                # Before the walk, in which everybody puts their phone away, among all else that can be done.
                await phones_have_rung(world)
                letters = await letters_have_gone_out(world, office)
                walk = await walk_over_alpha(world)
                await walk_over_beta(world)

            leaks = [one for one in walk.leaks(secrets) if not one.startswith(NAMED_TO_ADMINISTRATORS)]
            assert not leaks, "\n".join(leaks)
            told = {name: told_to_phone(world, name) for name in ("olga", "ada", "rex")}
            heard = [
                *(one for each in listeners for one in each.heard),
                *(one for each in told.values() for one in each),
            ]
            assert [one for one in (*heard, letters) if any(secret in one for secret in secrets)] == []
            # Who walks names in its addresses what it looks for.
            written = [str({**entry, "path": ""}) for entry in logs]
            assert [one for one in written if any(word in one for word in (WORD, NAME, NAME.title()))] == []
            assert WORD not in await told_to_strangers(world)
            assert f"{WORD}2" not in str(await gamma.heard())
            held = await gamma.rows(select(Post.source, Post.content_html))
            assert WORD not in str(held)
            assert await world["alice"].threads(NAME.title()) == before


async def test_nobody_finds_a_trace_of_what_is_said_in_an_on_request_community(
    alpha: Instance, beta: Instance, hosts: Hosts, clock: HeldClock
) -> None:
    """Its name is known; what is said in it is not, nor by the partner whose last member left."""
    async with a_world(alpha, beta, hosts, clock) as world:
        await open_up(world, "on-request", "bob")
        with capture_logs() as logs:
            await describe_everything(world)
            await say_everything(world, "1")
            await keep_traces(world, world["rex"])
            await world.rest()
            listeners = await leave_and_go_on(world, "rex", "bob")
            known = (world.community["id"], world.community["uri"])
            secrets = [WORD, *(one for one in await secret_ids(alpha, world.community) if one not in known)]
            before = await world["alice"].threads(NAME.title())
            walk = await walk_over_alpha(world)

        leaks = walk.leaks(secrets)
        unexpected = [one for one in leaks if WORD in one or not one.startswith(RECEIPTS_TO_AUDITORS)]
        assert not unexpected, "\n".join(unexpected)
        for listener in listeners:
            assert [one for one in listener.heard if any(secret in one for secret in secrets)] == []
        assert not (written := [entry for entry in logs if WORD in str({**entry, "path": ""})]), written[:3]
        assert WORD not in await told_to_strangers(world)
        assert f"{WORD}2" not in str(await beta.heard())
        assert await world["alice"].threads(NAME.title()) == before


OF_ITS_OWN = ("/metrics", "/api/v1/streaming", "/sign-in/passkey")
"""What counts all work that is done, for operators, what has no end, and what challenges each asker anew."""


async def what_others_see(world: World, signers: Sequence[Signer]) -> dict[str, str]:
    """Every answer to everybody who never had to do with the community, about things that they may know."""
    walk = walk_at(world.alpha)
    people = [world.alice_and_hanna[name]["id"] for name in ("alice", "hanna")]
    unused = (
        "token",
        "number",
        "viewer_id",
        "code",
        "digest",
        "filter_id",
        "group_key",
        "post_id",
        "until",
    )
    others = {
        name: ["0"]
        for name in (*unused, "upload_id", "report_id", "host", "community", "handle", "rest", "quoting_status_id")
    }
    fillings = others | {
        "id": people,
        "account_id": people,
        "list_id": ["0"],
        "name": ["alice", "hanna", "town"],
        "hashtag": ["town"],
        "version": ["2.0", "2.1"],
        "path": ["base.css"],
    }
    routes = [
        (method, path)
        for method, path in routes_of(world.alpha.app)
        if method == "GET" and not path.startswith(OF_ITS_OWN)
    ]
    addresses = [
        questions("/users/alice/outbox", page="1"),
        questions("/communities/town/outbox", page="1"),
        questions("/api/v2/search", q="alice"),
        questions("/api/v1/directory", order="active"),
        questions("/api/v1/accounts/relationships", **{"id[]": people[0]}),
    ]
    for signer in signers:
        await walk.over(signer, routes, fillings, {}, addresses)
    assert walk.failures() == []
    return {f"{one.signer}: {one.request}": _lasting(one.text) for one in walk.heard}


_PASSING = re.compile(
    r"^(Date|X-Request-ID|X-RateLimit-\w+|Set-Cookie|ETag): .*$|name=\"csrf\" value=\"[^\"]*\"", re.M | re.I
)


def _lasting(text: str) -> str:
    """Without what differs from one answer to the next."""
    return _PASSING.sub("", text)


async def test_what_others_are_answered_stays_the_same_to_the_byte(
    alpha: Instance, beta: Instance, hosts: Hosts, clock: HeldClock
) -> None:
    """T155, T165, T170: no count, date or name shows that there is a private community, nor what goes on there."""
    async with a_world(alpha, beta, hosts, clock) as world:
        for name in ("alice", "hanna"):
            world.alice_and_hanna[name] = await world[name].get("/api/v1/accounts/verify_credentials")
        await agree(world, world.beta, "town")
        signers = await signers_of(world, ("olga", "ada"))
        before = await what_others_see(world, signers)

        await open_up(world, "private")
        await describe_everything(world)
        await say_everything(world, "1")
        await world.rest()

        after = await what_others_see(world, signers)
        assert after.keys() == before.keys()
        changed = {
            asked: (before[asked], after[asked])
            for asked in before
            if after[asked] != before[asked] and asked not in NAMED_TO_ADMINISTRATORS
        }
        assert changed == {}, "\n".join(changed)
