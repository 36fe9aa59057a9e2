"""Outgoing requests that others would like us to make (threats section 6): every way in, every trick, over HTTP.

A canary listens on the loopback addresses; nothing that is said or asked may open a connection to it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from yarl import URL

from tests.federation.inbox.cast import HOME, INBOX, ON_SQLITE, Cast, mention, personal_note
from tests.support.api import Document
from tests.support.commands import Firm
from tests.support.fake_peer import document, redirect, static_hosts
from tests.support.signing import Signing

pytestmark = ON_SQLITE


@dataclass
class Canary:
    """A listener inside; `knocks` counts who came."""

    port: int = 0
    knocks: int = field(default=0)

    def take(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.knocks += 1
        writer.close()


@pytest.fixture
async def canary() -> AsyncIterator[Canary]:
    """Listens on every address of this machine, so on 127.0.0.1, ::1 and whatever leads there."""
    found = Canary()
    server = await asyncio.start_server(found.take, "0.0.0.0", 0)
    found.port = server.sockets[0].getsockname()[1]
    others = []
    # Where there is no IPv6, nothing can be reached by it either.
    with suppress(OSError):
        others.append(await asyncio.start_server(found.take, "::1", found.port))
    try:
        yield found
    finally:
        for one in (server, *others):
            one.close()


PAYLOADS = (
    "http://127.0.0.1:{port}/x",
    "http://localhost:{port}/x",
    "http://10.0.0.1/x",
    "http://169.254.169.254/latest/meta-data",
    "http://0.0.0.0:{port}/x",
    "http://[::1]:{port}/x",
    "http://[::]:{port}/x",
    "http://[fc00::1]/x",
    "http://[fe80::1%25lo]/x",
    "http://2130706433:{port}/x",
    "http://0x7f000001:{port}/x",
    "http://0177.0.0.1:{port}/x",
    "http://127.1:{port}/x",
    "http://[::ffff:127.0.0.1]:{port}/x",
    "http://[::ffff:7f00:1]:{port}/x",
    "http://[64:ff9b::7f00:1]:{port}/x",
    "http://[2002:7f00:1::]:{port}/x",
    "http://partner.test:{port}/x",
    "http://bob:secret@127.0.0.1:{port}/x",
    "http://partner.test@127.0.0.1:{port}/x",
    "http://partner.test\\@127.0.0.1:{port}/x",
    "http://127.0.0.1:{port}\r\nHost: partner.test/x",
    "//127.0.0.1:{port}/x",
    "https://127.0.0.1:{port}/x",
    "file:///etc/passwd",
    "data:application/activity+json,{{}}",
    "gopher://127.0.0.1:{port}/x",
    "ftp://127.0.0.1:{port}/x",
    "unix:/run/x.sock",
    HOME + "/actor",
    "http://stranger.test/x",
    "http://partner.test@stranger.test/x",
    "http://partner.test%2estranger.test/x",
    "http://partner。test.stranger.test/x",
    "http://stranger.test\\@partner.test/x",
)
"""Literals, encoded literals, other schemes, other ports, user info, line breaks, ourselves, a stranger, and what looks
like a partner and is none.
"""

Way = Callable[[Cast, str], Any]


async def by_search(cast: Cast, url: str) -> None:
    answer = await cast.alice.call("GET", "/api/v2/search", query={"q": url, "resolve": "true"})
    assert answer.status < 500


async def by_handle(cast: Cast, url: str) -> None:
    await by_search(cast, f"@x@{url.partition('://')[2] or url}")


async def by_mention(cast: Cast, url: str) -> None:
    text = f"@sites Hello @x@{url.partition('://')[2] or url} and {url}"
    answer = await cast.alice.call("POST", "/api/v1/statuses", json={"status": text})
    assert answer.status < 500


async def by_key_id(cast: Cast, url: str) -> None:
    bob = cast.bob.actor
    if url.isprintable():
        answer = await bob.post(INBOX, bob.note(), Signing(key_id=url))
        assert answer.status in (400, 401, 403), answer


async def by_actor(cast: Cast, url: str) -> None:
    answer = await cast.bob.actor.post(INBOX, cast.bob.actor.note() | {"actor": url})
    assert answer.status in (400, 401, 403), answer


async def _says(cast: Cast, **members: Any) -> None:
    note = personal_note(cast.bob.actor, f"n{len(members)}", **{"to": [f"{HOME}/users/alice"], **members})
    await cast.say(cast.bob.actor, note)


async def by_reply(cast: Cast, url: str) -> None:
    await _says(cast, inReplyTo=url, tag=mention("alice"))


async def by_author(cast: Cast, url: str) -> None:
    """And by the post's own id."""
    await _says(cast, attributedTo=url)
    await _says(cast, id=url)


