"""T172: a row that cannot be shown whole is shown without what is wrong with it; no list fails because of it."""

from typing import Any

import pytest
from sqlalchemy import update

from models.actors import Actor
from models.posts import Post
from tests.support.firm import App, Document, Firm

LISTS = (
    "/api/v1/timelines/home",
    "/api/v1/timelines/public?local=true",
    "/api/v1/accounts/{bob}/statuses",
    "/api/v1/accounts/{sites}/statuses",
    "/api/v1/statuses/{thread}/context",
    "/api/v1/bookmarks",
    "/api/v1/favourites",
    "/api/v1/notifications",
    "/api/v2/notifications",
    "/api/v1/conversations",
    "/api/v1/accounts/{sites}/followers",
    "/api/v2/search?q=shifts",
    "/api/v1/accounts/search?q=bob",
    "/api/v1/statuses/{bad}",
    "/api/v1/statuses/{bad}/history",
    "/communities/sites",
    "/me/data/archive",
)


@pytest.fixture
async def world(firm: Firm, sites: Document, alice: App, bob: App) -> dict[str, str]:
    """bob said something, in the community and in private; alice marked it, and was answered."""
    thread = await bob.say("@sites Night shifts?")
    bad = await bob.say("@sites @alice We are two short", in_reply_to_id=thread["id"])
    await bob.say("@alice shifts in private", visibility="direct")
    for act in ("favourite", "bookmark"):
        await alice.post(f"/api/v1/statuses/{bad['id']}/{act}")
    return {"thread": thread["id"], "bad": bad["id"], "bob": bob.id, "sites": sites["id"]}


@pytest.mark.parametrize(
    "of_post",
    [
        {"details": {"files": [{"kind": "image"}]}},
        {"details": {"files": "none", "emojis": [[]], "link": 5}},
        {"details": []},
        {"tags": ["", "\x00".strip("\x00"), "a b"], "mentioned": [0, 5]},
        {"language": "??", "kind": "Riddle", "title": ""},
        {"thread_id": 5, "parent_id": None},
    ],
    ids=str,
)
async def test_a_bad_post_breaks_no_list(
    firm: Firm, alice: App, world: dict[str, str], of_post: dict[str, Any]
) -> None:
    async with firm.runtime.db.write() as tx:
        await tx.execute(update(Post).where(Post.id == int(world["bad"])).values(of_post))

    assert await failing(alice, world) == {}


@pytest.mark.parametrize(
    "of_actor",
    [
        {"pictures": {"icon": 5, "emojis": "x"}},
        {"pictures": []},
        {"fields": [5, "x", {}]},
        {"display_name": "", "summary_html": "<p", "url": ""},
    ],
    ids=str,
)
async def test_a_bad_author_breaks_no_list(
    firm: Firm, alice: App, world: dict[str, str], of_actor: dict[str, Any]
) -> None:
    async with firm.runtime.db.write() as tx:
        await tx.execute(update(Actor).where(Actor.id == int(world["bob"])).values(of_actor))

    assert await failing(alice, world) == {}


async def failing(alice: App, world: dict[str, str]) -> dict[str, int]:
    answers = {path: await alice.call("GET", path.format(**world)) for path in LISTS}
    return {path: answer.status for path, answer in answers.items() if answer.status >= 500}
