"""Files of our own people: uploaded, described, posted, changed, and gone again (client API sections 4 and 7)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import ClientError

from server import scheduling
from server.actions import moderation, retention
from server.actions.attaching import DESCRIPTION_CHARACTERS, MOST_FILES
from server.mastodon.media import MOST_UPLOADS
from server.media.uploads import AT_ONCE_BYTES, MOST_UNATTACHED
from server.media.workshop import MOST_IMAGE_BYTES
from tests.support import files
from tests.support.clock import FakeClock
from tests.support.firm import App, Document, Firm, running_firm


def larger_than(size: int) -> bytes:
    """A picture that has so many bytes and one more, most of them behind its end."""
    content = files.picture("JPEG")
    return content + b"x" * (size + 1 - len(content))


async def test_a_picture_is_there_at_once_with_all_that_is_known_of_it(firm: Firm, alice: App) -> None:
    answer = await alice.send_file(
        files.picture("PNG", (800, 600)), description="Floor plan", focus="-0.25,0.5", filename="plan.png"
    )

    shown = answer.document
    assert answer.status == 200
    assert (shown["type"], shown["description"], shown["remote_url"]) == ("image", "Floor plan", None)
    assert shown["meta"] == {
        "original": {"width": 800, "height": 600, "size": "800x600", "aspect": 1.3333},
        "small": {"width": 554, "height": 415, "size": "554x415", "aspect": 1.3349},
        "focus": {"x": -0.25, "y": 0.5},
    }
    assert len(shown["blurhash"]) > 20
    whole, small = await firm.load(shown["url"]), await firm.load(shown["preview_url"])
    assert (whole.headers["Content-Type"], files.opened(whole.body).size) == ("image/png", (800, 600))
    assert (small.headers["Content-Type"], files.opened(small.body).size) == ("image/jpeg", (554, 415))
    assert (await alice.get(f"/api/v1/media/{shown['id']}"))["id"] == shown["id"]


async def test_what_takes_longer_is_answered_before_it_is_done(firm: Firm, alice: App) -> None:
    answer = await alice.send_file(files.webm(), description="The new line")
    path = f"/api/v1/media/{answer.document['id']}"
    waiting = await alice.call("GET", path)
    refused = await alice.call("POST", "/api/v1/statuses", json={"status": "x", "media_ids": [answer.document["id"]]})
    await alice.put(path, description="The new line at work")

    await firm.tend_files()

    done = await alice.call("GET", path)
    assert (answer.status, answer.document["url"], answer.document["preview_url"]) == (202, None, None)
    assert (waiting.status, waiting.document["url"]) == (206, None)
    assert (refused.status, "not finished processing" in refused.error) == (422, True)
    assert (done.status, done.document["type"]) == (200, "video")
    assert done.document["description"] == "The new line at work"
    film = await firm.load(done.document["url"])
    assert (film.status, film.headers["Content-Type"], len(film.body)) == (200, "video/webm", len(files.webm()))


@pytest.mark.parametrize(("more", "status"), [(0, 200), (1, 202)])
async def test_a_large_picture_waits_and_a_smaller_one_does_not(alice: App, more: int, status: int) -> None:
    answer = await alice.send_file(larger_than(AT_ONCE_BYTES - 1 + more))

    assert answer.status == status


async def test_the_old_method_answers_when_the_file_is_ready(alice: App) -> None:
    shown = await alice.attached(files.webm())

    assert (shown["type"], shown["url"] is not None) == ("video", True)


@pytest.mark.parametrize("content", [b"", b"plain text", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"%PDF-1.7 x"])
async def test_what_is_no_file_that_is_taken_is_refused(alice: App, content: bytes) -> None:
    answer = await alice.send_file(content)

    assert answer.status == (422 if content else 400)


async def test_a_file_that_turns_out_to_be_broken_is_said_to_be(firm: Firm, alice: App) -> None:
    answer = await alice.send_file(b"\x1aE\xdf\xa3" + b"broken" * 100)

    await firm.tend_files()

    later = await alice.call("GET", f"/api/v1/media/{answer.document['id']}")
    posted = await alice.call("POST", "/api/v1/statuses", json={"status": "x", "media_ids": [answer.document["id"]]})
    assert (answer.status, later.status) == (202, 422)
    assert (posted.status, posted.document["media_attachments"]) == (200, [])


@pytest.mark.parametrize(("more", "status"), [(0, 202), (1, 422)])
async def test_a_picture_has_at_most_sixteen_mebibytes(alice: App, more: int, status: int) -> None:
    answer = await alice.send_file(larger_than(MOST_IMAGE_BYTES - 1 + more))

    assert answer.status == status


@pytest.mark.parametrize(("more", "status"), [(0, 200), (1, 422)])
async def test_a_description_has_its_length(alice: App, more: int, status: int) -> None:
    shown = await alice.attached(files.picture())

    answer = await alice.call(
        "PUT", f"/api/v1/media/{shown['id']}", json={"description": "a" * (DESCRIPTION_CHARACTERS + more)}
    )

    assert answer.status == status


async def test_an_empty_description_is_none(alice: App) -> None:
    """7: `description` null when empty."""
    blank = await alice.attached(files.picture(), description="")
    described = await alice.attached(files.picture(), description="Floor plan")
    cleared = await alice.put(f"/api/v1/media/{described['id']}", description="")
    said = await alice.say("Plans", media_ids=[blank["id"], described["id"]])

    assert (blank["description"], cleared["description"]) == (None, None)
    assert [one["description"] for one in said["media_attachments"]] == [None, None]


async def test_a_person_has_so_many_files_that_wait_and_no_more(firm: Firm, alice: App, bob: App) -> None:
    content = files.picture(size=(2, 2))
    for _ in range(MOST_UNATTACHED):
        shown = await alice.attached(content)

    refused = await alice.send_file(content)
    await alice.delete(f"/api/v1/media/{shown['id']}")

    assert (refused.status, "use or delete some" in refused.error) == (422, True)
    assert (await alice.send_file(content)).status == 200
    assert (await bob.send_file(content)).status == 200


async def test_a_preview_of_ones_own_choice_is_shown(firm: Firm, alice: App) -> None:
    first = await alice.attached(files.flac(), thumbnail=files.picture(colour="red"))
    second = await alice.attached(files.picture())
    path = f"/api/v1/media/{second['id']}"

    changed = await alice.send_file(files.picture(colour="red", size=(10, 10)), path, method="PUT", part="thumbnail")

    for shown in (first, changed.document):
        preview = files.opened((await firm.load(shown["preview_url"])).body).convert("RGB")
        red, green, _ = preview.getpixel((preview.width - 1, preview.height - 1))  # type: ignore[misc]
        assert (red > 200, green < 60) == (True, True)
    assert changed.document["meta"]["small"]["size"] == "10x10"


async def test_files_of_others_are_not_there(alice: App, bob: App) -> None:
    """T128."""
    shown = await alice.attached(files.picture())
    path = f"/api/v1/media/{shown['id']}"

    answers = [await bob.call(method, path, json={"description": "mine"}) for method in ("GET", "PUT", "DELETE")]
    posted = await bob.say("With hers", media_ids=[shown["id"]])

    assert [(answer.status, answer.error) for answer in answers] == [(404, "Record not found")] * 3
    assert posted["media_attachments"] == []
    assert (await alice.get(path))["description"] is None


async def test_a_post_shows_its_files_in_their_order_and_they_are_its_own(
    firm: Firm, alice: App, bob: App, sites: Document
) -> None:
    shown = [
        await alice.attached(files.picture(size=(20 + number, 20)), description=f"{number}") for number in range(4)
    ]
    ids = [one["id"] for one in reversed(shown)]

    post = await alice.say("@sites Four plans", media_ids=ids, sensitive=True)
    again = await alice.say("Again", media_ids=ids)

    seen = await bob.get(f"/api/v1/statuses/{post['id']}")
    assert [one["id"] for one in seen["media_attachments"]] == ids
    assert [one["description"] for one in seen["media_attachments"]] == ["3", "2", "1", "0"]
    assert (seen["sensitive"], again["media_attachments"]) == (True, [])
    loaded = await firm.load(seen["media_attachments"][0]["url"])
    assert files.opened(loaded.body).size == (23, 20)
    assert (await alice.call("GET", f"/api/v1/media/{ids[0]}")).status == 404
    assert (await alice.call("PUT", f"/api/v1/media/{ids[0]}", json={"description": "x"})).status == 404
    used = await alice.call("DELETE", f"/api/v1/media/{ids[0]}")
    assert (used.status, used.error) == (422, "Media attachment is currently used by a status")


async def test_a_picture_needs_no_words(alice: App, sites: Document) -> None:
    one, other = await alice.attached(files.picture()), await alice.attached(files.picture())

    personal = await alice.say("", media_ids=[one["id"]])
    there = await alice.say("@sites", media_ids=[other["id"]])

    assert (personal["content"], len(personal["media_attachments"])) == ("", 1)
    assert [one["username"] for one in there["mentions"]] == ["sites"]
    assert (await alice.call("POST", "/api/v1/statuses", json={"status": "", "media_ids": ["1"]})).status == 422


async def test_too_many_files_and_files_beside_a_poll_are_refused(alice: App) -> None:
    ids = [(await alice.attached(files.picture(size=(2, 2))))["id"] for _ in range(MOST_FILES + 1)]
    poll = {"options": ["a", "b"], "expires_in": 3600}

    many = await alice.call("POST", "/api/v1/statuses", json={"status": "x", "media_ids": ids})
    both = await alice.call("POST", "/api/v1/statuses", json={"status": "x", "media_ids": ids[:1], "poll": poll})
    most = await alice.say("x", media_ids=ids[:MOST_FILES])

    assert [(one.status, one.error) for one in (many, both)] == [(422, "Cannot attach more than 4 files")] * 2
    assert len(most["media_attachments"]) == MOST_FILES


async def test_an_edit_puts_in_takes_out_and_describes(firm: Firm, alice: App, bob: App, sites: Document) -> None:
    old, kept, new = [await alice.attached(files.picture(), description=word) for word in ("old", "kept", "new")]
    post = await alice.say("@sites Plans", media_ids=[old["id"], kept["id"]])
    before = (await bob.get(f"/api/v1/statuses/{post['id']}"))["media_attachments"]
    changes = [{"id": kept["id"], "description": "kept, and larger", "focus": "1,0"}, {"id": "1", "description": "?"}]

    words = await alice.put(f"/api/v1/statuses/{post['id']}", status="@sites Plans, again")
    firm.clock.advance(seconds=1)
    await alice.put(
        f"/api/v1/statuses/{post['id']}",
        status="@sites Plans, again",
        media_ids=[kept["id"], new["id"]],
        media_attributes=changes,
    )

    seen = await bob.get(f"/api/v1/statuses/{post['id']}")
    assert [one["id"] for one in words["media_attachments"]] == [old["id"], kept["id"]]
    assert [one["description"] for one in seen["media_attachments"]] == ["kept, and larger", "new"]
    assert seen["media_attachments"][0]["meta"]["focus"] == {"x": 1.0, "y": 0.0}
    versions = await bob.get(f"/api/v1/statuses/{post['id']}/history")
    assert [len(version["media_attachments"]) for version in versions] == [1, 1, 2]
    await firm.tend_files()
    assert [(await firm.load(one["url"])).status for one in before] == [404, 404]
    assert [(await firm.load(one["preview_url"])).status for one in seen["media_attachments"]] == [200, 200]


async def test_an_edit_that_only_describes_is_an_edit_and_one_that_says_the_same_is_none(
    firm: Firm, alice: App
) -> None:
    file = await alice.attached(files.picture())
    post = await alice.say("Plan", media_ids=[file["id"]])
    path = f"/api/v1/statuses/{post['id']}"

    same = await alice.put(path, status="Plan", media_ids=[file["id"]])
    said = await alice.put(
        path, status="Plan", media_ids=[file["id"]], media_attributes=[{"id": file["id"], "description": "A plan"}]
    )
    firm.clock.advance(seconds=1)
    bare = await alice.put(path, status="Plan", media_ids=[])

    assert (same["edited_at"], said["edited_at"] is not None) == (None, True)
    assert said["media_attachments"][0]["description"] == "A plan"
    assert bare["media_attachments"] == []


async def test_a_deleted_post_gives_its_files_back_for_another_try(firm: Firm, alice: App, sites: Document) -> None:
    file = await alice.attached(files.picture(), description="A plan")
    post = await alice.say("@sites Paln", media_ids=[file["id"]])
    shown = post["media_attachments"][0]["url"]

    deleted = await alice.delete(f"/api/v1/statuses/{post['id']}")
    await firm.tend_files()

    (back,) = deleted["media_attachments"]
    again = await alice.say("@sites Plan", media_ids=[back["id"]])
    assert (back["id"], back["description"]) == (file["id"], "A plan")
    assert (await firm.load(back["url"])).status == 404
    assert (await firm.load(shown)).status == 404
    assert again["media_attachments"][0]["description"] == "A plan"
    assert (await firm.load(again["media_attachments"][0]["url"])).status == 200


async def test_with_a_post_its_files_are_erased(firm: Firm, alice: App, tmp_path: Path) -> None:
    """T169, T179: at once out of reach, and off the disk when the bin is emptied."""
    file = await alice.attached(files.picture())
    post = await alice.say("Plan", media_ids=[file["id"]])
    there = files_of_store(tmp_path)

    deleted = await alice.call("DELETE", f"/api/v1/statuses/{post['id']}", json={"delete_media": True})
    answer = await firm.load(post["media_attachments"][0]["url"])
    firm.clock.advance(days=30)
    await retention.purge(firm.runtime)
    await firm.tend_files()

    assert (len(there), deleted.document["media_attachments"]) == (2, [])
    assert (answer.status, files_of_store(tmp_path)) == (404, [])


async def test_a_file_that_nobody_posts_goes_after_a_day(firm: Firm, alice: App, tmp_path: Path) -> None:
    kept, left = await alice.attached(files.picture()), await alice.attached(files.picture())
    await alice.say("Plan", media_ids=[kept["id"]])
    firm.clock.advance(hours=23, minutes=59)
    await firm.tend_files()
    before = len(files_of_store(tmp_path))

    firm.clock.advance(minutes=2)
    await firm.tend_files()

    assert (before, len(files_of_store(tmp_path))) == (4, 2)
    assert (await alice.call("GET", f"/api/v1/media/{left['id']}")).status == 404


def files_of_store(folder: Path) -> list[Path]:
    """What lies in the store of the firm."""
    return [path for path in (folder / "data" / "media").rglob("*") if path.is_file()]


async def test_the_server_says_what_it_takes(firm: Firm, alice: App) -> None:
    for path in ("/api/v1/instance", "/api/v2/instance"):
        limits = (await firm.nobody.get(path))["configuration"]

        taken = limits["media_attachments"]["supported_mime_types"]
        assert limits["statuses"]["max_media_attachments"] == MOST_FILES
        assert {"image/png", "image/jpeg", "image/webp", "image/gif", "video/mp4", "audio/mpeg"} <= set(taken)
        assert limits["media_attachments"]["image_size_limit"] == MOST_IMAGE_BYTES


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_uploads_have_a_budget_of_their_own(database_url: str, tmp_path: Path, clock: FakeClock) -> None:
    """T104: thirty in half an hour (client API 1.5); laboratories, where there is no limit at all, have none."""
    content = files.picture(size=(2, 2))
    async with running_firm(database_url, tmp_path, clock, API_RATE="1000") as firm:
        alice, bob = await firm.person("alice"), await firm.person("bob")
        sent = [(await alice.send_file(content)).status for _ in range(MOST_UPLOADS)]

        refused = await alice.send_file(content)

        assert (set(sent), refused.status, refused.error) == ({200}, 429, "Too many requests")
        # Mastodon.py sleeps until then, and tries again.
        limit, left, reset = (refused.headers[f"X-RateLimit-{name}"] for name in ("Limit", "Remaining", "Reset"))
        assert (limit, left, reset) == (str(MOST_UPLOADS), "0", "2026-01-31T12:30:00.000000Z")
        assert (await bob.send_file(content)).status == 200
        clock.advance(seconds=int(refused.headers["Retry-After"]))
        assert (await alice.send_file(content)).status == 200


async def test_media_of_an_account_are_its_posts_with_files(alice: App, bob: App, sites: Document) -> None:
    first, second = [await alice.attached(files.picture()) for _ in range(2)]
    await alice.say("Words")
    mine = await alice.say("Picture", media_ids=[first["id"]])
    await alice.say("@sites Words there")
    there = await alice.say("@sites Picture there", media_ids=[second["id"]])

    own = await alice.get(f"/api/v1/accounts/{alice.id}/statuses", only_media="true")
    shown = await bob.get(f"/api/v1/accounts/{sites['id']}/statuses", only_media="true")

    assert [one["id"] for one in own] == [there["id"], mine["id"]]
    assert [one["reblog"]["id"] for one in shown] == [there["id"]]


BROKEN = {
    "a part without end": (b"--x\r\nContent-Disposition: form-data; name=file; filename=a\r\n\r\nGIF89a", 400),
    "another boundary": (b"--y\r\nContent-Disposition: form-data; name=file\r\n\r\nGIF\r\n--y--\r\n", 400),
    "no boundary at all": (b"GIF89a", 400),
    "a head without end": (b"--x\r\n" + b"X-Head: " + b"x" * 300_000, 400),
    "many heads": (b"--x\r\n" + b"".join(b"X-%d: y\r\n" % number for number in range(30_000)), 400),
    "tiny parts": (b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n" * 100_000 + b"--x--\r\n", 413),
    "a nested form": (b"--x\r\nContent-Type: multipart/mixed; boundary=z\r\n\r\n--z\r\n\r\n--z--\r\n--x--\r\n", 400),
}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", BROKEN)
async def test_a_form_that_is_made_to_hurt_is_refused_and_the_server_goes_on(firm: Firm, alice: App, name: str) -> None:
    """T098."""
    body, status = BROKEN[name]
    headers = {"Authorization": f"Bearer {alice.token}", "Content-Type": "multipart/form-data; boundary=x"}
    address = f"http://127.0.0.1:{firm.port}/api/v2/media"

    async with firm.session.post(address, data=body, headers=headers) as response:
        answered = response.status
        assert "error" in await response.json()

    assert answered == status
    assert (await alice.send_file(files.picture())).status == 200


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_is_larger_than_any_file_is_not_read_to_its_end(firm: Firm, alice: App) -> None:
    """T080, T098: and nobody without a token sends any of it."""
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    address = f"http://127.0.0.1:{firm.port}/api/v2/media"
    read: list[int] = []

    async def endless() -> AsyncIterator[bytes]:
        yield b"--x\r\nContent-Disposition: form-data; name=file; filename=a\r\n\r\n"
        while len(read) < 400:
            read.append(1)
            yield bytes(2**20)

    with suppress(ClientError):
        async with firm.session.post(address, data=endless(), headers=headers) as response:
            assert response.status == 401
    assert len(read) < 20
    with suppress(ClientError):
        async with firm.session.post(
            address, data=endless(), headers=headers | {"Authorization": f"Bearer {alice.token}"}
        ) as response:
            assert response.status == 413
    assert len(read) < 200


async def test_a_post_for_later_keeps_its_files_until_then(firm: Firm, alice: App) -> None:
    file, other = await alice.attached(files.picture(), description="Plan"), await alice.attached(files.picture())
    at = (firm.clock.now() + timedelta(days=3)).isoformat()

    waiting = await alice.say("", media_ids=[file["id"]], scheduled_at=at)
    cancelled = await alice.say("Never", media_ids=[other["id"]], scheduled_at=at)
    await alice.delete(f"/api/v1/scheduled_statuses/{cancelled['id']}")
    firm.clock.advance(days=2)
    await firm.tend_files()
    (listed,) = await alice.get("/api/v1/scheduled_statuses")
    firm.clock.advance(days=1, seconds=1)
    await scheduling.tend(firm.services)

    (post,) = await alice.get(f"/api/v1/accounts/{alice.id}/statuses")
    assert waiting["params"]["media_ids"] == [file["id"]]
    assert [one["id"] for one in listed["media_attachments"]] == [file["id"]]
    assert [one["description"] for one in post["media_attachments"]] == ["Plan"]
    assert (await alice.call("GET", f"/api/v1/media/{other['id']}")).status == 404


async def test_with_a_community_the_files_of_its_posts_go(
    firm: Firm, alice: App, sites: Document, tmp_path: Path
) -> None:
    """T169: whatever way a post goes."""
    there, personal = await alice.attached(files.picture()), await alice.attached(files.picture())
    post = await alice.say("@sites Plan", media_ids=[there["id"]])
    await alice.say("Mine", media_ids=[personal["id"]])
    await firm.services.key_ring.refresh()

    async with firm.runtime.db.write() as tx:
        await moderation.dissolve(tx, firm.runtime, await moderation.operators_seat(tx, firm.runtime, "sites"))
    shown = await firm.load(post["media_attachments"][0]["url"])
    firm.clock.advance(days=30)
    await retention.purge(firm.runtime)
    await firm.tend_files()

    assert shown.status == 404
    assert len(files_of_store(tmp_path)) == 2


async def test_two_posts_at_once_do_not_share_a_file(alice: App) -> None:
    file = await alice.attached(files.picture())

    posts = await asyncio.gather(*(alice.say(f"Post {number}", media_ids=[file["id"]]) for number in range(4)))

    assert sorted(len(post["media_attachments"]) for post in posts) == [0, 0, 0, 1]


@pytest.mark.parametrize("path", ["/api/v1/timelines/public", "/api/v1/timelines/tag/rota"])
async def test_only_media_leaves_out_what_has_none(alice: App, bob: App, sites: Document, path: str) -> None:
    """Client API section 4: public and hashtag timelines take only_media."""
    file = await bob.attached(files.picture())
    shown = await bob.say("@sites A plan #rota", media_ids=[file["id"]])
    await bob.say("@sites Words alone #rota")

    found = await alice.get(path, only_media="true")

    assert [(one["reblog"] or one)["id"] for one in found] == [shown["id"]]
    assert len(await alice.get(path)) == 2
