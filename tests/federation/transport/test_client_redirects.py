"""Redirects: every hop is a request of its own, with all the checks."""

import asyncio

import pytest
from aiohttp import web

from federation.errors import Denied, FederationError, Malformed
from federation.runtime import Budget
from tests.federation.transport.conftest import OWN_HOST, Loopback, bytes_once, document, redirect, status

BOB = "http://partner.test/users/bob"


async def test_a_redirect_to_an_allowed_peer_is_followed_and_signed_anew(loopback: Loopback, budget: Budget) -> None:
    await loopback.peer("partner.test", redirect("http://sub.test/users/bob?x=1"))
    sub = await loopback.peer("sub.test", document(b"{}"))

    reply = await loopback.client().fetch_document(BOB, budget)

    assert reply.url == "http://sub.test/users/bob?x=1"
    assert sub.asked[0].headers["Signature"] == "cavage http://sub.test/users/bob?x=1"
    assert sub.asked[0].headers["Host"] == "sub.test"
    assert loopback.asked_about == ["partner.test", "sub.test"]
    assert budget.left == 18


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("target", ["http://stranger.test/eve", f"http://{OWN_HOST}/users/alice"])
async def test_a_redirect_out_of_the_allow_list_or_to_ourselves_stops_there(
    code: int, target: str, loopback: Loopback, budget: Budget
) -> None:
    """T018, T055, T060: no request reaches the target."""
    partner = await loopback.peer("partner.test", redirect(target, code))
    stranger = await loopback.peer("stranger.test", document())
    ourselves = await loopback.peer(OWN_HOST, document())
    client = loopback.client(allowed={"partner.test", OWN_HOST})

    for fetch in (client.fetch_document, client.fetch_json):
        with pytest.raises(Denied) as refusal:
            await fetch(BOB, budget)
        assert refusal.value.reason == "fetch_blocked_address"

    assert len(partner.asked) == 2
    assert stranger.asked == ourselves.asked == []


async def test_a_host_that_leaves_the_allow_list_between_two_hops_is_not_asked(
    loopback: Loopback, budget: Budget
) -> None:
    """T061: each hop asks again."""
    allowed = {"partner.test"}

    async def answer(_request: web.BaseRequest) -> web.Response:
        allowed.clear()
        return web.Response(status=302, headers={"Location": "/users/bob2"})

    partner = await loopback.peer("partner.test", answer)

    with pytest.raises(Denied):
        await loopback.client(allowed=allowed).fetch_document(BOB, budget)

    assert partner.targets == ["/users/bob"]


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/",
        "http://2130706433/",
        "//127.1/",
        "http://partner.test:8443/",
        "https://partner.test/users/bob",
        "file:///etc/passwd",
        "data:application/activity+json,{}",
        "ftp://partner.test/",
        "http://u:p@partner.test/",
        "http:\\\\partner.test\\",
        "/caf\u00e9",
        "/a b",
    ],
)
async def test_a_redirect_to_an_address_of_the_wrong_form_is_refused(
    location: str, loopback: Loopback, budget: Budget
) -> None:
    """T072, T073: also from http to https, since the scheme must stay."""
    partner = await loopback.peer("partner.test", redirect(location))
    client = loopback.client()

    for fetch in (client.fetch_document, client.fetch_json):
        with pytest.raises(Denied) as refusal:
            await fetch(BOB, budget)
        assert refusal.value.reason == "fetch_blocked_address"

    assert len(partner.asked) == 2


@pytest.mark.parametrize(
    "location", [b"/a\rX-Evil: 1", b"/a\x00", b"/a\tb", b"http://partner.test/\x0bx", b"/a\nX-Evil: 1", b"\xff\xfe"]
)
async def test_controls_in_a_location_lead_nowhere(location: bytes, loopback: Loopback, budget: Budget) -> None:
    """T076."""
    asked = []

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        found = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location + b"\r\n\r\n"
        gone = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        writer.write(found if len(asked) == 1 else gone)
        await writer.drain()

    await loopback.raw_peer("partner.test", script)

    with pytest.raises(FederationError) as refusal:
        await loopback.client().fetch_document(BOB, budget)

    assert refusal.value.reason in {"fetch_blocked_address", "fetch_status", "network"}
    assert not any(b"Evil" in request for request in asked)