async def by_attachments(cast: Cast, url: str) -> None:
    pictures = {"type": "Image", "url": url, "mediaType": "image/png"}
    emoji = {"type": "Emoji", "name": ":x:", "icon": pictures}
    tags = [*mention("alice"), emoji, {"type": "Mention", "href": url, "name": "@x@y"}]
    await _says(cast, attachment=[pictures, {"type": "Link", "href": url}], image=pictures, icon=pictures, tag=tags)


async def by_addresses(cast: Cast, url: str) -> None:
    links = {"replies": url, "likes": url, "shares": url, "context": url, "conversation": url, "audience": url}
    await _says(cast, url=url, tag=mention("alice"), content=f'<a href="{url}">x</a> <img src="{url}">', **links)


async def by_context(cast: Cast, url: str) -> None:
    note = personal_note(cast.bob.actor, "context", to=[f"{HOME}/users/alice"])
    await cast.say(cast.bob.actor, note | {"@context": ["https://www.w3.org/ns/activitystreams", url]})


async def by_object(cast: Cast, url: str) -> None:
    await cast.announce(url)
    bob = cast.bob.actor
    for kind in ("Follow", "Like", "Accept", "Undo", "Delete", "Update", "Move", "Flag"):
        await cast.say(bob, bob.activity(kind, object=url, target=url))


async def by_target(cast: Cast, url: str) -> None:
    for kind in ("Add", "Remove", "Move"):
        await cast.say(cast.town, cast.town.activity(kind, object=cast.bob.actor.uri, target=url))


async def by_members_of_an_actor(cast: Cast, url: str) -> None:
    """Its collections, endpoints, pictures and keys."""
    dora = cast.partner.actor("dora", "Group")
    names = (
        "inbox",
        "outbox",
        "followers",
        "featured",
        "icon",
        "image",
        "url",
        "movedTo",
        "attributedTo",
        "moderators",
    )
    for name in names:
        dora.changes = {name: url}
        dora.publish()
        await by_search(cast, dora.uri)
    dora.changes = {"endpoints": {"sharedInbox": url, "proxyUrl": url}, "publicKey": {"id": url, "owner": url}}
    dora.publish()
    await by_search(cast, dora.uri)


async def by_collection_pages(cast: Cast, url: str) -> None:
    pages = {"id": cast.partner.url("/pages"), "type": "OrderedCollection", "first": url, "next": url, "items": [url]}
    cast.partner.serve("/pages", document(pages))
    dora = cast.partner.actor("dora", "Group")
    dora.changes = dict.fromkeys(("outbox", "featured", "moderators"), cast.partner.url("/pages"))
    dora.publish()
    await cast.alice.call("GET", "/api/v2/search", query={"q": dora.uri, "resolve": "true"})
    await _says(cast, replies=cast.partner.url("/pages"), context=cast.partner.url("/pages"), tag=mention("alice"))


async def by_redirect(cast: Cast, url: str) -> None:
    """Of a signed fetch and of WebFinger."""
    if not url.isprintable():
        return
    for path in ("/r", "/.well-known/webfinger", "/.well-known/nodeinfo"):
        cast.partner.serve(path, redirect(url))
    await by_search(cast, cast.partner.url("/r"))
    await by_search(cast, "@somebody@partner.test")


async def by_webfinger(cast: Cast, url: str) -> None:
    links = [{"rel": "self", "type": "application/activity+json", "href": url}]
    found = {"subject": "acct:x@partner.test", "links": links}
    cast.partner.serve("/.well-known/webfinger", document(found, content_type="application/jrd+json"))
    await by_search(cast, "@x@partner.test")


async def by_nodeinfo(cast: Cast, url: str) -> None:
    links = [{"rel": "http://nodeinfo.diaspora.software/ns/schema/2.1", "href": url}]
    cast.partner.serve("/.well-known/nodeinfo", document({"links": links}, content_type="application/json"))
    cast.home.clock.advance(days=2)
    await cast.say(cast.mallory.actor, cast.mallory.follow())


async def by_push(cast: Cast, url: str) -> None:
    keys = {"p256dh": "x", "auth": "y"}
    fields: Document = {"subscription": {"endpoint": url, "keys": keys}, "data": {"alerts": {"mention": True}}}
    answer = await cast.alice.call("POST", "/api/v1/push/subscription", json=fields)
    assert answer.status < 500


async def by_files_that_are_shown(cast: Cast, url: str) -> None:
    """A reader's app asks us for a partner's file, which we would have to ask for ourselves."""
    picture = {"type": "Image", "url": url, "mediaType": "image/png"}
    note = personal_note(cast.bob.actor, f"f{abs(hash(url))}", to=[f"{HOME}/users/alice"])
    note["object"] |= {"attachment": [picture], "tag": mention("alice")}
    await cast.say(cast.bob.actor, note)
    cast.bob.actor.changes = {"icon": picture, "image": picture}
    cast.bob.actor.publish()
    cast.home.clock.advance(days=2)
    await by_search(cast, cast.bob.actor.uri)
    for told in await cast.alice.notified_of("mention"):
        account, files = told["account"], told["status"]["media_attachments"]
        for address in (account["avatar"], account["header"], *(file["url"] for file in files)):
            await _load(cast, address)


