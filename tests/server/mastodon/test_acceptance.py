"""The acceptance list of the client API (section 13): which tests hold which line, and those that stand nowhere else.

A line that is held elsewhere names its tests; each of them is looked for, so that none goes unseen.
"""

import ast
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

import pytest
from jsonschema import ValidationError

from tests.support.contract import check_answer
from tests.support.firm import Answer, App, Document, Firm
from tests.support.listening import events, listening
from tests.support.schemas import validate
from tests.support.specification import FOLDER

TESTS: Final = Path(__file__).parents[2]
DOCUMENT: Final = FOLDER / "mastodon-api.md"

LINES: Final[Mapping[str, tuple[str, ...]]] = {
    "Any unknown `/api/` path": (
        "server/http/test_middlewares.py::test_an_unknown_path_of_the_api_is_404_in_json",
        "server/http/test_middlewares.py::test_errors_of_the_api_are_json_and_leak_nothing",
        "server/http/test_middlewares.py::test_every_answer_of_the_api_has_cors_headers",
        "server/mastodon/test_routes.py::test_unknown_paths_and_methods_are_not_found_in_json",
    ),
    "`OPTIONS` on ten paths": (
        "server/http/test_middlewares.py::test_preflights_need_no_token_and_allow_authorization",
        "server/mastodon/test_routes.py::test_a_preflight_is_answered_without_a_token",
    ),
    "Each endpoint with and without a trailing slash": (
        "server/http/test_middlewares.py::test_a_trailing_slash_changes_nothing",
        "server/mastodon/test_routes.py::test_a_trailing_slash_changes_nothing",
    ),
    "The same POST as form, JSON, multipart, query": (
        "server/http/test_params.py::test_every_form_on_every_method_gives_the_same_tree",
        "server/mastodon/test_parameters.py::test_a_post_is_the_same_however_it_is_sent",
    ),
    "`k[]`, `k[0]`, JSON arrays, single value": (
        "server/mastodon/test_parameters.py::test_a_list_is_the_same_in_every_spelling",
        "server/mastodon/test_parameters.py::test_rubbish_in_a_filter_is_passed_over",
    ),
    "Paging forward with `next`": (
        "server/http/test_paging.py::test_the_header_is_exactly_as_clients_parse_it",
        "server/mastodon/test_acceptance.py::test_every_list_is_walked_to_its_end_and_back",
        "server/mastodon/test_paging.py::test_forward_and_back_each_entry_comes_once",
        "server/mastodon/test_routes.py::test_every_answer_may_be_read_by_pages_of_other_sites",
    ),
    "`min_id` returns the page just above": (
        "server/mastodon/test_acceptance.py::test_every_list_has_the_page_above_a_cursor",
        "server/mastodon/test_paging.py::test_the_page_above_a_cursor_is_the_nearest_one_and_newest_first",
    ),
    "Two POSTs with one Idempotency-Key in parallel": (
        "server/mastodon/test_statuses.py::test_two_posts_with_one_key_at_the_same_time_are_one_post",
    ),
    "Every answer in the test run validates": (
        "server/mastodon/test_routes.py::test_every_route_has_a_schema_and_every_schema_a_route",
        "server/mastodon/test_acceptance.py::test_an_answer_that_breaks_its_schema_breaks_its_test",
    ),
    "All dates match the three-decimal form": (
        "server/http/test_answers.py::test_instants_have_three_decimals_and_z",
        "server/mastodon/test_acceptance.py::test_a_date_of_another_form_breaks_its_test",
    ),
    "Redirect URIs `icecubesapp://`": (
        "server/oauth/test_consent.py::test_the_consent_page_has_no_form_action_and_cannot_be_framed",
        "server/oauth/test_login.py::test_a_client_logs_in_by_its_redirect_uri_as_it_stands",
        "server/oauth/test_login.py::test_out_of_band_the_code_is_the_one_thing_to_copy_on_a_page",
    ),
    "PKCE: right verifier passes": (
        "server/oauth/test_login.py::test_a_challenge_by_another_method_is_refused",
        "server/oauth/test_login.py::test_with_pkce_the_right_verifier_gets_the_token",
        "server/oauth/test_token.py::test_a_code_is_bound_to_redirect_and_verifier",
    ),
    "WebSocket by header, query, subprotocol": (
        "server/streaming/test_websocket.py::test_an_unknown_stream_is_an_error_and_the_connection_stays",
        "server/streaming/test_websocket.py::test_several_streams_on_one_connection_each_with_its_name",
        "server/streaming/test_websocket.py::test_the_token_comes_in_each_of_its_forms",
    ),
    "SSE: first bytes at once": (
        "server/streaming/test_events.py::test_a_sign_of_life_comes_every_fifteen_seconds",
        "server/streaming/test_events.py::test_events_come_one_after_the_other",
    ),
    "Push: message decrypts in both encodings": (
        "server/mastodon/test_push.py::test_the_server_key_is_the_same_text_everywhere",
        "server/notify/test_pushing.py::test_a_mention_reaches_the_phone_encrypted_and_signed",
    ),
    "A community: follow, request and approve": (
        "server/mastodon/test_acceptance.py::test_a_day_with_an_open_community",
        "server/mastodon/test_acceptance.py::test_a_day_with_a_closed_community",
    ),
}
"""How each line of the document begins, and the tests that hold it."""


