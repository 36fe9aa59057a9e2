"""Partners' files as apps load them: fetched once, kept within a bound, for those alone who may see the post."""

import asyncio
from dataclasses import dataclass, replace
from typing import Any

import pytest
from aiohttp import web
from yarl import URL

from models.writes import sessions
from server.actions import accounts
from server.actions.secret_hash import secret_hash
from server.media.remote import LATER_SECONDS, REFUSED_SECONDS
from tests.federation.inbox.cast import ON_SQLITE
from tests.instances.scene import Scene
from tests.support.api import Api, Document
from tests.support.fake_peer import FakePeer, Serve, document, redirect
from tests.support.firm import Answer
from tests.support.instances import Instance
from tests.support.site import Browser

PNG = b"\x89PNG\r\n\x1a\n" + b"picture" * 20
POLICY = "default-src 'none'; sandbox"


def picture(body: bytes = PNG) -> Serve:
    return document(body, content_type="image/png")


async def load(home: Instance, address: str, **headers: str) -> Answer:
    """What a browser gets at an address of ours, without a token or a cookie."""
    host, port = home.hosts[home.host]
    url = URL(f"http://{host}:{port}{URL(address).raw_path}", encoded=True)
    sent = {"Host": home.host, **{name.replace("_", "-"): value for name, value in headers.items()}}
    async with home.session.get(url, headers=sent, allow_redirects=False) as response:
        return Answer(response.status, response.headers, await response.read())


@dataclass
class Shown:
    """A post of bob's with one file, as alice sees it."""

    uri: str
    status: Document

    @property
    def address(self) -> str:
        return str(self.status["media_attachments"][0]["url"])


async def post_with_file(scene: Scene, word: str = "plan", **file: Any) -> Shown:
    """Bob shows a file in the community."""
    create = scene.bob.create(word)
    attachment = {"type": "Image", "url": scene.bob.actor.peer.url(f"/{word}.png"), **file}
    await scene.arrive([create | {"object": create["object"] | {"attachment": [attachment]}}])
    status = await scene.alice.thread(scene.title, word)
    assert status is not None
    return Shown(create["object"]["id"], status)


async def as_seen_by(reader: Api, shown: Shown) -> str:
    """The file's address as another reader's app gets it."""
    found = await reader.get("/api/v2/search", q=shown.uri)
    return str(found["statuses"][0]["media_attachments"][0]["url"])


async def test_a_picture_is_fetched_when_asked_for_and_then_kept(scene: Scene, partner: FakePeer) -> None:
    partner.serve("/plan.png", picture())
    shown = await post_with_file(scene)
    assert partner.asked_for("/plan.png") == []

    first, second = [await load(scene.home, shown.address) for _ in range(2)]

    assert (first.status, first.body) == (second.status, second.body) == (200, PNG)
    assert len(partner.asked_for("/plan.png")) == 1
    headers = {
        "Content-Type": "image/png",
        "Content-Disposition": "inline",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": POLICY,
        "Access-Control-Allow-Origin": "*",
    }
    assert {name: first.headers[name] for name in headers} == headers
    assert first.headers["Cache-Control"].startswith("private")


async def test_players_may_ask_for_a_part(scene: Scene, partner: FakePeer) -> None:
    partner.serve("/plan.png", picture())
    shown = await post_with_file(scene)

    part = await load(scene.home, shown.address, Range="bytes=1-3")

    assert (part.status, part.body) == (206, b"PNG")


async def test_many_who_ask_at_once_cause_one_request(scene: Scene, partner: FakePeer) -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def wait(request: web.BaseRequest) -> web.StreamResponse:
        asked.set()
        await go_on.wait()
        return await picture()(request)

    partner.serve("/plan.png", wait)
    shown = await post_with_file(scene)
    asking = [asyncio.create_task(load(scene.home, shown.address)) for _ in range(8)]
    await asked.wait()

    go_on.set()
    answers = await asyncio.gather(*asking)

    assert {(answer.status, answer.body) for answer in answers} == {(200, PNG)}
    assert len(partner.asked_for("/plan.png")) == 1


