"""What each method of the client API answers, by its schema; and the check of an answer against it.

Clients of tests call `check_answer` on everything that they get, so that every answer of a test run that has a
schema is held against it. A new route needs a line here: a test compares this table with the table of routes.
"""

import re
from functools import cache
from typing import Any, Final

from tests.support.schemas import FOLDER, validate

STATUS, STATUSES = "AuthenticatedStatus", ["AuthenticatedStatus"]
ACCOUNTS = ["Account"]

_PLAIN: Final[dict[str, type]] = {"(string)": str, "(true)": bool, "(object)": dict}

Shape = str | list[str]
"""An entity, a list of entities, or a plain JSON type in brackets: `(string)`."""

ANSWERS: Final[dict[tuple[str, str], Shape]] = {
    ("GET", "/.well-known/oauth-authorization-server"): "OAuthServerMetadata",
    ("GET", "/nodeinfo/{version}"): "NodeInfo",
    ("POST", "/api/v1/apps"): "CredentialApplication",
    ("GET", "/api/v1/apps/verify_credentials"): "Application",
    ("POST", "/oauth/token"): "Token",
    ("POST", "/oauth/revoke"): "Empty",
    ("GET", "/oauth/userinfo"): "OAuthUserInfo",
    ("POST", "/oauth/userinfo"): "OAuthUserInfo",
    ("GET", "/api/v2/instance"): "Instance",
    ("GET", "/api/v1/instance"): "V1_Instance",
    ("GET", "/api/v1/instance/rules"): ["Rule"],
    ("GET", "/api/v1/instance/peers"): ["(string)"],
    ("GET", "/api/v1/custom_emojis"): ["CustomEmoji"],
    ("GET", "/api/v1/admin/custom_emojis"): ["CustomEmoji"],
    ("POST", "/api/v1/admin/custom_emojis"): "CustomEmoji",
    ("DELETE", "/api/v1/admin/custom_emojis/{name}"): "CustomEmoji",
    ("GET", "/api/v1/announcements"): ["Announcement"],
    ("GET", "/api/v1/accounts/verify_credentials"): "CredentialAccount",
    ("PATCH", "/api/v1/accounts/update_credentials"): "CredentialAccount",
    ("DELETE", "/api/v1/profile/avatar"): "CredentialAccount",
    ("DELETE", "/api/v1/profile/header"): "CredentialAccount",
    ("GET", "/api/v1/accounts/lookup"): "Account",
    ("GET", "/api/v1/accounts/search"): ACCOUNTS,
    ("GET", "/api/v1/accounts/relationships"): ["Relationship"],
    ("GET", "/api/v1/accounts/familiar_followers"): ["FamiliarFollowers"],
    ("GET", "/api/v1/accounts"): ACCOUNTS,
    ("GET", "/api/v1/accounts/{id}"): "Account",
    ("GET", "/api/v1/accounts/{id}/statuses"): STATUSES,
    ("GET", "/api/v1/accounts/{id}/followers"): ACCOUNTS,
    ("GET", "/api/v1/accounts/{id}/following"): ACCOUNTS,
    ("GET", "/api/v1/accounts/{id}/lists"): ["List"],
    ("POST", "/api/v1/accounts/{id}/follow"): "Relationship",
    ("POST", "/api/v1/accounts/{id}/unfollow"): "Relationship",
    ("POST", "/api/v1/accounts/{id}/remove_from_followers"): "Relationship",
    ("POST", "/api/v1/accounts/{id}/block"): "Relationship",
    ("POST", "/api/v1/accounts/{id}/unblock"): "Relationship",
    ("POST", "/api/v1/accounts/{id}/mute"): "Relationship",
    ("POST", "/api/v1/accounts/{id}/unmute"): "Relationship",
    ("POST", "/api/v1/accounts/{id}/note"): "Relationship",
    ("POST", "/api/v1/accounts/{id}/endorse"): "Relationship",
    ("POST", "/api/v1/accounts/{id}/unendorse"): "Relationship",
    ("POST", "/api/v1/accounts/{id}/pin"): "Relationship",
    ("POST", "/api/v1/accounts/{id}/unpin"): "Relationship",
    ("GET", "/api/v1/accounts/{id}/endorsements"): ACCOUNTS,
    ("GET", "/api/v1/endorsements"): ACCOUNTS,
    ("GET", "/api/v1/follow_requests"): ACCOUNTS,
    ("POST", "/api/v1/follow_requests/{account_id}/authorize"): "Relationship",
    ("POST", "/api/v1/follow_requests/{account_id}/reject"): "Relationship",
    ("POST", "/api/v2/media"): "MediaAttachment",
    ("POST", "/api/v1/media"): "MediaAttachment",
    ("GET", "/api/v1/media/{id}"): "MediaAttachment",
    ("PUT", "/api/v1/media/{id}"): "MediaAttachment",
    ("DELETE", "/api/v1/media/{id}"): "Empty",
    ("POST", "/api/v1/statuses"): STATUS,
    ("GET", "/api/v1/statuses"): STATUSES,
    ("GET", "/api/v1/statuses/{id}"): STATUS,
    ("PUT", "/api/v1/statuses/{id}"): STATUS,
    ("DELETE", "/api/v1/statuses/{id}"): "DeletedStatus",
    ("GET", "/api/v1/statuses/{id}/context"): "Context",
    ("GET", "/api/v1/statuses/{id}/source"): "StatusSource",
    ("GET", "/api/v1/statuses/{id}/history"): ["StatusEdit"],
    ("GET", "/api/v1/statuses/{id}/favourited_by"): ACCOUNTS,
    ("GET", "/api/v1/statuses/{id}/reblogged_by"): ACCOUNTS,
    ("POST", "/api/v1/statuses/{id}/favourite"): STATUS,
    ("POST", "/api/v1/statuses/{id}/unfavourite"): STATUS,
    ("POST", "/api/v1/statuses/{id}/bookmark"): STATUS,
    ("POST", "/api/v1/statuses/{id}/unbookmark"): STATUS,
    ("POST", "/api/v1/statuses/{id}/reblog"): STATUS,
    ("POST", "/api/v1/statuses/{id}/unreblog"): STATUS,
    ("POST", "/api/v1/reports"): "Report",
    ("POST", "/api/v1/statuses/{id}/mute"): STATUS,
    ("POST", "/api/v1/statuses/{id}/unmute"): STATUS,
    ("GET", "/api/v1/bookmarks"): STATUSES,
    ("GET", "/api/v1/favourites"): STATUSES,
    ("GET", "/api/v1/scheduled_statuses"): ["ScheduledStatus"],
    ("GET", "/api/v1/scheduled_statuses/{id}"): "ScheduledStatus",
    ("PUT", "/api/v1/scheduled_statuses/{id}"): "ScheduledStatus",
    ("DELETE", "/api/v1/scheduled_statuses/{id}"): "Empty",
    ("GET", "/api/v1/statuses/{id}/quotes"): STATUSES,
    ("POST", "/api/v1/statuses/{id}/quotes/{quoting_status_id}/revoke"): STATUS,
    ("PUT", "/api/v1/statuses/{id}/interaction_policy"): STATUS,
    ("POST", "/api/v1/statuses/{id}/pin"): STATUS,
    ("POST", "/api/v1/statuses/{id}/unpin"): STATUS,
    ("POST", "/api/v1/conversations/{id}/read"): "Conversation",
    ("POST", "/api/v1/conversations/{id}/unread"): "Conversation",
    ("DELETE", "/api/v1/conversations/{id}"): "Empty",
    ("GET", "/api/v1/polls/{id}"): "Poll",
    ("POST", "/api/v1/polls/{id}/votes"): "Poll",
    ("GET", "/api/v1/timelines/home"): STATUSES,
    ("GET", "/api/v1/timelines/public"): STATUSES,
    ("GET", "/api/v1/timelines/tag/{hashtag}"): STATUSES,
    ("GET", "/api/v1/timelines/list/{list_id}"): STATUSES,
    ("GET", "/api/v1/lists"): ["List"],
    ("POST", "/api/v1/lists"): "List",
    ("GET", "/api/v1/lists/{id}"): "List",
    ("PUT", "/api/v1/lists/{id}"): "List",
    ("DELETE", "/api/v1/lists/{id}"): "Empty",
    ("GET", "/api/v1/lists/{id}/accounts"): ACCOUNTS,
    ("POST", "/api/v1/lists/{id}/accounts"): "Empty",
    ("DELETE", "/api/v1/lists/{id}/accounts"): "Empty",
    ("GET", "/api/v1/notifications"): ["Notification"],
    ("GET", "/api/v1/notifications/unread_count"): "UnreadCount",
    ("POST", "/api/v1/notifications/clear"): "Empty",
    ("GET", "/api/v1/notifications/{id}"): "Notification",
    ("POST", "/api/v1/notifications/{id}/dismiss"): "Empty",
    ("GET", "/api/v2/notifications"): "GroupedNotificationsResults",
    ("GET", "/api/v2/notifications/unread_count"): "UnreadCount",
    ("GET", "/api/v2/notifications/policy"): "NotificationPolicy",
    ("PATCH", "/api/v2/notifications/policy"): "NotificationPolicy",
    ("GET", "/api/v1/notifications/policy"): "V1_NotificationPolicy",
    ("GET", "/api/v1/notifications/requests"): ["NotificationRequest"],
    ("GET", "/api/v1/notifications/requests/merged"): "(object)",
    ("POST", "/api/v1/notifications/requests/accept"): "Empty",
    ("POST", "/api/v1/notifications/requests/dismiss"): "Empty",
    ("GET", "/api/v1/notifications/requests/{id}"): "NotificationRequest",
    ("POST", "/api/v1/notifications/requests/{id}/accept"): "Empty",
    ("POST", "/api/v1/notifications/requests/{id}/dismiss"): "Empty",
    ("GET", "/api/v2/notifications/{group_key}"): "GroupedNotificationsResults",
    ("POST", "/api/v2/notifications/{group_key}/dismiss"): "Empty",
    ("GET", "/api/v2/notifications/{group_key}/accounts"): ACCOUNTS,
    ("POST", "/api/v1/push/subscription"): "WebPushSubscription",
    ("GET", "/api/v1/push/subscription"): "WebPushSubscription",
    ("PUT", "/api/v1/push/subscription"): "WebPushSubscription",
    ("DELETE", "/api/v1/push/subscription"): "Empty",
    ("GET", "/api/v2/search"): "Search",
    ("GET", "/api/v1/search"): "Search",
    ("GET", "/api/v1/markers"): "Markers",
    ("POST", "/api/v1/markers"): "Markers",
    ("GET", "/api/v1/preferences"): "Preferences",
    ("GET", "/api/v2/filters"): ["Filter"],
    ("POST", "/api/v2/filters"): "Filter",
    ("GET", "/api/v2/filters/keywords/{id}"): "FilterKeyword",
    ("PUT", "/api/v2/filters/keywords/{id}"): "FilterKeyword",
    ("DELETE", "/api/v2/filters/keywords/{id}"): "Empty",
    ("GET", "/api/v2/filters/statuses/{id}"): "FilterStatus",
    ("DELETE", "/api/v2/filters/statuses/{id}"): "Empty",
    ("GET", "/api/v2/filters/{id}"): "Filter",
    ("PUT", "/api/v2/filters/{id}"): "Filter",
    ("DELETE", "/api/v2/filters/{id}"): "Empty",
    ("GET", "/api/v2/filters/{filter_id}/keywords"): ["FilterKeyword"],
    ("POST", "/api/v2/filters/{filter_id}/keywords"): "FilterKeyword",
    ("GET", "/api/v2/filters/{filter_id}/statuses"): ["FilterStatus"],
    ("POST", "/api/v2/filters/{filter_id}/statuses"): "FilterStatus",
    ("GET", "/api/v1/filters"): ["V1_Filter"],
    ("POST", "/api/v1/filters"): "V1_Filter",
    ("GET", "/api/v1/filters/{id}"): "V1_Filter",
    ("PUT", "/api/v1/filters/{id}"): "V1_Filter",
    ("DELETE", "/api/v1/filters/{id}"): "Empty",
    ("POST", "/api/v1/tags/{name}/follow"): "Tag",
    ("POST", "/api/v1/tags/{name}/unfollow"): "Tag",
    ("POST", "/api/v1/tags/{name}/feature"): "Tag",
    ("POST", "/api/v1/tags/{name}/unfeature"): "Tag",
    ("GET", "/api/v1/featured_tags"): ["FeaturedTag"],
    ("POST", "/api/v1/featured_tags"): "FeaturedTag",
    ("GET", "/api/v1/featured_tags/suggestions"): ["Tag"],
    ("DELETE", "/api/v1/featured_tags/{id}"): "Empty",
    ("GET", "/api/v1/accounts/{id}/featured_tags"): ["FeaturedTag"],
    ("GET", "/api/v1/accounts/{id}/identity_proofs"): ["Empty"],
    ("POST", "/api/v1/emails/confirmations"): "Empty",
    ("GET", "/api/v1/emails/check_confirmation"): "(true)",
    ("POST", "/api/v1/accounts"): "Token",
    ("GET", "/api/v1/directory"): ACCOUNTS,
    ("GET", "/api/v2/suggestions"): ["Suggestion"],
    ("GET", "/api/v1/suggestions"): ACCOUNTS,
    ("DELETE", "/api/v1/suggestions/{account_id}"): "Empty",
    ("GET", "/api/v1/timelines/link"): STATUSES,
    ("GET", "/api/v1/trends"): ["Tag"],
    ("GET", "/api/v1/trends/tags"): ["Tag"],
    ("GET", "/api/v1/trends/statuses"): STATUSES,
    ("GET", "/api/v1/trends/links"): ["TrendsLink"],
    ("GET", "/api/oembed"): "OEmbed",
    ("GET", "/api/v1/instance/extended_description"): "ExtendedDescription",
    ("GET", "/api/v1/instance/languages"): ["(object)"],
    ("GET", "/api/v1/instance/translation_languages"): "Empty",
    ("POST", "/api/v1/announcements/{id}/dismiss"): "Empty",
    ("PUT", "/api/v1/announcements/{id}/reactions/{name}"): "Empty",
    ("DELETE", "/api/v1/announcements/{id}/reactions/{name}"): "Empty",
    ("GET", "/api/v1/followed_tags"): ["Tag"],
    ("GET", "/api/v1/tags/{name}"): "Tag",
    ("GET", "/api/v1/blocks"): ACCOUNTS,
    ("GET", "/api/v1/domain_blocks"): ["(string)"],
    ("POST", "/api/v1/domain_blocks"): "Empty",
    ("DELETE", "/api/v1/domain_blocks"): "Empty",
    ("GET", "/api/v1/mutes"): ["MutedAccount"],
    ("GET", "/api/v1/conversations"): ["Conversation"],
    ("GET", "/api/v1/admin/accounts"): ["Admin_Account"],
    ("GET", "/api/v2/admin/accounts"): ["Admin_Account"],
    ("GET", "/api/v1/admin/accounts/{id}"): "Admin_Account",
    ("POST", "/api/v1/admin/accounts/{id}/approve"): "Admin_Account",
    ("POST", "/api/v1/admin/accounts/{id}/reject"): "Admin_Account",
    ("DELETE", "/api/v1/admin/accounts/{id}"): "Admin_Account",
    ("POST", "/api/v1/admin/accounts/{id}/action"): "Empty",
    ("POST", "/api/v1/admin/accounts/{id}/enable"): "Admin_Account",
    ("POST", "/api/v1/admin/accounts/{id}/unsuspend"): "Admin_Account",
    ("POST", "/api/v1/admin/accounts/{id}/unsilence"): "Admin_Account",
    ("POST", "/api/v1/admin/accounts/{id}/unsensitive"): "Admin_Account",
    ("GET", "/api/v1/admin/reports"): ["Admin_Report"],
    ("GET", "/api/v1/admin/reports/{id}"): "Admin_Report",
    ("PUT", "/api/v1/admin/reports/{id}"): "Admin_Report",
    ("POST", "/api/v1/admin/reports/{id}/assign_to_self"): "Admin_Report",
    ("POST", "/api/v1/admin/reports/{id}/unassign"): "Admin_Report",
    ("POST", "/api/v1/admin/reports/{id}/resolve"): "Admin_Report",
    ("POST", "/api/v1/admin/reports/{id}/reopen"): "Admin_Report",
    ("GET", "/api/v1/admin/domain_allows"): ["Admin_DomainAllow"],
    ("POST", "/api/v1/admin/domain_allows"): "Admin_DomainAllow",
    ("GET", "/api/v1/admin/domain_allows/{id}"): "Admin_DomainAllow",
    ("DELETE", "/api/v1/admin/domain_allows/{id}"): "Empty",
    ("GET", "/api/v1/admin/domain_blocks"): ["Admin_DomainBlock"],
    ("POST", "/api/v1/admin/domain_blocks"): "Admin_DomainBlock",
    ("GET", "/api/v1/admin/domain_blocks/{id}"): "Admin_DomainBlock",
    ("PUT", "/api/v1/admin/domain_blocks/{id}"): "Admin_DomainBlock",
    ("DELETE", "/api/v1/admin/domain_blocks/{id}"): "Empty",
    ("GET", "/api/v1/admin/email_domain_blocks"): ["Admin_EmailDomainBlock"],
    ("GET", "/api/v1/admin/ip_blocks"): ["Admin_IpBlock"],
    ("GET", "/api/v1/admin/canonical_email_blocks"): ["Admin_CanonicalEmailBlock"],
    ("POST", "/api/v1/admin/canonical_email_blocks/test"): ["Admin_CanonicalEmailBlock"],
    ("POST", "/api/v1/admin/measures"): ["Admin_Measure"],
    ("POST", "/api/v1/admin/dimensions"): ["Admin_Dimension"],
    ("POST", "/api/v1/admin/retention"): ["Admin_Cohort"],
    ("GET", "/api/v1/admin/trends/tags"): ["Admin_Tag"],
    ("GET", "/api/v1/admin/trends/statuses"): STATUSES,
    ("GET", "/api/v1/admin/trends/links"): ["TrendsLink"],
}
"""By method and path as in the tables of routes; PUT where PATCH stands is the same, and the other way round."""

