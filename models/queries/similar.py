"""Questions like one that is being asked, whose answer was accepted (product J5).

The index names what shares two telling words with it, in this community and then elsewhere; the gate decides; those
that share the most come first. What is typed is kept nowhere.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import combinations
from typing import Final

from sqlalchemy import bindparam, select

from models.conditions import marked
from models.engine import Columns, ReadTx
from models.gate import Person, ViewerKind, viewer_values, visible_to_kind
from models.posts import Post
from models.queries import search
from models.queries.communities import ThreadRow, threads_of_ids
from models.queries.tastes import taste_values, wanted_by_kind
from models.statements import lasting_forms
from models.words import COMMUNITY, mark, plain, words

MOST: Final = 5
_COMPARED: Final = 40
"""Answered questions, the newest that the index names, of which the closest are shown."""
_TELLING: Final = 8
"""Words that are looked for: twenty-eight pairs at most."""
_SHORTEST: Final = 3

_SAY_LITTLE: Final = frozenset(
    words(
        """
        about all and any anyone anybody are been best between but can could did does doing done every for from get gets
        give good had has have help her here his how into its just know like make many more most much must need not now
        one our out over please should some someone somebody still such than that the their them then there these they
        thing this those too use used using very want was way well were what when where which while who whom whose why
        will with without work would you your
        alors apres aucun aussi autre autres aux avant avec avez avoir avons beaucoup bien bonjour ceci cela celle
        celles celui ces cet cette ceux chez comme comment dans depuis des deux doit donc dont elle elles encore entre
        est etes etre eux fait faire faut ici ils les leur leurs lors mais meme merci mes moi moins mon nos notre nous
        ont par parce pas peut peuvent plus pour pourquoi pouvez pouvoir quand que quel quelle quelles quels qui
        quoi sans sera ses soit sommes son sont sous sur tes toi ton tous tout toute toutes tres une vers vos votre vous
        """
    )
)
"""In English and French; nearly every question has some of them."""


def telling(text: str) -> list[str]:
    """The words by which a question is found: folded, each once, the longest where there are many."""
    found = [one for one in dict.fromkeys(words(text)) if len(one) >= _SHORTEST and one not in _SAY_LITTLE]
    chosen = sorted(found, key=len, reverse=True)[:_TELLING]
    return [one for one in found if one in chosen]


async def answered(tx: ReadTx, text: str, viewer: Person, community_id: int, at: datetime) -> list[ThreadRow]:
    """At most `MOST`, those of this community before others. At most four statements; none without telling words."""
    wanted = telling(text)
    if not wanted:
        return []
    chosen = await _closest(tx, wanted, [mark(COMMUNITY, community_id)], viewer, at)
    if len(chosen) < MOST:
        known = await search.places(tx, viewer)
        elsewhere = await _closest(tx, wanted, known.marks or (), viewer, at)
        chosen += [one for one in elsewhere if one not in chosen]
    return await threads_of_ids(tx, chosen[:MOST], viewer) if chosen else []


async def _closest(
    tx: ReadTx, wanted: Sequence[str], narrowed: Sequence[str], viewer: Person, at: datetime
) -> list[int]:
    values = {
        "sought": _question(tx.dialect, wanted, narrowed),
        "above": 0,
        "below": 2**63 - 1,
        **viewer_values(viewer),
        **taste_values(viewer, at),
    }
    rows = await tx.select(_statement(tx.dialect, viewer.kind), values)
    shared = [(len(set(wanted) & set(words(f"{title or ''} {plain(html)}"))), number) for number, title, html in rows]
    return [number for _, number in sorted(shared, reverse=True)]


def _question(dialect: str, wanted: Sequence[str], narrowed: Iterable[str]) -> str:
    """Two of the words, whichever (or the only one there is), in any of these places, if some are named."""
    both, either = (" AND ", " OR ") if dialect == "sqlite" else (" & ", " | ")
    quote = '"' if dialect == "sqlite" else ""
    groups = [wanted] if len(wanted) == 1 else combinations(wanted, 2)
    pairs = either.join("(" + both.join(f"{quote}{one}{quote}" for one in group) + ")" for group in groups)
    places = either.join(f"{quote}{one}{quote}" for one in narrowed)
    return f"({pairs}){both}({places})" if places else pairs


@lasting_forms
def _statement(dialect: str, kind: ViewerKind) -> Columns:
    named = search.named_posts(dialect, bindparam("sought"))
    return (
        select(Post.id, Post.title, Post.content_html)
        .select_from(named)
        .join(Post, Post.id == named.c.id)
        .where(marked(Post.is_question), Post.answer_id.is_not(None), Post.community_id.is_not(None))
        .where(visible_to_kind(kind), *wanted_by_kind(kind, Post.author_id))
        .order_by(Post.id.desc())
        .limit(_COMPARED)
    )
