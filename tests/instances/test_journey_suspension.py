"""J10 whole: the exchange is suspended, rests, goes on, and ends with receipts and a report, whatever breaks down."""

import json
import re
from pathlib import Path
from typing import Any

from sqlalchemy import select

from models.posts import Post
from tests.instances.journey import Journey, journey
from tests.instances.offices import Offices, offices
from tests.server.admin.desk import pressed
from tests.support.api import Api
from tests.support.instances import Databases, Instance

ALPHA, BETA, GAMMA = "alpha.test", "beta.test", "gamma.test"
PLANS = f"@plans@{ALPHA}"


async def stands(office: Offices) -> str:
    """What the first lines of an agreement's page say of it."""
    return (await office.admin.get(office.page)).text.partition('<p class="lead">')[2].partition("</p>")[0]


async def report(office: Offices) -> dict[str, Any]:
    """The closing report, as the auditor keeps it."""
    found: dict[str, Any] = json.loads((await office.auditor.get(f"{office.page}/report/document")).text)
    return found


async def titles(person: Api) -> list[str]:
    """What somebody reads in the community, oldest first."""
    return [re.sub("<[^>]*>", "", one["content"]) for one in reversed(await person.threads("Plans"))]


async def copies(firm: Instance) -> str:
    """All that a firm has of what was said."""
    return str(await firm.rows(select(Post.content_html, Post.title)))


async def a_talk(way: Journey) -> tuple[Api, Api, Api]:
    """alice hosts at alpha; bob of beta and gil of gamma are members, and each has heard the others."""
    alice = await way[ALPHA].person("alice")
    bob, gil = await way[BETA].person("bob"), await way[GAMMA].person("gil")
    await way[ALPHA].community("plans", host=alice, scope="selected")
    for host, person in ((BETA, bob), (GAMMA, gil)):
        await way.agree(ALPHA, host, "plans")
        await person.join(PLANS)
    await alice.say(f"{PLANS} One")
    await way.rest()
    await bob.say(f"{PLANS} Two")
    await way.step()
    return alice, bob, gil


async def test_an_exchange_rests_goes_on_and_ends(new_database: Databases, tmp_path: Path) -> None:
    """J10, threats T154, T235, T241: a third firm, which has an agreement of its own, notices nothing."""
    async with journey(new_database, tmp_path, ALPHA, BETA, GAMMA) as way:
        alice, bob, gil = await a_talk(way)
        alpha, beta = await offices(way[ALPHA], BETA), await offices(way[BETA], ALPHA)
        assert await titles(bob) == ["One", "Two"]

        # Said by one side alone, which is killed over it before the other hears of it.
        with way.cut_off(ALPHA):
            await pressed(beta.auditor, beta.page, f"{beta.page}/suspend", reason="A suspicion")
            await way.kill(BETA)
            assert await titles(bob) == ["Two"]
            assert (await bob.call("POST", "/api/v1/statuses", json={"status": f"{PLANS} No"})).status == 403
            await alice.say(f"{PLANS} Three")
        await way.step()
        assert "Suspended" in await stands(alpha)
        assert await titles(alice) == ["One", "Three"]
        assert await titles(gil) == ["One", "Two", "Three"]

        # Meanwhile alpha calls something back, and writes on; only the first passes.
        await alice.say(f"{PLANS} Four")
        (one,) = [thread for thread in await alice.threads("Plans") if "One" in thread["content"]]
        await alice.delete(f"/api/v1/statuses/{one['id']}")
        await way.kill(ALPHA)
        await way.step()
        counters = (await report(alpha))["counters"]
        assert (counters["done"], counters["pending"]) == (1, 0)

        # Going on takes both: one of them is killed over it, the other says it while nobody hears.
        await pressed(alpha.admin, alpha.page, f"{alpha.page}/resume")
        await way.kill(ALPHA)
        await way.step()
        assert "Suspended" in await stands(beta)
        assert await titles(bob) == ["Two"]
        with way.cut_off(ALPHA):
            await pressed(beta.admin, beta.page, f"{beta.page}/resume")
            await way.kill(BETA)
        await way.step()
        assert await titles(bob) == await titles(alice) == await titles(gil) == ["Two", "Three", "Four"]

        # The end, said by an auditor (section 9) while the other is away: each deletes what came from the other, and
        # confirms it.
        with way.cut_off(BETA):
            await pressed(alpha.auditor, alpha.page, f"{alpha.page}/end", confirm=BETA, reason="It is over")
            await way.kill(ALPHA)
        await way.step()
        for side in (alpha, beta):
            assert "Ended" in await stands(side)
            closing = await report(side)
            assert closing["is_closed"], closing
            assert closing["exceptions"] == []
        assert await titles(bob) == []
        assert await titles(alice) == await titles(gil) == ["Three", "Four"]
        assert "Three" not in await copies(way[BETA])
