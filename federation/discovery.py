"""Finding an actor by handle (WebFinger, checked in both directions) and a peer's software (NodeInfo)."""

from federation.actors import ActorDirectory
from federation.errors import Denied, FederationError, Malformed
from federation.peers import PeerBook
from federation.runtime import Budget, Runtime
from federation.transport.hosts import canonical_host, host_of, same_origin
from federation.vocab.decode import decode
from models.queries.actors import ActorRow
from models.writes import peer_facts

_SELF_TYPES = ("application/activity+json", 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"')
_NODEINFO = "http://nodeinfo.diaspora.software/ns/schema/2."


class Discovery:
    """Looks things up at allowed peers."""

    def __init__(self, runtime: Runtime, peers: PeerBook, directory: ActorDirectory) -> None:
        self._runtime = runtime
        self._peers = peers
        self._directory = directory

    async def by_handle(self, username: str, host: str, budget: Budget) -> ActorRow:
        """The actor that `@username@host` names.

        Raises `Denied` for hosts that are not allowed, `Malformed` where there is none or the two directions do not
        agree (threats T175), `TryLater` where one could not look.
        """
        host = canonical_host(host)
        if await self._peers.decide(host) is None:
            raise Denied("handle at a host that is not allowed", reason="domain_not_allowed", host=host)
        scheme = self._runtime.config.base_url.partition("://")[0]
        resource = f"acct:{username}@{host}"
        reply = await self._runtime.client.fetch_json(
            f"{scheme}://{host}/.well-known/webfinger?resource={resource}", budget
        )
        uri = _self_link(decode(reply.body), resource)
        if not same_origin(uri, f"{scheme}://{host}"):
            raise Denied("handle leads to another host", reason="origin_mismatch", uri=uri, host=host)
        actor = await self._directory.resolve(uri, budget)
        if actor.username != username.lower():
            raise Malformed("actor has another name than its handle", reason="origin_mismatch", uri=uri)
        return actor

    async def learn_software(self, host: str, budget: Budget) -> None:
        """Ask a peer what it runs, at most once a day; failing to is no error."""
        now = self._runtime.clock.now()
        async with self._runtime.db.write() as tx:
            if not await peer_facts.claim_software_check(tx, host, now):
                return
        try:
            name = await self._software(host, budget)
        except FederationError:
            return
        async with self._runtime.db.write() as tx:
            await peer_facts.set_software(tx, host, name)

    async def _software(self, host: str, budget: Budget) -> str:
        scheme = self._runtime.config.base_url.partition("://")[0]
        links = decode((await self._runtime.client.fetch_json(f"{scheme}://{host}/.well-known/nodeinfo", budget)).body)
        found = links.get("links")
        addresses = [
            str(link.get("href"))
            for link in (found if isinstance(found, list) else [])
            if isinstance(link, dict) and str(link.get("rel", "")).startswith(_NODEINFO)
        ]
        if not addresses or host_of(max(addresses)) != host:
            raise Malformed("no NodeInfo of this host", reason="shape", host=host)
        software = decode((await self._runtime.client.fetch_json(max(addresses), budget)).body).get("software")
        name = software.get("name") if isinstance(software, dict) else None
        if not isinstance(name, str):
            raise Malformed("NodeInfo without a name", reason="shape", host=host)
        return name.lower()[:100]


def _self_link(document: dict[str, object], resource: str) -> str:
    """The actor's address. A subject on another host would need that host's confirmation: refused."""
    subject = document.get("subject")
    if not isinstance(subject, str) or subject.lower() != resource.lower():
        raise Malformed("WebFinger answers for somebody else", reason="origin_mismatch", subject=str(subject)[:200])
    links = document.get("links")
    for link in links if isinstance(links, list) else []:
        if isinstance(link, dict) and link.get("rel") == "self" and link.get("type") in _SELF_TYPES:
            href = link.get("href")
            if isinstance(href, str):
                return href
    raise Malformed("WebFinger names no actor", reason="shape", resource=resource)
