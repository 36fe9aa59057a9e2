"""Mastodon.py as its authors made it, in the hands of a host who acts as the community; a member is at a partner."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from mastodon import Mastodon, MastodonAPIError

from tests.clients.conftest import SHARED, Firms
from tests.clients.test_mastodon_py import listed, signed_in
from tests.clients.test_mastodon_py_streams import Ear
from tests.support import files
from tests.support.laboratory import soon

pytestmark = pytest.mark.process


@dataclass(frozen=True)
class Desk:
    """The community's own client with an ear, its host's, and that of a member at beta."""

    community: Mastodon
    ear: Ear
    host: Mastodon
    member: Mastodon
    group: Any
    """The community, as the member's server knows it."""


@pytest.fixture(scope="module")
def desk(firms: Firms, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Everybody has gone through all of the login."""
    folder = tmp_path_factory.mktemp("desk")
    firms.beta.person("mia")
    host = signed_in(firms, firms.alpha, "alice", folder)
    member = signed_in(firms, firms.beta, "mia", folder)
    (group,) = member.search_v2(SHARED, resolve=True, result_type="accounts").accounts
    member.account_follow(group.id)
    soon(lambda: member.account_relationships(group.id)[0].following)
    home = host.account_lookup("sites")
    community = signed_in(firms, firms.alpha, "alice", folder, acts_as=str(home.id))
    ear = Ear()
    handle = community.stream_user(ear, run_async=True)
    soon(handle.is_receiving)
    yield Desk(community, ear, host, member, group)
    handle.close()


def test_an_announcement_is_read_answered_changed_and_taken_back_at_the_partner(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "rules.png").write_bytes(files.picture(size=(300, 200)))
    media = desk.community.media_post(str(tmp_path / "rules.png"), description="The rules")
    said = desk.community.status_post("Rules of the yard\n\nBe kind.", media_ids=[media])

    read = listed(desk.member, "Rules of the yard")
    assert (read.account.id, read.account.group) == (desk.group.id, True)
    assert [one.description for one in read.media_attachments] == ["The rules"]
    asked = desk.member.status_reply(read, "Since when?")
    told = desk.ear.next("notification")
    assert (told.type, told.account.acct, "Since when" in told.status.content) == ("mention", "mia@beta.test", True)
    answer = desk.community.status_reply(told.status, "Since today")
    heard = soon(lambda: [one for one in desk.member.notifications() if one.type == "mention"])[0]
    assert (heard.account.id, "Since today" in heard.status.content) == (desk.group.id, True)
    assert heard.status.in_reply_to_id == asked.id
    desk.member.status_favourite(heard.status)
    soon(lambda: desk.community.status(answer).favourites_count == 1)

    desk.community.status_update(said, "Rules of the yard\n\nBe kind, always.", media_ids=[media])
    soon(lambda: "always" in desk.member.status(read).content)
    assert desk.community.status_source(said).text == "Rules of the yard\n\nBe kind, always."
    desk.community.status_pin(said)
    soon(lambda: read.id in [one.reblog.id for one in desk.member.account_statuses(desk.group.id, pinned=True)])
    desk.community.status_delete(said)
    soon(lambda: "Rules of the yard" not in str(desk.member.timeline_home()))


def test_what_a_member_says_is_heard_and_can_be_taken_out(desk: Desk) -> None:
    post = desk.member.status_post(f"{SHARED} In the wrong place")

    wrapper = desk.ear.next("update")

    assert (wrapper.reblog.account.acct, wrapper.reblog.reblogged) == ("mia@beta.test", True)
    with pytest.raises(MastodonAPIError):
        desk.community.status_reply(wrapper.reblog, "Indeed")
    desk.community.status_unreblog(wrapper)
    soon(lambda: post.id not in [one.reblog and one.reblog.id for one in desk.member.timeline_home()])


def test_an_announcement_for_later_is_kept_and_cancelled(desk: Desk) -> None:
    now = desk.community.status(desk.community.status_post("Of today")).created_at
    due = now.replace(microsecond=0) + timedelta(hours=1)
    kept = desk.community.status_post("Of tomorrow", scheduled_at=due)

    moved = desk.community.scheduled_status_update(kept, due + timedelta(hours=1))

    assert [one.id for one in desk.community.scheduled_statuses()] == [kept.id]
    assert moved.scheduled_at == due + timedelta(hours=1)
    assert desk.host.scheduled_statuses() == []
    desk.community.scheduled_status_delete(kept)
    assert desk.community.scheduled_statuses() == []
