"""The other files of `deploy/` say what this version understands."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from prometheus_client.metrics import MetricWrapperBase

from server import metrics, monitoring
from server.settings import load
from tests.support.commands import REPOSITORY

DEPLOY = REPOSITORY / "deploy"


def test_the_example_of_settings_is_understood(tmp_path: Path) -> None:
    file = tmp_path / "entrepairs.toml"
    file.write_text((DEPLOY / "entrepairs.toml").read_text())
    file.chmod(0o600)

    settings = load({}, str(file))

    assert settings.domain == "firm.example"


def test_what_the_example_leaves_to_be_uncommented_is_understood_too(tmp_path: Path) -> None:
    file = tmp_path / "entrepairs.toml"
    file.write_text(re.sub(r"^# (\w+ = )", r"\1", (DEPLOY / "entrepairs.toml").read_text(), flags=re.M))
    file.chmod(0o600)

    assert tomllib.loads(file.read_text())["redis_url"]
    assert load({}, str(file)).database_url.startswith("postgresql+asyncpg://")


def test_the_settings_of_the_container_exist() -> None:
    known = {f"ENTREPAIRS_{name.upper()}" for name in load({}, None).__struct_fields__}
    named = {
        name
        for file in ("Dockerfile", "compose.yaml")
        for name in re.findall(r"ENTREPAIRS_[A-Z_]+", (DEPLOY / file).read_text())
    }

    assert named
    assert named - known == set()


def test_every_sample_that_an_alarm_watches_is_counted() -> None:
    watched = set(re.findall(r"entrepairs_[a-z_]+", (DEPLOY / "alerts.yaml").read_text()))
    counted = {
        metric.name
        for module in (metrics, monitoring)
        for collector in vars(module).values()
        if isinstance(collector, MetricWrapperBase)
        for metric in collector.describe()
    }

    assert watched
    assert {name.removesuffix("_total") for name in watched} - counted == set()


@pytest.mark.parametrize("unit", ["entrepairs.service", "entrepairs@.service"])
def test_systemd_understands_the_units(unit: str, tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd is not installed")
    # The program and its user are not on the machine of the test.
    text = (DEPLOY / "systemd" / unit).read_text()
    text = text.replace("/opt/entrepairs/bin/entrepairs", "/bin/true").replace("User=entrepairs", "User=daemon")
    file = tmp_path / unit.replace("@", "@web")
    file.write_text(text)

    told = subprocess.run([analyze, "verify", str(file)], capture_output=True, text=True, timeout=60, check=False)

    assert unit.partition(".")[0] not in told.stderr, told.stderr
