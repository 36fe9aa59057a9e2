"""Requests in which all is right but for one value, at any depth: a refusal with the documented body, or as if it had
not been given; never a 500 (client API 1.3 and 1.7, T103).

`test_bad_input.py` sends each value alone, and most methods refuse that before they look at it. Here it gets as far as
the rest lets it, to the statements as well.
"""

import asyncio
from collections.abc import Iterator
from copy import deepcopy
from typing import Any, NamedTuple

import pytest

from tests.server.mastodon.test_bad_input import CASES, WRONG
from tests.support.firm import App, Document, Firm
from tests.support.push_service import PhoneApp

Way = tuple[str | int, ...]

KINDS = ("null", "text", "nul", "huge", "list", "nested", "object", "far", "wild")
"""Of what `test_bad_input.py` sends: what gets furthest."""

ON_POSTGRESQL = ("nul", "huge", "negative", "far")
"""What that database takes otherwise than SQLite."""

AT_ONCE = 8

OF_FILES = {"/api/v1/media/{id}", "/api/v1/admin/custom_emojis"}
"""Their bodies are files, which have tests of their own (`tests/server/media`)."""


class Right(NamedTuple):
    """A request that is done as asked."""

    app: App
    method: str
    path: str
    id: str
    """In the place of the id in the path."""
    body: Document

    @property
    def address(self) -> str:
        before, brace, after = self.path.partition("{")
        return before + self.id + after.partition("}")[2] if brace else self.path


def ways(tree: Any, before: Way = ()) -> Iterator[Way]:
    """To every value of a body, those that hold others too."""
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, child in inner:
        yield (*before, key)
        yield from ways(child, (*before, key))


def replaced(body: Document, way: Way, value: Any) -> Document:
    """The body with another value there."""
    changed = deepcopy(body)
    *above, last = way
    place: Any = changed
    for key in above:
        place = place[key]
    place[last] = value
    return changed


async def right_requests(firm: Firm, alice: App, bob: App) -> list[Right]:
    """Every method that changes something by parameters."""
    boss = await firm.person("boss", "read write follow push admin:read admin:write", role="admin")
    report = await bob.post("/api/v1/reports", account_id=alice.id)
    return [*await _of_posts(alice, bob), *await _of_people(alice, bob), *_of_administration(boss, alice, report["id"])]


async def _of_posts(alice: App, bob: App) -> list[Right]:
    post, other = await alice.say("@sites Who knows?"), await alice.say("@sites Who else?")
    poll: Document = {"options": ["a", "b"], "expires_in": 600, "multiple": False, "hide_totals": True}
    asked, voted = await alice.say("Which?", poll=poll), await alice.say("@sites Which?", poll=poll)
    later = {"scheduled_at": "2027-01-01T00:00:00Z"}
    kept = await alice.post("/api/v1/statuses", status="Later", **later)
    words: Document = {"spoiler_text": "s", "sensitive": True, "language": "fr", "label": "internal"}
    files = [{"id": "1", "description": "d", "focus": "0,0", "thumbnail": ""}]
    said = {"status": "Hm", "visibility": "private", "in_reply_to_id": post["id"], "media_ids": [], **words}
    statuses = "/api/v1/statuses"
    return [
        Right(alice, "POST", statuses, "", said),
        Right(alice, "POST", statuses, "", {"status": "Which?", "poll": poll}),
        Right(alice, "POST", statuses, "", {"status": "Hm", "media_ids": ["1"], **later}),
        Right(alice, "PATCH", f"{statuses}/{{id}}", post["id"], {"status": "Hm", **words, "media_attributes": files}),
        Right(alice, "PATCH", f"{statuses}/{{id}}", asked["id"], {"status": "Which?", "poll": poll}),
        Right(alice, "DELETE", f"{statuses}/{{id}}", other["id"], {"delete_media": True, "reason": "old"}),
        Right(bob, "POST", "/api/v1/polls/{id}/votes", voted["poll"]["id"], {"choices": ["0"]}),
        Right(alice, "PATCH", "/api/v1/scheduled_statuses/{id}", kept["id"], later),
        Right(
            alice,
            "POST",
            "/api/v1/markers",
            "",
            {"home": {"last_read_id": post["id"]}, "notifications": {"last_read_id": "1"}},
        ),
        Right(alice, "POST", "/api/v1/featured_tags", "", {"name": "rota"}),
        *await _of_filters(alice, post["id"]),
    ]


