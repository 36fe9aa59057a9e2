"""The table "who may do what" (product section 9), by page and by API: what community roles and offices open.

By API each verb of `models/authority.py: MATRIX` is tried as every role in `api/test_hosting.py`; each address of the
administration as every office in `test_offices.py`. Here: the same cells by the pages that people use, offices
that open no community, and everything that an administrator or an auditor may ask for, looked through for content.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from yarl import URL

from models.queries import appeals
from server.admin.routes import ROUTES as ADMIN_ROUTES
from server.api.routes import ROUTES as API_ROUTES
from server.mastodon.routes import ROUTES as MASTODON_ROUTES
from server.oauth.routes import ROUTES as OAUTH_ROUTES
from server.scim.routes import ROUTES as SCIM_ROUTES
from server.web.routes import ROUTES as WEB_ROUTES
from tests.support import files
from tests.support.firm import App, Document, Firm
from tests.support.site import Answer, Browser

ROLES = ("host", "moderator", "member", "admin", "auditor", "stranger")
"""Of a community, and offices without membership; the stranger is a colleague who is not in it."""

INSIDE = {"host", "moderator", "member"}
WORD = "qzebrafishq"


@dataclass
class World:
    """A private and an open community with a thread each, and somebody of every role."""

    firm: Firm
    people: dict[str, App]
    threads: dict[str, Document]

    async def browser(self, role: str) -> tuple[Browser, str]:
        """Where this person is signed in, and the token of their forms."""
        browser = await self.firm.browser(self.people[role])
        return browser, (await browser.get("/me")).forms[0].fields["csrf"]

    async def send(self, role: str, path: str, **fields: str) -> Answer:
        browser, csrf = await self.browser(role)
        return await browser.post(path, {"csrf": csrf, **fields})


@pytest.fixture
async def world(firm: Firm) -> World:
    offices = {"admin": "admin", "auditor": "auditor"}
    names = dict(zip(ROLES, ("hanna", "mona", "bert", "olga", "dora", "zoe"), strict=True))
    everybody = "read write follow push admin:read admin:write"
    people = {}
    for role, name in names.items():
        scopes = everybody if role == "admin" else "read write follow push"
        people[role] = await firm.person(name, scopes, role=offices.get(role, "member"))
    host = people["host"]
    threads = {}
    for name, visibility in (("quiet", "private"), ("sites", "open")):
        community = await firm.community(name, host=host, visibility=visibility)
        path = f"/api/entrepairs/v1/communities/{community['id']}"
        for role in ("moderator", "member"):
            if visibility == "private":
                await host.post(f"{path}/invitations", account_id=people[role].id)
            await people[role].post(f"{path}/join")
        assert (
            await host.call("PATCH", f"{path}/members/{people['moderator'].id}", json={"role": "moderator"})
        ).status == 200
        word = WORD if visibility == "private" else "what everybody of the firm may read"
        threads[name] = await people["member"].say(f"@{name} {word}\n\nMore about {word}.")
    return World(firm, people, threads)


@pytest.mark.parametrize("role", ROLES)
async def test_who_reads_a_private_community(world: World, role: str) -> None:
    """Row 1: those in it; who runs the server as a member only, and else as if there were nothing at that address."""
    thread = world.threads["quiet"]
    browser, _ = await world.browser(role)
    expected = 200 if role in INSIDE else 404

    for path in ("/c/quiet", f"/t/{thread['id']}"):
        page = await browser.get(path)
        if page.status == 303:
            page = await browser.follow(page)
        assert (page.status, WORD in page.text) == (expected, role in INSIDE), path
    for path in (f"/api/v1/statuses/{thread['id']}", f"/api/v1/statuses/{thread['id']}/context"):
        answer = await world.people[role].call("GET", path)
        assert (answer.status, WORD.encode() in answer.body and expected == 404) == (expected, False), path


@pytest.mark.parametrize("role", ROLES)
async def test_who_posts_and_replies_by_a_page(world: World, role: str) -> None:
    """Row 2: members; an office opens nothing. The open community as well, which anybody has to join first."""
    for name in ("quiet", "sites"):
        said = await world.send(role, f"/c/{name}/post", title="By page", text="By page")
        answered = await world.send(role, f"/t/{world.threads[name]['id']}/reply", text="By page too")
        allowed = role in INSIDE

        assert (said.status == 303) is allowed, (name, said.status)
        assert (answered.status == 303) is allowed, (name, answered.status)
    texts = (await (await world.firm.browser(world.people["host"])).get("/c/quiet")).text
    assert ("By page" in texts) is (role in INSIDE)


@pytest.mark.parametrize("role", ROLES)
async def test_who_opens_the_desk_and_answers_requests_by_a_page(world: World, role: str) -> None:
    """Rows 5 to 7: reports are for those who lead; who asks to join is seen and answered by hosts alone."""
    plans = await world.firm.community("plans", host=world.people["host"], visibility="on-request")
    path = f"/api/entrepairs/v1/communities/{plans['id']}"
    for other in ("moderator", "member"):
        await world.people[other].post(f"{path}/join")
        await world.people["host"].post(f"{path}/requests/{world.people[other].id}/accept")
    named = {"role": "moderator"}
    await world.people["host"].call("PATCH", f"{path}/members/{world.people['moderator'].id}", json=named)
    waiting = await world.firm.person("wanda")
    await waiting.post(f"{path}/join")
    browser, csrf = await world.browser(role)

    desk, requests = await browser.get("/c/plans/desk"), await browser.get("/c/plans/requests")
    fields = {"csrf": csrf, "person": waiting.id, "answer": "accept"}
    answered = await browser.post("/c/plans/requests/answer", fields)

    state = (await waiting.get(path))["membership"]["state"]
    assert desk.status == (200 if role in ("host", "moderator") else 404)
    assert (requests.status, answered.status) == ((200, 303) if role == "host" else (404, 404))
    assert state == ("joined" if role == "host" else "requested")
    assert ("wanda" in requests.text.lower()) is (role == "host")
    assert ("person waits" in desk.text) is (role == "host")


@pytest.mark.parametrize("role", ROLES)
async def test_who_sets_a_community_by_a_page(world: World, role: str) -> None:
    """Rows 8 and 10: what it is, who may read it and who leads it are its hosts' alone; to others no such page is
    there, of a community that all know of (T125) as of one that is hidden (T148).
    """
    browser, csrf = await world.browser(role)
    fields = {"csrf": csrf, "title": "Other", "scope": "none", "person": "mona", "role": "moderator", "which": "avatar"}
    for name in ("quiet", "sites"):
        page = f"/c/{name}/settings"
        answers = [(await browser.get(page)).status]
        ends = ("", "/openness", "/role")
        answers += [(await browser.post(f"{page}{end}", fields)).status for end in ends]
        answers.append((await browser.send_file(f"{page}/picture", fields, files.picture())).status)
        answers.append((await browser.post(f"{page}/successor", fields)).status)

        assert answers == ([200, *[303] * 5] if role == "host" else [404] * 6), name
    known = await world.people["moderator"].get("/api/entrepairs/v1/communities")
    assert {one["title"] for one in known} == ({"Other"} if role == "host" else {"Quiet", "Sites"})


@pytest.mark.parametrize("role", ROLES)
async def test_who_reads_a_communitys_moderation_log(world: World, role: str) -> None:
    """Row "Audit trail": hosts and moderators their own community's. The auditors read the trail itself."""
    for name in ("quiet", "sites"):
        browser, _ = await world.browser(role)
        account = await world.people["host"].get("/api/v1/accounts/lookup", acct=name)
        path = f"/api/entrepairs/v1/communities/{account['id']}/log"

        page, answer = await browser.get(f"/c/{name}/log"), await world.people[role].call("GET", path)

        leads = role in ("host", "moderator")
        assert page.status == (200 if leads else 404), name
        assert answer.status in ((200,) if leads else (403, 404)), name


