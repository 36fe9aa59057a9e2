"""Topics that people and communities declare (product J4): hashtags on their profile, which apps call featured.

One list for pages and apps, since it says the same: what somebody knows about, or what a community is for. Nothing is
inferred from what somebody reads or writes.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from federation.runtime import Maker
from models.engine import WriteTx
from models.gate import Verb
from models.queries import tags
from models.tags import MAX_CHARACTERS, FeaturedTag
from models.writes import tags as rows
from server.actions.refusals import Invalid
from server.actions.seats import Here, Seat, log_act
from server.actions.tags import MAX_FEATURED
from server.http.languages import to_translate

MAX_TYPED: Final = 1_200
"""Characters of a whole list, as typed."""
_BETWEEN: Final = re.compile(r"[\s,;]+")


def parse(text: str) -> list[str]:
    """The topics in a list as people type it: words between blanks or commas, each once. Raises `Invalid`."""
    return checked(one for one in _BETWEEN.split(text[:MAX_TYPED]) if one.strip("#"))


def checked(given: Iterable[str]) -> list[str]:
    """Names as hashtags are stored, each once, in their order. Raises `Invalid`."""
    typed = [one.strip().lstrip("#") for one in given]
    for one in typed:
        if not one.replace("_", "a").isalnum() or len(one.lower()) > MAX_CHARACTERS:
            raise Invalid(to_translate("“%(word)s” is no topic: one word of letters and digits."), word=one[:40])
    names = list(dict.fromkeys(one.lower() for one in typed))
    if len(names) > MAX_FEATURED:
        raise Invalid(to_translate("At most %(most)s topics."), most=MAX_FEATURED)
    return names


async def declare(tx: WriteTx, maker: Maker, actor_id: int, names: list[str], at: datetime) -> None:
    """These are the topics of a person or a community from now on, and no others."""
    await rows.keep_featured(tx, actor_id=actor_id, names=names)
    for name in names:
        await rows.add(tx, FeaturedTag, number=maker.tokens.next_id(at), actor_id=actor_id, name=name)


async def declare_of_community(tx: WriteTx, here: Here, place: Seat, names: list[str]) -> None:
    """The same of a community, by a host; partners are told nothing of it. Raises `NotAllowed`."""
    place.require(Verb.CONFIGURE)
    if sorted(names) != sorted(row.name for row in await tags.featured(tx, place.community.id)):
        await log_act(tx, place, "topics", place.community.uri, topics=names)
        await declare(tx, here, place.community.id, names, place.at)
