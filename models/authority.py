"""Who may do what: the one function that decides it, for people here and at partners alike (threats R3).

From stored facts alone, never from what an activity says about its object; default no.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final, assert_never

from models.accounts import ADMIN, AUDITOR, MEMBER
from models.communities import GUEST_ROLE, HOST_ROLE, MEMBER_ROLE, MODERATOR_ROLE


class Verb(StrEnum):
    """What an actor may want to do."""

    POST = "post"
    REPLY = "reply"
    LIKE = "like"
    EDIT = "edit"
    DELETE = "delete"
    ACCEPT_ANSWER = "accept an answer"
    RAISE_LABEL = "raise the label"
    LOCK = "lock"
    """Close a thread, or what is below a comment; as other servers know it, for its author too."""
    CLOSE = "close"
    """The same by those who lead the community, as product section 9 has it."""
    REMOVE = "remove"
    """Take somebody else's post out, with a reason; it can come back."""
    READ_REPORTS = "read reports"
    READ_LOG = "read the moderation log"
    BAN = "ban"
    MOVE = "move"
    """Put a thread into another community, or make one of a reply; in both communities."""
    PIN = "pin"
    MARK_QUESTION = "mark as question"
    APPROVE = "approve"
    INVITE = "invite"
    REMOVE_MEMBER = "remove a member"
    CONFIGURE = "configure"
    """Title, purpose, charter, visibility, scope, label."""
    NAME_LEADERS = "name leaders"
    """Make somebody a host or moderator, or no longer."""
    DISSOLVE = "dissolve"
    """Delete the community."""
    ASK_TO_BE_OFFICIAL = "ask that a trial become official"


class FirmVerb(StrEnum):
    """What somebody may want to do with communities without having a place in one."""

    OPEN_TRIAL = "open a trial"
    FOUND_OFFICIAL = "found an official community"
    ANSWER_TRIAL = "answer a trial"
    """Say yes or no to one that asks to become official."""
    NAME_DELEGATES = "name delegates"
    """Say who else may answer trials."""
    JOIN = "join a community"
    """Belong to one: as its host, too, and by a partner's word."""
    READ_OPEN = "read an open community"
    """Of this firm, without being in it."""


class Cell(StrEnum):
    """What a role may do of a kind."""

    YES = "yes"
    NO = "no"
    OWN = "own"
    """Only with what they wrote themselves."""
    BRIEFLY = "briefly"
    """For thirty days at most."""
    ORPHANS = "orphans"
    """Where a community has no host any more."""
    LOWER_SCOPE = "lower scope"
    """Only so that fewer firms have part in it."""


_Y, _N, _OWN = Cell.YES, Cell.NO, Cell.OWN

MATRIX: Final[Mapping[Verb, tuple[Cell, Cell, Cell, Cell, Cell, Cell]]] = {
    # Member, moderator, host; an administrator who is none of them; a guest who was added; an auditor.
    Verb.POST: (_Y, _Y, _Y, _N, _N, _N),
    Verb.REPLY: (_Y, _Y, _Y, _N, _Y, _N),
    Verb.LIKE: (_Y, _Y, _Y, _N, _Y, _N),
    Verb.EDIT: (_OWN, _OWN, _OWN, _N, _OWN, _N),
    Verb.DELETE: (_OWN, _Y, _Y, _N, _OWN, _N),
    Verb.ACCEPT_ANSWER: (_OWN, _OWN, _OWN, _N, _OWN, _N),
    Verb.RAISE_LABEL: (_OWN, _OWN, _Y, _N, _OWN, _N),
    Verb.LOCK: (_OWN, _Y, _Y, _N, _OWN, _N),
    Verb.CLOSE: (_N, _Y, _Y, _N, _N, _N),
    Verb.MOVE: (_N, _Y, _Y, _N, _N, _N),
    Verb.REMOVE: (_N, _Y, _Y, _N, _N, _N),
    Verb.READ_REPORTS: (_N, _Y, _Y, _N, _N, _N),
    Verb.READ_LOG: (_N, _Y, _Y, _N, _N, _N),
    Verb.BAN: (_N, Cell.BRIEFLY, _Y, _N, _N, _N),
    Verb.PIN: (_N, _N, _Y, _N, _N, _N),
    Verb.MARK_QUESTION: (_N, _N, _Y, _N, _N, _N),
    Verb.APPROVE: (_N, _N, _Y, _N, _N, _N),
    Verb.INVITE: (_N, _N, _Y, _N, _N, _N),
    Verb.REMOVE_MEMBER: (_N, _N, _Y, _N, _N, _N),
    Verb.CONFIGURE: (_N, _N, _Y, Cell.LOWER_SCOPE, _N, _N),
    Verb.NAME_LEADERS: (_N, _N, _Y, Cell.ORPHANS, _N, _N),
    Verb.DISSOLVE: (_N, _N, _Y, _N, _N, _N),
    Verb.ASK_TO_BE_OFFICIAL: (_N, _N, _Y, _N, _N, _N),
}
"""Product section 9, as far as it is about communities. A moderator removes a member for a time by a ban. Of what they
wrote themselves before, administrators and auditors are authors like others (`_BY_AUTHORS`).
"""

