"""`entrepairs db copy`: a firm goes on, on PostgreSQL, as the one that it was on SQLite."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.commands import Firm
from tests.support.laboratory import Office, laboratory, soon
from tests.support.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.process

SCOPES = "read write follow push"


@pytest.fixture
def firms(tmp_path: Path) -> Iterator[list[Office]]:
    """Two firms that share a community of alpha, both on SQLite."""
    with laboratory(tmp_path, "alpha.test", "beta.test") as (alpha, beta):
        for office, name in ((alpha, "alice"), (beta, "bob")):
            office.person(name)
        alpha.firm.ask("community", "create", "sites", "--title", "Sites", "--host", "alice", "--scope", "all")
        alpha.start()
        beta.start()
        yield [alpha, beta]


class App:
    """A person's app."""

    def __init__(self, office: Office, name: str) -> None:
        self._office = office
        token = office.firm.ask("user", "token", name, "--scopes", SCOPES)["access_token"]
        self._headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str, **query: str) -> Any:
        return self._document(
            requests.get(self._office.address + path, query, headers=self._headers, timeout=PATIENCE_SECONDS)
        )

    def post(self, path: str, **fields: str) -> Any:
        return self._document(
            requests.post(self._office.address + path, fields, headers=self._headers, timeout=PATIENCE_SECONDS)
        )

    @staticmethod
    def _document(answer: requests.Response) -> Any:
        assert answer.status_code == 200, answer.text
        return answer.json()

    def join(self, handle: str) -> None:
        found = self.get("/api/v2/search", q=handle, resolve="true")["accounts"][0]["id"]
        self.post(f"/api/v1/accounts/{found}/follow")
        soon(lambda: self.get("/api/v1/accounts/relationships", id=found)[0]["following"])

    def home(self) -> list[dict[str, Any]]:
        """Ids and texts of the posts there."""
        return [{"id": one["reblog"]["id"], "text": one["reblog"]["content"]} for one in
                self.get("/api/v1/timelines/home")]  # fmt: skip


def test_a_firm_goes_on_with_its_ids_its_keys_and_its_partners(firms: list[Office], postgres_url: str) -> None:
    """T228."""
    alpha, beta = firms
    alice, bob = App(alpha, "alice"), App(beta, "bob")
    bob.join("@sites@alpha.test")
    asked = bob.post("/api/v1/statuses", status="@sites@alpha.test Who has a rota?\nOurs is full of holes.")
    question = soon(alice.home)[0]["id"]
    alice.post("/api/v1/statuses", status="I have.", in_reply_to_id=question)
    alice.post(f"/api/v1/statuses/{question}/bookmark")
    before = alice.home()
    assert alpha.stop() == 0

    copied = alpha.firm.ask("db", "copy", "--to", postgres_url)
    alpha.firm = replace(alpha.firm, settings={**alpha.firm.settings, "DATABASE_URL": postgres_url})
    alpha.start()

    # Two posts, and what shows the first of them in its community.
    assert {one["table"]: one["rows"] for one in copied["tables"]}["posts"] == 3
    assert alice.home() == before
    assert [one["content"] for one in alice.get(f"/api/v1/statuses/{question}/context")["descendants"]] == [
        "<p>I have.</p>"
    ]
    assert [one["id"] for one in alice.get("/api/v1/bookmarks")] == [question]
    assert [one["id"] for one in alice.get("/api/v2/search", q="rota")["statuses"]] == [question]
    newer = alice.post("/api/v1/statuses", status="@sites@alpha.test Another question?")
    assert int(newer["id"]) > int(question)
    # Signed with the same keys, at a partner that knew them: both directions go on.
    soon(lambda: len(bob.home()) == 2)
    bob.post("/api/v1/statuses", status="Thanks!", in_reply_to_id=asked["id"])
    soon(lambda: len(alice.get(f"/api/v1/statuses/{question}/context")["descendants"]) == 2)
    assert alpha.firm.ask("audit", "verify")["ok"] is True
    assert alpha.firm.ask("doctor")


def test_a_database_that_is_served_is_not_copied(firms: list[Office], postgres_url: str) -> None:
    refused = firms[0].firm.refusal("db", "copy", "--to", postgres_url)

    assert "another server process runs" in refused
    assert "nothing was copied" in refused


def test_what_holds_rows_already_is_not_copied_to(sqlite_firm: Firm, tmp_path: Path, postgres_url: str) -> None:
    other = tmp_path / "other"
    other.mkdir()
    Firm(other, settings={"DATABASE_URL": postgres_url}).ask("migrate")

    refused = sqlite_firm.refusal("db", "copy", "--to", postgres_url)

    assert "holds rows already; nothing was copied" in refused


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("sqlite+aiosqlite:///elsewhere.db", "only PostgreSQL can be copied to"),
        ("postgresql://localhost/x", "only PostgreSQL can be copied to"),
        ("nonsense", "is no database address"),
    ],
)
def test_only_postgresql_is_copied_to(sqlite_firm: Firm, target: str, reason: str) -> None:
    assert reason in sqlite_firm.refusal("db", "copy", "--to", target)


def test_only_sqlite_is_copied_from(tmp_path: Path, migrated_postgres_url: str) -> None:
    firm = Firm(tmp_path, settings={"DATABASE_URL": migrated_postgres_url})
    firm.ask("migrate")

    assert "use pg_dump" in firm.refusal("db", "copy", "--to", "postgresql+asyncpg://localhost/x")
