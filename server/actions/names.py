"""Names of local people and communities: one name space, ASCII, lower case, never given twice (threats T173, T174)."""

import re

from models.engine import ReadTx
from models.queries import leaving, roster
from server.actions.refusals import Refused
from server.http.languages import to_translate

_NAME = re.compile(r"[a-z0-9_]{1,30}")

RESERVED = frozenset(
    {
        "actor",
        "all",
        "anonymous",
        "api",
        "deleted",
        "everyone",
        "here",
        "hostmaster",
        "inbox",
        "instance",
        "mailer_daemon",
        "me",
        "nobody",
        "none",
        "noreply",
        "no_reply",
        "null",
        "oauth",
        "operator",
        "outbox",
        "postmaster",
        "root",
        "server",
        "system",
        "undefined",
        "unknown",
        "webmaster",
    }
)
"""Names that would be taken for the server itself, for nobody, or for everybody."""


def folded(text: str) -> str:
    """The one form in which a local name is stored and looked up. Raises `Refused` for what cannot be a name."""
    name = text.lower() if text.isascii() else text
    if not _NAME.fullmatch(name):
        raise Refused(
            to_translate("“%(text)s” cannot be a name: use 1 to 30 of the letters a to z, digits and _."), text=text
        )
    return name


async def is_free(tx: ReadTx, name: str) -> bool:
    """Nobody here has the folded name or had it, and it may be given."""
    return name not in RESERVED and not await roster.is_name_used(tx, name) and not await leaving.is_retired(tx, name)


async def require_free(tx: ReadTx, name: str) -> None:
    """The folded name may be given now. Raises `Refused`.

    Call it after `audit.append`, which makes those who give names queue up.
    """
    if name in RESERVED:
        raise Refused(to_translate("%(name)s is reserved. Choose another name."), name=name)
    if not await is_free(tx, name):
        raise Refused(
            to_translate("%(name)s is or was the name of a person or a community here, and no name is given twice."),
            name=name,
        )
