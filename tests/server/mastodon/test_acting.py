"""A community that acts by a token of its own: what it reads, what it does, and whose name the trail has (11.5)."""

from dataclasses import replace
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from models.audit import AuditEntry
from models.communities import HOST_ROLE, MEMBER_ROLE, MODERATOR_ROLE
from models.gate import Person
from server.actions import accounts as account_actions
from server.actions import hosting, moderation
from server.mastodon.routes import ROUTES
from tests.support.files import picture
from tests.support.firm import EVERYTHING, Answer, App, Document, Firm

WEB = "https://app.example/callback"
OUTSIDE = "A community does not do this: use the account that is your own"


async def consent(firm: Firm, person: App, community: Document | None, scopes: str = EVERYTHING) -> Answer:
    """What the app is answered when the person chose a community on the page; None: themselves."""
    app = await firm.nobody.post("/api/v1/apps", client_name="Probe", redirect_uris=WEB, scopes=scopes)
    given = {"response_type": "code", "client_id": app["client_id"], "redirect_uri": WEB, "scope": scopes}
    browser = await firm.browser(person)
    page = await browser.get(f"/oauth/authorize?{urlencode(given)}")
    answer = await browser.submit(page, acts_as=community["id"] if community else "")
    if "code" not in answer.answer:
        return Answer(answer.status, answer.headers, answer.body)
    fields = {name: app[name] for name in ("client_id", "client_secret")}
    sent = {"grant_type": "authorization_code", "code": answer.answer["code"], "redirect_uri": WEB, **fields}
    return await firm.nobody.call("POST", "/oauth/token", json=sent)


async def acting(firm: Firm, person: App, community: Document, scopes: str = EVERYTHING) -> App:
    """An app by which the community acts, through this person."""
    answer = await consent(firm, person, community, scopes)
    assert answer.status == 200, answer.body
    return replace(person, token=answer.document["access_token"], id=community["id"], name=community["username"])


async def give_role(firm: Firm, host: App, community: Document, person: App, role: str) -> None:
    """The host names somebody, or takes it back."""
    async with firm.runtime.db.write() as tx:
        place = await moderation.seat(tx, firm.runtime, Person(int(host.id)), int(community["id"]))
        named = await moderation.person_named(tx, firm.runtime, person.name)
        await hosting.set_role(tx, firm.runtime, place, named, role)


async def trail(firm: Firm) -> list[tuple[str, str]]:
    """Who did what, as the trail has it."""
    async with firm.runtime.db.read() as tx:
        rows = await tx.select(select(AuditEntry.actor, AuditEntry.action).order_by(AuditEntry.id))
        return [(row[0], row[1]) for row in rows]


@pytest.fixture
async def desk(firm: Firm, alice: App, sites: Document) -> App:
    """The community's own token, in the hands of its host."""
    return await acting(firm, alice, sites)


# --- the token ---


