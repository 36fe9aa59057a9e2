"""Copies of a whole firm: made while it is written, put back without bringing back what is gone (T219 to T222)."""

import asyncio
import sqlite3
import tarfile
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from models.engine import Database
from server import gone_journal, one_process
from server.settings import load
from server.system import SystemClock
from tests.support.commands import Firm


@pytest.fixture
def firm_with_people(firm: Firm) -> Firm:
    """A firm with ada, who runs it, and with dave and bob in a community."""
    firm.user("ada", role="admin")
    firm.user("dave")
    firm.user("bob")
    firm.ask("community", "create", "sites", "--title", "Sites", "--host", "ada")
    return firm


def names(firm: Firm) -> list[str]:
    return [row["username"] for row in firm.ask("user", "list")]


def state_of(firm: Firm, name: str) -> str:
    return str(next(row["state"] for row in firm.ask("user", "list") if row["username"] == name))


def test_a_copy_is_put_back_as_it_was(firm_with_people: Firm, tmp_path: Path) -> None:
    """T219: on both databases; readable by nobody else; the trail holds."""
    firm, file = firm_with_people, tmp_path / "copy.tar"
    made = firm.ask("backup", str(file))
    firm.user("late")

    done = firm.ask("restore", str(file))

    assert file.stat().st_mode & 0o077 == 0
    assert made["domain"] == "alpha.test"
    assert done["made_at"] == made["made_at"]
    assert names(firm) == ["ada", "bob", "dave"]
    assert firm.ask("audit", "verify")["ok"]
    assert firm.ask("community", "list")[0]["name"] == "sites"
    assert all(check["ok"] for check in firm.run("doctor", "--json").document if check["what"] != "mail")


def test_who_was_erased_or_has_left_since_does_not_come_back(firm_with_people: Firm, tmp_path: Path) -> None:
    """T221, T220: nor does access that was revoked, nor a name that is taken for ever."""
    firm, file = firm_with_people, tmp_path / "copy.tar"
    firm.ask("backup", str(file))
    firm.ask("user", "suspend", "bob")
    firm.ask("user", "erase", "dave")

    done = firm.ask("restore", str(file))

    assert state_of(firm, "bob") == "suspended"
    assert "dave" not in names(firm)
    assert done["kept_out"]["people"] == 2
    assert "no name is given twice" in firm.refusal("user", "create", "dave", "--email", "x@alpha.test")
    assert firm.ask("user", "resume", "bob")["state"] == "active"


async def keep_journal(firm: Firm) -> Path:
    """The file that a running server keeps, as it is now."""
    settings = load(dict(firm.environment))
    db = Database(settings.database_url, pool_size=1)
    await gone_journal.write(db, settings.data_folder, settings.domain, SystemClock().now())
    await db.close()
    return gone_journal.path(settings.data_folder)


def test_who_was_erased_does_not_come_back_where_the_database_is_lost(sqlite_firm: Firm, tmp_path: Path) -> None:
    """T221: from the file beside the key, if it is not older than the copy; an older one says nothing of it."""
    firm, early, late = sqlite_firm, tmp_path / "early.tar", tmp_path / "late.tar"
    for name in ("ada", "bob", "dave"):
        firm.user(name, role="admin" if name == "ada" else "member")
    database = firm.folder / "data" / "entrepairs.db"
    firm.ask("backup", str(early))
    firm.ask("user", "suspend", "bob")
    firm.ask("user", "erase", "dave")
    journal = asyncio.run(keep_journal(firm))
    firm.ask("backup", str(late))
    database.unlink()

    done = firm.ask("restore", str(early))

    assert journal.stat().st_mode & 0o077 == 0
    assert done["kept_out"]["people"] == 2
    assert not done["all_signed_out"]
    assert (names(firm), state_of(firm, "bob")) == (["ada", "bob"], "suspended")
    assert "no name is given twice" in firm.refusal("user", "create", "dave", "--email", "x@alpha.test")
    database.unlink()
    assert firm.ask("restore", str(late))["all_signed_out"]
    database.unlink()
    journal.write_text("{")
    assert firm.ask("restore", str(early))["all_signed_out"]
    assert "dave" in names(firm)


def test_ids_go_on_after_a_copy_was_put_back(firm_with_people: Firm, tmp_path: Path) -> None:
    """T220: what was made since, and is known to others, never has its id again."""
    firm, file = firm_with_people, tmp_path / "copy.tar"
    firm.ask("backup", str(file))
    lost = firm.user("lost")

    firm.ask("restore", str(file))

    assert int(firm.user("found")["id"]) > int(lost["id"])


async def _call_newer(firm: Firm) -> None:
    """Let the database say that a version to come has migrated it."""
    db = Database(firm.environment["ENTREPAIRS_DATABASE_URL"], pool_size=1)
    async with db.write() as tx:
        await tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await db.close()


