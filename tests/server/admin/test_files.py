"""The page of files: its rules are those of uploads and of what apps are told; the count finds what is missing."""

from pathlib import Path

import pytest

from models.files import FileRules
from models.queries import files as reading
from server.media import inventory
from server.media.taken import MIB, MOST_PICTURE_MIB, MOST_RECORDING_MIB, taken
from tests.server.admin.desk import last_entry, press, pressed
from tests.support import files
from tests.support.firm import App, Firm
from tests.support.site import Browser

PAGE = "/admin/files"


async def rules_of(firm: Firm) -> FileRules:
    async with firm.runtime.db.read() as tx:
        return await reading.rules(tx)


async def post_pictures(app: App, *colours: str) -> None:
    for colour in colours:
        file = await app.attached(files.picture(colour=colour))
        await app.say(colour, media_ids=[file["id"]])


async def test_what_is_chosen_is_told_to_apps_and_holds_for_uploads(
    firm: Firm, admin: Browser, auditor: Browser, bob: App
) -> None:
    before = (await bob.get("/api/v2/instance"))["configuration"]["media_attachments"]
    unticked = {"image/png": "", "video/webm": ""}
    saved = await pressed(admin, PAGE, PAGE, pictures="1", recordings="2", **unticked)
    entry = await last_entry(firm)

    assert "image/png" in before["supported_mime_types"]
    assert before["image_size_limit"] == MOST_PICTURE_MIB * MIB
    assert "These rules count from now on" in saved.text
    assert (entry.action, entry.actor) == ("server.files", "olga@home.test")
    for version in ("v1", "v2"):
        told = (await bob.get(f"/api/{version}/instance"))["configuration"]["media_attachments"]
        assert not {"image/png", "video/webm"} & set(told["supported_mime_types"])
        assert "image/jpeg" in told["supported_mime_types"]
        assert (told["image_size_limit"], told["video_size_limit"]) == (MIB, 2 * MIB)
    for content, name in ((files.picture(), "a.jpg"), (files.webm(), "a.mp4")):
        refused = await bob.send_file(content, filename=name)
        assert (refused.status, "may not be attached" in refused.error) == (422, True)
    assert (await bob.send_file(files.picture("JPEG"), filename="a.png")).status == 200
    assert "PNG" not in (await auditor.get(PAGE)).text


@pytest.mark.parametrize(("size", "is_taken"), [(MIB, True), (MIB + 1, False)])
@pytest.mark.parametrize("media_type", ["image/png", "audio/flac"])
def test_a_file_of_the_size_that_is_allowed_and_one_byte_more(media_type: str, size: int, is_taken: bool) -> None:
    rules = taken(FileRules(picture_mib=1, recording_mib=1))

    if is_taken:
        rules.check(media_type, size)
    else:
        with pytest.raises(Exception, match="too big"):
            rules.check(media_type, size)


def test_no_rule_allows_more_than_the_server_can() -> None:
    rules = taken(FileRules(types=("text/html", "image/png"), picture_mib=10_000, recording_mib=10_000))

    assert rules.types == ("image/png",)
    assert (rules.picture_bytes, rules.recording_bytes) == (MOST_PICTURE_MIB * MIB, MOST_RECORDING_MIB * MIB)


@pytest.mark.parametrize(
    "wrong",
    [
        {"pictures": "0"},
        {"pictures": str(MOST_PICTURE_MIB + 1)},
        {"recordings": str(MOST_RECORDING_MIB + 1)},
        {"recordings": "ten"},
        {"pictures": ""},
    ],
)
async def test_what_cannot_be_is_refused(firm: Firm, admin: Browser, wrong: dict[str, str]) -> None:
    refused = await press(admin, PAGE, PAGE, **wrong)

    assert refused.status == 422
    assert "is no number from 1 to" in refused.text
    assert await rules_of(firm) == FileRules()


async def test_the_store_is_counted_once_a_day_and_says_what_is_missing(
    firm: Firm, admin: Browser, bob: App, tmp_path: Path
) -> None:
    """Threats T212: who runs the server learns that files are gone, without seeing one."""
    await post_pictures(bob, "red", "teal")
    await firm.tend_files()
    whole = await admin.get(PAGE)
    gone = max((tmp_path / "data" / "media").rglob("original"), key=lambda path: path.stat().st_mtime_ns)
    gone.unlink()

    await firm.tend_files()
    same_day = await admin.get(PAGE)
    await pressed(admin, PAGE, f"{PAGE}/count")
    under_way = await admin.get(PAGE)
    await firm.tend_files()
    counted = await admin.get(PAGE)

    assert "No file is missing." in whole.text
    assert "No file is missing." in same_day.text
    assert "Being counted: 0 of 2 files" in under_way.text
    assert "1 file is missing in the store." in counted.text
    assert f"files/{gone.parent.parent.name}/{gone.parent.name}" in counted.text
    firm.clock.advance(days=1)
    gone.write_bytes(b"back from a copy")
    await firm.tend_files()
    assert "No file is missing." in (await admin.get(PAGE)).text


async def test_a_count_that_was_stopped_goes_on_where_it_was(
    firm: Firm, bob: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inventory, "BATCH", 1)
    await post_pictures(bob, "red", "teal", "blue")

    more = [await inventory.step(firm.uploads.here, firm.uploads.store) for _ in range(5)]
    async with firm.runtime.db.read() as tx:
        counted, counting = await reading.counted(tx), await reading.counting(tx)

    assert more == [True, True, True, False, False]
    assert counting is None
    assert counted is not None
    assert counted.ended_at is not None
    assert counted.held["image"].files == 3
    assert counted.missing_names == []