async def test_the_consent_page_offers_the_communities_that_one_leads(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    """11.5: let a moderator choose "act as @community" when the consent page is shown."""
    app = await firm.nobody.post("/api/v1/apps", client_name="Probe", redirect_uris=WEB)
    given = {"response_type": "code", "client_id": app["client_id"], "redirect_uri": WEB, "scope": "read"}
    address = f"/oauth/authorize?{urlencode(given)}"

    of_host = await (await firm.browser(alice)).get(address)
    of_member = await (await firm.browser(bob)).get(address)

    assert f'name="acts_as" value="{sites["id"]}"' in of_host.text
    assert "acts_as" not in of_member.text


async def test_the_token_answers_as_the_community(desk: App, sites: Document, alice: App) -> None:
    """11.5: verify_credentials answers the community."""
    own = await desk.get("/api/v1/accounts/verify_credentials")

    assert (own["id"], own["group"], own["username"]) == (sites["id"], True, "sites")
    assert own["source"]["follow_requests_count"] == 0
    assert (await alice.get("/api/v1/accounts/verify_credentials"))["id"] == alice.id


async def test_who_does_not_lead_it_gets_no_token(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    """R3: the field of the form is not what decides."""
    refused = await consent(firm, bob, sites)

    assert refused.status == 302
    assert "access_denied" in refused.headers["Location"]


async def test_a_community_does_not_administer_the_server(firm: Firm, sites: Document) -> None:
    """T127"""
    ada = await firm.person("ada", role="admin")
    await ada.follow(sites)
    own = await firm.community("halls", host=ada)

    refused = await consent(firm, ada, own, "read admin:read")

    assert "access_denied" in refused.headers["Location"]


async def test_it_ends_with_the_role(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    """T120: at once, and other tokens of the person go on."""
    await give_role(firm, alice, sites, bob, MODERATOR_ROLE)
    desk = await acting(firm, bob, sites)
    assert (await desk.call("GET", "/api/v1/accounts/verify_credentials")).status == 200

    await give_role(firm, alice, sites, bob, MEMBER_ROLE)

    refused = await desk.call("GET", "/api/v1/accounts/verify_credentials")
    assert (refused.status, refused.error) == (401, "The access token was revoked")
    assert (await bob.call("GET", "/api/v1/accounts/verify_credentials")).status == 200


async def test_it_ends_when_the_person_is_suspended(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    """T119, T178"""
    await give_role(firm, alice, sites, bob, HOST_ROLE)
    desk = await acting(firm, bob, sites)

    async with firm.runtime.db.write() as tx:
        await account_actions.suspend(tx, firm.runtime, "bob", by="operator")

    assert (await desk.call("GET", "/api/v1/timelines/home")).status in (401, 403)


async def test_it_ends_when_it_is_revoked_with_its_app(firm: Firm, alice: App, sites: Document) -> None:
    """T143"""
    answer = await consent(firm, alice, sites)
    desk = replace(alice, token=answer.document["access_token"])
    browser = await firm.browser(alice)
    page = await browser.get("/me")
    number = next(
        index
        for index, form in enumerate(page.forms)
        if "apps" in form.action and form.fields.get("app", "").isdecimal()
    )

    await browser.submit(page, number)

    assert (await desk.call("GET", "/api/v1/accounts/verify_credentials")).status == 401


# --- reading ---


async def test_it_reads_what_was_written_in_it_and_nothing_else(
    firm: Firm, alice: App, bob: App, sites: Document, desk: App
) -> None:
    """R4: not what the person behind may read elsewhere, and not what open communities show to all of the firm."""
    halls = await firm.community("halls", host=alice, visibility="private")
    await firm.community("roads", host=alice)
    here = await bob.say("@sites Where is the key?")
    reply = await alice.answer(here, "On the hook")
    there = await alice.say("@halls In private")
    open_one = await alice.say("@roads For all of the firm")
    personal = await alice.say("For my followers")
    direct = await bob.say("@alice for you", visibility="direct")

    seen = {one["id"]: (await desk.call("GET", f"/api/v1/statuses/{one['id']}")).status for one in
            (here, reply, there, open_one, personal, direct)}  # fmt: skip

    assert [seen[one["id"]] for one in (here, reply)] == [200, 200]
    assert [seen[one["id"]] for one in (there, open_one, personal, direct)] == [404] * 4
    assert [one["reblog"]["id"] for one in await desk.get("/api/v1/timelines/home")] == [here["id"]]
    assert [one["id"] for one in (await desk.get(f"/api/v1/statuses/{here['id']}/context"))["descendants"]] == [
        reply["id"]
    ]
    public = await desk.get("/api/v1/timelines/public")
    assert {(one["reblog"] or one)["id"] for one in public} <= {here["id"], reply["id"]}
    assert (await desk.get("/api/v2/search", q="firm"))["statuses"] == []
    assert [one["id"] for one in (await desk.get("/api/v2/search", q="key"))["statuses"]] == [here["id"]]
    assert (await desk.call("GET", f"/api/v1/accounts/{halls['id']}")).status == 404


async def test_a_private_community_knows_itself(firm: Firm, alice: App) -> None:
    """11.5, product section 3"""
    halls = await firm.community("halls", host=alice, visibility="private")
    desk = await acting(firm, alice, halls)

    assert (await desk.get(f"/api/v1/accounts/{halls['id']}"))["username"] == "halls"
    assert [one["id"] for one in await desk.get(f"/api/v1/accounts/{halls['id']}/followers")] == [alice.id]


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/preferences",
        "/api/v1/lists",
        "/api/v1/markers?timeline[]=home",
        "/api/v1/notifications",
        "/api/v2/notifications",
        "/api/v2/notifications/policy",
        "/api/v2/filters",
        "/api/v1/followed_tags",
        "/api/v1/announcements",
        "/api/v1/conversations",
        "/api/v1/bookmarks",
        "/api/v1/favourites",
        "/api/v1/mutes",
        "/api/v1/blocks",
        "/api/v1/follow_requests",
        "/api/v1/scheduled_statuses",
        "/api/v1/trends/tags",
        "/api/v2/suggestions",
        "/api/v1/directory",
        "/oauth/userinfo",
    ],
)
async def test_what_apps_ask_for_at_login_is_there(desk: App, path: str) -> None:
    """3.7: an app that is refused one of these does not start."""
    assert (await desk.call("GET", path)).status == 200


async def test_files_of_its_posts_are_shown_to_the_person_behind(
    firm: Firm, bob: App, sites: Document, desk: App
) -> None:
    """T163"""
    file = await bob.attached(picture(), description="A plan")
    said = await bob.say("@sites The plan", media_ids=[file["id"]])

    shown = (await desk.get(f"/api/v1/statuses/{said['id']}"))["media_attachments"][0]

    assert (await firm.load(shown["url"])).status == 200


# --- acting ---


async def test_it_changes_its_title_purpose_facts_and_picture(firm: Firm, alice: App, bob: App, desk: App) -> None:
    """11.5: edit name, text, pictures."""
    fields = {"display_name": "Sites and keys", "note": "Who has which key", "fields_attributes[0][name]": "Office",
              "fields_attributes[0][value]": "Room 4"}  # fmt: skip
    changed = await desk.send_file(
        picture(), "/api/v1/accounts/update_credentials", method="PATCH", part="avatar", **fields
    )

    assert changed.status == 200, changed.body
    seen = await bob.get("/api/v1/accounts/lookup", acct="sites")
    assert (seen["display_name"], seen["note"]) == ("Sites and keys", "<p>Who has which key</p>")
    assert [(one["name"], one["value"]) for one in seen["fields"]] == [("Office", "Room 4")]
    assert "/own/" in seen["avatar"]
    assert ("alice@home.test", "community.describe") in await trail(firm)


async def test_its_lock_is_not_changed_by_an_app(desk: App) -> None:
    """Product section 3: how open a community is, its hosts decide where they see what follows from it."""
    assert (await desk.call("PATCH", "/api/v1/accounts/update_credentials", json={"locked": False})).status == 200
    assert (await desk.call("PATCH", "/api/v1/accounts/update_credentials", json={"locked": True})).status == 422


async def test_it_lets_people_in_and_turns_them_away(firm: Firm, alice: App) -> None:
    """11.5: accept members; source.follow_requests_count = waiting members."""
    halls = await firm.community("halls", host=alice, visibility="on-request")
    carl, dora = await firm.person("carl"), await firm.person("dora")
    for one in (carl, dora):
        await one.follow(halls)
    desk = await acting(firm, alice, halls)

    waiting = await desk.get("/api/v1/follow_requests")
    count = (await desk.get("/api/v1/accounts/verify_credentials"))["source"]["follow_requests_count"]
    let_in = await desk.post(f"/api/v1/follow_requests/{carl.id}/authorize")
    turned_away = await desk.post(f"/api/v1/follow_requests/{dora.id}/reject")

    assert ({one["id"] for one in waiting}, count) == ({carl.id, dora.id}, 2)
    assert (let_in["followed_by"], turned_away["followed_by"]) == (True, False)
    assert (await trail(firm))[-2:] == [("alice@home.test", "community.admit"), ("alice@home.test", "community.refuse")]


async def test_it_removes_bans_and_lets_back(firm: Firm, bob: App, desk: App) -> None:
    """11.5: remove a member (remove_from_followers), ban (block)."""
    banned = await desk.post(f"/api/v1/accounts/{bob.id}/block")
    refused = await bob.call("POST", "/api/v1/statuses", json={"status": "@sites Let me in"})
    listed = await desk.get("/api/v1/blocks")
    let_back = await desk.post(f"/api/v1/accounts/{bob.id}/unblock")
    removed = await desk.post(f"/api/v1/accounts/{bob.id}/remove_from_followers")

    assert (banned["blocking"], banned["followed_by"]) == (True, True)
    assert refused.status == 403
    assert [one["id"] for one in listed] == [bob.id]
    assert (let_back["blocking"], removed["followed_by"]) == (False, False)
    assert [action for _, action in (await trail(firm))[-3:]] == [
        "community.ban",
        "community.unban",
        "community.remove-member",
    ]


async def test_it_announces_pins_edits_and_deletes(
    firm: Firm, alice: App, bob: App, sites: Document, desk: App
) -> None:
    """11.5: post announcements, pin rules. 11.4.2: they are the community's own posts."""
    file = await desk.attached(picture())
    said = await desk.say("Rules of the house\n\nBe kind.", media_ids=[file["id"]])
    pinned = await desk.post(f"/api/v1/statuses/{said['id']}/pin")

    (wrapper,) = await bob.get("/api/v1/timelines/home")
    shown = await bob.call("GET", f"/api/v1/accounts/{sites['id']}/statuses?pinned=true")
    await desk.put(f"/api/v1/statuses/{said['id']}", status="Rules of the house\n\nBe kind, always.")
    edited = await bob.get(f"/api/v1/statuses/{said['id']}")
    reply = await bob.answer(said, "Gladly")
    await desk.delete(f"/api/v1/statuses/{said['id']}")

    assert (wrapper["account"]["id"], wrapper["reblog"]["account"]["id"]) == (sites["id"], sites["id"])
    assert (wrapper["reblog"]["id"], wrapper["reblog"]["visibility"]) == (said["id"], "private")
    assert pinned["pinned"] is True
    assert [one["reblog"]["id"] for one in shown.document] == [said["id"]]
    assert "always" in edited["content"]
    assert [one["id"] for one in reply["mentions"]] == [sites["id"]]
    assert (await bob.call("GET", f"/api/v1/statuses/{said['id']}")).status == 404
    assert [one for one in await trail(firm) if one[0] == "alice@home.test"][-4:] == [
        ("alice@home.test", f"community.{action}") for action in ("announce", "pin", "edit", "delete-post")
    ]


async def test_a_repeat_with_the_same_key_announces_once(bob: App, desk: App) -> None:
    """1.9"""
    first = await desk.call("POST", "/api/v1/statuses", json={"status": "Once"}, Idempotency_Key="k")
    second = await desk.call("POST", "/api/v1/statuses", json={"status": "Once"}, Idempotency_Key="k")

    assert first.document["id"] == second.document["id"]
    assert len(await bob.get("/api/v1/timelines/home")) == 1


async def test_it_takes_a_post_out_and_shows_it_again(firm: Firm, bob: App, desk: App) -> None:
    """11.5: take a post out of the community (unreblog), boost a post in."""
    said = await bob.say("@sites In the wrong place")
    (wrapper,) = await desk.get("/api/v1/timelines/home")

    taken = await desk.post(f"/api/v1/statuses/{wrapper['id']}/unreblog")
    gone = await desk.get("/api/v1/timelines/home")
    back = await desk.post(f"/api/v1/statuses/{said['id']}/reblog")
    again = await desk.post(f"/api/v1/statuses/{said['id']}/reblog")

    assert wrapper["reblog"]["reblogged"] is True
    assert (taken["id"], taken["reblogged"]) == (said["id"], False)
    assert gone == []
    assert (back["id"], back["reblog"]["id"]) == (wrapper["id"], said["id"])
    assert again["id"] == wrapper["id"]
    assert [action for _, action in await trail(firm) if "post" in action] == [
        "community.remove-post",
        "community.restore-post",
    ]


async def test_a_post_deleted_as_the_community_is_taken_out(firm: Firm, bob: App, desk: App) -> None:
    """11.5, T177: its source is not the community's to have."""
    said = await bob.say("@sites With a secret", spoiler_text="hm")

    deleted = await desk.delete(f"/api/v1/statuses/{said['id']}")

    assert deleted["text"] == ""
    assert ("alice@home.test", "community.remove-post") in await trail(firm)


# --- what it may not ---


async def test_what_only_hosts_do_a_moderator_does_not_do_as_the_community(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    """R3, product section 9: the community's token gives nobody more than they have."""
    await give_role(firm, alice, sites, bob, MODERATOR_ROLE)
    carl = await firm.person("carl")
    await carl.follow(sites)
    said = await carl.say("@sites Hello")
    desk = await acting(firm, bob, sites)

    refused = [
        await desk.call("PATCH", "/api/v1/accounts/update_credentials", json={"display_name": "Mine"}),
        await desk.call("POST", f"/api/v1/accounts/{carl.id}/remove_from_followers"),
        await desk.call("POST", f"/api/v1/follow_requests/{carl.id}/authorize"),
        await desk.call("POST", f"/api/v1/statuses/{said['id']}/pin"),
    ]
    allowed = [
        await desk.call("POST", "/api/v1/statuses", json={"status": "Hello to all"}),
        await desk.call("POST", f"/api/v1/accounts/{carl.id}/block"),
        await desk.call("POST", f"/api/v1/statuses/{said['id']}/unreblog"),
    ]

    assert [one.status for one in refused[:3]] == [403] * 3
    assert refused[3].status in (403, 422)
    assert [one.status for one in allowed] == [200] * 3


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"visibility": "direct"}, 422),
        ({"status": "@roads For you"}, 422),
        ({"status": "@roads For you", "scheduled_at": "2026-06-01T00:00:00Z"}, 422),
    ],
)
async def test_it_announces_in_itself_and_to_all(
    firm: Firm, alice: App, desk: App, fields: dict[str, str], status: int
) -> None:
    """T158"""
    await firm.community("roads", host=alice)

    assert (await desk.call("POST", "/api/v1/statuses", json={"status": "Hello", **fields})).status == status


