"""Accounts: one's own, other people's and communities', following, joining, and who may know of whom."""

from server.actions.accounts import suspend
from server.actions.profiles import MAX_NAME
from tests.support.firm import App, Document, Firm


async def test_credentials_are_ones_own_with_what_was_typed(firm: Firm, alice: App) -> None:
    own = await alice.get("/api/v1/accounts/verify_credentials")

    assert (own["id"], own["acct"], own["display_name"]) == (alice.id, "alice", "Alice")
    assert own["role"]["permissions"] == "0"
    assert own["source"]["privacy"] == "private"


async def test_an_administrator_is_one_in_credentials(firm: Firm) -> None:
    admin = await firm.person("ada", role="admin")

    assert (await admin.get("/api/v1/accounts/verify_credentials"))["role"]["permissions"] == "1"


async def test_the_scope_profile_reads_credentials_and_nothing_else(firm: Firm, alice: App) -> None:
    app = await firm.with_scopes(alice, "profile")

    assert (await app.call("GET", "/api/v1/accounts/verify_credentials")).status == 200
    assert (await app.call("GET", f"/api/v1/accounts/{alice.id}")).status == 403


async def test_only_what_is_sent_changes(alice: App) -> None:
    path = "/api/v1/accounts/update_credentials"
    first = (await alice.call("PATCH", path, json={"note": "Plant 3 & co\n\nAsk me", "locked": True})).document
    second = (await alice.call("PATCH", path, form={"display_name": "Alice M.", "source[privacy]": "direct"})).document

    assert first["note"] == "<p>Plant 3 &amp; co</p><p>Ask me</p>"
    assert (second["note"], second["source"]["note"]) == (first["note"], "Plant 3 & co\n\nAsk me")
    assert (second["display_name"], second["locked"], second["source"]["privacy"]) == ("Alice M.", True, "direct")
    assert (await alice.get("/api/v1/preferences"))["posting:default:visibility"] == "direct"


async def test_a_usual_audience_that_there_is_not_is_refused_and_changes_nothing(alice: App) -> None:
    """Client API 9: who misspells "direct" would post for everybody who follows."""
    await alice.call("PATCH", "/api/v1/accounts/update_credentials", json={"source": {"privacy": "direct"}})

    refused = await alice.call(
        "PATCH", "/api/v1/accounts/update_credentials", json={"note": "New", "source": {"privacy": "drect"}}
    )

    own = await alice.get("/api/v1/accounts/verify_credentials")
    assert (refused.status, refused.error) == (422, "Validation failed: Default privacy is not included in the list")
    assert (own["source"]["note"], own["source"]["privacy"]) == ("", "direct")


async def test_a_default_language_is_a_code_and_can_be_cleared(alice: App) -> None:
    path = "/api/v1/accounts/update_credentials"

    chosen = (await alice.call("PATCH", path, form={"source[language]": "fr"})).document
    nonsense = (await alice.call("PATCH", path, form={"source[language]": "Elvish!"})).document
    cleared = (await alice.call("PATCH", path, form={"source[language]": ""})).document

    assert [one["source"]["language"] for one in (chosen, nonsense, cleared)] == ["fr", "fr", None]
    assert (await alice.get("/api/v1/preferences"))["posting:default:language"] is None


async def test_what_a_profile_names_is_linked_as_in_posts(firm: Firm, alice: App, bob: App) -> None:
    fields = [{"name": "Deputy", "value": "@bob"}, {"name": "Topic", "value": "#Énergie"}]

    changed = await alice.call(
        "PATCH",
        "/api/v1/accounts/update_credentials",
        json={"note": "With @bob@home.test and @nobody on #heat-pumps", "fields_attributes": fields},
    )

    own = changed.document
    link = '<a href="http://home.test/@bob" class="u-url mention">@<span>bob</span></a>'
    to_bob = f'<span class="h-card" translate="no">{link}</span>'
    to_heat = '<a href="http://home.test/tags/heat" class="mention hashtag" rel="tag">#<span>heat</span></a>'
    to_energy = (
        '<a href="http://home.test/tags/%C3%A9nergie" class="mention hashtag" rel="tag">#<span>Énergie</span></a>'
    )
    assert own["note"] == f"<p>With {to_bob} and @nobody on {to_heat}-pumps</p>"
    assert [one["value"] for one in own["fields"]] == [to_bob, to_energy]
    assert [one["value"] for one in own["source"]["fields"]] == ["@bob", "#Énergie"]


