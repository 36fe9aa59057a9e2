"""The entities of the client API: what clients decode, key by key.

A field without a default is always sent; `| None` may be null; `| UnsetType = UNSET` is left out when it does not
apply, and never null then. One wrong element loses a whole page in some clients, so build entities completely or not at
all. Ids are strings of decimal digits. Dates are text as `server/http/answers.py: instant` and `day` make it. Encoding
does not look at types: what may stand in a field is checked by mypy, and by the tests against the API's schemas.
"""

from collections.abc import Sequence
from typing import Final, Literal, get_args

from msgspec import UNSET, Struct, UnsetType, field

Visibility = Literal["public", "unlisted", "private", "direct"]
VISIBILITIES: Final = get_args(Visibility)
"""What apps may ask for. Only the last is heeded: whom others are for follows from where they are written."""

QuotePolicy = Literal["public", "followers", "nobody"]
FilterContext = Literal["home", "notifications", "public", "thread", "account"]
FilterAction = Literal["warn", "hide", "blur"]
Access = Literal["public", "authenticated", "disabled"]
MediaType = Literal["unknown", "image", "gifv", "video", "audio"]
RepliesPolicy = Literal["followed", "list", "none"]
ApprovalGroup = Literal["public", "followers", "following", "unsupported_policy"]
QuoteState = Literal[
    "pending",
    "accepted",
    "rejected",
    "revoked",
    "deleted",
    "unauthorized",
    "blocked_account",
    "blocked_domain",
    "muted_account",
]
NotificationType = Literal[
    "mention",
    "status",
    "reblog",
    "follow",
    "follow_request",
    "favourite",
    "poll",
    "update",
    "admin.sign_up",
    "admin.report",
    "severed_relationships",
    "moderation_warning",
    "quote",
    "quoted_update",
]


class Entity(Struct, frozen=True, kw_only=True, gc=False):
    """Base of all: values that are built once and sent. Without garbage collection, as they never form cycles."""


# Accounts


class CustomEmoji(Entity, frozen=True, kw_only=True):
    """A picture that stands for `:shortcode:` in texts."""

    shortcode: str
    url: str
    static_url: str
    visible_in_picker: bool
    category: str | UnsetType = UNSET


class Field(Entity, frozen=True, kw_only=True):
    """A row of a profile; `value` is HTML."""

    name: str
    value: str
    verified_at: str | None


class AccountRole(Entity, frozen=True, kw_only=True):
    """Public badge of a local account."""

    id: str
    name: str
    color: str


class Account(Entity, frozen=True, kw_only=True):
    """A person or, with `group`, a community. All picture addresses are absolute and load."""

    id: str
    username: str
    acct: str
    """`username` of a local account, `username@domain` of a remote one."""
    url: str
    uri: str
    display_name: str
    note: str
    """HTML; empty for none."""
    avatar: str
    avatar_static: str
    header: str
    header_static: str
    locked: bool
    fields: Sequence[Field]
    emojis: Sequence[CustomEmoji]
    bot: bool
    group: bool
    discoverable: bool | None
    indexable: bool
    created_at: str
    """Cut to midnight."""
    last_status_at: str | None
    """A day."""
    statuses_count: int
    followers_count: int
    following_count: int
    hide_collections: bool | None
    roles: Sequence[AccountRole]
    noindex: bool | UnsetType = UNSET
    moved: "Account | UnsetType" = UNSET
    memorial: bool | UnsetType = UNSET
    suspended: bool | UnsetType = UNSET
    limited: bool | UnsetType = UNSET
    mute_expires_at: str | UnsetType | None = UNSET
    """In the list of mutes only; null for ever."""


class Role(Entity, frozen=True, kw_only=True):
    """The role of the token's owner; `permissions` is a bit mask as a decimal string."""

    id: str
    name: str
    color: str
    permissions: str
    highlighted: bool


class AccountSource(Entity, frozen=True, kw_only=True):
    """What the owner edits: texts as typed, and defaults for posting."""

    note: str
    fields: Sequence[Field]
    privacy: Visibility
    sensitive: bool
    language: str | None
    follow_requests_count: int
    hide_collections: bool | None
    discoverable: bool | None
    indexable: bool
    attribution_domains: Sequence[str]
    quote_policy: QuotePolicy


