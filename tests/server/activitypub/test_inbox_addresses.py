"""Which inboxes there are: said only to partners that have shown who they are."""

import pytest

from models.queries.actors import ActorRow
from tests.server.activitypub.home import HOME, SHARED_INBOX, Home, seen
from tests.support.fake_peer import FakeActor, FakePeer
from tests.support.signing import Signing, rsa_key


@pytest.fixture
async def alice(home: Home) -> ActorRow:
    return await home.person("alice")


@pytest.fixture
def bob(partner: FakePeer) -> FakeActor:
    return partner.actor("bob")


async def test_every_inbox_takes_the_same(home: Home, alice: ActorRow, bob: FakeActor) -> None:
    town = await home.community("town", host=alice)
    inboxes = [SHARED_INBOX, f"{HOME}/actor/inbox", f"{alice.uri}/inbox", f"{town.uri}/inbox"]
    notes = [bob.note() for _ in inboxes]

    answers = [await bob.post(inbox, note) for inbox, note in zip(inboxes, notes, strict=True)]

    assert [answer.status for answer in answers] == [202] * 4
    assert await home.received() == [note["id"] for note in notes]


async def test_an_inbox_that_is_not_there_takes_nothing(home: Home, bob: FakeActor) -> None:
    answer = await bob.post(f"{HOME}/users/nobody/inbox", bob.note())

    assert answer.status == 404
    assert await home.received() == []


async def test_inboxes_of_hidden_communities_look_like_unknown_ones(
    home: Home, alice: ActorRow, bob: FakeActor, stranger: FakePeer
) -> None:
    """T155, T165, T170: to partners, to whoever signs wrongly, and to whoever does not sign."""
    await home.community("plans", host=alice, visibility="private")
    await home.community("board", host=alice, scope="none")
    inboxes = [f"{HOME}/communities/{name}/inbox" for name in ("nothing", "plans", "board")]
    wrong = Signing(key=rsa_key("another"))

    allowed = [seen(await bob.post(inbox, bob.note())) for inbox in inboxes]
    badly_signed = [seen(await bob.post(inbox, bob.note(), wrong)) for inbox in inboxes]
    unsigned = [seen(await stranger.post_unsigned(inbox, bob.note())) for inbox in inboxes]
    malformed = [seen(await bob.post(inbox, b"{")) for inbox in inboxes]

    assert [answers[0][0] for answers in (allowed, badly_signed, unsigned, malformed)] == [404, 401, 401, 400]
    for answers in (allowed, badly_signed, unsigned, malformed):
        assert answers == [answers[0]] * 3
    assert await home.received() == []


async def test_without_a_good_signature_a_known_inbox_looks_like_an_unknown_one(
    home: Home, alice: ActorRow, bob: FakeActor, stranger: FakePeer
) -> None:
    wrong = Signing(key=rsa_key("another"))
    known, unknown = f"{alice.uri}/inbox", f"{HOME}/users/nobody/inbox"

    assert seen(await bob.post(known, bob.note(), wrong)) == seen(await bob.post(unknown, bob.note(), wrong))
    assert seen(await stranger.post_unsigned(known, {})) == seen(await stranger.post_unsigned(unknown, {}))


async def test_a_farewell_does_not_tell_which_inboxes_there_are(
    home: Home, alice: ActorRow, partner: FakePeer, bob: FakeActor
) -> None:
    """T021, T170: what anybody can say in the name of an actor that nobody knew needs no key, at any address."""
    await home.community("plans", host=alice, visibility="private")
    inboxes = [f"{HOME}/communities/nothing/inbox", f"{HOME}/communities/plans/inbox", f"{alice.uri}/inbox"]
    wrong = Signing(key=rsa_key("another"))

    answers = [seen(await bob.post(inbox, bob.activity("Delete", object=bob.uri), wrong)) for inbox in inboxes]

    assert [answer[0] for answer in answers] == [202] * 3
    assert answers == [answers[0]] * 3
    assert partner.asked == []
    assert await home.received() == []


async def test_the_inbox_of_a_deleted_person_is_gone(
    home: Home, alice: ActorRow, bob: FakeActor, stranger: FakePeer
) -> None:
    await home.mark_deleted(alice)

    assert (await bob.post(f"{alice.uri}/inbox", bob.note())).status == 410
    assert (await stranger.post_unsigned(f"{alice.uri}/inbox", bob.note())).status == 401
    assert await home.received() == []


async def test_the_inbox_of_a_deleted_private_community_never_was(home: Home, alice: ActorRow, bob: FakeActor) -> None:
    """T155"""
    plans = await home.community("plans", host=alice, visibility="private")
    await home.mark_deleted(plans)

    assert (await bob.post(f"{plans.uri}/inbox", bob.note())).status == 404


async def test_a_person_whose_account_is_closed_still_has_an_inbox(home: Home, alice: ActorRow, bob: FakeActor) -> None:
    """Recipients come from the activity; what goes to a closed account must not come back to its sender."""
    await home.suspend(alice)

    assert (await bob.post(f"{alice.uri}/inbox", bob.note())).status == 202


@pytest.mark.parametrize("name", ["%00", "a%0d%0ab", "%ff", "x" * 300])
async def test_names_that_nobody_can_have_are_unknown(home: Home, bob: FakeActor, name: str) -> None:
    assert (await bob.post(f"{HOME}/users/{name}/inbox", bob.note())).status == 404