@cache
def _tests_in(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@pytest.mark.parametrize("line", LINES)
def test_the_tests_of_every_line_are_there(line: str) -> None:
    for name in LINES[line]:
        file, _, test = name.partition("::")
        assert test in _tests_in(TESTS / file), name


@pytest.mark.skipif(not DOCUMENT.is_file(), reason="specification is not beside the repository")
def test_every_line_of_the_document_is_held() -> None:
    _, _, section = DOCUMENT.read_text(encoding="utf-8").partition("\n## 13 Acceptance list")
    lines = re.findall(r"^\* (.+)$", section, re.M)

    held = [[line for line in LINES if text.startswith(line)] for text in lines]

    assert [len(one) for one in held] == [1] * len(LINES), lines


# --- pages ---

MANY = 5

_ONE_S_OWN: Final = "server/mastodon/test_acceptance.py::test_every_list_is_walked_to_its_end_and_back"
_COMMON: Final = "server/mastodon/test_paging.py::test_forward_and_back_each_entry_comes_once"
_DESK: Final = "server/mastodon/test_acceptance.py::test_lists_of_administrators_are_walked_as_well"
PAGED: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        (
            "/api/v1/accounts/:id/statuses",
            "/api/v1/accounts/:id/followers",
            "/api/v1/accounts/:id/following",
            "/api/v1/follow_requests",
            "/api/v1/statuses/:id/favourited_by",
            "/api/v1/favourites",
            "/api/v1/bookmarks",
            "/api/v1/timelines/home",
            "/api/v1/timelines/public",
            "/api/v1/timelines/list/:list_id",
            "/api/v1/notifications",
        ),
        _COMMON,
    ),
    **dict.fromkeys(
        (
            "/api/v1/blocks",
            "/api/v1/mutes",
            "/api/v1/domain_blocks",
            "/api/v1/scheduled_statuses",
            "/api/v1/lists/:id/accounts",
            "/api/v1/conversations",
            "/api/v1/followed_tags",
        ),
        _ONE_S_OWN,
    ),
    **dict.fromkeys(
        ("/api/v1/admin/accounts", "/api/v2/admin/accounts", "/api/v1/admin/reports", "/api/v1/admin/domain_allows"),
        _DESK,
    ),
    "/api/v2/notifications": "server/mastodon/test_acceptance.py::test_groups_of_notifications_have_pages_too",
}
"""Every list that the document gives a size or a `Link`, and the test that walks it."""

UNPAGED: Final[Mapping[str, str]] = {
    "/api/v1/accounts/search": "by offset",
    "/api/v1/directory": "by offset",
    "/api/v2/search": "by offset",
    "/api/v1/trends/tags": "by offset",
    "/api/v1/trends/statuses": "by offset",
    "/api/v1/trends/links": "always empty",
    "/api/v1/statuses/:id/context": "comes whole",
    "/api/v1/notifications/unread_count": "a number",
    "/api/v1/statuses/:id/reblogged_by": "one entry at most: the community in which it was said",
}
"""Those that have a size and no further page."""


@pytest.mark.skipif(not DOCUMENT.is_file(), reason="specification is not beside the repository")
def test_every_list_of_the_document_is_walked() -> None:
    tables = DOCUMENT.read_text(encoding="utf-8")
    sized = set(re.findall(r"^\| GET \| `([^`]+)` \| .*(?:\b\d+/\d+\b|\bLink\b)", tables, re.M))

    assert sized == PAGED.keys() | UNPAGED.keys()


