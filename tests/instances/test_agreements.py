"""Two firms sign an agreement, change it, rest, go on and part; a third party replays what it caught (J2, J10)."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from federation.agreements import letters, terms
from federation.agreements.office import document_of
from federation.agreements.received import MAX_STRANGERS
from federation.agreements.steps import OwnPart
from federation.signatures.key_formats import generate_ed25519, public_multibase
from federation.signatures.sign import SigningKey
from models.audit import AuditEntry
from models.queries import agreements as reading
from models.writes.audit import OPERATOR
from server.actions import agreements, expiry, partners
from server.actions.accounts import create_token
from server.actions.agreements import Wanted
from server.actions.refusals import Refused
from tests.support.api import Api, Document, Place
from tests.support.fake_peer import Hosts
from tests.support.held_clock import HeldClock
from tests.support.instances import SCOPES, Instance
from tests.support.waiting import until


@dataclass
class Firms:
    """alpha, whose communities are shared, and beta."""

    alpha: Instance
    beta: Instance
    clock: HeldClock

    async def settle(self) -> None:
        """Every letter has arrived."""
        for _ in range(2):
            for firm in (self.alpha, self.beta):
                firm.nudge()
                await firm.at_rest()

    async def both(self) -> list[tuple[str, str, int, str]]:
        """How it stands, as alpha and as beta see it: state, kind, version and hash."""
        return [await standing(self.alpha, "beta.test"), await standing(self.beta, "alpha.test")]

    async def agreed(self, **wanted: Any) -> None:
        """alpha proposes and beta signs."""
        await propose(self.alpha, "beta.test", **wanted)
        await self.settle()
        await accept(self.beta, "alpha.test")
        await self.settle()


@pytest.fixture
async def firms(alpha: Instance, beta: Instance, clock: HeldClock) -> AsyncIterator[Firms]:
    async with alpha.running(), beta.running():
        alice, bob = await alpha.person("alice"), await beta.person("bob")
        await alpha.community("plans", host=alice, scope="selected")
        await beta.community("ideas", host=bob, scope="all")
        yield Firms(alpha, beta, clock)


async def propose(firm: Instance, domain: str, **wanted: Any) -> None:
    await agreements.propose(firm.services, domain, Wanted(**{"communities": ["plans"]} | wanted), by=OPERATOR)


async def accept(firm: Instance, domain: str, *communities: str) -> None:
    await agreements.accept(firm.services, domain, communities, by=OPERATOR)


async def say(firm: Instance, word: Any, domain: str) -> None:
    """`partners.suspend`, `partners.resume` or `partners.end`."""
    async with firm.db.write() as tx:
        await word(tx, firm.services.runtime, domain, by=OPERATOR)
    await firm.services.peers.refresh(now=True)


async def standing(firm: Instance, domain: str) -> tuple[str, str, int, str]:
    async with firm.db.read() as tx:
        peer = await partners.find(tx, firm.services.runtime, domain)
        row = await agreements.current(tx, peer.id)
    assert row is not None
    return peer.state, peer.kind, row.version, row.hash


async def text_at(firm: Instance, domain: str) -> Document:
    """The newest version there, as a document."""
    async with firm.db.read() as tx:
        peer = await partners.find(tx, firm.services.runtime, domain)
        row = await agreements.current(tx, peer.id)
    assert row is not None
    return document_of(row)


async def text_waiting(firm: Instance, domain: str) -> Document:
    """The version there that waits for a signature, as a document."""
    async with firm.db.read() as tx:
        row = await reading.proposed(tx, (await partners.find(tx, firm.services.runtime, domain)).id)
    assert row is not None
    return document_of(row)


async def deliver(firm: Instance, document: Document | str, *, to: str = "/actor/inbox") -> int:
    """Post a letter, or its text, to an inbox of the server, as anybody can; the answer's status."""
    host, port = firm.hosts[firm.host]
    headers = {"Host": firm.host, "Content-Type": "application/activity+json"}
    body = document if isinstance(document, str) else json.dumps(document)
    async with firm.session.post(f"http://{host}:{port}{to}", data=body, headers=headers) as answer:
        return answer.status


