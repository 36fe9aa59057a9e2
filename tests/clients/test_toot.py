"""toot as its authors made it, by its command line: signing in, and a member's day.

The login runs in a process of its own; other commands in this one, which saves a second each.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from click.testing import CliRunner, Result
from toot.cli import cli

from tests.clients.browser import authorize
from tests.clients.conftest import SHARED, Firms
from tests.support import files
from tests.support.laboratory import Office, soon

pytestmark = pytest.mark.process

_SECONDS = 60


@dataclass(frozen=True)
class Toot:
    """The command, with a folder of its own for what it remembers."""

    folder: Path

    def run(self, *arguments: str, keys: str = "q") -> str:
        """Run a command that must succeed; what it prints. `keys` are pressed while it waits for some."""
        ended = self._ended(arguments, keys)
        assert ended.exit_code == 0, (arguments, ended.output, ended.exception)
        return ended.stdout

    def json(self, *arguments: str) -> Any:
        """The same, as JSON."""
        return json.loads(self.run(*arguments, "--json"))

    def refusal(self, *arguments: str) -> str:
        """Run a command that must fail; the reason it gives."""
        ended = self._ended(arguments)
        assert ended.exit_code != 0, (arguments, ended.output)
        return ended.stderr

    def login(self, office: Office, username: str) -> str:
        """`toot login`, in a process of its own: open the address that it prints, give it the code; what it printed."""
        started = subprocess.Popen(
            [sys.executable, "-m", "toot", "login", "--instance", office.address],
            env={**os.environ, **self._environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert started.stdout is not None
        address = next(line.strip() for line in started.stdout if line.startswith("http"))
        code = authorize(requests.Session(), address, username)
        printed, _ = started.communicate(f"n\n{code}\n", timeout=_SECONDS)
        assert started.returncode == 0, printed
        return printed

    def _ended(self, arguments: tuple[str, ...], keys: str = "q") -> Result:
        whole = ["--no-color", *arguments]
        return CliRunner().invoke(cli, whole, input=keys, env=self._environment, prog_name="toot")

    @property
    def _environment(self) -> dict[str, str]:
        return {"XDG_CONFIG_HOME": str(self.folder), "HOME": str(self.folder), "COLUMNS": "200"}


@pytest.fixture(scope="module")
def toot(firms: Firms, tmp_path_factory: pytest.TempPathFactory) -> Toot:
    """Tia's toot, signed in at beta, where she has joined the community of alpha."""
    toot = Toot(tmp_path_factory.mktemp("toot"))
    toot.login(firms.beta, "tia")
    assert "You are now following" in toot.run("follow", SHARED)
    soon(lambda: toot.json("lists", "list"))
    return toot


@pytest.fixture(scope="module")
def host(firms: Firms, tmp_path_factory: pytest.TempPathFactory) -> Toot:
    """Alice's toot, at alpha."""
    toot = Toot(tmp_path_factory.mktemp("host"))
    toot.login(firms.alpha, "alice")
    return toot


def found_in(toot: Toot, words: str, *timeline: str) -> Any:
    """The post with these words in a timeline, once it is there."""

    def posts() -> list[Any]:
        shown = [one.get("reblog") or one for one in toot.json("timelines", *timeline)]
        return [one for one in shown if words in one["content"]]

    return soon(posts)[0]


def test_a_login_is_remembered_and_ended(firms: Firms, tmp_path: Path) -> None:
    toot = Toot(tmp_path)

    assert "Successfully logged in" in toot.login(firms.alpha, "ada")
    assert "ada@alpha.test" in toot.run("auth")
    assert "@ada" in toot.run("whoami")
    assert "logged out" in toot.run("logout", "ada@alpha.test")
    assert "not logged in" in toot.run("auth")


def test_the_password_alone_is_not_enough(firms: Firms, tmp_path: Path) -> None:
    """T124: the way that apps used before, by which they saw passwords, is closed."""
    toot = Toot(tmp_path)

    refused = toot.refusal("login_cli", "--instance", firms.alpha.address, "--email", "ada", "--password", "x")

    assert "Login failed" in refused


def test_the_server_and_its_people_are_shown(toot: Toot) -> None:
    assert "beta.test" in toot.run("instance")
    assert toot.json("instance")["uri"] == "beta.test"
    assert "@sites@alpha.test" in toot.run("whois", SHARED)
    assert "Our sites" in toot.run("whois", SHARED)
    assert "@sites@alpha.test" in toot.run("search", SHARED, "--resolve")
    assert toot.json("following", "tia")[0]["acct"] == "sites@alpha.test"
    assert toot.json("followers", "tia") == []


