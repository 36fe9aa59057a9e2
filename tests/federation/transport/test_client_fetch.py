"""GETs through the gate: what may be asked, what is believed, how it is signed."""

import asyncio

import pytest
from aiohttp import web

from federation.errors import Denied, Gone, Malformed, TryLater
from federation.runtime import Budget, Client
from federation.signatures.ways import BY_DRAFT, BY_ED25519, BY_RSA
from models.engine import WRITE_OPEN
from tests.federation.transport.conftest import OWN_HOST, Answer, Loopback, bytes_once, document, status

BOB = "http://partner.test/users/bob"


async def test_a_document_of_an_allowed_peer_is_fetched_signed(loopback: Loopback, budget: Budget) -> None:
    partner = await loopback.peer("partner.test", document(b'{"id": 1}'))
    client: Client = loopback.client()

    reply = await client.fetch_document(f"{BOB}?x=%2F#main-key", budget)

    assert (reply.status, reply.body, reply.url) == (200, b'{"id": 1}', f"{BOB}?x=%2F")
    assert reply.headers["content-type"] == "application/activity+json"
    [asked] = partner.asked
    assert (asked.method, asked.target, asked.body) == ("GET", "/users/bob?x=%2F", b"")
    assert asked.headers["Host"] == "partner.test"
    assert asked.headers["Signature"] == f"cavage {BOB}?x=%2F"
    assert asked.headers["Accept"].startswith("application/activity+json, application/ld+json; profile=")
    assert asked.headers["Accept-Encoding"] == "identity"
    assert asked.headers["User-Agent"] == "Entrepairs/test"
    assert budget.left == 19


async def test_plain_json_is_fetched_unsigned(loopback: Loopback, budget: Budget) -> None:
    partner = await loopback.peer("partner.test", status(200, b"{}", **{"Content-Type": "application/jrd+json"}))

    reply = await loopback.client().fetch_json("http://partner.test/.well-known/webfinger?resource=x", budget)

    assert reply.body == b"{}"
    assert "Signature" not in partner.asked[0].headers
    assert budget.left == 19


async def test_a_stranger_is_not_asked(loopback: Loopback, budget: Budget) -> None:
    """T055: neither a look-up nor a request."""
    stranger = await loopback.peer("stranger.test", document())
    client = loopback.client(allowed={"partner.test"})

    for fetch in (client.fetch_document, client.fetch_json):
        with pytest.raises(Denied) as refusal:
            await fetch("http://stranger.test/users/eve", budget)
        assert refusal.value.reason == "domain_not_allowed"

    assert stranger.connections == len(stranger.asked) == 0
    assert budget.left == 20


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://partner.test:8443/",
        "http://partner.test:443/",
        "http://user@partner.test/",
        "http://partner.test\\@evil.test/",
        "http://partner.test/\r\nX: y",
        "file:///etc/passwd",
        "data:application/activity+json,{}",
        "gopher://partner.test/",
        "ftp://partner.test/",
        "unix:/run/socket",
        f"http://{OWN_HOST}/actor",
        f"http://{OWN_HOST.upper()}./actor",
    ],
)
async def test_an_address_of_the_wrong_form_or_our_own_is_refused_everywhere(
    url: str, loopback: Loopback, budget: Budget
) -> None:
    """T020, T057, T059, T067, T068, T073, T076: before the allow list is even asked."""
    partner = await loopback.peer("partner.test", document())
    client = loopback.client()

    for attempt in (client.fetch_document(url, budget), client.fetch_json(url, budget), client.post(url, b"", {})):
        with pytest.raises(Denied) as refusal:
            await attempt
        assert refusal.value.reason == "fetch_blocked_address"

    assert partner.asked == []
    assert loopback.asked_about == []


@pytest.mark.parametrize("url", ["HTTP://PARTNER.test/x", "http://partner.test./x", "http://partner.test.:80/x"])
async def test_other_spellings_of_an_allowed_host_are_that_host(url: str, loopback: Loopback, budget: Budget) -> None:
    """T057."""
    partner = await loopback.peer("partner.test", document())

    reply = await loopback.client().fetch_document(url, budget)

    assert reply.url == "http://partner.test/x"
    assert partner.asked[0].headers["Host"] == "partner.test"
    assert loopback.asked_about == ["partner.test"]


async def test_http_is_refused_where_we_are_on_https(loopback: Loopback, budget: Budget) -> None:
    """T073."""
    partner = await loopback.peer("partner.test", document())

    with pytest.raises(Denied) as refusal:
        await loopback.client(allow_http=False).fetch_document(BOB, budget)

    assert refusal.value.reason == "fetch_blocked_address"
    assert partner.asked == []