class CredentialAccount(Account, frozen=True, kw_only=True):
    """The account of the token's owner."""

    source: AccountSource
    role: Role | None


class Relationship(Entity, frozen=True, kw_only=True):
    """What the viewer and an account are to each other; every key is always there."""

    id: str
    following: bool
    showing_reblogs: bool
    notifying: bool
    languages: Sequence[str] | None
    followed_by: bool
    blocking: bool
    blocked_by: bool
    muting: bool
    muting_notifications: bool
    requested: bool
    requested_by: bool
    domain_blocking: bool
    endorsed: bool
    note: str
    muting_expires_at: str | UnsetType | None = UNSET


# Filters


class FamiliarFollowers(Entity, frozen=True, kw_only=True):
    """People whom one follows and who follow an account."""

    id: str
    accounts: Sequence[Account]


class FilterKeyword(Entity, frozen=True, kw_only=True):
    """A word of a filter."""

    id: str
    keyword: str
    whole_word: bool


class FilterStatus(Entity, frozen=True, kw_only=True):
    """A single status that a filter hides."""

    id: str
    status_id: str


class FilterSummary(Entity, frozen=True, kw_only=True):
    """A filter without what it looks for, as it stands in a result."""

    id: str
    title: str
    context: Sequence[FilterContext]
    expires_at: str | None
    filter_action: FilterAction


class Filter(FilterSummary, frozen=True, kw_only=True):
    """A filter with its words."""

    keywords: Sequence[FilterKeyword]
    statuses: Sequence[FilterStatus]


class V1Filter(Entity, frozen=True, kw_only=True):
    """One keyword of a filter, for apps of before filters had several; the id is the keyword's."""

    id: str
    phrase: str
    context: Sequence[FilterContext]
    whole_word: bool
    expires_at: str | None
    irreversible: bool


class FilterResult(Entity, frozen=True, kw_only=True):
    """A filter that matched a status, and by what."""

    filter: FilterSummary
    keyword_matches: Sequence[str] | None
    status_matches: Sequence[str] | None


# Statuses


class StatusMention(Entity, frozen=True, kw_only=True):
    """A mentioned account; clients find its link in the content by `url`."""

    id: str
    username: str
    url: str
    acct: str


class ShallowTag(Entity, frozen=True, kw_only=True):
    """A hashtag in a status; `name` in lower case without `#`."""

    name: str
    url: str


class HistoryDay(Entity, frozen=True, kw_only=True):
    """Use of a hashtag on one day; all three are numbers written as text, `day` Unix seconds of midnight."""

    day: str
    uses: str
    accounts: str


class Tag(Entity, frozen=True, kw_only=True):
    """A hashtag by itself. With a user token `following` and `featuring` are always sent."""

    id: str
    name: str
    url: str
    history: Sequence[HistoryDay]
    following: bool | UnsetType = UNSET
    featuring: bool | UnsetType = UNSET


class FeaturedTag(Entity, frozen=True, kw_only=True):
    """A hashtag on a profile."""

    id: str
    name: str
    url: str
    statuses_count: str
    last_status_at: str | None


class Suggestion(Entity, frozen=True, kw_only=True):
    """An account to follow, and why."""

    source: Literal["staff", "past_interactions", "global"]
    sources: Sequence[Literal["featured", "friends_of_friends"]]
    account: Account


class Focus(Entity, frozen=True, kw_only=True):
    """The point to keep in a cropped picture: -1 to 1, y upwards."""

    x: float
    y: float


class MediaSize(Entity, frozen=True, kw_only=True):
    """Dimensions of one version of a file."""

    width: int | UnsetType = UNSET
    height: int | UnsetType = UNSET
    size: str | UnsetType = UNSET
    """`640x480`."""
    aspect: float | UnsetType = UNSET
    frame_rate: str | UnsetType = UNSET
    duration: float | UnsetType = UNSET
    """Seconds."""
    bitrate: int | UnsetType = UNSET


