"""`python -m tests.load.figures bench.json`: the table of figures in deploy/performance.md, from what a run wrote."""

import sys
from pathlib import Path
from typing import Any

import msgspec


def table(document: dict[str, Any]) -> str:
    """Markdown: a line for each row of the first run, and beside it what the other databases took."""
    runs = {run["database"]: {row["name"]: row for row in run["rows"]} for run in document["runs"]}
    names = list(dict.fromkeys(name for rows in runs.values() for name in rows))
    heading = ["row", "unit", "must / aim", *(f"{database} | ratio | per s" for database in runs)]
    lines = [" | ".join(heading), " | ".join(["---"] * (3 + 3 * len(runs)))]
    for name in names:
        found = [rows.get(name) for rows in runs.values()]
        known = next(row for row in found if row)
        cells = [name, known["unit"], _bounds(known["target"]), *(_figure(row) for row in found)]
        lines.append(" | ".join(cells))
    return "\n".join(f"| {line} |" for line in lines)


def _bounds(target: dict[str, float] | None) -> str:
    if target is None:
        return "–"
    rates = f" ({target['must_rate']:g} / {target['aim_rate']:g} a second)" if target["must_rate"] else ""
    return f"{target['must']:g} / {target['aim']:g}{rates}"


def _figure(row: dict[str, Any] | None) -> str:
    """At the speed of the machine that the targets are meant for, raw in brackets; bold where it falls short."""
    if row is None:
        return " | | "
    figure = _number(row["at_speed"])
    if "SHORT" in row["verdict"]:
        figure = f"**{figure}**"
    if row["slowness"] != 1:
        figure += f" ({_number(row['figure'])})"
    ratio = _number(row["ratio"]) if row["ratio"] else ""
    return f"{figure} | {ratio} | {_number(row['rate_at_speed']) if row['rate_at_speed'] else ''}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


if __name__ == "__main__":
    print(table(msgspec.json.decode(Path(sys.argv[1]).read_bytes())))
