"""Custom emojis: which of those that a peer lists are kept."""

import re

from federation.vocab import types
from models.details import Emoji

_SHORTCODE = re.compile(r"[A-Za-z0-9_]{1,100}")


def used_emojis(emojis: tuple[types.Emoji, ...], text: str) -> tuple[Emoji, ...]:
    """Those whose shortcode apps can read and which stand in the text, each once."""
    found: dict[str, Emoji] = {}
    for emoji in emojis:
        if _SHORTCODE.fullmatch(emoji.shortcode) and f":{emoji.shortcode}:" in text:
            found.setdefault(emoji.shortcode, Emoji(emoji.shortcode, emoji.url))
    return tuple(found.values())
