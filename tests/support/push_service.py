"""A push service on loopback, and an app that reads what comes there: decrypted and verified by nothing of ours.

The two encodings after RFC 8291 with RFC 8188, and after the draft before them (draft-ietf-webpush-encryption-04).
"""

import base64
import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.support.ports import free_port
from tests.support.schemas import FOLDER, validate


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


@dataclass(frozen=True)
class Message:
    """What the push service was given."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class PhoneApp:
    """An app with keys of its own."""

    endpoint: str
    pair: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = field(default_factory=lambda: os.urandom(16))

    @property
    def point(self) -> bytes:
        """Its public key."""
        return self.pair.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def wish(self, *alerts: str, policy: str = "all", standard: bool = True) -> dict[str, Any]:
        """What it posts to be told."""
        return {
            "subscription": {
                "endpoint": self.endpoint,
                "keys": {"p256dh": encoded(self.point), "auth": encoded(self.auth)},
                "standard": standard,
            },
            "data": {"alerts": dict.fromkeys(alerts, True), "policy": policy},
        }

    def read(self, message: Message) -> dict[str, Any]:
        """The clear text of a message, in whichever of the two encodings it is."""
        if message.headers["Content-Encoding"] == "aes128gcm":
            clear = self._standard(message.body)
        else:
            clear = self._draft(message)
        document: dict[str, Any] = json.loads(clear)
        if FOLDER.is_dir():
            validate("PushMessage", document)
        return document

    def _shared(self, point: bytes) -> bytes:
        return self.pair.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point))

    def _standard(self, body: bytes) -> bytes:
        salt, size = body[:16], body[20]
        point, records = body[21 : 21 + size], body[21 + size :]
        info = b"WebPush: info\0" + self.point + point
        secret = _derived(self._shared(point), self.auth, info, 32)
        key = _derived(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
        nonce = _derived(secret, salt, b"Content-Encoding: nonce\0", 12)
        padded = AESGCM(key).decrypt(nonce, records, None).rstrip(b"\0")
        assert padded.endswith(b"\2"), "one record, the last"
        return padded[:-1]

    def _draft(self, message: Message) -> bytes:
        salt = decoded(message.headers["Encryption"].removeprefix("salt="))
        point = decoded(message.headers["Crypto-Key"].partition(";")[0].removeprefix("dh="))
        secret = _derived(self._shared(point), self.auth, b"Content-Encoding: auth\0", 32)
        context = b"P-256\0" + b"".join(len(one).to_bytes(2, "big") + one for one in (self.point, point))
        key = _derived(secret, salt, b"Content-Encoding: aesgcm\0" + context, 16)
        nonce = _derived(secret, salt, b"Content-Encoding: nonce\0" + context, 12)
        padded = AESGCM(key).decrypt(nonce, message.body, None)
        return padded[2 + int.from_bytes(padded[:2], "big") :]


def verified(message: Message, server_key: str) -> dict[str, Any]:
    """The claims by which the server says who it is, verified by the key that apps were told. Raises where they lie."""
    authorization = message.headers["Authorization"]
    bare = server_key.rstrip("=")
    if authorization.startswith("vapid "):
        token, _, key = authorization.removeprefix("vapid t=").partition(", k=")
        assert key == bare
    else:
        token = authorization.removeprefix("WebPush ")
        assert message.headers["Crypto-Key"].endswith(f";p256ecdsa={bare}")
    head, claims, signature = token.split(".")
    raw = decoded(signature)
    signed = utils.encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(bare))
    public.verify(signed, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    assert json.loads(decoded(head)) == {"alg": "ES256", "typ": "JWT"}
    found: dict[str, Any] = json.loads(decoded(claims))
    return found


@dataclass
class PushService:
    """What came, and what it answers from now on."""

    port: int
    came: list[Message] = field(default_factory=list)
    status: int = 201
    headers: dict[str, str] = field(default_factory=dict)

    async def take(self, request: web.Request) -> web.Response:
        """POST anything."""
        self.came.append(Message(request.path, dict(request.headers), await request.read()))
        return web.Response(status=self.status, headers=self.headers)


@asynccontextmanager
async def push_service() -> AsyncIterator[PushService]:
    """A push service for the time of the block."""
    service = PushService(free_port())
    app = web.Application()
    app.router.add_post("/{path:.*}", service.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", service.port).start()
    try:
        yield service
    finally:
        await runner.cleanup()
