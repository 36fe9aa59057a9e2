"""Seals secrets before they are stored, with a key that lives outside the database (threats T184).

AES-256-GCM; the purpose is bound into the seal, so that one kind of secret cannot be put in the place of another.
"""

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_NONCE_BYTES = 12


class WrongKey(Exception):
    """A sealed value does not open with this key."""


class Vault:
    """Holds the key; its `repr` shows nothing."""

    __slots__ = ("_cipher", "_key")

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"the vault's key has {len(key)} bytes instead of {KEY_BYTES}")
        self._key = key
        self._cipher = AESGCM(key)

    def seal(self, plain: bytes, purpose: str) -> bytes:
        """Encrypt; `purpose` must be given again to open."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, purpose.encode())

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """Decrypt. Raises `WrongKey` where the key, the purpose or the bytes are not those of the sealing."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], purpose.encode())
        except InvalidTag as error:
            raise WrongKey(purpose) from error

    def derive(self, purpose: str) -> bytes:
        """A key for another use (signed links, CSRF tokens), from which this one cannot be had."""
        return hmac.new(self._key, purpose.encode(), hashlib.sha256).digest()

    def __repr__(self) -> str:
        return "Vault([secret])"