class MediaMeta(Entity, frozen=True, kw_only=True):
    """What is known of a file's versions."""

    original: MediaSize | UnsetType = UNSET
    small: MediaSize | UnsetType = UNSET
    focus: Focus | UnsetType = UNSET


class MediaAttachment(Entity, frozen=True, kw_only=True):
    """An attached file; `url` is null only while an upload is being worked on, never inside a status."""

    id: str
    type: MediaType
    url: str | None
    preview_url: str | None
    remote_url: str | None
    meta: MediaMeta | None
    description: str | None
    blurhash: str | None


class PollOption(Entity, frozen=True, kw_only=True):
    """One answer; the count is null while totals are hidden."""

    title: str
    votes_count: int | None


class Poll(Entity, frozen=True, kw_only=True):
    """A vote. With a user token `voted` and `own_votes` are always sent."""

    id: str
    expires_at: str | None
    expired: bool
    multiple: bool
    votes_count: int
    voters_count: int | None
    options: Sequence[PollOption]
    emojis: Sequence[CustomEmoji]
    voted: bool | UnsetType = UNSET
    own_votes: Sequence[int] | UnsetType = UNSET


class PreviewCardAuthor(Entity, frozen=True, kw_only=True):
    """Who wrote a linked page."""

    name: str
    url: str
    account: Account | None


class PreviewCard(Entity, frozen=True, kw_only=True):
    """Preview of a link."""

    url: str
    title: str
    description: str
    type: Literal["link", "photo", "video", "rich"]
    authors: Sequence[PreviewCardAuthor]
    author_name: str
    author_url: str
    provider_name: str
    provider_url: str
    html: str
    width: int
    height: int
    image: str | None
    embed_url: str
    blurhash: str | None
    language: str | UnsetType | None = UNSET
    image_description: str | UnsetType = UNSET
    published_at: str | UnsetType | None = UNSET


class StatusApplication(Entity, frozen=True, kw_only=True):
    """The app a status was written with."""

    name: str
    website: str | None


class Quote(Entity, frozen=True, kw_only=True):
    """A quoted status; null when the viewer may not see it."""

    state: QuoteState
    quoted_status: "Status | None"


class ShallowQuote(Entity, frozen=True, kw_only=True):
    """A quote within a quoted status: its id only."""

    state: QuoteState
    quoted_status_id: str | None


class QuoteApproval(Entity, frozen=True, kw_only=True):
    """Who may quote a status, and whether the viewer may."""

    automatic: Sequence[ApprovalGroup]
    manual: Sequence[ApprovalGroup]
    current_user: Literal["automatic", "manual", "denied", "unknown"]


class _StatusBase(Entity, frozen=True, kw_only=True):
    """What a status has whether it lives or has just been deleted."""

    id: str
    uri: str
    url: str | None
    created_at: str
    edited_at: str | None
    account: Account
    visibility: Visibility
    sensitive: bool
    spoiler_text: str
    media_attachments: Sequence[MediaAttachment]
    mentions: Sequence[StatusMention]
    tags: Sequence[ShallowTag]
    emojis: Sequence[CustomEmoji]
    reblogs_count: int
    favourites_count: int
    quotes_count: int
    replies_count: int
    in_reply_to_id: str | None
    in_reply_to_account_id: str | None
    reblog: "Status | None"
    """The original, in a wrapper that boosts it; wrappers have ids of their own."""
    poll: Poll | None
    card: PreviewCard | None
    language: str | None
    quote: Quote | ShallowQuote | None
    quote_approval: QuoteApproval
    application: StatusApplication | UnsetType | None = UNSET
    favourited: bool | UnsetType = UNSET
    """This and the next four: always with a user token, never without."""
    reblogged: bool | UnsetType = UNSET
    muted: bool | UnsetType = UNSET
    bookmarked: bool | UnsetType = UNSET
    filtered: Sequence[FilterResult] | UnsetType = UNSET
    pinned: bool | UnsetType = UNSET
    """On the viewer's own statuses that may be pinned, only."""


class Status(_StatusBase, frozen=True, kw_only=True):
    """A post as clients know it."""

    content: str
    """HTML."""


class DeletedStatus(_StatusBase, frozen=True, kw_only=True):
    """The answer to a deletion: with its source text, so that it can be written anew."""

    text: str


