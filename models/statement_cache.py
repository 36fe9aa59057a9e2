"""What SQLAlchemy has compiled, found again by the statement itself.

Its own cache finds a compiled statement by what it consists of, whose hash is computed anew each time: tens of
microseconds for one of ours, longer than SQLite takes for a short one. Most of ours are made once for a module, and
give the very same object to look for every time.
"""

from collections.abc import Iterator, MutableMapping
from typing import Any, Final

from sqlalchemy.util import LRUCache

_MOST: Final = 2000
_MOST_NEW: Final = 64

_Key = tuple[Any, Any, tuple[str, ...], bool, bool]
"""SQLAlchemy's: dialect, structure, names of the columns given, whether schemas are translated, whether many rows."""


class StatementCache(MutableMapping[_Key, Any]):
    """For `execution_options(compiled_cache=...)` of an engine. Forgets what was not used for long."""

    def __init__(self) -> None:
        self._all: LRUCache[_Key, Any] = LRUCache(_MOST)
        self._known: dict[tuple[object, ...], tuple[object, Any]] = {}
        self._new: dict[int, object] = {}
        """Structures met lately. One that is met again while it is here is that of a lasting statement."""

    def get(self, key: _Key, default: Any = None) -> Any:
        """What was compiled for it."""
        _, structure, columns, translates, is_many = key
        by_identity = (id(structure), columns, is_many)
        known = self._known.get(by_identity)
        # Each holds its structure, so that no other can get the same identity.
        if known is not None and known[0] is structure:
            return known[1]
        compiled = self._all.get(key)
        if compiled is None:
            return default
        if not translates:
            self._remember(by_identity, structure, compiled)
        return compiled

    def _remember(self, by_identity: tuple[object, ...], structure: object, compiled: Any) -> None:
        if self._new.get(id(structure)) is not structure:
            if len(self._new) >= _MOST_NEW:
                self._new.clear()
            self._new[id(structure)] = structure
            return
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[by_identity] = (structure, compiled)

    def __getitem__(self, key: _Key) -> Any:
        return self._all[key]

    def __setitem__(self, key: _Key, compiled: Any) -> None:
        self._all[key] = compiled

    def __delitem__(self, key: _Key) -> None:
        del self._all[key]

    def __iter__(self) -> Iterator[_Key]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)
