"""The cases of `spec/threats.md` about closed communities, crashes and other firms (its sections 11, 13 and 15).

Each is named by a test. What waits for something that the product does not have yet stands here, with what that is, so
that nobody takes it for done; whoever builds it takes its line away.
"""

import re
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent
CASES: Final = (*range(148, 173), *range(188, 219), *range(233, 248))

WAITING: Final[dict[int, str]] = {}
"""Case to what it waits for."""

PARTLY: Final = {
    245: "Figures: what is kept of discreet questions.",
}
"""Case to the part that waits."""


def test_every_case_is_named_by_a_test_or_waits_for_something_that_is_named_here() -> None:
    named = {int(number) for text in _texts() for number in re.findall(r"\bT(\d{3})\b", text)}

    assert [case for case in CASES if case not in named | set(WAITING)] == []
    assert [case for case in WAITING if case in named] == []
    assert [case for case in PARTLY if case not in named] == []


def _texts() -> list[str]:
    return [path.read_text() for path in FOLDER.rglob("test_*.py") if path != Path(__file__)]