@pytest.mark.parametrize("locations", [b"", b"Location: /a\r\nLocation: /b\r\n"])
async def test_a_redirect_without_one_location_is_no_answer(
    locations: bytes, loopback: Loopback, budget: Budget
) -> None:
    await loopback.raw_peer(
        "partner.test", bytes_once(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n" + locations + b"\r\n")
    )

    with pytest.raises(Malformed) as refusal:
        await loopback.client().fetch_document(BOB, budget)

    assert refusal.value.reason == "fetch_status"


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"Refresh": "0; url=http://sub.test/"}, b"{}"),
        ({}, b'<meta http-equiv="refresh" content="0; url=http://sub.test/">'),
    ],
)
async def test_only_statuses_redirect(headers: dict[str, str], body: bytes, loopback: Loopback, budget: Budget) -> None:
    """T060."""
    await loopback.peer("partner.test", document(body, **headers))
    sub = await loopback.peer("sub.test", document())

    reply = await loopback.client().fetch_document(BOB, budget)

    assert (reply.url, reply.body) == (BOB, body)
    assert sub.asked == []


async def test_three_redirects_are_followed_and_not_four(loopback: Loopback, budget: Budget) -> None:
    """T086."""

    async def count_down(request: web.BaseRequest) -> web.Response:
        left = int(request.path[1:])
        if left == 0:
            return web.Response(body=b"{}", content_type="application/activity+json")
        return web.Response(status=302, headers={"Location": f"/{left - 1}"})

    partner = await loopback.peer("partner.test", count_down)
    client = loopback.client()

    three = await client.fetch_document("http://partner.test/3", budget)
    with pytest.raises(Denied) as refusal:
        await client.fetch_document("http://partner.test/100", budget)

    assert three.url == "http://partner.test/0"
    assert refusal.value.reason == "fetch_limit"
    assert partner.targets == ["/3", "/2", "/1", "/0", "/100", "/99", "/98", "/97"]


async def test_a_redirect_to_itself_is_followed_no_further(loopback: Loopback, budget: Budget) -> None:
    """T086."""
    partner = await loopback.peer("partner.test", redirect(BOB))

    with pytest.raises(Denied) as refusal:
        await loopback.client().fetch_document(BOB, budget)

    assert refusal.value.reason == "fetch_limit"
    assert len(partner.asked) == 1


async def test_two_hosts_that_redirect_to_each_other_are_asked_once_each(loopback: Loopback, budget: Budget) -> None:
    """T086."""
    partner = await loopback.peer("partner.test", redirect("http://sub.test/b"))
    sub = await loopback.peer("sub.test", redirect("http://partner.test/a"))

    with pytest.raises(Denied) as refusal:
        await loopback.client().fetch_document("http://partner.test/a", budget)

    assert refusal.value.reason == "fetch_limit"
    assert (len(partner.asked), len(sub.asked)) == (1, 1)


async def test_redirects_spend_the_budget_too(loopback: Loopback) -> None:
    await loopback.peer("partner.test", redirect("http://sub.test/b"))
    sub = await loopback.peer("sub.test", document())

    with pytest.raises(Denied) as refusal:
        await loopback.client().fetch_document(BOB, Budget(1))

    assert refusal.value.reason == "fetch_limit"
    assert sub.asked == []


async def test_a_second_knock_belongs_to_its_hop(loopback: Loopback, budget: Budget) -> None:
    await loopback.peer("partner.test", redirect("http://sub.test/b"))
    sub = await loopback.peer("sub.test", status(401))

    with pytest.raises(Malformed):
        await loopback.client().fetch_document(BOB, budget)

    assert [asked.headers["Signature"] for asked in sub.asked] == [
        "cavage http://sub.test/b",
        "rfc9421 http://sub.test/b",
    ]
    assert budget.left == 17


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
async def test_a_delivery_follows_no_redirect(code: int, loopback: Loopback) -> None:
    """Limits of threats 2.2: none for POST."""
    await loopback.peer("partner.test", redirect("http://sub.test/inbox", code))
    sub = await loopback.peer("sub.test", status(202))

    reply = await loopback.client().post("http://partner.test/inbox", b"{}", {})

    assert (reply.status, reply.headers["location"]) == (code, "http://sub.test/inbox")
    assert sub.asked == []