class StatusSource(Entity, frozen=True, kw_only=True):
    """The text of a status as its author typed it."""

    id: str
    text: str
    spoiler_text: str


class PollOptionTitle(Entity, frozen=True, kw_only=True):
    """An answer of a poll in an earlier version of its status."""

    title: str


class EditedPoll(Entity, frozen=True, kw_only=True):
    """The poll of an earlier version of a status."""

    options: Sequence[PollOptionTitle]


class StatusEdit(Entity, frozen=True, kw_only=True):
    """One version of a status."""

    content: str
    spoiler_text: str
    sensitive: bool
    created_at: str
    account: Account
    media_attachments: Sequence[MediaAttachment]
    emojis: Sequence[CustomEmoji]
    poll: EditedPoll | UnsetType = UNSET
    quote: Quote | ShallowQuote | UnsetType | None = UNSET


class Context(Entity, frozen=True, kw_only=True):
    """The thread around a status; parents stand before their children."""

    ancestors: Sequence[Status]
    descendants: Sequence[Status]


# What a person keeps


class List(Entity, frozen=True, kw_only=True):
    """A timeline of chosen accounts; each joined community is one."""

    id: str
    title: str
    replies_policy: RepliesPolicy
    exclusive: bool


class Conversation(Entity, frozen=True, kw_only=True):
    """Private talk with the same people in one thread."""

    id: str
    unread: bool
    accounts: Sequence[Account]
    """The others; oneself in a conversation with nobody else."""
    last_status: Status | None


class ScheduledPoll(Entity, frozen=True, kw_only=True):
    """The poll of a status that is still to come."""

    options: Sequence[str]
    expires_in: int
    multiple: bool
    hide_totals: bool


class ScheduledParams(Entity, frozen=True, kw_only=True):
    """What a status will be made of; nothing of it is published yet."""

    text: str
    poll: ScheduledPoll | None
    media_ids: Sequence[str] | None
    sensitive: bool
    spoiler_text: str
    visibility: Visibility
    language: str | None
    in_reply_to_id: str | None
    application_id: str | None
    scheduled_at: str | None
    idempotency: str | None
    with_rate_limit: bool
    quoted_status_id: str | None
    quote_approval_policy: QuotePolicy | None


class ScheduledStatus(Entity, frozen=True, kw_only=True):
    """A status that is to be published later."""

    id: str
    scheduled_at: str
    params: ScheduledParams
    media_attachments: Sequence[MediaAttachment]


class Marker(Entity, frozen=True, kw_only=True):
    """How far a timeline has been read."""

    last_read_id: str
    version: int
    updated_at: str


class Markers(Entity, frozen=True, kw_only=True):
    """The markers that are stored; a timeline without one is left out."""

    home: Marker | UnsetType = UNSET
    notifications: Marker | UnsetType = UNSET


class Preferences(Entity, frozen=True, kw_only=True):
    """A person's settings, as clients read them."""

    posting_default_visibility: Visibility = field(name="posting:default:visibility")
    posting_default_sensitive: bool = field(name="posting:default:sensitive")
    posting_default_language: str | None = field(name="posting:default:language")
    posting_default_quote_policy: QuotePolicy = field(name="posting:default:quote_policy")
    reading_expand_media: Literal["default", "show_all", "hide_all"] = field(name="reading:expand:media")
    reading_expand_spoilers: bool = field(name="reading:expand:spoilers")
    reading_autoplay_gifs: bool = field(name="reading:autoplay:gifs")


class Report(Entity, frozen=True, kw_only=True):
    """A report to the moderators."""

    id: str
    action_taken: bool
    action_taken_at: str | None
    category: Literal["spam", "legal", "violation", "other"]
    comment: str
    forwarded: bool
    created_at: str
    status_ids: Sequence[str] | None
    rule_ids: Sequence[str] | None
    target_account: Account


class Notification(Entity, frozen=True, kw_only=True):
    """Something that happened to the viewer. Types that speak of a status always have it."""

    id: str
    type: NotificationType
    group_key: str
    created_at: str
    account: Account
    status: Status | UnsetType = UNSET
    report: Report | UnsetType = UNSET


