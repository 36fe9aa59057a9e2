"""One installation: its database, its vault, and the facts that must stay as they were at the first start.

`server/upgrading.py` makes one; everything else opens it (`opened`) and is refused where the schema, the
domain or the vault's key is not the right one: better no start than one that signs with other keys (T223, T230).
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from federation.runtime import Clock, Config, Prover, Tokens
from models import schema
from models.engine import Database, ReadTx
from models.queries import state
from models.vault import Vault
from server import vault_key
from server.settings import Settings
from server.system import SystemClock, command_tokens

DOMAIN, BASE_URL = "domain", "base_url"
"""Names of facts in `server_state`."""


class NotReady(Exception):
    """The installation cannot be used as it is; the message is one line that says what to do."""


@dataclass(frozen=True, slots=True)
class Installation:
    """What commands work with. Has all that `server.actions.local_actors.Here` asks for."""

    settings: Settings
    db: Database
    config: Config
    clock: Clock
    tokens: Tokens
    vault: Vault
    prover: Prover | None = None
    """Commands prove nothing: partners believe a community's announcement by its signature."""


def config_of(settings: Settings) -> Config:
    """The few facts of the settings that the protocol needs."""
    return Config(settings.domain, settings.base_url, federates=settings.federation != "off")


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Installation]:
    """The installation, checked, for the time of one command. Raises `NotReady` and `vault_key.KeyRefused`."""
    require_database(settings)
    db = Database(settings.database_url, pool_size=2)
    try:
        vault = await checked_vault(settings, db)
        yield assembled(settings, db, vault)
    finally:
        await db.close()


def require_database(settings: Settings) -> None:
    """Refuse to make an empty SQLite file by merely looking. Raises `NotReady`."""
    file = settings.sqlite_file
    if file is not None and not file.exists():
        raise NotReady(f"there is no database yet at {file}: run `entrepairs migrate`")


async def checked_vault(settings: Settings, db: Database) -> Vault:
    """The vault, once schema, domain and key are known to be right. Raises `NotReady` and `vault_key.KeyRefused`."""
    with reachable():
        async with db.read() as tx:
            _require_schema(await schema.revision(tx))
            await require_same_names(tx, settings)
            fingerprint = await state.text(tx, vault_key.FINGERPRINT)
    vault = vault_key.load(settings.data_folder)
    vault_key.check(vault, fingerprint, settings.data_folder)
    return vault


@contextmanager
def reachable() -> Iterator[None]:
    """What is read first shows whether there is a database at all. Raises `NotReady` where nothing answers."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise NotReady(f"the database does not answer ({reason}): check ENTREPAIRS_DATABASE_URL") from error


def _require_schema(found: str | None) -> None:
    if found is None:
        raise NotReady("the database is empty: run `entrepairs migrate`")
    if found not in schema.revisions():
        raise NotReady(f"the database is at revision {found} of a newer version (this one ends at {schema.head()})")
    if found != schema.head():
        raise NotReady(f"the database is at revision {found}, needed is {schema.head()}: run `entrepairs migrate`")


async def require_same_names(tx: ReadTx, settings: Settings) -> None:
    """Refuse another domain or base URL than the one recorded (threats T230). Raises `NotReady`."""
    facts_now = ((DOMAIN, settings.domain), (BASE_URL, settings.base_url))
    for name, now in facts_now:
        recorded = await state.text(tx, name)
        if recorded is None:
            raise NotReady("the first `entrepairs migrate` was interrupted: run it again")
        if recorded != now:
            raise NotReady(
                f"ENTREPAIRS_{name.upper()} is {now}, but this database was made as {recorded}: every address that "
                f"partners know contains it. Set it back, or begin with another database and data folder"
            )


def assembled(settings: Settings, db: Database, vault: Vault) -> Installation:
    """The installation from its parts; the caller has checked them, or is making them."""
    return Installation(settings, db, config_of(settings), SystemClock(), command_tokens(), vault)
