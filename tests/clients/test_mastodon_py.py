"""Mastodon.py as its authors made it: signing in, and everything that a member of a partner's community does."""

from pathlib import Path
from typing import Any

import pytest
import requests
from mastodon import Mastodon, MastodonAPIError, MastodonNotFoundError, MastodonUnauthorizedError

from tests.clients.browser import authorize, authorize_by_redirect
from tests.clients.conftest import SHARED, Firms
from tests.support import files
from tests.support.laboratory import Office, soon

pytestmark = pytest.mark.process

SCOPES = ["read", "write", "follow", "push"]


def signed_in(
    firms: Firms, office: Office, username: str, folder: Path, *, acts_as: str = "", **options: Any
) -> Mastodon:
    """The client of somebody who has just gone through all of the login; `acts_as`: the id of a community."""
    secrets = str(folder / f"{username}{acts_as}.secret")
    network = firms.network()
    Mastodon.create_app("Probe", scopes=SCOPES, api_base_url=office.name, to_file=secrets, session=network)
    client = Mastodon(client_id=secrets, api_base_url=office.name, session=network, **options)
    address = client.auth_request_url(scopes=SCOPES, allow_http=True)
    chosen = {"acts_as": acts_as} if acts_as else {}
    client.log_in(code=authorize(firms.network(), address, username, **chosen), scopes=SCOPES, allow_http=True)
    return client


@pytest.fixture(scope="module")
def alice(firms: Firms, tmp_path_factory: pytest.TempPathFactory) -> Mastodon:
    """Host of the community at alpha; her client minds versions."""
    return signed_in(firms, firms.alpha, "alice", tmp_path_factory.mktemp("alice"), version_check_mode="created")


@pytest.fixture(scope="module")
def bob(firms: Firms, tmp_path_factory: pytest.TempPathFactory) -> Mastodon:
    """Member of the community, at beta."""
    bob = signed_in(firms, firms.beta, "bob", tmp_path_factory.mktemp("bob"))
    (found,) = bob.search_v2(SHARED, resolve=True, result_type="accounts").accounts
    bob.account_follow(found.id)
    soon(lambda: bob.account_relationships(found.id)[0].following)
    return bob


def listed(client: Mastodon, words: str) -> Any:
    """The opening post with these words in the list kept for the community, once it is there."""
    (kept,) = [one for one in client.lists() if one.title == "Our sites"]

    def found() -> list[Any]:
        return [one.reblog for one in client.timeline_list(kept.id) if words in one.reblog.content]

    (post,) = soon(found)
    return post


def test_a_login_ends_with_a_token_for_the_scopes_and_a_logout_ends_it(firms: Firms, tmp_path: Path) -> None:
    client = signed_in(firms, firms.alpha, "ada", tmp_path)

    assert client.account_verify_credentials().acct == "ada"
    assert client.app_verify_credentials().name == "Probe"
    other = Mastodon(access_token=client.access_token, api_base_url=firms.alpha.address)
    client.revoke_access_token(allow_http=True)
    with pytest.raises(MastodonUnauthorizedError):
        other.account_verify_credentials()


def test_a_login_comes_back_to_the_address_of_the_app_with_its_state(firms: Firms) -> None:
    callback, scopes, network = "http://localhost:1234/callback?app=probe", ["read", "write"], firms.network()
    made = Mastodon.create_app(
        "Web", scopes=scopes, api_base_url=firms.alpha.name, redirect_uris=callback, session=network
    )
    client = Mastodon(*made, api_base_url=firms.alpha.name, session=network)
    address = client.auth_request_url(redirect_uris=callback, scopes=scopes, state="s-1", allow_http=True)

    told = authorize_by_redirect(firms.network(), address, "ada")

    client.log_in(code=told["code"], redirect_uri=callback, scopes=scopes, allow_http=True)
    assert (told["app"], told["state"]) == ("probe", "s-1")
    assert client.account_verify_credentials().acct == "ada"


def test_a_login_works_without_the_names_in_the_documents(firms: Firms) -> None:
    """Interface section 5: a client that connects to the address without the name gets the same API."""
    client = Mastodon(
        *Mastodon.create_app("Direct", scopes=["read"], api_base_url=firms.alpha.address),
        api_base_url=firms.alpha.address,
    )
    asked = client.auth_request_url(scopes=["read"], allow_http=True)

    client.log_in(code=authorize(requests.Session(), asked, "ada"), scopes=["read"], allow_http=True)

    assert asked.startswith(f"{firms.alpha.address}/oauth/authorize?")
    assert client.account_verify_credentials().url == "http://alpha.test/@ada"