@pytest.mark.parametrize("role", ROLES)
async def test_who_decides_on_an_appeal_and_opens_the_bin_for_it(world: World, role: str) -> None:
    """J8 and section 8: an administrator who had no part in it; whoever else asks is told that it is not for them."""
    thread, path = world.threads["quiet"], "/api/entrepairs/v1/appeals"
    await world.people["host"].call("DELETE", f"/api/v1/statuses/{thread['id']}", json={"reason": "Names"})
    (act,) = await world.people["member"].get(path)
    await world.people["member"].post(path, act_id=act["id"], text="It was fair")
    async with world.firm.runtime.db.read() as tx:
        (appeal,) = await appeals.at_the_desk(tx, waiting=True)
    address = f"/admin/moderation/appeals/{appeal.id}"

    opened = await world.send(role, f"{address}/open")
    settled = await world.send(role, f"{address}/settle", outcome="reversed", answer="It was")

    may = role == "admin"
    assert (opened.status, WORD in opened.text) == ((200, True) if may else (403, False))
    assert settled.status == (303 if may else 403)
    assert (await world.people["member"].call("GET", f"/api/v1/statuses/{thread['id']}")).status == (
        200 if may else 404
    )


@pytest.mark.parametrize("role", ["admin", "auditor"])
async def test_an_office_opens_neither_by_api_what_it_does_not_by_page(world: World, role: str) -> None:
    """Rows 2 to 8, for who runs the server and is no member: by API as by page."""
    person, thread = world.people[role], world.threads["quiet"]
    said = await person.call("POST", "/api/v1/statuses", json={"status": "@quiet hello"})
    tries = [
        await person.call("POST", "/api/v1/statuses", json={"status": "x", "in_reply_to_id": thread["id"]}),
        await person.call("POST", f"/api/v1/statuses/{thread['id']}/favourite"),
        await person.call("POST", f"/api/v1/statuses/{thread['id']}/bookmark"),
        await person.call("PUT", f"/api/v1/statuses/{thread['id']}", json={"status": "mine"}),
        await person.call("DELETE", f"/api/v1/statuses/{thread['id']}"),
        await person.call("PATCH", f"/api/entrepairs/v1/threads/{thread['id']}", json={"label": "restricted"}),
    ]

    assert said.status in ((403,) if role == "auditor" else (200, 422))
    assert WORD not in (await (await world.firm.browser(person)).get("/")).text
    assert [one.status for one in tries] == [404] * len(tries)
    assert (await world.people["host"].get(f"/api/v1/statuses/{thread['id']}"))["favourites_count"] == 0