async def test_an_address_is_good_for_its_reader_alone_and_as_long_as_they_may_see_the_post(
    scene: Scene, partner: FakePeer
) -> None:
    """T077, T169, T235: the gate is asked each time."""
    partner.serve("/plan.png", picture())
    shown = await post_with_file(scene)
    assert (await load(scene.home, shown.address)).status == 200

    await scene.home.suspend("partner.test")
    suspended = await load(scene.home, shown.address)
    await scene.home.resume("partner.test")
    resumed = await load(scene.home, shown.address)
    await scene.arrive([scene.bob.delete("plan")])
    deleted = await load(scene.home, shown.address)

    assert (suspended.status, resumed.status, deleted.status) == (404, 200, 404)


async def test_who_leaves_a_community_of_a_partner_sees_its_files_no_more(scene: Scene, partner: FakePeer) -> None:
    """T235, T236: an address that somebody kept is worth nothing without the membership."""
    partner.serve("/plan.png", picture())
    town = partner.actor("town", "Group")
    there = replace(scene, bob=replace(scene.bob, community=town.uri), title="Town", group=town)
    account = await scene.alice.ask_to_join("@town@partner.test")
    wish = {"type": "Follow", "actor": "http://alpha.test/users/alice", "object": town.uri}
    await town.post("http://alpha.test/inbox", town.activity("Accept", object=wish))
    await scene.home.apply()
    shown = await post_with_file(there)
    assert (await load(scene.home, shown.address)).status == 200

    await scene.alice.leave(account)

    assert (await load(scene.home, shown.address)).status == 404


@ON_SQLITE
@pytest.mark.parametrize(
    "path", ["/media/files/x", "/media/own/x", "/media/pictures/x-y", "/media/posts/1/0/original/1-1-x"]
)
async def test_a_file_that_is_said_to_lie_here_is_never_asked_for(scene: Scene, partner: FakePeer, path: str) -> None:
    """T077: nested as an address of ours in a partner's post, or by a redirect from there."""
    partner.serve("/again.png", redirect(f"http://alpha.test{path}"))
    nested = await post_with_file(scene, "nested", url=f"http://alpha.test{path}")
    again = await post_with_file(scene, "again")

    answers = [await load(scene.home, shown.address) for shown in (nested, again)]

    assert [answer.status for answer in answers] == [404, 404]


@ON_SQLITE
async def test_a_made_up_address_leads_nowhere(scene: Scene, partner: FakePeer) -> None:
    """T077: another reader, post, number or code, and no address of elsewhere."""
    partner.serve("/plan.png", picture())
    shown = await post_with_file(scene)
    ada = await scene.home.person("ada")
    start, _, code = shown.address.rpartition("-")
    base, _, reader = start.rpartition("/")
    mine = await as_seen_by(ada, shown)
    forged = [
        f"{base}/{mine.rpartition('/')[2].partition('-')[0]}-{code}",
        f"{start}-{'0' * 32}",
        f"{base[:-1]}1/{reader}-{code}",
        f"{base[:-1]}99999999999999999999/{reader}-{code}",
        f"{base}/x-{code}",
        shown.address.replace("/media/posts/", "/media/posts/9"),
        "http://alpha.test/media/pictures/http%3A%2F%2Fpartner.test%2Fplan.png-x",
        f"http://alpha.test/media/pictures/{'0' * 64}-{'0' * 32}",
    ]

    answers = [await load(scene.home, address) for address in forged]

    assert {answer.status for answer in answers} == {404}
    assert partner.asked_for("/plan.png") == []
    assert mine != shown.address
    assert (await load(scene.home, mine)).status == 200