async def test_both_sides_are_active_with_one_hash_once_both_have_signed(firms: Firms) -> None:
    """J2."""
    await propose(firms.alpha, "beta.test", ceiling="restricted")
    await firms.settle()
    (ours, theirs) = await firms.both()
    assert (ours[:3], theirs[:3]) == (("proposed", "agreement", 1),) * 2

    await accept(firms.beta, "alpha.test")
    await firms.settle()

    (ours, theirs) = await firms.both()
    assert ours == theirs
    assert ours[:3] == ("active", "agreement", 1)
    for firm, domain in ((firms.alpha, "beta.test"), (firms.beta, "alpha.test")):
        document = await text_at(firm, domain)
        signers = terms.signers(document, terms.read(document), now=firms.clock.now())
        assert signers == {"http://alpha.test/actor", "http://beta.test/actor"}


async def test_naming_communities_of_ones_own_is_a_counter_proposal_signed_at_once(firms: Firms) -> None:
    await propose(firms.alpha, "beta.test")
    await firms.settle()

    await accept(firms.beta, "alpha.test", "ideas")
    assert (await standing(firms.beta, "alpha.test"))[:3] == ("proposed", "agreement", 2)
    await firms.settle()

    (ours, theirs) = await firms.both()
    assert ours == theirs
    assert ours[:3] == ("active", "agreement", 2)
    text = terms.read(await text_at(firms.alpha, "beta.test"))
    assert text.share_of("http://beta.test/actor").communities == ("http://beta.test/communities/ideas",)


async def test_who_signs_says_what_is_opened_and_whom_to_write_to(firms: Firms) -> None:
    """J2: contacts of both firms stand in the text; addresses of mail are signed at once, other words are read."""
    await propose(firms.alpha, "beta.test", admin="it@alpha.test", dpo="dpo@alpha.test")
    await firms.settle()
    ours = OwnPart(opens=True, admin="it@beta.test", dpo="dpo@beta.test")
    await agreements.accept(firms.beta.services, "alpha.test", [], by=OPERATOR, more=ours)
    await firms.settle()

    first, second = await firms.both()
    assert first == second
    assert first[:3] == ("active", "agreement", 2)
    text = terms.read(await text_at(firms.alpha, "beta.test"))
    assert [(party.admin, party.dpo) for party in text.parties] == [
        ("it@alpha.test", "dpo@alpha.test"),
        ("it@beta.test", "dpo@beta.test"),
    ]
    assert text.share_of("http://beta.test/actor").whatever_hosts_open

    # The next version keeps them; whoever says the same again has accepted.
    await propose(firms.alpha, "beta.test", ceiling="restricted", admin="it@alpha.test", dpo="dpo@alpha.test")
    await firms.settle()
    await agreements.accept(firms.beta.services, "alpha.test", [], by=OPERATOR, more=ours)
    await firms.settle()
    assert [one[:3] for one in await firms.both()] == [("active", "agreement", 3)] * 2

    await propose(firms.alpha, "beta.test", admin="it@alpha.test", dpo="dpo@alpha.test")
    await firms.settle()
    words = OwnPart(dpo="Copies may be kept for ever")
    await agreements.accept(firms.beta.services, "alpha.test", [], by=OPERATOR, more=words)
    await firms.settle()
    assert [one[:3] for one in await firms.both()] == [("active", "agreement", 3)] * 2
    assert (await text_waiting(firms.alpha, "beta.test"))["parties"][1]["dpo"] == words.dpo


async def test_the_trail_says_that_the_operator_stood_for_both_persons(firms: Firms) -> None:
    """J2: at the command line nobody else approves."""
    await firms.agreed()

    for firm, action in ((firms.alpha, "agreement.propose"), (firms.beta, "agreement.accept")):
        query = select(AuditEntry.actor, AuditEntry.details).where(AuditEntry.action == action)
        ((actor, details),) = await firm.rows(query)
        assert actor == OPERATOR
        assert json.loads(details)["approved_by"] == OPERATOR


async def test_a_change_applies_once_both_have_signed_it(firms: Firms) -> None:
    await firms.agreed()
    first = await standing(firms.beta, "alpha.test")

    await propose(firms.alpha, "beta.test", ceiling="confidential")
    await firms.settle()
    assert await standing(firms.beta, "alpha.test") == first

    await accept(firms.beta, "alpha.test")
    await firms.settle()
    (ours, theirs) = await firms.both()
    assert ours == theirs
    assert ours[:3] == ("active", "agreement", 2)


