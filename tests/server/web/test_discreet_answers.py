"""What whoever asked discreetly hears and keeps: answers in their apps, their own words in their archive (product J6).

Nothing of it is for anybody else, and no row leads from them to what they asked (threats T242).
"""

import pytest
from sqlalchemy import select

from models.accounts import Marker
from models.discreet import KEY_KEPT
from models.notifications import TYPES, Notification
from server.actions import archive
from server.actions.discreet_posting import PSEUDONYM
from server.housekeeping import forget_once
from tests.server.admin.desk import press
from tests.server.mastodon.test_acting import acting
from tests.support.discreet import asked, published, question_of, who_asks
from tests.support.firm import OPERATOR, App, Document, Firm

TITLE = "How do I lead somebody who was my boss?"
ALL, GROUPS = "/api/v1/notifications", "/api/v2/notifications"


@pytest.fixture
async def zelda(firm: Firm, alice: App, bob: App, sites: Document) -> App:
    return await who_asks(firm, sites)


@pytest.fixture
async def question(firm: Firm, zelda: App) -> Document:
    """One that zelda asked."""
    return await question_of(firm, zelda, TITLE, text="He sits beside me.")


async def _heard(app: App) -> list[str]:
    return [one["status"]["id"] for one in await app.get(ALL)]


async def test_an_answer_is_dismissed_by_who_asked_and_by_nobody_else(
    firm: Firm, alice: App, bob: App, zelda: App, sites: Document, question: Document
) -> None:
    first, second = await bob.answer(question, "Talk to him."), await bob.answer(question, "Or to his boss.")
    told = {one["status"]["id"]: one["id"] for one in await zelda.get(ALL)}
    path = f"{ALL}/{told[first['id']]}/dismiss"

    for other in (bob, alice, await acting(firm, alice, sites)):
        assert (await other.call("POST", path)).status == 404
        assert (await other.call("POST", f"{GROUPS}/ungrouped-{told[first['id']]}/dismiss")).status == 404
    await zelda.post(path)

    assert await _heard(zelda) == [second["id"]]
    assert (await zelda.call("POST", path)).status == 404
    assert (await zelda.call("GET", path.removesuffix("/dismiss"))).status == 404


async def test_an_answer_is_a_group_of_one_that_is_read_and_dismissed(
    firm: Firm, bob: App, zelda: App, question: Document
) -> None:
    answer = await bob.answer(question, "Talk to him.")
    (group,) = (await zelda.get(GROUPS))["notification_groups"]
    path = f"{GROUPS}/{group['group_key']}"

    assert (await zelda.get(path))["notification_groups"][0]["status_id"] == answer["id"]
    assert [one["username"] for one in await zelda.get(f"{path}/accounts")] == ["bob"]
    assert {(await bob.call("GET", one)).status for one in (path, f"{path}/accounts")} == {404}
    await zelda.post(f"{path}/dismiss")

    assert (await zelda.call("GET", path)).status == 404
    assert (await zelda.get(GROUPS))["notification_groups"] == []


async def test_clearing_is_each_ones_own(
    firm: Firm, alice: App, bob: App, zelda: App, sites: Document, question: Document
) -> None:
    """Who acts as the community neither sees nor clears what was told to who asked in its name."""
    desk = await acting(firm, alice, sites)
    own = await desk.say("Our rules?")
    answer, other = await bob.answer(question, "Talk to him."), await bob.answer(own, "Gladly.")
    assert await _heard(desk) == [other["id"]]

    await desk.post(f"{ALL}/clear")
    assert (await _heard(desk), await _heard(zelda)) == ([], [answer["id"]])
    again = await bob.answer(own, "Again.")
    await zelda.post(f"{ALL}/clear")

    assert (await _heard(desk), await _heard(zelda)) == ([again["id"]], [])


async def test_what_is_unread_is_counted_with_the_rest_and_types_are_kept_apart(
    firm: Firm, bob: App, zelda: App, question: Document
) -> None:
    answer = await bob.answer(question, "Talk to him.")
    await bob.post(f"/api/v1/statuses/{question['id']}/favourite")
    await bob.follow(zelda)

    for path in (ALL, GROUPS):
        assert await zelda.get(f"{path}/unread_count") == {"count": 3}
        assert await zelda.get(f"{path}/unread_count", limit="2") == {"count": 2}
    assert await zelda.get(f"{GROUPS}/unread_count", **{"types[]": "mention"}) == {"count": 1}
    by_type = {one: [row["type"] for row in await zelda.get(ALL, **{"types[]": one})] for one in TYPES}
    assert {one: found for one, found in by_type.items() if found} == {
        "mention": ["mention"],
        "favourite": ["favourite"],
        "follow": ["follow"],
    }
    without = await zelda.get(ALL, **{"exclude_types[]": "mention"})
    assert answer["id"] not in [(one.get("status") or {}).get("id") for one in without]


async def test_how_far_they_have_read_names_no_row_of_what_they_asked(
    firm: Firm, bob: App, zelda: App, question: Document
) -> None:
    """T242: apps store the number of the newest notification that they showed."""
    await bob.follow(zelda)
    (own,) = await zelda.get(ALL)
    await bob.answer(question, "Talk to him.")
    (newest, _) = await zelda.get(ALL)

    kept = await zelda.post("/api/v1/markers", notifications={"last_read_id": newest["id"]})

    assert kept["notifications"]["last_read_id"] == own["id"]
    async with firm.runtime.db.read() as tx:
        joined = select(Notification.recipient_id).join(Marker, Marker.last_read_id == Notification.id)
        assert {row[0] for row in await tx.select(joined)} == {int(zelda.id)}


async def test_the_archive_has_what_one_asked_discreetly_and_answered_there(
    firm: Firm, bob: App, zelda: App, question: Document
) -> None:
    """J12: own discreet questions included, and in nobody else's archive; what waits and what was refused as well."""
    answer = await bob.answer(question, "Talk to him.")
    theirs = await firm.browser(zelda)
    page = await theirs.get(f"/@bob/{answer['id']}")
    await press(theirs, page, f"/t/{answer['id']}/reply", text="He was kind.", discreet="on")
    await published(firm)
    await asked(firm, zelda, "And with @bob?")

    hers, his = await _archive(firm, "zelda"), await _archive(firm, "bob")

    assert his == []
    texts = [(one.community, one.title, one.text) for one in hers]
    assert [one[:2] for one in texts] == [("sites", TITLE), ("sites", None), (None, None)]
    assert PSEUDONYM in texts[0][2]
    assert "He sits beside me." in texts[0][2]
    assert "He was kind." in texts[1][2]
    assert texts[2][2] == "And with @•••?"
    firm.clock.advance(seconds=KEY_KEPT.total_seconds() + 1)
    await forget_once(firm.runtime)
    assert await _archive(firm, "zelda") == []


async def _archive(firm: Firm, name: str) -> list[archive.SaidDiscreetly]:
    async with firm.runtime.db.write() as tx:
        gathered = await archive.export(tx, firm.runtime, name, by=OPERATOR)
    return list(gathered.data["discreet_questions"])
