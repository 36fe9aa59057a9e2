"""The commands as scripts drive them: documents, reasons, exit statuses, on both databases."""

from pathlib import Path

import msgspec
import pytest
import structlog
from structlog.testing import capture_logs

from server.cli.running import as_lines
from tests.support.commands import Firm


def test_people_are_made_listed_suspended_and_resumed(firm: Firm) -> None:
    made = firm.ask(
        "user", "create", "Alice", "--email", "Alice@firm.test", "--display-name", "Alice A.", "--role", "admin"
    )
    bob = firm.user("bob")

    assert made == {
        "id": made["id"],
        "username": "alice",
        "acct": "alice@alpha.test",
        "uri": "http://alpha.test/users/alice",
    }
    assert made["id"].isdigit()
    assert firm.ask("user", "list") == [
        {"id": made["id"], "username": "alice", "acct": "alice@alpha.test", "role": "admin", "state": "active"},
        {"id": bob["id"], "username": "bob", "acct": "bob@alpha.test", "role": "member", "state": "active"},
    ]
    assert firm.ask("user", "suspend", "bob")["state"] == "suspended"
    assert firm.ask("user", "resume", "bob")["state"] == "active"


def test_a_guest_is_made_with_the_communities_they_are_added_to(firm: Firm) -> None:
    firm.user("bob")
    firm.ask("community", "create", "sites", "--title", "Sites", "--host", "bob")
    guest = ("--email", "gus@outside.example", "--role", "guest")

    nowhere = firm.refusal("user", "create", "gus", *guest)
    firm.ask("user", "create", "gus", *guest, "--community", "sites")

    assert "Name a community at least" in nowhere
    assert [one["role"] for one in firm.ask("user", "list")] == ["member", "guest"]
    assert [(one["acct"], one["role"]) for one in firm.ask("community", "members", "sites")] == [
        ("bob@alpha.test", "host"),
        ("gus@alpha.test", "guest"),
    ]


def test_a_lost_second_proof_is_taken_away_at_the_shell(firm: Firm) -> None:
    """Threats T124, T129: whoever runs the server does it, and the trail says so."""
    firm.ask("user", "create", "bob", "--email", "bob@mail.example")

    assert firm.ask("user", "forget-factors", "bob")["username"] == "bob"
    assert "nobody" in firm.refusal("user", "forget-factors", "nobody")


def test_the_last_administrator_cannot_be_suspended_and_another_one_can(firm: Firm) -> None:
    """T232."""
    firm.user("ada", role="admin")
    assert "last administrator" in firm.refusal("user", "suspend", "ada")

    firm.user("alan", role="admin")

    assert firm.ask("user", "suspend", "ada")["state"] == "suspended"


def test_a_token_is_shown_once_with_its_scopes(firm: Firm) -> None:
    firm.user("alice")

    token = firm.ask("user", "token", "alice", "--scopes", "read write  follow push")

    assert token["scope"] == "read write follow push"
    assert len(token["access_token"]) >= 43
    assert "Nobody" in firm.refusal("user", "token", "nora")
    assert firm.run("user", "token", "alice", "--scopes", "everything").status == 2


def test_a_one_time_address_is_made_for_somebody_who_may_sign_in(firm: Firm) -> None:
    firm.user("alice")

    address = firm.ask("user", "link", "alice")["address"]

    assert address.startswith("http://alpha.test/sign-in/once/")
    firm.ask("user", "suspend", "alice")
    assert "suspended" in firm.refusal("user", "link", "alice")


def test_communities_are_founded_and_listed_with_their_members(firm: Firm) -> None:
    firm.user("alice")

    made = firm.ask("community", "create", "sites", "--title", "Our sites", "--host", "alice", "--scope", "all")

    names = {
        "id": made["id"],
        "name": "sites",
        "acct": "sites@alpha.test",
        "uri": "http://alpha.test/communities/sites",
    }
    assert made == names
    assert firm.ask("community", "list") == [
        {**names, "visibility": "open", "scope": "all", "label": "internal", "members": 1, "kind": "official"}
    ]
    members = firm.ask("community", "members", "sites")
    assert [(member["acct"], member["role"]) for member in members] == [("alice@alpha.test", "host")]
    assert "No community" in firm.refusal("community", "members", "alice")


