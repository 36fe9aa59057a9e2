"""`entrepairs keys`: new keys for a person, for the server, for all that are old enough."""

import sqlite3

from tests.support.commands import Firm


def test_a_person_and_the_server_get_new_keys_of_both_kinds(sqlite_firm: Firm) -> None:
    """T184: sealed at rest, and told in the audit trail."""
    firm = sqlite_firm
    firm.user("alice")
    uri = "http://alpha.test/users/alice"
    (database,) = firm.folder.rglob("*.db")
    with sqlite3.connect(database) as before:
        old = dict(before.execute("SELECT key_uri, public_text FROM actor_keys"))

    assert firm.ask("keys", "rotate", "alice") == [
        {"actor": uri, "keys": [f"{uri}#main-key", f"{uri}#ed25519-key"], "partners": 0}
    ]
    assert [one["actor"] for one in firm.ask("keys", "rotate", "--server")] == ["http://alpha.test/actor"]

    with sqlite3.connect(database) as after:
        rows = list(after.execute("SELECT key_uri, public_text, private_sealed FROM actor_keys"))
    assert {name: text == old[name] for name, text, _ in rows} == dict.fromkeys(old, False)
    assert not [sealed for _, _, sealed in rows if b"PRIVATE" in sealed]


def test_all_keys_means_those_that_are_not_new(sqlite_firm: Firm) -> None:
    """The first run of an hour changes none of those that were made in it, so that it can be repeated."""
    sqlite_firm.user("alice")

    assert sqlite_firm.ask("keys", "rotate", "--all") == []


def test_nobodys_keys_are_not_changed(sqlite_firm: Firm) -> None:
    assert "nobody here" in sqlite_firm.refusal("keys", "rotate", "zoe")
