"""Mastodon.py as its authors made it, through a member's day: at the community's firm, and at a partner."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from mastodon import Mastodon, MastodonAPIError, MastodonNotFoundError, MastodonUnauthorizedError

from tests.clients.conftest import SHARED, Firms
from tests.clients.test_mastodon_py import listed, signed_in
from tests.clients.test_mastodon_py_streams import Ear
from tests.support import files
from tests.support.laboratory import soon

pytestmark = pytest.mark.process


@dataclass(frozen=True)
class Day:
    """A member who has just joined and listens, and the host of the community."""

    member: Mastodon
    host: Mastodon
    community: str
    group: Any
    ear: Ear


@pytest.fixture(scope="module", params=["at the community's firm", "at a partner"])
def day(request: pytest.FixtureRequest, firms: Firms, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The day of somebody new, at the one firm or the other."""
    is_home = request.param == "at the community's firm"
    office, community = (firms.alpha, "@sites") if is_home else (firms.beta, SHARED)
    office.person("dora")
    folder = tmp_path_factory.mktemp("dora")
    member = signed_in(firms, office, "dora", folder)
    host = signed_in(firms, firms.alpha, "alice", folder)
    (group,) = member.search_v2(community, resolve=True, result_type="accounts").accounts
    member.account_follow(group.id)
    soon(lambda: member.account_relationships(group.id)[0].following)
    soon(member.lists)
    ear = Ear()
    handle = member.stream_user(ear, run_async=True)
    soon(handle.is_receiving)
    yield Day(member, host, community, group, ear)
    handle.close()


def test_a_picture_is_posted_heard_edited_and_deleted(day: Day, tmp_path: Path) -> None:
    (tmp_path / "plan.png").write_bytes(files.picture(size=(300, 200)))
    media = day.member.media_post(str(tmp_path / "plan.png"), description="Plan of the hall")

    post = day.member.status_post(f"{day.community} Where is the gate?", media_ids=[media])
    heard = day.ear.next("update")
    assert (heard.account.id, heard.reblog.id) == (day.group.id, post.id)
    seen = listed(day.host, "Where is the gate")
    assert [one.description for one in seen.media_attachments] == ["Plan of the hall"]

    day.member.status_update(post, f"{day.community} Where is the new gate?", media_ids=[media])
    assert "new gate" in str(day.ear.next("status.update"))
    soon(lambda: "new gate" in day.host.status(seen).content)

    day.member.status_delete(post)
    assert day.ear.next("delete") in (heard.id, post.id)
    with pytest.raises(MastodonNotFoundError):
        day.member.status(post)


def test_an_answer_is_heard_replied_to_favourited_and_kept(day: Day) -> None:
    post = day.member.status_post(f"{day.community} Who sweeps the yard, asks {day.group.acct}?")
    answer = day.host.status_reply(listed(day.host, f"yard, asks {day.group.acct}"), "The robot")

    told = day.ear.next("notification")

    assert (told.type, told.account.username, "The robot" in told.status.content) == ("mention", "alice", True)
    reply = day.member.status_reply(told.status, "Which one")
    soon(lambda: [one for one in day.host.status_context(answer).descendants if "Which one" in one.content])
    assert [one.id for one in day.member.status_context(post).descendants] == [told.status.id, reply.id]
    day.member.status_favourite(told.status)
    soon(lambda: day.host.status(answer).favourites_count == 1)
    day.member.status_bookmark(told.status)
    assert [one.id for one in day.member.bookmarks()] == [told.status.id]
    assert [one.id for one in day.member.favourites()] == [told.status.id]
    day.member.notifications_dismiss(told.id)
    assert told.id not in [one.id for one in day.member.notifications()]


def test_a_poll_is_voted_in_once(day: Day) -> None:
    asked = day.host.status_post(
        f"@sites Which day for {day.group.acct}?", poll=day.host.make_poll(["Monday", "Friday"], expires_in=3600)
    )
    poll = listed(day.member, f"Which day for {day.group.acct}").poll

    voted = day.member.poll_vote(poll, [1])

    assert (voted.voted, voted.own_votes, [one.title for one in voted.options]) == (True, [1], ["Monday", "Friday"])
    soon(lambda: day.host.poll(asked.poll).options[1].votes_count == 1)
    with pytest.raises(MastodonAPIError):
        day.member.poll_vote(poll, [0])


def test_a_filter_marks_what_it_fits(day: Day) -> None:
    day.host.status_post(f"@sites Boring numbers for {day.group.acct}")
    post = listed(day.member, f"Boring numbers for {day.group.acct}")
    made = day.member.create_filter_v2("No numbers", ["home"], "warn", keywords_attributes=[{"keyword": "boring"}])
    day.ear.next("filters_changed")

    marked = [one.reblog for one in day.member.timeline_home() if one.reblog and one.reblog.filtered]

    assert [(one.id, one.filtered[0].filter.title) for one in marked] == [(post.id, "No numbers")]
    assert [one.keyword for one in day.member.filter_keywords_v2(made)] == ["boring"]
    day.member.delete_filter_v2(made)
    assert not [one for one in day.member.timeline_home() if one.reblog and one.reblog.filtered]


def test_a_phone_asks_for_pushes_and_no_longer(day: Day) -> None:
    _, public = day.member.push_subscription_generate_keys()

    made = day.member.push_subscription_set("https://push.test/phone", public, mention_events=True, policy="followed")

    assert (made.alerts.mention, made.alerts.favourite) == (True, False)
    assert made.server_key == day.member.instance_v2().configuration.vapid.public_key
    assert day.member.push_subscription_update(favourite_events=True).alerts.favourite
    assert day.member.push_subscription().endpoint == "https://push.test/phone"
    day.member.push_subscription_delete()
    with pytest.raises(MastodonNotFoundError):
        day.member.push_subscription()


def test_what_is_said_is_found(day: Day) -> None:
    post = day.member.status_post(f"{day.community} About quenching for {day.group.acct}")

    assert post.id in [one.id for one in day.member.search_v2("quenching").statuses]
    assert [one.id for one in day.member.account_search("sites")] == [day.group.id]


def test_without_a_token_the_server_tells_nothing_of_its_people(firms: Firms, day: Day) -> None:
    """Product, rule 2: nobody reads without being signed in; what describes the server names nobody."""
    nobody = Mastodon(api_base_url=day.member.api_base_url, session=firms.network())
    post = day.member.status_post(f"{day.community} For members alone")

    for asked in (
        nobody.timeline_public,
        nobody.timeline_local,
        lambda: nobody.timeline_hashtag("any"),
        lambda: nobody.status(post.id),
        lambda: nobody.status_context(post.id),
        lambda: nobody.account(day.group.id),
        lambda: nobody.account_lookup("dora"),
        lambda: nobody.account_statuses(day.group.id),
        nobody.directory,
        nobody.instance_peers,
        nobody.trending_statuses,
        lambda: nobody.search_v2("dora"),
    ):
        with pytest.raises(MastodonUnauthorizedError):
            asked()
    for described in (nobody.instance_v1(), nobody.instance_v2(), nobody.instance_nodeinfo(), nobody.instance_rules()):
        assert "dora" not in str(described)
        assert "alice" not in str(described)
