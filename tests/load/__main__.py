"""`python -m tests.load`: measures each kind of work on a real server, prints a table. See deploy/performance.md."""

import argparse
import asyncio
import json
import os
import platform
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from tests.load import fan_out, inbound, inbound_kinds, reading, resting, searching, streaming
from tests.load.options import Kind, Options
from tests.load.report import AT_SPEED, Row, run_document, table
from tests.load.server_process import why_no_postgres

Measure = Callable[[Options, list[str]], list[Row]]

_GROUPS: dict[tuple[str, ...], Measure] = {
    ("start", "memory"): lambda options, _: resting.measure(options),
    ("inbound",): lambda options, _: inbound.measure(options),
    ("kinds",): lambda options, _: inbound_kinds.measure(options),
    ("growth",): lambda options, _: inbound.measure_growth(options),
    ("fan-out",): lambda options, _: fan_out.measure(options),
    tuple(reading.KINDS): reading.measure,
    ("context", "search"): searching.measure,
    ("reading-growth",): lambda options, _: searching.measure_growth(options),
    ("streaming",): lambda options, _: streaming.measure(options),
    ("backlog",): lambda options, _: resting.measure_backlog(options),
}
"""Kinds of work that are measured on one server together."""

_KINDS = [kind for kinds in _GROUPS for kind in kinds]
_NOT_QUICK = ("growth", "backlog")
_ASKED_FOR = ("reading-growth",)
"""Only where they are named: a million posts take half an hour to write."""


def main(arguments: list[str]) -> None:
    """Measure what is asked for and print the table; with `--json` write it to a file as well."""
    given = _parser().parse_args(arguments)
    # Ended from outside, the servers are ended too, and nothing is left behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    chosen = given.only or [
        kind for kind in _KINDS if kind not in _ASKED_FOR and not (given.quick and kind in _NOT_QUICK)
    ]
    runs = []
    for database in _databases(given.database):
        began = time.monotonic()
        rows = _measured(Options(database, given.quick, given.profile), chosen)
        print(f"{database}\n{table(rows)}\n")
        runs.append(run_document(database, rows, seconds=time.monotonic() - began))
    print(AT_SPEED)
    if given.json:
        given.json.write_text(json.dumps(_document(runs, is_quick=given.quick), indent=2) + "\n", encoding="utf-8")


def _databases(asked: str) -> list[Kind]:
    """Those asked for; of `all`, PostgreSQL only where it answers."""
    if asked != "all":
        return ["postgresql" if asked == "postgresql" else "sqlite"]
    if reason := asyncio.run(why_no_postgres()):
        print(f"PostgreSQL does not answer and is left out: {reason}", file=sys.stderr)
        return ["sqlite"]
    return ["sqlite", "postgresql"]


def _measured(options: Options, chosen: list[str]) -> list[Row]:
    rows = list[Row]()
    for kinds, measure in _GROUPS.items():
        wanted = [kind for kind in kinds if kind in chosen]
        if wanted:
            print(f"{options.database}: {', '.join(wanted)} ...", file=sys.stderr, flush=True)
            rows += measure(options, wanted)
    return rows


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgresql", "all"), default="sqlite")
    parser.add_argument("--only", type=_kinds, metavar="KIND,...", help=", ".join(_KINDS))
    parser.add_argument("--quick", action="store_true", help="fewer repetitions, under a minute in all")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    parser.add_argument("--profile", type=Path, metavar="FOLDER", help="watch with py-spy; figures are worse then")
    return parser


def _kinds(text: str) -> list[str]:
    kinds = text.split(",")
    for kind in kinds:
        if kind not in _KINDS:
            raise argparse.ArgumentTypeError(f"{kind!r} is none of {', '.join(_KINDS)}")
    return kinds


def _document(runs: list[dict[str, object]], *, is_quick: bool) -> dict[str, object]:
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "is_quick": is_quick,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "processors": os.cpu_count(),
        "load_average": os.getloadavg(),
        "runs": runs,
    }


if __name__ == "__main__":
    main(sys.argv[1:])
