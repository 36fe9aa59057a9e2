"""The commands by which an operator moderates a community: what they print, and what they refuse."""

from pathlib import Path

import pytest

from tests.support import files
from tests.support.commands import Firm


@pytest.fixture
def sites(firm: Firm) -> Firm:
    """A firm with the community `sites`, hosted by alice."""
    firm.user("alice")
    firm.user("bob")
    firm.ask("community", "create", "sites", "--title", "Our sites", "--host", "alice", "--scope", "all")
    return firm


def test_somebody_is_banned_for_a_time_and_let_in_again(sites: Firm) -> None:
    banned = sites.ask("community", "ban", "sites", "bob", "--days", "7", "--reason", "Spam")
    lifted, again = (sites.ask("community", "unban", "sites", "@bob@alpha.test") for _ in range(2))

    assert (banned["community"], banned["object"], banned["until"] is not None) == (
        "sites@alpha.test",
        "bob@alpha.test",
        True,
    )
    assert (lifted["changed"], again["changed"]) == (True, False)
    assert sites.ask("community", "ban", "sites", "bob")["until"] is None
    assert "hosts" in sites.refusal("community", "ban", "sites", "alice")
    assert "Nobody" in sites.refusal("community", "ban", "sites", "nora")
    assert sites.run("community", "ban", "sites", "bob", "--days", "0").status == 2


def test_only_members_are_made_moderators(sites: Firm) -> None:
    assert "no member" in sites.refusal("community", "moderator", "add", "sites", "bob")
    assert "hosts" in sites.refusal("community", "moderator", "remove", "sites", "alice")


def test_what_is_not_in_the_community_is_refused_by_name(sites: Firm) -> None:
    for command in ("pin", "unpin", "lock", "unlock", "restore-post"):
        assert "1234" in sites.refusal("community", command, "sites", "1234")
    assert "1234" in sites.refusal("community", "remove-post", "sites", "1234", "--reason", "x")
    assert sites.run("community", "remove-post", "sites", "1234").status == 2
    assert "No community" in sites.refusal("community", "pin", "plans", "1234")


def test_a_deleted_community_is_gone_and_its_name_with_it(sites: Firm) -> None:
    """T173"""
    assert sites.ask("community", "delete", "sites") == {
        "community": "sites@alpha.test",
        "object": "http://alpha.test/communities/sites",
        "changed": True,
    }

    assert sites.ask("community", "list") == []
    assert "No community" in sites.refusal("community", "delete", "sites")
    assert sites.run("community", "create", "sites", "--title", "Sites", "--host", "alice").status == 1
    assert sites.ask("audit", "verify")["ok"] is True


def test_a_community_is_called_something_else(sites: Firm) -> None:
    changed = sites.ask("community", "describe", "sites", "--title", "All sites", "--purpose", "For those who run one.")

    assert changed["changed"] is True
    assert sites.ask("community", "describe", "sites")["changed"] is False
    assert "100 characters" in sites.refusal("community", "describe", "sites", "--title", "x" * 101)
    assert sites.ask("community", "describe", "sites", "--title", "x" * 100)["changed"] is True


def test_a_community_gets_a_language_and_pictures(sites: Firm, tmp_path: Path) -> None:
    hall, text = tmp_path / "hall.png", tmp_path / "text.png"
    hall.write_bytes(files.picture())
    text.write_text("no picture")
    shown = ("--avatar", str(hall), "--header", str(hall), "--language", "fr")

    assert sites.ask("community", "describe", "sites", *shown)["changed"] is True
    assert "kind" in sites.refusal("community", "describe", "sites", "--avatar", str(text))
    assert "language" in sites.refusal("community", "describe", "sites", "--language", "french!")
    assert sites.run("community", "describe", "sites", "--avatar", str(tmp_path / "gone.png")).status == 2
