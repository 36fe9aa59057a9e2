"""Documents of other programs: ours in `tests/vectors`."""

import json
from pathlib import Path

from federation.vocab.types import Document

REPOSITORY = Path(__file__).parents[3]
VECTORS = REPOSITORY / "tests" / "vectors"


def vector(name: str) -> Document:
    """One of our documents, as `lemmy/group`."""
    document: Document = json.loads((VECTORS / f"{name}.json").read_bytes())
    return document


def indexed() -> list[str]:
    """The documents that `tests/vectors/index.md` tells about."""
    lines = (VECTORS / "index.md").read_text().splitlines()
    return [line.split("|")[1].strip() for line in lines if line.startswith("| ") and ".json" in line]
