"""The server about itself: what logins begin with, before there is a token."""

import re

import pytest

from tests.support.firm import HOME, App, Firm


async def test_both_documents_say_the_same(firm: Firm) -> None:
    newer, older = await firm.nobody.get("/api/v2/instance"), await firm.nobody.get("/api/v1/instance")

    assert (newer["domain"], older["uri"]) == ("home.test", "home.test")
    assert newer["version"] == older["version"]
    assert newer["configuration"]["statuses"] == older["configuration"]["statuses"]
    assert newer["configuration"]["urls"]["streaming"] == older["urls"]["streaming_api"] == "ws://home.test"
    assert newer["rules"] == older["rules"] == await firm.nobody.get("/api/v1/instance/rules")


async def test_the_version_begins_with_three_numbers_and_names_us(firm: Firm) -> None:
    version = (await firm.nobody.get("/api/v2/instance"))["version"]

    assert re.fullmatch(r"\d+\.\d+\.\d+ \(compatible; Entrepairs .+\)", version)


async def test_timelines_are_for_those_who_signed_in(firm: Firm) -> None:
    access = (await firm.nobody.get("/api/v2/instance"))["configuration"]["timelines_access"]

    assert {feed["local"] for feed in access.values()} == {"authenticated"}


async def test_what_apps_switch_on_by_the_document_is_built(firm: Firm) -> None:
    """Client API section 10; `api_versions` 7 with 4.5: every status says what may be quoted of it (`test_quotes`)."""
    newer, older = await firm.nobody.get("/api/v2/instance"), await firm.nobody.get("/api/v1/instance")
    told = newer["configuration"]

    assert newer["api_versions"] == {"mastodon": 7, "entrepairs": 1}
    assert newer["version"].startswith("4.5.")
    assert told["statuses"]["max_media_attachments"] == 4
    assert told["statuses"]["characters_reserved_per_url"] == 23
    assert told["polls"] == {
        "max_options": 4,
        "max_characters_per_option": 50,
        "min_expiration": 300,
        "max_expiration": 2_629_746,
    }
    assert {"max_featured_tags", "max_pinned_statuses", "max_profile_fields"} <= told["accounts"].keys()
    assert (told["translation"], told["limited_federation"]) == ({"enabled": False}, True)
    assert older["configuration"]["polls"] == told["polls"]
    assert older["max_toot_chars"] == told["statuses"]["max_characters"]
    assert isinstance(newer["usage"]["users"]["active_month"], int)
    assert (newer["icon"], newer["contact"]) == ([], {"email": "", "account": None})
    assert all(isinstance(rule["id"], str) for rule in newer["rules"])


async def test_what_the_document_allows_is_taken_and_one_more_is_not(firm: Firm, alice: App) -> None:
    """Client API section 10: apps count by these numbers."""
    told = (await firm.nobody.get("/api/v2/instance"))["configuration"]
    most, longest = told["polls"]["max_options"], told["polls"]["max_characters_per_option"]
    letters = told["statuses"]["max_characters"]
    options = [f"{number}".ljust(longest, "x") for number in range(most + 1)]
    tries = [
        ({"status": "x" * letters}, {"status": "x" * (letters + 1)}),
        *(
            ({"status": "?", "poll": fits}, {"status": "?", "poll": beyond})
            for fits, beyond in (
                ({"options": options[:most], "expires_in": 300}, {"options": options, "expires_in": 300}),
                (
                    {"options": options[:2], "expires_in": 300},
                    {"options": ["a", "x" * (longest + 1)], "expires_in": 300},
                ),
                ({"options": options[:2], "expires_in": 300}, {"options": options[:2], "expires_in": 299}),
                (
                    {"options": options[:2], "expires_in": 2_629_746},
                    {"options": options[:2], "expires_in": 2_629_747},
                ),
            )
        ),
    ]

    found = [[(await alice.call("POST", "/api/v1/statuses", json=given)).status for given in pair] for pair in tries]

    assert found == [[200, 422]] * len(tries)


async def test_a_newcomer_can_tell_that_accounts_are_not_to_be_had(firm: Firm) -> None:
    said = (await firm.nobody.get("/api/v2/instance"))["registrations"]

    assert said == {"enabled": False, "approval_required": False, "message": None, "url": None}


async def test_every_picture_that_the_api_names_loads(firm: Firm, alice: App) -> None:
    own = await alice.get("/api/v1/accounts/verify_credentials")
    newer = await firm.nobody.get("/api/v2/instance")
    pictures = {own["avatar"], own["avatar_static"], own["header"], own["header_static"], newer["thumbnail"]["url"]}

    for address in pictures:
        answer = await firm.nobody.call("GET", address.removeprefix(HOME))
        assert (answer.status, answer.headers["Content-Type"]) == (200, "image/png"), address
        assert answer.body.startswith(b"\x89PNG")
    assert own["avatar"].endswith("/original/missing.png")
    assert own["header"].endswith("/original/missing.png")


async def test_a_picture_that_is_had_already_is_not_sent_again(firm: Firm) -> None:
    first = await firm.nobody.call("GET", "/static/thumbnail.png")

    again = await firm.nobody.call("GET", "/static/thumbnail.png", If_None_Match=first.headers["ETag"])

    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize("path", ["/static/", "/static/nothing.png", "/static/../app.py", "/static/..%2fapp.py"])
async def test_no_path_leads_out_of_the_static_files(firm: Firm, path: str) -> None:
    """T112."""
    assert (await firm.nobody.call("GET", path)).status == 404


async def test_nobody_learns_how_much_is_written_here(firm: Firm, alice: App) -> None:
    """Product rule 2."""
    await alice.say("A post")

    assert (await firm.nobody.get("/api/v1/instance"))["stats"] == {
        "user_count": 1,
        "status_count": 0,
        "domain_count": 0,
    }
