"""Writing actors; the keys of remote ones are in `remote_keys.py`."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import delete, select, update

from models.actors import Actor, Tombstone
from models.communities import Community
from models.dialect import insert_or_ignore, upsert
from models.engine import WriteTx

PROFILE = (
    "display_name",
    "summary_html",
    "summary_source",
    "fields",
    "pictures",
    "url",
    "inbox_url",
    "shared_inbox_url",
    "outbox_url",
    "followers_url",
    "moderators_url",
    "featured_url",
    "also_known_as",
    "moved_to",
    "is_locked",
    "is_bot",
    "is_discoverable",
    "updated_at",
    "fetched_at",
    "vouched_by",
)
"""What a newer document of the same actor may change. Never the id, the type, the name or the host (threats T044)."""


INDEXED_CHARACTERS = 2600
"""What an index entry of PostgreSQL holds (2,704 bytes), less its own part."""


async def save(tx: WriteTx, values: Mapping[str, object]) -> int:
    """Insert an actor, or bring the row with the same uri up to date; the row's id."""
    statement = upsert(tx, Actor, ["uri"], PROFILE).returning(Actor.id)
    return int((await tx.execute(statement, dict(values))).scalar_one())


async def vouch(tx: WriteTx, values: Mapping[str, object]) -> None:
    """Insert an actor whom a partner answers for, or let it answer for one who was answered for before."""
    statement = upsert(tx, Actor, ["uri"], ("display_name", "vouched_by"))
    await tx.execute(statement, {"is_locked": True, **values})


async def speak_for_itself(tx: WriteTx, actor_id: int, values: Mapping[str, object]) -> None:
    """An actor that was known by a partner's word alone is read at its own server: its name and type are its own."""
    own = {name: values[name] for name in ("type", "username", "host", "peer_id")}
    await tx.execute(update(Actor).where(Actor.id == actor_id, Actor.vouched_by.is_not(None)).values(**own))


async def save_community(tx: WriteTx, values: Mapping[str, object]) -> None:
    """Insert the community's facts of a remote Group, or bring them up to date."""
    statement = upsert(tx, Community, ["actor_id"], ("visibility", "scope", "label", "hosts_only", "language"))
    await tx.execute(statement, dict(values))


async def note_opened(tx: WriteTx, community_id: int, at: datetime) -> None:
    """A partner's community is open from now on: what was written there before is for who could read it then (T166)."""
    await tx.execute(update(Community).where(Community.actor_id == community_id).values(opened_at=at))


async def change_profile(tx: WriteTx, actor_id: int, values: Mapping[str, object]) -> None:
    """Change some of the columns of `PROFILE`."""
    await tx.execute(update(Actor).where(Actor.id == actor_id).values(**values))


async def note_absence(tx: WriteTx, actor_id: int, *, username: str, since: datetime | None) -> None:
    """A remote person has left their firm, which may call them otherwise from now on; `since` None: they are back."""
    await tx.execute(update(Actor).where(Actor.id == actor_id).values(username=username, suspended_at=since))


async def block(tx: WriteTx, actor_id: int, since: datetime | None) -> None:
    """Our administrators refuse what a remote actor does, and hide it; None: not any more."""
    await tx.execute(update(Actor).where(Actor.id == actor_id).values(blocked_at=since))


async def note_move(tx: WriteTx, actor_id: int, at: datetime) -> None:
    """An actor took its followers along to another."""
    await tx.execute(update(Actor).where(Actor.id == actor_id).values(moved_at=at))


async def bury(tx: WriteTx, uri: str, actor_uri: str, at: datetime) -> None:
    """Remember that an actor says that something is deleted or undone, whether or not it was ever here.

    Not of ids so long that no index holds the two together: nobody's are.
    """
    await bury_all(tx, [(uri, actor_uri)], at)


async def bury_all(tx: WriteTx, said: Collection[tuple[str, str]], at: datetime) -> None:
    """As `bury`, of many: what is gone, and who says so."""
    rows = [
        {"uri": uri, "actor_uri": actor_uri, "at": at}
        for uri, actor_uri in sorted(said)
        if len(uri) + len(actor_uri) <= INDEXED_CHARACTERS
    ]
    if rows:
        await tx.execute(insert_or_ignore(tx, Tombstone), rows)


async def unbury(tx: WriteTx, uri: str, actor_uri: str) -> None:
    """An actor takes back that something is deleted."""
    await tx.execute(delete(Tombstone).where(Tombstone.uri == uri, Tombstone.actor_uri == actor_uri))


async def is_buried(tx: WriteTx, uri: str, actor_uri: str) -> bool:
    """Whether the actor deleted or undid this before it arrived."""
    buried = select(Tombstone.uri).where(Tombstone.uri == uri, Tombstone.actor_uri == actor_uri)
    return await tx.scalar(buried) is not None
