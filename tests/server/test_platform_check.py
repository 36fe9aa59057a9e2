"""What the server refuses to run on (threats 2.1); the refusals are seen in processes that are really like that."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from server.libraries import Library, libraries, release
from server.platform_check import check_platform
from tests.support.commands import REPOSITORY

CHECK = "from server.platform_check import check_platform; check_platform()"


def checked(*options: str, **environment: str) -> str:
    """What a process of its own says about its platform; empty: nothing to refuse."""
    ended = subprocess.run(
        [sys.executable, *options, "-c", CHECK],
        cwd=REPOSITORY,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return ended.stderr


def test_this_platform_is_accepted() -> None:
    check_platform()

    assert {"aiohttp", "cryptography", "SQLAlchemy", "uvloop"} <= {one.name for one in libraries() if one.fits}


def test_a_version_fits_from_the_first_of_its_range_to_before_the_end() -> None:
    def fits(installed: str | None) -> bool:
        return Library("some", ">=3.1.6,<4", installed).fits

    assert fits("3.1.6")
    assert fits("3.99")
    assert not fits("3.1.5")
    assert not fits("3.1")
    assert not fits("4.0")
    assert not fits(None)


@pytest.mark.process
def test_optimised_python_is_refused() -> None:
    assert "-O" in checked("-O")
    assert "-O" in checked(PYTHONOPTIMIZE="1")


@pytest.mark.process
def test_a_library_with_known_holes_is_refused(tmp_path: Path) -> None:
    """Threats T187: a process that finds an older aiohttp serves nothing."""
    older = tmp_path / "aiohttp-3.9.5.dist-info"
    older.mkdir()
    (older / "METADATA").write_text("Metadata-Version: 2.1\nName: aiohttp\nVersion: 3.9.5\n")

    assert "aiohttp is installed as 3.9.5, and <4,>=3.14.3 is needed" in checked(PYTHONPATH=str(tmp_path))


@pytest.mark.process
def test_the_parser_written_in_python_is_refused() -> None:
    """CVE-2025-53643."""
    assert "C parser" in checked(AIOHTTP_NO_EXTENSIONS="1")


@pytest.mark.parametrize(
    ("text", "is_accepted"),
    [("3.14.3", True), ("3.14.10", True), ("3.15.0", True), ("4.0.0", True), ("3.14.2", False), ("3.9.9", False)],
)
def test_versions_are_compared_as_numbers(text: str, *, is_accepted: bool) -> None:
    assert (release(text) >= (3, 14, 3)) is is_accepted


def test_a_candidate_for_the_minimum_is_not_yet_the_minimum() -> None:
    assert release("3.14.3rc1") < (3, 14, 3)
