"""Why somebody may not write in a community, in words."""

from datetime import datetime

from federation.peers import PeerBook, PeerInfo
from models.accounts import AUDITOR, GUEST, OBSERVER
from models.communities import GUEST_ROLE, NOWHERE
from models.engine import WriteTx
from models.gate import Person, Standing, Verb, may
from models.queries import actors, moderation
from models.queries.actors import ActorRow
from models.queries.posts import PostRow
from server.actions.refusals import NotAllowed
from server.http.languages import to_translate

NOT_A_MEMBER = to_translate("You are not a member of this community")
BANNED = to_translate("You are banned from this community. Ask its hosts until when")
LOCKED = to_translate("This thread is locked: only moderators answer")
HOSTS_ONLY = to_translate("Only hosts open threads in this community")
GUESTS_ANSWER = to_translate("As a guest you answer and react: members open the threads")
GUESTS_PRIVATELY = to_translate(
    "As a guest you answer in your communities, and write privately to people whom you meet there"
)
AUDITORS_PRIVATELY = to_translate("As an auditor you write privately to people, and in no community")
OVER = to_translate("This community was a trial, and its time is up: it is there to be read")
BY_ROLE = (BANNED, LOCKED, HOSTS_ONLY, GUESTS_ANSWER, GUESTS_PRIVATELY, AUDITORS_PRIVATELY, OVER)
"""What has nothing to do with who would read it."""
NO_PART = to_translate("%(host)s shares this community with your firm no more: nobody there would get it")
READS_ONLY = to_translate("By agreement with %(host)s your firm reads in this community and does not write")


def may_not_write(standing: Standing, community: ActorRow, *, is_reply: bool) -> NotAllowed:
    """Why somebody with this standing may not write in a community."""
    if standing.role == AUDITOR:
        return NotAllowed(AUDITORS_PRIVATELY)
    if standing.role is None:
        return NotAllowed(NOT_A_MEMBER)
    if standing.is_banned:
        return NotAllowed(BANNED)
    if standing.is_over:
        return NotAllowed(OVER)
    if standing.reads_only:
        return _reads_only(community)
    if standing.role == GUEST_ROLE and not is_reply:
        return NotAllowed(GUESTS_ANSWER)
    return NotAllowed(LOCKED if is_reply else HOSTS_ONLY)


def require_private(author_role: str | None, *, is_private: bool) -> None:
    """Guests and auditors write to single people, and to nobody at large. Raises `NotAllowed`."""
    if not is_private and author_role in (GUEST, OBSERVER, AUDITOR):
        raise NotAllowed(AUDITORS_PRIVATELY if author_role == AUDITOR else GUESTS_PRIVATELY)


async def still_writes(tx: WriteTx, peers: PeerBook, viewer: Person, row: PostRow, at: datetime) -> ActorRow | None:
    """The community of somebody's own post, in which they change it; None where it is in none. What they wrote in one
    that they were removed from stays as it is until they delete it (threats T153). Raises `NotAllowed`.
    """
    community = await actors.by_id(tx, row.community_id) if row.community_id else None
    if community is None:
        return None
    peer = peers.by_id(community.peer_id) if community.peer_id is not None else None
    if community.peer_id is not None and (peer is None or not peer.is_active):
        raise link_rests(community.host, peer)
    standing = await moderation.standing(tx, viewer.person_id, community.id, at)
    is_reply = row.parent_uri is not None
    verb, is_closed = (Verb.REPLY, row.is_closed) if is_reply else (Verb.POST, False)
    if not may(standing, verb, hosts_only=bool(community.hosts_only), is_closed=is_closed):
        raise may_not_write(standing, community, is_reply=is_reply)
    return community


def may_not_react(standing: Standing, community: ActorRow) -> NotAllowed:
    """Why somebody with this standing may not react to what is written in a community."""
    if standing.role == AUDITOR:
        return NotAllowed(AUDITORS_PRIVATELY)
    if standing.is_banned:
        return NotAllowed(BANNED)
    if standing.role is None:
        return NotAllowed(NOT_A_MEMBER)
    if standing.is_over:
        return NotAllowed(OVER)
    return _reads_only(community) if standing.reads_only else NotAllowed(NOT_A_MEMBER)


def is_withheld(community: ActorRow) -> bool:
    """A partner's community that its server called back from our firm."""
    return not community.is_local and community.scope == NOWHERE


def _reads_only(community: ActorRow) -> NotAllowed:
    return NotAllowed(NO_PART if is_withheld(community) else READS_ONLY, host=community.host)


def link_rests(host: str, peer: PeerInfo | None) -> NotAllowed:
    """Nothing goes to this server: since when its suspension is known."""
    if peer is None or not peer.suspended_at:
        return NotAllowed(
            to_translate("The link with %(firm)s is suspended: nothing can be sent there for now"), firm=host
        )
    return NotAllowed(
        to_translate("The link with %(firm)s is suspended since %(moment)s UTC: nothing can be sent there for now"),
        firm=host,
        moment=f"{peer.suspended_at:%Y-%m-%d %H:%M}",
    )
