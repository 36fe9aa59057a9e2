"""By which indexes the databases find what must not grow with a queue."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import ClauseElement, text
from sqlalchemy.dialects import postgresql, sqlite

from models.engine import Database, WriteTx
from models.queries import boosts, digests, own_keys, pushes, trials, withdrawals
from models.writes import digests as digest_rows
from models.writes import remote_keys
from models.writes.retractions import DROP_OF_POST


async def plan(tx: WriteTx, statement: object, **values: object) -> str:
    """What the database would do, in its own words."""
    if tx.dialect == "sqlite":
        question = f"EXPLAIN QUERY PLAN {statement}"
    else:
        # A table with nothing in it is read whole, unless that is forbidden.
        await tx.execute(text("SET LOCAL enable_seqscan = off"))
        question = f"EXPLAIN {statement}"
    return "\n".join(str(row) for row in await tx.execute(text(question), values))


async def test_a_deletion_does_not_look_at_all_that_is_owed(database: Database) -> None:
    async with database.write() as tx:
        found = await plan(tx, DROP_OF_POST(), of_post=5)

    assert "ix_deliveries_activity_id" in found
    assert "ix_activities_post_id" in found
    assert "SCAN deliveries" not in found


_DIALECTS: dict[str, Any] = {"sqlite": sqlite.dialect, "postgresql": postgresql.dialect}
_MOMENTS = ("now", "since", "until", "taste_at", "new_since")
_AT = datetime(2026, 2, 3, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("build", "index"),
    [
        (digests.DUE, "ix_accounts_digest_due_at"),
        (digests.UNSCHEDULED, "ix_accounts_digest_unscheduled"),
        (digests.open_questions, "ix_posts_open_questions"),
        (digests.accepted_answers, "ix_posts_accepted_at"),
        (digests.own_questions, "ix_posts_own_open_questions"),
        (digest_rows.HELD_BACK, "ix_notifications_held_back"),
        (pushes.OWED, "ix_notifications_owes_push"),
        (trials.DUE, "ix_trials_waiting"),
        (trials.ENDING, "ix_trials_ends_at"),
        (boosts.UNSETTLED, "ix_posts_boosts_to_settle"),
    ],
)
async def test_digests_pushes_trials_and_boosts_are_found_by_indexes_of_what_is_due(
    database: Database, build: Callable[[], ClauseElement], index: str
) -> None:
    """None of them grows with all accounts, posts, notifications or trials there are."""
    async with database.write() as tx:
        dialect, statement = _DIALECTS[tx.dialect](), build()
        names = statement.compile(dialect=dialect).params
        given = {name: _AT if name in _MOMENTS else 5 for name, value in names.items() if value is None}
        filled = statement.params(given).compile(dialect=dialect, compile_kwargs={"literal_binds": True})
        found = await plan(tx, filled)

    assert index in found


@pytest.mark.parametrize(
    ("build", "given", "index"),
    [
        (own_keys.IS_OWED, {"news": 5, "of_host": "beta.test"}, "ix_deliveries_activity_id"),
        (
            remote_keys.ANNOUNCEMENTS,
            {"in_lane": 5, "of_actor": "https://beta.test/users/bob"},
            "ix_inbox_activities_pending",
        ),
    ],
)
async def test_the_news_of_a_key_is_found_by_what_is_owed_and_what_waits(
    database: Database, build: Callable[[], Any], given: dict[str, object], index: str
) -> None:
    async with database.write() as tx:
        filled = build().params(given).compile(dialect=_DIALECTS[tx.dialect](), compile_kwargs={"literal_binds": True})
        found = await plan(tx, filled)

    assert index in found


@pytest.mark.parametrize(
    ("build", "by", "grows"),
    [
        (withdrawals.IS_WITHDRAWN, "withdrawals", "withdrawals"),
        (withdrawals.WITHDRAWN_AT_PEER, "ix_actors_peer_id", "withdrawals"),
        (withdrawals.WRITTEN_AT_PEER, "author_id", "posts"),
        (withdrawals.NEXT_POSTS, "author_id", "posts"),
    ],
)
async def test_who_was_withdrawn_and_what_they_wrote_is_found_by_indexes(
    database: Database, build: Callable[[], Any], by: str, grows: str
) -> None:
    """Not by all withdrawals, nor by all posts, there are: each wish to join asks for the first."""
    async with database.write() as tx:
        given = {name: 5 for name, value in build().compile().params.items() if value is None}
        dialect = _DIALECTS[tx.dialect]()
        filled = build().params(given).compile(dialect=dialect, compile_kwargs={"literal_binds": True})
        found = await plan(tx, filled)

    assert by in found
    assert f"SCAN {grows}" not in found
    assert f"Seq Scan on {grows}" not in found
