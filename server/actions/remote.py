"""Looking up actors and posts at allowed partners, for somebody who typed a handle or pasted an address."""

from federation.errors import Denied, Malformed
from federation.inbox.context import Tools
from federation.inbox.incoming import Incoming
from federation.inbox.posting import take_in
from federation.runtime import Budget
from federation.transport.hosts import host_of, parse_url, same_origin
from federation.vocab import types
from federation.vocab.decode import decode
from federation.vocab.normalise import any_object
from models.gate import Operation
from models.queries import actors, posts
from server.services import Services


async def look_up_handle(services: Services, handle: str, budget: Budget) -> None:
    """Fetch the actor that a handle names, where it is a partner's and not known yet. Raises `FederationError`."""
    name, at, host = handle.lstrip("@!").partition("@")
    if not at or not name or host.lower() == services.runtime.config.domain:
        return
    async with services.runtime.db.read() as tx:
        known = await actors.by_handle(tx, name, host.lower())
    if known is None:
        await services.discovery.by_handle(name, host, budget)


def canonical(address: str) -> str:
    """An address as it is stored, however its host was typed (threats R5); what is no address, as it is."""
    try:
        found = parse_url(address, schemes=("http", "https"))
    except Malformed:
        return address
    _, hash_sign, fragment = address.partition("#")
    return f"{found}{hash_sign}{fragment}"


async def look_up_address(services: Services, address: str, budget: Budget) -> None:
    """Fetch what an address names, an actor or a post, from its own origin. Raises `FederationError`."""
    if same_origin(address, services.runtime.config.base_url):
        return
    async with services.runtime.db.read() as tx:
        if await actors.by_uri_or_url(tx, address) or await posts.by_uri_or_url(tx, address, Operation()):
            return
    if await services.peers.decide(host_of(address)) is None:
        raise Denied("host is not allowed", reason="domain_not_allowed", host=host_of(address))
    reply = await services.runtime.client.fetch_document(address, budget)
    found = any_object(decode(reply.body))
    if not same_origin(found.id, address):
        raise Malformed("document of another origin", reason="origin_mismatch", uri=address)
    match found:
        case types.Actor():
            await services.directory.resolve(found.id, budget)
        case types.Post():
            await _take_post(services, found, reply.url, budget)
        case _:
            return


async def _take_post(services: Services, post: types.Post, url: str, budget: Budget) -> None:
    """A post is believed as its origin serves it at its own id."""
    if post.id != url:
        fetched = any_object(decode((await services.runtime.client.fetch_document(post.id, budget)).body))
        if not isinstance(fetched, types.Post) or fetched.id != post.id:
            raise Malformed("document has another id than its address", reason="origin_mismatch", uri=post.id)
        post = fetched
    if not same_origin(post.attributed_to, post.id):
        raise Denied("author of another origin", reason="origin_mismatch", uri=post.id)
    author = await services.directory.resolve(post.attributed_to, budget)
    item = Incoming(
        post=post, author=author, activity=None, raw=None, share=None, received_at=services.runtime.clock.now()
    )
    tools = Tools(services.runtime, services.peers, services.directory, services.discovery, services.proofs)
    async with services.runtime.db.write() as tx:
        await take_in(tx, tools, [item])