async def test_it_answers_in_the_threads_that_it_opened(
    firm: Firm, alice: App, bob: App, sites: Document, desk: App
) -> None:
    """11.5: whoever asks below an announcement is answered by who announced."""
    said = await desk.say("Rules of the house")
    asked = await bob.answer(said, "Since when?")
    (told,) = await desk.get("/api/v1/notifications")

    answer = await desk.answer(asked, "@bob Since today")
    changed = await desk.put(f"/api/v1/statuses/{answer['id']}", status="@bob Since yesterday")
    (heard,) = await bob.get("/api/v1/notifications")
    gone = await desk.delete(f"/api/v1/statuses/{answer['id']}")

    assert (told["type"], told["account"]["id"], told["status"]["id"]) == ("mention", bob.id, asked["id"])
    assert (answer["account"]["id"], answer["in_reply_to_account_id"]) == (sites["id"], bob.id)
    assert "yesterday" in changed["content"]
    assert (heard["type"], heard["account"]["id"], heard["status"]["id"]) == ("mention", sites["id"], answer["id"])
    assert gone["text"] == "@bob Since yesterday"
    assert [one for one in await trail(firm) if one[0] == "alice@home.test"][-4:] == [
        ("alice@home.test", f"community.{action}") for action in ("announce", "reply", "edit", "delete-post")
    ]
    assert await alice.get("/api/v1/notifications") == []


