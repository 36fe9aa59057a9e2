"""French and English: the catalogues in `server/locale`, read as they are, and which language somebody wants.

Message texts in the code are English; both catalogues hold every message (a test compares them with the code).
"""

from datetime import date, datetime
from functools import cache
from importlib import import_module
from io import BytesIO
from pathlib import Path

from babel.dates import format_date, format_datetime
from babel.support import Translations

FRENCH, ENGLISH = "fr", "en"
LANGUAGES = (FRENCH, ENGLISH)
NAMES = {FRENCH: "Français", ENGLISH: "English"}
"""Each in its own language, as it stands in the choice."""
REGIONS = {FRENCH: "fr", ENGLISH: "en_GB"}
"""Whose way to write days and numbers is ours: the day before the month in both languages."""

FOLDER = Path(__file__).parent.parent / "locale"


def to_translate(message: str) -> str:
    """Marks a text that a page translates later, so that it gets into the catalogues."""
    return message


def catalogue_path(language: str) -> Path:
    """Where the texts of a language are kept."""
    return FOLDER / language / "LC_MESSAGES" / "messages.po"


@cache
def translations(language: str) -> Translations:
    """The texts of a language, read once. From the source form: an installation needs no build step for them.

    What reads that form is loaded here: without pages nobody needs it.
    """
    with catalogue_path(language).open("rb") as source:
        catalogue = import_module("babel.messages.pofile").read_po(source, locale=language, abort_invalid=True)
    compiled = BytesIO()
    import_module("babel.messages.mofile").write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


def known(language: str | None) -> str | None:
    """The language if there are texts in it (`fr-CA` counts as `fr`), else None."""
    main = (language or "").strip().lower().replace("_", "-").partition("-")[0]
    return main if main in LANGUAGES else None


def accepted(header: str) -> str | None:
    """The best of ours in an `Accept-Language` header (RFC 9110, 12.5.4), else None."""
    best: tuple[float, str | None] = (0.0, None)
    for part in header[:500].split(","):
        name, _, parameters = part.partition(";")
        language = known(name)
        weight = _weight(parameters)
        if language is not None and weight > best[0]:
            best = (weight, language)
    return best[1]


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def long_moment(at: datetime, language: str) -> str:
    """Day of the week, day and time of an instant, by the clocks that it is given in."""
    return format_datetime(at, "EEEE d MMMM, HH:mm", locale=REGIONS[language])


def long_day(at: date, language: str) -> str:
    """A day in full, as the language writes it: the first of a month has a form of its own in French."""
    text = format_date(at, "long", locale=REGIONS[language])
    return f"1er{text[1:]}" if language == FRENCH and at.day == 1 else text
