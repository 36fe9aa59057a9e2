"""The vault's key: one file outside the database, made once, never replaced (threats T184, T223).

Who loses it loses every private key and with them what partners know this server by. So a key is made only for a
database that has none yet, and a start with another key than the database was filled with is refused.
"""

import hashlib
import os
from pathlib import Path

from models.vault import KEY_BYTES, Vault
from server.actions.refusals import Refused
from server.http.languages import to_translate

FINGERPRINT = "vault_fingerprint"
"""Name of the fact in `server_state`."""


class KeyRefused(Refused):
    """The key is missing, unusable or not this database's; the message is one line for the operator."""


def path(data_folder: Path) -> Path:
    """Where the key is kept."""
    return data_folder / "secrets" / "vault.key"


def fingerprint(vault: Vault) -> str:
    """Says which key it is without giving it away."""
    return hashlib.sha256(vault.derive("fingerprint")).hexdigest()


def create(data_folder: Path) -> Vault:
    """Make the key of a fresh database; one that is there already is used, since a first start may be interrupted."""
    file = path(data_folder)
    if file.exists():
        return load(data_folder)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.parent.chmod(0o700)
    replace_file(file, os.urandom(KEY_BYTES))
    return load(data_folder)


def replace_file(file: Path, content: bytes) -> None:
    """Put this into a file that its owner alone can read: all of it, or what was there before."""
    # Written whole under another name first: who is killed over it leaves no half file behind.
    draft = file.with_suffix(f".{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(content)
        opened.flush()
        os.fsync(opened.fileno())
    draft.replace(file)
    _sync_folder(file.parent)


def load(data_folder: Path) -> Vault:
    """The key of a database that has one. Raises `KeyRefused`."""
    file = path(data_folder)
    try:
        mode = file.stat().st_mode
        key = file.read_bytes()
    except FileNotFoundError as error:
        raise KeyRefused(
            to_translate(
                "%(file)s is missing: without it the private keys in the database cannot be used. "
                "Restore the file from the backup that belongs to this database; a new key is never made for an old one"
            ),
            file=file,
        ) from error
    except OSError as error:
        raise KeyRefused(to_translate("%(file)s cannot be read: %(error)s"), file=file, error=error.strerror) from error
    if mode & 0o077:
        raise KeyRefused(to_translate("%(file)s can be read by others: chmod 600 %(file)s"), file=file)
    if len(key) != KEY_BYTES:
        raise KeyRefused(
            to_translate("%(file)s is not a key: it has %(bytes)s bytes instead of %(needed)s"),
            file=file,
            bytes=len(key),
            needed=KEY_BYTES,
        )
    return Vault(key)


def check(vault: Vault, recorded: str | None, data_folder: Path) -> None:
    """Refuse a key that is not the one whose fingerprint the database has. Raises `KeyRefused`."""
    if recorded != fingerprint(vault):
        raise KeyRefused(
            to_translate(
                "%(file)s is not the key with which this database was filled: "
                "restore the file and the database from the same backup"
            ),
            file=path(data_folder),
        )


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