async def test_a_profile_links_no_community_that_is_private_or_kept_inside(firm: Firm, alice: App) -> None:
    """Threats T153: who reads a profile, here and at partners, was chosen by nobody."""
    await firm.community("plants", host=alice)
    await firm.community("offsite", host=alice, scope="none")
    await firm.community("salaries", host=alice, visibility="private")

    changed = await alice.call(
        "PATCH", "/api/v1/accounts/update_credentials", json={"note": "@plants, @offsite, @salaries"}
    )

    assert changed.document["note"].endswith("@<span>plants</span></a></span>, @offsite, @salaries</p>")


async def test_a_note_can_be_cleared(alice: App) -> None:
    path = "/api/v1/accounts/update_credentials"
    await alice.call("PATCH", path, json={"note": "Something"})

    cleared = (await alice.call("PATCH", path, json={"note": ""})).document

    assert (cleared["note"], cleared["source"]["note"]) == ("", "")


async def test_a_name_that_is_too_long_is_refused_and_the_longest_is_taken(alice: App) -> None:
    path = "/api/v1/accounts/update_credentials"

    longest = await alice.call("PATCH", path, json={"display_name": "n" * MAX_NAME})
    too_long = await alice.call("PATCH", path, json={"display_name": "n" * (MAX_NAME + 1)})

    assert longest.status == 200
    assert too_long.status == 422
    assert too_long.error == f"Validation failed: Display name is too long (maximum is {MAX_NAME} characters)"


async def test_markup_in_a_profile_stays_text(alice: App) -> None:
    """T105."""
    rows = [{"name": "<b>Unit</b>", "value": "<script>alert(1)</script>"}]

    changed = await alice.call(
        "PATCH",
        "/api/v1/accounts/update_credentials",
        json={"note": "<img src=x onerror=alert(1)>", "fields_attributes": rows},
    )

    assert "<img" not in changed.document["note"]
    assert "<script" not in changed.document["fields"][0]["value"]


async def test_lookup_finds_whom_this_server_knows(alice: App, sites: Document) -> None:
    handles = ("sites", "@sites", "sites@home.test", "SITES", "!sites")

    found = [await alice.get("/api/v1/accounts/lookup", acct=handle) for handle in handles]

    assert {(one["id"], one["acct"], one["group"], one["bot"]) for one in found} == {
        (sites["id"], "sites", True, False)
    }


async def test_lookup_of_the_unknown_is_a_404(alice: App) -> None:
    handles = ("nobody", "", "@", "bob@elsewhere.test", "x" * 5000, "a\0b", "é@home.test")

    found = {one: await alice.call("GET", "/api/v1/accounts/lookup", query={"acct": one}) for one in handles}

    assert {one: answer.status for one, answer in found.items() if answer.status != 404} == {}
    assert {answer.error for answer in found.values()} == {"Record not found"}


async def test_several_accounts_at_once_come_as_asked_without_the_unknown(firm: Firm, alice: App) -> None:
    bea = await firm.person("bea")

    found = await alice.call("GET", "/api/v1/accounts", query=[("id[]", bea.id), ("id[]", "12"), ("id[]", alice.id)])

    assert [one["acct"] for one in found.document] == ["bea", "alice"]


async def test_joining_an_open_community_is_at_once_and_leaving_too(firm: Firm, sites: Document) -> None:
    bea = await firm.person("bea")

    joined = await bea.follow(sites)
    left = await bea.post(f"/api/v1/accounts/{sites['id']}/unfollow")

    assert (joined["id"], joined["following"], joined["requested"]) == (sites["id"], True, False)
    assert (left["following"], left["requested"]) == (False, False)
    assert await bea.get("/api/v1/lists") == []


async def test_a_community_on_request_is_joined_when_its_host_agrees(firm: Firm, alice: App) -> None:
    circle = await firm.community("circle", host=alice, visibility="on-request")
    bea = await firm.person("bea")

    asked = await bea.follow(circle)
    (told,) = await alice.get("/api/v1/notifications")
    (waiting,) = await alice.get("/api/v1/follow_requests")
    own = await alice.get("/api/v1/accounts/verify_credentials")
    await alice.post(f"/api/v1/follow_requests/{bea.id}/authorize")

    assert (circle["locked"], asked["following"], asked["requested"]) == (True, False, True)
    assert (told["type"], told["account"]["id"], waiting["id"]) == ("follow_request", bea.id, bea.id)
    assert own["source"]["follow_requests_count"] == 1
    assert [one["title"] for one in await bea.get("/api/v1/lists")] == ["Circle"]
    assert await alice.get("/api/v1/follow_requests") == []


