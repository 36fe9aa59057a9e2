"""The stylesheet knows every kind of field that pages have: one that it forgets looks like another site's."""

import re
from pathlib import Path

import server

ROOT = Path(server.__file__).parent
OF_THE_BROWSER = {"hidden", "checkbox", "radio"}


def test_every_kind_of_field_has_its_look() -> None:
    pages = [path.read_text() for folder in ("web", "oauth", "http") for path in (ROOT / folder).glob("*.html")]
    kinds = {kind for text in pages for kind in re.findall(r'<input\b[^>]*?\btype="(\w[\w-]*)"', text)}
    style = (ROOT / "web" / "static" / "style.css").read_text()

    assert kinds - OF_THE_BROWSER >= {"text", "password", "email", "date"}
    assert [kind for kind in sorted(kinds - OF_THE_BROWSER) if f'input[type="{kind}"]' not in style] == []
