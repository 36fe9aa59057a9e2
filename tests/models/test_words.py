"""What of a post is searched: folding of words, marks, and the plan by which either database finds them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from models.details import Details, File
from models.engine import Database
from models.words import MAX_WORD, Told, mark, searched_text, words

CASES = {
    "Équipes de NUIT": ["equipe", "de", "nuit"],
    "l'été, d’œuvre": ["l", "ete", "d", "œuvre"],
    "process bus chevaux jeux": ["process", "bus", "chevau", "jeux"],
    "straße ﬁn": ["strasse", "fin"],
    "a_b-c.d@e": ["a", "b", "c", "d", "e"],
    "zqa12 zqzqh": ["a12", "h"],
    "漢字 पढ़": ["漢字", "पढ"],
    "": [],
    "!?😀": [],
}


@pytest.mark.parametrize("typed", CASES)
def test_words_are_folded(typed: str) -> None:
    assert words(typed) == CASES[typed]


@given(st.text(max_size=200))
def test_folding_again_changes_no_word_into_a_mark(typed: str) -> None:
    found = words(typed)

    assert all(one and len(one) <= MAX_WORD and not one.startswith("zq") and " " not in one for one in found)


def test_markup_parts_words_only_where_it_parts_lines() -> None:
    told = Told(
        title="Title",
        spoiler="",
        content_html='<p>un<b>bel</b>ievable<br>line</p><p>next &amp; <a href="https://x.test/hidden">link</a></p>',
        details=Details(files=(File(kind="image", url="u", description="A turbine"),)),
        tags=["rota"],
        author_id=1,
        community_id=2,
        mentioned=[3],
        language="fr-FR",
        is_reply=True,
        has_poll=False,
    )

    found = searched_text(told).split()

    assert found[:8] == ["title", "unbelievable", "line", "next", "link", "a", "turbine", "rota"]
    expected = [("a", 1), ("c", 2), ("m", 3), ("t", "rota"), ("l", "fr"), ("h", "reply"), ("h", "media")]
    assert set(found[8:]) == {mark(*one) for one in [*expected, ("h", "tags"), ("h", "image")]}


async def test_words_are_found_by_an_index(database: Database) -> None:
    async with database.write() as tx:
        if tx.dialect == "sqlite":
            question = "EXPLAIN QUERY PLAN SELECT rowid FROM post_search WHERE post_search MATCH 'night' AND rowid > 5"
            index = "post_search VIRTUAL TABLE INDEX"
        else:
            # A table with nothing in it is read whole, unless that is forbidden.
            await tx.execute(text("SET LOCAL enable_seqscan = off"))
            question = "EXPLAIN SELECT id FROM posts WHERE words @@ to_tsquery('simple', 'night')"
            index = "ix_posts_words"
        plan = "\n".join(str(row) for row in await tx.execute(text(question)))

    assert index in plan