async def test_who_is_let_in_hears_of_it(firm: Firm, alice: App) -> None:
    """Client API 11.3, product section 7: a join decision is told; who is turned away is not."""
    plans = await firm.community("plans", host=alice, visibility="on-request")
    carl, dora = await firm.person("carl"), await firm.person("dora")
    for one in (carl, dora):
        await one.follow(plans)

    await alice.post(f"/api/v1/follow_requests/{carl.id}/authorize")
    await alice.post(f"/api/v1/follow_requests/{dora.id}/reject")

    told = await carl.get("/api/v1/notifications")
    assert [(one["type"], one["account"]["id"]) for one in told] == [("follow", plans["id"])]
    assert await dora.get("/api/v1/notifications") == []


async def test_a_refused_request_is_off_the_list_and_opens_nothing(firm: Firm, alice: App) -> None:
    circle = await firm.community("circle", host=alice, visibility="on-request")
    bea = await firm.person("bea")
    await bea.follow(circle)

    await alice.post(f"/api/v1/follow_requests/{bea.id}/reject")

    (relation,) = await bea.get("/api/v1/accounts/relationships", id=circle["id"])
    assert (relation["following"], relation["requested"]) == (False, False)
    assert (await bea.call("POST", "/api/v1/statuses", json={"status": "@circle Hello"})).status == 403


async def test_only_who_leads_a_community_answers_its_requests(firm: Firm, alice: App, bob: App) -> None:
    """Product section 9."""
    circle = await firm.community("circle", host=alice, visibility="on-request")
    bea = await firm.person("bea")
    await bea.follow(circle)

    refused = await bob.call("POST", f"/api/v1/follow_requests/{bea.id}/authorize")

    assert refused.status == 404
    assert len(await alice.get("/api/v1/follow_requests")) == 1


async def test_a_private_community_is_not_there_for_others(firm: Firm, alice: App, bob: App) -> None:
    """Product section 3: the same "not found" as a wrong address."""
    board = await firm.community("board", host=alice, visibility="private")

    reads = [
        f"/api/v1/accounts/{board['id']}",
        f"/api/v1/accounts/{board['id']}/statuses",
        f"/api/v1/accounts/{board['id']}/followers",
        "/api/v1/accounts/lookup?acct=board",
    ]
    found = [await bob.call("GET", path) for path in reads]
    follow = await bob.call("POST", f"/api/v1/accounts/{board['id']}/follow")

    assert {(answer.status, answer.error) for answer in (*found, follow)} == {(404, "Record not found")}
    assert await bob.get("/api/v1/accounts/search", q="boa") == []
    assert (await bob.get("/api/v2/search", q="board"))["accounts"] == []
    assert await bob.get("/api/v1/accounts/relationships", id=board["id"]) == []
    assert "board" not in [one["acct"] for one in await bob.get(f"/api/v1/accounts/{alice.id}/following")]
    assert (await alice.get(f"/api/v1/accounts/{board['id']}"))["acct"] == "board"


async def test_leaving_a_private_community_works_and_says_so(firm: Firm, alice: App, bob: App) -> None:
    """The answer is the usual one; from the next request on the community is one that never was (threats T148)."""
    board = await firm.community("board", host=alice, visibility="private")
    await alice.post(f"/api/entrepairs/v1/communities/{board['id']}/invitations", account_id=bob.id)
    path = f"/api/v1/accounts/{board['id']}"
    await bob.post(f"{path}/follow")

    left = await bob.post(f"{path}/unfollow")
    again = await bob.call("POST", f"{path}/unfollow")

    assert left["id"] == board["id"]
    assert (left["following"], left["requested"], left["note"]) == (False, False, "")
    assert (again.status, again.error) == (404, "Record not found")
    assert (await bob.call("GET", path)).status == 404


async def test_the_members_of_a_closed_community_are_for_its_members(firm: Firm, alice: App, bob: App) -> None:
    """11.4: `hide_collections:true` for others, then `[]`. Those of an open one anybody here is told."""
    circle = await firm.community("circle", host=alice, visibility="on-request")
    square = await firm.community("square", host=alice)
    path, opened = f"/api/v1/accounts/{circle['id']}", f"/api/v1/accounts/{square['id']}"

    assert [one["acct"] for one in await alice.get(f"{path}/followers")] == ["alice"]
    assert await bob.get(f"{path}/followers") == []
    assert [one["acct"] for one in await bob.get(f"{opened}/followers")] == ["alice"]
    hidden = [(await one.get(where))["hide_collections"] for one in (alice, bob) for where in (path, opened)]
    assert hidden == [None, None, True, None]
    assert (await bob.get("/api/v1/accounts/lookup", acct="circle"))["hide_collections"] is True


