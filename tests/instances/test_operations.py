"""What operators do while a server runs: look at queues, try again, drop, apply once more, look at a document.

The commands run beside the server, on its database, as at a shell.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from server.housekeeping import BODIES_KEPT, forget_once
from tests.instances.conftest import ON_SQLITE
from tests.instances.scene import INBOX, SITES
from tests.instances.test_deliveries import PARTNER, Sending, sending_from
from tests.support.commands import Firm
from tests.support.fake_peer import ACTIVITY_STREAMS, FakePeer, document, redirect, static_hosts
from tests.support.held_clock import HeldClock
from tests.support.instances import Instance, pass_time
from tests.support.waiting import until
from tests.support.writers import Writer

CONTEXT = {"@context": ACTIVITY_STREAMS}


@pytest.fixture
async def clock() -> HeldClock:
    """Held at the present, which is what commands go by."""
    return HeldClock(datetime.now(UTC))


@pytest.fixture
async def sending(alpha: Instance, partner: FakePeer) -> AsyncIterator[Sending]:
    """A partner that has joined, and takes everything at first."""
    async with sending_from(alpha, partner) as made:
        yield made


@dataclass
class Shell:
    """Commands of alpha's operator."""

    firm: Firm

    async def ask(self, *arguments: str) -> Any:
        """The JSON document of a command that succeeds."""
        return await asyncio.to_thread(self.firm.ask, *arguments)

    async def refusal(self, *arguments: str) -> str:
        """The reason of a command that is refused."""
        return await asyncio.to_thread(self.firm.refusal, *arguments)

    async def audited(self, action: str) -> list[Any]:
        """What the trail says of such acts: objects in order."""
        trail = await self.ask("audit", "export")
        assert trail["ok"]
        return [one["object"] for one in trail["entries"] if one["action"] == action]


def shell_of(alpha: Instance) -> Shell:
    settings = {
        "DATABASE_URL": alpha.database_url,
        "DATA_DIR": str(alpha.folder),
        "STATIC_HOSTS": static_hosts(alpha.hosts),
    }
    return Shell(Firm(alpha.folder, alpha.host, settings))


@pytest.fixture
def shell(alpha: Instance) -> Shell:
    return shell_of(alpha)


# --- deliveries ---


async def test_what_is_owed_and_what_was_refused_is_shown_within_the_limit(sending: Sending, shell: Shell) -> None:
    sending.answer_with(403)
    await sending.ask("one", "two")
    await sending.dead_letters(2)
    sending.answer_with(503)
    await sending.ask("three", "four", "five")
    await sending.waits()

    shown = await shell.ask("queue", "show", PARTNER, "--limit", "2")
    everything = await shell.ask("queue", "show")

    assert [len(shown[kind]) for kind in ("deliveries", "dead", "received")] == [2, 2, 0]
    assert [len(everything[kind]) for kind in ("deliveries", "dead", "received")] == [3, 2, 0]
    first = shown["dead"][0]
    assert (first["domain"], first["type"], first["status"], first["reason"]) == (PARTNER, "Announce", 403, "HTTP 403")
    assert first["inbox"] == "http://partner.test/inbox"
    assert shell.firm.run("queue", "show", "--limit", "0", "--json").status == 2


async def test_what_a_partner_refused_is_sent_once_more_when_told_so(sending: Sending, shell: Shell) -> None:
    sending.answer_with(403)
    await sending.ask("one", "two")
    await sending.dead_letters(2)
    sending.answer_with(202)

    retried = await shell.ask("queue", "retry", PARTNER)
    sending.home.nudge()
    await sending.delivered(4)
    await sending.home.at_rest()

    assert retried == {"domain": PARTNER, "requeued": 2, "left": 0}
    assert sending.titles() == ["one", "two", "one", "two"]
    assert await sending.home.dead_letters() == []
    assert await shell.audited("queue.retry") == [PARTNER]


async def test_a_post_that_is_gone_is_not_sent_once_more(sending: Sending, shell: Shell) -> None:
    """Threats R7: what waited is looked at again before it goes."""
    sending.answer_with(403)
    await sending.ask("one", "two")
    await sending.dead_letters(2)
    one = await sending.alice.awaited_thread("Sites", "one")
    sending.answer_with(202)
    await sending.alice.delete(f"/api/v1/statuses/{one['id']}")
    await sending.home.at_rest()

    retried = await shell.ask("queue", "retry", PARTNER)
    sending.home.nudge()
    await sending.home.at_rest()

    assert retried == {"domain": PARTNER, "requeued": 1, "left": 1}
    about = [asked.document["object"] for asked in sending.deliveries()]
    assert [one["object"].get("name") for one in about if one["type"] == "Create"] == ["one", "two", "two"]


async def test_a_partner_that_waits_is_tried_at_once_when_told_so(sending: Sending, shell: Shell) -> None:
    sending.answer_with(503)
    await sending.ask("one")
    await sending.waits()
    sending.answer_with(202)

    retried = await shell.ask("queue", "retry", PARTNER, "--waiting-only")
    sending.home.nudge()
    await sending.home.at_rest()

    assert retried["requeued"] == 0
    assert sending.titles()[-1] == "one"


