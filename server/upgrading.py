"""Making an installation, or bringing an old one to this version: what `entrepairs migrate` does."""

from models import schema
from models.engine import Database
from models.migrate import Upgrade, upgrade
from models.queries import state
from models.vault import Vault
from models.writes import state as facts
from server import vault_key
from server.actions.local_actors import ensure_server_actor
from server.installation import BASE_URL, DOMAIN, assembled, reachable, require_same_names
from server.settings import Settings


async def prepare(settings: Settings) -> Upgrade:
    """Make a new installation, or bring an old one to this version. Safe to interrupt and to repeat.

    Raises `NotReady`, `vault_key.KeyRefused` and `models.migrate.SchemaError`; then nothing was changed.
    """
    settings.data_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    vault = await _vault_for_upgrade(settings)
    if settings.sqlite_file is not None and settings.sqlite_file.parent.is_dir():
        # Before SQLite makes it, which would let everybody on the machine read it; what it makes beside it is alike.
        settings.sqlite_file.touch(mode=0o600)
    done = await upgrade(settings.database_url)
    db = Database(settings.database_url, pool_size=2)
    try:
        await ensure_server_actor(db, assembled(settings, db, vault))
        # Last, and together: with them the installation counts as made.
        async with db.write() as tx:
            await facts.record(tx, DOMAIN, settings.domain)
            await facts.record(tx, BASE_URL, settings.base_url)
            await facts.record(tx, vault_key.FINGERPRINT, vault_key.fingerprint(vault))
    finally:
        await db.close()
    return done


async def _vault_for_upgrade(settings: Settings) -> Vault:
    """The key of the database; a new one only while the database has recorded none (threats T223)."""
    fingerprint = await _recorded_fingerprint(settings)
    if fingerprint is None:
        return vault_key.create(settings.data_folder)
    vault = vault_key.load(settings.data_folder)
    vault_key.check(vault, fingerprint, settings.data_folder)
    return vault


async def _recorded_fingerprint(settings: Settings) -> str | None:
    if settings.sqlite_file is not None and not settings.sqlite_file.exists():
        return None
    db = Database(settings.database_url, pool_size=1)
    try:
        with reachable():
            async with db.read() as tx:
                if await schema.revision(tx) is None:
                    return None
                fingerprint = await state.text(tx, vault_key.FINGERPRINT)
                if fingerprint is not None:
                    await require_same_names(tx, settings)
                return fingerprint
    finally:
        await db.close()
