"""Languages: every text in both catalogues, and which language somebody gets."""

import re

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
