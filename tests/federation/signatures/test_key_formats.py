"""Forms of keys: what peers publish, what we write, and hostile material (threats T013)."""

from base64 import b64decode, b64encode
from collections.abc import Callable
from contextlib import suppress
from time import process_time
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from federation.errors import Unauthenticated
from federation.signatures.key_formats import (
    generate_ed25519,
    generate_rsa,
    load_private_key,
    multibase_decode,
    multibase_encode,
    parse_public_multibase,
    parse_public_pem,
    private_der,
    public_multibase,
    public_pem,
)
from tests.federation.signatures.support import ED25519_KEY, PATIENT, RSA_KEY, VECTORS

KEYS: dict[str, Any] = VECTORS["keys"]
ODD_2048 = RSA_KEY.public_key().public_numbers().n


def integer(value: int) -> bytes:
    """DER of an integer."""
    content = value.to_bytes(value.bit_length() // 8 + 1)
    return b"\x02" + length(content) + content


def sequence(*parts: bytes) -> bytes:
    """DER of a sequence."""
    content = b"".join(parts)
    return b"\x30" + length(content) + content


def length(content: bytes) -> bytes:
    size = len(content)
    if size < 128:
        return bytes([size])
    octets = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([0x80 | len(octets)]) + octets


def pkcs1(modulus: int, exponent: int = 65537) -> bytes:
    return sequence(integer(modulus), integer(exponent))


def pem(der: bytes, label: str = "RSA PUBLIC KEY") -> str:
    return f"-----BEGIN {label}-----\n{b64encode(der).decode()}\n-----END {label}-----\n"


def modulus_of(bits: int) -> int:
    """An odd number of exactly so many bits; nothing here factors it."""
    return (1 << (bits - 1)) | ODD_2048 | 1 if bits > 2048 else (1 << (bits - 1)) | 12345


def is_refused(parse: Callable[[str], object], text: str) -> bool:
    try:
        parse(text)
    except Unauthenticated as error:
        return error.reason == "key_refused"
    return False


@pytest.mark.parametrize("name", ["rsa-2048", "rsa-4096", "ed25519"])
def test_a_published_key_is_the_same_in_every_form(name: str) -> None:
    forms = KEYS[name]
    keys = [parse_public_pem(forms["public_pem"]), parse_public_multibase(forms["public_multibase"])]

    assert keys[0] == keys[1]
    assert public_pem(keys[0]) == forms["public_pem"]
    assert public_multibase(keys[0]) == forms["public_multibase"]


def test_a_pkcs1_pem_is_read() -> None:
    assert parse_public_pem(KEYS["rsa-2048"]["public_pkcs1_pem"]) == RSA_KEY.public_key()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.rstrip("\n"),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: f"\n  {text}\n\n",
        lambda text: pem(b64decode("".join(text.splitlines()[1:-1])), "PUBLIC KEY"),
    ],
    ids=["no newline", "crlf", "space around", "one long line"],
)
def test_a_pem_is_read_whatever_its_lines(spoil: Callable[[str], str]) -> None:
    assert parse_public_pem(spoil(KEYS["rsa-2048"]["public_pem"])) == RSA_KEY.public_key()


def test_rsa_sizes_from_2048_to_4096_bits_are_accepted() -> None:
    """T013."""
    assert isinstance(parse_public_pem(pem(pkcs1(modulus_of(2048)))), RSAPublicKey)
    assert isinstance(parse_public_pem(pem(pkcs1(modulus_of(4096)))), RSAPublicKey)


@pytest.mark.parametrize("bits", [512, 1024, 2047, 4097, 8192, 16384])
def test_rsa_sizes_outside_are_refused(bits: int) -> None:
    """T013."""
    assert is_refused(parse_public_pem, pem(pkcs1(modulus_of(bits))))


@pytest.mark.parametrize("exponent", [3, 5, 65537, 2**32 - 1])
def test_sane_exponents_are_accepted(exponent: int) -> None:
    """T013."""
    assert isinstance(parse_public_pem(pem(pkcs1(ODD_2048, exponent))), RSAPublicKey)


@pytest.mark.parametrize("exponent", [0, 1, 2, 4, 65536, 2**32 + 1, 2**2047 + 1])
def test_other_exponents_are_refused(exponent: int) -> None:
    """T013."""
    assert is_refused(parse_public_pem, pem(pkcs1(ODD_2048, exponent)))


def test_an_even_modulus_is_refused() -> None:
    """T013."""
    assert is_refused(parse_public_pem, pem(pkcs1(ODD_2048 + 1)))


def test_a_text_of_8192_characters_is_read_and_one_more_refused() -> None:
    """T013."""
    text = KEYS["rsa-2048"]["public_pem"]
    filler = 8192 - len(text)

    assert parse_public_pem(text + " " * filler) == RSA_KEY.public_key()
    assert is_refused(parse_public_pem, text + " " * (filler + 1))
    assert is_refused(parse_public_pem, text + "A" * 2**20)