def test_what_a_command_logs_is_not_in_its_answer(firm: Firm) -> None:
    firm.user("alice")
    firm.ask("community", "create", "board", "--title", "Board", "--host", "alice")

    erased = firm.run("user", "erase", "alice", "--json")

    assert "community.without_host" in erased.errors
    assert "@context" in erased.document
    with capture_logs() as logged:
        structlog.get_logger().info("afterwards")
    assert logged, "a command in this process has changed how tests log"


def test_a_delegate_is_named_listed_and_ended(firm: Firm) -> None:
    """Product J3."""
    firm.ask("user", "create", "dan", "--email", "dan@firm.example")

    named = firm.ask("community", "delegate", "dan")

    assert (named["name"], named["since"] is None) == ("dan", False)
    assert [one["name"] for one in firm.ask("community", "delegates")] == ["dan"]
    assert firm.ask("community", "delegate", "dan", "--end") == {"name": "dan", "since": None}
    assert firm.ask("community", "delegates") == []
    assert "is no delegate" in firm.refusal("community", "delegate", "dan", "--end")


def test_a_community_has_the_defaults_of_the_interface(firm: Firm) -> None:
    firm.user("alice")
    firm.ask("community", "create", "board", "--title", "Board", "--host", "alice")

    (listed,) = firm.ask("community", "list")

    assert (listed["visibility"], listed["scope"], listed["label"]) == ("open", "none", "internal")


def test_a_name_is_given_once_to_a_person_or_a_community(firm: Firm) -> None:
    """T173, T174."""
    firm.user("plans")

    assert "no name is given twice" in firm.refusal("user", "create", "Plans", "--email", "p@firm.test")
    assert "no name is given twice" in firm.refusal("community", "create", "PLANS", "--title", "P", "--host", "plans")
    assert "cannot be a name" in firm.refusal("user", "create", "pl\u0430ns", "--email", "p@firm.test")
    assert firm.user("plans_2")["username"] == "plans_2"


def test_partners_are_allowed_suspended_resumed_and_ended(firm: Firm) -> None:
    allowed = firm.run("partner", "allow", "Beta.test", "gamma.test", "--json")

    assert [(one["domain"], one["state"], one["kind"]) for one in allowed.document] == [
        ("beta.test", "active", "basic"),
        ("gamma.test", "active", "basic"),
    ]
    assert "its own pages may show such a post to anybody" in allowed.errors
    for step, state in (("suspend", "suspended"), ("resume", "active"), ("end", "ended")):
        assert firm.ask("partner", step, "beta.test") == {
            "domain": "beta.test",
            "kind": "basic",
            "state": state,
            "version": None,
            "hash": None,
            "code": None,
        }
    assert firm.ask("partner", "list") == [
        {"domain": name, "state": state, "kind": "basic", "backlog": 0, "last_delivery": None, "failures": 0}
        for name, state in (("beta.test", "ended"), ("gamma.test", "active"))
    ]
    shown = firm.ask("partner", "show", "gamma.test")
    assert (shown["domain"], shown["hash"], shown["backlog"]) == ("gamma.test", None, 0)
    assert "no agreement" in firm.refusal("partner", "show", "gamma.test", "--document")
    assert "not a partner" in firm.refusal("partner", "suspend", "delta.test")


def test_an_empty_queue_says_so(firm: Firm) -> None:
    firm.ask("partner", "allow", "beta.test")

    assert firm.ask("queue", "status") == {
        "inbox_pending": 0,
        "deliveries_pending": 0,
        "oldest_seconds": 0,
        "peers": [],
    }


def test_every_privileged_act_is_in_the_trail(firm: Firm) -> None:
    """T129."""
    firm.user("alice", role="admin")
    firm.ask("user", "token", "alice")
    firm.ask("community", "create", "sites", "--title", "Sites", "--host", "alice")
    firm.ask("partner", "allow", "beta.test")
    firm.refusal("user", "suspend", "alice")

    exported = firm.ask("audit", "export")

    assert [(entry["actor"], entry["action"], entry["object"]) for entry in exported["entries"]] == [
        ("operator", "user.create", "alice@alpha.test"),
        ("operator", "user.token", "alice@alpha.test"),
        ("operator", "community.create", "sites@alpha.test"),
        ("operator", "partner.allow", "beta.test"),
    ]
    verified = firm.ask("audit", "verify")
    assert (verified["entries"], verified["ok"], verified["first_bad"]) == (4, True, None)