class NotificationGroup(Entity, frozen=True, kw_only=True):
    """Notifications of one hour about one thing."""

    group_key: str
    notifications_count: int
    type: NotificationType
    most_recent_notification_id: int
    page_min_id: str
    page_max_id: str
    latest_page_notification_at: str
    sample_account_ids: Sequence[str]
    status_id: str | UnsetType = UNSET
    report: Report | UnsetType = UNSET


class GroupedNotificationsResults(Entity, frozen=True, kw_only=True):
    """Groups with everything that they name, each once."""

    accounts: Sequence[Account]
    statuses: Sequence[Status]
    notification_groups: Sequence[NotificationGroup]


class PolicySummary(Entity, frozen=True, kw_only=True):
    """What was set aside."""

    pending_requests_count: int
    pending_notifications_count: int


Treatment = Literal["accept", "filter", "drop"]


class NotificationPolicy(Entity, frozen=True, kw_only=True):
    """What becomes of notifications by whom they come from."""

    for_not_following: Treatment
    for_not_followers: Treatment
    for_new_accounts: Treatment
    for_private_mentions: Treatment
    for_limited_accounts: Treatment
    summary: PolicySummary


class NotificationRequest(Entity, frozen=True, kw_only=True):
    """Somebody whose notifications are set aside until they are let through."""

    id: str
    created_at: str
    updated_at: str
    account: Account
    notifications_count: str
    last_status: Status | None


class V1NotificationPolicy(Entity, frozen=True, kw_only=True):
    """The same in the older form."""

    filter_not_following: bool
    filter_not_followers: bool
    filter_new_accounts: bool
    filter_private_mentions: bool
    summary: PolicySummary


class Search(Entity, frozen=True, kw_only=True):
    """What was found; a kind that was not asked for is an empty list."""

    accounts: Sequence[Account]
    statuses: Sequence[Status]
    hashtags: Sequence[Tag]


class TrendsLink(PreviewCard, frozen=True, kw_only=True):
    """A page that several people shared lately."""

    history: Sequence[HistoryDay]


class PushAlerts(Entity, frozen=True, kw_only=True):
    """Which notifications an app is told of."""

    follow: bool
    favourite: bool
    reblog: bool
    mention: bool
    poll: bool
    status: bool
    follow_request: bool
    update: bool
    quote: bool
    quoted_update: bool
    admin_sign_up: bool = field(name="admin.sign_up")
    admin_report: bool = field(name="admin.report")


class WebPushSubscription(Entity, frozen=True, kw_only=True):
    """Where the app of a token is told of notifications; the id is a number, below 2^31."""

    id: int
    endpoint: str
    standard: bool
    alerts: PushAlerts
    policy: str
    server_key: str


# Administration


class AdminIp(Entity, frozen=True, kw_only=True):
    """An address that somebody signed in from."""

    ip: str
    used_at: str


class AdminAccount(Entity, frozen=True, kw_only=True):
    """Somebody as administrators see them; nothing that they wrote."""

    id: str
    username: str
    domain: str | None
    created_at: str
    email: str | None
    ip: str | None
    ips: Sequence[AdminIp]
    locale: str | None
    invite_request: str | None
    role: Role | None
    confirmed: bool
    approved: bool
    disabled: bool
    sensitized: bool
    silenced: bool
    suspended: bool
    account: Account


class AdminReport(Entity, frozen=True, kw_only=True):
    """A report as administrators see it; the posts stay between their readers."""

    id: str
    action_taken: bool
    action_taken_at: str | None
    category: Literal["spam", "legal", "violation", "other"]
    comment: str
    forwarded: bool
    created_at: str
    updated_at: str
    account: AdminAccount
    target_account: AdminAccount
    assigned_account: AdminAccount | None
    action_taken_by_account: AdminAccount | None
    statuses: Sequence[Status]
    rules: Sequence[str]
    """Always empty: there are none that a report could name."""


class AdminDomainAllow(Entity, frozen=True, kw_only=True):
    """A server that is spoken to."""

    id: str
    domain: str
    created_at: str