def test_the_server_describes_itself(bob: Mastodon) -> None:
    assert bob.instance_v2().domain == bob.instance_v1().uri == "beta.test"
    assert bob.retrieve_mastodon_version(fail_hard=True).startswith("4.")
    assert [rule.id for rule in bob.instance_rules()] == ["1", "2", "3"]
    assert bob.custom_emojis() == bob.announcements() == bob.instance_peers() == []
    assert bob.instance_nodeinfo().software.name == "entrepairs"
    assert bob.get_approx_server_time() is not None
    assert not bob.timeline_is_available("public", fail_hard=True)
    assert bob.timeline_is_available("public", with_auth=True, fail_hard=True)


def test_a_question_goes_from_firm_to_firm_and_its_answer_back(alice: Mastodon, bob: Mastodon) -> None:
    question = bob.status_post(f"{SHARED} Night shifts?\n\nWe lose people.", visibility="public")
    seen = listed(alice, "Night shifts?")
    answer = alice.status_reply(seen, "Let them draw the rota")

    def answers() -> Any:
        return bob.status_context(question).descendants

    (received,) = soon(answers)
    assert (seen.account.acct, seen.visibility) == ("bob@beta.test", "private")
    assert (received.account.acct, received.in_reply_to_id) == ("alice@alpha.test", question.id)
    (told,) = [one for one in bob.notifications(types=["mention"]) if one.status.id == received.id]
    assert told.account.acct == "alice@alpha.test"

    alice.status_update(answer, "Let them draw the rota themselves")
    soon(lambda: "themselves" in answers()[0].content)
    assert [("themselves" in one.content) for one in bob.status_history(received)] == [False, True]
    assert alice.status_source(answer).text == "Let them draw the rota themselves"

    assert bob.status_favourite(received).favourited
    soon(lambda: alice.status(answer).favourites_count == 1)
    assert [one.acct for one in alice.status_favourited_by(answer)] == ["bob@beta.test"]
    bob.status_unfavourite(received)
    soon(lambda: alice.status(answer).favourites_count == 0)

    alice.status_delete(answer)
    soon(lambda: not answers())
    with pytest.raises(MastodonNotFoundError):
        bob.status(received)


def test_home_has_the_opening_post_once_and_bookmarks_keep_it(alice: Mastodon, bob: Mastodon) -> None:
    alice.status_post("@sites Holiday rota")
    post = listed(bob, "Holiday rota")

    shown = [one for one in bob.timeline_home() if one.reblog and one.reblog.id == post.id]
    bob.status_bookmark(post)
    kept = bob.bookmarks()
    bob.status_unbookmark(post)

    assert [one.account.acct for one in shown] == ["sites@alpha.test"]
    assert shown[0].account.group
    assert [one.id for one in kept] == [post.id]
    assert bob.bookmarks() == []


def test_pages_are_fetched_forward_and_back(alice: Mastodon, bob: Mastodon) -> None:
    for number in range(5):
        alice.status_post(f"@sites Paged {number}")
    listed(bob, "Paged 4")

    first = bob.timeline_home(limit=2)
    second = bob.fetch_next(first)
    back = bob.fetch_previous(second)
    everything = bob.fetch_remaining(bob.timeline_home(limit=2))

    assert [one.id for one in back or ()] == [one.id for one in first]
    ids = [one.id for one in everything]
    assert len(set(ids)) == len(ids) >= 5
    assert ids == [one.id for one in bob.timeline_home(limit=40)]


def test_a_date_is_as_good_as_an_id(bob: Mastodon, alice: Mastodon) -> None:
    alice.status_post("@sites Dated")
    post = listed(bob, "Dated")

    older = bob.timeline_home(max_id=post.created_at)

    assert post.id not in [one.reblog.id for one in older if one.reblog]


def test_a_key_makes_repeats_harmless(bob: Mastodon) -> None:
    first = bob.status_post("For those who follow me", idempotency_key="once")

    assert bob.status_post("For those who follow me", idempotency_key="once").id == first.id


def test_what_is_not_for_apps_is_refused_with_a_reason(alice: Mastodon, bob: Mastodon) -> None:
    alice.status_post("@sites Not for boosting")
    post = listed(bob, "Not for boosting")

    with pytest.raises(MastodonAPIError, match="This action is not allowed"):
        bob.status_reblog(post)


def test_markers_preferences_and_profile(bob: Mastodon) -> None:
    newest = bob.status_post("To be read up to")
    bob.markers_set("home", newest.id)

    assert bob.markers_get("home").home.last_read_id == newest.id
    assert bob.preferences()["posting:default:visibility"] == "private"
    changed = bob.account_update_credentials(note="Plant 3", fields=[("Since", "2019")])
    assert (changed.source.note, changed.fields[0].value) == ("Plant 3", "2019")


