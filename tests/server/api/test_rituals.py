"""Rituals through the product's own API: the same rules as on pages (product sections 3, 5, 9)."""

from datetime import datetime

import pytest

from models.queries import audit
from models.rituals import MOST_STANDING
from tests.support.firm import App, Document, Firm

ROOT = "/api/entrepairs/v1/communities"
COFFEE = {"title": "Coffee among peers", "day": "2026-02-03", "time": "09:00", "every_weeks": 1, "place": "Room 2"}
"""At eight in UTC: the firm is in Paris."""


async def planned(host: App, community: Document, **other: object) -> Document:
    made: Document = await host.post(f"{ROOT}/{community['id']}/rituals", **{**COFFEE, **other})
    return made


async def test_a_host_plans_one_and_members_read_when_it_takes_place(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    made = await planned(alice, sites)

    (read,) = await bob.get(f"{ROOT}/{sites['id']}/rituals")
    assert read == made
    assert (read["title"], read["place"], read["every_weeks"]) == ("Coffee among peers", "Room 2", 1)
    assert read["begins_at"] == read["coming"][0] == "2026-02-03T08:00:00.000Z"
    assert len(read["coming"]) == 8
    async with firm.runtime.db.read() as tx:
        entry = await audit.last(tx)
    assert entry is not None
    assert entry.action == "community.ritual"


async def test_one_day_is_called_off_and_then_it_ends(alice: App, bob: App, sites: Document) -> None:
    one = f"{ROOT}/{sites['id']}/rituals/{(await planned(alice, sites))['id']}"

    await alice.post(f"{one}/off", day="2026-02-10")
    never = await alice.call("POST", f"{one}/off", json={"day": "2026-02-11"})
    (left,) = await bob.get(f"{ROOT}/{sites['id']}/rituals")
    await alice.delete(one)

    days = [datetime.fromisoformat(at).day for at in left["coming"][:2]]
    assert (days, never.status) == ([3, 17], 409)
    assert await bob.get(f"{ROOT}/{sites['id']}/rituals") == []


async def test_only_hosts_plan_call_off_and_end(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    """Product section 9, threats T125: a member, a moderator, a colleague, and who runs the server."""
    rituals = f"{ROOT}/{sites['id']}/rituals"
    one = f"{rituals}/{(await planned(alice, sites))['id']}"
    others = [await firm.person("carl"), await firm.person("olga", role="admin"), bob]
    for role in ("member", "moderator"):
        await alice.call("PATCH", f"{ROOT}/{sites['id']}/members/{bob.id}", json={"role": role})
        for who in others:
            tries = [
                await who.call("POST", rituals, json=COFFEE),
                await who.call("POST", f"{one}/off", json={"day": "2026-02-03"}),
                await who.call("DELETE", one),
            ]
            assert [answer.status for answer in tries] == [403] * 3

    (left,) = await alice.get(rituals)
    assert len(left["coming"]) == 8


@pytest.mark.parametrize("visibility", ["on-request", "private"])
async def test_of_a_closed_community_they_are_for_its_members(
    firm: Firm, alice: App, bob: App, visibility: str
) -> None:
    """Threats T148: the same answer as for one that is not there."""
    closed = await firm.community("closed", host=alice, visibility=visibility)
    await planned(alice, closed)

    asked = await bob.call("GET", f"{ROOT}/{closed['id']}/rituals")
    nowhere = await bob.call("GET", f"{ROOT}/1/rituals")

    assert (asked.status, asked.body) == (nowhere.status, nowhere.body) == (404, nowhere.body)
    assert len(await alice.get(f"{ROOT}/{closed['id']}/rituals")) == 1


async def test_that_of_another_community_is_not_there(firm: Firm, alice: App, sites: Document) -> None:
    """Threats T128: by its number below a community that alice hosts as well."""
    other = await firm.community("other", host=alice)
    made = await planned(alice, sites)

    ended = await alice.call("DELETE", f"{ROOT}/{other['id']}/rituals/{made['id']}")

    assert ended.status == 404
    assert len(await alice.get(f"{ROOT}/{sites['id']}/rituals")) == 1


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"title": " "}, 422),
        ({"title": "x" * 121}, 422),
        ({"place": "x" * 301}, 422),
        ({"time": "24:00"}, 422),
        ({"every_weeks": 3}, 422),
        ({"day": "tomorrow"}, 422),
        ({"day": "2026-02-30"}, 409),
        ({"day": "2026-01-30"}, 409),
        ({"day": "2027-02-03"}, 409),
    ],
)
async def test_what_cannot_be_planned_is_refused(
    alice: App, sites: Document, wrong: dict[str, object], status: int
) -> None:
    answer = await alice.call("POST", f"{ROOT}/{sites['id']}/rituals", json={**COFFEE, **wrong})

    assert answer.status == status
    assert await alice.get(f"{ROOT}/{sites['id']}/rituals") == []


async def test_the_limits_themselves_are_taken(alice: App, sites: Document) -> None:
    edge = {"title": "x" * 120, "place": "y" * 300, "day": "2027-01-31", "every_weeks": 0}
    made = await planned(alice, sites, **edge)
    for _ in range(MOST_STANDING - 1):
        await planned(alice, sites)

    many = await alice.call("POST", f"{ROOT}/{sites['id']}/rituals", json=COFFEE)

    assert (many.status, made["coming"]) == (409, [])
