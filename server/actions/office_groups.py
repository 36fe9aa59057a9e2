"""What groups of the company's directory mean here: they propose an office, and a second person confirms it (T240).

An office that its group gave goes with the group at once. Groups are told at the sign-in (claims) and by provisioning
(SCIM); what the one says, the other does not take back.
"""

from collections.abc import Collection

from models.accounts import MEMBER
from models.engine import WriteTx
from models.queries import directory, roster
from models.queries import identity as reading
from models.queries.identity import Known
from models.writes import accounts as account_rows
from models.writes import audit, identity
from models.writes.audit import SERVER
from server.actions.local_actors import Here


async def follow_claims(tx: WriteTx, here: Here, known: Known, provider_id: int, groups: Collection[str]) -> None:
    """Somebody signed in, and the provider named their groups."""
    roles = await reading.roles(tx, provider_id)
    meant = {roles[group] for group in groups if group in roles} | await directory.roles_of(tx, known.actor_id)
    await _follow(tx, here, known, meant, set(roles.values()), source=f"provider {provider_id}")


async def follow_directory(
    tx: WriteTx, here: Here, actor_ids: Collection[int], *, once_given: Collection[str] = ()
) -> None:
    """The directory changed groups that these people were, or are, in; `once_given`: offices that none gives now."""
    # What a provider's groups may have given is not the directory's to take.
    given = (await directory.roles_given(tx) | set(once_given)) - await reading.roles_given(tx)
    for known in await reading.accounts_of(tx, actor_ids):
        meant = await directory.roles_of(tx, known.actor_id)
        await _follow(tx, here, known, meant, given | meant, source="directory")


async def _follow(
    tx: WriteTx, here: Here, known: Known, meant: Collection[str], given: Collection[str], *, source: str
) -> None:
    # Nobody is both: who is in the groups of two offices gets neither.
    wanted = next(iter(meant)) if len(meant) == 1 else MEMBER
    if known.role in given and known.role not in meant and await roster.active_admins(tx) != [known.actor_id]:
        details: dict[str, object] = {"before": known.role, "after": MEMBER, "source": source}
        subject = str(known.actor_id)
        await audit.append(tx, at=here.clock.now(), actor=SERVER, action="user.role", object=subject, details=details)
        await account_rows.change_role(tx, known.actor_id, MEMBER)
    pending = wanted if wanted not in (MEMBER, known.role) else None
    if pending != known.pending_role and (pending is not None or known.pending_role in given):
        await identity.propose_role(tx, known.actor_id, pending)