async def test_a_suspended_partner_is_not_tried(sending: Sending, shell: Shell) -> None:
    await shell.ask("partner", "suspend", PARTNER)

    assert "Resume it first" in await shell.refusal("queue", "retry", PARTNER)
    assert await shell.audited("queue.retry") == []


async def test_what_is_owed_is_dropped_one_activity_or_all(sending: Sending, shell: Shell) -> None:
    sending.answer_with(503)
    await sending.ask("one", "two", "three")
    await sending.waits()
    first = (await shell.ask("queue", "show", PARTNER))["deliveries"][0]["activity"]

    one = await shell.ask("queue", "drop", PARTNER, "--activity", first)
    twice = await shell.refusal("queue", "drop", PARTNER, "--activity", first)
    rest = await shell.ask("queue", "drop", PARTNER)

    assert one == {"domain": PARTNER, "deliveries": 1, "dead": 0}
    assert "no such delivery" in twice
    assert rest["deliveries"] == 2
    assert (await shell.ask("queue", "status"))["deliveries_pending"] == 0
    assert await shell.audited("queue.drop") == [PARTNER, PARTNER]


async def test_dead_letters_are_dropped_without_what_is_owed(sending: Sending, shell: Shell) -> None:
    sending.answer_with(403)
    await sending.ask("one", "two")
    await sending.dead_letters(2)

    dropped = await shell.ask("queue", "drop", PARTNER, "--dead", "--limit", "1")

    assert dropped == {"domain": PARTNER, "deliveries": 0, "dead": 1}
    assert len(await sending.home.dead_letters()) == 1


async def test_a_partner_is_shown_with_the_reasons_of_both_sides(sending: Sending, shell: Shell) -> None:
    sending.answer_with(403)
    await sending.ask("one", "two")
    await sending.dead_letters(2)
    # Carol is told why, which is not to be refused as well.
    sending.answer_with(202)
    await reject(sending, "carol")

    shown = await shell.ask("peer", "show", PARTNER)

    assert (shown["domain"], shown["state"], shown["signature_scheme"]) == (PARTNER, "active", "cavage")
    assert shown["refused_there"] == [{"reason": "HTTP 403", "count": 2}]
    assert shown["refused_here"] == [{"reason": "not_authorized", "count": 1}]
    assert "is not a partner" in await shell.refusal("peer", "show", "nobody.test")


# --- received activities ---


async def reject(sending: Sending, name: str) -> tuple[Writer, str]:
    """Somebody who is no member posts, which is rejected; the writer and the activity's id."""
    writer = Writer(sending.partner.actor(name), SITES)
    create = writer.create("early")
    await writer.actor.post(INBOX, create)

    async def is_rejected() -> bool:
        return (await sending.home.received())[create["id"]] == "rejected"

    await until(is_rejected)
    return writer, create["id"]


async def test_what_was_rejected_is_applied_when_replayed_after_the_reason_is_gone(
    sending: Sending, shell: Shell
) -> None:
    carol, early = await reject(sending, "carol")
    (shown,) = (await shell.ask("queue", "show"))["received"]
    await carol.actor.post(INBOX, carol.follow())
    await sending.home.at_rest()

    replayed = await shell.ask("replay", early)
    sending.home.nudge()
    await sending.alice.awaited_thread("Sites", "early")

    assert (shown["activity"], shown["state"], shown["can_be_replayed"]) == (early, "rejected", True)
    assert shown["reason"].startswith("not_authorized: ")
    assert (replayed["actor"], replayed["state_before"]) == (carol.actor.uri, "rejected")
    assert (await sending.home.received())[early] == "processed"
    assert await shell.audited("inbox.replay") == [early]


async def test_what_was_applied_already_changes_nothing_when_replayed(sending: Sending, shell: Shell) -> None:
    create = sending.bob.create("once")
    await sending.bob.actor.post(INBOX, create)
    await sending.alice.awaited_thread("Sites", "once")

    await shell.ask("replay", create["id"])
    sending.home.nudge()
    await sending.home.at_rest()

    assert len([one for one in await sending.alice.threads("Sites") if "once" in one["content"]]) == 1


async def test_what_cannot_be_replayed_is_refused_with_the_reason(
    sending: Sending, shell: Shell, clock: HeldClock
) -> None:
    _, early = await reject(sending, "carol")

    assert "No activity" in await shell.refusal("replay", "http://partner.test/activities/none")
    assert "No activity" in await shell.refusal("replay", early, "--actor", sending.bob.actor.uri)

    await shell.ask("partner", "suspend", PARTNER)
    assert "suspended" in await shell.refusal("replay", early)
    await shell.ask("partner", "resume", PARTNER)

    await pass_time(clock, sending.home, days=BODIES_KEPT / timedelta(days=1), seconds=1)
    await forget_once(sending.home.services.runtime)
    assert "not kept any more" in await shell.refusal("replay", early)
    assert await shell.audited("inbox.replay") == []


