"""What has to be known to publish a post: everybody it names, and the author's place among them, in one statement."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import BigInteger, and_, bindparam, not_, or_, select

from models.accounts import AUDITOR
from models.actors import APPLICATION, Actor, Follow
from models.auditors import account_role, is_auditor
from models.base import UtcDateTime, aliased
from models.communities import PRIVATE
from models.conditions import some
from models.engine import Columns, ReadTx
from models.guests import is_guest, meet
from models.queries.actors import WIDTH, ActorRow, actors
from models.queries.moderation import ban_of
from models.sharing import reads_only
from models.statements import lasting
from models.trials import is_over

_Role = aliased(Follow)
_Watcher = aliased(Follow)
_ByHandle = aliased(Actor)


class Named(msgspec.Struct, frozen=True):
    """One actor that a draft names or that its thread brings in."""

    actor: ActorRow
    role: str | None
    """The author's role in it, where it is a community that they are a member of."""
    has_watchers: bool
    """Some members asked to be notified of new posts."""
    is_banned: bool
    """The author is banned from it."""
    reads_only: bool = False
    """The agreement with its firm lets our people read there, not write; or it is not shared with us any more."""
    is_over: bool = False
    """It is a trial whose time is up."""
    author_role: str | None = None
    """Of the author's account here; None: they have none."""

    @property
    def standing_role(self) -> str | None:
        """The author's, for `may`."""
        return AUDITOR if self.author_role == AUDITOR else self.role


def _statement() -> Columns:
    author_id = bindparam("author_id", type_=BigInteger())
    watching = and_(
        _Watcher.target_id == Actor.id, _Watcher.is_accepted, _Watcher.follower_peer_id.is_(None), _Watcher.notifies
    )
    by_handle = select(_ByHandle.id).where(
        _ByHandle.username.in_(bindparam("names", expanding=True)),
        _ByHandle.host.in_(bindparam("hosts", expanding=True)),
    )
    # Whom a guest has not met, or administrators block, is nobody: a name in a text neither reaches them nor shows that
    # there is one.
    is_met = or_(not_(is_guest(author_id)), _Role.id.is_not(None), meet(author_id, Actor.id))
    by_name = and_(Actor.id.in_(by_handle), Actor.blocked_at.is_(None), is_met)
    membership = and_(
        _Role.target_id == Actor.id, _Role.follower_id == author_id, _Role.is_accepted, not_(is_auditor(author_id))
    )
    return (
        actors()
        .outerjoin(_Role, membership)
        .where(or_(Actor.id.in_(bindparam("ids", expanding=True)), by_name), Actor.type != APPLICATION)
        .add_columns(
            _Role.role,
            some(_Watcher, watching),
            ban_of(author_id, Actor.id),
            reads_only(author_id, Actor.id),
            is_over(Actor.id, bindparam("at_time", type_=UtcDateTime())),
            account_role(author_id),
        )
    )


_NAMED = lasting(_statement)


async def named(
    tx: ReadTx, *, handles: Sequence[tuple[str, str]], ids: Sequence[int], author_id: int, at: datetime
) -> list[Named]:
    """The actors with these handles or ids, and maybe a few more of the same names or hosts.

    Private communities that the author is not in are left out.
    """
    values = {
        "author_id": author_id,
        "at_time": at,
        "ids": list(ids),
        "names": sorted({name for name, _ in handles}),
        "hosts": sorted({host for _, host in handles}),
    }
    rows = []
    for row in await tx.select(_NAMED(), values):
        role, *flags, author_role = row[WIDTH:]
        has_watchers, is_banned, only_reads, has_ended = map(bool, flags)
        place = (role, has_watchers, is_banned, only_reads, has_ended)
        rows.append(Named(ActorRow(*row[:WIDTH]), *place, author_role))
    return [one for one in rows if one.actor.visibility != PRIVATE or one.role is not None]
