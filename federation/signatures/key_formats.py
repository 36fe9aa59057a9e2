"""Keys in the forms in which actors publish them (PEM, Multikey of FEP-521a) and in which we keep our own.

RSA of 2048 to 4096 bits and Ed25519; everything else is refused here, before it costs anything (threats T013).
"""

from typing import Final, assert_never

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
    load_pem_public_key,
)

from federation.errors import Unauthenticated
from federation.signatures.algorithms import PrivateKey, PublicKey

MAX_PEM_CHARS: Final = 8 * 1024
MIN_RSA_BITS: Final = 2048
MAX_RSA_BITS: Final = 4096
# 65537 is what everybody uses. A huge exponent makes a verification hundreds of times dearer.
MAX_RSA_EXPONENT_BITS: Final = 32
# RSA of 4096 bits takes 720 characters. Decoding costs the square of the length.
MAX_MULTIBASE_CHARS: Final = 1024

_NEW_RSA_BITS: Final = 2048
_PEM_FRAMES: Final = (
    ("-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----"),
    ("-----BEGIN RSA PUBLIC KEY-----", "-----END RSA PUBLIC KEY-----"),
)
_MULTICODEC_ED25519: Final = bytes.fromhex("ed01")
_MULTICODEC_RSA: Final = bytes.fromhex("8524")
_BASE58: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_TEN_DIGITS: Final = 58**10
_BASE58_VALUES: Final = {character: value for value, character in enumerate(_BASE58)}


def parse_public_pem(text: str) -> PublicKey:
    """The key of a `publicKeyPem`: SPKI or PKCS#1, whatever the line ends. Raises `Unauthenticated` (key_refused)."""
    if len(text) > MAX_PEM_CHARS:
        raise _refusal("PEM too long", characters=len(text))
    block = text.strip()
    framed = any(block.startswith(begin) and block.endswith(end) for begin, end in _PEM_FRAMES)
    if not framed or block.count("-----BEGIN") != 1 or not block.isascii():
        raise _refusal("not the PEM of one public key")
    try:
        key = load_pem_public_key(block.encode("ascii"))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _refusal("PEM cannot be read") from error
    return _accepted(key)


def parse_public_multibase(text: str) -> PublicKey:
    """The key of a `publicKeyMultibase` (FEP-521a): Ed25519, or RSA as PKCS#1.

    Raises `Unauthenticated` (key_refused).
    """
    data = multibase_decode(text)
    prefix, material = data[:2], data[2:]
    try:
        if prefix == _MULTICODEC_ED25519:
            return Ed25519PublicKey.from_public_bytes(material)
        if prefix == _MULTICODEC_RSA:
            key = _accepted(load_der_public_key(material))
            # The loader takes other forms too; a key has one form only, or its text could not be compared.
            if isinstance(key, RSAPublicKey) and key.public_bytes(Encoding.DER, PublicFormat.PKCS1) == material:
                return key
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _refusal("Multikey cannot be read") from error
    raise _refusal("Multikey of another kind", multicodec=prefix.hex())


def public_pem(key: PublicKey) -> str:
    """SPKI PEM with a newline at the end, for `publicKeyPem`."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")


def public_multibase(key: PublicKey) -> str:
    """Multikey text for `publicKeyMultibase`."""
    match key:
        case Ed25519PublicKey():
            return multibase_encode(_MULTICODEC_ED25519 + key.public_bytes_raw())
        case RSAPublicKey():
            return multibase_encode(_MULTICODEC_RSA + key.public_bytes(Encoding.DER, PublicFormat.PKCS1))
        case _:
            assert_never(key)


def generate_rsa() -> RSAPrivateKey:
    """A new RSA key of 2048 bits. Takes a tenth of a second or more: call it in a thread."""
    return rsa.generate_private_key(public_exponent=65537, key_size=_NEW_RSA_BITS)


def generate_ed25519() -> Ed25519PrivateKey:
    """A new Ed25519 key."""
    return Ed25519PrivateKey.generate()


def private_der(key: PrivateKey) -> bytes:
    """PKCS#8 DER without a password: for sealed storage, never for a log or a document."""
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def load_private_key(der: bytes) -> PrivateKey:
    """One of our own keys, as `private_der` wrote it. Raises `ValueError` when it is not that.

    Does not check that the parts of an RSA key fit each other: that takes 44 ms and was true when we made it.
    """
    key = load_der_private_key(der, password=None, unsafe_skip_rsa_key_validation=True)
    if isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
        return key
    raise ValueError("private key of a kind that we do not make")


def multibase_encode(data: bytes) -> str:
    """Multibase text in base58btc, the only base that FEP-521a and FEP-8b32 allow: `z` and the digits."""
    number = int.from_bytes(data)
    digits: list[str] = []
    while number:
        # Ten digits at a time: dividing the whole long number is what costs.
        number, group = divmod(number, _TEN_DIGITS)
        for _ in range(10):
            group, digit = divmod(group, 58)
            digits.append(_BASE58[digit])
    zeros = len(data) - len(data.lstrip(b"\0"))
    return "z" + _BASE58[0] * zeros + "".join(reversed(digits)).lstrip(_BASE58[0])


def multibase_decode(text: str) -> bytes:
    """The bytes of a multibase text in base58btc, of at most 1024 characters.

    Raises `Unauthenticated` (key_refused).
    """
    if len(text) > MAX_MULTIBASE_CHARS:
        raise _refusal("multibase text too long", characters=len(text))
    if not text.startswith("z"):
        raise _refusal("multibase text is not base58btc")
    digits = text[1:]
    number = 0
    for character in digits:
        value = _BASE58_VALUES.get(character)
        if value is None:
            raise _refusal("multibase text is not base58btc")
        number = number * 58 + value
    zeros = len(digits) - len(digits.lstrip(_BASE58[0]))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8)


def _accepted(key: object) -> PublicKey:
    if isinstance(key, Ed25519PublicKey):
        return key
    if not isinstance(key, RSAPublicKey):
        raise _refusal("key is neither RSA nor Ed25519")
    if not MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS:
        raise _refusal("RSA key of a refused size", bits=key.key_size)
    numbers = key.public_numbers()
    exponent = numbers.e
    if exponent < 3 or exponent % 2 == 0 or exponent.bit_length() > MAX_RSA_EXPONENT_BITS or numbers.n % 2 == 0:
        raise _refusal("RSA key with numbers that no honest program makes")
    return key


def _refusal(message: str, **context: object) -> Unauthenticated:
    return Unauthenticated(message, reason="key_refused", **context)