async def test_what_may_not_be_shared_is_not_proposed(firms: Firms, hosts: Hosts) -> None:
    """Neither unknown nor inner communities, nor one above the ceiling; nor anything to a host that is not there."""
    alice = await firms.alpha.person("anna")
    await firms.alpha.community("inner", host=alice, scope="none")

    for wanted, word in (({"communities": ["nowhere"]}, "no community"), ({"communities": ["inner"]}, "scope is none")):
        with pytest.raises(Refused, match=word):
            await propose(firms.alpha, "beta.test", **wanted)
    hosts["gone.test"] = ("127.0.0.1", 1)
    with pytest.raises(Refused, match="Nothing was proposed"):
        await propose(firms.alpha, "gone.test")
    async with firms.alpha.db.read() as tx:
        assert await reading.standing(tx, "beta.test") is None


async def test_either_side_stops_at_once_and_going_on_takes_both(firms: Firms) -> None:
    """J10, T062, T235: memberships rest meanwhile, and go on when both have said so; each step is in the trail."""
    await firms.agreed()
    await firms.beta.services.peers.refresh(now=True)
    bob = Api(firms.beta.session, Place("beta.test", firms.beta.hosts["beta.test"][1]), await token(firms.beta), "bob")
    await bob.join("@plans@alpha.test")

    await say(firms.beta, partners.suspend, "alpha.test")
    assert (await bob.call("POST", "/api/v1/statuses", json={"status": "@plans@alpha.test Hello"})).status == 403
    assert (await standing(firms.beta, "alpha.test"))[0] == "suspended"
    await firms.settle()
    assert [one[0] for one in await firms.both()] == ["suspended", "suspended"]

    await say(firms.beta, partners.resume, "alpha.test")
    # Before anything is waited for that would never come if one word were enough.
    assert (await standing(firms.beta, "alpha.test"))[0] == "suspended"
    await until(firms.beta.has_sent_letters)
    await until(firms.alpha.has_applied)
    assert [one[0] for one in await firms.both()] == ["suspended", "suspended"]
    await firms.settle()
    await firms.beta.services.peers.refresh(now=True)
    assert (await bob.call("POST", "/api/v1/statuses", json={"status": "@plans@alpha.test Hello"})).status == 403

    await say(firms.alpha, partners.resume, "beta.test")
    await firms.settle()
    assert [one[0] for one in await firms.both()] == ["active", "active"]
    await firms.beta.services.peers.refresh(now=True)
    await bob.say("@plans@alpha.test Hello again")
    for firm in (firms.alpha, firms.beta):
        entries = await firm.rows(select(AuditEntry.action).order_by(AuditEntry.id))
        steps = [row[0] for row in entries if "suspend" in row[0] or "resume" in row[0]]
        assert len(steps) >= 3, steps


async def token(firm: Instance) -> str:
    """One more app of bob's."""
    async with firm.db.write() as tx:
        return await create_token(tx, firm.services.runtime, "bob", SCOPES, by=OPERATOR)


async def test_letters_wait_for_a_server_that_is_away_and_content_does_not_pass_them(
    alpha: Instance, beta: Instance, clock: HeldClock
) -> None:
    firms = Firms(alpha, beta, clock)
    async with alpha.running():
        async with beta.running():
            await alpha.community("plans", host=await alpha.person("alice"), scope="all")
            await firms.agreed()
        await say(alpha, partners.suspend, "beta.test")
        await alpha.fails_at("beta.test")
        async with beta.running():
            clock.advance(hours=2)
            await firms.settle()

            assert (await standing(beta, "alpha.test"))[0] == "suspended"


async def test_the_end_is_the_end_for_both_and_nothing_old_revives_it(firms: Firms) -> None:
    """T234: the first proposal, and the signed text, are sent again by somebody who caught them."""
    await firms.agreed()
    offers, accepts = await firms.alpha.composed("Offer"), await firms.beta.composed("Accept")
    await say(firms.alpha, partners.end, "beta.test")
    await firms.settle()
    assert [one[0] for one in await firms.both()] == ["ended", "ended"]

    answers = [await deliver(firms.beta, offers[0]), await deliver(firms.alpha, accepts[0])]

    assert answers[0] == 202
    assert answers[1] == 403
    assert [one[0] for one in await firms.both()] == ["ended", "ended"]