async def test_following_a_person_who_is_locked_waits_for_them(firm: Firm, alice: App) -> None:
    bea = await firm.person("bea")
    await bea.call("PATCH", "/api/v1/accounts/update_credentials", json={"locked": True})

    asked = await alice.follow(bea)
    await bea.post(f"/api/v1/follow_requests/{alice.id}/authorize")

    (relation,) = await alice.get("/api/v1/accounts/relationships", id=bea.id)
    assert (asked["following"], asked["requested"]) == (False, True)
    assert (relation["following"], relation["requested"]) == (True, False)


async def test_nobody_follows_themselves(alice: App) -> None:
    refused = await alice.call("POST", f"/api/v1/accounts/{alice.id}/follow")

    assert (refused.status, refused.error) == (403, "This action is not allowed")


async def test_following_again_changes_what_is_named_and_no_more(alice: App, bob: App, sites: Document) -> None:
    path = f"/api/v1/accounts/{sites['id']}/follow"

    quiet = await bob.post(path, reblogs=False)
    watching = await bob.post(path, notify=True)
    same = await bob.post(path)

    assert (quiet["showing_reblogs"], quiet["notifying"]) == (False, False)
    assert (watching["showing_reblogs"], watching["notifying"]) == (False, True)
    assert (same["showing_reblogs"], same["notifying"], same["following"]) == (False, True, True)


async def test_home_has_the_languages_that_were_chosen_of_a_follow(alice: App, bob: App, sites: Document) -> None:
    """Client API 7: `languages`. The list of the community has all of them, and what names no language is shown."""
    path = f"/api/v1/accounts/{sites['id']}/follow"
    (kept,) = await bob.get("/api/v1/lists")

    async def at_home(**follow: object) -> list[str]:
        """The languages of what somebody says now, as far as it stands in bob's home."""
        before = (await bob.get("/api/v1/timelines/home", limit="1")) or [{"id": "0"}]
        await bob.post(path, **follow)
        for language in ("fr", "en", "de"):
            await alice.say(f"@sites In {language}", language=language)
        found = await bob.get("/api/v1/timelines/home", since_id=before[0]["id"])
        return sorted(one["reblog"]["language"] for one in found)

    assert await at_home() == ["de", "en", "fr"]
    assert await at_home(languages=["fr-CA", "en", "['rubbish']"]) == ["en", "fr"]
    assert (await bob.post(path, notify=True))["languages"] == ["fr", "en"]
    assert await at_home(languages=["rubbish"]) == ["de", "en", "fr"]
    assert await at_home(languages=["it"]) == []
    assert await at_home(languages=[]) == ["de", "en", "fr"]
    assert (await bob.post(path))["languages"] is None
    assert len(await bob.get(f"/api/v1/timelines/list/{kept['id']}")) == 15


async def test_a_quiet_community_is_read_through_its_list_only(alice: App, bob: App, sites: Document) -> None:
    await bob.post(f"/api/v1/accounts/{sites['id']}/follow", reblogs=False)

    await alice.say("@sites Night shifts?")

    (kept,) = await bob.get("/api/v1/lists")
    assert kept["exclusive"]
    assert await bob.get("/api/v1/timelines/home") == []
    assert len(await bob.get(f"/api/v1/timelines/list/{kept['id']}")) == 1


async def test_a_follower_can_be_removed(firm: Firm, alice: App) -> None:
    bea = await firm.person("bea")
    await bea.follow(alice)

    relation = await alice.post(f"/api/v1/accounts/{bea.id}/remove_from_followers")

    assert (relation["id"], relation["followed_by"]) == (bea.id, False)
    assert await alice.get(f"/api/v1/accounts/{alice.id}/followers") == []


async def test_the_last_host_stays(alice: App, sites: Document) -> None:
    refused = await alice.call("POST", f"/api/v1/accounts/{sites['id']}/unfollow")

    assert refused.status == 422
    assert "last host" in refused.error


async def test_relationships_are_both_ways(firm: Firm, alice: App) -> None:
    bea = await firm.person("bea")
    await bea.follow(alice)

    (seen_by_alice,) = await alice.get("/api/v1/accounts/relationships", id=bea.id)
    (seen_by_bea,) = await bea.get("/api/v1/accounts/relationships", id=alice.id)

    assert (seen_by_alice["following"], seen_by_alice["followed_by"]) == (False, True)
    assert (seen_by_bea["following"], seen_by_bea["followed_by"]) == (True, False)


