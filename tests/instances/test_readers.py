"""Who will read what somebody writes is said before they write: on the page and by the product's own API (rule 1)."""

from typing import Any

from models.writes import sessions
from server.actions.secret_hash import secret_hash
from tests.instances.conftest import ON_SQLITE
from tests.instances.sharing import Firms
from tests.support.api import Api
from tests.support.fake_peer import FakePeer
from tests.support.instances import Instance

pytestmark = ON_SQLITE

OPEN_HERE = "Everybody at alpha.test who is signed in can read this."
MEMBERS = "Its members can read this, and nobody else."
AT_BETA = "Members at beta.test read it as well."
ANYBODY = "And so does whoever partner.test lets read, on public pages, too."


def rests(firm: str) -> str:
    return f"The link with {firm} is suspended since 2026-01-31: nothing goes either way for now."


async def readers(person: Api, handle: str) -> Any:
    """What the API says of who reads there."""
    community = await person.find(handle)
    assert community is not None
    return (await person.get(f"/api/entrepairs/v1/communities/{community['id']}"))["readers"]


async def page(firm: Instance, person: Api, path: str) -> str:
    """A page as this person's browser shows it."""
    me, secret = await person.get("/api/v1/accounts/verify_credentials"), firm.services.runtime.tokens.secret()
    async with firm.db.write() as tx:
        await sessions.add_session(tx, token_hash=secret_hash(secret), actor_id=int(me["id"]), now=firm.clock.now())
    headers = {"Host": firm.host, "Cookie": f"session-{firm.host}={secret}", "Accept-Language": "en"}
    async with person.session.get(person.place.url(path), headers=headers) as answer:
        assert answer.status == 200
        return await answer.text()


async def test_members_at_a_partner_are_named_once_they_are_there(firms: Firms) -> None:
    handle = await firms.alpha.community("plans", host=firms.alice, visibility="private", scope="selected")
    await firms.agree("plans")
    before = await readers(firms.alice, handle)
    await firms.bring_in(firms.bob, handle)

    after = await readers(firms.alice, handle)

    assert (before["sentence"], before["members_at"], before["everybody_at"]) == (MEMBERS, [], None)
    assert after["sentence"] == f"{MEMBERS} {AT_BETA}"
    assert (after["members_at"], after["lets_read"]) == (["beta.test"], [])
    assert f"{MEMBERS} {AT_BETA}" in await page(firms.alpha, firms.alice, "/c/plans")
    over_there = (await readers(firms.bob, handle))["sentence"]
    assert over_there == f"{MEMBERS} Which firms have members there is up to alpha.test."


async def test_a_suspended_firm_reads_nothing_of_what_is_written_now(firms: Firms) -> None:
    handle = await firms.alpha.community("plans", host=firms.alice, visibility="private", scope="selected")
    await firms.agree("plans")
    await firms.bring_in(firms.bob, handle)

    await firms.alpha.suspend("beta.test")

    after = await readers(firms.alice, handle)
    assert (after["sentence"], after["members_at"]) == (f"{MEMBERS} {rests('beta.test')}", [])
    for path in ("/c/plans", "/c/plans/ask"):
        assert rests("beta.test") in await page(firms.alpha, firms.alice, path)


async def test_whoever_reads_in_a_suspended_firms_community_is_told_so_before_they_write(firms: Firms) -> None:
    """J10: the page of the community says since when; before, somebody learned of it when a post was refused."""
    handle = await firms.alpha.community("plans", host=firms.alice, visibility="private", scope="selected")
    await firms.agree("plans")
    await firms.bring_in(firms.bob, handle)

    await firms.beta.suspend("alpha.test")

    assert rests("alpha.test") in await page(firms.beta, firms.bob, "/c/plans@alpha.test")


async def test_of_a_basic_partner_it_is_said_that_its_pages_may_show_it_to_anybody(
    firms: Firms, partner: FakePeer
) -> None:
    """Product section 3: of an open community at the lowest label, and of nothing else."""
    await firms.alpha.allow("partner.test")
    town = await firms.alpha.community("town", host=firms.alice)
    plans = await firms.alpha.community("plans", host=firms.alice, visibility="on-request")
    board = await firms.alpha.community("board", host=firms.alice, label="restricted")

    said = {handle: await readers(firms.alice, handle) for handle in (town, plans, board)}

    assert said[town]["sentence"] == f"{OPEN_HERE} {ANYBODY}"
    assert (said[town]["everybody_at"], said[town]["lets_read"]) == ("alpha.test", ["partner.test"])
    assert (said[plans]["sentence"], said[board]["sentence"]) == (MEMBERS, OPEN_HERE)


async def test_an_answer_with_a_higher_label_reaches_fewer(firms: Firms, partner: FakePeer) -> None:
    """The page of a thread says who reads an answer to this very post."""
    await firms.alpha.allow("partner.test")
    town = await firms.alpha.community("town", host=firms.alice)
    plain = await firms.alice.say(f"{town} For all")
    raised = await firms.alice.say(f"{town} For fewer")
    await firms.alice.call("PATCH", f"/api/entrepairs/v1/threads/{raised['id']}", json={"label": "restricted"})

    pages = [await page(firms.alpha, firms.alice, f"/@alice/{post['id']}") for post in (plain, raised)]

    assert f"{OPEN_HERE} {ANYBODY}" in pages[0]
    assert OPEN_HERE in pages[1]
    assert ANYBODY not in pages[1]


async def test_a_composer_says_for_each_label_who_reads_then(firms: Firms, partner: FakePeer) -> None:
    """Product section 3: that a higher one stays home, its author is told before posting."""
    await firms.alpha.allow("partner.test")
    await firms.alpha.community("town", host=firms.alice)

    composer = await page(firms.alpha, firms.alice, "/c/town/post")

    beside_each = composer.split('type="radio" name="label"')[1:]
    assert [OPEN_HERE in one for one in beside_each] == [True] * 3
    assert [ANYBODY in one for one in beside_each] == [True, False, False]


async def test_who_may_not_read_there_is_not_told_which_firms_do(firms: Firms) -> None:
    """T155: on request, its name is known and its members are not."""
    handle = await firms.alpha.community("plans", host=firms.alice, visibility="on-request", scope="selected")
    await firms.agree("plans")
    olga = await firms.alpha.person("olga")

    assert await readers(olga, handle) is None
