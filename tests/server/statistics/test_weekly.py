"""The job of the week on a real database, and the pages that show what it made."""

import json

import pytest
from sqlalchemy import select

from models.measures import ACCEPTANCE, PARTICIPATION, SIZE, Figure
from models.queries import statistics as reading
from models.queries.statistics import WeekRow
from models.quiet import QuietHours
from models.statistics import WeeklyStatistics
from server import housekeeping
from server.statistics import weekly
from tests.server.admin.desk import last_entry, press, pressed
from tests.support.firm import App, Document, Firm
from tests.support.site import Answer


async def crowd(firm: Firm, sites: Document, *names: str) -> list[App]:
    people = [await firm.person(name) for name in names]
    for one in people:
        await one.follow(sites)
    return people


async def newest(firm: Firm, community: Document) -> WeekRow:
    async with firm.runtime.db.read() as tx:
        found = await reading.weeks_of(tx, int(community["id"]), 1)
    return found[0]


async def test_the_figures_of_a_week_are_made_once_it_is_over_and_once_only(
    firm: Firm, alice: App, sites: Document
) -> None:
    people = await crowd(firm, sites, "ben", "cleo", "dan", "eva", "fay", "gus", "hal", "ida", "jon")
    for one in people[:8]:
        await one.say("@sites Something")
    before = await weekly.measure(firm.runtime)
    firm.clock.advance(days=2)
    made = await weekly.measure(firm.runtime)
    again = await weekly.measure(firm.runtime)
    row = await newest(firm, sites)

    # The firm was founded on a Saturday: the week before has no community to speak of.
    assert (before, made, again) == (0, 1, 0)
    assert row.last_day.isoformat() == "2026-02-01"
    assert row.figures[SIZE] == Figure(value=10)
    # Two of ten did nothing: fewer than k.
    assert row.figures[PARTICIPATION] == Figure(least=30, most=100)


async def test_a_stopped_job_goes_on_where_it_was(firm: Firm, alice: App, sites: Document) -> None:
    await firm.community("other", host=alice)
    firm.clock.advance(days=2)
    async with firm.runtime.db.read() as tx:
        hours = QuietHours()
        day = weekly.last_sunday(firm.clock.now(), hours)
    await weekly._measure_one(firm.runtime, int(sites["id"]), day, hours, 8)
    async with firm.runtime.db.read() as tx:
        shown_before = await reading.settled(tx)
    rest = await weekly.measure(firm.runtime)

    assert shown_before is None
    assert rest == 1


async def test_who_left_the_firm_a_program_and_a_partner_that_ended_do_not_count(
    firm: Firm, alice: App, sites: Document
) -> None:
    people = await crowd(firm, sites, "ben", "cleo", "dan", "eva", "fay", "gus", "hal", "ida")
    admin = await firm.browser(await firm.person("olga", role="admin"))
    await pressed(admin, "/admin/people/ida", "/admin/people/ida/suspend")
    await people[0].call("PATCH", "/api/v1/accounts/update_credentials", json={"bot": True})
    firm.clock.advance(days=2)
    await weekly.measure(firm.runtime)

    assert (await newest(firm, sites)).figures[SIZE] == Figure()


async def test_when_an_answer_was_accepted_is_known(firm: Firm, alice: App, sites: Document) -> None:
    people = await crowd(firm, sites, "ben", "cleo", "dan", "eva", "fay")
    for one in people:
        question = await one.say("@sites Who knows?")
        answer = await alice.answer(question, "@sites I do")
        if one.name != "fay":
            await one.call(
                "PUT", f"/api/entrepairs/v1/threads/{question['id']}/answer", json={"status_id": answer["id"]}
            )
        firm.clock.advance(minutes=1)
    firm.clock.advance(days=30)
    await weekly.measure(firm.runtime)

    assert (await newest(firm, sites)).figures[ACCEPTANCE] == Figure(value=80)


