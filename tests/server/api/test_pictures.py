"""The pictures and the language of a community, which its hosts choose and everybody who knows of it sees."""

import pytest

from models.media import Upload
from models.queries import actors
from server.actions import moderation
from server.api.endpoint import ROOT
from tests.support import files
from tests.support.firm import App, Document, Firm

COMMUNITIES = f"{ROOT}/communities"


@pytest.mark.parametrize(("name", "shape"), [("avatar", (400, 400)), ("header", (1500, 500))])
async def test_a_host_chooses_a_picture_and_does_without_again(
    firm: Firm, alice: App, bob: App, sites: Document, name: str, shape: tuple[int, int]
) -> None:
    path = f"{COMMUNITIES}/{sites['id']}"
    before = (await bob.get(path))[name]

    chosen = await alice.send_file(files.picture(size=(3000, 2000)), f"{path}/{name}", method="PUT")

    assert (before, chosen.status) == (None, 200)
    seen = (await bob.get(path))[name]
    assert chosen.document[name] == seen == (await bob.get(f"/api/v1/accounts/{sites['id']}"))[name]
    shown = await firm.load(seen)
    assert (shown.status, files.opened(shown.body).size) == (200, shape)
    assert (await alice.delete(f"{path}/{name}"))[name] is None
    await firm.tend_files()
    assert (await firm.load(seen)).status == 404


async def test_another_picture_takes_the_place_of_the_first(firm: Firm, alice: App, sites: Document) -> None:
    path = f"{COMMUNITIES}/{sites['id']}/avatar"
    first = (await alice.send_file(files.picture(), path, method="PUT")).document["avatar"]

    second = (await alice.send_file(files.picture(colour="red"), path, method="PUT")).document["avatar"]

    firm.clock.advance(days=2)
    await firm.tend_files()
    assert ((await firm.load(first)).status, (await firm.load(second)).status) == (404, 200)


@pytest.mark.parametrize("name", ["avatar", "header"])
async def test_members_choose_no_picture_and_outsiders_know_of_none(
    firm: Firm, alice: App, bob: App, sites: Document, name: str
) -> None:
    """Nothing of what they send is kept."""
    board = await firm.community("board", host=alice, visibility="private")
    await bob.follow(sites)
    answers = []
    for community in (sites, board):
        path = f"{COMMUNITIES}/{community['id']}/{name}"
        answers.append((await bob.send_file(files.picture(), path, method="PUT")).status)
        answers.append((await bob.call("DELETE", path)).status)

    assert answers == [403, 403, 404, 404]
    async with firm.runtime.db.read() as tx:
        assert (await tx.select(Upload.__table__.select())).all() == []


async def test_what_is_no_picture_is_refused(alice: App, sites: Document) -> None:
    path = f"{COMMUNITIES}/{sites['id']}/avatar"

    none = await alice.call("PUT", path)
    more = await alice.send_file(files.picture(), path, method="PUT", title="x")
    text = await alice.send_file(b"%PDF-1.7", path, method="PUT")
    sound = await alice.send_file(files.flac(), path, method="PUT")

    assert (none.status, "`file`" in none.error) == (409, True)
    assert (more.status, "one field" in more.error) == (422, True)
    assert (text.status, sound.status) == (409, 409)
    assert sound.error == "Validation failed: File is no picture"


async def test_a_picture_goes_with_its_community_and_not_with_who_chose_it(
    firm: Firm, alice: App, sites: Document
) -> None:
    path = f"{COMMUNITIES}/{sites['id']}/avatar"
    address = (await alice.send_file(files.picture(), path, method="PUT")).document["avatar"]

    async with firm.runtime.db.read() as tx:
        rows = (await tx.select(Upload.__table__.select())).all()
    async with firm.runtime.db.write() as tx:
        seat = await moderation.operators_seat(tx, firm.runtime, "sites")
        await moderation.dissolve(tx, firm.runtime, seat)
    await firm.tend_files()

    assert [row.owner_id for row in rows] == [int(sites["id"])]
    assert (await firm.load(address)).status == 404


async def test_posts_speak_the_language_of_their_community_unless_the_app_says_another(
    alice: App, bob: App, sites: Document
) -> None:
    """Group federation 1.1 `language`. An empty one takes it back."""
    path = f"{COMMUNITIES}/{sites['id']}"
    await bob.follow(sites)
    changed = (await alice.call("PATCH", path, json={"language": "FR"})).document

    thread = await bob.say("@sites Qui sait ?")
    answer = await alice.answer(thread, "Moi")
    other = await bob.say("@sites Who knows?", language="en")
    outside = await bob.say("To those who follow me")
    await alice.call("PATCH", path, json={"language": ""})
    later = await bob.say("@sites And now?")

    assert (changed["language"], (await bob.get(path))["language"]) == ("fr", None)
    assert [one["language"] for one in (thread, answer, other, outside, later)] == ["fr", "fr", "en", None, None]


@pytest.mark.parametrize(
    ("given", "status"),
    [("pt-BR", 200), ("de-Latn-CH-1996", 200), ("und", 409), ("french!", 422), ("x", 422), ("fr-" + "a" * 18, 422)],
)
async def test_only_languages_are_languages(firm: Firm, alice: App, sites: Document, given: str, status: int) -> None:
    path = f"{COMMUNITIES}/{sites['id']}"

    answer = await alice.call("PATCH", path, json={"language": given})

    assert answer.status == status, answer.body
    async with firm.runtime.db.read() as tx:
        known = await actors.by_id(tx, int(sites["id"]))
    assert known is not None
    assert known.language == (given if status == 200 else None)


async def test_who_founds_a_community_says_what_is_spoken_there(alice: App) -> None:
    made = await alice.post(COMMUNITIES, name="nuits", title="Nuits", language="fr")

    assert made["language"] == "fr"
