"""One entity of each kind, with everything that may be there, for the tests of entities and of what renders them."""

from datetime import UTC, datetime

from server.http.answers import day, instant, midnight
from server.mastodon import entities

HOST = "https://alpha.example"
AT = datetime(2026, 1, 31, 12, 5, 0, 123_456, UTC)

EMOJI = entities.CustomEmoji(
    shortcode="wave", url=f"{HOST}/wave.gif", static_url=f"{HOST}/wave.png", visible_in_picker=True, category="hands"
)
FIELD = entities.Field(name="Site", value=f'<a href="{HOST}" rel="me">{HOST}</a>', verified_at=instant(AT))
ROLE = entities.Role(id="3", name="Admin", color="#ff0000", permissions="1", highlighted=True)

ACCOUNT = entities.Account(
    id="1099511627776",
    username="alice",
    acct="alice",
    url=f"{HOST}/@alice",
    uri=f"{HOST}/users/alice",
    display_name="Alice :wave:",
    note="<p>Manager</p>",
    avatar=f"{HOST}/avatars/original/missing.png",
    avatar_static=f"{HOST}/avatars/original/missing.png",
    header=f"{HOST}/headers/original/missing.png",
    header_static=f"{HOST}/headers/original/missing.png",
    locked=False,
    fields=[FIELD],
    emojis=[EMOJI],
    bot=False,
    group=False,
    discoverable=None,
    indexable=False,
    created_at=midnight(AT),
    last_status_at=day(AT),
    statuses_count=3,
    followers_count=2,
    following_count=1,
    hide_collections=False,
    roles=[entities.AccountRole(id="3", name="Admin", color="#ff0000")],
)

CREDENTIAL_ACCOUNT = entities.CredentialAccount(
    **{name: getattr(ACCOUNT, name) for name in ACCOUNT.__struct_fields__},
    source=entities.AccountSource(
        note="Manager",
        fields=[entities.Field(name="Site", value=HOST, verified_at=None)],
        privacy="private",
        sensitive=False,
        language=None,
        follow_requests_count=0,
        hide_collections=False,
        discoverable=None,
        indexable=False,
        attribution_domains=[],
        quote_policy="nobody",
    ),
    role=ROLE,
)

RELATIONSHIP = entities.Relationship(
    id=ACCOUNT.id,
    following=True,
    showing_reblogs=True,
    notifying=False,
    languages=["fr"],
    followed_by=False,
    blocking=False,
    blocked_by=False,
    muting=True,
    muting_notifications=True,
    requested=False,
    requested_by=False,
    domain_blocking=False,
    endorsed=False,
    note="",
    muting_expires_at=None,
)

FILTER_SUMMARY = entities.FilterSummary(
    id="5", title="Rugby", context=["home", "public"], expires_at=None, filter_action="warn"
)
FILTER = entities.Filter(
    id="5",
    title="Rugby",
    context=["home"],
    expires_at=instant(AT),
    filter_action="hide",
    keywords=[entities.FilterKeyword(id="6", keyword="rugby", whole_word=True)],
    statuses=[entities.FilterStatus(id="7", status_id="115000000000000000")],
)
FILTER_RESULT = entities.FilterResult(filter=FILTER_SUMMARY, keyword_matches=["rugby"], status_matches=None)

MEDIA = entities.MediaAttachment(
    id="8",
    type="image",
    url=f"{HOST}/media/8.png",
    preview_url=None,
    remote_url=None,
    meta=entities.MediaMeta(
        original=entities.MediaSize(width=640, height=480, size="640x480", aspect=640 / 480),
        small=entities.MediaSize(width=320, height=240, size="320x240", aspect=320 / 240),
        focus=entities.Focus(x=-0.5, y=1.0),
    ),
    description=None,
    blurhash="LEHV6nWB2yk8pyo0adR*.7kCMdnj",
)

POLL = entities.Poll(
    id="9",
    expires_at=instant(AT),
    expired=False,
    multiple=False,
    votes_count=1,
    voters_count=None,
    options=[entities.PollOption(title="Yes", votes_count=1), entities.PollOption(title="No", votes_count=None)],
    emojis=[],
    voted=True,
    own_votes=[0],
)

CARD = entities.PreviewCard(
    url="https://news.example/a",
    title="News",
    description="",
    type="link",
    authors=[entities.PreviewCardAuthor(name="Ann", url="https://news.example/ann", account=None)],
    author_name="Ann",
    author_url="https://news.example/ann",
    provider_name="News",
    provider_url="https://news.example",
    html="",
    width=400,
    height=300,
    image=f"{HOST}/cards/1.png",
    embed_url="",
    blurhash=None,
)