async def test_what_was_caught_and_is_sent_again_changes_nothing(firms: Firms) -> None:
    """T234: an old suspension after the exchange went on; an older version after a newer one."""
    await firms.agreed()
    await say(firms.alpha, partners.suspend, "beta.test")
    await say(firms.alpha, partners.resume, "beta.test")
    await firms.settle()
    await say(firms.beta, partners.resume, "alpha.test")
    await firms.settle()
    await propose(firms.alpha, "beta.test", ceiling="restricted")
    await firms.settle()
    await accept(firms.beta, "alpha.test")
    await firms.settle()
    before = await firms.both()

    caught = [*await firms.alpha.composed("Suspend"), *await firms.alpha.composed("Offer")]
    answers = [await deliver(firms.beta, letter) for letter in caught]

    assert answers == [202, 202, 202]
    assert await firms.both() == before
    assert before[0][0] == "active"


@dataclass
class Stranger:
    """A server that nobody named, with a key of its own."""

    host: str
    key: SigningKey

    @classmethod
    def at(cls, host: str) -> "Stranger":
        return cls(host, SigningKey(f"http://{host}/actor#ed25519-key", generate_ed25519()))

    async def offer(self, firm: Instance, clock: HeldClock, **changes: Any) -> Document:
        """A proposal to a firm, whose key it has looked up."""
        async with firm.db.read() as tx:
            office = await agreements.office(tx, firm.services.runtime)
        server, key = f"http://{self.host}/actor", self.key.private_key.public_key()
        usual: dict[str, Any] = {
            "context": terms.CONTEXT,
            "id": f"http://{self.host}/agreements/1",
            "type": "Agreement",
            "version": 1,
            "supersedes": None,
            "parties": (
                terms.Party(server=server, key=public_multibase(key)),
                terms.Party(server=office.actor.uri, key=office.public_key),
            ),
            "shares": (terms.Share(by=server), terms.Share(by=office.actor.uri)),
            "rights": "take-part",
            "ceiling": "internal",
            "retention_months": 24,
            "retraction_hours": 24,
            "history": False,
            "data_requests": "",
            "review_date": clock.now().date().replace(year=clock.now().year + 1),
        } | changes
        return self.letter(
            terms.signed(terms.write(terms.Terms(**usual)), self.key, at=clock.now()), clock, to=office.actor.uri
        )

    def letter(self, about: Document, clock: HeldClock, *, to: str) -> Document:
        return letters.write(
            letters.OFFER,
            identity=f"http://{self.host}/letters/1",
            sender=f"http://{self.host}/actor",
            receiver=to,
            about=about,
            serial=1,
            reason="",
            key=self.key,
            at=clock.now(),
        )


@asynccontextmanager
async def alone(alpha: Instance) -> AsyncIterator[Instance]:
    async with alpha.running("web"):
        yield alpha


async def test_a_strangers_proposal_is_listed_and_nothing_more(alpha: Instance, clock: HeldClock, hosts: Hosts) -> None:
    """No request goes to its host, and it gets nothing: its other letters, and its activities, are refused."""
    hosts["stranger.test"] = ("127.0.0.1", 1)
    stranger = Stranger.at("stranger.test")
    async with alone(alpha):
        assert await deliver(alpha, await stranger.offer(alpha, clock)) == 202

        assert (await standing(alpha, "stranger.test"))[:2] == ("proposed", "agreement")
        assert not alpha.services.peers.may_contact("stranger.test")
        assert await alpha.services.peers.decide("stranger.test") is None
        with pytest.raises(Refused, match="Nothing was signed"):
            await accept(alpha, "stranger.test")
        assert (await standing(alpha, "stranger.test"))[0] == "proposed"
        await alpha.services.peers.refresh(now=True)
        assert not alpha.services.peers.may_contact("stranger.test")


@pytest.mark.parametrize(("size", "status"), [(letters.MAX_BYTES, 202), (letters.MAX_BYTES + 1, 401)])
async def test_a_proposal_has_64_kibibytes_at_most(alpha: Instance, clock: HeldClock, size: int, status: int) -> None:
    """J2, at the limit and one past it: what is larger is no letter, and as an activity it is not signed."""
    stranger = Stranger.at("stranger.test")
    async with alone(alpha):
        letter = json.dumps(await stranger.offer(alpha, clock))
        body = letter[:-1] + " " * (size - len(letter)) + letter[-1]

        assert await deliver(alpha, body) == status


