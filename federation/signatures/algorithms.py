"""The arithmetic of request signatures: which algorithm a key is used with, and nothing about messages.

The key decides. What a sender writes about its algorithm can only lead to a refusal (threats T012).
"""

from enum import StrEnum
from typing import Final, assert_never

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256, SHA512

PublicKey = RSAPublicKey | Ed25519PublicKey
PrivateKey = RSAPrivateKey | Ed25519PrivateKey


class Algorithm(StrEnum):
    """Algorithms that are accepted, by their names in the registry of RFC 9421."""

    RSA_V1_5_SHA256 = "rsa-v1_5-sha256"
    RSA_PSS_SHA512 = "rsa-pss-sha512"
    ED25519 = "ed25519"


# Stateless, and made once: building them costs a tenth of a verification.
_PKCS1: Final = PKCS1v15()
_SHA256: Final = SHA256()
_SHA512: Final = SHA512()
_PSS: Final = PSS(mgf=MGF1(_SHA512), salt_length=64)


def sign(private_key: PrivateKey, message: bytes) -> bytes:
    """RSASSA-PKCS1-v1_5 with SHA-256, or Ed25519, as the key is. Both give the same bytes every time."""
    match private_key:
        case RSAPrivateKey():
            return private_key.sign(message, _PKCS1, _SHA256)
        case Ed25519PrivateKey():
            return private_key.sign(message)
        case _:
            assert_never(private_key)


def is_valid(public_key: PublicKey, signature: bytes, message: bytes, algorithm: Algorithm | None) -> bool:
    """Whether the key made the signature; False too when `algorithm` does not fit the kind of key.

    None means the usual one of the key. RSA-PSS is tried only when the sender names it, never as a guess.
    """
    try:
        match public_key:
            case RSAPublicKey():
                if algorithm is None or algorithm is Algorithm.RSA_V1_5_SHA256:
                    public_key.verify(signature, message, _PKCS1, _SHA256)
                elif algorithm is Algorithm.RSA_PSS_SHA512:
                    public_key.verify(signature, message, _PSS, _SHA512)
                else:
                    return False
            case Ed25519PublicKey():
                if algorithm is not None and algorithm is not Algorithm.ED25519:
                    return False
                public_key.verify(signature, message)
            case _:
                assert_never(public_key)
    except InvalidSignature:
        return False
    return True