async def _of_filters(alice: App, post_id: str) -> list[Right]:
    word = {"keyword": "k", "whole_word": True}
    wanted = {"title": "t", "context": ["home"], "filter_action": "warn", "expires_in": 600}
    made = await alice.post("/api/v2/filters", **wanted, keywords_attributes=[word, word])
    kept, changed = [one["id"] for one in made["keywords"]]
    old = {"phrase": "p", "context": ["home"], "irreversible": False, "whole_word": True, "expires_in": 600}
    new = [{"id": changed, **word, "_destroy": False}]
    return [
        Right(alice, "POST", "/api/v2/filters", "", {**wanted, "keywords_attributes": [word]}),
        Right(alice, "PATCH", "/api/v2/filters/{id}", made["id"], {**wanted, "keywords_attributes": new}),
        Right(alice, "POST", "/api/v2/filters/{filter_id}/keywords", made["id"], word),
        Right(alice, "PATCH", "/api/v2/filters/keywords/{id}", kept, word),
        Right(alice, "POST", "/api/v2/filters/{filter_id}/statuses", made["id"], {"status_id": post_id}),
        Right(alice, "POST", "/api/v1/filters", "", old),
        Right(alice, "PATCH", "/api/v1/filters/{id}", kept, old),
    ]


async def _of_people(alice: App, bob: App) -> list[Right]:
    await alice.follow(bob)
    own = await alice.post("/api/v1/lists", title="Mine")
    wanted = {"title": "t", "replies_policy": "list", "exclusive": False}
    wish = PhoneApp("https://push.example/a").wish("mention")
    profile = {
        "display_name": "A",
        "note": "n",
        "locked": False,
        "bot": False,
        "discoverable": True,
        "fields_attributes": [{"name": "a", "value": "b"}],
        "source": {"privacy": "private", "sensitive": False, "language": "fr"},
    }
    policy = ("not_following", "not_followers", "new_accounts", "private_mentions", "limited_accounts")
    complaint: Document = {
        "status_ids": [],
        "rule_ids": ["1"],
        "category": "violation",
        "comment": "c",
        "forward": False,
    }
    requests = "/api/v1/notifications/requests"
    return [
        Right(alice, "PATCH", "/api/v1/accounts/update_credentials", "", profile),
        Right(
            alice,
            "POST",
            "/api/v1/accounts/{id}/follow",
            bob.id,
            {"reblogs": True, "notify": True, "languages": ["fr"]},
        ),
        Right(alice, "POST", "/api/v1/accounts/{id}/mute", bob.id, {"notifications": True, "duration": 60}),
        Right(alice, "POST", "/api/v1/accounts/{id}/note", bob.id, {"comment": "c"}),
        Right(alice, "POST", "/api/v1/lists", "", wanted),
        Right(alice, "PATCH", "/api/v1/lists/{id}", own["id"], wanted),
        Right(alice, "POST", "/api/v1/lists/{id}/accounts", own["id"], {"account_ids": [bob.id]}),
        Right(alice, "DELETE", "/api/v1/lists/{id}/accounts", own["id"], {"account_ids": [bob.id]}),
        Right(alice, "POST", "/api/v1/reports", "", {"account_id": bob.id, **complaint}),
        Right(alice, "POST", "/api/v1/domain_blocks", "", {"domain": "x.test"}),
        Right(alice, "DELETE", "/api/v1/domain_blocks", "", {"domain": "x.test"}),
        Right(alice, "POST", "/api/v1/push/subscription", "", wish),
        Right(alice, "PATCH", "/api/v1/push/subscription", "", {"data": wish["data"]}),
        Right(alice, "PATCH", "/api/v2/notifications/policy", "", {f"for_{one}": "accept" for one in policy}),
        *(Right(alice, "POST", f"{requests}/{what}", "", {"id": ["1"]}) for what in ("accept", "dismiss")),
    ]


def _of_administration(boss: App, alice: App, report_id: str) -> list[Right]:
    weeks: Document = {"start_at": "2026-11-01", "end_at": "2026-11-30"}
    action: Document = {"type": "none", "report_id": report_id, "text": "t", "send_email_notification": False}
    measures: Document = {"keys": ["active_users", "tag_accounts"], **weeks, "tag_accounts": {"id": "1"}}
    return [
        Right(boss, "POST", "/api/v1/admin/accounts/{id}/action", alice.id, action),
        Right(boss, "PATCH", "/api/v1/admin/reports/{id}", report_id, {"category": "spam", "rule_ids": ["1"]}),
        Right(boss, "POST", "/api/v1/admin/domain_allows", "", {"domain": "x.test"}),
        Right(boss, "POST", "/api/v1/admin/domain_blocks", "", {"domain": "x.test", "severity": "suspend"}),
        Right(boss, "POST", "/api/v1/admin/measures", "", measures),
        Right(boss, "POST", "/api/v1/admin/dimensions", "", {"keys": ["servers"], **weeks, "limit": 5}),
    ]