@pytest.mark.parametrize(
    "content_type",
    [
        "application/activity+json",
        "application/activity+json; charset=utf-8",
        'application/ld+json; profile="https://www.w3.org/ns/activitystreams"',
    ],
)
async def test_an_activitystreams_document_is_believed(content_type: str, loopback: Loopback, budget: Budget) -> None:
    """T027."""
    await loopback.peer("partner.test", status(200, b"{}", **{"Content-Type": content_type}))

    assert (await loopback.client().fetch_document(BOB, budget)).body == b"{}"


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/json", "application/ld+json", "text/html", "image/png"]
)
async def test_the_same_bytes_under_another_type_are_not_believed(
    content_type: str, loopback: Loopback, budget: Budget
) -> None:
    """T027."""
    await loopback.peer("partner.test", status(200, b"{}", **{"Content-Type": content_type}))

    with pytest.raises(Denied) as refusal:
        await loopback.client().fetch_document(BOB, budget)

    assert refusal.value.reason == "fetch_type"


@pytest.mark.parametrize(
    "headers",
    [b"", b"Content-Type: application/activity+json\r\nContent-Type: text/html\r\n", b"Content-Type: \r\n"],
)
async def test_no_type_and_two_types_are_not_believed(headers: bytes, loopback: Loopback, budget: Budget) -> None:
    """T014, T027."""
    await loopback.raw_peer(
        "partner.test", bytes_once(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n" + headers + b"\r\n{}")
    )

    with pytest.raises(Denied) as refusal:
        await loopback.client().fetch_document(BOB, budget)

    assert refusal.value.reason == "fetch_type"


async def test_html_is_not_taken_for_json(loopback: Loopback, budget: Budget) -> None:
    await loopback.peer("partner.test", status(200, b"{}", **{"Content-Type": "text/html"}))

    with pytest.raises(Denied) as refusal:
        await loopback.client().fetch_json("http://partner.test/nodeinfo/2.1", budget)

    assert refusal.value.reason == "fetch_type"


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (201, Malformed),
        (204, Malformed),
        (206, Malformed),
        (300, Malformed),
        (304, Malformed),
        (403, Malformed),
        (404, Malformed),
        (408, TryLater),
        (410, Gone),
        (425, TryLater),
        (429, TryLater),
        (500, TryLater),
        (502, TryLater),
        (503, TryLater),
    ],
)
async def test_each_status_has_its_meaning(
    code: int, error: type[Exception], loopback: Loopback, budget: Budget
) -> None:
    await loopback.peer("partner.test", status(code, b"", **{"Content-Type": "application/activity+json"}))

    with pytest.raises(error):
        await loopback.client().fetch_document(BOB, budget)


def refusing(scheme: str | tuple[str, ...], code: int) -> Answer:
    """Takes only the other scheme."""

    async def answer(request: web.BaseRequest) -> web.Response:
        if request.headers["Signature"].startswith(scheme):
            return web.Response(status=code)
        return web.Response(body=b"{}", content_type="application/activity+json")

    return answer


@pytest.mark.parametrize("code", [400, 401])
async def test_a_refused_signature_is_tried_once_in_the_other_scheme(
    code: int, loopback: Loopback, budget: Budget
) -> None:
    """Double knock: what worked is reported."""
    partner = await loopback.peer("partner.test", refusing("cavage", code))

    reply = await loopback.client().fetch_document(BOB, budget)

    assert reply.status == 200
    assert [asked.headers["Signature"] for asked in partner.asked] == [f"cavage {BOB}", f"rfc9421 {BOB}"]
    assert loopback.signer.remembered == [("partner.test", BY_RSA)]
    assert budget.left == 18


async def test_the_scheme_that_is_known_comes_first(loopback: Loopback, budget: Budget) -> None:
    partner = await loopback.peer("partner.test", refusing("rfc9421", 401))
    loopback.signer.known["partner.test"] = BY_RSA

    await loopback.client().fetch_document(BOB, budget)

    assert [asked.headers["Signature"] for asked in partner.asked] == [f"rfc9421 {BOB}", f"cavage {BOB}"]
    assert loopback.signer.remembered == [("partner.test", BY_DRAFT)]


