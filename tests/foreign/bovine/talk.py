"""Runs among bovine's packages, not ours: reads one order as JSON, does it with bovine as it is, prints JSON.

{"do": "fetch", …}: a signed GET; "deliver": a signed POST; "check": verify a request that somebody else signed;
"read": what bovine's normaliser makes of documents.
"""

import asyncio
import json
import sys
from typing import Any

import aiohttp
from bovine.clients.signed_http import SignedHttpClient, legacy_digest_method, legacy_digest_method_uppercase
from bovine.crypto.helper import content_digest_sha256_rfc_9530
from bovine.crypto.signature_checker import SignatureChecker
from bovine.crypto.types import CryptographicIdentifier
from muck_out import normalize_data

DIGESTS = {
    "sha-256": legacy_digest_method,
    "SHA-256": legacy_digest_method_uppercase,
    "content-digest": content_digest_sha256_rfc_9530,
}


class Laboratory(aiohttp.abc.AbstractResolver):
    """Leads every name to one port of this machine."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[aiohttp.abc.ResolveResult]:
        return [{"hostname": host, "host": "127.0.0.1", "port": self._port, "family": family, "proto": 0, "flags": 0}]

    async def close(self) -> None:
        return None


async def ask(order: dict[str, Any]) -> dict[str, Any]:
    """A signed request, and how it was answered."""
    digest = DIGESTS[order.get("digest", "sha-256")]
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=Laboratory(order["port"]))) as session:
        client = SignedHttpClient(session, order["key_id"], order["private_key"], digest_method=digest)
        if order["do"] == "fetch":
            answer = await client.get(order["url"])
        else:
            answer = await client.post(order["url"], json.dumps(order["activity"]))
        text = await answer.text()
        return {"status": answer.status, "document": json.loads(text) if text else None}


async def check(order: dict[str, Any]) -> dict[str, Any]:
    """Whose signature a request carries; null: nobody's that bovine can verify."""

    async def key(_: str) -> CryptographicIdentifier | None:
        return CryptographicIdentifier.from_public_key(order["public_key"])

    async def body() -> bytes:
        return str(order["body"]).encode()

    checker = SignatureChecker(key)
    return {"signer": await checker.validate_signature(order["method"], order["url"], order["headers"], body)}


def read(order: dict[str, Any]) -> list[Any]:
    """Each document in the shape of bovine's own, by the kinds that it can be read as."""
    return [normalize_data(document).model_dump(mode="json", exclude_none=True) for document in order["documents"]]


def main() -> None:
    order = json.load(sys.stdin)
    match order["do"]:
        case "read":
            found: object = read(order)
        case "check":
            found = asyncio.run(check(order))
        case _:
            found = asyncio.run(ask(order))
    json.dump(found, sys.stdout)


main()
