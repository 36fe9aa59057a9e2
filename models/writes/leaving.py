"""Writing that somebody has left: what they belonged to is put aside, given back, or forgotten; names are retired."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import delete, func, insert, literal, select, update

from models.accounts import Account
from models.actors import Actor, Follow
from models.base import aliased
from models.communities import HOST_ROLE, Community, Invitation
from models.conditions import some
from models.dialect import insert_or_ignore, upsert
from models.engine import WriteTx
from models.feeds import FeedEntry
from models.leaving import Departure, FormerFollow, RetiredName, Stage, Succession
from models.moderation import Ban
from models.posts import Post
from models.queries.leaving import name_digest
from models.trials import Trial, is_full

_KEPT = (
    "id",
    "follower_id",
    "target_id",
    "activity_uri",
    "is_accepted",
    "role",
    "requested_at",
    "accepted_at",
    "shows_reblogs",
    "notifies",
    "languages",
    "list_title",
    "list_hidden",
)

_MOST_KEPT: Final = 280
"""Characters of a former address, whose column takes 320 with what is put behind it."""


async def put_aside(tx: WriteTx, actor_id: int, *, at: datetime, due_at: datetime) -> None:
    """Somebody leaves: they belong to nothing any more, and what they belonged to is kept for their return."""
    row = {"actor_id": actor_id, "left_at": at, "stage": Stage.NAMED, "due_at": due_at}
    await tx.execute(upsert(tx, Departure, ["actor_id"], ["left_at", "stage", "due_at"]), row)
    await tx.execute(delete(FormerFollow).where(FormerFollow.follower_id == actor_id))
    theirs = select(*(getattr(Follow, name) for name in _KEPT)).where(Follow.follower_id == actor_id)
    await tx.execute(insert(FormerFollow).from_select(list(_KEPT), theirs))
    await tx.execute(delete(Follow).where(Follow.follower_id == actor_id))
    await tx.execute(delete(Invitation).where((Invitation.actor_id == actor_id) | (Invitation.by_id == actor_id)))
    await tx.execute(delete(FeedEntry).where(FeedEntry.feed_id == actor_id))


async def give_back(tx: WriteTx, actor_id: int) -> list[int]:
    """What they belonged to here is theirs again, but for what is gone, where they are banned, and full trials; the
    communities.
    """
    kept = select(FormerFollow.target_id).where(FormerFollow.follower_id == actor_id)
    # Nobody else takes the last place there meanwhile.
    await tx.select(select(Trial.community_id).where(Trial.community_id.in_(kept)).with_for_update())
    target, ban, known = aliased(Actor), aliased(Ban), aliased(Follow)
    own_uri = select(Actor.uri).where(Actor.id == actor_id).scalar_subquery()
    mine = (
        select(*(getattr(FormerFollow, name) for name in _KEPT))
        .join(target, target.id == FormerFollow.target_id)
        .where(
            FormerFollow.follower_id == actor_id,
            target.peer_id.is_(None),
            target.deleted_at.is_(None),
            ~some(ban, ban.community_id == target.id, ban.actor_uri == own_uri),
            ~some(known, known.follower_id == actor_id, known.target_id == target.id),
            ~is_full(target.id),
        )
    )
    await tx.execute(insert(Follow).from_select(list(_KEPT), mine))
    await tx.execute(delete(FormerFollow).where(FormerFollow.follower_id == actor_id))
    await tx.execute(delete(Departure).where(Departure.actor_id == actor_id))
    joined = (
        select(Follow.target_id)
        .join(Community, Community.actor_id == Follow.target_id)
        .where(Follow.follower_id == actor_id, Follow.is_accepted)
    )
    return [row[0] for row in await tx.select(joined)]


async def forget_places(tx: WriteTx, actor_id: int) -> None:
    """Somebody is in no community any more, and comes back into none: invitations to them and by them end, and of
    what is kept for their return the communities.
    """
    await tx.execute(delete(Invitation).where((Invitation.actor_id == actor_id) | (Invitation.by_id == actor_id)))
    communities = select(Community.actor_id)
    await tx.execute(
        delete(FormerFollow).where(FormerFollow.follower_id == actor_id, FormerFollow.target_id.in_(communities))
    )


async def hosted_again(tx: WriteTx) -> None:
    """Communities that have a host again wait for none any more."""
    host = aliased(Follow)
    has_host = some(host, host.target_id == Succession.community_id, host.role == HOST_ROLE, host.is_accepted)
    await tx.execute(delete(Succession).where(has_host))


async def set_stage(tx: WriteTx, actor_id: int, stage: Stage, due_at: datetime | None) -> None:
    """The next stage has come; from the first on there is no return."""
    await tx.execute(update(Departure).where(Departure.actor_id == actor_id).values(stage=stage, due_at=due_at))
    await tx.execute(delete(FormerFollow).where(FormerFollow.follower_id == actor_id))


async def rename(tx: WriteTx, *, actor_id: int, old: str, new: str, shown: str, url: str, at: datetime) -> None:
    """Take somebody's name, picture and words about themselves away; the old name is never given again."""
    await tx.execute(insert_or_ignore(tx, RetiredName), {"digest": name_digest(old)})
    blank: dict[str, object] = {"summary_html": "", "summary_source": "", "fields": [], "pictures": {}}
    values = blank | {"username": new, "display_name": shown, "url": url, "updated_at": at, "is_discoverable": False}
    await tx.execute(update(Actor).where(Actor.id == actor_id).values(**values))
    # The address of a post holds its author's name.
    moved = func.replace(Post.url, literal(f"/@{old}/"), literal(f"/@{new}/"))
    await tx.execute(update(Post).where(Post.author_id == actor_id).values(url=moved))


async def show_as(tx: WriteTx, actor_id: int, shown: str, at: datetime) -> None:
    """Change what somebody who has left is shown as."""
    await tx.execute(update(Actor).where(Actor.id == actor_id).values(display_name=shown, updated_at=at))


async def free_address(tx: WriteTx, email: str, *, left_before: datetime) -> None:
    """Whoever left before then does not keep an address from who has it now; it stays to be read whose it was.

    Mail leads nowhere there (RFC 2606).
    """
    gone = select(Departure.actor_id).where((Departure.stage != Stage.NAMED) | (Departure.left_at <= left_before))
    statement = select(Account.actor_id).where(Account.email == email, Account.actor_id.in_(gone))
    actor_id = await tx.scalar(statement)
    if actor_id is not None:
        kept = f"{email[:_MOST_KEPT]}.{actor_id}.invalid"
        await tx.execute(update(Account).where(Account.actor_id == actor_id).values(email=kept))


async def drop_account(tx: WriteTx, actor_id: int) -> None:
    """Forget address, password and settings: what said who somebody was."""
    await tx.execute(delete(Account).where(Account.actor_id == actor_id))


async def ask(
    tx: WriteTx, community_id: int, *, since: datetime, asked_id: int | None, declined: Sequence[int]
) -> None:
    """A community has no host: who is asked now."""
    row = {"community_id": community_id, "since": since, "asked_id": asked_id, "declined": list(declined)}
    await tx.execute(upsert(tx, Succession, ["community_id"], ["asked_id", "declined"]), row)
