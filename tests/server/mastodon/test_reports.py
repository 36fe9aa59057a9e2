"""Reporting posts and people from an app (client API section 9, threats T051)."""

from tests.support.api import Document
from tests.support.firm import App


async def test_a_post_is_reported_to_whoever_moderates_its_community(alice: App, bob: App, sites: Document) -> None:
    status = await alice.say("@sites Buy this")

    for account_id in (alice.id, sites["id"]):
        report = await bob.post(
            "/api/v1/reports", account_id=account_id, status_ids=[status["id"]], comment="Spam", category="spam"
        )
        assert (report["status_ids"], report["comment"], report["category"]) == ([status["id"]], "Spam", "spam")
        assert (report["forwarded"], report["action_taken"]) == (False, False)


async def test_what_cannot_be_seen_cannot_be_reported(alice: App, bob: App, sites: Document) -> None:
    """T051: a direct post, a post of somebody else, nobody; the answer is that of what never was."""
    secret = await alice.post("/api/v1/statuses", status="Only me", visibility="direct")
    mine = await bob.say("@sites Mine")

    for account_id, status_id in ((alice.id, secret["id"]), (alice.id, mine["id"]), ("1", mine["id"]), ("", "")):
        fields = {"account_id": account_id, "status_ids": [status_id] if status_id else []}
        answer = await bob.call("POST", "/api/v1/reports", json=fields)
        assert (answer.status, answer.document["error"]) == (404, "Record not found")


async def test_a_report_of_a_broken_rule_is_a_violation_and_any_other_of_no_kind(alice: App, bob: App) -> None:
    """7: `category` default `other`; with `rule_ids` `violation`; no `forward` for what is ours."""
    broken = await bob.post("/api/v1/reports", account_id=alice.id, rule_ids=["1"], category="spam", forward=True)
    other = await bob.post("/api/v1/reports", account_id=alice.id)

    assert (broken["category"], broken["rule_ids"], broken["forwarded"]) == ("violation", ["1"], False)
    assert (other["category"], other["target_account"]["id"]) == ("other", alice.id)


async def test_a_reason_has_its_length(alice: App, bob: App, sites: Document) -> None:
    answers = [
        await bob.call("POST", "/api/v1/reports", json={"account_id": alice.id, "comment": "x" * length})
        for length in (5_000, 5_001)
    ]

    assert [answer.status for answer in answers] == [200, 422]
