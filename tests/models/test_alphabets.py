"""Names whose words mix alphabets (threats T063)."""

import pytest

from models.alphabets import mixes_alphabets


@pytest.mark.parametrize(
    ("name", "mixes"),
    [
        ("Alice Martin", False),
        ("Zoë Ångström-Œuvre", False),
        ("Αλίκη (Alice)", False),
        ("Алиса / Alice", False),
        ("IT-Администратор", False),
        ("李 Alice 5", False),
        ("µ-Team", False),
        ("", False),
        ("\u0430lice", True),
        ("Admini\u0455trator", True),
        ("\u0391lice", True),
        ("Alice M\u0430rtin", True),
        ("a\u0585b", True),
    ],
)
def test_a_word_of_letters_of_two_alphabets_is_an_imitation(name: str, mixes: bool) -> None:
    """T063: Cyrillic, Greek and Armenian letters among Latin ones; not two alphabets side by side."""
    assert mixes_alphabets(name) is mixes
