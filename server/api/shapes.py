"""What the product's own API takes and gives. The OpenAPI document is made from these: names, limits and sentences here
are what it says.
"""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

Id = Annotated[str, Meta(pattern="^[0-9]{1,19}$", description="Digits. The same ids as in the client API.")]
Instant = Annotated[str, Meta(description="UTC, with three decimals and Z.")]
Visibility = Literal["open", "on-request", "private"]
Scope = Literal["none", "selected", "all"]
Kind = Literal["trial", "official"]
Label = Literal["internal", "restricted", "confidential"]
Role = Literal["member", "moderator", "host", "guest"]
Given = Literal["member", "moderator", "host"]
"""What a host makes of somebody; nobody becomes a guest."""
Number = Annotated[int, Meta(ge=0, le=2**63 - 1)]

# A text that says something: not blanks alone.
Title = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"[^\s\x00-\x1f]")]
Prose = Annotated[str, Meta(max_length=5000)]
# Why something was done, for whom it was done to: as for a title.
Reason = Annotated[str, Meta(min_length=1, max_length=5000, pattern=r"[^\s\x00-\x1f]")]
Language = Annotated[
    str,
    Meta(
        max_length=20,
        pattern="^([A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4})?$",
        description="A BCP 47 tag: what is spoken there, and of posts of which the app names no language. Empty: none.",
    ),
]
Topics = Annotated[
    list[Annotated[str, Meta(pattern=r"^#?\w{1,50}$")]],
    Meta(max_length=10, description="Words as in hashtags: what it is about, by which it is suggested to people."),
]


# --- what is given ---


class Nothing(Struct, frozen=True):
    """No parameters; and the answer of what has no result."""


class PageQuery(Struct, frozen=True):
    """A window over a list, as in the client API; the `Link` header leads on."""

    limit: Annotated[int, Meta(ge=1, le=80)] = 40
    max_id: Number | UnsetType = UNSET
    since_id: Number | UnsetType = UNSET
    min_id: Number | UnsetType = UNSET


class DirectoryQuery(PageQuery, frozen=True):
    """Which communities."""

    joined: bool | UnsetType = UNSET
    beginning: Annotated[str, Meta(max_length=100, description="What the title or the name begins with.")] = ""


class MembersQuery(PageQuery, frozen=True):
    """Which members."""

    role: Role | UnsetType = UNSET


class SimilarQuery(Struct, frozen=True):
    """What is about to be asked."""

    text: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=1000,
            pattern=r"[^\s\x00-\x1f]",
            description="The question, as far as it is typed.",
        ),
    ]


class ReportsQuery(PageQuery, frozen=True):
    """Which reports."""

    resolved: Annotated[bool, Meta(description="With those that were resolved.")] = False