async def test_nothing_that_is_kept_is_about_a_person(firm: Firm, alice: App, sites: Document) -> None:
    """No per-person totals, no ids, no count of people below k, in the table itself (product section 6)."""
    people = await crowd(firm, sites, "ben", "cleo", "dan", "eva", "fay", "gus", "hal", "ida", "jon")
    for one in people[:3]:
        await one.say("@sites Something")
    firm.clock.advance(days=2)
    await weekly.measure(firm.runtime)
    async with firm.runtime.db.read() as tx:
        columns = (WeeklyStatistics.figures, WeeklyStatistics.grounds)
        kept = json.dumps([list(row) for row in await tx.select(select(*columns))])

    assert '"value": 10' in kept
    assert not [one for one in people if one.id in kept or one.name in kept]
    for few in range(1, 8):
        assert f"[{few}," not in kept
        assert f": {few}," not in kept


@pytest.mark.parametrize("number", [0, 7])
async def test_who_was_taken_out_between_two_reports_is_not_told_by_their_difference(
    firm: Firm, alice: App, sites: Document, number: int
) -> None:
    """T245: one who wrote much, and one who wrote nothing: no figure moves; where one would, it stands as it was."""
    people = await crowd(firm, sites, "ben", "cleo", "dan", "eva", "fay", "gus", "hal", "ida", "jon")
    for one in (*people[:5], *[people[0]] * 20):
        await one.say("@sites Something")
    firm.clock.advance(days=2)
    await weekly.measure(firm.runtime)
    before = await newest(firm, sites)

    path = f"/api/entrepairs/v1/communities/{sites['id']}/members/{people[number].id}"
    assert (await alice.call("DELETE", path)).status == 200
    firm.clock.advance(days=7)
    await weekly.measure(firm.runtime)

    after = await newest(firm, sites)
    assert after.last_day > before.last_day
    assert {name: told(figure) for name, figure in after.figures.items()} == {
        name: told(figure) for name, figure in before.figures.items()
    }


def told(figure: Figure) -> tuple[int | None, ...]:
    """What a figure says in numbers."""
    return figure.value, figure.least, figure.most, figure.change


async def test_weeks_are_forgotten_after_two_years(firm: Firm, alice: App, sites: Document) -> None:
    """Product section 8."""
    firm.clock.advance(days=2)
    await weekly.measure(firm.runtime)
    firm.clock.advance(days=728)
    await weekly.measure(firm.runtime)
    async with firm.runtime.db.read() as tx:
        kept = len(await reading.weeks_of(tx, int(sites["id"]), 500))
    firm.clock.advance(days=7)
    await weekly.measure(firm.runtime)
    async with firm.runtime.db.read() as tx:
        then = len(await reading.weeks_of(tx, int(sites["id"]), 500))

    assert (kept, then) == (2, 2)


async def test_housekeeping_measures(firm: Firm, alice: App, sites: Document) -> None:
    firm.clock.advance(days=2)
    await housekeeping.forget_once(firm.runtime)

    assert (await newest(firm, sites)).figures[SIZE] == Figure()


async def test_hosts_and_auditors_see_every_measure_administrators_sizes_and_members_nothing(
    firm: Firm, alice: App, sites: Document
) -> None:
    """Product section 9, the row of statistics."""
    people = await crowd(firm, sites, "ben", "cleo", "dan", "eva", "fay", "gus", "hal")
    firm.clock.advance(days=2)
    await weekly.measure(firm.runtime)
    admin = await firm.browser(await firm.person("olga", role="admin"))
    auditor = await firm.browser(await firm.person("dora", role="auditor"))
    host, member = await firm.browser(alice), await firm.browser(people[0])

    of_host, of_member = await host.get("/c/sites/health"), await member.get("/c/sites/health")
    of_admin, of_auditor = await admin.get("/admin/statistics/sites"), await auditor.get("/admin/statistics/sites")

    assert of_member.status in (403, 404)
    assert "Participation" in of_host.text
    assert "Participation" in of_auditor.text
    assert "Size" in of_admin.text
    assert "Participation" not in of_admin.text
    assert "Participation" not in (await admin.get("/admin/statistics")).text
    assert (await host.get("/admin/statistics/sites")).status == 403
    assert (await admin.get("/admin/statistics/nothing")).status == 404


