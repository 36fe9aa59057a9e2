"""Avatars, headers, and custom emojis in names and texts: given, shown to everybody who may know, taken back."""

from pathlib import Path

import pytest

from server.media.uploads import MOST_EMOJI_BYTES
from tests.support import files
from tests.support.firm import App, Document, Firm

UPDATE = "/api/v1/accounts/update_credentials"


async def set_picture(app: App, part: str, content: bytes) -> Document:
    answer = await app.send_file(content, UPDATE, method="PATCH", part=part)
    assert answer.status == 200, answer.body
    shown: Document = answer.document
    return shown


def stored(folder: Path) -> int:
    """How many files lie in the store of the firm."""
    return len([path for path in (folder / "data" / "media").rglob("*") if path.is_file()])


async def test_a_picture_of_a_person_is_cut_and_shown_to_whoever_knows_its_address(
    firm: Firm, alice: App, bob: App
) -> None:
    await set_picture(alice, "avatar", files.picture("JPEG", (800, 600)))
    await set_picture(alice, "header", files.animation("GIF", 3, (300, 300)))

    seen = await bob.get(f"/api/v1/accounts/{alice.id}")

    for name, size in (("avatar", (400, 400)), ("avatar_static", (400, 400)), ("header", (1500, 500))):
        answer = await firm.load(seen[name])
        assert (answer.status, files.opened(answer.body).size) == (200, size), name
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert getattr(files.opened((await firm.load(seen["header"])).body), "n_frames", 1) == 1


async def test_another_picture_takes_the_place_of_the_first_which_is_erased(
    firm: Firm, alice: App, tmp_path: Path
) -> None:
    first = await set_picture(alice, "avatar", files.picture())
    second = await set_picture(alice, "avatar", files.picture(colour="red"))
    firm.clock.advance(days=2)
    await firm.tend_files()
    kept = stored(tmp_path)

    bare = await alice.delete("/api/v1/profile/avatar")
    again = await alice.delete("/api/v1/profile/header")
    await firm.tend_files()

    assert first["avatar"] != second["avatar"]
    assert (await firm.load(first["avatar"])).status == 404
    assert (kept, stored(tmp_path)) == (2, 0)
    assert bare["avatar"].endswith("/original/missing.png")
    assert again["header"].endswith("/original/missing.png")


@pytest.mark.parametrize("content", [b"<svg/>", b"text", b"%PDF-1.7", files.webm()])
async def test_what_is_no_picture_is_no_avatar(alice: App, content: bytes) -> None:
    """T109."""
    answer = await alice.send_file(content, UPDATE, method="PATCH", part="avatar")

    assert answer.status == 422
    assert (await alice.get("/api/v1/accounts/verify_credentials"))["avatar"].endswith("missing.png")


async def test_fields_are_told_in_their_order(alice: App, bob: App) -> None:
    fields = {"0": {"name": "Plant", "value": "3 & 4"}, "1": {"name": "Site", "value": "https://plant.example"}}

    mine = await alice.call("PATCH", UPDATE, json={"fields_attributes": fields})

    seen = await bob.get(f"/api/v1/accounts/{alice.id}")
    assert [field["name"] for field in seen["fields"]] == ["Plant", "Site"]
    assert seen["fields"][0]["value"] == "3 &amp; 4"
    assert 'href="https://plant.example"' in seen["fields"][1]["value"]
    assert mine.document["source"]["fields"][0] == {"name": "Plant", "value": "3 & 4", "verified_at": None}


# --- custom emojis ---


@pytest.fixture
async def admin(firm: Firm) -> App:
    """Who runs the server, with an app that the command line gave its token."""
    return await firm.person("ida", "read write admin:read admin:write", role="admin")


async def offer(admin: App, shortcode: str, content: bytes, **fields: str) -> Document:
    path = "/api/v1/admin/custom_emojis"
    answer = await admin.send_file(content, path, part="image", shortcode=shortcode, **fields)
    assert answer.status == 200, answer.body
    shown: Document = answer.document
    return shown


async def test_an_emoji_is_offered_to_all_and_shown_where_it_is_written(
    firm: Firm, admin: App, alice: App, bob: App
) -> None:
    await offer(admin, "gear", files.animation("GIF", 3, (32, 32)), category="Plants")

    (offered,) = await firm.nobody.get("/api/v1/custom_emojis")
    await alice.call("PATCH", UPDATE, json={"display_name": "Alice :gear:", "note": "no :such: thing"})
    post = await alice.say("Turning :gear: and :gear: but not :none: nor 12:gear:30", spoiler_text="")

    assert (offered["shortcode"], offered["category"], offered["visible_in_picker"]) == ("gear", "Plants", True)
    assert [one["shortcode"] for one in post["emojis"]] == ["gear"]
    account = await bob.get(f"/api/v1/accounts/{alice.id}")
    assert [one["shortcode"] for one in account["emojis"]] == ["gear"]
    moving, still = [files.opened((await firm.load(offered[name])).body) for name in ("url", "static_url")]
    assert (getattr(moving, "n_frames", 1), getattr(still, "n_frames", 1)) == (3, 1)
    assert post["emojis"][0]["url"] == offered["url"]


async def test_an_emoji_that_was_taken_back_is_offered_no_more_and_still_shown(
    firm: Firm, admin: App, alice: App
) -> None:
    await offer(admin, "gear", files.picture(size=(32, 32)))
    post = await alice.say("With :gear:")

    await admin.delete("/api/v1/admin/custom_emojis/gear")
    again = await admin.call("DELETE", "/api/v1/admin/custom_emojis/gear")

    firm.clock.advance(days=2)
    await firm.tend_files()
    later = await alice.say("Without :gear:")
    assert await firm.nobody.get("/api/v1/custom_emojis") == []
    assert later["emojis"] == []
    assert (await firm.load(post["emojis"][0]["url"])).status == 200
    assert again.status == 404


async def test_only_who_runs_the_server_changes_emojis(firm: Firm, admin: App, alice: App) -> None:
    """T127: neither a member with the scope, nor an administrator without it."""
    member = await firm.with_scopes(alice, "admin:read admin:write")
    plain = await firm.with_scopes(admin, "read write")
    path, picture = "/api/v1/admin/custom_emojis", files.picture(size=(32, 32))

    refused = [await app.send_file(picture, path, part="image", shortcode="gear") for app in (member, plain)]
    refused += [await app.call("DELETE", f"{path}/gear") for app in (member, plain)]
    refused += [await app.call("GET", path) for app in (member, plain)]

    assert {answer.status for answer in refused} == {403}
    assert await firm.nobody.get("/api/v1/custom_emojis") == []
    assert (await admin.call("GET", path)).status == 200


@pytest.mark.parametrize("shortcode", ["a", "has blank", "x" * 101, "é", "../x", "a:b"])
async def test_a_shortcode_is_a_plain_word(admin: App, shortcode: str) -> None:
    answer = await admin.send_file(
        files.picture(size=(2, 2)), "/api/v1/admin/custom_emojis", part="image", shortcode=shortcode
    )

    assert answer.status == 422


@pytest.mark.parametrize(("more", "status"), [(0, 200), (1, 413)])
async def test_an_emoji_is_small(admin: App, more: int, status: int) -> None:
    content = files.picture("JPEG", (32, 32))
    content += b"x" * (MOST_EMOJI_BYTES + more - len(content))

    answer = await admin.send_file(content, "/api/v1/admin/custom_emojis", part="image", shortcode="gear")

    assert answer.status == status
