"""Notifications of those who decide: reports to who leads a community or runs the server, and who came in."""

from models.communities import MEMBER_ROLE, MODERATOR_ROLE
from models.gate import Person
from server.actions import hosting, moderation
from tests.support.firm import App, Document, Firm


async def reports_told(app: App) -> list[Document]:
    """What somebody is told of reports, in both forms alike."""
    found: list[Document] = await app.get("/api/v1/notifications", **{"types[]": "admin.report"})
    groups = (await app.get("/api/v2/notifications", **{"types[]": "admin.report"}))["notification_groups"]
    assert [one["report"]["id"] for one in groups] == [one["report"]["id"] for one in found]
    return found


async def test_a_report_is_told_to_who_leads_the_community(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    """7, Reports: moderators get `admin.report`. Product section 9: not to administrators as such."""
    ada = await firm.person("ada", role="admin")
    said = await bob.say("@sites Buy this")
    carl = await firm.person("carl")
    await carl.follow(sites)

    await carl.post("/api/v1/reports", account_id=bob.id, status_ids=[said["id"]], comment="Spam", category="spam")

    (told,) = await reports_told(alice)
    assert (told["type"], told["account"]["id"]) == ("admin.report", carl.id)
    assert (told["report"]["target_account"]["id"], told["report"]["comment"]) == (bob.id, "Spam")
    assert told["report"]["status_ids"] == []
    assert [await reports_told(one) for one in (ada, bob, carl)] == [[], [], []]


async def test_a_report_outside_of_communities_is_told_to_administrators(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    ada = await firm.person("ada", role="admin")

    await bob.post("/api/v1/reports", account_id=alice.id, comment="Rude")

    assert [one["report"]["comment"] for one in await reports_told(ada)] == ["Rude"]
    assert await reports_told(alice) == []


async def test_what_is_passed_on_is_told_to_administrators_then(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    ada = await firm.person("ada", role="admin")
    said = await alice.say("@sites Hm")
    await bob.post("/api/v1/reports", account_id=alice.id, status_ids=[said["id"]])
    (open_one,) = await alice.get("/api/v1/notifications", **{"types[]": "admin.report"})
    assert await reports_told(ada) == []

    async with firm.runtime.db.write() as tx:
        place = await moderation.seat(tx, firm.runtime, Person(int(alice.id)), int(sites["id"]))
        await hosting.pass_report_on(tx, place, int(open_one["report"]["id"]))

    assert [one["account"]["id"] for one in await reports_told(ada)] == [bob.id]


async def test_who_leads_no_more_finds_no_report(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    """T152: what was told goes with the right to know it."""
    carl = await firm.person("carl")
    await carl.follow(sites)
    await _name(firm, alice, sites, bob, MODERATOR_ROLE)
    said = await alice.say("@sites Hm")
    await carl.post("/api/v1/reports", account_id=alice.id, status_ids=[said["id"]], comment="Spam")
    (told,) = await reports_told(bob)

    await _name(firm, alice, sites, bob, MEMBER_ROLE)

    assert await reports_told(bob) == []
    assert (await bob.call("GET", f"/api/v1/notifications/{told['id']}")).status == 404
    assert (await bob.get("/api/v1/notifications/unread_count"))["count"] == 0


async def test_a_report_is_not_set_aside_by_a_policy(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    """7, Policy: what somebody has to decide on waits for no request."""
    await alice.call("PATCH", "/api/v2/notifications/policy", json={"for_not_following": "drop"})
    said = await alice.say("@sites Hm")

    await bob.post("/api/v1/reports", account_id=alice.id, status_ids=[said["id"]])

    assert len(await reports_told(alice)) == 1


async def _name(firm: Firm, host: App, community: Document, person: App, role: str) -> None:
    async with firm.runtime.db.write() as tx:
        place = await moderation.seat(tx, firm.runtime, Person(int(host.id)), int(community["id"]))
        await hosting.set_role(
            tx, firm.runtime, place, await moderation.person_named(tx, firm.runtime, person.name), role
        )