@pytest.mark.parametrize("name", sorted(set(PAGED.values())))
def test_the_tests_that_walk_are_there(name: str) -> None:
    file, _, test = name.partition("::")

    assert test in _tests_in(TESTS / file)


@pytest.fixture
async def lists(firm: Firm, alice: App, bob: App, sites: Document) -> dict[str, str]:
    """Every list with pages of one's own that `test_paging` does not walk, each of five; alice reads them."""
    people = [await firm.person(f"person{number}") for number in range(MANY)]
    own = await alice.post("/api/v1/lists", title="Mine")
    for number, one in enumerate(people):
        await alice.follow(one)
        await alice.post(f"/api/v1/lists/{own['id']}/accounts", account_ids=[one.id])
        await one.say("@alice Between us", visibility="direct")
        await one.say(f"For those who follow me {number}")
        await alice.post(f"/api/v1/accounts/{one.id}/endorse")
        await alice.post(f"/api/v1/accounts/{one.id}/mute")
        await alice.post(f"/api/v1/accounts/{one.id}/unmute")
        await alice.post(f"/api/v1/tags/rota{number}/follow")
        await alice.post("/api/v1/domain_blocks", domain=f"far{number}.example")
        await alice.say(f"Later {number}", scheduled_at="2026-06-01T00:00:00Z")
        away = await firm.person(f"away{number}")
        await alice.post(f"/api/v1/accounts/{away.id}/block")
        quiet = await firm.person(f"quiet{number}")
        await alice.post(f"/api/v1/accounts/{quiet.id}/mute")
    return {
        "own list": f"/api/v1/timelines/list/{own['id']}",
        "accounts of a list": f"/api/v1/lists/{own['id']}/accounts",
        "blocks": "/api/v1/blocks",
        "mutes": "/api/v1/mutes",
        "followed tags": "/api/v1/followed_tags",
        "domain blocks": "/api/v1/domain_blocks",
        "conversations": "/api/v1/conversations",
        "scheduled statuses": "/api/v1/scheduled_statuses",
        "endorsements": "/api/v1/endorsements",
    }


def entries(answer: Answer) -> list[str]:
    """What a page shows, each by its id, its name or itself."""
    return [one if isinstance(one, str) else one.get("id") or one["name"] for one in answer.document]


async def test_every_list_is_walked_to_its_end_and_back(alice: App, lists: dict[str, str]) -> None:
    """13: forward with `next` to the end and back with `prev` to the start visits each entry once."""
    for name, path in lists.items():
        whole = entries(await alice.call("GET", f"{path}?limit=40"))
        pages = await alice.walk(f"{path}?limit=2")
        above = await alice.walk_back([page for page in pages if page.document][-1])

        assert [one for page in pages for one in entries(page)] == whole, name
        assert [one for page in reversed(above) for one in entries(page)] == whole, name
        assert len(set(whole)) == len(whole) == MANY, name
        assert pages[0].headers["Link"].partition(">; ")[2].startswith('rel="next"'), name


async def test_lists_of_administrators_are_walked_as_well(firm: Firm, alice: App, bob: App) -> None:
    boss = await firm.person("boss", "read write admin:read admin:write", role="admin")
    for number in range(MANY):
        await firm.person(f"person{number}")
        await alice.post("/api/v1/reports", account_id=bob.id, comment=f"Rude {number}")
        await boss.post("/api/v1/admin/domain_allows", domain=f"partner{number}.example")

    for path in (path for path, test in PAGED.items() if test == _DESK):
        whole = entries(await boss.call("GET", path))
        pages = await boss.walk(f"{path}?limit=2")
        above = await boss.walk_back([page for page in pages if page.document][-1])

        assert [one for page in pages for one in entries(page)] == whole, path
        assert [one for page in reversed(above) for one in entries(page)] == whole, path
        assert len(set(whole)) == len(whole) >= MANY, path


