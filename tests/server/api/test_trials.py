"""Trial communities: who opens one, its bounds, its end by the clock, how it becomes official (product J3, 2, 9)."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from models.authority import DELEGATE, FIRM_MATRIX, FIRM_OFFICES, Cell, FirmVerb, may_in_firm
from models.queries import audit
from models.queries.audit import Sought
from models.trials import Trial
from server.actions import accounts, delegates, trials
from tests.server.admin.desk import press
from tests.support.firm import Answer, App, Document, Firm

ROOT = "/api/entrepairs/v1"
COMMUNITIES = f"{ROOT}/communities"
FULL = "nights@home.test is a trial and full: until it is official it has 30 members at most."
OVER = "This community was a trial, and its time is up: it is there to be read"


@dataclass
class Scene:
    """An open trial, and its host."""

    firm: Firm
    alice: App
    trial: Document

    @property
    def path(self) -> str:
        return f"{COMMUNITIES}/{self.trial['id']}"

    async def joined(self, number: int, *, first: int = 0) -> list[App]:
        """So many colleagues who have joined."""
        people = [await self.firm.person(f"c{first + one}") for one in range(number)]
        for person in people:
            await person.post(f"{self.path}/join")
        return people

    async def made_ready(self) -> list[App]:
        """It has all that an official community has, and not one member more."""
        people = await self.joined(7)
        await self.named_host(people[0])
        assert (await self.changed(purpose="Nights", charter="Be kind")).status == 200
        return people

    async def named_host(self, person: App) -> None:
        assert (await self.alice.call("PATCH", f"{self.path}/members/{person.id}", json={"role": "host"})).status == 200

    async def changed(self, **fields: object) -> Answer:
        return await self.alice.call("PATCH", self.path, json=fields)

    async def asked(self, by: App | None = None) -> Answer:
        return await (by or self.alice).call("POST", f"{self.path}/official")

    async def now(self) -> Document:
        found: Document = await self.alice.get(self.path)
        return found

    async def told(self, person: App | None = None) -> list[str]:
        """What the server said to somebody in private, the newest first."""
        said = await (person or self.alice).get("/api/v1/notifications", **{"types[]": "mention"})
        return [one["status"]["content"] for one in said]

    async def logged(self) -> list[tuple[str, str]]:
        async with self.firm.runtime.db.read() as tx:
            found = await audit.sought(tx, Sought(action="community."))
        return [(one.actor, one.action) for one in found]


@pytest.fixture
async def scene(firm: Firm) -> Scene:
    alice = await firm.person("alice")
    trial = await alice.post(COMMUNITIES, name="nights", title="Nights", kind="trial")
    return Scene(firm, alice, trial)


# --- rights ---


EXPECTED = {
    # Open a trial, found an official one, answer a trial, name delegates, join, read an open community.
    "member": (True, False, False, False, True, True),
    "delegate": (True, False, True, False, True, True),
    "admin": (True, True, True, True, True, True),
    "auditor": (False, False, False, False, False, False),
}


async def tried(scene: Scene, who: App, verb: FirmVerb) -> int:
    """What comes of it when somebody does this: by API where there is a way, else by the page, past its form."""
    match verb:
        case FirmVerb.OPEN_TRIAL | FirmVerb.FOUND_OFFICIAL:
            kind = "trial" if verb is FirmVerb.OPEN_TRIAL else "official"
            made = {"name": "days", "title": "Days", "kind": kind}
            return (await who.call("POST", COMMUNITIES, json=made)).status
        case FirmVerb.JOIN:
            return (await who.call("POST", f"{scene.path}/join")).status
        case FirmVerb.READ_OPEN:
            thread = await scene.alice.say("@nights Who does them?")
            return (await who.call("GET", f"/api/v1/statuses/{thread['id']}")).status
        case FirmVerb.ANSWER_TRIAL:
            path, fields = "/communities/~waiting", {"name": "nights", "answer": "yes"}
        case FirmVerb.NAME_DELEGATES:
            path, fields = "/admin/communities/~delegate", {"name": "bert"}
    browser = await scene.firm.browser(who)
    csrf = (await browser.get("/me")).forms[0].fields["csrf"]
    return (await browser.post(path, {"csrf": csrf, **fields})).status


@pytest.mark.parametrize("office", FIRM_OFFICES)
@pytest.mark.parametrize("verb", list(FirmVerb))
async def test_each_office_does_what_the_matrix_says_and_nothing_else(
    scene: Scene, office: str, verb: FirmVerb
) -> None:
    """Product section 9, the row about trials, and J3: cell by cell, threats T125."""
    await scene.made_ready()
    await scene.asked()
    await scene.firm.person("bert")
    somebody = await scene.firm.person("somebody", role="member" if office == DELEGATE else office)
    if office == DELEGATE:
        await named_delegate(scene, "somebody")

    status = await tried(scene, somebody, verb)

    cell = FIRM_MATRIX[verb][FIRM_OFFICES.index(office)]
    assert (cell is Cell.YES) is EXPECTED[office][list(FirmVerb).index(verb)] is may_in_firm(office, verb)
    assert status in ((200, 303) if cell is Cell.YES else (404,) if verb is FirmVerb.READ_OPEN else (403,))
    assert ((await scene.now())["kind"] == "official") is (cell is Cell.YES and verb is FirmVerb.ANSWER_TRIAL)


async def named_delegate(scene: Scene, name: str) -> None:
    runtime = scene.firm.runtime
    async with runtime.db.write() as tx:
        await delegates.name(tx, runtime, name, by="operator")


@pytest.mark.parametrize("verb", list(FirmVerb))
def test_what_is_no_office_may_nothing(verb: FirmVerb) -> None:
    """R3: default no."""
    assert not may_in_firm("", verb)
    assert not may_in_firm("host", verb)


@pytest.mark.parametrize(("role", "kind"), [("member", "trial"), ("admin", "official")])
async def test_what_is_founded_without_a_word_is_what_one_may_found(firm: Firm, role: str, kind: str) -> None:
    made = await (await firm.person("somebody", role=role)).post(COMMUNITIES, name="nights", title="Nights")

    assert (made["kind"], made["trial_ends_at"] is None) == (kind, kind == "official")


async def test_what_the_command_line_founds_is_official(firm: Firm) -> None:
    alice = await firm.person("alice")
    sites = await firm.community("sites", host=alice)

    found = await alice.get(f"{COMMUNITIES}/{sites['id']}")

    assert (found["kind"], found["becoming_official"]) == ("official", None)
    assert (await alice.call("POST", f"{COMMUNITIES}/{sites['id']}/official")).status == 409


# --- bounds ---


async def test_the_thirtieth_joins_and_the_thirty_first_is_told_why_not(scene: Scene) -> None:
    await scene.joined(28)
    thirtieth, late, phone = [await scene.firm.person(name) for name in ("thirtieth", "late", "phone")]
    assert (await thirtieth.call("POST", f"{scene.path}/join")).status == 200

    by_api = await late.call("POST", f"{scene.path}/join")
    by_follow = await phone.call("POST", f"/api/v1/accounts/{scene.trial['id']}/follow")
    by_page = await press(await scene.firm.browser(late), "/c/nights", "/c/nights/join")

    assert (by_api.status, by_api.error) == (403, FULL)
    assert (by_follow.status, by_follow.error) == (403, FULL)
    assert (by_page.status, "a trial and full" in by_page.text) == (403, True)
    assert (await scene.now())["members"] == 30
    await thirtieth.post(f"{scene.path}/leave")
    assert (await late.call("POST", f"{scene.path}/join")).status == 200


async def test_of_many_who_come_for_the_last_place_one_gets_it(scene: Scene) -> None:
    await scene.joined(28)
    racers = [await scene.firm.person(f"r{number}") for number in range(5)]

    answers = await asyncio.gather(*(one.call("POST", f"{scene.path}/join") for one in racers))

    assert sorted(one.status for one in answers) == [200, 403, 403, 403, 403]
    assert (await scene.now())["members"] == 30


@pytest.mark.parametrize("database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
async def test_whoever_is_let_in_keeps_others_from_counting_until_they_are(scene: Scene) -> None:
    """Where writers do not wait for each other, two would both see the last place free."""
    here, any_free = scene.firm.runtime, select(Trial.community_id).with_for_update(skip_locked=True)
    async with here.db.write() as tx:
        await trials.require_room(tx, int(scene.trial["id"]), here.clock.now())
        async with here.db.write() as other:
            during = (await other.select(any_free)).all()
    async with here.db.write() as later:
        after = (await later.select(any_free)).all()

    assert (len(during), len(after)) == (0, 1)


async def test_a_full_trial_keeps_requests_and_invitations_waiting(scene: Scene) -> None:
    await scene.changed(visibility="on-request")
    people = await scene.joined(28)
    for person in people:
        await scene.alice.post(f"{scene.path}/requests/{person.id}/accept")
    invited, waiting = [await scene.firm.person(name) for name in ("invited", "waiting")]
    await scene.alice.post(f"{scene.path}/invitations", account_id=invited.id)
    await waiting.post(f"{scene.path}/join")
    last = await scene.firm.person("last")
    await last.post(f"{scene.path}/join")
    assert (await scene.alice.call("POST", f"{scene.path}/requests/{last.id}/accept")).status == 200

    accepted = await scene.alice.call("POST", f"{scene.path}/requests/{waiting.id}/accept")
    joined = await invited.call("POST", f"{scene.path}/join")

    assert (accepted.status, accepted.error) == (403, FULL)
    assert (joined.status, joined.error) == (403, FULL)
    await last.post(f"{scene.path}/leave")
    assert (await invited.call("POST", f"{scene.path}/join")).status == 200, "the invitation stands still"


async def test_who_comes_back_to_the_firm_is_no_thirty_first(scene: Scene) -> None:
    gone, *_ = await scene.joined(1)
    here = scene.firm.runtime
    async with here.db.write() as tx:
        await accounts.suspend(tx, here, gone.name, by="operator")
    await scene.joined(29, first=1)

    async with here.db.write() as tx:
        await accounts.resume(tx, here, gone.name, by="operator")

    assert (await scene.now())["members"] == 30


async def test_who_comes_back_to_a_trial_with_room_is_a_member_again(scene: Scene) -> None:
    gone, *_ = await scene.joined(1)
    here = scene.firm.runtime
    async with here.db.write() as tx:
        await accounts.suspend(tx, here, gone.name, by="operator")
    assert (await scene.now())["members"] == 1

    async with here.db.write() as tx:
        await accounts.resume(tx, here, gone.name, by="operator")

    assert (await scene.now())["members"] == 2


@pytest.mark.parametrize("scope", ["selected", "all"])
async def test_a_trial_stays_in_the_firm(scene: Scene, scope: str) -> None:
    founded = await scene.alice.call(
        "POST", COMMUNITIES, json={"name": "days", "title": "Days", "kind": "trial", "scope": scope}
    )
    widened = await scene.changed(scope=scope)

    stays = "A trial stays in this firm: partners have part in it when it is official."
    assert (founded.status, founded.error) == (409, stays)
    assert (widened.status, widened.error) == (409, stays)
    assert (await scene.now())["scope"] == "none"


# --- its end ---


async def test_it_is_written_in_until_its_last_moment_and_then_only_read(scene: Scene) -> None:
    member, *_ = await scene.joined(1)
    thread = await member.say("@nights Who is on tonight?")
    scene.firm.clock.advance(days=90, seconds=-60)
    assert (await member.call("POST", "/api/v1/statuses", json={"status": "@nights The last word"})).status == 200
    stranger = await scene.firm.person("stranger")

    scene.firm.clock.advance(seconds=61)
    tried = [
        await member.call("POST", "/api/v1/statuses", json={"status": "@nights Too late"}),
        await scene.alice.call("POST", "/api/v1/statuses", json={"status": "@nights Me too"}),
        await member.call("POST", "/api/v1/statuses", json={"status": "Me", "in_reply_to_id": thread["id"]}),
        await member.call("POST", f"/api/v1/statuses/{thread['id']}/favourite"),
        await stranger.call("POST", f"{scene.path}/join"),
        await stranger.call("POST", f"/api/v1/accounts/{scene.trial['id']}/follow"),
        await scene.alice.call("POST", f"{scene.path}/invitations", json={"account_id": stranger.id}),
    ]

    assert [(one.status, one.error) for one in tried] == [(403, OVER)] * 7
    assert (await member.get(f"/api/v1/statuses/{thread['id']}"))["id"] == thread["id"]
    page = (await (await scene.firm.browser(member)).get("/c/nights")).text
    assert ("Trial, closed:" in page, "/c/nights/ask" in page) == (True, False)
    assert (await member.call("DELETE", f"/api/v1/statuses/{thread['id']}")).status == 200, "what one wrote stays one's"


async def test_requests_that_wait_are_refused_and_not_granted_after_the_end(scene: Scene) -> None:
    await scene.changed(visibility="on-request")
    waiting, late = await scene.joined(1), await scene.firm.person("late")
    scene.firm.clock.advance(days=90)

    granted = await scene.alice.call("POST", f"{scene.path}/requests/{waiting[0].id}/accept")
    asked = await late.call("POST", f"{scene.path}/join")

    assert [(one.status, one.error) for one in (granted, asked)] == [(403, OVER)] * 2
    assert (await scene.alice.call("POST", f"{scene.path}/requests/{waiting[0].id}/refuse")).status == 200


async def test_hosts_are_told_fourteen_days_before_and_at_the_end_once_each(scene: Scene) -> None:
    member, *_ = await scene.joined(1)
    runtime, clock = scene.firm.runtime, scene.firm.clock
    clock.advance(days=76, minutes=-1)
    await trials.keep_terms(runtime)
    early = await scene.told()
    clock.advance(minutes=2)
    await trials.keep_terms(runtime)
    await trials.keep_terms(runtime)
    warned = await scene.told()
    clock.advance(days=14)
    await trials.keep_terms(runtime)
    await trials.keep_terms(runtime)

    closed = await scene.told()

    assert (len(early), len(warned), len(closed)) == (0, 1, 2)
    assert "The trial of nights@home.test ends on" in warned[0]
    assert "The trial of nights@home.test is over" in closed[0]
    assert "se termine le" in warned[0]
    assert "est terminé" in closed[0]
    assert await scene.told(member) == []
    assert (await scene.logged()).count(("server", "community.trial-over")) == 1


async def test_a_server_that_slept_through_the_warning_tells_of_the_end_alone(scene: Scene) -> None:
    scene.firm.clock.advance(days=200)

    await trials.keep_terms(scene.firm.runtime)

    (told,) = await scene.told()
    assert "is over" in told


# --- becoming official ---


async def test_each_thing_that_is_missing_is_named(scene: Scene) -> None:
    names = ["It needs two hosts.", "It needs a purpose.", "It needs a charter.", "It needs 8 members; it has 1."]

    asked = await scene.asked()

    assert (asked.status, asked.error) == (409, " ".join(names))
    assert (await scene.now())["becoming_official"]["missing"] == names
    people = await scene.joined(6)
    await scene.named_host(people[0])
    await scene.changed(purpose="Nights", charter="Be kind")
    assert (await scene.asked()).error == "It needs 8 members; it has 7."
    await scene.joined(1, first=6)
    assert (await scene.asked()).status == 200


async def test_a_host_asks_once_and_administrators_are_told(scene: Scene) -> None:
    olga = await scene.firm.person("olga", role="admin")
    people = await scene.made_ready()

    by_member = await scene.asked(people[1])
    first, again = await scene.asked(), await scene.asked(people[0])

    assert (by_member.status, first.status, again.status) == (403, 200, 409)
    assert first.document["becoming_official"]["asked_at"] is not None
    assert "/admin/communities" in (await scene.told(olga))[0]
    assert (await people[1].get(scene.path))["becoming_official"] is None, "for its hosts"


async def test_silence_of_five_working_days_is_a_yes(scene: Scene) -> None:
    await scene.made_ready()
    due = datetime.fromisoformat((await scene.asked()).document["becoming_official"]["due_at"])
    now = scene.firm.clock.now()
    assert timedelta(days=5) < due - now <= timedelta(days=8)

    scene.firm.clock.advance(seconds=int((due - now).total_seconds()) - 60)
    await trials.keep_terms(scene.firm.runtime)
    assert (await scene.now())["kind"] == "trial"
    scene.firm.clock.advance(seconds=61)
    await trials.keep_terms(scene.firm.runtime)
    await trials.keep_terms(scene.firm.runtime)

    assert (await scene.now())["kind"] == "official"
    assert (await scene.logged()).count(("server", "community.official")) == 1
    assert len([one for one in await scene.told() if "is official now" in one]) == 1


async def test_silence_is_no_yes_where_something_is_missing_by_then(scene: Scene) -> None:
    people = await scene.made_ready()
    await scene.asked()
    await people[3].post(f"{scene.path}/leave")
    scene.firm.clock.advance(days=8)

    await trials.keep_terms(scene.firm.runtime)

    found = await scene.now()
    assert (found["kind"], found["becoming_official"]["asked_at"]) == ("trial", None)
    assert found["becoming_official"]["refusal"] == "It needs 8 members; it has 7."
    await people[3].post(f"{scene.path}/join")
    assert (await scene.asked()).status == 200


async def test_a_trial_that_is_over_may_still_become_official_and_opens_again(scene: Scene) -> None:
    people = await scene.made_ready()
    scene.firm.clock.advance(days=91)
    assert (await scene.asked()).status == 200
    scene.firm.clock.advance(days=8)

    await trials.keep_terms(scene.firm.runtime)

    assert (await people[2].call("POST", "/api/v1/statuses", json={"status": "@nights Again"})).status == 200


async def test_what_is_official_has_no_bounds(scene: Scene) -> None:
    await scene.made_ready()
    await scene.asked()
    scene.firm.clock.advance(days=8)
    await trials.keep_terms(scene.firm.runtime)

    await scene.joined(23, first=7)
    scene.firm.clock.advance(days=365)
    await trials.keep_terms(scene.firm.runtime)

    found = await scene.now()
    assert (found["kind"], found["trial_ends_at"], found["members"]) == ("official", None, 31)
    assert (await scene.changed(scope="all")).status == 200
    assert (await scene.alice.call("POST", "/api/v1/statuses", json={"status": "@nights Still here"})).status == 200
