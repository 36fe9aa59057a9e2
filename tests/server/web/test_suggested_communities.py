"""Communities for a newcomer, by topics and unit and by nothing else (product J4)."""

import re

from tests.server.admin.desk import pressed
from tests.server.web.test_topics import of_unit
from tests.support.firm import App, Document, Firm

API = "/api/entrepairs/v1/communities"


async def about(host: App, community: Document, *topics: str) -> None:
    await host.call("PATCH", f"{API}/{community['id']}", json={"topics": list(topics)})


async def offered(firm: Firm, app: App, page: str = "/") -> list[str]:
    """Names of the communities that a page suggests, in order."""
    text = (await (await firm.browser(app)).get(page)).text
    part = text.partition('id="communities"' if page == "/" else 'id="suggested"')[2].partition("</section>")[0]
    return re.findall(r'action="/c/([a-z]+)/join"', part)


async def test_a_newcomer_is_offered_three_by_topics_then_unit_then_size(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    dora = await firm.person("dora")
    for name, topics in (("nights", ("rota", "safety")), ("plants", ("plants",)), ("safe", ("safety",)), ("idle", ())):
        await about(alice, await firm.community(name, host=alice), *topics)
    await of_unit(firm, dora, "North plants")
    await dora.post("/api/v1/featured_tags", name="safety")
    await dora.post("/api/v1/featured_tags", name="rota")

    assert await offered(firm, dora) == ["nights", "safe", "plants"]
    assert [one["account"]["username"] for one in await dora.get("/api/v2/suggestions")][:5] == [
        "nights", "safe", "plants", "sites", "idle",
    ]  # fmt: skip
    assert "#rota #safety" in (await (await firm.browser(dora)).get("/")).text


async def test_without_topics_the_open_ones_come_first_and_the_largest_of_them(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    dora = await firm.person("dora")
    for name, visibility in (("asked", "on-request"), ("quiet", "open"), ("further", "on-request")):
        await firm.community(name, host=alice, visibility=visibility)

    assert await offered(firm, dora) == ["sites", "quiet", "asked"]
    page = (await (await firm.browser(dora)).get("/")).text
    assert page.count("Ask to join<") == 1


async def test_what_one_may_not_know_of_or_join_is_not_suggested(firm: Firm, alice: App) -> None:
    """T148: a private community with the very topic is named to nobody; nor is a trial that is over."""
    dora = await firm.person("dora")
    await dora.post("/api/v1/featured_tags", name="rota")
    board = await firm.community("board", host=alice, visibility="private")
    await about(alice, board, "rota")
    trial = await alice.post(API, name="tried", title="Tried")
    await about(alice, trial, "rota")
    closed = await firm.community("closed", host=alice)
    await about(alice, closed, "rota")
    await alice.post(f"{API}/{closed['id']}/bans", account_id=dora.id)

    assert await offered(firm, dora) == ["tried"]
    firm.clock.advance(days=91)
    assert await offered(firm, dora) == []
    assert "board" not in [one["username"] for one in await dora.get("/api/v1/suggestions")]


async def test_who_asked_to_join_or_has_joined_is_not_offered_the_same_again(firm: Firm, alice: App) -> None:
    dora, browser = await firm.person("dora"), None
    await about(alice, await firm.community("rotas", host=alice, visibility="on-request"), "rota")
    await firm.community("open", host=alice)
    await dora.post("/api/v1/featured_tags", name="rota")
    browser = await firm.browser(dora)

    assert await offered(firm, dora) == ["rotas", "open"]
    asked = await pressed(browser, "/", "/c/rotas/join")
    assert "Your request is with the hosts." in asked.text
    assert await offered(firm, dora) == ["open"]
    await pressed(browser, "/", "/c/open/join")
    assert await offered(firm, dora) == []


async def test_the_directory_begins_with_those_that_fit(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    await about(alice, await firm.community("nights", host=alice), "rota")
    await firm.community("idle", host=alice)

    assert await offered(firm, bob, "/communities") == []
    await bob.post("/api/v1/featured_tags", name="rota")
    assert await offered(firm, bob, "/communities") == ["nights"]
    assert await offered(firm, bob, "/communities?q=idle") == []
