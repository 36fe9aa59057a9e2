"""What hosts, moderators, members and others may do through the product's own API: each cell of the matrix."""

from collections.abc import Awaitable, Callable

import pytest

from models.authority import MATRIX, Cell, Verb
from models.queries import follows
from models.writes import follows as follow_writes
from server.actions import accounts
from tests.support.firm import OPERATOR, Answer, App, Document, Firm

ROOT = "/api/entrepairs/v1"


class World:
    """One community with a host, a moderator, a member, a guest; an administrator and a colleague who are not in it."""

    def __init__(self, firm: Firm, people: dict[str, App], community: Document) -> None:
        self.firm, self.people, self.community = firm, people, community
        self.path = f"{ROOT}/communities/{community['id']}"

    async def thread(self, by: str = "member") -> Document:
        return await self.people[by].say("@sites Who does nights?")


async def built(firm: Firm) -> World:
    """The world of these tests."""
    people = {name: await firm.person(name) for name in ("host", "moderator", "member", "other", "stranger", "waiting")}
    people["admin"] = await firm.person("boss", role="admin")
    people["auditor"] = await firm.person("dora")
    sites = await firm.community("sites", host=people["host"], visibility="on-request", scope="none")
    people["guest"] = await firm.guest("guest", "sites")
    for name in ("moderator", "member", "other", "auditor", "guest", "waiting"):
        if name != "guest":
            await people[name].follow(sites)
        if name != "waiting":
            await people["host"].post(f"{ROOT}/communities/{sites['id']}/requests/{people[name].id}/accept")
    await people["host"].call(
        "PATCH", f"{ROOT}/communities/{sites['id']}/members/{people['moderator'].id}", json={"role": "moderator"}
    )
    async with firm.runtime.db.write() as tx:
        # Who has read there has to read no more.
        await accounts.change_role(tx, firm.runtime, "dora", "auditor", by=OPERATOR)
    people["auditor"] = await firm.with_scopes(people["auditor"], "read write follow push")
    return World(firm, people, sites)


Try = Callable[[World, App], Awaitable[Answer]]


async def pin(world: World, by: App) -> Answer:
    thread = await world.thread()
    return await by.call("PATCH", f"{ROOT}/threads/{thread['id']}", json={"is_pinned": True})


async def close(world: World, by: App) -> Answer:
    thread = await world.thread()
    return await by.call("PATCH", f"{ROOT}/threads/{thread['id']}", json={"is_closed": True})


async def split(world: World, by: App) -> Answer:
    thread = await world.thread("other")
    answer = await world.people["other"].answer(thread, "We do")
    wish = {"status_id": answer["id"], "reason": "Another subject"}
    return await by.call("POST", f"{ROOT}/threads/{thread['id']}/split", json=wish)


async def mark(world: World, by: App) -> Answer:
    thread = await world.thread()
    return await by.call("PATCH", f"{ROOT}/threads/{thread['id']}", json={"is_question": False})


async def raise_label(world: World, by: App) -> Answer:
    thread = await world.thread("other")
    return await by.call("PATCH", f"{ROOT}/threads/{thread['id']}", json={"label": "restricted"})


async def accept_answer(world: World, by: App) -> Answer:
    thread = await world.thread("other")
    answer = await world.people["other"].answer(thread, "We do")
    return await by.call("PUT", f"{ROOT}/threads/{thread['id']}/answer", json={"status_id": answer["id"]})


async def approve(world: World, by: App) -> Answer:
    return await by.call("POST", f"{world.path}/requests/{world.people['waiting'].id}/accept")


async def invite(world: World, by: App) -> Answer:
    return await by.call("POST", f"{world.path}/invitations", json={"account_id": world.people["stranger"].id})


async def remove_member(world: World, by: App) -> Answer:
    return await by.call("DELETE", f"{world.path}/members/{world.people['other'].id}")


async def ban_for_good(world: World, by: App) -> Answer:
    return await by.call("POST", f"{world.path}/bans", json={"account_id": world.people["other"].id})


async def configure(world: World, by: App) -> Answer:
    return await by.call("PATCH", world.path, json={"charter": "Be kind"})


async def name_leader(world: World, by: App) -> Answer:
    return await by.call("PATCH", f"{world.path}/members/{world.people['other'].id}", json={"role": "host"})


async def read_reports(world: World, by: App) -> Answer:
    return await by.call("GET", f"{world.path}/reports")


async def read_log(world: World, by: App) -> Answer:
    return await by.call("GET", f"{world.path}/log")


async def remove_post(world: World, by: App) -> Answer:
    thread = await world.thread("other")
    return await by.call("DELETE", f"/api/v1/statuses/{thread['id']}", json={"reason": "Names"})


async def post(world: World, by: App) -> Answer:
    return await by.call("POST", "/api/v1/statuses", json={"status": "@sites Nights"})


async def reply(world: World, by: App) -> Answer:
    thread = await world.thread("other")
    return await by.call("POST", "/api/v1/statuses", json={"status": "We do", "in_reply_to_id": thread["id"]})


