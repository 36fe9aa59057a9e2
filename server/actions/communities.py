"""Communities of this firm: founding one, and giving one a host that has none."""

import msgspec

from models.authority import FirmVerb, may_in_firm
from models.communities import HOST_ROLE, LABELS, NOWHERE, OPEN, PRIVATE, SCOPES, VISIBILITIES
from models.engine import WriteTx
from models.queries import follows as reading
from models.queries import preferences, roster
from models.trials import LASTS, OFFICIAL, TRIAL
from models.writes import audit, follows, trials
from models.writes.local_actors import add_community
from server.actions import local_actors, names
from server.actions.accounts import find
from server.actions.auditors import require_host
from server.actions.local_actors import Here, Keys, Openness
from server.actions.refusals import NotAllowed, NotThere, Refused
from server.actions.trials import TRIAL_STAYS, require_room
from server.http.languages import to_translate

MAX_TITLE = 100


class NewCommunity(msgspec.Struct, frozen=True, kw_only=True):
    """What its founder says of a community; the last three are words of product section 3."""

    name: str
    title: str
    host: str
    """Name of the person who hosts it and is its first member."""
    visibility: str = "open"
    scope: str = "none"
    label: str = "internal"
    is_trial: bool = False
    """Bounded until it is made official (`models/trials.py`); its scope is none."""
    opens_history: bool = False
    """New members, and partners that newly join, get what was written before."""


class Founded(msgspec.Struct, frozen=True):
    """What was founded, by all of its names."""

    id: int
    name: str
    acct: str
    uri: str


async def create_community(tx: WriteTx, here: Here, new: NewCommunity, keys: Keys, *, by: str) -> Founded:
    """Found a community with its host as first member. Raises `Refused`, saying what would be right."""
    at = here.clock.now()
    _check(new)
    openness = Openness(is_locked=new.visibility != OPEN, is_discoverable=new.visibility != PRIVATE)
    actor = local_actors.community(here, names.folded(new.name), new.title.strip(), openness, at)
    founded = Founded(actor.id, actor.username, f"{actor.username}@{actor.host}", actor.uri)
    await audit.append(tx, at=at, actor=by, action="community.create", object=founded.acct, details=_details(new))
    await names.require_free(tx, actor.username)
    host = await find(tx, new.host)
    if host.suspended_at is not None:
        raise Refused(to_translate("%(name)s is suspended and cannot host a community."), name=host.username)
    require_host(host.username, host.role)
    await local_actors.add(tx, here, actor, keys)
    await add_community(
        tx,
        actor_id=actor.id,
        visibility=new.visibility,
        scope=new.scope,
        label=LABELS.index(new.label),
        opens_history=new.opens_history,
        at=at,
    )
    if new.is_trial:
        await trials.begin(tx, actor.id, at + LASTS)
    follow_id = here.tokens.next_id(at)
    await follows.add(
        tx,
        follow_id=follow_id,
        follower_id=host.actor_id,
        follower_peer_id=None,
        target_id=actor.id,
        activity_uri=here.config.url(f"/activities/{follow_id}"),
        at=at,
        is_accepted=True,
        role=HOST_ROLE,
    )
    return founded


def _details(new: NewCommunity) -> dict[str, str]:
    details = {"host": new.host, "visibility": new.visibility, "scope": new.scope, "label": new.label}
    if new.opens_history:
        details["history"] = "open"
    if new.is_trial:
        details["kind"] = TRIAL
    return details


async def found(
    tx: WriteTx, here: Here, founder_id: int, new: NewCommunity, keys: Keys, *, by: str, kind: str | None = None
) -> Founded:
    """Somebody founds one: a trial, or, who may make trials official, one that is so at once (product section 9).

    `kind`: one of `KINDS`; None: official for who may, a trial for everybody else. Raises `NotAllowed`, `Refused`.
    """
    own = await preferences.of_person(tx, founder_id)
    role = own.role if own is not None else ""
    if not may_in_firm(role, FirmVerb.OPEN_TRIAL):
        raise NotAllowed(to_translate("Auditors and guests found no communities."))
    may_be_official = may_in_firm(role, FirmVerb.FOUND_OFFICIAL)
    if kind == OFFICIAL and not may_be_official:
        raise NotAllowed(to_translate("Open a trial: an administrator makes it official when it has what that takes."))
    is_trial = kind == TRIAL or not may_be_official
    return await create_community(tx, here, msgspec.structs.replace(new, is_trial=is_trial), keys, by=by)


async def give_host(tx: WriteTx, here: Here, name: str, username: str, *, by: str) -> None:
    """Name a host for a community that has none whose account is open: an administrator's right for orphans only.

    The person becomes a member if they are none. Raises `Refused`.
    """
    at = here.clock.now()
    community_id = await roster.community_id(tx, names.folded(name))
    if community_id is None:
        raise NotThere(to_translate("There is no community %(name)s here."), name=name)
    details = {"host": username}
    await audit.append(tx, at=at, actor=by, action="community.host", object=name, details=details)
    if await roster.hosts_of(tx, [community_id]):
        raise Refused(to_translate("%(name)s has a host, who alone names others."), name=name)
    person = await find(tx, username)
    if person.suspended_at is not None:
        raise Refused(to_translate("%(name)s is suspended. Resume the account first."), name=person.username)
    require_host(person.username, person.role)
    known = await reading.find(tx, person.actor_id, community_id)
    if known is None or not known.is_accepted:
        await require_room(tx, community_id, at)
    if known is None:
        follow_id = here.tokens.next_id(at)
        await follows.add(
            tx,
            follow_id=follow_id,
            follower_id=person.actor_id,
            follower_peer_id=None,
            target_id=community_id,
            activity_uri=here.config.url(f"/activities/{follow_id}"),
            at=at,
            is_accepted=True,
            role=HOST_ROLE,
        )
        return
    await follows.accept(tx, known.id, at)
    await follows.change(tx, known.id, role=HOST_ROLE)


def _check(new: NewCommunity) -> None:
    for word, known in ((new.visibility, VISIBILITIES), (new.scope, SCOPES), (new.label, LABELS)):
        if word not in known:
            raise Refused(to_translate("“%(word)s” is none of %(known)s."), word=word, known=", ".join(known))
    if not 1 <= len(new.title.strip()) <= MAX_TITLE:
        raise Refused(to_translate("The title has 1 to %(most)s characters."), most=MAX_TITLE)
    if new.is_trial and new.scope != NOWHERE:
        raise Refused(TRIAL_STAYS)
