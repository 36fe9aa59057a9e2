"""Domains and look-alikes: who may be asked, and what passes for whom (threats section 5), over HTTP."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from models.actors import Actor
from models.writes.audit import OPERATOR
from server.actions import partners
from tests.federation.inbox.cast import HOME, INBOX, ON_SQLITE, SITES, Cast, mention, personal_note
from tests.support.api import Document
from tests.support.fake_peer import FakeActor, FakePeer, Hosts, document, redirect
from tests.support.held_clock import HeldClock
from tests.support.signing import Signing

pytestmark = ON_SQLITE


async def search(cast: Cast, text: str, kind: str = "") -> dict[str, list[Document]]:
    """What alice finds, looking elsewhere too; whatever she types there is an answer."""
    query = {"q": text, "resolve": "true"} | ({"type": kind} if kind else {})
    answer = await cast.alice.call("GET", "/api/v2/search", query=query)
    assert answer.status in (200, 400, 404, 422), answer
    found = answer.document if answer.status == 200 else {}
    return {name: found.get(name, []) for name in ("accounts", "statuses")}


async def actors_of(cast: Cast, host: str) -> list[Any]:
    return await cast.rows(Actor.uri, host=host)


async def test_nothing_that_people_do_leads_to_a_stranger(cast: Cast, stranger: FakePeer) -> None:
    """T055: searching, mentioning, replying and following; beside the same with a partner."""
    eve, dora = stranger.actor("eve"), cast.partner.actor("dora")
    for text in (eve.uri, stranger.url("/objects/1"), "@eve@stranger.test", "eve@stranger.test"):
        assert await search(cast, text) == {"accounts": [], "statuses": []}
    said = await cast.alice.say("@sites Ask @eve@stranger.test or see http://stranger.test/page")

    assert (await search(cast, dora.uri))["accounts"] != []
    assert [one["acct"] for one in said["mentions"]] == ["sites"]
    assert stranger.asked == []
    assert await actors_of(cast, "stranger.test") == []


async def test_what_a_partner_says_of_a_stranger_is_plain_text(cast: Cast, stranger: FakePeer) -> None:
    """T055: a partner's post links, mentions, attaches and announces something there."""
    eve = stranger.actor("eve")
    tags = [*mention("alice"), {"type": "Mention", "href": eve.uri, "name": "@eve@stranger.test"}]
    emoji = {"type": "Emoji", "name": ":x:", "icon": {"type": "Image", "url": stranger.url("/x.png")}}
    note = personal_note(
        cast.bob.actor, "links",
        content=f'<p>See <a href="{eve.uri}">eve</a></p>', to=[f"{HOME}/users/alice"], tag=[*tags, emoji],
        inReplyTo=stranger.url("/objects/1"), url=stranger.url("/looks-official"),
    )  # fmt: skip

    await cast.say(cast.bob.actor, note)
    await cast.announce(stranger.url("/objects/1"))

    assert stranger.asked == []
    assert await actors_of(cast, "stranger.test") == []


async def test_who_was_let_back_a_moment_ago_is_heard(cast: Cast) -> None:
    """T235: another process resumed the exchange; a refusal for what this one remembers would be for good."""
    await cast.home.suspend("partner.test")
    assert (await cast.bob.actor.post(INBOX, cast.bob.create("early"))).status == 403

    async with cast.home.db.write() as tx:
        await partners.resume(tx, cast.home.services.runtime, "partner.test", by=OPERATOR)
    assert cast.home.services.peers.is_suspended("partner.test")
    assert (await cast.bob.actor.post(INBOX, cast.bob.create("now"))).status == 202


@pytest.mark.parametrize("host", ["PARTNER.test", "partner.test.", "partner.test:80", "PARTNER.TEST.:80"])
async def test_other_forms_of_an_allowed_host_find_the_same_person(cast: Cast, host: str) -> None:
    """T057, the permission."""
    dora = cast.partner.actor("dora")

    found = await search(cast, f"http://{host}/users/dora")

    assert [one["acct"] for one in found["accounts"]] == ["dora@partner.test"]
    assert await cast.rows(Actor.uri, username="dora") == [(dora.uri,)]


@pytest.mark.parametrize(
    "host",
    [
        "partner.test:8443",
        "part%6eer.test",
        "xn--partner-.test",
        "partner.test..",
        "evil.partner.test",
        "partner.test.evil.test",
        "evilpartner.test",
        "partner.test@stranger.test",
        "partner.test%2estranger.test",
        "partner。test.stranger.test",
        "stranger.test\\@partner.test",
        "stranger.test\t.partner.test",
        "stranger.test#.partner.test",
        "stranger.test?.partner.test",
        "раrtner.test",
    ],
)
async def test_what_only_looks_like_an_allowed_host_is_none(cast: Cast, stranger: FakePeer, host: str) -> None:
    """T057, T058, T059: as an address, in a handle, as `actor` and as `keyId`; nobody is asked anything."""
    asked = len(cast.partner.asked)
    for text in (f"http://{host}/users/dora", f"@dora@{host}"):
        assert await search(cast, text) == {"accounts": [], "statuses": []}
    mallory = cast.mallory.actor
    note = mallory.note() | {"actor": f"http://{host}/users/mallory"}

    answers = [await mallory.post(INBOX, note)]
    if host.isprintable():
        signing = Signing(key_id=f"http://{host}/users/mallory#main-key")
        answers.append(await mallory.post(INBOX, mallory.note(), signing))

    assert {answer.status for answer in answers} <= {400, 401, 403}
    assert len(cast.partner.asked) == asked
    assert stranger.asked == []