MENTION = entities.StatusMention(id="11", username="plans", url=f"{HOST}/@plans", acct="plans")
TAG = entities.Tag(
    id="12",
    name="café",
    url=f"{HOST}/tags/caf%C3%A9",
    history=[entities.HistoryDay(day="1769817600", uses="3", accounts="2")],
    following=False,
    featuring=False,
)


def a_status(*, signed_in: bool = True, **changes: object) -> entities.Status:
    """A plain status; for a signed-in viewer with what only they are sent. `changes` replace fields."""
    values: dict[str, object] = {
        "id": "115000000000000000",
        "uri": f"{HOST}/objects/115000000000000000",
        "url": f"{HOST}/@alice/115000000000000000",
        "created_at": instant(AT),
        "edited_at": None,
        "account": ACCOUNT,
        "content": '<p>Hello <a href="https://alpha.example/@plans" class="u-url mention">@<span>plans</span></a></p>',
        "visibility": "private",
        "sensitive": False,
        "spoiler_text": "",
        "media_attachments": [],
        "mentions": [MENTION],
        "tags": [entities.ShallowTag(name="café", url=f"{HOST}/tags/caf%C3%A9")],
        "emojis": [],
        "reblogs_count": 0,
        "favourites_count": 1,
        "quotes_count": 0,
        "replies_count": 2,
        "in_reply_to_id": None,
        "in_reply_to_account_id": None,
        "reblog": None,
        "poll": None,
        "card": None,
        "language": "fr",
        "quote": None,
        "quote_approval": entities.QuoteApproval(automatic=[], manual=[], current_user="denied"),
        "application": entities.StatusApplication(name="Elk", website=None),
    }
    if signed_in:
        values |= {"favourited": True, "reblogged": False, "muted": False, "bookmarked": False, "filtered": []}
    return entities.Status(**(values | changes))  # type: ignore[arg-type]  # the values are checked by the schemas


STATUS = a_status()
WRAPPER = a_status(
    id="115000000000000001",
    reblog=a_status(media_attachments=[MEDIA], card=CARD, filtered=[FILTER_RESULT], pinned=False),
)
QUOTING = a_status(quote=entities.Quote(state="accepted", quoted_status=a_status(poll=POLL)), application=None)
SHALLOW = a_status(quote=entities.ShallowQuote(state="revoked", quoted_status_id=None))

_SHARED = {name: getattr(STATUS, name) for name in entities.DeletedStatus.__struct_fields__ if name != "text"}
DELETED = entities.DeletedStatus(**_SHARED, text="Hello @plans")
EDIT = entities.StatusEdit(
    content=STATUS.content,
    spoiler_text="",
    sensitive=False,
    created_at=instant(AT),
    account=ACCOUNT,
    media_attachments=[MEDIA],
    emojis=[EMOJI],
    poll=entities.EditedPoll(options=[entities.PollOptionTitle(title="Yes")]),
)
SOURCE = entities.StatusSource(id=STATUS.id, text="Hello @plans", spoiler_text="")
CONTEXT = entities.Context(ancestors=[STATUS], descendants=[])

A_LIST = entities.List(id="13", title="Plans", replies_policy="list", exclusive=False)
MARKER = entities.Marker(last_read_id=STATUS.id, version=1, updated_at=instant(AT))
MARKERS = entities.Markers(home=MARKER)
PREFERENCES = entities.Preferences(
    posting_default_visibility="private",
    posting_default_sensitive=False,
    posting_default_language=None,
    posting_default_quote_policy="nobody",
    reading_expand_media="default",
    reading_expand_spoilers=False,
    reading_autoplay_gifs=False,
)
REPORT = entities.Report(
    id="14",
    action_taken=False,
    action_taken_at=None,
    category="other",
    comment="",
    forwarded=False,
    created_at=instant(AT),
    status_ids=[STATUS.id],
    rule_ids=None,
    target_account=ACCOUNT,
)
FOLLOWED = entities.Notification(
    id="15", type="follow", group_key="ungrouped-15", created_at=instant(AT), account=ACCOUNT
)
MENTIONED = entities.Notification(
    id="16", type="mention", group_key="ungrouped-16", created_at=instant(AT), account=ACCOUNT, status=STATUS
)
REPORTED = entities.Notification(
    id="17", type="admin.report", group_key="ungrouped-17", created_at=instant(AT), account=ACCOUNT, report=REPORT
)
FOUND = entities.Search(accounts=[ACCOUNT], statuses=[STATUS], hashtags=[TAG])

