"""What stops a command before it does anything: settings, schema, secrets, usage. And migrating."""

import sqlite3
from pathlib import Path

import pytest

from models import schema
from tests.support.commands import Firm


def test_migrate_says_from_where_to_where(new_firm: Firm) -> None:
    assert new_firm.ask("migrate") == {"from": None, "to": schema.head()}
    assert new_firm.ask("migrate") == {"from": schema.head(), "to": schema.head()}


def test_a_database_that_is_not_migrated_is_refused_with_the_command_to_run(new_firm: Firm) -> None:
    assert "entrepairs migrate" in new_firm.refusal("user", "list")
    doctor = new_firm.run("doctor", "--json")
    assert doctor.status == 1
    assert any("entrepairs migrate" in check["hint"] for check in doctor.document if not check["ok"])


def test_another_domain_or_base_url_than_the_first_is_refused(firm: Firm) -> None:
    """T230."""
    assert "ENTREPAIRS_DOMAIN is beta.test" in firm.refusal("user", "list", DOMAIN="beta.test")
    assert "ENTREPAIRS_DOMAIN is beta.test" in firm.refusal("migrate", DOMAIN="beta.test")
    assert "ENTREPAIRS_BASE_URL is https://alpha.test" in firm.refusal("user", "list", BASE_URL="https://alpha.test")
    assert firm.ask("user", "list") == []


def test_lost_keys_are_noticed_and_never_replaced(firm: Firm) -> None:
    """T223."""
    key = firm.folder / "data" / "secrets" / "vault.key"
    kept = key.read_bytes()
    key.unlink()

    assert "vault.key is missing" in firm.refusal("user", "list")
    assert "vault.key is missing" in firm.refusal("migrate")
    assert not key.exists()
    key.write_bytes(kept)
    key.chmod(0o600)
    assert firm.ask("user", "list") == []


def test_the_key_of_another_database_is_refused(firm: Firm) -> None:
    """T184."""
    key = firm.folder / "data" / "secrets" / "vault.key"
    key.write_bytes(bytes(32))

    assert "is not the key with which this database was filled" in firm.refusal("user", "list")
    assert "is not the key with which this database was filled" in firm.refusal("migrate")


def test_nobody_else_on_the_machine_reads_the_database(tmp_path: Path) -> None:
    """T229: also where the folder was there before and is open, as `adduser` makes it."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o755)

    Firm(tmp_path).ask("migrate")

    assert (folder / "entrepairs.db").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_key_that_others_can_read_is_refused(sqlite_firm: Firm, mode: int) -> None:
    """T229."""
    key = sqlite_firm.folder / "data" / "secrets" / "vault.key"
    assert (key.stat().st_mode & 0o777, key.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    key.chmod(mode)

    assert "chmod 600" in sqlite_firm.refusal("user", "list")


def test_a_database_of_a_newer_version_is_refused(sqlite_firm: Firm) -> None:
    """T225."""
    with sqlite3.connect(sqlite_firm.folder / "data" / "entrepairs.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()

    assert "newer version" in sqlite_firm.refusal("user", "list")
    assert "newer version" in sqlite_firm.refusal("migrate")


def test_an_interrupted_first_migrate_is_taken_up_again(sqlite_firm: Firm) -> None:
    """T224: killed after the schema was made and before the facts were recorded."""
    with sqlite3.connect(sqlite_firm.folder / "data" / "entrepairs.db") as connection:
        connection.execute("DELETE FROM server_state")
    connection.close()
    assert "run it again" in sqlite_firm.refusal("user", "list")

    sqlite_firm.ask("migrate")

    assert sqlite_firm.ask("user", "list") == []


def test_a_wrong_setting_is_refused_by_every_command(sqlite_firm: Firm) -> None:
    assert "ENTREPAIRS_LANGUAGE" in sqlite_firm.refusal("user", "list", LANGUAGE="de")
    assert "ENTREPAIRS_LANGAUGE" in sqlite_firm.refusal("migrate", LANGAUGE="fr")


def test_wrong_usage_ends_with_two(sqlite_firm: Firm) -> None:
    assert sqlite_firm.run("dance").status == 2
    assert sqlite_firm.run("user", "create", "alice").status == 2
    assert (
        sqlite_firm.run("community", "create", "x", "--title", "T", "--host", "a", "--visibility", "secret").status == 2
    )


def test_settings_come_from_a_file_named_before_or_after_the_command(sqlite_firm: Firm) -> None:
    wrong = sqlite_firm.folder / "wrong.toml"
    wrong.write_text('language = "de"')

    assert f"language in {wrong}" in sqlite_firm.refusal("--config", str(wrong), "user", "list")
    assert f"language in {wrong}" in sqlite_firm.refusal("user", "list", "--config", str(wrong))


def test_without_json_people_read_lines(sqlite_firm: Firm) -> None:
    sqlite_firm.user("alice")

    listed = sqlite_firm.run("user", "list").output.splitlines()

    assert listed[0].split() == ["id", "username", "acct", "role", "state"]
    assert listed[1].split()[1:] == ["alice", "alice@alpha.test", "member", "active"]


def test_a_password_is_read_from_standard_input(sqlite_firm: Firm) -> None:
    create = ("user", "create", "alice", "--email", "a@firm.test", "--password-stdin")
    assert "8 to" in sqlite_firm.run(*create, given="short\n").errors
    assert sqlite_firm.ask("user", "list") == []

    sqlite_firm.ask(*create, given="correct horse\n")

    with sqlite3.connect(sqlite_firm.folder / "data" / "entrepairs.db") as connection:
        (stored,) = connection.execute("SELECT password_hash FROM accounts").fetchone()
    connection.close()
    assert stored.startswith("$argon2id$")


def test_a_database_that_is_away_is_one_line(sqlite_firm: Firm) -> None:
    """T185: and the line has no password."""
    reason = sqlite_firm.refusal("user", "list", DATABASE_URL="postgresql+asyncpg://firm:hunter2@127.0.0.1:9/db")

    assert reason.startswith("Error: ")
    assert "does not answer" in reason
    assert "ENTREPAIRS_DATABASE_URL" in reason
    assert "hunter2" not in reason
    assert len(reason.splitlines()) == 1
    assert sqlite_firm.refusal("migrate", DATABASE_URL="postgresql+asyncpg://f:hunter2@127.0.0.1:9/db") == reason
