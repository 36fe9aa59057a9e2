"""The key pair by which push services know this server (VAPID, RFC 8292): made once, never changed."""

import base64
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
)

from models.engine import Database
from models.queries import state as state_queries
from models.vault import Vault
from models.writes import state
from server.notify.encryption import ServerKey

NAME: Final = "vapid"


async def public_key(db: Database, vault: Vault) -> str:
    """The uncompressed P-256 point in URL-safe base64, with padding; the pair is made where there is none yet."""
    async with db.read() as tx:
        known = await state_queries.text(tx, f"{NAME}_public")
    if known is not None:
        return known
    pair = ec.generate_private_key(ec.SECP256R1())
    point = pair.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    text = base64.urlsafe_b64encode(point).decode()
    der = pair.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    async with db.write() as tx:
        await state.record_secret(tx, NAME, vault.seal(der, NAME))
        await state.record(tx, f"{NAME}_public", text)
    return text


async def server_key(db: Database, vault: Vault, domain: str) -> ServerKey:
    """The pair with the address to which push services may write about it."""
    public = await public_key(db, vault)
    async with db.read() as tx:
        sealed = await state_queries.secret(tx, NAME)
    assert sealed is not None, "the public half is recorded in the same transaction"
    private = load_der_private_key(vault.open(sealed, NAME), password=None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    return ServerKey(private, public, f"mailto:postmaster@{domain.partition(':')[0]}")