def addresses(world: World) -> Iterator[str]:
    """Every address that is read, with what is known of the private community in its braces."""
    thread = world.threads["quiet"]
    tables = (ADMIN_ROUTES, API_ROUTES, MASTODON_ROUTES, OAUTH_ROUTES, SCIM_ROUTES, WEB_ROUTES)
    fillings = {
        "id": (thread["id"], thread["account"]["id"], thread["reblog"]["id"] if thread.get("reblog") else thread["id"]),
        "name": ("quiet", "bert"),
        "host": ("home.test", "partner.test"),
    }
    for table in tables:
        for method, path, *_ in table:
            if method != "GET" or "streaming" in path:
                continue
            braces = re.findall(r"{(\w+)[^}]*}", path)
            for number in range(3 if braces else 1):
                filled = path
                for brace in braces:
                    values = fillings.get(brace, (thread["id"],))
                    filled = re.sub(rf"{{{brace}[^}}]*}}", values[number % len(values)], filled, count=1)
                yield filled


async def test_no_page_and_no_api_shows_who_runs_the_server_what_is_said_where_they_are_no_member(world: World) -> None:
    """Threats T244, T125: every address that is read, as an administrator with every scope, and as an auditor."""
    showing: list[str] = []
    for role in ("admin", "auditor"):
        browser, token = (await world.browser(role))[0], world.people[role].token
        cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        for path in dict.fromkeys(addresses(world)):
            url = URL(f"http://127.0.0.1:{world.firm.port}{path}", encoded=True)
            headers = {"Authorization": f"Bearer {token}", "Cookie": cookie, "Accept": "text/html, application/json"}
            async with world.firm.session.get(url, headers=headers, allow_redirects=False) as answer:
                assert answer.status != 500, path
                if WORD in await answer.text(errors="replace"):
                    showing.append(f"{role}: {path}")

    assert showing == []
