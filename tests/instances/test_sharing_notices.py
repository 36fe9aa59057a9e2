"""Hosts are told when another firm's people may come into their community from now on (product section 3)."""

from collections.abc import Sequence
from contextlib import suppress

import pytest
from sqlalchemy import select

from models.communities import LABELS
from models.engine import Database
from models.posts import DIRECT, Post
from models.sharing_notices import SharingNotice
from server.actions import agreements, moderation, openness, partners, sharing_notices
from tests.instances.crossing import crossing
from tests.instances.sharing import Firms, is_in, say
from tests.support.api import Api
from tests.support.held_clock import HeldClock
from tests.support.instances import Instance
from tests.support.waiting import until


async def told(person: Api) -> list[str]:
    """What somebody was told by their own server of other firms' people, the oldest first."""
    said = [one["status"]["content"] for one in await person.notified_of("mention")]
    return [one for one in reversed(said) if "From now on people of" in one]


def names(texts: Sequence[str]) -> list[str]:
    """The communities that they are about, each with the partner."""
    return [f"{one.partition('/c/')[2].partition('/')[0]} {one.partition('people of ')[2].split()[0]}" for one in texts]


async def test_hosts_are_told_what_a_new_basic_partner_may_join_and_of_nothing_else(firms: Firms) -> None:
    alpha, alice = firms.alpha, firms.alice
    ada = await alpha.person("ada")
    await ada.join(await alpha.community("sites", host=alice))
    await alpha.community("inner", host=alice, scope="none")
    await alpha.community("chosen", host=alice, scope="selected")
    await alpha.community("asked", host=alice, visibility="on-request")
    await alpha.community("hidden", host=alice, visibility="private")
    await alpha.community("delicate", host=alice, label="restricted")

    await alpha.allow("beta.test")

    (text,) = await told(alice)
    assert "people of beta.test can join sites@alpha.test and read what is written in it." in text
    assert "What was written before can be read there as well (beta.test)." in text
    assert "les personnes de beta.test peuvent rejoindre sites@alpha.test et lire ce qui s" in text
    assert "http://alpha.test/c/sites/settings" in text
    assert await told(ada) == await told(firms.bob) == []


async def test_hosts_are_told_once_for_each_beginning(firms: Firms) -> None:
    """Neither when it is named again nor when it goes on; but when it begins anew, after an end."""
    alpha, alice = firms.alpha, firms.alice
    await alpha.community("sites", host=alice)
    await alpha.allow("beta.test")
    await alpha.allow("beta.test", "gamma.test")
    await alpha.suspend("beta.test")
    await alpha.resume("beta.test")
    before = await told(alice)
    await alpha.end("beta.test")
    await alpha.community("younger", host=alice)

    await alpha.allow("beta.test")

    assert names(before) == ["sites beta.test", "sites gamma.test"]
    assert names(await told(alice)) == [*names(before), "sites beta.test", "younger beta.test"]


async def test_of_several_new_partners_hosts_are_told_together(firms: Firms) -> None:
    await firms.alpha.community("sites", host=firms.alice)

    await firms.alpha.allow("gamma.test", "beta.test")

    (text,) = await told(firms.alice)
    assert "people of beta.test, gamma.test can join sites@alpha.test" in text


async def test_hosts_are_told_what_terms_name_with_how_one_comes_in(firms: Firms) -> None:
    """Whoever hosts a private community, and nobody else, hears of it; history is open nowhere by these terms."""
    alpha, alice = firms.alpha, firms.alice
    ada = await alpha.person("ada")
    await alpha.community("plans", host=alice, visibility="on-request", scope="selected", label="restricted")
    await alpha.community("board", host=ada, visibility="private", scope="selected")
    await alpha.community("other", host=alice, scope="selected")
    await alpha.community("inner", host=alice, scope="none")
    await alpha.community("canteen", host=alice, scope="all")

    await agreements.propose(alpha.services, "beta.test", firms_terms("plans", "board"), by="operator")
    await firms.rest()
    assert await told(alice) == await told(ada) == []
    await agreements.accept(firms.beta.services, "alpha.test", [], by="operator")
    await firms.rest()

    (plans,), (board,) = await told(alice), await told(ada)
    assert "people of beta.test can ask to join plans@alpha.test: those whom you let in" in plans
    assert "people of beta.test can be invited to board@alpha.test" in board
    assert "written before" not in plans + board
    labels = await alpha.rows(select(Post.label).where(Post.audience == DIRECT).order_by(Post.label))
    assert [LABELS[row[0]] for row in labels] == ["internal", "restricted"]


def firms_terms(*communities: str, **wishes: object) -> agreements.Wanted:
    return agreements.Wanted(communities=communities, ceiling="restricted", **wishes)  # type: ignore[arg-type]