async def test_the_threshold_of_now_counts_for_weeks_of_before(firm: Firm, alice: App, sites: Document) -> None:
    """T245: six people, shown while k was 5, are not on the page once it is 8; of what was hidden below 8, a page
    of later says no more than that.
    """
    await crowd(firm, sites, "ben", "cleo", "dan", "eva", "fay")
    admin, host = await firm.browser(await firm.person("olga", role="admin")), await firm.browser(alice)
    figures = []
    for number, k in enumerate((5, 8, 8, 5)):
        await press(admin, "/admin/statistics", "/admin/statistics", k=str(k))
        firm.clock.advance(days=(2, 0, 7, 0)[number])
        await weekly.measure(firm.runtime)
        figures.append((await host.get("/c/sites/health")).text.partition('<p class="figure">')[2].partition("</p>")[0])

    assert figures == ["6", "&lt;&nbsp;8", "&lt;&nbsp;8", "&lt;&nbsp;8"]


async def test_members_see_what_hosts_see_once_a_host_agrees(firm: Firm, alice: App, sites: Document) -> None:
    """Product sections 6 and 9; guests and whoever is not in it never do, and moderators do not decide it."""
    people = await crowd(firm, sites, "ben", "cleo", "dan", "eva", "fay", "gus", "hal")
    await alice.call(
        "PATCH", f"/api/entrepairs/v1/communities/{sites['id']}/members/{people[1].id}", json={"role": "moderator"}
    )
    firm.clock.advance(days=2)
    await weekly.measure(firm.runtime)
    host, member, moderator = [await firm.browser(one) for one in (alice, people[0], people[1])]
    guest = await firm.browser(await firm.guest("greta", "sites"))
    stranger = await firm.browser(await firm.person("zoe"))

    offered = await moderator.get("/c/sites/health")
    token = (await moderator.get("/me")).forms[0].fields["csrf"]
    refused = await moderator.post("/c/sites/health", {"csrf": token, "shown": "yes"})
    before = await member.get("/c/sites/health")
    await pressed(host, "/c/sites/health", "/c/sites/health", shown="yes")
    after = await member.get("/c/sites/health")
    others = [(await one.get("/c/sites/health")).status for one in (guest, stranger)]
    linked = "/c/sites/health" in (await member.get("/c/sites/members")).text
    await pressed(host, "/c/sites/health", "/c/sites/health")
    again = await member.get("/c/sites/health")

    assert (before.status, after.status, again.status) == (404, 200, 404)
    assert ("Participation" in after.text, "Show it to" in offered.text, linked) == (True, False, True)
    assert refused.status == 404
    assert others == [404, 404]
    assert "/desk" not in after.text


async def test_where_one_community_is_too_small_the_next_smallest_is_not_shown_either(
    firm: Firm, alice: App, sites: Document
) -> None:
    await crowd(firm, sites, "ben", "cleo", "dan", "eva", "fay", "gus", "hal")
    await firm.community("tiny", host=alice)
    firm.clock.advance(days=2)
    await weekly.measure(firm.runtime)
    host = await firm.browser(alice)

    assert '<p class="figure">&lt;&nbsp;8</p>' in (await host.get("/c/sites/health")).text.replace("\n", "")


@pytest.mark.parametrize("joins", ["", "kim", "kim lou max ned ola pam quo ray"])
async def test_no_later_week_tells_what_was_hidden_beside_a_small_community(
    firm: Firm, alice: App, sites: Document, joins: str
) -> None:
    """T245: a week later both are large enough; a value that stands, or a change, would tell the hidden one of before,
    and a total known from elsewhere then that of the small one.
    """
    people = await crowd(firm, sites, "ben", "cleo", "dan", "eva", "fay", "gus", "hal", "ida")
    tiny = await firm.community("tiny", host=alice)
    firm.clock.advance(days=2)
    await weekly.measure(firm.runtime)
    hidden = await newest(firm, sites)
    for one in people:
        await one.follow(tiny)
    await crowd(firm, sites, *joins.split())
    firm.clock.advance(days=7)
    await weekly.measure(firm.runtime)

    row = await newest(firm, sites)
    assert (hidden.is_hidden, row.is_hidden) == (True, False)
    assert row.figures[SIZE] == Figure(value=9 + len(joins.split()))


