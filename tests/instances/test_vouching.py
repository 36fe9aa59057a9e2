"""Three firms: alpha has agreements with beta and with gamma, which are nothing to each other. Their people meet in a
community of alpha, and each sees the other on alpha's word (interface 6.12, spec/group-federation.md 8, step 4c).
"""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from sqlalchemy import select, update

from federation.agreements.office import document_of, stored
from federation.errors import Malformed
from federation.outbox.publish import publish
from federation.runtime import Budget
from federation.vocab.compose import Composer
from models.actors import Actor
from models.agreements import IN_FORCE, Agreement
from models.communities import Community
from models.peers import Peer
from models.queries import actors, peers
from models.queries import agreements as reading
from models.writes.audit import OPERATOR
from server.actions import agreements, moderation, partners
from server.actions.agreements import Wanted
from tests.instances.conftest import ON_SQLITE
from tests.support.api import Api, Document
from tests.support.fake_peer import Hosts
from tests.support.held_clock import HeldClock
from tests.support.instances import Databases, Instance
from tests.support.waiting import until

PLANS = "@plans@alpha.test"
GROUP = "http://alpha.test/communities/plans"
CAROL = "http://gamma.test/users/carol"


@dataclass
class Three:
    """bob of beta, ben who is no member, carol of gamma, and alice, whose community it is."""

    alpha: Instance
    beta: Instance
    gamma: Instance
    alice: Api
    bob: Api
    ben: Api
    carol: Api

    async def agree(self, firm: Instance, *communities: str) -> None:
        """alpha and the firm sign an agreement about these communities of alpha's."""
        wanted = Wanted(communities=list(communities))
        await agreements.propose(self.alpha.services, firm.host, wanted, by=OPERATOR)
        await self._settle(firm)
        await agreements.accept(firm.services, "alpha.test", (), by=OPERATOR)
        await self._settle(firm)

    async def _settle(self, firm: Instance) -> None:
        for _ in range(2):
            for one in (self.alpha, firm):
                one.nudge()
                await one.at_rest()
                await one.services.peers.refresh(now=True)

    async def join(self) -> None:
        for person in (self.bob, self.carol):
            await person.ask_to_join(PLANS)
        for one in (self.beta, self.gamma, self.alpha):
            await one.at_rest()
        for request in await self.alice.get("/api/v1/follow_requests"):
            await self.alice.post(f"/api/v1/follow_requests/{request['id']}/authorize")
        for person in (self.bob, self.carol):
            await person.join(PLANS)

    async def at_rest(self) -> None:
        """All that was said has arrived everywhere."""
        for one in (self.gamma, self.beta, self.alpha, self.beta, self.gamma):
            one.nudge()
            await one.at_rest()

    async def announce(self, activity: Document, **known: Any) -> None:
        """Let alpha pass on an activity of carol's, with what it says of her changed."""
        runtime = self.alpha.services.runtime
        async with self.alpha.db.write() as tx:
            community, carol = await actors.by_uri(tx, GROUP), await actors.by_uri(tx, CAROL)
            assert community is not None
            assert carol is not None
            by = msgspec.structs.replace(carol, **known)
            raw = msgspec.Raw(json.dumps(activity).encode())
            await publish(tx, Composer(runtime, runtime.clock.now()).relay(community, raw, by=by))
        await self.at_rest()


@pytest.fixture
async def gamma(new_database: Databases, tmp_path: Path, hosts: Hosts, clock: HeldClock) -> AsyncIterator[Instance]:
    async with Instance.made("gamma.test", hosts, clock, new_database(), tmp_path) as instance:
        yield instance


@pytest.fixture(params=["open"])
async def three(
    request: pytest.FixtureRequest, alpha: Instance, beta: Instance, gamma: Instance
) -> AsyncIterator[Three]:
    """Everything is signed; nobody has joined."""
    async with alpha.running(), beta.running(), gamma.running():
        alice = await alpha.person("alice")
        for name in ("plans", "other"):
            await alpha.community(name, host=alice, scope="selected", visibility=request.param)
        bob, ben, carol = await beta.person("bob"), await beta.person("ben"), await gamma.person("carol")
        yield Three(alpha, beta, gamma, alice, bob, ben, carol)


@pytest.fixture
async def agreed(three: Three) -> Three:
    """Both firms have an agreement with alpha, and bob and carol are members."""
    for firm in (three.beta, three.gamma):
        await three.agree(firm, "plans")
    await three.join()
    return three


