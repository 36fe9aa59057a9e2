"""What is logged and counted of refusals, and what is never in it (threats 1.3)."""

from hashlib import sha256
from typing import Any

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from tests.server.activitypub.home import HOME, SHARED_INBOX, Home
from tests.support.fake_peer import FakeActor, FakePeer, encoded
from tests.support.signing import Signing, rsa_key


@pytest.fixture
def database_url(migrated_sqlite_url: str) -> str:
    return migrated_sqlite_url


@pytest.fixture
def bob(partner: FakePeer) -> FakeActor:
    return partner.actor("bob")


def refused(reason: str, peer: str, what: str = "inbox") -> float:
    return REGISTRY.get_sample_value(f"entrepairs_{what}_refused_total", {"reason": reason, "peer": peer}) or 0.0


def accepted() -> float:
    return REGISTRY.get_sample_value("entrepairs_inbox_accepted_seconds_count") or 0.0


def only(logs: list[Any], event: str) -> dict[str, Any]:
    [entry] = [entry for entry in logs if entry["event"] == event]
    found: dict[str, Any] = entry
    return found


async def test_a_refused_delivery_leaves_one_line_that_says_whose_it_claims_to_be(home: Home, bob: FakeActor) -> None:
    note = bob.note("a private word")
    body = encoded(note)

    with capture_logs() as logs:
        await bob.post(SHARED_INBOX, body, Signing(key=rsa_key("another")))

    line = only(logs, "inbox.refused")
    assert line["reason"] == "sig_invalid"
    assert line["status"] == 401
    assert line["peer"] == "partner.test"
    assert line["key_id"] == bob.key_id
    assert line["actor"] == bob.uri
    assert line["activity"] == note["id"]
    assert line["body_sha256"] == sha256(body).hexdigest()
    assert line["size"] == len(body)


async def test_neither_text_nor_signature_nor_query_is_logged(home: Home, bob: FakeActor) -> None:
    """T185"""
    body = encoded(bob.note("a private word"))
    headers = dict(bob.headers("POST", f"{SHARED_INBOX}?token=abc", body, Signing(key=rsa_key("another"))))
    signature = headers["signature"].partition('signature="')[2][:40]

    with capture_logs() as logs:
        await bob.peer.send("POST", f"{SHARED_INBOX}?token=abc", list(headers.items()), body)

    assert only(logs, "inbox.refused")
    for secret in ("private word", signature, "token"):
        assert secret not in str(logs)


async def test_what_strangers_write_cannot_forge_a_line(home: Home, stranger: FakePeer) -> None:
    odd = {"id": "x\n2026 [info] inbox.accepted", "type": "Like", "actor": "\x1b[31m" + "a" * 900, "object": "x"}

    with capture_logs() as logs:
        answer = await stranger.post_unsigned(SHARED_INBOX, odd, Signature='keyId="\u00e9",signature="a"')

    line = only(logs, "inbox.refused")
    assert answer.status in (400, 401)
    assert all(text.isascii() and text.isprintable() and len(text) < 4000 for text in map(str, line.values()))


@pytest.mark.parametrize(
    ("how", "status"),
    [(Signing(), 403), (Signing(signature=b"none"), 403), (Signing(covered=("host", "date")), 401)],
)
async def test_answers_never_repeat_what_was_sent(home: Home, stranger: FakePeer, how: Signing, status: int) -> None:
    eve = stranger.actor("eve")

    answer = await eve.post(SHARED_INBOX, eve.note("marker"), how)

    assert answer.status == status
    assert list(answer.document) == ["error"]
    assert len(answer.body) < 120
    for word in (b"marker", b"eve", b"stranger"):
        assert word not in answer.body


async def test_refusals_are_counted_by_reason_and_partner(home: Home, bob: FakeActor) -> None:
    before = refused("sig_invalid", "partner.test"), accepted()

    await bob.post(SHARED_INBOX, bob.note(), Signing(key=rsa_key("another")))
    await bob.post(SHARED_INBOX, bob.note())

    assert (refused("sig_invalid", "partner.test"), accepted()) == (before[0] + 1, before[1] + 1)


async def test_hosts_outside_of_the_allow_list_share_one_label(home: Home, stranger: FakePeer, bob: FakeActor) -> None:
    """T054: strangers cannot fill the memory of the counters."""
    eve = stranger.actor("eve")
    before = refused("domain_not_allowed", "stranger"), refused("sig_missing", "unnamed")

    for host in ("stranger.test", "a.test", "b.test"):
        await eve.post(SHARED_INBOX, eve.note(), Signing(key_id=f"http://{host}/users/eve#main-key"))
    await stranger.post_unsigned(SHARED_INBOX, eve.note())

    assert refused("domain_not_allowed", "stranger") == before[0] + 3
    assert refused("sig_missing", "unnamed") == before[1] + 1
    assert refused("domain_not_allowed", "a.test") == 0


async def test_refused_reads_are_logged_and_counted_apart(home: Home, stranger: FakePeer) -> None:
    before = refused("domain_not_allowed", "stranger", "reads")

    with capture_logs() as logs:
        await stranger.actor("eve").get(f"{HOME}/users/alice?token=abc")

    line = only(logs, "read.refused")
    assert (line["reason"], line["status"], line["path"]) == ("domain_not_allowed", 403, "/users/alice")
    assert refused("domain_not_allowed", "stranger", "reads") == before + 1