class AdminDomainBlock(Entity, frozen=True, kw_only=True):
    """A partner with whom the exchange is suspended."""

    id: str
    domain: str
    digest: str
    created_at: str
    severity: Literal["noop", "silence", "suspend"]
    reject_media: bool
    reject_reports: bool
    private_comment: str | None
    public_comment: str | None
    obfuscate: bool


class AdminMeasureDay(Entity, frozen=True, kw_only=True):
    """A figure of one day."""

    date: str
    value: str


class AdminMeasure(Entity, frozen=True, kw_only=True):
    """A figure over some time."""

    key: str
    unit: str | None
    total: str
    data: Sequence[AdminMeasureDay]


class AdminDimensionValue(Entity, frozen=True, kw_only=True):
    """One value of a kind."""

    key: str
    human_key: str
    value: str


class AdminDimension(Entity, frozen=True, kw_only=True):
    """Values of one kind."""

    key: str
    data: Sequence[AdminDimensionValue]


# Apps and tokens


class Application(Entity, frozen=True, kw_only=True):
    """A registered app; `redirect_uri` is all of its URIs joined by newlines."""

    id: str
    name: str
    website: str | None
    scopes: Sequence[str]
    redirect_uris: Sequence[str]
    redirect_uri: str
    vapid_key: str | UnsetType = UNSET


class CredentialApplication(Application, frozen=True, kw_only=True):
    """The app as its registration answers it, with its secret."""

    client_id: str
    client_secret: str
    client_secret_expires_at: int = 0
    """Unix seconds; 0 for never."""


class Token(Entity, frozen=True, kw_only=True):
    """An access token; `created_at` is in Unix seconds."""

    access_token: str
    scope: str
    created_at: int
    token_type: Literal["Bearer"] = field(default="Bearer")


class OAuthServerMetadata(Entity, frozen=True, kw_only=True):
    """RFC 8414; all addresses absolute, without a query."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    app_registration_endpoint: str
    revocation_endpoint: str
    userinfo_endpoint: str
    scopes_supported: Sequence[str]
    response_types_supported: Sequence[str]
    response_modes_supported: Sequence[str]
    code_challenge_methods_supported: Sequence[str]
    grant_types_supported: Sequence[str]
    token_endpoint_auth_methods_supported: Sequence[str]
    service_documentation: str | UnsetType = UNSET


# The server


class RuleText(Entity, frozen=True, kw_only=True):
    """A rule in another language."""

    text: str
    hint: str


class Rule(Entity, frozen=True, kw_only=True):
    """A rule of the server, offered when reporting."""

    id: str
    text: str
    hint: str
    translations: dict[str, RuleText] | UnsetType = UNSET


class StatusLimits(Entity, frozen=True, kw_only=True):
    """Bounds of a status that is written here."""

    max_characters: int
    max_media_attachments: int
    characters_reserved_per_url: int
    supported_mime_types: Sequence[str] | UnsetType = UNSET


class MediaLimits(Entity, frozen=True, kw_only=True):
    """Bounds of uploads, in bytes, pixels and frames per second."""

    supported_mime_types: Sequence[str]
    image_size_limit: int
    image_matrix_limit: int
    video_size_limit: int
    video_frame_rate_limit: int
    video_matrix_limit: int
    description_limit: int | UnsetType = UNSET


class PollLimits(Entity, frozen=True, kw_only=True):
    """Bounds of polls; expirations in seconds."""

    max_options: int
    max_characters_per_option: int
    min_expiration: int
    max_expiration: int


class AccountLimits(Entity, frozen=True, kw_only=True):
    """Bounds of profiles."""

    max_featured_tags: int
    max_pinned_statuses: int
    max_display_name_length: int | UnsetType = UNSET
    max_note_length: int | UnsetType = UNSET
    max_profile_fields: int | UnsetType = UNSET
    profile_field_name_limit: int | UnsetType = UNSET
    profile_field_value_limit: int | UnsetType = UNSET


class InstanceUrls(Entity, frozen=True, kw_only=True):
    """Where else the server is reached; `streaming` begins with `wss:` or `ws:`."""

    streaming: str
    status: str | UnsetType | None = UNSET
    about: str | UnsetType | None = UNSET
    privacy_policy: str | UnsetType | None = UNSET
    terms_of_service: str | UnsetType | None = UNSET


class Vapid(Entity, frozen=True, kw_only=True):
    """The server's key of Web Push."""

    public_key: str


