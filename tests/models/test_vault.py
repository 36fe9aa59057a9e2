"""What is sealed opens with the same key and for the same purpose only."""

import pytest

from models.vault import KEY_BYTES, Vault, WrongKey

KEY = bytes(range(KEY_BYTES))


def test_what_is_sealed_opens_again() -> None:
    sealed = Vault(KEY).seal(b"private", "actor-key:a")

    assert Vault(KEY).open(sealed, "actor-key:a") == b"private"


def test_the_seal_shows_nothing_of_what_is_inside() -> None:
    """T184."""
    vault = Vault(KEY)

    assert b"private" not in vault.seal(b"private", "p")
    assert vault.seal(b"private", "p") != vault.seal(b"private", "p")


def test_another_key_does_not_open_it() -> None:
    sealed = Vault(KEY).seal(b"private", "p")

    with pytest.raises(WrongKey):
        Vault(bytes(KEY_BYTES)).open(sealed, "p")


def test_one_kind_of_secret_cannot_be_put_in_the_place_of_another() -> None:
    sealed = Vault(KEY).seal(b"private", "actor-key:a")

    with pytest.raises(WrongKey):
        Vault(KEY).open(sealed, "actor-key:b")


@pytest.mark.parametrize("position", [0, 12, -1])
def test_a_changed_byte_is_noticed(position: int) -> None:
    sealed = bytearray(Vault(KEY).seal(b"private", "p"))
    sealed[position] ^= 1

    with pytest.raises(WrongKey):
        Vault(KEY).open(bytes(sealed), "p")


@pytest.mark.parametrize("length", [KEY_BYTES - 1, KEY_BYTES + 1])
def test_a_key_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match=str(KEY_BYTES)):
        Vault(bytes(length))


def test_the_key_is_not_shown() -> None:
    """T185."""
    assert KEY.hex() not in repr(Vault(KEY))
    assert repr(Vault(KEY)) == "Vault([secret])"


def test_derived_keys_differ_by_purpose_and_are_always_the_same() -> None:
    assert Vault(KEY).derive("csrf") == Vault(KEY).derive("csrf")
    assert Vault(KEY).derive("csrf") != Vault(KEY).derive("links")
    assert Vault(KEY).derive("csrf") != KEY
