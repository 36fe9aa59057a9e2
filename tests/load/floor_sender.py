"""The floor of a delivery: one RSA signature and one POST of an aiohttp client, many in flight, and nothing else.

`python -m tests.load.floor_sender PORT COUNT` prints CPU seconds and seconds on the wall as JSON.
"""

import asyncio
import base64
import hashlib
import json
import subprocess
import sys
import time
from datetime import UTC, datetime
from email.utils import formatdate

import uvloop
from aiohttp import ClientSession, TCPConnector
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from tests.load.http_load import HOST
from tests.load.letters import BASE_URL, PRIVATE_KEY, create

_IN_FLIGHT = 64
_WARMING_UP = 200


def floor_of_delivery(port: int, count: int) -> tuple[float, float]:
    """CPU milliseconds for one delivery, and deliveries per second."""
    done = subprocess.run(
        [sys.executable, "-m", __name__, str(port), str(count)], capture_output=True, text=True, check=True
    )
    cpu, wall = json.loads(done.stdout)
    return 1000 * cpu / count, count / wall


async def _send(port: int, count: int) -> tuple[float, float]:
    body = create(f"{BASE_URL}/users/alice", "floor", f"{BASE_URL}/communities/sites", datetime.now(UTC))
    digest = "SHA-256=" + base64.b64encode(hashlib.sha256(body).digest()).decode()
    slots = asyncio.Semaphore(_IN_FLIGHT)

    async def deliver(number: int) -> None:
        host, date = f"host{number % 200}.test", formatdate(usegmt=True)
        signed = f"(request-target): post /inbox\nhost: {host}\ndate: {date}\ndigest: {digest}"
        signature = base64.b64encode(PRIVATE_KEY.sign(signed.encode(), PKCS1v15(), SHA256())).decode()
        headers = {
            "Host": host,
            "Date": date,
            "Digest": digest,
            "Content-Type": "application/activity+json",
            "Signature": f'keyId="{BASE_URL}/users/alice#main-key",headers="(request-target) host date digest",'
            f'signature="{signature}"',
        }
        async with session.post(f"http://{HOST}:{port}/inbox", data=body, headers=headers) as response:
            await response.read()
        slots.release()

    async def deliver_all(many: int) -> None:
        tasks = set()
        for number in range(many):
            await slots.acquire()
            tasks.add(asyncio.ensure_future(deliver(number)))
        await asyncio.gather(*tasks)

    async with ClientSession(connector=TCPConnector(limit=0)) as session:
        await deliver_all(_WARMING_UP)
        cpu, wall = time.process_time(), time.perf_counter()
        await deliver_all(count)
        return time.process_time() - cpu, time.perf_counter() - wall


if __name__ == "__main__":
    print(json.dumps(uvloop.run(_send(int(sys.argv[1]), int(sys.argv[2])))))
