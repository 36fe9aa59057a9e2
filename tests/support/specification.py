"""The specification and collected payloads, where they are at hand: a folder `shared` beside the repository.

Nothing here requires it.
"""

import json
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).parents[3] / "shared"
FOLDER = SHARED / "spec"
WIRE = SHARED / "wire"
VECTORS = FOLDER / "vectors"

_ABSENT = pytest.mark.skip(reason="specification is not beside the repository")


def specified(name: str, part: str = "cases") -> list[Any]:
    """Parameters of a test: one list of a file of vectors; a single skipped case, None, when the file is not there."""
    path = VECTORS / f"{name}.json"
    if not path.is_file():
        return [pytest.param(None, marks=_ABSENT)]
    cases = json.loads(path.read_text(encoding="utf-8"))[part]
    return [pytest.param(case, id=case.get("name")) for case in cases]
