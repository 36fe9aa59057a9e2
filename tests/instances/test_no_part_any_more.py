"""Members at a partner whose firm has no part in a community any more: refused at home, in words, before anything is
stored (product rule 1, section 3); and whoever has part again takes part again.
"""

from typing import Any

import pytest
from sqlalchemy import delete

from federation.errors import FederationError
from federation.runtime import Budget
from models.outbox import Delivery
from models.writes.retractions import WAKES
from server.actions import moderation, openness, receipts
from server.actions.openness import Wanted
from tests.instances.sharing import Firms
from tests.support.api import Document
from tests.support.waiting import until

PLANS = "@plans@alpha.test"
NO_PART = "alpha.test shares this community with your firm no more: nobody there would get it"


async def in_plans(firms: Firms, act: Any, **wanted: Any) -> None:
    """What alpha's operator does in the community."""
    runtime = firms.alpha.services.runtime
    async with firms.alpha.db.write() as tx:
        await act(tx, runtime, await moderation.operators_seat(tx, runtime, "plans"), **wanted)
    await firms.rest()


async def has_confirmed(firms: Firms) -> bool:
    """beta has answered whatever it was asked to delete, and it was asked."""
    firms.alpha.services.runtime.events.wake(WAKES)
    async with firms.alpha.db.read() as tx:
        asked = await receipts.lines(tx, firms.alpha.services.runtime, "beta.test", only_open=False, most=9)
    return bool(asked) and all(line.has_receipt for line in asked)


async def narrow(firms: Firms) -> None:
    await in_plans(firms, openness.change, wanted=Wanted(scope="none"))
    await until(lambda: has_confirmed(firms))


async def agree_on_something_else(firms: Firms) -> None:
    await firms.alpha.community("town", host=firms.alice, scope="selected")
    await firms.agree("town")
    await until(lambda: has_confirmed(firms))


@pytest.fixture
async def own_thread(firms: Firms) -> Document:
    """What bob of beta wrote in alpha's private `plans`, where alice has answered."""
    await firms.alpha.community("plans", host=firms.alice, visibility="private", scope="selected")
    await firms.agree("plans")
    await firms.bring_in(firms.bob, PLANS)
    own = await firms.bob.say(f"{PLANS} The price of saffron")
    await firms.alice.say("Too high", answering=await firms.alice.awaited_thread("Plans", "saffron"))
    await firms.rest()
    return own


async def answers_to_bob(firms: Firms, own: Document) -> dict[str, tuple[int, str]]:
    """What he is answered when he goes on as before."""
    address = f"/api/v1/statuses/{own['id']}"
    asked = {
        "thread": ("POST", "/api/v1/statuses", {"status": f"{PLANS} News of it"}),
        "reply": ("POST", "/api/v1/statuses", {"status": "More of it", "in_reply_to_id": own["id"]}),
        "edit": ("PUT", address, {"status": f"{PLANS} The price of pepper"}),
        "like": ("POST", f"{address}/favourite", {}),
    }
    said = {name: await firms.bob.call(method, path, json=fields) for name, (method, path, fields) in asked.items()}
    await firms.rest()
    return {name: (one.status, one.document.get("error", "").partition(". ")[0]) for name, one in said.items()}


@pytest.mark.parametrize("lose_it", [narrow, agree_on_something_else])
async def test_who_has_no_part_any_more_is_told_so_before_anything_is_stored(
    firms: Firms, own_thread: Document, lose_it: Any
) -> None:
    """What they wrote stays theirs, and can be deleted, there as well."""
    await lose_it(firms)

    assert set((await answers_to_bob(firms, own_thread)).values()) == {(403, NO_PART)}
    assert "News of it" not in str(await firms.bob.threads("Plans"))
    assert "your post is not shown" not in str(await firms.bob.get("/api/v1/notifications"))
    assert [one for one in await firms.alice.threads("Plans") if "pepper" in one["content"]] == []

    await firms.bob.delete(f"/api/v1/statuses/{own_thread['id']}")
    await firms.rest()
    assert await firms.alice.thread("Plans", "saffron") is None


@pytest.mark.parametrize("lose_it", [narrow, agree_on_something_else])
async def test_who_has_part_again_writes_again(firms: Firms, own_thread: Document, lose_it: Any) -> None:
    await lose_it(firms)
    if lose_it is narrow:
        await in_plans(firms, openness.change, wanted=Wanted(scope="selected"))
    else:
        await firms.agree("plans", "town")

    assert {status for status, _ in (await answers_to_bob(firms, own_thread)).values()} == {200}
    assert await firms.alice.thread("Plans", "News of it") is not None


async def test_what_is_shared_again_is_so_when_the_community_next_speaks_though_nobody_was_told(
    firms: Firms, own_thread: Document
) -> None:
    """Its Update is lost: what it announces then shows that it speaks to this firm again, and its document says so."""
    await narrow(firms)
    runtime = firms.alpha.services.runtime
    async with firms.alpha.db.write() as tx:
        place = await moderation.operators_seat(tx, runtime, "plans")
        await openness.change(tx, runtime, place, Wanted(scope="selected"))
        await tx.execute(delete(Delivery))
    await firms.rest()
    refused = await firms.bob.call("POST", "/api/v1/statuses", json={"status": f"{PLANS} Too early"})

    await firms.alice.say(f"{PLANS} The price of pepper")
    await firms.rest()

    assert refused.status == 403
    assert {status for status, _ in (await answers_to_bob(firms, own_thread)).values()} == {200}


async def test_what_was_under_way_when_it_was_narrowed_opens_nothing(firms: Firms, own_thread: Document) -> None:
    """An announcement from before, taken in after: the document that is read then is not for this firm."""
    await narrow(firms)

    community = await firms.bob.find(PLANS)
    with pytest.raises(FederationError):
        await firms.beta.services.directory.fetch("http://alpha.test/communities/plans", Budget())

    assert community is None or (await answers_to_bob(firms, own_thread))["reply"] == (403, NO_PART)


async def test_in_a_dissolved_community_nothing_is_written_any_more(firms: Firms, own_thread: Document) -> None:
    """Nor does it go to those who follow the author instead."""
    await in_plans(firms, moderation.dissolve)

    answers = await answers_to_bob(firms, own_thread)

    assert answers["thread"][0] == 422
    assert answers["thread"][1].startswith("Nobody known here is called @plans@alpha.test")
    assert {name: status for name, (status, _) in answers.items() if name != "thread"} == {
        "reply": 404,
        "edit": 404,
        "like": 404,
    }
