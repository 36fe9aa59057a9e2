"""Founding a community: its actor, its rules, its first member."""

from typing import Any

import pytest
from sqlalchemy import func, select

from models.actors import Actor, Follow
from models.communities import Community
from server.actions import accounts
from server.actions.accounts import NewAccount
from server.actions.communities import Founded, NewCommunity, create_community
from server.actions.local_actors import Keys
from server.actions.refusals import Refused
from server.installation import Installation


@pytest.fixture
async def founder(installation: Installation, keys: Keys) -> int:
    """Alice."""
    async with installation.db.write() as tx:
        new = NewAccount(username="alice", email="alice@firm.test")
        return (await accounts.create_account(tx, installation, new, keys, by="operator")).id


async def found(here: Installation, keys: Keys, **facts: Any) -> Founded:
    new = NewCommunity(**{"name": "sites", "title": "Our sites", "host": "alice", **facts})
    async with here.db.write() as tx:
        return await create_community(tx, here, new, keys, by="operator")


async def test_a_community_has_the_addresses_of_the_interface(
    installation: Installation, keys: Keys, founder: int
) -> None:
    founded = await found(installation, keys, name="Sites")

    async with installation.db.read() as tx:
        row = (await tx.select(select(*Actor.__table__.c).where(Actor.type == "Group"))).mappings().one()
    assert founded == Founded(row["id"], "sites", "sites@alpha.test", "http://alpha.test/communities/sites")
    assert (row["url"], row["display_name"]) == ("http://alpha.test/@sites", "Our sites")
    assert row["inbox_url"] == "http://alpha.test/communities/sites/inbox"
    assert row["followers_url"] == "http://alpha.test/communities/sites/followers"
    assert row["moderators_url"] == "http://alpha.test/communities/sites/moderators"


async def test_the_host_is_the_first_member(installation: Installation, keys: Keys, founder: int) -> None:
    founded = await found(installation, keys)

    async with installation.db.read() as tx:
        columns = (Follow.follower_id, Follow.target_id, Follow.role, Follow.is_accepted, Follow.accepted_at)
        row = (await tx.select(select(*columns))).one()
    assert tuple(row) == (founder, founded.id, "host", True, installation.clock.now())


@pytest.mark.parametrize(
    ("visibility", "is_locked", "is_discoverable"),
    [("open", False, True), ("on-request", True, True), ("private", True, False)],
)
async def test_visibility_says_who_may_join_and_find_it(
    installation: Installation, keys: Keys, founder: int, *, visibility: str, is_locked: bool, is_discoverable: bool
) -> None:
    await found(installation, keys, visibility=visibility, scope="all", label="restricted")

    async with installation.db.read() as tx:
        columns = (Actor.is_locked, Actor.is_discoverable, Community.visibility, Community.scope, Community.label)
        row = (await tx.select(select(*columns).join(Community, Community.actor_id == Actor.id))).one()
    assert tuple(row) == (is_locked, is_discoverable, visibility, "all", 1)


@pytest.mark.parametrize(
    "facts",
    [
        {"visibility": "secret"},
        {"scope": "some"},
        {"label": "public"},
        {"title": "  "},
        {"title": "t" * 101},
        {"name": "alice"},
        {"name": "our sites"},
        {"host": "nora"},
    ],
)
async def test_what_is_not_right_is_refused_and_leaves_nothing(
    installation: Installation, keys: Keys, founder: int, facts: dict[str, str]
) -> None:
    with pytest.raises(Refused):
        await found(installation, keys, **facts)

    async with installation.db.read() as tx:
        assert await tx.scalar(select(func.count()).select_from(Community)) == 0


async def test_a_title_of_a_hundred_characters_is_not_too_long(
    installation: Installation, keys: Keys, founder: int
) -> None:
    assert (await found(installation, keys, title="t" * 100)).name == "sites"


async def test_a_suspended_person_cannot_host(installation: Installation, keys: Keys, founder: int) -> None:
    async with installation.db.write() as tx:
        await accounts.suspend(tx, installation, "alice", by="operator")

    with pytest.raises(Refused, match="suspended"):
        await found(installation, keys)