@pytest.mark.parametrize(
    ("body", "claimed", "served", "disposition"),
    [
        (b"\xff\xd8\xff\xe0 jpeg", "image/png", "image/jpeg", "inline"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp", "image/webp", "inline"),
        (b"\x00\x00\x00\x20ftypisom\x00\x00", "video/mp4", "video/mp4", "inline"),
        (b"%PDF-1.7", "application/pdf", "application/pdf", "attachment"),
        (b"<html><script>alert(1)</script>", "image/png", "application/octet-stream", "attachment"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/png", "application/octet-stream", "attachment"),
        (b'{"@context": "x", "type": "Person"}', "text/plain", "application/octet-stream", "attachment"),
        (b"", "application/octet-stream", "application/octet-stream", "attachment"),
    ],
)
@ON_SQLITE
async def test_what_a_file_is_its_first_bytes_say(
    scene: Scene, partner: FakePeer, body: bytes, claimed: str, served: str, disposition: str
) -> None:
    """T109, T110: never a page, a script or a document of a peer, whatever it claims."""
    partner.serve("/plan.png", document(body, content_type=claimed))
    shown = await post_with_file(scene)

    answer = await load(scene.home, shown.address, Accept="text/html, application/activity+json")

    assert (answer.status, answer.body) == (200, body)
    assert answer.headers["Content-Type"] == served
    assert answer.headers["Content-Disposition"] == disposition
    assert (answer.headers["X-Content-Type-Options"], answer.headers["Content-Security-Policy"]) == ("nosniff", POLICY)


@pytest.mark.parametrize(
    "claimed",
    [
        "text/html",
        "image/svg+xml",
        "application/xhtml+xml",
        "application/activity+json",
        "application/ld+json",
        "text/javascript",
        "nonsense",
    ],
)
@ON_SQLITE
async def test_pages_scripts_and_documents_are_not_taken(scene: Scene, partner: FakePeer, claimed: str) -> None:
    """T027, T109."""
    partner.serve("/plan.png", document(PNG, content_type=claimed))
    shown = await post_with_file(scene)

    assert (await load(scene.home, shown.address)).status == 404


@pytest.mark.parametrize(("serve", "status", "seconds"), [
    (document(b"", status=404), 404, REFUSED_SECONDS),
    (document(b"", status=410), 404, REFUSED_SECONDS),
    (document(b"", status=503), 503, LATER_SECONDS),
    (redirect("http://stranger.test/plan.png"), 404, REFUSED_SECONDS),
])  # fmt: skip
@ON_SQLITE
async def test_what_cannot_be_had_is_not_asked_for_again_for_a_while(
    scene: Scene, partner: FakePeer, serve: Serve, status: int, seconds: float
) -> None:
    partner.serve("/plan.png", serve)
    shown = await post_with_file(scene)

    first, second = [await load(scene.home, shown.address) for _ in range(2)]
    asked = len(partner.asked_for("/plan.png"))
    partner.serve("/plan.png", picture())
    scene.home.clock.advance(seconds=seconds - 1)
    still = await load(scene.home, shown.address)
    scene.home.clock.advance(seconds=2)
    then = await load(scene.home, shown.address)

    assert (first.status, second.status, still.status, then.status) == (status, status, status, 200)
    assert asked == 1


@ON_SQLITE
async def test_a_file_of_a_server_that_is_no_partner_is_never_asked_for(scene: Scene, partner: FakePeer) -> None:
    """T056, T077: neither strangers nor ourselves."""
    stranger = await post_with_file(scene, "other", url="http://stranger.test/x.png")
    ourselves = await post_with_file(scene, "ours", url="http://alpha.test/static/avatar.png")

    answers = [await load(scene.home, shown.address) for shown in (stranger, ourselves)]

    assert [answer.status for answer in answers] == [404, 404]


@ON_SQLITE
async def test_a_file_that_wants_a_signature_is_asked_for_with_one(scene: Scene, partner: FakePeer) -> None:
    async def serve(request: web.BaseRequest) -> web.StreamResponse:
        refused = document(b"", status=401)
        return await (picture() if "Signature" in request.headers else refused)(request)

    partner.serve("/plan.png", serve)
    shown = await post_with_file(scene)

    assert (await load(scene.home, shown.address)).status == 200
    signed = ["Signature" in asked.headers for asked in partner.asked_for("/plan.png")]
    assert signed == [False, True]


@ON_SQLITE
async def test_copies_take_no_more_than_their_bound_and_the_one_not_asked_for_the_longest_goes(
    scene: Scene, partner: FakePeer
) -> None:
    """T183: 1 MiB in this test, and 300 KiB each."""
    words = ["first", "second", "third", "fourth"]
    shown = {}
    for word in words:
        partner.serve(f"/{word}.png", picture(PNG[:8] + b"x" * 300 * 1024))
        shown[word] = await post_with_file(scene, word)

    for word in ("first", "second", "first", "third", "fourth"):
        scene.home.clock.advance(seconds=70)
        assert (await load(scene.home, shown[word].address)).status == 200

    kept = sum(path.stat().st_size for path in (scene.home.folder / "cache").rglob("*") if path.is_file())
    for word in ("first", "third", "fourth", "second"):
        await load(scene.home, shown[word].address)
    assert kept <= 1024 * 1024
    asked = {word: len(partner.asked_for(f"/{word}.png")) for word in words}
    assert asked == {"first": 1, "second": 2, "third": 1, "fourth": 1}


@pytest.mark.parametrize(("size", "status"), [(2**20, 200), (2**20 + 1, 404)])
@ON_SQLITE
async def test_a_file_that_leaves_no_room_for_itself_is_fetched_once_in_a_while(
    scene: Scene, partner: FakePeer, size: int, status: int
) -> None:
    partner.serve("/plan.png", picture(PNG[:8] + b"x" * (size - 8)))
    shown = await post_with_file(scene)

    answers = [await load(scene.home, shown.address) for _ in range(2)]

    assert [answer.status for answer in answers] == [status, status]
    assert len(partner.asked_for("/plan.png")) == 1


async def test_the_pictures_of_an_account_and_of_an_emoji_are_there_for_everybody(
    scene: Scene, partner: FakePeer
) -> None:
    icon, emoji = partner.url("/bob.png"), partner.url("/hat.png")
    partner.serve("/bob.png", picture())
    partner.serve("/hat.png", picture())
    scene.bob.actor.changes = {
        "icon": {"type": "Image", "url": icon},
        "name": "Bob :hat:",
        "tag": [{"type": "Emoji", "name": ":hat:", "icon": {"type": "Image", "url": emoji}}],
    }
    await scene.receive(scene.bob.actor.activity("Update", object=scene.bob.actor.document))
    await scene.arrive([scene.bob.create("hello")])

    account = (await scene.alice.home())[0]["account"]

    for address in (account["avatar"], account["emojis"][0]["url"]):
        answer = await load(scene.home, address)
        assert (answer.status, answer.body) == (200, PNG)
    await scene.home.suspend("partner.test")
    assert (await load(scene.home, account["avatar"])).status == 404


async def test_who_is_suspended_here_loads_nothing(scene: Scene, partner: FakePeer) -> None:
    partner.serve("/plan.png", picture())
    shown = await post_with_file(scene)
    ada = await scene.home.person("ada")
    address = await as_seen_by(ada, shown)
    assert (await load(scene.home, address)).status == 200

    async with scene.home.db.write() as tx:
        await accounts.suspend(tx, scene.home.services.runtime, "ada", by="operator")

    assert (await load(scene.home, address)).status == 404


async def test_pages_show_pictures_and_link_to_other_files(scene: Scene, partner: FakePeer) -> None:
    partner.serve("/plan.png", picture())
    shown = await post_with_file(scene, name='A "plan" & notes')
    other = await post_with_file(scene, "budget", type="Document", mediaType="application/pdf")
    browser = await signed_in(scene)

    pages = [await browser.get(f"/t/{one.status['id']}") for one in (shown, other)]
    first, second = [await browser.follow(page) for page in pages]

    address = URL(shown.address).path
    assert f'<img src="{address}" alt="A &#34;plan&#34; &amp; notes"' in first.text
    assert "<img" not in second.text.partition("<main")[2]
    assert f'<a href="{URL(other.address).path}">File</a>' in second.text
    assert (await browser.get(address)).status == 200


async def signed_in(scene: Scene) -> Browser:
    """alice's browser."""
    browser = Browser(scene.home.session, scene.home.hosts[scene.home.host][1])
    secret = scene.home.services.runtime.tokens.secret()
    reader = await scene.alice.get("/api/v1/accounts/verify_credentials")
    async with scene.home.db.write() as tx:
        await sessions.add_session(
            tx, token_hash=secret_hash(secret), actor_id=int(reader["id"]), now=scene.home.clock.now()
        )
    browser.cookies["session-alpha.test"] = secret
    return browser
