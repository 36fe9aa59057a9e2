"""What is stored of a random secret (token, session, one-time address): enough to know it again, not to use it."""

import hashlib


def secret_hash(secret: str) -> str:
    """SHA-256 in hex. Enough for secrets of 16 random bytes and more; passwords need `passwords.py` (threats T145)."""
    return hashlib.sha256(secret.encode()).hexdigest()
