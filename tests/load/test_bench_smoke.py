"""The benchmarks run at all: what they say is read by people, and by nobody in a test."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.load import figures
from tests.load.report import CPU, Row, table
from tests.support.commands import REPOSITORY


@pytest.mark.process
def test_a_quick_run_prints_a_table_and_writes_its_figures_as_json(tmp_path: Path) -> None:
    file = tmp_path / "bench.json"

    ended = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.load",
            "--quick",
            "--only",
            "start,memory,inbound,streaming",
            "--json",
            str(file),
        ],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr
    rows = {row["name"]: row for row in json.loads(file.read_text())["runs"][0]["rows"]}
    assert {"start until /readyz", "memory, idle", "inbound Create", "event on a stream"} <= rows.keys()
    assert all(row["figure"] > 0 for row in rows.values())
    assert rows["inbound Create"]["floor"] > 0
    assert "| inbound Create | CPU ms | 2.5 / 1.2" in figures.table(json.loads(file.read_text()))
    assert all(name in ended.stdout for name in rows)


def test_a_kind_that_does_not_exist_is_refused_and_the_known_ones_named() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tests.load", "--only", "hmoe"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 2
    assert "'hmoe' is none of" in ended.stderr
    assert "home" in ended.stderr


@pytest.mark.parametrize(
    ("figure", "rate", "slowness", "verdict"),
    [
        (1.2, 800, 1.0, "aim"),
        (1.21, 800, 1.0, "must"),
        (2.5, 400, 1.0, "must"),
        (2.51, 400, 1.0, "SHORT"),
        (5.0, 400, 2.0, "must"),
        (2.5, 399, 1.0, "must, rate SHORT"),
        (5.0, 200, 2.0, "must"),
        (5.0, 199, 2.0, "must, rate SHORT"),
    ],
)
def test_a_figure_is_held_against_its_target_at_the_targets_speed(
    figure: float, rate: float, slowness: float, verdict: str
) -> None:
    row = Row("inbound Create", figure, CPU, per_second=rate, slowness=slowness)

    assert row.verdict == verdict
    assert verdict in table([row])