class NewCommunity(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A community to found. Who founds it hosts it."""

    name: Annotated[str, Meta(pattern="^[a-z0-9_]{2,30}$", description="What stands in its handle; never changes.")]
    title: Title
    purpose: Prose = ""
    charter: Prose = ""
    kind: Annotated[
        Kind | UnsetType, Meta(description="Only administrators found official ones; unless named, what one may found.")
    ] = UNSET
    visibility: Visibility = "open"
    scope: Scope = "none"
    label: Label = "internal"
    opens_history: bool = False
    language: Language = ""


class CommunityChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to change; what is not named stays."""

    title: Title | UnsetType = UNSET
    purpose: Prose | UnsetType = UNSET
    charter: Prose | UnsetType = UNSET
    visibility: Visibility | UnsetType = UNSET
    scope: Scope | UnsetType = UNSET
    label: Label | UnsetType = UNSET
    opens_history: bool | UnsetType = UNSET
    hosts_only: Annotated[bool, Meta(description="Only hosts and moderators open threads.")] | UnsetType = UNSET
    allows_discreet: Annotated[bool, Meta(description="Members may ask without their name.")] | UnsetType = UNSET
    language: Language | UnsetType = UNSET
    topics: Topics | UnsetType = UNSET


class RoleChange(Struct, frozen=True, forbid_unknown_fields=True):
    """What a member is from now on."""

    role: Given


class NewInvitation(Struct, frozen=True, forbid_unknown_fields=True):
    """Who is invited."""

    account_id: Id


class NewBan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who may not take part, for how long; without `days` for good."""

    account_id: Id
    days: Annotated[int, Meta(ge=1, le=3650)] | UnsetType = UNSET
    reason: Prose = ""
    hides_posts: bool = False


class Answering(Struct, frozen=True, forbid_unknown_fields=True):
    """Which answer is accepted."""

    status_id: Id


class Moving(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a thread goes, and why."""

    community_id: Id
    reason: Annotated[Reason, Meta(description="The author reads it; it stands in the moderation logs of both.")]


class Splitting(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which answer becomes a thread, and why."""

    status_id: Id
    reason: Annotated[Reason, Meta(description="The author reads it; it stands in the moderation log.")]


class NewAppeal(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An appeal, once against each act."""

    act_id: Id
    text: Annotated[str, Meta(min_length=1, max_length=5000, pattern=r"[^\s\x00-\x1f]")]


class ThreadChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to change; what is not named stays."""

    is_question: bool | UnsetType = UNSET
    is_closed: bool | UnsetType = UNSET
    is_pinned: bool | UnsetType = UNSET
    label: Label | UnsetType = UNSET


# --- what comes back ---


class PersonEntity(Struct, frozen=True, kw_only=True):
    """Somebody, in short; more is in the client API under the same id."""

    id: Id
    acct: str
    display_name: str
    url: str
    firm: Annotated[str, Meta(description="The domain of the firm that vouches for them.")]
    mixes_alphabets: Annotated[
        bool, Meta(description="A word of the name or the handle has letters of several alphabets, as imitations have.")
    ]


class LabelEntity(Struct, frozen=True, kw_only=True):
    """A label, and what this firm makes of it."""

    label: Label
    names: Annotated[dict[str, str], Meta(description="As people call it, by language.")]
    says: Annotated[
        Literal["content", "place", "nothing"],
        Meta(description="What a push may say: who wrote what, where something happened, or only that something did."),
    ]


class Membership(Struct, frozen=True, kw_only=True):
    """The reader's place in a community."""

    state: Literal["none", "invited", "requested", "joined"]
    role: Role | None
    since: Instant | None


class CommunityEntity(Struct, frozen=True, kw_only=True):
    """A community as the reader may know of it."""

    id: Id
    name: str
    acct: str
    uri: str
    url: str
    firm: str
    title: str
    purpose: Annotated[str, Meta(description="HTML.")]
    charter: str
    visibility: Visibility
    scope: Scope
    label: Label
    hosts_only: bool
    opens_history: bool
    allows_discreet: Annotated[
        bool, Meta(description="Discreet questions, once enough people of the firm are members.")
    ]
    language: Annotated[str | None, Meta(description="A BCP 47 tag; null: several, or not said.")]
    avatar: Annotated[str | None, Meta(description="Where its picture is; null: none was chosen.")]
    header: Annotated[str | None, Meta(description="As `avatar`: the wide picture on top.")]
    members: int
    founded_at: Instant
    kind: Kind
    trial_ends_at: Annotated[
        Instant | None, Meta(description="From then on nobody writes there or joins it; null: it is official.")
    ]
    membership: Membership


class ReadersEntity(Struct, frozen=True, kw_only=True):
    """Who will read what is written in a community now: to be said before somebody writes."""

    sentence: Annotated[str, Meta(description="In English; an app that speaks otherwise says it by the other members.")]
    everybody_at: Annotated[str | None, Meta(description="The firm where everybody reads it; null: members only.")]
    members_at: Annotated[list[str], Meta(description="Other firms, by agreement: their members read it.")]
    lets_read: Annotated[list[str], Meta(description="Basic partners: who reads it there is up to them.")]


class BecomingOfficial(Struct, frozen=True, kw_only=True):
    """How far a trial is from being official."""

    missing: Annotated[list[str], Meta(description="What it has to have before its hosts ask; in English.")]
    asked_at: Annotated[Instant | None, Meta(description="Null: nobody waits for an answer.")]
    due_at: Annotated[Instant | None, Meta(description="Silence until then is a yes.")]
    refusal: Annotated[str, Meta(description="Why the last answer was no.")]


class CommunityDetails(CommunityEntity, frozen=True, kw_only=True):
    """The same with those who lead it."""

    hosts: list[PersonEntity]
    moderators: list[PersonEntity]
    topics: Annotated[list[str], Meta(description="What its hosts say that it is about; of partners' it is not known.")]
    readers: Annotated[
        ReadersEntity | None, Meta(description="Null for who may not read there: which firms have members is theirs.")
    ]
    becoming_official: Annotated[BecomingOfficial | None, Meta(description="Of a trial, for its hosts.")]


class MemberEntity(Struct, frozen=True, kw_only=True):
    """Somebody's membership, or (of a request) their wish for one."""

    id: Annotated[Id, Meta(description="The cursor of pages; not the person's.")]
    account: PersonEntity
    role: Role
    since: Instant


class InvitationEntity(Struct, frozen=True, kw_only=True):
    """Who was invited to a community, or to which one the reader was."""

    account: PersonEntity | None
    community: CommunityEntity | None
    invited_at: Instant


class ThreadEntity(Struct, frozen=True, kw_only=True):
    """A thread with its state. What it says is in the client API under the same id."""

    id: Id
    community_id: Id
    author: PersonEntity
    url: str
    title: str
    created_at: Instant
    replies: int
    lived_too: Annotated[int, Meta(description="Favourites. Of a question: how many people lived this too.")]
    has_lived_too: Annotated[bool, Meta(description="The reader is one of them.")]
    is_question: bool
    accepted_answer_id: Id | None
    is_closed: bool
    is_pinned: bool
    label: Label


class ReportEntity(Struct, frozen=True, kw_only=True):
    """A report to those who lead a community."""

    id: Id
    status_id: Id | None
    account: PersonEntity
    reporter: PersonEntity
    category: str
    reason: str
    is_resolved: bool
    created_at: Instant


class LogEntryEntity(Struct, frozen=True, kw_only=True):
    """An entry in a community's moderation log: nothing of what was taken out."""

    id: Id
    act: Literal[
        "removed",
        "restored",
        "banned",
        "unbanned",
        "member-removed",
        "locked",
        "unlocked",
        "labelled",
        "moved-out",
        "moved-in",
        "split",
        "role-given",
        "report-closed",
        "report-passed-on",
        "appeal-upheld",
        "appeal-reversed",
        "entry-begun",
        "entry-ended",
    ]
    at: Instant
    role: Annotated[
        Literal["host", "moderator", "administrator", "partner"],
        Meta(description="As what somebody acted; `partner`: the server of the author's firm."),
    ]
    account: Annotated[PersonEntity | None, Meta(description="The author, or who was banned, removed or named.")]
    reason: str
    ends_at: Annotated[Instant | None, Meta(description="Of a ban (null: for good), and of an entry.")]
    detail: Annotated[str, Meta(description="The role that was given, or the label.")]


class AppealEntity(Struct, frozen=True, kw_only=True):
    """What the reader's appeal said, and what became of it."""

    text: str
    filed_at: Instant
    outcome: Annotated[Literal["upheld", "reversed"] | None, Meta(description="Null: it waits.")]
    answer: str
    decided_at: Instant | None


class ActEntity(Struct, frozen=True, kw_only=True):
    """What was done to the reader, or to a post of theirs, in a community here."""

    id: Id
    act: Literal["removed", "banned", "member-removed"]
    at: Instant
    role: Literal["host", "moderator", "administrator", "partner"]
    reason: str
    ends_at: Annotated[Instant | None, Meta(description="Of a ban; null: for good.")]
    community_id: Id
    community_acct: str
    appeal: Annotated[AppealEntity | None, Meta(description="Null: there is none; for thirty days there can be one.")]