async def test_a_proposal_is_taken_at_the_servers_own_inbox_alone(alpha: Instance, clock: HeldClock) -> None:
    """J2: elsewhere it is an activity like others, of a host that nobody named."""
    async with alone(alpha):
        await alpha.community("plans", host=await alpha.person("alice"))
        offer = await Stranger.at("stranger.test").offer(alpha, clock)
        answers = [await deliver(alpha, offer, to=path) for path in ("/inbox", "/communities/plans/inbox")]

        assert answers == [401, 401]
        async with alpha.db.read() as tx:
            assert await reading.standing(tx, "stranger.test") is None


async def test_strangers_proposals_are_few(alpha: Instance, clock: HeldClock) -> None:
    """At the limit and one past it."""
    async with alone(alpha):
        answers = [
            await deliver(alpha, await Stranger.at(f"s{number}.test").offer(alpha, clock))
            for number in range(MAX_STRANGERS + 1)
        ]

    assert answers == [202] * MAX_STRANGERS + [403]


async def test_a_proposal_that_does_not_hold_is_refused(alpha: Instance, clock: HeldClock) -> None:
    """T234: forged, altered, for somebody else, between others, or not the first of its kind."""
    stranger, other = Stranger.at("stranger.test"), Stranger.at("other.test")
    async with alone(alpha):
        good = await stranger.offer(alpha, clock)
        altered = good | {"object": good["object"] | {"ceiling": "confidential"}}
        forged = other.letter(good["object"], clock, to=str(good["to"][0])) | {
            name: good[name] for name in ("id", "actor")
        }
        elsewhere = stranger.letter(good["object"], clock, to="http://third.test/actor")
        unsigned = stranger.letter({**good["object"], "proof": []}, clock, to=str(good["to"][0]))
        later = await stranger.offer(alpha, clock, version=2, supersedes="0" * 64)
        answers = [await deliver(alpha, one) for one in (altered, forged, elsewhere, unsigned, later)]

        assert answers == [401, 401, 400, 403, 403]
        async with alpha.db.read() as tx:
            assert await reading.standing(tx, "stranger.test") is None
        assert await deliver(alpha, good) == 202


async def test_a_server_whose_key_is_not_that_of_the_terms_is_not_signed_with(firms: Firms) -> None:
    """Whoever wrote in beta's name does not get alpha's signature."""
    impostor = Stranger.at("beta.test")
    assert await deliver(firms.alpha, await impostor.offer(firms.alpha, firms.clock)) == 202

    with pytest.raises(Refused, match="another key"):
        await accept(firms.alpha, "beta.test")

    assert (await standing(firms.alpha, "beta.test"))[0] == "proposed"
    await propose(firms.beta, "alpha.test", communities=["ideas"])
    await until(lambda: _is_offered(firms))
    await accept(firms.alpha, "beta.test")
    await firms.settle()
    assert [one[0] for one in await firms.both()] == ["active", "active"]


async def test_a_partner_that_changes_its_key_is_refused_and_logged(firms: Firms) -> None:
    """T234: letters by another key change nothing, nor does a version that it proves, whatever its host publishes."""
    await propose(firms.alpha, "beta.test")
    await firms.settle()
    await accept(firms.beta, "alpha.test")
    await firms.settle()
    before = await firms.both()
    changed = Stranger.at("beta.test")
    version = {"type": "Agreement", "id": "x", "version": 1, "hash": before[0][3]}
    suspend = letters.write(
        letters.SUSPEND,
        identity="http://beta.test/letters/900",
        sender="http://beta.test/actor",
        receiver="http://alpha.test/actor",
        about=version,
        serial=900,
        reason="",
        key=changed.key,
        at=firms.clock.now(),
    )

    with capture_logs() as logs:
        answers = [await deliver(firms.alpha, one) for one in (suspend, await changed.offer(firms.alpha, firms.clock))]

    assert answers == [401, 401]
    assert await firms.both() == before
    refused = [entry["reason"] for entry in logs if entry["event"] == "inbox.refused"]
    assert len(refused) == 2
    assert set(refused) <= {"proof_invalid", "agreement_key", "sig_invalid"}


