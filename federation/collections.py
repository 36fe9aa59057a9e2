"""Collections of other servers, read within bounds (spec/group-federation.md 14, threats T087), and the digest by which
two servers compare theirs.

A collection is a hint: that an item stands in it proves nothing about the item. Pages lie on the origin of the first;
one that is hidden or broken ends the reading without spoiling what was read before.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from federation.errors import Denied, FederationError, Gone, Malformed
from federation.peers import PeerBook
from federation.runtime import Budget, Runtime
from federation.transport.hosts import host_of, same_origin
from federation.vocab.decode import decode
from federation.vocab.normalise import collection
from federation.vocab.types import Collection, Item

MAX_PAGES = 10
MAX_ITEMS = 500


@dataclass(slots=True)
class Pages:
    """What was read of a collection."""

    attributed_to: str | None = None
    """Whose it says it is; on the origin of the collection, or nobody's."""
    total: int | None = None
    items: list[Item] = field(default_factory=list)
    """In the order given, each id once."""


async def read_collection(runtime: Runtime, peers: PeerBook, address: str, budget: Budget) -> Pages:
    """The items of a collection, at most 500 from at most ten pages.

    Raises `Denied`, `Gone`, `Malformed` or `TryLater` where there is no collection to begin with; later pages that
    cannot be had are left out.
    """
    root = await read_page(runtime, peers, address, budget)
    owner = root.attributed_to
    pages = Pages(attributed_to=owner if owner and same_origin(owner, address) else None, total=root.total)
    seen: dict[str, Item] = {}
    visited = {address}
    page: Collection | None = root
    while page is not None:
        for item in page.items:
            seen.setdefault(item.id, item)
        if len(seen) >= MAX_ITEMS or len(visited) >= MAX_PAGES:
            break
        following = page.first_page or page.next or page.first
        if isinstance(following, Collection):
            page = following
        elif following is None or following in visited or not same_origin(following, address):
            break
        else:
            visited.add(following)
            page = await _following(runtime, peers, following, budget)
    pages.items = list(seen.values())[:MAX_ITEMS]
    return pages


async def _following(runtime: Runtime, peers: PeerBook, address: str, budget: Budget) -> Collection | None:
    try:
        page = await read_page(runtime, peers, address, budget)
    except FederationError:
        return None
    # Only the root leads to a first page: a page that names one would begin anew.
    return Collection(id=page.id, kind=page.kind, items=page.items, next=page.next, total=page.total)


async def read_page(runtime: Runtime, peers: PeerBook, address: str, budget: Budget) -> Collection:
    """One document that is a collection or a page. Raises `Denied`, `Gone`, `Malformed` or `TryLater`."""
    if await peers.decide(host_of(address)) is None:
        raise Denied("collection of a host that is not allowed", reason="domain_not_allowed", uri=address)
    reply = await runtime.client.fetch_document(address, budget)
    if not same_origin(reply.url, address):
        raise Malformed("collection served by another origin", reason="origin_mismatch", uri=address)
    document = decode(reply.body)
    if document.get("type") == "Tombstone":
        raise Gone("collection is deleted", reason="gone", uri=address)
    return collection(document)


def digest_of(uris: Iterable[str]) -> str:
    """XOR of the SHA-256 of each id, in hexadecimal: of a set, whatever its order; zeros for none (FEP-8fcf)."""
    combined = 0
    for uri in uris:
        combined ^= int.from_bytes(hashlib.sha256(uri.encode()).digest())
    return f"{combined:064x}"
