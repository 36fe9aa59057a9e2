"""The languages that somebody chose of whom they follow, as they are kept."""

from typing import Final

import pytest
from sqlalchemy import String

from models.actors import MAX_LANGUAGES, Follow, chosen_languages, language_pattern

CHOSEN: Final = {
    ("fr",): " fr ",
    ("fr-CA", "FR", " en ", "pt_BR", "gsw"): " fr en pt gsw ",
    ("", "x", "french", "%", "f_", "['fr']"): None,
    (): None,
}


@pytest.mark.parametrize("codes", CHOSEN)
def test_languages_are_kept_by_their_main_code(codes: tuple[str, ...]) -> None:
    assert chosen_languages(codes) == CHOSEN[codes]


@pytest.mark.parametrize(
    ("language", "pattern"), [("fr", "% fr %"), ("fr-CA", "% fr %"), (None, "%"), ("", "%"), ("%", "%"), ("f_", "%")]
)
def test_a_post_that_names_no_language_is_for_everybody(language: str | None, pattern: str) -> None:
    """What a partner writes there is no pattern of its own."""
    assert language_pattern(language) == pattern


def test_as_many_are_kept_as_the_column_takes_and_no_more() -> None:
    codes = [f"{a}{b}x" for a in "abcdefg" for b in "abcdefg"]

    kept = chosen_languages(codes)

    assert kept is not None
    assert len(kept.split()) == MAX_LANGUAGES
    type_ = Follow.__table__.columns["languages"].type
    assert isinstance(type_, String)
    assert len(kept) == type_.length
