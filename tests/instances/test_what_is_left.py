"""What an erasure or a suspension leaves of somebody in the database, table by table (T179, T239, product J11, J12).

The columns that name a person come from the tables themselves, so that a new one is asked about by itself: it is
filled, and what is left in it afterwards must be named here.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import Column, Table, func, insert, select
from sqlalchemy.types import TypeEngine

from models.base import Sealed, UtcDateTime
from models.engine import WriteTx
from models.tables import metadata
from models.writes.audit import OPERATOR
from server.actions import accounts, erasing
from tests.instances.conftest import ON_SQLITE
from tests.support import files
from tests.support.api import Api
from tests.support.instances import Instance

pytestmark = ON_SQLITE

NAME: Final = "zebulon"
PEOPLE: Final = {"actors.id", "accounts.actor_id"}

MARKS: Final = {"likes.actor_id", "poll_votes.actor_id"}
BY_NUMBER: Final = MARKS | {
    # What they wrote, and what it was signed with; that they are gone.
    "posts.author_id", "activities.actor_id", "actor_keys.actor_id", "departures.actor_id",
    # Acts of an office, whose entries in the trail stay, too.
    "agreement_drafts.approved_by_id", "agreement_drafts.made_by_id", "appeals.decided_by_id", "bans.by_id",
    "data_requests.by_id", "data_requests.decided_by_id", "proposals.by_id", "proposals.decided_by_id",
    "removals.by_id", "reports.resolved_by_id", "trials.asked_by_id", "visible_entries.person_id",
    # What was asked about them, by them, or by law.
    "data_requests.person_id", "reports.reporter_id", "reports.target_id", "case_people.person_id",
    # Others follow them, or want to see nothing of them.
    "follows.target_id", "former_follows.target_id", "mutes.target_id", "personal_blocks.target_id",
}  # fmt: skip
"""Columns that hold the number of an erased person, which nothing leads from to who they were."""

BY_NAME: Final = {
    "actors.uri", "actors.inbox_url", "actors.outbox_url", "actors.followers_url", "actor_keys.key_uri",
    "activities.payload", "audit_entries.object",
}  # fmt: skip
"""Where their name is part of an id, of what was signed and sent, or of the trail: the certificate says so."""

NOTED_BY_OTHERS: Final = {"account_notes.target_id", "endorsements.target_id", "let_through.sender_id"}
FOR_THEIR_RETURN: Final = {
    # How they sign in, and what they had set.
    "accounts.actor_id", "code_generators.actor_id", "directory_entries.actor_id", "identities.actor_id",
    "passkeys.actor_id", "recovery_codes.actor_id", "actor_key_successions.actor_id", "notification_policies.actor_id",
    "rests.actor_id", "markers.actor_id", "filters.actor_id", "own_lists.actor_id", "own_list_members.account_id",
    "domain_blocks.actor_id", "personal_blocks.actor_id", "mutes.actor_id", "muted_threads.actor_id",
    "let_through.actor_id", "account_notes.actor_id", "endorsements.actor_id", "featured_tags.actor_id",
    "followed_tags.actor_id", "bookmarks.actor_id", "profile_pins.actor_id", "conversations.actor_id",
    "uploads.owner_id", "notifications.recipient_id", "notifications.actor_id", "help_requests.actor_id",
    # Whom they followed; why they may not be in a community.
    "former_follows.follower_id", "withdrawals.actor_id", "appeals.person_id", "moderation_log.by_id",
    "moderation_log.person_id",
    # Ended, and good for nothing; that letters and pushes went out.
    "oauth_tokens.actor_id", "push_subscriptions.actor_id", "push_days.actor_id", "mails.actor_id",
}  # fmt: skip

_numbers = count(1000)


def named() -> Iterator[tuple[Table, Column[Any]]]:
    """Every column that says who somebody is. What names a community is none."""
    for table in metadata.sorted_tables:
        for column in table.columns:
            targets = {key.target_fullname for key in column.foreign_keys}
            if targets & PEOPLE and column.name != "community_id" and table.name != "communities":
                yield table, column


async def fill(firm: Instance, person_id: int, other_id: int) -> None:
    """A row for every column that can name the person, where there is none yet."""
    async with firm.db.write() as tx:
        for table, column in named():
            if not await tx.scalar(select(func.count()).select_from(table).where(column == person_id)):
                await add(tx, table, {column.name: person_id}, other_id)


async def add(tx: WriteTx, table: Table, given: Mapping[str, int], other_id: int) -> None:
    """A row with these values, of another person where it names one more, and whatever else it must have."""
    values: dict[str, object] = dict(given)
    for column in table.columns:
        if column.name in values or column.nullable or column.default is not None or column.server_default is not None:
            continue
        if column.foreign_keys:
            (key,) = column.foreign_keys
            names_somebody = key.target_fullname in PEOPLE and column.name != "community_id"
            values[column.name] = other_id if names_somebody else await one_of(tx, key.column, other_id, column.unique)
        elif column is not table.autoincrement_column:
            values[column.name] = something(column.type)
    await tx.execute(insert(table), values)


async def one_of(tx: WriteTx, column: Column[Any], other_id: int, is_new: bool | None) -> object:
    """A value that there is, or one that no row names yet; the row is made where there is none."""
    if column.table.name == "actors":
        column = metadata.tables["communities"].c.actor_id
    newest = select(column).order_by(column.desc()).limit(1)
    if is_new or await tx.scalar(newest) is None:
        await add(tx, column.table, {}, other_id)
    return await tx.scalar(newest)


def something(kind: TypeEngine[Any]) -> object:
    """A value of this type that no other row has."""
    number = next(_numbers)
    if isinstance(kind, UtcDateTime):
        return datetime(2026, 1, 31, tzinfo=UTC)
    if isinstance(kind, Sealed):
        return b"x"
    made: dict[type, object] = {
        bool: False, bytes: b"x", date: date(2026, 1, 31), dict: {}, list: [], int: number, float: 0.0
    }  # fmt: skip
    return made.get(kind.python_type, f"x{number}"[-(getattr(kind, "length", None) or 20) :])


async def left(firm: Instance, person_id: int) -> set[str]:
    """Columns that still name the person."""
    found = set()
    async with firm.db.read() as tx:
        for table, column in named():
            if await tx.scalar(select(func.count()).select_from(table).where(column == person_id)):
                found.add(f"{table.name}.{column.name}")
    return found


async def spelt_out(firm: Instance) -> set[str]:
    """Columns in which the person's name still stands."""
    found = set()
    async with firm.db.read() as tx:
        for table in metadata.sorted_tables:
            for row in (await tx.select(select(table))).mappings():
                found |= {f"{table.name}.{name}" for name, value in row.items() if NAME in str(value).lower()}
    return found


