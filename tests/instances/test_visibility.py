"""Who sees what of a community, by the ways that have led around it elsewhere (threats sections 11 and 15)."""

from typing import Any

from sqlalchemy import select, update

from models.actors import Follow
from models.outbox import Activity, Delivery
from models.peers import Peer
from models.posts import Post
from models.queries import reports
from tests.instances.conftest import ON_SQLITE
from tests.instances.test_erasing import archive_of
from tests.instances.test_readers import page
from tests.support.api import Api, Document
from tests.support.fake_peer import FakeActor, FakePeer
from tests.support.instances import Instance
from tests.support.writers import Writer, announced

pytestmark = ON_SQLITE

INBOX = "http://alpha.test/inbox"
TOWN = "http://alpha.test/communities/town"
PLANS = "http://alpha.test/communities/plans"


async def change(person: Api, kind: str, number: str, **fields: Any) -> None:
    """Change a thread or a community by the product's own API."""
    answer = await person.call("PATCH", f"/api/entrepairs/v1/{kind}/{number}", json=fields)
    assert answer.status == 200, answer


async def join(home: Instance, actor: FakeActor, community: str) -> Writer:
    writer = Writer(actor, community)
    assert (await actor.post(INBOX, writer.follow())).status == 202
    await home.apply()
    return writer


async def test_every_collection_holds_what_its_reader_may_see_and_counts_that(
    home: Instance, partner: FakePeer
) -> None:
    """T156: outbox, featured, replies and their totals, for a partner that may not have the higher label."""
    alice = await home.person("alice")
    handle = await home.community("town", host=alice)
    carol = await join(home, partner.actor("carol"), TOWN)
    plain, raised = [await alice.say(f"{handle} {word}") for word in ("Plain", "Raised")]
    await alice.say("Below the plain one", answering=plain)
    hidden = await alice.say("Below it, and higher", answering=plain)
    for post in (plain, raised):
        await change(alice, "threads", post["id"], is_pinned=True)
    await change(alice, "threads", raised["id"], label="restricted")
    async with home.db.write() as tx:
        await tx.execute(update(Post).where(Post.id == int(hidden["id"])).values(label=1))

    paths = (
        f"{TOWN}/featured",
        f"{TOWN}/outbox",
        f"{TOWN}/outbox?page=true",
        "http://alpha.test/users/alice/outbox",
        f"{plain['uri']}/replies",
        f"{TOWN}/t/{plain['id']}/context",
    )
    answers = {path: (await carol.actor.get(path)).document for path in paths}

    for path, document in answers.items():
        assert raised["uri"] not in str(document), path
        assert hidden["uri"] not in str(document), path
    assert [one["id"] for one in answers[f"{TOWN}/featured"]["orderedItems"]] == [plain["uri"]]
    for document in answers.values():
        if "totalItems" in document and "orderedItems" in document:
            assert document["totalItems"] == len(document["orderedItems"])


async def test_a_reply_from_elsewhere_does_not_lead_into_another_community(home: Instance, partner: FakePeer) -> None:
    """T158: carol is in the town, and answers there what was said in a private community; nothing is shown or told."""
    alice = await home.person("alice")
    await home.community("town", host=alice)
    plans = await home.community("plans", host=alice, visibility="private")
    carol = await join(home, partner.actor("carol"), TOWN)
    said = await alice.say(f"{plans} The closing of the eastern site")

    for word in ("first", "second"):
        answer = await carol.actor.post(INBOX, carol.create(word, answering=said["uri"]))
        assert answer.status == 202
    await home.apply()

    assert await alice.replies(said) == []
    assert await alice.threads("Town") == []
    assert await alice.notified_of("mention") == []
    owed = await home.rows(select(Activity.payload).join(Delivery, Delivery.activity_id == Activity.id))
    assert "plans" not in str(owed)
    refused = await alice.call("POST", "/api/v1/statuses", json={"status": "@town Look", "in_reply_to_id": said["id"]})
    assert refused.status == 422