def test_names_cannot_move_the_terminals_cursor_nor_begin_lines() -> None:
    """T130: neither as a table nor as lines; in JSON control characters are escaped anyway."""
    row = {"name": "\x1b[2J\nroot  admin", "title": "Été\u202e"}

    assert as_lines([row]).splitlines()[1] == r"\x1b[2J\nroot  admin  Été\u202e"
    assert as_lines(row) == "name: \\x1b[2J\\nroot  admin\ntitle: Été\\u202e"


def test_a_person_gets_their_data_and_is_erased(firm: Firm, tmp_path: Path) -> None:
    """J12."""
    firm.user("ada", role="admin")
    firm.user("dave")
    archive = tmp_path / "dave.zip"

    exported = firm.ask("user", "export", "dave", str(archive))
    preview = firm.ask("user", "erase", "dave", "--preview")
    certificate = firm.ask("user", "erase", "dave", "--certificate", str(tmp_path / "certificate.json"))

    assert exported["bytes"] == archive.stat().st_size
    assert archive.stat().st_mode & 0o077 == 0
    assert (preview["person"], preview["scope"]) == ("dave@alpha.test", "identity")
    assert msgspec.json.decode((tmp_path / "certificate.json").read_bytes()) == certificate
    assert [row["username"] for row in firm.ask("user", "list")] == ["ada"]
    assert "no name is given twice" in firm.refusal("user", "create", "dave", "--email", "d@firm.test")
    assert "Nobody here" in firm.refusal("user", "export", "dave", str(archive))
    assert "cannot be written" in firm.refusal("user", "export", "ada", str(tmp_path / "no" / "where.zip"))


def test_checkpoints_are_made_and_verified_by_hand(firm: Firm, tmp_path: Path) -> None:
    """T129."""
    firm.user("alice", role="admin")

    made = firm.ask("audit", "checkpoint")

    assert (made["number"], made["entries"]) == (1, 1)
    assert firm.ask("audit", "verify") == {
        "gone": 0,
        "entries": 1,
        "ok": True,
        "first_bad": None,
        "problem": None,
        "checkpoints": 1,
    }
    kept = tmp_path / "kept.json"
    kept.write_bytes(msgspec.json.encode(firm.ask("audit", "export")["checkpoints"][0]))
    firm.user("bob")
    assert firm.ask("audit", "verify", "--checkpoint", str(kept))["ok"]
    assert firm.ask("audit", "heads") == []
    kept.write_text("{}")
    assert "no checkpoint" in firm.refusal("audit", "verify", "--checkpoint", str(kept))
    assert "not a partner" in firm.refusal("audit", "heads", "--accept", "beta.test")


def test_doctor_finds_nothing_wrong_with_a_new_firm(firm: Firm, redis_url: str) -> None:
    outcome = firm.run("doctor", "--json", REDIS_URL=redis_url)

    assert {check["what"]: check["ok"] for check in outcome.document} == dict.fromkeys(
        (
            "libraries",
            "clock",
            "database",
            "migrations",
            "peers",
            "audit trails of partners",
            "receipts",
            "secrets",
            "TLS",
            "media",
            "mail",
            "Redis",
        ),
        True,
    )
    assert outcome.status == 0


@pytest.mark.process
def test_the_steps_of_a_laboratory_work_as_processes_of_their_own(new_firm: Firm) -> None:
    steps = (
        ("migrate",),
        ("user", "create", "alice", "--email", "alice@alpha.test", "--display-name", "Alice", "--role", "member"),
        ("user", "token", "alice", "--scopes", "read write follow push"),
        ("community", "create", "sites", "--title", "Sites", "--host", "alice", "--visibility", "open"),
        ("partner", "allow", "beta.test"),
        ("queue", "status"),
    )

    for step in steps:
        outcome = new_firm.process(*step, "--json")

        assert outcome.status == 0, outcome.errors
        assert msgspec.json.decode(outcome.output)


@pytest.mark.process
def test_a_refused_process_says_why_on_standard_error_and_ends_with_one(new_firm: Firm) -> None:
    outcome = new_firm.process("user", "list", "--json")

    assert (outcome.status, outcome.output) == (1, "")
    assert "entrepairs migrate" in outcome.errors
