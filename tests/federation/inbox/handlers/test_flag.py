"""Reports that come from elsewhere: who may make them, who hears of them (group federation 10.6, threats T051)."""

from typing import Any

import pytest

from models.moderation import Report
from models.outbox import Activity
from tests.federation.inbox.cast import ALICE, ON_SQLITE, SITES, Cast, mention, personal_note
from tests.federation.inbox.handlers.bench import posted, relayed, with_role
from tests.support.fake_peer import FakeActor

pytestmark = ON_SQLITE


def lemmy(actor: FakeActor, uri: str) -> dict[str, Any]:
    return actor.activity("Flag", object=uri, to=[SITES], audience=SITES, summary="Spam")


def mbin(actor: FakeActor, uri: str) -> dict[str, Any]:
    return actor.activity("Flag", object=[uri, ALICE], to=[SITES], audience=SITES, summary=None, content="Spam")


def mastodon(actor: FakeActor, uri: str) -> dict[str, Any]:
    return actor.activity("Flag", object=[ALICE, uri], to=ALICE, content="Spam")


@pytest.mark.parametrize("form", [lemmy, mbin, mastodon])
async def test_a_report_in_any_form_is_kept_once_for_each_post(cast: Cast, form: Any) -> None:
    uri = (await cast.alice.say("@sites Buy this"))["uri"]
    reporter = cast.partner.actor("server", "Application") if form is mastodon else cast.bob.actor

    flag = form(reporter, uri)
    assert await cast.say(reporter, flag) == "processed"
    await cast.say(reporter, flag)
    assert await cast.rows(Report.reason) == [("Spam",)]


async def test_a_report_names_a_person_of_ours_where_it_names_no_post(cast: Cast) -> None:
    server = cast.partner.actor("server", "Application")

    await cast.say(server, server.activity("Flag", object=[ALICE], content="Rude"))
    await cast.say(server, server.activity("Flag", object=[cast.bob.actor.uri], content="Not ours"))
    assert await cast.rows(Report.reason, Report.post_id) == [("Rude", None)]


async def test_what_the_reporters_server_cannot_see_is_not_reported(cast: Cast) -> None:
    """T051: a post to the partner alone, reported by sub.test, and one of a partner's own community."""
    rival, carol = cast.sub.actor("rival"), cast.in_town("carol")
    secret = personal_note(cast.bob.actor, "secret", to=[ALICE], tag=mention("alice"))
    await cast.say(cast.bob.actor, secret)
    answer = await cast.alice.say("@bob@partner.test Only you")
    theirs = await posted(cast, carol, "thread")

    for uri in (answer["uri"], secret["object"]["id"], theirs, f"{SITES}/nothing"):
        assert await cast.say(rival, rival.activity("Flag", object=uri, summary="x")) == "processed"
    assert await cast.rows(Report.reason) == []


async def test_a_community_shows_a_report_to_its_moderators_servers_alone(cast: Cast) -> None:
    """In no outbox, and to nobody who asks for it."""
    meg = await with_role(cast, cast.sub.actor("meg"), "moderator")
    thread = await posted(cast, cast.bob, "thread")
    ada = (await cast.alice.say("@sites Mine"))["uri"]

    await cast.say(cast.bob.actor, lemmy(cast.bob.actor, ada))
    (passed_on,) = [one for one in await cast.home.composed("Announce") if _is_flag(one)]
    assert passed_on["to"] == [meg.uri]
    await cast.say(meg, lemmy(meg, thread))
    to_both = [one for one in await cast.home.composed("Announce") if _is_flag(one)][-1]
    assert set(to_both["to"]) == {meg.uri, cast.bob.actor.uri}
    assert (await relayed(cast, "Flag"))[0]["summary"] == "Spam"
    assert await cast.rows(Activity.in_outbox, uri=passed_on["id"]) == [(False,)]
    assert (await meg.get(passed_on["id"])).status == 404
    (anonymous,) = await cast.home.composed("Flag")
    assert (anonymous["actor"], anonymous["object"]) == ("http://alpha.test/actor", [cast.bob.actor.uri, thread])


async def test_a_partners_community_shows_reports_of_posts_in_it(cast: Cast) -> None:
    """T040: not of posts elsewhere."""
    carol, ours = cast.in_town("carol"), await posted(cast, cast.bob, "ours")
    thread = await posted(cast, carol, "thread")
    dora = cast.partner.actor("dora")

    await cast.announce(dora.activity("Flag", object=ours, summary="x"))
    assert await cast.rows(Report.reason) == []
    await cast.announce(dora.activity("Flag", object=thread, summary="Spam"))
    assert await cast.rows(Report.reason) == [("Spam",)]


def _is_flag(announce: dict[str, Any]) -> bool:
    return isinstance(announce["object"], dict) and announce["object"]["type"] == "Flag"