async def test_what_was_said_in_private_stays_so_when_a_community_becomes_open(
    home: Instance, partner: FakePeer
) -> None:
    """T166: for people here and for partners; what is said from then on is for all, and closing hides it again."""
    alice, bob = await home.person("alice"), await home.person("bob")
    handle = await home.community("plans", host=alice, visibility="private", scope="all")
    before = await alice.say(f"{handle} Said in private")
    community = await alice.find(handle)
    assert community is not None

    home.clock.advance(minutes=1)
    await change(alice, "communities", community["id"], visibility="open")
    after = await alice.say(f"{handle} Said in the open")
    await bob.join("@plans@alpha.test")
    carol = await join(home, partner.actor("carol"), PLANS)
    seen = {name: await statuses(bob, one) for name, one in (("before", before), ("after", after))}
    asked = {name: (await carol.actor.get(one["uri"])).status for name, one in (("before", before), ("after", after))}
    outbox = (await carol.actor.get(f"{PLANS}/outbox")).document

    assert seen == {"before": 404, "after": 200}
    assert asked == {"before": 404, "after": 200}
    assert before["uri"] not in str(outbox)
    assert outbox["totalItems"] == 1
    assert [one["uri"] for one in await bob.threads("Plans")] == [after["uri"]]
    assert await statuses(alice, before) == 200

    olga = await home.person("olga")
    assert await statuses(olga, after) == 200
    home.clock.advance(minutes=1)
    await change(alice, "communities", community["id"], visibility="on-request")
    assert await statuses(olga, after) == 404
    assert await statuses(bob, after) == 200


async def statuses(person: Api, post: Document) -> int:
    return (await person.call("GET", f"/api/v1/statuses/{post['id']}")).status


async def test_closed_communities_are_not_there_for_software_that_keeps_no_agreement(
    home: Instance, partner: FakePeer
) -> None:
    """T167: a basic partner's people cannot ask to join; no request is kept, and no answer says that there is one."""
    alice = await home.person("alice")
    for name, visibility in (("plans", "private"), ("board", "on-request")):
        await home.community(name, host=alice, visibility=visibility, scope="all")
    carol = partner.actor("carol")

    for name in ("plans", "board"):
        await join(home, carol, f"http://alpha.test/communities/{name}")

    assert await alice.get("/api/v1/follow_requests") == []
    assert [kind for kind in ("Accept", "Reject") if await home.composed(kind)] == []


async def test_who_lets_somebody_in_sees_what_software_their_server_is(home: Instance, partner: FakePeer) -> None:
    """T167"""
    alice = await home.person("alice")
    await home.community("board", host=alice)
    carol = partner.actor("carol")
    await join(home, carol, "http://alpha.test/communities/board")
    async with home.db.write() as tx:
        await tx.execute(update(Peer).where(Peer.host == "partner.test").values(software="friendica 2024.12"))
        await tx.execute(update(Follow).where(Follow.role != "host").values(is_accepted=False))

    shown = await page(home, alice, "/c/board/requests")

    assert "Server software: friendica 2024.12" in shown


async def test_a_page_of_hidden_posts_neither_ends_a_list_nor_says_that_they_are_there(home: Instance) -> None:
    """T171: more than a page of private posts between two that are for all; no cursor is one of theirs."""
    alice, olga = await home.person("alice"), await home.person("olga")
    town = await home.community("town", host=alice)
    plans = await home.community("plans", host=alice, visibility="private")
    await olga.join("@town@alpha.test")
    await olga.join("@alice@alpha.test")
    account = await olga.find("@alice@alpha.test")
    assert account is not None
    first = await alice.say(f"{town} First #rota")
    hidden = [await alice.say(f"{plans} Hidden {number} #rota") for number in range(45)]
    last = await alice.say(f"{town} Last #rota")
    paths = (
        f"/api/v1/accounts/{account['id']}/statuses",
        "/api/v1/timelines/home",
        "/api/v1/timelines/public",
        "/api/v1/timelines/tag/rota",
    )
    ids = [one["id"] for one in hidden]

    for path in paths:
        whole = await olga.call("GET", path, query={"limit": "40"})
        pages = await one_by_one(olga, path)

        uris = [(one.get("reblog") or one)["uri"] for one in whole.document]
        assert uris == [last["uri"], first["uri"]], path
        assert [uri for uri, _ in pages] == uris, path
        cursors = whole.headers.get("Link", "") + "".join(link for _, link in pages)
        assert not [one for one in ids if one in cursors], path
    found = await olga.call("GET", "/api/v2/search", query={"q": "rota", "type": "statuses", "limit": "2"})
    assert [one["uri"] for one in found.document["statuses"]] == [last["uri"], first["uri"]]


async def one_by_one(person: Api, path: str) -> list[tuple[str, str]]:
    """A list in pages of one: the post and the links of each."""
    found, query = [], {"limit": "1"}
    while (answer := await person.call("GET", path, query=query)).document:
        (one,) = answer.document
        found.append(((one.get("reblog") or one)["uri"], answer.headers.get("Link", "")))
        query["max_id"] = one["id"]
    return found