@pytest.mark.parametrize("host", ["SUB.test", "sub.test.", "sub.test:80"])
async def test_each_form_of_a_suspended_host_is_that_host(cast: Cast, sub: FakePeer, host: str) -> None:
    """T057: suspended under one form, refused under all of them: as `actor`, as `keyId`, as an address, in a handle."""
    sue, signing = sub.actor("sue"), Signing(key_id=f"http://{host}/users/sue#main-key")
    assert (await sue.post(INBOX, sue.note())).status == 202
    await cast.home.suspend("sub.test")
    asked = len(sub.asked)

    refused = await sue.post(INBOX, sue.note() | {"actor": f"http://{host}/users/sue"})
    reader = await sue.get(SITES, signing)
    found = [await search(cast, text) for text in (f"http://{host}/users/other", f"@other@{host}")]

    # As it was asked for by another spelling the key would be nobody's: here its host is looked at first.
    assert (refused.status, reader.status) == (403, 403)
    assert found == [{"accounts": [], "statuses": []}] * 2
    assert len(sub.asked) == asked


async def test_allowing_a_domain_allows_nothing_below_it(cast: Cast) -> None:
    """T058."""
    clock, hosts = cast.home.clock, cast.home.hosts
    async with FakePeer.running("evil.partner.test", hosts, clock) as below:
        eve = below.actor("eve")

        answer = await eve.post(INBOX, eve.note())

        assert answer.status == 403
        assert below.asked == []


@pytest.fixture
async def neighbours(hosts: Hosts, clock: HeldClock) -> AsyncIterator[list[FakeActor]]:
    """Somebody below partner.test, and somebody whose host only ends in its name. Made before the server is started."""
    async with (
        FakePeer.running("eu.partner.test", hosts, clock) as below,
        FakePeer.running("otherpartner.test", hosts, clock) as beside,
    ):
        yield [below.actor("eve"), beside.actor("eve")]


async def test_suspending_a_domain_suspends_what_is_below_it(neighbours: list[FakeActor], cast: Cast) -> None:
    """T058"""
    await cast.home.allow("eu.partner.test", "otherpartner.test")
    assert [(await eve.post(INBOX, eve.note())).status for eve in neighbours] == [202, 202]

    await cast.home.suspend("partner.test")

    assert [(await eve.post(INBOX, eve.note())).status for eve in neighbours] == [403, 202]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_from_a_partner_to_a_stranger_ends_there(cast: Cast, stranger: FakePeer, status: int) -> None:
    """T060."""
    cast.partner.serve("/out", redirect(stranger.actor("eve").uri, status=status))

    assert await search(cast, cast.partner.url("/out")) == {"accounts": [], "statuses": []}
    assert len(cast.partner.asked_for("/out")) == 1
    assert stranger.asked == []


@pytest.mark.parametrize("with_header", [True, False])
async def test_other_ways_of_sending_somebody_on_are_no_redirects(
    cast: Cast, stranger: FakePeer, with_header: bool
) -> None:
    """T060: `Refresh`, and what HTML says."""
    page = f'<meta http-equiv="refresh" content="0;url={stranger.url("/")}">'.encode()
    headers: dict[str, Any] = {"Refresh": f"0;url={stranger.url('/')}"} if with_header else {}
    cast.partner.serve("/out", document(page, content_type="text/html", **headers))

    assert await search(cast, cast.partner.url("/out")) == {"accounts": [], "statuses": []}
    assert stranger.asked == []


async def test_names_that_imitate_are_shown_without_tricks_and_with_their_domain(cast: Cast) -> None:
    """T063: bidirectional controls and zero-width characters go, the full handle stays."""
    named = cast.partner.actor("a1ice")
    named.changes = {"name": "\u202eecilA\u202c \u2066Alice\u2069\u200b"}
    named.publish()

    (found,) = (await search(cast, "@a1ice@partner.test"))["accounts"]

    assert not set(found["display_name"]) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200b")
    assert found["acct"] == "a1ice@partner.test"