async def test_so_many_relationships_are_asked_for_at_once_and_no_more(firm: Firm, alice: App, bob: App) -> None:
    """7: clients ask with 1 to 80 ids."""
    path, others = "/api/v1/accounts/relationships", [("id[]", str(number)) for number in range(1, 80)]

    eightieth = await alice.call("GET", path, query=[*others, ("id[]", bob.id)])
    one_more = await alice.call("GET", path, query=[*others, ("id[]", "80"), ("id[]", bob.id)])

    assert [[one["id"] for one in answer.document] for answer in (eightieth, one_more)] == [[bob.id], []]


async def test_an_account_was_made_at_midnight(firm: Firm) -> None:
    """1.8."""
    firm.clock.advance(hours=3)
    bea = await firm.person("bea")

    assert (await bea.get(f"/api/v1/accounts/{bea.id}"))["created_at"] == "2026-01-31T00:00:00.000Z"


async def test_statuses_of_a_community_are_its_wrappers_whatever_is_left_out(alice: App, sites: Document) -> None:
    status = await alice.say("@sites Night shifts?")
    await alice.answer(status, "Anybody?")
    path = f"/api/v1/accounts/{sites['id']}/statuses"

    for query in ({}, {"exclude_reblogs": "true"}, {"exclude_replies": "true"}):
        (shown,) = await alice.get(path, **query)
        assert (shown["account"]["id"], shown["reblog"]["id"]) == (sites["id"], status["id"])
    assert await alice.get(path, pinned="true") == await alice.get(path, only_media="true") == []


async def test_statuses_of_a_person_are_with_or_without_replies(alice: App, bob: App, sites: Document) -> None:
    status = await bob.say("@sites Night shifts?")
    reply = await alice.answer(status, "Let them draw the rota")
    own = await alice.say("@sites Holidays")
    more = await alice.answer(own, "And Sundays")
    path = f"/api/v1/accounts/{alice.id}/statuses"

    assert [one["id"] for one in await bob.get(path)] == [more["id"], own["id"], reply["id"]]
    # 7: what somebody adds to their own posts stays.
    assert [one["id"] for one in await bob.get(path, exclude_replies="true")] == [more["id"], own["id"]]


async def test_what_a_person_writes_for_followers_is_for_followers(firm: Firm, alice: App, bob: App) -> None:
    """T148."""
    status = await alice.say("To those who follow me")
    bea = await firm.person("bea")
    await bea.follow(alice)

    assert (await bea.get(f"/api/v1/statuses/{status['id']}"))["id"] == status["id"]
    assert (await bob.call("GET", f"/api/v1/statuses/{status['id']}")).status == 404
    assert await bob.get(f"/api/v1/accounts/{alice.id}/statuses") == []


async def test_search_finds_by_name_and_puts_joined_communities_first(firm: Firm, alice: App, sites: Document) -> None:
    await firm.person("sidney")
    bea = await firm.person("bea")
    await bea.follow(sites)

    found = await bea.get("/api/v1/accounts/search", q="si")
    by_title = await bea.get("/api/v1/accounts/search", q="!SITES")
    followed = await bea.get("/api/v1/accounts/search", q="s", following="true")

    assert [one["acct"] for one in found] == ["sites", "sidney"]
    assert [one["acct"] for one in by_title] == ["sites"]
    assert [one["acct"] for one in followed] == ["sites"]
    assert await bea.get("/api/v1/accounts/search", q="@") == []


async def test_of_a_whole_handle_the_host_counts_too(firm: Firm, alice: App) -> None:
    await firm.person("alicia")
    path = "/api/v1/accounts/search"

    whole = await alice.get(path, q="@Alice@home.test", limit="1")
    begun = await alice.get(path, q="ali@ho")
    other = await alice.get(path, q="alice@partner.test")
    wild = await alice.get(path, q="alice@%")
    asked = await alice.call("GET", path, query={"q": "alice@partner.test", "resolve": "true"})

    assert [one["acct"] for one in whole] == ["alice"]
    assert [one["acct"] for one in begun] == ["alice", "alicia"]
    assert (other, wild) == ([], [])
    # Nobody is at that address here: that it was asked for shows in the answer.
    assert (asked.status, asked.error) == (503, "Remote data could not be fetched")


async def test_a_suspended_account_is_refused_as_such(firm: Firm, alice: App) -> None:
    """T120."""
    bea = await firm.person("bea")
    async with firm.runtime.db.write() as tx:
        await suspend(tx, firm.runtime, "bea", by="operator")

    refused = await bea.call("GET", "/api/v1/accounts/verify_credentials")

    assert (refused.status, refused.error) == (403, "Your login is currently disabled")
