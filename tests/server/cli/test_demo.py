"""`entrepairs demo`: what it prints is true, and nothing of it is left behind."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
import requests
from click.testing import CliRunner

from server.cli.main import main
from tests.support.commands import REPOSITORY
from tests.support.laboratory import soon
from tests.support.ports import free_ports
from tests.support.site import Answer
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.process

LAST_LINE = "Ctrl-C ends both servers"
_SECONDS = 90


class Demo:
    """The demonstration in a process of its own."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.ports = free_ports(2)
        command = [sys.executable, "-m", "server.cli.main", "demo", "--ports", *map(str, self.ports), *options]
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(REPOSITORY), "TMPDIR": str(self.temporary)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def told(self, until: str) -> str:
        """What it prints, up to the line that begins with this."""
        assert self.process.stdout is not None
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if line.startswith(until):
                return "".join(lines)
        raise AssertionError(f"ended too early: {''.join(lines)}{self.errors()}")

    def errors(self) -> str:
        assert self.process.stderr is not None
        return self.process.stderr.read()

    def interrupt(self, *signals: int) -> int:
        """Send signals, one upon the other; its exit status."""
        for number in signals:
            self.process.send_signal(number)
        return self.process.wait(_SECONDS)

    def leftovers(self) -> list[str]:
        """Files, and servers that still answer."""
        files = [path.name for path in self.temporary.iterdir()]
        return files + [f"port {port}" for port in self.ports if answers(port)]

    def commands(self) -> list[str]:
        """What runs of the operators' commands, which are processes of their own."""
        found = []
        for arguments in Path("/proc").glob("[0-9]*/cmdline"):
            with suppress(OSError):
                line = arguments.read_bytes().decode().replace("\0", " ")
                if str(self.temporary) in line and " serve " not in line:
                    found.append(line)
        return found


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def demonstration(folder: Path, *options: str) -> Iterator[Demo]:
    demo = Demo(folder, *options)
    try:
        yield demo
    finally:
        if demo.process.poll() is None:
            demo.interrupt(signal.SIGTERM)
        for pipe in (demo.process.stdout, demo.process.stderr):
            assert pipe is not None
            pipe.close()


def shell(command: str) -> str:
    """Run a line as it was printed."""
    ended = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, (command, ended.stderr)
    return ended.stdout


def sign_in(browser: requests.Session, address: str, username: str, password: str) -> None:
    page = Answer(200, {}, browser.get(f"{address}/sign-in", timeout=PATIENCE_SECONDS).content, f"{address}/sign-in")
    form = page.forms[0]
    fields = form.fields | {"username": username, "password": password}
    entered = browser.post(urljoin(page.path, form.action), data=fields, timeout=PATIENCE_SECONDS)
    assert entered.status_code == 200, entered.text


HEARD_FIRST = {12: r"beta\.test +suspended", 14: "state: active", 15: r"alpha\.test +active"}
"""So once the other firm's letter has arrived, which takes less time than people need to type."""


def tried(command: str, expected: str | None) -> str:
    """What a printed command says, again until it says what is expected."""

    def said() -> str | None:
        text = shell(command)
        return text if expected is None or re.search(expected, text) else None

    return str(soon(said))


def test_everything_that_it_prints_is_true_and_nothing_is_left(tmp_path: Path) -> None:
    with demonstration(tmp_path) as demo:
        text = demo.told(LAST_LINE)

        commands = re.findall(r"^ +\$ (.+)$", text, re.MULTILINE)
        printed = [tried(command, HEARD_FIRST.get(number)) for number, command in enumerate(commands)]
        home, posted, nobody, actor = (json.loads(printed[number]) for number in (0, 1, 3, 4))
        assert [one["account"]["acct"] for one in home] == ["sites@alpha.test"] * 2
        assert posted["content"] == "<p><strong>Does it work on Fridays?</strong></p>"
        soon(lambda: "Does it work on Fridays?" in shell(commands[2]))
        assert nobody == {"error": "This API requires an authenticated user"}
        assert "error" in actor
        assert re.search(r"beta\.test +active +agreement", printed[5])
        assert len(re.findall(r"@(alpha|beta)\.test", printed[6])) == 4
        assert "inbox_pending: 0" in printed[7]
        assert_agreement(printed[8:])
        assert_pages(text)
        assert demo.interrupt(signal.SIGINT) == 0
        assert demo.leftovers() == []


