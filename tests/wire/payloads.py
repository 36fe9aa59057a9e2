"""The payloads: collected ones beside the repository, where they are, and ours; each with hosts that a test can play.

Both are named alike, as `lemmy/follow`: the software that sends it, and what it is. Ours stand in `own/`, one file for
each software, and were written for this project; those collected lie in `../shared/wire`, one file each.
"""

import itertools
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from tests.support.specification import WIRE

Document = dict[str, Any]

COLLECTED, OWN = "collected", "own"
_OWN_FOLDER = Path(__file__).parent / "own"

_VOCABULARIES = {"www.w3.org", "w3id.org", "nodeinfo.diaspora.software"}
_ADDRESS = re.compile(rb"https?:((?:\\*/){2})([A-Za-z0-9._-]+(?::\d+)?)")
_ACCT = re.compile(rb"acct:[^@\"]+@([A-Za-z0-9.-]+)")
_FILLED_IN = {
    b"{{domain}}": b"social.invalid",
    b"{{subdomain}}": b"www.social.invalid",
    b"{{DOMAIN}}": b"social.invalid",
}


@dataclass(frozen=True)
class Payload:
    """One document as it is sent, its hosts mapped to hosts of the test."""

    name: str
    body: bytes
    hosts: tuple[str, ...]
    """All that it speaks of."""

    @property
    def document(self) -> Any:
        """A fresh copy, decoded."""
        return json.loads(self.body)

    def put(self, roles: Mapping[str, str]) -> "Payload":
        """Give ids of the payload to others: each of these, and what lies below it, is called so from now on."""
        changed = _walk(self.document, lambda text: _renamed(text, roles))
        return self.with_document(changed) if changed != self.document else self

    def with_document(self, document: object) -> "Payload":
        """The same with another content."""
        return replace(self, body=json.dumps(document).encode())


@cache
def payload(source: str, name: str) -> Payload | None:
    """One payload of one source; None: it has none of this name."""
    raw = _collected(name) if source == COLLECTED else _own(name)
    if raw is None:
        return None
    hosts: dict[str, None] = {}

    def move(found: re.Match[bytes]) -> bytes:
        host = found[2].decode()
        if host in _VOCABULARIES:
            return found[0]
        moved = _moved(host)
        hosts[moved] = None
        return b"http:" + found[1] + moved.encode()

    body = _ADDRESS.sub(move, raw)
    for found in _ACCT.finditer(raw):
        hosts[_moved(found[1].decode())] = None
    return Payload(name, body, tuple(hosts))


def _moved(host: str) -> str:
    """A host that the test can play."""
    return re.sub(r"[^a-z0-9]", "-", host.lower()) + ".test"


def listed() -> list[str]:
    """The names that the index of the collection tells about; none where it is absent."""
    index = WIRE / "index.md"
    lines = index.read_text().splitlines() if index.exists() else []
    return [line.split("|")[1].strip().removesuffix(".json") for line in lines if re.match(r"\| \S+/\S+\.json ", line)]


def owned() -> list[str]:
    """The names of ours."""
    return [f"{file.stem}/{what}" for file in sorted(_OWN_FOLDER.glob("*.json")) for what in _own_file(file.stem)]


def _collected(name: str) -> bytes | None:
    file = WIRE / f"{name}.json"
    return _completed(file.read_bytes()) if file.exists() else None


def _own(name: str) -> bytes | None:
    software, what = name.split("/")
    document = _own_file(software).get(what)
    # One that depends on its bytes is kept as text.
    return document.encode() if isinstance(document, str) else document and json.dumps(document).encode()


@cache
def _own_file(software: str) -> Document:
    file = _OWN_FOLDER / f"{software}.json"
    return dict(json.loads(file.read_bytes())) if file.exists() else {}


def _completed(raw: bytes) -> bytes:
    """Ids, dates and keys that whoever collected it took out, and placeholders, get values again."""
    for blank, filled in _FILLED_IN.items():
        raw = raw.replace(blank, filled)
    raw = re.sub(rb"\{\{(\w+)\}\}", rb"\1", raw)
    numbers = itertools.count(1)
    raw = re.sub(b"SCRUBBED_ID", lambda _: b"https://kbin.test/f/object/%d" % next(numbers), raw)
    return raw.replace(b"SCRUBBED_DATE", b"2025-06-01T12:00:00+00:00")


def _walk(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_walk(entry, change) for entry in value]
    if isinstance(value, dict):
        return {name: _walk(entry, change) for name, entry in value.items()}
    return value


def _renamed(text: str, roles: Mapping[str, str]) -> str:
    for old, new in roles.items():
        if text == old or text.startswith((f"{old}/", f"{old}#")):
            return new + text[len(old) :]
    return text