async def test_whatever_hosts_open_is_told_up_to_the_ceiling_on_both_sides(firms: Firms) -> None:
    """Each side's own hosts, of what that side shares."""
    await firms.alpha.community("plans", host=firms.alice, visibility="on-request")
    await firms.alpha.community("merger", host=firms.alice, label="confidential")
    await firms.alpha.community("inner", host=firms.alice, scope="none")
    await firms.beta.community("ideas", host=firms.bob, scope="selected")
    await firms.beta.community("chats", host=firms.ben)
    wanted = firms_terms(opens=True, history=True)
    await agreements.propose(firms.alpha.services, "beta.test", wanted, by="operator")
    await firms.rest()

    await agreements.accept(firms.beta.services, "alpha.test", ["ideas"], by="operator")
    await firms.rest()

    assert names(await told(firms.alice)) == ["plans beta.test"]
    assert names(await told(firms.bob)) == ["ideas alpha.test"]
    assert await told(firms.ben) == []


async def test_of_changed_terms_hosts_are_told_what_was_not_shared_before(firms: Firms) -> None:
    """Also where a basic partner signs: it had the open ones already. Going on after a rest tells nothing."""
    for name, scope in (("sites", "all"), ("plans", "selected"), ("later", "selected")):
        await firms.alpha.community(name, host=firms.alice, scope=scope)
    await firms.alpha.allow("beta.test")
    seen = [names(await told(firms.alice))]

    await firms.agree("sites", "plans")
    seen.append(names(await told(firms.alice)))
    await say(firms.alpha, partners.suspend, "beta.test")
    await firms.settle()
    for firm, other in ((firms.alpha, "beta.test"), (firms.beta, "alpha.test")):
        await say(firm, partners.resume, other)
    await firms.settle()
    assert await is_in(firms.alpha, "beta.test", "active")
    seen.append(names(await told(firms.alice)))
    await firms.agree("plans", "later")
    seen.append(names(await told(firms.alice)))
    await firms.agree("sites", "plans", "later")

    first, second = ["sites beta.test"], ["sites beta.test", "plans beta.test"]
    assert seen == [first, second, second, [*second, "later beta.test"]]
    assert names(await told(firms.alice)) == [*second, "later beta.test", "sites beta.test"]


async def test_what_is_shared_again_when_a_change_is_taken_back_is_told_and_a_replay_tells_nothing(
    alpha: Instance, beta: Instance, clock: HeldClock
) -> None:
    """alpha has signed terms with a lower ceiling when it hears that beta wants them no more."""
    async with crossing(alpha, beta, clock) as two:
        alice = await alpha.person("alice")
        await alpha.community("merger", host=alice, scope="selected", label="restricted")
        await two.agree(communities=["merger"], ceiling="restricted")
        first = names(await told(alice))
        await two.propose(beta, ceiling="internal")
        await two.carry_all()
        await two.accept(alpha)
        await two.take_back(beta)
        await two.carry(beta)

        await two.carry_again()

        assert await two.seen(alpha) == await two.rests(alpha)
        assert (first, names(await told(alice))) == (["merger beta.test"], ["merger beta.test"] * 2)


# --- many communities --------------------------------------------------------------------------------------------


async def with_many(alpha: Instance) -> Api:
    """Five communities of one host, of a firm that tells of two at once; a partner has come."""
    alice = await alpha.person("alice")
    for number in range(5):
        await alpha.community(f"c{number}", host=alice)
    await alpha.allow("beta.test")
    return alice


async def owed(db: Database) -> int:
    async with db.read() as tx:
        return len((await tx.select(select(SharingNotice.community_id))).all())


class Killed(Exception):
    """In the midst of it."""


async def killed_in_a_turn(alpha: Instance) -> None:
    runtime = alpha.services.runtime
    with suppress(Killed):
        async with runtime.db.write() as tx:
            assert await sharing_notices.tell_next(tx, runtime, runtime.clock.now())
            raise Killed


async def test_of_many_communities_each_is_told_once_whatever_is_killed_between(
    alpha: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing_notices, "_AT_ONCE", 2)
    async with alpha.running("web"):
        alice = await with_many(alpha)
        assert names(await told(alice)) == ["c0 beta.test", "c1 beta.test"]
        await killed_in_a_turn(alpha)
        assert (len(await told(alice)), await owed(alpha.db)) == (2, 3)

    async with alpha.running():
        await until(lambda: nothing_owed(alpha))

        assert names(await told(alice)) == [f"c{number} beta.test" for number in range(5)]


async def nothing_owed(alpha: Instance) -> bool:
    return await owed(alpha.db) == 0


async def test_what_is_narrowed_before_its_turn_is_told_to_nobody(
    alpha: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing_notices, "_AT_ONCE", 2)
    async with alpha.running("web"):
        alice = await with_many(alpha)
        async with alpha.db.write() as tx:
            place = await moderation.operators_seat(tx, alpha.services.runtime, "c3")
            await openness.change(tx, alpha.services.runtime, place, openness.Wanted(scope="none"))

    async with alpha.running():
        await until(lambda: nothing_owed(alpha))

        assert names(await told(alice)) == [f"c{number} beta.test" for number in (0, 1, 2, 4)]


async def test_what_is_over_before_its_turn_is_told_to_nobody(alpha: Instance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing_notices, "_AT_ONCE", 2)
    async with alpha.running("web"):
        alice = await with_many(alpha)
        await alpha.end("beta.test")

    async with alpha.running():
        await until(lambda: nothing_owed(alpha))

        assert names(await told(alice)) == ["c0 beta.test", "c1 beta.test"]
