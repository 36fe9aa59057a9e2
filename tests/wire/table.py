"""What the test run says at its end: how many payloads of each software do what they must.

A plugin and no `conftest.py`, since the process that prints the summary collects no tests where several run them.
"""

import re
from collections import Counter

import pytest

from tests.wire.unsupported import UNSUPPORTED

_TEST = re.compile(r"tests/wire/test_payloads\.py::\w+\[(collected|own)-([^/\]]+)/")
_OUTCOMES = ("passed", "failed", "error", "xfailed", "xpassed")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table, where payloads were played at all."""
    counts: Counter[tuple[str, str]] = Counter()
    for outcome in _OUTCOMES:
        for report in terminalreporter.getreports(outcome):
            found = _TEST.match(getattr(report, "nodeid", ""))
            if found and (report.when == "call" or outcome == "error"):
                counts[found[2], found[1]] += 1
                counts[found[2], f"{found[1]} passed"] += outcome == "passed"
    software = sorted({name for name, _ in counts})
    if not software:
        return
    terminalreporter.section("payloads: passed of all")
    for name in (*software, "all"):
        terminalreporter.write_line(
            f"{name:<12} {_score(counts, name, 'collected')} {_score(counts, name, 'own')}".rstrip()
        )
    for name, reason in UNSUPPORTED.items():
        terminalreporter.write_line(f"not done: {name}: {reason}")


def _score(counts: Counter[tuple[str, str]], name: str, source: str) -> str:
    passed, every = (
        sum(count for (software, what), count in counts.items() if what == kind and name in (software, "all"))
        for kind in (f"{source} passed", source)
    )
    return f"{source} {f'{passed}/{every}':<8}" if every else ""
