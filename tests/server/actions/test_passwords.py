"""Passwords count whole, and checking one takes as long for nobody as for somebody."""

from collections.abc import Iterator

import pytest

from server.actions.passwords import MAX_CHARACTERS, MIN_CHARACTERS, Passwords
from server.actions.refusals import Refused


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    opened = Passwords()
    yield opened
    opened.close()


async def test_the_right_password_opens_and_another_does_not(passwords: Passwords) -> None:
    stored = await passwords.hash("correct horse")

    assert await passwords.verify("correct horse", stored)
    assert not await passwords.verify("correct hors", stored)
    assert stored.startswith("$argon2id$")


async def test_two_passwords_that_share_72_bytes_differ(passwords: Passwords) -> None:
    """T123."""
    stored = await passwords.hash("x" * 72 + "a")

    assert not await passwords.verify("x" * 72 + "b", stored)


async def test_nobody_has_no_password(passwords: Passwords) -> None:
    """T121."""
    assert not await passwords.verify("correct horse", None)


async def test_what_is_no_hash_opens_to_nothing(passwords: Passwords) -> None:
    assert not await passwords.verify("correct horse", "plain text")


@pytest.mark.parametrize("length", [MIN_CHARACTERS, MAX_CHARACTERS])
async def test_passwords_at_the_limits_are_taken(passwords: Passwords, length: int) -> None:
    assert await passwords.verify("x" * length, await passwords.hash("x" * length))


@pytest.mark.parametrize("length", [0, MIN_CHARACTERS - 1, MAX_CHARACTERS + 1])
async def test_passwords_one_past_the_limits_are_refused(passwords: Passwords, length: int) -> None:
    with pytest.raises(Refused, match="8 to 1024"):
        await passwords.hash("x" * length)


async def test_a_hash_with_other_parameters_is_to_be_renewed(passwords: Passwords) -> None:
    """T123."""
    old = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$1rQYbCmRSjQ"

    assert passwords.is_outdated(old)
    assert not passwords.is_outdated(await passwords.hash("correct horse"))
