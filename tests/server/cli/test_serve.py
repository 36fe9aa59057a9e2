"""Serving as a process: ready, alone on its SQLite file, gone on a signal, and what is refused before it begins."""

import http.client
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec
import pytest

from server.log_limits import LINES
from tests.support.commands import Firm
from tests.support.laboratory import soon
from tests.support.ports import free_port
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.process


def is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/readyz", headers={"Host": "alpha.test"})
        return connection.getresponse().status == 200
    return False


@contextmanager
def serving(firm: Firm, port: int, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """A server process that is ready; ended at the end of the block if it still runs."""
    log = firm.folder / "log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "server.cli.main", "serve", *options],
            cwd=firm.folder,
            env=firm.environment | {"ENTREPAIRS_BIND": f"127.0.0.1:{port}"},
            stdout=output,
            stderr=output,
        )

    def is_up() -> bool:
        assert process.poll() is None, log.read_text()
        return is_ready(port)

    try:
        soon(is_up)
        yield process
    finally:
        process.kill()
        process.wait()


def test_a_server_is_ready_and_ends_with_zero_on_sigterm(firm: Firm) -> None:
    with serving(firm, free_port()) as process:
        process.send_signal(signal.SIGTERM)

        assert process.wait(PATIENCE_SECONDS) == 0


def test_a_second_server_on_one_sqlite_file_is_refused_and_commands_are_not(sqlite_firm: Firm) -> None:
    with serving(sqlite_firm, free_port()):
        refused = sqlite_firm.process("serve")

        assert (refused.status, "another server process" in refused.errors) == (1, True)
        assert sqlite_firm.user("alice")["username"] == "alice"


def test_after_a_kill_the_file_can_be_served_again(sqlite_firm: Firm) -> None:
    with serving(sqlite_firm, free_port()) as process:
        process.kill()
        process.wait()

    port = free_port()
    with serving(sqlite_firm, port):
        assert is_ready(port)


def test_an_address_that_is_taken_is_one_line(sqlite_firm: Firm, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        bind = f"127.0.0.1:{taken.getsockname()[1]}"

        refused = Firm(tmp_path, settings={"BIND": bind}).process("serve")
        metrics = {"BIND": f"127.0.0.1:{free_port()}", "METRICS_BIND": bind}
        refused_metrics = Firm(tmp_path, settings=metrics).process("serve")

    assert (refused.status, refused.errors) == (1, f"Error: cannot listen on {bind}: Address already in use\n")
    assert refused_metrics.errors.endswith(f"Error: cannot listen on {bind}: Address already in use\n")


def test_a_file_of_authorities_that_holds_none_is_one_line(sqlite_firm: Firm, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")

    refused = Firm(tmp_path, settings={"CA_FILE": str(tmp_path / "ca.pem")}).process("serve")

    assert refused.status == 1
    assert refused.errors.startswith("Error: ENTREPAIRS_CA_FILE: ")
    assert len(refused.errors.splitlines()) == 1


def answer_to(port: int, sent: bytes) -> bytes:
    """What comes back until the server closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(sent)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_requests_that_are_no_http_have_a_few_lines_for_machines_in_the_log(tmp_path: Path) -> None:
    """Threats R8: a stranger must not fill the disk, and whoever reads the log as JSON can read all of it."""
    firm = Firm(tmp_path, settings={"LOG_FORMAT": "json"})
    firm.ask("migrate")
    port = free_port()

    with serving(firm, port) as process:
        for _ in range(LINES + 1):
            assert b" 400 " in answer_to(port, b"GET / HTTP/1.1\r\nno header\r\n\r\n")
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_SECONDS)

    entries = [msgspec.json.decode(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert [entry["event"] for entry in entries].count("request.malformed") == LINES
    (summary,) = (entry for entry in entries if entry["event"] == "request.malformed.more")
    assert summary["left_out"] == 1


def test_an_unmigrated_database_is_not_served(new_firm: Firm) -> None:
    refused = new_firm.process("serve")

    assert (refused.status, "entrepairs migrate" in refused.errors) == (1, True)


def test_the_first_start_makes_the_administrator_and_shows_the_address(sqlite_firm: Firm) -> None:
    with serving(sqlite_firm, free_port(), "--first-start"):
        output = (sqlite_firm.folder / "log").read_text()

    assert "http://alpha.test/sign-in/once/" in output
    assert [one["username"] for one in sqlite_firm.ask("user", "list")] == ["admin"]
    assert [one["name"] for one in sqlite_firm.ask("community", "list")] == ["entraide"]