async def _load(cast: Cast, address: str) -> None:
    """What a browser gets at an address of ours; an app asks nobody else."""
    assert address.startswith(f"{HOME}/"), address
    host, port = cast.home.hosts[cast.home.host]
    target = URL(f"http://{host}:{port}{URL(address).raw_path}", encoded=True)
    async with cast.home.session.get(target, headers={"Host": cast.home.host}, allow_redirects=False) as answer:
        assert answer.status < 500 or answer.status in (502, 503, 504), answer.status


WAYS: tuple[Way, ...] = (
    by_search,
    by_handle,
    by_mention,
    by_key_id,
    by_actor,
    by_reply,
    by_author,
    by_attachments,
    by_addresses,
    by_context,
    by_object,
    by_target,
    by_members_of_an_actor,
    by_collection_pages,
    by_redirect,
    by_webfinger,
    by_nodeinfo,
    by_push,
    by_files_that_are_shown,
)


@pytest.mark.parametrize("way", WAYS, ids=[way.__name__ for way in WAYS])
async def test_no_way_in_leads_inside(cast: Cast, canary: Canary, way: Way) -> None:
    """T055, T059, T067, T068, T072, T073, T074, T075, T076: an entry point with every payload; neither what is inside
    nor a stranger is asked.
    """
    for payload in PAYLOADS:
        await way(cast, payload.format(port=canary.port))

    assert canary.knocks == 0
    assert cast.stranger.asked == []
    assert set((await cast.home.received()).values()) <= {"processed", "rejected", "pending"}


async def test_a_proxy_of_the_environment_is_not_asked(
    cast: Cast, canary: Canary, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T079: a server that finds one starts, and asks its partners directly, where it checks the addresses."""
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{canary.port}")
    settings = {"DATABASE_URL": cast.home.database_url, "DATA_DIR": str(cast.home.folder)}
    firm = Firm(cast.home.folder, cast.home.host, settings | {"STATIC_HOSTS": static_hosts(cast.home.hosts)})

    fetched = await asyncio.to_thread(firm.run, "fetch", cast.bob.actor.uri, "--json")
    await cast.alice.call("GET", "/api/v2/search", query={"q": cast.partner.actor("dora").uri, "resolve": "true"})

    assert fetched.document["verdict"]["stored"]
    assert cast.partner.asked_for("/users/dora") != []
    assert canary.knocks == 0


@pytest.mark.parametrize(
    "handle",
    [
        "@x@127.0.0.1:6379/?a=",
        "@x@partner.test/path#",
        "@x@user:pass@partner.test",
        "@x@partner.test?resource=acct:y@partner.test",
        "@x@partner.test%2f..",
        "@x y@partner.test",
        "@x&y=z@partner.test",
        "@x@partner.test\r\nX-Injected: 1",
    ],
)
async def test_a_handle_cannot_reshape_the_address_that_is_asked(cast: Cast, handle: str) -> None:
    """T075, T076: in a search and in a mention."""
    before = len(cast.partner.asked)

    await by_search(cast, handle)
    await cast.alice.call("POST", "/api/v1/statuses", json={"status": f"@sites {handle}"})

    for asked in cast.partner.asked[before:]:
        assert asked.path in ("/.well-known/webfinger", "/users/bob"), asked.target
        assert asked.target.count("resource=") <= 1
        assert "X-Injected" not in asked.headers


async def test_a_partner_whose_name_leads_inside_is_not_reached_but_by_a_pair_that_says_so(
    cast: Cast, canary: Canary
) -> None:
    """T070, T078: `localhost` is allowed, and DNS says where it is; only STATIC_HOSTS may lead there."""
    await cast.home.allow("localhost.test", "localhost")
    reachable = static_hosts(cast.home.hosts)
    settings = {"DATABASE_URL": cast.home.database_url, "DATA_DIR": str(cast.home.folder), "STATIC_HOSTS": reachable}
    firm = Firm(cast.home.folder, cast.home.host, settings)

    inside = await asyncio.to_thread(firm.run, "fetch", "http://localhost/x", "--json")
    paired = await asyncio.to_thread(
        firm.run, "fetch", "http://localhost/x", "--json", STATIC_HOSTS=f"{reachable} localhost=127.0.0.1:{canary.port}"
    )

    assert inside.document["verdict"]["reason"] == "fetch_blocked_address"
    assert paired.document["verdict"]["reason"] == "network"
    assert canary.knocks >= 1
