"""What the server that a thing belongs to says about it: the word that counts where two others disagree."""

from typing import Final

from federation.errors import Denied, Gone, Malformed
from federation.inbox.context import Tools
from federation.runtime import Budget
from federation.transport.hosts import host_of, same_origin
from federation.vocab import types
from federation.vocab.decode import decode
from federation.vocab.normalise import any_object

_NOT_FOUND: Final = 404


async def fetch(tools: Tools, uri: str, budget: Budget) -> types.Activity | types.Embedded:
    """A document from its own origin, whose id is its address (threats R2).

    Raises `Denied` for a host that is not allowed, before anything is asked, and otherwise as `Client.fetch_document`.
    """
    found = await _read(tools, uri, budget)
    if found.id != uri:
        raise Malformed("document has another id than its address", reason="origin_mismatch", uri=uri)
    return found


async def fetch_named(tools: Tools, address: str, budget: Budget) -> types.Activity | types.Embedded:
    """As `fetch`, of an address that may be another than the id, as a page's is: on one origin the document is read
    once more where its id is (spec 2).
    """
    found = await _read(tools, address, budget)
    if found.id == address:
        return found
    if not same_origin(found.id, address):
        raise Malformed("document of another origin", reason="origin_mismatch", uri=address, id=found.id)
    return await fetch(tools, found.id, budget)


async def _read(tools: Tools, address: str, budget: Budget) -> types.Activity | types.Embedded:
    if await tools.peers.decide(host_of(address)) is None:
        raise Denied("host is not allowed", reason="domain_not_allowed", uri=address)
    return any_object(decode((await tools.runtime.client.fetch_document(address, budget)).body))


async def is_gone(tools: Tools, uri: str, budget: Budget) -> bool:
    """The origin confirms that something is deleted: 404, 410 or a Tombstone. Raises `Denied` and `TryLater`."""
    try:
        found = await fetch(tools, uri, budget)
    except Gone:
        return True
    except Malformed as error:
        # Where it refuses to say (400, 401, 403), or to show, it has not said that it is gone (spec 8, step 4e).
        return error.context.get("status") == _NOT_FOUND
    return isinstance(found, types.Tombstone)