async def like(world: World, by: App) -> Answer:
    return await by.call("POST", f"/api/v1/statuses/{(await world.thread('other'))['id']}/favourite")


async def edit(world: World, by: App) -> Answer:
    thread = await world.thread("other")
    return await by.call("PUT", f"/api/v1/statuses/{thread['id']}", json={"status": "@sites Mine"})


TRIES: dict[Verb, Try] = {
    Verb.POST: post,
    Verb.REPLY: reply,
    Verb.LIKE: like,
    Verb.EDIT: edit,
    Verb.ACCEPT_ANSWER: accept_answer,
    Verb.RAISE_LABEL: raise_label,
    Verb.CLOSE: close,
    Verb.MOVE: split,
    Verb.REMOVE: remove_post,
    Verb.READ_REPORTS: read_reports,
    Verb.READ_LOG: read_log,
    Verb.BAN: ban_for_good,
    Verb.PIN: pin,
    Verb.MARK_QUESTION: mark,
    Verb.APPROVE: approve,
    Verb.INVITE: invite,
    Verb.REMOVE_MEMBER: remove_member,
    Verb.CONFIGURE: configure,
    Verb.NAME_LEADERS: name_leader,
}
ELSEWHERE = {
    Verb.ASK_TO_BE_OFFICIAL: "of a trial: `test_trials.py`",
    Verb.DELETE: "one's own posts: tests of statuses",
    Verb.LOCK: "as partners say it",
    Verb.DISSOLVE: "a command",
}


def test_every_line_of_the_matrix_is_tried_or_tested_elsewhere() -> None:
    assert TRIES.keys() | ELSEWHERE.keys() == set(Verb)
    assert MATRIX.keys() == set(Verb)


@pytest.mark.parametrize("verb", list(TRIES))
async def test_each_role_may_do_what_the_matrix_says_and_nothing_else(firm: Firm, verb: Verb) -> None:
    """Product section 9. Somebody else's posts throughout, so that only the role counts."""
    world = await built(firm)
    allowed = {}
    for name in ("admin", "auditor", "stranger", "guest", "member", "moderator", "host"):
        answer = await TRIES[verb](world, world.people[name])
        assert answer.status in (200, 403, 404), (name, answer.status, answer.body)
        allowed[name] = answer.status == 200

    roles = ("member", "moderator", "host", "admin", "guest", "auditor")
    expected = {role: cell is Cell.YES for role, cell in zip(roles, MATRIX[verb], strict=True)}
    assert allowed == expected | {"stranger": False}


async def test_a_moderator_bans_for_thirty_days_and_not_for_one_more(firm: Firm) -> None:
    world = await built(firm)
    moderator, other = world.people["moderator"], world.people["other"]

    longer = await moderator.call("POST", f"{world.path}/bans", json={"account_id": other.id, "days": 31})
    month = await moderator.call("POST", f"{world.path}/bans", json={"account_id": other.id, "days": 30})

    assert (longer.status, month.status) == (403, 200)
    assert (await post(world, other)).error.startswith("You are banned")
    assert (await moderator.call("DELETE", f"{world.path}/bans/{other.id}")).status == 200
    assert (await post(world, other)).status == 200


async def test_an_author_raises_the_label_of_their_own_thread_and_nobody_lowers_one(firm: Firm) -> None:
    world = await built(firm)
    thread = await world.thread()
    path = f"{ROOT}/threads/{thread['id']}"

    raised = await world.people["member"].call("PATCH", path, json={"label": "restricted"})
    lowered = await world.people["host"].call("PATCH", path, json={"label": "internal"})

    assert (raised.status, raised.document["label"]) == (200, "restricted")
    assert (lowered.status, lowered.error) == (409, "This post is restricted: a label can be raised and not lowered.")


async def test_an_administrator_lowers_the_scope_and_names_hosts_of_orphans_only(firm: Firm) -> None:
    """Product section 9: and reads nothing of it."""
    host, admin, member = await firm.person("host"), await firm.person("boss", role="admin"), await firm.person("mia")
    sites = await firm.community("sites", host=host, scope="selected")
    await member.follow(sites)
    path = f"{ROOT}/communities/{sites['id']}"

    wider = await admin.call("PATCH", path, json={"scope": "all"})
    more = await admin.call("PATCH", path, json={"scope": "none", "title": "Mine"})
    lower = await admin.call("PATCH", path, json={"scope": "none"})
    naming = await admin.call("PATCH", f"{path}/members/{member.id}", json={"role": "host"})

    assert [one.status for one in (wider, more, lower, naming)] == [403, 403, 200, 403]
    async with firm.runtime.db.write() as tx:
        found = await follows.find(tx, int(host.id), int(sites["id"]))
        assert found is not None
        await follow_writes.remove(tx, found.id)
    assert (await admin.call("PATCH", f"{path}/members/{member.id}", json={"role": "host"})).status == 200
    assert (await member.get(path))["membership"]["role"] == "host"