async def test_an_acceptance_without_the_partners_own_signature_binds_nobody(firms: Firms) -> None:
    """T234: one signature only, though the letter that brings it is proven; the whole one is taken afterwards."""
    await propose(firms.alpha, "beta.test")
    await firms.settle()
    half = await from_beta(firms, letters.ACCEPT, await text_at(firms.alpha, "beta.test"))

    with capture_logs() as logs:
        answer = await deliver(firms.alpha, half)

    assert answer == 403
    assert [entry["reason"] for entry in logs if entry["event"] == "inbox.refused"] == ["proof_missing"]
    assert (await standing(firms.alpha, "beta.test"))[0] == "proposed"
    await accept(firms.beta, "alpha.test")
    await firms.settle()
    assert [one[0] for one in await firms.both()] == ["active", "active"]


async def test_terms_that_name_another_key_than_the_partners_are_refused(firms: Firms) -> None:
    """T234: though its own server brings them, and whoever has the other key signed them."""
    await firms.agreed()
    before, text = await firms.both(), await text_at(firms.alpha, "beta.test")
    changed = Stranger.at("beta.test")
    following = {"id": text["id"], "version": 2, "supersedes": before[0][3]}
    offer = await changed.offer(firms.alpha, firms.clock, **following)

    with capture_logs() as logs:
        answer = await deliver(firms.alpha, await from_beta(firms, letters.OFFER, offer["object"]))

    assert answer == 403
    assert [entry["reason"] for entry in logs if entry["event"] == "inbox.refused"] == ["agreement_key"]
    assert await firms.both() == before


async def test_terms_that_name_another_key_than_ours_are_refused(firms: Firms) -> None:
    """T234: we would sign nothing by it, and whoever has it would sign in our name."""
    await firms.agreed()
    before, text = await firms.both(), await text_at(firms.alpha, "beta.test")
    async with firms.beta.db.read() as tx:
        office = await agreements.office(tx, firms.beta.services.runtime)
    other = public_multibase(Stranger.at("alpha.test").key.private_key.public_key())
    parties = (
        terms.Party(server=office.actor.uri, key=office.public_key),
        terms.Party(server="http://alpha.test/actor", key=other),
    )
    following = {"id": text["id"], "version": 2, "supersedes": before[0][3], "parties": parties}
    offer = await Stranger("beta.test", office.key).offer(firms.alpha, firms.clock, **following)

    with capture_logs() as logs:
        answer = await deliver(firms.alpha, await from_beta(firms, letters.OFFER, offer["object"]))

    assert answer == 403
    assert [entry["reason"] for entry in logs if entry["event"] == "inbox.refused"] == ["agreement_key"]
    assert await firms.both() == before


async def test_a_version_beside_the_one_in_force_is_refused(firms: Firms) -> None:
    """T234: it follows the one before as well as the one that both have signed, and says something else."""
    await firms.agreed()
    first = (await firms.both())[0][3]
    await propose(firms.alpha, "beta.test", ceiling="restricted")
    await firms.settle()
    await accept(firms.beta, "alpha.test")
    await firms.settle()
    before, text = await firms.both(), await text_at(firms.alpha, "beta.test")
    async with firms.beta.db.read() as tx:
        office = await agreements.office(tx, firms.beta.services.runtime)
    following = {"id": text["id"], "version": 2, "supersedes": first}
    beside = await Stranger("beta.test", office.key).offer(firms.alpha, firms.clock, **following)

    with capture_logs() as logs:
        answer = await deliver(firms.alpha, await from_beta(firms, letters.OFFER, beside["object"]))

    assert before[0][:3] == ("active", "agreement", 2)
    assert answer == 403
    assert [entry["reason"] for entry in logs if entry["event"] == "inbox.refused"] == ["agreement_version"]
    assert await firms.both() == before


async def from_beta(firms: Firms, kind: str, about: Document) -> Document:
    """A letter to alpha by beta's own key, as its server would not write it."""
    async with firms.beta.db.read() as tx:
        office = await agreements.office(tx, firms.beta.services.runtime)
    return letters.write(
        kind,
        identity="http://beta.test/letters/900",
        sender=office.actor.uri,
        receiver="http://alpha.test/actor",
        about=about,
        serial=900,
        reason="",
        key=office.key,
        at=firms.clock.now(),
    )


async def _is_offered(firms: Firms) -> bool:
    document = await text_at(firms.alpha, "beta.test")
    return (
        bool(document["id"].startswith("http://beta.test/agreements/") and len(document["proof"]) == 1)
        and (await text_at(firms.beta, "alpha.test"))["id"] == document["id"]
    )


