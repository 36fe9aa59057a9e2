"""Languages: every text in both catalogues, and which language somebody gets."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from server.http.languages import FOLDER, LANGUAGES, accepted, catalogue_path, known

SERVER = FOLDER.parent
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]")
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "to_translate": None}


METHODS = [("**.py", "python"), ("**.html", "jinja2")]
OPTIONS = {"**.html": {"extensions": "jinja2.ext.i18n", "trimmed": "true"}}


def texts_in_code() -> set[str]:
    """As `server/locale/babel.cfg` says."""
    found = extract_from_dir(SERVER, METHODS, OPTIONS, keywords=KEYWORDS)
    return {message if isinstance(message, str) else message[0] for _, _, message, _, _ in found}


def texts(message: Message) -> list[str]:
    """The translation, in singular and plural where there are both."""
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


def catalogue(language: str) -> Catalog:
    with catalogue_path(language).open("rb") as source:
        return read_po(source, locale=language, abort_invalid=True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_code_is_in_the_catalogue_and_no_other(language: str) -> None:
    translated = {
        message.id if isinstance(message.id, str) else message.id[0] for message in catalogue(language) if message.id
    }

    assert texts_in_code() - translated == set()
    assert translated - texts_in_code() == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated_with_the_same_placeholders(language: str) -> None:
    for message in catalogue(language):
        if not message.id:
            continue
        originals = [message.id] if isinstance(message.id, str) else list(message.id)
        assert not message.fuzzy
        assert len(texts(message)) == len(originals)
        for original, text in zip(originals, texts(message), strict=True):
            assert text.strip(), original
            assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(original)), original


REFUSALS = {"Refused", "NotAllowed", "NotThere", "Invalid", "Unavailable", "NotReady"}
SAID_BY_APPS_ALONE = {
    "acting", "attaching", "backups", "blocks", "copies", "emojis", "filters", "installation", "lists", "pins",
    "poll_drafts", "profiles", "pushes", "queues", "reports", "scheduling", "tags", "tastes", "uploads", "voting",
    "workshop",
}  # fmt: skip
"""Files whose refusals no page shows: what only apps or commands do, which speak English."""
SAID_BY_PROGRAMS = {"mastodon", "api", "scim", "cli", "demo", "activitypub"}


def refusals(file: Path) -> Iterator[tuple[int, ast.expr]]:
    """Lines of a file in which something is refused, and the first thing that is said."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in REFUSALS and node.args:
            yield node.lineno, node.args[0]


def test_every_refusal_that_a_page_can_show_is_marked_for_translation() -> None:
    unmarked = [
        f"{file.relative_to(SERVER)}:{line}: {ast.unparse(said)}"
        for file in sorted(SERVER.rglob("*.py"))
        if file.stem not in SAID_BY_APPS_ALONE and file.relative_to(SERVER).parts[0] not in SAID_BY_PROGRAMS
        for line, said in refusals(file)
        if isinstance(said, ast.Constant | ast.JoinedStr)
    ]

    assert "\n".join(unmarked) == ""


def test_french_is_set_with_its_spaces() -> None:
    for message in catalogue("fr"):
        for text in texts(message):
            assert not re.search(r" [?!:;»]|« |'", text), text


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("fr", "fr"),
        ("fr-CA,fr;q=0.9,en;q=0.8", "fr"),
        ("de, en;q=0.5, fr;q=0.7", "fr"),
        ("en;q=0.1, fr;q=0", "en"),
        ("de, *", None),
        ("en;q=rubbish, fr;q=0.2", "fr"),
        ("", None),
        ("fr_FR", "fr"),
    ],
)
def test_the_browsers_wish_is_weighed(header: str, language: str | None) -> None:
    assert accepted(header) == language


@pytest.mark.parametrize(
    ("given", "language"), [("FR", "fr"), ("en-GB", "en"), ("None", None), (None, None), ("", None)]
)
def test_only_languages_with_texts_are_known(given: str | None, language: str | None) -> None:
    assert known(given) == language