async def test_every_method_that_changes_something_by_parameters_is_here(firm: Firm, alice: App, bob: App) -> None:
    there = {(one.method, one.path) for one in await right_requests(firm, alice, bob)}

    known = {(method, path) for method, path, _ in CASES if method != "GET" and path not in OF_FILES}
    assert known - there == set()


async def test_all_of_them_are_right(firm: Firm, alice: App, bob: App) -> None:
    """Otherwise what is wrong in them would not get far."""
    refused = []
    for one in await right_requests(firm, alice, bob):
        answer = await one.app.call(one.method, one.address, json=one.body)
        refused += [(one.method, one.path, answer.document)] if answer.status >= 400 else []

    assert refused == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("kind", KINDS)
async def test_one_wrong_value_is_no_error_of_the_server(firm: Firm, alice: App, bob: App, kind: str) -> None:
    """T103."""
    await _send_each(await right_requests(firm, alice, bob), WRONG[kind])


@pytest.mark.parametrize("database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
@pytest.mark.parametrize("kind", ON_POSTGRESQL)
async def test_one_wrong_value_is_no_error_of_the_other_database(firm: Firm, alice: App, bob: App, kind: str) -> None:
    """As above."""
    await _send_each(await right_requests(firm, alice, bob), WRONG[kind])


async def test_the_same_at_once_is_no_error_of_the_server(firm: Firm, alice: App, bob: App) -> None:
    """Client API 1.7: apps send again what was slow. One is first; the others are as good, or refused."""
    requests = [*await right_requests(firm, alice, bob), *await _of_marks(alice, bob)]
    broken: list[tuple[str, str, str]] = []

    async def attempt(one: Right) -> None:
        answer = await one.app.call(one.method, one.address, json=one.body)
        broken.extend([(one.method, one.path, answer.body.decode())] if answer.status >= 500 else [])

    for one in requests:
        await asyncio.gather(*(attempt(one) for _ in range(AT_ONCE)))

    assert broken == []


async def _of_marks(alice: App, bob: App) -> list[Right]:
    """What people do with posts, accounts and tags: done and undone."""
    post, own = await bob.say("@sites Who knows? #rota"), await alice.say("Mine")
    marks = ("favourite", "unfavourite", "bookmark", "unbookmark", "mute", "unmute")
    ties = ("follow", "mute", "unmute", "endorse", "unendorse", "block", "unblock", "remove_from_followers", "unfollow")
    tags = ("follow", "unfollow", "feature", "unfeature")
    return [
        *(Right(alice, "POST", f"/api/v1/statuses/{{id}}/{one}", post["id"], {}) for one in marks),
        *(Right(alice, "POST", f"/api/v1/statuses/{{id}}/{one}", own["id"], {}) for one in ("pin", "unpin")),
        *(Right(alice, "POST", f"/api/v1/accounts/{{id}}/{one}", bob.id, {}) for one in ties),
        *(Right(alice, "POST", f"/api/v1/tags/{{name}}/{one}", "rota", {}) for one in tags),
        *(Right(alice, "POST", f"/api/v1/conversations/{{id}}/{one}", "1", {}) for one in ("read", "unread")),
        Right(alice, "POST", "/api/v1/notifications/clear", "", {}),
        Right(alice, "DELETE", "/api/v1/profile/avatar", "", {}),
        Right(alice, "DELETE", "/api/v1/statuses/{id}", own["id"], {}),
        Right(alice, "DELETE", "/api/v1/push/subscription", "", {}),
    ]


async def _send_each(requests: list[Right], value: Any) -> None:
    broken: list[tuple[str, str, Way, str]] = []

    async def attempt(one: Right, way: Way) -> None:
        answer = await one.app.call(one.method, one.address, json=replaced(one.body, way, value))
        broken.extend([(one.method, one.path, way, answer.body.decode())] if answer.status >= 500 else [])

    cases = [(one, way) for one in requests for way in ways(one.body)]
    for start in range(0, len(cases), AT_ONCE):
        await asyncio.gather(*(attempt(*case) for case in cases[start : start + AT_ONCE]))

    assert broken == []
