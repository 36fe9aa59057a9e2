"""The doctor names what is wrong and what to do, and finds nothing where nothing is."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from sqlalchemy import text, update

from models.audit import AuditEntry
from models.outbox import DeliveryQueue
from server.actions import partners
from server.doctor import Check, examine
from server.installation import opened
from server.settings import Settings, load
from server.upgrading import prepare

NOW = datetime.now(UTC)


def settings_in(folder: Path, **values: str) -> Settings:
    given = {"DOMAIN": "alpha.test", "BASE_URL": "http://alpha.test", "DATA_DIR": str(folder), **values}
    return load({f"ENTREPAIRS_{name}": value for name, value in given.items()})


@pytest.fixture
async def settings(tmp_path: Path, database_url: str) -> Settings:
    """A firm that is set up."""
    settings = settings_in(tmp_path, DATABASE_URL=database_url)
    await prepare(settings)
    return settings


async def found(settings: Settings, what: str, now: datetime = NOW) -> Check:
    return next(check for check in await examine(settings, now) if check.what == what)


async def test_everything_is_in_order_after_the_first_migrate(settings: Settings) -> None:
    checks = await examine(settings, datetime.now(UTC))

    assert {check.what for check in checks if not check.ok} == set()
    assert {"clock", "database", "migrations", "TLS", "media", "mail", "Redis", "peers"} <= {one.what for one in checks}


async def test_a_clock_before_the_newest_entry_is_wrong(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    await prepare(settings)
    async with opened(settings) as here, here.db.write() as tx:
        await partners.allow(tx, here, ["beta.test"], by="operator")
        await tx.execute(update(AuditEntry).values(at=NOW))

    assert (await found(settings, "clock", NOW - timedelta(seconds=10))).ok
    assert not (await found(settings, "clock", NOW - timedelta(seconds=11))).ok


async def test_a_clock_away_from_the_databases_is_wrong(tmp_path: Path, migrated_postgres_url: str) -> None:
    settings = settings_in(tmp_path, DATABASE_URL=migrated_postgres_url)
    await prepare(settings)

    assert (await found(settings, "clock", datetime.now(UTC))).ok
    assert not (await found(settings, "clock", datetime.now(UTC) + timedelta(hours=1))).ok


async def test_a_partner_who_does_not_take_deliveries_is_named(settings: Settings) -> None:
    async with opened(settings) as here, here.db.write() as tx:
        await partners.allow(tx, here, ["beta.test", "gamma.test"], by="operator")
        assert (await partners.find(tx, here, "beta.test")).id == 1
        await tx.execute(update(DeliveryQueue).where(DeliveryQueue.peer_id == 1).values(failing_since=NOW, attempt=3))

    check = await found(settings, "peers")

    assert (check.ok, "beta.test" in check.hint, "gamma.test" in check.hint) == (False, True, False)


async def test_a_lost_key_is_named(settings: Settings) -> None:
    (settings.data_folder / "secrets" / "vault.key").unlink()

    check = await found(settings, "secrets")

    assert (check.ok, "vault.key is missing" in check.hint) == (False, True)


async def test_a_database_that_is_away_is_named_without_its_password(tmp_path: Path) -> None:
    """T185."""
    settings = settings_in(tmp_path, DATABASE_URL="postgresql+asyncpg://firm:hunter2@127.0.0.1:9/db")

    check = await found(settings, "database")

    assert (check.ok, "hunter2" in check.hint) == (False, False)


async def test_an_unmigrated_database_is_named_with_the_command(tmp_path: Path, empty_database_url: str) -> None:
    checks = await examine(settings_in(tmp_path, DATABASE_URL=empty_database_url), NOW)

    assert [("entrepairs migrate" in check.hint) for check in checks if not check.ok] == [True]


async def test_a_database_of_a_newer_version_is_named_with_the_way_back(settings: Settings) -> None:
    async with opened(settings) as here, here.db.write() as tx:
        await tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    check = await found(settings, "migrations")

    assert (check.ok, "newer version" in check.hint, "entrepairs migrate" in check.hint) == (False, True, False)


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[str, str]:
    """A certificate for 20 days and its key."""
    issued = trustme.CA().issue_cert("alpha.test", not_after=NOW + timedelta(days=20))
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    issued.cert_chain_pems[0].write_to_path(cert)
    issued.private_key_pem.write_to_path(key)
    key.chmod(0o600)
    return str(cert), str(key)


async def test_a_certificate_that_soon_expires_is_named(tmp_path: Path, certificate: tuple[str, str]) -> None:
    cert, key = certificate
    settings = settings_in(tmp_path, BASE_URL="https://alpha.test", TLS_CERT=cert, TLS_KEY=key)

    assert (await found(settings, "TLS", NOW + timedelta(days=5))).ok
    assert not (await found(settings, "TLS", NOW + timedelta(days=7))).ok


async def test_a_certificate_with_another_key_is_named(tmp_path: Path, certificate: tuple[str, str]) -> None:
    cert, key = certificate
    settings = settings_in(tmp_path, BASE_URL="https://alpha.test", TLS_CERT=cert, TLS_KEY=key)
    trustme.CA().issue_cert("alpha.test").private_key_pem.write_to_path(key)

    assert not (await found(settings, "TLS")).ok


async def test_https_without_a_certificate_is_expected_of_a_proxy(tmp_path: Path) -> None:
    check = await found(settings_in(tmp_path, BASE_URL="https://alpha.test"), "TLS")

    assert (check.ok, "ENTREPAIRS_TRUSTED_PROXIES" in check.hint) == (True, True)


async def test_a_media_folder_in_the_place_of_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    assert (await found(settings_in(tmp_path, MEDIA_URL=f"file://{tmp_path}/new/media"), "media")).ok
    assert not (await found(settings_in(tmp_path, MEDIA_URL=f"file://{tmp_path}/file/media"), "media")).ok
    assert not (await found(settings_in(tmp_path, MEDIA_URL="s3://bucket/prefix"), "media")).ok


async def test_redis_that_answers_is_found(tmp_path: Path, redis_url: str) -> None:
    assert (await found(settings_in(tmp_path, REDIS_URL=redis_url), "Redis")).ok


async def test_redis_that_is_away_is_named(tmp_path: Path) -> None:
    assert not (await found(settings_in(tmp_path, REDIS_URL="redis://127.0.0.1:9"), "Redis")).ok


@pytest.fixture
async def impostor() -> AsyncIterator[int]:
    """Something that listens and speaks another protocol; its port."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def test_something_else_in_the_place_of_redis_is_named(tmp_path: Path, impostor: int) -> None:
    assert not (await found(settings_in(tmp_path, REDIS_URL=f"redis://127.0.0.1:{impostor}"), "Redis")).ok


async def test_looking_changes_nothing(tmp_path: Path) -> None:
    await examine(settings_in(tmp_path / "data"), NOW)

    assert not (tmp_path / "data").exists()
