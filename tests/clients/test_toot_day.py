"""toot as its authors made it, through a member's day: at the community's firm, and at a partner."""

from pathlib import Path
from typing import Any

import pytest

from tests.clients.conftest import SHARED, Firms
from tests.clients.test_toot import Toot, found_in
from tests.support import files
from tests.support.laboratory import soon

pytestmark = pytest.mark.process


@pytest.mark.parametrize("where", ["at the community's firm", "at a partner"])
def test_a_member_spends_a_day(firms: Firms, tmp_path: Path, where: str) -> None:
    """What toot has no command for, editing, filters, streams and pushes, other clients' days do."""
    is_home = where == "at the community's firm"
    office, community = (firms.alpha, "@sites") if is_home else (firms.beta, SHARED)
    office.person("dino")
    member, host = _signed_in(firms, tmp_path, office.firm.domain)
    word = f"dino{int(is_home)}"

    assert "You are now following" in member.run("follow", community)
    (kept,) = soon(lambda: member.json("lists", "list"))
    assert kept["title"] == "Our sites"

    (tmp_path / "gate.png").write_bytes(files.picture())
    picture = ["--media", str(tmp_path / "gate.png"), "--description", "The gate"]
    question = member.json("post", f"{community} Which gate {word}?", *picture)
    seen = found_in(host, f"Which gate {word}", "list", "Our sites")
    assert [one["description"] for one in seen["media_attachments"]] == ["The gate"]
    found_in(member, f"Which gate {word}", "home")
    found_in(member, f"Which gate {word}", "list", "Our sites")

    answer = host.json("post", f"The north gate {word}", "--reply-to", seen["id"])
    told = soon(lambda: [one for one in member.json("notifications") if word in one["status"]["content"]])[0]
    assert (told["type"], told["account"]["username"]) == ("mention", "alice")
    reply = member.json("post", f"Thank you {word}", "--reply-to", told["status"]["id"])
    soon(lambda: [one for one in _thread(host, answer["id"]) if f"Thank you {word}" in one["content"]])

    member.run("favourite", told["status"]["id"])
    member.run("bookmark", question["id"])
    soon(lambda: host.json("status", answer["id"])["favourites_count"] == 1)
    assert question["id"] in [one["id"] for one in member.json("search", word, "--type", "statuses")["statuses"]]

    host.run("post", f"@sites Which day {word}?", "--poll-option", "Monday", "--poll-option", "Friday")
    asked = found_in(member, f"Which day {word}", "home")
    member.run("polls", "vote", asked["poll"]["id"], "1")
    voted = found_in(host, f"Which day {word}", "list", "Our sites")["poll"]
    assert soon(lambda: host.json("polls", "show", voted["id"])["options"][1]["votes_count"]) == 1

    member.run("delete", reply["id"])
    soon(lambda: not [one for one in _thread(host, answer["id"]) if f"Thank you {word}" in one["content"]])
    member.run("delete", question["id"])
    assert "no longer following" in member.run("unfollow", community)
    assert member.json("lists", "list") == []


def _signed_in(firms: Firms, folder: Path, domain: str) -> tuple[Toot, Toot]:
    toots = []
    for name, office in (("dino", firms.alpha if domain == "alpha.test" else firms.beta), ("alice", firms.alpha)):
        (folder / name).mkdir()
        toot = Toot(folder / name)
        toot.login(office, name)
        toots.append(toot)
    return toots[0], toots[1]


def _thread(toot: Toot, status: str) -> list[Any]:
    found: list[Any] = toot.json("thread", status)["descendants"]
    return found