async def test_the_archive_of_who_has_left_holds_what_they_wrote_and_nothing_of_others(home: Instance) -> None:
    """T163: made after they left a private community. It is given once, by a command, and lies under no address."""
    alice, bob = await home.person("alice"), await home.person("bob")
    handle = await home.community("plans", host=alice, visibility="private")
    plans = await alice.find(handle)
    me = await bob.get("/api/v1/accounts/verify_credentials")
    assert plans is not None
    await alice.post(f"/api/entrepairs/v1/communities/{plans['id']}/invitations", account_id=me["id"])
    await bob.join(handle)
    said = await alice.say(f"{handle} The closing of the eastern site")
    await bob.say("Ours went well", answering=said)
    await bob.like(said)
    await bob.post(f"/api/v1/statuses/{said['id']}/bookmark")
    await bob.leave(plans)

    whole = b"\n".join((await archive_of(home, "bob")).values()).decode()

    assert "Ours went well" in whole
    assert "eastern" not in whole


async def test_what_moderators_did_and_were_told_is_for_those_of_that_community(home: Instance) -> None:
    """T164: another community's moderator gets the 404 of what never was, on pages and by the API."""
    alice, olga, bob = [await home.person(name) for name in ("alice", "olga", "bob")]
    handle = await home.community("plans", host=alice, visibility="private")
    await home.community("town", host=olga)
    plans = await alice.find(handle)
    me = await bob.get("/api/v1/accounts/verify_credentials")
    assert plans is not None
    await alice.post(f"/api/entrepairs/v1/communities/{plans['id']}/invitations", account_id=me["id"])
    await bob.join(handle)
    said = await bob.say(f"{handle} Something bad")
    await alice.post("/api/v1/reports", account_id=me["id"], status_ids=[said["id"]], comment="Look at this")
    ours, theirs = f"/api/entrepairs/v1/communities/{plans['id']}", "/api/entrepairs/v1/communities/12"

    for end in ("", "/reports", "/requests", "/members", "/invitations", "/questions"):
        asked = await alice.call("GET", f"{ours}{end}")
        hidden, never = [await olga.call("GET", f"{base}{end}") for base in (ours, theirs)]
        assert asked.status == 200, end
        assert (
            (hidden.status, hidden.document) == (never.status, never.document) == (404, {"error": "Record not found"})
        )


async def test_administrators_of_both_servers_hear_of_a_private_post_that_is_passed_on(
    home: Instance, partner: FakePeer
) -> None:
    """T237: it is shown nowhere; our desk has a report, once, and their server gets one about its community."""
    alice = await home.person("alice")
    handle = await home.community("plans", host=alice, visibility="private", scope="selected")
    said = await alice.say(f"{handle} The closing of the eastern site")
    town = partner.actor("town", "Group")
    await alice.ask_to_join("@town@partner.test")
    wish = {"type": "Follow", "actor": "http://alpha.test/users/alice", "object": town.uri}
    await town.post(INBOX, town.activity("Accept", object=wish))
    await home.apply()

    for _ in range(2):
        await town.post(INBOX, announced(town, {}) | {"object": said["uri"]})
        await home.apply()

    async with home.db.read() as tx:
        (report,) = await reports.at_the_desk(tx)
    assert (report.target_name, report.target_host) == ("town", "partner.test")
    (flag,) = await home.composed("Flag")
    assert flag["actor"] == "http://alpha.test/actor"
    assert flag["object"] == [town.uri, said["uri"]]
    assert "eastern" not in str(flag)
    assert await alice.threads("Town") == []


async def test_a_server_that_reports_a_community_of_ours_is_heard_by_our_administrators(
    home: Instance, partner: FakePeer
) -> None:
    """T237, the other side: from a server, not from one of its people; nothing of it is shown to hosts."""
    alice = await home.person("alice")
    await home.community("town", host=alice)
    server, carol = partner.actor("server", "Application"), partner.actor("carol")
    about = [TOWN, "http://partner.test/objects/1"]

    for actor in (carol, server):
        await actor.post(INBOX, actor.activity("Flag", object=about, content="It passes on what is ours", to=[TOWN]))
        await home.apply()

    async with home.db.read() as tx:
        (report,) = await reports.at_the_desk(tx)
    assert report.target_name == "town"
    assert report.reporter_name == "server"