async def test_who_is_allowed_can_be_read_nowhere(cast: Cast, stranger: FakePeer) -> None:
    """T064: neither by members, nor by partners, nor by anybody; and no answer differs for what it names."""
    for path in ("/api/v1/instance/peers", "/api/v1/instance/domain_blocks", "/api/v1/domain_blocks"):
        answer = await cast.alice.call("GET", path)
        assert answer.status in (401, 404) or answer.document == [], path
        assert (await cast.partner.get_unsigned(f"{HOME}{path}")).status in (401, 404), path
    bob = cast.bob.actor
    for path in ("/nodeinfo/2.1", "/nodeinfo/2.0", "/api/v1/instance", "/api/v2/instance", "/actor"):
        for told in (await bob.get(f"{HOME}{path}"), await cast.partner.get_unsigned(f"{HOME}{path}")):
            assert told.status == 200, path
            assert b"partner.test" not in told.body, path
            assert b"sub.test" not in told.body, path
    mallory = stranger.actor("mallory")
    outsider = await mallory.get(f"{HOME}/communities/sites/followers")
    assert outsider.status == 403
    assert b"partner.test" not in outsider.body


async def test_a_handle_that_leads_to_another_host_is_refused(cast: Cast, sub: FakePeer, stranger: FakePeer) -> None:
    """T065: neither to a partner's host nor to a stranger's, until both directions name each other."""
    for name, target in (("sue", sub), ("eve", stranger)):
        link = {"rel": "self", "type": "application/activity+json", "href": target.actor(name).uri}
        found = {"subject": f"acct:{name}@partner.test", "links": [link]}
        cast.partner.serve("/.well-known/webfinger", document(found, content_type="application/jrd+json"))

        assert (await search(cast, f"@{name}@partner.test"))["accounts"] == []

    assert sub.asked == stranger.asked == []
    assert await actors_of(cast, "sub.test") == []


@pytest.mark.parametrize(
    ("subject", "name", "links"),
    [
        ("acct:dora@partner.test", "dora", 1),
        ("acct:alice@alpha.test", "alice", 0),
        ("acct:other@partner.test", "dora", 0),
        ("acct:dora@partner.test", "somebody", 0),
        ("", "dora", 0),
    ],
)
async def test_a_handle_is_believed_where_both_directions_name_each_other(
    cast: Cast, subject: str, name: str, links: int
) -> None:
    """T175: subject and query agree, and the actor has that name; else nobody is found by it."""
    cast.partner.actor("dora").publish()
    link = {"rel": "self", "type": "application/activity+json", "href": cast.partner.actor("dora").uri}
    found = {"subject": subject, "links": [link]}
    cast.partner.serve("/.well-known/webfinger", document(found, content_type="application/jrd+json"))

    shown = (await search(cast, f"@{name}@partner.test"))["accounts"]

    assert [one["acct"] for one in shown] == ["dora@partner.test"] * links


async def test_nobody_elsewhere_is_asked_who_one_of_us_is(cast: Cast) -> None:
    """T175: a partner that answers for alice here is not heard."""
    link = {"rel": "self", "type": "application/activity+json", "href": cast.partner.actor("alice").uri}
    found = {"subject": "acct:alice@alpha.test", "links": [link]}
    cast.partner.serve("/.well-known/webfinger", document(found, content_type="application/jrd+json"))

    (alice,) = (await search(cast, "@alice@alpha.test"))["accounts"]

    assert alice["acct"] == "alice"
    assert all("alice" not in one.target for one in cast.partner.asked)


async def test_a_handle_that_an_actor_claims_at_another_host_is_not_shown(
    cast: Cast, sub: FakePeer, stranger: FakePeer
) -> None:
    """T065: the handle keeps the host of the server, whatever the document says; nobody is asked."""
    for number, host in enumerate(("sub.test", "stranger.test", "firm.partner.test")):
        named = cast.partner.actor(f"dora{number}")
        named.changes = {"webfinger": f"boss@{host}"}
        named.publish()

        (found,) = (await search(cast, named.uri))["accounts"]

        assert found["acct"] == f"dora{number}@partner.test"
    assert sub.asked == stranger.asked == []


async def test_a_name_that_imitates_is_stored_without_tricks(cast: Cast) -> None:
    """T063: what pages and apps print is what was stored."""
    named = cast.partner.actor("a1ice")
    named.changes = {"name": "\u202eecilA\u202c\u200f", "preferredUsername": "a1ice"}
    named.publish()
    await search(cast, "@a1ice@partner.test")

    ((name,),) = await cast.rows(Actor.display_name, uri=named.uri)

    assert name.isprintable()
    assert not set(name) & set("\u202e\u202c\u200f")


async def test_a_name_that_mixes_alphabets_is_marked(cast: Cast) -> None:
    """T063: for those who lead a community, among its members; others' names are left in peace."""
    for name, shown in (("a1ice", "\u0410lice"), ("anna", "Анна")):
        actor = cast.partner.actor(name)
        actor.changes = {"name": shown}
        actor.publish()
        await cast.say(actor, actor.activity("Follow", object=SITES))
    found = await cast.alice.find("@sites@alpha.test")
    assert found is not None

    members = await cast.alice.get(f"/api/entrepairs/v1/communities/{found['id']}/members")

    marked = {one["account"]["acct"] for one in members if one["account"]["mixes_alphabets"]}
    assert len(members) > 2
    assert marked == {"a1ice@partner.test"}