# --- looking at a document ---


async def everything_stored(alpha: Instance, shell: Shell) -> list[Any]:
    """What a fetch could have left behind."""
    return [
        await shell.ask("partner", "list"),
        await shell.ask("audit", "export"),
        await alpha.received(),
        await alpha.composed("Accept"),
    ]


async def test_a_document_is_shown_step_by_step_and_not_stored(sending: Sending, shell: Shell) -> None:
    dora = sending.partner.actor("dora")
    before = await everything_stored(sending.home, shell)

    seen = await shell.ask("fetch", dora.uri)

    assert seen["decision"] == {"host": PARTNER, "allowed": True, "why": "an active partner (basic)"}
    (hop,) = seen["hops"]
    assert (hop["url"], hop["scheme"], hop["status"]) == (dora.uri, "cavage", 200)
    assert (seen["document"]["id"], seen["document"]["type"]) == (dora.uri, "Person")
    assert seen["document"]["size"] > 500
    assert seen["normalised"]["preferred_username"] == "dora"
    assert seen["verdict"] == {"stored": True, "what": "an actor", "reason": None, "why": None}
    assert await everything_stored(sending.home, shell) == before
    assert await sending.alice.get("/api/v2/search", q="@dora@partner.test", resolve="false", type="accounts") == {
        "accounts": [],
        "statuses": [],
        "hashtags": [],
    }


async def test_a_post_elsewhere_is_shown_as_the_post_that_it_would_become(sending: Sending, shell: Shell) -> None:
    """Of somebody whom alice follows; one for our own community counts when its author sends it."""
    dora = sending.partner.actor("dora")
    await sending.alice.ask_to_join("@dora@partner.test")
    wish = {"type": "Follow", "actor": "http://alpha.test/users/alice", "object": dora.uri}
    await dora.post(INBOX, dora.activity("Accept", object=wish))
    await sending.home.at_rest()
    personal, ours = dora.note("Good morning")["object"], sending.bob.create("fresh")["object"]
    for note in (personal, ours):
        sending.partner.serve(note["id"].removeprefix("http://partner.test"), document({**CONTEXT, **note}))
    sending.partner.serve("/page", redirect(personal["id"]))

    seen = await shell.ask("fetch", "http://partner.test/page")
    unsent = await asyncio.to_thread(shell.firm.run, "fetch", ours["id"], "--json")

    assert [(hop["status"], hop["location"]) for hop in seen["hops"][:2]] == [(302, personal["id"]), (200, None)]
    assert seen["verdict"]["what"] == "a post"
    assert (unsent.status, unsent.document["verdict"]["reason"]) == (1, "not_stored")
    assert [one for one in await sending.alice.home() if "Good morning" in one["content"]] == []


async def test_what_would_be_refused_is_shown_with_the_reason_and_ends_with_1(sending: Sending, shell: Shell) -> None:
    """Threats T025, T027, T054, T067: through the gate, and judged as in earnest."""
    peer = sending.partner
    elsewhere = {"id": "http://other.test/n", "type": "Note", "attributedTo": "http://other.test/u", "content": "x"}
    peer.serve("/elsewhere", document(elsewhere))
    peer.serve("/page.html", document(b"<html>", content_type="text/html"))
    peer.serve("/array", document(b"[1, 2]"))
    peer.serve("/away", document(b"", status=302, Location="http://stranger.test/x"))
    cases = {
        "http://stranger.test/x": "domain_not_allowed",
        "http://127.0.0.1/x": "bad_host",
        "http://partner.test/elsewhere": "origin_mismatch",
        "http://partner.test/page.html": "fetch_type",
        "http://partner.test/array": "malformed",
        "http://partner.test/away": "fetch_blocked_address",
        "http://partner.test/nothing": "fetch_status",
        "http://alpha.test/users/alice": "domain_not_allowed",
    }

    found = {}
    for uri in cases:
        outcome = await asyncio.to_thread(shell.firm.run, "fetch", uri, "--json")
        assert outcome.status == 1, outcome
        assert "refused" in outcome.errors
        found[uri] = outcome.document["verdict"]["reason"]

    assert found == cases


@ON_SQLITE
async def test_people_read_the_steps_in_lines(sending: Sending, shell: Shell) -> None:
    dora = sending.partner.actor("dora")

    outcome = await asyncio.to_thread(shell.firm.run, "fetch", dora.uri)
    shown = await asyncio.to_thread(shell.firm.run, "queue", "show")

    assert outcome.status == 0
    assert [line for line in outcome.output.splitlines() if line.endswith(":")] == [
        "Host:",
        "Requests:",
        "Document:",
        "Understood as:",
        "Would be stored:",
    ]
    assert "stored: True" in outcome.output
    assert shown.output.startswith("Owed, oldest first:\n(none)")
