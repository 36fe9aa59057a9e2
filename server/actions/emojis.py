"""Custom emojis of this firm: offered and taken back by those who run the server, each with its entry in the trail."""

import re
from datetime import datetime
from typing import Final, Protocol

from federation.runtime import Clock
from models.engine import WriteTx
from models.queries import media
from models.queries.media import MOST_EMOJIS, EmojiRow
from models.writes import audit
from models.writes import media as rows
from server.actions.profiles import Picture
from server.actions.refusals import Invalid, NotThere

MOST_CATEGORY_CHARACTERS: Final = 100
_SHORTCODE: Final = re.compile(r"[A-Za-z0-9_]{2,100}")


class Here(Protocol):
    """What it takes to change emojis; a `Runtime` and an `Installation` are both."""

    @property
    def clock(self) -> Clock: ...


def check(shortcode: str, category: str) -> None:
    """Raises `Invalid` for what cannot be written between colons, before any picture is worked on."""
    if not _SHORTCODE.fullmatch(shortcode):
        raise Invalid("Validation failed: Shortcode has two letters, digits or underscores, and no other marks")
    if len(category) > MOST_CATEGORY_CHARACTERS:
        raise Invalid(f"Validation failed: Category is too long (maximum is {MOST_CATEGORY_CHARACTERS} characters)")


async def offer(tx: WriteTx, here: Here, shortcode: str, picture: Picture, category: str, *, by: str) -> EmojiRow:
    """Offer a picture, in the place of one with the same shortcode; what was written with that shows it still.

    Raises `Invalid`.
    """
    at = here.clock.now()
    await audit.append(tx, at=at, actor=by, action="emoji.offer", object=shortcode, details={"url": picture.address})
    check(shortcode, category)
    if await media.emoji(tx, shortcode) is None and await media.emoji_count(tx) >= MOST_EMOJIS:
        raise Invalid(f"Validation failed: There are {MOST_EMOJIS} emojis already")
    await rows.keep(tx, [picture.name])
    row = EmojiRow(shortcode, picture.address, picture.media_type, category or None, is_offered=True, updated_at=at)
    await rows.save_emoji(tx, {name: getattr(row, name) for name in EmojiRow.__struct_fields__})
    return row


async def take_back(tx: WriteTx, here: Here, shortcode: str, *, by: str) -> EmojiRow:
    """No longer offer an emoji; what was written with it shows it still. Raises `NotThere`."""
    at: datetime = here.clock.now()
    await audit.append(tx, at=at, actor=by, action="emoji.take_back", object=shortcode, details={})
    row = await media.emoji(tx, shortcode)
    if row is None or not await rows.take_back_emoji(tx, shortcode, at):
        raise NotThere(f"No emoji that is offered here is called {shortcode}.")
    return row
