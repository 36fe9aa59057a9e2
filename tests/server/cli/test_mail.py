"""`entrepairs mail …`, and what else the command line does by mail."""

import re
from collections.abc import Iterator
from dataclasses import replace

import msgspec
import pytest

from tests.server.cli.test_serve import serving
from tests.support.commands import Firm
from tests.support.laboratory import soon
from tests.support.ports import free_port
from tests.support.post_office import PostOffice, opened_post_office


@pytest.fixture
def office() -> Iterator[PostOffice]:
    """A mail server."""
    with opened_post_office() as office:
        yield office


@pytest.fixture
def writing(sqlite_firm: Firm, office: PostOffice) -> Firm:
    """A firm that sends mail."""
    return replace(sqlite_firm, settings={**sqlite_firm.settings, "SMTP_URL": office.url, "LANGUAGE": "en"})


def test_a_test_letter_is_handed_over_at_once(writing: Firm, office: PostOffice) -> None:
    assert writing.ask("mail", "test", "ops@mail.example") == {"to": "ops@mail.example", "taken": True}

    assert [letter["To"] for letter in office.letters] == ["ops@mail.example"]


def test_a_refused_test_letter_is_said_with_the_reason(writing: Firm, office: PostOffice) -> None:
    office.refusals = ["554 5.7.1 not from there"]

    assert "554 5.7.1 not from there" in writing.refusal("mail", "test", "ops@mail.example")


def test_without_a_mail_server_there_is_a_word_of_how_to_have_one(sqlite_firm: Firm) -> None:
    sqlite_firm.user("alice")

    assert "ENTREPAIRS_SMTP_URL" in sqlite_firm.refusal("mail", "test", "ops@mail.example")
    assert "ENTREPAIRS_SMTP_URL" in sqlite_firm.refusal("user", "link", "alice", "--mail")


@pytest.mark.process
def test_a_sign_in_address_is_sent_by_the_running_server(writing: Firm, office: PostOffice) -> None:
    writing.user("alice")

    assert writing.ask("user", "link", "alice", "--mail") == {"to": "alice@alpha.test"}
    assert writing.ask("mail", "status")["waiting"] == 1
    with serving(writing, free_port()):
        soon(lambda: office.letters)
        soon(lambda: writing.ask("mail", "status")["waiting"] == 0)

    assert re.search(r"http://alpha\.test/sign-in/once/\S+", office.letters[0].get_content())


def test_doctor_greets_the_mail_server(writing: Firm) -> None:
    (check,) = [one for one in writing.ask("doctor") if one["what"] == "mail"]

    assert check["ok"], check


def test_doctor_says_when_the_mail_server_is_away(sqlite_firm: Firm) -> None:
    away = replace(sqlite_firm, settings={**sqlite_firm.settings, "SMTP_URL": "smtp://127.0.0.1:1"})

    (check,) = [one for one in msgspec.json.decode(away.run("doctor", "--json").output) if one["what"] == "mail"]

    assert not check["ok"]