def test_what_is_searched_is_found(alice: Mastodon, bob: Mastodon) -> None:
    alice.status_post("@sites Found by #probing")
    post = listed(bob, "Found by")

    assert [one.id for one in bob.search_v2(post.uri, resolve=True).statuses] == [post.id]
    assert [one.name for one in bob.search_v2("#probing").hashtags] == ["probing"]
    assert [one.acct for one in bob.account_search("sites")] == ["sites@alpha.test"]
    assert bob.account_lookup(SHARED).group
    assert [one.reblog.id for one in bob.timeline_hashtag("probing")] == [post.id]


def test_a_profile_of_the_other_firm_is_found_by_the_address_of_its_page(bob: Mastodon) -> None:
    """The page sends the server that asks on to the actor."""
    (ada,) = bob.search_v2("http://alpha.test/@ada", resolve=True).accounts

    assert (ada.acct, ada.url) == ("ada@alpha.test", "http://alpha.test/@ada")
    assert bob.account_follow(ada).id == ada.id
    assert soon(lambda: bob.account_relationships(ada)[0].following)


def test_everything_that_apps_ask_at_the_start_answers(bob: Mastodon) -> None:
    me = bob.me()

    assert bob.filters_v2() == bob.followed_tags() == bob.blocks() == bob.mutes() == bob.domain_blocks() == []
    assert bob.conversations() == bob.scheduled_statuses() == bob.follow_requests() == []
    assert "sites@alpha.test" in [one.acct for one in bob.account_following(me)]
    assert bob.account_followers(me) == []
    assert bob.notifications_unread_count().count >= 0
    assert {one.account.acct for one in bob.account_statuses(me)} == {"bob"}


def test_who_leaves_has_no_list_and_is_let_in_again(firms: Firms, tmp_path: Path) -> None:
    tom = signed_in(firms, firms.beta, "tom", tmp_path)
    (found,) = tom.search_v2(SHARED, resolve=True).accounts
    tom.account_follow(found)
    soon(lambda: tom.lists())

    left = tom.account_unfollow(found)

    assert (left.following, left.requested, tom.lists()) == (False, False, [])
    with pytest.raises(MastodonAPIError, match="not a member"):
        tom.status_post(f"{SHARED} From outside")
    tom.account_follow(found)
    soon(lambda: tom.account_relationships(found)[0].following)


def test_a_picture_is_posted_described_and_seen_at_the_other_firm(
    firms: Firms, alice: Mastodon, bob: Mastodon, tmp_path: Path
) -> None:
    (tmp_path / "plan.png").write_bytes(files.picture(size=(300, 200)))
    media = alice.media_post(str(tmp_path / "plan.png"), description="Paln of the hall", focus=(0.5, -0.5))
    alice.media_update(media, description="Plan of the hall")

    alice.status_post("@sites A picture by Mastodon.py", media_ids=[media])

    (shown,) = listed(bob, "picture by Mastodon.py").media_attachments
    assert (shown.type, shown.description) == ("image", "Plan of the hall")
    assert (shown.meta.original.width, shown.meta.focus.x) == (300, 0.5)
    loaded = firms.network().get(shown.url)
    assert (loaded.status_code, loaded.headers["Content-Type"]) == (200, "image/png")
    assert files.opened(loaded.content).size == (300, 200)


def test_a_film_is_worked_on_before_it_is_posted(firms: Firms, alice: Mastodon, tmp_path: Path) -> None:
    (tmp_path / "line.webm").write_bytes(files.webm())
    (tmp_path / "still.png").write_bytes(files.picture())

    media = alice.media_post(
        str(tmp_path / "line.webm"), thumbnail=str(tmp_path / "still.png"), synchronous=True, description="The line"
    )

    post = alice.status_post("@sites A film by Mastodon.py", media_ids=[media])
    assert [(one.type, one.description) for one in post.media_attachments] == [("video", "The line")]
    preview = firms.network().get(post.media_attachments[0].preview_url)
    assert preview.headers["Content-Type"] == "image/jpeg"
    alice.status_delete(post)
    assert alice.status_post("@sites Once more", media_ids=[media]).media_attachments[0].id == media.id


def test_a_face_is_given_and_taken_away(firms: Firms, alice: Mastodon, tmp_path: Path) -> None:
    (tmp_path / "me.jpg").write_bytes(files.picture("JPEG", (500, 500)))

    given = alice.account_update_credentials(avatar=str(tmp_path / "me.jpg"), fields=[("Plant", "3")])

    assert files.opened(firms.network().get(given.avatar).content).size == (400, 400)
    assert given.fields[0].name == "Plant"
    assert alice.account_delete_avatar().avatar.endswith("missing.png")
    assert alice.custom_emojis() == []