async def test_one_community_tells_nothing_of_who_is_in_another_besides(
    firm: Firm, alice: App, sites: Document
) -> None:
    """T245: two communities that all but one person share; what that one does moves the figures of neither by one."""
    people = await crowd(firm, sites, "ben", "cleo", "dan", "eva", "fay", "gus", "hal", "ida", "jon", "kim", "lou")
    nearly = await firm.community("nearly", host=alice)
    for one in people[:-1]:
        await one.follow(nearly)
    for one in people[:8]:
        await one.say("@sites Something")
        await one.say("@nearly Something")
    await people[-1].say("@sites Something")
    firm.clock.advance(days=2)
    await weekly.measure(firm.runtime)
    whole, rest = await newest(firm, sites), await newest(firm, nearly)

    # Nine of twelve and eight of eleven: those who did nothing are three, so that both are the same kind of band.
    assert whole.figures[PARTICIPATION].value is None
    assert rest.figures[PARTICIPATION].value is None


async def test_whose_account_is_closed_does_not_tell_administrators_in_which_private_communities_they_were(
    firm: Firm, alice: App
) -> None:
    """T244, T245: the size of a private community before and after, the one thing that administrators see of it."""
    hidden = await firm.community("hidden", host=alice, visibility="private")
    for name in ("ben", "cleo", "dan", "eva", "fay", "gus", "hal", "ida", "jon"):
        person = await firm.person(name)
        await alice.post(f"/api/entrepairs/v1/communities/{hidden['id']}/invitations", account_id=person.id)
        await person.follow(hidden)
    firm.clock.advance(days=2)
    await weekly.measure(firm.runtime)
    admin = await firm.browser(await firm.person("otto", role="admin"))
    sizes = [size_on(await admin.get("/admin/communities"))]
    for name, days in (("ben", 0), ("cleo", 7)):
        await pressed(admin, f"/admin/people/{name}", f"/admin/people/{name}/suspend")
        firm.clock.advance(days=days)
        await weekly.measure(firm.runtime)
        sizes.append(size_on(await admin.get("/admin/communities")))

    assert sizes == ["10", "10", "10"]


def size_on(page: Answer) -> str:
    """What stands as the size of the only community on the page."""
    return page.text.rpartition('<td class="number">')[2].partition("</td>")[0].strip()


@pytest.mark.parametrize(("k", "status"), [("4", 422), ("5", 303), ("100", 303), ("101", 422), ("eight", 422)])
async def test_the_threshold_is_never_under_five(firm: Firm, k: str, status: int) -> None:
    admin = await firm.browser(await firm.person("olga", role="admin"))
    answer = await press(admin, "/admin/statistics", "/admin/statistics", k=k)
    async with firm.runtime.db.read() as tx:
        now = await reading.threshold(tx)

    assert answer.status == status
    assert now == (int(k) if status == 303 else 8)
    if status == 303:
        assert (await last_entry(firm)).action == "server.threshold"


async def test_the_threshold_counts_on_the_pages_of_communities_as_well(
    firm: Firm, alice: App, sites: Document
) -> None:
    await crowd(firm, sites, "ben", "cleo", "dan", "eva", "fay")
    admin = await firm.browser(await firm.person("olga", role="admin"))
    before = await admin.get("/admin/communities")
    await press(admin, "/admin/statistics", "/admin/statistics", k="5")
    after = await admin.get("/admin/communities")

    assert "&lt;&nbsp;8" in before.text
    assert "&lt;&nbsp;" not in after.text