_SAME: Final = {"PUT": "PATCH", "PATCH": "PUT", "HEAD": "GET"}
_API: Final = ("/api/", "/oauth/token", "/oauth/revoke", "/oauth/userinfo")
_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT.*")
_THREE_DECIMALS: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def shape_of(method: str, path: str) -> Shape | None:
    """What a request answers when it succeeds; None for a path that is not in the table."""
    plain = path.rstrip("/")
    for pattern, named, shape in _patterns():
        if named in (method, _SAME.get(method)) and pattern.fullmatch(plain):
            return shape
    return None


def check_answer(method: str, path: str, status: int, document: Any) -> None:
    """Raise `jsonschema.ValidationError` or `AssertionError` for an answer that is not as it should be.

    `path` without its query. Where the schemas are not at hand only the form of dates is looked at.
    """
    _check_instants(document, f"{method} {path}")
    if not FOLDER.is_dir():
        return
    if status >= 400 and path.startswith(_API):
        validate("Error", document)
        return
    shape = shape_of(method, path)
    if shape is None or status >= 300:
        return
    if shape == STATUS and method == "POST" and "scheduled_at" in document:
        shape = "ScheduledStatus"
    if isinstance(shape, str):
        _check(shape, document)
        return
    assert isinstance(document, list), (method, path, document)
    for one in document:
        _check(shape[0], one)


def _check(name: str, data: Any) -> None:
    if name == "(string)":
        assert isinstance(data, str)
    elif name == "(object)":
        assert isinstance(data, dict)
    if name in _PLAIN:
        assert isinstance(data, _PLAIN[name])
    else:
        validate(name, data)


def _check_instants(data: Any, where: str) -> None:
    """Every instant has three decimals and Z, wherever it stands (client API 1.8)."""
    if isinstance(data, dict):
        for value in data.values():
            _check_instants(value, where)
    elif isinstance(data, list):
        for value in data:
            _check_instants(value, where)
    elif isinstance(data, str) and _INSTANT.fullmatch(data):
        assert _THREE_DECIMALS.fullmatch(data), f"{where}: {data}"


@cache
def _patterns() -> list[tuple[re.Pattern[str], str, Shape]]:
    """Paths without a placeholder first, as the router takes them."""
    ordered = sorted(ANSWERS.items(), key=lambda item: item[0][1].count("{"))
    return [
        (re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))), method, shape)
        for (method, path), shape in ordered
    ]