async def test_who_announced_ed25519_and_refuses_it_is_asked_in_every_other_way(
    loopback: Loopback, budget: Budget
) -> None:
    partner = await loopback.peer("partner.test", refusing(("ed25519", "rfc9421"), 401))
    loopback.signer.known["partner.test"] = BY_ED25519

    await loopback.client().fetch_document(BOB, budget)

    schemes = [asked.headers["Signature"].partition(" ")[0] for asked in partner.asked]
    assert schemes == ["ed25519", "rfc9421", "cavage"]
    assert loopback.signer.remembered == [("partner.test", BY_DRAFT)]


async def test_a_refusal_that_says_how_is_obeyed_once(loopback: Loopback, budget: Budget) -> None:
    """RFC 9421 section 5: before the other scheme, and in its stead."""

    async def answer(request: web.BaseRequest) -> web.Response:
        if request.headers["Signature"].startswith("sig7"):
            return web.Response(body=b"{}", content_type="application/activity+json")
        return web.Response(status=401, headers={"Accept-Signature": "sig7"})

    partner = await loopback.peer("partner.test", answer)

    reply = await loopback.client().fetch_document(BOB, budget)

    assert reply.status == 200
    assert [asked.headers["Signature"] for asked in partner.asked] == [f"cavage {BOB}", f"sig7 {BOB}"]
    assert loopback.signer.remembered == [("partner.test", BY_RSA)]


@pytest.mark.parametrize("said", ["sig7", "nothing that we can do"])
async def test_who_refuses_also_what_it_asked_for_gets_no_third_of_a_kind(
    said: str, loopback: Loopback, budget: Budget
) -> None:
    partner = await loopback.peer("partner.test", status(401, b"", **{"Accept-Signature": said}))

    with pytest.raises(Malformed):
        await loopback.client().fetch_document(BOB, budget)

    assert len(partner.asked) == 2


@pytest.mark.parametrize(("code", "knocks"), [(401, 2), (403, 1), (404, 1), (503, 1)])
async def test_only_a_refused_signature_is_worth_a_second_knock(
    code: int, knocks: int, loopback: Loopback, budget: Budget
) -> None:
    partner = await loopback.peer("partner.test", status(code))

    with pytest.raises((Malformed, TryLater)):
        await loopback.client().fetch_document(BOB, budget)

    assert len(partner.asked) == knocks
    assert loopback.signer.remembered == []


async def test_a_first_success_says_nothing_about_the_scheme(loopback: Loopback, budget: Budget) -> None:
    """Many peers answer a GET without looking at its signature."""
    await loopback.peer("partner.test", document())

    await loopback.client().fetch_document(BOB, budget)

    assert loopback.signer.remembered == []


async def test_fetches_one_after_the_other_share_a_connection(loopback: Loopback, budget: Budget) -> None:
    partner = await loopback.peer("partner.test", document(b"x" * 100_000))
    client = loopback.client()

    for _ in range(5):
        await client.fetch_document(BOB, budget)

    assert len({asked.connection for asked in partner.asked}) == 1


async def test_cookies_are_neither_kept_nor_sent(loopback: Loopback, budget: Budget) -> None:
    partner = await loopback.peer("partner.test", document(b"{}", **{"Set-Cookie": "session=1"}))
    client = loopback.client()

    await client.fetch_document(BOB, budget)
    await client.fetch_document(BOB, budget)

    assert "Cookie" not in partner.asked[1].headers


async def test_proxies_of_the_environment_are_ignored(
    loopback: Loopback, budget: Budget, monkeypatch: pytest.MonkeyPatch
) -> None:
    """T079: with a proxy nobody would check the addresses."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    partner = await loopback.peer("partner.test", document())

    await loopback.client().fetch_document(BOB, budget)

    assert len(partner.asked) == 1


async def test_a_cancelled_fetch_stays_cancelled(loopback: Loopback, budget: Budget) -> None:
    reached = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        reached.set()
        await reader.read()

    await loopback.raw_peer("partner.test", silent)
    task = asyncio.ensure_future(loopback.client().fetch_document(BOB, budget))
    await reached.wait()

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_nothing_is_asked_while_a_write_transaction_is_open(loopback: Loopback, budget: Budget) -> None:
    """Architecture section 8."""
    partner = await loopback.peer("partner.test", document())
    client = loopback.client()
    token = WRITE_OPEN.set(True)

    for attempt in (client.fetch_document(BOB, budget), client.fetch_json(BOB, budget), client.post(BOB, b"", {})):
        with pytest.raises(AssertionError):
            await attempt
    WRITE_OPEN.reset(token)

    assert partner.asked == []
