"""A copy of an installation, started beside the original (threats T222)."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from server.copies import PATH
from tests.support.commands import Firm
from tests.support.laboratory import Office, laboratory
from tests.support.ports import free_port
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.process


@pytest.fixture
def both(tmp_path: Path) -> Iterator[tuple[Office, Office]]:
    """alpha, and a copy of all its files that listens elsewhere."""
    with laboratory(tmp_path, "alpha.test", "beta.test") as (alpha, _):
        alpha.person("alice")
        copied, port = tmp_path / "copied", free_port()
        shutil.copytree(alpha.firm.folder, copied)
        settings = {"STATIC_HOSTS": f"alpha.test=127.0.0.1:{alpha.port}", "BIND": f"127.0.0.1:{port}", "API_RATE": "0"}
        copy = Office(Firm(copied, "alpha.test", settings), port)
        try:
            yield alpha, copy
        finally:
            copy.kill()


def test_a_copy_is_refused_while_the_original_runs_and_may_be_looked_at_offline(both: tuple[Office, Office]) -> None:
    """T222: as an operator would start it; alone it is no copy of anything that partners hear."""
    alpha, copy = both
    alpha.start()

    refused = copy.firm.process("serve")
    copy.start("--offline")
    held = requests.get(f"{copy.address}/.well-known/nodeinfo", timeout=PATIENCE_SECONDS).status_code
    copy.stop()
    alpha.stop()
    copy.start()

    assert refused.status == 1
    assert "Another copy of this installation answers at http://alpha.test" in refused.errors
    assert held == 200


def test_a_second_process_of_the_same_installation_is_none(both: tuple[Office, Office]) -> None:
    """What is asked for is known to who has the same database, and to nobody else; marks are not kept."""
    alpha, _ = both
    alpha.start()
    (database,) = alpha.firm.folder.rglob("*.db")
    with sqlite3.connect(database) as shared:
        shared.execute("INSERT INTO server_state (name, number, text) VALUES ('mark of-the-other', 0, 'asked')")
        (kept,) = shared.execute("SELECT count(*) FROM server_state WHERE name LIKE 'mark %'").fetchone()

    queries = ("", "?mark=", "?mark=x", "?mark=of-the-other")
    answers = [requests.get(f"{alpha.address}{PATH}{query}", timeout=PATIENCE_SECONDS).json() for query in queries]

    assert [answer["knows"] for answer in answers] == [False, False, False, True]
    assert answers[0] == {"domain": "alpha.test", "knows": False}
    assert kept == 1