APPLICATION = entities.Application(
    id="18",
    name="Elk",
    website=None,
    scopes=["read", "write"],
    redirect_uris=["https://elk.example/a", "urn:ietf:wg:oauth:2.0:oob"],
    redirect_uri="https://elk.example/a\nurn:ietf:wg:oauth:2.0:oob",
    vapid_key="BC8",
)
CREDENTIAL_APPLICATION = entities.CredentialApplication(
    **{name: getattr(APPLICATION, name) for name in APPLICATION.__struct_fields__},
    client_id="elk",
    client_secret="not-a-secret",
)
TOKEN = entities.Token(access_token="not-a-token", scope="read write", created_at=1_769_860_000)
METADATA = entities.OAuthServerMetadata(
    issuer=f"{HOST}/",
    authorization_endpoint=f"{HOST}/oauth/authorize",
    token_endpoint=f"{HOST}/oauth/token",
    app_registration_endpoint=f"{HOST}/api/v1/apps",
    revocation_endpoint=f"{HOST}/oauth/revoke",
    userinfo_endpoint=f"{HOST}/oauth/userinfo",
    scopes_supported=["read"],
    response_types_supported=["code"],
    response_modes_supported=["query"],
    code_challenge_methods_supported=["S256"],
    grant_types_supported=["authorization_code"],
    token_endpoint_auth_methods_supported=["client_secret_post"],
)

RULE = entities.Rule(
    id="19", text="Be kind", hint="", translations={"fr": entities.RuleText(text="Bienveillance", hint="")}
)
STATUS_LIMITS = entities.StatusLimits(max_characters=5000, max_media_attachments=4, characters_reserved_per_url=23)
MEDIA_LIMITS = entities.MediaLimits(
    supported_mime_types=["image/png"],
    image_size_limit=16_777_216,
    image_matrix_limit=33_177_600,
    video_size_limit=104_857_600,
    video_frame_rate_limit=120,
    video_matrix_limit=8_294_400,
    description_limit=1500,
)
POLL_LIMITS = entities.PollLimits(
    max_options=4, max_characters_per_option=50, min_expiration=300, max_expiration=2_629_746
)
ACCESS = entities.FeedAccess(local="authenticated", remote="authenticated")
INSTANCE = entities.Instance(
    domain="alpha.example",
    title="Alpha",
    version="4.5.0 (compatible; Entrepairs 0.1.0)",
    source_url="https://source.example/entrepairs",
    description="",
    usage=entities.InstanceUsage(users=entities.MonthlyUsers(active_month=3)),
    thumbnail=entities.Thumbnail(
        url=f"{HOST}/picture.png", versions=entities.ThumbnailVersions(at_1x=f"{HOST}/picture.png")
    ),
    icon=[entities.Icon(src=f"{HOST}/icon.png", size="48x48")],
    languages=["fr", "en"],
    configuration=entities.InstanceConfiguration(
        urls=entities.InstanceUrls(streaming="wss://alpha.example", about=None),
        vapid=entities.Vapid(public_key="BC8"),
        accounts=entities.AccountLimits(max_featured_tags=0, max_pinned_statuses=5, max_profile_fields=4),
        statuses=STATUS_LIMITS,
        media_attachments=MEDIA_LIMITS,
        polls=POLL_LIMITS,
        translation=entities.Translation(enabled=False),
        timelines_access=entities.TimelinesAccess(live_feeds=ACCESS, hashtag_feeds=ACCESS, trending_link_feeds=ACCESS),
        limited_federation=True,
    ),
    registrations=entities.Registrations(enabled=False, approval_required=False, message=None, url=None),
    api_versions={"mastodon": 6, "entrepairs": 1},
    contact=entities.Contact(email="it@alpha.example", account=None),
    rules=[RULE],
)
V1_INSTANCE = entities.V1Instance(
    uri="alpha.example",
    title="Alpha",
    short_description="",
    description="",
    email="it@alpha.example",
    version="4.5.0 (compatible; Entrepairs 0.1.0)",
    urls=entities.V1Urls(streaming_api="wss://alpha.example"),
    stats=entities.V1Stats(user_count=3, status_count=5, domain_count=1),
    thumbnail=None,
    languages=["fr"],
    registrations=False,
    approval_required=False,
    invites_enabled=False,
    configuration=entities.V1Configuration(
        accounts=entities.V1AccountLimits(max_featured_tags=0),
        statuses=STATUS_LIMITS,
        media_attachments=MEDIA_LIMITS,
        polls=POLL_LIMITS,
    ),
    contact_account=ACCOUNT,
    rules=[RULE],
    max_toot_chars=5000,
)
