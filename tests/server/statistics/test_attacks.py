"""An attacker who keeps all that one office may see for weeks, and works out what nobody is to know (T245, product 6).

People come and go by ones and twos, one community grows past k and shrinks again; whoever looks compares each week with
each other, tables with pages, and the total of private communities with its parts.
"""

import random
import re
from itertools import combinations

import pytest

from server.statistics import weekly
from server.statistics.rules import is_few
from tests.support.firm import App, Document, Firm
from tests.support.site import Browser

K = 8
NAMES = [f"{letter}{number}" for number in range(2) for letter in "bcdefghijklmn"]
WEEKS = 5

Seen = dict[str, list[int]]
"""By community: every size that was shown, in whatever week and on whatever page."""


@pytest.fixture
async def people(firm: Firm) -> list[App]:
    return [await firm.person(name) for name in NAMES]


async def enter(host: App, community: Document, person: App) -> None:
    path = f"/api/entrepairs/v1/communities/{community['id']}/invitations"
    await host.call("POST", path, json={"account_id": person.id})
    await person.follow(community)


async def leave(community: Document, person: App) -> None:
    await person.post(f"/api/v1/accounts/{community['id']}/unfollow")


async def look(browser: Browser, seen: Seen) -> dict[str, int]:
    """Keep what the table says, and what the page of each community says of all weeks; the sizes of this week."""
    table = (await browser.get("/admin/statistics")).text
    now: dict[str, int] = {}
    for address in re.findall(r'href="(/admin/statistics/[~\w]+)"', table):
        size = cells(table.partition(f'href="{address}"')[2].partition("</tr>")[0])[0]
        keep(seen, address, [size])
        now |= {address.rpartition("/")[2]: int(size)} if size.isdigit() else {}
        page = (await browser.get(address)).text
        keep(seen, address, sizes_of_all_weeks(page))
    return now


async def look_as_host(browser: Browser, seen: Seen, name: str) -> None:
    page = (await browser.get(f"/c/{name}/health")).text
    keep(seen, name, sizes_of_all_weeks(page))


def sizes_of_all_weeks(page: str) -> list[str]:
    """The first column of the table beside the charts."""
    return [row[0] for row in map(cells, page.partition("<tbody>")[2].split("</tr>")) if row]


def cells(text: str) -> list[str]:
    return [re.sub("<[^>]*>", "", one).strip() for one in re.findall(r'<td class="number[^>]*>(.*?)</td>', text, re.S)]


def keep(seen: Seen, address: str, texts: list[str]) -> None:
    seen.setdefault(address.rpartition("/")[2], []).extend(int(one) for one in texts if one.isdigit())


def left_over(total: dict[str, int], parts: dict[str, int]) -> list[int]:
    """What is left of the total when somebody takes away what they know of its parts, and is a group below k."""
    sizes = [size for name, size in parts.items() if name != "sites"]
    sums = {sum(some) for number in range(len(sizes) + 1) for some in combinations(sizes, number)}
    return [total["~private"] - one for one in sums if "~private" in total and is_few(total["~private"] - one, K)]


@pytest.mark.parametrize("seed", [1, 2])
async def test_no_office_works_out_a_group_below_k_from_sizes(
    firm: Firm, alice: App, sites: Document, people: list[App], seed: int
) -> None:
    chance = random.Random(seed)
    offices = {
        role: await firm.browser(await firm.person(role, role=role)) for role in ("admin", "auditor", "observer")
    }
    host = await firm.browser(alice)
    places = {"sites": sites}
    for name in ("veiled", "secret", "rising"):
        places[name] = await firm.community(name, host=alice, visibility="private")
    inside: dict[str, list[App]] = {name: [] for name in places}
    for name, size in (("sites", 12), ("veiled", 9), ("secret", 11), ("rising", 5)):
        for one in chance.sample(people, size):
            await enter(alice, places[name], one)
            inside[name].append(one)
    seen: dict[str, Seen] = {role: {} for role in (*offices, "host")}
    for week in range(WEEKS):
        firm.clock.advance(days=7 if week else 2)
        await weekly.measure(firm.runtime)
        now = {role: await look(browser, seen[role]) for role, browser in offices.items()}
        assert left_over(now["observer"], now["auditor"]) == []
        assert now["admin"] == now["auditor"]
        for name in places:
            await look_as_host(host, seen["host"], name)
        for name, members in inside.items():
            # The one that rises crosses k twice.
            comes = 4 if name == "rising" and week < 2 else chance.randint(0, 2)
            goes = 5 if name == "rising" and week >= 2 else chance.randint(0, 2)
            for one in chance.sample([one for one in people if one not in members], comes):
                await enter(alice, places[name], one)
                members.append(one)
            for one in chance.sample(members, min(goes, len(members))):
                await leave(places[name], one)
                members.remove(one)

    assert set(seen["observer"]) == {"sites", "~private"}
    assert seen["observer"]["~private"]
    for role, sizes in seen.items():
        for name, values in sizes.items():
            few = [pair for pair in combinations(set(values), 2) if is_few(abs(pair[0] - pair[1]), K)]
            assert (role, name, few, min(values, default=K) >= K) == (role, name, [], True)
