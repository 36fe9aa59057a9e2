"""The very first start: one administrator, one community, one address that works once."""

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from sqlalchemy import select

from models.accounts import SignInLink
from models.queries import accounts as signing_in
from models.queries import roster
from models.writes.sessions import add_session
from server.actions.secret_hash import secret_hash
from server.first_start import sign_in_address
from server.installation import Installation
from tests.support.installations import clock, installation
from tests.support.site import SteadyClock

__all__ = ["clock", "installation"]

PREFIX = "http://alpha.test/sign-in/once/"


async def signed_in_by(here: Installation, address: str) -> str | None:
    async with here.db.read() as tx:
        found = await signing_in.sign_in_link(tx, secret_hash(address.removeprefix(PREFIX)), here.clock.now())
    return None if found is None else found.username


async def first_address(here: Installation) -> str:
    address = await sign_in_address(here)
    assert address is not None
    assert address.startswith(PREFIX)
    return address


async def test_the_first_start_makes_an_administrator_who_hosts_a_community(installation: Installation) -> None:
    address = await first_address(installation)

    async with installation.db.read() as tx:
        people, communities = await roster.people(tx), await roster.communities(tx)
    assert [(person.username, person.role) for person in people] == [("admin", "admin")]
    assert [(one.username, one.title, one.scope, one.members) for one in communities] == [
        ("entraide", "Entraide", "none", 1)
    ]
    assert await signed_in_by(installation, address) == "admin"


@pytest.mark.parametrize(("language", "title"), [("fr", "Entraide"), ("en", "Mutual help")])
async def test_the_sample_community_is_titled_in_the_servers_language(
    installation: Installation, language: str, title: str
) -> None:
    settings = msgspec.structs.replace(installation.settings, language=language)
    here = replace(installation, settings=settings)

    await first_address(here)

    async with here.db.read() as tx:
        assert [one.title for one in await roster.communities(tx)] == [title]


async def test_the_address_is_kept_as_a_hash_and_ends_after_a_day(
    installation: Installation, clock: SteadyClock
) -> None:
    """T131."""
    address = await first_address(installation)

    async with installation.db.read() as tx:
        row = (await tx.select(select(SignInLink.token_hash, SignInLink.expires_at))).one()
    assert tuple(row) == (secret_hash(address.removeprefix(PREFIX)), clock.now() + timedelta(hours=24))
    clock.advance(hours=24)
    assert await signed_in_by(installation, address) is None


async def test_another_start_gives_another_address_while_nobody_has_signed_in(installation: Installation) -> None:
    first = await first_address(installation)
    second = await first_address(installation)

    assert await signed_in_by(installation, first) is None
    assert await signed_in_by(installation, second) == "admin"


async def test_once_the_administrator_is_in_there_are_no_more_addresses(installation: Installation) -> None:
    await first_address(installation)
    async with installation.db.write() as tx:
        admin = await roster.person(tx, "admin")
        assert admin is not None
        await add_session(tx, token_hash="session", actor_id=admin.actor_id, now=installation.clock.now())

    assert await sign_in_address(installation) is None