def test_private_keys_are_refused_in_the_place_of_public_ones() -> None:
    """T013."""
    for key in (RSA_KEY, ED25519_KEY):
        text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        assert is_refused(parse_public_pem, text)
        assert is_refused(parse_public_pem, text.replace("PRIVATE", "PUBLIC"))
        assert is_refused(parse_public_pem, KEYS["rsa-2048"]["public_pem"] + text)
    old = RSA_KEY.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
    assert is_refused(parse_public_pem, old)
    assert is_refused(parse_public_pem, old.replace("PRIVATE", "PUBLIC"))


@pytest.mark.parametrize("name", ["rsa-1024", "ec-p256"])
def test_published_keys_of_refused_kinds_are_refused(name: str) -> None:
    """T013."""
    assert is_refused(parse_public_pem, KEYS[name]["public_pem"])


def test_several_keys_in_one_text_are_refused() -> None:
    """T014."""
    assert is_refused(parse_public_pem, KEYS["rsa-2048"]["public_pem"] * 2)


@pytest.mark.parametrize("text", ["", "z", "key", "-----BEGIN PUBLIC KEY-----", "-----BEGIN CERTIFICATE-----\nAA==\n"])
def test_a_text_that_is_no_pem_is_refused(text: str) -> None:
    """T013."""
    assert is_refused(parse_public_pem, text)


def test_refusing_takes_less_than_fifty_milliseconds() -> None:
    """T013: the costliest that fits in the bounds."""
    texts = [pem(pkcs1(modulus_of(16384))), pem(pkcs1(ODD_2048, 2**2047 + 1)), "A" * 8192]
    start = process_time()

    for text in texts:
        is_refused(parse_public_pem, text)
    is_refused(parse_public_multibase, "z" * 1024)

    assert process_time() - start < 0.05


@pytest.mark.parametrize(
    "data",
    [
        bytes.fromhex("ed01") + bytes(31),
        bytes.fromhex("ed01") + bytes(33),
        bytes.fromhex("ed01"),
        bytes.fromhex("8024") + bytes(33),
        bytes.fromhex("8026") + bytes(32),
        bytes(32),
        b"",
        bytes.fromhex("8524") + b"not der",
        bytes.fromhex("8524") + pkcs1(modulus_of(1024)),
        bytes.fromhex("8524") + RSA_KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        bytes.fromhex("8524") + ED25519_KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        bytes.fromhex("8524") + pkcs1(ODD_2048) + b"\0",
    ],
)
def test_a_multikey_of_another_kind_is_refused(data: bytes) -> None:
    """T013."""
    assert is_refused(parse_public_multibase, multibase_encode(data))


@pytest.mark.parametrize("text", ["", "6MkhaXgBZDvot", "mLm/M42c", "z0", "zO", "zI", "zl", "z\u00e9", "zM MM"])
def test_a_text_that_is_no_base58_is_refused(text: str) -> None:
    assert is_refused(parse_public_multibase, text)


def test_a_multibase_text_of_1024_characters_is_read_and_one_more_refused() -> None:
    """T013."""
    assert multibase_decode("z" + "1" * 1023) == bytes(1023)
    assert is_refused(multibase_decode, "z" + "1" * 1024)


@pytest.mark.parametrize("data", [b"", b"\0", b"\0\0\x01", b"\xff" * 40, bytes(range(64))])
def test_multibase_gives_back_what_it_was_given(data: bytes) -> None:
    assert multibase_decode(multibase_encode(data)) == data


def test_our_own_keys_survive_storage() -> None:
    rsa, ed25519 = load_private_key(private_der(RSA_KEY)), load_private_key(private_der(ED25519_KEY))

    assert isinstance(rsa, RSAPrivateKey)
    assert isinstance(ed25519, Ed25519PrivateKey)
    assert rsa.private_numbers() == RSA_KEY.private_numbers()
    assert ed25519.private_bytes_raw() == ED25519_KEY.private_bytes_raw()


def test_our_own_keys_are_loaded_without_the_costly_check() -> None:
    """The check takes 20 to 50 ms for each key."""
    der = private_der(RSA_KEY)
    start = process_time()

    for _ in range(10):
        load_private_key(der)

    assert process_time() - start < 0.1


def test_a_stored_key_of_another_kind_is_an_error() -> None:
    other = generate_private_key(SECP256R1()).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())

    for der in (other, b"", b"not der"):
        with pytest.raises(ValueError, match=r".*"):
            load_private_key(der)


def test_new_keys_are_of_the_kinds_that_peers_accept() -> None:
    rsa = generate_rsa()

    assert (rsa.key_size, rsa.public_key().public_numbers().e) == (2048, 65537)
    assert isinstance(generate_ed25519().public_key(), Ed25519PublicKey)
    assert rsa.public_key() != generate_rsa().public_key()


@PATIENT
@given(st.integers(0, 293), st.integers(1, 255), st.booleans())
def test_no_damaged_key_does_more_than_be_refused(place: int, change: int, is_cut: bool) -> None:
    """T013."""
    der = bytearray(RSA_KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    der[place] ^= change
    text = pem(bytes(der[: place + 1] if is_cut else der), "PUBLIC KEY")

    with suppress(Unauthenticated):
        assert isinstance(parse_public_pem(text), RSAPublicKey)