def a_create(number: int = 1, *, author: str = CAROL, community: str = GROUP, **members: Any) -> Document:
    """A Create as carol's server would send it."""
    addressed = {
        "to": [community, f"{community}/followers"],
        "cc": ["https://www.w3.org/ns/activitystreams#Public"],
        "audience": community,
    }
    note = {
        "id": f"http://gamma.test/objects/{number}",
        "type": "Note",
        "attributedTo": author,
        "content": f"<p>Word {number}</p>",
        **addressed,
    }
    create = {"id": f"http://gamma.test/activities/{number}", "type": "Create", "actor": author}
    return create | addressed | {"object": note | members}


@pytest.mark.parametrize("three", ["open", "on-request"], indirect=True)
async def test_members_of_two_firms_see_each_other_in_the_community_of_a_third(agreed: Three) -> None:
    """Interface 6.12: post, answer, edit, like and delete; neither server asks the other anything."""
    bob, carol = agreed.bob, agreed.carol
    post = await carol.say(f"{PLANS} Who runs nights?")

    seen = await bob.awaited_thread("Plans", "Who runs nights?")
    assert (seen["uri"], seen["account"]["acct"]) == (post["uri"], "carol@gamma.test")
    assert seen["account"]["display_name"] == "Carol"
    assert [field["value"] for field in seen["account"]["fields"]] == ["alpha.test"]

    answer = await bob.say("We do", answering=seen)
    await bob.like(seen)
    await agreed.at_rest()
    (heard,) = await carol.replies(post)
    assert (heard["uri"], heard["account"]["acct"]) == (answer["uri"], "bob@beta.test")
    assert (await carol.read(post))["favourites_count"] == 1
    assert [one["account"]["acct"] for one in await carol.notified_of("mention")] == ["bob@beta.test"]
    await carol.like(heard)
    await carol.edit(post, f"{PLANS} Who runs nights now?")
    await agreed.at_rest()
    assert "nights now" in (await bob.read(seen))["content"]
    assert (await bob.read(answer))["favourites_count"] == 1

    await carol.delete(f"/api/v1/statuses/{post['id']}")

    async def is_gone() -> bool:
        return await bob.thread("Plans", "nights") is None

    await until(is_gone)
    await neither_knows_the_other(agreed)


@pytest.mark.parametrize("three", ["on-request"], indirect=True)
async def test_three_partners_meet_in_a_community_that_is_not_open(agreed: Three) -> None:
    """Section 8, step 4c: carol's own server does not show what she wrote for alpha's community; alpha's word does."""
    await agreed.beta.allow("gamma.test")
    await agreed.gamma.allow("beta.test")

    post = await agreed.carol.say(f"{PLANS} Who runs nights?")

    seen = await agreed.bob.awaited_thread("Plans", "Who runs nights?")
    assert (seen["uri"], seen["account"]["acct"], seen["account"]["fields"]) == (post["uri"], "carol@gamma.test", [])
    await agreed.carol.edit(post, f"{PLANS} Who runs nights now?")
    await agreed.at_rest()
    assert "nights now" in (await agreed.bob.read(seen))["content"]


@ON_SQLITE
@pytest.mark.parametrize("three", ["on-request"], indirect=True)
async def test_a_member_s_server_may_ask_whether_another_has_members(agreed: Three) -> None:
    """Section 11: by the server of who is named; in a community of which one's own people are members, and no other."""

    async def asks(who: str, group: str = GROUP) -> int:
        client = agreed.gamma.services.runtime.client
        try:
            return (
                await client.fetch_document(f"{group}/followers?is_follower={quote(who, safe='')}", Budget())
            ).status
        except Malformed as error:
            return int(str(error.context["status"]))

    assert await asks("http://beta.test/users/bob") == 200
    assert await asks("http://stranger.test/users/eve") == 404
    assert await asks("no address") == 404
    assert await asks("http://beta.test/users/bob", "http://alpha.test/communities/other") == 404


@ON_SQLITE
async def test_an_open_community_is_not_asked_for_its_members(agreed: Three) -> None:
    """Section 11: 400, as Lemmy answers."""
    client = agreed.gamma.services.runtime.client

    with pytest.raises(Malformed) as refusal:
        await client.fetch_document(f"{GROUP}/followers?is_follower=http%3A%2F%2Fbeta.test%2Fusers%2Fbob", Budget())

    assert refusal.value.context["status"] == 400