def test_a_question_is_answered_across_firms(toot: Toot, host: Toot) -> None:
    printed = toot.run("post", f"{SHARED} Toot about the canteen?\n\nIs yours good?")
    mine = found_in(toot, "canteen", "account", "tia")
    seen = found_in(host, "canteen", "list", "Our sites")

    answer = host.json("post", "It is", "--reply-to", seen["id"])

    def thread() -> Any:
        return toot.json("thread", mine["id"])["descendants"]

    (received,) = soon(thread)
    assert mine["url"] in printed
    assert received["account"]["acct"] == "alice@alpha.test"
    assert "It is" in toot.run("thread", mine["id"])
    assert "It is" in toot.run("notifications")
    told = toot.json("notifications", "--type", "mention")
    assert [one["type"] for one in told if one["status"]["id"] == received["id"]] == ["mention"]

    assert "favourited" in toot.run("favourite", received["id"])
    soon(lambda: host.json("status", answer["id"])["favourites_count"] == 1)
    assert "unfavourited" in toot.run("unfavourite", received["id"])
    host.run("delete", answer["id"])
    soon(lambda: not thread())


def test_a_picture_is_posted_with_its_words(firms: Firms, toot: Toot, host: Toot, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.jpg").write_bytes(files.picture("JPEG"))
    pictures = ["--media", str(tmp_path / "one.jpg"), "--description", "The gate"]
    pictures += ["--media", str(tmp_path / "two.jpg"), "--description", "The yard"]

    toot.run("post", f"{SHARED} Pictures by toot", *pictures, "--sensitive")

    for shown in (found_in(toot, "Pictures by", "account", "tia"), found_in(host, "Pictures by", "list", "Our sites")):
        assert [one["description"] for one in shown["media_attachments"]] == ["The gate", "The yard"]
        assert shown["sensitive"] is True
        loaded = firms.network().get(shown["media_attachments"][0]["url"])
        assert (loaded.status_code, loaded.headers["Content-Type"]) == (200, "image/jpeg")
    assert "Media:" in host.run("timelines", "list", "Our sites")
    uploaded = toot.json("upload", str(tmp_path / "one.jpg"))
    assert uploaded["type"] == "image"


def test_every_timeline_is_read_as_text_and_as_json(toot: Toot, host: Toot) -> None:
    host.run("post", "@sites Timelines for #tooting")
    post = found_in(toot, "Timelines", "home")

    for timeline in (("home",), ("list", "Our sites"), ("tag", "tooting"), ("account", SHARED), ("public",)):
        assert "Timelines for" in toot.run("timelines", *timeline, "--limit", "5"), timeline
    toot.run("favourite", post["id"])
    toot.run("bookmark", post["id"])
    assert found_in(toot, "Timelines", "favourites")["id"] == post["id"]
    assert "Timelines for" in toot.run("bookmarks", "--once")
    for older in (("--once",), ("--list", "Our sites", "--once"), ("--tag", "tooting", "--once")):
        assert "Timelines for" in toot.run("timeline", *older), older
    assert "unbookmarked" in toot.run("unbookmark", post["id"])


def test_pages_of_a_timeline_follow_each_other(toot: Toot, host: Toot) -> None:
    for number in range(5):
        host.run("post", f"@sites Turned page {number}\n\n{'Long. ' * 40}")
    found_in(toot, "Turned page 4", "home")

    printed = toot.run("timelines", "home", "--pager", "--limit", "2", keys=" " * 4 + "q")

    pages = [printed.index(f"Turned page {number}") for number in range(5)]
    assert pages == sorted(pages, reverse=True)


def test_lists_are_the_communities(toot: Toot) -> None:
    assert "Our sites" in toot.run("lists", "list")
    assert "@sites@alpha.test" in toot.run("lists", "accounts", "Our sites")
    assert "created" in toot.run("lists", "create", "Friends")
    assert "Friends" in toot.run("lists", "list")
    assert "deleted" in toot.run("lists", "delete", "Friends").lower()


def test_a_post_by_its_address_and_what_is_refused(toot: Toot, host: Toot) -> None:
    host.run("post", "@sites Addressed")
    post = found_in(toot, "Addressed", "home")

    assert "favourited" in toot.run("favourite", post["uri"])
    assert "This action is not allowed" in toot.refusal("reblog", post["id"])
    assert "more than a year ahead" in toot.refusal("post", "Later", "--scheduled-at", "2099-01-01T00:00:00.000Z")


def test_what_apps_ask_for_and_is_empty(toot: Toot) -> None:
    assert toot.json("muted") == toot.json("blocked") == toot.json("tags", "followed") == []
    assert "Account updated" in toot.run("update-account", "--display-name", "Tia T.", "--note", "Plant 3")
    assert toot.json("whoami")["source"]["note"] == "Plant 3"
    assert toot.json("follow-requests", "list") == []


def test_leaving_takes_the_list_away(firms: Firms, tmp_path: Path) -> None:
    toot = Toot(tmp_path)
    toot.login(firms.beta, "tom")
    toot.run("follow", SHARED)
    soon(lambda: toot.json("lists", "list"))

    assert "no longer following" in toot.run("unfollow", SHARED)

    assert toot.json("lists", "list") == []
    assert "not a member" in toot.refusal("post", f"{SHARED} From outside")
