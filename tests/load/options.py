"""How a run is made: on which database, how long, with a profile or without."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["sqlite", "postgresql"]


@dataclass(frozen=True)
class Options:
    """Of the command line."""

    database: Kind = "sqlite"
    is_quick: bool = False
    profiles: Path | None = None
    """Where to write what py-spy saw while a kind of work was measured; None: not watched."""

    def count(self, quick: int, full: int) -> int:
        """How often something is done."""
        return quick if self.is_quick else full
