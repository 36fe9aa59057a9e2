"""Guests: what they read, know and do, how they come and go (product sections 1, 3 and 9); each beside its refusal."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from models.guests import GUEST_TERM
from models.queries import discreet
from models.queries.identity import PASSWORDS
from models.writes import state
from server.actions import accounts, guests
from server.actions.refusals import Refused
from server.admin.routes import ROUTES as ADMIN_ROUTES
from server.api.routes import ROUTES as API_ROUTES
from server.mastodon.routes import ROUTES as MASTODON_ROUTES
from server.oauth.routes import ROUTES as OAUTH_ROUTES
from server.web.routes import ROUTES as WEB_ROUTES
from tests.instances.leak_walk import Signer, Walk, bearer
from tests.server.admin.desk import last_entry, press
from tests.support.firm import OPERATOR, App, Document, Firm

WORD = "qzebrafishq"
COMMUNITIES = "/api/entrepairs/v1/communities"


@pytest.fixture
async def gus(firm: Firm, sites: Document, bob: App) -> App:
    """A guest in `sites`."""
    return await firm.guest("gus", "sites")


@pytest.fixture
async def zoe(firm: Firm) -> App:
    """A colleague who is in no community with the guest, and hosts an open one."""
    return await firm.person("zoe")


@pytest.fixture
async def plans(firm: Firm, zoe: App) -> Document:
    return await firm.community("plans", host=zoe)


async def test_a_guest_reads_where_they_were_added_and_nowhere_else(
    gus: App, bob: App, zoe: App, plans: Document
) -> None:
    """T155: open communities too."""
    here, there = await bob.say("@sites Night shifts?"), await zoe.say("@plans Budget?")

    shown = await gus.get("/api/v1/timelines/public")

    assert {one["account"]["username"] for one in shown} == {"sites"}
    assert (await gus.call("GET", f"/api/v1/statuses/{here['id']}")).status == 200
    assert (await gus.call("GET", f"/api/v1/statuses/{there['id']}")).status == 404
    assert (await bob.call("GET", f"/api/v1/statuses/{there['id']}")).status == 200


async def test_of_personal_posts_a_guest_reads_what_is_for_them_alone(gus: App, bob: App) -> None:
    to_followers = await bob.say("@gus and everybody who follows me", visibility="private")
    to_guest = await bob.say("@gus only you", visibility="direct")

    assert (await gus.call("GET", f"/api/v1/statuses/{to_guest['id']}")).status == 200
    assert (await gus.call("GET", f"/api/v1/statuses/{to_followers['id']}")).status == 404


async def test_a_guest_answers_and_reacts_and_opens_no_thread(gus: App, bob: App) -> None:
    thread = await bob.say("@sites Night shifts?")

    answer = await gus.answer(thread, "We have four.")
    await gus.post(f"/api/v1/statuses/{thread['id']}/favourite")
    await gus.post(f"/api/v1/statuses/{thread['id']}/bookmark")
    await gus.post("/api/v1/reports", account_id=bob.id, status_ids=[thread["id"]], comment="Look")
    asked = await bob.say("@sites Which day?", poll={"options": ["Monday", "Friday"], "expires_in": 3600})
    voted = await gus.post(f"/api/v1/polls/{asked['poll']['id']}/votes", choices=[0])
    opened = await gus.call("POST", "/api/v1/statuses", json={"status": "@sites Something else"})

    assert answer["in_reply_to_id"] == thread["id"]
    assert voted["own_votes"] == [0]
    assert opened.status == 403
    assert "As a guest you answer and react" in opened.error
    assert (await gus.call("DELETE", f"/api/v1/statuses/{answer['id']}")).status == 200


async def test_a_guest_writes_to_people_they_meet_and_to_nobody_else(gus: App, bob: App, zoe: App) -> None:
    await gus.say("@bob Thank you", visibility="direct")
    to_stranger = await gus.call("POST", "/api/v1/statuses", json={"status": "@zoe Hello", "visibility": "direct"})
    to_followers = await gus.call("POST", "/api/v1/statuses", json={"status": "Hello all", "visibility": "private"})

    assert [one["type"] for one in await bob.get("/api/v1/notifications")][:1] == ["mention"]
    assert (to_stranger.status, to_followers.status) == (403, 403)
    assert "people whom you meet there" in to_stranger.error
    assert await zoe.get("/api/v1/notifications") == []


async def test_a_guest_changes_what_they_wrote_wherever_it_is(gus: App, bob: App) -> None:
    answer = await gus.answer(await bob.say("@sites Night shifts?"), "We have four.")
    private = await gus.say("@bob Thank you", visibility="direct")
    asked = await bob.say("@gus Why?", visibility="direct")
    back = await gus.say("@bob Because", in_reply_to_id=asked["id"], visibility="direct")

    for one in (answer, private, back):
        changed = await gus.call("PUT", f"/api/v1/statuses/{one['id']}", json={"status": "@bob Otherwise"})
        assert changed.status == 200, changed.body


async def test_naming_a_stranger_tells_a_guest_nothing(gus: App, bob: App, zoe: App) -> None:
    thread = await bob.say("@sites Night shifts?")

    named = await gus.answer(thread, "Ask @zoe, or @alice")

    assert [one["acct"] for one in named["mentions"]] == ["sites", "bob", "alice"]
    assert [one["type"] for one in await zoe.get("/api/v1/notifications")] == []


async def test_a_guest_knows_people_and_communities_of_theirs_alone(
    gus: App, bob: App, zoe: App, plans: Document
) -> None:
    listed = {one["username"] for one in await gus.get("/api/v1/directory", order="new", limit="80")}
    found = await gus.get("/api/v2/search", q="zoe")

    assert listed == {"sites", "alice", "bob", "gus"}
    assert found["accounts"] == []
    assert await gus.get("/api/v2/suggestions") == []
    assert (await gus.call("GET", "/api/v1/accounts/lookup", query={"acct": "zoe"})).status == 404
    assert (await gus.call("GET", f"/api/v1/accounts/{plans['id']}")).status == 404
    assert (await gus.call("GET", f"/api/v1/accounts/{bob.id}")).status == 200
    assert (await bob.call("GET", f"/api/v1/accounts/{zoe.id}")).status == 200


async def test_of_somebodys_followers_a_guest_sees_those_they_meet(gus: App, bob: App, alice: App, zoe: App) -> None:
    await zoe.follow(bob)
    await alice.follow(bob)
    path = f"/api/v1/accounts/{bob.id}/followers"

    assert [one["username"] for one in await gus.get(path)] == ["alice"]
    assert {one["username"] for one in await alice.get(path)} == {"alice", "zoe"}


async def test_a_guest_follows_nobody_and_comes_in_by_a_hosts_invitation(
    gus: App, bob: App, zoe: App, plans: Document
) -> None:
    path = f"{COMMUNITIES}/{plans['id']}"

    followed = await gus.call("POST", f"/api/v1/accounts/{bob.id}/follow")
    uninvited = await gus.call("POST", f"/api/v1/accounts/{plans['id']}/follow")
    await zoe.follow(await zoe.get("/api/v1/accounts/lookup", acct="sites"))
    await zoe.post(f"{path}/invitations", account_id=gus.id)
    joined = await gus.call("POST", f"{path}/join")

    assert (followed.status, uninvited.status) == (403, 404)
    assert "Guests follow nobody" in followed.error
    assert joined.status == 200
    members = {one["account"]["acct"]: one["role"] for one in await zoe.get(f"{path}/members")}
    assert members == {"zoe": "host", "gus": "guest"}


async def test_a_guest_founds_nothing_and_leads_nothing(gus: App, bob: App, alice: App, sites: Document) -> None:
    founded = await gus.call("POST", COMMUNITIES, json={"name": "mine", "title": "Mine"})
    path = f"{COMMUNITIES}/{sites['id']}/members"

    named = await alice.call("PATCH", f"{path}/{gus.id}", json={"role": "moderator"})

    assert founded.status == 403
    assert named.status == 409
    assert (await alice.call("PATCH", f"{path}/{bob.id}", json={"role": "moderator"})).status == 200
    assert (await alice.call("PATCH", f"{path}/{bob.id}", json={"role": "guest"})).status in (400, 422)


async def test_a_guest_leaves(gus: App, bob: App, sites: Document) -> None:
    thread = await bob.say("@sites Night shifts?")

    await gus.post(f"/api/v1/accounts/{sites['id']}/unfollow")

    assert (await gus.call("GET", f"/api/v1/statuses/{thread['id']}")).status == 404
    assert (await gus.call("GET", f"/api/v1/accounts/{bob.id}")).status == 404


@pytest.mark.parametrize("visibility", ["on-request", "private"])
async def test_into_a_closed_community_a_host_lets_them(firm: Firm, alice: App, visibility: str) -> None:
    """Nobody who makes accounts reads a closed community by one of them."""
    board = await firm.community("board", host=alice, visibility=visibility)
    ida = await firm.guest("ida", "board")
    before = await ida.call("GET", f"/api/v1/accounts/{board['id']}")

    await alice.post(f"/api/v1/follow_requests/{ida.id}/authorize")
    thread = await alice.say("@board Salaries")

    assert before.status == 404
    assert (await ida.call("GET", f"/api/v1/statuses/{thread['id']}")).status == 200
    assert (await ida.call("POST", "/api/v1/statuses", json={"status": "@board Mine"})).status == 403


async def test_at_the_end_of_their_time_a_guest_leaves_as_everybody_does(firm: Firm, gus: App, bob: App) -> None:
    firm.clock.advance(seconds=(GUEST_TERM - timedelta(seconds=1)).total_seconds())
    await guests.keep_terms(firm.runtime)
    before = (await gus.call("GET", "/api/v1/timelines/home")).status
    firm.clock.advance(seconds=1)

    await guests.keep_terms(firm.runtime)

    assert before == 200
    assert (await gus.call("GET", "/api/v1/timelines/home")).status in (401, 403)
    assert (await bob.call("GET", "/api/v1/timelines/home")).status == 200
    entry = await last_entry(firm)
    assert (entry.actor, entry.action, entry.object) == ("server", "user.suspend", "gus@home.test")


async def test_who_returns_is_a_guest_again_for_as_long(firm: Firm, gus: App, zoe: App, plans: Document) -> None:
    there = await zoe.say("@plans Budget?")
    async with firm.runtime.db.write() as tx:
        await accounts.suspend(tx, firm.runtime, "gus", by=OPERATOR)
        back = await accounts.resume(tx, firm.runtime, "gus", by=OPERATOR)
    again = await firm.with_scopes(gus, "read write follow push")

    assert (back.role, back.ends_at) == ("guest", firm.clock.now() + GUEST_TERM)
    assert (await again.call("GET", f"/api/v1/statuses/{there['id']}")).status == 404
    members = await again.get(
        f"{COMMUNITIES}/{(await again.get('/api/v1/accounts/lookup', acct='sites'))['id']}/members"
    )
    assert {"username": "gus", "role": "guest"} in [
        {"username": one["account"]["acct"], "role": one["role"]} for one in members
    ]


async def test_a_host_renews_for_six_months(firm: Firm, gus: App, alice: App) -> None:
    firm.clock.advance(days=100)
    host = await firm.browser(alice)
    page = await host.get("/c/sites/members")
    form = next(one for one in page.forms if one.fields.get("act") == "renew")

    done = await host.follow(await host.post("/c/sites/members", form.fields))
    entry = await last_entry(firm)
    firm.clock.advance(days=100)
    await guests.keep_terms(firm.runtime)

    assert "They stay for six months from today." in done.text
    assert (entry.action, entry.object) == ("community.guest.renew", "gus@home.test")
    assert (await (await firm.with_scopes(gus, "read")).call("GET", "/api/v1/timelines/home")).status == 200


async def test_nobody_else_renews_and_nobody_but_a_guest_is_renewed(
    firm: Firm, gus: App, alice: App, bob: App, sites: Document
) -> None:
    await alice.call("PATCH", f"{COMMUNITIES}/{sites['id']}/members/{bob.id}", json={"role": "moderator"})
    moderator, host = await firm.browser(bob), await firm.browser(alice)
    csrf = (await moderator.get("/me")).forms[0].fields["csrf"]
    own = (await host.get("/me")).forms[0].fields["csrf"]

    by_moderator = await moderator.post("/c/sites/members", {"csrf": csrf, "act": "renew", "person": gus.id})
    of_member = await host.post("/c/sites/members", {"csrf": own, "act": "renew", "person": bob.id})

    assert "until" not in (await moderator.get("/c/sites/members")).text.partition("@gus")[2].partition("</li>")[0]
    assert by_moderator.status == 403
    assert of_member.status == 422
    assert "is no guest of" in of_member.text


async def test_administrators_add_a_guest_by_their_page(firm: Firm, alice: App, sites: Document) -> None:
    admin = await firm.browser(await firm.person("olga", role="admin"))
    fields = {"username": "ida", "email": "ida@outside.example", "display_name": "Ida", "role": "guest"}
    new = "/admin/people/~new"

    without = await press(admin, new, new, **fields, communities="")
    unknown = await press(admin, new, new, **fields, communities="sites nothing")
    made = await admin.follow(await press(admin, new, new, **fields, communities="@sites"))

    assert (without.status, unknown.status) == (422, 422)
    assert "Name a community at least" in without.text
    assert "No community here is called nothing." in unknown.text
    assert "Guest" in made.text
    assert "until" in made.text
    assert "/admin/people/ida/role" not in {one.action for one in made.forms}
    assert "Guest" in (await (await firm.browser(alice)).get("/c/sites/members")).text


async def test_nobody_becomes_a_guest_and_a_guest_nothing_else(firm: Firm, gus: App, bob: App) -> None:
    admin = await firm.browser(await firm.person("olga", role="admin"))
    csrf = (await admin.get("/me")).forms[0].fields["csrf"]

    promoted = await admin.post("/admin/people/gus/role", {"csrf": csrf, "role": "admin"})
    demoted = await admin.post("/admin/people/bob/role", {"csrf": csrf, "role": "guest"})

    assert (promoted.status, demoted.status) == (422, 422)


async def test_no_form_for_threads_is_offered_to_a_guest_and_readers_hear_of_them(
    firm: Firm, gus: App, bob: App, plans: Document, zoe: App
) -> None:
    theirs, members = await firm.browser(gus), await firm.browser(bob)
    hosts = await firm.browser(zoe)
    said = "Among those who read it are guests from outside the firm."

    assert "/c/sites/ask" not in (await theirs.get("/c/sites")).text
    assert "/c/sites/ask" in (await members.get("/c/sites")).text
    assert said in (await members.get("/c/sites/ask")).text
    assert said not in (await hosts.get("/c/plans/ask")).text
    assert "You are a guest here until" in (await theirs.get("/me")).text
    assert "You are a guest here until" not in (await members.get("/me")).text


async def test_a_guest_does_not_count_among_those_who_could_have_asked_discreetly(
    firm: Firm, gus: App, bob: App, sites: Document
) -> None:
    """Product J6: guests ask no discreet question."""
    async with firm.runtime.db.read() as tx:
        place = await discreet.place(tx, int(sites["id"]))

    assert place.people == 2


async def test_where_the_company_signs_people_in_guests_have_their_password(firm: Firm, gus: App, bob: App) -> None:
    async with firm.runtime.db.write() as tx:
        await state.put(tx, PASSWORDS, "1")
        links = [await accounts.create_sign_in_link(tx, firm.runtime, "gus", by=OPERATOR)]
        with pytest.raises(Refused, match="given up"):
            await accounts.create_sign_in_link(tx, firm.runtime, "bob", by=OPERATOR)

    assert links[0]


async def test_a_guest_opens_no_page_of_the_administration(firm: Firm, gus: App) -> None:
    browser = await firm.browser(gus)

    assert "/admin/overview" not in (await browser.get("/")).text
    assert (await browser.get("/admin/overview")).status == 403
    assert (await browser.get("/c/sites")).status == 200


async def test_on_no_way_a_guest_hears_of_an_open_community_that_they_are_not_in(
    firm: Firm, gus: App, bob: App, zoe: App
) -> None:
    """T023, T155: of every address that is read, with every id of it; a colleague finds it."""
    place = await firm.community(f"{WORD}place", host=zoe)
    thread = await zoe.say(f"@{WORD}place {WORD} #{WORD}tag")
    answer = await zoe.answer(thread, f"More {WORD}")
    await bob.say("@sites Night shifts?")
    secrets = [WORD, WORD.title(), thread["id"], answer["id"], place["id"]]
    by_guest, by_colleague = [await walked(firm, one, place, [thread, answer], zoe) for one in (gus, bob)]

    assert by_guest.failures() == []
    assert not (found := by_guest.leaks(secrets)), "\n".join(found)
    assert len(by_colleague.leaks(secrets)) > 10


async def walked(firm: Firm, person: App, place: Document, posts: Sequence[Document], author: App) -> Walk:
    """Every address that is read, as this person's app and browser."""
    walk = Walk(firm.session, firm.port, "home.test")
    assert person.token is not None
    cookie = (await firm.browser(person)).cookies["session-home.test"]
    signer = Signer(person.name, bearer(person.token, "home.test", cookie))
    ids = [*(one["id"] for one in posts), place["id"], author.id]
    usual = {"name": [place["username"], author.name, f"{WORD}tag"], "hashtag": [f"{WORD}tag"], "path": ["base.css"]}
    tables = (MASTODON_ROUTES, API_ROUTES, WEB_ROUTES, OAUTH_ROUTES, ADMIN_ROUTES)
    routes = sorted({(method, path) for table in tables for method, path, *_ in table if method == "GET"})
    addresses = [
        f"/api/v2/search?q={word[:6]}&resolve=false"
        for word in (WORD, f"@{place['username']}", f"#{WORD}", author.name)
    ]
    addresses += [f"/api/v1/accounts/search?q={WORD[:6]}", f"/search?q={WORD[:6]}", "/api/v1/timelines/public"]
    addresses += [f"{COMMUNITIES}?joined=false", f"/api/v1/accounts/relationships?id[]={place['id']}"]
    await walk.over(signer, routes, _Fillings(usual, ids), {}, addresses)
    return walk


class _Fillings(dict[str, Sequence[str]]):
    """What stands in braces: the ids of it, where nothing else is said."""

    def __init__(self, usual: dict[str, list[str]], ids: Sequence[str]) -> None:
        super().__init__(usual)
        self._ids = ids

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> Sequence[str]:
        return self._ids