@ON_SQLITE
@pytest.mark.parametrize("three", ["on-request"], indirect=True)
async def test_nothing_that_is_done_in_a_community_that_is_not_open_is_addressed_to_everybody(agreed: Three) -> None:
    """Interface 6.1, section 11: neither posts nor what moderators do."""
    post = await agreed.carol.say(f"{PLANS} Hello")
    await agreed.at_rest()
    runtime = agreed.alpha.services.runtime
    async with agreed.alpha.db.write() as tx:
        place = await moderation.operators_seat(tx, runtime, "plans")
        await moderation.lock(tx, runtime, place, await moderation.post_named(tx, place, post["uri"]), "Settled")

    announced = await agreed.alpha.composed("Announce")

    assert [one["object"]["type"] for one in announced] == ["Create", "Lock"]
    assert "#Public" not in json.dumps(announced)


@ON_SQLITE
async def test_what_a_partner_shows_us_itself_is_what_it_says(agreed: Three) -> None:
    """T039: alpha's copy of what carol wrote in an open community counts for nothing, once gamma is asked."""
    await agreed.beta.allow("gamma.test")
    await agreed.gamma.allow("beta.test")
    post = await agreed.carol.say(f"{PLANS} True words")
    await agreed.bob.awaited_thread("Plans", "True words")

    await agreed.announce(a_create(id=post["uri"]) | {"type": "Update", "id": "http://gamma.test/activities/9"})

    assert await agreed.bob.thread("Plans", "Word 1") is None
    assert await agreed.bob.thread("Plans", "True words") is not None


async def neither_knows_the_other(agreed: Three) -> None:
    for firm, other in ((agreed.beta, "gamma.test"), (agreed.gamma, "beta.test")):
        await firm.services.peers.refresh(now=True)
        assert await firm.services.peers.decide(other) is None
        assert not firm.services.peers.may_contact(other)
        keys = await firm.rows(select(Actor.uri).where(Actor.host == other, Actor.fetched_at.is_not(None)))
        assert keys == []


async def test_somebody_vouched_for_is_met_in_the_community_and_nowhere_else(agreed: Three) -> None:
    """T055, T236: not found by those who do not meet her, not followed, not written to, no partner in any list."""
    await agreed.carol.say(f"{PLANS} Hello")
    seen = await agreed.bob.awaited_thread("Plans", "Hello")
    account = seen["account"]["id"]

    followed = await agreed.bob.call("POST", f"/api/v1/accounts/{account}/follow")
    direct = await agreed.bob.call(
        "POST", "/api/v1/statuses", json={"status": "@carol@gamma.test psst", "visibility": "direct"}
    )

    assert (followed.status, direct.status) == (403, 403)
    assert "alpha.test" in followed.document["error"]
    assert await agreed.bob.find("@carol@gamma.test") is not None
    assert await agreed.ben.find("@carol@gamma.test") is None
    assert (await agreed.ben.call("GET", f"/api/v1/accounts/{account}")).status == 404
    async with agreed.beta.db.read() as tx:
        assert [peer.host for peer in await peers.everyone(tx)] == ["alpha.test"]


@ON_SQLITE
async def test_the_word_stands_for_the_community_of_the_terms_alone(agreed: Three) -> None:
    """The permission to the refusals below."""
    await agreed.announce(a_create())

    assert await agreed.bob.thread("Plans", "Word 1") is not None


@ON_SQLITE
@pytest.mark.parametrize(
    ("activity", "known"),
    [
        (a_create(), {"host": "elsewhere.test"}),
        (a_create(), {"uri": "http://gamma.test/users/somebody"}),
        (a_create(), {"type": "Group"}),
        (a_create(author="http://beta.test/users/ben"), {"uri": "http://beta.test/users/ben", "host": "beta.test"}),
        (a_create() | {"id": "http://elsewhere.test/activities/1"}, {}),
        (a_create(id="http://elsewhere.test/objects/1"), {}),
        (a_create(attributedTo="http://gamma.test/users/somebody"), {}),
        (a_create(community="http://alpha.test/communities/other"), {}),
    ],
    ids=[
        "of another host", "somebody else", "a group", "one of ours", "id of another host",
        "post of another host", "post of another author", "post of another community",
    ],
)  # fmt: skip
async def test_what_does_not_fit_what_is_said_of_the_author_is_not_shown(
    agreed: Three, activity: Document, known: dict[str, Any]
) -> None:
    """T029, T030, T039, T040"""
    await agreed.announce(activity, **known)

    assert await agreed.bob.threads("Plans") == []


