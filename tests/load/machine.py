"""How fast this machine is at the moment, beside the one that the targets are meant for.

Two threads of one core, or somebody else's work, can double the CPU seconds of the same work. So two known pieces of
work are timed before and after each measurement, and the targets are held against figures at the targets' speed too.
"""

import json
import math
import time
from collections.abc import Callable
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from tests.load.letters import BASE_URL, PRIVATE_KEY, create

# CPU seconds there: an RSA-2048 signature; decoding and encoding JSON of 2 KiB by the standard library.
_SIGNATURE, _JSON = 1 / 3_100, 1 / 132_000 + 1 / 83_000
_SECONDS = 0.15


def slowness() -> float:
    """How many times the CPU seconds of the targets' machine the same work takes here and now."""
    letter = json.loads(create(f"{BASE_URL}/users/alice", "letter", f"{BASE_URL}/communities/sites", datetime.now(UTC)))
    signature = _cpu_seconds(lambda: PRIVATE_KEY.sign(b"signed", PKCS1v15(), SHA256()))
    transcript = _cpu_seconds(lambda: json.loads(json.dumps(letter)))
    return math.sqrt(signature / _SIGNATURE * transcript / _JSON)


def _cpu_seconds(work: Callable[[], object]) -> float:
    """Of one piece of work."""
    began, count = time.thread_time(), 0
    while (spent := time.thread_time() - began) < _SECONDS:
        work()
        count += 1
    return spent / count
