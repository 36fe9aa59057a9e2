"""Why somebody may not write in a community, in words."""

from federation.peers import PeerInfo
from models.gate import Standing
from server.actions.refusals import NotAllowed
from server.http.languages import to_translate

NOT_A_MEMBER = to_translate("You are not a member of this community")
BANNED = to_translate("You are banned from this community. Ask its hosts until when")
LOCKED = to_translate("This thread is locked: only moderators answer")
HOSTS_ONLY = to_translate("Only hosts open threads in this community")
OVER = to_translate("This community was a trial, and its time is up: it is there to be read")
BY_ROLE = (BANNED, LOCKED, HOSTS_ONLY, OVER)
"""What has nothing to do with who would read it."""
READS_ONLY = to_translate("By agreement with %(host)s your firm reads in this community and does not write")


def may_not_write(standing: Standing, host: str, *, is_reply: bool) -> NotAllowed:
    """Why somebody with this standing may not write in a community of that host."""
    if standing.role is None:
        return NotAllowed(NOT_A_MEMBER)
    if standing.is_banned:
        return NotAllowed(BANNED)
    if standing.is_over:
        return NotAllowed(OVER)
    if standing.reads_only:
        return NotAllowed(READS_ONLY, host=host)
    return NotAllowed(LOCKED if is_reply else HOSTS_ONLY)


def may_not_react(standing: Standing, host: str) -> NotAllowed:
    """Why somebody with this standing may not react to what is written in a community of that host."""
    if standing.is_banned:
        return NotAllowed(BANNED)
    if standing.role is None:
        return NotAllowed(NOT_A_MEMBER)
    if standing.is_over:
        return NotAllowed(OVER)
    return NotAllowed(READS_ONLY, host=host) if standing.reads_only else NotAllowed(NOT_A_MEMBER)


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