async def test_it_answers_in_no_other_thread(alice: App, bob: App, desk: App) -> None:
    """Product section 1, rule 10: peers. Whoever answers, answers as who they are."""
    said = await bob.say("@sites Who knows?")
    reply = await alice.answer(said, "I do not")

    for one in (said, reply):
        refused = await desk.call("POST", "/api/v1/statuses", json={"status": "We do", "in_reply_to_id": one["id"]})
        assert (refused.status, "account that is your own" in refused.error) == (403, True)
    assert len((await bob.get(f"/api/v1/statuses/{said['id']}/context"))["descendants"]) == 1


async def test_an_answer_to_its_question_is_accepted_in_somebodys_name(firm: Firm, bob: App, desk: App) -> None:
    """Product J5; T158: the trail says who did it. What others asked it does not decide on."""
    answer = await bob.answer(await desk.say("Who has a key?"), "I have")
    other = await bob.answer(await bob.say("@sites Who has the other?"), "Me too")

    accepted = await desk.answer(answer, "#accepted")
    refused = await desk.call("POST", "/api/v1/statuses", json={"status": "#accepted", "in_reply_to_id": other["id"]})

    assert accepted["id"] == answer["id"]
    assert (await trail(firm))[-1] == ("alice@home.test", "community.accept-answer")
    assert (refused.status, refused.error) == (403, "Only who asked accepts an answer")
    assert [one["type"] for one in await bob.get("/api/v1/notifications")] == ["favourite"]