def test_a_database_of_a_newer_version_is_put_aside_and_not_written_over(
    firm_with_people: Firm, tmp_path: Path
) -> None:
    """T219: going back to an older version. SQLite's file stays beside; PostgreSQL's has to be renamed."""
    firm, file = firm_with_people, tmp_path / "copy.tar"
    firm.ask("backup", str(file))
    asyncio.run(_call_newer(firm))

    if firm.environment["ENTREPAIRS_DATABASE_URL"].startswith("postgresql"):
        assert "of a newer version (revision 9999)" in firm.refusal("restore", str(file))
    else:
        assert ".before-" in firm.ask("restore", str(file))["previous"]
        assert names(firm) == ["ada", "bob", "dave"]


def test_without_a_present_to_ask_everybody_is_signed_out(sqlite_firm: Firm, tmp_path: Path) -> None:
    """T220, T219: on another machine, with nothing but the file; a copy of another firm is refused (T222)."""
    sqlite_firm.user("ada", role="admin")
    file = tmp_path / "copy.tar"
    sqlite_firm.ask("backup", str(file))
    elsewhere = Firm(tmp_path / "elsewhere")
    elsewhere.folder.mkdir()
    other = Firm(tmp_path / "other", domain="beta.test")
    other.folder.mkdir()

    done = elsewhere.ask("restore", str(file))

    assert done["all_signed_out"]
    assert names(elsewhere) == ["ada"]
    assert "The backup is of alpha.test" in other.refusal("restore", str(file))


def test_what_is_no_whole_backup_changes_nothing(sqlite_firm: Firm, tmp_path: Path) -> None:
    sqlite_firm.user("ada", role="admin")
    file, rubbish, damaged = (tmp_path / name for name in ("copy.tar", "rubbish.tar", "damaged.tar"))
    sqlite_firm.ask("backup", str(file))
    rubbish.write_text("no")
    with tarfile.open(file) as whole, tarfile.open(damaged, "w") as bundle:
        for member in whole.getmembers():
            content: Any = whole.extractfile(member)
            if member.name == "database.sqlite":
                member.size -= 4096
            bundle.addfile(member, content)
    before = names(sqlite_firm)

    assert "no backup" in sqlite_firm.refusal("restore", str(rubbish))
    assert "damaged" in sqlite_firm.refusal("restore", str(damaged))
    assert "cannot be written" in sqlite_firm.refusal("backup", str(tmp_path / "no" / "where.tar"))
    assert names(sqlite_firm) == before
    assert [one.name for one in sqlite_firm.folder.joinpath("data").iterdir() if "restore" in one.name] == []


@pytest.mark.parametrize(
    ("name", "kind", "target"),
    [
        ("../outside", tarfile.REGTYPE, ""),
        ("/tmp/outside-of-it", tarfile.REGTYPE, ""),
        ("media/../../outside", tarfile.REGTYPE, ""),
        ("media/link", tarfile.SYMTYPE, "../../outside"),
        ("media/hard", tarfile.LNKTYPE, "/etc/passwd"),
        ("media/device", tarfile.CHRTYPE, ""),
    ],
)
def test_an_archive_that_reaches_outside_puts_nothing_anywhere(
    sqlite_firm: Firm, tmp_path: Path, name: str, kind: bytes, target: str
) -> None:
    """T182: archives come in by this command alone, and who made one is not known."""
    sqlite_firm.user("ada", role="admin")
    file, hostile = tmp_path / "copy.tar", tmp_path / "hostile.tar"
    sqlite_firm.ask("backup", str(file))
    with tarfile.open(file) as whole, tarfile.open(hostile, "w") as bundle:
        for member in whole.getmembers():
            content: Any = whole.extractfile(member)
            bundle.addfile(member, content)
        bad = tarfile.TarInfo(name)
        bad.type, bad.linkname = kind, target
        bundle.addfile(bad)
    before = names(sqlite_firm)

    assert "no backup" in sqlite_firm.refusal("restore", str(hostile))
    assert names(sqlite_firm) == before
    assert not (tmp_path / "outside").exists()
    assert not (sqlite_firm.folder / "outside").exists()
    assert not Path("/tmp/outside-of-it").exists()


def test_nothing_is_put_back_under_a_server_that_runs(sqlite_firm: Firm, tmp_path: Path) -> None:
    file = tmp_path / "copy.tar"
    sqlite_firm.ask("backup", str(file))

    with one_process.held(sqlite_firm.folder / "data" / "entrepairs.db"):
        assert "nothing was put back" in sqlite_firm.refusal("restore", str(file))


def test_a_copy_is_one_instant_also_while_the_database_is_written(sqlite_firm: Firm, tmp_path: Path) -> None:
    """T219: a transaction under way is not in it, not even by half."""
    sqlite_firm.user("ada", role="admin")
    file = tmp_path / "copy.tar"
    writer = sqlite3.connect(sqlite_firm.folder / "data" / "entrepairs.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("UPDATE accounts SET email = 'half@alpha.test'")

    sqlite_firm.ask("backup", str(file))

    writer.execute("COMMIT")
    writer.close()
    with tarfile.open(file) as bundle:
        bundle.extract("database.sqlite", tmp_path, filter="data")
    with sqlite3.connect(tmp_path / "database.sqlite") as copy:
        assert copy.execute("SELECT email FROM accounts").fetchall() == [("ada@alpha.test",)]
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
