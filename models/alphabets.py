"""Which alphabets a name is written in: letters that look the same in two of them are how names are imitated (T063)."""

import re
import unicodedata
from typing import Final

_LOOK_ALIKE: Final = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU", "GEORGIAN"})
"""Alphabets that share shapes of letters, by the first word of the names that Unicode gives to these."""

_WORD: Final = re.compile(r"[^\W\d_]+")


def mixes_alphabets(text: str) -> bool:
    """Whether a word of the text has letters of more than one alphabet: an `a` of which the next letters know nothing.

    Whoever writes a name in two alphabets, one beside the other, mixes none.
    """
    if text.isascii():
        return False
    return any(len(_alphabets(word)) > 1 for word in _WORD.findall(unicodedata.normalize("NFC", text)))


def _alphabets(word: str) -> set[str]:
    return {unicodedata.name(letter, "").partition(" ")[0] for letter in word} & _LOOK_ALIKE