# --- what it is told ---


async def test_it_is_told_who_wants_to_join_as_its_hosts_are(firm: Firm, alice: App) -> None:
    """11.4.10: community moderators see them when acting as the community; who thought better of it is off the list."""
    halls = await firm.community("halls", host=alice, visibility="private")
    opened = await firm.community("gates", host=alice, visibility="on-request")
    private, desk = await acting(firm, alice, halls), await acting(firm, alice, opened)
    carl, dora, emma = [await firm.person(name) for name in ("carl", "dora", "emma")]

    for one in (carl, dora, emma):
        await one.follow(opened)
    asked = await desk.get("/api/v1/notifications")
    await desk.post(f"/api/v1/follow_requests/{carl.id}/authorize")
    await dora.post(f"/api/v1/accounts/{opened['id']}/unfollow")

    assert {(one["type"], one["account"]["id"]) for one in asked} == {
        ("follow_request", one.id) for one in (carl, dora, emma)
    }
    for one in (desk, alice):
        assert [each["account"]["id"] for each in await one.get("/api/v1/notifications")] == [emma.id]
    assert await private.get("/api/v1/notifications") == []


async def test_what_it_is_told_is_of_itself_and_can_be_put_away(firm: Firm, alice: App, bob: App) -> None:
    """11.5, R4: in a closed community too; what it was told is no matter of those behind it, nor theirs of it."""
    halls = await firm.community("halls", host=alice, visibility="on-request")
    desk = await acting(firm, alice, halls)
    await bob.follow(halls)
    await desk.post(f"/api/v1/follow_requests/{bob.id}/authorize")
    said = await desk.say("Rules of the house")
    first, second = await bob.answer(said, "Gladly"), await bob.answer(said, "When?")
    await bob.post(f"/api/v1/statuses/{said['id']}/favourite")
    await bob.answer(await alice.say("@halls From alice"), "To alice alone")

    told = await desk.get("/api/v1/notifications")
    groups = (await desk.get("/api/v2/notifications"))["notification_groups"]
    unread = await desk.get("/api/v1/notifications/unread_count")
    one = await desk.get(f"/api/v1/notifications/{told[0]['id']}")
    by_group = await desk.get(f"/api/v2/notifications/{groups[0]['group_key']}")
    await desk.post("/api/v1/markers", notifications={"last_read_id": told[0]["id"]})
    read = await desk.get("/api/v2/notifications/unread_count")
    await desk.post(f"/api/v1/notifications/{told[1]['id']}/dismiss")
    await desk.post(f"/api/v2/notifications/{groups[0]['group_key']}/dismiss")
    left = await desk.get("/api/v1/notifications")
    await desk.post("/api/v1/notifications/clear")

    assert [(each["type"], each["status"]["id"]) for each in told] == [
        ("favourite", said["id"]), ("mention", second["id"]), ("mention", first["id"])
    ]  # fmt: skip
    assert (len(groups), unread["count"], read["count"]) == (3, 3, 0)
    assert (one, by_group["notification_groups"][0]["type"]) == (told[0], "favourite")
    assert [each["status"]["id"] for each in left] == [first["id"]]
    assert await desk.get("/api/v1/notifications") == []
    assert [each["status"]["content"] for each in await alice.get("/api/v1/notifications")] == ["<p>To alice alone</p>"]


