"""A picture that crosses the border: posted at one firm, seen at the other by those alone who read the post."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile

import pytest
from aiohttp import FormData
from sqlalchemy import select
from yarl import URL

from federation.errors import Denied
from federation.runtime import Budget
from models.media import Upload
from server.actions import emojis
from server.http.uploads import Upload as Form
from server.media.uploads import EMOJI
from tests.support import files
from tests.support.api import Api, Document
from tests.support.fake_peer import FakePeer
from tests.support.firm import Answer
from tests.support.held_clock import HeldClock
from tests.support.instances import Instance


async def load(firm: Instance, address: str, **headers: str) -> Answer:
    """What anybody gets at an address of a firm."""
    url = URL("http://{}:{}".format(*firm.hosts[firm.host]) + URL(address).raw_path, encoded=True)
    async with firm.session.get(url, headers={"Host": firm.host, **headers}, allow_redirects=False) as response:
        return Answer(response.status, response.headers, await response.read())


@dataclass
class Firms:
    """alpha, where alice hosts a community, and beta, where bob is in it and ben is not."""

    alpha: Instance
    beta: Instance
    alice: Api
    bob: Api
    ben: Api

    async def rest(self) -> None:
        for firm in (self.alpha, self.beta, self.alpha):
            firm.nudge()
            await firm.at_rest()


@pytest.fixture
async def firms(alpha: Instance, beta: Instance) -> AsyncIterator[Firms]:
    async with alpha.running(), beta.running():
        await alpha.allow("beta.test")
        await beta.allow("alpha.test")
        alice = await alpha.person("alice")
        bob, ben = await beta.person("bob"), await beta.person("ben")
        await alpha.community("sites", host=alice)
        await bob.join("@sites@alpha.test")
        yield Firms(alpha, beta, alice, bob, ben)


async def test_a_picture_with_its_words_is_seen_at_the_other_firm_by_members_alone(firms: Firms) -> None:
    """T056, T236: the copy there is for those who read the post, and so is the original here."""
    file = await firms.alice.upload(files.picture(size=(300, 200)), description="The new plan", focus="0.5,-0.5")
    await firms.alice.post("/api/v1/statuses", status="@sites@alpha.test Plan of the hall", media_ids=[file["id"]])

    seen = await firms.bob.awaited_thread("Sites", "Plan of the hall")

    (shown,) = seen["media_attachments"]
    assert (shown["type"], shown["description"]) == ("image", "The new plan")
    assert (shown["meta"]["original"]["size"], shown["meta"]["focus"]) == ("300x200", {"x": 0.5, "y": -0.5})
    assert shown["blurhash"] == file["blurhash"]
    loaded = await load(firms.beta, shown["url"])
    assert (loaded.status, loaded.headers["Content-Type"]) == (200, "image/png")
    assert files.opened(loaded.body).size == (300, 200)
    assert (await firms.ben.call("GET", f"/api/v1/statuses/{seen['id']}")).status == 404
    assert (await load(firms.beta, shown["url"].replace(f"/{await own_id(firms.bob)}-", "/1-"))).status == 404
    unsigned = await load(firms.alpha, shown["remote_url"])
    assert (unsigned.status, b"PNG" in unsigned.body) == (401, False)


async def own_id(person: Api) -> str:
    return str((await person.get("/api/v1/accounts/verify_credentials"))["id"])


async def test_a_picture_answered_with_from_there_is_seen_here(firms: Firms) -> None:
    await firms.alice.say("@sites@alpha.test How is yours?")
    thread = await firms.bob.awaited_thread("Sites", "How is yours")
    file = await firms.bob.upload(files.picture(colour="red"), description="Ours")

    await firms.bob.post("/api/v1/statuses", status="So", in_reply_to_id=thread["id"], media_ids=[file["id"]])
    await firms.rest()

    here = await firms.alice.awaited_thread("Sites", "How is yours")
    (reply,) = await firms.alice.replies(here)
    (shown,) = reply["media_attachments"]
    assert shown["description"] == "Ours"
    assert (await load(firms.alpha, shown["url"])).status == 200


async def test_an_edit_and_a_deletion_of_a_picture_arrive(firms: Firms, clock: HeldClock) -> None:
    file = await firms.alice.upload(files.picture(), description="Ols")
    post = await firms.alice.post("/api/v1/statuses", status="@sites@alpha.test Plan", media_ids=[file["id"]])
    seen = await firms.bob.awaited_thread("Sites", "Plan")
    assert (await load(firms.beta, seen["media_attachments"][0]["url"])).status == 200
    clock.advance(seconds=1)

    said = [{"id": file["id"], "description": "Old"}]
    await firms.alice.put(f"/api/v1/statuses/{post['id']}", status="@sites@alpha.test Plan", media_attributes=said)
    await firms.rest()
    changed = await firms.bob.get(f"/api/v1/statuses/{seen['id']}")
    await firms.alice.call("DELETE", f"/api/v1/statuses/{post['id']}", json={"delete_media": True})
    await firms.rest()

    assert changed["media_attachments"][0]["description"] == "Old"
    assert (await load(firms.beta, changed["media_attachments"][0]["url"])).status == 404


async def test_a_partner_gets_the_file_of_a_post_that_it_may_have_and_no_other(
    home: Instance, partner: FakePeer
) -> None:
    """T056, T236: signed, and asked of the gate; the same answer for what is not for it and for what is not there."""
    alice = await home.person("alice")
    await home.community("sites", host=alice)
    await home.community("inner", host=alice, scope="none")
    reader = partner.actor("reader")
    shared, inner = [await alice.upload(files.picture(colour=colour)) for colour in ("red", "blue")]
    loose = await alice.upload(files.picture(colour="green"))
    await alice.post("/api/v1/statuses", status="@sites@alpha.test Shared", media_ids=[shared["id"]])
    await alice.post("/api/v1/statuses", status="@inner@alpha.test Kept", media_ids=[inner["id"]])
    names = {key: await name_of(home, one) for key, one in {"shared": shared, "inner": inner, "loose": loose}.items()}
    paths = {key: f"/media/files/{name}" for key, name in names.items()}

    found = {key: await reader.get(f"http://alpha.test{path}") for key, path in paths.items()}

    small = await reader.get(f"http://alpha.test{paths['shared']}/small")
    absent = await reader.get("http://alpha.test/media/files/" + "a" * 43)
    assert {key: answer.status for key, answer in found.items()} == {"shared": 200, "inner": 404, "loose": 404}
    assert (found["shared"].headers["Content-Type"], small.headers["Content-Type"]) == ("image/png", "image/jpeg")
    assert (absent.status, absent.body) == (404, found["inner"].body)
    assert found["inner"].body == found["loose"].body
    assert {(await load(home, path)).status for path in paths.values()} == {401}
    await home.suspend("partner.test")
    assert (await reader.get(f"http://alpha.test{paths['shared']}")).status in (401, 403)


async def name_of(home: Instance, file: Document) -> str:
    """What a file is called in the store."""
    async with home.db.read() as tx:
        name = await tx.scalar(select(Upload.name).where(Upload.id == int(file["id"])))
    return str(name)


async def test_a_post_that_names_a_file_of_its_reader_loops_nowhere(home: Instance) -> None:
    """T077: an address of our own is never asked for, however deep it is nested."""
    with pytest.raises(Denied):
        await home.services.runtime.client.fetch_file("http://alpha.test/media/files/x", Budget(), lambda _: None)


async def test_a_face_and_an_emoji_are_known_at_the_other_firm(firms: Firms) -> None:
    """Actor documents and posts carry them out; apps there are shown copies by addresses of their own server."""
    services = firms.alpha.services
    picture = await firms.alpha.uploads.keep_picture(upload_of(files.picture(size=(32, 32))), EMOJI, None)
    async with firms.alpha.db.write() as tx:
        await emojis.offer(tx, services.runtime, "gear", picture, "", by="operator")
    form = FormData({"display_name": "Alice :gear:", "fields_attributes[0][name]": "Plant"})
    form.add_field("fields_attributes[0][value]", "3")
    form.add_field("avatar", files.picture("JPEG", (500, 400)), filename="me.jpg")
    headers = {"Host": "alpha.test", "Authorization": f"Bearer {firms.alice.token}"}
    url = firms.alice.place.url("/api/v1/accounts/update_credentials")
    async with firms.alice.session.patch(url, data=form, headers=headers) as response:
        assert response.status == 200, await response.text()

    await firms.alice.say("@sites@alpha.test Turning :gear:")
    await firms.rest()

    seen = await firms.bob.awaited_thread("Sites", "Turning")
    account = await firms.bob.get(f"/api/v1/accounts/{seen['account']['id']}")
    assert [one["shortcode"] for one in seen["emojis"]] == ["gear"]
    loaded = await load(firms.beta, seen["emojis"][0]["url"])
    assert (loaded.status, files.opened(loaded.body).size) == (200, (32, 32))
    assert account["display_name"] == "Alice :gear:"
    assert [field["name"] for field in account["fields"]] == ["Plant"]
    assert [one["shortcode"] for one in account["emojis"]] == ["gear"]
    face = await load(firms.beta, account["avatar"])
    assert (face.status, files.opened(face.body).size) == (200, (400, 400))
    assert "beta.test" in account["avatar"]


def upload_of(content: bytes) -> Form:
    """A file as a form brings it."""
    file = SpooledTemporaryFile()  # noqa: SIM115 - its user closes it
    file.write(content)
    file.seek(0)
    return Form("x", "", len(content), file)


async def test_a_partner_shows_a_community_as_its_hosts_do(firms: Firms) -> None:
    """Group federation 1.1 and 10.5: `icon`, `image` and `language` of a Group, told to its followers by an Update."""
    sites = await firms.alice.find("@sites@alpha.test")
    assert sites is not None
    path = f"/api/entrepairs/v1/communities/{sites['id']}"
    for name in ("avatar", "header"):
        form = FormData()
        form.add_field("file", files.picture(), filename="hall.png")
        headers = {"Host": "alpha.test", "Authorization": f"Bearer {firms.alice.token}"}
        url = firms.alice.place.url(f"{path}/{name}")
        async with firms.alice.session.put(url, data=form, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
    await firms.alice.call("PATCH", path, json={"language": "fr"})
    await firms.rest()

    theirs = await firms.bob.find("@sites@alpha.test")
    assert theirs is not None
    known = await firms.bob.get(f"/api/entrepairs/v1/communities/{theirs['id']}")
    asked = await firms.bob.say("@sites@alpha.test Qui sait ?")

    assert (known["language"], asked["language"]) == ("fr", "fr")
    for name in ("avatar", "header"):
        assert (await load(firms.beta, known[name])).headers["Content-Type"] == "image/png"
    (told, *_) = [one for one in await firms.beta.heard() if one["type"] == "Update" and "image" in str(one)]
    assert told["object"]["icon"]["mediaType"] == "image/png"