DELEGATE: Final = "delegate"
"""The office of a member whom an administrator named to answer trials (product J3)."""

FIRM_OFFICES: Final = (MEMBER, DELEGATE, ADMIN, AUDITOR)

FIRM_MATRIX: Final[Mapping[FirmVerb, tuple[Cell, Cell, Cell, Cell]]] = {
    # Whoever works here, a delegate, an administrator, an auditor.
    FirmVerb.OPEN_TRIAL: (_Y, _Y, _Y, _N),
    FirmVerb.FOUND_OFFICIAL: (_N, _N, _Y, _N),
    FirmVerb.ANSWER_TRIAL: (_N, _Y, _Y, _N),
    FirmVerb.NAME_DELEGATES: (_N, _N, _Y, _N),
    FirmVerb.JOIN: (_Y, _Y, _Y, _N),
    FirmVerb.READ_OPEN: (_Y, _Y, _Y, _N),
}
"""The same of who has a place in no community; hosts and moderators of one are members of the firm like others. Guests
have no office: where they are added they have a column above.
"""

_COLUMNS: Final = {MEMBER_ROLE: 0, MODERATOR_ROLE: 1, HOST_ROLE: 2, GUEST_ROLE: 4, AUDITOR: 5}

_BY_AUTHORS: Final = frozenset({Verb.EDIT, Verb.DELETE, Verb.ACCEPT_ANSWER, Verb.RAISE_LABEL, Verb.LOCK})
"""What authors do with what they wrote, in whatever community or in none."""

_WHILE_IT_LASTS: Final = frozenset({Verb.POST, Verb.REPLY, Verb.LIKE, Verb.INVITE})
"""What nobody does in a community that is there to be read."""

_WHATEVER_HAPPENED: Final = frozenset({Verb.EDIT, Verb.DELETE, Verb.ACCEPT_ANSWER})
"""Of these, what they may also do when they are banned, or there to read."""

LONGEST_BAN_BY_A_MODERATOR = timedelta(days=30)
"""A host may ban for longer, and for good (product section 9)."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Who wants to act: stored facts about an actor, local or remote, and their role in the community concerned."""

    actor_id: int
    is_active: bool
    role: str | None
    """Role of the accepted membership; None: not a member. In a partner's community whoever moderates it there has a
    host's. An auditor's is `AUDITOR`, whatever membership there is.
    """
    is_banned: bool = False
    reads_only: bool = False
    """The agreement with a firm, the actor's or the community's, lets people read there and not write; or the actor's
    firm has no part in the community any more.
    """
    is_over: bool = False
    """The community is a trial whose time is up: it is there to be read, also for those who lead it."""


def may(
    actor: Standing,
    verb: Verb,
    *,
    author_id: int | None = None,
    hosts_only: bool = False,
    is_closed: bool = False,
    lasts: timedelta | None = None,
) -> bool:
    """Whether the actor may do this in a community, or (without one, `role` None) to a post of `author_id`.

    Default no (threats R3); else as `MATRIX` says. `hosts_only`, `is_closed`: members do not open threads there, or
    answer there. `lasts`: how long a ban holds; None: for good. Who is banned, or by agreement reads only, may only
    change or delete what they wrote, and accept an answer to it.
    """
    if not actor.is_active or (actor.is_over and verb in _WHILE_IT_LASTS):
        return False
    is_own = author_id is not None and author_id == actor.actor_id
    is_barred = actor.is_banned or actor.reads_only
    if is_own and verb in (_WHATEVER_HAPPENED if is_barred else _BY_AUTHORS):
        return True
    if is_barred or actor.role not in _COLUMNS:
        return False
    is_led = actor.role in (MEMBER_ROLE, GUEST_ROLE)
    if is_led and ((verb is Verb.POST and hosts_only) or (verb is Verb.REPLY and is_closed)):
        return False
    match MATRIX[verb][_COLUMNS[actor.role]]:
        case Cell.YES:
            return True
        case Cell.BRIEFLY:
            return lasts is not None and lasts <= LONGEST_BAN_BY_A_MODERATOR
        case Cell.NO | Cell.OWN | Cell.ORPHANS | Cell.LOWER_SCOPE:
            return False
        case cell:
            assert_never(cell)


def may_as_administrator(verb: Verb, *, is_orphan: bool = False, lowers_scope: bool = False) -> bool:
    """Whether an administrator may do this in a community of the firm without belonging to it."""
    match MATRIX[verb][3]:
        case Cell.ORPHANS:
            return is_orphan
        case Cell.LOWER_SCOPE:
            return lowers_scope
        case cell:
            return cell is Cell.YES


def firm_office(role: str, *, is_delegate: bool) -> str:
    """One of `FIRM_OFFICES`: administrators and auditors have their own, whatever they were named before."""
    return DELEGATE if is_delegate and role == MEMBER else role


def may_in_firm(office: str, verb: FirmVerb) -> bool:
    """Whether somebody of this office, or whose account has this role, may do this on the server; nobody else may."""
    return office in FIRM_OFFICES and FIRM_MATRIX[verb][FIRM_OFFICES.index(office)] is Cell.YES
