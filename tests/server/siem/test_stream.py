"""The trail streamed to real sockets: syslog in clear and under TLS, HTTPS; nothing left out, whatever goes wrong."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest
import trustme
from aiohttp import web

from models.queries import audit, state
from models.writes import audit as trail
from models.writes import state as facts
from server.settings import load
from server.siem.destination import FACT, POSITION, TOKEN, Destination, is_usable
from server.siem.stream import BATCH, AuditStream
from tests.server.admin.desk import last_entry, pressed
from tests.support.firm import Firm
from tests.support.ports import free_port
from tests.support.site import Browser
from tests.support.waiting import until

HOST = "logs.home.test"


@dataclass
class Collector:
    """A SIEM: what has arrived at it."""

    port: int
    frames: list[bytes] = field(default_factory=list)
    lines: list[bytes] = field(default_factory=list)
    status: int = 202
    headers: list[dict[str, str]] = field(default_factory=list)

    def numbers(self) -> list[int]:
        """Of the entries, in the order of their arrival."""
        texts = self.lines or [frame[frame.index(b"{") :] for frame in self.frames]
        return [json.loads(text)["id"] for text in texts]


@asynccontextmanager
async def syslog(context: ssl.SSLContext | None = None) -> AsyncIterator[Collector]:
    """Reads frames counted in octets (RFC 5425, 4.3)."""
    found = Collector(free_port())

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while length := await reader.readuntil(b" "):
                found.frames.append(await reader.readexactly(int(length)))
        except asyncio.IncompleteReadError:
            writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", found.port, ssl=context)
    async with server:
        yield found


@asynccontextmanager
async def intake() -> AsyncIterator[Collector]:
    """Takes lines of JSON by POST."""
    found = Collector(free_port())

    async def take(request: web.Request) -> web.Response:
        found.headers.append(dict(request.headers))
        if found.status == 202:
            found.lines += (await request.read()).splitlines()
        return web.Response(status=found.status)

    app = web.Application()
    app.router.add_post("/intake", take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", found.port).start()
    try:
        yield found
    finally:
        await runner.cleanup()


def stream(firm: Firm, port: int, **given: str) -> AuditStream:
    """A worker's stream, where the operator has said how the log host is reached."""
    values = {
        "DOMAIN": "home.test",
        "BASE_URL": "http://home.test",
        "STATIC_HOSTS": f"{HOST}=127.0.0.1:{port}",
        **given,
    }
    return AuditStream(firm.runtime, load({f"ENTREPAIRS_{name}": value for name, value in values.items()}))


async def choose(firm: Firm, address: str, *, is_whole: bool = True, token: str = "") -> None:
    async with firm.runtime.db.write() as tx:
        to = Destination(address=address, is_whole=is_whole)
        await facts.put(tx, FACT, msgspec.json.encode(to).decode())
        if token:
            await facts.put_secret(tx, TOKEN, firm.runtime.vault.seal(token.encode(), TOKEN))


async def standing(firm: Firm) -> tuple[Destination, int]:
    async with firm.runtime.db.read() as tx:
        setting, position = await state.text(tx, FACT), await state.text(tx, POSITION)
    return msgspec.json.decode(setting or "", type=Destination), int(position or 0)


async def add(firm: Firm, count: int, action: str = "user.create", object: str = "somebody") -> int:  # noqa: A002
    """So many entries more; the number of the last."""
    async with firm.runtime.db.write() as tx:
        for _ in range(count):
            await trail.append(tx, at=firm.clock.now(), actor="x", action=action, object=object, details={"a": 1})
        newest = await audit.last(tx)
    assert newest is not None
    return newest.id


async def arrived(found: Collector, last: int) -> list[int]:
    async def are_there() -> list[int] | None:
        return found.numbers() if found.numbers()[-1:] == [last] else None

    numbers = await until(are_there)
    assert numbers is not None
    return numbers


async def test_every_entry_arrives_in_order_as_syslog_and_once(firm: Firm) -> None:
    last = await add(firm, BATCH + 5, object="evil\x1b[2J\nname")
    async with syslog() as siem:
        await choose(firm, f"syslog+tcp://{HOST}")
        worker = stream(firm, siem.port)
        assert await worker.send_all()
        assert await worker.send_all()
        numbers = await arrived(siem, last)
        one = siem.frames[-1]

    assert numbers == list(range(1, last + 1))
    assert one.startswith(b"<110>1 2026-01-31T12:00:00.000000Z home.test entrepairs - audit - {")
    # Threats T130: what is no printable character arrives as what it is.
    assert b"\x1b" not in one
    assert json.loads(one[one.index(b"{") :])["object"] == "evil\x1b[2J\nname"


async def test_it_goes_on_after_the_last_that_was_taken(firm: Firm) -> None:
    """A worker that was killed, and another one in its place."""
    first = await add(firm, 3)
    async with syslog() as siem:
        await choose(firm, f"syslog+tcp://{HOST}")
        assert await stream(firm, siem.port).send_all()
        second = await add(firm, 2)
        assert await stream(firm, siem.port).send_all()
        numbers = await arrived(siem, second)

    assert numbers == list(range(1, first + 3))


async def test_while_the_siem_is_away_entries_wait_and_the_page_says_why(firm: Firm, auditor: Browser) -> None:
    port = free_port()
    await choose(firm, f"syslog+tcp://{HOST}")
    assert not await stream(firm, port).send_all()
    to, position = await standing(firm)
    page = await auditor.get("/admin/audit")
    async with intake() as siem:
        await choose(firm, f"http://{HOST}/intake")
        firm.clock.advance(minutes=3)
        assert await stream(firm, siem.port).send_all()
        newest = await last_entry(firm)

    assert to.problem is not None
    assert position == 0
    assert "Not taken" in page.text
    assert siem.numbers() == list(range(1, newest.id + 1))


