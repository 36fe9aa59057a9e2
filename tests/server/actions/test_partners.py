"""Partners: which hosts can be named, and what each step changes in the peers and their queues."""

import json
from collections.abc import Sequence

import pytest
from sqlalchemy import func, insert, select

from models.actors import Actor, Follow
from models.outbox import Activity, Delivery, DeliveryQueue
from models.peers import Peer
from models.queries import audit, peers, state
from server.actions import partners
from server.actions.refusals import Refused
from server.installation import Installation


async def allow(here: Installation, *domains: str) -> list[tuple[str, str]]:
    async with here.db.write() as tx:
        rows = await partners.allow(tx, here, domains, by="operator")
    return [(row.host, row.state) for row in rows]


async def step(here: Installation, name: str, domain: str = "beta.test") -> str:
    action = {"suspend": partners.suspend, "resume": partners.resume, "end": partners.end}[name]
    async with here.db.write() as tx:
        return (await action(tx, here, domain, by="operator")).state


async def revision(here: Installation) -> int:
    async with here.db.read() as tx:
        return await state.revision(tx, "peers")


async def actions(here: Installation) -> list[str]:
    async with here.db.read() as tx:
        return [row.action async for row in audit.entries(tx)]


async def owe_something(here: Installation, host: str) -> None:
    """One delivery to a member there, who follows somebody here."""
    now = here.clock.now()
    async with here.db.write() as tx:
        peer_id = await tx.scalar(select(Peer.id).where(Peer.host == host))
        for identifier, name, of_peer in ((1, "alice", None), (2, "bob", peer_id)):
            await tx.execute(
                insert(Actor),
                {
                    "id": identifier,
                    "uri": f"http://x.test/{name}",
                    "type": "Person",
                    "username": name,
                    "host": "x.test",
                    "peer_id": of_peer,
                    "url": f"http://x.test/@{name}",
                    "inbox_url": f"http://x.test/{name}/inbox",
                    "created_at": now,
                },
            )
        await tx.execute(
            insert(Follow),
            {
                "id": 3,
                "follower_id": 2,
                "follower_peer_id": peer_id,
                "target_id": 1,
                "activity_uri": "http://x.test/follow",
                "is_accepted": True,
                "requested_at": now,
            },
        )
        await tx.execute(
            insert(Activity),
            {
                "id": 4,
                "uri": "http://alpha.test/activities/4",
                "actor_id": 1,
                "type": "Create",
                "payload": b"{}",
                "digest": "x",
                "created_at": now,
            },
        )
        await tx.execute(
            insert(Delivery),
            {
                "peer_id": peer_id,
                "order_key": 1,
                "activity_id": 4,
                "inbox_url": "http://x.test/inbox",
                "created_at": now,
            },
        )


async def owed(here: Installation) -> tuple[int, int]:
    """Deliveries, and follows across."""
    async with here.db.read() as tx:
        return (
            await tx.scalar(select(func.count()).select_from(Delivery)),
            await tx.scalar(select(func.count()).select_from(Follow)),
        )


async def test_allowed_hosts_become_active_basic_partners_with_a_queue(installation: Installation) -> None:
    assert await allow(installation, "Beta.test", "gamma.test", "beta.test.") == [
        ("beta.test", "active"),
        ("gamma.test", "active"),
    ]

    async with installation.db.read() as tx:
        rows = await tx.select(select(Peer.host, Peer.kind).join(DeliveryQueue, DeliveryQueue.peer_id == Peer.id))
        assert sorted(tuple(row) for row in rows) == [("beta.test", "basic"), ("gamma.test", "basic")]
    assert await revision(installation) == 1


@pytest.mark.parametrize(
    "domains",
    [
        ["*"],
        ["*.beta.test"],
        ["ftp://beta.test"],
        ["https://beta.test/about"],
        ["https://user@beta.test"],
        ["beta.test/inbox"],
        ["10.0.0.1"],
        ["beta.test:8443"],
        ["alpha.test"],
        ["ALPHA.test"],
        [""],
        ["beta.test", "*"],
    ],
)
async def test_what_is_not_the_host_of_one_other_server_is_refused(
    installation: Installation, domains: Sequence[str]
) -> None:
    """T232."""

    async def allow_them() -> None:
        async with installation.db.write() as tx:
            await partners.allow(tx, installation, domains, by="operator")

    with pytest.raises(Refused):
        await allow_them()
    assert await actions(installation) == []


