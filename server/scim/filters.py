"""Filters (RFC 7644, 3.4.2.2): what a statement can find by itself; the rest the library matches, within a bound.

Nothing of a filter's text reaches a statement but as a bound value (threats T126, T240).
"""

import re
from typing import Any, Final

from models.directory import USER
from models.engine import ReadTx
from models.queries import directory
from models.queries.directory import EntryRow

_BY_NAME: Final = re.compile(r'\s*(userName|displayName|externalId|id)\s+eq\s+"([^"\\\\]{1,400})"\s*', re.IGNORECASE)
"""What identity providers ask before each write."""


async def candidates(tx: ReadTx, kind: str, wanted: Any) -> list[EntryRow]:
    """Resources among which are all that fit."""
    simple = _BY_NAME.fullmatch(str(wanted)) if wanted is not None else None
    if simple is None:
        return await directory.page(tx, kind)
    attribute, value = simple[1].lower(), simple[2]
    if attribute == "externalid":
        return await directory.by_external_id(tx, kind, value)
    if attribute == "id":
        row = (
            await directory.entry(tx, kind, int(value))
            if value.isascii() and value.isdigit() and len(value) < 19
            else None
        )
        return [row] if row else []
    if attribute == ("username" if kind == USER else "displayname"):
        row = await directory.by_name(tx, kind, value.lower())
        return [row] if row else []
    return await directory.page(tx, kind)
