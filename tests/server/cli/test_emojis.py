"""The commands by which an operator offers custom emojis: what they print, and what they refuse."""

from pathlib import Path

from tests.support import files
from tests.support.commands import Firm


def test_a_picture_is_offered_listed_and_taken_back(firm: Firm, tmp_path: Path) -> None:
    picture = tmp_path / "gear.png"
    picture.write_bytes(files.picture(size=(32, 32)))

    made = firm.ask("emoji", "add", ":gear:", str(picture), "--category", "Plants")

    listed = firm.ask("emoji", "list")
    assert (made["shortcode"], made["category"]) == ("gear", "Plants")
    assert made["url"].startswith("http://alpha.test/media/own/")
    assert listed == [made]
    assert firm.ask("emoji", "remove", "gear") == made
    assert firm.ask("emoji", "list") == []
    assert "called gear" in firm.refusal("emoji", "remove", "gear")
    assert firm.ask("audit", "verify")["ok"] is True


def test_what_is_no_picture_or_no_word_is_refused(sqlite_firm: Firm, tmp_path: Path) -> None:
    """T109."""
    page = tmp_path / "gear.png"
    page.write_bytes(b"<svg xmlns='http://www.w3.org/2000/svg'/>")

    assert "kind" in sqlite_firm.refusal("emoji", "add", "gear", str(page))
    assert "Shortcode" in sqlite_firm.refusal("emoji", "add", "a gear", str(page))
    assert sqlite_firm.run("emoji", "add", "gear", str(tmp_path / "absent")).status == 2