@ON_SQLITE
async def test_a_basic_partner_is_not_believed(three: Three) -> None:
    """Section 8, step 4c: never by this row."""
    await three.agree(three.gamma, "plans")
    for one, other in ((three.alpha, "beta.test"), (three.beta, "alpha.test")):
        await one.allow(other)
    await open_to_all(three.alpha)
    await three.join()

    await three.carol.say(f"{PLANS} Hello")
    await three.alice.say(f"{PLANS} From alpha")

    await three.bob.awaited_thread("Plans", "From alpha")
    assert await three.bob.thread("Plans", "Hello") is None


async def open_to_all(firm: Instance) -> None:
    """Let basic partners into its communities as well."""
    async with firm.db.write() as tx:
        await tx.execute(update(Community).values(scope="all"))


@ON_SQLITE
async def test_a_community_that_the_terms_do_not_name_is_not_believed(agreed: Three) -> None:
    """T233: alpha passes on more than was signed."""
    async with agreed.beta.db.write() as tx:
        peer_id = await tx.scalar(select(Peer.id).where(Peer.host == "alpha.test"))
        row = await reading.in_force(tx, int(peer_id))
        assert row is not None
        text = document_of(row)
        shares = text["shares"]
        assert isinstance(shares, list)
        for share in shares:
            share["communities"] = []
        await tx.execute(update(Agreement).where(Agreement.state == IN_FORCE).values(document=stored(text)))

    await agreed.announce(a_create())
    await agreed.alice.say(f"{PLANS} From alpha")

    await agreed.bob.awaited_thread("Plans", "From alpha")
    assert await agreed.bob.thread("Plans", "Word 1") is None


@ON_SQLITE
@pytest.mark.parametrize("domain", ["gamma.test", "test"])
async def test_people_of_a_suspended_server_are_not_shown_on_anybodys_word(agreed: Three, domain: str) -> None:
    """T058, T061"""
    await agreed.beta.allow(domain)
    await agreed.beta.suspend(domain)

    await agreed.announce(a_create())

    assert await agreed.bob.threads("Plans") == []


@ON_SQLITE
async def test_while_the_firm_that_vouches_is_suspended_nothing_of_it_is_shown(agreed: Three) -> None:
    """J10: and everything again afterwards."""
    await agreed.announce(a_create())
    await on_both(agreed, partners.suspend)
    assert await agreed.bob.threads("Plans") == []

    await on_both(agreed, partners.resume)

    async def is_back() -> bool:
        return await agreed.bob.thread("Plans", "Word 1") is not None

    await until(is_back)


async def on_both(agreed: Three, word: Any) -> None:
    """alpha and beta both say it."""
    for firm, domain in ((agreed.beta, "alpha.test"), (agreed.alpha, "beta.test")):
        async with firm.db.write() as tx:
            await word(tx, firm.services.runtime, domain, by=OPERATOR)
        await firm.services.peers.refresh(now=True)
        firm.nudge()
    await agreed.alpha.at_rest()


@ON_SQLITE
async def test_whose_server_becomes_a_partner_speaks_for_themselves(agreed: Three) -> None:
    """Section 8: what was known by alpha's word is read at its own server."""
    await agreed.announce(a_create(), display_name="Not her name", type="Service")
    seen = await agreed.bob.awaited_thread("Plans", "Word 1")
    assert seen["account"]["display_name"] == "Not her name"
    await agreed.beta.allow("gamma.test")
    await agreed.gamma.allow("beta.test")

    await agreed.carol.say(f"{PLANS} I speak for myself")

    async def is_herself() -> bool:
        thread = await agreed.bob.thread("Plans", "for myself")
        return thread is not None and thread["account"]["display_name"] == "Carol"

    await agreed.bob.awaited_thread("Plans", "for myself")
    # Profiles are remembered for a while.
    agreed.beta.clock.advance(minutes=2)
    await until(is_herself)
    assert await agreed.beta.rows(select(Actor.vouched_by, Actor.type).where(Actor.uri == CAROL)) == [(None, "Person")]