class Translation(Entity, frozen=True, kw_only=True):
    """Whether posts can be translated."""

    enabled: bool


class FeedAccess(Entity, frozen=True, kw_only=True):
    """Who may read a kind of feed."""

    local: Access
    remote: Access


class TimelinesAccess(Entity, frozen=True, kw_only=True):
    """Who may read the public feeds."""

    live_feeds: FeedAccess
    hashtag_feeds: FeedAccess
    trending_link_feeds: FeedAccess


class InstanceConfiguration(Entity, frozen=True, kw_only=True):
    """What clients must know to write here."""

    urls: InstanceUrls
    vapid: Vapid
    accounts: AccountLimits
    statuses: StatusLimits
    media_attachments: MediaLimits
    polls: PollLimits
    translation: Translation
    timelines_access: TimelinesAccess
    limited_federation: bool


class MonthlyUsers(Entity, frozen=True, kw_only=True):
    """People who were here in the last four weeks."""

    active_month: int


class InstanceUsage(Entity, frozen=True, kw_only=True):
    """Use of the server."""

    users: MonthlyUsers


class ThumbnailVersions(Entity, frozen=True, kw_only=True):
    """The picture in two sizes."""

    at_1x: str | UnsetType = field(name="@1x", default=UNSET)
    at_2x: str | UnsetType = field(name="@2x", default=UNSET)


class Thumbnail(Entity, frozen=True, kw_only=True):
    """The picture of the server."""

    url: str
    description: str | UnsetType = UNSET
    blurhash: str | UnsetType | None = UNSET
    versions: ThumbnailVersions | UnsetType = UNSET


class Icon(Entity, frozen=True, kw_only=True):
    """The server's icon in one size, `48x48`."""

    src: str
    size: str


class Registrations(Entity, frozen=True, kw_only=True):
    """Whether and how people sign up; `message` is HTML."""

    enabled: bool
    approval_required: bool
    message: str | None
    reason_required: bool | UnsetType | None = UNSET
    min_age: int | UnsetType | None = UNSET
    url: str | UnsetType | None = UNSET


class Contact(Entity, frozen=True, kw_only=True):
    """Who answers for the server."""

    email: str
    account: Account | None


class Instance(Entity, frozen=True, kw_only=True):
    """The server, as version 2 of its document tells it; `version` begins with three numbers."""

    domain: str
    title: str
    version: str
    source_url: str
    description: str
    usage: InstanceUsage
    thumbnail: Thumbnail
    icon: Sequence[Icon]
    languages: Sequence[str]
    configuration: InstanceConfiguration
    registrations: Registrations
    api_versions: dict[str, int]
    contact: Contact
    rules: Sequence[Rule]


class V1Urls(Entity, frozen=True, kw_only=True):
    """Where streams are, in version 1."""

    streaming_api: str


class V1Stats(Entity, frozen=True, kw_only=True):
    """Sizes of the server."""

    user_count: int
    status_count: int
    domain_count: int


class V1AccountLimits(Entity, frozen=True, kw_only=True):
    """Bounds of profiles, in version 1."""

    max_featured_tags: int


class V1Configuration(Entity, frozen=True, kw_only=True):
    """What clients must know to write here, in version 1."""

    accounts: V1AccountLimits
    statuses: StatusLimits
    media_attachments: MediaLimits
    polls: PollLimits


class V1Instance(Entity, frozen=True, kw_only=True):
    """The server, as version 1 of its document tells it; `uri` is the bare domain."""

    uri: str
    title: str
    short_description: str
    description: str
    email: str
    version: str
    urls: V1Urls
    stats: V1Stats
    thumbnail: str | None
    languages: Sequence[str]
    registrations: bool
    approval_required: bool
    invites_enabled: bool
    configuration: V1Configuration
    contact_account: Account | None
    rules: Sequence[Rule]
    max_toot_chars: int | UnsetType = UNSET
    """For very old clients."""