async def test_groups_of_notifications_have_pages_too(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    """2.3: an object that still has the header."""
    for number in range(MANY):
        await bob.say(f"@alice One {number}")

    pages = await alice.walk("/api/v2/notifications?limit=2")
    above = await alice.walk_back([page for page in pages if page.document["notification_groups"]][-1])

    shown = [[one["group_key"] for page in way for one in page.document["notification_groups"]]
             for way in (pages, list(reversed(above)))]  # fmt: skip
    assert shown[0] == shown[1]
    assert len(set(shown[0])) == len(shown[0]) >= MANY


async def test_every_list_has_the_page_above_a_cursor(alice: App, lists: dict[str, str]) -> None:
    """13: `min_id` returns the page just above the cursor, newest first."""
    for name, path in lists.items():
        whole = entries(await alice.call("GET", f"{path}?limit=40"))
        last = [page for page in await alice.walk(f"{path}?limit=1") if page.document][-1]

        above = await alice.call("GET", last.links["prev"].replace("limit=1", "limit=2"))

        assert entries(above) == whole[-3:-1], name


# --- what tests are held against ---


@pytest.mark.skipif(not (FOLDER / "entities").is_dir(), reason="schemas are not beside the repository")
async def test_an_answer_that_breaks_its_schema_breaks_its_test(alice: App) -> None:
    """13: every answer in the test run validates against its schema."""
    said = await alice.say("Whole")

    with pytest.raises(ValidationError, match="content"):
        validate("Status", {name: value for name, value in said.items() if name != "content"})


async def test_a_date_of_another_form_breaks_its_test(alice: App) -> None:
    """13: all dates match the three-decimal form."""
    said = await alice.say("Now")

    check_answer("GET", "/api/v1/nothing/of/the/kind", 200, said)
    for other in ("2026-01-31T12:05:00Z", "2026-01-31T12:05:00.123456Z", "2026-01-31T12:05:00.123+00:00"):
        with pytest.raises(AssertionError):
            check_answer("GET", "/api/v1/nothing/of/the/kind", 200, {**said, "created_at": other})


# --- communities ---


async def places(app: App, community: Document) -> dict[str, list[str]]:
    """Where somebody reads the posts of a community: the ids that each place shows."""
    kept = [one for one in await app.get("/api/v1/lists") if one["title"] == community["display_name"]]
    paths = {
        "home": "/api/v1/timelines/home",
        "profile": f"/api/v1/accounts/{community['id']}/statuses",
        **({"list": f"/api/v1/timelines/list/{kept[0]['id']}"} if kept else {}),
    }
    found = {name: await app.call("GET", path) for name, path in paths.items()}
    return {
        name: [one["reblog"]["id"] for one in answer.document] if answer.status == 200 else ["404"]
        for name, answer in found.items()
    }


async def test_a_day_with_an_open_community(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    """13: follow, post by mention, boost visible in home, in account statuses, in the list, in the stream; refused for
    non-members with 403.
    """
    carl, eve = await firm.person("carl"), await firm.person("eve")
    joined = await carl.follow(sites)
    (kept,) = await carl.get("/api/v1/lists")

    async with listening(firm, carl, "user") as socket, events(firm, carl, "list", list=kept["id"]) as stream:
        said = await bob.say("@sites Who has the key?")
        heard = [(await socket.next()).payload, (await stream.next()).payload]
    refused = await eve.call("POST", "/api/v1/statuses", json={"status": "@sites And I?"})

    assert (joined["following"], joined["requested"]) == (True, False)
    assert await places(carl, sites) == {"home": [said["id"]], "profile": [said["id"]], "list": [said["id"]]}
    assert {one["account"]["id"] for one in heard} == {sites["id"]}
    assert {one["reblog"]["id"] for one in heard} == {said["id"]}
    assert (refused.status, refused.error.partition(". ")[0]) == (403, "You are not a member of this community")


async def test_a_day_with_a_closed_community(firm: Firm, alice: App) -> None:
    """13: follow, request and approve; closed posts 404 for others."""
    halls = await firm.community("halls", host=alice, visibility="on-request")
    carl, eve = await firm.person("carl"), await firm.person("eve")
    asked = await carl.follow(halls)
    waiting = [one["id"] for one in await alice.get("/api/v1/follow_requests")]
    await alice.post(f"/api/v1/follow_requests/{carl.id}/authorize")
    (relation,) = await carl.get(f"/api/v1/accounts/relationships?id[]={halls['id']}")
    said = await carl.say("@halls Among us")

    assert (asked["following"], asked["requested"]) == (False, True)
    assert (waiting, relation["following"], said["visibility"]) == ([carl.id], True, "private")
    assert await places(carl, halls) == {"home": [said["id"]], "profile": [said["id"]], "list": [said["id"]]}
    assert (await eve.call("GET", f"/api/v1/statuses/{said['id']}")).status == 404
    assert (await eve.call("GET", f"/api/v1/statuses/{said['id']}/context")).status == 404
    assert (await eve.get(f"/api/v1/accounts/{halls['id']}/statuses")) == []
    assert (await eve.get("/api/v2/search", q="Among"))["statuses"] == []