async def test_allowing_twice_is_one_act(installation: Installation) -> None:
    await allow(installation, "beta.test")
    await allow(installation, "beta.test")

    assert await actions(installation) == ["partner.allow"]


async def test_a_suspension_holds_what_is_owed_and_resuming_lets_it_go_on(installation: Installation) -> None:
    await allow(installation, "beta.test")
    await owe_something(installation, "beta.test")

    assert await step(installation, "suspend") == "suspended"
    assert await owed(installation) == (1, 1)
    assert await step(installation, "resume") == "active"

    assert await owed(installation) == (1, 1)
    assert await actions(installation) == ["partner.allow", "partner.suspend", "partner.resume"]
    assert await revision(installation) == 3


async def test_the_end_drops_what_is_owed_and_the_memberships(installation: Installation) -> None:
    await allow(installation, "beta.test")
    await owe_something(installation, "beta.test")

    assert await step(installation, "end") == "ended"

    assert await owed(installation) == (0, 0)


async def test_the_end_of_one_partner_leaves_the_others_alone(installation: Installation) -> None:
    await allow(installation, "beta.test", "gamma.test")
    await owe_something(installation, "gamma.test")

    await step(installation, "end", "beta.test")

    assert await owed(installation) == (1, 1)


async def test_every_step_may_be_repeated_without_an_effect(installation: Installation) -> None:
    await allow(installation, "beta.test")

    for name in ("resume", "suspend", "suspend", "resume", "end", "end"):
        await step(installation, name)

    assert await actions(installation) == ["partner.allow", "partner.suspend", "partner.resume", "partner.end"]


@pytest.mark.parametrize("name", ["suspend", "end"])
async def test_why_the_exchange_with_a_basic_partner_stopped_stands_in_the_trail(
    installation: Installation, name: str
) -> None:
    """J10: there are no terms, and nobody over there reads it."""
    await allow(installation, "beta.test")
    step_of = {"suspend": partners.suspend, "end": partners.end}[name]

    async with installation.db.write() as tx:
        await step_of(tx, installation, "beta.test", by="operator", reason="Break-in over there")

    async with installation.db.read() as tx:
        last = await audit.last(tx)
    assert last is not None
    assert json.loads(last.details) == {"reason": "Break-in over there"}


async def test_a_suspended_partner_is_not_let_in_by_allowing_it_again(installation: Installation) -> None:
    await allow(installation, "beta.test")
    await step(installation, "suspend")

    async with installation.db.write() as tx:
        with pytest.raises(Refused, match="Resume"):
            await partners.allow(tx, installation, ["gamma.test", "beta.test"], by="operator")


async def test_after_the_end_only_allowing_begins_anew(installation: Installation) -> None:
    await allow(installation, "beta.test")
    await step(installation, "end")

    for name in ("suspend", "resume"):
        with pytest.raises(Refused):
            await step(installation, name)
    assert await allow(installation, "beta.test") == [("beta.test", "active")]


@pytest.mark.parametrize("name", ["suspend", "resume", "end"])
async def test_a_stranger_cannot_be_suspended_resumed_or_ended(installation: Installation, name: str) -> None:
    with pytest.raises(Refused, match="not a partner"):
        await step(installation, name)


async def test_suspending_a_domain_suspends_the_partners_below_it_and_no_others(installation: Installation) -> None:
    """T058."""
    await allow(installation, "firm.test", "eu.firm.test", "a.eu.firm.test", "otherfirm.test")

    await step(installation, "suspend", "firm.test")

    async with installation.db.read() as tx:
        states = {row.host: row.state for row in await peers.everyone(tx)}
    assert states == {
        "firm.test": "suspended",
        "eu.firm.test": "suspended",
        "a.eu.firm.test": "suspended",
        "otherfirm.test": "active",
    }
    assert (await actions(installation)).count("partner.suspend") == 3


async def test_nothing_below_a_suspended_domain_is_allowed_or_resumed_before_it(installation: Installation) -> None:
    """T058; resuming the domain says nothing of what is below it."""
    await allow(installation, "firm.test", "eu.firm.test")
    await step(installation, "suspend", "firm.test")

    for refused in (allow(installation, "us.firm.test"), step(installation, "resume", "eu.firm.test")):
        with pytest.raises(Refused, match=r"below firm\.test, which is suspended"):
            await refused

    assert await step(installation, "resume", "firm.test") == "active"
    assert await step(installation, "suspend", "eu.firm.test") == "suspended"
    assert await step(installation, "resume", "eu.firm.test") == "active"
    assert await allow(installation, "us.firm.test") == [("us.firm.test", "active")]