async def test_past_the_review_date_the_exchange_rests(firms: Firms) -> None:
    """J2: on the day, and not the day before."""
    await firms.agreed(review_days=30)

    firms.clock.advance(days=29)
    await expiry.keep_terms(firms.alpha.services.runtime)
    assert (await standing(firms.alpha, "beta.test"))[0] == "active"

    firms.clock.advance(days=1)
    await expiry.keep_terms(firms.alpha.services.runtime)
    await firms.settle()
    assert [one[0] for one in await firms.both()] == ["suspended", "suspended"]


async def test_past_the_review_date_nobody_goes_on_without_a_new_version(firms: Firms) -> None:
    """J2: a resumption would last until the date is looked at the next time."""
    await firms.agreed(review_days=30)
    await say(firms.alpha, partners.suspend, "beta.test")
    await firms.settle()
    firms.clock.advance(days=30)
    for firm, other in ((firms.alpha, "beta.test"), (firms.beta, "alpha.test")):
        with pytest.raises(Refused, match="review date"):
            await say(firm, partners.resume, other)

    await firms.agreed(review_days=30)
    for firm, other in ((firms.alpha, "beta.test"), (firms.beta, "alpha.test")):
        await say(firm, partners.resume, other)
    await firms.settle()
    assert [one[0] for one in await firms.both()] == ["active", "active"]


async def test_a_strangers_proposal_is_not_kept_for_ever(alpha: Instance, clock: HeldClock) -> None:
    """Thirty days, and one second more."""
    async with alone(alpha):
        await deliver(alpha, await Stranger.at("stranger.test").offer(alpha, clock))

        clock.advance(days=30)
        await expiry.keep_terms(alpha.services.runtime)
        assert (await standing(alpha, "stranger.test"))[0] == "proposed"

        clock.advance(seconds=1)
        await expiry.keep_terms(alpha.services.runtime)
        assert (await standing(alpha, "stranger.test"))[0] == "ended"


async def test_a_proposal_is_declined(firms: Firms) -> None:
    """Whose server nobody here named is told nothing, and the same text sent again is not listed again."""
    await propose(firms.alpha, "beta.test")
    await firms.settle()

    await say(firms.beta, partners.end, "alpha.test")
    answer = await deliver(firms.beta, (await firms.alpha.composed("Offer"))[0])

    assert answer == 202
    assert (await standing(firms.beta, "alpha.test"))[0] == "ended"
    assert await firms.beta.composed("Reject") == []


async def test_who_was_refused_without_a_word_may_be_offered_something_else(firms: Firms) -> None:
    """J2: beta declined in silence; what beta then proposes takes the place of what alpha had proposed."""
    await propose(firms.alpha, "beta.test")
    await firms.settle()
    await say(firms.beta, partners.end, "alpha.test")

    await propose(firms.beta, "alpha.test", communities=["ideas"])
    await firms.settle()
    await accept(firms.alpha, "beta.test")
    await firms.settle()

    (ours, theirs) = await firms.both()
    assert ours == theirs
    assert ours[:3] == ("active", "agreement", 1)
    assert (await text_at(firms.alpha, "beta.test"))["id"].startswith("http://beta.test/")


async def test_two_proposals_at_one_moment_end_in_one_agreement(
    alpha: Instance, beta: Instance, clock: HeldClock
) -> None:
    """T234: both propose, and both sign what the other proposes, before either hears of it."""
    firms = Firms(alpha, beta, clock)
    async with alpha.running("web"), beta.running("web"):
        await alpha.community("plans", host=await alpha.person("alice"), scope="selected")
        await beta.community("ideas", host=await beta.person("bob"), scope="all")
        await propose(alpha, "beta.test")
        await propose(beta, "alpha.test", communities=["ideas"])
        assert await deliver(beta, (await alpha.composed("Offer"))[0]) == 202
        assert await deliver(alpha, (await beta.composed("Offer"))[0]) == 202
        await accept(alpha, "beta.test")
        await accept(beta, "alpha.test")
    async with alpha.running():
        # The first to start finds nobody there.
        await alpha.fails_at("beta.test")
        async with beta.running():
            clock.advance(hours=2)
            await firms.settle()

            (ours, theirs) = await firms.both()
            assert ours == theirs
            assert ours[:3] == ("active", "agreement", 1)
            document = await text_at(beta, "alpha.test")
            assert len(terms.signers(document, terms.read(document), now=clock.now())) == 2