@pytest.fixture
async def firm(alpha: Instance) -> AsyncIterator[Instance]:
    """alpha, where zebulon is named wherever somebody can be, and has a file that nobody was ever shown."""
    async with alpha.running("web"):
        alice, person = await alpha.person("alice"), await alpha.person(NAME)
        await alpha.community("sites", host=alice)
        await person.join("@sites@alpha.test")
        await person.say("@sites@alpha.test What I know of it")
        await person.upload(files.picture(), "draft.png")
        await fill(alpha, await id_of(person), await id_of(alice))
        yield alpha


async def id_of(person: Api) -> int:
    return int((await person.get("/api/v1/accounts/verify_credentials"))["id"])


async def number_of(firm: Instance) -> int:
    async with firm.db.read() as tx:
        return (await accounts.find(tx, NAME)).actor_id


async def erase(firm: Instance, *, with_content: bool) -> None:
    runtime = firm.services.runtime
    await erasing.erase(firm.db, runtime, NAME, with_content=with_content, language="en", by=OPERATOR)


@pytest.mark.parametrize("with_content", [False, True], ids=["identity", "content"])
async def test_whatever_names_an_erased_person_is_named_here(firm: Instance, with_content: bool) -> None:
    """T179: by a number that says nothing, and by the id that never changes."""
    person_id = await number_of(firm)

    await erase(firm, with_content=with_content)

    assert await left(firm, person_id) == (BY_NUMBER - MARKS if with_content else BY_NUMBER)
    assert await spelt_out(firm) == BY_NAME


async def test_whatever_a_suspended_person_keeps_for_their_return_is_named_here(firm: Instance) -> None:
    """T239: a new table is either ended by a suspension, or stands here."""
    person_id = await number_of(firm)

    async with firm.db.write() as tx:
        await accounts.suspend(tx, firm.services.runtime, NAME, by=OPERATOR)

    assert await left(firm, person_id) == BY_NUMBER | NOTED_BY_OTHERS | FOR_THEIR_RETURN


@pytest.mark.parametrize("with_content", [False, True], ids=["identity", "content"])
async def test_no_file_of_an_erased_person_is_left_that_nobody_was_shown(firm: Instance, with_content: bool) -> None:
    assert list(kept_files(firm))

    await erase(firm, with_content=with_content)
    while await firm.uploads.sweep():
        pass

    assert list(kept_files(firm)) == []


def kept_files(firm: Instance) -> Iterator[Path]:
    return (path for path in (firm.folder / "media").rglob("*") if path.is_file())