async def test_by_https_a_batch_counts_only_once_the_answer_says_so(firm: Firm) -> None:
    last = await add(firm, 4)
    async with intake() as siem:
        await choose(firm, f"http://{HOST}/intake", token="s3cret")
        siem.status = 503
        assert not await stream(firm, siem.port).send_all()
        refused, before = await standing(firm)
        siem.status = 202
        assert await stream(firm, siem.port).send_all()
        _, after = await standing(firm)

    assert (refused.problem, before, after) == (f"{HOST} answered 503", 0, last)
    assert siem.numbers() == list(range(1, last + 1))
    assert siem.headers[-1]["Authorization"] == "Bearer s3cret"
    assert siem.headers[-1]["Content-Type"] == "application/x-ndjson"


async def test_under_tls_the_receiver_has_to_be_who_it_says(firm: Firm, tmp_path: Path) -> None:
    authority, other = trustme.CA(), trustme.CA()
    ours = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ours))
    last = await add(firm, 2)
    await choose(firm, f"syslog+tls://{HOST}")
    for issuer, name in ((other, HOST), (authority, "elsewhere.test")):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        issuer.issue_cert(name).configure_cert(context)
        async with syslog(context) as siem:
            assert not await stream(firm, siem.port, CA_FILE=str(ours)).send_all()
            assert siem.frames == []
        firm.clock.advance(minutes=3)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(HOST).configure_cert(context)
    async with syslog(context) as siem:
        assert await stream(firm, siem.port, CA_FILE=str(ours)).send_all()
        numbers = await arrived(siem, last)

    assert numbers == list(range(1, last + 1))


async def test_two_workers_do_not_send_at_once(firm: Firm) -> None:
    async with syslog() as siem:
        await choose(firm, f"syslog+tcp://{HOST}")
        for _ in range(10):
            last = await add(firm, 5)
            await asyncio.gather(*(stream(firm, siem.port).send_all() for _ in range(5)))
            await stream(firm, siem.port).send_all()
            await arrived(siem, last)

            assert siem.numbers() == list(range(1, last + 1))


async def test_a_private_address_is_reached_by_the_operators_table_alone(firm: Firm) -> None:
    """Threats T067 to T071: an administrator's page does not make this server knock at inner doors."""
    async with syslog() as siem:
        await choose(firm, f"syslog+tls://localhost:{siem.port}")
        sent = await stream(firm, siem.port).send_all()
        to, _ = await standing(firm)

    assert not sent
    assert "not public" in (to.problem or "")
    assert siem.frames == []


async def test_what_hosts_do_is_sent_only_once_an_auditor_has_said_so(
    firm: Firm, admin: Browser, auditor: Browser
) -> None:
    """Product section 9: administrators read the technical part of the trail."""
    await pressed(admin, "/admin/audit", "/admin/audit/stream", address=f"http://{HOST}/intake", token="t")
    await add(firm, 1, "community.remove-post")
    async with intake() as siem:
        assert await stream(firm, siem.port).send_all()
        narrow = [json.loads(text)["action"] for text in siem.lines]
        await pressed(auditor, "/admin/audit", "/admin/audit/stream-scope")
        await add(firm, 1, "community.remove-post")
        assert await stream(firm, siem.port).send_all()
        wide = [json.loads(text)["action"] for text in siem.lines]

    assert "audit.stream-choose" in narrow
    assert "community.remove-post" not in narrow
    assert wide[-2:] == ["audit.stream-widen", "community.remove-post"]


async def test_the_page_takes_and_stops_a_destination_and_shows_no_token(
    firm: Firm, admin: Browser, auditor: Browser
) -> None:
    """Threats T184: the token lies sealed."""
    taken = await pressed(
        admin, "/admin/audit", "/admin/audit/stream", address="https://siem.firm.example/in", token="s3cret"
    )
    async with firm.runtime.db.read() as tx:
        sealed = await state.secret(tx, TOKEN)
    token = (await auditor.get("/me")).forms[0].fields["csrf"]
    refused = await auditor.post("/admin/audit/stream", {"csrf": token, "address": "https://evil.example/"})
    stopped = await pressed(admin, "/admin/audit", "/admin/audit/stream-stop")

    assert "https://siem.firm.example/in" in taken.text
    assert "s3cret" not in taken.text
    assert sealed is not None
    assert b"s3cret" not in sealed
    assert refused.status == 403
    assert "Nothing is streamed" in stopped.text
    assert (await last_entry(firm)).action == "audit.stream-stop"


@pytest.mark.parametrize(
    ("address", "is_good"),
    [
        ("syslog+tls://logs.firm.example", True),
        ("syslog+tls://logs.firm.example:6515", True),
        ("syslog+tls://logs.firm.example/path", False),
        ("syslog+tls://10.0.0.1", False),
        ("syslog+tls://[::1]", False),
        ("syslog+tls://logs.firm.example:0x50", False),
        ("syslog+tcp://logs.firm.example", False),
        (f"syslog+tcp://{HOST}:1514", True),
        ("https://siem.firm.example/in", True),
        ("https://siem.firm.example:8443/in", False),
        ("https://user:word@siem.firm.example/in", False),
        ("https://siem.firm.example/in?key=1", False),
        ("http://siem.firm.example/in", False),
        ("ftp://siem.firm.example/", False),
        ("siem.firm.example", False),
        ("https://" + "a" * 500 + ".example/", False),
        ("", False),
    ],
)
def test_which_addresses_can_be_used(address: str, is_good: bool) -> None:
    assert is_usable(address, static=frozenset({HOST}), allow_http=False) is is_good
