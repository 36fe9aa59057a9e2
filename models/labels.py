"""What the firm calls the three labels, and what a push or a letter may say under each (product section 3).

Their order and their words in the protocol and in agreements are `communities.LABELS`, and never change.
"""

from typing import Final

import msgspec

FACT: Final = "labels"
"""The fact of the installation that holds the choice, as JSON."""

CONTENT, PLACE, NOTHING = "content", "place", "nothing"
"""Who wrote what; in which community something happened, of a private one not even that; that something happened."""

SAYS: Final = (CONTENT, PLACE, NOTHING)
"""From the most to the least."""


class Label(msgspec.Struct, frozen=True):
    """One level."""

    names: dict[str, str]
    """By language."""
    says: str
    """One of `SAYS`."""

    def name(self, language: str) -> str:
        """As the firm calls it in this language."""
        return self.names.get(language) or next(iter(self.names.values()))


class Labels(msgspec.Struct, frozen=True):
    """The three, from the lowest up; the default is what the product says."""

    levels: tuple[Label, Label, Label] = (
        Label({"en": "Internal", "fr": "Interne"}, CONTENT),
        Label({"en": "Restricted", "fr": "Restreint"}, PLACE),
        Label({"en": "Confidential", "fr": "Confidentiel"}, PLACE),
    )

    def names(self, language: str) -> list[str]:
        """In their order."""
        return [level.name(language) for level in self.levels]

    def says(self, level: int) -> str:
        """What may be said of something with this label."""
        return self.levels[level].says


DEFAULT: Final = Labels()