def assert_agreement(printed: list[str]) -> None:
    """Signed, suspended by one, gone on by both, as both see it."""
    shown, document, suspended, refused, listed, one, both, at_last, receipts = printed
    digest = re.search(r"hash: ([0-9a-f]{64})", shown)
    assert digest is not None
    assert [proof["type"] for proof in json.loads(document)["proof"]] == ["DataIntegrityProof"] * 2
    assert "state: suspended" in suspended
    assert json.loads(refused)["error"].startswith("The link with alpha.test is suspended since")
    assert re.search(r"beta\.test +suspended", listed)
    assert "state: suspended" in one
    assert "state: active" in both
    assert re.search(r"alpha\.test +active", at_last)
    assert "deleted" not in receipts


def assert_pages(text: str) -> None:
    """Each address for the people named beside it, all in one browser."""
    password = text.partition("with the password")[2].split()[0]
    browser = requests.Session()
    browser.headers.update({"Accept": "text/html", "Accept-Language": "en"})
    pages = re.findall(r"^ +(http://\S+/@\S+) +as (\w+)(.*)$", text, re.MULTILINE)
    for address, person, remark in pages:
        parts = urlsplit(address)
        sign_in(browser, f"{parts.scheme}://{parts.netloc}", person, password)
        page = browser.get(address, timeout=PATIENCE_SECONDS)
        assert page.status_code == (404 if "nothing here" in remark else 200), address
        assert ("night shift" in page.text) == ("/@sites" in address)
        assert ("six weeks" in page.text or "closed a site" in page.text) == (
            "/@closing" in address and person == "bea"
        )
    assert len(pages) == 6
    first, second = pages[0][0], pages[1][0]
    assert (
        browser.get(first, timeout=PATIENCE_SECONDS).status_code
        == browser.get(second, timeout=PATIENCE_SECONDS).status_code
        == 200
    )


def test_it_is_one_document_for_programs_and_ends_at_the_second_signal_too(tmp_path: Path) -> None:
    with demonstration(tmp_path, "--json") as demo:
        told: dict[str, Any] = json.loads(demo.told("{"))

        assert told["community"] == "@sites@alpha.test"
        assert [urlsplit(firm["address"]).port for firm in told["firms"]] == demo.ports
        assert [firm["people"] for firm in told["firms"]] == [["alice", "adam"], ["bea", "bruno"]]
        assert demo.interrupt(signal.SIGINT, signal.SIGINT, signal.SIGTERM) == 0
        assert demo.leftovers() == []


def test_it_can_be_interrupted_before_it_has_begun(tmp_path: Path) -> None:
    with demonstration(tmp_path) as demo:
        soon(lambda: any(demo.temporary.iterdir()))
        soon(lambda: any(demo.temporary.glob("*/alpha.test/data/*")))

        assert demo.interrupt(signal.SIGTERM) == 0
        assert demo.leftovers() == []


def test_it_can_be_interrupted_while_a_command_runs(tmp_path: Path) -> None:
    """A command that went on would write into a folder that is being removed."""
    with demonstration(tmp_path) as demo:
        soon(demo.commands)

        assert demo.interrupt(signal.SIGTERM) == 0
        assert demo.commands() == []
        assert demo.leftovers() == []


def test_a_port_that_is_taken_is_refused_at_once() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = str(other.getsockname()[1])

        refused = CliRunner().invoke(main, ["demo", "--ports", taken, taken])

    assert refused.exit_code == 1
    assert f"port {taken} of this machine is taken" in refused.output


def test_it_is_no_command_for_operators() -> None:
    listed = CliRunner().invoke(main, ["--help"]).output

    assert "serve" in listed
    assert "demo" not in listed