async def test_it_acts_in_itself_alone(firm: Firm, alice: App, bob: App, desk: App) -> None:
    """R3: even where the person behind leads the other community too."""
    roads = await firm.community("roads", host=alice)
    await bob.follow(roads)
    said = await bob.say("@roads There")

    refused = [
        await desk.call("POST", f"/api/v1/statuses/{said['id']}/{verb}") for verb in ("unreblog", "reblog", "pin")
    ]

    assert [one.status for one in refused] == [404] * 3


ALLOWED = {
    ("PATCH", "/api/v1/accounts/update_credentials"),
    ("DELETE", "/api/v1/profile/avatar"),
    ("DELETE", "/api/v1/profile/header"),
    ("POST", "/api/v1/accounts/{id}/remove_from_followers"),
    ("POST", "/api/v1/accounts/{id}/block"),
    ("POST", "/api/v1/accounts/{id}/unblock"),
    ("POST", "/api/v1/follow_requests/{account_id}/authorize"),
    ("POST", "/api/v1/follow_requests/{account_id}/reject"),
    ("POST", "/api/v2/media"),
    ("POST", "/api/v1/media"),
    ("PUT", "/api/v1/media/{id}"),
    ("DELETE", "/api/v1/media/{id}"),
    ("POST", "/api/v1/statuses"),
    ("PUT", "/api/v1/statuses/{id}"),
    ("DELETE", "/api/v1/statuses/{id}"),
    ("POST", "/api/v1/statuses/{id}/reblog"),
    ("POST", "/api/v1/statuses/{id}/unreblog"),
    ("POST", "/api/v1/statuses/{id}/pin"),
    ("POST", "/api/v1/statuses/{id}/unpin"),
    ("PUT", "/api/v1/scheduled_statuses/{id}"),
    ("DELETE", "/api/v1/scheduled_statuses/{id}"),
    ("POST", "/api/v1/notifications/clear"),
    ("POST", "/api/v1/notifications/{id}/dismiss"),
    ("POST", "/api/v2/notifications/{group_key}/dismiss"),
    ("POST", "/api/v1/markers"),
}
_CLOSED_TO_ALL = {("POST", "/api/v1/accounts"), ("POST", "/api/v1/emails/confirmations")}


async def test_nothing_else_is_done_by_a_community(desk: App) -> None:
    """R3: the whole table of routes; what was not made for communities says so to them."""
    open_to_them = set()
    for method, path, _ in ROUTES:
        if method in ("GET", "HEAD") or path.startswith("/api/v1/admin") or (method, path) in _CLOSED_TO_ALL:
            continue
        filled = "/".join("1" if part.startswith("{") else part for part in path.split("/"))
        answer = await desk.call(method, filled)
        if answer.status != 403 or answer.error != OUTSIDE:
            open_to_them.add((method, path))

    either = {("PUT" if method == "PATCH" else "PATCH", path) for method, path in ALLOWED if method in ("PUT", "PATCH")}
    assert open_to_them == ALLOWED | either


async def test_the_products_own_api_is_for_people(desk: App) -> None:
    """It says who somebody is to a community, and a community is nobody to itself."""
    refused = await desk.call("GET", "/api/entrepairs/v1/communities")

    assert (refused.status, refused.error) == (403, OUTSIDE)
